"""Names of streets and communities, composed from word lists; a community's name is unique within its district."""

import itertools

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loaders.areas import subdistrict_key
from loaders.demo.profile import words


class StreetNames:
    """Hands out the names of streets district by district: the same street always gets the same name."""

    def __init__(self, rng: np.random.Generator) -> None:
        held = words()["streets"]
        self._main = self._shuffled(held["stems"], held["main_suffixes"], rng)
        self._minor = self._shuffled(held["stems"], held["minor_suffixes"], rng)
        self._lane = self._shuffled(held["stems"], held["lane_suffixes"], rng)
        self._given: dict[tuple, str] = {}
        self._next: dict[tuple[str, str], int] = {}

    @staticmethod
    def _shuffled(stems: list[str], endings: list[str], rng: np.random.Generator) -> list[str]:
        both = ["".join(pair) for pair in itertools.product(stems, endings)]
        return [both[i] for i in rng.permutation(len(both))]

    def main(self, district: str, axis: str, line: int) -> str:
        """The name of a main street (axis u runs north-south, v east-west) within a district."""
        return self._name(self._main, "main", district, (axis, line))

    def minor(self, district: str, place: tuple[int, int, str, int], *, is_lane: bool) -> str:
        """The name of a street within a superblock; lanes of the old city are named as such."""
        names, kind = (self._lane, "lane") if is_lane else (self._minor, "minor")
        return self._name(names, kind, district, place)

    def _name(self, names: list[str], kind: str, district: str, place: tuple) -> str:
        key = (kind, district, place)
        if key not in self._given:
            at = self._next.get((kind, district), 0)
            self._next[kind, district] = at + 1
            start = (int(district[-2:]) * 37) % len(names)
            self._given[key] = names[(start + at) % len(names)]
        return self._given[key]


def community_names(
    district: NDArray,
    subdistrict_name: NDArray,
    kind: NDArray,
    year: NDArray,
    unit: NDArray,
    street: NDArray,
    rng: np.random.Generator,
) -> NDArray:
    """A name for each community in the manner of its age: 里, 号院 and dormitories, later gardens and parks.

    `unit` holds the original property unit or None; `street` the street it lies on.
    """
    held = words()["names"]
    n = len(district)
    pick = rng.random(n)
    number, ordinal = rng.integers(1, 88, n), rng.random(n)
    stems = np.array(held["stems"], dtype=object)[rng.integers(0, len(held["stems"]), n)]

    def drawn(words_: list[str]) -> NDArray:
        return np.array(words_, dtype=object)[rng.integers(0, len(words_), n)]

    old, new, lane = drawn(held["old_suffixes"]), drawn(held["new_suffixes"]), drawn(held["lane_suffixes"])
    dormitory, compass = drawn(held["unit_suffixes"]), drawn(held["compass"])
    local = np.array(
        [subdistrict_key(s).removesuffix("里").removesuffix("路") for s in subdistrict_name], dtype=object
    )
    yard = np.array(
        [f"{s}{'甲' if o < 0.12 else ''}{k}号院" for s, k, o in zip(street, number, ordinal, strict=True)],
        dtype=object,
    )
    is_short = np.array([len(s) <= 4 for s in local])
    place = np.where(is_short & (rng.random(n) < 0.45), local, stems)
    names = np.where(
        kind == "courtyard",
        stems + lane,
        np.where(
            year >= 2000,
            np.where(pick < 0.16, yard, place + new),
            np.where(
                (unit != None) & (pick < 0.34),  # noqa: E711  element by element
                np.where(unit == None, "", unit) + dormitory,  # noqa: E711
                np.where(pick < 0.58, yard, np.where(pick < 0.76, place + compass + "里", place + old)),
            ),
        ),
    )
    return _unique(district, names.astype(object))


def _unique(district: NDArray, names: NDArray) -> NDArray:
    ordinals = words()["names"]["ordinals"]
    out = pd.Series(names, dtype=object)
    for turn in range(20):
        again = out.groupby([pd.Series(district), out]).cumcount().to_numpy()
        if not (again > 0).any():
            return out.to_numpy(dtype=object)
        for i in np.flatnonzero(again):
            k = int(again[i])
            base = str(names[i])
            out[i] = base + (ordinals[k] if turn == 0 and k < len(ordinals) else f"{k + 10 * turn}号院")
    raise ValueError(out[out.duplicated()].iloc[0])
