"""Which unit has not answered (R63)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table
from dashboard.viewmodels.duties_words import Names, rows_table
from programme.duties.issues import unit_answers
from programme.duties.responsibility import waiting_calls


@dataclass(frozen=True)
class UnitBar:
    """One unit: how many calls it got, answered and left waiting."""

    unit: str
    label: str
    answered: int
    waiting: int


@dataclass(frozen=True)
class UnitsView:
    """The answer in one sentence, the units as bars and rows, and the calls that wait."""

    answer: str
    bars: tuple[UnitBar, ...]
    units: Table
    waiting: Table
    waiting_answer: str


def units_view(
    calls: pd.DataFrame,
    issues: pd.DataFrame,
    as_of: dt.date,
    names: Names,
    notes: Mapping[str, str],
    unit: str | None = None,
) -> UnitsView:
    """Who was called and who answered by a day, over the calls of the given issues; `unit` narrows the waiting calls.

    An issue that is closed no longer waits for anybody: its unanswered calls count as unanswered in the units' figures,
    and are marked in the list.
    """
    words = names.words
    own = calls[calls["issue_id"].isin(issues["issue_id"])]
    table = unit_answers(own, as_of)
    waiting = waiting_calls(own, as_of)
    listed = waiting if unit is None else waiting[waiting["unit"] == unit]
    about = issues.set_index("issue_id")
    total, answered = int(table["called"].sum()), int(table["answered"].sum())
    silent = table[table["waiting"] > 0]
    worst = silent.iloc[0] if len(silent) else None
    answer = (
        words.say("issues.units_none")
        if not total
        else words.say("issues.units_fine", answered=words.share(answered, total))
        if worst is None
        else words.say(
            "issues.units_answer",
            answered=words.share(answered, total),
            silent=len(silent),
            worst=names.unit(worst["unit"]),
            waiting=int(worst["waiting"]),
            days=int(worst["longest_wait_days"]),
        )
    )
    rows = pd.DataFrame(
        {
            "unit": [names.unit(u) for u in table["unit"]],
            "called": table["called"],
            "answered": table["answered"],
            "waiting": table["waiting"],
            "answer_rate": 100.0 * table["answered"] / table["called"],
            "longest_wait_days": table["longest_wait_days"].where(table["waiting"] > 0),
        }
    )
    columns = ["unit", *(f"{c}:count" for c in ("called", "answered", "waiting"))]
    columns += ["answer_rate:pct", "longest_wait_days:count"]
    calls_rows = pd.DataFrame(
        {
            "unit": [names.unit(u) for u in listed["unit"]],
            "days_waiting": listed["days_waiting"],
            "title": listed["issue_id"].map(about["title"]),
            "issue_open": listed["issue_id"].map(about["is_open"]),
            "called_date": listed["called_date"],
            "district": [names.area(c) for c in listed["issue_id"].map(about["district_code"])],
            "kind": [names.issue_kind(k) for k in listed["issue_id"].map(about["kind"])],
            "origin": [names.run(r) for r in listed["import_run_id"]],
            "issue_id": listed["issue_id"],
            "call_id": listed["call_id"],
        }
    )
    call_columns = [
        *("unit", "days_waiting:count", "title::large", "issue_open:yes_no", "called_date:date"),
        *("district", "kind", "origin", "issue_id", "call_id"),
    ]
    bars = tuple(
        UnitBar(str(r["unit"]), names.unit(r["unit"]), int(r["answered"]), int(r["waiting"]))
        for r in table.to_dict("records")
    )
    return UnitsView(
        answer,
        bars,
        rows_table(rows, columns, words, "issues", words.say("issues.units_file"), notes),
        rows_table(calls_rows, call_columns, words, "issues", words.say("issues.waiting_file"), notes),
        words.say(
            "issues.waiting_answer",
            count=len(listed),
            unit=words.say("issues.all_units") if unit is None else names.unit(unit),
        ),
    )
