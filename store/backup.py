"""Backup and restore of the whole store into one file."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, select, text

from store.audit_head import begin_anew
from store.engine import Store, write_state
from store.errors import StoreError
from store.rows import from_json, insert_rows, to_json
from store.tables import closed_months, metadata, store_state

FORMAT = "renewal-atlas-backup"
BATCH_ROWS = 5000


def backup(store: Store, target: Path) -> dict[str, int]:
    """Write every table to one compressed file, the same for both databases; returns rows by table.

    The file appears under its name only when it is whole.
    """
    counts: dict[str, int] = {}
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    with store.reading() as conn, gzip.open(part, "wt", encoding="utf-8", compresslevel=4) as out:
        version = MigrationContext.configure(conn).get_current_revision()
        out.write(json.dumps({"format": FORMAT, "version": version}) + "\n")
        for table in metadata.sorted_tables:
            counts[table.name] = 0
            for row in conn.execute(select(table)).mappings():
                out.write(json.dumps([table.name, to_json(dict(row))], ensure_ascii=False) + "\n")
                counts[table.name] += 1
        out.write(json.dumps({"end": counts}) + "\n")
    part.replace(target)
    return counts


def restore(store: Store, source: Path) -> dict[str, int]:
    """Replace the whole store by a backup, in one transaction: all of it, or the store stays as it was.

    Raises StoreError for a file that is no backup, is cut short, or is from another version.
    """
    with store.writing() as conn:
        version = MigrationContext.configure(conn).get_current_revision()
        # Only a restore may take closed months out; what it says of itself goes with the rest of the state.
        write_state(conn, "restoring", "yes")
        conn.execute(closed_months.delete())
        for table in reversed(metadata.sorted_tables):
            conn.execute(table.delete())
        counts: dict[str, int] = {}
        for table, rows in _batches(source, version):
            columns = [c.name for c in table.columns]
            insert_rows(conn, table, columns, [tuple(from_json(table, r)[c] for c in columns) for r in rows])
            counts[table.name] = counts.get(table.name, 0) + len(rows)
        conn.execute(store_state.delete().where(store_state.c.key == "restoring"))
        _reset_sequences(conn)
    begin_anew(store)
    return counts


def _batches(source: Path, version: str | None) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    ended = False
    seen: dict[str, int] = {}
    batch: list[dict[str, Any]] = []
    current = ""
    try:
        with gzip.open(source, "rt", encoding="utf-8") as lines:
            head = json.loads(next(lines))
            if not isinstance(head, dict) or head.get("format") != FORMAT:
                raise StoreError("restore.not_a_backup", file=source.name)
            if head["version"] != version:
                raise StoreError(
                    "restore.other_version", file=source.name, version=head["version"], own=version
                )
            for line in lines:
                item = json.loads(line)
                if isinstance(item, dict):
                    ended = item["end"] == {t.name: seen.get(t.name, 0) for t in metadata.sorted_tables}
                    break
                name, row = item
                if batch and (name != current or len(batch) >= BATCH_ROWS):
                    yield metadata.tables[current], batch
                    batch = []
                current = name
                seen[name] = seen.get(name, 0) + 1
                batch.append(row)
    except (OSError, EOFError, ValueError, StopIteration, KeyError) as fault:
        raise StoreError("restore.not_a_backup", file=source.name) from fault
    if not ended:
        raise StoreError("restore.cut_short", file=source.name)
    if batch:
        yield metadata.tables[current], batch


def _reset_sequences(conn: Connection) -> None:
    """PostgreSQL numbers on from the restored rows."""
    if conn.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            if column.autoincrement is True:
                conn.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608
                        f"COALESCE((SELECT MAX({column.name}) FROM {table.name}), 0) + 1, false)"
                    )
                )
