"""Which standard asks for what, and a planner's own rows over it (R45)."""

import datetime as dt

import pandas as pd
import streamlit as st

from dashboard.duties_saving import form_key, new_key, save
from dashboard.gaps_page import GapsPage
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.tables import Table, TableColumn, show_table
from dashboard.viewmodels.gaps import short_kind, tier_text
from loaders.facility_standards import kind_name, kinds_known
from programme.standards import TIERS, requirements, requirements_table
from store import queries_gaps
from store.access import Action
from store.edits import RowChange


def show_standards(page: GapsPage) -> None:
    """The page's subject on standards: what holds on the day, and the rows that a planner added."""
    words = page.words
    kinds = kinds_known()
    table = requirements_table(requirements(page.standards, kinds, page.ask.day, page.ask.chosen))
    known = int((table["status"] == "set").sum())
    table = table.assign(
        kind_text=[short_kind(k, words) for k in table["facility_kind"]],
        status_text=[words.say(f"gaps.status_{s}") for s in table["status"]],
        tier_text=["" if pd.isna(t) else tier_text(str(t), words) for t in table["tier"]],
    )
    columns = [
        TableColumn("kind_text", words.say("gaps.col_kind")),
        TableColumn("radius_m", words.say("gaps.col_radius"), "count"),
        TableColumn("tier_text", words.say("gaps.col_tier")),
        TableColumn("status_text", words.say("gaps.col_status")),
        TableColumn("document", words.say("gaps.col_document")),
        TableColumn("version", words.say("gaps.col_version")),
        TableColumn("clause", words.say("gaps.col_clause")),
        TableColumn("confidence", words.say("gaps.col_confidence")),
        TableColumn("least_floor_area_m2", words.say("gaps.col_least_area"), "count"),
        TableColumn("floor_area_m2_per_1000", words.say("gaps.col_area_per_1000"), "count"),
        TableColumn("places_per_1000", words.say("gaps.col_places_per_1000"), "number"),
        TableColumn("spaces_per_household", words.say("gaps.col_spaces"), "number"),
        TableColumn("is_corrected", words.say("gaps.col_corrected"), "yes_no"),
        TableColumn("note", words.say("gaps.col_note"), width="large"),
    ]
    question = words.say("gaps.standards_question", day=words.date(page.ask.day))
    answer = words.say("gaps.standards_answer", known=known, kinds=len(kinds))
    with panel(words, question, answer, key="gap_standards"):
        show_table(
            Table(table, columns, words.say("gaps.standards_file"), page.notes),
            words,
            key="gaps_standards_table",
            rows_shown=18,
        )
        for code in ("tiers", "beijing", "not_set"):
            show(element("p", words.say(f"gaps.standards_note_{code}"), css="atlas-note"))
    _own_rows(page)


def _own_rows(page: GapsPage) -> None:
    words = page.words
    rows = read(queries_gaps.standard_corrections)
    may = current_principal().may(Action.EDIT_STANDARD)
    answer = words.say("gaps.own_answer", rows=len(rows)) if len(rows) else words.say("gaps.own_none")
    with panel(words, words.say("gaps.own_question"), answer, key="gap_own"):
        if len(rows):
            shown = rows.assign(kind_text=[short_kind(k, words) for k in rows["facility_kind"]])
            columns = [
                TableColumn("kind_text", words.say("gaps.col_kind")),
                TableColumn("standard_key", words.say("gaps.col_standard")),
                TableColumn("tier", words.say("gaps.col_tier")),
                TableColumn("radius_m", words.say("gaps.col_radius"), "count"),
                TableColumn("clause", words.say("gaps.col_clause")),
                TableColumn("source", words.say("gaps.col_source")),
                TableColumn("effective_from", words.say("gaps.col_from"), "date"),
                TableColumn("effective_to", words.say("gaps.col_to"), "date"),
                TableColumn("note", words.say("gaps.col_note")),
                TableColumn("standard_row_id", words.say("gaps.col_id")),
            ]
            show_table(
                Table(shown, columns, words.say("gaps.own_file"), page.notes), words, key="gaps_own_table"
            )
        if not may:
            show(element("p", words.say("gaps.own_may_not"), css="atlas-note"))
            return
        with st.expander(words.say("gaps.own_add")):
            _form(page)
        if len(rows):
            with st.expander(words.say("gaps.own_remove")):
                _remove(page, rows)


def _form(page: GapsPage) -> None:
    words = page.words
    kinds = kinds_known()
    keys = list(dict.fromkeys(v.key for v in page.standards.versions)) or ["own"]
    with st.form(form_key("gaps_standard"), border=False):
        kind = st.selectbox(
            words.say("gaps.col_kind"),
            kinds,
            format_func=lambda k: kind_name(k, words.lang),
            key="gaps_std_kind",
        )
        named = st.selectbox(
            words.say("gaps.col_standard"), [*keys, "own"] if "own" not in keys else keys, key="gaps_std_key"
        )
        tier = st.selectbox(
            words.say("gaps.col_tier"),
            list(TIERS),
            format_func=lambda t: words.say(f"gaps.tier_{t}"),
            key="gaps_std_tier",
        )
        radius = st.number_input(
            words.say("gaps.col_radius"),
            min_value=0.0,
            max_value=3000.0,
            value=None,
            step=50.0,
            key="gaps_std_radius",
        )
        sizes = {
            name: st.number_input(words.say(code), min_value=0.0, value=None, key=f"gaps_std_{name}")
            for name, code in (
                ("places_per_1000", "gaps.col_places_per_1000"),
                ("floor_area_m2_per_1000", "gaps.col_area_per_1000"),
                ("least_floor_area_m2", "gaps.col_least_area"),
            )
        }
        clause = st.text_input(words.say("gaps.col_clause"), key="gaps_std_clause")
        source = st.text_input(words.say("gaps.col_source"), key="gaps_std_source")
        first = st.date_input(
            words.say("gaps.col_from"), value=None, format="YYYY-MM-DD", key="gaps_std_from"
        )
        last = st.date_input(words.say("gaps.col_to"), value=None, format="YYYY-MM-DD", key="gaps_std_to")
        note = st.text_input(words.say("gaps.col_note"), key="gaps_std_note")
        sent = st.form_submit_button(words.say("gaps.own_save"))
    if not sent:
        return
    if not source.strip():
        st.error(words.say("gaps.own_needs_source"))
        return
    if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
        st.error(words.say("gaps.own_days_reversed"))
        return
    values = {
        "standard_key": named,
        "facility_kind": kind,
        "tier": tier,
        "radius_m": radius,
        **sizes,
        "clause": clause,
        "source": source,
        "effective_from": first,
        "effective_to": last,
        "confidence": "own",
        "note": note,
    }
    row = RowChange("standard_rows", new_key("STD", page.filters.as_of), values)
    save([row], name="gaps_standard", what="gaps.own_title", words=words)


def _remove(page: GapsPage, rows: pd.DataFrame) -> None:
    words = page.words
    by_id = rows.set_index("standard_row_id")
    with st.form(form_key("gaps_standard_out"), border=False):
        gone = st.selectbox(
            words.say("gaps.col_id"),
            list(by_id.index),
            format_func=lambda i: f"{short_kind(by_id.at[i, 'facility_kind'], words)} · {i}",
            key="gaps_std_out",
        )
        sent = st.form_submit_button(words.say("gaps.own_remove_button"))
    if sent:
        row = RowChange("standard_rows", gone, None, by_id.at[gone, "content_hash"])
        save([row], name="gaps_standard_out", what="gaps.own_title_out", words=words)
