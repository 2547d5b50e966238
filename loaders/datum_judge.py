"""Which datum a file's longitudes and latitudes are in, told from how well each reading fits what is already held.

Evidence comes in kinds, tried from the strongest: shapes against the areas whose names or codes they state; shapes
against the district the source speaks of; and footprints, parcels, streets and points against one another. A kind
counts only when it is decisive: the best reading beats both others, and moving it 400 m makes the fit worse.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import metric_array
from geo.datum import DATUMS, Datum, transform_array
from geo.readings import compare_readings
from geo.regular_grid import FEWEST_POINTS, grid_misfit_m
from loaders import areas
from loaders.held import HeldLayers

#: Enough items to judge by; more only costs time.
MOST_ITEMS = 4000
#: A column states areas when at least this share of its filled values are known names.
STATED_SHARE = 0.8
#: A file that names no district speaks of the one that holds at least this share of it in some reading.
MAIN_DISTRICT_SHARE = 0.8
#: Rows that must all agree where there are too few for the strict test, and what the other readings may reach.
FEWEST_UNANIMOUS = 10
#: A grid shows itself in this many points.
MOST_GRID_POINTS = 30_000
MOST_RIVAL_SHARE = 0.75
#: An even grid fits to centimetres; coordinates with five decimals still fit within this.
MOST_MISFIT_M = 1.5


@dataclass(frozen=True)
class DatumVerdict:
    """The datum, or "unknown", with the numbers it rests on."""

    verdict: str
    evidence: list[dict[str, Any]] = field(default_factory=list)

    @property
    def decisive(self) -> dict[str, Any] | None:
        """The evidence that decided."""
        return next((e for e in self.evidence if e["decisive"]), None)


def judge_datum(
    shapes: gpd.GeoSeries,
    frame: pd.DataFrame,
    held: HeldLayers,
    *,
    district_code: str | None = None,
) -> DatumVerdict:
    """The datum of raw longitudes and latitudes (degrees, any geometry), by evidence; "unknown" without any."""
    held_shapes = shapes.to_numpy()
    known = ~shapely.is_missing(held_shapes) & ~shapely.is_empty(held_shapes)
    usable = pd.Series(known & np.isfinite(shapely.bounds(held_shapes)).all(axis=1), index=shapes.index)
    if not usable.any():
        return DatumVerdict("unknown")
    picked = usable[usable].index
    if len(picked) > MOST_ITEMS:
        picked = picked[np.unique(np.linspace(0, len(picked) - 1, MOST_ITEMS).astype(int))]
    items = np.asarray(shapes.loc[picked].to_numpy(), dtype=object)
    broken = ~shapely.is_valid(items)
    items[broken] = shapely.buffer(items[broken], 0)
    readings = {d: metric_array(transform_array(items, d)) for d in DATUMS}
    sampled = sample_points(items)
    points = {d: metric_array(transform_array(sampled, d)) for d in DATUMS}
    told: list[dict[str, Any]] = []
    grid = _grid_evidence(shapes[usable])
    if grid is not None:
        told.append(grid)
        if grid["decisive"]:
            return DatumVerdict(str(grid["best"]), told)
    for kind, score, direction in _kinds(frame.loc[picked], held, district_code, readings["wgs84"], points):
        chosen = points if kind == "source_district" else readings
        named = {str(datum): shapes_read for datum, shapes_read in chosen.items()}
        table = compare_readings(kind, named, score, direction=direction)
        if int(table["compared"].iloc[0]) == 0:
            continue
        told.append(_told(table))
        if told[-1]["decisive"]:
            return DatumVerdict(str(told[-1]["best"]), told)
    told += _few_but_unanimous(told)
    decided = [e for e in told if e["decisive"]]
    return DatumVerdict(str(decided[0]["best"]) if decided else "unknown", told)


def _few_but_unanimous(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Too few rows for the strict test, yet all of them lie where they say under one reading, and not under others."""
    for entry in told:
        others = [v for d, v in entry["agreement"].items() if d != entry["best"]]
        unanimous = entry["agreement"][entry["best"]] == 1.0 and max(others) <= MOST_RIVAL_SHARE
        if entry["kind"].startswith("stated_") and entry["compared"] >= FEWEST_UNANIMOUS and unanimous:
            return [entry | {"kind": entry["kind"] + "_unanimous", "decisive": True}]
    return []


def _grid_evidence(shapes: gpd.GeoSeries) -> dict[str, Any] | None:
    """Points laid out at even steps tell their datum without anything to compare with."""
    if len(shapes) < FEWEST_POINTS or not (shapes.geom_type == "Point").all():
        return None
    points = shapes.to_numpy()[:MOST_GRID_POINTS]  # the first ones: neighbours stay neighbours
    misfit = {
        d: grid_misfit_m(shapely.get_coordinates(metric_array(transform_array(points, d)))) for d in DATUMS
    }
    if any(np.isnan(v) for v in misfit.values()):
        return None
    best = min(misfit, key=lambda d: misfit[d])
    rivals = [v for d, v in misfit.items() if d != best]
    return {
        "kind": "regular_grid",
        "best": best,
        "decisive": bool(misfit[best] < MOST_MISFIT_M and min(rivals) > 10 * max(misfit[best], 0.1)),
        "compared": len(points),
        "misfit_m": {str(d): round(v, 3) for d, v in misfit.items()},
    }


def sample_points(shapes: np.ndarray, most: int = MOST_ITEMS) -> np.ndarray:
    """Points that stand for shapes (degrees): points themselves, middles of lines, a grid within large surfaces.

    Few large outlines fill an area as well as many small ones do; a grid of points lets each part of them vote.
    """
    area = shapely.area(shapes)
    total = float(area.sum())
    step = np.sqrt(total / most) if total > 0 else 0.0
    large = area > 4 * step * step if step > 0 else np.zeros(len(shapes), dtype=bool)
    small = shapely.point_on_surface(shapes[~large])
    if not large.any():
        return small
    union = shapely.union_all(shapes[large])
    west, south, east, north = shapely.bounds(union)
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    grid = shapely.points(x.ravel(), y.ravel())
    shapely.prepare(union)
    return np.concatenate([small, grid[shapely.contains(union, grid)]])


def _told(table: pd.DataFrame) -> dict[str, Any]:
    best = table.index[table["is_best"]][0] if table["is_best"].any() else table.index[0]
    return {
        "kind": str(table["kind"].iloc[0]),
        "best": str(best),
        "decisive": bool(table["is_decisive"].iloc[0]),
        "compared": int(table["compared"].iloc[0]),
        "agreement": {str(d): round(float(v), 4) for d, v in table["agreement"].items()},
        "agreement_400_m_away": _number(table.loc[best, "agreement_nearby"]),
        "votes": {
            str(d): [int(won), int(lost)]
            for d, won, lost in zip(
                table.index, table["votes_for_best"], table["votes_against_best"], strict=True
            )
            if d != best
        },
    }


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 4)


Score = Callable[[np.ndarray], np.ndarray]


def _kinds(
    frame: pd.DataFrame,
    held: HeldLayers,
    district_code: str | None,
    sample: np.ndarray,
    points: dict[Datum, np.ndarray],
) -> Any:
    """The kinds of evidence that this file allows: name, score of geometries in metres, and what is better."""
    surfaces = shapely.get_dimensions(sample) == 2
    for layer, name in ((held.subdistricts, "stated_subdistrict"), (held.districts, "stated_district")):
        if layer is None or layer.empty:
            continue
        outlines = metric_array(layer.geometry.to_numpy())
        stated = _stated(frame, layer)
        if stated is not None:
            yield name, _within_stated(outlines, stated), "more"
    outline = _source_district(held, district_code, points)
    if outline is not None:
        yield "source_district", _within(outline), "more"
    if held.parcels is not None and len(held.parcels) > 20:
        lots = metric_array(held.parcels.geometry.to_numpy())
        dimension = int(np.median(shapely.get_dimensions(sample)))
        yield "parcels", _touches(lots), "more" if dimension == 0 else "either"
    if held.buildings is not None and len(held.buildings) > 20 and not surfaces.any():
        yield "footprints", _touches(metric_array(held.buildings.geometry.to_numpy())), "either"
    if held.streets is not None and len(held.streets) > 20:
        lines = metric_array(held.streets.geometry.to_numpy())
        yield "streets", _touches(lines), "less" if surfaces.any() else "either"
    if held.subdistricts is not None and len(held.subdistricts) > 2:
        edges = shapely.boundary(metric_array(held.subdistricts.geometry.to_numpy()))
        if surfaces.any():
            yield "subdistrict_edges", _touches(edges), "less"
        else:
            yield "subdistrict_edges", _near(edges, 15.0), "more"


def _source_district(
    held: HeldLayers, district_code: str | None, points: dict[Datum, np.ndarray]
) -> shapely.Geometry | None:
    """The district that the source speaks of: the one it names, else the one that holds most of it in some reading."""
    if held.districts is None or held.districts.empty:
        return None
    outlines = metric_array(held.districts.geometry.to_numpy())
    if district_code is not None:
        own = (held.districts["area_code"] == district_code).to_numpy()
        return outlines[own][0] if own.any() else None
    tree = shapely.STRtree(outlines)
    shares = np.zeros(len(outlines))
    for places in points.values():
        _, area = tree.query(places, predicate="intersects")
        shares = np.maximum(shares, np.bincount(area, minlength=len(outlines)) / max(len(places), 1))
    return outlines[int(shares.argmax())] if shares.max() >= MAIN_DISTRICT_SHARE else None


def _stated(frame: pd.DataFrame, layer: gpd.GeoDataFrame) -> np.ndarray | None:
    """For each row the position of the area that one of its columns names, -1 where it names none."""
    known: dict[str, int] = {}
    for at, row in enumerate(layer.itertuples()):
        for name in (row.area_code, row.name, getattr(row, "name_en", None)):
            if isinstance(name, str) and name:
                known.setdefault(areas.subdistrict_key(areas.plain_district(name)), at)
    best: tuple[int, np.ndarray] | None = None
    for column in frame.columns:
        texts = frame[column]
        filled = texts.map(lambda v: isinstance(v, str) and bool(v.strip()))
        if not filled.any():
            continue
        places = texts.map(
            lambda v: (
                known.get(areas.subdistrict_key(areas.plain_district(v)), -1) if isinstance(v, str) else -1
            )
        ).to_numpy(dtype=int)
        hits = int((places >= 0).sum())
        if hits >= STATED_SHARE * int(filled.sum()) and (best is None or hits > best[0]):
            best = (hits, places)
    return None if best is None else best[1]


def _within_stated(outlines: np.ndarray, stated: np.ndarray) -> Score:
    """The share of each shape within the area it states; for outlines of areas, how much the two overlap."""

    def score(shapes: np.ndarray) -> np.ndarray:
        out = np.full(len(shapes), np.nan)
        some = stated >= 0
        out[some] = _share(shapes[some], outlines[stated[some]])
        return out

    return score


def _share(shapes: np.ndarray, outlines: np.ndarray) -> np.ndarray:
    if (shapely.get_dimensions(shapes) == 0).all():
        return shapely.intersects(outlines, shapes).astype(float)
    size = np.where(shapely.area(shapes) > 0, shapely.area(shapes), shapely.length(shapes))
    common = shapely.intersection(shapes, outlines)
    part = np.where(shapely.area(shapes) > 0, shapely.area(common), shapely.length(common))
    larger = np.maximum(size, np.where(size > 0.2 * shapely.area(outlines), shapely.area(outlines), 0))
    return part / np.where(larger > 0, larger, 1.0)


def _within(outline: shapely.Geometry) -> Score:
    shapely.prepare(outline)

    def score(points: np.ndarray) -> np.ndarray:
        return shapely.intersects(outline, points).astype(float)

    return score


def _touches(others: np.ndarray) -> Score:
    tree = shapely.STRtree(others)

    def score(shapes: np.ndarray) -> np.ndarray:
        out = np.zeros(len(shapes))
        out[np.unique(tree.query(shapes, predicate="intersects")[0])] = 1.0
        return out

    return score


def _near(others: np.ndarray, metres: float) -> Score:
    tree = shapely.STRtree(others)

    def score(shapes: np.ndarray) -> np.ndarray:
        out = np.zeros(len(shapes))
        out[np.unique(tree.query(shapes, predicate="dwithin", distance=metres)[0])] = 1.0
        return out

    return score


__all__ = ["Datum", "DatumVerdict", "judge_datum"]
