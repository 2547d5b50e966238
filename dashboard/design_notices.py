"""Public notices on the page (R19): what is shown where, which version, and the form for those who keep the ledger."""

import datetime as dt

import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from dashboard.address import choice
from dashboard.area_panels import choose
from dashboard.design_queue import pick_table, queue_frame
from dashboard.design_saving import Refused, notice_step, save
from dashboard.duties_inputs import pick_code, pick_day, pick_row, row_of
from dashboard.duties_saving import form_key, new_key, seen_hash
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import panel, source_line
from dashboard.project_tabs.frames import notes_of, runs, view_of
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.design_notices import PERIODS, notice_rows, notices_view
from dashboard.viewmodels.duties_words import given, text_of
from dashboard.viewmodels.ledger_rows import field_name
from dashboard.viewmodels.project_frames import ProjectsInView
from dashboard.words import Words
from store import queries_designs
from store.access import Action, Principal
from store.edits import RowChange

TABLES = ("public_notices", "designs", "design_opinions")
NO_VERSION = ""


def show_notices(filters: Filters, found: StoreFacts, words: Words) -> None:
    """The subject: all notices, those with something wrong, designs that were never shown, and the form."""
    view, say = view_of(filters), words.say
    period = choice("notice_period", PERIODS, PERIODS[0])
    names = [
        say("design_review.period_none"),
        *(say("design_review.period", days=int(p)) for p in PERIODS[1:]),
    ]
    show(element("p", say("design_review.period_rule"), css="atlas-note"))
    choose("notice_period", PERIODS, period, names, words, "design_review")
    days = None if period == PERIODS[0] else int(period)
    designs, opinions = read(queries_designs.design_rows), read(queries_designs.opinion_rows)
    notices = read(queries_designs.notice_rows)
    rows = notice_rows(view, notices, designs, opinions, days)
    notes = notes_of(words, filters, scope_name(filters, found, words), *TABLES)
    shown = notices_view(view, rows, queue_frame(filters), found, runs(), words, notes, days)
    source = source_line(words, filters, *TABLES)
    with panel(
        words, say("design_review.flawed_question"), shown.flawed_answer, key="design_flawed", source=source
    ):
        if len(shown.flawed.rows):
            pick_table(shown.flawed, words, key="design_flawed_rows", rows_shown=6)
    with panel(
        words, say("design_review.notices_question"), shown.answer, key="design_notices", source=source
    ):
        if shown.calendar_note:
            show(element("p", shown.calendar_note, css="atlas-note"))
        pick_table(shown.table, words, key="design_notices_rows", rows_shown=9)
        show(element("p", say("design_review.work_days_rule"), css="atlas-note"))
    with panel(
        words,
        say("design_review.missing_question"),
        shown.missing_answer,
        key="design_missing",
        source=source,
    ):
        if len(shown.missing.rows):
            pick_table(shown.missing, words, key="design_missing_rows", rows_shown=6)
    if current_principal().may(Action.WRITE_LEDGER):
        _form(view, notices, designs, filters, words)


def _form(
    view: ProjectsInView, notices: pd.DataFrame, designs: pd.DataFrame, filters: Filters, words: Words
) -> None:
    """Put a notice on record, end one, or enter the responses."""
    own = notices[notices["project_id"].isin(view.ids)]
    held_designs = designs[designs["project_id"].isin(view.ids)]
    names = view.names()
    with st.expander(words.say("design_review.form_notice")):
        round_ = form_key("design_notice")
        pairs = [
            (n, words.say("design_review.notice_option", name=text_of(p), day=words.date(d)))
            for n, p, d in own[["notice_id", "project_name", "posted_date"]].itertuples(index=False)
        ]
        chosen = pick_row(
            words.say("design_review.which_notice"),
            pairs,
            key=f"{round_}.row",
            new=words.say("design_review.new_notice"),
        )
        held = row_of(own, "notice_id", chosen)
        key = f"{round_}.{chosen}"
        ids = sorted(set(held_designs["project_id"]), key=lambda p: (str(names[p]), p))
        if not ids:
            show(element("p", words.say("design_review.no_designs"), css="atlas-note"))
            return
        project = held.get("project_id") or pick_code(
            words.say("design_review.project"),
            ids,
            {p: words.say("design_review.project_option", name=names[p], project=p) for p in ids},
            key=f"{key}.project",
        )
        key = f"{key}.{project}"
        seen = seen_hash(key, text_of(held.get("content_hash")))
        versions = held_designs[held_designs["project_id"] == project].sort_values("version", ascending=False)
        with st.form(key, border=False):
            named = {
                str(d): words.say("design_review.version", number=int(v))
                for d, v in zip(versions["design_id"], versions["version"], strict=True)
            }
            left, middle, right = st.columns(3)
            with left:
                design = pick_code(
                    words.say("design_review.col.version_shown"),
                    [*named, NO_VERSION],
                    {**named, NO_VERSION: words.say("design_review.version_not_known")},
                    key=f"{key}.design",
                    value=held.get("design_id") if held else next(iter(named)),
                )
            with middle:
                posted = pick_day(
                    field_name("public_notices", "posted_date", words),
                    held.get("posted_date"),
                    key=f"{key}.posted",
                )
            with right:
                ended = pick_day(
                    field_name("public_notices", "ended_date", words),
                    held.get("ended_date"),
                    key=f"{key}.ended",
                )
            left, right = st.columns([70, 30])
            with left:
                place = st.text_input(
                    field_name("public_notices", "place", words),
                    text_of(held.get("place")),
                    max_chars=200,
                    key=f"{key}.place",
                )
            with right:
                responses = st.number_input(
                    field_name("public_notices", "responses", words),
                    min_value=0,
                    value=int(held["responses"]) if given(held.get("responses")) else None,
                    step=1,
                    key=f"{key}.responses",
                )
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
    values = {
        "project_id": project,
        "design_id": design or None,
        "posted_date": posted,
        "ended_date": ended,
        "place": place,
        "responses": responses,
    }
    row = chosen or new_key("N", posted or filters.as_of)

    def make(conn: Connection, _person: Principal) -> list[RowChange]:
        return _changes(conn, row, values, posted, ended, seen)

    save(make, name="design_notice", what="design_review.did_notice", note=str(project), words=words)


def _changes(
    conn: Connection, key: str, values: dict, posted: dt.date | None, ended: dt.date | None, seen: str
) -> list[RowChange]:
    if posted is None:
        raise Refused("design_review.no_posted")
    if ended is not None and ended < posted:
        raise Refused("design_review.ended_before")
    rows = [RowChange("public_notices", key, values, seen or None)]
    return rows + notice_step(conn, values["project_id"], posted, key)
