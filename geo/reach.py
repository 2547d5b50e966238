"""How far it is from every home to the nearest facility of each kind: in a straight line, and on foot (R35, R36, R45).

On foot: one Dijkstra from all facilities of a kind at once over the walking network. A distance runs from the home to
its nearest street, along the streets, and from the street to the facility (its entrance where one is known, else its
nearest point); so it is never shorter than the straight line. Distances are metres rounded to a millimetre; of
equally near facilities the one with the smaller id is named.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo.assign import metric_shapes
from geo.network import WalkNetwork
from geo.network_attach import (
    CONNECTIONS,
    FRONTAGE_M,
    OFF,
    OFF_NETWORK_M,
    WALK,
    Attachments,
    attach,
    connections,
)
from geo.reach_straight import straight_nearest

#: Walking and straight-line distances beyond this are not looked for: more than any standard's distance.
LIMIT_M = 3000.0
#: Added for each facility's place in the order of ids, so that equally near ones are told apart; taken off again.
_TIE_M = 1e-8

Distance = Literal["straight", "walk"]


@dataclass(frozen=True)
class Origins:
    """Homes (buildings, population points or communities), prepared once for every kind.

    `ids` in the order that came in; `shapes` in metres; `edge` is -1 and `connection` OFF where off the network.
    """

    ids: NDArray[np.object_]
    shapes: NDArray[np.object_]
    edge: NDArray[np.int64]
    along_m: NDArray[np.float64]
    off_m: NDArray[np.float64]
    connection: NDArray[np.int8]

    def take(self, rows: NDArray) -> "Origins":
        """Some of the origins."""
        return Origins(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Places:
    """Facilities in the order of their ids. One that counts as several kinds stands in several of `kinds`."""

    ids: NDArray[np.object_]
    kinds: Mapping[str, NDArray[np.int64]]  # kind → rows of its facilities, ascending
    shapes: NDArray[np.object_]
    ties: Attachments
    connection: NDArray[np.int8]

    @property
    def off_network(self) -> tuple[str, ...]:
        """The ids of facilities that no street is near enough to; walking distances leave them out."""
        return tuple(str(i) for i in self.ids[self.connection == OFF])


@dataclass(frozen=True)
class KindReach:
    """For every origin the nearest facility of one kind; `…_at` are rows of `Places.ids`, -1 where none.

    Metres as float32, not a number where none lies within the limit (or no walking distance can be given).
    """

    kind: str
    facilities: int
    off_network: int
    straight_m: NDArray[np.float32]
    straight_at: NDArray[np.int32]
    walk_m: NDArray[np.float32]
    walk_at: NDArray[np.int32]


@dataclass(frozen=True)
class Reach:
    """The reach of all kinds. `connection` of each origin: `WALK`, `PART` or `OFF` (geo.network_attach)."""

    origin_ids: NDArray[np.object_]
    connection: NDArray[np.int8]
    facility_ids: NDArray[np.object_]
    kinds: Mapping[str, KindReach]
    limit_m: float

    def with_kind(self, one: KindReach) -> "Reach":
        """The same with one kind worked out anew; the facilities' ids must not have changed."""
        return replace(self, kinds={**self.kinds, one.kind: one})

    def judged_m(self, kind: str) -> NDArray[np.float32]:
        """The distance that a verdict uses: on foot where the origin is on a whole part, else the straight line."""
        held = self.kinds[kind]
        return np.where(self.connection == WALK, held.walk_m, held.straight_m)

    def table(self, kind: str) -> pd.DataFrame:
        """One kind as rows: origin_id, kind, straight_m, straight_facility_id, walk_m, walk_facility_id, connection
        (walk, unconnected_part, off_network), judged_by (walk, straight).
        """
        held = self.kinds[kind]
        return pd.DataFrame(
            {
                "origin_id": self.origin_ids,
                "kind": kind,
                "straight_m": held.straight_m,
                "straight_facility_id": _named(self.facility_ids, held.straight_at),
                "walk_m": held.walk_m,
                "walk_facility_id": _named(self.facility_ids, held.walk_at),
                "connection": np.array(CONNECTIONS, dtype=object)[self.connection],
                "judged_by": np.where(self.connection == WALK, "walk", "straight").astype(object),
            }
        )


def _named(ids: NDArray, at: NDArray) -> NDArray:
    out = np.full(len(at), None, dtype=object)
    out[at >= 0] = ids[at[at >= 0]]
    return out


# --- preparing ----------------------------------------------------------------------------------------
def prepare_origins(
    network: WalkNetwork | None, origins: gpd.GeoDataFrame, *, off_network_m: float = OFF_NETWORK_M
) -> Origins:
    """Homes tied to the network: `origins` has origin_id and any geometry in EPSG:4326 (an entrance or a footprint).

    Raises ValueError for an id that stands twice (its residents would count twice) or a missing geometry.
    """
    ids = origins["origin_id"].to_numpy(dtype=object)
    _only_once(ids, "origin_id")
    shapes = _to_millimetres(metric_shapes(origins))
    if len(shapes) and (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any():
        raise ValueError("an origin without a geometry has no distance: leave it out and say so")
    count = len(ids)
    edge, along, off = np.full(count, -1, dtype=np.int64), np.full(count, np.nan), np.full(count, np.nan)
    connection = np.full(count, OFF, dtype=np.int8)
    if network is not None:
        ties = attach(network, shapes, within_m=off_network_m)
        edge[ties.place], along[ties.place], off[ties.place] = ties.edge, ties.along_m, ties.off_m
        connection = connections(network, ties, count)
    return Origins(ids, shapes, edge, along, off, connection)


def _to_millimetres(shapes: NDArray) -> NDArray:
    """Metric shapes without the noise of the projection, so that equally near places are equally near."""
    return shapely.transform(shapes, lambda xy: np.round(xy, 3)) if len(shapes) else shapes


def _only_once(ids: NDArray, name: str) -> None:
    twice = pd.Series(ids, dtype=object)[pd.Series(ids, dtype=object).duplicated()]
    if len(twice):
        raise ValueError(f"{name} {twice.iloc[0]!s} stands twice")


def prepare_places(
    network: WalkNetwork | None,
    facilities: gpd.GeoDataFrame,
    *,
    entrances: gpd.GeoDataFrame | None = None,
    counts_as: Mapping[str, Sequence[str]] | None = None,
    off_network_m: float = OFF_NETWORK_M,
    frontage_m: float = FRONTAGE_M,
) -> Places:
    """Facilities tied to the network: `facilities` has facility_id, kind and any geometry in EPSG:4326.

    `entrances`: facility_id and a point; a facility with entrances is reached at them alone, in a straight line too.
    `counts_as` (kind → kinds, of the standards) lets a place stand for other kinds besides its own. Facilities without
    a geometry are left out. Raises ValueError for an id that stands twice.
    """
    ids = facilities["facility_id"].to_numpy(dtype=object)
    _only_once(ids, "facility_id")
    order = np.argsort(ids.astype(str), kind="stable")
    shapes = _to_millimetres(metric_shapes(facilities))
    held = order[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))[order]] if len(ids) else order
    ids, shapes = ids[held], shapes[held].copy()
    kind = facilities["kind"].to_numpy(dtype=object)[held].astype(str)
    if entrances is not None and len(entrances):
        points = pd.Series(
            _to_millimetres(metric_shapes(entrances)), index=entrances["facility_id"].astype(str)
        )
        points = points[~shapely.is_missing(points.to_numpy())]
        doors = points.groupby(level=0).agg(lambda p: shapely.multipoints(p.to_numpy()))
        at = doors.index.get_indexer(ids.astype(str))
        shapes[at >= 0] = doors.to_numpy()[at[at >= 0]]
    kinds: dict[str, list[NDArray]] = {}
    for name in np.unique(kind):
        rows = np.flatnonzero(kind == name)
        for as_kind in (str(name), *(counts_as or {}).get(str(name), ())):
            kinds.setdefault(as_kind, []).append(rows)
    if network is None or len(ids) == 0:
        ties = Attachments(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
        connection = np.full(len(ids), OFF, dtype=np.int8)
    else:
        ties = attach(network, shapes, within_m=off_network_m, every_entrance=True, frontage_m=frontage_m)
        connection = connections(network, ties, len(ids))
    return Places(
        ids, {k: np.unique(np.concatenate(rows)) for k, rows in kinds.items()}, shapes, ties, connection
    )


# --- on foot ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sources:
    """The network's graph with one more node for each tie of a facility, from which ways lead out only.

    Ways never pass through a facility's own node, so all kinds share one graph.
    """

    graph: csr_matrix
    first: int  # the number of the first tie's node


def sources(network: WalkNetwork, ties: Attachments) -> Sources:
    """The graph for `walk_nearest`, made once for all kinds (rows of `ties` become nodes)."""
    base = network.graph
    nodes, metres = ties.ends(network)
    metres = metres + (ties.place * _TIE_M)[:, None]
    count, more = base.shape[0], len(ties.place)
    graph = csr_matrix(
        (
            np.concatenate([base.data, metres.ravel()]),
            np.concatenate([base.indices, nodes.ravel()]).astype(np.int32),
            np.concatenate([base.indptr, base.nnz + 2 * np.arange(1, more + 1)]).astype(np.int32),
        ),
        shape=(count + more, count + more),
    )
    return Sources(graph, count)


def walk_nearest(
    network: WalkNetwork,
    origins: Origins,
    ties: Attachments,
    from_all: Sources,
    wanted: NDArray[np.bool_],
    limit_m: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Metres on foot to the nearest wanted facility, and its row; not a number and -1 where none within the limit.

    `wanted`: which rows of `ties` are sources.
    """
    count = len(origins.ids)
    best, at = np.full(count, np.inf), np.full(count, -1, dtype=np.int64)
    starts = np.flatnonzero(wanted)
    on = np.flatnonzero(origins.edge >= 0)
    if len(starts) == 0 or len(on) == 0:
        return np.full(count, np.nan), at
    far, _, source = dijkstra(
        from_all.graph,
        directed=True,
        indices=from_all.first + starts,
        min_only=True,
        limit=limit_m + 1.0,
        return_predecessors=True,
    )
    place = np.full(len(far), -1, dtype=np.int64)
    reached = np.isfinite(far)
    place[reached] = ties.place[source[reached] - from_all.first]
    edge, along, off = origins.edge[on], origins.along_m[on], origins.off_m[on]
    ends = network.edges[edge]
    for end, more in ((0, along), (1, network.length_m[edge] - along)):
        metres = far[ends[:, end]] + more + off
        nearer = metres < best[on]
        best[on[nearer]], at[on[nearer]] = metres[nearer], place[ends[nearer, end]]
    _along_one_edge(origins, ties, starts, best, at)
    found = at >= 0
    metres = np.full(count, np.nan)
    metres[found] = best[found] - at[found] * _TIE_M
    beyond = ~(np.round(metres, 3) <= limit_m)
    metres[beyond], at[beyond] = np.nan, -1
    return metres, at


def _along_one_edge(origins: Origins, ties: Attachments, starts: NDArray, best: NDArray, at: NDArray) -> None:
    """Homes and facilities on the same edge need not go round by its ends."""
    order = starts[np.argsort(ties.edge[starts], kind="stable")]
    edges = ties.edge[order]
    low = np.searchsorted(edges, origins.edge, "left")
    many = np.where(origins.edge >= 0, np.searchsorted(edges, origins.edge, "right") - low, 0)
    homes = np.flatnonzero(many)
    if len(homes) == 0:
        return
    # One step for each facility that shares the edge: few on any street, and no memory for all pairs at once.
    for step in range(int(many.max())):
        mine = homes[many[homes] > step]
        tie = order[low[mine] + step]
        metres = (
            origins.off_m[mine]
            + np.abs(origins.along_m[mine] - ties.along_m[tie])
            + ties.off_m[tie]
            + ties.place[tie] * _TIE_M
        )
        nearer = metres < best[mine]
        best[mine[nearer]], at[mine[nearer]] = metres[nearer], ties.place[tie[nearer]]


# --- both ---------------------------------------------------------------------------------------------
def kind_reach(
    network: WalkNetwork | None,
    origins: Origins,
    places: Places,
    kind: str,
    *,
    limit_m: float = LIMIT_M,
    from_all: Sources | None = None,
) -> KindReach:
    """The nearest facility of one kind for every origin, in a straight line and on foot.

    `from_all` may hand in `sources(network, places.ties)` made before. A kind without any facility reaches nobody.
    Raises ValueError for a limit that is not above nothing.
    """
    if not limit_m > 0:
        raise ValueError("the limit must be above nothing")
    rows = places.kinds.get(kind, np.zeros(0, dtype=np.int64))
    straight, straight_at = straight_nearest(origins.shapes, places.shapes[rows])
    straight_at = np.where(straight_at >= 0, rows[straight_at] if len(rows) else -1, -1)
    walk, walk_at = np.full(len(origins.ids), np.nan), np.full(len(origins.ids), -1, dtype=np.int64)
    if network is not None and len(rows):
        wanted = np.zeros(len(places.ids), dtype=bool)
        wanted[rows] = True
        graph = from_all if from_all is not None else sources(network, places.ties)
        walk, walk_at = walk_nearest(network, origins, places.ties, graph, wanted[places.ties.place], limit_m)
    straight = np.round(straight, 3)
    # The straight line is the least of all ways; what rounding may have turned is set right.
    walk = np.fmax(np.round(walk, 3), np.where(np.isnan(walk), np.nan, straight))
    beyond = ~(straight <= limit_m)
    straight[beyond], straight_at[beyond] = np.nan, -1
    return KindReach(
        kind=kind,
        facilities=len(rows),
        off_network=int((places.connection[rows] == OFF).sum()),
        straight_m=straight.astype(np.float32),
        straight_at=straight_at.astype(np.int32),
        walk_m=walk.astype(np.float32),
        walk_at=walk_at.astype(np.int32),
    )


def reach(
    network: WalkNetwork | None,
    origins: Origins,
    places: Places,
    kinds: Iterable[str],
    *,
    limit_m: float = LIMIT_M,
    on_progress: Callable[[int, int], None] | None = None,
) -> Reach:
    """The reach of every kind asked for; `on_progress(done, all)` is told after each.

    One kind alone is worked out anew with `kind_reach` and put in its place with `Reach.with_kind`.
    """
    wanted = list(dict.fromkeys(kinds))
    graph = sources(network, places.ties) if network is not None else None
    found: dict[str, KindReach] = {}
    for number, kind in enumerate(wanted, 1):
        found[kind] = kind_reach(network, origins, places, kind, limit_m=limit_m, from_all=graph)
        if on_progress is not None:
            on_progress(number, len(wanted))
    return Reach(origins.ids, origins.connection, places.ids, found, limit_m)
