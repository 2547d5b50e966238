"""What a person writes: forms, cells, ledgers. One edit is one run: it can be undone, and every row is in the trail.

Three things are asked before anything is written, all in the writer's own transaction: may this person write these
rows (R74), is the row still the one the person saw (optimistic locking), and does the edit break a hard gate (R9, R13,
R20) that was not broken before. Imports go another way (`loaders.commit`): there facts are kept and listed as breaches.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import psycopg
from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import IntegrityError

from store import audit
from store.access import PERSONAL_COLUMNS, Action, Principal
from store.edit_gates import GateBreach, hard_breaches_of, projects_of
from store.edit_values import checked_values
from store.engine import Store
from store.errors import AccessRefused, EditConflict, EditRefused, GateRefused, UndoRefused
from store.linking import relink
from store.linking_touched import LINKED_TABLES, Touched, run_touches
from store.rows import chunks, content_columns, fetch_by_key, insert_rows, to_json
from store.runs import apply_rows, begin_run, end_run, retire_rows, undo_run
from store.tables import BASE_TABLES, import_layers, import_runs, key_column, rejected_rows, row_versions
from store.write_scope import rows_outside

#: What a table's rows ask for beside the area; every other table is part of the ledger.
ACTION_OF: dict[str, Action] = {
    "design_opinions": Action.REVIEW_DESIGN,
    "standard_rows": Action.EDIT_STANDARD,
    "siting_scenarios": Action.SAVE_SCENARIO,
    "bundles": Action.SAVE_SCENARIO,
    "bundle_projects": Action.SAVE_SCENARIO,
}
#: Columns of `rejected_rows` that a ledger hands over with its refused rows.
REJECTED_FIELDS = (
    "layer",
    "file_name",
    "row_number",
    "field",
    "value",
    "reason_code",
    "reason_params",
    "row_values",
)
MOST_ROWS = 50_000


@dataclass(frozen=True)
class RowChange:
    """One row to write. `values` may hold some columns of a row that stands, the others stay; None takes the row out.

    `expected_hash` is the `content_hash` that the person saw; None: the row must be new.
    """

    table: str
    key: str
    values: Mapping[str, Any] | None
    expected_hash: str | None = None


@dataclass(frozen=True)
class EditResult:
    """A written edit: its run, and how many rows came in, changed, went, or were as they are already."""

    run_id: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int


def write_edit(
    store: Store,
    principal: Principal,
    changes: Sequence[RowChange],
    *,
    origin: str,
    title_zh: str,
    title_en: str,
    note: str = "",
    rejected: Sequence[Mapping[str, Any]] = (),
    file_name: str | None = None,
) -> EditResult:
    """Write the changes in one transaction, or nothing.

    `origin` says how they came (form, table, ledger); `rejected` are rows of a ledger that stay out and are kept beside
    the run (`REJECTED_FIELDS`). A row that changes keeps whether it is synthetic; a new one that hangs on synthetic
    rows is synthetic too. Raises AccessRefused, EditConflict, GateRefused, EditRefused (edit.*), StoreLocked.
    """
    _agreeable(changes, rejected)
    with store.writing() as conn:
        return write_edit_within(
            conn,
            principal,
            changes,
            origin=origin,
            title_zh=title_zh,
            title_en=title_en,
            note=note,
            rejected=rejected,
            file_name=file_name,
        )


def write_edit_within(
    conn: Connection,
    principal: Principal,
    changes: Sequence[RowChange],
    *,
    origin: str,
    title_zh: str,
    title_en: str,
    note: str = "",
    rejected: Sequence[Mapping[str, Any]] = (),
    file_name: str | None = None,
) -> EditResult:
    """As `write_edit`, in a transaction of the writer that is open already."""
    by_table: dict[str, list[RowChange]] = {}
    for change in changes:
        by_table.setdefault(change.table, []).append(change)
    _allowed(principal, by_table)
    held = {
        name: fetch_by_key(conn, BASE_TABLES[name], [c.key for c in own]) for name, own in by_table.items()
    }
    new = {
        name: {c.key: checked_values(BASE_TABLES[name], c.key, c.values, held[name].get(c.key)) for c in own}
        for name, own in by_table.items()
    }
    _in_scope(conn, principal, held)
    for own in by_table.values():
        for change in own:
            _as_seen(conn, change, held[change.table].get(change.key))
    affected = projects_of(conn, held, new)
    before = hard_breaches_of(conn, affected)
    run_id = begin_run(
        conn,
        kind="edit",
        catalogue_key=origin,
        actor=principal.name,
        is_synthetic=False,
        title_zh=title_zh,
        title_en=title_en,
        source=note or None,
    )
    touched, counts = Touched(), [0, 0, 0, 0]
    try:
        _write(conn, run_id, held, new, touched, counts)
    except (IntegrityError, psycopg.IntegrityError) as fault:  # COPY raises the driver's own
        said = str(getattr(fault, "orig", fault)).splitlines()[0]
        raise EditRefused("edit.reference", detail=said[:200]) from fault
    if any(name in LINKED_TABLES for name in by_table):
        relink(conn, touched)
    # Asked of the rows as they stand now: a row may hang on another one of the same edit.
    _in_scope(
        conn, principal, {n: {k: r for k, r in rows.items() if r is not None} for n, rows in new.items()}
    )
    broken = hard_breaches_of(conn, affected | projects_of(conn, {}, new))
    worse = [b for b in broken if b not in before]
    if worse:
        raise _gate_refused("edit.gate", worse)
    _report(conn, run_id, by_table, new, rejected, file_name)
    for name, rows in new.items():
        for key, row in rows.items():
            _record(conn, principal, origin, run_id, name, key, held[name].get(key), row)
    end_run(
        conn,
        run_id,
        actor=principal.name,
        detail={"origin": origin, "rows": counts, "refused": len(rejected)},
    )
    return EditResult(run_id, *counts)


def undo_edit(store: Store, principal: Principal, run_id: int) -> dict[str, int]:
    """Take an own edit back (any run for those who may load data), exactly.

    Raises AccessRefused for somebody else's edit or rows outside one's area, GateRefused where the works recorded since
    would stand without a hard gate, UndoRefused as `undo_run`.
    """
    with store.writing() as conn:
        run = conn.execute(select(import_runs).where(import_runs.c.run_id == run_id)).mappings().first()
        if run is None:
            raise UndoRefused("undo.no_such_run", run=run_id)
        is_own = run["kind"] == "edit" and run["actor"] == principal.name
        if not (principal.may(Action.LOAD_DATA) or is_own):
            raise AccessRefused("access.not_own_edit", run=run_id)
        changed = {name: _rows_of_run(conn, run_id, name) for name in BASE_TABLES}
        changed = {name: rows for name, rows in changed.items() if rows}
        if not principal.reads_city:
            _in_scope(conn, principal, changed)
        # A load is undone as it came: what it brought were facts, and facts may break gates.
        affected = projects_of(conn, changed, {}) if run["kind"] == "edit" else frozenset()
        before = hard_breaches_of(conn, affected)
        links = run_touches(conn, run_id)
        done = undo_run(conn, run_id, actor=principal.name)
        worse = [b for b in hard_breaches_of(conn, affected) if b not in before]
        if worse:
            raise _gate_refused("edit.undo_gate", worse)
        relink(conn, links)
    return done


def _gate_refused(code: str, broken: Sequence[GateBreach]) -> GateRefused:
    found = tuple(sorted(broken, key=lambda b: (b.project_id, b.step, b.gate)))
    return GateRefused(
        code, breaches=found, count=len(found), clauses=list(dict.fromkeys(b.clause for b in found))
    )


def _agreeable(changes: Sequence[RowChange], rejected: Sequence[Mapping[str, Any]]) -> None:
    if not changes and not rejected:
        raise EditRefused("edit.empty")
    if len(changes) > MOST_ROWS:
        raise EditRefused("edit.too_many", rows=len(changes), most=MOST_ROWS)
    seen: set[tuple[str, str]] = set()
    for change in changes:
        if change.table not in BASE_TABLES:
            raise EditRefused("edit.no_such_table", table=change.table)
        if (change.table, change.key) in seen:
            raise EditRefused("edit.twice", table=change.table, key=change.key)
        seen.add((change.table, change.key))


def _allowed(principal: Principal, tables: Iterable[str]) -> None:
    for name in tables:
        if not principal.may(ACTION_OF.get(name, Action.WRITE_LEDGER)):
            raise AccessRefused("access.no_write", table=name, role=principal.role.value)


def _in_scope(
    conn: Connection, principal: Principal, rows: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> None:
    """What a row was and what it becomes must both lie in the person's areas."""
    for name, own in rows.items():
        outside = rows_outside(conn, principal, BASE_TABLES[name], list(own.values()))
        if outside:
            raise AccessRefused("access.outside", table=name, key=outside[0], rows=len(outside))


def _as_seen(conn: Connection, change: RowChange, held: Mapping[str, Any] | None) -> None:
    if held is None:
        if change.expected_hash is None and change.values is not None:
            return
        raise EditConflict("edit.gone", table=change.table, key=change.key)
    if held["content_hash"] == change.expected_hash:
        return
    run = (
        conn.execute(
            select(import_runs.c.actor, import_runs.c.finished_at).where(
                import_runs.c.run_id == held["import_run_id"]
            )
        )
        .mappings()
        .one()
    )
    code = "edit.exists" if change.expected_hash is None else "edit.conflict"
    at = run["finished_at"]
    raise EditConflict(
        code,
        table=change.table,
        key=change.key,
        actor=run["actor"],
        at=at.isoformat(sep=" ", timespec="minutes") if isinstance(at, dt.datetime) else None,
        content_hash=held["content_hash"],
    )


def _write(
    conn: Connection,
    run_id: int,
    held: Mapping[str, Mapping[str, Mapping[str, Any]]],
    new: Mapping[str, Mapping[str, Mapping[str, Any] | None]],
    touched: Touched,
    counts: list[int],
) -> None:
    for name in reversed(BASE_TABLES):
        gone = sorted(k for k, row in new.get(name, {}).items() if row is None)
        if gone:
            touched.note(conn, name, gone)
            counts[2] += retire_rows(conn, run_id, BASE_TABLES[name], gone)
    for name, table in BASE_TABLES.items():
        rows = {k: r for k, r in new.get(name, {}).items() if r is not None}
        examples = _synthetic_keys(conn, table, held[name], rows) if rows else set()
        for is_synthetic in (False, True):
            own = [r for k, r in rows.items() if (k in examples) is is_synthetic]
            if not own:
                continue
            frame = pd.DataFrame(own, dtype="object")
            done = apply_rows(conn, run_id, table, frame, is_synthetic=is_synthetic)
            touched.note(conn, name, {*done.inserted_keys, *done.updated_keys})
            counts[0] += done.inserted
            counts[1] += done.updated
            counts[3] += done.unchanged


def _synthetic_keys(
    conn: Connection,
    table: Table,
    held: Mapping[str, Mapping[str, Any]],
    rows: Mapping[str, Mapping[str, Any]],
) -> set[str]:
    """What stands keeps its mark; a new row that hangs on a synthetic one is an example too."""
    found = {key for key in rows if key in held and held[key]["is_synthetic"]}
    fresh = {key: row for key, row in rows.items() if key not in held}
    for reference in table.foreign_keys:
        parent, column = reference.column.table, reference.parent.name
        if parent.name not in BASE_TABLES:
            continue
        examples: set[str] = set()
        for part in chunks(sorted({str(r[column]) for r in fresh.values() if r.get(column) is not None})):
            query = select(reference.column).where(reference.column.in_(part), parent.c.is_synthetic)
            examples.update(conn.execute(query).scalars())
        found |= {key for key, row in fresh.items() if row.get(column) in examples}
    return found


def _report(
    conn: Connection,
    run_id: int,
    by_table: Mapping[str, Sequence[RowChange]],
    new: Mapping[str, Mapping[str, Mapping[str, Any] | None]],
    rejected: Sequence[Mapping[str, Any]],
    file_name: str | None,
) -> None:
    """One line for each table among the run's layers, and the rows that stayed out beside it."""
    refused: dict[str, set[Any]] = {}
    for row in rejected:
        refused.setdefault(str(row["layer"]), set()).add(row.get("row_number"))
    for name in [*by_table, *(n for n in refused if n not in by_table)]:
        keys = list(new.get(name, {}))
        kept = {"insert": 0, "update": 0, "delete": 0}
        for change in conn.execute(
            select(row_versions.c.change).where(
                row_versions.c.run_id == run_id, row_versions.c.table_name == name
            )
        ).scalars():
            kept[change] += 1
        table = BASE_TABLES.get(name)
        brought = (
            len(conn.execute(select(table.c[key_column(table)]).where(table.c.import_run_id == run_id)).all())
            if table is not None
            else 0
        )
        conn.execute(
            import_layers.insert().values(
                run_id=run_id,
                layer=name,
                target=name,
                file_name=file_name,
                is_synthetic=False,
                read_rows=len(keys) + len(refused.get(name, ())),
                accepted_rows=len(keys),
                rejected_rows=len(refused.get(name, ())),
                repaired_rows=0,
                inserted_rows=brought - kept["update"],
                updated_rows=kept["update"],
                unchanged_rows=len(keys) - brought - kept["delete"],
                retired_rows=kept["delete"],
            )
        )
    if rejected:
        insert_rows(
            conn,
            rejected_rows,
            ["run_id", *REJECTED_FIELDS],
            [(run_id, *(row.get(c) for c in REJECTED_FIELDS)) for row in rejected],
        )


def _record(
    conn: Connection,
    principal: Principal,
    origin: str,
    run_id: int,
    name: str,
    key: str,
    held: Mapping[str, Any] | None,
    row: Mapping[str, Any] | None,
) -> None:
    """The row in the trail: what it was and what it is, changed columns only; no person's name or number (R74)."""
    columns = content_columns(BASE_TABLES[name])
    was = to_json({c: held[c] for c in columns}) if held is not None else {}
    now = to_json({c: row.get(c) for c in columns}) if row is not None else {}
    differs = [c for c in columns if was.get(c) != now.get(c)]
    if not differs:
        return
    private = PERSONAL_COLUMNS.get(name, ())
    action = "insert" if held is None else "delete" if row is None else "update"
    audit.record(
        conn,
        actor=principal.name,
        action=f"row.{action}",
        table_name=name,
        row_key=key,
        run_id=run_id,
        detail={
            "origin": origin,
            "role": principal.role.value,
            "before": {c: "***" if c in private else was.get(c) for c in differs},
            "after": {c: "***" if c in private else now.get(c) for c in differs},
        },
    )


def _rows_of_run(conn: Connection, run_id: int, name: str) -> dict[str, dict[str, Any]]:
    """The rows that a run holds or took out, as they are now or were."""
    table = BASE_TABLES[name]
    key = key_column(table)
    rows = {
        r[key]: dict(r) for r in conn.execute(select(table).where(table.c.import_run_id == run_id)).mappings()
    }
    taken = select(row_versions.c.row_key, row_versions.c.previous).where(
        row_versions.c.run_id == run_id,
        row_versions.c.table_name == name,
        row_versions.c.change == "delete",
    )
    return rows | {k: dict(previous) for k, previous in conn.execute(taken)}
