"""Opinions on a design: those that stand, each as a paper, and the form of the responsible planner (R18)."""

import datetime as dt

import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from dashboard.design_saving import Refused, register_steps, save, steps_of_pass
from dashboard.design_sheet import ProjectGaps
from dashboard.duties_inputs import pick_day
from dashboard.duties_saving import form_key
from dashboard.filters import Filters
from dashboard.markup import element, show
from dashboard.panels import panel, source_line, source_names, synthetic_text
from dashboard.project_tabs.frames import runs
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.tables import safe_file_name
from dashboard.viewmodels.design_checks import growth, growth_answer
from dashboard.viewmodels.design_frozen import freeze, thawed
from dashboard.viewmodels.design_paper import opinion_sheet
from dashboard.viewmodels.design_queue import PASSED, STEPS_OF_PASS
from dashboard.viewmodels.design_versions import OnDesk, Opinion, Version
from dashboard.viewmodels.ledger_rows import code_name, field_name
from dashboard.viewmodels.project_frames import run_texts, step_name
from dashboard.words import Words
from loaders.reports.sheet import sheet_pdf
from store import queries_designs, queries_projects
from store.access import Action, Principal
from store.edits import RowChange

DECISIONS = ("passed", "passed_with_changes", "returned")
#: The shortest opinion that says something.
LEAST_TEXT = 4


def show_opinions(
    desk: OnDesk, gaps: ProjectGaps | None, demands: pd.DataFrame, filters: Filters, words: Words
) -> None:
    """All opinions on the project's versions, newest first, and the form for the newest version."""
    told = [(v, o) for v in desk.versions for o in v.opinions]
    answer = words.say(
        "design_review.opinions_answer" if told else "design_review.opinions_none", count=len(told)
    )
    source = source_line(words, filters, "design_opinions")
    with panel(
        words, words.say("design_review.opinions_question"), answer, key="design_opinions", source=source
    ):
        sheets = _sheets(desk.key)
        for version, opinion in reversed(told):
            _opinion(desk, version, opinion, sheets.get(opinion.opinion_id), words)
        _steps(desk, words)
    if not current_principal().may(Action.REVIEW_DESIGN):
        show(element("p", words.say("design_review.may_not_decide"), css="atlas-note"))
        return
    _form(desk, gaps, demands, filters, words)


def _sheets(project_id: str) -> dict[str, object]:
    rows = read(queries_designs.opinion_sheets, project_id)
    return dict(zip(rows["opinion_id"], rows["gap_sheet"], strict=True))


def _opinion(desk: OnDesk, version: Version, opinion: Opinion, sheet: object, words: Words) -> None:
    head = words.say(
        "design_review.opinion_line",
        version=version.title,
        decision=opinion.decision_text,
        reviewer=opinion.reviewer,
        day=words.date(opinion.day),
    )
    frozen = thawed(sheet)
    if frozen is None:
        kept = words.say("design_review.no_sheet")
    elif frozen.sheet.empty:
        kept = words.say("design_review.sheet_empty")
    else:
        gaps = frozen.sheet[frozen.sheet["verdict"].isin(["lacks", "partly"])]
        kept = words.say(
            "design_review.sheet_kept",
            day=words.date(frozen.as_of),
            rows=len(frozen.sheet),
            gaps=int(gaps["kind"].nunique()),
        )
    run = run_texts(pd.Series([opinion.run_id]), runs(), words).iloc[0]
    show(
        element("p", head, css="atlas-answer"),
        element("p", opinion.text, style="margin: 2px 0; white-space: pre-wrap; font-size: 14px"),
        element("p", kept, css="atlas-note"),
        element("p", run, css="atlas-source"),
    )

    def paper() -> bytes:
        rows = growth(version.row, words)
        made = opinion_sheet(
            {
                "name": str(desk.project["name"]),
                "project_id": desk.key,
                "place": desk.place,
                "communities": words.say(
                    "design_review.paper_communities", names=words.listed(list(desk.home_names.values()))
                ),
                "source": source_names(words, "designs", "design_opinions"),
            },
            version,
            opinion,
            frozen,
            rows,
            growth_answer(version.row, rows, words),
            synthetic_text(words),
            words,
        )
        return sheet_pdf(made, opinion.day)

    name = words.say("design_review.paper_file", name=str(desk.project["name"]), number=version.number)
    st.download_button(
        words.say("design_review.paper_take"),
        data=paper,
        file_name=f"{safe_file_name(name)}.pdf",
        mime="application/pdf",
        key=f"design_paper_{opinion.opinion_id}",
        on_click="ignore",
    )


def _steps(desk: OnDesk, words: Words) -> None:
    """The steps that follow from a passed design: on record, or waiting for the district."""
    last = next((v.last for v in reversed(desk.versions) if v.last and v.last.decision in PASSED), None)
    if last is None:
        return
    events = read(queries_projects.project_events, desk.key)
    lacking = [s for s in STEPS_OF_PASS if s not in set(events["stage"])]
    if not lacking:
        show(element("p", words.say("design_review.steps_recorded"), css="atlas-note"))
        return
    steps = words.listed([step_name(s, words) for s in lacking])
    show(element("p", words.say("design_review.steps_pending", steps=steps), css="atlas-answer"))
    register_steps(desk.key, last.opinion_id, last.day, words, key="design_register")


def _form(
    desk: OnDesk, gaps: ProjectGaps | None, demands: pd.DataFrame, filters: Filters, words: Words
) -> None:
    version, principal = desk.newest, current_principal()
    is_ready = gaps is not None and gaps.is_current and not gaps.met.empty
    again = version.last is not None
    answer = words.say(
        "design_review.form_again" if again else "design_review.form_answer", version=version.title
    )
    key = f"{form_key('design_opinion')}.{version.key}"
    with (
        panel(words, words.say("design_review.form_question"), answer, key="design_form"),
        st.form(key, border=False),
    ):
        left, middle, right = st.columns([34, 33, 33])
        with left:
            decision = st.selectbox(
                field_name("design_opinions", "decision", words),
                DECISIONS,
                index=None,
                key=f"{key}.decision",
                format_func=lambda d: code_name("design_opinions", "decision", d, words),
                placeholder=words.say("design_review.pick_decision"),
            )
        with middle:
            today = dt.datetime.now(tz=dt.UTC).date()
            start = max(min(filters.as_of, today), version.day)
            day = pick_day(
                field_name("design_opinions", "reviewed_date", words), None, key=f"{key}.day", as_of=start
            )
        with right:
            reviewer = st.text_input(
                field_name("design_opinions", "reviewer", words), max_chars=80, key=f"{key}.reviewer"
            )
        text = st.text_area(
            field_name("design_opinions", "opinion", words), key=f"{key}.text", height=120, max_chars=4000
        )
        without = False
        if not is_ready:
            show(element("p", words.say("design_review.sheet_not_ready"), css="atlas-note"))
            without = st.checkbox(words.say("design_review.without_sheet"), key=f"{key}.without")
        else:
            show(element("p", words.say("design_review.sheet_attached"), css="atlas-note"))
        may_write = principal.may(Action.WRITE_LEDGER)
        show(
            element(
                "p",
                words.say("design_review.steps_with" if may_write else "design_review.steps_by_district"),
                css="atlas-note",
            )
        )
        if not st.form_submit_button(words.say("design_review.give_opinion"), type="primary"):
            return
    sheet = (
        freeze(gaps.met, desk.home_names, demands, filters.as_of) if is_ready and gaps is not None else None
    )

    def make(conn: Connection, person: Principal) -> list[RowChange]:
        return _changes(
            conn,
            person,
            desk,
            str(decision or ""),
            day,
            reviewer.strip(),
            text.strip(),
            sheet,
            is_sheet_given=is_ready or without,
        )

    save(make, name="design_opinion", what="design_review.did_opinion", note=version.key, words=words)


def _changes(
    conn: Connection,
    person: Principal,
    desk: OnDesk,
    decision: str,
    day: dt.date | None,
    reviewer: str,
    text: str,
    sheet: dict | None,
    *,
    is_sheet_given: bool,
) -> list[RowChange]:
    """The rows of an opinion: its own, and where it passes and its writer keeps the ledger, the steps.

    Raises Refused for what can't be an opinion: nothing decided or said, a day before the design was submitted or after
    today, a design that has a newer version by now, and a gap sheet that is not there.
    """
    version = desk.newest
    if decision not in DECISIONS:
        raise Refused("design_review.no_decision")
    if not reviewer or len(text) < LEAST_TEXT:
        raise Refused("design_review.no_text")
    if day is None or day < version.day or day > dt.datetime.now(tz=dt.UTC).date():
        raise Refused("design_review.bad_day", day=version.day.isoformat())
    if queries_designs.newest_version(conn, desk.key) != version.number:
        raise Refused("design_review.newer_version")
    if not is_sheet_given:
        raise Refused("design_review.sheet_needed")
    opinion = _next_key(version)
    rows = [
        RowChange(
            "design_opinions",
            opinion,
            {
                "design_id": version.key,
                "reviewer": reviewer,
                "reviewed_date": day,
                "decision": decision,
                "opinion": text,
                "gap_sheet": sheet,
            },
        )
    ]
    if decision in PASSED and person.may(Action.WRITE_LEDGER):
        rows += steps_of_pass(conn, desk.key, day, opinion)
    return rows


def _next_key(version: Version) -> str:
    """The key of the next opinion on a version: who writes at the same time makes the same, and only one is kept."""
    held = {o.opinion_id for o in version.opinions}
    number = len(held) + 1
    while f"{version.key}-O{number}" in held:
        number += 1
    return f"{version.key}-O{number}"
