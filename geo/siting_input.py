"""What may be chosen and who is to be covered: the rows of a siting task, cleaned, with what was left out and why."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix, issparse, spmatrix


@dataclass(frozen=True)
class Limits:
    """What limits a siting task.

    `radius_m`: the distance of the standard (R45), inclusive. `budget_fen`: whole fen, None without one. `keep` and
    `never`: ids that must and must not be chosen. `district_code`: candidates of other districts are left out; None
    asks for none. `uses_capacity`: a place serves no more residents than its capacity. `prefers_idle`: among answers
    that cover equally many, the fewest new sites come before the fewest places (R41, R42); otherwise after.
    `time_limit_s` is for the whole answer, `gap` the share of the covered residents that may stay unproven (0.01: 1 %).
    """

    radius_m: float
    budget_fen: int | None = None
    keep: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    district_code: str | None = None
    uses_capacity: bool = False
    prefers_idle: bool = True
    time_limit_s: float = 20.0
    gap: float = 0.0


@dataclass(frozen=True)
class Reason:
    """One thing to be said about a task or an answer; the page has a text for each `code`.

    `ids` are the candidates or demands concerned (sorted), `need` and `have` what would be needed and what there is
    (fen, residents, places, rows or metres, by code), None where there is nothing to compare.
    """

    code: str
    ids: tuple[str, ...] = ()
    need: float | None = None
    have: float | None = None


class Out(StrEnum):
    """Why a candidate was not chosen."""

    ID_MISSING = "id_missing"
    DUPLICATED = "duplicated"  # several rows of one id: none of them is believed
    KIND_NOT_SET = "kind_not_set"  # idle stock or new site
    OUTSIDE_DISTRICT = "outside_district"
    DISTRICT_NOT_SET = "district_not_set"
    COST_NEGATIVE = "cost_negative"
    COST_NOT_WHOLE = "cost_not_whole"  # part of a fen
    COST_NOT_SET = "cost_not_set"  # only where there is a budget
    CAPACITY_NEGATIVE = "capacity_negative"
    CAPACITY_NOT_WHOLE = "capacity_not_whole"
    CAPACITY_NOT_SET = "capacity_not_set"  # only where capacities count
    NEVER = "never"  # the planner's word
    REACHES_NOBODY = "reaches_nobody"
    OVER_BUDGET = "over_budget"
    PLACES_USED_UP = "places_used_up"
    ADDS_NOBODY = "adds_nobody"  # everyone in its reach is served by the chosen
    NOT_CHOSEN = "not_chosen"  # would add residents, but another choice is better or was found in time


class State(StrEnum):
    """How a demand stands after the choice."""

    BEFORE = "before"  # covered already by what exists
    COVERED = "covered"
    PART = "part"  # by capacity only some of its residents
    NOT_REACHED = "not_reached"  # a candidate could, but was not chosen
    OUT_OF_REACH = "out_of_reach"  # no candidate within the distance
    NOBODY = "nobody"  # nobody lives there
    ID_MISSING = "id_missing"
    DUPLICATED = "duplicated"
    RESIDENTS_NOT_SET = "residents_not_set"
    RESIDENTS_NEGATIVE = "residents_negative"
    RESIDENTS_NOT_WHOLE = "residents_not_whole"
    COVERAGE_NOT_SET = "coverage_not_set"  # whether it is covered already


#: States in which a demand's residents are not counted at all.
UNUSABLE = (
    State.ID_MISSING,
    State.DUPLICATED,
    State.RESIDENTS_NOT_SET,
    State.RESIDENTS_NEGATIVE,
    State.RESIDENTS_NOT_WHOLE,
    State.COVERAGE_NOT_SET,
)


@dataclass(frozen=True, eq=False)
class Task:
    """A siting task made clean; ids in order, so that the order of rows can't decide anything.

    `sites`: admissible candidates by candidate_id (is_new bool, cost_fen and capacity Int64). `left_out`:
    candidate_id, is_new, cost_fen, reason. `demands`: by position, demand_id, residents (Int64), state (None: open).
    `reach` (open demands × sites) holds metres + 1 within the radius (so that a distance of 0 is held too); `open_rows`
    are the rows of `demands` behind its rows. `notes`: what was left out of the input; `faults`: why nothing can be
    answered.
    """

    limits: Limits
    sites: pd.DataFrame
    left_out: pd.DataFrame
    demands: pd.DataFrame
    open_rows: np.ndarray
    reach: csr_matrix
    notes: tuple[Reason, ...] = ()
    faults: tuple[Reason, ...] = ()
    site_ids: tuple[str, ...] = field(default=())


def distance_rows(matrix: spmatrix, candidate_ids: Sequence[str], demand_ids: Sequence[str]) -> pd.DataFrame:
    """A sparse matrix of metres (candidates × demands; what is not stored is out of reach) as rows.

    A stored 0 is a distance of 0 m. Returns candidate_id, demand_id, distance_m. Raises ValueError where the matrix
    does not have a row for each candidate and a column for each demand, or is not sparse.
    """
    if not issparse(matrix) or matrix.shape != (len(candidate_ids), len(demand_ids)):
        raise ValueError("siting.matrix_shape")
    pairs = coo_matrix(matrix)
    return pd.DataFrame(
        {
            "candidate_id": np.asarray(candidate_ids, dtype=object)[pairs.row],
            "demand_id": np.asarray(demand_ids, dtype=object)[pairs.col],
            "distance_m": pairs.data.astype(float),
        }
    )


def clean(candidates: pd.DataFrame, demands: pd.DataFrame, distances: pd.DataFrame, limits: Limits) -> Task:
    """The task of `siting.smallest_set` and `siting.best_places` (which see for the columns) made clean.

    Never raises for what the rows hold: a row that can't be used is left out with its reason, a setting that can't be
    used is one of `faults`.
    """
    sites, left_out = _sites(candidates, limits)
    people = _demands(demands)
    open_rows = np.flatnonzero(people["state"].isna().to_numpy())
    reach, notes = _reach(sites.index, people["demand_id"].to_numpy()[open_rows], people, distances, limits)
    for state in UNUSABLE:
        held = people[people["state"] == state.value]
        if len(held):
            ids = tuple(sorted(str(i) for i in held["demand_id"].dropna()))
            notes.append(Reason(f"demand_{state.value}", ids, have=len(held)))
    return Task(
        limits=limits,
        sites=sites,
        left_out=left_out,
        demands=people,
        open_rows=open_rows,
        reach=reach,
        notes=tuple(notes),
        faults=tuple(_faults(sites, left_out, limits)),
        site_ids=tuple(sites.index),
    )


def _text_ids(column: pd.Series) -> list[str | None]:
    return [None if pd.isna(v) or str(v) == "" else str(v) for v in column.astype(object)]


def _exact(value: Any) -> int | float | None:
    """A number as an exact int where it is whole; what is no finite number is missing."""
    if value is None or value is pd.NA or isinstance(value, bool | np.bool_ | str):
        return None
    if isinstance(value, int | np.integer):
        return int(value)
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _numbers(frame: pd.DataFrame, name: str) -> list[int | float | None]:
    if name not in frame:
        return [None] * len(frame)
    return [_exact(v) for v in frame[name].astype(object)]


def _flags(frame: pd.DataFrame, name: str) -> list[bool | None]:
    if name not in frame:
        return [None] * len(frame)
    values = frame[name].astype(object)
    return [bool(v) if isinstance(v, bool | np.bool_) else None for v in values]


def _is_part(value: object) -> bool:
    return isinstance(value, float)


def _sites(candidates: pd.DataFrame, limits: Limits) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = _text_ids(candidates["candidate_id"])
    seen = Counter(ids)
    costs, rooms = _numbers(candidates, "cost_fen"), _numbers(candidates, "capacity")
    kinds = _flags(candidates, "is_new")
    districts: list[str | None] = [None] * len(ids)
    if "district_code" in candidates:
        districts = _text_ids(candidates["district_code"])

    def reason(i: int) -> Out | None:
        cost, room = costs[i], rooms[i]
        if ids[i] is None:
            return Out.ID_MISSING
        if seen[ids[i]] > 1:
            return Out.DUPLICATED
        if kinds[i] is None:
            return Out.KIND_NOT_SET
        if limits.district_code is not None and districts[i] != limits.district_code:
            return Out.DISTRICT_NOT_SET if districts[i] is None else Out.OUTSIDE_DISTRICT
        if cost is None and limits.budget_fen is not None:
            return Out.COST_NOT_SET
        if cost is not None and cost < 0:
            return Out.COST_NEGATIVE
        if _is_part(cost):
            return Out.COST_NOT_WHOLE
        # A wrong capacity is said even where capacities don't count: the row can't be trusted.
        if room is not None and room < 0:
            return Out.CAPACITY_NEGATIVE
        if limits.uses_capacity and room is None:
            return Out.CAPACITY_NOT_SET
        if limits.uses_capacity and _is_part(room):
            return Out.CAPACITY_NOT_WHOLE
        return Out.NEVER if ids[i] in set(limits.never) else None

    reasons = [reason(i) for i in range(len(ids))]
    table = pd.DataFrame(
        {
            "candidate_id": pd.Series(ids, dtype=object),
            "is_new": pd.Series(kinds, dtype="boolean"),
            "cost_fen": pd.Series([None if _is_part(c) else c for c in costs], dtype="Int64"),
            "capacity": pd.Series([None if _is_part(r) else r for r in rooms], dtype="Int64"),
            "reason": pd.Series([None if r is None else r.value for r in reasons], dtype=object),
        }
    )
    order = ["candidate_id", "is_new", "cost_fen", "capacity", "reason"]
    table = table.sort_values(order, kind="stable", na_position="last").reset_index(drop=True)
    fit = table[table["reason"].isna()].drop(columns="reason").set_index("candidate_id")
    fit["is_new"] = fit["is_new"].astype(bool)
    return fit, table[table["reason"].notna()].reset_index(drop=True)


def _demands(demands: pd.DataFrame) -> pd.DataFrame:
    ids = _text_ids(demands["demand_id"])
    seen = Counter(ids)
    residents: list[Any] = _numbers(demands, "residents")
    covered = _flags(demands, "is_covered")

    def state(i: int) -> State | None:
        if ids[i] is None:
            return State.ID_MISSING
        if seen[ids[i]] > 1:
            return State.DUPLICATED
        if residents[i] is None:
            return State.RESIDENTS_NOT_SET
        if residents[i] < 0:
            return State.RESIDENTS_NEGATIVE
        if _is_part(residents[i]):
            return State.RESIDENTS_NOT_WHOLE
        if residents[i] == 0:
            return State.NOBODY
        if covered[i] is None:
            return State.COVERAGE_NOT_SET
        return State.BEFORE if covered[i] else None

    states = [state(i) for i in range(len(ids))]
    table = pd.DataFrame(
        {
            "demand_id": pd.Series(ids, dtype=object),
            "residents": pd.Series([None if _is_part(r) else r for r in residents], dtype="Int64"),
            "state": pd.Series([None if s is None else s.value for s in states], dtype=object),
        }
    )
    return table.sort_values(["demand_id", "residents"], kind="stable", na_position="last").reset_index(
        drop=True
    )


def _reach(
    site_ids: pd.Index, open_ids: np.ndarray, people: pd.DataFrame, distances: pd.DataFrame, limits: Limits
) -> tuple[csr_matrix, list[Reason]]:
    """Metres + 1 between open demands (rows) and sites (columns) within the radius; the smaller of repeated pairs."""
    notes: list[Reason] = []
    demand_ids = np.array(_text_ids(distances["demand_id"]), dtype=object)
    rows = pd.Index(open_ids).get_indexer(demand_ids)
    columns = site_ids.get_indexer(np.array(_text_ids(distances["candidate_id"]), dtype=object))
    metres = pd.to_numeric(distances["distance_m"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    known = set(people["demand_id"].dropna())
    strange = sum(name not in known for name in demand_ids)
    if strange:
        notes.append(Reason("distance_demand_unknown", have=strange))
    with np.errstate(invalid="ignore"):
        is_bad = np.isnan(metres) | (metres < 0)
        fits = (rows >= 0) & (columns >= 0) & ~is_bad & (metres <= limits.radius_m)
    if is_bad.any():
        notes.append(Reason("distance_not_usable", have=int(is_bad.sum())))
    rows, columns, metres = rows[fits], columns[fits], metres[fits]
    order = np.lexsort([metres, columns, rows])
    rows, columns, metres = rows[order], columns[order], metres[order]
    if len(rows):
        first = np.r_[True, (np.diff(rows) != 0) | (np.diff(columns) != 0)]
        rows, columns, metres = rows[first], columns[first], metres[first]
    shape = (len(open_ids), len(site_ids))
    return csr_matrix((metres + 1.0, (rows, columns)), shape=shape), notes


def _faults(sites: pd.DataFrame, left_out: pd.DataFrame, limits: Limits) -> list[Reason]:
    faults = []
    if not (math.isfinite(limits.radius_m) and limits.radius_m > 0):
        faults.append(Reason("radius_not_positive", have=limits.radius_m))
    if limits.budget_fen is not None and limits.budget_fen < 0:
        faults.append(Reason("budget_negative", have=limits.budget_fen))
    if not (math.isfinite(limits.time_limit_s) and limits.time_limit_s > 0):
        faults.append(Reason("time_limit_not_positive", have=limits.time_limit_s))
    if not (math.isfinite(limits.gap) and 0 <= limits.gap < 1):
        faults.append(Reason("gap_not_a_share", have=limits.gap))
    both = tuple(sorted(set(limits.keep) & set(limits.never)))
    if both:
        faults.append(Reason("keep_and_never", both))
    keep = set(limits.keep) - set(both)
    known = set(left_out["candidate_id"].dropna())
    lost = tuple(sorted(keep & known))
    if lost:
        faults.append(Reason("keep_left_out", lost))  # `left_out` has each one's reason
    unknown = tuple(sorted(keep - known - set(sites.index)))
    if unknown:
        faults.append(Reason("keep_unknown", unknown))
    if limits.budget_fen is not None and not faults:
        cost = sum(int(c) for c in sites.loc[sorted(keep), "cost_fen"])
        if cost > limits.budget_fen >= 0:
            faults.append(Reason("budget_below_keep", tuple(sorted(keep)), need=cost, have=limits.budget_fen))
    return faults
