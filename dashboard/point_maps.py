"""Marked places on a folium map that takes everything from this app, for up to a few hundred places."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import folium
import geopandas as gpd
from branca.element import MacroElement
from folium.template import Template
from streamlit_folium import st_folium

from dashboard.area_maps import _Areas, _LocalMap, choropleth_map
from dashboard.map_events import is_new_event
from dashboard.static_files import POINTS_JS, static_url

#: More are not sent to a page: sum them up first.
MOST_POINTS = 400
GROUND = "#eef2ef"
_COLOUR = re.compile(r"none|#[0-9a-fA-F]{6}")
Shape = Literal["circle", "triangle", "square", "diamond"]
SHAPES: tuple[Shape, ...] = ("circle", "triangle", "square", "diamond")


@dataclass(frozen=True)
class MapPoint:
    """A place: its code, where (degrees, WGS 84), shape, fill ("none": hollow), the lines of its tip, and what is
    written in it; `is_ringed` draws a broken ring around it."""

    code: str
    lon: float
    lat: float
    shape: Shape
    colour: str
    tip: tuple[str, ...]
    text: str = ""
    ink: str = "#16202a"
    size_px: int = 20
    is_ringed: bool = False


@dataclass(frozen=True)
class MapCircle:
    """A round area under the points: its middle (degrees, WGS 84) and radius in metres."""

    lon: float
    lat: float
    radius_m: float


@dataclass(frozen=True)
class PointMap:
    """Points over the outlines of areas, ready to draw; `places` says that a click on the ground is a place."""

    areas: Mapping[str, Any]
    points: Mapping[str, Any]
    places: bool = field(default=False)


@dataclass(frozen=True)
class PointClick:
    """What was clicked: a point's code, or (where the map takes places) longitude and latitude on the ground."""

    code: str | None = None
    lon: float | None = None
    lat: float | None = None


class _Points(MacroElement):
    """The points, drawn by `static/maps/points.js`; `tojson` escapes what would end the script."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        window.atlasPoints({{ this.map_name }}, {{ this.spec | tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, spec: Mapping[str, Any], map_name: str) -> None:
        super().__init__()
        self._name = "Points"
        self.spec = spec
        self.map_name = map_name


def point_map(
    outlines: gpd.GeoDataFrame,
    points: Sequence[MapPoint],
    *,
    circles: Sequence[MapCircle] = (),
    selected: str | None = None,
    places: bool = False,
    near: tuple[float, float, float, float] | None = None,
    attribution: str = "",
) -> PointMap:
    """Places over outlines. `outlines` (EPSG:4326) has code, name and geometry; `near` (west, south, east, north)
    is what the map opens on instead of all outlines.

    Raises ValueError for more than MOST_POINTS points, for a colour or shape that is none, for a place that is no
    place, and when no area has a geometry.
    """
    if len(points) > MOST_POINTS:
        raise ValueError(f"at most {MOST_POINTS} points are sent to a page")
    for point in points:
        if not _COLOUR.fullmatch(point.colour) or not re.fullmatch("#[0-9a-fA-F]{6}", point.ink):
            raise ValueError(f"not a colour: {point.colour!r}")
        if point.shape not in SHAPES or not (math.isfinite(point.lon) and math.isfinite(point.lat)):
            raise ValueError(f"not a place: {point.code!r}")
    ground = choropleth_map(outlines.assign(colour=GROUND), attribution=attribution)
    spec = dict(ground.spec)
    if near is not None:
        west, south, east, north = (round(float(v), 5) for v in near)
        spec["bounds"] = [[south, west], [north, east]]
    drawn = {
        "points": [
            {
                "code": p.code,
                "at": [round(p.lat, 6), round(p.lon, 6)],
                "shape": p.shape,
                "colour": p.colour,
                "tip": list(p.tip),
                "text": p.text,
                "ink": p.ink,
                "size": p.size_px,
                "ring": p.is_ringed,
            }
            for p in points
        ],
        "circles": [
            {"at": [round(c.lat, 6), round(c.lon, 6)], "radius_m": round(c.radius_m, 1)} for c in circles
        ],
        "selected": selected,
        "places": places,
    }
    return PointMap(spec, drawn, places)


def show_points(drawn: PointMap, *, key: str, height: int = 460) -> PointClick | None:
    """Show the map as wide as its column, and return what was just clicked; a click is reported once.

    A map that takes places remembers the last one for itself: give it another key when it is to start afresh.
    """
    base = _LocalMap(wheel_zoom=True)
    base.default_js = [*base.default_js, ("points", static_url(POINTS_JS))]
    group = folium.FeatureGroup(name="points")
    # st_folium calls the map `map_div` in the browser.
    _Areas(dict(drawn.areas), "map_div").add_to(group)
    _Points(drawn.points, "map_div").add_to(group)
    asked = ["last_clicked"] if drawn.places else ["last_active_drawing"]
    state: Mapping[str, Any] | None = st_folium(
        base,
        key=key,
        height=height,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=asked,
    )
    found = state or {}
    if drawn.places:
        at = found.get("last_clicked") or {}
        event = (at.get("lng"), at.get("lat")) if at else None
        return PointClick(lon=at["lng"], lat=at["lat"]) if is_new_event(key, event) else None
    props = (found.get("last_active_drawing") or {}).get("properties") or {}
    code = props.get("code")
    event = (code, props.get("at")) if code else None
    return PointClick(code=str(code)) if is_new_event(key, event) else None
