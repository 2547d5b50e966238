"""One issue with everything that happened to it (R63)."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.viewmodels.duties_words import Names, given, text_of
from dashboard.viewmodels.issues import due_words, state_text, step_text


@dataclass(frozen=True)
class Happening:
    """A dated line of an issue's history."""

    day: str
    text: str
    source: str


@dataclass(frozen=True)
class Fact:
    """A named value of an issue."""

    label: str
    value: str


@dataclass(frozen=True)
class IssueCard:
    """An issue as it stands: what it is about, facts, history, the calls that wait, and what it was seen as."""

    issue_id: str
    title: str
    about: str
    facts: tuple[Fact, ...]
    history: tuple[Happening, ...]
    waiting: tuple[tuple[str, str], ...]
    community_id: str
    is_open: bool
    step: int
    content_hash: str
    call_hashes: Mapping[str, str]


def issue_card(
    issue_id: str,
    states: pd.DataFrame,
    calls: pd.DataFrame,
    escalations: pd.DataFrame,
    reporter: pd.DataFrame | None,
    as_of: pd.Timestamp,
    names: Names,
) -> IssueCard | None:
    """The card of one issue on a day; None where it is not known by then. `reporter` is given only for a role that may
    see persons (R74)."""
    found = states[states["issue_id"] == issue_id]
    if found.empty:
        return None
    words = names.words
    row = {str(k): v for k, v in found.iloc[0].items()}
    own_calls = calls[(calls["issue_id"] == issue_id) & (pd.to_datetime(calls["called_date"]) <= as_of)]
    own_steps = escalations[
        (escalations["issue_id"] == issue_id) & (pd.to_datetime(escalations["escalated_date"]) <= as_of)
    ]
    unknown = words.say("figure.not_known")
    facts = [
        Fact(words.say("issues.col_kind"), names.issue_kind(row["kind"])),
        Fact(words.say("issues.col_district"), names.area(row["district_code"])),
        Fact(words.say("issues.col_subdistrict"), names.area(row["subdistrict_code"])),
        Fact(words.say("issues.col_community"), text_of(row["community_name"]) or unknown),
        Fact(words.say("issues.col_project"), text_of(row["project_name"]) or unknown),
        Fact(
            words.say("issues.place"),
            words.say("issues.place_at", lon=f"{row['lon']:.5f}", lat=f"{row['lat']:.5f}")
            if given(row["lon"])
            else unknown,
        ),
        Fact(words.say("issues.col_due"), due_words(row, words)),
        Fact(words.say("issues.col_step"), step_text(row["step"], words)),
        Fact(
            words.say("issues.col_next_step_date"),
            words.date(row["next_step_date"])
            if given(row["next_step_date"])
            else words.say("issues.not_set"),
        ),
        Fact(words.say("issues.col_origin"), names.run(row["import_run_id"])),
        Fact(words.say("issues.col_issue_id"), issue_id),
    ]
    if reporter is not None:
        person = {} if reporter.empty else {str(k): v for k, v in reporter.iloc[0].items()}
        told = [text_of(person.get(c)) for c in ("reporter_name", "reporter_phone")]
        facts.append(Fact(words.say("issues.reporter"), " ".join(t for t in told if t) or unknown))
    answered = pd.to_datetime(own_calls["answered_date"])
    waits = own_calls[~(answered <= as_of)]
    return IssueCard(
        issue_id,
        str(row["title"]),
        words.say(
            "issues.card_about",
            state=state_text(row, words),
            days=int(row["days_open"]),
            called=len(row["units_called"]),
            waiting=len(row["units_waiting"]),
        ),
        tuple(facts),
        _history(row, own_calls, own_steps, as_of, names),
        tuple(
            (str(c), words.say("issues.call_choice", unit=names.unit(u), date=words.date(d)))
            for c, u, d in zip(waits["call_id"], waits["unit"], waits["called_date"], strict=True)
        ),
        text_of(row["community_id"]),
        bool(row["is_open"]),
        int(row["step"]),
        str(row["content_hash"]),
        dict(zip(own_calls["call_id"].astype(str), own_calls["content_hash"].astype(str), strict=True)),
    )


def _history(
    row: Mapping[str, object], calls: pd.DataFrame, steps: pd.DataFrame, as_of: pd.Timestamp, names: Names
) -> tuple[Happening, ...]:
    """What happened, in order: reported, called, answered, taken up, closed."""
    words = names.words
    held: list[tuple[pd.Timestamp, int, str, object]] = [
        (_day(row["reported_date"]), 0, words.say("issues.was_reported"), row["import_run_id"])
    ]
    for call in calls.to_dict("records"):
        unit = names.unit(call["unit"])
        held.append(
            (_day(call["called_date"]), 1, words.say("issues.was_called", unit=unit), call["import_run_id"])
        )
        if given(call["answered_date"]) and _day(call["answered_date"]) <= as_of:
            text = words.say(
                "issues.was_answered",
                unit=unit,
                answer=text_of(call["answer"]) or words.say("issues.no_answer_text"),
            )
            held.append((_day(call["answered_date"]), 2, text, call["import_run_id"]))
    for step in steps.to_dict("records"):
        text = words.say("issues.was_escalated", to=step_text(step["step"], words))
        if given(step["note"]):
            text = words.say("issues.with_note", text=text, note=text_of(step["note"]))
        held.append((_day(step["escalated_date"]), 3, text, step["import_run_id"]))
    if not row["is_open"]:
        held.append((_day(row["closed_date"]), 4, words.say("issues.was_closed"), row["import_run_id"]))
    held.sort(key=lambda line: (line[0], line[1], line[2]))
    return tuple(Happening(words.date(day.date()), text, names.run(run)) for day, _, text, run in held)


def _day(value: object) -> pd.Timestamp:
    return pd.Timestamp(str(value))
