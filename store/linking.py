"""What follows from the base tables: which building stands in which community, and where, and how old.

The link tables are a function of the base tables and of nothing else. They are made anew after every run, for the
places that the run touched; undoing a run therefore restores them too.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, delete, select

from geo import age, assign, boundaries
from store.engine import layer
from store.linking_narrow import relink_part
from store.linking_reports import Marks, write_reports
from store.linking_rules import (
    BUILDING_NEAREST_M,
    HOME_COLUMNS,
    HOUSE_COLUMNS,
    PARCEL_NEAREST_M,
    PLACE_TABLES,
    POINT_NEAREST_M,
    YEAR_COLUMNS,
    building_rows,
    locate,
    locate_homes,
    mark_points,
    ordered,
    outlined,
    place_rows,
    read_areas,
    read_parcels,
    with_points,
)
from store.linking_touched import Touched
from store.rows import chunks, insert_rows, plain_rows
from store.tables import LINK_TABLES


@dataclass(frozen=True)
class Linked:
    """The join reports of one linking, by join."""

    reports: dict[str, dict[str, Any]]


def relink(conn: Connection, touched: Touched | None = None) -> Linked:
    """Make the link tables anew from the base tables; one report for each join, nothing dropped silently.

    With `touched`, only what these rows can have changed is worked out, where that is less than the whole; the
    outcome is the same.
    """
    marks = relink_part(conn, touched) if touched is not None else None
    if marks is None:
        links, marks = _work_out(conn)
        for name, rows in links.items():
            _write(conn, LINK_TABLES[name], rows)
    return Linked(write_reports(conn, marks))


def expected_links(conn: Connection) -> dict[str, pd.DataFrame]:
    """What the link tables should hold by the base tables as they are."""
    return _work_out(conn)[0]


def _work_out(conn: Connection) -> tuple[dict[str, pd.DataFrame], Marks]:
    marks = Marks()
    areas = read_areas(conn)
    homes = with_points(layer(conn, select(*HOME_COLUMNS), "geometry"))
    houses = ordered(layer(conn, select(*HOUSE_COLUMNS)), "building_id")
    if len(houses):
        boxes = houses.geometry.bounds.to_numpy()
        marks.reach_deg = float(np.nanmax(boxes[:, 2:] - boxes[:, :2]))
    outlines, by_point = _boundaries(conn, homes, houses)
    home_areas = locate_homes(homes, outlines["geometry"], areas)
    marks.located("communities_to_subdistricts", homes["community_id"], home_areas)
    house_links, _ = assign.assign_buildings(
        houses, outlined(homes["community_id"], outlines["geometry"]), max_distance_m=BUILDING_NEAREST_M
    )
    marks.several["buildings_to_communities"] = set(houses.loc[house_links["is_ambiguous"], "building_id"])
    mark_points(house_links, by_point)
    house_areas = locate(houses[["building_id", "geometry"]], areas)
    marks.located("buildings_to_subdistricts", houses["building_id"], house_areas)
    dated = houses.assign(community_id=house_links["community_id"])
    ages = age.building_ages(dated, homes[["community_id", *YEAR_COLUMNS]])
    home_ages = age.community_age(
        homes[["community_id", *YEAR_COLUMNS]], dated.join(ages[["age_class", "year_source"]])
    )
    links = {
        "community_links": _community_rows(homes, home_areas, outlines, home_ages),
        "building_links": building_rows(houses, house_links, house_areas, ages),
        "place_links": _place_links(conn, areas, marks),
    }
    return links, marks


def _boundaries(
    conn: Connection, homes: gpd.GeoDataFrame, houses: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The boundary of every community, and the footprints that were given to a community by its point alone."""
    lots = read_parcels(conn)
    stated = houses.loc[
        houses["community_id_stated"].notna(), ["building_id", "community_id_stated", "geometry"]
    ]
    stated = stated.rename(columns={"community_id_stated": "community_id"})
    wanted = homes[["community_id", "point", "geometry"]]
    outlines, _ = boundaries.derive_boundaries(wanted, lots, stated, max_distance_m=PARCEL_NEAREST_M)
    by_point = pd.DataFrame({"community_id": [], "distance_m": []})
    bare = homes[(outlines["boundary_rule"] == "none") & homes["point"].notna()]
    if len(bare) and len(houses):
        bounded = outlined(homes["community_id"], outlines["geometry"])
        taken, _ = assign.assign_buildings(houses, bounded, max_distance_m=BUILDING_NEAREST_M)
        loose = houses[taken["rule"] == "none"]
        by_point = assign.nearest_points(loose, bare, max_distance_m=POINT_NEAREST_M)
        by_point = by_point[by_point["community_id"].notna()]
        near = houses.loc[by_point.index, ["building_id", "geometry"]].assign(
            community_id=by_point["community_id"]
        )
        footprints = gpd.GeoDataFrame(pd.concat([stated, near]), geometry="geometry", crs="EPSG:4326")
        outlines, _ = boundaries.derive_boundaries(wanted, lots, footprints, max_distance_m=PARCEL_NEAREST_M)
    return outlines, by_point


def _community_rows(
    homes: gpd.GeoDataFrame, home_areas: pd.DataFrame, outlines: gpd.GeoDataFrame, home_ages: pd.DataFrame
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "community_id": homes["community_id"],
            "district_code": home_areas["district_code"],
            "subdistrict_code": home_areas["subdistrict_code"],
            "area_rule": home_areas["rule"],
            "boundary_rule": outlines["boundary_rule"],
            "boundary_distance_m": outlines["distance_m"],
            "parcel_id": outlines["parcel_id"],
            "boundary_shared_with": outlines["shared_with"],
            "boundary": outlines["geometry"],
        }
        | {name: home_ages[name] for name in home_ages.columns}
    )


def _place_links(
    conn: Connection, areas: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], marks: Marks
) -> pd.DataFrame:
    parts = []
    for name, (table, key) in PLACE_TABLES.items():
        places = ordered(layer(conn, select(table.c[key], table.c.geometry)), key)
        found = locate(places, areas)
        marks.located(f"{name}_to_subdistricts", places[key], found)
        parts.append(place_rows(name, places[key], found))
    return pd.concat(parts, ignore_index=True)


def _write(conn: Connection, table: Table, rows: pd.DataFrame) -> None:
    """Replace a link table's rows, touching only those that differ."""
    keys = [c.name for c in table.primary_key.columns]
    columns = [c.name for c in table.columns]
    fresh = plain_rows(rows, table, columns)
    held = {tuple(row[: len(keys)]): tuple(row) for row in conn.execute(select(table))}
    wanted = {row[: len(keys)]: row for row in fresh}
    gone = [k for k, row in held.items() if wanted.get(k) != row]
    if len(gone) == len(held) and held:
        conn.execute(delete(table))
    elif len(keys) == 1:
        for part in chunks([k[0] for k in gone]):
            conn.execute(delete(table).where(table.c[keys[0]].in_(part)))
    else:
        for name in sorted({k[0] for k in gone}):
            for part in chunks([k[1] for k in gone if k[0] == name]):
                conn.execute(delete(table).where(table.c[keys[0]] == name, table.c[keys[1]].in_(part)))
    insert_rows(conn, table, columns, [row for key, row in wanted.items() if held.get(key) != row])
