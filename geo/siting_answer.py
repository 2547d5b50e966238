"""The answer to a siting task: what was chosen, who goes where, who is left, and why the rest was not chosen."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix

from geo.siting_input import UNUSABLE, Limits, Out, Reason, State, Task
from geo.siting_model import Goal, Model, Phase


class Status(StrEnum):
    """What an answer is worth."""

    OPTIMAL = "optimal"
    FEASIBLE_GAP = "feasible_gap"  # keeps all limits; that nothing is better was not proven
    INFEASIBLE = "infeasible"  # no choice keeps the limits: `reasons` says which
    NOT_FOUND = "not_found"  # neither an answer nor a proof that there is none in the time given


@dataclass(frozen=True, eq=False)
class Siting:
    """An answer, with all that a page shows of it. Residents are whole, money is in whole fen.

    - `chosen`: candidate_id, is_new, is_kept (bool), cost_fen, capacity (Int64, missing: not set), reach_residents
      (not covered before, within its distance), served_residents, only_here_residents (would lose their place without
      it), by candidate_id.
    - `left_out`: candidate_id, is_new (boolean), cost_fen, capacity, reach_residents, adds_residents (would be served
      in addition; Int64, missing where the row couldn't be used), reason (`Out`), by candidate_id.
    - `demands`: demand_id, residents (Int64), state (`State`), served_residents (int), candidate_id (the chosen
      place that serves most of it, else None), distance_m (to that place; missing without one), by demand_id.
    - `assignments`: candidate_id, demand_id, residents, distance_m: who goes where. Without capacities everyone goes to
      the nearest chosen place, with them so that all together walk least.
    - residents_total = residents_before + residents_new + residents_uncovered (over all usable demands);
      residents_out_of_reach of the uncovered have no candidate at all.
    - `cost_fen`: the known costs of the chosen; `cost_not_set`: how many chosen have none.
    - `phases`: each goal in order with value, bound, proof. `gap`: (bound − found) / bound of the
      residents, 0.0 if proven.
    - `reasons`: why there is no answer; `notes`: what was left out of the input or could not be reached.
    """

    status: Status
    limits: Limits
    places_limit: int | None
    chosen: pd.DataFrame
    left_out: pd.DataFrame
    demands: pd.DataFrame
    assignments: pd.DataFrame
    residents_total: int
    residents_before: int
    residents_new: int
    residents_uncovered: int
    residents_out_of_reach: int
    cost_fen: int
    cost_not_set: int
    mean_distance_m: float | None
    phases: tuple[Phase, ...]
    gap: float
    reasons: tuple[Reason, ...]
    notes: tuple[Reason, ...]

    @property
    def chosen_ids(self) -> tuple[str, ...]:
        """The ids of the chosen places, in order."""
        return tuple(self.chosen["candidate_id"])

    @property
    def uncovered(self) -> pd.DataFrame:
        """The rows of `demands` with residents left unserved, most of them first."""
        left = self.demands["residents"].fillna(0).astype("int64") - self.demands["served_residents"]
        wanted = self.demands["state"].isin([State.PART, State.NOT_REACHED, State.OUT_OF_REACH])
        held = self.demands[wanted].assign(uncovered_residents=left[wanted])
        return held.sort_values(
            ["uncovered_residents", "demand_id"], ascending=[False, True], kind="stable"
        ).reset_index(drop=True)


def answer(
    task: Task,
    model: Model,
    groups: np.ndarray,
    chosen: tuple[int, ...],
    phases: tuple[Phase, ...],
    places: int | None,
    *notes: Reason,
) -> Siting:
    assignments = _assignments(task, model, chosen)
    demands = _demand_states(task, groups, assignments)
    counted = demands[~demands["state"].isin(UNUSABLE)]
    total = int(counted["residents"].sum())
    before = int(counted.loc[counted["state"] == State.BEFORE, "residents"].sum())
    served = int(assignments["residents"].sum())
    far = demands[demands["state"] == State.OUT_OF_REACH]
    out_of_reach = int(far["residents"].sum())
    if len(far):
        notes = (*notes, Reason("demand_out_of_reach", tuple(far["demand_id"]), have=out_of_reach))
    costs = task.sites["cost_fen"].iloc[list(chosen)]
    if costs.isna().any():
        notes = (
            *notes,
            Reason("cost_not_set", tuple(costs.index[costs.isna()]), have=int(costs.isna().sum())),
        )
    first = next((p for p in phases if p.goal is Goal.RESIDENTS), None)
    walked = float((assignments["residents"] * assignments["distance_m"]).sum())
    return Siting(
        status=Status.OPTIMAL if all(p.is_proven for p in phases) else Status.FEASIBLE_GAP,
        limits=task.limits,
        places_limit=places,
        chosen=_chosen(task, model, chosen, assignments),
        left_out=_left_out(task, model, chosen, places),
        demands=demands,
        assignments=assignments,
        residents_total=total,
        residents_before=before,
        residents_new=served,
        residents_uncovered=total - before - served,
        residents_out_of_reach=out_of_reach,
        cost_fen=sum(int(c) for c in costs.dropna()),
        cost_not_set=int(costs.isna().sum()),
        mean_distance_m=round(walked / served, 3) if served else None,
        phases=phases,
        gap=0.0 if first is None or first.is_proven else (first.bound - first.value) / first.bound,
        reasons=(),
        notes=(*task.notes, *notes),
    )


def _assignments(task: Task, model: Model, chosen: tuple[int, ...]) -> pd.DataFrame:
    """Who goes where: rows of candidate_id, demand_id, residents, distance_m, by demand and candidate."""
    residents = task.demands["residents"].to_numpy()[task.open_rows].astype("int64")
    pairs = coo_matrix(task.reach[:, list(chosen)])
    order = np.lexsort([pairs.col, pairs.row])
    at, site = pairs.row[order], np.asarray(chosen, dtype="int64")[pairs.col[order]]
    metres = pairs.data[order] - 1.0
    if model.capacity is None:
        best = np.lexsort([site, metres, at])
        kept = best[np.unique(at[best], return_index=True)[1]]
        amount = residents[at[kept]]
    else:
        shares = _least_walk(model, chosen, residents, at, site, metres)
        kept = np.flatnonzero(shares)
        amount = shares[kept]
    ids = task.demands["demand_id"].to_numpy()[task.open_rows]
    return pd.DataFrame(
        {
            "candidate_id": np.asarray(task.site_ids, dtype=object)[site[kept]],
            "demand_id": ids[at[kept]],
            "residents": amount.astype("int64"),
            "distance_m": metres[kept],
        }
    )


def _least_walk(
    model: Model,
    chosen: tuple[int, ...],
    residents: np.ndarray,
    at: np.ndarray,
    site: np.ndarray,
    metres: np.ndarray,
) -> np.ndarray:
    """Residents of each pair: as many as the capacities allow, and of these ways the least walking."""
    assert model.capacity is not None
    target = model.served(chosen)[0]
    if target == 0 or not len(at):
        return np.zeros(len(at), dtype="int64")
    used, where = np.unique(site, return_inverse=True)
    count = len(at)
    ones = np.ones(count)
    limits = coo_matrix(
        (
            np.concatenate([ones, ones]),
            (np.concatenate([at, len(residents) + where]), np.tile(np.arange(count), 2)),
        ),
        shape=(len(residents) + len(used), count),
    ).tocsr()
    found = linprog(
        metres,
        A_ub=limits,
        b_ub=np.concatenate([residents, model.capacity[used]]),
        A_eq=csr_matrix(ones),
        b_eq=[target],
        bounds=(0, None),
        method="highs-ds",  # a corner of a transport problem with whole limits is whole
    )
    assert found.status == 0, found.message
    return np.rint(found.x).astype("int64")


def _demand_states(task: Task, groups: np.ndarray, assignments: pd.DataFrame) -> pd.DataFrame:
    demands = task.demands.copy()
    most = assignments.sort_values(
        ["demand_id", "residents", "distance_m", "candidate_id"], ascending=[True, False, True, True]
    ).drop_duplicates("demand_id")
    most = most.set_index("demand_id")
    sums = assignments.groupby("demand_id")["residents"].sum()
    keys = demands["demand_id"].where(demands["state"].isna())
    demands["served_residents"] = keys.map(sums).fillna(0).astype("int64")
    demands["candidate_id"] = keys.map(most["candidate_id"]).astype(object)
    demands["candidate_id"] = demands["candidate_id"].where(demands["candidate_id"].notna(), None)
    demands["distance_m"] = keys.map(most["distance_m"]).astype(float)
    states = demands["state"].to_numpy(dtype=object).copy()
    served = demands["served_residents"].to_numpy()[task.open_rows]
    wanted = demands["residents"].to_numpy()[task.open_rows].astype("int64")
    states[task.open_rows] = np.select(
        [groups < 0, served == wanted, served > 0],
        [State.OUT_OF_REACH.value, State.COVERED.value, State.PART.value],
        State.NOT_REACHED.value,
    )
    demands["state"] = pd.Series(states, index=demands.index, dtype=object)
    return demands


def _chosen(task: Task, model: Model, chosen: tuple[int, ...], assignments: pd.DataFrame) -> pd.DataFrame:
    table = task.sites.iloc[list(chosen)].reset_index()
    served = assignments.groupby("candidate_id")["residents"].sum()
    total = model.served(chosen)[0]
    reach = (model.covers.T @ model.residents).astype("int64")
    return pd.DataFrame(
        {
            "candidate_id": table["candidate_id"].astype(object),
            "is_new": table["is_new"].astype(bool),
            "is_kept": table["candidate_id"].isin(task.limits.keep).astype(bool),
            "cost_fen": table["cost_fen"],
            "capacity": table["capacity"],
            "reach_residents": reach[list(chosen)],
            "served_residents": table["candidate_id"].map(served).fillna(0).astype("int64"),
            "only_here_residents": pd.Series(
                [total - model.served([c for c in chosen if c != i])[0] for i in chosen], dtype="int64"
            ),
        }
    )


def _left_out(task: Task, model: Model, chosen: tuple[int, ...], places: int | None) -> pd.DataFrame:
    others = [i for i in range(model.sites) if i not in set(chosen)]
    total, per_group = model.served(chosen)
    wanted, left = int(model.residents.sum()), model.residents - per_group
    reach = (model.covers.T @ model.residents).astype("int64")
    cost = model.cost(chosen)
    rows = task.sites.iloc[others].reset_index()
    adds = [_adds(model, chosen, i, left) for i in others] if total < wanted else [0] * len(others)

    def reason(i: int, more: int) -> Out:
        if not reach[i]:
            return Out.REACHES_NOBODY
        if not more:
            return Out.ADDS_NOBODY
        if model.budget_fen is not None and cost + model.cost_fen[i] > model.budget_fen:
            return Out.OVER_BUDGET
        return Out.PLACES_USED_UP if places is not None and len(chosen) >= places else Out.NOT_CHOSEN

    fit = rows.assign(
        reach_residents=pd.Series(reach[others], dtype="Int64"),
        adds_residents=pd.Series(adds, dtype="Int64"),
        reason=pd.Series([reason(i, m).value for i, m in zip(others, adds, strict=True)], dtype=object),
        is_new=rows["is_new"].astype("boolean"),
    )
    bad = task.left_out.assign(
        reach_residents=pd.Series([None] * len(task.left_out), dtype="Int64"),
        adds_residents=pd.Series([None] * len(task.left_out), dtype="Int64"),
    )
    parts = [p for p in (fit, bad) if len(p)]
    table = pd.concat(parts) if parts else bad
    columns = [
        *("candidate_id", "is_new", "cost_fen", "capacity"),
        *("reach_residents", "adds_residents", "reason"),
    ]
    return table[columns].sort_values(columns, kind="stable", na_position="last").reset_index(drop=True)


def _adds(model: Model, chosen: tuple[int, ...], site: int, left: np.ndarray) -> int:
    """Residents that one more site would serve in addition, exactly; `left` are those of each group not served."""
    in_reach = int(model.covers[:, [site]].T.dot(left)[0])
    if model.capacity is None:
        return in_reach
    if in_reach >= model.capacity[site]:  # it would be full: no need to ask for a flow
        return int(model.capacity[site])
    # Otherwise it may also take residents of fuller places, which then have room for others.
    return model.served([*chosen, site])[0] - int((model.residents - left).sum())
