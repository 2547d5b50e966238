"""Shapes as flat NumPy arrays: what a tile encoder reads instead of Python objects."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

POINT, LINE, SURFACE, HOLE = 1, 2, 3, 4
#: Family of each shapely type: point, line, ring, polygon; collections are taken apart first.
_FAMILY = np.array([POINT, LINE, LINE, SURFACE])


@dataclass(frozen=True)
class FlatShapes:
    """Coordinates of many shapes in one array.

    xy: (n, 2), rings of surfaces without their closing point. ring_start: (r + 1,) offsets into xy. ring_row: (r,)
    row of the shape, rising. ring_kind: (r,) POINT (all points of a row), LINE, SURFACE (outer ring) or HOLE (follows
    its outer ring).
    """

    xy: NDArray
    ring_start: NDArray[np.int64]
    ring_row: NDArray[np.int64]
    ring_kind: NDArray[np.int8]

    def rows(self, rows: NDArray[np.int64], row_ring: NDArray[np.int64]) -> "FlatShapes":
        """The shapes of some rows, numbered 0, 1, … in that order; row_ring: (rows + 1,) offsets of rows into rings."""
        ring_index, new_row = ragged(row_ring[rows], row_ring[rows + 1])
        xy_index, _ = ragged(self.ring_start[ring_index], self.ring_start[ring_index + 1])
        lengths = self.ring_start[ring_index + 1] - self.ring_start[ring_index]
        return FlatShapes(self.xy[xy_index], offsets(lengths), new_row, self.ring_kind[ring_index])

    def row_ring(self, count: int) -> NDArray[np.int64]:
        """(count + 1,) offsets of rows into rings."""
        return np.searchsorted(self.ring_row, np.arange(count + 1))


def offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n + 1,) start of each of n consecutive pieces."""
    out = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=out[1:])
    return out


def ragged(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices start..end-1 of all pieces one after the other, and the number of the piece that each belongs to."""
    lengths = ends - starts
    piece = np.repeat(np.arange(len(lengths)), lengths)
    first = offsets(lengths)[:-1]
    return np.arange(len(piece)) - first[piece] + starts[piece], piece


def families(geometry: NDArray) -> NDArray[np.int64]:
    """Highest family of each shape: 0 none, POINT, LINE or SURFACE."""
    parts, row = _parts(geometry)
    out = np.zeros(len(geometry), dtype=np.int64)
    if len(parts):
        np.maximum.at(out, row, _FAMILY[shapely.get_type_id(parts)])
    return out


def _parts(geometry: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Single shapes without empty ones, and the row of each; collections inside collections are taken apart too."""
    parts, row = shapely.get_parts(geometry, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    kept = ~shapely.is_empty(parts)
    return parts[kept], row[kept]


def flatten(geometry: NDArray, wanted: NDArray[np.int64] | None = None) -> FlatShapes:
    """Flat arrays of shapes (any CRS); of each only the parts of its highest family, or of the `wanted` one.

    Missing, empty and non-finite shapes give no ring.
    """
    parts, row = _parts(geometry)
    family = _FAMILY[shapely.get_type_id(parts)] if len(parts) else np.zeros(0, dtype=np.int64)
    if wanted is None:
        wanted = np.zeros(len(geometry), dtype=np.int64)
        np.maximum.at(wanted, row, family)
    coordinates, owner = shapely.get_coordinates(parts, return_index=True)
    broken = np.zeros(len(geometry), dtype=bool)
    broken[row[owner[~np.isfinite(coordinates).all(axis=1)]]] = True
    kept = (family == wanted[row]) & ~broken[row]
    parts, row, family = parts[kept], row[kept], family[kept]

    pieces = [_points(parts, row, family), _lines(parts, row, family), _surfaces(parts, row, family)]
    lengths = np.concatenate([p[1] for p in pieces])
    ring_row = np.concatenate([p[2] for p in pieces])
    ring_kind = np.concatenate([p[3] for p in pieces])
    xy = np.concatenate([p[0] for p in pieces])
    # Within a row all rings are of one family and already in order: a stable sort keeps holes behind their outer ring.
    order = np.argsort(ring_row, kind="stable")
    start = offsets(lengths)
    index, _ = ragged(start[order], start[order + 1])
    return FlatShapes(xy[index], offsets(lengths[order]), ring_row[order], ring_kind[order])


_Piece = tuple[NDArray, NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]


def _points(parts: NDArray, row: NDArray, family: NDArray) -> _Piece:
    mine = family == POINT
    xy = shapely.get_coordinates(parts[mine])
    rows, lengths = np.unique(row[mine], return_counts=True)
    return xy, lengths, rows, np.full(len(rows), POINT, dtype=np.int8)


def _lines(parts: NDArray, row: NDArray, family: NDArray) -> _Piece:
    mine = family == LINE
    lines = parts[mine]
    lengths = shapely.get_num_coordinates(lines).astype(np.int64)
    return shapely.get_coordinates(lines), lengths, row[mine], np.full(len(lines), LINE, dtype=np.int8)


def _surfaces(parts: NDArray, row: NDArray, family: NDArray) -> _Piece:
    mine = family == SURFACE
    rings, polygon = shapely.get_rings(parts[mine], return_index=True)
    lengths = shapely.get_num_coordinates(rings).astype(np.int64)
    xy = shapely.get_coordinates(rings)
    closing = np.zeros(len(xy), dtype=bool)
    closing[offsets(lengths)[1:] - 1] = True
    outer = np.ones(len(rings), dtype=bool)
    outer[1:] = polygon[1:] != polygon[:-1]
    kind = np.where(outer, SURFACE, HOLE).astype(np.int8)
    return xy[~closing], lengths - 1, row[mine][polygon], kind
