"""Places tied to the walking network: the nearest street, where along it, and how far off it they stand.

An edge is cut only in the mind: a place keeps its edge and its distance from the edge's first node, so the network
stays as it is however many places come and go.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network import WalkNetwork

#: Places farther than this from every street are off the network: walking distances are not given for them.
OFF_NETWORK_M = 200.0
#: A polygon without known entrances opens to every street within this distance of its edge.
FRONTAGE_M = 15.0
FRONT_STEP_M = 20.0

#: How a place is connected.
WALK, PART, OFF = 0, 1, 2
CONNECTIONS = ("walk", "unconnected_part", "off_network")


@dataclass(frozen=True)
class Attachments:
    """Ties of places to edges, one a row; a place may have several, or none when it is off the network.

    `place`: row of the place; `edge`: row of the edge; `along_m` from the edge's first node; `off_m` from the street.
    """

    place: NDArray[np.int64]
    edge: NDArray[np.int64]
    along_m: NDArray[np.float64]
    off_m: NDArray[np.float64]

    def of(self, wanted: NDArray[np.bool_]) -> "Attachments":
        """The ties of the places that are wanted; their numbers stay."""
        kept = wanted[self.place]
        return Attachments(self.place[kept], self.edge[kept], self.along_m[kept], self.off_m[kept])

    def ends(self, network: WalkNetwork) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The two nodes of each tie and the metres to them, off the street included (rows of two)."""
        nodes = network.edges[self.edge]
        metres = np.stack(
            [self.off_m + self.along_m, self.off_m + network.length_m[self.edge] - self.along_m], axis=1
        )
        return nodes, metres


def attach(
    network: WalkNetwork,
    shapes: NDArray,
    *,
    within_m: float = OFF_NETWORK_M,
    every_entrance: bool = False,
    frontage_m: float = FRONTAGE_M,
) -> Attachments:
    """Places (geometry in EPSG:4548, None allowed) tied to the nearest street within a distance.

    Each place gets the tie of its nearest point; of equally near streets the first in the network's own order. With
    `every_entrance` the points of a MultiPoint are tied one by one, and a polygon all along the streets within
    `frontage_m` as well: facilities can be entered from several sides. Places farther than `within_m` get none.
    """
    if len(network.lines) == 0 or len(shapes) == 0:
        return _empty()
    owner = np.arange(len(shapes))
    held = shapes
    if every_entrance:
        held, owner = shapely.get_parts(shapes, return_index=True)
        rest = ~np.isin(shapely.get_type_id(held), (0,))
        # Only points are entrances of their own; the parts of a polygon stay together.
        is_points = np.isin(shapely.get_type_id(shapes), (0, 4))
        owner = np.concatenate([owner[~rest], np.flatnonzero(~is_points & ~shapely.is_missing(shapes))])
        held = np.concatenate([held[~rest], shapes[~is_points & ~shapely.is_missing(shapes)]])
    # Neighbours one after another find the tree's and the lines' memory at hand: a third of the time for a city.
    order = np.argsort(_along_z(held), kind="stable")
    held, owner = held[order], owner[order]
    at, edge = network.tree.query_nearest(held, max_distance=within_m, all_matches=True)
    if len(at):
        order = np.lexsort([edge, at])
        first = order[np.unique(at[order], return_index=True)[1]]
        at, edge = at[first], edge[first]
    if len(at) == 0:
        return _empty()
    lines, mine = network.lines[edge], held[at]
    meet = mine.copy()
    is_wide = shapely.get_type_id(mine) != 0
    off = shapely.distance(mine, lines)
    if is_wide.any():
        meet[is_wide] = shapely.get_point(shapely.shortest_line(mine[is_wide], lines[is_wide]), -1)
    along = np.clip(shapely.line_locate_point(lines, meet), 0.0, network.length_m[edge])
    ties = Attachments(owner[at].astype(np.int64), edge.astype(np.int64), along, off)
    return _with_fronts(network, ties, held, owner, frontage_m) if every_entrance and frontage_m > 0 else ties


def _with_fronts(
    network: WalkNetwork, ties: Attachments, held: NDArray, owner: NDArray, frontage_m: float
) -> Attachments:
    """Besides the nearest, ties of polygons all along the streets beside them, at most `FRONT_STEP_M` apart."""
    wide = np.flatnonzero(shapely.get_dimensions(held) == 2)
    at, edge = network.tree.query(held[wide], predicate="dwithin", distance=frontage_m)
    if len(at) == 0:
        return ties
    beside = shapely.intersection(network.lines[edge], shapely.buffer(held[wide], frontage_m)[at])
    points, of = shapely.get_coordinates(shapely.segmentize(beside, FRONT_STEP_M), return_index=True)
    meet = shapely.points(points)
    line, length = network.lines[edge[of]], network.length_m[edge[of]]
    along = np.clip(shapely.line_locate_point(line, meet), 0.0, length)
    # From the street's own line, so that the way is whole even where the cut is a hair beside it.
    off = shapely.distance(shapely.line_interpolate_point(line, along), held[wide[at[of]]])
    return Attachments(
        np.concatenate([ties.place, owner[wide[at[of]]]]),
        np.concatenate([ties.edge, edge[of]]),
        np.concatenate([ties.along_m, along]),
        np.concatenate([ties.off_m, off]),
    )


def _along_z(shapes: NDArray) -> NDArray[np.uint64]:
    """Places along a space-filling curve (Z-order): neighbours get near numbers. Missing ones get nought."""
    west, south = shapely.bounds(shapes)[:, :2].T
    key = np.zeros(len(shapes), dtype=np.uint64)
    for shift, value in ((0, west), (1, south)):
        low, high = np.nanmin(value, initial=np.inf), np.nanmax(value, initial=-np.inf)
        cell = np.nan_to_num((value - low) / max(high - low, 1e-9) * 65535).astype(np.uint64)
        for step, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            cell = (cell | (cell << np.uint64(step))) & np.uint64(mask)
        key |= cell << np.uint64(shift)
    return key


def _empty() -> Attachments:
    return Attachments(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))


def connections(network: WalkNetwork, ties: Attachments, places: int) -> NDArray[np.int8]:
    """How each place is connected (`WALK`, `PART`, `OFF`): to a whole part, to a left-over piece, or not at all."""
    found = np.full(places, OFF, dtype=np.int8)
    whole = network.is_whole[network.edges[ties.edge, 0]]
    found[ties.place[~whole]] = PART
    found[ties.place[whole]] = WALK
    return found
