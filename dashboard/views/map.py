"""Map: which communities, which buildings, what state, what is missing?"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard.address import change, current_filters, remembered
from dashboard.faults import part
from dashboard.filters import Filters
from dashboard.in_view import was_in_view
from dashboard.map_area_panel import area_note, area_panel, lines_of_area, refused_note
from dashboard.map_card import card_panel
from dashboard.map_events import is_new_event
from dashboard.map_filter_panel import filter_panel
from dashboard.map_layers import batches, structures
from dashboard.map_panel import TABLES, map_panel
from dashboard.map_query import kind_of, own_filters
from dashboard.map_search_panel import flown_to, has_left_area, search_panel
from dashboard.map_seen import seen_rows
from dashboard.map_tools import area_of_address
from dashboard.map_waiting import is_waiting
from dashboard.markup import element, show
from dashboard.panels import empty, file_notes, panel, source_line
from dashboard.state import facts, totals
from dashboard.tables import HEADER_HEIGHT_PX, ROW_HEIGHT_PX, Table, downloads
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.map import KINDS, MapFilters, Names, conditions, deck_filters, headline
from dashboard.viewmodels.map_kept import KeptRows
from dashboard.viewmodels.map_rows import rows_table
from dashboard.words import Words

ROWS_SHOWN = 300
ROWS_HIGH = 11


def main() -> None:
    words = Words(current_filters().lang)
    if not facts().districts:
        empty(words, "store")
        return
    if not is_waiting(words):
        _page()


@part
def _page() -> None:
    """All below the bar: a filter of the page's own runs this alone, without navigation and bar."""
    if has_left_area():
        st.rerun()
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    with st.spinner(words.say("loading.reading")):
        frames = {kind: seen_rows(kind) for kind in KINDS}
        names = totals("map.names", (), lambda whole: Names(batches(whole), structures(whole)))
    if all(frame.empty for frame in frames.values()):
        empty(words, "communities")
        return
    own = own_filters(remembered, names)
    kind = kind_of(remembered("kind"), frames, filters)
    picked, at = flown_to(filters)
    area, refused = area_of_address()
    # The map holds the latest state, whatever month the bar names.
    shown = filters if found.latest_date is None else replace(filters, month=f"{found.latest_date:%Y-%m}")
    # A container keeps what stood in it until it is filled again; its height is held open (theme.css).
    head = st.container(key="map_head")
    kept = KeptRows.of(frames[kind], deck_filters(own, filters, kind)).inside(area)
    left, right = st.columns([70, 30], gap="small")
    # The map goes first: what the browser does longest begins while the rest of the page is still being counted.
    with left:
        draw = map_panel(
            frames,
            kept,
            filters,
            shown,
            words,
            own,
            names,
            kind,
            picked,
            at,
            area,
            refused,
        )
    with right:
        search_panel(words)
        filter_panel(own, names, frames[kind], filters, kind, words)
    asked = conditions(own, names, words, kind)
    # A share of the area where something is asked, else the area's share of the city.
    scope = filters if asked else filters.with_district(None)
    of_scope = KeptRows.of(frames[kind], deck_filters(MapFilters(), scope, kind))
    place = scope_name(filters, found, words)
    if area:
        of_scope = of_scope.inside(area) if asked else of_scope
        place = words.say("map.in_area", place=place)
    with head:
        show(
            element("p", headline(len(kept), len(of_scope), kind, place, asked, words), css="atlas-headline")
        )
        if refused:
            refused_note(refused, words)
    lines: list[tuple[str, str]] = []
    with left:
        if area or filters.district_code:
            with st.spinner(words.say("loading.reading")):
                lines = lines_of_area(kept, frames[kind], kind, filters, own, area, words)
            area_panel(lines, area, place, shown, words)
    if picked:
        card_panel(picked, shown, words)
    notes = file_notes(words, shown, place, *TABLES) | {
        words.say("map.conditions"): words.listed(asked) or words.say("map.no_conditions")
    }
    if area:
        notes[words.say("map.area_label")] = area_note(area, words)
    notes |= dict(lines)
    if draw is not None:
        draw()
    _rows_panel(lambda rows: rows_table(rows, kind, found, names, words, notes), kept, kind, shown, words)


@part
def _rows_panel(
    table_of: Callable[[pd.DataFrame], Table], kept: KeptRows, kind: str, shown: Filters, words: Words
) -> None:
    first_rows = kept.head(ROWS_SHOWN)
    head, first = table_of(first_rows), len(first_rows)
    unit = "building" if kind == "buildings" else "community"
    total = words.count(len(kept), unit)
    answer = words.say("map.rows_answer", total=total, shown=first)
    with panel(words, head.title, answer, key="map_rows", source=source_line(words, shown, *TABLES)):
        if not len(kept):
            show(element("p", words.say("empty.rows"), css="atlas-note"))
            return
        height_px = min(ROWS_HIGH, len(head.rows)) * ROW_HEIGHT_PX + HEADER_HEIGHT_PX
        if not was_in_view("map_rows", height_px):
            return
        # Other rows make another table, so that a row marked in the old one is not taken for one of the new.
        marks = hashlib.sha256("\n".join([kind, *first_rows["id"]]).encode()).hexdigest()[:12]
        picked = st.dataframe(
            head.shown(words),
            key=f"map_rows_{marks}",
            hide_index=True,
            row_height=ROW_HEIGHT_PX,
            height=height_px,
            placeholder="",
            on_select="rerun",
            selection_mode="single-row",
        )
        downloads(head, words, key="map_table", whole=lambda: table_of(kept.rows()))
    marked = picked["selection"]["rows"]
    column = "id" if kind == "communities" else "community"
    chosen = str(first_rows[column].iloc[marked[0]]) if marked else ""
    if is_new_event(f"map_rows_{marks}", (marked[0], chosen) if marked else None) and chosen:
        change(community=chosen, at=chosen)
        st.rerun()


if __name__ == "__main__":
    main()
