"""A file's shapes on a map before and after its datum is mended, over outlines that are known to be right."""

import json
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import MacroElement
from folium.template import Template
from streamlit_folium import st_folium

# The factory of every folium map in the house: no basemap, no outside file.
from dashboard.area_maps import _LocalMap
from dashboard.static_files import static_url

SAMPLES_JS = "maps/samples.js"
#: So many shapes are drawn, spread evenly over the file.
MOST_SHAPES = 400
#: How wide a window into a file of many small shapes is, in degrees: about 5 km.
WINDOW_DEGREES = 0.06
#: Outlines further than this share of the sample's extent from it are not drawn.
MARGIN = 1.2
#: Outlines that fit into the view are named up to this number; more names would hide the shapes.
MOST_LABELS = 14
_DETAIL = 1500
#: Positions outside these degrees are no longitudes and latitudes.
_DEGREES = (-180.0, -85.0, 180.0, 85.0)


class _Samples(MacroElement):
    """The shapes, drawn by `static/maps/samples.js`; `tojson` escapes what would end the script."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        window.atlasSamples({{ this.map_name }}, {{ this.spec | tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, spec: dict[str, Any], map_name: str) -> None:
        super().__init__()
        self._name = "Samples"
        self.spec = spec
        self.map_name = map_name


@dataclass(frozen=True)
class SampleMap:
    """A sample ready to draw; `shown` of `total` shapes are in it."""

    spec: dict[str, Any]
    shown: int
    total: int

    def folium_map(self) -> folium.Map:
        """The base map, whose scripts this app serves."""
        page = _LocalMap(wheel_zoom=False)
        page.default_js = [*page.default_js, ("samples", static_url(SAMPLES_JS))]
        return page

    def html(self) -> str:
        """The whole map as HTML that takes its scripts from this app."""
        page = self.folium_map()
        _Samples(self.spec, page.get_name()).add_to(page)
        text: str = page.get_root().render()
        return text


def is_degrees(shapes: gpd.GeoSeries) -> bool:
    """Whether the numbers can be longitudes and latitudes at all, so that they can be drawn as they are."""
    bounds = shapes.bounds.to_numpy()
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    west, south, east, north = _DEGREES
    inside = (
        (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    )
    return bool(len(bounds)) and float(inside.mean()) > 0.9


def sample_maps(
    before: gpd.GeoSeries, after: gpd.GeoSeries | None, areas: gpd.GeoDataFrame
) -> tuple[SampleMap | None, SampleMap | None]:
    """The same rows of a file as given and as read, in the same view; None for what can't be drawn.

    `before` holds the file's own numbers, `after` the same rows in EPSG:4326 (None where their datum is unknown).
    `areas` has name and geometry in EPSG:4326. Numbers that are metres have no map of their own.
    """
    is_drawn = is_degrees(before)
    leading = after if after is not None and after.notna().any() else (before if is_drawn else None)
    if leading is None:
        return None, None
    shapes = _drawable(leading)
    if shapes.empty:
        return None, None
    view = _view(shapes)
    inside = shapes[shapes.intersects(shapely.box(*view))]
    rows = inside.index[np.unique(np.linspace(0, len(inside) - 1, MOST_SHAPES).astype(int))]
    own = _drawable(before.loc[before.index.isin(rows)]) if is_drawn else None
    told = inside.loc[rows] if after is not None else None
    return (
        None if own is None or own.empty else _drawn(own, len(shapes), view, areas),
        None if told is None else _drawn(told, len(shapes), view, areas),
    )


def _drawn(
    shapes: gpd.GeoSeries, total: int, view: tuple[float, float, float, float], areas: gpd.GeoDataFrame
) -> SampleMap:
    west, south, east, north = view
    tolerance = max(east - west, north - south) / _DETAIL
    more_x, more_y = MARGIN * (east - west), MARGIN * (north - south)
    frame = shapely.box(west - more_x, south - more_y, east + more_x, north + more_y)
    values = np.asarray(shapes.to_numpy(), dtype=object)
    spec = {
        "areas": _outlines(areas, frame, shapely.box(*view), tolerance),
        "shapes": [json.loads(s) for s in shapely.to_geojson(_plain(values, tolerance))],
        "bounds": [[south, west], [north, east]],
    }
    return SampleMap(spec, len(values), total)


def _view(shapes: gpd.GeoSeries) -> tuple[float, float, float, float]:
    """West, south, east, north: all of a few large shapes, else a window in their midst, so that 500 m show."""
    bounds = shapes.bounds
    size = float((bounds["maxx"] - bounds["minx"]).median())
    west, south, east, north = (
        float(bounds["minx"].min()),
        float(bounds["miny"].min()),
        float(bounds["maxx"].max()),
        float(bounds["maxy"].max()),
    )
    if size < WINDOW_DEGREES / 4 and max(east - west, north - south) > WINDOW_DEGREES:
        x, y = (bounds["minx"] + bounds["maxx"]) / 2, (bounds["miny"] + bounds["maxy"]) / 2
        # The row nearest to the middle of all, so that the window is never an empty place between two clusters.
        at = ((x - x.median()).abs() + (y - y.median()).abs()).idxmin()
        half = WINDOW_DEGREES / 2
        west, south, east, north = x[at] - half, y[at] - half * 0.7, x[at] + half, y[at] + half * 0.7
    pad = 0.004 if max(east - west, north - south) < 0.004 else 0.0
    return (
        round(float(west) - pad, 5),
        round(float(south) - pad, 5),
        round(float(east) + pad, 5),
        round(float(north) + pad, 5),
    )


def _drawable(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """The shapes that have a place on a map, flat, on their own index."""
    values = shapely.force_2d(np.asarray(shapes.to_numpy(), dtype=object))
    bounds = shapely.bounds(values)
    west, south, east, north = _DEGREES
    with np.errstate(invalid="ignore"):
        good = (
            np.isfinite(bounds).all(axis=1)
            & (bounds[:, 0] >= west)
            & (bounds[:, 1] >= south)
            & (bounds[:, 2] <= east)
            & (bounds[:, 3] <= north)
        )
    return gpd.GeoSeries(values[good], index=shapes.index[good])


def _plain(shapes: np.ndarray, tolerance: float) -> np.ndarray:
    """Shapes without the detail nobody can see; those that would vanish stay as they are."""
    thin = shapely.simplify(shapes, tolerance)
    gone = shapely.is_missing(thin) | shapely.is_empty(thin)
    thin[gone] = shapes[gone]
    return thin


def _outlines(
    areas: gpd.GeoDataFrame, frame: shapely.Geometry, view: shapely.Geometry, tolerance: float
) -> list[dict[str, Any]]:
    """The outlines within a frame around the view; the largest parts of the view are named, in their midst."""
    near = areas[areas.geometry.notna() & areas.geometry.intersects(frame)]
    if near.empty:
        return []
    shapes = shapely.intersection(shapely.make_valid(_plain(near.geometry.to_numpy(), tolerance)), frame)
    seen = shapely.intersection(shapes, view)
    named = {int(i) for i in np.argsort(-shapely.area(seen))[:MOST_LABELS] if not seen[i].is_empty}
    anchors = shapely.get_coordinates(
        [shapely.point_on_surface(part if not part.is_empty else shapely.Point(0, 0)) for part in seen]
    )
    return [
        {
            "geometry": json.loads(shapely.to_geojson(shape)),
            "label": str(name) if at in named else "",
            "anchor": [round(float(lat), 5), round(float(lon), 5)],
        }
        for at, (shape, name, (lon, lat)) in enumerate(zip(shapes, near["name"], anchors, strict=True))
        if not shape.is_empty
    ]


def show_sample_map(drawn: SampleMap, *, key: str, height: int = 300) -> None:
    """Show the map as wide as its column."""
    group = folium.FeatureGroup(name="samples")
    # st_folium calls the map `map_div` in the browser.
    _Samples(drawn.spec, "map_div").add_to(group)
    st_folium(
        drawn.folium_map(),
        key=key,
        height=height,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=[],
    )
