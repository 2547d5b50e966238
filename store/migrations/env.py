"""Alembic's entry: runs on the connection that `store.migrate` hands over."""

from typing import Any

from alembic import context

from store.tables import metadata


def include_object(_object: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave PostGIS's own tables alone."""
    return not (kind == "table" and reflected and compare_to is None)


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_object=include_object,
    render_as_batch=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
