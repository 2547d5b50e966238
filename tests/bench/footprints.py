"""What the peers draw: all footprints of the store with their decade, read once."""

from functools import cache

import geopandas as gpd
from sqlalchemy import select

from dashboard.map_layers import decade_codes
from store.engine import database_url, open_store
from store.tables import building_links, buildings


@cache
def held_footprints() -> gpd.GeoDataFrame:
    """name, decade and geometry (EPSG:4326) of every footprint."""
    rows = open_store(database_url()).layer(
        select(
            buildings.c.name, building_links.c.year_from, building_links.c.year_to, buildings.c.geometry
        ).join(building_links, building_links.c.building_id == buildings.c.building_id)
    )
    rows["decade"] = decade_codes(rows["year_from"], rows["year_to"])
    rows["name"] = rows["name"].fillna("")
    return rows[["name", "decade", "geometry"]]
