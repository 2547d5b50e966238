"""An open tile archive: tiles and table rows of one revision of the store, read from mapped files.

Nothing of it lies in the process's own memory but what a tile or a table needs at the moment, so a city of a million
footprints costs no more than one of ten thousand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.tile_archive_files import ColumnFiles, LayerFiles, Manifest, open_arrays
from dashboard.tile_sources import BOUNDS, FIGURES, FROM_ZOOM
from geo.edges import edge_surfaces
from geo.flat import FlatShapes
from geo.mvt import encode_layer, tile_bounds
from geo.tile_columns import tile_column
from geo.tile_geometry import Bounds, TileGeometry, joined


class TileLayers(Protocol):
    """One layer that makes its own tiles."""

    def tile(self, z: int, x: int, y: int, parts: frozenset[str] | None = None) -> bytes:
        """The tile, of the given districts alone where they are given; b"" when empty."""

    def edges(
        self, name: str, width_px: float, z: int, x: int, y: int, parts: frozenset[str] | None = None
    ) -> bytes:
        """The same shapes' outlines as thin surfaces without attributes, in a layer of that name."""


@dataclass(frozen=True)
class _Piece:
    """A part of a layer: where its rows begin in the layer, its shapes, and where they lie (EPSG:3857)."""

    part: str
    start: int
    geometry: TileGeometry
    bounds: Bounds | None


class ArchiveLayer:
    """One layer; never changed, so threads may share it."""

    def __init__(self, name: str, folder: Path, files: LayerFiles) -> None:
        """Raises OSError, KeyError or pa.ArrowInvalid for files that are missing or broken."""
        self.name = name
        self.columns: Mapping[str, pa.Array] = dict(ColumnFiles(folder, files.columns))
        self._pieces: list[_Piece] = []
        start = 0
        for part in files.parts:
            geometry = TileGeometry.from_arrays(open_arrays(folder, part.geometry))
            self._pieces.append(_Piece(part.part, start, geometry, geometry.bounds()))
            start += part.rows
        self.rows = start
        hidden = {*BOUNDS, *FIGURES, *(n for n in self.columns if n.startswith("_"))}
        from_zoom = self.columns.get(FROM_ZOOM)
        self._from_zoom = None if from_zoom is None else from_zoom.to_numpy(zero_copy_only=True)
        subdistrict = self.columns.get("subdistrict", self.columns.get("_subdistrict"))
        self._subdistrict = None if subdistrict is None else subdistrict.to_numpy(zero_copy_only=True)
        self._shown = {n: c for n, c in self.columns.items() if n not in hidden}

    def tile(self, z: int, x: int, y: int, parts: frozenset[str] | None = None) -> bytes:
        """The tile, of the given parts alone where they are given; b"" when empty.

        ValueError for a tile outside the world.
        """
        bounds = tile_bounds(z, x, y)
        shapes, rows = self.shapes_in(z, bounds, parts)
        if not len(rows):
            return b""
        columns = {name: tile_column(values, rows) for name, values in self._shown.items()}
        return encode_layer(self.name, shapes, bounds, columns)

    def edges(
        self, name: str, width_px: float, z: int, x: int, y: int, parts: frozenset[str] | None = None
    ) -> bytes:
        """The outlines of the tile's shapes as surfaces `width_px` wide, as a layer of that name without attributes.

        ValueError for a tile outside the world.
        """
        bounds = tile_bounds(z, x, y)
        shapes, rows = self.shapes_in(z, bounds, parts)
        if not len(rows):
            return b""
        return encode_layer(name, edge_surfaces(shapes, bounds, width_px), bounds, {})

    def shapes_in(
        self, z: int, bounds: Bounds, parts: frozenset[str] | None = None
    ) -> tuple[FlatShapes, NDArray[np.int64]]:
        """The shapes that meet a rectangle or its margin (EPSG:3857), as fine as level `z` asks, and their rows.

        `parts` are codes of districts, or of subdistricts, whose rows alone are taken; of a layer that knows no
        subdistricts then none.
        """
        margin = (bounds[2] - bounds[0]) / 32
        picked = []
        for piece in self._pieces:
            near = None if parts is None or piece.part in parts else _within(piece.part, parts)
            if piece.bounds is None or (near is not None and (not near or self._subdistrict is None)):
                continue
            west, south, east, north = piece.bounds
            if (
                west <= bounds[2] + margin
                and east >= bounds[0] - margin
                and south <= bounds[3] + margin
                and north >= bounds[1] - margin
            ):
                shapes, rows = piece.geometry.pick(z, bounds)
                if self._from_zoom is not None:
                    kept = np.flatnonzero(self._from_zoom[rows + piece.start] <= z)
                    shapes, rows = shapes.rows(kept, shapes.row_ring(len(rows))), rows[kept]
                if near is not None and self._subdistrict is not None:
                    kept = np.flatnonzero(np.isin(self._subdistrict[rows + piece.start], near))
                    shapes, rows = shapes.rows(kept, shapes.row_ring(len(rows))), rows[kept]
                if len(rows):
                    picked.append((shapes, rows + piece.start))
        return joined(picked)

    def limited(self, parts: frozenset[str]) -> "ArchiveLayer":
        """The same layer, of which only the given parts are drawn; its rows keep their numbers."""
        return _LimitedLayer(self, parts)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The layer's rows without their shapes, instead with west, south, east and north; never change it.

        The columns lie in the mapped files; only a selection of rows is a copy.
        """
        shown = {n: c for n, c in self.columns.items() if not n.startswith("_")}
        return pd.DataFrame({n: _series(c) for n, c in shown.items()}, copy=False)


class _LimitedLayer(ArchiveLayer):
    """A layer of which somebody sees some parts alone."""

    def __init__(self, layer: ArchiveLayer, parts: frozenset[str]) -> None:
        vars(self).update(vars(layer))
        self._parts = parts

    def shapes_in(
        self, z: int, bounds: Bounds, parts: frozenset[str] | None = None
    ) -> tuple[FlatShapes, NDArray[np.int64]]:
        """See `ArchiveLayer`; never more than its own parts."""
        return super().shapes_in(z, bounds, self._parts if parts is None else self._parts & parts)


def _within(district: str, codes: frozenset[str]) -> list[int]:
    """The subdistricts of a district among some codes."""
    return [int(code) for code in codes if len(code) > 6 and code[:6] == district]


def _series(column: pa.Array) -> pd.Series:
    if pa.types.is_dictionary(column.type):
        numbers = column.indices.to_numpy(zero_copy_only=True)
        table = pd.Index(column.dictionary.to_pylist(), dtype="str")
        return pd.Series(pd.Categorical.from_codes(numbers, table, validate=False), copy=False)
    if pa.types.is_large_string(column.type):
        return pd.Series(pd.array(column, dtype="str"), copy=False)
    return pd.Series(column.to_numpy(zero_copy_only=True), copy=False)


class Archive:
    """The layers of one revision."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Raises OSError, KeyError or pa.ArrowInvalid for files that are missing or broken."""
        self.folder = folder
        self.manifest = manifest
        self.revision = manifest.revision
        self.layers = {name: ArchiveLayer(name, folder, files) for name, files in manifest.layers.items()}

    @property
    def bytes(self) -> int:
        """The size of its files."""
        return int(np.sum([file.bytes for file in self.manifest.files()]))
