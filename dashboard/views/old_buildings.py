"""Old buildings: what was built before 2000, where the ages mix, what still has no year, who is not surveyed."""

import pandas as pd
import streamlit as st

from dashboard.address import choice, current_filters
from dashboard.area_panels import area_map, area_ranking, back_to_city, choose
from dashboard.charts import bars_chart, stacked_bars
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import empty, file_notes, panel, source_line
from dashboard.session import current_principal
from dashboard.state import facts, read, totals
from dashboard.tables import show_table
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.old_buildings import (
    MEASURES,
    OldBuildingsView,
    communities_table,
    old_buildings_view,
)
from dashboard.words import Words
from store import queries

MAP_HEIGHT_PX = 424
TABLES = ("communities", "buildings")
#: The lists at the foot of the page.
LISTS = ("mixed", "unknown", "not_surveyed", "pre_2000")


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    measure = choice("stock", MEASURES, MEASURES[0])
    with st.spinner(words.say("loading.reading")):
        view = totals("old_buildings", (filters, measure), lambda _s: _view(filters, found, words, measure))
    if view is None:
        empty(words, "communities" if found.districts else "store")
        return
    source = source_line(words, filters, *TABLES)

    show(element("p", view.headline, css="atlas-headline"))
    figures = [
        element("div", element("span", f.label), element("b", f.text), css="atlas-figure")
        for f in view.figures
    ]
    show(element("div", *figures, css="atlas-figures"))
    left, right = st.columns([42, 58], gap="small")
    with (
        left,
        panel(
            words,
            words.say(f"old.map_question_{view.level}", measure=words.say(f"old.measure_{measure}")),
            view.answer,
            key="map",
            source=source,
            rows="areas",
        ),
    ):
        area_map(view.areas, view.level, filters, words, key="old_map", height=MAP_HEIGHT_PX)
    with right:
        _ranking(view, filters, words, source)
    _decades(view, words, source)
    question = words.say(f"old.areas_question_{view.level}", place=view.place)
    with panel(words, question, words.say("old.areas_answer"), key="areas", source=source):
        show_table(view.table, words, key="old_areas", rows_shown=16)
    if current_principal().reads_rows:
        _lists(filters, found, words, source, file_notes(words, filters, view.place, *TABLES))


def _view(filters: Filters, found: StoreFacts, words: Words, measure: str) -> OldBuildingsView | None:
    counts = read(queries.community_counts, filters.as_of)
    buildings = read(queries.building_counts)
    if counts.empty and buildings.empty:
        return None
    by_year = read(queries.community_year_counts)
    notes = file_notes(words, filters, scope_name(filters, found, words), *TABLES)
    return old_buildings_view(counts, buildings, by_year, filters, found, words, measure, notes)


def _ranking(view: OldBuildingsView, filters: Filters, words: Words, source: str) -> None:
    question = words.say(f"old.ranking_question_{view.measure}")
    with panel(words, question, words.say("old.ranking_hint"), key="ranking", source=source, rows="areas"):
        with st.container(horizontal=True, key="bar_old", vertical_alignment="center"):
            names = [words.say(f"old.measure_{m}") for m in MEASURES]
            choose("stock", MEASURES, view.measure, names, words, "old")
            if filters.district_code is not None:
                back_to_city(words, key="old_back")
        area_ranking(
            view.areas,
            view.level,
            filters,
            words,
            key="old_ranking",
            measure=words.say(f"old.measure_{view.measure}"),
            note=words.say("old.row_note_title"),
        )


def _decades(view: OldBuildingsView, words: Words, source: str) -> None:
    labels = {
        "category": words.say(f"col.{view.level}"),
        "part": words.say("old.decade"),
        "value": words.say(f"old.{view.basis}_axis"),
    }
    unknown = words.say("decade.unknown")
    left, right = st.columns([42, 58], gap="small")
    with (
        left,
        panel(
            words,
            words.say(f"old.decades_question_{view.basis}", place=view.place),
            view.decade_answer,
            key="decades",
            source=source,
        ),
    ):
        single = {**labels, "category": words.say("old.decade")}
        columns = bars_chart(
            view.decades, category="decade", value="amount", colours=view.decade_colours, labels=single
        )
        st.altair_chart(columns, theme=None, key="old_decades")
    with (
        right,
        panel(
            words,
            words.say(f"old.by_area_question_{view.level}", kind=words.say(f"old.{view.basis}")),
            words.say(f"old.by_area_answer_{view.basis}"),
            key="decades_by_area",
            source=source,
        ),
    ):
        bars = stacked_bars(
            view.by_area,
            category="area",
            part="decade",
            value="amount",
            order=view.area_order,
            parts=view.decade_colours,
            labels=labels,
            outlined=unknown,
        )
        st.altair_chart(bars, theme=None, key="old_by_area")


def _lists(filters: Filters, found: StoreFacts, words: Words, source: str, notes: dict[str, str]) -> None:
    kind = choice("list", LISTS, LISTS[0])
    area = {"district_code": filters.district_code, "subdistrict_code": filters.subdistrict_code}
    rows: pd.DataFrame = read(queries.community_list, kind=kind, as_of=filters.as_of, **area)
    answer = words.say(f"old.list_answer_{kind}", count=words.count(len(rows), "community"))
    with panel(words, words.say(f"old.list_question_{kind}"), answer, key="lists", source=source):
        choose("list", LISTS, kind, [words.say(f"old.list_{k}") for k in LISTS], words, "old")
        table = communities_table(rows, found, words, words.say(f"old.list_{kind}"), notes)
        show_table(table, words, key=f"old_list_{kind}")


if __name__ == "__main__":
    main()
