"""Green space, water and streets as tiles: what is drawn at which level."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from dashboard.map_ground import street_ranks
from dashboard.map_layers import StoreLayers, archive_levels
from dashboard.tile_archive_files import read_manifest, write_manifest
from dashboard.tile_levels import GROUND, LEVELS
from store.engine import Store, open_store
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES, metadata
from tests.dashboard.small_store import fill
from tests.dashboard.test_tile_archive import place
from tests.geo.test_mvt import decode

STREETS = {
    "快速路": 11,
    "主干路": 11,
    "primary_link": 11,
    "次干路": 12,
    "支路": 13,
    None: 13,
    "residential": 13,
}


@pytest.fixture
def layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreLayers]:
    """The small city with a street of each class, two green spaces and two waters, all upon each other."""
    url = f"sqlite:///{tmp_path / 'atlas.sqlite'}"
    monkeypatch.setenv("ATLAS_DATABASE_URL", url)
    store = open_store(url)
    fill(store)
    line, area = (
        shapely.LineString([(116.351, 39.911), (116.354, 39.912)]),
        shapely.box(116.35, 39.91, 116.36, 39.92),
    )
    _load(
        store,
        "streets",
        [{"street_id": f"S{i}", "name": f"街{i}", "kind": k} for i, k in enumerate(STREETS)],
        line,
    )
    green = [
        {"green_space_id": "G1", "name": "公园", "kind": "公园绿地"},
        {"green_space_id": "G2", "kind": None},
        {"green_space_id": "G3", "name": "湖", "kind": "水域"},
    ]
    _load(store, "green_spaces", green, area)
    _load(store, "water_areas", [{"water_id": "W1", "name": "<b>河</b>"}], area)
    store.dispose()
    yield StoreLayers()


def _load(store: Store, name: str, rows: list[dict], shape: shapely.Geometry) -> None:
    frame = gpd.GeoDataFrame(rows, geometry=[shape] * len(rows), crs=4326)
    with store.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key=name, actor="t", is_synthetic=True)
        apply_rows(conn, run, BASE_TABLES[name], frame, is_synthetic=True)
        end_run(conn, run, actor="t", detail={})


def _seen(layers: StoreLayers, name: str, z: int) -> list[dict]:
    return decode(layers.tiles_of(name).tile(*place(116.352, 39.9115, z))).get(name, [])


def test_only_streets_that_lead_far_are_drawn_from_far(layers: StoreLayers) -> None:
    for z in range(LEVELS["streets"].min_zoom, LEVELS["streets"].max_zoom + 1):
        drawn = _seen(layers, "streets", z)
        assert sorted(f["kind"] for f in drawn) == sorted(
            k or "" for k, first in STREETS.items() if first <= z
        )
        assert {f["type"] for f in drawn} == {2} and not [k for k in drawn[0] if k.startswith("_")]
    assert {f["kind"]: f["rank"] for f in _seen(layers, "streets", 15)}["次干路"] == 3


def test_water_is_water_in_whichever_table_it_lies(layers: StoreLayers) -> None:
    assert sorted(f["name"] for f in _seen(layers, "water", 12)) == ["<b>河</b>", "湖"]
    assert sorted(f["name"] for f in _seen(layers, "green_spaces", 12)) == ["", "公园"]


def test_a_store_that_knows_no_water_areas_still_has_a_layer(
    layers: StoreLayers, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = metadata.tables
    monkeypatch.setattr(metadata, "tables", {n: t for n, t in held.items() if n != "water_areas"})
    assert [f["name"] for f in _seen(layers, "water", 12)] == ["湖"]


def test_an_archive_from_before_a_layer_was_made_gets_it(layers: StoreLayers) -> None:
    whole = _seen(layers, "streets", 15)
    folder = layers.keeper().folder
    held = read_manifest(folder)
    assert held is not None and set(held.layers) == set(archive_levels())
    old = {n: layer for n, layer in held.layers.items() if n not in GROUND}
    old["communities"] = replace(old["communities"], zooms=(9,))
    write_manifest(folder, replace(held, layers=old))
    again = StoreLayers()
    assert _seen(again, "streets", 15) == whole
    renewed = read_manifest(folder)
    assert renewed is not None and renewed.layers["communities"].zooms == held.layers["communities"].zooms


def test_classes_as_offices_and_openstreetmap_write_them() -> None:
    kinds = pd.Series(["高速公路", " 主干道 ", "secondary_link", "胡同", None, "", "trunk"])
    assert street_ranks(kinds).tolist() == [1, 2, 3, 4, 4, 4, 1]
