"""A grid of points that somebody laid out at even steps is even in one datum only: the others bend it by metres."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

#: Fewer points make no grid.
FEWEST_POINTS = 100
#: A point belongs to the grid when its neighbours stand within this share of the common step.
STEP_SLACK = 1.2


def grid_misfit_m(xy: NDArray[np.float64]) -> float:
    """How far points (n × 2, metres) lie from an evenly spaced grid: root mean square in metres, NaN where none is.

    The grid may be turned, and may bend smoothly as a map projection bends it (a second-order surface is fitted).
    """
    if len(xy) < FEWEST_POINTS:
        return float("nan")
    distance, near = cKDTree(xy).query(xy, k=5)
    step = float(np.median(distance[:, 1]))
    if step <= 0 or np.mean(distance[:, 1] < STEP_SLACK * step) < 0.9:
        return float("nan")
    moves = (xy[near[:, 1:]] - xy[:, None]).reshape(-1, 2)
    moves = moves[np.hypot(moves[:, 0], moves[:, 1]) < STEP_SLACK * step]
    eastward = moves[moves[:, 0] > np.abs(moves[:, 1])]
    northward = moves[moves[:, 1] > np.abs(moves[:, 0])]
    if len(eastward) < FEWEST_POINTS // 4 or len(northward) < FEWEST_POINTS // 4:
        return float("nan")
    axes = np.column_stack([np.median(eastward, axis=0), np.median(northward, axis=0)])
    if abs(np.linalg.det(axes)) < 0.5 * step * step:
        return float("nan")
    # From a point of the grid: the middle itself may lie half a step off, where rounding is a toss.
    middle = xy[np.square(xy - np.median(xy, axis=0)).sum(axis=1).argmin()]
    cell = np.round(np.linalg.solve(axes, (xy - middle).T).T)
    i, j = cell[:, 0], cell[:, 1]
    surface = np.column_stack([np.ones(len(xy)), i, j, i * i, i * j, j * j])
    fitted, *_ = np.linalg.lstsq(surface, xy, rcond=None)
    misfit = xy - surface @ fitted
    spread = float(np.sqrt((misfit**2).sum(axis=1).mean()))
    return spread if spread < step / 4 else float("nan")
