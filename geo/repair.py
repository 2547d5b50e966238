"""Geometry as offices send it, made valid or set apart with the reason."""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.errors import ShapelyError

Want = Literal["polygon", "line", "point"] | None

_DIMENSION = {"polygon": 2, "line": 1, "point": 0}


@dataclass(frozen=True)
class RepairResult:
    """`geometry`, `action` and `detail` on the input's index.

    `action` is "" where nothing was done; `repaired_ring`, `repaired_self_crossing` or `dropped_parts` where the
    shape was mended (`detail` holds the change of area in per cent); and `missing`, `empty`, `non_finite`,
    `zero_area`, `wrong_type` or `unrepairable` where it can't be used, and the geometry is None.
    """

    geometry: gpd.GeoSeries
    action: pd.Series
    detail: pd.Series


def repair(geometry: gpd.GeoSeries, want: Want = None) -> RepairResult:
    """Valid 2D shapes of the wanted kind, in the CRS of the input; the input is left alone.

    Polygons come out as Polygon or MultiPolygon, lines as LineString or MultiLineString.
    """
    shapes = shapely.force_2d(np.array(geometry.to_numpy(), dtype=object))
    count = len(shapes)
    action = np.full(count, "", dtype=object)
    change = np.full(count, np.nan)
    missing = shapely.is_missing(shapes)
    action[missing] = "missing"
    empty = ~missing & shapely.is_empty(shapes)
    action[empty] = "empty"
    usable = ~missing & ~empty
    bounds = shapely.bounds(shapes)
    endless = usable & ~np.isfinite(bounds).all(axis=1)
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    wild = np.unique(owner[~np.isfinite(coordinates).all(axis=1)])
    endless[wild] = usable[wild]
    action[endless] = "non_finite"
    usable &= ~endless

    if want == "polygon":
        shapes, closed = _closed_lines(shapes, usable)
        action[closed] = "repaired_ring"
    broken = usable & ~shapely.is_valid(np.where(usable, shapes, None))
    for at in np.flatnonzero(broken):
        before = shapely.area(shapes[at])
        mended = _made_valid(shapes[at])
        if mended is None or mended.is_empty:
            action[at] = "unrepairable" if want != "polygon" or before > 0 else "zero_area"
            usable[at] = False
            continue
        shapes[at] = mended
        action[at] = "repaired_self_crossing"
        change[at] = 100 * (shapely.area(mended) - before) / before if before > 0 else np.nan
    if want is not None:
        _keep_dimension(shapes, action, usable, _DIMENSION[want])
    if want == "polygon":
        flat = usable & (shapely.area(np.where(usable, shapes, None)) <= 0)
        action[flat] = "zero_area"
        usable &= ~flat
    shapes[~usable] = None
    index = geometry.index
    return RepairResult(
        gpd.GeoSeries(shapes, index=index, crs=geometry.crs),
        pd.Series(action, index=index, dtype=object),
        pd.Series(change, index=index),
    )


def _made_valid(shape: shapely.Geometry) -> shapely.Geometry | None:
    """`make_valid` raises on some shapes and leaves some invalid: then a zero buffer, then nothing."""
    for mend in (
        lambda s: shapely.make_valid(s, method="structure", keep_collapsed=False),
        lambda s: s.buffer(0),
    ):
        try:
            mended = mend(shape)
        except (ShapelyError, ValueError):
            continue
        if mended is not None and mended.is_valid:
            return mended
    return None


def _closed_lines(shapes: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines with three corners or more, where polygons are wanted, are rings that somebody left open."""
    kinds = shapely.get_type_id(shapes)
    lines = usable & np.isin(kinds, (1, 2)) & (shapely.get_num_coordinates(shapes) >= 3)
    out = shapes.copy()
    for at in np.flatnonzero(lines):
        out[at] = shapely.Polygon(shapely.get_coordinates(shapes[at]))
    return out, lines


def _keep_dimension(shapes: np.ndarray, action: np.ndarray, usable: np.ndarray, wanted: int) -> None:
    """Parts of the wanted dimension stay; others are dropped, and shapes without any are set apart."""
    kinds = shapely.get_type_id(shapes)
    collections = usable & (kinds == 7)
    for at in np.flatnonzero(collections):
        parts = shapely.get_parts(shapes[at])
        flat = shapely.get_parts(parts) if len(parts) else parts
        same = flat[shapely.get_dimensions(flat) == wanted]
        if len(same) == 0:
            continue
        shapes[at] = shapely.union_all(same) if wanted else shapely.multipoints(same)
        if not action[at]:
            action[at] = "dropped_parts"
    wrong = usable & (shapely.get_dimensions(shapes) != wanted)
    action[wrong] = "wrong_type"
    usable &= ~wrong
