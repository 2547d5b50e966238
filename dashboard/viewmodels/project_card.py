"""A project's card: what is on record of it, and its way along the chain, step by step (R9, R13–R20, R31)."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.ledger_rows import field_name
from dashboard.viewmodels.project_frames import (
    DONE,
    ProjectsInView,
    clause_text,
    only,
    run_texts,
    step_name,
    subdistricts_of,
)
from dashboard.words import Words
from programme.breaches import Unmet, flags, is_refused, may_record
from programme.steps import DOCUMENT_GATE, RULES, STEPS, Need, Party, Step

#: The columns of the ledger that the card's head shows, in its order.
FACTS = (
    "project_id",
    "district_code",
    "batch",
    "plan_year",
    "is_central_state",
    "confirmation_document_no",
    "investor",
    "implementing_body",
    "general_contractor",
    "planned_start_date",
    "planned_completion_date",
    "planned_investment_fen",
    "content_items",
)


@dataclass(frozen=True)
class TimelineStep:
    """One step of a project. `state` is met, undated, unmet (nothing on record) or broken (taken without a hard gate).

    `events` are the rows of the ledger that record it, `lacking` the preconditions that
    stood against it on its day, each with whether it is hard.
    """

    step: Step
    number: int
    name: str
    state: str
    state_text: str
    day: str
    document_no: str
    parties: str
    clause: str
    proofs: tuple[tuple[str, str], ...]
    lacking: tuple[tuple[str, bool], ...]
    is_breach: bool
    run: str
    run_numbers: str


@dataclass(frozen=True)
class ProjectCard:
    """The head of a card: `facts` are pairs of label and value (None: not on record)."""

    project_id: str
    name: str
    answer: str
    facts: tuple[tuple[str, str | None], ...]
    run: str
    steps: tuple[TimelineStep, ...]
    breaches: tuple[str, ...]


@dataclass(frozen=True)
class Gatekeeping:
    """What stands against recording a step on a day: sentences with their clauses, and whether any is hard."""

    hard: tuple[str, ...]
    advisory: tuple[str, ...]
    is_refused: bool


def project_card(
    view: ProjectsInView,
    project_id: str,
    events: pd.DataFrame,
    proofs: pd.DataFrame,
    facts: StoreFacts,
    runs: pd.DataFrame,
    words: Words,
) -> ProjectCard | None:
    """The card of a project of the view; None where the view does not hold it.

    `events` and `proofs` come from `queries_projects.project_events` and `event_proofs`.
    """
    if project_id not in view.ids:
        return None
    row = view.projects.set_index("project_id").loc[project_id]
    state = view.states.loc[project_id]
    code = str(state["code"])
    if code == DONE:
        answer = words.say("projects.card_done", as_of=words.as_of(view.as_of))
    else:
        answer = words.say(
            "projects.card_waits",
            step=step_name(code, words),
            clause=clause_text(code, words),
            days=words.say("projects.days_unknown")
            if pd.isna(state["days_waiting"])
            else words.say("projects.days_waiting", days=int(state["days_waiting"])),
            as_of=words.as_of(view.as_of),
        )
    own = view.breaches[view.breaches["project_id"] == project_id]
    return ProjectCard(
        project_id=project_id,
        name=str(row["name"]),
        answer=answer,
        facts=_facts(view, row, project_id, facts, words),
        run=run_texts(pd.Series([row["import_run_id"]]), runs, words).iloc[0],
        steps=_steps(view, project_id, events, proofs, runs, words),
        breaches=tuple(_breach_text(b, words) for b in own.itertuples()),
    )


def _facts(
    view: ProjectsInView, row: pd.Series, project_id: str, facts: StoreFacts, words: Words
) -> tuple[tuple[str, str | None], ...]:
    found: list[tuple[str, str | None]] = []
    for name in FACTS:
        value = project_id if name == "project_id" else row[name]
        text: str | None
        if value is None or pd.isna(value):
            text = None
        elif name == "district_code":
            text = name_of(facts.districts, value, words.lang, str(value))
        elif name == "planned_investment_fen":
            text = words.money(int(value))
        elif name == "is_central_state":
            text = words.say("word.yes" if value else "word.no")
        elif name == "plan_year":
            text = str(int(value))
        elif name.endswith("_date"):
            text = words.date(pd.Timestamp(value))
        else:
            text = str(value)
        label = (
            words.say("projects.planned_investment")
            if name == "planned_investment_fen"
            else field_name("projects", name, words)
        )
        found.append((label, text))
    homes = view.homes[view.homes["project_id"] == project_id]
    place = subdistricts_of(homes, facts, words)
    found.insert(2, (words.say("projects.col.subdistricts"), place.iloc[0] if len(place) else None))
    return tuple(found)


def _steps(
    view: ProjectsInView,
    project_id: str,
    events: pd.DataFrame,
    proofs: pd.DataFrame,
    runs: pd.DataFrame,
    words: Words,
) -> tuple[TimelineStep, ...]:
    dates, undated = view.table.dates.loc[project_id], view.table.is_undated.loc[project_id]
    taken = view.table.taken.loc[project_id]
    own = view.breaches[view.breaches["project_id"] == project_id]
    soft = flags(only(view, project_id).table)
    known = events[pd.to_datetime(events["event_date"]) <= pd.Timestamp(view.as_of)]
    found = []
    for number, step in enumerate(STEPS, 1):
        rows = known[known["stage"] == step.value]
        broken = own[own["step"] == step.value]
        early = soft[soft["step"] == step.value]
        state = _state(dates[step.value], undated[step.value], taken[step.value], len(broken) > 0)
        rule = RULES[step]
        lacking = [(_gate_text(b, words, is_hard=True), True) for b in broken.itertuples()]
        lacking += [(_gate_text(b, words, is_hard=False), False) for b in early.itertuples()]
        if state in ("unmet", "undated"):
            lacking = _before(rule.needs, dates, undated, words) if state == "unmet" else []
        numbers = list(dict.fromkeys(str(n) for n in rows["document_no"].dropna() if str(n).strip()))
        if not numbers and step is Step.CONFIRMED and state == "met":
            # The number stands on the project's own row.
            number_on_row = view.table.projects.loc[project_id, "confirmation_document_no"]
            numbers = [] if pd.isna(number_on_row) else [str(number_on_row)]
        files = proofs[proofs["stage"] == step.value]
        found.append(
            TimelineStep(
                step=step,
                number=number,
                name=step_name(step.value, words),
                state=state,
                state_text=words.say(f"projects.state.{state}"),
                day=words.date(taken[step.value]) if pd.notna(taken[step.value]) else "",
                document_no=words.listed(numbers),
                parties=words.listed([party_name(p, words) for p in rule.parties]),
                clause=clause_text(step.value, words),
                proofs=tuple(zip(files["file_name"].astype(str), files["sha256"].astype(str), strict=True)),
                lacking=tuple(lacking),
                is_breach=len(broken) > 0,
                run=words.listed(list(dict.fromkeys(run_texts(rows["import_run_id"], runs, words)))),
                run_numbers=words.listed(
                    [words.say("projects.run_only", run=int(r)) for r in rows["import_run_id"].unique()]
                ),
            )
        )
    return tuple(found)


def _state(date: pd.Timestamp, is_undated: bool, taken: pd.Timestamp, is_broken: bool) -> str:
    if is_broken:
        return "broken"
    if pd.notna(date):
        return "met"
    if is_undated:
        return "undated"
    return "not_counted" if pd.notna(taken) else "unmet"


def _before(
    needs: tuple[Need, ...], dates: pd.Series, undated: pd.Series, words: Words
) -> list[tuple[str, bool]]:
    """The preconditions of a step that is not taken yet which do not stand either."""
    return [
        (_sentence(need.gate, None, words, is_hard=need.is_hard), need.is_hard)
        for need in needs
        if need.gate != DOCUMENT_GATE and pd.isna(dates[need.gate]) and not undated[need.gate]
    ]


def _gate_text(row: object, words: Words, *, is_hard: bool) -> str:
    gate_date = row.gate_date  # type: ignore[attr-defined]
    day = None if pd.isna(gate_date) else gate_date.date()
    return _sentence(str(row.gate), day, words, is_hard=is_hard)  # type: ignore[attr-defined]


def _breach_text(row: object, words: Words) -> str:
    return words.say(
        "projects.breach_line",
        step=step_name(row.step, words),  # type: ignore[attr-defined]
        day=words.date(row.step_date),  # type: ignore[attr-defined]
        gate=_gate_text(row, words, is_hard=True),
    )


def _sentence(gate: str, day: dt.date | None, words: Words, *, is_hard: bool) -> str:
    code = "projects.gate_later" if day is not None else "projects.gate_missing"
    return words.say(
        code,
        gate=step_name(gate, words),
        day=words.date(day),
        clause=clause_text(gate, words),
        force=words.say("projects.hard" if is_hard else "projects.advisory"),
    )


def party_name(party: Party, words: Words) -> str:
    """Who is responsible for a step."""
    return words.say(f"projects.party.{party.value}")


def gatekeeping(
    view_today: ProjectsInView, project_id: str, step: Step, on: dt.date, document_no: str, words: Words
) -> Gatekeeping:
    """What stands against recording a step, judged on the whole history (R9, R13, R20).

    `view_today` holds the project as of today or later, so that a gate met after the day is named with its own day.
    """
    unmet = may_record(step, view_today.table, project_id, on, document_no=document_no)
    told = {
        is_hard: tuple(_unmet_text(u, words) for u in unmet if u.is_hard is is_hard)
        for is_hard in (True, False)
    }
    return Gatekeeping(told[True], told[False], is_refused(unmet))


def _unmet_text(unmet: Unmet, words: Words) -> str:
    return _sentence(unmet.gate, unmet.gate_date, words, is_hard=unmet.is_hard)


def open_steps(view: ProjectsInView, project_id: str) -> list[Step]:
    """The steps of a project, those that nothing is on record of first, each group in the chain's order."""
    taken = view.table.taken.loc[project_id]
    return sorted(STEPS, key=lambda s: (pd.notna(taken[s.value]), STEPS.index(s)))
