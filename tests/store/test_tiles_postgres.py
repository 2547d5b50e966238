"""Tiles that PostgreSQL makes: the same as those from files, renewed with them, and never half."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import text, update

from dashboard.map_layers import BuildingSource, StoreLayers
from dashboard.tile_archive_postgres import DatabaseLayer
from dashboard.tile_levels import NAMES_OF
from store import tiles_postgres
from store.engine import Store, open_store
from store.tables import buildings
from tests.dashboard.small_store import fill
from tests.dashboard.test_tile_archive import HERE, place
from tests.geo.test_mvt import decode

pytestmark = pytest.mark.postgres


@pytest.fixture
def big(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The small city on PostgreSQL."""
    monkeypatch.setenv("ATLAS_DATABASE_URL", postgres_url)
    monkeypatch.setenv("ATLAS_TILE_DIR", str(tmp_path / "tiles"))
    store = open_store(postgres_url)
    fill(store)
    yield store
    store.dispose()


def features(layers: StoreLayers, name: str, z: int = 14) -> dict[str, dict]:
    layer = layers.tiles_of(name)
    assert isinstance(layer, DatabaseLayer)
    return {f.get("id", f["name"]): f for f in decode(layer.tile(*place(*HERE, z))).get(name, [])}


def test_both_ways_make_the_same_tile(big: Store) -> None:
    layers = StoreLayers()
    for name in ("buildings", "communities", "community_names"):
        theirs = features(layers, name)
        mapped = layers.keeper().present().layers[name]
        ours = {f.get("id", f["name"]): f for f in decode(mapped.tile(*place(*HERE, 14)))[name]}
        # The files keep outlines whole that reach over the tile's edge; the database cuts them.
        assert theirs.keys() == ours.keys() and len(ours) > (0 if name in NAMES_OF else 1)
        for key, feature in ours.items():
            assert {c: v for c, v in feature.items() if c != "paths"} == {
                c: v for c, v in theirs[key].items() if c != "paths"
            }
            inside = all(0 <= u <= 4096 and 0 <= v <= 4096 for path in feature["paths"] for u, v in path)
            if inside and feature["type"] == 3:  # the database leaves out points on a straight line
                a, b = (shapely.Polygon(f["paths"][0]) for f in (feature, theirs[key]))
                assert shapely.hausdorff_distance(a, b) < 2


def test_tables_that_were_thrown_away_are_made_anew(big: Store) -> None:
    whole = features(StoreLayers(), "buildings")
    with big.engine.begin() as conn:
        conn.execute(text("DROP SCHEMA atlas_tiles CASCADE"))
    assert features(StoreLayers(), "buildings") == whole
    with big.engine.begin() as conn:
        conn.execute(text("DROP TABLE atlas_tiles.buildings"))
        conn.execute(text("UPDATE atlas_tiles.state SET value = 'other' WHERE key = 'revision'"))
    assert features(StoreLayers(), "buildings") == whole
    with big.engine.begin() as conn:
        conn.execute(text("UPDATE atlas_tiles.buildings SET name = 'old'"))
        conn.execute(text("UPDATE atlas_tiles.state SET value = '0' WHERE key = 'format'"))
    assert features(StoreLayers(), "buildings") == whole


def test_a_renewal_that_fails_leaves_the_tables_as_they_were(
    big: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = features(StoreLayers(), "buildings")
    held = tiles_postgres.held_revision(big)
    with big.writing() as conn:
        conn.execute(text("UPDATE projects SET batch = '别的' WHERE project_id = 'P1'"))
    monkeypatch.setattr(BuildingSource, "lookups", lambda *a: 1 / 0)
    with pytest.raises(RuntimeError):
        StoreLayers().tiles_of("buildings")
    assert tiles_postgres.held_revision(big) == held
    monkeypatch.undo()
    monkeypatch.setenv("ATLAS_DATABASE_URL", big.engine.url.render_as_string(hide_password=False))
    again = features(StoreLayers(), "buildings")
    assert (
        again["C1-0"]["batch"] != whole["C1-0"]["batch"] or again["C2-0"]["batch"] != whole["C2-0"]["batch"]
    )


def test_the_tables_are_no_part_of_the_store(big: Store, tmp_path: Path) -> None:
    from store.backup import backup, restore

    features(StoreLayers(), "buildings")
    before = big.revision()
    assert not [name for name in backup(big, tmp_path / "b.gz") if "tile" in name]
    restore(big, tmp_path / "b.gz")
    assert big.revision() == before + 1
    assert "C1-0" in features(StoreLayers(), "buildings")


@pytest.mark.parametrize("name", ["", "a b", 'x"; DROP TABLE buildings; --', "Ä", "1a", "a" * 60])
def test_only_our_own_names_become_sql(big: Store, name: str) -> None:
    with big.reading() as conn, pytest.raises(ValueError, match="not a name"):
        tiles_postgres.tile(conn, name, 14, 0, 0, ["id"])
    with big.reading() as conn, pytest.raises(ValueError, match="not a name"):
        tiles_postgres.tile(conn, "buildings", 14, 0, 0, [name])


def test_an_outline_of_a_hundred_thousand_points_costs_what_is_seen_of_it(big: Store) -> None:
    turn = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    out = 0.0006 * (1 + 0.2 * np.sin(500 * turn))
    ring = shapely.Polygon(np.column_stack([HERE[0] + out * np.cos(turn), HERE[1] + out * np.sin(turn)]))
    with big.writing() as conn:
        conn.execute(update(buildings).where(buildings.c.building_id == "C1-0").values(geometry=ring))
    layers = StoreLayers()
    layer = layers.tiles_of("buildings")
    for z in (13, 16):
        tile = layer.tile(*place(*HERE, z))
        assert "C1-0" in {f["id"] for f in decode(tile)["buildings"]}
        assert len(tile) < 100_000  # of the 1.6 MB that the outline has
