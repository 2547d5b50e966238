"""Whistle and report (吹哨报到, R63): days open, units called and answered, and where an issue should have gone.

Escalation is data: the plan names the levels (district, then the task force) and no days, so a step without days
is "not set" and never fires.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

NOT_SET = "not_set"
ANY_KIND = "*"


@dataclass(frozen=True)
class EscalationRule:
    """An open issue of a kind ("*": any without a rule of its own) goes to `to` after so many days; None: not set."""

    step: int
    to: str
    kind: str
    after_days: int | None
    source: str = ""


class RuleRefused(ValueError):
    """An escalation rule that can't be used: `code` (escalation.*) and `params`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(f"{code} {params}")
        self.code, self.params = code, params


def escalation_rules(text: str, on: dt.date) -> tuple[EscalationRule, ...]:
    """The rules in force on a day, from the text of data/reference/assessment_weights.toml (its [[escalation]] rows).

    Raises RuleRefused: escalation.unreadable, escalation.row (a missing or foreign value), escalation.twice (two
    rules of one kind and step), escalation.order (a later step after fewer days than an earlier one).
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleRefused("escalation.unreadable", detail=str(error)) from error
    found: dict[tuple[str, int], EscalationRule] = {}
    for position, row in enumerate(raw.get("escalation", []), start=1):
        first, last = row.get("valid_from"), row.get("valid_to")
        if (first and on < first) or (last and on > last):
            continue
        rule = _rule(row, position)
        if (rule.kind, rule.step) in found:
            raise RuleRefused("escalation.twice", kind=rule.kind, step=rule.step)
        found[rule.kind, rule.step] = rule
    rules = tuple(found[key] for key in sorted(found))
    for kind in {r.kind for r in rules}:
        days = [r.after_days for r in rules if r.kind == kind and r.after_days is not None]
        if days != sorted(days):
            raise RuleRefused("escalation.order", kind=kind)
    return rules


def _rule(row: dict[str, Any], position: int) -> EscalationRule:
    step, to, days = row.get("step"), row.get("to"), row.get("after_days", NOT_SET)
    is_number = isinstance(days, int) and not isinstance(days, bool) and days >= 0
    if not isinstance(step, int) or step < 1 or not isinstance(to, str) or not (days == NOT_SET or is_number):
        raise RuleRefused("escalation.row", position=position)
    kind, source = str(row.get("kind", ANY_KIND)), str(row.get("source", ""))
    return EscalationRule(step, to, kind, None if days == NOT_SET else int(days), source)


def issue_states(
    issues: pd.DataFrame,
    calls: pd.DataFrame,
    escalations: pd.DataFrame,
    rules: Iterable[EscalationRule],
    as_of: dt.date,
) -> pd.DataFrame:
    """Every issue reported by a day, longest open first (R63).

    `issues` has issue_id, district_code, subdistrict_code, community_id, project_id, kind, title, reported_date,
    due_date, closed_date (and lon, lat for the map); `calls` has call_id, issue_id, unit, called_date,
    answered_date; `escalations` (what was done) has issue_id, step, escalated_date. Returns the issues with
    is_open, days_open (calendar days to the closing or to the day), is_overdue (open past its own due day; missing
    without one), units_called, units_waiting (sorted tuples of units), step (the furthest one taken), step_due
    (the furthest one that a rule asks for by the day, 0 for none), is_escalation_due (open, and the rules ask for
    more than was done) and next_step_date (when the next rule will fire; NaT without one).
    """
    day = pd.Timestamp(as_of)
    reported = pd.to_datetime(issues["reported_date"]).astype("datetime64[ns]")
    held = issues[reported <= day]
    reported = reported[held.index]
    closed = pd.to_datetime(held["closed_date"]).astype("datetime64[ns]")
    closed = closed.where(closed <= day)
    due = pd.to_datetime(held["due_date"]).astype("datetime64[ns]")
    is_open = closed.isna()
    days_open = (closed.fillna(day) - reported).dt.days.astype("int64")
    overdue = (is_open & (due < day)).astype("boolean").where(due.notna())
    called, waiting = _units(calls, as_of)
    taken = (
        escalations[pd.to_datetime(escalations["escalated_date"]) <= day].groupby("issue_id")["step"].max()
    )
    ladder = list(rules)
    own_kinds = {r.kind for r in ladder}
    steps_due: list[int] = []
    next_dates: list[pd.Timestamp] = []
    for kind, start, days, is_still_open in zip(held["kind"], reported, days_open, is_open, strict=True):
        name = kind if kind in own_kinds else ANY_KIND
        own = sorted((r.after_days, r.step) for r in ladder if r.kind == name and r.after_days is not None)
        steps_due.append(max((step for after, step in own if after <= days), default=0))
        ahead = [after for after, _ in own if after > days]
        next_dates.append(start + pd.Timedelta(days=ahead[0]) if ahead and is_still_open else pd.NaT)
    ids = held["issue_id"]
    step = ids.map(taken).fillna(0).astype("int64")
    step_due = pd.Series(steps_due, index=held.index, dtype="int64")
    table = held.assign(
        is_open=is_open,
        days_open=days_open,
        is_overdue=overdue,
        units_called=pd.Series([called.get(i, ()) for i in ids], index=held.index, dtype="object"),
        units_waiting=pd.Series([waiting.get(i, ()) for i in ids], index=held.index, dtype="object"),
        step=step,
        step_due=step_due,
        is_escalation_due=is_open & (step_due > step),
        next_step_date=pd.Series(next_dates, index=held.index, dtype="datetime64[ns]"),
    )
    return table.sort_values(["is_open", "days_open", "issue_id"], ascending=[False, False, True])


def _units(
    calls: pd.DataFrame, as_of: dt.date
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The units called for each issue by a day, and those of them that have not answered their last call."""
    day = pd.Timestamp(as_of)
    made = calls.assign(
        called_date=pd.to_datetime(calls["called_date"]), answered_date=pd.to_datetime(calls["answered_date"])
    )
    made = made[made["called_date"] <= day].sort_values(["called_date", "call_id"])
    last = made.drop_duplicates(["issue_id", "unit"], keep="last")
    waiting = last[~(last["answered_date"] <= day)]
    return tuple(  # type: ignore[return-value]
        {key: tuple(sorted(units)) for key, units in rows.groupby("issue_id")["unit"]}
        for rows in (last, waiting)
    )


def unit_answers(calls: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Who answered (R63): for each unit called by a day, called, answered, waiting (ints) and longest_wait_days."""
    day = pd.Timestamp(as_of)
    called = pd.to_datetime(calls["called_date"]).astype("datetime64[ns]")
    made = calls[called <= day]
    answered = pd.to_datetime(made["answered_date"]).astype("datetime64[ns]") <= day
    wait = (day - called[made.index]).dt.days.where(~answered, 0).astype("int64")
    table = pd.DataFrame(
        {"unit": made["unit"], "called": 1, "answered": answered.astype("int64"), "wait": wait}
    )
    summed = table.groupby("unit", as_index=False).agg(
        called=("called", "sum"), answered=("answered", "sum"), longest_wait_days=("wait", "max")
    )
    summed.insert(3, "waiting", summed["called"] - summed["answered"])
    return summed.sort_values(["waiting", "unit"], ascending=[False, True]).reset_index(drop=True)
