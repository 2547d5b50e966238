"""From which zoom level on each name of a map is written, so that no two names of a level lie upon each other.

Worked out once, for all who look at the map: a name that a level has no room for is not sent at all.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.mvt import HALF_WORLD_M

#: The world at zoom 0, in pixels, as deck.gl counts it.
_WORLD_PX = 512
#: Tiles of a level are shown from half a zoom below it: there names stand closest.
_CLOSEST = 0.5
#: The width of a letter that is no Chinese character, in parts of the size of the text.
_NARROW = 0.55
#: Kept free between two names.
_GAP_PX = 4.0


def text_widths(texts: Sequence[str], size_px: float) -> NDArray[np.float64]:
    """About how wide each text is in one line, in pixels: a Chinese character is as wide as the text is high."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    used, place = np.unique(codes, return_inverse=True)
    parts = np.array([_part_of_size(chr(code)) for code in used], dtype=float)
    return size_px * np.bincount(owner, parts[place], minlength=len(texts)).astype(float)


def _part_of_size(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(letter) in "WFA" else _NARROW


def label_levels(
    xy: NDArray[np.float64],
    width_px: NDArray[np.float64],
    size_px: float,
    order: NDArray[np.int64],
    levels: Sequence[int],
) -> NDArray[np.int64]:
    """The level from which on each name is shown, one of `levels` (rising); the last one shows all names.

    xy: the middle of each name, (n, 2) in EPSG:3857; one that is not finite is in nobody's way and gets the last level.
    width_px, size_px: how wide and how high the names are. order: the rows, the most important first. A name that a
    level shows stays at all higher ones; another is added where it meets none that is there. ValueError where there is
    no level, where they don't rise, and where `order` is not each row once.
    """
    if not len(levels) or (np.diff(levels) <= 0).any():
        raise ValueError("levels of names must rise, and there must be one")
    if not np.array_equal(np.sort(order), np.arange(len(xy))):
        raise ValueError("each name stands once in the order")
    out = np.full(len(xy), levels[-1], dtype=np.int64)
    has_place = np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1])
    xy = np.where(has_place[:, None], xy, 0.0)
    waiting = order[has_place[order]].tolist()
    shown: list[int] = []
    half = (np.asarray(width_px, dtype=float) + _GAP_PX) / 2
    height = size_px + _GAP_PX
    for level in levels[:-1]:
        px_per_m = _WORLD_PX * 2 ** (level - _CLOSEST) / (2 * HALF_WORLD_M)
        middle, y = xy[:, 0] * px_per_m, xy[:, 1] * px_per_m
        west, east = (middle - half).tolist(), (middle + half).tolist()
        # In heights, so that a name meets none but those of its own band, the one above and the one below.
        up = y / height
        band, up = np.floor(up).tolist(), up.tolist()
        taken = _Taken()
        for row in shown:
            taken.add(band[row], west[row], east[row], up[row])
        left = []
        for row in waiting:
            if taken.is_free(band[row], west[row], east[row], up[row]):
                taken.add(band[row], west[row], east[row], up[row])
                shown.append(row)
                out[row] = level
            else:
                left.append(row)
        waiting = left
    return out


class _Taken:
    """The names of one level, by bands one name high: those of a band stand beside each other, from west to east."""

    def __init__(self) -> None:
        self._bands: dict[float, tuple[list[float], list[float], list[float]]] = {}

    def add(self, band: float, west: float, east: float, up: float) -> None:
        """Take a place that is free."""
        wests, easts, ups = self._bands.setdefault(band, ([], [], []))
        at = bisect_right(wests, west)
        wests.insert(at, west)
        easts.insert(at, east)
        ups.insert(at, up)

    def is_free(self, band: float, west: float, east: float, up: float) -> bool:
        """Whether nothing stands there."""
        for near in (band, band - 1, band + 1):
            held = self._bands.get(near)
            if held is None:
                continue
            wests, easts, ups = held
            first, last = bisect_right(easts, west), bisect_left(wests, east)
            # Of its own band all are in the way: names of one band must stand beside each other.
            if first < last and (near == band or any(abs(u - up) < 1 for u in ups[first:last])):
                return False
        return True
