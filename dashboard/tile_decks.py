"""Tiled layers on a pydeck map that asks for no basemap and takes its worker script from this app."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydeck as pdk
import streamlit as st

from dashboard.deck_expressions import (
    Colouring,
    Filter,
    OneColour,
    filter_props,
    property_of,
    rgba,
    steady_filter_props,
)
from dashboard.fonts import FAMILIES
from dashboard.map_events import is_new_event
from dashboard.static_files import MVT_WORKER_JS, static_url
from dashboard.tile_levels import GROUPS, LEVELS
from dashboard.tiles import tile_address

MOST_RINGS = 300
_TOOLTIP = {
    "backgroundColor": "#ffffff",
    "color": "#1f2937",
    "fontSize": "13px",
    "padding": "6px 8px",
    "borderRadius": "4px",
    "boxShadow": "0 1px 4px rgba(0, 0, 0, 0.3)",
    "whiteSpace": "pre-line",
}


@dataclass(frozen=True)
class Place:
    """Where a map looks: degrees, and deck.gl's zoom (one tile of 512 pixels across at the tile's own level)."""

    lon: float = 116.40
    lat: float = 39.92
    zoom: float = 11.0
    pitch: float = 0.0
    bearing: float = 0.0


@dataclass(frozen=True)
class TileStyle:
    """How one layer of `dashboard.tiles.LEVELS` is drawn, and between which zooms it is seen.

    `ranged` are the columns whose ranges `filters` may ask for, where these change (`steady_filter_props`). `height`
    names a column in metres for standing shapes; `text` a column to write at the points of a layer of names.
    Shapes of one deck that can be hovered must all carry the columns named in its tooltip. Outlines are slow to draw
    without a graphics card (three seconds for a screen of footprints): tell footprints apart by their fill.
    """

    layer: str
    fill: Colouring | None = None
    fill_alpha: int = 220
    line: str | None = None
    line_alpha: int = 255
    line_px: float = 1.0
    from_zoom: float | None = None
    to_zoom: float | None = None
    filters: Sequence[Filter] = ()
    ranged: Sequence[str] = ()
    is_pickable: bool = False
    id_column: str | None = None
    selected: str | int | None = None
    height: str | None = None
    text: str | None = None
    text_px: float = 13.0
    text_colour: str = "#374151"


@dataclass(frozen=True)
class TileGroup:
    """Layers of one of `dashboard.tile_levels.GROUPS`, drawn at once: one request and one drawing for a tile of all.

    `fills` are the colour and the opacity (0 to 255) of each layer; a layer without one is not seen.
    """

    name: str
    fills: Mapping[str, tuple[str, int]]

    def styles(self) -> list[TileStyle]:
        """The same as single layers, the lowest first, each from the zoom at which its tiles hold it."""
        return [
            TileStyle(
                layer,
                fill=OneColour(self.fills[layer][0]),
                fill_alpha=self.fills[layer][1],
                # A tile of a level is on the screen from half a level below it.
                from_zoom=from_z - 0.5,
            )
            for layer, from_z in GROUPS[self.name]
            if layer in self.fills
        ]

    def expression(self) -> str:
        """The colour of a shape by its layer, as a deck.gl expression."""
        tests = [f"properties.layerName=='{s.layer}'?{rgba(*self.fills[s.layer])}:" for s in self.styles()]
        return "".join(tests) + "[0,0,0,0]"


class TileDeck(pdk.Deck):
    """A deck whose layers Streamlit passes on untouched.

    After a click Streamlit dims every layer that it knows, and marks in every tile the shape with the clicked one's
    number. It looks only at the first level of `layers`; deck.gl takes nested lists as well.
    """

    def to_json(self) -> str:
        """The deck as deck.gl reads it, without the line breaks that would make it three times as long."""
        spec = json.loads(super().to_json())
        spec["layers"] = [spec.get("layers", [])]
        return json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: str | int) -> str | int:
    """A value from data that deck.gl won't take for an expression or a constant, whatever it says."""
    return f"\u200b{value}" if isinstance(value, str) and value.startswith("@@") else value


def _text_props(style: TileStyle) -> dict[str, Any]:
    return {
        "pointType": "text",
        "getText": f"@@={property_of(str(style.text))}",
        "textCharacterSet": "auto",
        "textFontFamily": FAMILIES,
        "textFontWeight": 600,
        "textFontSettings": {"sdf": True, "fontSize": 28, "radius": 8, "buffer": 5, "smoothing": 0.2},
        "textOutlineWidth": 4,
        "textOutlineColor": [255, 255, 255, 230],
        "getTextSize": style.text_px,
        "getTextColor": json.loads(rgba(style.text_colour)),
    }


def _base_props(name: str) -> dict[str, Any]:
    level = LEVELS[name]
    return {
        "minZoom": level.min_zoom,
        "maxZoom": level.max_zoom,
        "binary": True,
        # One worker: each more is another start, and an office machine has no processor left for it.
        "loadOptions": {"core": {"maxConcurrency": 1}, "mvt": {"workerUrl": static_url(MVT_WORKER_JS)}},
    }


def _group_layer(group: TileGroup, number: int, revision: int | str, query: str) -> pdk.Layer:
    layer = pdk.Layer("MVTLayer", data=tile_address(revision, group.name, query), id=f"{group.name}.{number}")
    fill = group.expression()
    vars(layer).update(
        _base_props(group.name)
        | {
            "pickable": False,
            "filled": True,
            "stroked": False,
            "getFillColor": f"@@={fill}",
            "updateTriggers": {"getFillColor": [fill]},
        }
    )
    return layer


def _tile_layer(style: TileStyle, number: int, revision: int | str, query: str) -> pdk.Layer:
    layer = pdk.Layer(
        "MVTLayer", data=tile_address(revision, style.layer, query), id=f"{style.layer}.{number}"
    )
    props: dict[str, Any] = _base_props(style.layer) | {
        "pickable": style.is_pickable,
        "autoHighlight": style.is_pickable,
        "highlightColor": [255, 205, 0, 130],
        "filled": style.fill is not None,
        "stroked": style.line is not None,
        "lineWidthUnits": "pixels",
        "getLineWidth": style.line_px,
        "updateTriggers": {},
    }
    if style.from_zoom is not None:
        props["visibleMinZoom"] = style.from_zoom
    if style.to_zoom is not None:
        props["visibleMaxZoom"] = style.to_zoom
    filters = (
        steady_filter_props(style.filters, style.ranged) if style.ranged else filter_props(style.filters)
    )
    props["updateTriggers"] |= filters.pop("updateTriggers", {})
    props |= filters
    if style.fill is not None:
        fill = style.fill.expression(style.fill_alpha)
        props["getFillColor"] = f"@@={fill}"
        props["updateTriggers"]["getFillColor"] = [fill]
    if style.line is not None:
        props["getLineColor"] = json.loads(rgba(style.line, style.line_alpha))
    if style.id_column is not None:
        props["uniqueIdProperty"] = style.id_column
        if style.selected is not None:
            props["highlightedFeatureId"] = _plain(style.selected)
    if style.height is not None:
        props["extruded"] = True
        props["getElevation"] = f"@@={property_of(style.height)}"
    if style.text is not None:
        props |= _text_props(style)
    # Set behind pydeck's back: it would read plain texts among the arguments as program text.
    vars(layer).update(props)
    return layer


def _ring_layer(points: Sequence[tuple[float, float]]) -> pdk.Layer:
    return pdk.Layer(
        "ScatterplotLayer",
        id="rings.0",
        data=[{"at": [round(float(lon), 6), round(float(lat), 6)]} for lon, lat in points],
        get_position="at",
        radius_units="'pixels'",
        get_radius=7,
        filled=False,
        stroked=True,
        line_width_units="'pixels'",
        get_line_width=2,
        get_line_color=[17, 24, 39, 230],
        pickable=False,
    )


def building_deck(
    styles: Sequence[TileStyle | TileGroup],
    *,
    revision: int | str,
    place: Place,
    query: str = "",
    tooltip: Sequence[str] = (),
    rings: Sequence[tuple[float, float]] = (),
    under: str | None = None,
) -> TileDeck:
    """A map of tiled layers, the first one lowest; nothing but a few kilobytes of description goes to the page.

    The same `place` on the next run leaves the map where the user has moved it; another one moves it there. `query` is
    added to the address of every tile. `tooltip` names the columns shown on hovering, one a line. `under` is the
    address of a map style of this app, drawn under all layers. `rings` (longitude, latitude) mark a few places at every
    zoom, at most MOST_RINGS. KeyError for a layer without tiles, ValueError for what may not enter an expression or for
    too many rings.
    """
    if len(rings) > MOST_RINGS:
        raise ValueError(f"at most {MOST_RINGS} rings are sent to a page")
    for column in tooltip:
        property_of(column)
    return TileDeck(
        layers=[
            *(
                _group_layer(style, number, revision, query)
                if isinstance(style, TileGroup)
                else _tile_layer(style, number, revision, query)
                for number, style in enumerate(styles)
            ),
            *([_ring_layer(rings)] if rings else []),
        ],
        initial_view_state=pdk.ViewState(
            longitude=place.lon,
            latitude=place.lat,
            zoom=place.zoom,
            pitch=place.pitch,
            bearing=place.bearing,
            min_zoom=7,
            max_zoom=19,
        ),
        **({"map_provider": "maplibre", "map_style": under} if under else {"map_provider": None}),
        tooltip={"text": "\n".join(f"{{{column}}}" for column in tooltip), "style": _TOOLTIP}
        if tooltip
        else False,
    )


@dataclass(frozen=True)
class Picked:
    """A clicked shape: its layer and its attributes."""

    layer: str
    properties: Mapping[str, Any]


def show_deck(deck: TileDeck, *, key: str, height: int = 620) -> Picked | None:
    """Show the map as wide as its column, and return the shape that was just clicked.

    A click is reported once, in the run it causes; what is selected is the page's to remember.
    """
    state = st.pydeck_chart(
        deck, key=key, height=height, width="stretch", on_select="rerun", selection_mode="single-object"
    )
    objects = dict(state.selection.objects) if state else {}
    for layer_id, found in objects.items():
        if found:
            props = dict(found[0].get("properties") or {})
            event = (layer_id, json.dumps(props, sort_keys=True, default=str))
            return Picked(layer_id.split(".")[0], props) if is_new_event(key, event) else None
    is_new_event(key, None)
    return None
