"""The same reach and gaps over partitions on a Dask cluster, for a province or the country.

Each partition gets its own homes, and of the network and the facilities only what lies within the limit around them:
a way of that length never leaves the halo, so every distance is the one of a single machine. Parts of the network are
told apart before it is cut, and facilities keep their rows in the whole, so the answers are identical, ties included.

Dask and dask-geopandas are optional: they are asked for only when a client is handed in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.assign import metric_shapes
from geo.crs import WGS84
from geo.gaps import gap_table
from geo.network import WalkNetwork
from geo.network_attach import OFF, OFF_NETWORK_M
from geo.reach import LIMIT_M, KindReach, Origins, Places, Reach, prepare_origins, reach
from programme.standards import Requirement

#: Homes for each partition: a city district; small enough for a worker with two gigabytes.
PARTITION_ORIGINS = 200_000


@dataclass(frozen=True)
class Task:
    """What one worker needs: homes (in EPSG:4326), and the network and facilities around them."""

    origins: gpd.GeoDataFrame
    network: WalkNetwork | None
    places: Places
    kinds: tuple[str, ...]
    limit_m: float
    off_network_m: float


def partitions(
    network: WalkNetwork | None,
    origins: gpd.GeoDataFrame,
    places: Places,
    kinds: Sequence[str],
    *,
    limit_m: float = LIMIT_M,
    off_network_m: float = OFF_NETWORK_M,
    number: int | None = None,
) -> list[Task]:
    """Homes cut into neighbourhoods along a Hilbert curve, each with its halo.

    `origins` as for `geo.reach.prepare_origins`; `number` of partitions, else one for each `PARTITION_ORIGINS`.
    """
    count = number or max(1, -(-len(origins) // PARTITION_ORIGINS))
    order = np.zeros(0, dtype=np.int64)
    if len(origins):
        order = np.argsort(origins.geometry.hilbert_distance().to_numpy(), kind="stable")
    cut = [part for part in np.array_split(order, count) if len(part)]
    return [
        task_of(
            network, origins.iloc[np.sort(part)], places, kinds, limit_m=limit_m, off_network_m=off_network_m
        )
        for part in cut
    ]


def task_of(
    network: WalkNetwork | None,
    origins: gpd.GeoDataFrame,
    places: Places,
    kinds: Sequence[str],
    *,
    limit_m: float,
    off_network_m: float = OFF_NETWORK_M,
) -> Task:
    """One partition's homes with the network and the facilities within the limit around them."""
    west, south, east, north = shapely.total_bounds(metric_shapes(origins))
    # The nearest street may lie off_network_m away in any direction, and is looked for beyond the limit as well.
    halo = limit_m + off_network_m + 1.0
    box = (west - halo, south - halo, east + halo, north + halo)
    cut, number = network.cut(box) if network is not None else (None, None)
    return Task(origins, cut, _places_within(places, box, number), tuple(kinds), limit_m, off_network_m)


def _places_within(places: Places, box: tuple[float, ...], edges: NDArray | None) -> Places:
    """The facilities in a box with all their rows in the whole; ties to edges that are not held are left out."""
    west, south, east, north = box
    bounds = shapely.bounds(places.shapes)
    inside = (
        (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    )
    # Rows keep their numbers, so that ties between equally near facilities are settled as in the whole.
    ties = places.ties
    if edges is not None:
        new = np.full(int(max(edges.max(initial=-1), ties.edge.max(initial=-1))) + 1, -1, dtype=np.int64)
        new[edges] = np.arange(len(edges))
        kept = new[ties.edge] >= 0
        ties = type(ties)(ties.place[kept], new[ties.edge[kept]], ties.along_m[kept], ties.off_m[kept])
    shapes = places.shapes.copy()
    shapes[~inside] = None
    return Places(
        places.ids,
        {k: rows[inside[rows]] for k, rows in places.kinds.items()},
        shapes,
        ties,
        places.connection,
    )


def run_task(task: Task) -> Reach:
    """The reach of one partition, as a worker does it."""
    origins = prepare_origins(task.network, task.origins, off_network_m=task.off_network_m)
    return reach(task.network, origins, task.places, task.kinds, limit_m=task.limit_m)


def joined(parts: Sequence[Reach], places: Places, order: NDArray[np.object_]) -> Reach:
    """The partitions' answers as one, in the order of the ids given; facilities are counted in the whole.

    Raises ValueError where an id is missing or stands in two partitions.
    """
    ids = np.concatenate([p.origin_ids for p in parts]) if parts else np.array([], dtype=object)
    at = pd.Index(ids)
    if at.has_duplicates or len(ids) != len(order):
        raise ValueError("every origin must stand in one partition")
    row = at.get_indexer(pd.Index(order))
    if (row < 0).any():
        raise ValueError(f"origin {order[row < 0][0]!s} stands in no partition")

    def one(kind: str) -> KindReach:
        held = [p.kinds[kind] for p in parts]
        rows = places.kinds.get(kind, np.zeros(0, dtype=np.int64))
        return KindReach(
            kind,
            len(rows),
            int((places.connection[rows] == OFF).sum()),
            *(
                np.concatenate([getattr(h, name) for h in held])[row]
                for name in ("straight_m", "straight_at", "walk_m", "walk_at")
            ),
        )

    return Reach(
        origin_ids=np.asarray(order, dtype=object),
        connection=np.concatenate([p.connection for p in parts])[row],
        facility_ids=places.ids,
        kinds={k: one(k) for k in parts[0].kinds} if parts else {},
        limit_m=parts[0].limit_m if parts else 0.0,
    )


def partitioned_reach(
    client: Any,
    network: WalkNetwork | None,
    origins: gpd.GeoDataFrame,
    places: Places,
    kinds: Sequence[str],
    *,
    limit_m: float = LIMIT_M,
    off_network_m: float = OFF_NETWORK_M,
    number: int | None = None,
) -> Reach:
    """`geo.reach.reach` on the workers of a Dask client; the same answer as on one machine.

    `client`: a dask.distributed.Client (the loaders make it from ATLAS_DASK_SCHEDULER).
    """
    tasks = partitions(
        network, origins, places, kinds, limit_m=limit_m, off_network_m=off_network_m, number=number
    )
    parts = client.gather([client.submit(run_task, t, pure=False) for t in client.scatter(tasks)])
    return joined(parts, places, origins["origin_id"].to_numpy(dtype=object))


def partitioned_gaps(
    client: Any,
    network: WalkNetwork | None,
    people: Any,
    places: Places,
    needs: Mapping[str, Requirement],
    by: Sequence[str],
    *,
    held_kinds: Collection[str] | None = None,
    limit_m: float = LIMIT_M,
    off_network_m: float = OFF_NETWORK_M,
) -> pd.DataFrame:
    """`geo.gaps.gap_table` over a dask-geopandas frame too large for one machine: the partitions' sums added up.

    `people`: a dask_geopandas.GeoDataFrame with origin_id, geometry (EPSG:4326), residents, households and the columns
    of `by`, best partitioned in space (`spatial_shuffle`), each origin in one partition. The homes never leave the
    workers; only sums come back. Facilities of every kind count as held where any partition or the whole holds them.
    Returns the columns of `gap_table`, sorted by kind in the order of `needs` and by area.
    """
    known = set(held_kinds) if held_kinds is not None else set()
    known |= {k for k in needs if len(places.kinds.get(k, ()))}
    futures = []
    for part in client.compute(people.to_delayed()):
        box = client.submit(_bounds, part)
        futures.append((part, box))
    boxes = client.gather([box for _, box in futures])
    found = []
    for (part, _), bounds in zip(futures, boxes, strict=True):
        if bounds is None:
            continue
        task = task_of(
            network,
            # Points along its edges: a box in degrees bulges in metres.
            gpd.GeoDataFrame(geometry=[shapely.segmentize(shapely.box(*bounds), 0.01)], crs=WGS84),
            places,
            tuple(needs),
            limit_m=limit_m,
            off_network_m=off_network_m,
        )
        held = client.scatter(task)
        found.append(client.submit(_gaps_of, held, part, dict(needs), tuple(by), sorted(known), pure=False))
    return added_up(client.gather(found), places, needs, by)


def _bounds(part: gpd.GeoDataFrame) -> tuple[float, ...] | None:
    return tuple(part.total_bounds.tolist()) if len(part) else None


def _gaps_of(
    task: Task,
    people: gpd.GeoDataFrame,
    needs: Mapping[str, Requirement],
    by: Sequence[str],
    held_kinds: Collection[str],
) -> pd.DataFrame:
    origins: Origins = prepare_origins(task.network, people, off_network_m=task.off_network_m)
    found = reach(task.network, origins, task.places, task.kinds, limit_m=task.limit_m)
    return gap_table(found, people, needs, by, held_kinds)


def added_up(
    parts: Sequence[pd.DataFrame], places: Places, needs: Mapping[str, Requirement], by: Sequence[str]
) -> pd.DataFrame:
    """Gap tables of partitions as one: counts added, shares worked out anew, facilities counted in the whole."""
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    keys = [*by, "kind"]
    fixed = ["status", "standard_key", "version", "clause", "tier", "radius_m", "confidence", "is_corrected"]
    counts = [c for c in table if c not in (*keys, *fixed) and not str(c).endswith("_pct")]
    grouped = table.groupby(keys, dropna=False, sort=False)
    found = grouped[fixed].first().join(grouped[counts].sum(min_count=1)).reset_index()
    for name in ("residents", "households", "elderly"):
        if f"{name}_beyond" in found:
            known = found[name].where(found[name] > 0)
            found[f"{name}_beyond_pct"] = 100.0 * found[f"{name}_beyond"] / known
    rows = {k: places.kinds.get(k, np.zeros(0, dtype=np.int64)) for k in needs}
    found["facilities"] = found["kind"].map({k: len(r) for k, r in rows.items()})
    off = {k: int((places.connection[r] == OFF).sum()) for k, r in rows.items()}
    found["facilities_off_network"] = found["kind"].map(off)
    place = {k: n for n, k in enumerate(needs)}
    found["_order"] = found["kind"].map(place)
    found = found.sort_values(["_order", *by], kind="stable").drop(columns="_order").reset_index(drop=True)
    return found.astype({c: parts[0][c].dtype for c in parts[0].columns})[list(parts[0].columns)]
