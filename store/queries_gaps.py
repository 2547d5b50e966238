"""What facility gaps are worked out from: streets, facilities, homes, people, idle rooms, sites, standards."""

import hashlib
import json

import geopandas as gpd
import pandas as pd
from sqlalchemy import func, select

from store.engine import Store
from store.tables import (
    BASE_TABLES,
    building_links,
    buildings,
    communities,
    community_links,
    facilities,
    key_column,
    place_links,
    population_points,
    row_versions,
    streets,
    subdistricts,
)
from store.tables_gaps import candidate_sites, entrances, idle_spaces, standard_rows

#: The base tables that distances hang on.
REACH_TABLES = (
    "streets",
    "facilities",
    "entrances",
    "buildings",
    "communities",
    "population_points",
    "subdistricts",
    "parcels",
    "green_spaces",
)


def table_marks(store: Store) -> dict[str, str]:
    """A fingerprint of each of `REACH_TABLES`: it differs whenever a row came, changed, went or returned.

    Every such change is made by a run and leaves the counts of rows by run, or of kept versions by run, different.
    """
    marks: dict[str, str] = {}
    with store.reading() as conn:
        for name in REACH_TABLES:
            table = BASE_TABLES[name]
            held = conn.execute(
                select(table.c.import_run_id, func.count())
                .group_by(table.c.import_run_id)
                .order_by(table.c.import_run_id)
            ).all()
            kept = conn.execute(
                select(row_versions.c.run_id, row_versions.c.change, func.count())
                .where(row_versions.c.table_name == name)
                .group_by(row_versions.c.run_id, row_versions.c.change)
                .order_by(row_versions.c.run_id, row_versions.c.change)
            ).all()
            text = json.dumps([[list(r) for r in held], [list(r) for r in kept]])
            marks[name] = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return marks


def street_lines(store: Store) -> gpd.GeoDataFrame:
    """The streets: street_id, oneway, geometry (EPSG:4326)."""
    t = streets.c
    return store.layer(select(t.street_id, t.oneway, t.geometry).order_by(t.street_id))


def facility_places(store: Store) -> gpd.GeoDataFrame:
    """The facilities with where they lie: facility_id, kind, name, capacity, capacity_unit, floor_area_m2,
    land_area_m2, content_hash, district_code, subdistrict_code, is_synthetic, geometry (EPSG:4326)."""
    t, p = facilities.c, place_links.c
    return store.layer(
        select(
            t.facility_id,
            t.kind,
            t.name,
            t.capacity,
            t.capacity_unit,
            t.floor_area_m2,
            t.land_area_m2,
            t.content_hash,
            p.district_code,
            p.subdistrict_code,
            t.is_synthetic,
            t.geometry,
        )
        .outerjoin(place_links, (p.layer == "facilities") & (p.row_id == t.facility_id))
        .order_by(t.facility_id)
    )


def layer_places(store: Store, layer: str, kind: str) -> gpd.GeoDataFrame:
    """The rows of a layer of its own that count as facilities of a kind, with the columns of `facility_places`."""
    table = BASE_TABLES[layer]
    key = table.c[key_column(table)]
    rows = store.layer(
        select(
            key.label("facility_id"),
            table.c.name,
            table.c.content_hash,
            table.c.is_synthetic,
            table.c.geometry,
        ).order_by(key)
    )
    return rows.assign(
        kind=kind,
        capacity=None,
        capacity_unit=None,
        floor_area_m2=None,
        land_area_m2=None,
        district_code=None,
        subdistrict_code=None,
    )


def entrance_points(store: Store) -> gpd.GeoDataFrame:
    """Entrances that are known: entrance_id, of_kind, of_id, geometry (EPSG:4326)."""
    t = entrances.c
    return store.layer(select(t.entrance_id, t.of_kind, t.of_id, t.geometry).order_by(t.entrance_id))


def home_buildings(store: Store) -> gpd.GeoDataFrame:
    """The buildings that stand in a community: building_id, community_id, households, floor_area_m2, storeys,
    geometry (EPSG:4326)."""
    t, b = buildings.c, building_links.c
    return store.layer(
        select(t.building_id, b.community_id, t.households, t.floor_area_m2, t.storeys, t.geometry)
        .join(building_links, b.building_id == t.building_id)
        .where(b.community_id.is_not(None))
        .order_by(t.building_id)
    )


def home_communities(store: Store) -> gpd.GeoDataFrame:
    """The communities with where and how old they are: community_id, name, residents, households, age_class,
    district_code, subdistrict_code, geometry (the point, else the boundary; EPSG:4326)."""
    c, cl = communities.c, community_links.c
    return store.layer(
        select(
            c.community_id,
            c.name,
            c.residents,
            c.households,
            cl.age_class,
            cl.district_code,
            cl.subdistrict_code,
            func.coalesce(c.point, cl.boundary, c.geometry).label("geometry"),
        )
        .join(community_links, cl.community_id == c.community_id)
        .order_by(c.community_id)
    )


def population_places(store: Store) -> gpd.GeoDataFrame:
    """The population points with where they lie: point_id, residents, district_code, subdistrict_code, geometry."""
    t, p = population_points.c, place_links.c
    return store.layer(
        select(t.point_id, t.residents, p.district_code, p.subdistrict_code, t.geometry)
        .outerjoin(place_links, (p.layer == "population_points") & (p.row_id == t.point_id))
        .order_by(t.point_id)
    )


def idle_space_rows(store: Store) -> gpd.GeoDataFrame:
    """Existing rooms that could be opened (R41), all columns, with district_code and subdistrict_code."""
    t, p = idle_spaces.c, place_links.c
    return store.layer(
        select(idle_spaces, p.district_code, p.subdistrict_code)
        .outerjoin(place_links, (p.layer == "idle_spaces") & (p.row_id == t.space_id))
        .order_by(t.space_id)
    )


def candidate_site_rows(store: Store) -> gpd.GeoDataFrame:
    """Sites on which something may be built (R42), all columns, with district_code and subdistrict_code."""
    t, p = candidate_sites.c, place_links.c
    return store.layer(
        select(candidate_sites, p.district_code, p.subdistrict_code)
        .outerjoin(place_links, (p.layer == "candidate_sites") & (p.row_id == t.site_id))
        .order_by(t.site_id)
    )


def standard_corrections(store: Store) -> pd.DataFrame:
    """A planner's own or corrected rows of standards, all columns, with the content_hash that an edit must name."""
    return store.frame(select(standard_rows).order_by(standard_rows.c.standard_row_id))


def held_subdistricts(store: Store) -> pd.DataFrame:
    """The codes of the subdistricts whose outline is held: subdistrict_code, district_code."""
    t = subdistricts.c
    return store.frame(
        select(t.subdistrict_code, t.district_code)
        .where(t.geometry.is_not(None))
        .order_by(t.subdistrict_code)
    )


assert set(REACH_TABLES) <= set(BASE_TABLES)
