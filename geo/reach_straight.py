"""The nearest of many places in a straight line, exactly, for homes of any shape."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

_POINT = 0


def straight_nearest(origins: NDArray, places: NDArray) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Metres from each origin to the nearest place, and its row; of equally near ones the first row.

    Both are arrays of geometry in metres without missing ones. Without any place: not a number and -1. Where all
    places are points a tree over points proposes the few that can be nearest, and only these are measured.
    """
    if len(places) == 0 or len(origins) == 0:
        return np.full(len(origins), np.nan), np.full(len(origins), -1, dtype=np.int64)
    if (shapely.get_type_id(places) != _POINT).any():
        return _by_shapes(origins, np.arange(len(origins)), places)
    return _by_points(origins, places)


def _by_shapes(origins: NDArray, rows: NDArray, places: NDArray) -> tuple[NDArray, NDArray]:
    (at, place), metres = shapely.STRtree(places).query_nearest(
        origins[rows], return_distance=True, all_matches=True
    )
    order = np.lexsort([place, at])
    first = order[np.unique(at[order], return_index=True)[1]]
    return metres[first], place[first].astype(np.int64)


def _by_points(origins: NDArray, places: NDArray) -> tuple[NDArray, NDArray]:
    count = len(origins)
    metres, found = np.full(count, np.nan), np.full(count, -1, dtype=np.int64)
    boxes = shapely.bounds(origins)
    middle = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2], axis=1)
    # No part of the shape is farther from the middle than this: what is nearest to the shape lies at most twice as
    # much farther from the middle than what is nearest to the middle.
    radius = np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) / 2
    tree = cKDTree(shapely.get_coordinates(places))
    left = np.arange(count)
    for many in (2, 8, 32):
        k = min(many, len(places))
        far, place = tree.query(middle[left], k=k, workers=-1)
        far, place = far.reshape(len(left), k), place.reshape(len(left), k)
        reach = far[:, :1] + 2 * radius[left, None] + 1e-6
        settled = far[:, -1] > reach[:, 0] if k < len(places) else np.ones(len(left), dtype=bool)
        home, step = np.nonzero(settled[:, None] & (far <= reach))
        target = place[home, step]
        exact = shapely.distance(origins[left[home]], places[target])
        order = np.lexsort([target, exact, home])
        first = order[np.unique(home[order], return_index=True)[1]]
        rows = left[home[first]]
        metres[rows], found[rows] = exact[first], target[first]
        left = left[~settled]
        if len(left) == 0:
            return metres, found
    metres[left], found[left] = _by_shapes(origins, left, places)
    return metres, found
