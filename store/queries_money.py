"""What the page *Money* reads (R47–R54): rows with their key, their run and the hash that an edit asks for."""

import geopandas as gpd
import pandas as pd
from sqlalchemy import Table, select

from store.engine import Store
from store.geometry import Geometry
from store.tables import (
    BASE_TABLES,
    communities,
    community_links,
    import_runs,
    key_column,
    monthly_investments,
)


def whole_rows(store: Store, table: Table) -> pd.DataFrame:
    """Every row of a table without its geometry, with import_run_id and content_hash, in the order of its key."""
    left_out = ("source_row", "is_synthetic")
    columns = [c for c in table.c if c.name not in left_out and not isinstance(c.type, Geometry)]
    return store.frame(select(*columns).order_by(table.c[key_column(table)]))


def funding_rows(store: Store) -> pd.DataFrame:
    """Funding entries (R47): entry_id, project_id, funding_source, content_class, state, entry_date, amount_fen."""
    return whole_rows(store, BASE_TABLES["funding_entries"])


def investment_entries(store: Store) -> pd.DataFrame:
    """Investment by month (R49) with its key and run: investment_id, project_id, month, amount_fen, import_run_id."""
    t = monthly_investments.c
    return store.frame(
        select(t.investment_id, t.project_id, t.month, t.amount_fen, t.import_run_id).order_by(
            t.investment_id
        )
    )


def loan_rows(store: Store) -> pd.DataFrame:
    """The loans register (R51), columns of the table loans."""
    return whole_rows(store, BASE_TABLES["loans"])


def social_capital_rows(store: Store) -> pd.DataFrame:
    """Cases of social capital (R52), columns of the table social_capital_cases."""
    return whole_rows(store, BASE_TABLES["social_capital_cases"])


def maintenance_fund_rows(store: Store) -> pd.DataFrame:
    """The maintenance funds (R54), columns of the table maintenance_funds."""
    return whole_rows(store, BASE_TABLES["maintenance_funds"])


def maintenance_entry_rows(store: Store) -> pd.DataFrame:
    """What came into and went out of the maintenance funds (R54), columns of the table maintenance_entries."""
    return whole_rows(store, BASE_TABLES["maintenance_entries"])


def support_rows(store: Store) -> pd.DataFrame:
    """Provident fund and service rewards (R53), columns of the table supports."""
    return whole_rows(store, BASE_TABLES["supports"])


def fund_finding_rows(store: Store) -> pd.DataFrame:
    """Findings of reviews and audits (R50), columns of the table fund_findings."""
    return whole_rows(store, BASE_TABLES["fund_findings"])


def community_governance(store: Store) -> pd.DataFrame:
    """Every community with its place and what the rates and the liability are read from (R54, R68).

    Returns community_id, name, district_code, subdistrict_code, age_class, households, original_property_unit,
    property_company, is_central_state, has_owners_body, has_property_service, has_party_organisation, import_run_id.
    The district is the one that the community lies in, else the one that it states.
    """
    c, cl = communities.c, community_links.c
    rows = store.frame(
        select(
            c.community_id,
            c.name,
            cl.district_code,
            c.district_code.label("stated_district_code"),
            cl.subdistrict_code,
            cl.age_class,
            c.households,
            c.original_property_unit,
            c.property_company,
            c.is_central_state,
            c.has_owners_body,
            c.has_property_service,
            c.has_party_organisation,
            c.import_run_id,
        )
        .outerjoin(community_links, cl.community_id == c.community_id)
        .order_by(c.community_id)
    )
    rows["district_code"] = rows["district_code"].where(
        rows["district_code"].notna(), rows.pop("stated_district_code")
    )
    return rows


def community_outlines(store: Store, subdistrict_code: str) -> gpd.GeoDataFrame:
    """The outlines of one subdistrict's communities (EPSG:4326): community_id, point (WKB or None), geometry (may be
    missing)."""
    c, cl = communities.c, community_links.c
    return store.layer(
        select(c.community_id, c.point, cl.boundary.label("geometry"))
        .join(community_links, cl.community_id == c.community_id)
        .where(cl.subdistrict_code == subdistrict_code)
        .order_by(c.community_id)
    )


def run_titles(store: Store) -> pd.DataFrame:
    """Every run's title: run_id, kind, title_zh, title_en."""
    t = import_runs.c
    return store.frame(select(t.run_id, t.kind, t.title_zh, t.title_en).order_by(t.run_id))
