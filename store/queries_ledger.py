"""What the ledger shows and compares with: rows of one table, of a district or of all, with their content hashes."""

from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Table, func, or_, select

from store.engine import Store
from store.geometry import Geometry
from store.tables import (
    BASE_TABLES,
    annual_targets,
    building_links,
    communities,
    community_links,
    import_runs,
    key_column,
    projects,
)


def ledger_rows(store: Store, table: str, district_code: str | None = None) -> pd.DataFrame:
    """The rows of a base table in the order of their keys, of one district or of all.

    Returns every content column but geometry, then import_run_id, is_synthetic and content_hash. A row belongs to a
    district by its own code, or through its project, community, building or parent row. Raises KeyError for a table
    that is none of the base tables.
    """
    held = BASE_TABLES[table]
    columns = [
        c
        for c in held.columns
        if not isinstance(c.type, Geometry) and c.name not in ("source_row", "gap_sheet")
    ]
    query = select(*columns).order_by(held.c[key_column(held)])
    if district_code is not None:
        query = query.where(_in_district(held, district_code))
    return store.frame(query)


def community_districts(store: Store) -> pd.DataFrame:
    """Where each community lies: community_id, name, district_code and subdistrict_code, by its place or as stated."""
    links = community_links.c
    code = func.coalesce(links.district_code, communities.c.district_code).label("district_code")
    return store.frame(
        select(communities.c.community_id, communities.c.name, code, links.subdistrict_code)
        .outerjoin(community_links, links.community_id == communities.c.community_id)
        .order_by(communities.c.community_id)
    )


def own_runs(store: Store, actor: str) -> pd.DataFrame:
    """The edits of one person, newest first: run_id, catalogue_key (form, table, ledger), title_zh, title_en,
    finished_at, status, undone_at, undone_by."""
    r = import_runs.c
    return store.frame(
        select(
            r.run_id,
            r.catalogue_key,
            r.title_zh,
            r.title_en,
            r.finished_at,
            r.status,
            r.undone_at,
            r.undone_by,
        )
        .where(r.kind == "edit", r.actor == actor)
        .order_by(r.run_id.desc())
    )


def row_writer(store: Store, table: str, key: str) -> pd.DataFrame:
    """Who wrote a row last, at most one row: actor, finished_at, title_zh, title_en, run_id."""
    held, r = BASE_TABLES[table], import_runs.c
    return store.frame(
        select(r.actor, r.finished_at, r.title_zh, r.title_en, r.run_id)
        .join(held, held.c.import_run_id == r.run_id)
        .where(held.c[key_column(held)] == key)
    )


def _in_district(table: Table, code: str) -> ColumnElement[bool]:
    """Whether a row lies in a district: its own code, or that of the rows it hangs on."""
    if table is annual_targets:
        return annual_targets.c.area_code == code
    if table is communities:
        return communities.c.community_id.in_(_communities_of(code))
    if table.name == "buildings":
        links = building_links.c
        return table.c.building_id.in_(select(links.building_id).where(links.district_code == code))
    if table is projects or ("district_code" in table.c and not table.c.district_code.nullable):
        return table.c.district_code == code
    found: list[ColumnElement[bool]] = []
    if "district_code" in table.c:
        found.append(table.c.district_code == code)
    for reference in sorted(table.foreign_keys, key=lambda f: f.parent.name):
        parent, column = reference.column.table, reference.parent
        if parent is communities:
            found.append(column.in_(_communities_of(code)))
        elif parent.name in BASE_TABLES and parent.name != "districts":
            found.append(column.in_(select(reference.column).where(_in_district(parent, code))))
    return or_(*found) if found else table.c[key_column(table)].is_(None)


def _communities_of(code: str) -> Any:
    links = community_links.c
    place = func.coalesce(links.district_code, communities.c.district_code)
    return (
        select(communities.c.community_id)
        .outerjoin(community_links, links.community_id == communities.c.community_id)
        .where(place == code)
    )
