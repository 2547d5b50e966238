"""A layer held in memory for tiles: built once, then any tile in milliseconds."""

from collections.abc import Sequence

import geopandas as gpd

from geo.edges import edge_surfaces
from geo.mvt import Column, encode_layer, tile_bounds
from geo.tile_geometry import TileGeometry


class TileIndex:
    """A layer (EPSG:4326) as flat arrays sorted by place; never changed after it is built, so threads may share it.

    Shapes that are missing, empty or not finite are counted in `skipped` and appear in no tile.
    """

    def __init__(self, name: str, layer: gpd.GeoDataFrame, columns: Sequence[str] | None = None) -> None:
        """Keep `columns` (all but the geometry when None) as attributes. KeyError for an unknown column."""
        self.name = name
        kept = [c for c in layer.columns if c != layer.geometry.name] if columns is None else list(columns)
        self._columns = {c: Column.of(layer[c]) for c in kept}
        self._geometry = TileGeometry.build(layer.geometry.to_numpy())
        self.skipped = self._geometry.skipped

    def __len__(self) -> int:
        """Shapes that can appear in a tile."""
        return self._geometry.count - self.skipped

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
        shapes, rows = self._geometry.pick(z, bounds)
        return encode_layer(self.name, shapes, bounds, {n: column.take(rows) for n, column in chosen.items()})

    def edges(self, name: str, width_px: float, z: int, x: int, y: int) -> bytes:
        """The outlines of the tile's shapes as surfaces `width_px` wide, as a layer of that name without attributes.

        ValueError for a tile outside the world.
        """
        bounds = tile_bounds(z, x, y)
        shapes, _ = self._geometry.pick(z, bounds)
        return encode_layer(name, edge_surfaces(shapes, bounds, width_px), bounds, {})
