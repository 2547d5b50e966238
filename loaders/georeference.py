"""Where a layer's rows are: axes, CRS and datum told, then everything in WGS 84."""

from dataclasses import dataclass, field
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.crs import PROJECTED_CANDIDATES, WGS84, project_points, within_beijing
from geo.datum import DATUMS, Datum, transform_geometry
from loaders.catalogue import Layer
from loaders.datum_judge import judge_datum
from loaders.errors import RefusedFile
from loaders.held import HeldLayers
from loaders.readers import RawTable
from loaders.values import as_text, parse_numbers

#: Most of a file's positions must be readable in a way for that way to be taken.
MOST = 0.9


@dataclass(frozen=True)
class Placed:
    """A layer's geometry in EPSG:4326 beside the raw one, and how it was told.

    `bad_rows`: rows whose coordinates can't be read as numbers. `how` is declared, evidence, same_source or crs.
    """

    geometry: gpd.GeoSeries | None
    raw: gpd.GeoSeries | None
    datum: str | None
    axes: str = "xy"
    how: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    bad_rows: pd.Index = field(default_factory=lambda: pd.Index([]))


def raw_shapes(
    raw: RawTable, keep: pd.Series, x: str | None, y: str | None
) -> tuple[gpd.GeoSeries | None, pd.Index]:
    """The geometry as the file gives it, or points of two columns; and the rows whose coordinates can't be read."""
    index = raw.frame.index[keep]
    if x is None or y is None:
        return (None if raw.geometry is None else raw.geometry.loc[index]), pd.Index([])
    east, problem_x = parse_numbers(as_text(raw.frame.loc[index, x]))
    north, problem_y = parse_numbers(as_text(raw.frame.loc[index, y]))
    bad = index[(problem_x.notna() | problem_y.notna()).to_numpy()]
    a, b = east.astype(float).to_numpy(na_value=np.nan), north.astype(float).to_numpy(na_value=np.nan)
    points = np.full(len(index), None, dtype=object)
    both = ~np.isnan(a) & ~np.isnan(b)
    points[both] = shapely.points(a[both], b[both])
    return gpd.GeoSeries(points, index=index), bad


def swapped(shapes: gpd.GeoSeries) -> bool:
    """Whether latitude stands where longitude should: read the other way round, most of it lies in the city."""
    x, y = _middles(shapes)
    return bool(len(x)) and within_beijing(x, y).mean() < 1 - MOST and within_beijing(y, x).mean() > MOST


def flipped(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """The shapes with x and y exchanged."""
    return gpd.GeoSeries(
        shapely.transform(shapes.to_numpy(), lambda xy: xy[:, ::-1]), index=shapes.index, crs=shapes.crs
    )


def is_projected(shapes: gpd.GeoSeries) -> bool:
    """Whether the numbers are metres rather than degrees."""
    x, y = _middles(shapes)
    return bool(len(x)) and float(np.mean((np.abs(x) > 400) & (np.abs(y) > 400))) > MOST


def _middles(shapes: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray]:
    bounds = shapes.bounds.to_numpy()
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    good = np.isfinite(x) & np.isfinite(y)
    return x[good], y[good]


def projected_candidates(shapes: gpd.GeoSeries) -> list[dict[str, Any]]:
    """The projected systems that put most positions into the city, the likeliest first, with the share inside.

    Also with x and y exchanged, as surveyors write them. The national systems differ among themselves by up to
    about a hundred metres, which positions alone can't tell: the first of each family is only the likeliest.
    """
    x, y = _middles(shapes)
    found = []
    for candidate in PROJECTED_CANDIDATES:
        for axes, (east, north) in (("xy", (x, y)), ("yx", (y, x))):
            lon, lat = project_points(east, north, source=candidate.crs, target=WGS84)
            inside = float(within_beijing(lon, lat).mean()) if len(lon) else 0.0
            if inside > MOST:
                found.append(
                    {
                        "epsg": candidate.epsg,
                        "family": candidate.family,
                        "name": candidate.name,
                        "axes": axes,
                        "inside": round(inside, 4),
                    }
                )
    return found


def to_wgs84(
    raw: RawTable,
    keep: pd.Series,
    layer: Layer,
    held: HeldLayers,
    *,
    district_code: str | None = None,
    same_source: dict[str, str] | None = None,
) -> Placed:
    """A layer's geometry in EPSG:4326. Raises RefusedFile where it has none, or where its datum can't be told.

    `same_source`: datums told of other files of the same folder, taken where this file gives no evidence of its own.
    """
    if layer.geometry == "none":
        return Placed(None, None, None)
    shapes, bad = raw_shapes(raw, keep, layer.x, layer.y)
    if shapes is None:
        raise RefusedFile("load.no_geometry", file=raw.file_name, layer=layer.key)
    bare = gpd.GeoSeries(shapes.to_numpy(), index=shapes.index)
    crs = layer.crs if layer.crs != "auto" else raw.crs
    declared = _parsed(crs, raw.file_name)
    if declared is not None and declared.is_projected:
        axes = "xy"
        placed = _projected(bare, declared, axes)
        if not _mostly_inside(placed) and _mostly_inside(_projected(flipped(bare), declared, "yx")):
            placed, axes = _projected(flipped(bare), declared, "yx"), "yx"
        name = f"projected:EPSG:{declared.to_epsg() or 0}"
        return Placed(placed, bare, name, axes, "crs", {"crs": str(crs)}, bad)
    if declared is None and is_projected(bare):
        candidates = projected_candidates(bare)
        if not candidates:
            raise RefusedFile("load.crs_unknown", file=raw.file_name, layer=layer.key)
        best = candidates[0]
        turned = flipped(bare) if best["axes"] == "yx" else bare
        placed = _projected(turned, CRS.from_epsg(best["epsg"]), best["axes"])
        return Placed(
            placed,
            bare,
            f"projected:EPSG:{best['epsg']}",
            best["axes"],
            "evidence",
            {"candidates": candidates},
            bad,
        )
    axes = "xy"
    if swapped(bare):
        bare, axes = flipped(bare), "yx"
    return _geographic(raw, keep, layer, held, bare, axes, bad, district_code, same_source or {})


def _geographic(
    raw: RawTable,
    keep: pd.Series,
    layer: Layer,
    held: HeldLayers,
    bare: gpd.GeoSeries,
    axes: str,
    bad: pd.Index,
    district_code: str | None,
    same_source: dict[str, str],
) -> Placed:
    evidence: dict[str, Any] = {}
    how = "declared"
    datum: str = layer.datum
    if datum == "auto":
        told = judge_datum(bare, raw.frame.loc[keep], held, district_code=district_code)
        evidence = {"tests": told.evidence}
        datum, how = told.verdict, "evidence"
    if datum == "unknown" and len(set(same_source.values())) == 1:
        datum, how = next(iter(same_source.values())), "same_source"
        evidence["same_source"] = sorted(same_source)
    if datum == "unknown" and raw.crs is not None:
        datum, how = "wgs84", "declared"  # a declared geographic CRS holds where nothing speaks against it
        evidence["declared_crs"] = raw.crs
    if datum == "unknown":
        raise RefusedFile(
            "load.datum_unknown",
            file=raw.file_name,
            layer=layer.key,
            evidence="; ".join(f"{e['kind']} n={e['compared']}" for e in evidence.get("tests", ())) or "—",
        )
    if datum not in DATUMS:
        raise ValueError(datum)
    placed = transform_geometry(bare, cast(Datum, datum)).set_crs(WGS84, allow_override=True)
    return Placed(placed, bare, datum, axes, how, evidence | {"how": how, "axes": axes}, bad)


def _parsed(crs: str | None, file: str) -> CRS | None:
    if crs is None:
        return None
    try:
        return CRS.from_user_input(crs)
    except CRSError as fault:
        raise RefusedFile("load.crs_unreadable", file=file, crs=str(crs)[:80]) from fault


def _projected(shapes: gpd.GeoSeries, crs: CRS, _axes: str) -> gpd.GeoSeries:
    return shapes.set_crs(crs, allow_override=True).to_crs(WGS84)


def _mostly_inside(shapes: gpd.GeoSeries) -> bool:
    x, y = _middles(shapes)
    return bool(len(x)) and float(within_beijing(x, y).mean()) > MOST
