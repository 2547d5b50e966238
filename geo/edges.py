"""Outlines as thin surfaces: maps without a graphics card fill them at once, where strokes cost seconds to prepare."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.flat import LINE, POINT, FlatShapes, flatten

#: Pixels of the screen across one tile at its own level.
TILE_PX = 512
#: Corners of an outline closer together than this, in pixels, are drawn as one.
_SEEN_PX = 0.75


def edge_surfaces(
    shapes: FlatShapes, bounds: tuple[float, float, float, float], width_px: float
) -> FlatShapes:
    """The outlines of surfaces, and lines, as surfaces `width_px` wide on a tile of 512 pixels (EPSG:3857).

    bounds: the tile's own, `geo.mvt.tile_bounds`. Points have no outline. Rows keep their numbers; a row whose outline
    vanishes has no ring. ValueError for a width that is not positive.
    """
    if not width_px > 0:
        raise ValueError(f"no outline is {width_px} pixels wide")
    pixel_m = (bounds[2] - bounds[0]) / TILE_PX
    lines = shapely.simplify(_lines(shapes), _SEEN_PX * pixel_m, preserve_topology=False)
    thick = shapely.buffer(
        lines, width_px * pixel_m / 2, cap_style="flat", join_style="mitre", mitre_limit=2.0, quad_segs=1
    )
    made = flatten(thick)
    rows = shapes.ring_row[shapes.ring_kind != POINT]
    return FlatShapes(made.xy, made.ring_start, rows[made.ring_row], made.ring_kind)


def _lines(shapes: FlatShapes) -> NDArray:
    """Each ring, closed, and each line as a LineString."""
    wanted = np.flatnonzero(shapes.ring_kind != POINT)
    start, end = shapes.ring_start[wanted], shapes.ring_start[wanted + 1]
    is_ring = shapes.ring_kind[wanted] != LINE
    length = end - start + is_ring
    owner = np.repeat(np.arange(len(wanted)), length)
    first = np.cumsum(length) - length
    step = np.arange(len(owner)) - first[owner]
    at = start[owner] + np.where(step == (end - start)[owner], 0, step)  # a ring ends where it began
    enough = length >= 2
    kept = enough[owner]
    lines = np.full(len(wanted), None, dtype=object)
    if kept.any():
        number = np.cumsum(enough) - 1
        lines[enough] = shapely.linestrings(shapes.xy[at[kept]].astype(float), indices=number[owner[kept]])
    return lines
