"""Which blocks of the grid are built on, and how they are divided into communities and other plots."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from loaders.demo import grid as plan
from loaders.demo.outlines import landmarks, seats
from loaders.demo.profile import Size, district_codes, profile, shared_out, stream, zones

#: Half the width of the lane between two communities of one block, metres.
LANE_M = 4.0
#: Weight of a subdistrict by the ending of its name: towns hold fewer housing estates than subdistricts.
ENDING_WEIGHTS = {"街道": 1.0, "地区": 0.75, "镇": 0.42, "乡": 0.1}
#: How the blocks of a settled neighbourhood are used, by zone; the rest is housing.
OTHER_USES = ("park", "office", "school", "courtyard")
USE_SHARES = {
    "core": (0.05, 0.13, 0.05, 0.10),
    "central": (0.06, 0.12, 0.05, 0.02),
    "outer": (0.06, 0.08, 0.04, 0.12),
}
HOME = "home"


@dataclass(frozen=True)
class Plots:
    """Plots of ground as plan rectangles: `rect` (n, 4) floats west, south, east, north; parallel arrays beside it.

    `subdistrict` is the position in the outlines' frame; `use` is home, park, office, school, courtyard or village;
    `street` holds (column, row) of the superblock.
    """

    rect: NDArray[np.float64]
    subdistrict: NDArray[np.int64]
    use: NDArray
    street: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.subdistrict)

    def of(self, *uses: str) -> NDArray[np.int64]:
        """Positions of the plots of some uses."""
        return np.flatnonzero(np.isin(self.use, uses))

    def take(self, at: NDArray) -> "Plots":
        """The plots at the given positions."""
        return Plots(self.rect[at], self.subdistrict[at], self.use[at], self.street[at])


def community_counts(size: Size, outlines: gpd.GeoDataFrame, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many communities each subdistrict holds: by its district's share, its kind and its distance inward."""
    held = profile()
    codes = district_codes(size)
    totals = shared_out(
        held["sizes"][size]["communities"], np.array([held["districts"][c]["share"] for c in codes])
    )
    own = seats().set_index("subdistrict_code").loc[outlines["subdistrict_code"]]
    out = np.zeros(len(outlines), dtype=np.int64)
    for code, total in zip(codes, totals, strict=True):
        at = np.flatnonzero(outlines["district_code"].to_numpy() == code)
        rows = own.iloc[at]
        weight = rows["name_zh"].map(_ending_weight).to_numpy() * rng.uniform(0.7, 1.3, len(at))
        place = rows[["u", "v"]].to_numpy()
        if zones()[code] == "outer":
            is_seat = rows["name_zh"].str.endswith("街道").to_numpy()
            middle = place[is_seat].mean(axis=0)
            weight = weight * (0.12 + np.exp(-np.hypot(*(place - middle).T) / 9_000.0))
        else:
            weight = weight * (0.15 + np.exp(-np.hypot(*place.T) / 13_000.0))
        out[at] = shared_out(int(total), weight)
    return out


def _ending_weight(name: str) -> float:
    return next((w for end, w in ENDING_WEIGHTS.items() if name.endswith(end)), 0.06)


def settle(size: Size, seed: int, grid: plan.Grid, outlines: gpd.GeoDataFrame) -> tuple[Plots, Plots]:
    """The plots of the city: those of communities (use home), and the others with the rest of the housing blocks."""
    rng = stream(seed, "settle")
    wanted = community_counts(size, outlines, rng)
    blocks, owner = _blocks_by_subdistrict(grid, outlines, wanted)
    order = _by_settledness(blocks, owner, outlines, wanted, rng)
    area = np.prod(blocks.net[:, 2:] - blocks.net[:, :2], axis=1)
    zone = outlines["district_code"].map(zones()).to_numpy()[owner]
    chance = rng.random(len(owner))
    limits = np.array([np.cumsum(USE_SHARES[z]) for z in ("core", "central", "outer")])
    which = (chance[:, None] > limits[pd.Index(["core", "central", "outer"]).get_indexer(zone)]).sum(axis=1)
    use = np.array([*OTHER_USES, HOME], dtype=object)[which]
    size_m2 = profile()["sizes"][size]["part_area_m2"] * np.where(zone == "core", 0.62, 1.0)
    parts = np.clip(np.round(area / (size_m2 * rng.uniform(0.65, 1.45, len(owner)))), 1, 6).astype(np.int64)
    homes, others = _choose(order, owner, use, parts, area, wanted)
    home_plots = _divided(blocks, owner, homes, wanted, rng)
    rest = np.array(others, dtype=np.int64)
    other_plots = Plots(
        blocks.net[rest] + np.array([14.0, 14.0, -14.0, -14.0]),
        owner[rest],
        use[rest],
        np.column_stack([blocks.column[rest], blocks.row[rest]]),
    )
    return home_plots, other_plots


def _blocks_by_subdistrict(
    grid: plan.Grid, outlines: gpd.GeoDataFrame, wanted: NDArray[np.int64]
) -> tuple[plan.Blocks, NDArray[np.int64]]:
    own = seats().set_index("subdistrict_code").loc[outlines["subdistrict_code"]]
    urban = outlines["district_code"].map(zones()).ne("outer").to_numpy()
    pairs = [np.empty((0, 2), dtype=np.int64)]
    if urban.any():
        u, v = plan.from_degrees(*np.reshape(outlines.loc[urban].total_bounds, (2, 2)).T)
        pairs.append(grid.superblocks_in(u.min() - 1e3, v.min() - 1e3, u.max() + 1e3, v.max() + 1e3))
    if (~urban).any():
        far = own[~urban]
        reach = 1_200.0 + 420.0 * np.sqrt(wanted[~urban])
        pairs.append(grid.superblocks_near(far["u"].to_numpy(), far["v"].to_numpy(), reach))
    blocks = grid.blocks(np.unique(np.concatenate(pairs), axis=0))
    shapes = plan.shapes_to_degrees(plan.boxes(blocks.net))
    area, block = shapely.STRtree(shapes).query(outlines.geometry.to_numpy(), predicate="contains")
    free = ~np.isin(
        block, shapely.STRtree(shapes).query(landmarks().geometry.to_numpy(), predicate="intersects")[1]
    )
    area, block = area[free], block[free]
    first = np.argsort(block, kind="stable")
    return blocks.take(block[first]), area[first]


def _by_settledness(
    blocks: plan.Blocks,
    owner: NDArray[np.int64],
    outlines: gpd.GeoDataFrame,
    wanted: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Blocks in the order in which they are built on: whole superblocks together, from the seat outward."""
    own = seats().set_index("subdistrict_code").loc[outlines["subdistrict_code"]]
    u, v = blocks.centre
    distance = np.hypot(u - own["u"].to_numpy()[owner], v - own["v"].to_numpy()[owner])
    key = blocks.column * 100_000 + blocks.row
    _, at = np.unique(key, return_inverse=True)
    mood = rng.random(int(at.max()) + 1 if len(at) else 0)[at]
    zone = outlines["district_code"].map(zones()).to_numpy()[owner]
    spread = np.where(zone == "core", 2_600.0, np.where(zone == "central", 2_800.0, 900.0))
    score = distance + spread * mood + 160.0 * rng.random(len(owner))
    return np.lexsort([np.arange(len(owner)), score, owner])


def _choose(
    order: NDArray[np.int64],
    owner: NDArray[np.int64],
    use: NDArray,
    parts: NDArray[np.int64],
    area: NDArray[np.float64],
    wanted: NDArray[np.int64],
) -> tuple[list[tuple[int, int]], list[int]]:
    """Housing blocks with the number of communities each is divided into, and the blocks of other use among them."""
    homes: list[tuple[int, int]] = []
    others: list[int] = []
    starts = np.searchsorted(owner[order], np.arange(len(wanted) + 1))
    short = 0
    for s, n in enumerate(wanted):
        mine = order[starts[s] : starts[s + 1]]
        need = int(n) + short
        if need == 0 or len(mine) == 0:
            short = need if len(mine) == 0 else 0
            continue
        k = parts[mine].copy()
        free = use[mine] == HOME
        while k[free].sum() < need and (k[free] < 6).any():
            grow = free & (k < 6)
            k[np.flatnonzero(grow)[np.argmax(area[mine][grow] / k[grow])]] += 1
        left = need
        for block, count, is_home in zip(mine, k, free, strict=True):
            if left == 0:
                break
            if not is_home:
                others.append(int(block))
                continue
            take = min(int(count), left)
            homes.append((int(block), take))
            left -= take
        short = left
    return homes, others


def _divided(
    blocks: plan.Blocks,
    owner: NDArray[np.int64],
    homes: list[tuple[int, int]],
    wanted: NDArray[np.int64],
    rng: np.random.Generator,
) -> Plots:
    at = np.array([b for b, _ in homes], dtype=np.int64)
    count = np.array([k for _, k in homes], dtype=np.int64)
    rect = blocks.net[at]
    wide = (rect[:, 2] - rect[:, 0]) >= (rect[:, 3] - rect[:, 1])
    across = np.where(count == 6, 3, np.where(count == 4, 2, np.where(wide, count, 1)))
    across = np.where(count == 5, np.where(wide, 5, 1), across)
    up = count // across
    cut = rng.uniform(-0.14, 0.14, (len(at), 2))
    of = np.repeat(np.arange(len(at)), count)
    part = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    px, py = part % across[of], part // across[of]

    def edges(low: NDArray, high: NDArray, p: NDArray, n: NDArray, shift: NDArray) -> tuple[NDArray, NDArray]:
        span = high - low

        def line(q: NDArray) -> NDArray:
            inner = (q > 0) & (q < n)
            return low + span * (q + np.where(inner, shift, 0.0)) / n

        return line(p) + np.where(p > 0, LANE_M, 0.0), line(p + 1) - np.where(p + 1 < n, LANE_M, 0.0)

    west, east = edges(rect[of, 0], rect[of, 2], px, across[of], cut[of, 0])
    south, north = edges(rect[of, 1], rect[of, 3], py, up[of], cut[of, 1])
    return Plots(
        np.column_stack([west + 3.0, south + 3.0, east - 3.0, north - 3.0]),
        owner[at[of]],
        np.full(len(of), HOME, dtype=object),
        np.column_stack([blocks.column[at[of]], blocks.row[at[of]]]),
    )
