"""Checking the whole store: keys, references, geometry, the audit trail, and links that equal the base tables."""

import json
from dataclasses import dataclass, field
from typing import Any

import shapely
from sqlalchemy import Connection, func, select, text

from store import audit
from store.audit_head import head_faults
from store.engine import read_state
from store.linking import expected_links
from store.months import check_months
from store.rows import content_columns, content_hashes, plain_rows
from store.tables import BASE_TABLES, GEOMETRY_COLUMNS, LINK_TABLES, import_runs, key_column, row_versions


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold: a code for the sentence, and how many rows."""

    code: str
    count: int
    params: dict[str, Any] = field(default_factory=dict)


def check_store(conn: Connection) -> list[Fault]:
    """Everything that does not hold in the store; an empty list where all is well."""
    faults: list[Fault] = []
    if conn.dialect.name == "sqlite":
        for row in conn.exec_driver_sql("PRAGMA integrity_check").fetchall():
            if row[0] != "ok":
                faults.append(Fault("check.file_damaged", 1, {"detail": str(row[0])[:200]}))
        broken = conn.execute(text("PRAGMA foreign_key_check")).fetchall()
        if broken:
            faults.append(Fault("check.reference_broken", len(broken), {"table": broken[0][0]}))
    for name, table in BASE_TABLES.items():
        faults += _content_faults(conn, name)
        orphans = conn.execute(
            select(func.count()).where(
                table.c.import_run_id.in_(
                    select(import_runs.c.run_id).where(import_runs.c.status == "undone")
                )
            )
        ).scalar()
        if orphans:
            faults.append(Fault("check.row_of_undone_run", int(orphans), {"table": name}))
    bad_json = sum(
        1 for v in conn.execute(select(row_versions.c.previous)).scalars() if not isinstance(v, dict)
    )
    if bad_json:
        faults.append(Fault("check.version_unreadable", bad_json))
    for chain in audit.faults(conn):
        faults.append(Fault(chain.code, 1, {"entry": chain.audit_id}))
    faults += [Fault(code, 1) for code in head_faults(conn)]
    for month in check_months(conn):
        about = {"month": month.month, "version": month.version}
        faults.append(Fault(month.code, 1, {**month.params, **about}))
    faults += _link_faults(conn)
    return faults


def _content_faults(conn: Connection, name: str) -> list[Fault]:
    table = BASE_TABLES[name]
    key = key_column(table)
    columns = [key, *(c for c in content_columns(table) if c != key)]
    query = select(*(table.c[c] for c in columns), table.c.is_synthetic, table.c.content_hash)
    rows = [tuple(r) for r in conn.execute(query)]
    seals = content_hashes((bool(row[-2]), *row[:-2]) for row in rows)
    changed = [row[0] for row, seal in zip(rows, seals, strict=True) if row[-1] != seal]
    faults = []
    if changed:
        faults.append(Fault("check.content_changed", len(changed), {"table": name, "first": changed[0]}))
    for column in GEOMETRY_COLUMNS[name]:
        at = columns.index(column)
        shapes = shapely.from_wkb([row[at] for row in rows], on_invalid="ignore") if rows else []
        unreadable = [
            row[0] for row, s in zip(rows, shapes, strict=True) if row[at] is not None and s is None
        ]
        if unreadable:
            faults.append(
                Fault("check.geometry_unreadable", len(unreadable), {"table": name, "first": unreadable[0]})
            )
        invalid = int((~shapely.is_valid([s for s in shapes if s is not None])).sum()) if len(shapes) else 0
        if invalid:
            faults.append(Fault("check.geometry_invalid", invalid, {"table": name}))
    return faults


def _link_faults(conn: Connection) -> list[Fault]:
    faults = []
    for name, rows in expected_links(conn).items():
        table = LINK_TABLES[name]
        columns = [c.name for c in table.columns]
        wanted = set(plain_rows(rows, table, columns))
        held = {tuple(r) for r in conn.execute(select(table))}
        if wanted != held:
            faults.append(Fault("check.links_stale", len(wanted ^ held), {"table": name}))
    return faults


def join_reports(conn: Connection) -> dict[str, dict[str, Any]]:
    """The newest report of every join: matched, unmatched on each side, duplicated (kept by the last linking)."""
    return json.loads(read_state(conn, "join_reports") or "{}")
