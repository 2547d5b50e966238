"""Where a tile of the Web Mercator grid lies in a grid whose pictures are drawn in another datum."""

import numpy as np

from geo.datum import Datum, convert
from geo.mvt import HALF_WORLD_M, tile_bounds, to_mercator

_RADIUS_M = 6378137.0


def window_in_datum(z: int, x: int, y: int, datum: Datum) -> tuple[float, float, float, float]:
    """West, north, east, south of a WGS 84 tile in the tile numbers of a grid in `datum`, with fractions.

    The shift of GCJ-02 is even enough over one tile from zoom 8 on that its corners stand for all of it.
    ValueError for a tile outside the world.
    """
    west, south, east, north = tile_bounds(z, x, y)
    corners = np.array([[west, north], [east, south]])
    lon = np.degrees(corners[:, 0] / _RADIUS_M)
    lat = np.degrees(2 * np.arctan(np.exp(corners[:, 1] / _RADIUS_M)) - np.pi / 2)
    moved = to_mercator(np.column_stack(convert(lon, lat, "wgs84", datum)))
    across = (moved[:, 0] + HALF_WORLD_M) / (2 * HALF_WORLD_M) * 2**z
    down = (HALF_WORLD_M - moved[:, 1]) / (2 * HALF_WORLD_M) * 2**z
    return float(across[0]), float(down[0]), float(across[1]), float(down[1])
