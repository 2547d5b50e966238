"""Blocks of a street grid in every subdistrict: communities, other plots, and the streets between them."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.city.areas import density
from loaders.city.plan import (
    DISTRICT_SHARE,
    SQUARE,
    ZONE_KM,
    Plan,
    centre_m,
    place,
    shared_out,
    stream,
    turned,
)

#: Half of a street's width between the plots on its sides: inset of plots from the block's edge (metres).
STREET_INSET_M = (8.0, 15.0)
#: Buildings outside communities keep further back, so that no join takes them for a neighbour's (30 m).
OTHER_INSET_M = 24.0
#: Share of blocks within a town that are not homes: parks, schools, offices.
NOT_HOME = 0.14
BORDER_M = 12.0
#: By zone: how many times the blocks it needs a town spreads over, and how much chance has in choosing among them.
SPREAD = (400.0, 400.0, 16.0, 9.0)
BLUR = (1.1, 0.8, 0.6, 0.4)
#: Share of a town's blocks without homes that are parks.
PARK_SHARE = 0.055
PARTS = ((1, 1), (2, 1), (1, 2), (2, 2))


@dataclass(frozen=True)
class Blocks:
    """Plots: subdistrict_code, district_code, use (home, park, other), x, y, width_m, height_m, angle, zone.

    `plots` are rectangles around (x, y) turned by `angle` (radians); `streets`: name-less lines with
    subdistrict_code, is_main, runs_east, geometry (EPSG:4548).
    """

    plots: pd.DataFrame
    streets: gpd.GeoDataFrame


def plot_shapes(plots: pd.DataFrame) -> np.ndarray:
    """The plots' outlines in EPSG:4548."""
    return place(SQUARE, plots["x"], plots["y"], plots["width_m"], plots["height_m"], plots["angle"])


def zone_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """0 core, 1 inner, 2 outer, 3 far, by distance from the centre."""
    cx, cy = centre_m()
    return np.searchsorted(np.array(ZONE_KM) * 1000.0, np.hypot(x - cx, y - cy))


def build_blocks(plan: Plan, areas: gpd.GeoDataFrame, water: shapely.Geometry) -> Blocks:
    """Plots and streets of every subdistrict. `water`: what nothing may be built on (EPSG:4548)."""
    rng = stream(plan.seed, "blocks")
    # The tiny city has enough communities in each of its districts to show a programme.
    district_share = np.array([DISTRICT_SHARE[d] for d in plan.districts]) ** (
        0.0 if plan.size == "tiny" else 1.0
    )
    wanted = dict(zip(plan.districts, shared_out(plan.communities, district_share), strict=True))
    lean = {d: rng.normal(0, 1.0) for d in plan.districts}
    grids = [
        _grid(plan, rng, row, lean[row.district_code], wanted, areas, water) for row in areas.itertuples()
    ]
    homes = _homes_wanted(plan, areas, grids, wanted)
    plots, streets = [], []
    for area, grid, count in zip(areas.itertuples(), grids, homes, strict=True):
        own, used = _plots(rng, grid, int(count))
        plots.append(own.assign(subdistrict_code=area.subdistrict_code, district_code=area.district_code))
        streets += _streets(grid, used, area)
    table = pd.concat(plots, ignore_index=True)
    table["zone"] = zone_of(table["x"].to_numpy(), table["y"].to_numpy())
    lines = gpd.GeoDataFrame(streets, geometry="geometry", crs=areas.crs)
    return Blocks(table, lines)


@dataclass(frozen=True)
class _Grid:
    """A turned grid around a town: lines east and north of it, and the cells that lie wholly within."""

    x: float
    y: float
    angle: float
    east: np.ndarray
    north: np.ndarray
    column: np.ndarray
    row: np.ndarray
    split: np.ndarray  # which of PARTS
    zone: int

    @property
    def capacity(self) -> int:
        """Communities that fit when the blocks for other uses are left out."""
        return int(np.array([a * b for a, b in PARTS])[self.split].sum() * (1 - NOT_HOME) * 0.93)


def _grid(plan, rng, area, lean, wanted, areas, water) -> _Grid:
    zone = int(zone_of(np.array([area.x]), np.array([area.y]))[0])
    is_core = zone == 0
    low, high = plan.core_pitch_m if is_core else plan.pitch_m
    siblings = int((areas["district_code"] == area.district_code).sum())
    need = max(12, SPREAD[zone] * wanted[area.district_code] / siblings)
    reach = min(np.sqrt(need) * (low + high) / 2, 0.9 * np.sqrt(area.geometry.area) + 400)
    half = int(np.ceil(reach / low)) + 1
    east = np.cumsum(rng.uniform(low, high, 2 * half + 1))
    north = np.cumsum(rng.uniform(low, high, 2 * half + 1))
    east, north = east - east[half], north - north[half]
    angle = np.radians(lean * (0.6 if is_core else 3.5) + rng.normal(0, 0.3 if is_core else 1.5))
    column, row = (a.ravel() for a in np.meshgrid(np.arange(2 * half), np.arange(2 * half)))
    mid_x, mid_y = (east[column] + east[column + 1]) / 2, (north[row] + north[row + 1]) / 2
    dx, dy = turned(mid_x, mid_y, angle)
    cells = place(SQUARE, area.x + dx, area.y + dy, np.diff(east)[column], np.diff(north)[row], angle)
    body = shapely.difference(shapely.buffer(area.geometry, -BORDER_M), water)
    shapely.prepare(body)
    fits = shapely.contains_properly(body, cells)
    column, row, mid_x, mid_y = column[fits], row[fits], mid_x[fits], mid_y[fits]
    # Towns are ragged: the distance that ranks the blocks is blurred.
    rank = np.hypot(mid_x, mid_y) * np.exp(rng.normal(0, BLUR[zone], len(mid_x)))
    order = np.argsort(rank, kind="stable")
    column, row = column[order], row[order]
    wide, tall = np.diff(east)[column], np.diff(north)[row]
    chance = np.array([0.66, 0.16, 0.13, 0.05]) if plan.size != "large" else np.array([0.6, 0.18, 0.15, 0.07])
    split = rng.choice(4, size=len(column), p=chance)
    split = np.where((split == 3) & ((wide < 230) | (tall < 230)), 0, split)
    split = np.where((split == 1) & (wide < 185), 0, np.where((split == 2) & (tall < 185), 0, split))
    return _Grid(area.x, area.y, angle, east, north, column, row, split, zone)


def _homes_wanted(
    plan: Plan, areas: gpd.GeoDataFrame, grids: list[_Grid], wanted: dict[str, int]
) -> np.ndarray:
    capacity = np.array([g.capacity for g in grids])
    weight = density(areas["x"].to_numpy(), areas["y"].to_numpy()) * np.sqrt(areas.area.to_numpy())
    homes = np.zeros(len(areas), dtype="int64")
    missing = 0
    for district in plan.districts:
        own = (areas["district_code"] == district).to_numpy()
        homes[own] = shared_out(wanted[district], weight[own], capacity[own], least=1)
        missing += wanted[district] - int(homes[own].sum())
    if missing:
        homes += shared_out(missing, weight, capacity - homes)
    return homes


def _plots(rng: np.random.Generator, grid: _Grid, count: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Plots of one town: as many homes as asked for, the other blocks among and around them."""
    total = len(grid.column)
    parts = np.array([a * b for a, b in PARTS])[grid.split]
    is_home = rng.random(total) >= NOT_HOME
    if int(parts[is_home].sum()) < count:
        is_home[:] = True
    within = np.cumsum(np.where(is_home, parts, 0))
    last = int(np.searchsorted(within, count)) if count else -1
    is_home &= np.arange(total) <= last
    away = np.hypot(
        (grid.east[grid.column] + grid.east[grid.column + 1]) / 2,
        (grid.north[grid.row] + grid.north[grid.row + 1]) / 2,
    )
    # Within the city the streets go on from town to town; outside they end where the town does.
    edge = np.quantile(away[is_home], 0.97) if is_home.any() else 0.0
    edge = np.inf if grid.zone <= 1 else edge
    near = away <= max(edge, np.sort(away)[min(3, total - 1)] if total else 0.0)
    near |= is_home
    use = np.where(is_home, "home", np.where(near & (rng.random(total) < PARK_SHARE), "park", "other"))
    times = np.where(is_home, parts, 1)
    block = np.repeat(np.arange(total), times)
    piece = np.arange(len(block)) - np.repeat(np.cumsum(times) - times, times)
    shape = np.array(PARTS)[np.where(is_home, grid.split, 0)][block]
    wide, tall = np.diff(grid.east)[grid.column][block], np.diff(grid.north)[grid.row][block]
    least, most = STREET_INSET_M
    inset = np.where(is_home, rng.uniform(least, most, total), np.where(use == "park", 10.0, OTHER_INSET_M))[
        block
    ]
    gap = 7.0
    width = (wide - 2 * inset - gap * (shape[:, 0] - 1)) / shape[:, 0]
    height = (tall - 2 * inset - gap * (shape[:, 1] - 1)) / shape[:, 1]
    x = grid.east[grid.column][block] + inset + (piece % shape[:, 0]) * (width + gap) + width / 2
    y = grid.north[grid.row][block] + inset + (piece // shape[:, 0]) * (height + gap) + height / 2
    dx, dy = turned(x, y, grid.angle)
    plots = pd.DataFrame(
        {
            "use": use[block],
            "x": grid.x + dx,
            "y": grid.y + dy,
            "width_m": width,
            "height_m": height,
            "angle": grid.angle,
            "is_near": near[block],
            "order": block,
        }
    )
    surplus = int((plots["use"] == "home").sum()) - count
    if surplus > 0:
        extra = plots.index[plots["use"] == "home"][-surplus:]
        plots = plots.drop(extra).reset_index(drop=True)
    return plots, near


def _streets(grid: _Grid, used: np.ndarray, area) -> list[dict]:
    """Streets along the edges of the blocks in use: one line per stretch of a grid line."""
    column, row = grid.column[used], grid.row[used]
    found = []
    for is_east, line, other, at, along in (
        (True, row, column, grid.north, grid.east),
        (False, column, row, grid.east, grid.north),
    ):
        for number in np.unique(np.concatenate([line, line + 1])):
            cells = np.unique(other[(line == number) | (line == number - 1)])
            for stretch in np.split(cells, np.flatnonzero(np.diff(cells) > 2) + 1):
                ends = np.array([along[stretch[0]], along[stretch[-1] + 1]])
                level = np.full(2, at[number])
                dx, dy = turned(ends if is_east else level, level if is_east else ends, grid.angle)
                found.append(
                    {
                        "subdistrict_code": area.subdistrict_code,
                        "district_code": area.district_code,
                        "is_main": bool((number + len(grid.east) // 2) % 3 == 0),
                        "runs_east": is_east,
                        "geometry": shapely.linestrings(grid.x + dx, grid.y + dy),
                    }
                )
    return found
