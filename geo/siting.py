"""Where to open or build so that most residents are served: siting under budget, capacity and the planner's word.

Idle stock comes first and new sites only where it falls short (R41, R42); who is served is counted in residents within
the distance of the standard (R45). Why the model is our own and not spopt's: docs/decisions/0011-siting.md.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from geo.siting_answer import Siting, Status, answer
from geo.siting_input import Limits, Reason, Task, clean
from geo.siting_model import Goal, Model, greedy
from geo.siting_solver import solve


def smallest_set(
    candidates: pd.DataFrame, demands: pd.DataFrame, distances: pd.DataFrame, limits: Limits
) -> Siting:
    """The least that serves every resident who can be served at all (location set covering).

    `candidates`: candidate_id, is_new (bool: False is idle stock), cost_fen and capacity (whole numbers, missing: not
    set) and, where `limits.district_code` is set, district_code (see `assign.assign_to_areas`). `demands`: demand_id,
    residents, is_covered (bool: by what exists already). `distances`: candidate_id, demand_id, distance_m (metres;
    pairs that are not there are out of reach; `siting_input.distance_rows` makes them of a sparse matrix).

    Least means: fewest new sites, then fewest places (the other way round without `limits.prefers_idle`), then least
    cost (a cost that is not set counts as dearer than any), then the smaller ids. Infeasible where the budget or the
    capacities don't suffice, with the least that would; residents out of every candidate's reach are listed, not asked
    for. Never raises for what the rows or the limits hold.
    """
    task = clean(candidates, demands, distances, limits)
    return answer_smallest(task)


def best_places(
    candidates: pd.DataFrame, demands: pd.DataFrame, distances: pd.DataFrame, places: int, limits: Limits
) -> Siting:
    """The choice of at most so many places (kept ones included) that serves most residents (maximal covering).

    Columns as in `smallest_set`. Among choices that serve equally many the order of `smallest_set` decides, so a place
    that adds nobody is not opened. Infeasible where the kept places are more than `places` or dearer than the budget.
    """
    task = clean(candidates, demands, distances, limits)
    return answer_best(task, places)


def tie_goals(limits: Limits) -> tuple[Goal, ...]:
    """The goals that decide among choices which serve equally many."""
    first = (Goal.FEWEST_NEW, Goal.FEWEST_PLACES)
    return (*(first if limits.prefers_idle else first[::-1]), Goal.LEAST_COST, Goal.SMALLER_IDS)


def answer_smallest(task: Task) -> Siting:
    """`smallest_set` for a task that is clean already."""
    stop = _stop(task, None)
    if stop is not None:
        return stop
    limits = task.limits
    model, groups = _model(task, None)
    free = replace(model, budget_fen=None)
    everything = tuple(range(model.sites))
    target, wanted = free.served(everything)[0], int(model.residents.sum())
    if target < wanted:
        return _without(task, None, Reason("capacity_below_demand", need=wanted, have=target))
    start = greedy(free)
    if free.served(start)[0] < target:
        start = everything
    seconds = limits.time_limit_s
    if limits.budget_fen is not None and not model.is_within_limits(start):
        # Half the time at most for the question whether the budget suffices at all.
        seconds /= 2
        start, (phase,) = solve(
            free, [Goal.LEAST_COST], start=start, time_limit_s=seconds, gap=0.0, least_residents=target
        )
        if phase.value > limits.budget_fen:
            if phase.bound > limits.budget_fen:
                need = phase.value if phase.is_proven else phase.bound
                return _without(task, None, Reason("budget_below_cover", need=need, have=limits.budget_fen))
            reason = Reason("time_too_short", need=phase.value, have=limits.budget_fen)
            return _without(task, None, reason, status=Status.NOT_FOUND)
    chosen, phases = solve(
        model, tie_goals(limits), start=start, time_limit_s=seconds, gap=0.0, least_residents=target
    )
    return answer(task, model, groups, chosen, phases, None)


def answer_best(task: Task, places: int, start: Sequence[str] = ()) -> Siting:
    """`best_places` for a task that is clean already; never serves fewer than `start`, if that is allowed."""
    stop = _stop(task, places)
    if stop is not None:
        return stop
    model, groups = _model(task, places)
    first = greedy(model)
    known = tuple(sorted(task.site_ids.index(i) for i in start if i in task.site_ids))
    if len(known) == len(start) and model.is_within_limits(known):
        first = max(first, known, key=lambda choice: model.served(choice)[0])
    goals = (Goal.RESIDENTS, *tie_goals(task.limits))
    chosen, phases = solve(
        model, goals, start=first, time_limit_s=task.limits.time_limit_s, gap=task.limits.gap
    )
    return answer(task, model, groups, chosen, phases, places)


def _stop(task: Task, places: int | None) -> Siting | None:
    """The answer where there is nothing to solve: a fault of the settings, nobody to serve, nothing to choose."""
    faults = list(task.faults)
    if places is not None and places < 0:
        faults.append(Reason("places_negative", have=places))
    elif places is not None and not faults and len(set(task.limits.keep)) > places:
        keep = tuple(sorted(set(task.limits.keep)))
        faults.append(Reason("places_below_keep", keep, need=len(keep), have=places))
    has_demand = len(task.open_rows) > 0
    if not faults and has_demand and not len(task.sites):
        faults.append(Reason("no_candidates", have=len(task.left_out)))
    if faults:
        return _without(task, places, *faults)
    if not has_demand:
        model, groups = _model(task, places)
        kept = tuple(sorted(task.site_ids.index(i) for i in set(task.limits.keep)))
        return answer(task, model, groups, kept, (), places, Reason("nobody_to_cover"))
    return None


def _model(task: Task, places: int | None) -> tuple[Model, np.ndarray]:
    """The task in positions; demands that the same sites reach are one group. Returns the group of each open demand."""
    reach = task.reach
    residents = task.demands["residents"].to_numpy()[task.open_rows].astype("int64")
    known: dict[bytes, int] = {b"": -1}
    groups = np.array(
        [
            known.setdefault(reach.indices[a:b].tobytes(), len(known) - 1)
            for a, b in zip(reach.indptr[:-1], reach.indptr[1:], strict=True)
        ],
        dtype="int64",
    )
    count = len(known) - 1
    in_reach = np.flatnonzero(groups >= 0)
    first = in_reach[np.unique(groups[in_reach], return_index=True)[1]]
    covers = csr_matrix(reach[first])
    covers.data = np.ones(len(covers.data))
    sums = np.zeros(count, dtype="int64")
    np.add.at(sums, groups[in_reach], residents[in_reach])
    costs = [None if pd.isna(c) else int(c) for c in task.sites["cost_fen"]]
    dearer = max([c for c in costs if c is not None], default=0) + 1
    model = Model(
        covers=covers,
        residents=sums,
        is_new=task.sites["is_new"].to_numpy(dtype="int64"),
        cost_fen=tuple(dearer if c is None else c for c in costs),
        capacity=task.sites["capacity"].to_numpy(dtype="int64") if task.limits.uses_capacity else None,
        keep=tuple(sorted(task.site_ids.index(i) for i in set(task.limits.keep) if i in task.site_ids)),
        places=places,
        budget_fen=task.limits.budget_fen,
    )
    return model, groups


def _without(task: Task, places: int | None, *reasons: Reason, status: Status = Status.INFEASIBLE) -> Siting:
    model, groups = _model(task, places)
    empty = answer(task, model, groups, (), (), places)
    return replace(empty, status=status, reasons=reasons)
