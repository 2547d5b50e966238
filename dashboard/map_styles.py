"""Which layers the tiled map has, how each is drawn, and where it looks: for the browser and for the server's picture.

Nothing here puts anything on a page, so the server may use it before the first one.
"""

from typing import Any

import numpy as np
import pandas as pd

from dashboard.deck_expressions import Between, Colouring, Filter, OneColour, Where
from dashboard.filters import Filters
from dashboard.map_seen import seen_rows
from dashboard.state import read
from dashboard.tile_decks import Place, TileGroup, TileStyle
from dashboard.viewmodels.map import MapFilters, colouring, deck_filters
from store import queries

MAP_HEIGHT_PX = 560
#: The map's usual size on a desktop, by which an area is fitted into it.
MAP_WIDTH_PX = 800
#: deck.gl's zoom is one below that of the tiles: 512-pixel tiles.
CITY_ZOOM, CLOSEST_ZOOM, COMMUNITY_ZOOM = 10.3, 15.0, 15.6
#: From here on footprints are drawn.
FOOTPRINT_ZOOM = 13.0
GROUND = "#f7f8f9"


def styles_of(
    own: MapFilters, filters: Filters, kind: str, colour_by: str, picked: str, has_height: bool
) -> list[TileStyle | TileGroup]:
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
        bare: list[Filter] = []
    else:
        bare = [Between("footprints", -1, -1) if is_open else Between("footprints", 0, 0)]
    pale = OneColour("#e3eaf2")
    houses: Colouring = OneColour("#8d99a6") if by_community else colouring(colour_by, "buildings")
    return [
        # Unseen, but clicks find them. The ground is the page's own (theme.css): to fill it costs a third of a picture.
        TileStyle("districts", fill=OneColour(GROUND), fill_alpha=2, to_zoom=10.5, is_pickable=True),
        TileGroup(
            "ground",
            {
                "green_spaces": ("#dcebd8", 255),
                "water": ("#c9dff0", 255),
                "street_edges": ("#dde2e8", 255),
            },
        ),
        TileStyle(
            "communities",
            fill=far,
            fill_alpha=110 if is_open else 215,
            from_zoom=9.5,
            to_zoom=FOOTPRINT_ZOOM,
            filters=homes,
            ranged=("year", "central"),
            **chosen,
        ),
        TileStyle(
            "communities",
            fill=Where([*homes, *bare], fill, pale) if homes or bare else fill,
            fill_alpha=200,
            from_zoom=FOOTPRINT_ZOOM,
            **chosen,
        ),
        TileGroup(
            "outlines",
            {
                "community_edges": ("#9aa6b2", 255),
                "subdistrict_edges": ("#c6cdd5", 255),
                "district_edges": ("#7b8794", 255),
            },
        ),
        TileStyle(
            "buildings",
            fill=houses,
            fill_alpha=120 if by_community else 230,
            from_zoom=FOOTPRINT_ZOOM,
            filters=deck_filters(own, filters, "buildings"),
            ranged=("year", "storeys", "lifts", "central"),
            is_pickable=True,
            height="height" if has_height else None,
        ),
        TileStyle("district_names", text="name", text_px=14, to_zoom=11.0),
        TileStyle("subdistrict_names", text="name", text_px=12, from_zoom=11.0, to_zoom=14.0),
        TileStyle("community_names", text="name", text_px=12, from_zoom=14.5),
    ]


def place_of(filters: Filters, at: str, pitch: float) -> Place:
    """Where the map looks: at the community flown to, else at the chosen subdistrict, district or the city."""
    homes = seen_rows("communities")
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
