"""Capacity as well as distance: the two-step floating catchment, so that one full kindergarten does not serve all.

First each facility's capacity is shared among all who live within the distance of it; then each home adds up the
shares of the facilities within its distance. The sum over all homes, weighted by who lives there, is the capacity of
the facilities that anyone reaches.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geo.network import WalkNetwork
from geo.network_attach import WALK
from geo.reach import Origins, Places, sources

_CHUNK = 64


@dataclass(frozen=True)
class Pairs:
    """Homes and facilities of one kind within a distance of each other: rows of origins, rows of places, metres."""

    origin: NDArray[np.int64]
    place: NDArray[np.int64]
    metres: NDArray[np.float64]


@dataclass(frozen=True)
class Catchment:
    """What one kind has for each home.

    `per_head`: capacity for each resident (or household) of every origin, 0 where none is within the distance.
    `has_unknown`: a facility whose capacity is not known lies within it, so there is more than `per_head` says.
    `left_out`: facilities whose capacity is not known, is below nothing, or that nobody lives near.
    """

    per_head: NDArray[np.float64]
    has_unknown: NDArray[np.bool_]
    demand: NDArray[np.float64]  # of each facility: who lives within its distance
    share: NDArray[np.float64]  # of each facility: its capacity for each of them; not a number where unknown
    left_out: Mapping[
        str, tuple[str, ...]
    ]  # capacity_unknown | capacity_negative | nobody_near → facility ids


def pairs_within(
    network: WalkNetwork | None, origins: Origins, places: Places, kind: str, radius_m: float
) -> Pairs:
    """Every home with every facility of a kind within the distance.

    On foot where the home is on a whole part of the network, else in a straight line, as the verdicts do. Facilities
    off the network pair with homes judged by the straight line alone.
    """
    rows = places.kinds.get(kind, np.zeros(0, dtype=np.int64))
    on_foot = origins.connection == WALK
    parts = [_straight_pairs(origins, places, rows, np.flatnonzero(~on_foot), radius_m)]
    if network is not None and len(rows):
        parts.append(_walk_pairs(network, origins, places, rows, on_foot, radius_m))
    table = np.concatenate(parts)
    # A place with several entrances pairs by the nearest of them.
    order = np.lexsort([table[:, 2], table[:, 1], table[:, 0]])
    table = table[order]
    first = np.ones(len(table), dtype=bool)
    first[1:] = (table[1:, :2] != table[:-1, :2]).any(axis=1)
    table = table[first]
    return Pairs(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2])


def _straight_pairs(
    origins: Origins, places: Places, rows: NDArray, homes: NDArray, radius_m: float
) -> NDArray[np.float64]:
    if len(rows) == 0 or len(homes) == 0:
        return np.zeros((0, 3))
    # A hair more than the distance: rounding to a millimetre decides, as it does for the reach.
    tree = shapely.STRtree(places.shapes[rows])
    at, place = tree.query(origins.shapes[homes], predicate="dwithin", distance=radius_m + 0.01)
    metres = np.round(shapely.distance(origins.shapes[homes[at]], places.shapes[rows[place]]), 3)
    return np.stack([homes[at], rows[place], metres], axis=1)[metres <= radius_m]


def _walk_pairs(
    network: WalkNetwork,
    origins: Origins,
    places: Places,
    rows: NDArray,
    on_foot: NDArray,
    radius_m: float,
) -> NDArray[np.float64]:
    wanted = np.zeros(len(places.ids), dtype=bool)
    wanted[rows] = True
    ties = places.ties.of(wanted)
    graph = sources(network, ties)
    homes = np.flatnonzero(on_foot)
    homes = homes[np.argsort(origins.edge[homes], kind="stable")]
    edge = origins.edge[homes]
    # Homes by node: each edge's homes stand at both its ends.
    node = network.edges[edge].T.ravel()
    more = np.concatenate([origins.along_m[homes], network.length_m[edge] - origins.along_m[homes]])
    more = more + np.tile(origins.off_m[homes], 2)
    order = np.argsort(node, kind="stable")
    node, more, home = node[order], more[order], np.tile(homes, 2)[order]
    start = np.searchsorted(node, np.arange(len(network.nodes) + 1))
    found = []
    for first in range(0, len(ties.place), _CHUNK):
        some = np.arange(first, min(first + _CHUNK, len(ties.place)))
        far = dijkstra(graph.graph, directed=True, indices=graph.first + some, limit=radius_m + 1.0)
        tie, reached = np.nonzero(np.isfinite(far[:, : graph.first]))
        many = start[reached + 1] - start[reached]
        row = np.repeat(np.arange(len(reached)), many)
        at = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + start[reached][row]
        metres = far[tie[row], reached[row]] + more[at]
        kept = metres <= radius_m + 0.01
        found.append(np.stack([home[at], ties.place[some[tie[row]]], metres], axis=1)[kept])
    # On one edge the way need not lead round by its ends.
    low, high = np.searchsorted(edge, ties.edge, "left"), np.searchsorted(edge, ties.edge, "right")
    tie = np.repeat(np.arange(len(ties.edge)), high - low)
    at = np.arange(len(tie)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[tie]
    mine = homes[at]
    metres = origins.off_m[mine] + np.abs(origins.along_m[mine] - ties.along_m[tie]) + ties.off_m[tie]
    found.append(np.stack([mine, ties.place[tie], metres], axis=1))
    table = np.concatenate(found)
    table[:, 2] = np.round(table[:, 2], 3)
    return table[table[:, 2] <= radius_m]


def floating_catchment(
    pairs: Pairs, people: NDArray, capacity: NDArray, places: Places, kind: str
) -> Catchment:
    """The two-step floating catchment of one kind.

    `people`: residents or households of every origin (not a number: unknown, then the origin asks for nothing and
    still sees what there is). `capacity`: of every row of `places`, in one unit for the kind; not a number is unknown,
    below nothing is refused for that facility and named. Unknown capacity gives no share, but is marked for the homes
    near it.
    """
    rows = places.kinds.get(kind, np.zeros(0, dtype=np.int64))
    asked = np.nan_to_num(np.asarray(people, dtype=float))
    held = np.asarray(capacity, dtype=float).copy()
    negative = held < 0
    held[negative] = np.nan
    count = len(places.ids)
    demand = np.bincount(pairs.place, weights=asked[pairs.origin], minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(demand > 0, held / demand, np.where(np.isnan(held), np.nan, 0.0))
    per_head = np.bincount(pairs.origin, weights=np.nan_to_num(share)[pairs.place], minlength=len(asked))
    unknown = np.zeros(len(asked), dtype=bool)
    unknown[pairs.origin[np.isnan(share[pairs.place])]] = True

    def named(which: NDArray) -> tuple[str, ...]:
        return tuple(str(i) for i in places.ids[rows[which[rows]]])

    return Catchment(
        per_head=per_head.astype(float),
        has_unknown=unknown,
        demand=demand.astype(float),
        share=share,
        left_out={
            "capacity_unknown": named(np.isnan(held) & ~negative),
            "capacity_negative": named(negative),
            "nobody_near": named(~np.isnan(held) & (demand <= 0)),
        },
    )


def shortage_table(found: Catchment, people: pd.DataFrame, per: str, need: float, by: str) -> pd.DataFrame:
    """How much of a kind each area has and is short of, against what the standard asks for each resident or household.

    `per`: the column of `people` (residents, households) that `found` was made with; `need` of the capacity's unit
    for one of them; `by`: the area's column. Returns `by`, the people (known ones), needed, available (at most what
    is needed counts against the shortage), short, people_short (living where less is available than needed),
    unknown_capacity_people (near a facility of unknown capacity: the shortage may be smaller).
    Raises ValueError for a need that is not above nothing.
    """
    if not need > 0:
        raise ValueError("the need must be above nothing")
    count = pd.to_numeric(people[per]).fillna(0.0).to_numpy(dtype=float)
    lacking = np.maximum(need - found.per_head, 0.0)
    is_short = lacking > 1e-9 * need
    rows = pd.DataFrame(
        {
            by: people[by].to_numpy(dtype=object),
            per: count,
            "needed": need * count,
            "available": found.per_head * count,
            "short": np.where(is_short, lacking * count, 0.0),
            "people_short": np.where(is_short, count, 0.0),
            "unknown_capacity_people": np.where(found.has_unknown, count, 0.0),
        }
    )
    return rows.groupby(by, dropna=False, sort=True).sum().reset_index()
