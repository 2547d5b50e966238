"""The board of the fifteen mechanisms with their units and deliverables (R59, R60)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table
from dashboard.viewmodels.duties_words import (
    DONE_STATES,
    Names,
    by_pressure,
    due_text,
    given,
    rows_table,
)
from programme.duties.responsibility import (
    Due,
    deliverable_states,
    mechanism_board,
)

#: The plan's own numbering of section three.
_CLAUSE = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五")
PLAN = "2020年老旧小区综合整治工作方案"


def mechanism_clause(number: int) -> str:
    """Where the plan names a mechanism."""
    return f"{PLAN} 三({_CLAUSE[number - 1]})"


@dataclass(frozen=True)
class MechanismLine:
    """One mechanism on the board; `lead` and `responsible` are empty where the plan names nobody."""

    number: int
    name: str
    lead: tuple[str, ...]
    responsible: tuple[str, ...]
    deliverables: int
    done: int
    overdue: int
    late: int
    clause: str

    @property
    def names_nobody(self) -> bool:
        """Whether the plan leaves open who is in charge (the fifteenth)."""
        return not (self.lead or self.responsible)


@dataclass(frozen=True)
class BoardView:
    """The board: the answer in one sentence, its lines, the same as a table, and the deliverables as rows."""

    answer: str
    lines: tuple[MechanismLine, ...]
    board: Table
    deliverables: Table
    deliverables_answer: str


def board_view(
    mechanisms: pd.DataFrame,
    deliverables: pd.DataFrame,
    as_of: dt.date,
    names: Names,
    notes: Mapping[str, str],
) -> BoardView:
    """The board on a day, from `reference_duties.mechanisms` and `queries_duties.deliverable_rows`."""
    words = names.words
    board = mechanism_board(mechanisms, deliverables, as_of)
    title = "name_en" if words.lang == "en" else "name_zh"
    called = dict(zip(mechanisms["no"], mechanisms[title], strict=True))
    lines = tuple(
        MechanismLine(
            row["mechanism_no"],
            str(called[row["mechanism_no"]]),
            tuple(names.unit(u) for u in row["lead"]),
            tuple(names.unit(u) for u in row["responsible"]),
            row["deliverables"],
            sum(row[s.value] for s in DONE_STATES),
            row[Due.OVERDUE.value],
            row[Due.LATE.value],
            mechanism_clause(row["mechanism_no"]),
        )
        for row in board.to_dict("records")
    )
    states = deliverable_states(deliverables, as_of)
    total, overdue = len(states), int((states["state"] == Due.OVERDUE).sum())
    done = int(states["state"].isin(list(DONE_STATES)).sum())
    worst = max(lines, key=lambda line: (line.overdue, -line.number))
    code = "board_none" if not total else "board_overdue" if overdue else "board_fine"
    answer = words.say(
        f"duties.{code}",
        done=words.share(done, total),
        overdue=overdue,
        mechanisms=sum(line.overdue > 0 for line in lines),
        worst=worst.name,
        worst_overdue=worst.overdue,
    )
    board_rows = pd.DataFrame(
        {
            "no": [line.number for line in lines],
            "mechanism": [line.name for line in lines],
            "lead": [_named(line.lead, names) for line in lines],
            "responsible": [_named(line.responsible, names) for line in lines],
            "deliverables": [line.deliverables for line in lines],
            "done": [line.done for line in lines],
            "late": [line.late for line in lines],
            "overdue": [line.overdue for line in lines],
            "clause": [line.clause for line in lines],
        }
    )
    columns = ["no:year", "mechanism", "lead", "responsible"]
    columns += [f"{c}:count" for c in ("deliverables", "done", "late", "overdue")]
    return BoardView(
        answer,
        lines,
        rows_table(board_rows, [*columns, "clause"], words, "duties", words.say("duties.board_file"), notes),
        deliverables_table(states, called, names, notes),
        words.say("duties.deliverables_answer", total=total, done=done, overdue=overdue),
    )


def _named(units: Sequence[str], names: Names) -> str:
    return names.words.listed(list(units)) if units else names.words.say("duties.none_named")


def deliverables_table(
    states: pd.DataFrame, mechanisms: Mapping[int, str], names: Names, notes: Mapping[str, str]
) -> Table:
    """Deliverables with state, what presses first; `states` from `deliverable_states`."""
    words = names.words
    held = by_pressure(states)
    rows = pd.DataFrame(
        {
            "title": held["title"],
            "standing": [
                due_text(s, d, words) for s, d in zip(held["state"], held["days_over"], strict=True)
            ],
            "due_date": held["due_date"],
            "delivered_date": held["delivered_date"],
            "unit": [names.unit(u) or words.say("duties.of_the_leads") for u in held["unit"]],
            "kind": [names.code("deliverables", "kind", k) for k in held["kind"]],
            "mechanism": [mechanism_label(n, mechanisms) for n in held["mechanism_no"]],
            "document_no": held["document_no"],
            "clause": [
                mechanism_clause(int(n)) if pd.notna(n) and int(n) in mechanisms else ""
                for n in held["mechanism_no"]
            ],
            "origin": [names.run(r) for r in held["import_run_id"]],
            "deliverable_id": held["deliverable_id"],
        }
    )
    columns: list[str] = [
        "title::large",
        "standing",
        "due_date:date",
        "delivered_date:date",
        *("unit", "kind", "mechanism", "document_no", "clause", "origin", "deliverable_id"),
    ]
    return rows_table(rows, columns, words, "duties", words.say("duties.deliverables_file"), notes)


def mechanism_label(number: object, mechanisms: Mapping[int, str]) -> str:
    """A mechanism's number and name; empty for none."""
    if not given(number):
        return ""
    key = int(float(str(number)))
    return f"{key} {mechanisms.get(key, '')}".strip()
