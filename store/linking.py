"""What follows from the base tables: which building stands in which community, and where, and how old.

The link tables are a function of the base tables and of nothing else. They are made anew after every run, for the
places that the run touched; undoing a run therefore restores them too.
"""

import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, Table, delete, select

from geo import age, assign, boundaries
from store.engine import layer, write_state
from store.rows import chunks, insert_rows, plain_rows
from store.tables import (
    LINK_TABLES,
    buildings,
    communities,
    districts,
    facilities,
    parcels,
    population_points,
    subdistricts,
)

#: A building further than this from every community belongs to none.
BUILDING_NEAREST_M = 30.0
#: A community's point further than this from every residential parcel gets no boundary from parcels.
PARCEL_NEAREST_M = 50.0
#: A community that has nothing but a point takes the loose footprints within this distance of it.
POINT_NEAREST_M = 60.0
YEAR_COLUMNS = ["build_year_from", "build_year_to", "build_year_precision"]


@dataclass(frozen=True)
class Linked:
    """The join reports of one linking, by join."""

    reports: dict[str, dict[str, Any]]


def relink(conn: Connection) -> Linked:
    """Make all link tables anew from the base tables; one report for each join, nothing dropped silently."""
    links, reports = _work_out(conn)
    for name, rows in links.items():
        _write(conn, LINK_TABLES[name], rows)
    write_state(conn, "join_reports", json.dumps(reports, ensure_ascii=False, sort_keys=True))
    return Linked(reports)


def expected_links(conn: Connection) -> dict[str, pd.DataFrame]:
    """What the link tables should hold by the base tables as they are."""
    return _work_out(conn)[0]


def _work_out(conn: Connection) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    areas = _areas(conn)
    homes = layer(conn, select(communities), "geometry")
    homes["point"] = gpd.GeoSeries(
        shapely.from_wkb(homes["point"].to_numpy(dtype=object)) if len(homes) else [],
        index=homes.index,
        crs="EPSG:4326",
    )
    houses = layer(
        conn,
        select(
            buildings.c.building_id,
            buildings.c.community_id_stated,
            buildings.c.floor_area_m2,
            *(buildings.c[c] for c in YEAR_COLUMNS),
            buildings.c.geometry,
        ),
    )
    reports: dict[str, dict[str, Any]] = {}
    outlines, by_point = _boundaries(conn, homes, houses, reports)
    home_areas = _locate(
        gpd.GeoDataFrame(
            homes[["community_id", "district_code"]],
            geometry=homes["point"].where(homes["point"].notna(), outlines["geometry"]),
            crs="EPSG:4326",
        ),
        areas,
        "communities_to_subdistricts",
        reports,
        stated=homes["district_code"],
    )
    house_links, house_report = assign.assign_buildings(
        houses,
        gpd.GeoDataFrame(homes[["community_id"]], geometry=outlines["geometry"], crs="EPSG:4326"),
        max_distance_m=BUILDING_NEAREST_M,
    )
    reports["buildings_to_communities"] = _mark_points(house_links, by_point, house_report.as_dict())
    house_areas = _locate(houses, areas, "buildings_to_subdistricts", reports)
    dated = houses.assign(community_id=house_links["community_id"])
    ages = age.building_ages(dated, homes[["community_id", *YEAR_COLUMNS]])
    home_ages = age.community_age(
        homes[["community_id", *YEAR_COLUMNS]], dated.join(ages[["age_class", "year_source"]])
    )
    links = {
        "community_links": _community_rows(homes, home_areas, outlines, home_ages),
        "building_links": pd.DataFrame(
            {
                "building_id": houses["building_id"],
                "community_id": house_links["community_id"],
                "rule": house_links["rule"],
                "overlap_pct": house_links["overlap_pct"],
                "distance_m": house_links["distance_m"],
                "district_code": house_areas["district_code"],
                "subdistrict_code": house_areas["subdistrict_code"],
                "year_from": ages["year_from"],
                "year_to": ages["year_to"],
                "year_precision": ages["precision"],
                "year_source": ages["year_source"],
                "age_class": ages["age_class"],
            }
        ),
        "place_links": _place_rows(conn, areas, reports),
    }
    return links, reports


def _areas(conn: Connection) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    near = layer(
        conn, select(subdistricts.c.subdistrict_code, subdistricts.c.district_code, subdistricts.c.geometry)
    )
    wide = layer(conn, select(districts.c.district_code, districts.c.geometry))
    return near[near.geometry.notna()].reset_index(drop=True), wide[wide.geometry.notna()].reset_index(
        drop=True
    )


def _boundaries(
    conn: Connection, homes: gpd.GeoDataFrame, houses: gpd.GeoDataFrame, reports: dict[str, dict[str, Any]]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The boundary of every community, and the footprints that were given to a community by its point alone."""
    lots = layer(conn, select(parcels.c.parcel_id, parcels.c.geometry))
    stated = houses.loc[
        houses["community_id_stated"].notna(), ["building_id", "community_id_stated", "geometry"]
    ]
    stated = stated.rename(columns={"community_id_stated": "community_id"})
    wanted = homes[["community_id", "point", "geometry"]]
    outlines, report = boundaries.derive_boundaries(wanted, lots, stated, max_distance_m=PARCEL_NEAREST_M)
    by_point = pd.DataFrame({"community_id": [], "distance_m": []})
    bare = homes[(outlines["boundary_rule"] == "none") & homes["point"].notna()]
    if len(bare) and len(houses):
        bounded = gpd.GeoDataFrame(homes[["community_id"]], geometry=outlines["geometry"], crs="EPSG:4326")
        taken, _ = assign.assign_buildings(houses, bounded, max_distance_m=BUILDING_NEAREST_M)
        loose = houses[taken["rule"] == "none"]
        by_point = assign.nearest_points(loose, bare, max_distance_m=POINT_NEAREST_M)
        by_point = by_point[by_point["community_id"].notna()]
        near = houses.loc[by_point.index, ["building_id", "geometry"]].assign(
            community_id=by_point["community_id"]
        )
        footprints = gpd.GeoDataFrame(pd.concat([stated, near]), geometry="geometry", crs="EPSG:4326")
        outlines, report = boundaries.derive_boundaries(
            wanted, lots, footprints, max_distance_m=PARCEL_NEAREST_M
        )
    reports["communities_to_boundaries"] = report.as_dict()
    return outlines, by_point


def _mark_points(links: pd.DataFrame, by_point: pd.DataFrame, report: dict[str, Any]) -> dict[str, Any]:
    """Footprints within a hull that their community's own point gave it say so, rather than claim an overlap."""
    index = by_point.index
    links.loc[index, "community_id"] = by_point["community_id"]
    links.loc[index, "rule"] = "nearest_point"
    links.loc[index, "distance_m"] = by_point["distance_m"]
    links.loc[index, "overlap_pct"] = None
    counts = links["rule"].value_counts().sort_index()
    return report | {"by_rule": {str(k): int(v) for k, v in counts.items()}}


def _locate(
    items: gpd.GeoDataFrame,
    areas: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    name: str,
    reports: dict[str, dict[str, Any]],
    stated: pd.Series | None = None,
) -> pd.DataFrame:
    """The subdistrict and district of each item; a stated district is kept, and disagreement is counted."""
    near, wide = areas
    found, report = assign.assign_to_areas(items, near, "subdistrict_code")
    told = report.as_dict()
    by_code = near.set_index("subdistrict_code")["district_code"] if len(near) else pd.Series(dtype=object)
    code = found["subdistrict_code"]
    district = code.map(by_code)
    rest = district.isna() & items.geometry.notna()
    if rest.any() and len(wide):
        outside, _ = assign.assign_to_areas(items.loc[rest], wide, "district_code")
        district = district.where(~rest, outside["district_code"].reindex(items.index))
    if stated is not None:
        code, district = _prefer_stated(items, near, stated, code, district)
        differs = stated.notna() & district.notna() & (stated != district)
        told["position_outside_stated_district"] = int(differs.sum())
        told["position_outside_stated_district_examples"] = (
            items.loc[differs, items.columns[0]].head(20).tolist()
        )
        code = code.where(~differs, None)
        district = stated.where(stated.notna(), district)
    reports[name] = told
    return pd.DataFrame(
        {"subdistrict_code": code, "district_code": district, "rule": found["rule"]}, index=items.index
    )


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
            "age_class": home_ages["age_class"],
            "is_mixed_age": home_ages["is_mixed_age"],
            "buildings": home_ages["buildings"],
            "pre_2000_buildings": home_ages["pre_2000_buildings"],
            "post_2000_buildings": home_ages["post_2000_buildings"],
            "unknown_year_buildings": home_ages["unknown_year_buildings"],
            "pre_2000_share_pct": home_ages["pre_2000_share_pct"],
        }
    )


def _place_rows(
    conn: Connection, areas: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], reports: dict[str, dict[str, Any]]
) -> pd.DataFrame:
    parts = []
    for table, key in ((facilities, "facility_id"), (population_points, "point_id")):
        places = layer(conn, select(table.c[key], table.c.geometry))
        found = _locate(places, areas, f"{table.name}_to_subdistricts", reports)
        parts.append(
            pd.DataFrame(
                {
                    "layer": table.name,
                    "row_id": places[key],
                    "district_code": found["district_code"],
                    "subdistrict_code": found["subdistrict_code"],
                }
            )
        )
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
