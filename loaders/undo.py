"""Undoing a run and what followed from it."""

from store.engine import Store
from store.linking import relink
from store.linking_touched import run_touches
from store.runs import undo_run


def undo_and_relink(store: Store, run_id: int, *, actor: str) -> dict[str, int]:
    """Take a run back in one transaction; links follow. Raises UndoRefused with the reason."""
    with store.writing() as conn:
        changed = run_touches(conn, run_id)
        touched = undo_run(conn, run_id, actor=actor)
        relink(conn, changed)
    return touched
