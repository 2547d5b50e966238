"""The monthly assessment of lead departments (R67), version 1, over frozen tables alone.

Never altered in what it returns: another way of assessing is another module with another number.
"""

from collections import defaultdict
from typing import Any

from programme.months.scores_1 import Part, make_part, make_score, ranked, score_plain
from programme.months.settings import Settings
from programme.months.tables import FrozenInputs


def assess(inputs: FrozenInputs, month: str, last_day: str, settings: Settings) -> dict[str, Any]:
    """The figures of every unit that leads a mechanism (R59, R60, R63).

    A deliverable is the unit's that it names, or, where it names none, of every unit that leads its mechanism.
    `deliverables_on_time`: of the deliverables due in the year by the month's end (or delivered before they were
    due), those delivered by their due day; without a due day they are counted apart (`undated`), later ones as
    `not_due`. `issues_answered`: of the calls to the unit in the year, those answered by the month's end. A mechanism
    that names nobody (the fifteenth) is nobody's; its deliverables are listed as `unassigned`.
    """
    leads: dict[int, set[str]] = defaultdict(set)
    for row in inputs["mechanism_units"].records():
        if row["role"] == "lead":
            leads[row["mechanism_no"]].add(row["unit"])
    units = sorted(set().union(*leads.values()))
    own: dict[str, list[dict[str, Any]]] = defaultdict(list)
    unassigned: list[str] = []
    for row in inputs["deliverables"].records():
        holders = {row["unit"]} if row["unit"] else leads.get(row["mechanism_no"], set())
        if not holders:
            unassigned.append(row["deliverable_id"])
        for unit in holders:
            own[unit].append(row)
    calls: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in inputs["issue_calls"].records():
        if row["called_date"][:4] == month[:4]:
            calls[row["unit"]].append(row)
    scores = [
        make_score(
            unit,
            [
                _deliverables(own.get(unit, []), month[:4], last_day, settings),
                _calls(calls.get(unit, []), settings),
            ],
        )
        for unit in units
    ]
    return {"departments": [score_plain(s) for s in ranked(scores)], "unassigned": unassigned}


def _deliverables(held: list[dict[str, Any]], year: str, last_day: str, settings: Settings) -> Part:
    rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in held:
        due, done = row["due_date"], row["delivered_date"]
        if due is None:
            role = "undated"
        elif due[:4] != year:
            continue
        elif done is not None:
            role = "on_time" if done <= due else "late"
        else:
            role = "open_overdue" if due <= last_day else "not_due"
        rows[role]["deliverables"].append(row["deliverable_id"])
    roles = ("on_time", "late", "open_overdue", "not_due", "undated")
    counts = {role: len(rows[role]["deliverables"]) for role in roles}
    asked = counts["on_time"] + counts["late"] + counts["open_overdue"]
    setting = settings.departments["deliverables_on_time"]
    return make_part("deliverables_on_time", setting, counts["on_time"], asked, counts=counts, rows=rows)


def _calls(held: list[dict[str, Any]], settings: Settings) -> Part:
    rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in held:
        rows["counted" if row["answered_date"] else "not_counted"]["issue_calls"].append(row["call_id"])
    answered, waiting = (len(rows[role]["issue_calls"]) for role in ("counted", "not_counted"))
    setting = settings.departments["issues_answered"]
    return make_part(
        "issues_answered", setting, answered, answered + waiting, counts={"waiting": waiting}, rows=rows
    )
