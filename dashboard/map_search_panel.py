"""Finding a community on the map page, and the flight to it."""

import streamlit as st

from dashboard.address import change, current_filters, remembered
from dashboard.filters import WHOLE_CITY, Filters
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.search import SearchIndex
from dashboard.state import facts, reader, worked_out
from dashboard.words import Words
from store import queries_map

MOST_HITS = 8
_AREA = "map.area"
_IS_ELSEWHERE = "map.is_elsewhere"


def flown_to(filters: Filters) -> tuple[str, str]:
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


def has_left_area() -> bool:
    """Whether a flight has just left the chosen area: the bar above the page must be shown anew. Says so once."""
    return bool(st.session_state.pop(_IS_ELSEWHERE, False))


def search_panel(words: Words) -> None:
    """A field for names, addresses, pinyin and initials, and what was found."""
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
        st.session_state[_IS_ELSEWHERE] = True
    elif filters.subdistrict_code is not None:
        change(subdistrict=WHOLE_CITY)
        st.session_state[_AREA] = (filters.district_code, None)
        st.session_state[_IS_ELSEWHERE] = True
