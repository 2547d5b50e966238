"""Flat shapes for tiles: the same tiles from mapped arrays, from parts, and at every level."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from geo.mvt import Column, encode_layer, tile_bounds
from geo.tile_columns import distinct_codes, tile_column
from geo.tile_geometry import BLOCK_SHAPES, TileGeometry, joined
from tests.geo.test_mvt import decode

Z, X, Y = 14, 13489, 6207


def _boxes(n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lon, lat = 116.4 + rng.normal(0, 0.03, n), 39.92 + rng.normal(0, 0.02, n)
    half = rng.uniform(0.00005, 0.0004, n)
    return shapely.box(lon - half, lat - half, lon + half, lat + half)


def _round(n: int, points: int, radius: float) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, points)
    return np.array(
        [shapely.Polygon(np.column_stack([116.4 + radius * np.cos(t), 39.92 + radius * np.sin(t)]))] * n
    )


def _tile(geometry: TileGeometry, z: int, x: int, y: int) -> list[dict]:
    bounds = tile_bounds(z, x, y)
    shapes, rows = geometry.pick(z, bounds)
    return decode(encode_layer("b", shapes, bounds, {"row": Column.of(pd.Series(rows))})).get("b", [])


def test_arrays_make_the_same_tiles() -> None:
    shapes = np.concatenate(
        [_boxes(3 * BLOCK_SHAPES), _round(1, 300, 0.02), [None, shapely.Point(116.4, 39.92)]]
    )
    built = TileGeometry.build(shapes, (13, 14))
    held = TileGeometry.from_arrays(built.as_arrays())
    assert (held.count, held.skipped, held.zooms) == (len(shapes), 1, (13, 14))
    assert held.bounds() == built.bounds()
    for x in range(X - 1, X + 2):
        assert _tile(held, Z, x, Y) == _tile(built, Z, x, Y)


def test_blocks_hide_no_shape_and_bring_no_far_one() -> None:
    shapes = _boxes(2000, seed=7)
    geometry = TileGeometry.build(shapes)
    mercator = shapely.transform(shapes, lambda xy: _mercator(xy))
    for z, x, y in ((13, 6744, 3103), (14, X, Y), (15, 26979, 12414), (16, 53958, 24829)):
        west, south, east, north = tile_bounds(z, x, y)
        _, rows = geometry.pick(z, (west, south, east, north))
        inside = shapely.intersects(mercator, shapely.box(west, south, east, north))
        near = shapely.intersects(mercator, shapely.box(west, south, east, north).buffer((east - west) / 50))
        assert set(np.flatnonzero(inside)) <= set(rows.tolist()) <= set(np.flatnonzero(near))
        assert inside.sum() > 0


def _mercator(xy: np.ndarray) -> np.ndarray:
    from geo.mvt import to_mercator

    return to_mercator(xy)


def test_neighbours_on_the_ground_are_neighbours_in_the_file() -> None:
    geometry = TileGeometry.build(_boxes(20 * BLOCK_SHAPES, seed=3))
    bounds = tile_bounds(16, 53958, 24829)
    window = np.array(bounds) * 100
    blocks = geometry.arrays["block_bounds"]
    met = (blocks[:, 0] <= window[2]) & (blocks[:, 2] >= window[0])
    met &= (blocks[:, 1] <= window[3]) & (blocks[:, 3] >= window[1])
    assert 0 < met.sum() <= 6  # of twenty


def test_a_large_outline_is_thinned_once_for_each_level() -> None:
    t = np.linspace(0, 2 * np.pi, 100_000)
    radius = 0.01 * (1 + 0.001 * np.sin(5000 * t))
    coast = shapely.Polygon(np.column_stack([116.4 + radius * np.cos(t), 39.92 + radius * np.sin(t)]))
    geometry = TileGeometry.build(np.array([coast]), (13, 14, 15))
    start = geometry.arrays["large_start"]
    sizes = np.diff(start)
    assert len(sizes) == 4 and sizes[0] > 1_000_000
    assert sizes[1] <= sizes[2] < sizes[3] < sizes[0] / 5
    (feature,) = _tile(geometry, 14, X, Y)
    assert 3 < sum(len(p) for p in feature["paths"]) < 20_000
    assert _tile(geometry, 16, 53958, 24829) is not None  # a level that is not held is thinned when asked for


def test_shapes_that_are_no_shapes_harm_nothing() -> None:
    with np.errstate(invalid="ignore"):
        wild = np.array(
            [
                None,
                shapely.Polygon(),
                shapely.Point(np.inf, 39.9),
                shapely.Polygon([(116.4, 39.92)] * 3),
                shapely.LineString([(116.4, 39.92), (116.41, 39.93)]),
                shapely.box(-10, 10, -9.999, 10.001),
                shapely.Point(0, 95),
                shapely.MultiPolygon(
                    [shapely.box(116.4, 39.92, 116.401, 39.921), shapely.box(116.402, 39.92, 116.403, 39.921)]
                ),
            ],
            dtype=object,
        )
    geometry = TileGeometry.build(wild, (14,))
    assert (geometry.count, geometry.skipped) == (8, 3)
    assert sorted(f["row"] for f in _tile(geometry, Z, X, Y)) == [4, 7]


def test_nothing_at_all_is_an_empty_layer() -> None:
    geometry = TileGeometry.from_arrays(TileGeometry.build(np.array([], dtype=object), (13,)).as_arrays())
    assert geometry.bounds() is None and len(geometry.pick(Z, tile_bounds(Z, X, Y))[1]) == 0
    shapes, rows = joined([])
    assert len(rows) == 0 and encode_layer("b", shapes, tile_bounds(Z, X, Y), {}) == b""


def test_parts_make_the_tile_that_the_whole_makes() -> None:
    shapes = np.concatenate([_boxes(900), _round(2, 3000, 0.005)])
    cut = 400
    parts = [TileGeometry.build(shapes[:cut]), TileGeometry.build(shapes[cut:])]
    bounds = tile_bounds(Z, X, Y)
    picked = [
        (s, rows + start)
        for (s, rows), start in zip((p.pick(Z, bounds) for p in parts), (0, cut), strict=True)
    ]
    both, rows = joined(picked)
    of_parts = decode(encode_layer("b", both, bounds, {"row": Column.of(pd.Series(rows))}))["b"]
    of_whole = _tile(TileGeometry.build(shapes), Z, X, Y)

    def by_row(features: list[dict]) -> dict[int, list]:
        return {f["row"]: f["paths"] for f in features}

    assert len(of_parts) > 50 and by_row(of_parts) == by_row(of_whole)


TEXTS = ["甲 1号楼", "", "x" * 130, "甲 1号楼", "a", "字" * 200]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (pa.array(TEXTS, pa.large_string()), TEXTS),
        (pa.array(["甲", "", "甲", "b", "b", "c"], pa.large_string()), ["甲", "", "甲", "b", "b", "c"]),
        (pa.array(TEXTS, pa.large_string()).dictionary_encode(), TEXTS),
        (pa.array([1, -5, 0, 2**31 - 1, -5, 7], pa.int32()), [1, -5, 0, 2**31 - 1, -5, 7]),
        (pa.array([1.5, -0.25, 0.0, 1.5, 3.0, 9.9]), [1.5, -0.25, 0.0, 1.5, 3.0, 9.9]),
    ],
)
def test_columns_say_what_their_rows_hold(column: pa.Array, values: list) -> None:
    boxes = shapely.box(116.4 + np.arange(6) * 0.0005, 39.92, 116.4003 + np.arange(6) * 0.0005, 39.9203)
    geometry = TileGeometry.build(boxes)
    bounds = tile_bounds(Z, X, Y)
    shapes, rows = geometry.pick(Z, bounds)
    columns = {"row": Column.of(pd.Series(rows)), "value": tile_column(column, rows)}
    features = decode(encode_layer("b", shapes, bounds, columns))["b"]
    assert {f["row"]: f["value"] for f in features} == dict(enumerate(values))
    sliced = tile_column(column.slice(2), np.array([1, 0, 3], dtype=np.int64))
    assert len(sliced.codes) == 3


def test_a_column_that_no_tile_can_carry_is_refused() -> None:
    with pytest.raises(TypeError, match="no attribute"):
        tile_column(pa.array([b"x"]), np.array([0]))


def test_codes_are_numbered_anew_without_gaps() -> None:
    used, place = distinct_codes(np.array([7, 2, 7, 4]), 9)
    assert used.tolist() == [2, 4, 7] and place.tolist() == [2, 0, 2, 1]
