"""Named reads of the page of projects: each is one plain SQL query and returns a frame, sorted by its key."""

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Select, func, select

from store.access import PERSONAL_COLUMNS
from store.engine import Store
from store.geometry import Geometry
from store.rows import content_columns
from store.tables import (
    BASE_TABLES,
    GEOMETRY_COLUMNS,
    building_links,
    buildings,
    communities,
    community_links,
    import_runs,
    key_column,
    project_buildings,
    project_communities,
    projects,
    stage_events,
)
from store.tables_programme import fiscal_assessments, proof_files, rebuild_options, submission_trail

#: Tables whose rows name their project.
BY_PROJECT = (
    "submission_trail",
    "service_agreements",
    "property_unit_duties",
    "deliberations",
    "reception_places",
    "quality_checks",
    "building_works",
    "community_measures",
    "pipeline_works",
)
#: Tables whose rows name their community.
BY_COMMUNITY = (
    "demands",
    "governance_items",
    "pipeline_works",
    "pavings",
    "lift_stairwells",
    "parking_lots",
    "community_measures",
)


def project_list(store: Store) -> pd.DataFrame:
    """The ledger of projects with the run that brought each row: all its columns, import_run_id and content_hash."""
    t = projects.c
    columns = [t[name] for name in content_columns(projects)]
    return store.frame(select(*columns, t.import_run_id, t.content_hash).order_by(t.project_id))


def project_homes(store: Store) -> pd.DataFrame:
    """The communities of each project, with where they stand and what the steps ask of them.

    Returns project_id, community_id, community_name, district_code, subdistrict_code, households, has_owners_body,
    surveyed_date, original_property_unit, import_run_id.
    """
    c, pc, cl = communities.c, project_communities.c, community_links.c
    return store.frame(
        select(
            pc.project_id,
            pc.community_id,
            c.name.label("community_name"),
            cl.district_code,
            cl.subdistrict_code,
            c.households,
            c.has_owners_body,
            c.surveyed_date,
            c.original_property_unit,
            c.import_run_id,
        )
        .join(communities, c.community_id == pc.community_id)
        .outerjoin(community_links, cl.community_id == pc.community_id)
        .order_by(pc.project_id, pc.community_id)
    )


def project_events(store: Store, project_id: str) -> pd.DataFrame:
    """The dated events of one project: event_id, project_id, stage, event_date, document_no, note, import_run_id,
    content_hash.
    """
    t = stage_events.c
    return store.frame(
        select(
            t.event_id,
            t.project_id,
            t.stage,
            t.event_date,
            t.document_no,
            t.note,
            t.import_run_id,
            t.content_hash,
        )
        .where(t.project_id == project_id)
        .order_by(t.event_date, t.event_id)
    )


def event_proofs(store: Store, project_id: str) -> pd.DataFrame:
    """The files that prove a project's events: proof_id, event_id, stage, file_name, sha256."""
    p, e = proof_files.c, stage_events.c
    return store.frame(
        select(p.proof_id, p.event_id, e.stage, p.file_name, p.sha256)
        .join(stage_events, e.event_id == p.event_id)
        .where(e.project_id == project_id)
        .order_by(p.proof_id)
    )


def project_points(store: Store) -> gpd.GeoDataFrame:
    """One point for each project: the middle of its communities' points (or boundaries, where they have no point).

    Returns project_id and geometry (Point, EPSG:4326); a project without any place is left out.
    """
    c, pc, cl = communities.c, project_communities.c, community_links.c
    place = func.coalesce(c.point, cl.boundary, type_=Geometry())
    rows = store.layer(
        select(pc.project_id, place.label("geometry"))
        .join(communities, c.community_id == pc.community_id)
        .outerjoin(community_links, cl.community_id == pc.community_id)
        .where(place.is_not(None))
        .order_by(pc.project_id, pc.community_id)
    )
    spots = shapely.centroid(rows.geometry.to_numpy())
    middles = (
        pd.DataFrame({"project_id": rows["project_id"], "x": shapely.get_x(spots), "y": shapely.get_y(spots)})
        .groupby("project_id")[["x", "y"]]
        .mean()
    )
    return gpd.GeoDataFrame(
        {"project_id": middles.index.to_numpy(dtype=object)},
        geometry=gpd.points_from_xy(middles["x"], middles["y"]),
        crs="EPSG:4326",
    )


def assessment_rows(store: Store) -> pd.DataFrame:
    """Fiscal assessments (R8): assessment_id, district_code, year, capacity_fen, assessed_date, document_no, run."""
    t = fiscal_assessments.c
    return store.frame(
        select(
            t.assessment_id,
            t.district_code,
            t.year,
            t.capacity_fen,
            t.assessed_date,
            t.document_no,
            t.import_run_id,
        ).order_by(t.assessment_id)
    )


def trail_rows(store: Store) -> pd.DataFrame:
    """The submission trail (R12): trail_id, project_id, level, action, date, document_no, note, import_run_id."""
    t = submission_trail.c
    return store.frame(
        select(
            t.trail_id,
            t.project_id,
            t.level,
            t.action,
            t.action_date.label("date"),
            t.document_no,
            t.note,
            t.import_run_id,
        ).order_by(t.trail_id)
    )


def rows_of_project(store: Store, table: str, project_id: str, *, has_persons: bool = False) -> pd.DataFrame:
    """The rows of one of `BY_PROJECT` that name a project: all their columns but the geometry, and import_run_id.

    Names and numbers of persons only where `has_persons`. Raises ValueError for another table.
    """
    if table not in BY_PROJECT:
        raise ValueError(table)
    query = _content(table, has_persons=has_persons)
    return store.frame(query.where(BASE_TABLES[table].c.project_id == project_id))


def rows_of_homes(store: Store, table: str, project_id: str) -> pd.DataFrame:
    """The rows of one of `BY_COMMUNITY` that name a community of a project: all their columns, and import_run_id.

    Raises ValueError for another table.
    """
    if table not in BY_COMMUNITY:
        raise ValueError(table)
    homes = select(project_communities.c.community_id).where(project_communities.c.project_id == project_id)
    return store.frame(_content(table).where(BASE_TABLES[table].c.community_id.in_(homes)))


def _content(table: str, *, has_persons: bool = False) -> Select:
    held = BASE_TABLES[table]
    hidden = {*GEOMETRY_COLUMNS[table], *(() if has_persons else PERSONAL_COLUMNS.get(table, ()))}
    columns = [held.c[name] for name in content_columns(held) if name not in hidden]
    return select(*columns, held.c.import_run_id).order_by(held.c[key_column(held)])


def houses_of_project(store: Store, project_id: str) -> pd.DataFrame:
    """The buildings of a project.

    Returns building_id, name, address, community_id, community_name, build_year_text, storeys, stairwells,
    households, floor_area_m2, is_dangerous_or_simple, import_run_id.
    """
    b, pb, bl, c = buildings.c, project_buildings.c, building_links.c, communities.c
    return store.frame(
        select(
            b.building_id,
            b.name,
            b.address,
            bl.community_id,
            c.name.label("community_name"),
            b.build_year_text,
            b.storeys,
            b.stairwells,
            b.households,
            b.floor_area_m2,
            b.is_dangerous_or_simple,
            b.import_run_id,
        )
        .join(project_buildings, pb.building_id == b.building_id)
        .outerjoin(building_links, bl.building_id == b.building_id)
        .outerjoin(communities, c.community_id == bl.community_id)
        .where(pb.project_id == project_id)
        .order_by(b.building_id)
    )


def options_of_project(store: Store, project_id: str) -> pd.DataFrame:
    """Options to strengthen, clear or rebuild the buildings of a project (R55, R56), and import_run_id."""
    own = select(project_buildings.c.building_id).where(project_buildings.c.project_id == project_id)
    return store.frame(_content("rebuild_options").where(rebuild_options.c.building_id.in_(own)))


def run_titles(store: Store) -> pd.DataFrame:
    """What each run is called: run_id, kind, title_zh, title_en."""
    t = import_runs.c
    return store.frame(select(t.run_id, t.kind, t.title_zh, t.title_en).order_by(t.run_id))
