"""The queue of designs on the page: who waits for an opinion, what was returned, what passed, area by area."""

import pandas as pd
import streamlit as st

from dashboard.address import change
from dashboard.design_saving import register_steps
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import panel, source_line
from dashboard.project_tabs.frames import notes_of, runs, view_key, view_of
from dashboard.session import current_principal
from dashboard.state import read, worked_out
from dashboard.tables import HEADER_HEIGHT_PX, ROW_HEIGHT_PX, Table, downloads, show_table
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.design_queue import QueueView, queue_rows, queue_view
from dashboard.viewmodels.project_frames import step_name
from dashboard.words import Words
from store import queries_designs
from store.access import Action

TABLES = ("designs", "design_opinions", "stage_events", "projects")
#: Designs that the district must put on record, shown at once; the table has all.
MOST_PENDING = 5


def queue_frame(filters: Filters) -> pd.DataFrame:
    """`queue_rows` of the view, worked out once."""

    def make() -> pd.DataFrame:
        return queue_rows(
            view_of(filters), read(queries_designs.design_rows), read(queries_designs.opinion_rows)
        )

    found: pd.DataFrame = worked_out("design_review.queue", view_key(filters), make)
    return found


def show_queue(filters: Filters, found: StoreFacts, words: Words) -> None:
    """The subject: the sentence, the waiting designs, then those returned, passed, and the areas."""
    view = view_of(filters)
    notes = notes_of(words, filters, scope_name(filters, found, words), *TABLES)
    queue: QueueView = queue_view(view, queue_frame(filters), found, runs(), words, notes)
    source = source_line(words, filters, *TABLES)
    show(element("p", queue.headline, css="atlas-answer"))
    if not current_principal().may(Action.REVIEW_DESIGN):
        show(element("p", words.say("design_review.may_not_decide"), css="atlas-note"))
    say = words.say
    left, right = st.columns([64, 36], gap="small")
    with (
        left,
        panel(
            words,
            say("design_review.waiting_question"),
            queue.waiting_answer,
            key="design_waiting",
            source=source,
        ),
    ):
        pick_table(queue.waiting, words, key="design_waiting_rows")
    with (
        right,
        panel(
            words,
            say("design_review.areas_question"),
            say("design_review.areas_answer"),
            key="design_areas",
            source=source,
            rows="design_waiting",
        ),
    ):
        show_table(queue.areas, words, key="design_areas_rows")
    with panel(
        words,
        say("design_review.returned_question"),
        queue.returned_answer,
        key="design_returned",
        source=source,
    ):
        pick_table(queue.returned, words, key="design_returned_rows", rows_shown=6)
    with panel(
        words,
        say("design_review.skipped_question"),
        queue.skipped_answer,
        key="design_skipped",
        source=source,
    ):
        if len(queue.skipped.rows):
            pick_table(queue.skipped, words, key="design_skipped_rows", rows_shown=5)
        show(element("p", say("design_review.skipped_rule"), css="atlas-note"))
    with panel(
        words, say("design_review.passed_question"), queue.passed_answer, key="design_passed", source=source
    ):
        _pending(queue, words)
        pick_table(queue.passed, words, key="design_passed_rows", rows_shown=8)
    show(element("p", queue.note, css="atlas-note"))


def _pending(queue: QueueView, words: Words) -> None:
    """What the district must put on record: the opinion is a planner's, the ledger is not."""
    for project, name, opinion, day, lacking in queue.pending[:MOST_PENDING]:
        steps = words.listed([step_name(s, words) for s in lacking])
        text = words.say("design_review.pending", name=name, day=words.date(day), steps=steps)
        with st.container(horizontal=True, vertical_alignment="center", key=f"design_pending_{project}"):
            show(element("p", text, css="atlas-note"))
            register_steps(project, opinion, day, words, key=f"design_register_{project}")
    more = len(queue.pending) - MOST_PENDING
    if more > 0:
        show(element("p", words.say("design_review.pending_more", count=more), css="atlas-note"))


def pick_table(table: Table, words: Words, *, key: str, rows_shown: int = 11) -> None:
    """A table of designs (indexed by project_id) whose rows open the project's desk when they are clicked."""
    if table.rows.empty:
        show_table(table, words, key=key)
        return
    shown = table.shown(words).reset_index(drop=True)
    chosen = st.dataframe(
        shown,
        key=key,
        hide_index=True,
        row_height=ROW_HEIGHT_PX,
        height=min(rows_shown, len(shown)) * ROW_HEIGHT_PX + HEADER_HEIGHT_PX,
        placeholder="",
        column_config={
            c.header: st.column_config.DateColumn(format="YYYY-MM-DD")
            for c in table.columns
            if c.kind == "date"
        },
        on_select="rerun",
        selection_mode="single-row",
    )
    picked = list(chosen.selection.rows)
    if picked and picked[0] < len(table.rows):
        change(design_view="desk", project=str(table.rows.index[picked[0]]))
        st.rerun()
    show(element("p", words.say("design_review.pick_hint"), css="atlas-note"))
    downloads(table, words, key=key)
