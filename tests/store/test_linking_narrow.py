"""Linking a part gives, row for row, what linking the whole gives: random loads and undos on a small crowded town."""

import random
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import Point, Polygon, box
from sqlalchemy import Connection, select

from loaders.undo import undo_and_relink
from store import linking
from store.engine import Store, open_store
from store.errors import UndoRefused
from store.integrity import join_reports
from store.linking import relink
from store.linking_touched import Touched
from store.runs import apply_rows, begin_run, end_run, retire_rows
from store.tables import BASE_TABLES, LINK_TABLES, import_runs, key_column

WEST, SOUTH = 116.38, 39.90
#: The town is about 500 m wide, so that everything is near something.
WIDE = 0.006
NAMES = {
    "parcels": "P",
    "communities": "C",
    "buildings": "B",
    "facilities": "F",
    "population_points": "N",
}


def _spot(rng: random.Random) -> tuple[float, float]:
    return WEST + rng.random() * WIDE, SOUTH + rng.random() * WIDE


def _shape(rng: random.Random, size: float) -> Polygon:
    x, y = _spot(rng)
    return affinity.rotate(box(x, y, x + size * (0.3 + rng.random()), y + size), rng.choice((0, 0, 30, 45)))


def _years(rng: random.Random) -> dict[str, Any]:
    year = rng.choice((None, None, 1985, 1999, 2004))
    return {
        "build_year_from": year,
        "build_year_to": None if year is None else year + rng.choice((0, 0, 5)),
        "build_year_precision": "unknown" if year is None else "range",
    }


def _row(rng: random.Random, table: str, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {key_column(BASE_TABLES[table]): name, "source_row": 1}
    if table == "parcels":
        return row | {"geometry": _shape(rng, 0.0010)}
    if table == "communities":
        kind = rng.choice(("outline", "outline", "point", "point", "point", "nothing"))
        return (
            row
            | _years(rng)
            | {
                "name": name,
                "district_code": rng.choice((None, "110101", "110102")),
                "point": Point(*_spot(rng)) if kind == "point" or rng.random() < 0.2 else None,
                "geometry": _shape(rng, 0.0012) if kind == "outline" else None,
            }
        )
    if table == "buildings":
        return (
            row
            | _years(rng)
            | {
                "community_id_stated": rng.choice((None, None, None, f"C{rng.randrange(12)}")),
                "floor_area_m2": rng.choice((None, 100.5, 333.3, 1200.7)),
                "geometry": _shape(rng, 0.0002 if rng.random() < 0.95 else 0.004),
            }
        )
    extra = {"kind": "kindergarten"} if table == "facilities" else {"residents": 10.0}
    return row | extra | {"geometry": Point(*_spot(rng))}


def _layer(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows)
    shapes = gpd.GeoSeries(frame.pop("geometry").tolist(), crs="EPSG:4326")
    if "point" in frame:
        frame["point"] = gpd.GeoSeries(frame["point"].tolist(), crs="EPSG:4326")
    return gpd.GeoDataFrame(frame, geometry=shapes)


def _found(store: Store) -> None:
    """Two districts and three subdistricts, of which two overlap and part of the town lies in none."""
    tall = SOUTH - 0.01
    district = [
        {
            "district_code": "110101",
            "name_zh": "甲区",
            "geometry": box(WEST - 0.01, tall, WEST + 0.003, tall + 0.03),
        },
        {
            "district_code": "110102",
            "name_zh": "乙区",
            "geometry": box(WEST + 0.003, tall, WEST + 0.02, tall + 0.03),
        },
    ]
    near = [
        ("110101001", "110101", box(WEST - 0.01, tall, WEST + 0.002, SOUTH + 0.004)),
        ("110101002", "110101", box(WEST + 0.0015, tall, WEST + 0.003, SOUTH + 0.004)),
        ("110102001", "110102", box(WEST + 0.003, tall, WEST + 0.02, SOUTH + 0.004)),
    ]
    streets = [
        {"subdistrict_code": c, "district_code": d, "name_zh": c, "geometry": shape} for c, d, shape in near
    ]
    rng = random.Random(1)
    start = {
        "parcels": [_row(rng, "parcels", f"P{i}") for i in range(4)],
        "communities": [_row(rng, "communities", f"C{i}") for i in range(10)],
        "buildings": [_row(rng, "buildings", f"B{i}") for i in range(60)],
        "facilities": [_row(rng, "facilities", f"F{i}") for i in range(10)],
    }
    _load(store, {"districts": district, "subdistricts": streets} | start, {})


def _load(store: Store, layers: dict[str, list[dict[str, Any]]], gone: dict[str, list[str]]) -> int:
    with store.writing() as conn:
        run_id = begin_run(conn, kind="load", catalogue_key="t", actor="t", is_synthetic=False)
        touched = Touched()
        for name in reversed(BASE_TABLES):
            if gone.get(name):
                touched.note(conn, name, gone[name])
                retire_rows(conn, run_id, BASE_TABLES[name], gone[name])
        for name in BASE_TABLES:
            if layers.get(name):
                done = apply_rows(conn, run_id, BASE_TABLES[name], _layer(layers[name]), is_synthetic=False)
                touched.note(conn, name, {*done.inserted_keys, *done.updated_keys})
        relink(conn, touched)
        end_run(conn, run_id, actor="t", detail={})
    return run_id


def _random_load(store: Store, rng: random.Random) -> None:
    layers, gone = {}, {}
    for name, letter in NAMES.items():
        table = BASE_TABLES[name]
        with store.reading() as conn:
            held = sorted(conn.execute(select(table.c[key_column(table)])).scalars())
        leaving = rng.sample(held, min(len(held), rng.choice((0, 0, 0, 1, 2))))
        count = rng.choice((0, 0, 1, 2))
        coming = {f"{letter}{rng.randrange(14 if name == 'communities' else 80)}" for _ in range(count)}
        gone[name] = [k for k in leaving if k not in coming]
        layers[name] = [_row(rng, name, k) for k in sorted(coming)]
    _load(store, layers, gone)


def _undo_some(store: Store, rng: random.Random) -> None:
    query = select(import_runs.c.run_id).where(import_runs.c.status == "done", import_runs.c.run_id > 1)
    with store.reading() as conn:
        runs = sorted(conn.execute(query).scalars())
    for run_id in runs[-1:] if rng.random() < 0.6 else rng.sample(runs, min(1, len(runs))):
        try:
            undo_and_relink(store, run_id, actor="t")
        except UndoRefused:
            return


def _links(conn: Connection) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """The rows of every link table by their first two columns."""
    return {
        name: {tuple(r)[:2]: tuple(r) for r in conn.execute(select(table))}
        for name, table in LINK_TABLES.items()
    }


def assert_as_whole(conn: Connection) -> None:
    """The link tables and the reports are what linking the whole city gives."""
    narrow, narrow_reports = _links(conn), join_reports(conn)
    reports = relink(conn).reports
    whole = _links(conn)
    for name, rows in whole.items():
        assert narrow[name] == rows, name
    assert narrow_reports == reports


def _play(store: Store, seed: int, steps: int) -> None:
    rng = random.Random(seed)
    for _ in range(steps):
        _undo_some(store, rng) if rng.random() < 0.3 else _random_load(store, rng)
        with store.writing() as conn:
            assert_as_whole(conn)


@pytest.fixture
def never_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of this small town a run touches, it is linked as a part."""
    monkeypatch.setattr("store.linking_narrow.MOST_SHARE", 1.0)


@pytest.mark.usefixtures("never_whole")
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_a_part_is_linked_as_the_whole_would_be(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('narrow')}/t.sqlite")
    try:
        _found(store)
        _play(store, seed, 6)
    finally:
        store.dispose()


@pytest.mark.usefixtures("never_whole")
def test_a_part_is_linked_as_the_whole_would_be_on_either_database(store: Store) -> None:
    _found(store)
    _play(store, 20261123, 6)


def test_a_small_run_does_not_link_the_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _found(store)
    monkeypatch.setattr(linking, "_work_out", lambda _conn: pytest.fail("the whole city was linked"))
    _load(store, {"buildings": [_row(random.Random(5), "buildings", "B1")]}, {})


def test_a_run_that_moves_areas_links_the_whole(store: Store) -> None:
    _found(store)
    moved = {
        "subdistrict_code": "110101001",
        "district_code": "110101",
        "name_zh": "t",
        "geometry": box(WEST - 0.01, SOUTH - 0.01, WEST + 0.001, SOUTH + 0.002),
    }
    _load(store, {"subdistricts": [moved]}, {})
    with store.writing() as conn:
        assert_as_whole(conn)
