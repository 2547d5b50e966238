"""Hand-made towns in plain metres: x and y from a corner in EPSG:4548, so that distances can be worked out on paper."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from geo.crs import METRIC, WGS84

CORNER = (490_000.0, 4_420_000.0)
XY = tuple[float, float]


def placed(shape: BaseGeometry | None) -> BaseGeometry | None:
    """A shape of the town at its place in EPSG:4548."""
    return None if shape is None else affinity.translate(shape, *CORNER)


def layer(
    columns: Mapping[str, Sequence[object]], shapes: Sequence[BaseGeometry | None], crs: str = WGS84
) -> gpd.GeoDataFrame:
    """A layer as the store gives it (EPSG:4326); tests that make hundreds of layers leave them in metres."""
    found = gpd.GeoDataFrame(dict(columns), geometry=[placed(s) for s in shapes], crs=METRIC)
    return found if crs == METRIC else found.to_crs(crs)


def streets(*lines: Sequence[XY], **columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Streets by their corners."""
    return layer(
        {"street_id": [f"R{i}" for i in range(len(lines))], **columns},
        [shapely.LineString(line) for line in lines],
    )


def grid(side: int = 4, step: float = 100.0) -> gpd.GeoDataFrame:
    """`side` streets each way, drawn through and not cut: the first along y = 0 and along x = 0."""
    end = (side - 1) * step
    across = [[(0.0, i * step), (end, i * step)] for i in range(side)]
    along = [[(i * step, 0.0), (i * step, end)] for i in range(side)]
    return streets(*across, *along)


def shape(at: XY | BaseGeometry) -> BaseGeometry:
    """A point where a pair is given."""
    return at if isinstance(at, BaseGeometry) else shapely.Point(at)


def homes(*at: XY | BaseGeometry, ids: Sequence[str] | None = None, crs: str = WGS84) -> gpd.GeoDataFrame:
    """Origins H0, H1, …"""
    return layer({"origin_id": ids or [f"H{i}" for i in range(len(at))]}, [shape(a) for a in at], crs)


def facilities(held: Mapping[str, tuple[str, XY | BaseGeometry]], crs: str = WGS84) -> gpd.GeoDataFrame:
    """Facilities by id: kind and place."""
    return layer(
        {"facility_id": list(held), "kind": [k for k, _ in held.values()]},
        [shape(a) for _, a in held.values()],
        crs,
    )


def near(found: object, wanted: Sequence[float]) -> None:
    """Equal to a millimetre (not a number equals itself); float32 holds no more above a kilometre."""
    np.testing.assert_allclose(np.asarray(found, dtype=float), wanted, atol=2e-3, rtol=0, equal_nan=True)
