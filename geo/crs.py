"""Coordinate reference systems: the one of the house, the metric one, and those met in Beijing's files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeVar

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer

WGS84: Final = "EPSG:4326"
"""Longitude, latitude in degrees, always in the order x, y: the CRS of everything inside the house."""

METRIC: Final = "EPSG:4548"
"""CGCS2000 / 3-degree Gauss-Kruger, central meridian 117°E, false easting 500 000 m: for metres and areas."""

CGCS2000_GEOGRAPHIC: Final = "EPSG:4490"

BEIJING_BOUNDS: Final[tuple[float, float, float, float]] = (115.3, 39.3, 117.7, 41.2)
"""West, south, east, north of the city with a margin of about 10 km, in degrees WGS 84."""

Family = Literal["cgcs2000", "beijing54", "xian80", "utm", "web_mercator"]


@dataclass(frozen=True, slots=True)
class ProjectedCandidate:
    """A projected CRS that files about Beijing are met in (EPSG register, area of use over 116.4°E)."""

    epsg: int
    family: Family
    name: str

    @property
    def crs(self) -> str:
        """The code as pyproj and GeoPandas read it, such as ``EPSG:4548``."""
        return f"EPSG:{self.epsg}"


# Read off pyproj's copy of the EPSG register. Six-degree zones with meridian 117°E give the same numbers as the
# three-degree ones (both have scale 1 on the meridian), and so stand behind them in the order of preference.
# Central meridian 114°E (zone 38) covers only the city's western rim, but offices use it for the whole of it.
PROJECTED_CANDIDATES: Final[tuple[ProjectedCandidate, ...]] = (
    ProjectedCandidate(4548, "cgcs2000", "CGCS2000 / 3-degree Gauss-Kruger CM 117E"),
    ProjectedCandidate(4527, "cgcs2000", "CGCS2000 / 3-degree Gauss-Kruger zone 39"),
    ProjectedCandidate(4547, "cgcs2000", "CGCS2000 / 3-degree Gauss-Kruger CM 114E"),
    ProjectedCandidate(4526, "cgcs2000", "CGCS2000 / 3-degree Gauss-Kruger zone 38"),
    ProjectedCandidate(4498, "cgcs2000", "CGCS2000 / Gauss-Kruger zone 20"),
    ProjectedCandidate(2384, "xian80", "Xian 1980 / 3-degree Gauss-Kruger CM 117E"),
    ProjectedCandidate(2363, "xian80", "Xian 1980 / 3-degree Gauss-Kruger zone 39"),
    ProjectedCandidate(2334, "xian80", "Xian 1980 / Gauss-Kruger zone 20"),
    ProjectedCandidate(2436, "beijing54", "Beijing 1954 / 3-degree Gauss-Kruger CM 117E"),
    ProjectedCandidate(2415, "beijing54", "Beijing 1954 / 3-degree Gauss-Kruger zone 39"),
    ProjectedCandidate(21420, "beijing54", "Beijing 1954 / Gauss-Kruger zone 20"),
    ProjectedCandidate(32650, "utm", "WGS 84 / UTM zone 50N"),
    ProjectedCandidate(3857, "web_mercator", "WGS 84 / Pseudo-Mercator"),
)

GeoT = TypeVar("GeoT", gpd.GeoSeries, gpd.GeoDataFrame)


@cache
def transformer(source: str, target: str) -> Transformer:
    """A cached pyproj transformer that always takes and gives x, y (longitude, latitude; easting, northing)."""
    return Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)


def project_points(x: ArrayLike, y: ArrayLike, *, source: str, target: str) -> tuple[NDArray, NDArray]:
    """Coordinates carried from one CRS to another, as float arrays; what cannot be carried becomes infinite."""
    out_x, out_y = transformer(source, target).transform(
        np.array(x, dtype=float, ndmin=1), np.array(y, dtype=float, ndmin=1)
    )
    return out_x, out_y


def to_metric(layer: GeoT) -> GeoT:
    """The layer in EPSG:4548 (metres), same index. A layer without a CRS is taken to be in EPSG:4326."""
    return _to(layer, METRIC)


def to_wgs84(layer: GeoT) -> GeoT:
    """The layer in EPSG:4326 (degrees, x = longitude), same index. Without a CRS it is taken to be there already.

    EPSG:4490 (CGCS2000 geographic) agrees with EPSG:4326 to within map use; pyproj carries it over unchanged.
    """
    return _to(layer, WGS84)


def _to(layer: GeoT, target: str) -> GeoT:
    known = layer if layer.crs is not None else layer.set_crs(WGS84)
    return known.to_crs(target)


def within_beijing(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Which positions (degrees) lie in ``BEIJING_BOUNDS``; not a number is outside."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    west, south, east, north = BEIJING_BOUNDS
    with np.errstate(invalid="ignore"):
        return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def metric_array(geometries: NDArray, *, source: str = WGS84) -> NDArray:
    """Plain shapely geometries carried from ``source`` to EPSG:4548, all coordinates at once."""
    convert = transformer(source, METRIC)

    def step(coordinates: NDArray) -> NDArray:
        return np.column_stack(convert.transform(coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geometries, step)
