"""Which footprint belongs to which community, and which place lies in which area; every join tells what it left."""

from dataclasses import asdict, dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import METRIC, WGS84

#: How many ids a report names of each kind.
MOST_EXAMPLES = 20


@dataclass(frozen=True)
class JoinReport:
    """What a join matched and what it left on either side. `duplicated`: rows that fitted several partners."""

    left: int
    right: int
    matched: int
    unmatched_left: int
    unmatched_right: int
    duplicated: int
    by_rule: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


def metric_shapes(layer: gpd.GeoDataFrame) -> np.ndarray:
    """The layer's geometry in metres (EPSG:4548) as an array; missing stays None."""
    shapes = layer.geometry
    return shapes.to_crs(METRIC).to_numpy() if len(shapes) else np.array([], dtype=object)


def assign_buildings(
    buildings: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, *, max_distance_m: float = 30.0
) -> tuple[pd.DataFrame, JoinReport]:
    """The community of each footprint: the stated one if it exists, else the one it overlaps most, else the nearest.

    `buildings`: polygons in EPSG:4326 with `building_id` and, where known, `community_id_stated`. `communities`:
    `community_id` and a boundary, or None. Ties go to the smaller id. Returns, on the index of `buildings`:
    `community_id`, `rule` (stated, overlap, nearest, none), `overlap_pct`, `distance_m`, `is_ambiguous` (overlapped
    several, or its stated community does not exist), and the report.
    """
    homes = communities.sort_values("community_id", kind="stable")
    ids = homes["community_id"].to_numpy(dtype=object)
    outlines = metric_shapes(homes)
    shapes = metric_shapes(buildings)
    count = len(shapes)
    found = _empty_assignment(count)
    if count and len(ids):
        _by_overlap(shapes, outlines, ids, found)
        _by_nearness(shapes, outlines, ids, found, max_distance_m)
    if "community_id_stated" in buildings:
        stated = buildings["community_id_stated"].to_numpy(dtype=object)
        known = np.isin(stated.astype(str), ids.astype(str)) & ~pd.isna(stated)
        found["code"][known], found["rule"][known] = stated[known], "stated"
        found["distance_m"][known] = np.nan
        found["overlap_pct"][known] = np.nan
        found["several"][known] = False
        found["several"] |= ~pd.isna(stated) & ~known
    table = pd.DataFrame(
        {
            "community_id": pd.Series(found["code"], index=buildings.index, dtype=object),
            "rule": pd.Series(found["rule"], index=buildings.index, dtype=object),
            "overlap_pct": pd.Series(found["overlap_pct"], index=buildings.index),
            "distance_m": pd.Series(found["distance_m"], index=buildings.index),
            "is_ambiguous": pd.Series(found["several"], index=buildings.index),
        }
    )
    names = buildings["building_id"].to_numpy(dtype=object)
    return table, _report(names, ids, found["code"], found["rule"], found["several"])


def nearest_points(
    buildings: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, *, max_distance_m: float
) -> pd.DataFrame:
    """The nearest community point of each footprint within a distance, for communities without any boundary.

    `buildings`: polygons, `communities`: `community_id` and `point` (or None), both EPSG:4326. Ties go to the smaller
    id. Returns, on the index of `buildings`, `community_id` and `distance_m`, missing where none is near enough.
    """
    homes = communities[communities["point"].notna()].sort_values("community_id", kind="stable")
    ids = homes["community_id"].to_numpy(dtype=object)
    points = (
        gpd.GeoSeries(homes["point"], crs=WGS84).to_crs(METRIC).to_numpy() if len(homes) else np.array([])
    )
    found = _empty_assignment(len(buildings))
    if len(ids) and len(buildings):
        _by_nearness(metric_shapes(buildings), points, ids, found, max_distance_m)
    return pd.DataFrame(
        {
            "community_id": pd.Series(found["code"], index=buildings.index, dtype=object),
            "distance_m": pd.Series(found["distance_m"], index=buildings.index),
        }
    )


def assign_to_areas(
    items: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, code_column: str
) -> tuple[pd.DataFrame, JoinReport]:
    """The area of each place: points by lying inside, lines and polygons by the largest overlap.

    `items`: geometry in EPSG:4326, whose first column names the row; `areas`: `code_column` and polygons. A point in
    several areas goes to the smallest and is counted as duplicated. Returns, on the index of `items`: the area's code
    under `code_column`, `rule` (inside, overlap, none), `overlap_pct`, and the report.
    """
    held = areas.sort_values(code_column, kind="stable")
    codes = held[code_column].to_numpy(dtype=object)
    outlines, shapes = metric_shapes(held), metric_shapes(items)
    count = len(shapes)
    found = _empty_assignment(count)
    if count and len(codes):
        points = shapely.get_type_id(shapes) == 0
        area, at = shapely.STRtree(_only(shapes, points)).query(outlines, predicate="intersects")
        best = _first_of(at, [area, shapely.area(outlines)[area]])
        found["code"][at[best]] = codes[area[best]]
        found["rule"][at[best]] = "inside"
        found["overlap_pct"][at[best]] = 100.0
        found["several"] = np.bincount(at, minlength=count) > 1
        _by_overlap(_only(shapes, ~points), outlines, codes, found)
    table = pd.DataFrame(
        {
            code_column: pd.Series(found["code"], index=items.index, dtype=object),
            "rule": pd.Series(found["rule"], index=items.index, dtype=object),
            "overlap_pct": pd.Series(found["overlap_pct"], index=items.index),
        }
    )
    others = [c for c in items.columns if c != items.geometry.name]
    names = items[others[0]].to_numpy(dtype=object) if others else items.index.to_numpy(dtype=object)
    return table, _report(names, codes, found["code"], found["rule"], found["several"])


def _only(shapes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    out = np.full(len(shapes), None, dtype=object)
    out[wanted] = shapes[wanted]
    return out


def _empty_assignment(count: int) -> dict[str, np.ndarray]:
    return {
        "code": np.full(count, None, dtype=object),
        "rule": np.full(count, "none", dtype=object),
        "overlap_pct": np.full(count, np.nan),
        "distance_m": np.full(count, np.nan),
        "several": np.zeros(count, dtype=bool),
    }


def _first_of(groups: np.ndarray, keys: list[np.ndarray]) -> np.ndarray:
    """For each group the position of its least row: the last key weighs most."""
    order = np.lexsort([*keys, groups])
    first = np.unique(groups[order], return_index=True)[1]
    return order[first]


def _by_overlap(
    shapes: np.ndarray, outlines: np.ndarray, codes: np.ndarray, found: dict[str, np.ndarray]
) -> None:
    """Most shapes lie wholly within one outline: a tree over the shapes, asked with prepared outlines, finds these at
    once; only the rest are asked for what they touch and cut to it.
    """
    wholly, inside = shapely.STRtree(shapes).query(outlines, predicate="covers")
    rest = np.ones(len(shapes), dtype=bool)
    rest[inside] = False
    at, area = shapely.STRtree(outlines).query(_only(shapes, rest), predicate="intersects")
    pieces = shapely.intersection(shapes[at], outlines[area])
    size = shapely.area(shapes)
    use_length = size == 0
    extent = np.where(use_length, shapely.length(shapes), size)
    part = np.where(use_length[at], shapely.length(pieces), shapely.area(pieces))
    share = part / np.where(extent[at] > 0, extent[at], 1.0)
    touching = share <= 1e-9
    at = np.concatenate([inside, at[~touching]])
    area = np.concatenate([wholly, area[~touching]])
    share = np.concatenate([np.ones(len(inside)), share[~touching]])
    if len(at) == 0:
        return
    best = _first_of(at, [area, -np.round(share, 9)])
    found["code"][at[best]] = codes[area[best]]
    found["rule"][at[best]] = "overlap"
    found["overlap_pct"][at[best]] = np.round(100 * share[best], 3)
    found["several"] |= np.bincount(at, minlength=len(shapes)) > 1


def _by_nearness(
    shapes: np.ndarray,
    outlines: np.ndarray,
    ids: np.ndarray,
    found: dict[str, np.ndarray],
    max_distance_m: float,
) -> None:
    loose = np.flatnonzero((found["rule"] == "none") & ~shapely.is_missing(shapes))
    held = np.flatnonzero(~shapely.is_missing(outlines))
    if len(loose) == 0 or len(held) == 0:
        return
    (at, near), metres = shapely.STRtree(outlines[held]).query_nearest(
        shapes[loose], max_distance=max_distance_m, return_distance=True, all_matches=True
    )
    if len(at) == 0:
        return
    best = _first_of(at, [held[near], np.round(metres, 6)])
    found["code"][loose[at[best]]] = ids[held[near[best]]]
    found["rule"][loose[at[best]]] = "nearest"
    found["distance_m"][loose[at[best]]] = np.round(metres[best], 3)


def _report(
    left: np.ndarray, right: np.ndarray, codes: np.ndarray, rules: np.ndarray, several: np.ndarray
) -> JoinReport:
    loose = pd.isna(codes)
    unused = ~np.isin(right.astype(str), codes[~loose].astype(str))
    names, counts = np.unique(rules.astype(str), return_counts=True)
    return JoinReport(
        left=len(left),
        right=len(right),
        matched=int((~loose).sum()),
        unmatched_left=int(loose.sum()),
        unmatched_right=int(unused.sum()),
        duplicated=int(several.sum()),
        by_rule={str(n): int(c) for n, c in zip(names, counts, strict=True)},
        examples={
            "unmatched_left": [str(v) for v in left[loose][:MOST_EXAMPLES]],
            "unmatched_right": [str(v) for v in right[unused][:MOST_EXAMPLES]],
            "duplicated": [str(v) for v in left[several][:MOST_EXAMPLES]],
        },
    )
