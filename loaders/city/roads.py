"""The great roads: four rings and two avenues, which no block may touch."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.city.plan import LONLAT, Plan, centre_m, districts_m, to_lonlat

#: Name, half width and half height of each ring in metres.
RINGS = (
    ("内环路", 3_300, 3_000),
    ("中环路", 6_300, 5_900),
    ("外环路", 10_400, 9_900),
    ("郊环路", 19_500, 18_500),
)
AVENUES = (("东西大道", True), ("南北大道", False))
HALF_WIDTH_M = 28.0
AVENUE_REACH_M = 24_000.0


def build_roads(plan: Plan) -> gpd.GeoDataFrame:
    """The great roads within the plan's districts, in EPSG:4548: name, district_code, geometry."""
    cx, cy = centre_m()
    lines = []
    angle = np.linspace(0, 2 * np.pi, 361)
    for name, wide, tall in RINGS:
        # A superellipse: Beijing's rings are rectangles with rounded corners.
        x = cx + wide * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.45
        y = cy + tall * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.45
        lines.append((name, shapely.linestrings(np.column_stack([x, y]))))
    reach = np.array([-AVENUE_REACH_M, AVENUE_REACH_M])
    for name, runs_east in AVENUES:
        ends = (cx + reach, np.full(2, cy)) if runs_east else (np.full(2, cx), cy + reach)
        lines.append((name, shapely.linestrings(np.column_stack(ends))))
    rows = []
    for district in districts_m(plan).itertuples():
        for name, line in lines:
            pieces = shapely.line_merge(shapely.intersection(line, district.geometry))
            rows += [
                (name, district.district_code, p) for p in shapely.get_parts(pieces) if shapely.length(p) > 50
            ]
    table = pd.DataFrame(rows, columns=["name", "district_code", "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=districts_m(plan).crs)


def road_table(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The great roads as rows of the streets (EPSG:4326)."""
    number = (roads.groupby("district_code").cumcount() + 1).astype(str).str.zfill(2)
    return gpd.GeoDataFrame(
        {
            "street_id": "R" + roads["district_code"] + "-T" + number,
            "name": roads["name"],
            "kind": "trunk",
            "oneway": "no",
        },
        geometry=to_lonlat(roads.geometry.to_numpy()),
        crs=LONLAT,
    )
