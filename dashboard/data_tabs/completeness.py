"""Completeness: which fields of the pre-2000 communities are still empty, and where (R3)."""

import streamlit as st

from dashboard.address import change, choice
from dashboard.area_panels import area_map, area_ranking, back_to_city
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import empty, file_notes, panel, source_line
from dashboard.state import read
from dashboard.tables import show_table
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.completeness import (
    MEASURES,
    CompletenessView,
    completeness_view,
    field_name,
    incomplete_table,
)
from dashboard.words import Words
from store import queries_data

MAP_HEIGHT_PX = 424


def show_completeness(filters: Filters, found: StoreFacts, words: Words) -> None:
    """Map and ranking of the areas, the fields, the areas by field, and the communities to ask about."""
    level = "district" if filters.district_code is None else "subdistrict"
    with st.spinner(words.say("loading.reading")):
        counts = read(queries_data.completeness, level, filters.district_code)
    if counts.empty and filters.district_code is None:
        empty(words, "communities" if found.districts else "store")
        return
    measure = choice("field", MEASURES, MEASURES[0])
    place = scope_name(filters, found, words)
    notes = file_notes(words, filters, place, "communities")
    view = completeness_view(counts, filters, found, words, measure, notes)
    source = source_line(words, filters, "communities")
    show(element("p", view.headline, css="atlas-answer"))
    left, right = st.columns([42, 58], gap="small")
    with left:
        question = words.say(f"data.completeness_map_{level}", field=field_name(measure, words))
        with panel(words, question, view.answer, key="map", source=source, rows="by_area"):
            area_map(view.areas, level, filters, words, key="data_map", height=MAP_HEIGHT_PX)
    with right:
        _ranking(view, filters, words, source)
    with panel(
        words,
        words.say("data.fields_question", place=place),
        view.field_answer,
        key="by_field",
        source=source,
    ):
        show_table(view.by_field, words, key="data_fields", rows_shown=len(MEASURES))
    answer = words.say("data.areas_answer")
    with panel(words, words.say(f"data.areas_question_{level}"), answer, key="by_area", source=source):
        show_table(view.by_area, words, key="data_areas", rows_shown=16)
    if view.has_rows:
        _communities(filters, found, words, source, notes)


def _ranking(view: CompletenessView, filters: Filters, words: Words, source: str) -> None:
    question = words.say(f"data.completeness_ranking_{view.level}")
    hint = words.say("data.completeness_hint")
    with panel(words, question, hint, key="ranking", source=source, rows="by_area"):
        with st.container(horizontal=True, key="bar_data", vertical_alignment="center"):
            _field_choice(view.measure, words)
            if filters.district_code is not None:
                back_to_city(words, key="data_back")
        area_ranking(
            view.areas,
            view.level,
            filters,
            words,
            key="data_ranking",
            measure=field_name(view.measure, words),
            note=words.say("data.area_note_title"),
        )


def _field_choice(measure: str, words: Words) -> None:
    widget = "data_field"
    st.session_state[widget] = measure

    def changed() -> None:
        change(field=str(st.session_state[widget]))

    st.selectbox(
        words.say("data.field_choice"),
        list(MEASURES),
        key=widget,
        format_func=lambda f: field_name(f, words),
        on_change=changed,
        label_visibility="collapsed",
        width=220,
    )


def _communities(
    filters: Filters, found: StoreFacts, words: Words, source: str, notes: dict[str, str]
) -> None:
    rows = read(
        queries_data.incomplete_communities,
        district_code=filters.district_code,
        subdistrict_code=filters.subdistrict_code,
    )
    place = scope_name(filters, found, words)
    answer = words.say("data.incomplete_answer", count=words.count(len(rows), "community"))
    with panel(
        words, words.say("data.incomplete_question", place=place), answer, key="incomplete", source=source
    ):
        table = incomplete_table(rows, found, words, notes, place)
        show_table(table, words, key="data_incomplete")
