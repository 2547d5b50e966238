"""A store of an earlier version is brought to the present one when it is opened, and keeps its rows."""

from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, func, inspect, select, text

from store.engine import open_store
from store.migrate import alembic_config
from store.tables import metadata, water_areas


def test_the_first_version_is_upgraded_and_keeps_its_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    config, engine = alembic_config(), create_engine(url)
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        conn.execute(text("INSERT INTO store_state (key, value) VALUES ('kept', 'yes')"))
        assert not inspect(conn).has_table("water_areas")
    engine.dispose()
    opened = open_store(url)
    with opened.reading() as conn:
        assert set(metadata.tables) <= set(inspect(conn).get_table_names())
        assert conn.execute(select(func.count()).select_from(water_areas)).scalar() == 0
        assert conn.execute(text("SELECT value FROM store_state WHERE key = 'kept'")).scalar() == "yes"
