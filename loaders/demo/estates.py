"""What stands in each community: its years, the kind of estate these imply, and its footprints."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.demo import footprints as fp
from loaders.demo.profile import profile

Ints = NDArray[np.int64]
#: A strip along the southern edge, kept free of dwellings where service buildings stand.
SERVICE_STRIP_M = 9.0
#: Depth of the strip along the northern edge where towers stand in an estate of slabs.
TOWER_STRIP_M = 44.0


#: How much of a community's age is its quarter's, beside 1 for its own.
QUARTER_PULL = 1.5


@dataclass(frozen=True)
class Estates:
    """For each community: its base year and its kind, and whether some buildings are of another age."""

    year: Ints
    kind: NDArray  # courtyard | simple | slab | slab_towers | towers | mid_rise | high_rise | villa
    is_mixed: NDArray[np.bool_]


def draw_years(zone: NDArray, quarter: NDArray, rng: np.random.Generator) -> Ints:
    """A base year for each community by the shares of its zone, with the heaps that remembered years show.

    Communities of one `quarter` (whole numbers) tend to be of one age, as they were laid out together.
    """
    ages = profile()["ages"]
    firsts = np.array(ages["first_years"])
    lasts = np.append(firsts[1:] - 1, 2018)
    heaped = np.array(ages["heaped_years"])
    out = np.zeros(len(zone), dtype=np.int64)
    within, heap = rng.random(len(zone)), rng.random(len(zone))
    _, group_of = np.unique(quarter, return_inverse=True)
    mood = rng.normal(size=len(zone))[group_of] * QUARTER_PULL + rng.normal(size=len(zone))
    pick = np.zeros(len(zone))
    for name in ("core", "central", "outer"):
        at = np.flatnonzero(zone == name)
        pick[at[np.argsort(mood[at], kind="stable")]] = (np.arange(len(at)) + 0.5) / max(len(at), 1)
        share = np.cumsum(np.array(ages[name], float)) / np.sum(ages[name])
        group = np.searchsorted(share, pick[at], side="right").clip(0, len(firsts) - 1)
        year = firsts[group] + np.floor(within[at] * (lasts[group] - firsts[group] + 1)).astype(np.int64)
        starts_heap = np.isin(firsts[group], heaped) & (heap[at] < ages["heaped_share"])
        out[at] = np.where(starts_heap, firsts[group], year)
    return out


def draw_estates(
    zone: NDArray, quarter: NDArray, courtyard_share: float, rng: np.random.Generator
) -> Estates:
    """The estates of a city: what was built when. `courtyard_share`: old single-storey quarters outside the middle."""
    year = draw_years(zone, quarter, rng)
    n = len(year)
    a, b = rng.random(n), rng.random(n)
    kind = np.full(n, "slab", dtype=object)
    kind[(year < 1950) | ((year < 1965) & (zone == "core") & (a < 0.35))] = "courtyard"
    kind[(year >= 1955) & (year < 1976) & (kind == "slab") & (a < 0.1)] = "simple"
    kind[(year >= 1980) & (year < 2000) & (a < 0.24 + 0.012 * (year - 1980))] = "slab_towers"
    kind[(year >= 1986) & (year < 2000) & (b < 0.14)] = "towers"
    later = year >= 2000
    kind[later & (a < 0.26)] = "slab"
    kind[later & (a >= 0.26) & (a < 0.62)] = "mid_rise"
    kind[later & (a >= 0.62)] = "high_rise"
    kind[later & (zone == "outer") & (b < 0.1)] = "villa"
    is_yards = (zone != "central") & (rng.random(n) < courtyard_share)
    kind[is_yards] = "courtyard"
    year = np.where(is_yards, np.minimum(year, rng.integers(1930, 1972, n)), year)
    return Estates(year, kind, rng.random(n) < 0.055)


def estate_footprints(rect: NDArray, estates: Estates, rng: np.random.Generator) -> fp.Footprints:
    """The footprints of all communities; `plot` is the community's position."""
    n = len(rect)
    year, kind = estates.year, estates.kind
    every = np.arange(n)
    length = rng.uniform(42, 78, n)
    old_storeys = np.where(
        year < 1965,
        rng.integers(3, 5, n),
        np.where(year < 1978, rng.integers(4, 6, n), rng.choice([5, 6, 6, 6], n)),
    )
    slab_storeys = np.where(year >= 2000, rng.choice([5, 6, 6, 7], n), old_storeys)
    mid_storeys = rng.choice([9, 9, 11, 11, 12, 14], n)
    tower_storeys = np.where(
        year < 1986,
        rng.integers(12, 17, n),
        np.where(year < 2000, rng.integers(16, 25, n), rng.integers(18, 31, n)),
    )
    parts: list[fp.Footprints] = []
    has_huts = (
        (kind != "courtyard") & (kind != "villa") & (rect[:, 3] - rect[:, 1] > 70) & (rng.random(n) < 0.6)
    )
    ground = rect.copy()
    ground[has_huts, 1] += SERVICE_STRIP_M
    huts = every[has_huts]
    parts.append(fp.service_huts(rect[huts], huts, rng))

    def at(*kinds: str) -> Ints:
        return every[np.isin(kind, kinds)]

    both = at("slab_towers")
    deep = both[ground[both, 3] - ground[both, 1] > 130]
    north = ground[deep].copy()
    north[:, 1] = north[:, 3] - TOWER_STRIP_M
    parts.append(fp.towers(north, deep, tower_storeys[deep], rng))
    ground[deep, 3] -= TOWER_STRIP_M + 8.0
    rows = at("slab", "slab_towers")
    parts.append(fp.slab_rows(ground[rows], rows, slab_storeys[rows], length[rows], rng))
    low = at("simple")
    parts.append(
        fp.slab_rows(ground[low], low, rng.integers(2, 4, len(low)), length[low] * 0.75, rng, "simple")
    )
    mid = at("mid_rise")
    parts.append(fp.slab_rows(ground[mid], mid, mid_storeys[mid], length[mid] * 0.9, rng))
    tall = at("towers", "high_rise")
    parts.append(fp.towers(ground[tall], tall, tower_storeys[tall], rng))
    yards = at("courtyard")
    parts.append(fp.courtyards(ground[yards], yards, rng))
    houses = at("villa")
    parts.append(fp.villas(ground[houses], houses, rng))
    return fp.join(parts)


def thinned(made: fp.Footprints, most_yards: int, rng: np.random.Generator) -> fp.Footprints:
    """The footprints with the houses of single-storey quarters thinned out to about a number for each community."""
    yards = made.form == "courtyard"
    count = np.bincount(made.plot[yards], minlength=int(made.plot.max(initial=-1)) + 1)
    keep = rng.random(len(made)) * np.maximum(count, 1)[made.plot] <= most_yards
    return made.take(np.flatnonzero(keep | ~yards))


def building_years(estates: Estates, made: fp.Footprints, rng: np.random.Generator) -> Ints:
    """The year of each building: its community's, or a little later; in mixed communities a part is of another age."""
    n = len(made)
    base = estates.year[made.plot]
    year = base + rng.choice([0, 0, 0, 0, 1, 1, 2, 3], n)
    shift = np.where(
        estates.year < 1994,
        rng.integers(9, 20, len(base_of := estates.year)),
        -rng.integers(8, 18, len(base_of)),
    )
    shift = np.where((estates.year < 1994) & (estates.year + shift < 2001), 2002 - estates.year, shift)
    other = estates.is_mixed[made.plot] & (rng.random(n) < 0.35)
    year = np.where(other, base + shift[made.plot], year)
    year = np.where(made.form == "courtyard", np.minimum(base - rng.integers(0, 25, n), 1972), year)
    year = np.where((made.form == "tower") & (year < 1977), 1977 + rng.integers(0, 6, n), year)
    return np.clip(year, 1900, 2019)
