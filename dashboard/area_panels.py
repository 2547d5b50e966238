"""Areas on the map and in the ranked list: both pages draw them alike, and a click on either opens the area."""

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import streamlit as st

from dashboard.address import change
from dashboard.filters import WHOLE_CITY, Filters
from dashboard.markup import element, show
from dashboard.offline_map import AreaMap, choropleth_map, show_folium
from dashboard.panels import legend
from dashboard.ranking import show_ranking
from dashboard.state import read
from dashboard.viewmodels.area_rows import AreaRow, AreaRows
from dashboard.words import Words
from store import queries

#: Zones whose districts are too small to read on the city's map.
INSET_ZONES = ("core", "central")
#: Room left free for the inset, as shares of the city's height and width: no outlying district lies under it.
ROOM_SOUTH, ROOM_EAST = 0.43, 0.58


def area_map(areas: AreaRows, level: str, filters: Filters, words: Words, *, key: str, height: int) -> None:
    """The areas in the colours of their rows, with the legend; `level` is district or subdistrict."""
    drawn = _coloured(areas.rows, level, filters)
    if drawn.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
    else:
        picture = (
            _city_map(drawn, words)
            if level == "district"
            else choropleth_map(drawn, selected=filters.subdistrict_code)
        )
        picked = show_folium(picture, key=key, height=height)
        if picked is not None:
            pick_area(picked, level)
            st.rerun()
    legend(areas.legend)


def pick_area(code: str, level: str) -> None:
    """Open a district, or a subdistrict of the open district, in the address."""
    if level == "district":
        change(district=code, subdistrict=WHOLE_CITY)
    else:
        change(subdistrict=code)


def area_ranking(
    areas: AreaRows,
    level: str,
    filters: Filters,
    words: Words,
    *,
    key: str,
    measure: str,
    note: str,
    lamps: Sequence[str] = (),
) -> None:
    """The ranked list of the areas; `measure` names the figure, `note` the last column, `lamps` the lamps' columns."""
    labels = {
        "rank": words.say("col.rank"),
        "area": words.say(f"col.{level}"),
        "bar": words.say("overview.bar_by_pace" if areas.is_by_pace else "overview.bar_by_figure"),
        "figure": words.say("overview.figure_unit", measure=measure, unit=areas.unit),
        "reason": note,
        "pace": words.say("overview.pace_line"),
        "lamps": list(lamps),
    }
    show_ranking(
        areas.rows,
        labels,
        key=key,
        selected=filters.subdistrict_code,
        on_pick=lambda code: pick_area(code, level),
    )


def back_to_city(words: Words, *, key: str) -> None:
    """A button that closes the open district."""

    def close() -> None:
        change(district=WHOLE_CITY, subdistrict=WHOLE_CITY)

    st.button(words.say("overview.back"), key=key, on_click=close)


def choose(
    key: str, options: Sequence[str], value: str, labels: Sequence[str], words: Words, page: str
) -> None:
    """A page's own choice as a row of buttons; it writes the address."""
    widget = f"{page}_{key}"
    st.session_state[widget] = value
    names = dict(zip(options, labels, strict=True))

    def changed() -> None:
        chosen = st.session_state[widget]
        if chosen is not None:
            change(**{key: chosen})

    st.segmented_control(
        words.say(f"choice.{key}"),
        list(options),
        key=widget,
        format_func=lambda option: names[option],
        on_change=changed,
        label_visibility="collapsed",
    )


def _coloured(rows: Sequence[AreaRow], level: str, filters: Filters) -> gpd.GeoDataFrame:
    """The outlines with colour, name and tip of each area's row."""
    if level == "district":
        outlines = read(queries.district_areas).rename(columns={"district_code": "code"})
    else:
        outlines = read(queries.subdistrict_areas, filters.district_code).rename(
            columns={"subdistrict_code": "code"}
        )
    by_code = {row.code: row for row in rows}
    known = outlines[outlines["code"].isin(list(by_code)) & ~outlines.geometry.isna()]
    return known.assign(
        name=[by_code[c].name for c in known["code"]],
        colour=[None if by_code[c].value is None else by_code[c].colour for c in known["code"]],
        tip=[[by_code[c].figure, by_code[c].reason] for c in known["code"]],
    )


def _city_map(areas: gpd.GeoDataFrame, words: Words) -> AreaMap:
    """The city in the upper left, the six central districts enlarged in the room that this leaves."""
    drawn = choropleth_map(
        areas,
        inset_codes=list(areas.loc[areas["zone"].isin(INSET_ZONES), "code"]),
        inset_title=words.say("overview.inset"),
        inset_position="bottomright",
    )
    (south, west), (north, east) = drawn.spec["bounds"]
    room = [[south - ROOM_SOUTH * (north - south), west], [north, east + ROOM_EAST * (east - west)]]
    return replace(drawn, spec={**drawn.spec, "bounds": room})
