"""Vector tiles, read back by a decoder of our own and by GDAL."""

import itertools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.mvt import HALF_WORLD_M, TileLayer, encode_tile, tile_bounds, to_mercator
from geo.tile_index import TileIndex

Z, X, Y = 13, 6744, 3103  # in Beijing


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
        elif tag & 7 == 1:
            value, at = struct.unpack("<d", data[at : at + 8])[0], at + 8
        else:
            assert tag & 7 == 2
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
            assert len(value) == length
        yield tag >> 3, value


def _numbers(data: bytes) -> list[int]:
    out, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        out.append(value)
    return out


def _value(data: bytes) -> Any:
    ((field, value),) = _fields(data)
    return {
        1: lambda v: v.decode(),
        3: float,
        5: int,
        6: lambda v: (v >> 1) ^ -(v & 1),
        7: bool,
    }[field](value)


def _paths(numbers: list[int]) -> list[list[tuple[int, int]]]:
    paths: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == 7:
            paths[-1].append(paths[-1][0])
            continue
        for _ in range(count):
            dx, dy = ((n >> 1) ^ -(n & 1) for n in numbers[at : at + 2])
            x, y, at = x + dx, y + dy, at + 2
            if command == 1:
                paths.append([])
            paths[-1].append((x, y))
    return paths


def decode(tile: bytes) -> dict[str, list[dict[str, Any]]]:
    """{layer: [{type, paths, …attributes}]}, refusing what the specification forbids."""
    layers: dict[str, list[dict[str, Any]]] = {}
    for number, body in _fields(tile):
        assert number == 3
        fields = list(_fields(body))
        (name,) = (v.decode() for n, v in fields if n == 1)
        assert [v for n, v in fields if n == 15] == [2]
        keys = [v.decode() for n, v in fields if n == 3]
        values = [_value(v) for n, v in fields if n == 4]
        assert name not in layers, "a layer name may appear once in a tile"
        layers[name] = []
        for raw in (v for n, v in fields if n == 2):
            feature = dict(_fields(raw))
            tags = _numbers(feature[2])
            made: dict[str, Any] = {"type": feature[3], "paths": _paths(_numbers(feature[4]))}
            made |= {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
            layers[name].append(made)
    return layers


def surveyor(path: list[tuple[int, int]]) -> int:
    """Twice the signed area; positive for outer rings in a tile."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(path))


def at(u: float, v: float) -> tuple[float, float]:
    """A place in EPSG:3857 given in tile units."""
    west, _, east, north = tile_bounds(Z, X, Y)
    unit = (east - west) / 4096
    return west + u * unit, north - v * unit


def square(u: float, v: float, size: float) -> shapely.Polygon:
    return shapely.Polygon([at(u, v), at(u + size, v), at(u + size, v + size), at(u, v + size)])


def one(shape: Any, **columns: Any) -> list[dict[str, Any]]:
    layer = TileLayer("a", np.array([shape], dtype=object), {k: [v] for k, v in columns.items()})
    return decode(encode_tile([layer], Z, X, Y)).get("a", [])


def test_bounds() -> None:
    assert tile_bounds(0, 0, 0) == pytest.approx((-HALF_WORLD_M, -HALF_WORLD_M, HALF_WORLD_M, HALF_WORLD_M))
    west, south, east, north = tile_bounds(Z, X, Y)
    beijing = gpd.GeoSeries.from_xy([116.4], [39.92], crs=4326).to_crs(3857)[0]
    assert west < beijing.x < east and south < beijing.y < north
    for wrong in ((-1, 0, 0), (3, 8, 0), (3, 0, -1), (99, 0, 0)):
        with pytest.raises(ValueError, match="no such tile"):
            tile_bounds(*wrong)


def test_mercator_agrees_with_proj() -> None:
    lonlat = np.array([[116.4, 39.9], [-180, -85], [0, 0], [179.9, 60]])
    there = gpd.GeoSeries.from_xy(*lonlat.T, crs=4326).to_crs(3857)
    assert to_mercator(lonlat) == pytest.approx(shapely.get_coordinates(there.to_numpy()), abs=1e-6)


@pytest.mark.parametrize("turned", [False, True])
def test_a_square_is_wound_as_the_specification_asks(turned: bool) -> None:
    shape = square(100, 200, 50)
    (feature,) = one(shape.reverse() if turned else shape)
    (path,) = feature["paths"]
    assert feature["type"] == 3
    assert {*path} == {(100, 200), (150, 200), (150, 250), (100, 250)}
    assert len(path) == 5
    assert surveyor(path) == 2 * 50 * 50


def test_holes_follow_their_outer_ring_and_turn_the_other_way() -> None:
    part = square(0, 0, 100).difference(square(20, 20, 10)).difference(square(60, 60, 20))
    shape = shapely.MultiPolygon([part, square(300, 300, 10)])
    (feature,) = one(shape)
    assert [surveyor(p) for p in feature["paths"]] in (
        [20000, -200, -800, 200],
        [20000, -800, -200, 200],
    )


def test_what_collapses_on_the_grid_is_left_out() -> None:
    assert one(square(10, 10, 0.3)) == []
    assert one(shapely.Polygon([at(0, 0), at(50, 0), at(100, 0)])) == []
    # A hole without room disappears, and its polygon stays.
    (feature,) = one(square(0, 0, 100).difference(square(50, 50, 0.2)))
    assert len(feature["paths"]) == 1
    # An outer ring that vanishes takes its hole along, and not the next part.
    gone = shapely.Polygon(
        [at(10, 10), at(10.4, 10), at(10.4, 10.4), at(10, 10.4)],
        [[at(10.1, 10.1), at(10.2, 10.1), at(10.2, 10.2)]],
    )
    (feature,) = one(shapely.MultiPolygon([gone, square(30, 30, 5)]))
    assert [surveyor(p) for p in feature["paths"]] == [50]


def test_repeated_points_are_dropped_and_a_ring_may_end_where_it_began() -> None:
    corners = [(0, 0), (0.1, 0.1), (40, 0), (40, 0.2), (40, 40), (0, 40), (0.2, 0.3)]
    (feature,) = one(shapely.Polygon([at(*c) for c in corners]))
    assert sorted(feature["paths"][0]) == [(0, 0), (0, 0), (0, 40), (40, 0), (40, 40)]


def test_lines_and_points() -> None:
    (line,) = one(shapely.LineString([at(0, 0), at(10, 5), at(10, 5.1), at(30, 7)]))
    assert line["type"] == 2 and line["paths"] == [[(0, 0), (10, 5), (30, 7)]]
    (lines,) = one(shapely.MultiLineString([[at(0, 0), at(9, 9)], [at(5, 0), at(7, 1)]]))
    assert lines["paths"] == [[(0, 0), (9, 9)], [(5, 0), (7, 1)]]
    (points,) = one(shapely.MultiPoint([at(3, 4), at(3, 4), at(50, 60)]))
    assert points["type"] == 1 and sorted(points["paths"]) == [[(3, 4)], [(3, 4)], [(50, 60)]]


def test_clipped_to_the_tile_and_its_margin() -> None:
    (feature,) = one(square(-10_000, -10_000, 30_000))
    assert {*feature["paths"][0]} == {(-64, -64), (-64, 4160), (4160, -64), (4160, 4160)}
    assert one(square(9000, 9000, 10)) == []
    assert encode_tile([TileLayer("a", np.array([], dtype=object))], Z, X, Y) == b""


def test_lonlat_and_bad_shapes_beside_good_ones() -> None:
    west, south, east, north = tile_bounds(Z, X, Y)
    corner = gpd.GeoSeries([shapely.box(west, south, east, north)], crs=3857).to_crs(4326)[0]
    bowtie = shapely.Polygon([(116.3, 39.9), (116.5, 40.0), (116.5, 39.9), (116.3, 40.0)])
    with np.errstate(invalid="ignore"):
        nowhere = shapely.LineString([(116.4, 39.9), (np.nan, 1)])
    shapes = np.array(
        [corner, None, shapely.Polygon(), bowtie, nowhere, shapely.GeometryCollection([corner])], dtype=object
    )
    made = decode(encode_tile([TileLayer("a", shapes, {"n": range(6)}, is_lonlat=True)], Z, X, Y))["a"]
    assert {f["n"] for f in made} >= {0, 5}
    assert {f["n"] for f in made} <= {0, 3, 5}
    assert made[0]["paths"] == [[(0, 4096), (0, 0), (4096, 0), (4096, 4096), (0, 4096)]] or surveyor(
        made[0]["paths"][0]
    ) == pytest.approx(2 * 4096 * 4096)


def test_attributes_keep_their_kinds() -> None:
    given_ = {
        "text": "东直门<b>&\x00",
        "empty": "",
        "big": 2**53 + 1,
        "negative": -7,
        "half": 0.5,
        "yes": True,
        "no": False,
        "zero": 0,
        "one": 1,
        "np": np.int32(5),
        "when": pd.Timestamp("2020-08-31"),
    }
    (feature,) = one(square(0, 0, 9), **given_)
    expected = given_ | {"np": 5, "when": "2020-08-31 00:00:00"}
    assert {k: feature[k] for k in given_} == expected
    assert [type(feature[k]) for k in ("yes", "zero", "one", "half")] == [bool, int, int, float]


def test_missing_attributes_are_left_out_and_same_values_are_shared() -> None:
    frame = pd.DataFrame(
        {
            "year": pd.array([1980, None, 1980], dtype="Int64"),
            "name": pd.Series(["a", None, "a"], dtype="str"),
            "share": [0.5, np.nan, np.inf],
        }
    )
    shapes = np.array([square(u, 0, 10) for u in (0, 20, 40)], dtype=object)
    tile = encode_tile([TileLayer("a", shapes, dict(frame.items()))], Z, X, Y)
    features = [{k: v for k, v in f.items() if k not in ("type", "paths")} for f in decode(tile)["a"]]
    assert features == [
        {"year": 1980, "name": "a", "share": 0.5},
        {},
        {"year": 1980, "name": "a", "share": np.inf},
    ]
    body = next(v for _, v in _fields(tile))
    assert sum(1 for n, _ in _fields(body) if n == 4) == 4


def _layer(rng: np.random.Generator, n: int) -> gpd.GeoDataFrame:
    lon, lat = 116.4 + rng.normal(0, 0.03, n), 39.92 + rng.normal(0, 0.02, n)
    half = rng.uniform(0.00005, 0.0004, n)
    return gpd.GeoDataFrame(
        {"building_id": [f"B{i}" for i in range(n)], "storeys": rng.integers(1, 30, n)},
        geometry=shapely.box(lon - half, lat - half, lon + half, lat + half),
        crs=4326,
    )


def test_gdal_reads_the_same_shapes_and_attributes(tmp_path: Path) -> None:
    layer = _layer(np.random.default_rng(1), 400)
    file = tmp_path / str(Z) / str(X) / f"{Y}.mvt"
    file.parent.mkdir(parents=True)
    file.write_bytes(TileIndex("buildings", layer).tile(Z, X, Y))
    read = pyogrio.read_dataframe(f"MVT:{file}", layer="buildings").set_crs(3857, allow_override=True)
    ours = layer.set_index("building_id").to_crs(3857)
    box = shapely.box(*tile_bounds(Z, X, Y))
    assert set(ours.index[ours.within(box)]) <= set(read["building_id"])
    both = ours.loc[read["building_id"]]
    assert read["storeys"].tolist() == both["storeys"].tolist()
    inside = both.within(box).to_numpy()
    grid_m = (tile_bounds(Z, X, Y)[2] - tile_bounds(Z, X, Y)[0]) / 4096
    distance = shapely.hausdorff_distance(read.geometry.to_numpy(), both.geometry.to_numpy())
    assert inside.sum() > 50
    assert distance[inside].max() < grid_m
    assert read.is_valid.all()


def test_every_shape_appears_in_each_tile_it_touches() -> None:
    layer = _layer(np.random.default_rng(2), 300)
    layer.loc[0, "geometry"] = shapely.box(116.2, 39.8, 116.6, 40.0)  # a large one among small ones
    index = TileIndex("buildings", layer)
    mercator = layer.to_crs(3857)
    for x in range(X - 2, X + 3):
        for y in range(Y - 2, Y + 3):
            got = {f["building_id"] for f in decode(index.tile(Z, x, y)).get("buildings", [])}
            box = shapely.box(*tile_bounds(Z, x, y)).buffer(-1)
            assert set(layer["building_id"][mercator.intersects(box)]) <= got
            near = shapely.box(*tile_bounds(Z, x, y)).buffer(100)
            assert got <= set(layer["building_id"][mercator.intersects(near)])


def test_index_answers_as_the_plain_encoder_does() -> None:
    layer = _layer(np.random.default_rng(3), 200)
    plain = decode(
        encode_tile(
            [TileLayer("b", layer.geometry.to_numpy(), {"id": layer["building_id"]}, is_lonlat=True)], Z, X, Y
        )
    )["b"]
    index = decode(TileIndex("b", layer.rename(columns={"building_id": "id"})).tile(Z, X, Y, ["id"]))["b"]
    inside = {
        f["id"]: f["paths"] for f in plain if all(0 < u < 4096 and 0 < v < 4096 for u, v in f["paths"][0])
    }
    drawn = {f["id"]: f["paths"] for f in index}
    assert len(inside) > 20
    for building_id, paths in inside.items():
        gap = np.abs(np.array(sorted(set(paths[0]))) - np.array(sorted(set(drawn[building_id][0]))))
        assert gap.max() <= 1  # centimetres kept, so at most one step of the grid


def test_bad_footprints_are_counted_and_harm_no_tile() -> None:
    layer = _layer(np.random.default_rng(4), 50)
    t = np.linspace(0, 2 * np.pi, 100_000)
    layer.loc[0, "geometry"] = None
    layer.loc[1, "geometry"] = shapely.Polygon()
    with np.errstate(invalid="ignore"):
        layer.loc[2, "geometry"] = shapely.Point(np.inf, 39.9)
        layer.loc[3, "geometry"] = shapely.LineString([(116.4, 39.92), (np.nan, 39.93), (116.41, 39.92)])
    layer.loc[4, "geometry"] = shapely.Polygon(
        np.column_stack([116.4 + 0.01 * np.cos(t), 39.92 + 0.01 * np.sin(t)])
    )
    layer.loc[5, "geometry"] = shapely.Polygon([(116.4, 39.92), (116.4, 39.92), (116.4, 39.92)])
    layer.loc[6, "geometry"] = shapely.Point(0, 95)
    before = layer.copy(deep=True)
    index = TileIndex("b", layer)
    assert index.skipped == 4
    assert len(index) == 46
    tile = index.tile(Z, X, Y)
    drawn = {f["building_id"] for f in decode(tile)["b"]}
    assert "B4" in drawn and not drawn & {"B0", "B1", "B2", "B3", "B5", "B6"}
    assert len(tile) < 60_000  # the outline of 100,000 points is thinned to what can be seen
    pd.testing.assert_frame_equal(pd.DataFrame(layer), pd.DataFrame(before))


def test_an_empty_layer_and_empty_places() -> None:
    nothing = gpd.GeoDataFrame({"building_id": []}, geometry=[], crs=4326)
    assert TileIndex("b", nothing).tile(Z, X, Y) == b""
    index = TileIndex("b", _layer(np.random.default_rng(5), 10))
    assert index.tile(Z, 0, 0) == b""
    with pytest.raises(KeyError):
        index.tile(Z, X, Y, ["unknown"])
    with pytest.raises(ValueError, match="no such tile"):
        index.tile(Z, 2**Z, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4096), st.integers(0, 4096)),
        min_size=3,
        max_size=30,
        unique=True,
    ),
    st.integers(1, 4),
)
def test_any_star_of_points_keeps_its_area(points: list[tuple[int, int]], copies: int) -> None:
    hull = shapely.MultiPoint(points).convex_hull
    if hull.geom_type != "Polygon" or hull.area == 0:
        return
    shape = shapely.Polygon([at(u, v) for u, v in hull.exterior.coords])
    made = decode(encode_tile([TileLayer("a", np.array([shape] * copies, dtype=object), {})], Z, X, Y))["a"]
    assert len(made) == copies
    for feature in made:
        assert sum(surveyor(p) for p in feature["paths"]) == pytest.approx(2 * hull.area)
