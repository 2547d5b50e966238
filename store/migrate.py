"""Bringing a database to the version that this product needs, by Alembic."""

import warnings
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from store.engine import Store, explained
from store.errors import StoreBroken, StoreTooNew

MIGRATIONS_DIR = Path(__file__).resolve().parent / "migrations"


def alembic_config() -> Config:
    """Alembic's settings, in code: there is one database and one folder of migrations."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    return config


def migrate(store: Store) -> None:
    """Upgrade to the newest version. Raises StoreTooNew for a database from a newer product."""
    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with explained(store), store.engine.connect() as conn, conn.begin():
        current = MigrationContext.configure(conn).get_current_revision()
        if current is None and store.is_sqlite and inspect(conn).get_table_names():
            raise StoreBroken("store.foreign", file=str(store.file))
    if current == head:
        return
    if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
        raise StoreTooNew("store.too_new", file=str(store.file or ""), version=current)
    with (
        explained(store),
        store.engine.connect() as raw,
        raw.execution_options(atlas_write=True) as conn,
        conn.begin(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        if not store.is_sqlite:
            conn.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
