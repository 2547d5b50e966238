"""Map: which communities, which buildings, what state, what is missing?"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pandas as pd
import streamlit as st

from dashboard.address import change, choice, current_filters, remembered
from dashboard.area_panels import choose
from dashboard.filters import WHOLE_CITY, Filters
from dashboard.in_view import was_in_view
from dashboard.map_area_panel import area_note, area_panel, lines_of_area, refused_note
from dashboard.map_card import card_panel
from dashboard.map_events import is_new_event
from dashboard.map_layers import batches, structures
from dashboard.map_picture import lacks_webgl, plain_map, tiled_map
from dashboard.map_query import FILTER_KEYS, kind_of, own_filters
from dashboard.map_seen import seen_rows
from dashboard.map_tools import area_of_address, map_tools
from dashboard.map_waiting import is_waiting
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import empty, file_notes, legend, panel, source_line
from dashboard.search import SearchIndex
from dashboard.state import facts, reader, totals, worked_out
from dashboard.tables import HEADER_HEIGHT_PX, ROW_HEIGHT_PX, Table, downloads
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.map import (
    AGES,
    COLOUR_BY,
    FIRST_YEAR,
    FUNDING_COLOURS,
    GATE_COLOURS,
    KINDS,
    LAST_YEAR,
    MOST_STOREYS,
    PRECISION_COLOURS,
    MapFilters,
    Names,
    conditions,
    headline,
    legend_entries,
    passing,
)
from dashboard.viewmodels.map_area import MapArea, rows_inside
from dashboard.viewmodels.map_rows import rows_table
from dashboard.words import Words
from programme.stages import CHAIN
from store import queries_map

ROWS_SHOWN = 300
ROWS_HIGH = 11
MOST_HITS = 8
TABLES = ("communities", "buildings", "projects", "stage_events")
_AREA = "map.area"
_WAS_DRAWN = "map.was_drawn"


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if not found.districts:
        empty(words, "store")
        return
    if is_waiting(words):
        return
    with st.spinner(words.say("loading.reading")):
        frames = {kind: seen_rows(kind) for kind in KINDS}
        names = totals("map.names", (), lambda whole: Names(batches(whole), structures(whole)))
    if all(frame.empty for frame in frames.values()):
        empty(words, "communities")
        return
    own = own_filters(remembered, names)
    kind = kind_of(remembered("kind"), frames, filters)
    colour_by = choice("colour", COLOUR_BY, COLOUR_BY[0])
    picked, at = _place(filters)
    area, refused = area_of_address()
    # The map holds the latest state, whatever month the bar names.
    shown = filters if found.latest_date is None else replace(filters, month=f"{found.latest_date:%Y-%m}")
    # A container keeps what stood in it until it is filled again; its height is held open (theme.css).
    head = st.container(key="map_head")

    @cache
    def kept_rows() -> pd.DataFrame:
        rows = passing(frames[kind], own, filters, kind)
        return rows[rows_inside(rows, area)] if area else rows

    left, right = st.columns([70, 30], gap="small")
    # The map goes first: what the browser does longest begins while the rest of the page is still being counted.
    with left:
        draw = _map_panel(
            frames, kept_rows, filters, shown, words, own, names, kind, colour_by, picked, at, area, refused
        )
    with right:
        # On the first run the still picture stands there already, and shall not wait for the map's own scripts.
        is_first = not st.session_state.setdefault(_WAS_DRAWN, False)
        if not is_first:
            draw()
        _search(words)
        _filter_widgets(own, names, words)
    kept = kept_rows()
    asked = conditions(own, names, words, kind)
    # A share of the area where something is asked, else the area's share of the city.
    scope = filters if asked else filters.with_district(None)
    of_scope = passing(frames[kind], MapFilters(), scope, kind)
    place = scope_name(filters, found, words)
    if area:
        of_scope = of_scope[rows_inside(of_scope, area)] if asked else of_scope
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
                lines = lines_of_area(kept, frames[kind], kind, filters, words)
            area_panel(lines, area, place, shown, words)
    if picked:
        card_panel(picked, shown, words)
    notes = file_notes(words, shown, place, *TABLES) | {
        words.say("map.conditions"): words.listed(asked) or words.say("map.no_conditions")
    }
    if area:
        notes[words.say("map.area_label")] = area_note(area, words)
    notes |= dict(lines)
    if is_first:
        st.session_state[_WAS_DRAWN] = True
        draw()
    _rows_panel(lambda rows: rows_table(rows, kind, found, names, words, notes), kept, kind, shown, words)


# --- the address --------------------------------------------------------------------------------------
def _place(filters: Filters) -> tuple[str, str]:
    """The community whose card is open, and the one that was flown to; another area ends a flight."""
    picked, at = remembered("community"), remembered("at")
    area = (filters.district_code, filters.subdistrict_code)
    before = st.session_state.get(_AREA)
    st.session_state[_AREA] = area
    if before is None and picked and not at:  # someone opens a link
        change(at=picked)
        return picked, picked
    if before is not None and before != area and at:
        change(at="")
        return picked, ""
    return picked, at


# --- filters and search -------------------------------------------------------------------------------
def _filter_widgets(own: MapFilters, names: Names, words: Words) -> None:
    state = st.session_state
    state["map_years"] = (own.year_from, own.year_to)
    state["map_storeys"] = (own.storeys_from, own.storeys_to)
    state["map_stages"] = list(own.stages)
    state["map_ages"] = list(own.ages)
    state["map_batches"] = [names.batches[i - 1] for i in own.batches]
    state["map_gates"], state["map_fundings"] = list(own.gates), list(own.fundings)
    state["map_precisions"] = list(own.precisions)
    state["map_structures"] = [names.structures[i - 1] for i in own.structures]
    state["map_nolift"] = own.is_without_lift
    state["map_noproject"] = own.is_without_project

    def changed() -> None:
        change(
            years="-".join(map(str, state["map_years"])),
            storeys="-".join(map(str, state["map_storeys"])),
            stages=".".join(state["map_stages"]),
            ages=".".join(state["map_ages"]),
            batches="|".join(state["map_batches"]),
            gates=".".join(state["map_gates"]),
            fundings=".".join(state["map_fundings"]),
            precisions=".".join(state["map_precisions"]),
            structures="|".join(state["map_structures"]),
            nolift="1" if state["map_nolift"] else "",
            noproject="1" if state["map_noproject"] else "",
        )

    def cleared() -> None:
        change(**dict.fromkeys(FILTER_KEYS, ""))

    every = words.say("map.all_stages")
    with panel(words, words.say("map.filter_question"), words.say("map.filter_answer"), key="map_filters"):
        st.slider(words.say("map.years"), FIRST_YEAR, LAST_YEAR, key="map_years", on_change=changed)
        st.slider(words.say("map.storeys"), 0, MOST_STOREYS, key="map_storeys", on_change=changed)
        st.multiselect(
            words.say("map.ages"),
            list(AGES),
            key="map_ages",
            format_func=lambda a: words.say(f"map.class_{a}"),
            on_change=changed,
            placeholder=every,
        )
        st.multiselect(
            words.say("map.stages"),
            [s.value for s in CHAIN],
            key="map_stages",
            format_func=lambda s: words.say(f"stage.{s}"),
            on_change=changed,
            placeholder=every,
        )
        st.multiselect(
            words.say("map.batches"),
            list(names.batches),
            key="map_batches",
            format_func=escaped_markdown,
            on_change=changed,
            placeholder=every,
            disabled=not names.batches,
        )
        asks_more = bool(own.gates or own.fundings or own.precisions or own.structures)
        with st.expander(words.say("map.more_filters"), expanded=asks_more):
            _codes_choice("gates", list(GATE_COLOURS), "gate.", changed, words)
            _codes_choice("fundings", list(FUNDING_COLOURS), "map.funding_", changed, words)
            _codes_choice("precisions", list(PRECISION_COLOURS), "map.precision_", changed, words)
            _codes_choice("structures", list(names.structures), "", changed, words)
        st.checkbox(words.say("map.no_lift"), key="map_nolift", on_change=changed)
        st.checkbox(words.say("map.not_in_project"), key="map_noproject", on_change=changed)
        st.button(words.say("map.clear"), key="map_clear", on_click=cleared, disabled=not own.is_active)


def _codes_choice(
    key: str, options: list[str], prefix: str, changed: Callable[[], None], words: Words
) -> None:
    """Several of a list; without a prefix the options are names from data."""
    st.multiselect(
        words.say(f"map.{key}"),
        options,
        key=f"map_{key}",
        format_func=(lambda o: words.say(f"{prefix}{o}")) if prefix else escaped_markdown,
        on_change=changed,
        placeholder=words.say("map.all_stages"),
        disabled=not options,
    )


def _search(words: Words) -> None:
    with panel(words, words.say("map.search_question"), words.say("map.search_answer"), key="map_search"):
        typed = st.text_input(
            words.say("map.search_question"),
            key="map_typed",
            label_visibility="collapsed",
            max_chars=60,
            placeholder=words.say("map.search_placeholder"),
        )
        if not typed:
            return
        index: SearchIndex = worked_out(
            "map.search", (), lambda: SearchIndex.of(queries_map.search_rows(reader()))
        )
        hits = index.find(typed, MOST_HITS)
        if hits.empty:
            show(element("p", words.say("map.search_none"), css="atlas-note"))
        found = facts()
        for hit in hits.itertuples():
            area = found.districts.get(str(hit.district_code))
            where = words.say("map.hit", name=hit.name, area=area.name(words.lang)) if area else str(hit.name)
            st.button(
                escaped_markdown(where),
                key=f"map_hit_{hit.community_id}",
                on_click=_fly,
                args=(str(hit.community_id), str(hit.district_code) if area else ""),
                width="stretch",
            )


def _fly(community_id: str, district_code: str) -> None:
    """Open a community's card and move the map to it; a chosen area that does not hold it is given up."""
    filters = current_filters()
    change(community=community_id, at=community_id)
    if filters.district_code not in (None, district_code):
        change(district=WHOLE_CITY, subdistrict=WHOLE_CITY)
        st.session_state[_AREA] = (None, None)
    elif filters.subdistrict_code is not None:
        change(subdistrict=WHOLE_CITY)
        st.session_state[_AREA] = (filters.district_code, None)


# --- the map and the rows -------------------------------------------------------------------------------
def _map_panel(
    frames: dict[str, pd.DataFrame],
    kept_rows: Callable[[], pd.DataFrame],
    filters: Filters,
    shown: Filters,
    words: Words,
    own: MapFilters,
    names: Names,
    kind: str,
    colour_by: str,
    picked: str,
    at: str,
    area: MapArea | None,
    refused: str,
) -> Callable[[], None]:
    """The map with its switches and its legend; what is returned draws the tiled map."""
    source = source_line(words, shown, *TABLES)
    question = words.say("map.question", colour=words.say(f"map.colour_{colour_by}"))
    answer = words.say("map.answer")
    if shown.month != filters.month:
        answer = words.say("map.answer_latest", answer=answer, date=words.date(shown.as_of))
    with panel(words, question, answer, key="map", source=source, rows="map_rows"):
        is_blind = lacks_webgl()
        with st.container(horizontal=True, key="bar_map", vertical_alignment="center"):
            _colour_choice(colour_by, words)
            choose("kind", KINDS, kind, [words.say(f"map.kind_{k}") for k in KINDS], words, "map")
            has_height = _switch("height", "0", "1", words)
            is_plain = _switch("map", "tiles", "simple", words, is_held=is_blind)
        entries = legend_entries(colour_by, words, names)
        if not is_plain:
            map_tools(area, refused, words)
            legend(entries)
            few = kept_rows() if own.is_active else frames["communities"].iloc[:0]
            draw = tiled_map(
                few,
                own,
                filters,
                kind=kind,
                colour_by=colour_by,
                picked=picked,
                at=at,
                has_height=has_height,
            )
            # Below the map: what comes and goes above it would move it, and the browser then begins it anew.
            if own.asks_for_buildings and kind == "buildings":
                show(element("p", words.say("map.zoom_in"), css="atlas-note"))
            return draw
        show(element("p", words.say("map.no_webgl" if is_blind else "map.simple_note"), css="atlas-note"))
        homes = passing(frames["communities"], own, filters, "communities")
        own_legend = plain_map(kept_rows(), homes, filters, words, kind=kind, colour_by=colour_by)
        legend(own_legend or entries)
    return lambda: None


def _colour_choice(colour_by: str, words: Words) -> None:
    st.session_state["map_colour"] = colour_by
    st.selectbox(
        words.say("choice.colour"),
        list(COLOUR_BY),
        key="map_colour",
        format_func=lambda c: words.say("map.colour_by", colour=words.say(f"map.colour_{c}")),
        on_change=lambda: change(colour=st.session_state["map_colour"]),
        label_visibility="collapsed",
        width=216,
    )


def _switch(key: str, off: str, on: str, words: Words, *, is_held: bool = False) -> bool:
    """A switch that stands in the address; one that is held is on and can't be moved."""
    is_on = is_held or choice(key, (off, on), off) == on
    widget = f"map_switch_{key}"
    st.session_state[widget] = is_on
    st.toggle(
        words.say(f"map.switch_{key}"),
        key=widget,
        help=words.say(f"map.switch_{key}_help"),
        on_change=lambda: change(**{key: on if st.session_state[widget] else off}),
        disabled=is_held,
    )
    return is_on


@st.fragment
def _rows_panel(
    table_of: Callable[[pd.DataFrame], Table], kept: pd.DataFrame, kind: str, shown: Filters, words: Words
) -> None:
    head = table_of(kept.head(ROWS_SHOWN))
    first = min(ROWS_SHOWN, len(kept))
    unit = "building" if kind == "buildings" else "community"
    total = words.count(len(kept), unit)
    answer = words.say("map.rows_answer", total=total, shown=first)
    with panel(words, head.title, answer, key="map_rows", source=source_line(words, shown, *TABLES)):
        if kept.empty:
            show(element("p", words.say("empty.rows"), css="atlas-note"))
            return
        height_px = min(ROWS_HIGH, len(head.rows)) * ROW_HEIGHT_PX + HEADER_HEIGHT_PX
        if not was_in_view("map_rows", height_px):
            return
        # Other rows make another table, so that a row marked in the old one is not taken for one of the new.
        marks = hashlib.sha256("\n".join([kind, *kept["id"].head(ROWS_SHOWN)]).encode()).hexdigest()[:12]
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
        downloads(head, words, key="map_table", whole=lambda: table_of(kept))
    marked = picked["selection"]["rows"]
    column = "id" if kind == "communities" else "community"
    chosen = str(kept[column].iloc[marked[0]]) if marked else ""
    if is_new_event(f"map_rows_{marks}", (marked[0], chosen) if marked else None) and chosen:
        change(community=chosen, at=chosen)
        st.rerun()


if __name__ == "__main__":
    main()
