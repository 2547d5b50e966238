"""Recording a step: what stands against it is said beforehand, and a hard gate leaves no button (R9, R13, R20)."""

import datetime as dt
import logging
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.chooser_words import chooser_words
from dashboard.filters import Filters
from dashboard.ledger_history import show_told as show_undone
from dashboard.ledger_history import undo_button
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read, store
from dashboard.viewmodels.project_card import ProjectCard, gatekeeping, open_steps
from dashboard.viewmodels.project_frames import BREACH_COLOUR, ProjectsInView, projects_in_view, step_name
from dashboard.words import Words
from loaders.wording import WORDING
from programme.steps import RULES, Proof, Step
from store import queries, queries_projects
from store.access import Action
from store.attachments import MOST_BYTES, keep_attachment
from store.edits import RowChange, write_edit_within
from store.errors import StoreError

_log = logging.getLogger(__name__)
_TOLD, _STEP = "projects.record_told", "projects.record_step"
#: Counted up after each writing, so that the form begins again with what stands in the ledger then.
_ROUND = "projects.record_round"
#: The row as it stood when its form was opened: what somebody else wrote since is never overwritten.
_SEEN = "projects.record_seen"
#: Later than any day on record: a gate is judged on the whole history.
FOREVER = dt.date(2200, 1, 1)
FIRST_DAY = dt.date(1990, 1, 1)


def record_step(
    view: ProjectsInView, card: ProjectCard, events: pd.DataFrame, filters: Filters, words: Words
) -> None:
    """The form of a project, for those who may write its ledger."""
    _told(card.project_id, words)
    principal = current_principal()
    if not principal.may(Action.WRITE_LEDGER):
        return
    with panel(
        words, words.say("projects.record_question"), words.say("projects.record_answer"), key="record"
    ):
        left, middle, right = st.columns([40, 26, 34], gap="small")
        steps = [s.value for s in open_steps(view, card.project_id)]
        widget = f"projects_record_step_{card.project_id}"
        # Said anew in each run: its label changes once the step is on record, and the browser knows it by its label.
        st.session_state[widget] = _step_of(card.project_id, steps[0])
        with left:
            chosen = st.selectbox(
                words.say("projects.record_step"),
                steps,
                key=widget,
                on_change=_choose_step,
                args=(card.project_id, widget),
                format_func=lambda s: _option(Step(s), events, words),
            )
        step = Step(chosen)
        held = events[events["stage"] == step.value]
        row = held.iloc[0] if len(held) else None
        at = f"{card.project_id}_{step.value}_{st.session_state.get(_ROUND, 0)}"
        _remember(at, row)
        with middle:
            day = st.date_input(
                words.say("projects.record_day"),
                value=min(view.as_of, dt.datetime.now(tz=dt.UTC).date())
                if row is None
                else row["event_date"],
                min_value=FIRST_DAY,
                max_value=dt.date(2100, 12, 31),
                format="YYYY-MM-DD",
                key=f"projects_record_day_{at}",
            )
        with right:
            number = st.text_input(
                words.say("projects.record_document"),
                value="" if row is None or pd.isna(row["document_no"]) else str(row["document_no"]),
                max_chars=120,
                key=f"projects_record_document_{at}",
            )
        note = st.text_input(
            words.say("projects.record_note"),
            value="" if row is None or pd.isna(row["note"]) else str(row["note"]),
            max_chars=400,
            key=f"projects_record_note_{at}",
        )
        file = None
        if Proof.FILE in RULES[step].proofs:
            chooser_words(
                words.say("projects.record_drop"),
                words.say("projects.record_limit", mb=MOST_BYTES // 2**20),
                words.say("projects.record_browse"),
            )
            file = st.file_uploader(
                words.say("projects.record_file"),
                key=f"projects_record_file_{at}",
                accept_multiple_files=False,
            )
        if not isinstance(day, dt.date):
            return
        _gates(card, step, day, number, events, row, filters, note, file, words)


def _step_of(project_id: str, first: str) -> str:
    """The step whose form is open: held apart from its widget, for this project alone."""
    held_project, step = st.session_state.setdefault(_STEP, (project_id, first))
    if held_project != project_id:
        step = first
        st.session_state[_STEP] = (project_id, first)
    return str(step)


def _choose_step(project_id: str, widget: str) -> None:
    st.session_state[_STEP] = (project_id, st.session_state[widget])


def _remember(at: str, row: Any) -> None:
    """Keep the version of the row that the person sees; a form that is opened anew sees the newest."""
    if f"projects_record_day_{at}" not in st.session_state:
        st.session_state[_SEEN] = None if row is None else str(row["content_hash"])


def _option(step: Step, events: pd.DataFrame, words: Words) -> str:
    held = events.loc[events["stage"] == step.value, "event_date"]
    name = step_name(step.value, words)
    if held.empty:
        return words.say("projects.record_new", step=name)
    return words.say("projects.record_again", step=name, day=words.date(held.iloc[0]))


def _gates(
    card: ProjectCard,
    step: Step,
    day: dt.date,
    number: str,
    events: pd.DataFrame,
    row: Any,
    filters: Filters,
    note: str,
    file: Any,
    words: Words,
) -> None:
    today = _whole_history(card.project_id, filters)
    told = gatekeeping(today, card.project_id, step, day, number, words)
    for line in told.hard:
        show(element("p", f"✖ {line}", css="atlas-answer", style=f"color: {BREACH_COLOUR}; font-weight: 600"))
    for line in told.advisory:
        show(element("p", f"△ {line}", css="atlas-note"))
    if told.is_refused:
        show(element("p", words.say("projects.record_refused"), css="atlas-answer"))
        return
    if not told.advisory:
        show(element("p", words.say("projects.record_clear"), css="atlas-note"))
    name = words.say("projects.record_save" if row is None else "projects.record_correct")
    if st.button(name, key="projects_record_save", type="primary"):
        _write(card, step, day, number, note, row, file, words)
        st.rerun()


def _whole_history(project_id: str, filters: Filters) -> ProjectsInView:
    """The project with everything on record, whatever its day."""
    projects = read(queries_projects.project_list)
    return projects_in_view(
        projects[projects["project_id"] == project_id],
        read(queries.stage_event_rows),
        read(queries_projects.project_homes),
        replace(filters, month=f"{FOREVER:%Y-%m}", has_central=True),
    )


def _write(
    card: ProjectCard, step: Step, day: dt.date, number: str, note: str, row: Any, file: Any, words: Words
) -> None:
    """One edit: the event, and where a file was given its bytes and the row that names it."""
    key = f"{card.project_id}-{step.value}" if row is None else str(row["event_id"])
    values = {
        "event_id": key,
        "project_id": card.project_id,
        "stage": step.value,
        "event_date": day,
        "document_no": number.strip() or None,
        "note": note.strip() or None,
    }
    changes = [RowChange("stage_events", key, values, st.session_state.get(_SEEN))]
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    principal = current_principal()
    titles = {
        lang: Words(lang).say("projects.record_title", step=step_name(step.value, Words(lang)))
        for lang in ("zh", "en")
    }
    try:
        with store().writing() as conn:
            if file is not None:
                seal = keep_attachment(conn, principal, file.getvalue(), file.type or "")
                proof = f"{key}-{seal[:12]}"
                changes.append(
                    RowChange(
                        "proof_files",
                        proof,
                        {"proof_id": proof, "event_id": key, "file_name": file.name[:200], "sha256": seal},
                    )
                )
            result = write_edit_within(
                conn,
                principal,
                changes,
                origin="form",
                title_zh=titles["zh"],
                title_en=titles["en"],
                note=card.project_id,
            )
    except StoreError as fault:
        _log.info("step %s of %s refused: %s", step.value, card.project_id, fault.code)
        st.session_state[_TOLD] = (card.project_id, step.value, None, (fault.code, dict(fault.params)))
        return
    st.session_state[_TOLD] = (card.project_id, step.value, result.run_id, None)


def _told(project_id: str, words: Words) -> None:
    """What the last writing came to: a refusal once, a step with the way to take it back while its form is open."""
    show_undone()
    told = st.session_state.get(_TOLD)
    if told is None:
        return
    written, step, run_id, refusal = told
    if refusal is not None:
        _forget_told()
        code, params = refusal
        st.error(escaped_markdown(WORDING.say(code, words.lang, **params)))
    elif (written, step) != st.session_state.get(_STEP) or written != project_id:
        _forget_told()
    else:
        with st.container(horizontal=True, vertical_alignment="center", key="projects_record_told"):
            said = words.say("projects.record_done", step=step_name(step, words), run=run_id)
            st.success(escaped_markdown(said))
            undo_button(run_id, words, key="projects_record_undo", after=_undone)


def _undone() -> None:
    """The form begins again with what stands in the ledger now."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    _forget_told()


def _forget_told() -> None:
    st.session_state.pop(_TOLD, None)
