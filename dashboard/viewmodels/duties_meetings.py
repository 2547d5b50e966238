"""Meetings with agenda, decisions and follow-up (R62)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table
from dashboard.viewmodels.duties_words import (
    Names,
    by_pressure,
    due_text,
    given,
    rows_table,
    text_of,
)
from programme.duties.meetings import decision_states, follow_up
from programme.duties.responsibility import Due


def taken_by(decisions: pd.DataFrame, meetings: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The decisions of meetings held by a day: none counts before its meeting."""
    day = pd.to_datetime(meetings["held_date"])
    return decisions[decisions["meeting_id"].isin(meetings.loc[day <= pd.Timestamp(as_of), "meeting_id"])]


@dataclass(frozen=True)
class DecisionLine:
    """A decision as it stands: what, by whom, and its state in words."""

    decision_id: str
    text: str
    unit: str
    standing: str
    state: str


@dataclass(frozen=True)
class AgendaLine:
    """An item of the agenda with what was decided on it; `group_id` names a group of like issues (R64)."""

    agenda_item_id: str
    position: int
    subject: str
    group_id: str
    decisions: tuple[DecisionLine, ...]


@dataclass(frozen=True)
class MeetingCard:
    """One meeting: its agenda in order, and decisions that hang on no item."""

    meeting_id: str
    title: str
    about: str
    is_held: bool
    agenda: tuple[AgendaLine, ...]
    others: tuple[DecisionLine, ...]


@dataclass(frozen=True)
class MeetingsView:
    """The meetings held by a day, those to come, and all their decisions."""

    answer: str
    meetings: Table
    decisions: Table
    decisions_answer: str
    choices: tuple[tuple[str, str], ...]


def meetings_view(
    meetings: pd.DataFrame,
    agenda: pd.DataFrame,
    decisions: pd.DataFrame,
    as_of: dt.date,
    names: Names,
    notes: Mapping[str, str],
) -> MeetingsView:
    """What was held, decided, done and not done by a day; meetings to come (or without a day) are listed first."""
    words = names.words
    taken = taken_by(decisions, meetings, as_of)
    held = follow_up(meetings, agenda, taken, as_of)
    ahead = meetings[~meetings["meeting_id"].isin(held["meeting_id"])].sort_values(
        ["held_date", "meeting_id"], na_position="first", ascending=[False, True]
    )
    items = agenda["meeting_id"].value_counts()
    states = decision_states(taken, as_of)
    rows = pd.concat(
        [
            _meeting_rows(ahead.assign(items=ahead["meeting_id"].map(items).fillna(0)), names),
            _meeting_rows(held, names),
        ],
        ignore_index=True,
    )
    overdue = int((states["state"] == Due.OVERDUE).sum())
    open_ = int(states["state"].isin([Due.OVERDUE, Due.OPEN, Due.UNDATED]).sum())
    bare = int(sum(len(i) for i in held["items_without_decision"]))
    columns: list[str] = [
        "meeting::large",
        "meeting_kind",
        "held_date:date",
        *(f"{c}:count" for c in ("agenda_items", "bare_items", "decisions", "done")),
        *(f"{c}:count" for c in ("open_decisions", "overdue")),
        *("origin", "meeting_id"),
    ]
    return MeetingsView(
        words.say(
            "duties.meetings_answer",
            held=len(held),
            decisions=len(states),
            open=open_,
            overdue=overdue,
            bare=bare,
        ),
        rows_table(rows, columns, words, "duties", words.say("duties.meetings_file"), notes),
        decisions_table(states, meetings, names, notes),
        words.say("duties.decisions_answer", total=len(states), open=open_, overdue=overdue),
        tuple(
            (m, f"{words.date(d) if given(d) else words.say('duties.no_day')} {t}")
            for m, d, t in zip(rows["meeting_id"], rows["held_date"], rows["meeting"], strict=True)
        ),
    )


def _meeting_rows(held: pd.DataFrame, names: Names) -> pd.DataFrame:
    bare = held.get("items_without_decision")
    return pd.DataFrame(
        {
            "meeting": held["title"].to_numpy(),
            "meeting_kind": [names.code("meetings", "kind", k) for k in held["kind"]],
            "held_date": pd.to_datetime(held["held_date"]).to_numpy(dtype="datetime64[ns]"),
            "agenda_items": held["items"].to_numpy(dtype="float64"),
            "bare_items": [float("nan")] * len(held) if bare is None else [float(len(b)) for b in bare],
            **{
                c: held[c].to_numpy(dtype="float64") if c in held else [float("nan")] * len(held)
                for c in ("decisions", "done", "open_decisions", "overdue")
            },
            "origin": [names.run(r) for r in held["import_run_id"]],
            "meeting_id": held["meeting_id"].to_numpy(),
        }
    )


def meeting_card(
    meeting_id: str,
    meetings: pd.DataFrame,
    agenda: pd.DataFrame,
    decisions: pd.DataFrame,
    as_of: dt.date,
    names: Names,
) -> MeetingCard | None:
    """One meeting with everything on it, as it stands on a day; None where the store has no such meeting."""
    found = meetings[meetings["meeting_id"] == meeting_id]
    if found.empty:
        return None
    words, meeting = names.words, found.iloc[0]
    day = meeting["held_date"]
    is_held = given(day) and pd.Timestamp(day) <= pd.Timestamp(as_of)
    states = decision_states(decisions[decisions["meeting_id"] == meeting_id], as_of)
    by_item: dict[str, list[DecisionLine]] = {}
    for row in states.to_dict("records"):
        line = DecisionLine(
            str(row["decision_id"]),
            str(row["text"]),
            names.unit(row["unit"]) or words.say("duties.no_unit"),
            due_text(row["state"], row["days_over"], words)
            + (
                words.say("duties.due_by", date=words.date(row["due_date"])) if given(row["due_date"]) else ""
            ),
            str(row["state"]),
        )
        by_item.setdefault(text_of(row["agenda_item_id"]), []).append(line)
    own = agenda[agenda["meeting_id"] == meeting_id].sort_values(["position", "agenda_item_id"])
    lines = tuple(
        AgendaLine(
            str(i["agenda_item_id"]),
            int(i["position"]),
            str(i["subject"]),
            text_of(i["group_id"]),
            tuple(by_item.pop(str(i["agenda_item_id"]), [])),
        )
        for i in own.to_dict("records")
    )
    about = words.say(
        "duties.meeting_held" if is_held else "duties.meeting_ahead",
        kind=names.code("meetings", "kind", meeting["kind"]),
        date=words.date(day) if given(day) else words.say("duties.no_day"),
        items=len(lines),
        decisions=len(states),
    )
    others = tuple(line for rest in by_item.values() for line in rest)
    return MeetingCard(meeting_id, str(meeting["title"]), about, is_held, lines, others)


def decisions_table(
    states: pd.DataFrame, meetings: pd.DataFrame, names: Names, notes: Mapping[str, str]
) -> Table:
    """Decisions with state, what presses first; `states` from `decision_states`."""
    words = names.words
    held = by_pressure(states)
    called = meetings.set_index("meeting_id")
    rows = pd.DataFrame(
        {
            "decision": held["text"],
            "standing": [
                due_text(s, d, words) for s, d in zip(held["state"], held["days_over"], strict=True)
            ],
            "unit": [names.unit(u) for u in held["unit"]],
            "due_date": held["due_date"],
            "done_date": held["done_date"],
            "meeting": held["meeting_id"].map(called["title"]),
            "held_date": held["meeting_id"].map(called["held_date"]),
            "origin": [names.run(r) for r in held["import_run_id"]],
            "decision_id": held["decision_id"],
        }
    )
    columns: list[str] = [
        "decision::large",
        *("standing", "unit"),
        "due_date:date",
        "done_date:date",
        "meeting",
        "held_date:date",
        *("origin", "decision_id"),
    ]
    return rows_table(rows, columns, words, "duties", words.say("duties.decisions_file"), notes)
