"""The way to every map of the pages: coloured areas with folium, tiled layers with pydeck, no outside request.

What both libraries get wrong offline is mended behind this door, in one place, so that no page can forget it: folium
asks for 85 outside files and does not escape names, pydeck asks for a basemap and for a worker script, and Streamlit
repaints tiled layers after a click. A test keeps pages from importing the libraries themselves.
"""

from dashboard.area_maps import AreaMap, choropleth_map, show_folium
from dashboard.deck_expressions import Between, ByCode, BySteps, Colouring, Filter, OneColour, OneOf, Where
from dashboard.outside import outside_addresses
from dashboard.point_maps import (
    MOST_POINTS,
    MapCircle,
    MapPoint,
    PointClick,
    PointMap,
    point_map,
    show_points,
)
from dashboard.tile_decks import (
    MOST_RINGS,
    Picked,
    Place,
    TileDeck,
    TileGroup,
    TileStyle,
    building_deck,
    show_deck,
)

__all__ = [
    "MOST_POINTS",
    "MOST_RINGS",
    "AreaMap",
    "Between",
    "ByCode",
    "BySteps",
    "Colouring",
    "Filter",
    "MapCircle",
    "MapPoint",
    "OneColour",
    "OneOf",
    "Picked",
    "Place",
    "PointClick",
    "PointMap",
    "TileDeck",
    "TileGroup",
    "TileStyle",
    "Where",
    "building_deck",
    "choropleth_map",
    "outside_addresses",
    "point_map",
    "show_deck",
    "show_folium",
    "show_points",
]
