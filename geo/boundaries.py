"""A community's boundary when its source gives only a point: from parcels, or from its own footprints."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assign import JoinReport, metric_shapes
from geo.crs import METRIC, WGS84

#: Room left around footprints when their hull stands in for a boundary.
HULL_MARGIN_M = 6.0


def derive_boundaries(
    communities: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame | None = None,
    *,
    max_distance_m: float = 50.0,
) -> tuple[gpd.GeoDataFrame, JoinReport]:
    """The boundary of each community and the rule that gave it.

    `communities`: `community_id`, `geometry` (the stated boundary, or None) and `point` (or None), EPSG:4326;
    `parcels`: `parcel_id` and polygons; `footprints`: `community_id` and polygons. The rules in their order: the
    stated boundary; the smallest parcel that contains the point; the nearest parcel within `max_distance_m`; the
    hull of the community's own footprints; none. Returns, on the index of `communities`: `geometry`,
    `boundary_rule` (stated, parcel_containing, parcel_nearest, footprint_hull, none), `distance_m`, `parcel_id`,
    `is_derived`, `shared_with` (how many other communities derive theirs from the same parcel), and the report.
    """
    count = len(communities)
    shapes = np.array(communities.geometry.to_numpy(), dtype=object)
    rule = np.where(shapely.is_missing(shapes), "none", "stated").astype(object)
    parcel = np.full(count, None, dtype=object)
    metres = np.full(count, np.nan)
    points = _metric_points(communities)
    lots = parcels.sort_values("parcel_id", kind="stable")
    lot_ids = lots["parcel_id"].to_numpy(dtype=object)
    lot_shapes = lots.geometry.to_numpy()
    lot_metric = metric_shapes(lots)
    open_ = np.flatnonzero((rule == "none") & ~shapely.is_missing(points))
    if len(open_) and len(lots):
        tree = shapely.STRtree(lot_metric)
        at, lot = tree.query(points[open_], predicate="intersects")
        order = np.lexsort([lot, shapely.area(lot_metric)[lot], at])
        first = order[np.unique(at[order], return_index=True)[1]]
        _take(open_[at[first]], lot[first], "parcel_containing", shapes, rule, parcel, lot_shapes, lot_ids)
        metres[open_[at[first]]] = 0.0
        rest = open_[rule[open_] == "none"]
        (at, lot), far = tree.query_nearest(
            points[rest], max_distance=max_distance_m, return_distance=True, all_matches=True
        )
        order = np.lexsort([lot, np.round(far, 6), at])
        first = order[np.unique(at[order], return_index=True)[1]]
        _take(rest[at[first]], lot[first], "parcel_nearest", shapes, rule, parcel, lot_shapes, lot_ids)
        metres[rest[at[first]]] = np.round(far[first], 3)
    if footprints is not None and len(footprints):
        _hulls(communities["community_id"].to_numpy(dtype=object), footprints, shapes, rule)
    shared = pd.Series(parcel).map(pd.Series(parcel).value_counts()).fillna(1).astype(int).to_numpy() - 1
    out = gpd.GeoDataFrame(
        {
            "boundary_rule": rule,
            "distance_m": metres,
            "parcel_id": pd.array(parcel, dtype=object),
            "is_derived": ~np.isin(rule, ("stated", "none")),
            "shared_with": shared,
        },
        index=communities.index,
        geometry=gpd.GeoSeries(shapes, index=communities.index, crs=WGS84),
    )
    return out, _report(communities, out, lot_ids)


def _metric_points(communities: gpd.GeoDataFrame) -> np.ndarray:
    points = gpd.GeoSeries(communities["point"], index=communities.index, crs=WGS84)
    return points.to_crs(METRIC).to_numpy() if len(points) else np.array([], dtype=object)


def _take(
    rows: np.ndarray,
    lots: np.ndarray,
    name: str,
    shapes: np.ndarray,
    rule: np.ndarray,
    parcel: np.ndarray,
    lot_shapes: np.ndarray,
    lot_ids: np.ndarray,
) -> None:
    shapes[rows], parcel[rows], rule[rows] = lot_shapes[lots], lot_ids[lots], name


def _hulls(ids: np.ndarray, footprints: gpd.GeoDataFrame, shapes: np.ndarray, rule: np.ndarray) -> None:
    wanted = {str(i): at for at, i in enumerate(ids) if rule[at] == "none"}
    own = footprints[footprints["community_id"].astype(str).isin(wanted)]
    if own.empty:
        return
    metric = own.geometry.to_crs(METRIC)
    for name, group in metric.groupby(own["community_id"].astype(str).to_numpy()):
        hull = shapely.concave_hull(shapely.union_all(group.to_numpy()), ratio=0.5).buffer(
            HULL_MARGIN_M, join_style="mitre"
        )
        at = wanted[str(name)]
        shapes[at] = gpd.GeoSeries([hull], crs=METRIC).to_crs(WGS84).iloc[0]
        rule[at] = "footprint_hull"


def _report(communities: gpd.GeoDataFrame, out: gpd.GeoDataFrame, lot_ids: np.ndarray) -> JoinReport:
    ids = communities["community_id"].to_numpy(dtype=object)
    none = (out["boundary_rule"] == "none").to_numpy()
    shared = (out["shared_with"] > 0).to_numpy()
    used = set(out["parcel_id"].dropna())
    unused = [p for p in lot_ids if p not in used]
    return JoinReport(
        left=len(out),
        right=len(lot_ids),
        matched=int((~none).sum()),
        unmatched_left=int(none.sum()),
        unmatched_right=len(unused),
        duplicated=int(shared.sum()),
        by_rule={str(k): int(v) for k, v in out["boundary_rule"].value_counts().sort_index().items()},
        examples={
            "unmatched_left": [str(v) for v in ids[none][:20]],
            "unmatched_right": [str(v) for v in unused[:20]],
            "duplicated": [str(v) for v in ids[shared][:20]],
        },
    )
