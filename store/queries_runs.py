"""Import runs as lists."""

from typing import Any

from sqlalchemy import Connection, func, select

from store.tables import import_layers, import_runs


def active_runs(conn: Connection) -> list[dict[str, Any]]:
    """Runs that are not undone, oldest first: run_id, kind, catalogue_key."""
    query = (
        select(import_runs.c.run_id, import_runs.c.kind, import_runs.c.catalogue_key)
        .where(import_runs.c.status == "done")
        .order_by(import_runs.c.run_id)
    )
    return [dict(r) for r in conn.execute(query).mappings()]


def all_runs(conn: Connection) -> list[dict[str, Any]]:
    """Every run, newest first, with its counts."""
    totals = (
        select(
            import_layers.c.run_id,
            func.sum(import_layers.c.read_rows).label("read"),
            func.sum(import_layers.c.accepted_rows).label("accepted"),
            func.sum(import_layers.c.rejected_rows).label("rejected"),
        )
        .group_by(import_layers.c.run_id)
        .subquery()
    )
    query = (
        select(
            import_runs.c.run_id.label("run"),
            import_runs.c.kind,
            import_runs.c.catalogue_key,
            import_runs.c.title_zh,
            import_runs.c.title_en,
            import_runs.c.actor,
            import_runs.c.started_at,
            import_runs.c.status,
            import_runs.c.is_synthetic,
            import_runs.c.as_of_date,
            func.coalesce(totals.c.read, 0).label("read"),
            func.coalesce(totals.c.accepted, 0).label("accepted"),
            func.coalesce(totals.c.rejected, 0).label("rejected"),
        )
        .outerjoin(totals, totals.c.run_id == import_runs.c.run_id)
        .order_by(import_runs.c.run_id.desc())
    )
    return [dict(r) for r in conn.execute(query).mappings()]


def layers_of_run(conn: Connection, run_id: int) -> list[dict[str, Any]]:
    """The layers of one run with their counts, evidence and join reports."""
    query = select(import_layers).where(import_layers.c.run_id == run_id).order_by(import_layers.c.layer)
    return [dict(r) for r in conn.execute(query).mappings()]
