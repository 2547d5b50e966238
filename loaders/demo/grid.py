"""The street grid of the demo city: main streets, the blocks between them, and the gentle warp they lie under.

Everything is laid out in plan coordinates u, v: metres east and north of the city's centre on a straight grid.
`to_metric` carries them to EPSG:4548 through a smooth warp that turns the grid by a few degrees away from the
centre; it is one-to-one, so what does not overlap in u, v does not overlap on the ground.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import METRIC, WGS84, transformer

Floats = NDArray[np.float64]
#: Where the two axes of the old city cross, degrees.
CENTRE_LON_LAT = (116.3913, 39.9075)
MAIN_HALF_WIDTH_M, MINOR_HALF_WIDTH_M = 22.0, 8.0
WARP_M, WARP_LENGTH_M, WARP_CALM_M = 380.0, 38_000.0, 9_000.0
#: Distance of the ring roads' sides from the centre (west, east, south, north), metres.
RINGS = {
    "二环路": (-3600.0, 3700.0, -4200.0, 4600.0),
    "三环路": (-7000.0, 6000.0, -6200.0, 6600.0),
    "四环路": (-9700.0, 9200.0, -8600.0, 9200.0),
    "五环路": (-15200.0, 13200.0, -14200.0, 13000.0),
    "六环路": (-23500.0, 27500.0, -24500.0, 25500.0),
}


def centre_metric() -> tuple[float, float]:
    """The centre in EPSG:4548."""
    x, y = transformer(WGS84, METRIC).transform(*CENTRE_LON_LAT)
    return float(x), float(y)


def _shift(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    calm = (u * u + v * v) / (u * u + v * v + WARP_CALM_M**2)
    k = 2 * np.pi / WARP_LENGTH_M
    return (
        WARP_M * calm * np.sin(k * (0.45 * u + 0.95 * v) + 0.7),
        WARP_M * calm * np.sin(k * (-0.95 * u + 0.35 * v) + 2.1),
    )


def to_metric(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Plan coordinates carried to EPSG:4548."""
    x0, y0 = centre_metric()
    du, dv = _shift(u, v)
    return x0 + u + du, y0 + v + dv


def from_metric(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """EPSG:4548 carried back to plan coordinates (fixed point; below a millimetre after twelve steps)."""
    x0, y0 = centre_metric()
    u, v = np.asarray(x, float) - x0, np.asarray(y, float) - y0
    u_out, v_out = u.copy(), v.copy()
    for _ in range(12):
        du, dv = _shift(u_out, v_out)
        u_out, v_out = u - du, v - dv
    return u_out, v_out


def from_degrees(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees carried to plan coordinates."""
    return from_metric(*transformer(WGS84, METRIC).transform(np.asarray(lon, float), np.asarray(lat, float)))


def to_degrees(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Plan coordinates carried to degrees, rounded to seven places (about a centimetre)."""
    lon, lat = transformer(METRIC, WGS84).transform(*to_metric(np.asarray(u, float), np.asarray(v, float)))
    return np.round(lon, 7), np.round(lat, 7)


def _mapped(shapes: NDArray, step: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> NDArray:
    return shapely.transform(shapes, lambda c: np.column_stack(step(c[:, 0], c[:, 1])))


def shapes_to_degrees(shapes: NDArray) -> NDArray:
    """Geometries in plan coordinates carried to degrees."""
    return _mapped(shapes, to_degrees)


def shapes_to_metric(shapes: NDArray) -> NDArray:
    """Geometries in plan coordinates carried to EPSG:4548."""
    return _mapped(shapes, to_metric)


@dataclass(frozen=True)
class Blocks:
    """Street blocks as plan rectangles. `gross` reaches the middle of the streets around, `net` their kerbs.

    Both are float arrays (n, 4) of west, south, east, north in plan metres; `column`, `row` are the indices of the
    superblock between main streets, `part` the number of the block within it.
    """

    gross: Floats
    net: Floats
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    part: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.column)

    def take(self, at: NDArray) -> "Blocks":
        """The blocks at the given positions."""
        return Blocks(self.gross[at], self.net[at], self.column[at], self.row[at], self.part[at])

    @property
    def centre(self) -> tuple[Floats, Floats]:
        return (self.gross[:, 0] + self.gross[:, 2]) / 2, (self.gross[:, 1] + self.gross[:, 3]) / 2


@dataclass(frozen=True)
class Grid:
    """The main streets of the whole city: `us` run north-south, `vs` east-west, and how blocks divide between."""

    us: Floats
    vs: Floats
    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    jitter: Floats

    def superblocks_near(self, u: Floats, v: Floats, radius_m: Floats) -> NDArray[np.int64]:
        """Pairs (column, row) of the superblocks whose middle lies within a distance of any of the points."""
        mid_u, mid_v = (self.us[:-1] + self.us[1:]) / 2, (self.vs[:-1] + self.vs[1:]) / 2
        found: list[NDArray[np.int64]] = []
        for x, y, r in zip(u, v, radius_m, strict=True):
            i = np.flatnonzero(np.abs(mid_u - x) <= r)
            j = np.flatnonzero(np.abs(mid_v - y) <= r)
            a, b = np.meshgrid(i, j, indexing="ij")
            near = np.hypot(mid_u[a] - x, mid_v[b] - y) <= r
            found.append(np.column_stack([a[near], b[near]]))
        return np.unique(np.concatenate(found), axis=0) if found else np.empty((0, 2), dtype=np.int64)

    def superblocks_in(self, west: float, south: float, east: float, north: float) -> NDArray[np.int64]:
        """Pairs (column, row) of the superblocks that meet a plan rectangle."""
        i = np.flatnonzero((self.us[1:] > west) & (self.us[:-1] < east))
        j = np.flatnonzero((self.vs[1:] > south) & (self.vs[:-1] < north))
        a, b = np.meshgrid(i, j, indexing="ij")
        return np.column_stack([a.ravel(), b.ravel()])

    def blocks(self, superblocks: NDArray[np.int64]) -> Blocks:
        """The blocks of the given superblocks, in order."""
        i, j = superblocks[:, 0], superblocks[:, 1]
        nx, ny = self.columns[i, j], self.rows[i, j]
        count = nx * ny
        at = np.repeat(np.arange(len(i)), count)
        part = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
        px, py = part % nx[at], part // nx[at]
        cut = self.jitter[i[at], j[at]]

        def edge(p: NDArray, n: NDArray, lines: Floats, line: NDArray, shift: Floats) -> Floats:
            inner = (p > 0) & (p < n)
            pick = np.take_along_axis(shift, np.clip(p - 1, 0, 2)[:, None], axis=1)[:, 0]
            share = (p + np.where(inner, pick, 0.0)) / n
            low = lines[line]
            return np.where(p == n, lines[line + 1], low + share * (lines[line + 1] - low))

        gross = np.column_stack(
            [
                edge(px, nx[at], self.us, i[at], cut[:, :3]),
                edge(py, ny[at], self.vs, j[at], cut[:, 3:]),
                edge(px + 1, nx[at], self.us, i[at], cut[:, :3]),
                edge(py + 1, ny[at], self.vs, j[at], cut[:, 3:]),
            ]
        )
        is_main = np.column_stack([px == 0, py == 0, px + 1 == nx[at], py + 1 == ny[at]])
        inset = np.where(is_main, MAIN_HALF_WIDTH_M, MINOR_HALF_WIDTH_M)
        net = gross + inset * np.array([1.0, 1.0, -1.0, -1.0])
        return Blocks(gross, net, i[at], j[at], part)


def build_grid(rng: np.random.Generator, block_scale: float = 1.0) -> Grid:
    """The grid over the whole city and its mountains; `block_scale` widens the blocks between the main streets."""
    us = np.concatenate([-_steps(rng, 95_000.0)[:0:-1], _steps(rng, 110_000.0)])
    vs = np.concatenate([-_steps(rng, 65_000.0)[:0:-1], _steps(rng, 135_000.0)])
    for west, east, south, north in RINGS.values():
        _snap(us, (west, east))
        _snap(vs, (south, north))
    wide, deep = np.diff(us), np.diff(vs)
    shape = (len(wide), len(deep))
    columns = np.clip(np.round(wide[:, None] / (block_scale * rng.uniform(230, 380, shape))), 1, 4).astype(
        np.int64
    )
    rows = np.clip(np.round(deep[None, :] / (block_scale * rng.uniform(200, 330, shape))), 1, 4).astype(
        np.int64
    )
    return Grid(us, vs, columns, rows, rng.uniform(-0.16, 0.16, (*shape, 6)))


def _steps(rng: np.random.Generator, reach_m: float) -> Floats:
    """Distances of the main streets from the axis: close together in the old city, wider outside."""
    out = [0.0]
    while out[-1] < reach_m:
        low, high = (480, 760) if out[-1] < 5_000 else (640, 980) if out[-1] < 16_000 else (760, 1150)
        out.append(out[-1] + float(rng.uniform(low, high)))
    return np.array(out)


def _snap(lines: Floats, wanted: tuple[float, float]) -> None:
    for value in wanted:
        lines[np.argmin(np.abs(lines - value))] = value


def boxes(bounds: Floats) -> NDArray:
    """Rectangles as polygons, corners counter-clockwise from the south-west."""
    return shapely.box(bounds[:, 0], bounds[:, 1], bounds[:, 2], bounds[:, 3])
