"""How links are worked out: the rules that the linking of a whole city and of a part of it share."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, select

from geo import assign
from store.engine import layer
from store.tables import (
    buildings,
    communities,
    districts,
    facilities,
    key_column,
    parcels,
    population_points,
    subdistricts,
)
from store.tables_gaps import candidate_sites, idle_spaces

#: A building further than this from every community belongs to none.
BUILDING_NEAREST_M = 30.0
#: A community's point further than this from every residential parcel gets no boundary from parcels.
PARCEL_NEAREST_M = 50.0
#: A community that has nothing but a point takes the loose footprints within this distance of it.
POINT_NEAREST_M = 60.0
YEAR_COLUMNS = ["build_year_from", "build_year_to", "build_year_precision"]
#: An overlap smaller than this share of a place is a touch.
LEAST_SHARE = 1e-9
PLACE_TABLES = {
    t.name: (t, key_column(t)) for t in (facilities, population_points, idle_spaces, candidate_sites)
}
HOME_COLUMNS = (
    communities.c.community_id,
    communities.c.district_code,
    *(communities.c[c] for c in YEAR_COLUMNS),
    communities.c.point,
    communities.c.geometry,
)
HOUSE_COLUMNS = (
    buildings.c.building_id,
    buildings.c.community_id_stated,
    buildings.c.floor_area_m2,
    *(buildings.c[c] for c in YEAR_COLUMNS),
    buildings.c.geometry,
)
Areas = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]


def ordered(rows: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Rows by their key, so that nothing hangs on the order in which a database hands them out."""
    return rows.sort_values(key, kind="stable").reset_index(drop=True)


def with_points(homes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Communities by their id, with `point` as geometry (EPSG:4326)."""
    out = ordered(homes, "community_id")
    shapes = shapely.from_wkb(out["point"].to_numpy(dtype=object)) if len(out) else []
    out["point"] = gpd.GeoSeries(shapes, index=out.index, crs="EPSG:4326")
    return out


def read_areas(conn: Connection) -> Areas:
    """The subdistricts and the districts that have an outline, EPSG:4326."""
    near = layer(
        conn, select(subdistricts.c.subdistrict_code, subdistricts.c.district_code, subdistricts.c.geometry)
    )
    wide = layer(conn, select(districts.c.district_code, districts.c.geometry))
    return (
        ordered(near[near.geometry.notna()], "subdistrict_code"),
        ordered(wide[wide.geometry.notna()], "district_code"),
    )


def read_parcels(conn: Connection) -> gpd.GeoDataFrame:
    """All residential parcels, EPSG:4326."""
    return ordered(layer(conn, select(parcels.c.parcel_id, parcels.c.geometry)), "parcel_id")


def outlined(ids: pd.Series, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Community ids with their boundaries, EPSG:4326, as `assign_buildings` takes them."""
    return gpd.GeoDataFrame(
        {"community_id": ids.to_numpy(dtype=object)},
        geometry=gpd.GeoSeries(np.asarray(shapes, dtype=object), crs="EPSG:4326"),
    )


def locate(items: gpd.GeoDataFrame, areas: Areas, stated: pd.Series | None = None) -> pd.DataFrame:
    """The subdistrict and district of each place; a stated district is kept.

    `items`: geometry in EPSG:4326, whose first column names the row. Returns, on its index: `subdistrict_code`,
    `district_code`, `rule` (inside, overlap, none), `is_several` (lies in several subdistricts) and `is_outside`
    (its position is not in its stated district).
    """
    near, wide = areas
    found, _ = assign.assign_to_areas(items, near, "subdistrict_code")
    by_code = near.set_index("subdistrict_code")["district_code"] if len(near) else pd.Series(dtype=object)
    code = found["subdistrict_code"]
    district = code.map(by_code)
    rest = district.isna() & items.geometry.notna()
    if rest.any() and len(wide):
        outside, _ = assign.assign_to_areas(items.loc[rest], wide, "district_code")
        district = district.where(~rest, outside["district_code"].reindex(items.index))
    differs = pd.Series(False, index=items.index)
    if stated is not None:
        code, district = _prefer_stated(items, near, stated, code, district)
        differs = stated.notna() & district.notna() & (stated != district)
        code = code.where(~differs, None)
        district = stated.where(stated.notna(), district)
    return pd.DataFrame(
        {
            "subdistrict_code": code,
            "district_code": district,
            "rule": found["rule"],
            "is_several": _in_several(items.geometry.to_numpy(), near.geometry.to_numpy()),
            "is_outside": differs.astype(bool),
        },
        index=items.index,
    )


def _in_several(shapes: np.ndarray, outlines: np.ndarray) -> np.ndarray:
    """Which shapes lie in more than one outline: points within it or on its line, others with a part of their area."""
    if not len(shapes) or not len(outlines):
        return np.zeros(len(shapes), dtype=bool)
    area, at = shapely.STRtree(shapes).query(outlines, predicate="intersects")
    again = np.bincount(at, minlength=len(shapes))[at] > 1
    area, at = area[again], at[again]
    kinds = shapely.get_dimensions(shapes[at])
    measure = np.where(kinds == 2, shapely.area(shapes[at]), shapely.length(shapes[at]))
    pieces = shapely.intersection(shapes[at], outlines[area])
    part = np.where(kinds == 2, shapely.area(pieces), shapely.length(pieces))
    counts = (kinds == 0) | (part > LEAST_SHARE * measure)
    return np.bincount(at[counts], minlength=len(shapes)) > 1


def _prefer_stated(
    items: gpd.GeoDataFrame, near: gpd.GeoDataFrame, stated: pd.Series, code: pd.Series, district: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Where subdistricts of two districts overlap, the one of the stated district holds the place."""
    elsewhere = stated.notna() & district.notna() & (stated != district)
    for name in sorted(set(stated[elsewhere])):
        rows = elsewhere & (stated == name)
        own = near[near["district_code"] == name]
        if own.empty:
            continue
        again, _ = assign.assign_to_areas(items.loc[rows], own, "subdistrict_code")
        hit = again.index[again["subdistrict_code"].notna()]
        code, district = code.copy(), district.copy()
        code.loc[hit] = again.loc[hit, "subdistrict_code"]
        district.loc[hit] = name
    return code, district


def locate_homes(homes: gpd.GeoDataFrame, outlines: gpd.GeoSeries, areas: Areas) -> pd.DataFrame:
    """`locate` for communities: by their point, else by their boundary; the stated district is kept."""
    at = gpd.GeoDataFrame(
        homes[["community_id", "district_code"]],
        geometry=homes["point"].where(homes["point"].notna(), outlines),
        crs="EPSG:4326",
    )
    return locate(at, areas, stated=homes["district_code"])


def mark_points(links: pd.DataFrame, by_point: pd.DataFrame) -> None:
    """Footprints within a hull that their community's own point gave it say so, rather than claim an overlap.

    `by_point`: `community_id` and `distance_m` on labels of `links`, which is changed in place.
    """
    index = by_point.index
    links.loc[index, "community_id"] = by_point["community_id"]
    links.loc[index, "rule"] = "nearest_point"
    links.loc[index, "distance_m"] = by_point["distance_m"]
    links.loc[index, "overlap_pct"] = None


def building_rows(
    houses: pd.DataFrame, links: pd.DataFrame, places: pd.DataFrame, ages: pd.DataFrame
) -> pd.DataFrame:
    """Rows of `building_links`; all arguments on one index."""
    return pd.DataFrame(
        {
            "building_id": houses["building_id"],
            "community_id": links["community_id"],
            "rule": links["rule"],
            "overlap_pct": links["overlap_pct"],
            "distance_m": links["distance_m"],
            "district_code": places["district_code"],
            "subdistrict_code": places["subdistrict_code"],
            "year_from": ages["year_from"],
            "year_to": ages["year_to"],
            "year_precision": ages["precision"],
            "year_source": ages["year_source"],
            "age_class": ages["age_class"],
        }
    )


AGE_COLUMNS = (
    "age_class",
    "is_mixed_age",
    "buildings",
    "pre_2000_buildings",
    "post_2000_buildings",
    "unknown_year_buildings",
    "pre_2000_share_pct",
)


def place_rows(name: str, ids: pd.Series, found: pd.DataFrame) -> pd.DataFrame:
    """Rows of `place_links` of one layer."""
    return pd.DataFrame(
        {
            "layer": name,
            "row_id": ids,
            "district_code": found["district_code"],
            "subdistrict_code": found["subdistrict_code"],
        }
    )
