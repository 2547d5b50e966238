"""GCJ-02 and BD-09, the two shifted datums of Chinese web maps, to and from WGS 84, vectorised.

The forward formulas are the published ones (eviltransform, gcoord, coordtransform agree on them to the last digit);
the inverses are found by fixed-point iteration, because the usual one-step inverse is off by up to 3 m
for GCJ-02 and 1 m for BD-09.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, get_args

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import WGS84

Datum = Literal["wgs84", "gcj02", "bd09"]
DATUMS: Final[tuple[Datum, ...]] = get_args(Datum)

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

_AXIS: Final = 6378245.0  # Krassovsky 1940, on which GCJ-02 is built
_ECCENTRICITY2: Final = 0.00669342162296594323
_BAIDU_TURN: Final = np.pi * 3000.0 / 180.0
_CHINA: Final = (
    72.004,
    0.8293,
    137.8347,
    55.8271,
)  # west, south, east, north: beyond it GCJ-02 is not shifted
_TOLERANCE_DEG: Final = 1e-9  # 0.1 mm; the step that follows the last test brings it down a thousandfold
_MOST_STEPS: Final = 30


def gcj02_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """GCJ-02 longitude and latitude (degrees) of WGS 84 positions; unchanged outside China, NaN stays NaN."""
    x, y = _floats(lon, lat)
    shift_x, shift_y = _gcj02_shift(x, y)
    inside = _in_china(x, y)
    return np.where(inside, x + shift_x, x), np.where(inside, y + shift_y, y)


def wgs84_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """WGS 84 longitude and latitude of GCJ-02 positions, iterated to well under a millimetre."""
    return _inverse(gcj02_from_wgs84, *_floats(lon, lat))


def bd09_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """BD-09 longitude and latitude of GCJ-02 positions. Baidu shifts everywhere, also outside China."""
    x, y = _floats(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def gcj02_from_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """GCJ-02 longitude and latitude of BD-09 positions, iterated to well under a millimetre."""
    return _inverse(bd09_from_gcj02, *_floats(lon, lat))


def bd09_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """BD-09 longitude and latitude of WGS 84 positions."""
    return bd09_from_gcj02(*gcj02_from_wgs84(lon, lat))


def wgs84_from_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """WGS 84 longitude and latitude of BD-09 positions."""
    return wgs84_from_gcj02(*gcj02_from_bd09(lon, lat))


def _same(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return _floats(lon, lat)


_STEPS: Final[dict[tuple[Datum, Datum], Callable[[ArrayLike, ArrayLike], Pair]]] = {
    ("wgs84", "gcj02"): gcj02_from_wgs84,
    ("wgs84", "bd09"): bd09_from_wgs84,
    ("gcj02", "wgs84"): wgs84_from_gcj02,
    ("gcj02", "bd09"): bd09_from_gcj02,
    ("bd09", "gcj02"): gcj02_from_bd09,
    ("bd09", "wgs84"): wgs84_from_bd09,
}


def convert(lon: ArrayLike, lat: ArrayLike, source: Datum, target: Datum = "wgs84") -> Pair:
    """Longitude and latitude (degrees) carried from one datum to another, as new float arrays.

    Raises ValueError for a datum that is not one of ``DATUMS``.
    """
    for datum in (source, target):
        if datum not in DATUMS:
            raise ValueError(f"unknown datum {datum!r}: one of {', '.join(DATUMS)} expected")
    return _STEPS.get((source, target), _same)(lon, lat)


def transform_array(geometries: NDArray, source: Datum, target: Datum = "wgs84") -> NDArray:
    """Plain shapely geometries (degrees) carried to another datum, all coordinates at once; heights are dropped."""
    return shapely.transform(
        geometries, lambda xy: np.column_stack(convert(xy[:, 0], xy[:, 1], source, target))
    )


def transform_geometry(values: gpd.GeoSeries, source: Datum, target: Datum = "wgs84") -> gpd.GeoSeries:
    """The series (degrees, x = longitude) carried to another datum: same index and name, CRS EPSG:4326.

    Missing and empty geometries stay as they are; heights are dropped; the input is not changed.
    Raises ValueError when the series carries a projected CRS, or for an unknown datum.
    """
    if values.crs is not None and not values.crs.is_geographic:
        raise ValueError(f"degrees expected, got {values.crs.to_string()}")
    moved = transform_array(np.asarray(values.array), source, target)
    return gpd.GeoSeries(moved, index=values.index, crs=WGS84, name=values.name)


def _floats(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return np.array(lon, dtype=np.float64, ndmin=1), np.array(lat, dtype=np.float64, ndmin=1)


def _in_china(x: Floats, y: Floats) -> NDArray[np.bool_]:
    west, south, east, north = _CHINA
    with np.errstate(invalid="ignore"):
        return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _gcj02_shift(lon: Floats, lat: Floats) -> Pair:
    with np.errstate(invalid="ignore"):
        x, y = lon - 105.0, lat - 35.0
        root = np.sqrt(np.abs(x))
        waves = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
        north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
        north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
        north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
        east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
        east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
        east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
        radians = np.radians(lat)
        curve = 1.0 - _ECCENTRICITY2 * np.sin(radians) ** 2
        meridian = _AXIS * (1.0 - _ECCENTRICITY2) / (curve * np.sqrt(curve))
        parallel = _AXIS / np.sqrt(curve) * np.cos(radians)
        return np.degrees(east / parallel), np.degrees(north / meridian)


def _inverse(forward: Callable[[ArrayLike, ArrayLike], Pair], x: Floats, y: Floats) -> Pair:
    guess_x, guess_y = x.copy(), y.copy()
    for _ in range(_MOST_STEPS):
        seen_x, seen_y = forward(guess_x, guess_y)
        with np.errstate(invalid="ignore"):
            error_x, error_y = seen_x - x, seen_y - y
        guess_x -= error_x
        guess_y -= error_y
        errors = np.abs(np.concatenate([error_x, error_y]))
        if not np.any(errors[np.isfinite(errors)] > _TOLERANCE_DEG):
            break
    return guess_x, guess_y
