"""Coloured areas on a folium map that takes everything from this app, for up to a few hundred areas."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import MacroElement
from folium.template import Template
from streamlit_folium import st_folium

from dashboard.map_events import is_new_event
from dashboard.static_files import AREAS_CSS, AREAS_JS, LEAFLET_CSS, LEAFLET_JS, static_text, static_url

CENTRE = (39.92, 116.40)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
#: The shapes that a point may have.
POINT_MARKS = ("circle", "square", "triangle", "diamond", "ring")
# Detail finer than a two-thousandth of the map's width can't be seen and only makes the page slower.
_DETAIL = 2000


class ColourScale(Protocol):
    """What a map needs of `dashboard.scale.Scale`."""

    def colours_of(self, values: pd.Series) -> pd.Series:
        """The colour of each value (#rrggbb), on the same index."""


class _Areas(MacroElement):
    """The coloured areas, drawn by `static/maps/areas.js`; `tojson` escapes what would end the script."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        window.atlasAreas({{ this.map_name }}, {{ this.spec | tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, spec: dict[str, Any], map_name: str) -> None:
        super().__init__()
        self._name = "Areas"
        self.spec = spec
        self.map_name = map_name


class _LocalMap(folium.Map):
    """A folium map without basemap that takes Leaflet from this app."""

    def __init__(self, *, wheel_zoom: bool) -> None:
        super().__init__(
            location=CENTRE,
            zoom_start=9,
            tiles=None,
            zoom_snap=0.25,
            zoom_delta=0.5,
            min_zoom=7,
            max_zoom=18,
            scroll_wheel_zoom=wheel_zoom,
            attribution_control=False,  # Leaflet's own carries a flag; areas.js shows the source instead
        )
        self.default_js = [("leaflet", static_url(LEAFLET_JS)), ("areas", static_url(AREAS_JS))]
        self.default_css = [("leaflet_css", static_url(LEAFLET_CSS)), ("areas_css", static_url(AREAS_CSS))]


@dataclass(frozen=True)
class AreaMap:
    """Coloured areas, ready to draw: never changed, so it can be cached and shown many times."""

    spec: dict[str, Any]
    wheel_zoom: bool = False

    def folium_map(self) -> folium.Map:
        """The whole map as one folium map whose scripts this app serves."""
        page = _LocalMap(wheel_zoom=self.wheel_zoom)
        _Areas(self.spec, page.get_name()).add_to(page)
        return page

    def html(self) -> str:
        """The map as one HTML page that needs no server and no network."""
        page = self.folium_map()
        page.default_js = []
        page.default_css = []
        text: str = page.get_root().render()
        head = "".join(
            [f"<style>{static_text(name)}</style>\n" for name in (LEAFLET_CSS, AREAS_CSS)]
            + [f"<script>{static_text(name)}</script>\n" for name in (LEAFLET_JS, AREAS_JS)]
        )
        return text.replace("</head>", head + "</head>", 1)


def _simplified(geometry: gpd.GeoSeries) -> np.ndarray:
    """Shapes without the detail nobody can see; shared borders stay shared. EPSG:4326."""
    shapes = geometry.to_numpy()
    west, _, east, _ = geometry.total_bounds
    tolerance = (east - west) / _DETAIL
    surfaces = np.isin(shapely.get_type_id(shapes), (3, 6))
    out = shapes.copy()
    try:
        out[surfaces] = shapely.coverage_simplify(shapes[surfaces], tolerance)
    except shapely.errors.GEOSException:
        out[surfaces] = shapely.simplify(shapes[surfaces], tolerance)
    lost = shapely.is_empty(out) | shapely.is_missing(out)
    out[lost] = shapes[lost]
    return shapely.set_precision(out, 1e-5, mode="pointwise")


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _optional(rows: pd.DataFrame, column: str) -> list[str | None]:
    return [None if pd.isna(v) else str(v) for v in rows[column]] if column in rows else [None] * len(rows)


def _tip(value: Any, name: str) -> list[str]:
    if isinstance(value, str):
        return [name, *value.splitlines()]
    if isinstance(value, list | tuple):
        return [name, *map(_text, value)]
    return [name]


def _bounds(geometry: gpd.GeoSeries) -> list[list[float]]:
    west, south, east, north = (round(float(v), 5) for v in geometry.total_bounds)
    return [[south, west], [north, east]]


def choropleth_map(
    areas: gpd.GeoDataFrame,
    *,
    scale: ColourScale | None = None,
    labels: bool = True,
    selected: str | None = None,
    inset_codes: Sequence[str] = (),
    inset_title: str = "",
    inset_position: Literal["topleft", "topright", "bottomleft", "bottomright"] = "bottomleft",
    attribution: str = "",
    wheel_zoom: bool = False,
) -> AreaMap:
    """Areas coloured by class, with their names, for up to a few hundred areas.

    `areas` (EPSG:4326) has the columns code, name and geometry, and either colour (#rrggbb, missing for "no data") or
    value with `scale`; optional: label (short name), tip (str with line breaks or list of str), and for points mark
    (one of `POINT_MARKS`) and outline (#rrggbb or missing). Areas without a colour are hatched. `inset_codes` names
    the areas drawn again, enlarged, in a corner. All texts are shown as text.

    Raises ValueError for a colour or a mark that is none, or when no area has a geometry.
    """
    drawn = areas[~(areas.geometry.isna() | areas.geometry.is_empty)]
    if drawn.empty:
        raise ValueError("no area has a geometry")
    if scale is not None:
        colours = scale.colours_of(drawn["value"]).where(drawn["value"].notna(), None)
    else:
        colours = drawn["colour"].astype("object")
    colours = colours.where(colours.notna(), None)
    wrong = [c for c in colours if c is not None and not _COLOUR.fullmatch(str(c))]
    if wrong:
        raise ValueError(f"not a colour of the form #rrggbb: {wrong[0]!r}")

    marks = _optional(drawn, "mark")
    outlines = _optional(drawn, "outline")
    if unknown := [m for m in marks if m is not None and m not in POINT_MARKS]:
        raise ValueError(f"not a mark of a point: {unknown[0]!r}")
    if wrong := [c for c in outlines if c is not None and not _COLOUR.fullmatch(c)]:
        raise ValueError(f"not a colour of the form #rrggbb: {wrong[0]!r}")

    shapes = _simplified(drawn.geometry)
    anchors = shapely.get_coordinates(shapely.point_on_surface(drawn.geometry.to_numpy()))
    names = [_text(n) for n in drawn["name"]]
    short = [_text(n) for n in drawn["label"]] if "label" in drawn else names
    tips = list(drawn["tip"]) if "tip" in drawn else [None] * len(drawn)
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shape),
            "properties": {
                "code": _text(code),
                "label": label,
                "colour": colour,
                "tip": _tip(tip, name),
                "anchor": [round(float(lat), 5), round(float(lon), 5)],
                **({} if mark is None else {"mark": mark, "outline": outline}),
            },
        }
        for shape, code, label, colour, tip, name, (lon, lat), mark, outline in zip(
            shapely.to_geojson(shapes),
            drawn["code"],
            short,
            colours,
            tips,
            names,
            anchors,
            marks,
            outlines,
            strict=True,
        )
    ]
    central = drawn[drawn["code"].astype(str).isin([str(c) for c in inset_codes])]
    inset = None
    if len(central):
        inset = {
            "codes": [str(c) for c in central["code"]],
            "title": inset_title,
            "position": inset_position,
            "bounds": _bounds(central.geometry),
        }
    spec = {
        "features": features,
        "bounds": _bounds(drawn.geometry),
        "labels": labels,
        "selected": selected,
        "inset": inset,
        "attribution": attribution,
    }
    return AreaMap(spec, wheel_zoom)


def show_folium(area_map: AreaMap, *, key: str, height: int = 520) -> str | None:
    """Show the map as wide as its column, and return the code of the area that was just clicked.

    A click is reported once, in the run it causes. Colours, selection and areas change in place: the map keeps its
    zoom while the areas stay where they are, and moves to them when they change.
    """
    base = _LocalMap(wheel_zoom=area_map.wheel_zoom)
    group = folium.FeatureGroup(name="areas")
    # st_folium calls the map `map_div` in the browser.
    _Areas(area_map.spec, "map_div").add_to(group)
    state: Mapping[str, Any] | None = st_folium(
        base,
        key=key,
        height=height,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=["last_active_drawing"],
    )
    clicked = (state or {}).get("last_active_drawing") or {}
    props = clicked.get("properties") or {}
    event = (props.get("code"), props.get("at")) if props.get("code") else None
    return str(props["code"]) if is_new_event(key, event) else None
