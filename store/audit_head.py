"""The newest hash of the audit trail, kept outside the database too: a whole table rolled back can't hide from it.

A file beside the database (or where `ATLAS_AUDIT_HEAD_FILE` says) gets one line after every commit that added to the
trail. `check` then looks for each of them in the trail. The file is the stronger the further it lies from whoever can
change the database: on another machine's disk, or on one that only takes additions.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, func, select

from store.engine import AUDIT_HEAD, Store, read_state, write_state
from store.errors import StoreReadOnly
from store.tables import audit_entries

SETTING = "ATLAS_AUDIT_HEAD_FILE"
#: Set in the store's state once a file stands beside it, so that a file taken away is missed.
WITNESSED = "audit_head_kept"


def head_file(url: URL) -> Path | None:
    """Where the hashes of a database are kept: as set, else beside an SQLite file; None for neither."""
    given = os.environ.get(SETTING)
    if given:
        return Path(given)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(f"{url.database}.audit-head")


class HeadKeeper:
    """Adds to the file of one write: opened before the commit, so that a commit never goes without its line."""

    def __init__(self, store: Store, conn: Connection) -> None:
        self._file = head_file(store.engine.url)
        self._conn = conn
        self._before = read_state(conn, AUDIT_HEAD) if self._file else None
        self._line = ""

    def before_commit(self) -> None:
        """Make the line ready. Raises StoreReadOnly where the file can't be written: the write then is none."""
        head = read_state(self._conn, AUDIT_HEAD) if self._file else None
        if self._file is None or head is None or head == self._before:
            return
        try:
            os.close(_opened(self._file))
        except OSError as fault:
            raise StoreReadOnly("store.read_only", file=str(self._file)) from fault
        if read_state(self._conn, WITNESSED) is None:
            write_state(self._conn, WITNESSED, "yes")
        self._line = json.dumps({"entry": _last_entry(self._conn), "hash": head})

    def after_commit(self) -> None:
        """Add the line, and see it on the disk."""
        if self._line and self._file is not None:
            _add(self._file, self._line)


def begin_anew(store: Store) -> None:
    """After a backup was put in the store's place: what the file said before speaks of another trail."""
    file = head_file(store.engine.url)
    if file is None:
        return
    with store.writing(counts=False) as conn:
        write_state(conn, WITNESSED, "yes")
        line = {"entry": _last_entry(conn), "hash": read_state(conn, AUDIT_HEAD), "restored": True}
    _add(file, json.dumps(line))


def head_faults(conn: Connection) -> list[str]:
    """What the file says that the trail does not hold: codes of faults; none where no file is kept.

    Lines may be fewer than commits (the process died between the two), never more.
    """
    file = head_file(conn.engine.url)
    if file is None or not file.exists():
        return ["audit.head_file_missing"] if read_state(conn, WITNESSED) is not None else []
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        kept = _since_restored(lines)
        wanted = [(int(line["entry"]), str(line["hash"])) for line in kept if line["hash"] is not None]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ["audit.head_file_unreadable"]
    held = {
        row.audit_id: row.entry_hash
        for row in conn.execute(select(audit_entries.c.audit_id, audit_entries.c.entry_hash))
    }
    if not lines:
        return ["audit.head_file_unreadable"]
    missing = [entry for entry, seal in wanted if held.get(entry) != seal]
    return ["audit.rolled_back"] if missing else []


def _opened(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _since_restored(lines: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    begun = [number for number, line in enumerate(lines) if line.get("restored") is True]
    return lines[begun[-1] :] if begun else lines


def _last_entry(conn: Connection) -> int:
    return int(conn.execute(select(func.max(audit_entries.c.audit_id))).scalar() or 0)


def _add(file: Path, line: str) -> None:
    # One write of one line: two processes that add at once can't mix theirs.
    handle = _opened(file)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
