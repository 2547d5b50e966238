"""The map itself: which layers are drawn how, where it looks, what a click opens, and the plain map instead."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from dashboard.address import change
from dashboard.basemap import basemap, style_url
from dashboard.deck_expressions import ByCode, BySteps, OneColour
from dashboard.filters import Filters
from dashboard.map_layers import LAYERS
from dashboard.map_styles import MAP_HEIGHT_PX, place_of, styles_of
from dashboard.markup import element, show
from dashboard.offline_map import (
    MOST_RINGS,
    Picked,
    building_deck,
    choropleth_map,
    show_deck,
    show_folium,
)
from dashboard.scale import LegendEntry, sequential
from dashboard.scope_token import sealed_query, token_query
from dashboard.session import current_principal, is_chosen
from dashboard.state import read, reader, worked_out
from dashboard.still_address import still_address
from dashboard.viewmodels.area_rows import class_label
from dashboard.viewmodels.map import MapFilters, colouring
from dashboard.words import Words
from store import queries, queries_map

#: So many communities are drawn without tiles.
MOST_PLAIN = 800
_NO_WEBGL = "map.no_webgl"
_WEBGL_JS = """
export default function (component) {
  if (window.atlasWebgl() === "none") { component.setStateValue("missing", true); }
}
"""


def lacks_webgl() -> bool:
    """Whether this browser has said that it can't draw the tiled map; it is asked once a session.

    The answer comes in a run of its own, and none comes where all is well.
    """
    if not st.session_state.get(_NO_WEBGL):
        ask = st.components.v2.component("atlas_webgl", js=_WEBGL_JS)
        answer = ask(key="map_webgl", height=1, on_missing_change=lambda: None)
        st.session_state[_NO_WEBGL] = bool(answer.get("missing"))
    return bool(st.session_state[_NO_WEBGL])


def tiled_map(
    kept: pd.DataFrame,
    own: MapFilters,
    filters: Filters,
    *,
    kind: str,
    colour_by: str,
    picked: str,
    at: str,
    has_height: bool,
) -> Callable[[], None]:
    """The place of the tiled map, with the server's still picture in it; what is returned draws the map there.

    A click on a community or a footprint opens its card, on a district the district. `at` is the community that was
    flown to; colours, filters and clicks never move the map. Where only a few of the rows are `kept`, they are ringed,
    so that they are found from far away.
    """
    is_few = own.is_active and kind == "buildings" and len(kept) <= MOST_RINGS
    rings = kept[["west", "south", "east", "north"]].dropna() if is_few else kept.iloc[:0]
    seal = sealed_query(current_principal())
    deck = building_deck(
        styles_of(own, filters, kind, colour_by, picked, has_height),
        revision=LAYERS.revision(),
        query=seal,
        place=place_of(filters, at, 45.0 if has_height else 0.0),
        tooltip=["name"],
        under=style_url(seal) if basemap() else None,
        rings=list(
            zip((rings["west"] + rings["east"]) / 2, (rings["south"] + rings["north"]) / 2, strict=True)
        ),
    )
    under = basemap()
    if under is not None and under.credit:
        show(element("p", Words(filters.lang).say("map.basemap", credit=under.credit), css="atlas-note"))
    stage = st.container(key="map_stage", gap=None)
    if under is None and not has_height:
        with stage:
            address = still_address(st.query_params.to_dict() | token_query(current_principal()))
            # What the start page asked for was for the session as it began.
            is_as_begun = not is_chosen()
            own_still = f'var(--atlas-still, url("{address}"))' if is_as_begun else f'url("{address}")'
            show(
                element("div", css="atlas-still", aria_hidden="true", style=f"background-image: {own_still}")
            )

    def draw() -> None:
        with stage:
            clicked = show_deck(deck, key="map_deck", height=MAP_HEIGHT_PX)
        if clicked is not None:
            _open_clicked(clicked)

    return draw


def _open_clicked(clicked: Picked) -> None:
    properties = dict(clicked.properties)
    if clicked.layer == "districts":
        change(district=str(properties.get("id") or ""), subdistrict="all", community="", at="")
    elif clicked.layer in ("communities", "buildings"):
        change(community=str(properties.get("id" if clicked.layer == "communities" else "community") or ""))
    else:
        return
    st.rerun()


def plain_map(
    kept: pd.DataFrame, homes: pd.DataFrame, filters: Filters, words: Words, *, kind: str, colour_by: str
) -> list[LegendEntry] | None:
    """For browsers that can't draw the tiled map: areas by how many rows pass, then one subdistrict's communities.

    `kept` are the rows that pass, `homes` the communities that pass. Returns its legend; None for the colours'
    own one.
    """
    if filters.subdistrict_code is not None:
        shapes: gpd.GeoDataFrame = worked_out("map.shapes", (), _community_shapes)
        shown = homes.head(MOST_PLAIN).merge(shapes, left_on="id", right_on="community_id")
        areas = gpd.GeoDataFrame(shown, geometry="geometry", crs="EPSG:4326").rename(columns={"id": "code"})
        _draw(areas.assign(colour=_colours(areas, colour_by)), "community", words)
        return None
    level = "district" if filters.district_code is None else "subdistrict"
    outlines = (
        read(queries.district_areas)
        if level == "district"
        else read(queries.subdistrict_areas, filters.district_code)
    )
    name = "name_en" if words.lang == "en" else "name_zh"
    areas = outlines.rename(columns={f"{level}_code": "code"})
    areas = areas.assign(
        name=areas[name].where(areas[name].notna() & (areas[name] != ""), areas["name_zh"]),
        value=areas["code"].astype("int64").map(kept[level].value_counts()).fillna(0),
    )
    unit = "building" if kind == "buildings" else "community"
    scale = sequential(areas["value"])
    areas["colour"] = scale.colours_of(areas["value"])
    areas["tip"] = [words.count(v, unit) for v in areas["value"]]
    _draw(areas, level, words)
    unit_name = words.say(f"unit_name.{unit}")
    return scale.legend(lambda low, high: class_label(low, high, words, unit_name, is_whole=True))


def _community_shapes() -> gpd.GeoDataFrame:
    layer = queries_map.community_layer(reader(), pd.Timestamp("2100-01-01").date())
    return layer[["community_id", "geometry"]]


def _draw(areas: gpd.GeoDataFrame, level: str, words: Words) -> None:
    areas = areas[areas.geometry.notna()]
    if areas.empty:
        show(
            element(
                "p", words.say("empty.rows" if level == "community" else "empty.outlines"), css="atlas-note"
            )
        )
        return
    columns = [c for c in ("code", "name", "colour", "tip", "geometry") if c in areas]
    drawn = choropleth_map(areas[columns], wheel_zoom=True, labels=level != "community" or len(areas) < 60)
    code = show_folium(drawn, key="map_plain", height=MAP_HEIGHT_PX)
    if code is None:
        return
    if level == "district":
        change(district=code, subdistrict="all")
    elif level == "subdistrict":
        change(subdistrict=code)
    else:
        change(community=code)
    st.rerun()


def _colours(areas: pd.DataFrame, colour_by: str) -> list[str]:
    """The colours of communities, by the same rule as on the tiled map."""
    rule = colouring(colour_by, "communities")
    if isinstance(rule, OneColour):
        return [rule.colour] * len(areas)
    if isinstance(rule, ByCode):
        table: dict[Any, str] = dict(rule.colours)
        return [table.get(value, rule.other) for value in areas[rule.column]]
    assert isinstance(rule, BySteps)
    classes = np.searchsorted(rule.breaks, areas[rule.column].to_numpy(), side="right")
    return [rule.colours[i] for i in classes]
