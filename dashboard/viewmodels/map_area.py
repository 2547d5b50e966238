"""An area drawn on the map: how the address writes it, what it may not be, and which rows lie inside."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

#: What an area of the address begins with: a rectangle along the parallels, or the corners of a polygon.
BOX, POLYGON = "box", "poly"
MOST_POINTS = 100
#: About a metre; the address is written no finer.
DIGITS = 5
MOST_CHARACTERS = 40 * MOST_POINTS
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?", re.ASCII)
#: The signs of an address that no browser and no mail program writes otherwise.
_JOINER = "_"


class AreaRefused(ValueError):
    """An area that can't be taken; `code` is one of malformed, too_many, too_small, crossing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class MapArea:
    """A drawn area: its corners (longitude, latitude in degrees, EPSG:4326), not closed, and whether it is a rectangle
    along the parallels."""

    points: tuple[tuple[float, float], ...]
    is_box: bool

    @property
    def text(self) -> str:
        """The area as the address holds it; equal areas have equal texts, and `parse_area` reads it back."""
        if self.is_box:
            west, south, east, north = self.polygon.bounds
            numbers, head = [west, south, east, north], BOX
        else:
            numbers, head = [n for point in self.points for n in point], POLYGON
        return _JOINER.join([head, *(_plain(n) for n in numbers)])

    @property
    def polygon(self) -> shapely.Polygon:
        """The area as a polygon."""
        return shapely.Polygon(self.points)


def _plain(number: float) -> str:
    text = f"{number:.{DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def parse_area(text: str) -> MapArea:
    """The area that the address holds: `box_west_south_east_north` or `poly_lon_lat_lon_lat_…`, in degrees.

    Raises AreaRefused for anything else, for more than `MOST_POINTS` corners, for outlines that cross themselves and
    for areas without extent.
    """
    head, *parts = text.split(_JOINER)
    if head not in (BOX, POLYGON):
        raise AreaRefused("malformed")
    if len(text) > MOST_CHARACTERS or len(parts) > 2 * MOST_POINTS:
        raise AreaRefused("too_many")
    if len(parts) % 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise AreaRefused("malformed")
    numbers = [round(float(part), DIGITS) for part in parts]
    lons, lats = numbers[::2], numbers[1::2]
    if any(abs(lon) > 180 for lon in lons) or any(abs(lat) > 90 for lat in lats):
        raise AreaRefused("malformed")
    if head == BOX:
        if len(numbers) != 4:
            raise AreaRefused("malformed")
        west, south, east, north = numbers
        if west >= east or south >= north:
            raise AreaRefused("too_small")
        return MapArea(((west, south), (east, south), (east, north), (west, north)), is_box=True)
    return _polygon(list(zip(lons, lats, strict=True)))


def _polygon(points: list[tuple[float, float]]) -> MapArea:
    # A corner set twice, as by a double click, is one corner.
    kept = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    if len(set(kept)) < 3:
        raise AreaRefused("too_small")
    polygon = shapely.Polygon(kept)
    if polygon.convex_hull.area == 0:
        raise AreaRefused("too_small")
    if not polygon.is_valid:
        raise AreaRefused("crossing")
    return MapArea(tuple(kept), is_box=False)


def rows_inside(rows: pd.DataFrame, area: MapArea) -> pd.Series:
    """Which rows lie inside: those whose extent (west, south, east, north in degrees) has its centre in the area.

    A centre on the outline counts as inside; a row without a place is never inside. Same index as `rows`.
    """
    lon = ((rows["west"] + rows["east"]) / 2).to_numpy(dtype=float, na_value=np.nan)
    lat = ((rows["south"] + rows["north"]) / 2).to_numpy(dtype=float, na_value=np.nan)
    polygon = area.polygon
    west, south, east, north = polygon.bounds
    is_near = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    if not area.is_box:
        # What lies beyond the bounds needs no closer look: that is most of a city.
        near = np.flatnonzero(is_near)
        shapely.prepare(polygon)
        is_near[near] = shapely.intersects_xy(polygon, lon[near], lat[near])
    return pd.Series(is_near, index=rows.index)
