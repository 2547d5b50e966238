"""Facility gaps: residents and households, not area, beyond the distance of the standard (R45, R35, R36).

A verdict uses the walking distance where the home is connected to a whole part of the network, and the straight line
elsewhere; both are counted apart. Unknown residents stay unknown: they are counted as homes, never as nobody. A kind
counts for itself alone, so a facility of a higher tier never fills a lower one.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.network_attach import WALK
from geo.reach import Distance, KindReach, Reach
from programme.standards import Requirement, Status

#: What the gap of a kind was judged by.
ASSESSED, NOT_HELD = "assessed", "not_held"
_SUMS = ("residents", "households", "elderly")


def is_beyond(reach: Reach, needed: Requirement) -> NDArray[np.bool_]:
    """Which origins lie beyond the standard's distance of a kind; exactly the distance is within.

    Raises ValueError where the standard has no distance, or where it is farther than the reach was looked for.
    """
    radius = needed.radius_m
    if radius is None:
        raise ValueError(f"{needed.facility_kind}: no distance is set")
    if radius > reach.limit_m:
        raise ValueError(
            f"{needed.facility_kind}: the reach ends at {reach.limit_m:g} m, before {radius:g} m"
        )
    return ~(reach.judged_m(needed.facility_kind) <= np.float32(radius))


def status(reach: Reach, needed: Requirement, held_kinds: Collection[str] | None = None) -> str:
    """Whether a kind can be judged: assessed, not_set, no_standard, or not_held.

    A kind without any facility is not_held, unless `held_kinds` says that its layer is loaded and really holds none.
    """
    if needed.status is not Status.SET:
        return needed.status.value
    held = reach.kinds.get(needed.facility_kind)
    is_loaded = needed.facility_kind in held_kinds if held_kinds is not None else False
    return ASSESSED if held is not None and (held.facilities or is_loaded) else NOT_HELD


def gap_table(
    reach: Reach,
    people: pd.DataFrame,
    needs: Mapping[str, Requirement],
    by: Sequence[str] = (),
    held_kinds: Collection[str] | None = None,
) -> pd.DataFrame:
    """Who lives beyond the standard, by kind and area (R45).

    `people`: one row for each origin of `reach`, in its order: residents, households (missing is unknown), may have
    elderly, and the columns of `by` (such as community_id, or district_code and age_class; none for everything; a
    missing code is a group of its own). Returns for every group and kind: the columns of `by`, kind, status
    (`status`), standard_key, version, clause, tier, radius_m, confidence, is_corrected, facilities,
    facilities_off_network, origins, origins_beyond, origins_by_straight, and for residents, households and, where
    there, elderly: X (known), X_beyond, X_beyond_pct (of the known), X_by_straight (judged by the straight line
    alone), X_unknown_origins. Numbers beyond are missing where the kind was not assessed. Raises ValueError where
    `people` are not the reach's origins.
    """
    code, groups = _groups(reach, people, by)
    count = len(groups)
    sums = {n: pd.to_numeric(people[n]).to_numpy(dtype=float, na_value=np.nan) for n in _SUMS if n in people}
    by_line = reach.connection != WALK
    shared: dict[str, NDArray] = {"origins": np.bincount(code, minlength=count)}
    for name, values in sums.items():
        filled = np.nan_to_num(values)
        shared[name] = np.bincount(code, weights=filled, minlength=count)
        shared[f"{name}_by_straight"] = np.bincount(code, weights=filled * by_line, minlength=count)
        shared[f"{name}_unknown_origins"] = np.bincount(code[np.isnan(values)], minlength=count)
    shared["origins_by_straight"] = np.bincount(code[by_line], minlength=count)
    parts = []
    for kind, needed in needs.items():
        state = status(reach, needed, held_kinds)
        told = reach.kinds.get(kind)
        columns: dict[str, object] = {
            "kind": kind,
            "status": state,
            "standard_key": needed.standard_key,
            "version": needed.version,
            "clause": needed.clause,
            "tier": "/".join(needed.tiers) or None,
            "radius_m": np.nan if needed.radius_m is None else needed.radius_m,
            "confidence": needed.confidence,
            "is_corrected": needed.is_corrected,
            "facilities": told.facilities if told else 0,
            "facilities_off_network": told.off_network if told else 0,
            "origins": shared["origins"],
        }
        beyond = is_beyond(reach, needed) if state == ASSESSED else None
        columns["origins_beyond"] = _counted(code, beyond, None, count)
        columns["origins_by_straight"] = shared["origins_by_straight"]
        for name, values in sums.items():
            lacking = _counted(code, beyond, values, count)
            with np.errstate(invalid="ignore", divide="ignore"):
                share = np.where(shared[name] > 0, 100.0 * lacking / shared[name], np.nan)
            columns |= {
                name: shared[name],
                f"{name}_beyond": lacking,
                f"{name}_beyond_pct": share,
                f"{name}_by_straight": shared[f"{name}_by_straight"],
                f"{name}_unknown_origins": shared[f"{name}_unknown_origins"],
            }
        parts.append(pd.concat([groups, pd.DataFrame(columns, index=groups.index)], axis=1))
    texts = dict.fromkeys(("standard_key", "version", "clause", "tier", "confidence"), "object")
    return pd.concat([p.astype(texts) for p in parts], ignore_index=True) if parts else groups.iloc[:0]


def _groups(reach: Reach, people: pd.DataFrame, by: Sequence[str]) -> tuple[NDArray, pd.DataFrame]:
    if len(people) != len(reach.origin_ids):
        raise ValueError("people must have one row for each origin")
    if "origin_id" in people and not (people["origin_id"].to_numpy(dtype=object) == reach.origin_ids).all():
        raise ValueError("people must stand in the order of the origins")
    if not by:
        return np.zeros(len(people), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    keys = pd.DataFrame({c: people[c].to_numpy(dtype=object) for c in by})
    grouped = keys.groupby(list(by), dropna=False, sort=True)
    code = grouped.ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return code, keys.iloc[first].reset_index(drop=True)


def _counted(code: NDArray, beyond: NDArray | None, values: NDArray | None, count: int) -> NDArray:
    if beyond is None:
        return np.full(count, np.nan)
    weights = beyond if values is None else np.where(beyond, np.nan_to_num(values), 0.0)
    return np.bincount(code, weights=weights, minlength=count)


def composite(
    reach: Reach,
    people: pd.DataFrame,
    needs: Mapping[str, Requirement],
    by: Sequence[str] = ("community_id",),
    held_kinds: Collection[str] | None = None,
) -> pd.DataFrame:
    """All kinds together: what each area lacks, and how many residents lack at least one kind.

    A kind is missing in an area when more than half of its residents live beyond the distance (of its households
    where residents are not known, of its homes where neither is), and partly missing when some do. Arguments as in
    `gap_table`. Returns the columns of `by`, kinds_assessed, kinds_missing, missing and partly (tuples of kinds),
    counted_by (residents, households, origins), residents, residents_lacking_any, households,
    households_lacking_any, origins, origins_lacking_any.
    """
    code, groups = _groups(reach, people, by)
    count = len(groups)
    sums = {
        n: np.nan_to_num(pd.to_numeric(people[n]).to_numpy(dtype=float, na_value=np.nan))
        for n in ("residents", "households")
    } | {"origins": np.ones(len(people))}
    totals = {n: np.bincount(code, weights=v, minlength=count) for n, v in sums.items()}
    counted = np.where(totals["residents"] > 0, 0, np.where(totals["households"] > 0, 1, 2))
    any_lacking = np.zeros(len(people), dtype=bool)
    missing: list[list[str]] = [[] for _ in range(count)]
    partly: list[list[str]] = [[] for _ in range(count)]
    assessed = 0
    for kind, needed in needs.items():
        if status(reach, needed, held_kinds) != ASSESSED:
            continue
        assessed += 1
        beyond = is_beyond(reach, needed)
        any_lacking |= beyond
        shares = [
            np.bincount(code, weights=v * beyond, minlength=count) / np.where(totals[n] > 0, totals[n], 1.0)
            for n, v in sums.items()
        ]
        share = np.choose(counted, shares)
        for row in np.flatnonzero(share > 0):
            (missing if share[row] > 0.5 else partly)[row].append(kind)
    found = groups.assign(
        kinds_assessed=assessed,
        kinds_missing=[len(m) for m in missing],
        missing=pd.Series([tuple(m) for m in missing], dtype="object", index=groups.index),
        partly=pd.Series([tuple(p) for p in partly], dtype="object", index=groups.index),
        counted_by=np.array(["residents", "households", "origins"], dtype=object)[counted],
    )
    for name, values in sums.items():
        found[name] = totals[name]
        found[f"{name}_lacking_any"] = np.bincount(code, weights=values * any_lacking, minlength=count)
    return found.astype({"origins": "int64", "origins_lacking_any": "int64"})


def within(held: KindReach, distance: Distance, radius_m: float) -> NDArray[np.bool_]:
    """Which origins have the kind within a distance, by the straight line or on foot alone, whatever the standard."""
    return (held.straight_m if distance == "straight" else held.walk_m) <= np.float32(radius_m)
