"""Where every project waits, since when, and the funnel over them (R31; gate map).

A project waits at its first unmet step. It has waited there since the last day on which a step before it was met, or
since it came into the reserve pool; where only undated evidence stands before it, the days are not known.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from programme.steps import MAIN_STEPS, Step, StepTable, ordered


def waiting(table: StepTable, steps: Sequence[Step] = MAIN_STEPS) -> pd.DataFrame:
    """The first unmet step of each project on the table's day.

    Returns a frame indexed by project_id: district_code, is_central_state (bool), gate (the step's value; None when
    every step is met), since_date (datetime64), days_waiting (Int64), is_overtaken (a later one of `steps` is met
    all the same, so the project has gone on without it).
    """
    names = ordered(steps)
    is_met = table.is_met[names].to_numpy(dtype=bool)
    count = len(names)
    has_unmet = ~is_met.all(axis=1)
    place = np.where(has_unmet, np.argmin(is_met, axis=1) if count else 0, count)
    before = np.arange(count)[None, :] < place[:, None]
    dates = table.dates[names].to_numpy(dtype="datetime64[ns]")
    days = np.where(before, dates, np.datetime64("NaT", "ns"))
    pool = table.dates[[Step.RESERVE.value]].to_numpy(dtype="datetime64[ns]")
    since = pd.DataFrame(np.concatenate([pool, days], axis=1), index=table.dates.index).max(axis=1)
    since = since.astype("datetime64[ns]").where(has_unmet)
    gate = np.array([*names, None], dtype="object")[place]
    after = np.arange(count)[None, :] > place[:, None]
    return pd.DataFrame(
        {
            "district_code": table.projects["district_code"],
            "is_central_state": table.projects["is_central_state"].astype(bool),
            "gate": pd.Series(gate, index=table.dates.index, dtype="object"),
            "since_date": since,
            "days_waiting": (pd.Timestamp(table.as_of) - since).dt.days.astype("Int64"),
            "is_overtaken": (is_met & after).any(axis=1),
        },
        index=table.dates.index,
    )


def funnel(
    table: StepTable,
    steps: Sequence[Step] = MAIN_STEPS,
    *,
    by_district: bool = False,
    has_central: bool = True,
) -> pd.DataFrame:
    """How many projects have met each step and how many wait at it, for how long.

    One row for each step in the chain's order, and one without a step (None) for the projects that wait nowhere;
    by district: for each district (district_code first, in order of the code). Columns: step, reached (projects that
    have met it; for None: all steps), waiting (projects whose first unmet step it is), overtaken (those of them that
    went on without it), median_days (float, NaN where no waiting project has a known day), longest_days (Int64),
    undated (waiting projects whose days are not known). The waiting of all rows together is the number of projects.
    `has_central` False leaves out the projects of central state organs (R10).
    """
    names = ordered(steps)
    states = waiting(table, steps)
    is_met = table.is_met[names]
    if not has_central:
        kept = ~states["is_central_state"]
        states, is_met = states[kept], is_met[kept]
    if not by_district:
        return _funnel(states, is_met, names)
    parts = []
    for code in sorted(states["district_code"].unique()):
        own = states["district_code"] == code
        part = _funnel(states[own], is_met[own], names)
        part.insert(0, "district_code", code)
        parts.append(part)
    if parts:
        return pd.concat(parts, ignore_index=True)
    empty = _funnel(states, is_met, names).iloc[:0]
    empty.insert(0, "district_code", pd.Series(dtype="object"))
    return empty


def _funnel(states: pd.DataFrame, is_met: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    rows = []
    for name in [*names, None]:
        here = states[states["gate"].isna() if name is None else states["gate"] == name]
        days = here["days_waiting"].dropna().astype("int64")
        rows.append(
            {
                "step": name,
                "reached": int((is_met.all(axis=1) if name is None else is_met[name]).sum()),
                "waiting": len(here),
                "overtaken": int(here["is_overtaken"].sum()),
                "median_days": float(days.median()) if len(days) else float("nan"),
                "longest_days": int(days.max()) if len(days) else None,
                "undated": 0 if name is None else len(here) - len(days),
            }
        )
    found = pd.DataFrame(rows)
    return found.assign(
        step=found["step"].astype("object").where(found["step"].notna(), None),
        longest_days=found["longest_days"].astype("Int64"),
    )
