"""The map itself: which layers are drawn how, where it looks, what a click opens, and the plain map instead."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from dashboard.address import change
from dashboard.basemap import basemap, style_url
from dashboard.deck_expressions import Between, ByCode, BySteps, Colouring, OneColour
from dashboard.filters import Filters
from dashboard.map_layers import LAYERS
from dashboard.markup import element, show
from dashboard.offline_map import (
    MOST_RINGS,
    Picked,
    Place,
    TileStyle,
    building_deck,
    choropleth_map,
    show_deck,
    show_folium,
)
from dashboard.scale import LegendEntry, sequential
from dashboard.state import read, store, worked_out
from dashboard.still_address import still_address
from dashboard.viewmodels.area_rows import class_label
from dashboard.viewmodels.map import MapFilters, colouring, deck_filters
from dashboard.words import Words
from store import queries, queries_map

MAP_HEIGHT_PX = 560
#: The map's usual size on a desktop, by which an area is fitted into it.
MAP_WIDTH_PX = 800
#: deck.gl's zoom is one below that of the tiles: 512-pixel tiles.
CITY_ZOOM, CLOSEST_ZOOM, COMMUNITY_ZOOM = 10.3, 15.0, 15.6
#: From here on footprints are drawn.
FOOTPRINT_ZOOM = 13.0
GROUND = "#f7f8f9"
#: So many communities are drawn without tiles.
MOST_PLAIN = 800
_NO_WEBGL = "map.no_webgl"
_WEBGL_JS = """
export default function (component) {
  let is_missing = true;
  try {
    const gl = document.createElement("canvas").getContext("webgl2");
    is_missing = !gl;
    if (gl) { const end = gl.getExtension("WEBGL_lose_context"); if (end) { end.loseContext(); } }
  } catch (fault) { is_missing = true; }
  if (is_missing) { component.setStateValue("missing", true); }
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
    deck = building_deck(
        styles_of(own, filters, kind, colour_by, picked, has_height),
        revision=LAYERS.revision(),
        place=place_of(filters, at, 45.0 if has_height else 0.0),
        tooltip=["name"],
        under=style_url() if basemap() else None,
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
            own_still = f'var(--atlas-still, url("{still_address(st.query_params.to_dict())}"))'
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


def styles_of(
    own: MapFilters, filters: Filters, kind: str, colour_by: str, picked: str, has_height: bool
) -> list[TileStyle]:
    """The layers of the map, the lowest first."""
    homes = deck_filters(own, filters, "communities")
    fill = colouring(colour_by, "communities")
    chosen: dict[str, Any] = {"is_pickable": True, "id_column": "id", "selected": picked or None}
    by_community = kind == "communities" or colour_by == "completeness"
    # What only buildings have can't be told of a whole community: no colour then, until footprints are drawn.
    is_open = kind == "buildings" and own.asks_for_buildings
    far = OneColour("#d3dbe4") if is_open else fill
    # Communities whose footprints nobody has loaded are not left without colour. The list of layers is always the
    # same: a layer that comes or goes would load its tiles anew.
    if by_community:
        bare = []
    else:
        bare = [Between("footprints", -1, -1) if is_open else Between("footprints", 0, 0)]
    # A basemap shows through the ground, which still takes clicks.
    ground: dict[str, Any] = {"fill": OneColour(GROUND), "fill_alpha": 2 if basemap() else 220}
    near = [
        TileStyle(
            "communities",
            fill=OneColour("#e3eaf2"),
            fill_alpha=150,
            from_zoom=FOOTPRINT_ZOOM,
            **chosen,
        ),
        TileStyle(
            "communities",
            fill=fill,
            fill_alpha=200,
            from_zoom=FOOTPRINT_ZOOM,
            filters=[*homes, *bare],
            **chosen,
        ),
    ]
    houses: Colouring = OneColour("#8d99a6") if by_community else colouring(colour_by, "buildings")
    return [
        TileStyle("districts", to_zoom=10.5, is_pickable=True, **ground),
        TileStyle("districts", from_zoom=10.5, **ground),
        TileStyle("green_spaces", fill=OneColour("#dcebd8"), fill_alpha=255),
        TileStyle("water", fill=OneColour("#c9dff0"), fill_alpha=255),
        TileStyle("street_edges", fill=OneColour("#dde2e8"), fill_alpha=255, from_zoom=11.5),
        TileStyle(
            "communities",
            fill=far,
            fill_alpha=110 if is_open else 215,
            from_zoom=9.5,
            to_zoom=FOOTPRINT_ZOOM,
            filters=homes,
            **chosen,
        ),
        *near,
        TileStyle("subdistrict_edges", fill=OneColour("#b6bec7"), fill_alpha=255, from_zoom=9.0),
        TileStyle("district_edges", fill=OneColour("#7b8794"), fill_alpha=255),
        TileStyle("community_edges", fill=OneColour("#9aa6b2"), fill_alpha=255, from_zoom=FOOTPRINT_ZOOM),
        TileStyle(
            "buildings",
            fill=houses,
            fill_alpha=120 if by_community else 230,
            from_zoom=FOOTPRINT_ZOOM,
            filters=deck_filters(own, filters, "buildings"),
            is_pickable=True,
            height="height" if has_height else None,
        ),
        TileStyle("district_names", text="name", text_px=14, to_zoom=11.0),
        TileStyle("subdistrict_names", text="name", text_px=12, from_zoom=11.0, to_zoom=14.0),
        TileStyle("community_names", text="name", text_px=12, from_zoom=14.5),
    ]


def place_of(filters: Filters, at: str, pitch: float) -> Place:
    """Where the map looks: at the community flown to, else at the chosen subdistrict, district or the city."""
    homes = LAYERS.rows("communities")
    mine = homes[homes["id"] == at] if at else homes.iloc[:0]
    if len(mine):
        west, south, east, north = mine.iloc[0][["west", "south", "east", "north"]].astype(float)
        return Place(
            lon=round((west + east) / 2, 5),
            lat=round((south + north) / 2, 5),
            zoom=COMMUNITY_ZOOM,
            pitch=pitch,
        )
    if filters.district_code is None:
        return Place(zoom=CITY_ZOOM, pitch=pitch)
    level = "subdistrict" if filters.subdistrict_code else "district"
    inside = homes[homes[level] == int(filters.subdistrict_code or filters.district_code)]
    bounds = inside[["west", "south", "east", "north"]].dropna()
    return _fitted(_outline(filters) if bounds.empty else bounds, pitch)


def _outline(filters: Filters) -> pd.DataFrame:
    areas = read(queries.district_areas)
    areas = areas[areas["district_code"] == filters.district_code]
    if filters.subdistrict_code:
        areas = read(queries.subdistrict_areas, filters.district_code)
        areas = areas[areas["subdistrict_code"] == filters.subdistrict_code]
    return areas.geometry.dropna().bounds.set_axis(["west", "south", "east", "north"], axis=1)


def _fitted(bounds: pd.DataFrame, pitch: float) -> Place:
    """Where most of the shapes fill the map; the few that lie far out may fall beyond its edge."""
    if bounds.empty:
        return Place(zoom=CITY_ZOOM, pitch=pitch)
    west, south = float(bounds["west"].quantile(0.03)), float(bounds["south"].quantile(0.03))
    east, north = float(bounds["east"].quantile(0.97)), float(bounds["north"].quantile(0.97))
    lat = (south + north) / 2
    across = np.log2(360 * MAP_WIDTH_PX / 512 / max(east - west, 1e-6))
    up = np.log2(360 * np.cos(np.radians(lat)) * MAP_HEIGHT_PX / 512 / max(north - south, 1e-6))
    zoom = float(np.clip(min(across, up) - 0.2, 8.0, CLOSEST_ZOOM))
    return Place(lon=round((west + east) / 2, 5), lat=round(lat, 5), zoom=round(zoom, 2), pitch=pitch)


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
    layer = queries_map.community_layer(store(), pd.Timestamp("2100-01-01").date())
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
