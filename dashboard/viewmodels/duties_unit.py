"""What one unit has to do (R61): duties, mechanisms, deliverables, decisions, and calls that it has not answered."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Table
from dashboard.viewmodels.duties import deliverables_table, mechanism_clause, mechanism_label
from dashboard.viewmodels.duties_meetings import decisions_table, taken_by
from dashboard.viewmodels.duties_words import Figure, Names, rows_table
from loaders.reference_duties import departments, district_unit
from programme.duties.responsibility import Due, mechanism_units, my_duties


@dataclass(frozen=True)
class UnitChoice:
    """A unit that has a page of its own: a department of the annex, or a district's government."""

    unit: str
    label: str
    district_code: str | None = None


def unit_choices(facts: StoreFacts, names: Names) -> tuple[UnitChoice, ...]:
    """The seventeen departments in the annex's order, then every district of the store (R61)."""
    held = [UnitChoice(u, names.unit(u)) for u in departments()]
    for area in facts.districts.values():
        unit = district_unit(area.name_zh)
        held.append(UnitChoice(unit, names.unit(unit), area.code))
    return tuple(held)


def own_unit(choices: Sequence[UnitChoice], district_codes: frozenset[str], district: str | None) -> str:
    """Whose page opens by itself: the role's own district, else the filter's district, else the first department."""
    for code in (*sorted(district_codes), district):
        for choice in choices:
            if code is not None and choice.district_code == code:
                return choice.unit
    return choices[0].unit


@dataclass(frozen=True)
class UnitView:
    """One unit's page: the answer, its figures, and five lists."""

    answer: str
    figures: tuple[Figure, ...]
    duties: Table
    mechanisms: Table
    deliverables: Table
    decisions: Table
    calls: Table


def unit_view(
    choice: UnitChoice,
    frames: Mapping[str, pd.DataFrame],
    as_of: dt.date,
    names: Names,
    notes: Mapping[str, str],
) -> UnitView:
    """One unit's page on a day. `frames` has mechanisms, duties, deliverables, decisions, meetings, calls, issues."""
    words = names.words
    mechanisms = frames["mechanisms"]
    held = my_duties(
        choice.unit,
        duties=frames["duties"],
        units=mechanism_units(mechanisms),
        deliverables=frames["deliverables"],
        decisions=taken_by(frames["decisions"], frames["meetings"], as_of),
        calls=frames["calls"],
        as_of=as_of,
        is_district=choice.district_code is not None,
    )
    title = "name_en" if words.lang == "en" else "name_zh"
    called = dict(zip(mechanisms["no"], mechanisms[title], strict=True))
    late_deliverables = int((held.deliverables["state"] == Due.OVERDUE).sum())
    late_decisions = int((held.decisions["state"] == Due.OVERDUE).sum())
    longest = int(held.calls["days_waiting"].max()) if len(held.calls) else 0
    leads = int((held.mechanisms["role"] == "lead").sum())
    figures = (
        Figure(words.say("duties.figure_duties"), words.say("duties.items", n=len(held.duties))),
        Figure(
            words.say("duties.figure_mechanisms"),
            words.say("duties.lead_and_responsible", lead=leads, responsible=len(held.mechanisms) - leads),
        ),
        Figure(
            words.say("duties.figure_deliverables"),
            words.share(late_deliverables, len(held.deliverables)),
        ),
        Figure(words.say("duties.figure_decisions"), words.share(late_decisions, len(held.decisions))),
        Figure(
            words.say("duties.figure_calls"),
            words.say("duties.calls_waiting", n=len(held.calls), days=longest)
            if len(held.calls)
            else words.say("duties.calls_none"),
        ),
    )
    pressing = late_deliverables + late_decisions + len(held.calls)
    answer = words.say(
        "duties.unit_pressing" if pressing else "duties.unit_fine",
        unit=choice.label,
        deliverables=late_deliverables,
        decisions=late_decisions,
        calls=len(held.calls),
    )
    return UnitView(
        answer,
        figures,
        _duties_table(held.duties, called, names, choice, notes),
        _mechanisms_table(held.mechanisms, called, names, choice, notes),
        deliverables_table(held.deliverables, called, names, notes),
        decisions_table(held.decisions, frames["meetings"], names, notes),
        _calls_table(held.calls, frames["issues"], names, choice, notes),
    )


def _duties_table(
    duties: pd.DataFrame,
    mechanisms: Mapping[int, str],
    names: Names,
    choice: UnitChoice,
    notes: Mapping[str, str],
) -> Table:
    words = names.words
    rows = pd.DataFrame(
        {
            "duty": duties["text_en" if words.lang == "en" else "text_zh"],
            "mechanism": [mechanism_label(n, mechanisms) for n in duties["mechanism_no"]],
            "clause": duties["clause"],
            "duty_id": duties["duty_id"],
        }
    )
    title = words.say("duties.duties_file", unit=choice.label)
    return rows_table(rows, ["duty::large", "mechanism", "clause", "duty_id"], words, "duties", title, notes)


def _mechanisms_table(
    held: pd.DataFrame,
    mechanisms: Mapping[int, str],
    names: Names,
    choice: UnitChoice,
    notes: Mapping[str, str],
) -> Table:
    words = names.words
    rows = pd.DataFrame(
        {
            "mechanism": [mechanism_label(n, mechanisms) for n in held["mechanism_no"]],
            "role": [words.say(f"duties.role_{r}") for r in held["role"]],
            "clause": [mechanism_clause(int(n)) for n in held["mechanism_no"]],
        }
    )
    title = words.say("duties.mechanisms_file", unit=choice.label)
    return rows_table(rows, ["mechanism", "role", "clause"], words, "duties", title, notes)


def _calls_table(
    calls: pd.DataFrame,
    issues: pd.DataFrame,
    names: Names,
    choice: UnitChoice,
    notes: Mapping[str, str],
) -> Table:
    words = names.words
    about = issues.set_index("issue_id")
    rows = pd.DataFrame(
        {
            "issue": calls["issue_id"].map(about["title"]),
            "days_waiting": calls["days_waiting"],
            "called_date": calls["called_date"],
            "district": [names.area(c) for c in calls["issue_id"].map(about["district_code"])],
            "issue_kind": [names.issue_kind(k) for k in calls["issue_id"].map(about["kind"])],
            "origin": [names.run(r) for r in calls["import_run_id"]],
            "issue_id": calls["issue_id"],
        }
    )
    columns: list[str] = [
        "issue::large",
        "days_waiting:count",
        "called_date:date",
        *("district", "issue_kind", "origin", "issue_id"),
    ]
    title = words.say("duties.calls_file", unit=choice.label)
    return rows_table(rows, columns, words, "duties", title, notes)
