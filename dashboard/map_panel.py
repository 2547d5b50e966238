"""The panel with the map: its switches, its legend and the map, which run alone when only they change."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard.address import change, choice, remembered
from dashboard.area_panels import choose
from dashboard.faults import part
from dashboard.filters import Filters
from dashboard.map_picture import lacks_webgl, plain_map, tiled_map
from dashboard.map_query import kind_of
from dashboard.map_tools import area_of_address, map_tools
from dashboard.markup import element, show
from dashboard.offline_map import MOST_RINGS
from dashboard.panels import legend, panel, source_line
from dashboard.viewmodels.map import COLOUR_BY, KINDS, MapFilters, Names, legend_entries, passing
from dashboard.viewmodels.map_area import MapArea
from dashboard.viewmodels.map_kept import KeptRows
from dashboard.words import Words

#: The tables that the map and what is counted on it stand on.
TABLES = ("communities", "buildings", "projects", "stage_events")
_IS_PLAIN = "simple"
_WAS_DRAWN = "map.was_drawn"


@part
def map_panel(
    frames: dict[str, pd.DataFrame],
    kept: KeptRows,
    filters: Filters,
    shown: Filters,
    words: Words,
    own: MapFilters,
    names: Names,
    kind: str,
    picked: str,
    at: str,
    area: MapArea | None,
    refused: str,
) -> Callable[[], None] | None:
    """The map with its switches and its legend.

    A change of colour or of height runs this panel alone; whatever the page counts by runs the whole page. On the
    session's first run the tiled map is not drawn: what is returned draws it, when the rest of the page has been sent.
    The still picture stands there already, and shall not wait for the map's own scripts.
    """
    if (kind_of(remembered("kind"), frames, filters), area_of_address()) != (kind, (area, refused)):
        st.rerun()
    colour_by = choice("colour", COLOUR_BY, COLOUR_BY[0])
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
            is_plain = _switch("map", "tiles", _IS_PLAIN, words, is_held=is_blind)
        entries = legend_entries(colour_by, words, names)
        if not is_plain:
            map_tools(area, refused, words)
            legend(entries)
            is_few = own.is_active and kind == "buildings" and len(kept) <= MOST_RINGS
            draw = tiled_map(
                kept.rows() if is_few else kept.nothing,
                own,
                filters,
                kind=kind,
                colour_by=colour_by,
                picked=picked,
                at=at,
                has_height=has_height,
            )
            is_first = not st.session_state.get(_WAS_DRAWN, False)
            st.session_state[_WAS_DRAWN] = True
            if not is_first:
                draw()
            # Below the map: what comes and goes above it would move it, and the browser then begins it anew.
            if own.asks_for_buildings and kind == "buildings":
                show(element("p", words.say("map.zoom_in"), css="atlas-note"))
            return draw if is_first else None
        show(element("p", words.say("map.no_webgl" if is_blind else "map.simple_note"), css="atlas-note"))
        homes = passing(frames["communities"], own, filters, "communities")
        own_legend = plain_map(kept.rows(), homes, filters, words, kind=kind, colour_by=colour_by)
        legend(own_legend or entries)
    return None


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
