"""What the page *Data* shows: runs, what undoing one would change, and how completely fields are filled."""

from typing import Literal

import pandas as pd
from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, union_all

from store.engine import Store
from store.queries_map import COMPLETENESS_FIELDS
from store.tables import (
    BASE_TABLES,
    communities,
    community_links,
    import_layers,
    import_runs,
    row_versions,
)


def run_rows(store: Store) -> pd.DataFrame:
    """Every run, newest first, with the sums of its layers.

    Returns run_id, kind, catalogue_key, title_zh, title_en, actor, started_at, finished_at, status, is_synthetic,
    licence, source, as_of_date, undone_at, undone_by, layers, read_rows, accepted_rows, rejected_rows,
    repaired_rows, inserted_rows, updated_rows, unchanged_rows, retired_rows. A run that wrote no layers has zeros.
    """
    t, r = import_layers.c, import_runs.c
    counts = (
        "read_rows",
        "accepted_rows",
        "rejected_rows",
        "repaired_rows",
        "inserted_rows",
        "updated_rows",
        "unchanged_rows",
        "retired_rows",
    )
    totals = (
        select(t.run_id, func.count().label("layers"), *(func.sum(t[name]).label(name) for name in counts))
        .group_by(t.run_id)
        .subquery()
    )
    return store.frame(
        select(
            r.run_id,
            r.kind,
            r.catalogue_key,
            r.title_zh,
            r.title_en,
            r.actor,
            r.started_at,
            r.finished_at,
            r.status,
            r.is_synthetic,
            r.licence,
            r.source,
            r.as_of_date,
            r.undone_at,
            r.undone_by,
            *(func.coalesce(totals.c[name], 0).label(name) for name in ("layers", *counts)),
        )
        .outerjoin(totals, totals.c.run_id == r.run_id)
        .order_by(r.run_id.desc())
    )


def run_layers(store: Store, run_id: int) -> pd.DataFrame:
    """The layers of one run, all columns of `import_layers`, in the order of their names."""
    t = import_layers.c
    return store.frame(select(import_layers).where(t.run_id == run_id).order_by(t.layer))


def run_catalogue(store: Store, run_id: int) -> pd.DataFrame:
    """One row with the description that a run was loaded by: catalogue_key, catalogue (None for demo and reference)."""
    t = import_runs.c
    return store.frame(select(t.catalogue_key, t.catalogue).where(t.run_id == run_id))


def undo_effects(store: Store, run_id: int) -> pd.DataFrame:
    """What undoing a run would change, by table: table_name, removed, restored, returned.

    `removed`: rows that the run brought and that would go; `restored`: rows that it changed and that would take
    their earlier values; `returned`: rows that it took out and that would come back. Tables without any are left out.
    """
    v = row_versions.c
    kept = (
        select(
            v.table_name,
            func.sum(case((v.change == "update", 1), else_=0)).label("restored"),
            func.sum(case((v.change == "delete", 1), else_=0)).label("returned"),
        )
        .where(v.run_id == run_id)
        .group_by(v.table_name)
        .subquery()
    )
    own = union_all(
        *(
            select(literal(name).label("table_name"), func.count().label("held"))
            .select_from(table)
            .where(table.c.import_run_id == run_id)
            for name, table in BASE_TABLES.items()
        )
    ).subquery()
    restored = func.coalesce(kept.c.restored, 0)
    rows = store.frame(
        select(
            own.c.table_name,
            (own.c.held - restored).label("removed"),
            restored.label("restored"),
            func.coalesce(kept.c.returned, 0).label("returned"),
        ).outerjoin(kept, kept.c.table_name == own.c.table_name)
    )
    changes = ["removed", "restored", "returned"]
    rows[changes] = rows[changes].astype("int64").clip(lower=0)
    order = {name: number for number, name in enumerate(BASE_TABLES)}
    touched = rows[rows[changes].sum(axis=1) > 0]
    return touched.sort_values("table_name", key=lambda names: names.map(order), ignore_index=True)


def completeness(
    store: Store, level: Literal["district", "subdistrict"], district_code: str | None = None
) -> pd.DataFrame:
    """How many pre-2000 communities of each area have each field filled (R3).

    Returns code (None for communities that lie in no known area), communities, and one count for each of
    `COMPLETENESS_FIELDS`, ordered by code. `district_code` keeps one district's communities. A community whose
    own year is unknown and that is old by its buildings counts, with its year as missing. An empty text is missing.
    """
    code = community_links.c.district_code if level == "district" else community_links.c.subdistrict_code
    query = (
        select(
            code.label("code"),
            func.count().label("communities"),
            *(func.sum(case((_is_filled(name), 1), else_=0)).label(name) for name in COMPLETENESS_FIELDS),
        )
        .join(communities, communities.c.community_id == community_links.c.community_id)
        .where(community_links.c.age_class == "pre_2000")
        .group_by(code)
        .order_by(code)
    )
    if district_code is not None:
        query = query.where(community_links.c.district_code == district_code)
    return store.frame(query)


def _is_filled(name: str) -> ColumnElement[bool]:
    column = communities.c[name]
    is_text = column.type.python_type is str
    return and_(column.is_not(None), column != "") if is_text else column.is_not(None)


def incomplete_communities(
    store: Store, *, district_code: str | None = None, subdistrict_code: str | None = None
) -> pd.DataFrame:
    """The pre-2000 communities with at least one empty field, those with most empty fields first.

    Returns community_id, name, district_code, subdistrict_code, is_synthetic and the `COMPLETENESS_FIELDS`.
    """
    c, cl = communities.c, community_links.c
    query = (
        select(
            c.community_id,
            c.name,
            cl.district_code,
            cl.subdistrict_code,
            c.is_synthetic,
            *(c[name] for name in COMPLETENESS_FIELDS),
        )
        .join(communities, c.community_id == cl.community_id)
        .where(cl.age_class == "pre_2000", or_(*(~_is_filled(name) for name in COMPLETENESS_FIELDS)))
    )
    if subdistrict_code is not None:
        query = query.where(cl.subdistrict_code == subdistrict_code)
    elif district_code is not None:
        query = query.where(cl.district_code == district_code)
    empty = sum((case((_is_filled(name), 0), else_=1) for name in COMPLETENESS_FIELDS), literal(0))
    return store.frame(query.order_by(empty.desc(), c.community_id))
