"""One facility opened, closed or moved: who gains and who loses, without working anything out anew (R18, R42)."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network import WalkNetwork
from geo.network_attach import WALK, Attachments, attach
from geo.reach import KindReach, Origins, Places, sources, walk_nearest
from geo.reach_straight import straight_nearest


@dataclass(frozen=True)
class Moved:
    """What a move changes within the standard's distance: rows of the origins that gain it, and that lose it.

    `is_off_network`: no street is near the new place, so that only homes judged by the straight line can gain.
    """

    gained: NDArray[np.int64]
    lost: NDArray[np.int64]
    is_off_network: bool

    def counted(self, people: NDArray) -> tuple[float, float, int]:
        """Known people who gain, who lose, and how many origins of unknown number are among them."""
        numbers = np.asarray(people, dtype=float)
        both = np.concatenate([self.gained, self.lost])
        return (
            float(np.nansum(numbers[self.gained])),
            float(np.nansum(numbers[self.lost])),
            int(np.isnan(numbers[both]).sum()),
        )


def moved(
    network: WalkNetwork | None,
    origins: Origins,
    places: Places,
    held: KindReach,
    radius_m: float,
    *,
    facility_id: str | None = None,
    to: shapely.Geometry | None = None,
) -> Moved:
    """A facility of the kind moved to another place; without `to` it is closed, without `facility_id` one is opened.

    `held` is the kind's present reach (its limit at least `radius_m`); `to` a geometry in EPSG:4548. One bounded
    Dijkstra runs from the new place and one from the neighbours of the old: only what lies within the distance of
    either is touched. Raises KeyError for a facility that the kind does not hold.
    """
    on_foot = origins.connection == WALK
    # Judged as the verdicts are: on foot where connected, else in a straight line.
    judged = np.where(on_foot, held.walk_m, held.straight_m)
    nearest = np.where(on_foot, held.walk_at, held.straight_at)
    before = judged <= np.float32(radius_m)
    without = before.copy()
    if facility_id is not None:
        row = _row(places, held.kind, facility_id)
        affected = np.flatnonzero(before & (nearest == row))
        without[affected] = _reached_by_neighbours(
            network, origins.take(affected), places, held.kind, row, radius_m
        )
    after = without
    is_off = False
    if to is not None:
        reached, is_off = _reached_from(network, origins, to, radius_m)
        after = without | reached
    return Moved(np.flatnonzero(~before & after), np.flatnonzero(before & ~after), is_off)


def _row(places: Places, kind: str, facility_id: str) -> int:
    rows = places.kinds.get(kind, np.zeros(0, dtype=np.int64))
    found = rows[places.ids[rows].astype(str) == facility_id]
    if len(found) == 0:
        raise KeyError(facility_id)
    return int(found[0])


def _reached_by_neighbours(
    network: WalkNetwork | None, homes: Origins, places: Places, kind: str, row: int, radius_m: float
) -> NDArray[np.bool_]:
    rows = places.kinds[kind]
    # Homes within the distance of the old place have their next one within twice that distance of it.
    near = rows[
        (rows != row) & (shapely.distance(places.shapes[rows], places.shapes[row]) <= 2 * radius_m + 1.0)
    ]
    if len(near) == 0 or len(homes.ids) == 0:
        return np.zeros(len(homes.ids), dtype=bool)
    wanted = np.zeros(len(places.ids), dtype=bool)
    wanted[near] = True
    return _within(network, homes, places.shapes[near], places.ties.of(wanted), radius_m)


def _reached_from(
    network: WalkNetwork | None, origins: Origins, to: shapely.Geometry, radius_m: float
) -> tuple[NDArray[np.bool_], bool]:
    shapes = np.array([to], dtype=object)
    none = Attachments(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    ties = attach(network, shapes, every_entrance=True) if network is not None else none
    west, south, east, north = shapely.bounds(to)
    box = shapely.bounds(origins.shapes)
    close = (box[:, 0] <= east + radius_m + 1) & (box[:, 2] >= west - radius_m - 1)
    close &= (box[:, 1] <= north + radius_m + 1) & (box[:, 3] >= south - radius_m - 1)
    homes = np.flatnonzero(close)
    found = np.zeros(len(origins.ids), dtype=bool)
    found[homes] = _within(network, origins.take(homes), shapes, ties, radius_m)
    return found, len(ties.place) == 0


def _within(
    network: WalkNetwork | None, homes: Origins, shapes: NDArray, ties: Attachments, radius_m: float
) -> NDArray[np.bool_]:
    on_foot = homes.connection == WALK
    found = np.zeros(len(homes.ids), dtype=bool)
    by_line = np.flatnonzero(~on_foot)
    straight, _ = straight_nearest(homes.shapes[by_line], shapes)
    found[by_line] = np.round(straight, 3) <= radius_m
    if network is not None and on_foot.any() and len(ties.place):
        every = np.ones(len(ties.place), dtype=bool)
        walk, _ = walk_nearest(network, homes, ties, sources(network, ties), every, radius_m)
        found[on_foot] = ~np.isnan(walk[on_foot])
    return found
