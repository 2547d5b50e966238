"""Why a district stands where it stands, computed from its projects and said as a code with figures.

The words belong to the screen's catalogues (`reason.<code>`); here are the rules that choose among them.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from programme.gates import GATES, first_unmet
from programme.progress import PLAN_MEASURES, Lamp, Measure, Standing, overall_lamp

#: Works under way that reported no investment for this many months are idle.
IDLE_MONTHS = 2


@dataclass(frozen=True)
class Reason:
    """A cause: its code, the figures for its sentence, and the projects behind it."""

    code: str
    params: Mapping[str, int] = field(default_factory=dict)
    project_ids: tuple[str, ...] = ()
    measure: Measure | None = None


def project_states(
    projects: pd.DataFrame,
    years: pd.DataFrame,
    gates: pd.DataFrame,
    investments: pd.DataFrame,
    *,
    year: int,
    as_of: dt.date,
) -> pd.DataFrame:
    """What each project waits for on a day.

    `years` comes from `project_years`, `gates` from `gate_table`, both on the same projects. Returns a frame indexed
    by project_id: district_code; is_waiting (planned for the year or earlier, not started); unmet_gate (the first
    one, None when all are met); is_under_way; overdue_days (past the planned completion and not completed, else
    0); is_idle (under way for `IDLE_MONTHS` and without investment in that time).
    """
    held = projects.set_index("project_id")
    day = pd.Timestamp(as_of)
    started, completed = years["started_date"].notna(), years["completed_date"].notna()
    plan_year = pd.to_numeric(held["plan_year"])
    planned_end = pd.to_datetime(held["planned_completion_date"])
    late = (day - planned_end).dt.days.where(~completed & (planned_end < day), 0).fillna(0).astype("int64")
    since = (day.to_period("M") - (IDLE_MONTHS - 1)).to_timestamp()
    recent = investments[
        (investments["month"] >= since.strftime("%Y-%m"))
        & (investments["month"] <= day.strftime("%Y-%m"))
        & (investments["amount_fen"] > 0)
    ]
    under_way = started & ~completed
    return pd.DataFrame(
        {
            "district_code": held["district_code"],
            "is_waiting": ~started & ~completed & (plan_year <= year).fillna(False),
            "unmet_gate": first_unmet(gates).reindex(held.index),
            "is_under_way": under_way,
            "overdue_days": late,
            "is_idle": under_way & (years["started_date"] < since) & ~held.index.isin(recent["project_id"]),
        },
        index=held.index,
    )


def area_reasons(states: pd.DataFrame, rows: Mapping[Measure, Standing]) -> list[Reason]:
    """The causes behind one area's standing, the measure that is furthest behind first; never empty.

    `states` holds the area's projects alone, `rows` its standings. An area that is behind on nothing gets one
    reason that says so (`ahead`, `on_pace`, `no_target`).
    """
    own = [rows[m] for m in PLAN_MEASURES]
    behind = sorted((r for r in own if r.lamp is Lamp.BEHIND), key=lambda r: r.gap_pct or 0.0)
    if not behind:
        return [Reason({Lamp.AHEAD: "ahead", Lamp.ON: "on_pace"}.get(overall_lamp(own), "no_target"))]
    rules = {
        Measure.STARTS: _start_reasons,
        Measure.COMPLETIONS: _completion_reasons,
        Measure.INVESTMENT: _investment_reasons,
    }
    return [reason for row in behind for reason in rules[row.measure](states, row)]


def _ids(states: pd.DataFrame) -> tuple[str, ...]:
    return tuple(states.index)


def waiting_reason(states: pd.DataFrame, measure: Measure | None = None) -> list[Reason]:
    """The gate at which most projects wait, the plan's order deciding between equals; empty where none waits.

    `states` comes from `project_states`. The reason's count and total are projects at the gate and projects waiting.
    """
    waiting = states[states["is_waiting"]]
    if waiting.empty:
        return []
    at_gate = waiting["unmet_gate"].fillna("ready").value_counts()
    order = [g.value for g in GATES] + ["ready"]
    code = max(order, key=lambda g: (int(at_gate.get(g, 0)), -order.index(g)))
    chosen = waiting[waiting["unmet_gate"].fillna("ready") == code]
    params = {"count": len(chosen), "total": len(waiting)}
    return [Reason("ready_not_started" if code == "ready" else f"gate_{code}", params, _ids(chosen), measure)]


def _start_reasons(states: pd.DataFrame, row: Standing) -> list[Reason]:
    waiting = int(states["is_waiting"].sum())
    short = Reason(
        "too_few_projects",
        {"available": row.actual + waiting, "target": row.target or 0},
        _ids(states[states["is_waiting"]]),
        row.measure,
    )
    gate = waiting_reason(states, row.measure)
    return [short, *gate] if row.actual + waiting < (row.target or 0) else gate


def _completion_reasons(states: pd.DataFrame, row: Standing) -> list[Reason]:
    overdue = states[states["overdue_days"] > 0]
    late_works = overdue[overdue["is_under_way"]]
    never_begun = overdue[overdue["is_waiting"]]
    found = []
    if len(late_works):
        params = {"count": len(late_works), "days": int(late_works["overdue_days"].max())}
        found.append((len(late_works), Reason("works_overdue", params, _ids(late_works), row.measure)))
    if len(never_begun):
        found.append(
            (
                len(never_begun),
                Reason("due_not_started", {"count": len(never_begun)}, _ids(never_begun), row.measure),
            )
        )
    if found:
        return [reason for _, reason in sorted(found, key=lambda pair: -pair[0])]
    under_way = states[states["is_under_way"]]
    if len(under_way):
        return [Reason("works_not_finished", {"count": len(under_way)}, _ids(under_way), row.measure)]
    return waiting_reason(states, row.measure) or [Reason("no_works", {}, (), row.measure)]


def _investment_reasons(states: pd.DataFrame, row: Standing) -> list[Reason]:
    under_way = states[states["is_under_way"]]
    idle = under_way[under_way["is_idle"]]
    if len(idle):
        params = {"count": len(idle), "total": len(under_way), "months": IDLE_MONTHS}
        return [Reason("works_idle", params, _ids(idle), row.measure)]
    if len(under_way):
        return [Reason("works_slow", {"count": len(under_way)}, _ids(under_way), row.measure)]
    return waiting_reason(states, row.measure) or [Reason("no_works", {}, (), row.measure)]
