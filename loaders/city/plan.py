"""What all stages of the demo city share: how large it is, its random streams, its shapes and its projection."""

import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from loaders import reference

Size = Literal["tiny", "small", "large"]
METRIC = "EPSG:4548"
LONLAT = "EPSG:4326"
#: The middle of the old city, from which everything thins out.
CENTRE_LONLAT = (116.397, 39.909)
#: Share of the city's communities by district, roughly as in reality.
DISTRICT_SHARE = {
    "110105": 18.0,
    "110108": 18.0,
    "110102": 16.0,
    "110106": 14.0,
    "110101": 10.0,
    "110112": 7.0,
    "110115": 6.0,
    "110114": 5.0,
    "110113": 4.0,
    "110107": 3.0,
    "110111": 2.5,
    "110109": 2.0,
    "110118": 1.2,
    "110116": 1.0,
    "110117": 1.0,
    "110119": 0.8,
}
#: Between this and the next figure of kilometres from the centre: core, inner, outer, far.
ZONE_KM = (5.0, 10.0, 20.0)


@dataclass(frozen=True)
class Plan:
    """How large a demo city is. `pitch_m`: distance of streets in the core and outside it."""

    size: Size
    seed: int
    communities: int
    buildings: int
    districts: tuple[str, ...]
    most_subdistricts: int
    core_pitch_m: tuple[float, float]
    pitch_m: tuple[float, float]
    low_quarters: float
    projects_2018: int
    projects_2019: int
    projects_2020: int
    projects_reserve: int

    @property
    def scale(self) -> float:
        """The size of the programme beside the real one (153 projects in the first batch of 2020)."""
        return self.projects_2020 / 153


def plan_of(size: Size, seed: int) -> Plan:
    """The plan of a size. ValueError for an unknown one."""
    everywhere = tuple(DISTRICT_SHARE)
    if size == "tiny":
        four = ("110101", "110106", "110107", "110108")
        return Plan(size, seed, 64, 900, four, 5, (150, 215), (170, 255), 0.02, 6, 10, 14, 5)
    if size == "small":
        return Plan(
            size, seed, 1500, 25_000, everywhere, 99, (150, 225), (180, 275), 0.025, 100, 143, 153, 60
        )
    if size == "large":
        return Plan(
            size, seed, 7000, 500_000, everywhere, 99, (125, 185), (260, 420), 0.08, 100, 143, 153, 90
        )
    raise ValueError(f"no such size: {size}")


def stream(seed: int, stage: str) -> np.random.Generator:
    """A random stream of one stage: a change in one stage leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(stage.encode())])


@cache
def _to_metric() -> Transformer:
    return Transformer.from_crs(LONLAT, METRIC, always_xy=True)


@cache
def _to_lonlat() -> Transformer:
    return Transformer.from_crs(METRIC, LONLAT, always_xy=True)


@cache
def centre_m() -> tuple[float, float]:
    """The city's centre in EPSG:4548."""
    x, y = _to_metric().transform(*CENTRE_LONLAT)
    return float(x), float(y)


def to_lonlat(shapes: Any) -> np.ndarray:
    """Shapes in EPSG:4548 as an array in EPSG:4326, rounded to a millimetre so that shared edges stay shared."""

    def move(xy: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack(_to_lonlat().transform(xy[:, 0], xy[:, 1])), 8)

    return shapely.transform(np.asarray(shapes, dtype=object), move)


def districts_m(plan: Plan) -> gpd.GeoDataFrame:
    """The plan's districts in EPSG:4548, in the order of their codes."""
    held = reference.districts()
    held = held[held["district_code"].isin(plan.districts)].sort_values("district_code")
    return held.to_crs(METRIC).reset_index(drop=True)


def place(outline: np.ndarray, x: Any, y: Any, width: Any, height: Any, angle: Any) -> np.ndarray:
    """One polygon for each (x, y): an outline given within a unit square around 0, scaled, turned and moved.

    `outline`: (k, 2) corners, without the closing one. `angle` in radians, anticlockwise.
    """
    x, y, width, height, angle = np.broadcast_arrays(x, y, width, height, angle)
    east = outline[None, :, 0] * width[:, None]
    north = outline[None, :, 1] * height[:, None]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    corners = np.stack([x[:, None] + east * cos - north * sin, y[:, None] + east * sin + north * cos], axis=2)
    return shapely.polygons(corners) if len(x) else np.array([], dtype=object)


SQUARE = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


def turned(x: Any, y: Any, angle: Any) -> tuple[np.ndarray, np.ndarray]:
    """Offsets turned by an angle in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return x * cos - y * sin, x * sin + y * cos


def shared_out(total: int, weights: np.ndarray, most: np.ndarray | None = None, least: int = 0) -> np.ndarray:
    """A whole number shared out by weights (largest remainder), none above `most`; the sum is `total` if it fits."""
    weights = np.asarray(weights, dtype="float64")
    cap = np.full(len(weights), total, dtype="int64") if most is None else np.asarray(most, dtype="int64")
    shares = np.minimum(np.full(len(weights), least, dtype="int64"), cap)
    if shares.sum() > total:
        shares[:] = 0
    while (rest := total - int(shares.sum())) > 0:
        open_to = (shares < cap) & (weights > 0)
        if not open_to.any():
            break
        exact = np.where(open_to, weights, 0.0) * rest / weights[open_to].sum()
        whole = np.minimum(np.floor(exact).astype("int64"), cap - shares)
        if whole.sum() == 0:
            order = np.argsort(-(exact - np.floor(exact)) - exact * 1e-9, kind="stable")
            order = order[open_to[order]][:rest]
            whole[order] = 1
        shares += whole
    return shares


def kept(values: Any, keep: Any) -> np.ndarray:
    """Values where `keep` holds and None elsewhere, as an object array."""
    out = np.full(len(keep), None, dtype=object)
    chosen = np.asarray(keep, dtype=bool)
    out[chosen] = np.broadcast_to(np.asarray(values, dtype=object), chosen.shape)[chosen]
    return out


def choose(rng: np.random.Generator, values: Any, weights: Any, count: int) -> np.ndarray:
    """`count` values drawn by weights, as an object array."""
    chances = np.asarray(weights, dtype="float64")
    picks = rng.choice(len(chances), size=count, p=chances / chances.sum())
    return np.array(list(values), dtype=object)[picks]


def numbered(prefix: pd.Series, digits: int) -> pd.Series:
    """Ids that count from 1 within each prefix: prefix, a hyphen, and the number."""
    order = prefix.groupby(prefix, sort=False).cumcount() + 1
    return prefix + "-" + order.astype(str).str.zfill(digits)
