"""Import runs: writing a layer's rows so that the run can be undone exactly."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, func, select, update

from store import audit
from store.errors import StoreError, UndoRefused
from store.rows import (
    content_columns,
    content_hashes,
    delete_rows,
    fetch_by_key,
    from_json,
    insert_rows,
    plain_rows,
    to_json,
    update_rows,
)
from store.tables import BASE_TABLES, import_runs, key_column, row_versions

#: Above this many rows the keys and hashes of a whole table are fetched at once.
FETCH_ALL_ROWS = 2000


@dataclass(frozen=True)
class Applied:
    """What writing one layer did."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    inserted_keys: Sequence[str] = field(default_factory=tuple, repr=False)
    updated_keys: Sequence[str] = field(default_factory=tuple, repr=False)


def begin_run(
    conn: Connection, *, kind: str, catalogue_key: str, actor: str, is_synthetic: bool, **about: Any
) -> int:
    """Open a run and return its number. `about` fills title_zh, title_en, licence, source, as_of_date, catalogue."""
    about.setdefault("title_zh", catalogue_key)
    about.setdefault("title_en", catalogue_key)
    done = conn.execute(
        import_runs.insert().values(
            kind=kind,
            catalogue_key=catalogue_key,
            actor=actor,
            is_synthetic=is_synthetic,
            status="done",
            started_at=dt.datetime.now(dt.UTC),
            **about,
        )
    )
    key = done.inserted_primary_key
    assert key is not None
    return int(key[0])


def end_run(conn: Connection, run_id: int, *, actor: str, detail: dict[str, Any]) -> None:
    """Close a run and leave its entry in the trail."""
    conn.execute(
        update(import_runs).where(import_runs.c.run_id == run_id).values(finished_at=dt.datetime.now(dt.UTC))
    )
    audit.record(conn, actor=actor, action="run.done", run_id=run_id, detail=detail)


def apply_rows(
    conn: Connection, run_id: int, table: Table, rows: pd.DataFrame, *, is_synthetic: bool
) -> Applied:
    """Write a layer's rows: new ones in, changed ones over what they replace (which is kept), equal ones left alone.

    `rows` holds the table's content columns (missing ones are empty) with unique keys, geometry in EPSG:4326,
    and may hold `source_row`. A row that an earlier run brought and this one repeats keeps its earlier run.
    """
    key = key_column(table)
    columns = [key, *(c for c in content_columns(table) if c != key)]
    if rows[key].duplicated().any():
        raise StoreError(
            "store.key_repeated", table=table.name, key=str(rows[key][rows[key].duplicated()].iloc[0])
        )
    values = plain_rows(rows, table, columns)
    hashes = content_hashes((bool(is_synthetic), *row) for row in values)
    source_rows = (
        rows["source_row"].astype(object).where(rows["source_row"].notna(), None).tolist()
        if ("source_row" in rows)
        else [None] * len(rows)
    )
    held = _held_hashes(conn, table, [row[0] for row in values])

    all_columns = [*columns, "import_run_id", "source_row", "is_synthetic", "content_hash"]
    fresh, changed, same = [], [], 0
    for row, seal, number in zip(values, hashes, source_rows, strict=True):
        full = (*row, run_id, None if number is None else int(number), bool(is_synthetic), seal)
        known = held.get(row[0])
        if known is None:
            fresh.append(full)
        elif known == seal:
            same += 1
        else:
            changed.append(full)
    if changed:
        _keep_versions(conn, run_id, table, [row[0] for row in changed], "update")
        update_rows(conn, table, all_columns, changed)
    insert_rows(conn, table, all_columns, fresh)
    return Applied(len(fresh), len(changed), same, tuple(r[0] for r in fresh), tuple(r[0] for r in changed))


def retire_rows(conn: Connection, run_id: int, table: Table, keys: Sequence[str]) -> int:
    """Take rows out on behalf of a run, keeping them so that undoing the run puts them back."""
    _keep_versions(conn, run_id, table, keys, "delete")
    delete_rows(conn, table, keys)
    return len(keys)


def _held_hashes(conn: Connection, table: Table, keys: Sequence[str]) -> dict[str, str]:
    column = table.c[key_column(table)]
    query = select(column, table.c.content_hash)
    if len(keys) > FETCH_ALL_ROWS:
        return dict(conn.execute(query).all())
    found: dict[str, str] = {}
    for start in range(0, len(keys), 500):
        found.update(conn.execute(query.where(column.in_(keys[start : start + 500]))).all())
    return found


def _keep_versions(conn: Connection, run_id: int, table: Table, keys: Sequence[str], change: str) -> None:
    held = fetch_by_key(conn, table, keys)
    own = [key for key in keys if held[key]["import_run_id"] == run_id]
    if own:
        raise StoreError("store.written_twice", table=table.name, key=own[0])
    rows = [(run_id, table.name, key, change, to_json(held[key]), held[key]["import_run_id"]) for key in keys]
    insert_rows(
        conn, row_versions, ["run_id", "table_name", "row_key", "change", "previous", "previous_run_id"], rows
    )


# --- undoing --------------------------------------------------------------------------------------
def undo_run(conn: Connection, run_id: int, *, actor: str) -> dict[str, int]:
    """Take a run back: what it brought goes, what it replaced returns, exactly.

    Returns the number of rows put back or taken out by table. Raises UndoRefused where a later run changed, took
    out or refers to rows of this one, and where the run is undone already or brought the reference data.
    """
    run = conn.execute(select(import_runs).where(import_runs.c.run_id == run_id)).mappings().first()
    if run is None:
        raise UndoRefused("undo.no_such_run", run=run_id)
    if run["status"] == "undone":
        raise UndoRefused("undo.already_undone", run=run_id)
    if run["kind"] == "reference":
        raise UndoRefused("undo.reference", run=run_id)
    blockers = sorted(_runs_building_on(conn, run_id))
    if blockers:
        raise UndoRefused("undo.built_upon", run=run_id, runs=", ".join(str(b) for b in blockers))

    touched: dict[str, int] = {}
    versions: dict[str, list[Any]] = {}
    for row in conn.execute(select(row_versions).where(row_versions.c.run_id == run_id)).mappings():
        versions.setdefault(row["table_name"], []).append(row)
    for name, table in reversed(BASE_TABLES.items()):
        replaced = {v["row_key"] for v in versions.get(name, ()) if v["change"] == "update"}
        key = table.c[key_column(table)]
        own = set(conn.execute(select(key).where(table.c.import_run_id == run_id)).scalars())
        brought = sorted(own - replaced)
        delete_rows(conn, table, brought)
        if brought:
            touched[name] = len(brought)
    for name, table in BASE_TABLES.items():
        columns = [key_column(table), *(c.name for c in table.columns if c.name != key_column(table))]
        back = [from_json(table, v["previous"]) for v in versions.get(name, ()) if v["change"] == "delete"]
        insert_rows(conn, table, columns, [tuple(r[c] for c in columns) for r in back])
        old = [from_json(table, v["previous"]) for v in versions.get(name, ()) if v["change"] == "update"]
        update_rows(conn, table, columns, [tuple(r[c] for c in columns) for r in old])
        if back or old:
            touched[name] = touched.get(name, 0) + len(back) + len(old)
    conn.execute(row_versions.delete().where(row_versions.c.run_id == run_id))
    conn.execute(
        update(import_runs)
        .where(import_runs.c.run_id == run_id)
        .values(status="undone", undone_at=dt.datetime.now(dt.UTC), undone_by=actor)
    )
    audit.record(conn, actor=actor, action="run.undone", run_id=run_id, detail=touched)
    return touched


def _runs_building_on(conn: Connection, run_id: int) -> set[int]:
    later = set(
        conn.execute(
            select(row_versions.c.run_id).where(row_versions.c.previous_run_id == run_id).distinct()
        ).scalars()
    )
    for name, table in BASE_TABLES.items():
        retired = select(row_versions.c.row_key).where(
            row_versions.c.run_id == run_id,
            row_versions.c.table_name == name,
            row_versions.c.change == "delete",
        )
        later |= set(
            conn.execute(
                select(table.c.import_run_id)
                .where(table.c[key_column(table)].in_(retired), table.c.import_run_id != run_id)
                .distinct()
            ).scalars()
        )
    for child in BASE_TABLES.values():
        for reference in child.foreign_keys:
            parent = reference.column.table
            if parent.name not in BASE_TABLES:
                continue
            replaced = select(row_versions.c.row_key).where(
                row_versions.c.run_id == run_id,
                row_versions.c.table_name == parent.name,
                row_versions.c.change == "update",
            )
            later |= set(
                conn.execute(
                    select(child.c.import_run_id)
                    .join(parent, reference.parent == reference.column)
                    .where(
                        parent.c.import_run_id == run_id,
                        child.c.import_run_id != run_id,
                        reference.column.not_in(replaced),
                    )
                    .distinct()
                ).scalars()
            )
    return later


def run_counts(conn: Connection, run_id: int) -> dict[str, int]:
    """How many rows of each table a run still holds."""
    counts = {
        name: conn.execute(select(func.count()).where(table.c.import_run_id == run_id)).scalar() or 0
        for name, table in BASE_TABLES.items()
    }
    return {name: n for name, n in counts.items() if n}
