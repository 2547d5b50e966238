"""Footprints in rows: slabs with sun between them, towers, courtyards and low houses, all inside their plot."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from loaders.city.homes import years
from loaders.city.plan import SQUARE, Plan, place, stream, turned

MARGIN_M = 6.0
STOREY_M = 2.8
_STEP = np.array(
    [(-0.5, -0.5), (0, -0.5), (0, -0.32), (0.5, -0.32), (0.5, 0.5), (0, 0.5), (0, 0.32), (-0.5, 0.32)]
)
_CROSS = np.array(
    [
        (-0.2, -0.5),
        (0.2, -0.5),
        (0.2, -0.3),
        (0.5, -0.3),
        (0.5, 0.3),
        (0.2, 0.3),
        (0.2, 0.5),
        (-0.2, 0.5),
        (-0.2, 0.3),
        (-0.5, 0.3),
        (-0.5, -0.3),
        (-0.2, -0.3),
    ]
)
_YARD = np.array(
    [
        (-0.5, -0.5),
        (-0.22, -0.5),
        (-0.22, 0.15),
        (0.22, 0.15),
        (0.22, -0.5),
        (0.5, -0.5),
        (0.5, 0.5),
        (-0.5, 0.5),
    ]
)
_CORNER = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (0.12, 0.5), (0.12, -0.05), (-0.5, -0.05)])
#: Outlines within a unit square, by number.
OUTLINES = (SQUARE, _STEP, _CROSS, _YARD, _CORNER)
PLAIN, STEPPED, CROSS, YARD, CORNER = range(5)


@dataclass(frozen=True)
class _Rows:
    """How the buildings of each plot stand: a grid of slots, in metres."""

    columns: np.ndarray
    rows: np.ndarray
    pitch_x: np.ndarray
    pitch_y: np.ndarray
    width: np.ndarray
    depth: np.ndarray


def build_houses(plan: Plan, homes: pd.DataFrame, plots: pd.DataFrame) -> pd.DataFrame:
    """All footprints: home (position in `homes`, -1 outside communities), plot, year, storeys, manner, geometry.

    geometry in EPSG:4548 as an object column.
    """
    own = _home_houses(plan, homes)
    # Some buildings always stand outside communities.
    missing = max(plan.buildings - len(own), round(plan.buildings * 0.07))
    other = _other_houses(plan, plots, missing)
    return pd.concat([own, other], ignore_index=True)


def _home_houses(plan: Plan, homes: pd.DataFrame) -> pd.DataFrame:
    rng = stream(plan.seed, "houses")
    count = len(homes)
    year, manner = homes["year"].to_numpy(), homes["manner"].to_numpy()
    is_low = np.isin(manner, ["court", "village"])
    storeys = _slab_storeys(rng, year)
    towers = rng.integers(12, 25, count)
    grid = _slots(rng, homes, storeys, is_low)
    home, column, row = _slot_index(grid)
    x = (column - (grid.columns[home] - 1) / 2) * grid.pitch_x[home]
    y = (row - (grid.rows[home] - 1) / 2) * grid.pitch_y[home]
    width = grid.width[home] * rng.uniform(0.86, 1.0, len(home))
    depth = grid.depth[home] * rng.uniform(0.95, 1.0, len(home))
    size = np.minimum(rng.uniform(22, 29, count)[home], np.minimum(grid.width[home], grid.pitch_y[home] - 12))
    wide, tall = homes["width_m"].to_numpy()[home], homes["height_m"].to_numpy()[home]
    chance = np.select([manner == "tower", manner == "mixed"], [1.0, 0.3], default=0.0)[home]
    room = np.minimum(wide, tall) - 2 * MARGIN_M
    is_tower = (rng.random(len(home)) < chance) & (size >= 18) & (room > size)
    width, depth = np.where(is_tower, size, width), np.where(is_tower, size, depth)
    # A tower is deeper than the slab whose place it takes: it moves in from the plot's edge.
    y = np.clip(y, -(tall / 2 - MARGIN_M - depth / 2), tall / 2 - MARGIN_M - depth / 2)
    draw = rng.random(len(home))
    low = is_low[home]
    outline = np.select(
        [is_tower & (draw < 0.6), is_tower, low & (draw < 0.45), low & (draw < 0.65), low, draw < 0.24],
        [CROSS, PLAIN, YARD, CORNER, PLAIN, STEPPED],
        default=PLAIN,
    )
    second = homes["second_year"].to_numpy()[home]
    # The later phase stands on one side of the community.
    later = (second > 0) & (row >= np.ceil(grid.rows[home] * 0.55)) & (grid.rows[home] > 1)
    later |= (second > 0) & (grid.rows[home] == 1) & (column >= np.ceil(grid.columns[home] * 0.5))
    slip = rng.choice([0, 0, 0, 0, 1, -1, 2], len(home))
    built = np.where(later, second, year[home] + np.where(low, rng.integers(-3, 12, len(home)), slip))
    floors = np.where(is_tower, towers[home] + rng.choice([0, 0, 0, 2, -2], len(home)), storeys[home])
    floors = np.where(low, np.where((manner[home] == "village") & (draw > 0.6), 2, 1), floors)
    keep = ~_is_garden(grid, home, column, row) & (rng.random(len(home)) > np.where(low, 0.04, 0.05))
    angle = homes["angle"].to_numpy()[home]
    dx, dy = turned(x, y, angle)
    kind = np.where(low, "low", np.where(is_tower, "tower", "slab"))
    table = pd.DataFrame(
        {
            "home": home,
            "subdistrict_code": homes["subdistrict_code"].to_numpy()[home],
            "district_code": homes["district_code"].to_numpy()[home],
            "year": np.clip(built, 1949, 2019),
            "storeys": floors,
            "kind": kind,
            "use": "住宅",
            "width_m": width,
        }
    ).assign(
        geometry=_drawn(
            outline,
            homes["x"].to_numpy()[home] + dx,
            homes["y"].to_numpy()[home] + dy,
            width,
            depth,
            angle,
        )
    )
    return table[keep].reset_index(drop=True)


def _slab_storeys(rng: np.random.Generator, year: np.ndarray) -> np.ndarray:
    """3 to 4 in the fifties, 5 to 6 until 1990 (no lift), 6 and then 7 to 11 with lifts later."""
    count = len(year)
    return np.select(
        [year < 1965, year < 1980, year < 1992, year < 2002],
        [
            rng.integers(3, 5, count),
            rng.choice([4, 5, 5, 6], count),
            rng.choice([5, 6, 6, 6], count),
            rng.choice([6, 6, 6, 7, 9], count),
        ],
        default=rng.choice([6, 6, 7, 9, 11], count),
    )


def _slots(rng: np.random.Generator, homes: pd.DataFrame, storeys: np.ndarray, is_low: np.ndarray) -> _Rows:
    count = len(homes)
    wide = homes["width_m"].to_numpy() - 2 * MARGIN_M
    tall = homes["height_m"].to_numpy() - 2 * MARGIN_M
    is_tower = (homes["manner"] == "tower").to_numpy()
    square = rng.uniform(24, 30, count)
    depth = np.select([is_tower, is_low], [square, rng.uniform(9, 12, count)], rng.uniform(10.5, 13.5, count))
    sun = np.maximum(14.0, rng.uniform(1.2, 1.6, count) * storeys * STOREY_M)
    gap_y = np.select([is_tower, is_low], [rng.uniform(26, 42, count), rng.uniform(2.5, 5, count)], sun)
    gap_x = np.select(
        [is_tower, is_low],
        [rng.uniform(18, 32, count), rng.uniform(1.5, 3.5, count)],
        rng.uniform(7, 11, count),
    )
    aim = np.select([is_tower, is_low], [square, rng.uniform(9, 15, count)], rng.uniform(42, 68, count))
    columns = np.maximum(1, np.round((wide + gap_x) / (aim + gap_x))).astype("int64")
    columns = np.where(
        (wide - (columns - 1) * gap_x) / columns < aim * 0.8, np.maximum(1, columns - 1), columns
    )
    width = np.minimum((wide - (columns - 1) * gap_x) / columns, np.where(is_tower | is_low, aim * 1.15, 82))
    pitch_x = np.where(columns > 1, (wide - width) / np.maximum(columns - 1, 1), 0.0)
    rows = np.maximum(1, np.floor((tall + gap_y) / (depth + gap_y) + np.where(is_tower, 0.35, 0.1))).astype(
        "int64"
    )
    pitch_y = np.where(rows > 1, (tall - depth) / np.maximum(rows - 1, 1), 0.0)
    return _Rows(columns, rows, pitch_x, pitch_y, width, depth)


def _slot_index(grid: _Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    slots = grid.columns * grid.rows
    home = np.repeat(np.arange(len(slots)), slots)
    number = np.arange(len(home)) - np.repeat(np.cumsum(slots) - slots, slots)
    return home, number % grid.columns[home], number // grid.columns[home]


def _is_garden(grid: _Rows, home: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The middle slot of larger communities stays free."""
    columns, rows = grid.columns[home], grid.rows[home]
    return (
        (columns >= 3) & (rows >= 3) & (columns * rows < 60) & (column == columns // 2) & (row == rows // 2)
    )


def _drawn(outline, x, y, width, depth, angle) -> np.ndarray:
    shapes = np.full(len(outline), None, dtype=object)
    for number, corners in enumerate(OUTLINES):
        own = outline == number
        shapes[own] = place(corners, x[own], y[own], width[own], depth[own], angle[own])
    return shapes


def _other_houses(plan: Plan, plots: pd.DataFrame, count: int) -> pd.DataFrame:
    """Offices, shops, schools and village houses on the plots that are no communities, the nearest plots first."""
    rng = stream(plan.seed, "other houses")
    spare = plots[(plots["use"] == "other") & (plots[["width_m", "height_m"]].min(axis=1) > 40)]
    # The middle fills first; beyond the towns come the villages.
    rank = (spare["order"] + 1) * (spare["zone"] + 1)
    spare = spare.assign(is_far=~spare["is_near"], rank=rank)
    spare = spare.sort_values(["is_far", "rank", "subdistrict_code"], kind="stable").reset_index(drop=True)
    far = (spare["zone"] >= 2).to_numpy() & ~spare["is_near"].to_numpy()
    is_low = far & (rng.random(len(spare)) < 0.75)
    wide, tall = spare["width_m"].to_numpy(), spare["height_m"].to_numpy()
    cell_x = np.where(is_low, rng.uniform(13, 17, len(spare)), rng.uniform(42, 70, len(spare)))
    cell_y = np.where(is_low, rng.uniform(13, 16, len(spare)), rng.uniform(36, 60, len(spare)))
    columns = np.maximum(1, (wide / cell_x).astype("int64"))
    rows = np.maximum(1, (tall / cell_y).astype("int64"))
    within = np.cumsum(columns * rows * 0.85)
    taken = int(np.searchsorted(within, count * 1.02)) + 1
    spare, is_low, columns, rows = spare.head(taken), is_low[:taken], columns[:taken], rows[:taken]
    grid = _Rows(columns, rows, wide[:taken] / columns, tall[:taken] / rows, wide[:taken], tall[:taken])
    plot, column, row = _slot_index(grid)
    low = is_low[plot]
    chosen = np.flatnonzero(rng.random(len(plot)) < np.where(low, 0.9, 0.82))[:count]
    plot, column, row, low = plot[chosen], column[chosen], row[chosen], low[chosen]
    x = (column - (columns[plot] - 1) / 2) * grid.pitch_x[plot]
    y = (row - (rows[plot] - 1) / 2) * grid.pitch_y[plot]
    width = grid.pitch_x[plot] * rng.uniform(0.55, 0.8, len(plot))
    depth = grid.pitch_y[plot] * np.where(
        low, rng.uniform(0.6, 0.85, len(plot)), rng.uniform(0.4, 0.8, len(plot))
    )
    use = np.where(low, "农村住宅", rng.choice(["商业", "办公", "办公", "教育", "公共服务"], len(plot)))
    angle = spare["angle"].to_numpy()[plot]
    dx, dy = turned(x, y, angle)
    outline = np.where(
        low, rng.choice([PLAIN, YARD, CORNER], len(plot)), rng.choice([PLAIN, PLAIN, CORNER], len(plot))
    )
    return pd.DataFrame(
        {
            "home": -1,
            "subdistrict_code": spare["subdistrict_code"].to_numpy()[plot],
            "district_code": spare["district_code"].to_numpy()[plot],
            "year": years(rng, spare["zone"].to_numpy()[plot]),
            "storeys": np.where(low, rng.choice([1, 1, 2], len(plot)), rng.integers(2, 13, len(plot))),
            "kind": np.where(low, "low", "other"),
            "use": use,
            "width_m": width,
        }
    ).assign(
        geometry=_drawn(
            outline, spare["x"].to_numpy()[plot] + dx, spare["y"].to_numpy()[plot] + dy, width, depth, angle
        )
    )
