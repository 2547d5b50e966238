"""The layers of the map, with what the map colours and filters by: age, stage, gate, money, batch, completeness."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import func, select

from geo.crs import METRIC, WGS84
from programme.gates import first_unmet, gate_table
from programme.stages import ORDER, current_stage
from store import queries
from store.engine import Store
from store.tables import (
    building_links,
    buildings,
    communities,
    community_links,
    districts,
    funding_entries,
    monthly_investments,
    project_communities,
    projects,
    stage_events,
    subdistricts,
)

#: How large a community without a boundary is drawn.
DISC_RADIUS_M = 25.0
#: The fields of a community that the reserve pool asks for (R3); completeness is the share that is filled.
COMPLETENESS_FIELDS = (
    "address",
    "build_year_from",
    "households",
    "building_count",
    "floor_area_m2",
    "structure",
    "ownership",
    "has_owners_body",
    "has_property_service",
    "surveyed_date",
)


def project_states(store: Store, as_of: dt.date) -> pd.DataFrame:
    """Each project's stage, first unmet gate, batch and main source of money, as of a day.

    Columns: project_id, name, batch, is_central_state, stage, gate, funding_source (the largest planned sum).
    """
    rows = queries.project_rows(store)
    events = queries.stage_event_rows(store)
    if rows.empty:
        return pd.DataFrame(
            columns=["project_id", "name", "batch", "is_central_state", "stage", "gate", "funding_source"]
        )
    stage = current_stage(events, rows, as_of)
    homes = store.frame(select(communities.c.community_id, communities.c.has_owners_body))
    pairs = store.frame(select(project_communities.c.project_id, project_communities.c.community_id))
    gates = first_unmet(gate_table(rows, events, pairs, homes, as_of))
    return pd.DataFrame(
        {
            "project_id": rows["project_id"].to_numpy(),
            "name": rows["name"].to_numpy(),
            "batch": rows["batch"].to_numpy(),
            "is_central_state": rows["is_central_state"].astype(bool).to_numpy(),
            "stage": stage.reindex(rows["project_id"]).to_numpy(),
            "gate": gates.reindex(rows["project_id"]).to_numpy(),
            "funding_source": rows["project_id"].map(_main_source(store)).to_numpy(),
        }
    )


def _main_source(store: Store) -> pd.Series:
    sums = store.frame(
        select(
            funding_entries.c.project_id,
            funding_entries.c.funding_source,
            func.sum(funding_entries.c.amount_fen).label("fen"),
        )
        .where(funding_entries.c.state == "planned")
        .group_by(funding_entries.c.project_id, funding_entries.c.funding_source)
    )
    if sums.empty:
        return pd.Series(dtype=object)
    sums["fen"] = sums["fen"].astype(float)
    largest = sums.sort_values(["project_id", "fen", "funding_source"], ascending=[True, False, True])
    return largest.drop_duplicates("project_id").set_index("project_id")["funding_source"]


def _furthest(places: pd.DataFrame, states: pd.DataFrame, key: str) -> pd.DataFrame:
    """For each place the project that has come furthest."""
    joined = places.merge(states, on="project_id", how="inner")
    joined["order"] = joined["stage"].map(ORDER)
    joined = joined.sort_values([key, "order", "project_id"], ascending=[True, False, True])
    return joined.drop_duplicates(key).set_index(key)


def community_layer(store: Store, as_of: dt.date, states: pd.DataFrame | None = None) -> gpd.GeoDataFrame:
    """Every community that has a place, with what the map shows of it (EPSG:4326).

    A community without a boundary is drawn as a small disc around its point, and `has_boundary` is False.

    Columns: community_id, name, district_code, subdistrict_code, build_year_from, build_year_to,
    build_year_precision, age_class, is_mixed_age, buildings (how many), is_derived, completeness_pct, project_id,
    stage, gate, funding_source, batch, is_central_state, is_synthetic, has_boundary, geometry. `states` are the
    projects' states on that day, where they are at hand.
    """
    fields = [communities.c[c] for c in COMPLETENESS_FIELDS]
    rows = store.layer(
        select(
            communities.c.community_id,
            communities.c.name,
            *fields,
            communities.c.build_year_to,
            communities.c.build_year_precision,
            communities.c.is_central_state,
            communities.c.is_synthetic,
            community_links.c.district_code,
            community_links.c.subdistrict_code,
            community_links.c.age_class,
            community_links.c.is_mixed_age,
            community_links.c.buildings,
            community_links.c.boundary_rule,
            communities.c.point,
            community_links.c.boundary.label("geometry"),
        )
        .join(community_links, community_links.c.community_id == communities.c.community_id)
        .where(community_links.c.boundary.is_not(None) | communities.c.point.is_not(None))
        .order_by(communities.c.community_id)
    )
    rows["has_boundary"] = rows.geometry.notna()
    rows = rows.set_geometry(_discs(rows)).drop(columns="point")
    filled = rows[list(COMPLETENESS_FIELDS)].notna()
    rows["completeness_pct"] = (100 * filled.mean(axis=1)).round().astype(int)
    rows["is_derived"] = rows["boundary_rule"] != "stated"
    works = _furthest(
        store.frame(select(project_communities.c.community_id, project_communities.c.project_id)),
        project_states(store, as_of) if states is None else states,
        "community_id",
    )
    for name in ("project_id", "stage", "gate", "funding_source", "batch"):
        rows[name] = rows["community_id"].map(works[name])
    own = rows["is_central_state"].eq(True)
    by_project = rows["community_id"].map(works["is_central_state"].astype(object)).eq(True)
    rows["is_central_state"] = own | by_project
    dropped = [c for c in COMPLETENESS_FIELDS if c != "build_year_from"]
    return rows.drop(columns=[*dropped, "boundary_rule"])


def _discs(rows: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The boundary of each row, or a disc around its point where it has none."""
    shapes = rows.geometry.to_numpy().copy()
    bare = shapely.is_missing(shapes)
    if bare.any():
        points = gpd.GeoSeries(shapely.from_wkb(rows["point"].to_numpy(dtype=object)[bare]), crs=WGS84)
        shapes[bare] = points.to_crs(METRIC).buffer(DISC_RADIUS_M, quad_segs=4).to_crs(WGS84).to_numpy()
    return gpd.GeoSeries(shapes, index=rows.index, crs=WGS84)


def area_layer(store: Store, level: str) -> gpd.GeoDataFrame:
    """Districts or subdistricts: code, name_zh, name_en, district_code, geometry (EPSG:4326)."""
    table = districts if level == "districts" else subdistricts
    code = table.c.district_code if level == "districts" else table.c.subdistrict_code
    return store.layer(
        select(
            code.label("code"),
            table.c.district_code,
            table.c.name_zh,
            table.c.name_en,
            table.c.geometry,
        )
        .where(table.c.geometry.is_not(None))
        .order_by(code)
    )


def community_card(store: Store, community_id: str) -> dict[str, pd.DataFrame]:
    """All that is known of one community: its row and links, buildings, projects, events, money, and their runs.

    Keys: community, buildings, projects, events, funding, investment. Frames are empty where nothing is held.
    """
    own = project_communities.c.community_id == community_id
    chosen = select(project_communities.c.project_id).where(own)
    home = select(
        communities, *[c for c in community_links.columns if c.name not in ("community_id", "boundary")]
    )
    table = home.outerjoin(community_links, community_links.c.community_id == communities.c.community_id)
    house_columns = [c for c in buildings.columns if c.name != "geometry"]
    link_columns = [c for c in building_links.columns if c.name not in ("building_id",)]
    return {
        "community": store.frame(table.where(communities.c.community_id == community_id)).drop(
            columns=["point", "geometry"], errors="ignore"
        ),
        "buildings": store.frame(
            select(*house_columns, *link_columns)
            .join(building_links, building_links.c.building_id == buildings.c.building_id)
            .where(building_links.c.community_id == community_id)
            .order_by(buildings.c.name, buildings.c.building_id)
        ),
        "projects": store.frame(select(projects).where(projects.c.project_id.in_(chosen))),
        "events": store.frame(
            select(stage_events)
            .where(stage_events.c.project_id.in_(chosen))
            .order_by(stage_events.c.event_date, stage_events.c.event_id)
        ),
        "funding": store.frame(
            select(funding_entries)
            .where(funding_entries.c.project_id.in_(chosen))
            .order_by(funding_entries.c.entry_id)
        ),
        "investment": store.frame(
            select(monthly_investments)
            .where(monthly_investments.c.project_id.in_(chosen))
            .order_by(monthly_investments.c.month)
        ),
    }


def search_rows(store: Store) -> pd.DataFrame:
    """What the search looks through: communities with name, address and a place to fly to.

    Columns: community_id, name, address, district_code, lon, lat.
    """
    rows = store.layer(
        select(
            communities.c.community_id,
            communities.c.name,
            communities.c.address,
            community_links.c.district_code,
            communities.c.point,
            community_links.c.boundary.label("geometry"),
        )
        .join(community_links, community_links.c.community_id == communities.c.community_id)
        .where(community_links.c.boundary.is_not(None) | communities.c.point.is_not(None))
        .order_by(communities.c.name, communities.c.community_id)
    )
    rows = rows.set_geometry(_discs(rows)).drop(columns="point")
    centres = rows.geometry.bounds if len(rows) else pd.DataFrame(columns=["minx", "miny", "maxx", "maxy"])
    return pd.DataFrame(rows.drop(columns="geometry")).assign(
        lon=np.round((centres["minx"] + centres["maxx"]) / 2, 6),
        lat=np.round((centres["miny"] + centres["maxy"]) / 2, 6),
    )
