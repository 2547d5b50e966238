"""Named reads of the content of works over an area: each is one plain SQL query, sorted by its key."""

import pandas as pd
from sqlalchemy import func, select

from store.engine import Store
from store.queries_projects import BY_COMMUNITY
from store.rows import content_columns
from store.tables import (
    BASE_TABLES,
    building_links,
    buildings,
    communities,
    community_links,
    key_column,
    project_buildings,
    stage_events,
)
from store.tables_programme import building_works


def community_ledger(store: Store, table: str) -> pd.DataFrame:
    """Every row of one of `queries_projects.BY_COMMUNITY` with the place of its community.

    Returns all columns of the table, community_name, district_code, subdistrict_code, is_central_state and
    import_run_id. Raises ValueError for another table.
    """
    if table not in BY_COMMUNITY:
        raise ValueError(table)
    held, c, cl = BASE_TABLES[table], communities.c, community_links.c
    columns = [held.c[name] for name in content_columns(held)]
    return store.frame(
        select(
            *columns,
            c.name.label("community_name"),
            cl.district_code,
            cl.subdistrict_code,
            c.is_central_state,
            held.c.import_run_id,
        )
        .join(communities, c.community_id == held.c.community_id)
        .outerjoin(community_links, cl.community_id == held.c.community_id)
        .order_by(held.c[key_column(held)])
    )


def project_houses(store: Store) -> pd.DataFrame:
    """The buildings of all projects with where they stand.

    Returns project_id, building_id, building_name, community_id, community_name, district_code, subdistrict_code.
    """
    b, pb, bl, c = buildings.c, project_buildings.c, building_links.c, communities.c
    return store.frame(
        select(
            pb.project_id,
            pb.building_id,
            b.name.label("building_name"),
            bl.community_id,
            c.name.label("community_name"),
            bl.district_code,
            bl.subdistrict_code,
        )
        .join(buildings, b.building_id == pb.building_id)
        .outerjoin(building_links, bl.building_id == pb.building_id)
        .outerjoin(communities, c.community_id == bl.community_id)
        .order_by(pb.project_id, pb.building_id)
    )


def building_work_rows(store: Store) -> pd.DataFrame:
    """Works by building (R32): work_id, project_id, building_id, kind, started_date, completed_date, import_run_id."""
    t = building_works.c
    return store.frame(
        select(
            t.work_id,
            t.project_id,
            t.building_id,
            t.kind,
            t.started_date,
            t.completed_date,
            t.import_run_id,
        ).order_by(t.work_id)
    )


def home_starts(store: Store) -> pd.DataFrame:
    """The first day of works in each community with a project that has begun: community_id, started_date (R25)."""
    e, pc = stage_events.c, BASE_TABLES["project_communities"].c
    return store.frame(
        select(pc.community_id, func.min(e.event_date).label("started_date"))
        .join(stage_events, e.project_id == pc.project_id)
        .where(e.stage == "started")
        .group_by(pc.community_id)
        .order_by(pc.community_id)
    )


def home_households(store: Store) -> pd.DataFrame:
    """The households of the communities that have parking on record: community_id, community_name, households,
    district_code, subdistrict_code, is_central_state (R34).
    """
    c, cl, lots = communities.c, community_links.c, BASE_TABLES["parking_lots"].c
    return store.frame(
        select(
            c.community_id,
            c.name.label("community_name"),
            c.households,
            cl.district_code,
            cl.subdistrict_code,
            c.is_central_state,
        )
        .outerjoin(community_links, cl.community_id == c.community_id)
        .where(c.community_id.in_(select(lots.community_id)))
        .order_by(c.community_id)
    )
