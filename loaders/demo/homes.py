"""The ledgers of communities and buildings: who owns and runs them, how many live there, what is known of them."""

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import WGS84
from loaders.demo import footprints as fp
from loaders.demo import grid as plan
from loaders.demo.estates import Estates
from loaders.demo.names import StreetNames, community_names
from loaders.demo.profile import profile, words, zones
from loaders.demo.settle import Plots
from loaders.demo.streets import main_street_name
from loaders.demo.years import draw_precision, year_columns

#: Residents for each household, all ages of housing together.
PERSONS_PER_HOUSEHOLD = 2.45
#: An empty cell in a column of objects.
NOTHING = np.array(None, dtype=object)
SURVEY_BEGAN = dt.date(2019, 3, 4)
#: Shares of exact, range, decade, about, unknown: of communities, of buildings that were surveyed.
COMMUNITY_PRECISION = (0.74, 0.06, 0.06, 0.05, 0.09)
BUILDING_PRECISION = (0.80, 0.04, 0.04, 0.03, 0.09)


@dataclass(frozen=True)
class Ownership:
    """Kinds of ownership with their shares by age: before 1990, the nineties, from 2000 on."""

    names = ("房改房", "直管公房", "市属国企", "中央国家机关", "单位自管", "商品房", "经济适用房", "回迁房")
    before_1990 = (0.43, 0.16, 0.15, 0.10, 0.14, 0.0, 0.0, 0.02)
    nineties = (0.36, 0.05, 0.12, 0.08, 0.09, 0.22, 0.0, 0.08)
    later = (0.03, 0.0, 0.02, 0.02, 0.01, 0.74, 0.10, 0.08)


def communities(
    plots: Plots,
    estates: Estates,
    outlines: gpd.GeoDataFrame,
    grid: plan.Grid,
    streets: StreetNames,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """The communities without their totals (see `with_totals`); one row per plot, in its order."""
    n = len(plots)
    held = words()
    district = outlines["district_code"].to_numpy(dtype=object)[plots.subdistrict]
    subdistrict = outlines["subdistrict_code"].to_numpy(dtype=object)[plots.subdistrict]
    subdistrict_name = outlines["name_zh"].to_numpy(dtype=object)[plots.subdistrict]
    zone = np.array([zones()[c] for c in district], dtype=object)
    owner = _ownership(estates, zone, rng)
    unit = _units(owner, rng)
    on_south = rng.random(n) < 0.6
    street = np.array(
        [
            main_street_name(streets, d, "v" if s else "u", int(j if s else i), grid)
            for d, s, (i, j) in zip(district, on_south, plots.street, strict=True)
        ],
        dtype=object,
    )
    names = community_names(district, subdistrict_name, estates.kind, estates.year, unit, street, rng)
    number = rng.integers(1, 240, n)
    district_name = outlines["district_name"].to_numpy(dtype=object)[plots.subdistrict]
    serial = pd.Series(subdistrict).groupby(subdistrict).cumcount().to_numpy() + 1
    is_old, is_nineties = estates.year < 1990, (estates.year >= 1990) & (estates.year < 2000)
    served = np.where(is_old, 0.45, np.where(is_nineties, 0.68, 0.96))
    has_service = _told(rng.random(n) < served, 0.04, rng)
    companies = np.array(held["bodies"]["property_companies"], dtype=object)
    company = companies[rng.integers(0, len(companies), n)]
    rows = gpd.GeoDataFrame(
        {
            "community_id": [f"DEMO-C-{s}-{k:03d}" for s, k in zip(subdistrict, serial, strict=True)],
            "name": names,
            "address": [
                # a yard is named by its own address
                f"{d}{name.removesuffix('院')}"
                if name.startswith(s) and name.endswith("号院")
                else f"{d}{s}{k}号"
                for d, s, k, name in zip(district_name, street, number, names, strict=True)
            ],
            "district_code": district,
            "subdistrict_name": subdistrict_name,
        },
        geometry=plan.shapes_to_degrees(plan.boxes(plots.rect)),
        crs=WGS84,
    )
    precision = draw_precision(n, COMMUNITY_PRECISION, rng)
    precision[(estates.kind == "courtyard") & (rng.random(n) < 0.5)] = "unknown"
    sources = (held["year_sources"]["own"], held["year_sources"]["guess"])
    rows = rows.join(year_columns(estates.year, precision, sources, rng))
    rows["structure"] = _community_structure(estates)
    rows["ownership"] = owner
    rows["is_central_state"] = owner == "中央国家机关"
    rows["original_property_unit"] = unit
    runs = has_service == True  # noqa: E712
    direct = (owner == "直管公房") & is_old
    rows["property_company"] = np.where(
        runs, company, np.where(direct, held["bodies"]["single_house_office"], None)
    )
    bodies = np.where(is_old, 0.34, np.where(is_nineties, 0.42, 0.58))
    rows["has_owners_body"] = _told(rng.random(n) < bodies, 0.07, rng)
    rows["has_property_service"] = has_service
    rows["has_party_organisation"] = _told(rng.random(n) < 0.61, 0.05, rng)
    rows["surveyed_date"] = _survey_dates(district, estates.year, rng)
    price = np.where(zone == "core", 96_000, np.where(zone == "central", 68_000, 36_000))
    price = price * rng.lognormal(0, 0.16, n) * np.where(estates.year >= 2000, 1.12, 0.96)
    rows["unit_price_cny_per_m2"] = np.where(rng.random(n) < 0.8, np.round(price, -2), np.nan)
    rows["point"] = shapely.point_on_surface(rows.geometry.to_numpy())
    rows["point"] = shapely.transform(rows["point"].to_numpy(dtype=object), lambda c: np.round(c, 7))
    return rows


def _ownership(estates: Estates, zone: NDArray, rng: np.random.Generator) -> NDArray:
    chance = rng.random(len(zone))
    out = np.full(len(zone), None, dtype=object)
    for shares, at in (
        (Ownership.before_1990, estates.year < 1990),
        (Ownership.nineties, (estates.year >= 1990) & (estates.year < 2000)),
        (Ownership.later, estates.year >= 2000),
    ):
        pick = np.searchsorted(np.cumsum(shares), chance[at], side="right")
        out[at] = np.array(Ownership.names, dtype=object)[pick.clip(0, len(shares) - 1)]
    out[(out == "中央国家机关") & (zone == "outer")] = "单位自管"
    yards = estates.kind == "courtyard"
    out[yards] = np.where(rng.random(int(yards.sum())) < 0.7, "直管公房", "单位自管")
    out[estates.kind == "simple"] = "直管公房"
    return out


def _units(owner: NDArray, rng: np.random.Generator) -> NDArray:
    held = words()["names"]
    units, central = np.array(held["units"], dtype=object), np.array(held["central_units"], dtype=object)
    pick = units[rng.integers(0, len(units), len(owner))]
    of_state = central[rng.integers(0, len(central), len(owner))]
    has_unit = np.isin(owner, ("房改房", "市属国企", "单位自管"))
    return np.where(owner == "中央国家机关", of_state, np.where(has_unit, pick, NOTHING))


def _told(truth: NDArray[np.bool_], silent: float, rng: np.random.Generator) -> NDArray:
    """Yes, no, or not told."""
    return np.where(rng.random(len(truth)) < silent, NOTHING, truth.astype(object))


def _survey_dates(district: NDArray, year: NDArray, rng: np.random.Generator) -> NDArray:
    share = np.array([profile()["districts"][c]["surveyed"] for c in district])
    done = rng.random(len(district)) < np.where(year < 2000, share, share * 0.45)
    days = (profile()["as_of_date"] - SURVEY_BEGAN).days - 3
    when = np.floor(days * rng.beta(2.2, 1.1, len(district))).astype(int)
    return np.array(
        [SURVEY_BEGAN + dt.timedelta(days=int(k)) if d else None for k, d in zip(when, done, strict=True)],
        dtype=object,
    )


def _community_structure(estates: Estates) -> NDArray:
    held = words()["structures"]
    tall = np.isin(estates.kind, ("towers", "high_rise", "mid_rise"))
    return np.select(
        [
            estates.kind == "courtyard",
            estates.kind == "simple",
            tall,
            estates.kind == "villa",
            estates.year >= 2003,
        ],
        [held["brick_wood"], held["simple"], held["wall"], held["frame"], held["frame_wall"]],
        held["brick"],
    ).astype(object)


def buildings(
    made: fp.Footprints,
    years: NDArray[np.int64],
    homes: gpd.GeoDataFrame | None,
    serial_from: int,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """The buildings of the given footprints; `homes` are the communities that `plot` counts, or None beyond them."""
    n = len(made)
    held = words()
    shapes, area = made.geometry_and_area()
    is_home = np.isin(made.form, ("slab", "tower", "courtyard", "simple", "villa"))
    stairs = np.select(
        [made.form == "slab", made.form == "simple"],
        [np.maximum(np.round(made.width / 16.0), 1), np.maximum(np.round(made.width / 18.0), 1)],
        np.where(is_home, 1, 0),
    ).astype(np.int64)
    landing = np.select(
        [made.form == "slab", made.form == "tower", made.form == "simple"],
        [np.where(years < 1985, 3, 2), 8, 5],
        1,
    )
    households = np.where(is_home, made.storeys * stairs * landing, 0)
    households = np.where(
        made.form == "villa", 1, np.where(made.form == "courtyard", 1 + (area > 55), households)
    )
    households = np.where(homes is None, np.where(is_home & (rng.random(n) < 0.8), households, 0), households)
    surveyed = (
        homes["surveyed_date"].notna().to_numpy()[made.plot] if homes is not None else np.zeros(n, dtype=bool)
    )
    precision = draw_precision(n, BUILDING_PRECISION, rng)
    silent = rng.random(n) < np.where(surveyed, 0.06, 0.55 if homes is not None else 0.8)
    precision[silent] = "unknown"
    sources = (held["year_sources"]["own"], held["year_sources"]["guess"])
    serial = np.arange(serial_from, serial_from + n)
    rows = gpd.GeoDataFrame(
        {
            "building_id": [f"DEMO-B-{k:06d}" for k in serial.tolist()],
            "name": _building_names(made),
            "address": homes["address"].to_numpy(dtype=object)[made.plot] if homes is not None else None,
            "community_id_stated": _stated(made, homes, rng),
        },
        geometry=shapes,
        crs=WGS84,
    ).join(year_columns(years, precision, sources, rng))
    rows["storeys"] = made.storeys
    floor = np.select(
        [np.isin(made.form, ("office", "shop")), made.form == "school"], [3.9, 3.6], fp.STOREY_M
    )
    rows["height_m"] = np.round(made.storeys * floor + 0.9, 1)
    rows["stairwells"] = pd.array(np.where(is_home, stairs, 0), dtype="Int64")
    rows["households"] = pd.array(households, dtype="Int64")
    rows["floor_area_m2"] = np.round(made.storeys * area, 1)
    rows["structure"] = _building_structure(made, years)
    uses = held["uses"]
    rows["use"] = np.select(
        [
            made.form == "courtyard",
            is_home,
            made.form == "office",
            made.form == "school",
            made.form == "shop",
        ],
        [uses["courtyard"], uses["home"], uses["office"], uses["school"], uses["shop"]],
        uses["service"],
    ).astype(object)
    rows["lift_count"] = pd.array(_lifts(made, years, stairs, rng), dtype="Int64")
    simple = (made.form == "simple") | ((made.form == "courtyard") & (rng.random(n) < 0.05))
    simple |= (made.form == "slab") & (years < 1976) & (rng.random(n) < 0.04)
    known = surveyed | simple | (rng.random(n) < 0.5)
    rows["is_dangerous_or_simple"] = np.where(known, simple, None)
    return rows


def _building_names(made: fp.Footprints) -> NDArray:
    numbered = np.isin(made.form, ("slab", "tower", "simple", "villa", "courtyard"))
    order = pd.Series(made.plot[numbered]).groupby(made.plot[numbered]).cumcount().to_numpy() + 1
    out = np.full(len(made), None, dtype=object)
    ending = np.where(made.form[numbered] == "courtyard", "号院", "号楼")
    out[numbered] = [f"{k}{e}" for k, e in zip(order.tolist(), ending, strict=True)]
    return out


def _stated(made: fp.Footprints, homes: gpd.GeoDataFrame | None, rng: np.random.Generator) -> NDArray:
    """The community that the source itself names: in the ledgers of some communities, and for all their buildings."""
    if homes is None:
        return np.full(len(made), None, dtype=object)
    names = rng.random(len(homes)) < 0.12
    ids = np.where(names, homes["community_id"].to_numpy(dtype=object), None)
    return ids[made.plot]


def _building_structure(made: fp.Footprints, years: NDArray) -> NDArray:
    held = words()["structures"]
    panel = (made.form == "slab") & (years >= 1976) & (years < 1990) & (made.plot % 9 == 0)
    public = np.isin(made.form, ("office", "shop", "school"))
    return np.select(
        [
            made.form == "courtyard",
            made.form == "simple",
            made.form == "tower",
            panel,
            public | (made.form == "villa"),
            (made.form == "slab") & ((years >= 2003) | (made.storeys > 7)),
        ],
        [held["brick_wood"], held["simple"], held["wall"], held["panel"], held["frame"], held["frame_wall"]],
        held["brick"],
    ).astype(object)


def _lifts(made: fp.Footprints, years: NDArray, stairs: NDArray, rng: np.random.Generator) -> NDArray:
    """Six-storey slabs of before 2000 have none, but for a few added since; towers have two or three."""
    n = len(made)
    slab = made.form == "slab"
    added = slab & (made.storeys <= 7) & (years < 2000) & (made.storeys >= 5) & (rng.random(n) < 0.018)
    newer = slab & (made.storeys <= 7) & (years >= 2000) & (rng.random(n) < 0.18)
    return np.select(
        [made.form == "tower", slab & (made.storeys > 7), added, newer, made.form == "office"],
        [
            np.where(made.storeys > 20, 3, 2),
            stairs,
            np.maximum(stairs // 2, 1),
            stairs,
            np.where(made.storeys > 4, 2, 0),
        ],
        0,
    )


def with_totals(
    homes: gpd.GeoDataFrame, houses: gpd.GeoDataFrame, plot: NDArray, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """The communities with households, residents, buildings and floor area added up from their buildings."""
    count = np.bincount(plot, minlength=len(homes))
    households = np.bincount(plot, weights=houses["households"].to_numpy(float), minlength=len(homes))
    area = np.bincount(plot, weights=houses["floor_area_m2"].to_numpy(float), minlength=len(homes))
    residents = np.round(households * PERSONS_PER_HOUSEHOLD * rng.normal(1.0, 0.06, len(homes)))
    out = homes.copy()
    out["households"] = pd.array(households.astype(np.int64), dtype="Int64")
    out["residents"] = residents
    out["building_count"] = pd.array(count, dtype="Int64")
    out["floor_area_m2"] = np.round(area, 1)
    return out
