"""The append-only trail of what was done, by whom; each entry seals the one before it."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from store.engine import AUDIT_HEAD, read_state, write_state
from store.tables import audit_entries

HEAD = AUDIT_HEAD
FIRST = "0" * 64


def record(
    conn: Connection,
    *,
    actor: str,
    action: str,
    table_name: str | None = None,
    row_key: str | None = None,
    run_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one entry; its hash covers the entry before it, and the newest hash is kept outside the table (R67)."""
    previous = read_state(conn, HEAD) or FIRST
    entry = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "actor": actor,
        "action": action,
        "table_name": table_name,
        "row_key": row_key,
        "run_id": run_id,
        "detail": json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str),
    }
    seal = _seal(entry, previous)
    conn.execute(audit_entries.insert().values(**entry, previous_hash=previous, entry_hash=seal))
    write_state(conn, HEAD, seal)


def _seal(entry: dict[str, Any], previous: str) -> str:
    text = json.dumps([previous, entry], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class ChainFault:
    """Where the trail no longer holds together."""

    audit_id: int | None
    code: str


def faults(conn: Connection) -> list[ChainFault]:
    """Entries that were changed, taken out or added behind the product's back."""
    found: list[ChainFault] = []
    previous = FIRST
    last: int | None = None
    for row in conn.execute(select(audit_entries).order_by(audit_entries.c.audit_id)).mappings():
        entry = {k: row[k] for k in ("at", "actor", "action", "table_name", "row_key", "run_id", "detail")}
        if row["previous_hash"] != previous:
            found.append(ChainFault(row["audit_id"], "audit.gap"))
        if _seal(entry, row["previous_hash"]) != row["entry_hash"]:
            found.append(ChainFault(row["audit_id"], "audit.changed"))
        previous, last = row["entry_hash"], row["audit_id"]
    if (read_state(conn, HEAD) or FIRST) != previous:
        found.append(ChainFault(last, "audit.end_missing"))
    return found
