"""What all subjects of the page read: the projects of the view, worked out once for each view of the store."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.address import change
from dashboard.filters import Filters
from dashboard.markup import element, show
from dashboard.panels import file_notes
from dashboard.state import read, worked_out
from dashboard.tables import HEADER_HEIGHT_PX, ROW_HEIGHT_PX, Table, downloads, show_table
from dashboard.viewmodels.project_frames import ProjectsInView, projects_in_view
from dashboard.words import Words
from store import queries, queries_projects

#: The tables whose rows the steps of a project are read off.
TABLES = ("projects", "stage_events", "communities")


def view_key(filters: Filters) -> tuple[str | bool, ...]:
    """What a figure of the page depends on: day, area, with or without central-state projects. Not the language."""
    return (
        filters.month,
        filters.district_code or "",
        filters.subdistrict_code or "",
        filters.has_central,
    )


def view_of(filters: Filters) -> ProjectsInView:
    """The projects of a view."""

    def make() -> ProjectsInView:
        return projects_in_view(
            read(queries_projects.project_list),
            read(queries.stage_event_rows),
            read(queries_projects.project_homes),
            filters,
        )

    found: ProjectsInView = worked_out("projects.view", view_key(filters), make)
    return found


def runs() -> pd.DataFrame:
    """What each run is called."""
    return read(queries_projects.run_titles)


def notes_of(words: Words, filters: Filters, place: str, *tables: str) -> dict[str, str]:
    """What a downloaded file says of itself."""
    return file_notes(words, filters, place, *tables)


def open_card(project_id: str) -> None:
    """Show a project's card."""
    change(project_view="card", project=project_id)


def project_picker(table: Table, words: Words, *, key: str, rows_shown: int = 11) -> None:
    """A table of projects (indexed by project_id, unique or not) whose rows open the card when they are clicked."""
    if table.rows.empty:
        show_table(table, words, key=key)
        return
    shown = table.shown(words).reset_index(drop=True)
    styled: Any = shown.style if any(c.scale for c in table.columns) else shown
    for column in (c for c in table.columns if c.scale is not None):
        colour = column.scale.colours[0] if column.scale else ""
        styled = styled.set_properties(subset=[column.header], **{"background-color": colour})
    chosen = st.dataframe(
        styled,
        key=key,
        hide_index=True,
        row_height=ROW_HEIGHT_PX,
        height=min(rows_shown, len(shown)) * ROW_HEIGHT_PX + HEADER_HEIGHT_PX,
        placeholder="",
        column_config={c.header: _config(c.kind, is_first=c is table.columns[0]) for c in table.columns},
        on_select="rerun",
        selection_mode="single-row",
    )
    picked = list(chosen.selection.rows)
    if picked and picked[0] < len(table.rows):
        open_card(str(table.rows.index[picked[0]]))
        st.rerun()
    show(element("p", words.say("projects.pick_hint"), css="atlas-note"))
    downloads(table, words, key=key)


def _config(kind: str, *, is_first: bool) -> Any:
    if kind == "count":
        return st.column_config.NumberColumn(format="localized", pinned=is_first)
    if kind == "date":
        return st.column_config.DateColumn(format="YYYY-MM-DD", pinned=is_first)
    if kind == "wan_yuan":
        return st.column_config.NumberColumn(format="%.2f", pinned=is_first)
    if kind in ("pct", "number"):
        return st.column_config.NumberColumn(format="%.1f", pinned=is_first)
    return st.column_config.TextColumn(pinned=is_first)
