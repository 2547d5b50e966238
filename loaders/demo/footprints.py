"""Footprints inside plots: rows of slabs facing south at sun spacing, towers, courtyards, offices, schools.

All layouts are in plan coordinates and made for all plots of a kind at once. A layout is a lattice of slots within
its plot, at least `MARGIN_M` from the edge, so footprints neither overlap nor leave their plot.
"""

from dataclasses import dataclass, fields

import numpy as np
import shapely
from numpy.typing import NDArray

from loaders.demo import grid as plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MARGIN_M = 4.0
STOREY_M = 2.8
#: Distance between rows over the height of the southern one: the rule of thumb for winter sun in Beijing.
SUN = 1.6
#: Outlines in a unit square: plain, stepped slab, tower with recesses, L, U.
SHAPES: tuple[Floats, ...] = (
    np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]),
    np.array([[-0.5, -0.5], [0, -0.5], [0, -0.4], [0.5, -0.4], [0.5, 0.5], [0, 0.5], [0, 0.4], [-0.5, 0.4]]),
    np.array(
        [
            [-0.3, -0.5], [0.3, -0.5], [0.3, -0.28], [0.5, -0.28], [0.5, 0.28], [0.3, 0.28],
            [0.3, 0.5], [-0.3, 0.5], [-0.3, 0.28], [-0.5, 0.28], [-0.5, -0.28], [-0.3, -0.28],
        ]
    ),
    np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, -0.12], [-0.12, -0.12], [-0.12, 0.5], [-0.5, 0.5]]),
    np.array(
        [[-0.5, -0.5], [-0.2, -0.5], [-0.2, 0.1], [0.2, 0.1], [0.2, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]
    ),
)  # fmt: skip
PLAIN, STEPPED, RECESSED, ELL, HORSESHOE = range(5)


@dataclass
class Footprints:
    """Buildings as parallel arrays: the plot each stands in, its middle and size in plan metres, shape, storeys."""

    plot: Ints
    u: Floats
    v: Floats
    width: Floats
    depth: Floats
    shape: Ints
    storeys: Ints
    form: NDArray  # slab | tower | courtyard | simple | villa | service | office | shop | school

    def __len__(self) -> int:
        return len(self.plot)

    def take(self, at: NDArray) -> "Footprints":
        """The footprints at the given positions."""
        return Footprints(*(getattr(self, f.name)[at] for f in fields(self)))

    def corners(self) -> list[tuple[Ints, Floats]]:
        """For every shape in use: the positions of its footprints and their corners (n, corners, 2), plan metres."""
        out = []
        for number, unit in enumerate(SHAPES):
            at = np.flatnonzero(self.shape == number)
            if len(at):
                size = np.column_stack([self.width[at], self.depth[at]])
                middle = np.column_stack([self.u[at], self.v[at]])
                out.append((at, unit[None] * size[:, None] + middle[:, None]))
        return out

    def geometry_and_area(self) -> tuple[NDArray, Floats]:
        """The outlines in EPSG:4326 and their areas in square metres (EPSG:4548)."""
        shapes = np.empty(len(self), dtype=object)
        areas = np.zeros(len(self))
        for at, ring in self.corners():
            n, m, _ = ring.shape
            x, y = plan.to_metric(ring[..., 0].ravel(), ring[..., 1].ravel())
            x, y = x.reshape(n, m), y.reshape(n, m)
            areas[at] = 0.5 * np.abs((x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(axis=1))
            lon, lat = plan.to_degrees(ring[..., 0].ravel(), ring[..., 1].ravel())
            shapes[at] = shapely.polygons(np.stack([lon.reshape(n, m), lat.reshape(n, m)], axis=-1))
        return shapes, areas


def join(parts: list[Footprints]) -> Footprints:
    """Several lots of footprints as one, ordered by plot, then north to south, then west to east."""
    both = Footprints(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Footprints)))
    return both.take(np.lexsort([np.round(both.u, 1), -np.round(both.v, 1), both.plot]))


@dataclass(frozen=True)
class Slots:
    """Places for buildings: the plot, the middle, column and row from the south-west, columns and rows in all."""

    plot: Ints
    u: Floats
    v: Floats
    width: Floats
    column: Ints
    row: Ints
    columns: Ints
    rows: Ints


def slots(rect: Floats, plot: Ints, width: Floats, depth: Floats, gap: Floats, pitch: Floats) -> Slots:
    """A lattice of slots in each rectangle: `width` by `depth`, `gap` between neighbours, `pitch` between rows.

    A rectangle narrower than a slot gets slots as wide as it allows; one too small for anything gets none.
    """
    span_u = rect[:, 2] - rect[:, 0] - 2 * MARGIN_M
    span_v = rect[:, 3] - rect[:, 1] - 2 * MARGIN_M
    width = np.minimum(width, span_u)
    columns = np.where(width >= 7, np.floor((span_u + gap) / np.maximum(width + gap, 1)), 0).astype(np.int64)
    rows = np.where(span_v >= depth, np.floor((span_v - depth) / pitch) + 1, 0).astype(np.int64)
    count = np.maximum(columns, 0) * np.maximum(rows, 0)
    at = np.repeat(np.arange(len(plot)), count)
    n = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    column, row = n % np.maximum(columns[at], 1), n // np.maximum(columns[at], 1)
    free = np.minimum((span_u - columns * width) / np.maximum(columns - 1, 1), gap * 1.9)
    step_u = width + np.where(columns > 1, free, 0.0)
    step_v = np.where(rows > 1, np.minimum((span_v - depth) / np.maximum(rows - 1, 1), pitch * 1.35), 0.0)
    used_u, used_v = step_u * (columns - 1) + width, step_v * (rows - 1) + depth
    u0 = (rect[:, 0] + rect[:, 2] - used_u) / 2 + width / 2
    v0 = (rect[:, 1] + rect[:, 3] - used_v) / 2 + depth / 2
    return Slots(
        plot[at],
        u0[at] + column * step_u[at],
        v0[at] + row * step_v[at],
        width[at],
        column,
        row,
        columns[at],
        rows[at],
    )


def _made(
    s: Slots, keep: NDArray, width: Floats, depth: Floats, shape: Ints, storeys: Ints, form: str
) -> Footprints:
    return Footprints(
        s.plot[keep],
        s.u[keep],
        s.v[keep],
        width[keep],
        depth[keep],
        shape[keep],
        storeys[keep],
        np.full(int(keep.sum()), form, dtype=object),
    )


def slab_rows(
    rect: Floats, plot: Ints, storeys: Ints, length: Floats, rng: np.random.Generator, form: str = "slab"
) -> Footprints:
    """Slabs in rows; now and then one is missing for a garden, and some are a storey lower or stepped in plan."""
    depth = np.where(storeys <= 3, 9.5, np.where(storeys <= 7, 11.5, 14.0)) + rng.uniform(
        -0.8, 1.2, len(plot)
    )
    height = storeys * STOREY_M
    pitch = depth + SUN * height * np.where(storeys <= 7, 1.0, 0.72) + rng.uniform(0, 4, len(plot))
    s = slots(rect, plot, length, depth, rng.uniform(9, 15, len(plot)), pitch)
    n = len(s.plot)
    at = np.searchsorted(plot, s.plot)
    middle = (
        (s.columns >= 3)
        & (s.rows >= 3)
        & (np.abs(s.column - (s.columns - 1) / 2) < 0.6)
        & (np.abs(s.row - (s.rows - 1) / 2) < 0.6)
    )
    keep = ~(middle & (rng.random(n) < 0.7)) & (rng.random(n) > 0.05)
    keep |= s.columns * s.rows <= 2
    shorter = np.where(rng.random(n) < 0.25, rng.uniform(0.62, 0.9, n), 1.0)
    lower = (rng.random(n) < 0.14) & (storeys[at] > 3)
    return _made(
        s,
        keep,
        s.width * shorter,
        depth[at] * rng.uniform(0.95, 1.0, n),
        np.where(rng.random(n) < 0.16, STEPPED, PLAIN),
        storeys[at] - lower,
        form,
    )


def towers(rect: Floats, plot: Ints, storeys: Ints, rng: np.random.Generator) -> Footprints:
    """Point towers of 22 to 30 metres a side, set apart."""
    side = rng.uniform(22, 30, len(plot))
    pitch = side + rng.uniform(26, 44, len(plot))
    s = slots(rect, plot, side, side, rng.uniform(24, 44, len(plot)), pitch)
    n = len(s.plot)
    at = np.searchsorted(plot, s.plot)
    keep = (rng.random(n) > 0.08) | (s.columns * s.rows <= 2)
    return _made(
        s,
        keep,
        s.width,
        side[at],
        np.where(rng.random(len(plot)) < 0.6, RECESSED, PLAIN)[at],
        np.maximum(storeys[at] + rng.integers(-2, 3, n), 9),
        "tower",
    )


def courtyards(rect: Floats, plot: Ints, rng: np.random.Generator, form: str = "courtyard") -> Footprints:
    """Small houses around yards: a house on the north and one on the south of each yard, many gaps."""
    width = rng.uniform(9, 13, len(plot))
    s = slots(
        rect,
        plot,
        width,
        np.full(len(plot), 6.0),
        rng.uniform(2.0, 4.5, len(plot)),
        rng.uniform(11, 15, len(plot)),
    )
    n = len(s.plot)
    keep = rng.random(n) > 0.24
    storeys = np.where(rng.random(n) < 0.06, 2, 1)
    return _made(
        s,
        keep,
        s.width * rng.uniform(0.7, 1.0, n),
        rng.uniform(4.2, 6.0, n),
        np.full(n, PLAIN),
        storeys,
        form,
    )


def villas(rect: Floats, plot: Ints, rng: np.random.Generator) -> Footprints:
    """Houses of two and three storeys on plots of their own."""
    width = rng.uniform(12, 17, len(plot))
    s = slots(
        rect,
        plot,
        width,
        np.full(len(plot), 13.0),
        rng.uniform(9, 14, len(plot)),
        rng.uniform(25, 31, len(plot)),
    )
    n = len(s.plot)
    shape = np.where(rng.random(n) < 0.4, ELL, PLAIN)
    return _made(
        s,
        rng.random(n) > 0.1,
        s.width * rng.uniform(0.85, 1, n),
        rng.uniform(10, 13, n),
        shape,
        rng.integers(2, 4, n),
        "villa",
    )


def large_buildings(rect: Floats, plot: Ints, rng: np.random.Generator, form: str) -> Footprints:
    """Offices, shops or schools: few and wide, often L or U in plan."""
    is_school = form == "school"
    width, depth = rng.uniform(38, 66, len(plot)), rng.uniform(26, 40, len(plot))
    s = slots(
        rect, plot, width, depth, rng.uniform(18, 30, len(plot)), depth + rng.uniform(30, 46, len(plot))
    )
    n = len(s.plot)
    at = np.searchsorted(plot, s.plot)
    keep = rng.random(n) > (0.45 if is_school else 0.16)
    shape = np.array([PLAIN, PLAIN, ELL, HORSESHOE])[rng.integers(0, 4, n)]
    storeys = (
        rng.integers(2, 6, n) if is_school else np.clip(np.round(np.exp(rng.normal(1.9, 0.6, n))), 2, 32)
    )
    return _made(
        s,
        keep,
        s.width * rng.uniform(0.7, 1, n),
        depth[at] * rng.uniform(0.8, 1, n),
        shape,
        storeys.astype(np.int64),
        form,
    )


def service_huts(rect: Floats, plot: Ints, rng: np.random.Generator) -> Footprints:
    """Small service buildings (boiler, substation) in the corner strip along the southern edge."""
    n = len(plot)
    width = rng.uniform(7, 12, n)
    left = rng.random(n) < 0.5
    u = np.where(left, rect[:, 0] + MARGIN_M + width / 2, rect[:, 2] - MARGIN_M - width / 2)
    return Footprints(
        plot,
        u,
        rect[:, 1] + MARGIN_M + 2.5,
        width,
        np.full(n, 5.0),
        np.full(n, PLAIN),
        np.ones(n, dtype=np.int64),
        np.full(n, "service", dtype=object),
    )
