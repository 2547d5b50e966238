"""Tools on the tiled map: draw an area, take what the map shows as one, and keep the map's place in the address.

The scripts stand in `static/maps/map_view.js` and `map_tools.js`. They read the view from the page's own React tree,
because Streamlit hands out neither view nor deck; where that fails, they say so and draw nothing.
"""

import streamlit as st

from dashboard.address import change, remembered
from dashboard.static_files import static_text, static_url
from dashboard.viewmodels.map_area import MOST_POINTS, AreaRefused, MapArea, parse_area
from dashboard.words import Words

AREA_KEY = "area"
_SCRIPTS, _STYLE = ("maps/map_tools.js", "maps/map_view.js"), "maps/map_tools.css"
_REFUSED = "map.area_refused"
_WIDGET = "map_tools"
_LABELS = ("bar", "box", "poly", "view", "finish", "clear", "off")
_LONGER = ("box_help", "poly_help", "view_help", "hint_box", "hint_poly")
# A component comes as text in every message; the scripts come once, as files that the browser keeps.
_component = st.components.v2.component(
    "atlas_map_tools",
    html='<div class="tools"></div>',
    css=static_text(_STYLE),
    js="export default async (c) => {\nconst [tools, view] = await Promise.all("
    "c.data.scripts.map((path) => import(new URL(path, document.baseURI).href))); return tools.default(c, view);\n};",
)


def area_of_address() -> tuple[MapArea | None, str]:
    """The area that the address holds, and why one was refused: a code of `AreaRefused`, or empty.

    What the address holds wins over what was drawn last and could not be taken.
    """
    text = remembered(AREA_KEY)
    refused = str(st.session_state.get(_REFUSED, ""))
    if not text:
        return None, refused
    try:
        return parse_area(text), refused
    except AreaRefused as fault:
        return None, fault.code


def clear_area() -> None:
    """Take the area out of the address."""
    st.session_state.pop(_REFUSED, None)
    change(**{AREA_KEY: ""})


def map_tools(area: MapArea | None, refused: str, words: Words) -> None:
    """The buttons above the map; an area that is drawn goes into the address, and the page runs again.

    `area` and `refused` are those of `area_of_address`: a refusal can be cleared away as well.
    """

    def drawn() -> None:
        text = st.session_state[_WIDGET].drawn
        try:
            found = parse_area(text if isinstance(text, str) else "")
        except AreaRefused as fault:
            st.session_state[_REFUSED] = fault.code
            return
        st.session_state.pop(_REFUSED, None)
        change(**{AREA_KEY: found.text})

    _component(
        key=_WIDGET,
        data={
            "scripts": [static_url(name) for name in _SCRIPTS],
            "lang": words.lang,
            "most_points": MOST_POINTS,
            "area": remembered(AREA_KEY) or refused,
            "ring": [list(point) for point in area.points] if area else [],
            "labels": {name: words.say(f"map.draw_{name}") for name in (*_LABELS, *_LONGER)},
        },
        on_drawn_change=drawn,
        on_cleared_change=clear_area,
    )
