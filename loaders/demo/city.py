"""The demo city put together: every layer of the store, from one seed."""

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from loaders import reference
from loaders.demo import awkward, chain, estates, homes, money, projects, surroundings
from loaders.demo import grid as plan
from loaders.demo.names import StreetNames
from loaders.demo.outlines import subdistrict_outlines
from loaders.demo.profile import Size, district_codes, profile, stream, zones
from loaders.demo.settle import Plots, settle
from loaders.demo.streets import street_blocks, streets
from loaders.demo.topics import topic_rows
from store.rows import content_columns
from store.tables import BASE_TABLES

Layers = dict[str, gpd.GeoDataFrame | pd.DataFrame]


@dataclass(frozen=True)
class DemoCity:
    """A synthetic city. `layers` are keyed by table name, in the order in which the tables may be filled, with the
    columns of the store (geometry in EPSG:4326); `notes` lists the ids of the awkward cases by their name."""

    size: Size
    seed: int
    as_of_date: dt.date
    layers: Layers
    notes: dict[str, list[str]]


@dataclass
class _Ground:
    """The built city before the programme: where everything stands."""

    outlines: gpd.GeoDataFrame
    plots: Plots
    estates: estates.Estates
    homes: gpd.GeoDataFrame
    houses: gpd.GeoDataFrame
    home_of_house: np.ndarray
    true_years: np.ndarray
    is_dwelling: np.ndarray
    middles: tuple[np.ndarray, np.ndarray]
    streets: gpd.GeoDataFrame
    greens: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame


def build_city(size: Size = "small", seed: int = 2020) -> DemoCity:
    """Build the demo city: `tiny` for tests, `small` (about 25,000 buildings), `large` (about 500,000).

    The same size and seed give the same frames on every machine. Raises KeyError for another size.
    """
    notes = awkward.Notes()
    ground = _build_ground(size, seed)
    programme, in_projects = _build_programme(size, seed, ground, notes)
    parcels = _put_in_awkward(size, ground, in_projects, notes)
    people = surroundings.population_points(
        ground.middles, ground.houses["households"].to_numpy(dtype=float), homes.PERSONS_PER_HOUSEHOLD
    )
    layers: Layers = {
        "subdistricts": ground.outlines,
        "parcels": parcels,
        "communities": ground.homes,
        "buildings": ground.houses,
        "facilities": ground.facilities,
        "population_points": people,
        "green_spaces": ground.greens,
        "water_areas": ground.water,
        "streets": ground.streets,
        **programme,
    }
    notes.add(
        "building_without_community", *ground.houses["building_id"].to_numpy()[ground.home_of_house < 0][:20]
    )
    stored = {n: _as_stored(n, layers[n]) for n in BASE_TABLES if n in layers}
    more = topic_rows(size, seed, chain.as_of(), stored)
    stored |= {n: _as_stored(n, more[n]) for n in more}
    return DemoCity(
        size,
        seed,
        chain.as_of(),
        {n: stored[n] for n in BASE_TABLES if n in stored},
        notes.as_dict(),
    )


def _as_stored(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.reindex(columns=content_columns(BASE_TABLES[name])).reset_index(drop=True)


def _build_ground(size: Size, seed: int) -> _Ground:
    held = profile()["sizes"][size]
    grid = plan.build_grid(stream(seed, "grid"), held["block_scale"])
    outlines = subdistrict_outlines(district_codes(size), grid)
    outlines["district_name"] = outlines["district_code"].map(
        reference.districts().set_index("district_code")["name_zh"]
    )
    plots, others = settle(size, seed, grid, outlines)
    zone = outlines["district_code"].map(zones()).to_numpy(dtype=object)[plots.subdistrict]
    quarter = plots.street @ np.array([100_000, 1])
    built = estates.draw_estates(zone, quarter, held["courtyard_share"], stream(seed, "estates"))
    chance = stream(seed, "footprints")
    made = estates.thinned(estates.estate_footprints(plots.rect, built, chance), held["most_yards"], chance)
    years = estates.building_years(built, made, stream(seed, "building years"))
    names = StreetNames(stream(seed, "street names"))
    ledger = homes.communities(plots, built, outlines, grid, names, stream(seed, "communities"))
    houses = homes.buildings(made, years, ledger, 1, stream(seed, "buildings"))
    ledger = homes.with_totals(ledger, houses, made.plot, stream(seed, "residents"))
    taken = np.concatenate([plots.street, others.street])
    missing = held["buildings"] - len(made)
    chance = stream(seed, "others")
    villages = surroundings.village_plots(grid, outlines, taken, missing, chance)
    beyond, beyond_years = surroundings.other_footprints(others, villages, missing, chance)
    outside = homes.buildings(beyond, beyond_years, None, len(made) + 1, chance)
    district = outlines["district_code"].to_numpy(dtype=object)
    settled: dict[tuple[int, int], str] = {}
    for lot in (plots, others):
        for pair, area in zip(lot.street.tolist(), lot.subdistrict, strict=True):
            settled.setdefault((pair[0], pair[1]), district[area])
    blocks = street_blocks(grid, outlines, [(i, j, d) for (i, j), d in settled.items()], chance)
    return _Ground(
        outlines,
        plots,
        built,
        ledger,
        gpd.GeoDataFrame(pd.concat([houses, outside], ignore_index=True), crs=houses.crs),
        np.concatenate([made.plot, np.full(len(beyond), -1)]),
        np.concatenate([years, beyond_years]),
        np.concatenate([np.isin(made.form, ("slab", "tower", "simple")), np.zeros(len(beyond), dtype=bool)]),
        (np.concatenate([made.u, beyond.u]), np.concatenate([made.v, beyond.v])),
        streets(grid, blocks, names, outlines),
        *surroundings.green_and_water(others, outlines, stream(seed, "greens")),
        surroundings.facilities(ledger, plots, outlines, stream(seed, "facilities")),
    )


def _build_programme(size: Size, seed: int, ground: _Ground, notes: awkward.Notes) -> tuple[Layers, set[int]]:
    held, codes = profile()["sizes"][size], district_codes(size)
    each = 1 if size == "tiny" else 2
    courses = chain.courses(codes, held["waiting_share"], held["reserve"], stream(seed, "courses"))
    is_old_house = ground.is_dwelling & (ground.true_years < 2000)
    counts = np.bincount(
        ground.home_of_house[is_old_house & (ground.home_of_house >= 0)], minlength=len(ground.homes)
    )
    chance = stream(seed, "projects")
    chosen = projects.choose(
        courses,
        ground.homes,
        counts >= 2,
        ground.home_of_house,
        is_old_house,
        ground.plots.subdistrict,
        chance,
    )
    ids = projects.project_ids(courses)
    awkward.district_behind(ids, courses, notes)
    awkward.breaches(ids, courses, ground.homes, [c.homes for c in chosen], each, notes)
    rows = projects.project_rows(ids, courses, chosen, ground.homes, chance)
    area = ground.houses["floor_area_m2"].to_numpy(dtype=float)
    sums = money.planned_sums(np.array([area[c.houses].sum() for c in chosen]), chance)
    invested, planned = money.investments(ids, courses, sums, codes)
    invested = awkward.idle_works(invested, notes)
    rows["planned_investment_fen"] = planned
    funds = money.funding(
        ids, courses, planned, rows["is_central_state"].to_numpy(), invested, stream(seed, "funding")
    )
    awkward.paid_over_allotted(funds, notes)
    links, stands = projects.project_links(ids, chosen, ground.homes, ground.houses)
    links = awkward.second_project(links, rows, notes)
    notes.add("central_state", *rows.loc[rows["is_central_state"], "project_id"])
    layers: Layers = {
        "projects": rows,
        "project_communities": links,
        "project_buildings": stands,
        "stage_events": chain.stage_events(ids, courses),
        "funding_entries": funds,
        "monthly_investments": invested,
        "annual_targets": money.annual_targets(codes),
    }
    return layers, {i for c in chosen for i in c.homes}


def _put_in_awkward(
    size: Size, ground: _Ground, in_projects: set[int], notes: awkward.Notes
) -> gpd.GeoDataFrame:
    """The awkward cases of the ground; returns the parcels."""
    each = {"tiny": 1, "small": 4, "large": 12}[size]
    counts = np.bincount(ground.home_of_house[ground.home_of_house >= 0], minlength=len(ground.homes))
    spots = awkward.reserve_homes(ground.homes, in_projects, counts, 24 + 3 * each)
    empty = spots.pop(0)
    awkward.names(ground.homes, spots, notes)
    awkward.years(ground.homes, ground.houses, ground.home_of_house, spots, notes)
    awkward.tight_boundary(ground.homes, ground.houses, ground.home_of_house, ground.plots.rect, spots, notes)
    awkward.stated_nowhere(ground.houses, ground.home_of_house, notes)
    parcels = awkward.boundaries(
        ground.homes, ground.houses, ground.home_of_house, ground.plots.rect, spots, each, notes
    )
    stay = ground.home_of_house != empty
    notes.add("community_without_buildings", ground.homes["community_id"].iat[empty])
    ground.houses = ground.houses[stay].reset_index(drop=True)
    ground.home_of_house = ground.home_of_house[stay]
    ground.middles = (ground.middles[0][stay], ground.middles[1][stay])
    mixed = ground.homes["community_id"].to_numpy()[ground.estates.is_mixed]
    notes.add("mixed_age", *mixed)
    return parcels
