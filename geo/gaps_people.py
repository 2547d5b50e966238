"""Who lives where, for counting residents and households instead of area (R45); nobody is counted twice.

Two accounts of the same people are kept apart and never added: the homes (what communities tell, spread over their
buildings) and the population points. An unknown number stays unknown.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.assign import metric_shapes

#: A total within this much of the census fits it (a quarter more or less).
FITS = (0.8, 1.25)
#: A total about twice the census most likely counts everyone twice; about half, leaves half out.
TWICE, HALF = (1.8, 2.2), (0.45, 0.55)


@dataclass(frozen=True)
class PeopleReport:
    """What the homes or points hold and what they leave out, and why."""

    origins: int
    residents: float  # known ones
    households: float
    unknown_residents: int  # origins whose residents are not known: kept apart, never counted as nobody
    unknown_households: int
    left_out_no_community: int  # buildings of no community
    left_out_no_place: tuple[str, ...]  # communities without a building, boundary or point
    residents_without_place: float
    at_point: int  # communities without buildings, counted at their point or boundary
    negative: tuple[str, ...]  # ids whose number was below nothing: taken as unknown
    repeated_places: int  # population points that stand on another one
    repeated_residents: float


def people_of_homes(
    buildings: gpd.GeoDataFrame, communities: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, PeopleReport]:
    """Residents and households of communities spread over their buildings.

    `buildings`: building_id, community_id, geometry (polygons, EPSG:4326), and where known households, floor_area_m2,
    storeys. `communities`: community_id, residents, households, geometry (boundary or point, may be None). A
    community's number is shared out by the buildings' households where all are known, else by floor area (or
    footprint × storeys) where all are known, else by footprint; a community without buildings counts where its own
    geometry is. A community's households that are not told are the sum of its buildings' where all are known;
    residents are never made out of households. Returns origins (origin_id, source building or community,
    community_id, residents, households, share_rule households, floor_area, footprint or whole; geometry in EPSG:4326)
    and the report.
    """
    own = communities.drop_duplicates("community_id").set_index("community_id", drop=False)
    negative: list[str] = []
    told = {n: _not_negative(own[n], own["community_id"], negative) for n in ("residents", "households")}
    inside = buildings["community_id"].isin(own.index)
    held = buildings[inside].drop_duplicates("building_id")
    code = own.index.get_indexer(held["community_id"])
    count = len(own)
    weight, rule = _weights(held, code, count, negative)
    share = weight / np.bincount(code, weights=weight, minlength=count)[code]
    living = _column(held, "households")
    known = np.bincount(code, weights=np.isfinite(living), minlength=count) == np.bincount(
        code, minlength=count
    )
    summed = np.bincount(code, weights=np.nan_to_num(living), minlength=count)
    has_buildings = np.bincount(code, minlength=count) > 0
    households = told["households"].copy()
    fill = np.isnan(households) & known & has_buildings
    households[fill] = summed[fill]
    parts = [
        gpd.GeoDataFrame(
            {
                "origin_id": held["building_id"].to_numpy(dtype=object),
                "source": "building",
                "community_id": held["community_id"].to_numpy(dtype=object),
                "residents": told["residents"][code] * share,
                "households": households[code] * share,
                "share_rule": np.array(["households", "floor_area", "footprint"], dtype=object)[rule],
            },
            geometry=held.geometry.to_numpy(),
            crs=buildings.crs,
        )
    ]
    shapes = own.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    alone = ~has_buildings & placed
    parts.append(
        gpd.GeoDataFrame(
            {
                "origin_id": own["community_id"].to_numpy(dtype=object)[alone],
                "source": "community",
                "community_id": own["community_id"].to_numpy(dtype=object)[alone],
                "residents": told["residents"][alone],
                "households": households[alone],
                "share_rule": "whole",
            },
            geometry=shapes[alone],
            crs=communities.crs,
        )
    )
    filled = [p for p in parts if len(p)] or parts[:1]
    found = gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=communities.crs)
    nowhere = ~has_buildings & ~placed
    return found, _report(
        found,
        left_out_no_community=int((~inside).sum()),
        left_out_no_place=tuple(str(i) for i in own["community_id"].to_numpy()[nowhere]),
        residents_without_place=float(np.nansum(told["residents"][nowhere])),
        at_point=int(alone.sum()),
        negative=tuple(dict.fromkeys(negative)),
    )


def people_of_points(points: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, PeopleReport]:
    """Population points as origins: `points` has point_id, residents and a geometry (EPSG:4326).

    Returns origin_id, source (population_point), residents, households (unknown) and geometry. Numbers below nothing
    become unknown; points that stand on another one are kept, and counted in the report: a layer loaded twice shows.
    """
    negative: list[str] = []
    residents = _not_negative(points["residents"], points["point_id"], negative)
    found = gpd.GeoDataFrame(
        {
            "origin_id": points["point_id"].to_numpy(dtype=object),
            "source": "population_point",
            "residents": residents,
            "households": np.nan,
        },
        geometry=points.geometry.to_numpy(),
        crs=points.crs,
    )
    place = pd.Series(shapely.to_wkb(shapely.set_precision(found.geometry.to_numpy(), 1e-7)))
    again = place.duplicated().to_numpy()
    return found, _report(
        found,
        negative=tuple(negative),
        repeated_places=int(again.sum()),
        repeated_residents=float(np.nansum(residents[again])),
    )


def _column(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan)


def _not_negative(values: pd.Series, ids: pd.Series, negative: list[str]) -> NDArray[np.float64]:
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan).copy()
    numbers[np.isinf(numbers)] = np.nan
    wrong = numbers < 0
    negative.extend(str(i) for i in ids.to_numpy()[wrong])
    numbers[wrong] = np.nan
    return numbers


def _weights(
    held: gpd.GeoDataFrame, code: NDArray, count: int, negative: list[str]
) -> tuple[NDArray, NDArray]:
    """What each building's share hangs on, and the rule (0 households, 1 floor area, 2 footprint) of its community."""
    footprint = shapely.area(metric_shapes(held)) if len(held) else np.zeros(0)
    floor = _column(held, "floor_area_m2")
    floor = np.where(floor > 0, floor, footprint * _column(held, "storeys"))
    living = _not_negative(
        pd.Series(_column(held, "households")), held["building_id"].reset_index(drop=True), negative
    )
    weight, rule = np.maximum(footprint, 1e-6), np.full(len(held), 2)
    for number, wanted in ((1, floor), (0, living)):
        lacking = np.bincount(code, weights=~np.isfinite(wanted), minlength=count) > 0
        total = np.bincount(code, weights=np.nan_to_num(wanted), minlength=count)
        usable = (~lacking & (total > 0))[code]
        weight, rule = np.where(usable, wanted, weight), np.where(usable, number, rule)
    return weight, rule


def _report(found: gpd.GeoDataFrame, **told: object) -> PeopleReport:
    plain: dict[str, object] = {
        "left_out_no_community": 0,
        "left_out_no_place": (),
        "residents_without_place": 0.0,
        "at_point": 0,
        "negative": (),
        "repeated_places": 0,
        "repeated_residents": 0.0,
    }
    return PeopleReport(
        origins=len(found),
        residents=float(found["residents"].sum()),
        households=float(found["households"].sum()),
        unknown_residents=int(found["residents"].isna().sum()),
        unknown_households=int(found["households"].isna().sum()),
        **(plain | told),  # type: ignore[arg-type]
    )


def census_check(people: pd.DataFrame, census: pd.DataFrame, by: str) -> pd.DataFrame:
    """The residents held beside the census, area by area, so that a layer that counts everyone twice is seen.

    `people`: residents and the area's code under `by`; `census`: `by` and residents (may be missing). Returns `by`,
    held_residents, census_residents, ratio, verdict (fits, twice, half, differs, no_census, none_held), sorted.
    """
    held = people.groupby(by)["residents"].sum(min_count=1).rename("held_residents")
    told = census.drop_duplicates(by).set_index(by)["residents"].rename("census_residents").astype(float)
    table = pd.concat([held, told], axis=1).sort_index().rename_axis(by).reset_index()
    ratio = table["held_residents"] / table["census_residents"].where(table["census_residents"] > 0)
    verdict = np.full(len(table), "differs", dtype=object)
    for name, (low, high) in (("fits", FITS), ("twice", TWICE), ("half", HALF)):
        verdict[ratio.between(low, high).to_numpy()] = name
    verdict[table["census_residents"].isna().to_numpy() | (table["census_residents"] <= 0).to_numpy()] = (
        "no_census"
    )
    verdict[table["held_residents"].isna().to_numpy()] = "none_held"
    return table.assign(ratio=ratio, verdict=verdict)
