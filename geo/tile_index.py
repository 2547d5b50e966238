"""A layer held ready for tiles: built once, then any tile in milliseconds."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.flat import FlatShapes, families, flatten
from geo.mvt import BUFFER, EXTENT, Column, clip, encode_layer, tile_bounds, to_mercator

#: Shapes wider than this, or with more points, are cut to each tile; smaller ones are written whole (maps cut them).
_LARGE_M = 2000.0
_LARGE_POINTS = 2000
#: Coordinates are kept as whole centimetres of EPSG:3857: the world's width just fits 32 bits.
_PER_M = 100.0
#: Large outlines lose what is finer than half a pixel of a 512-pixel tile.
_TOLERANCE_UNITS = EXTENT / 512 / 2


class TileIndex:
    """A layer (EPSG:4326) as flat arrays sorted by place; never changed after it is built, so threads may share it.

    Shapes that are missing, empty or not finite are counted in `skipped` and appear in no tile.
    """

    def __init__(self, name: str, layer: gpd.GeoDataFrame, columns: Sequence[str] | None = None) -> None:
        """Keep `columns` (all but the geometry when None) as attributes. KeyError for an unknown column."""
        self.name = name
        kept = [c for c in layer.columns if c != layer.geometry.name] if columns is None else list(columns)
        shapes = layer.geometry.to_numpy()
        bounds = to_mercator(shapely.bounds(shapes).reshape(-1, 2)).reshape(-1, 4)
        usable = np.isfinite(bounds).all(axis=1)
        bounds[~usable] = np.nan
        is_large = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) > _LARGE_M
        is_large |= shapely.get_num_coordinates(shapes) > _LARGE_POINTS

        small = np.flatnonzero(usable & ~is_large)
        small = small[np.argsort(bounds[small, 0], kind="stable")]
        flat = flatten(shapes[small])
        centimetres = np.rint(to_mercator(flat.xy) * _PER_M).astype(np.int32)
        self._flat = FlatShapes(centimetres, flat.ring_start, flat.ring_row, flat.ring_kind)
        self._row_ring = self._flat.row_ring(len(small))
        self._bounds = bounds[small]
        self._widest_m = float((self._bounds[:, 2] - self._bounds[:, 0]).max()) if len(small) else 0.0

        large = np.flatnonzero(usable & is_large)
        coordinates, owner = shapely.get_coordinates(shapes[large], return_index=True)
        large = np.delete(large, np.unique(owner[~np.isfinite(coordinates).all(axis=1)]))
        self._large = shapely.transform(shapes[large], to_mercator)
        self._large_family = families(self._large)
        self._large_tree = shapely.STRtree(self._large)
        self._rows = np.concatenate([small, large])
        self._count = len(np.unique(flat.ring_row)) + len(large)
        self.skipped = len(layer) - self._count
        self._columns = {c: Column.of(layer[c]) for c in kept}

    def __len__(self) -> int:
        """Shapes that can appear in a tile."""
        return self._count

    @property
    def columns(self) -> tuple[str, ...]:
        """Attributes that a tile may carry."""
        return tuple(self._columns)

    def tile(self, z: int, x: int, y: int, columns: Sequence[str] | None = None) -> bytes:
        """The tile as one layer named after the index, with the given attributes (all when None); b"" when empty.

        ValueError for a tile outside the world, KeyError for an unknown column.
        """
        bounds = tile_bounds(z, x, y)
        names = self.columns if columns is None else columns
        chosen = {name: self._columns[name] for name in names}
        small, small_rows = self._small_shapes(bounds)
        large, large_rows = self._large_shapes(bounds)
        shapes = FlatShapes(
            np.concatenate([small.xy / _PER_M, large.xy]),
            np.concatenate([small.ring_start, large.ring_start[1:] + small.ring_start[-1]]),
            np.concatenate([small.ring_row, large.ring_row + len(small_rows)]),
            np.concatenate([small.ring_kind, large.ring_kind]),
        )
        rows = self._rows[np.concatenate([small_rows, large_rows + len(self._bounds)])]
        return encode_layer(self.name, shapes, bounds, {n: column.take(rows) for n, column in chosen.items()})

    def _small_shapes(
        self, bounds: tuple[float, float, float, float]
    ) -> tuple[FlatShapes, NDArray[np.int64]]:
        west, south, east, north = bounds
        margin = (east - west) * BUFFER / EXTENT
        left = self._bounds[:, 0]
        first = np.searchsorted(left, west - margin - self._widest_m, side="left")
        last = np.searchsorted(left, east + margin, side="right")
        near = self._bounds[first:last]
        inside = (
            (near[:, 2] >= west - margin) & (near[:, 1] <= north + margin) & (near[:, 3] >= south - margin)
        )
        rows = np.flatnonzero(inside) + first
        return self._flat.rows(rows, self._row_ring), rows

    def _large_shapes(
        self, bounds: tuple[float, float, float, float]
    ) -> tuple[FlatShapes, NDArray[np.int64]]:
        west, south, east, north = bounds
        unit = (east - west) / EXTENT
        margin = BUFFER * unit
        around = shapely.box(west - margin, south - margin, east + margin, north + margin)
        rows: NDArray[np.int64] = np.sort(self._large_tree.query(around))
        cut, _ = clip(self._large[rows], bounds)
        cut = shapely.simplify(cut, _TOLERANCE_UNITS * unit, preserve_topology=True)
        return flatten(cut, self._large_family[rows]), rows
