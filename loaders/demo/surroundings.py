"""What stands around the communities: offices, schools, villages, parks, facilities, and where people live."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import WGS84
from loaders import reference
from loaders.demo import footprints as fp
from loaders.demo import grid as plan
from loaders.demo.outlines import landmarks, seats
from loaders.demo.profile import words, zones
from loaders.demo.settle import Plots

#: Facilities for each community (first figure) and for each subdistrict (second), invented; kinds that the
#: reference does not know raise KeyError. The floor area or the land area in square metres and the capacity are
#: drawn between the limits that follow: kind = per community, per subdistrict, floor, land, capacity, its unit.
FacilityRule = tuple[
    float, float, tuple[int, int] | None, tuple[int, int] | None, tuple[int, int] | None, str | None
]
FACILITY_RULES: dict[str, FacilityRule] = {
    "community_service_station": (0.36, 0, (180, 900), None, None, None),
    "community_health_station": (0.27, 0, (100, 320), None, None, None),
    "elderly_daycare": (0.20, 0, (180, 900), None, (8, 45), "床"),
    "kindergarten": (0.24, 0, (1600, 4600), (2400, 7600), (90, 360), "人"),
    "nursery_0_3": (0.05, 0, (150, 400), None, (20, 60), "人"),
    "culture_station": (0.24, 0, (150, 900), None, None, None),
    "small_court": (0.16, 0, None, (450, 1300), None, None),
    "outdoor_fitness": (0.48, 0, None, (100, 750), None, None),
    "community_retail": (0.80, 0, (40, 600), None, None, None),
    "recycling_point": (0.36, 0, None, (6, 25), None, None),
    "waste_station": (0.14, 0, None, (80, 220), None, None),
    "public_toilet": (0.42, 0, (30, 90), None, None, None),
    "bus_stop": (0.85, 1, None, None, None, None),
    "primary_school": (0.13, 0, (4500, 14000), (8000, 22000), (360, 1400), "人"),
    "medium_sports": (0.04, 0, None, (1300, 2500), None, None),
    "wet_market": (0.12, 0, (500, 2600), None, None, None),
    "junior_school": (0.06, 0, (8000, 20000), (12000, 32000), (400, 1500), "人"),
    "health_centre": (0, 0.9, (1400, 4200), None, None, None),
    "culture_centre": (0, 0.55, (2200, 6500), None, None, None),
    "service_centre_street": (0, 0.95, (600, 1800), None, None, None),
    "elderly_service_centre": (0, 0.45, (800, 3000), None, (40, 160), "床"),
    "large_sports": (0, 0.22, None, (3000, 7000), None, None),
    "metro_station": (0.06, 0, None, None, None, None),
    "convenience_store": (1.0, 0, (30, 130), None, None, None),
    "waste_point": (1.1, 0, None, (5, 30), None, None),
    "play_ground": (0.45, 0, None, (90, 480), None, None),
    "property_office": (0.52, 0, (40, 320), None, None, None),
    "bike_parking": (0.8, 0, None, (40, 260), (30, 240), "辆"),
    "nine_year_school": (0.02, 0, (12000, 26000), (18000, 40000), (700, 2000), "人"),
    "elderly_institution": (0.06, 0, (1500, 9000), None, (40, 280), "床"),
    "indoor_sports": (0.06, 0, (300, 4000), None, None, None),
    "parking_community": (0.55, 0, None, (300, 5200), (12, 210), "个"),
    "parking_roadside": (0.32, 0, None, None, (8, 70), "个"),
    "parking_workplace": (0.12, 0, None, (400, 4000), (20, 160), "个"),
    "parking_commercial": (0.14, 0, None, (800, 9000), (40, 420), "个"),
    "parking_public": (0.08, 0, None, (700, 6000), (30, 260), "个"),
    "idle_room": (0.16, 0, (40, 700), None, None, None),
    "reception_place": (0.05, 0, (12, 40), None, None, None),
    "waste_bin_station": (0.6, 0, None, (8, 18), None, None),
    "waste_sorting_station": (0.3, 0, None, (12, 28), None, None),
    "recyclables_dropoff": (0.3, 0, None, (12, 28), None, None),
    "parcel_point": (0.5, 0, (10, 40), None, None, None),
}
#: In this share of the subdistricts a kind of facility of the five-minute circle is missing altogether.
GAP_SHARE = 0.1
ON_STREET = ("bus_stop", "parking_roadside", "metro_station")
POPULATION_CELL_M = 250.0


def other_footprints(
    others: Plots, villages: Plots, wanted: int, rng: np.random.Generator
) -> tuple[fp.Footprints, NDArray[np.int64]]:
    """Buildings outside the communities, `wanted` of them where the plots allow, and their years.

    `plot` counts the plots of `others` followed by those of `villages`; the villages are filled last.
    """
    office, school, yards = others.of("office"), others.of("school"), others.of("courtyard")
    parts = [
        fp.large_buildings(others.rect[office], office, rng, "office"),
        fp.large_buildings(others.rect[school], school, rng, "school"),
    ]
    trade = parts[0].storeys < 5
    parts[0].form[trade & (rng.random(len(trade)) < 0.6)] = "shop"
    made = fp.join(parts)
    made = made.take(np.arange(min(len(made), wanted)))
    small = fp.join(
        [
            fp.courtyards(others.rect[yards], yards, rng),
            fp.courtyards(villages.rect, len(others) + np.arange(len(villages)), rng),
        ]
    )
    made = fp.join([made, small.take(np.arange(min(len(small), wanted - len(made))))])
    years = rng.integers(1984, 2019, len(made))
    is_small = made.form == "courtyard"
    is_village = made.plot >= len(others)
    years = np.where(is_small & ~is_village, rng.integers(1905, 1970, len(made)), years)
    years = np.where(is_village, rng.integers(1965, 2012, len(made)), years)
    return made, years


def village_plots(
    grid: plan.Grid,
    outlines: gpd.GeoDataFrame,
    taken: NDArray[np.int64],
    houses: int,
    rng: np.random.Generator,
) -> Plots:
    """Plots for villages on superblocks that nothing else stands on, outside the old city, nearest the towns first.

    `taken` are the (column, row) already built on; `houses` is about how many houses they should hold.
    """
    none = Plots(np.empty((0, 4)), np.empty(0, np.int64), np.empty(0, object), np.empty((0, 2), np.int64))
    own = seats().set_index("subdistrict_code").loc[outlines["subdistrict_code"]]
    outer = np.flatnonzero(outlines["district_code"].map(zones()).ne("core").to_numpy())
    if houses <= 0 or len(outer) == 0:
        return none
    u, v = own["u"].to_numpy()[outer], own["v"].to_numpy()[outer]
    pairs = grid.superblocks_near(u, v, np.full(len(outer), 6_500.0))
    code = pairs[:, 0] * 100_000 + pairs[:, 1]
    pairs = pairs[~np.isin(code, taken[:, 0] * 100_000 + taken[:, 1])]
    pairs = pairs[rng.random(len(pairs)) < 0.45]
    blocks = grid.blocks(pairs)
    blocks = blocks.take(np.flatnonzero(rng.random(len(blocks)) < 0.34))
    shapes = plan.shapes_to_degrees(plan.boxes(blocks.net))
    area, block = shapely.STRtree(shapes).query(outlines.geometry.to_numpy(), predicate="contains")
    core = np.isin(area, outer)
    area, block = area[core], block[core]
    free = ~np.isin(
        block, shapely.STRtree(shapes).query(landmarks().geometry.to_numpy(), predicate="intersects")[1]
    )
    area, block = area[free], block[free]
    size = np.prod(blocks.net[block, 2:] - blocks.net[block, :2], axis=1)
    order = rng.permutation(len(block))
    enough = int(np.searchsorted(np.cumsum(size[order] / 205.0), houses * 1.12)) + 1
    pick = np.sort(order[:enough])
    at, owner = block[pick], area[pick]
    rect = blocks.net[at] + np.array([18.0, 18.0, -18.0, -18.0])
    return Plots(
        rect, owner, np.full(len(at), "village", object), np.column_stack([blocks.column[at], blocks.row[at]])
    )


def green_and_water(
    others: Plots, outlines: gpd.GeoDataFrame, rng: np.random.Generator
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Parks and pocket gardens on plots of their own, and the lakes in some of the parks (EPSG:4326)."""
    held = words()["greens"]
    at = others.of("park")
    rect = others.rect[at]
    big = np.prod(rect[:, 2:] - rect[:, :2], axis=1) > 30_000
    stems = np.array(held["stems"], dtype=object)[rng.integers(0, len(held["stems"]), len(at))]
    shapes = list(
        shapely.buffer(shapely.buffer(plan.boxes(rect), -18.0, join_style="mitre"), 18.0, quad_segs=3)
    )
    names = [f"{s}{held['park'] if b else held['pocket']}" for s, b in zip(stems, big, strict=True)]
    kinds = [held["kinds"]["park" if b else "pocket"] for b in big]
    for k in np.flatnonzero(big)[::2]:
        west, south, east, north = rect[k]
        lake = shapely.affinity.scale(
            shapely.Point((west + east) / 2, (south + north) / 2).buffer(1.0, quad_segs=6),
            (east - west) * 0.2,
            (north - south) * 0.16,
        )
        shapes[k] = shapely.difference(shapes[k], lake)
        shapes.append(lake)
        names.append(f"{stems[k]}{held['water_suffix']}")
        kinds.append(held["kinds"]["water"])
    known = landmarks()
    city = shapely.union_all(outlines.geometry.to_numpy())
    known = known[(known["kind"] != "") & known.intersects(city)]
    known = known.set_geometry(known.intersection(city))
    known = known[known.geom_type.isin(["Polygon", "MultiPolygon"])]
    rows = gpd.GeoDataFrame(
        {"name": [*known["name"], *names], "kind": [*known["kind"], *kinds]},
        geometry=[*known.geometry, *plan.shapes_to_degrees(np.array(shapes, dtype=object))],
        crs=WGS84,
    )
    is_water = (rows["kind"] == held["kinds"]["water"]).to_numpy()
    greens, water = rows[~is_water].reset_index(drop=True), rows[is_water].reset_index(drop=True)
    greens.insert(0, "green_space_id", [f"DEMO-G-{i:05d}" for i in range(len(greens))])
    water.insert(0, "water_id", [f"DEMO-W-{i:05d}" for i in range(len(water))])
    return greens, water


def facilities(
    homes: gpd.GeoDataFrame, plots: Plots, outlines: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Facilities of every kind of the reference, as points in or beside the communities they serve."""
    kinds = reference.facility_kinds().set_index("key")
    used = np.unique(plots.subdistrict)
    parts: list[pd.DataFrame] = []
    for kind, (per_home, per_area, floor, land, capacity, unit) in FACILITY_RULES.items():
        gap = rng.random(len(outlines)) < (GAP_SHARE if kinds.loc[kind, "level"] == "5" else 0.0)
        near = np.flatnonzero((rng.random(len(plots)) < per_home) & ~gap[plots.subdistrict])
        areas = used[rng.random(len(used)) < per_area]
        of_area = np.array(
            [rng.choice(np.flatnonzero(plots.subdistrict == a)) for a in areas], dtype=np.int64
        )
        at = np.concatenate([near, of_area])
        if len(at) == 0:
            at = rng.integers(0, len(plots), 1)
        n = len(at)
        u, v = _places(plots.rect[at], kind in ON_STREET, rng)
        name = homes["name"].to_numpy(dtype=object)[at] + kinds.loc[kind, "name_zh"].split("(")[0]
        lon, lat = plan.to_degrees(u, v)
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "kind_text": kinds.loc[kind, "name_zh"],
                    "name": name,
                    "address": homes["address"].to_numpy(dtype=object)[at],
                    "subdistrict_name": homes["subdistrict_name"].to_numpy(dtype=object)[at],
                    "floor_area_m2": _between(floor, n, 0.88, rng),
                    "land_area_m2": _between(land, n, 0.8, rng),
                    "capacity": _between(capacity, n, 0.85, rng),
                    "capacity_unit": unit,
                    "lon": lon,
                    "lat": lat,
                }
            )
        )
    rows = pd.concat(parts, ignore_index=True)
    rows["capacity_unit"] = rows["capacity_unit"].where(rows["capacity"].notna(), None)
    rows.insert(0, "facility_id", [f"DEMO-F-{i:06d}" for i in range(len(rows))])
    points = shapely.points(rows.pop("lon").to_numpy(), rows.pop("lat").to_numpy())
    return gpd.GeoDataFrame(rows, geometry=points, crs=WGS84)


def _between(limits: tuple[int, int] | None, n: int, known: float, rng: np.random.Generator) -> NDArray:
    if limits is None:
        return np.full(n, np.nan)
    value = np.round(limits[0] + (limits[1] - limits[0]) * rng.beta(1.6, 2.8, n))
    return np.where(rng.random(n) < known, value, np.nan)


def _places(rect: NDArray, on_street: bool, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Just inside the southern or eastern edge of a plot, where ground floors open to the street."""
    n = len(rect)
    along, south = rng.uniform(0.08, 0.92, n), rng.random(n) < 0.6
    inset = -3.0 if on_street else 2.2
    u = np.where(south, rect[:, 0] + along * (rect[:, 2] - rect[:, 0]), rect[:, 2] - inset)
    v = np.where(south, rect[:, 1] + inset, rect[:, 1] + along * (rect[:, 3] - rect[:, 1]))
    return u, v


def population_points(
    places: tuple[NDArray, NDArray], households: NDArray, persons: float
) -> gpd.GeoDataFrame:
    """Residents of all dwellings on a grid of 250 metres: the middle of each cell, and how many live in it.

    `places` are the plan coordinates of the buildings, `households` how many live in each.
    """
    cell = np.floor(np.column_stack(places) / POPULATION_CELL_M).astype(np.int64)
    lived = households > 0
    keys, at = np.unique(cell[lived], axis=0, return_inverse=True)
    residents = np.round(np.bincount(at.ravel(), weights=households[lived]) * persons)
    lon, lat = plan.to_degrees(*((keys.T + 0.5) * POPULATION_CELL_M))
    return gpd.GeoDataFrame(
        {
            "point_id": [f"DEMO-P-{x}-{y}" for x, y in keys.tolist()],
            "residents": residents,
        },
        geometry=shapely.points(lon, lat),
        crs=WGS84,
    )
