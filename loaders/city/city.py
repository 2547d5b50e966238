"""The demo city as a whole: all layers, and a list of what is awkward in them."""

import datetime as dt
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.city import awkward, money, places, records
from loaders.city.areas import build_areas
from loaders.city.blocks import build_blocks
from loaders.city.events import choose_breaches, event_table
from loaders.city.homes import build_homes
from loaders.city.houses import build_houses
from loaders.city.plan import LONLAT, Plan, Size, plan_of, to_lonlat
from loaders.city.programme import AS_OF, build_projects, district_quotas, project_table
from loaders.city.roads import HALF_WIDTH_M, build_roads, road_table

Layers = dict[str, gpd.GeoDataFrame | pd.DataFrame]


@dataclass(frozen=True)
class DemoCity:
    """A synthetic city. `layers`: rows by table, geometry in EPSG:4326; `notes`: awkward cases and their ids."""

    size: Size
    seed: int
    layers: Layers
    notes: dict[str, list[str]] = field(default_factory=dict)
    as_of_date: dt.date = AS_OF


def build_city(size: Size, seed: int = 2020) -> DemoCity:
    """A demo city that is the same for the same size and seed. ValueError for an unknown size.

    tiny: 64 communities in four districts; small: 1,500 communities and 25,000 buildings; large: 7,000 communities
    and 500,000 buildings, on the outlines of the 16 districts.
    """
    plan = plan_of(size, seed)
    areas = build_areas(plan)
    water = places.build_water(plan)
    roads = build_roads(plan)
    obstacle = shapely.union(
        shapely.buffer(shapely.union_all(water.geometry.to_numpy()), 15),
        shapely.buffer(shapely.union_all(roads.geometry.to_numpy()), HALF_WIDTH_M),
    )
    blocks = build_blocks(plan, areas, obstacle)
    homes = build_homes(plan, blocks.plots)
    houses = build_houses(plan, homes, blocks.plots)
    empty = awkward.emptied_home(homes)
    houses = records.with_households(plan, houses[houses["home"] != empty].reset_index(drop=True))

    streets = records.street_table(plan, blocks.streets)
    homes = records.with_names(plan, homes, blocks.streets, streets["name"])
    towns = areas.set_index("subdistrict_code")["name_zh"]
    homes["subdistrict_name"] = homes["subdistrict_code"].map(towns)
    homes = awkward.odd_names(homes)
    buildings = records.house_table(plan, homes, houses)
    totals = records.home_totals(homes, houses, buildings)
    communities, parcels = records.home_table(plan, homes, totals)
    layers: Layers = {
        "subdistricts": _area_table(areas),
        "parcels": parcels,
        "communities": communities,
        "buildings": buildings,
        "facilities": places.facility_table(plan, homes, areas),
        "population_points": places.population_table(homes, totals),
        "green_spaces": places.green_table(plan, blocks.plots, water),
        "streets": gpd.GeoDataFrame(pd.concat([road_table(roads), streets], ignore_index=True), crs=LONLAT),
    }
    notes = awkward.ground_notes(homes, houses, layers, empty)
    _add_programme(plan, layers, notes, homes, houses, totals)
    return DemoCity(size, seed, layers, notes)


def _area_table(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    columns = areas[["subdistrict_code", "district_code", "name_zh", "name_en"]]
    return gpd.GeoDataFrame(columns, geometry=to_lonlat(areas.geometry.to_numpy()), crs=LONLAT)


def _add_programme(
    plan: Plan,
    layers: Layers,
    notes: dict[str, list[str]],
    homes: pd.DataFrame,
    houses: pd.DataFrame,
    totals: pd.DataFrame,
) -> None:
    table = build_projects(plan, homes, totals)
    breaches = choose_breaches(plan, table)
    planned, investments = money.plan_money(plan, table, totals)
    projects = project_table(plan, table, homes, planned)
    undocumented = projects["project_id"].isin(breaches.without_document)
    projects["confirmation_document_no"] = projects["confirmation_document_no"].mask(undocumented, None)
    funding, odd = money.funding_table(plan, table, planned, investments)
    pairs, twice = awkward.community_pairs(table, homes)
    layers |= {
        "projects": projects,
        "project_communities": pairs,
        "project_buildings": _building_pairs(table, houses, layers["buildings"]),
        "stage_events": event_table(plan, table, breaches),
        "funding_entries": funding,
        "monthly_investments": investments,
        "annual_targets": money.target_table(plan, district_quotas(plan, table), table, investments),
    }
    layers["communities"] = awkward.owners_bodies(layers, breaches)
    notes |= {
        "central_state_projects": projects.loc[projects["is_central_state"], "project_id"].tolist(),
        "behind_on_everything": ["110106"],
        "over_fulfilled": ["110107"],
        "started_without_service_agreement": breaches.without_service_agreement,
        "started_without_document": breaches.without_document,
        "started_without_owners_body": breaches.without_owners_body,
        "community_in_two_projects": twice,
        **odd,
    }


def _building_pairs(table: pd.DataFrame, houses: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """The residential buildings of each project's communities that were finished before 2000."""
    owner = pd.Series(
        dict(table[["homes", "project_id"]].explode("homes").itertuples(index=False, name=None))
    )
    project = houses["home"].map(owner)
    chosen = (project.notna() & (houses["year"] < 2000)).to_numpy()
    ids = buildings["building_id"].to_numpy(dtype=object)[chosen]
    own = project[chosen].to_numpy(dtype=object)
    rows = pd.DataFrame({"project_building_id": own + "-" + ids, "project_id": own, "building_id": ids})
    order = np.argsort(rows["project_id"].to_numpy(dtype=str), kind="stable")
    return rows.iloc[order].reset_index(drop=True)
