"""Named reads of siting and scenarios: the homes of one district, and the scenarios that were saved."""

import geopandas as gpd
import pandas as pd
from sqlalchemy import func, select

from store.engine import Store
from store.tables import building_links, buildings, communities, community_links, facilities, import_runs
from store.tables_gaps import siting_scenarios


def district_home_buildings(store: Store, district_code: str) -> gpd.GeoDataFrame:
    """The buildings of the communities of one district, columns as `queries_gaps.home_buildings`."""
    t, b, cl = buildings.c, building_links.c, community_links.c
    return store.layer(
        select(t.building_id, b.community_id, t.households, t.floor_area_m2, t.storeys, t.geometry)
        .join(building_links, b.building_id == t.building_id)
        .join(community_links, cl.community_id == b.community_id)
        .where(cl.district_code == district_code)
        .order_by(t.building_id)
    )


def district_home_communities(store: Store, district_code: str) -> gpd.GeoDataFrame:
    """The communities of one district, columns as `queries_gaps.home_communities` and import_run_id."""
    c, cl = communities.c, community_links.c
    return store.layer(
        select(
            c.community_id,
            c.name,
            c.residents,
            c.households,
            cl.age_class,
            cl.district_code,
            cl.subdistrict_code,
            c.import_run_id,
            func.coalesce(c.point, cl.boundary, c.geometry).label("geometry"),
        )
        .join(community_links, cl.community_id == c.community_id)
        .where(cl.district_code == district_code)
        .order_by(c.community_id)
    )


def community_keys(store: Store, district_code: str) -> pd.DataFrame:
    """The communities of a district that the reader may see: community_id."""
    cl = community_links.c
    return store.frame(
        select(cl.community_id)
        .join(communities, communities.c.community_id == cl.community_id)
        .where(cl.district_code == district_code)
        .order_by(cl.community_id)
    )


def facility_keys(store: Store) -> pd.DataFrame:
    """The facilities that the reader may see: facility_id."""
    return store.frame(select(facilities.c.facility_id).order_by(facilities.c.facility_id))


def scenario_rows(store: Store) -> pd.DataFrame:
    """The saved scenarios, all columns, with the run that brought each, its title, and content_hash; newest last."""
    t, r = siting_scenarios.c, import_runs.c
    return store.frame(
        select(
            t.scenario_id,
            t.name,
            t.district_code,
            t.facility_kind,
            t.saved_by,
            t.saved_date,
            t.parameters,
            t.result,
            t.import_run_id,
            t.content_hash,
            r.title_zh,
            r.title_en,
        )
        .join(import_runs, r.run_id == t.import_run_id)
        .order_by(t.saved_date, t.scenario_id)
    )
