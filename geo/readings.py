"""How well several readings of the same coordinates agree with what is already held, and which one wins.

Each reading (a datum or a CRS) gives the same items at other places. An item scores under each reading, such as 1
when it lies in the area it states. Readings are compared in pairs on the items they classify differently (a sign
test), after items within the same 250 m cell were made one vote, because neighbours repeat one another. The best
reading must also be pinned: pushing it 400 m in any of eight directions must make the agreement worse, or else
the items have room to move and tell nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.stats import binom

Floats = NDArray[np.float64]
Score = Callable[[NDArray], Floats]
Direction = Literal["more", "less", "either"]

SIGNIFICANT_P: Final = 0.01
CELL_M: Final = 250.0
RING_M: Final = (
    400.0  # less than the 550 m between WGS 84 and GCJ-02 in Beijing, more than an outline's slackness
)
_RING: Final = tuple((RING_M * np.cos(a), RING_M * np.sin(a)) for a in np.arange(8) * np.pi / 4.0)

COLUMNS: Final = (
    "kind",
    "compared",
    "agreement",
    "agreement_nearby",
    "votes_for_best",
    "votes_against_best",
    "p_against_best",
    "is_best",
    "is_pinned",
    "is_decisive",
)


def compare_readings(
    kind: str,
    readings: Mapping[str, NDArray],
    score: Score,
    *,
    direction: Direction = "more",
    must_be_pinned: bool = True,
) -> pd.DataFrame:
    """One row per reading: its mean score, and the paired votes between it and the best reading.

    ``readings`` holds equally long arrays of shapely geometries in metres (EPSG:4548); ``score`` is always
    given a whole such array, in its order, and gives one number per geometry, NaN where it cannot be compared.
    Items that one reading cannot compare are left out of all of them. ``direction`` says whether a higher score
    is the better agreement, a lower one, or whichever stands out most from its surroundings. ``is_decisive`` is
    the same in all rows: the best reading beats each other one with p below 0.01 and is pinned; without
    ``must_be_pinned`` it is enough that no push is significantly better.
    """
    names = list(readings)
    scores = np.column_stack([np.asarray(score(readings[name]), dtype=float) for name in names])
    usable = ~np.isnan(scores).any(axis=1)
    if not usable.any():
        return empty_comparison(kind, names)
    scores = scores[usable]
    cells = _cells(readings[names[0]])[usable]

    if direction == "either":
        rings = [_pushed_scores(readings[name], usable, score) for name in names]
        standout = [scores[:, k].mean() - _mean(ring) for k, ring in enumerate(rings)]
        best = int(np.argmax(np.abs(np.nan_to_num(standout))))
        sign = 1.0 if standout[best] >= 0 else -1.0
        ring = rings[best]
    else:
        sign = 1.0 if direction == "more" else -1.0
        best = int(np.argmax(sign * scores.mean(axis=0)))
        ring = _pushed_scores(readings[names[best]], usable, score)

    is_pinned, best_nearby = _is_pinned(sign, scores[:, best], ring, cells, strictly=must_be_pinned)
    rows = []
    for k in range(len(names)):
        won, lost = _votes(sign * (scores[:, best] - scores[:, k]), cells)
        rows.append(
            {
                "kind": kind,
                "compared": len(scores),
                "agreement": scores[:, k].mean(),
                "agreement_nearby": best_nearby if k == best else np.nan,
                "votes_for_best": won,
                "votes_against_best": lost,
                "p_against_best": np.nan if k == best else sign_test(won, lost),
                "is_best": k == best,
                "is_pinned": is_pinned,
            }
        )
    table = pd.DataFrame(rows, index=pd.Index(names, name="reading"))
    against = table.loc[~table["is_best"], "p_against_best"]
    table["is_decisive"] = bool(is_pinned and len(against) and (against < SIGNIFICANT_P).all())
    return table[list(COLUMNS)]


def empty_comparison(kind: str, names: list[str]) -> pd.DataFrame:
    """The table for readings that could not be compared at all: nothing compared, nothing decided."""
    table = pd.DataFrame(index=pd.Index(names, name="reading"))
    table["kind"] = kind
    table["compared"] = 0
    table[["agreement", "agreement_nearby"]] = np.nan
    table[["votes_for_best", "votes_against_best"]] = 0
    table["p_against_best"] = np.nan
    table[["is_best", "is_pinned", "is_decisive"]] = False
    return table[list(COLUMNS)]


def sign_test(won: int, lost: int) -> float:
    """Chance of at least ``won`` of ``won + lost`` votes for one side when both are equally good (one-sided)."""
    return 1.0 if won + lost == 0 else float(binom.sf(won - 1, won + lost, 0.5))


def _cells(geometries: NDArray) -> NDArray[np.int64]:
    bounds = shapely.bounds(geometries)
    centres = np.nan_to_num((bounds[:, :2] + bounds[:, 2:]) / 2.0)
    grid = np.floor(centres / CELL_M).astype(np.int64)
    return np.unique(grid, axis=0, return_inverse=True)[1].reshape(-1)


def _votes(difference: Floats, cells: NDArray[np.int64]) -> tuple[int, int]:
    totals = np.bincount(cells, weights=difference)
    return int((totals > 1e-9).sum()), int((totals < -1e-9).sum())


def push(geometries: NDArray, east_m: float, north_m: float) -> NDArray:
    """The geometries (metres) moved by a vector."""
    return shapely.transform(geometries, lambda xy: xy + np.array([east_m, north_m]))


def _pushed_scores(items: NDArray, usable: NDArray[np.bool_], score: Score) -> Floats:
    """The usable items' scores after each push, one column per push; all items are pushed, as `score` may know
    each by its position.
    """
    pushes = [np.asarray(score(push(items, *step)), dtype=float)[usable] for step in _RING]
    return np.column_stack(pushes)


def _is_pinned(
    sign: float, own: Floats, ring: Floats, cells: NDArray[np.int64], *, strictly: bool
) -> tuple[bool, float]:
    means = np.array([_mean(column) for column in ring.T])
    if np.isnan(means).all():
        return False, np.nan
    toughest = int(np.nanargmax(sign * means))
    pushed = ring[:, toughest]
    comparable = ~np.isnan(pushed)
    difference = sign * (own[comparable] - pushed[comparable])
    won, lost = _votes(difference, cells[comparable])
    if strictly:
        is_pinned = difference.mean() > 0 and sign_test(won, lost) < SIGNIFICANT_P
    else:
        is_pinned = sign_test(lost, won) >= SIGNIFICANT_P
    return bool(is_pinned), float(means[toughest])


def _mean(values: Floats) -> float:
    usable = values[~np.isnan(values)]
    return float(usable.mean()) if len(usable) else np.nan
