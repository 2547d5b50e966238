"""Siting answers beside one another: coverage against the number of places, and saved scenarios compared."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from geo.siting import answer_best
from geo.siting_answer import Siting, Status
from geo.siting_input import UNUSABLE, Limits, clean

CURVE_COLUMNS = (
    *("places_limit", "status", "residents_new", "residents_covered", "covered_pct", "gain_residents"),
    *("places", "new_places", "cost_fen", "cost_not_set", "mean_distance_m", "candidate_ids"),
)


def trade_off(
    candidates: pd.DataFrame, demands: pd.DataFrame, distances: pd.DataFrame, most: int, limits: Limits
) -> pd.DataFrame:
    """Coverage against the number of places, 1 to `most`: what each further place brings.

    Columns of the input as in `siting.smallest_set`. Returns a row for each limit, from the number of kept places (at
    least 1): places_limit, status, residents_new, residents_covered (with those before), covered_pct (of all residents
    of usable demands; missing where there are none), gain_residents (over the row before; over what exists in the
    first), places, new_places, cost_fen, cost_not_set, mean_distance_m, candidate_ids (tuple). Never falls from row
    to row: each search starts at the answer before. `limits.time_limit_s` is shared out among all rows. Where the
    task can't be answered at all, no row; `siting.best_places` says why.
    """
    task = clean(candidates, demands, distances, limits)
    first = max(1, len(set(limits.keep)))
    deadline = time.monotonic() + limits.time_limit_s
    rows: list[dict] = []
    before: Siting | None = None
    for places in range(first, min(most, max(len(task.sites), first)) + 1):
        if before is None or before.status is not Status.OPTIMAL or len(before.chosen) == places - 1:
            # With a place to spare, an optimal answer stays what it is.
            share = max((deadline - time.monotonic()) / (most - places + 1), 0.05)
            timed = (
                replace(task, limits=replace(limits, time_limit_s=share)) if limits.time_limit_s > 0 else task
            )
            found = answer_best(timed, places, before.chosen_ids if before is not None else ())
        else:
            found = before
        if found.status in (Status.INFEASIBLE, Status.NOT_FOUND):
            break
        rows.append(_curve_row(found, places, before))
        before = found
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def _curve_row(found: Siting, places: int, before: Siting | None) -> dict:
    covered = found.residents_before + found.residents_new
    return {
        "places_limit": places,
        "status": found.status.value,
        "residents_new": found.residents_new,
        "residents_covered": covered,
        "covered_pct": 100.0 * covered / found.residents_total if found.residents_total else None,
        "gain_residents": found.residents_new - (before.residents_new if before is not None else 0),
        "places": len(found.chosen),
        "new_places": int(found.chosen["is_new"].sum()),
        "cost_fen": found.cost_fen,
        "cost_not_set": found.cost_not_set,
        "mean_distance_m": found.mean_distance_m,
        "candidate_ids": found.chosen_ids,
    }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios side by side, in the order in which they were given.

    - `summary`, a row each: scenario, status, radius_m, places, idle_places, new_places, cost_fen, cost_not_set,
      residents_total, residents_before, residents_new, residents_covered, residents_uncovered, covered_pct (of
      residents_total; missing where 0), mean_distance_m, gains_residents and loses_residents (against the first).
    - `places`: candidate_id, is_new and a boolean column for each scenario (chosen or not), only what some one chose.
    - `changes`: scenario, demand_id, residents, served_base, served, change (residents; negative: loses),
      distance_base_m, distance_m: the demands served otherwise than in the first scenario, losers first.
    - `is_same_demand`: whether all scenarios count the same demands with the same residents; where not, residents
      can't be compared and the page says so (`changes` then holds only demands that both know).
    """

    summary: pd.DataFrame
    places: pd.DataFrame
    changes: pd.DataFrame
    is_same_demand: bool


def compare(scenarios: Mapping[str, Siting]) -> Comparison:
    """Saved scenarios side by side; the first is what the others are held against (who gains, who loses).

    Raises ValueError for no scenario.
    """
    if not scenarios:
        raise ValueError("siting.no_scenarios")
    (_, base), *_ = scenarios.items()
    known = _people(base)
    changes = [_changes(name, base, other) for name, other in scenarios.items()]
    summary = [_summary(n, s, c) for (n, s), c in zip(scenarios.items(), changes, strict=True)]
    kinds: dict[str, bool] = {}
    for scenario in scenarios.values():
        kinds.update(zip(scenario.chosen["candidate_id"], scenario.chosen["is_new"], strict=True))
    ids = sorted(kinds)
    places = pd.DataFrame(
        {
            "candidate_id": pd.Series(ids, dtype=object),
            "is_new": pd.Series([bool(kinds[i]) for i in ids], dtype=bool),
            **{
                name: pd.Series([i in set(s.chosen_ids) for i in ids], dtype=bool)
                for name, s in scenarios.items()
            },
        }
    )
    return Comparison(
        summary=pd.DataFrame(summary),
        places=places,
        changes=pd.concat(changes, ignore_index=True),
        is_same_demand=all(_people(s).equals(known) for s in scenarios.values()),
    )


def _people(siting: Siting) -> pd.Series:
    usable = siting.demands[~siting.demands["state"].isin(UNUSABLE)]
    return usable.set_index("demand_id")["residents"].astype("int64").sort_index()


def _changes(name: str, base: Siting, other: Siting) -> pd.DataFrame:
    columns = ["demand_id", "residents", "state", "served_residents", "distance_m"]
    both = base.demands.loc[~base.demands["state"].isin(UNUSABLE), columns].merge(
        other.demands.loc[~other.demands["state"].isin(UNUSABLE), columns],
        on="demand_id",
        suffixes=("_base", ""),
    )
    for end in ("_base", ""):  # covered before any choice counts as served
        is_before = both[f"state{end}"] == "before"
        both[f"served_residents{end}"] = both[f"served_residents{end}"].where(
            ~is_before, both[f"residents{end}"].astype("int64")
        )
    table = pd.DataFrame(
        {
            "scenario": pd.Series([name] * len(both), dtype=object),
            "demand_id": both["demand_id"],
            "residents": both["residents"].astype("int64"),
            "served_base": both["served_residents_base"].astype("int64"),
            "served": both["served_residents"].astype("int64"),
            "change": (both["served_residents"] - both["served_residents_base"]).astype("int64"),
            "distance_base_m": both["distance_m_base"],
            "distance_m": both["distance_m"],
        }
    )
    return table[table["change"] != 0].sort_values(["change", "demand_id"], kind="stable")


def _summary(name: str, siting: Siting, changes: pd.DataFrame) -> dict:
    covered = siting.residents_before + siting.residents_new
    new = int(siting.chosen["is_new"].sum())
    return {
        "scenario": name,
        "status": siting.status.value,
        "radius_m": siting.limits.radius_m,
        "places": len(siting.chosen),
        "idle_places": len(siting.chosen) - new,
        "new_places": new,
        "cost_fen": siting.cost_fen,
        "cost_not_set": siting.cost_not_set,
        "residents_total": siting.residents_total,
        "residents_before": siting.residents_before,
        "residents_new": siting.residents_new,
        "residents_covered": covered,
        "residents_uncovered": siting.residents_uncovered,
        "covered_pct": 100.0 * covered / siting.residents_total if siting.residents_total else None,
        "mean_distance_m": siting.mean_distance_m,
        "gains_residents": int(changes.loc[changes["change"] > 0, "change"].sum()),
        "loses_residents": -int(changes.loc[changes["change"] < 0, "change"].sum()),
    }
