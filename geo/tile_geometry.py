"""The shapes of a layer as flat arrays that may lie in a file: a tile reads only the pages that it needs.

Small shapes are kept as whole centimetres of EPSG:3857, sorted along a Hilbert curve and grouped into blocks with a
common rectangle. Large ones are kept as WKB, once for each zoom level, thinned to what can be seen there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.flat import FlatShapes, families, flatten, offsets, ragged
from geo.mvt import BUFFER, EXTENT, HALF_WORLD_M, clip, to_mercator

#: Shapes wider than this, or with more points, are cut to each tile; smaller ones are written whole (maps cut them).
LARGE_M = 2000.0
LARGE_POINTS = 2000
#: Shapes in a block: a tile looks at every block's rectangle, and then at the shapes of the blocks that it meets.
BLOCK_SHAPES = 256
#: Coordinates are kept as whole centimetres of EPSG:3857: the world's width just fits 32 bits.
_PER_M = 100.0
#: Large outlines lose what is finer than half a pixel of a 512-pixel tile.
_TOLERANCE_UNITS = EXTENT / 512 / 2

Arrays = dict[str, NDArray]
Bounds = tuple[float, float, float, float]


def _unit_m(z: int) -> float:
    """The size of a tile's grid unit at a zoom level, in EPSG:3857 metres."""
    return 2 * HALF_WORLD_M / 2**z / EXTENT


@dataclass(frozen=True)
class TileGeometry:
    """The usable shapes of a layer; never changed, so threads may share it.

    count: rows of the layer. skipped: rows whose shape is missing, empty or not finite; they are in no tile.
    zooms: the levels for which large shapes are held thinned, rising; others are thinned when they are asked for.
    arrays: n small shapes in m rings, and l large ones, each named by its row in the layer:
    bounds (n, 4) and block_bounds (b, 4) int32 centimetres; row (n,); row_ring (n + 1,); ring_start (m + 1,);
    ring_kind (m,); xy (points, 2) int32 centimetres; large_row (l,); large_family (l,); large_bounds (l, 4) metres;
    large_start (k * l + 1,) offsets into large_wkb (bytes), k = len(zooms) + 1: the whole shapes come first.
    """

    arrays: Mapping[str, NDArray]
    zooms: tuple[int, ...]
    count: int
    skipped: int

    @classmethod
    def build(cls, shapes: NDArray, zooms: Sequence[int] = ()) -> "TileGeometry":
        """Of shapely shapes (EPSG:4326; None where missing)."""
        bounds = to_mercator(shapely.bounds(shapes).reshape(-1, 2)).reshape(-1, 4)
        usable = np.isfinite(bounds).all(axis=1)
        bounds[~usable] = np.nan
        is_large = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) > LARGE_M
        is_large |= shapely.get_num_coordinates(shapes) > LARGE_POINTS
        small = np.flatnonzero(usable & ~is_large)
        small = small[_hilbert_order(bounds[small])]
        flat = flatten(shapes[small])
        kept = np.unique(flat.ring_row)
        large = np.flatnonzero(usable & is_large)
        coordinates, owner = shapely.get_coordinates(shapes[large], return_index=True)
        large = np.delete(large, np.unique(owner[~np.isfinite(coordinates).all(axis=1)]))
        levels = tuple(sorted(set(zooms)))
        arrays = _small_arrays(flat, small, bounds) | _large_arrays(shapes[large], large, levels)
        return cls(arrays, levels, len(shapes), len(shapes) - len(kept) - len(large))

    def as_arrays(self) -> Arrays:
        """All of it as arrays, for `from_arrays`."""
        about = {"zooms": np.array(self.zooms, dtype=np.int8), "counts": np.array([self.count, self.skipped])}
        return {**self.arrays, **about}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray]) -> "TileGeometry":
        """What `as_arrays` gave; the arrays are used as they are. KeyError where one is missing."""
        held = dict(arrays)
        zooms, (count, skipped) = held.pop("zooms"), held.pop("counts")
        return cls(held, tuple(int(z) for z in zooms), int(count), int(skipped))

    def bounds(self) -> Bounds | None:
        """West, south, east, north of all usable shapes in EPSG:3857 metres; None without any."""
        blocks, large = self.arrays["block_bounds"] / _PER_M, self.arrays["large_bounds"]
        every = np.concatenate([blocks, large])
        if not len(every):
            return None
        low, high = every[:, :2].min(axis=0), every[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def pick(self, z: int, bounds: Bounds) -> tuple[FlatShapes, NDArray[np.int64]]:
        """The shapes that meet a tile or its margin, ready to be encoded (EPSG:3857), and their rows in the layer.

        bounds: the tile's own, `geo.mvt.tile_bounds`.
        """
        small, small_rows = self._small(bounds)
        if not len(self.arrays["large_row"]):
            return small, small_rows
        large, large_rows = self._large(z, bounds)
        shapes = FlatShapes(
            np.concatenate([small.xy, large.xy]),
            np.concatenate([small.ring_start, large.ring_start[1:] + small.ring_start[-1]]),
            np.concatenate([small.ring_row, large.ring_row + len(small_rows)]),
            np.concatenate([small.ring_kind, large.ring_kind]),
        )
        return shapes, np.concatenate([small_rows, large_rows])

    def _small(self, bounds: Bounds) -> tuple[FlatShapes, NDArray[np.int64]]:
        held = self.arrays
        west, south, east, north = bounds
        margin = (east - west) * BUFFER / EXTENT
        # The rectangles are whole centimetres: a centimetre more keeps what the exact ones would keep.
        window = np.array([west, south, east, north]) * _PER_M + np.array([-1, -1, 1, 1]) * (
            margin * _PER_M + 1
        )
        blocks = np.flatnonzero(_meets(held["block_bounds"], window))
        first = blocks * BLOCK_SHAPES
        near, _ = ragged(first, np.minimum(first + BLOCK_SHAPES, len(held["row"])))
        at = near[_meets(held["bounds"][near], window)]
        row_ring, ring_start = held["row_ring"], held["ring_start"]
        ring, ring_row = ragged(row_ring[at].astype(np.int64), row_ring[at + 1].astype(np.int64))
        starts, ends = ring_start[ring].astype(np.int64), ring_start[ring + 1].astype(np.int64)
        index, _ = ragged(starts, ends)
        shapes = FlatShapes(
            held["xy"][index] / _PER_M, offsets(ends - starts), ring_row, held["ring_kind"][ring]
        )
        return shapes, held["row"][at].astype(np.int64)

    def _large(self, z: int, bounds: Bounds) -> tuple[FlatShapes, NDArray[np.int64]]:
        held = self.arrays
        west, south, east, north = bounds
        unit = (east - west) / EXTENT
        margin = BUFFER * unit
        window = np.array([west - margin, south - margin, east + margin, north + margin])
        at = np.flatnonzero(_meets(held["large_bounds"], window))
        level = self.zooms.index(z) + 1 if z in self.zooms else 0
        number = level * len(held["large_row"]) + at
        start, blob = held["large_start"], held["large_wkb"]
        shapes = shapely.from_wkb(
            np.array([blob[start[n] : start[n + 1]].tobytes() for n in number], dtype=object)
        )
        cut, _ = clip(np.asarray(shapes, dtype=object), bounds)
        if not level:
            cut = shapely.simplify(cut, _TOLERANCE_UNITS * unit, preserve_topology=True)
        return flatten(cut, held["large_family"][at].astype(np.int64)), held["large_row"][at].astype(np.int64)


def joined(
    picked: Sequence[tuple[FlatShapes, NDArray[np.int64]]],
) -> tuple[FlatShapes, NDArray[np.int64]]:
    """What several parts of a layer gave for one tile, as if it came from one; rows are taken as they are."""
    if len(picked) == 1:
        return picked[0]
    points = np.cumsum([0] + [len(shapes.xy) for shapes, _ in picked])
    before = np.cumsum([0] + [len(rows) for _, rows in picked])
    starts = [shapes.ring_start[1:] + points[i] for i, (shapes, _) in enumerate(picked)]
    return FlatShapes(
        np.concatenate([np.empty((0, 2)), *(shapes.xy for shapes, _ in picked)]),
        np.concatenate([np.zeros(1, dtype=np.int64), *starts]),
        np.concatenate([np.empty(0, np.int64), *(s.ring_row + before[i] for i, (s, _) in enumerate(picked))]),
        np.concatenate([np.empty(0, np.int8), *(shapes.ring_kind for shapes, _ in picked)]),
    ), np.concatenate([np.empty(0, np.int64), *(rows for _, rows in picked)])


def _meets(boxes: NDArray, window: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether rectangles (n, 4) touch a window; both west, south, east, north."""
    return (
        (boxes[:, 0] <= window[2])
        & (boxes[:, 2] >= window[0])
        & (boxes[:, 1] <= window[3])
        & (boxes[:, 3] >= window[1])
    )


def _hilbert_order(bounds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rectangles (EPSG:3857) so sorted that neighbours in the list are neighbours on the ground."""
    if not len(bounds):
        return np.zeros(0, dtype=np.int64)
    centres = gpd.GeoSeries(
        shapely.points((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2)
    )
    west, south, east, north = centres.total_bounds
    # A curve over a square keeps both directions alike, and one over no area at all can't be drawn.
    side = max(east - west, north - south, 1.0)
    along = centres.hilbert_distance(total_bounds=(west, south, west + side, south + side))
    return np.argsort(along.to_numpy(), kind="stable")


def _small_arrays(flat: FlatShapes, small: NDArray[np.int64], bounds: NDArray[np.float64]) -> Arrays:
    boxes = np.rint(bounds[small] * _PER_M).astype(np.int32).reshape(-1, 4)
    edges = np.arange(0, len(small), BLOCK_SHAPES)
    low, high = (f.reduceat(boxes, edges, axis=0) if len(small) else boxes for f in (np.minimum, np.maximum))
    return {
        "bounds": boxes,
        "block_bounds": np.concatenate([low[:, :2], high[:, 2:]], axis=1),
        "row": small.astype(np.int32),
        "row_ring": flat.row_ring(len(small)).astype(np.int32),
        "ring_start": flat.ring_start.astype(np.int64 if len(flat.xy) > 2**31 - 1 else np.int32),
        "ring_kind": flat.ring_kind.astype(np.int8),
        "xy": np.rint(to_mercator(flat.xy.reshape(-1, 2)) * _PER_M).astype(np.int32),
    }


def _large_arrays(shapes: NDArray, rows: NDArray[np.int64], zooms: Sequence[int]) -> Arrays:
    whole = shapely.transform(shapes, to_mercator)
    held = {0: whole}
    finer = whole
    for z in reversed(zooms):  # each level from the finer one: the outline shrinks on the way
        finer = shapely.simplify(finer, _TOLERANCE_UNITS * _unit_m(z), preserve_topology=True)
        held[z] = finer
    wkb = [w for z in (0, *zooms) for w in shapely.to_wkb(held[z], byte_order=1)]
    return {
        "large_row": rows.astype(np.int32),
        "large_family": families(whole).astype(np.int8),
        "large_bounds": shapely.bounds(whole).reshape(-1, 4),
        "large_start": offsets(np.array([len(w) for w in wkb], dtype=np.int64)),
        "large_wkb": np.frombuffer(b"".join(wkb), dtype=np.uint8),
    }
