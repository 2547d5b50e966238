"""What was refused to people who are known, in the audit trail: few entries, written beside the pages.

Somebody who tries a hundred areas makes a handful of entries, and a page never waits for them.
"""

import logging
import queue
import threading
import time

from dashboard.map_layers import opened_store
from loaders.settings import settings
from store import audit
from store.access import Principal
from store.errors import StoreError

_log = logging.getLogger(__name__)
#: So many entries a person makes in an hour; the same attempt makes one.
MOST_AN_HOUR = 10
HOUR_S = 3600.0
_MOST_PEOPLE = 500

_lock = threading.Lock()
_seen: dict[str, tuple[float, set[tuple[str, str]]]] = {}
_waiting: "queue.Queue[tuple[str, str, str, str]]" = queue.Queue(maxsize=100)
_thread: threading.Thread | None = None


def note_refusal(principal: Principal, kind: str, asked: str) -> bool:
    """Note that somebody asked in vain for an area, a page or a write; comes back at once.

    Whether it is noted: an attempt counts once an hour, and nobody fills the trail. The local demo, where one is
    whoever one likes, and people who are not known leave no entry.
    """
    if settings().auth == "demo" or not principal.name:
        return False
    now = time.monotonic()
    with _lock:
        begun, tried = _seen.get(principal.name, (now, set()))
        if now - begun > HOUR_S:
            begun, tried = now, set()
        if (kind, asked) in tried or len(tried) >= MOST_AN_HOUR:
            return False
        if len(_seen) >= _MOST_PEOPLE and principal.name not in _seen:
            _seen.pop(next(iter(_seen)))
        _seen[principal.name] = (begun, {*tried, (kind, asked)})
    try:
        _waiting.put_nowait((principal.name, principal.role.value, kind, asked[:200]))
    except queue.Full:
        return False
    _begin()
    return True


def all_noted() -> None:
    """Wait until everything noted so far is written."""
    _waiting.join()


def _begin() -> None:
    global _thread  # noqa: PLW0603  one writer for the process
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_write, name="refusals", daemon=True)
            _thread.start()


def _write() -> None:
    while True:
        name, role, kind, asked = _waiting.get()
        try:
            # No write of the plan's data: pages and tiles need not be made anew.
            with opened_store().writing(counts=False) as conn:
                audit.record(
                    conn, actor=name, action="refused", row_key=asked, detail={"kind": kind, "role": role}
                )
        except StoreError as fault:
            _log.warning("a refusal could not be noted: %s", fault)
        finally:
            _waiting.task_done()
