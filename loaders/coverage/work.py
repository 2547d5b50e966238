"""Bringing the kept distances up to the store: only the kinds whose facilities changed, all where the ground did."""

import hashlib
import json
import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.network import WalkNetwork, build_network
from geo.reach import (
    LIMIT_M,
    KindReach,
    Places,
    Reach,
    Sources,
    kind_reach,
    prepare_origins,
    prepare_places,
    sources,
)
from loaders.coverage import kept
from loaders.coverage.inputs import ACCOUNTS, Inputs
from loaders.errors import AtlasError
from loaders.facility_standards import kinds_known, shipped_standards
from loaders.settings import settings
from store import queries_gaps
from store.engine import PROJECT_DIR, Store, read_state

_log = logging.getLogger(__name__)
#: Called with the step's code, what is done and what there is to do.
Progress = Callable[[str, int, int | None], None]
#: Tables that decide where homes are and how they are connected; the others move single kinds.
GROUND_TABLES = (
    "streets",
    "buildings",
    "communities",
    "population_points",
    "subdistricts",
    "parcels",
    "entrances",
)
_writing = threading.Lock()


class Stopped(Exception):
    """Somebody asked the work to stop; what was kept before still stands."""


@dataclass(frozen=True)
class Coverage:
    """Kept distances of one state of the store; `people` has the origins of each account in their order."""

    folder: Path
    manifest: kept.Manifest

    def people(self, account: str) -> pd.DataFrame:
        """Who lives at each origin: origin_id, community_id, district_code, subdistrict_code, age_class, residents,
        households, source, connection."""
        return kept.read_origins(self.folder / self.manifest.folder, account)

    def reach(self, account: str, people: pd.DataFrame, kinds: Sequence[str] | None = None) -> Reach:
        """The distances of some kinds (all that are kept without), for the origins as `people` gave them."""
        wanted = list(self.manifest.kinds) if kinds is None else list(kinds)
        return kept.read_reach(
            self.folder / self.manifest.folder, account, people, wanted, self.manifest.limit_m
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind that distances are kept for, those without any facility included."""
        return tuple(self.manifest.kinds)

    @property
    def reports(self) -> dict[str, Any]:
        """What came in and what was left out: network, and for each account people and unconnected origins."""
        return dict(self.manifest.reports)


def coverage_folder(store: Store) -> Path:
    """Where distances are kept: beside the database, in a folder of this store's own."""
    with store.reading() as conn:
        name = read_state(conn, "store_id") or "store"
    beside = store.file.parent if store.file else PROJECT_DIR / "data" / "var"
    return beside / "coverage" / name


def current(store: Store, folder: Path | None = None) -> Coverage | None:
    """The kept distances, where they stand for the store's present state; None where they must be worked out."""
    at = folder or coverage_folder(store)
    held = kept.read_manifest(at)
    if held is None or dict(held.marks) != queries_gaps.table_marks(store):
        return None
    return Coverage(at, held)


def last(store: Store, folder: Path | None = None) -> Coverage | None:
    """The kept distances of whatever state, for showing something while newer ones are worked out."""
    at = folder or coverage_folder(store)
    held = kept.read_manifest(at)
    return None if held is None else Coverage(at, held)


def brought_up(
    store: Store,
    folder: Path | None = None,
    *,
    progress: Progress = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
    limit_m: float = LIMIT_M,
) -> Coverage:
    """The distances at the store's present state, worked out where they are not kept.

    Raises Stopped where somebody asked for it; the distances of the state before stay as they were.
    """
    at = folder or coverage_folder(store)
    with _writing:
        marks = queries_gaps.table_marks(store)
        held = kept.read_manifest(at)
        if held is not None and dict(held.marks) == marks and held.limit_m == limit_m:
            return Coverage(at, held)
        at.mkdir(parents=True, exist_ok=True)
        made = _made(store, at, held, marks, progress, should_stop, limit_m)
        kept.write_manifest(at, made)
        return Coverage(at, made)


def _made(
    store: Store,
    at: Path,
    held: kept.Manifest | None,
    marks: dict[str, str],
    progress: Progress,
    should_stop: Callable[[], bool],
    limit_m: float,
) -> kept.Manifest:
    def step(code: str, done: int, total: int | None) -> None:
        if should_stop():
            raise Stopped
        progress(code, done, total)

    inputs = Inputs(store)
    ground = hashlib.blake2b(
        json.dumps([[t, marks[t]] for t in GROUND_TABLES]).encode(), digest_size=12
    ).hexdigest()
    step("coverage.reading", 0, None)
    seals = dict.fromkeys(kinds_known(), "") | inputs.kind_seals()
    same = held if held is not None and (held.ground, held.limit_m) == (ground, limit_m) else None
    anew = [k for k, seal in seals.items() if same is None or same.kinds.get(k) != seal]
    folder = at / uuid.uuid4().hex[:12]
    folder.mkdir()
    try:
        reports = dict(same.reports) if same is not None else {}
        if same is not None:
            _taken_along(at / same.folder, folder, [k for k in seals if k not in anew])
        if anew:
            _work_out(inputs, folder, anew, reports, step, limit_m)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return kept.Manifest(marks, ground, seals, limit_m, json.loads(json.dumps(reports)), folder.name)


def _taken_along(old: Path, new: Path, kinds: Sequence[str]) -> None:
    for account in ACCOUNTS:
        for name in (f"{account}.parquet", *(f"{account}.{kind}.npz" for kind in kinds)):
            source = old / name
            try:
                (new / name).hardlink_to(source)
            except OSError:
                shutil.copy2(source, new / name)


def _work_out(
    inputs: Inputs,
    folder: Path,
    kinds: Sequence[str],
    reports: dict[str, Any],
    step: Progress,
    limit_m: float,
) -> None:
    step("coverage.network", 0, None)
    network: WalkNetwork | None = build_network(inputs.streets) if len(inputs.streets) else None
    reports["network"] = asdict(network.report) if network is not None else None
    places = prepare_places(
        network, inputs.facilities, entrances=inputs.entrances, counts_as=shipped_standards().counts_as
    )
    reports["facilities"] = {"held": len(places.ids), "off_network": list(places.off_network)[:1000]}
    from_all = sources(network, places.ties) if network is not None and len(places.ids) else None
    total = len(kinds) * len(ACCOUNTS)
    for number, account in enumerate(ACCOUNTS):
        step("coverage.people", number, len(ACCOUNTS))
        people = inputs.people(account)
        homes = people.rows[["origin_id", "geometry"]]
        found = on_cluster(network, homes, places, kinds, limit_m)
        if found is not None:
            connection, kind_of = found.connection, found.kinds.__getitem__
        else:
            connection, kind_of = _alone(network, homes, places, from_all, limit_m)
        kept.write_origins(folder, account, people.attributes, connection)
        told = np.bincount(connection.astype(int), minlength=3).tolist()
        reports[account] = {**asdict(people.report), "connections": told}
        for done, kind in enumerate(kinds):
            step("coverage.kind", number * len(kinds) + done, total)
            kept.write_kind(folder, account, kind_of(kind), places.ids)
    step("coverage.kept", total, total)


def _alone(
    network: WalkNetwork | None,
    homes: gpd.GeoDataFrame,
    places: Places,
    from_all: Sources | None,
    limit_m: float,
) -> tuple[NDArray[np.int8], Callable[[str], KindReach]]:
    """How the homes are connected, and one kind's distances when they are asked for, on this machine."""
    origins = prepare_origins(network, homes)

    def one(kind: str) -> KindReach:
        return kind_reach(network, origins, _known(places, kind), kind, limit_m=limit_m, from_all=from_all)

    return origins.connection, one


def on_cluster(
    network: WalkNetwork | None,
    homes: gpd.GeoDataFrame,
    places: Places,
    kinds: Sequence[str],
    limit_m: float,
) -> Reach | None:
    """The same distances from the Dask cluster whose scheduler `ATLAS_DASK_SCHEDULER` names; None without one.

    Raises AtlasError coverage.no_dask where Dask is not installed, coverage.no_cluster where nobody answers.
    """
    address = settings().dask_scheduler
    if not address or homes.empty:
        return None
    try:
        from dask.distributed import Client
    except ImportError as fault:
        raise AtlasError("coverage.no_dask") from fault
    from geo.partitioned import partitioned_reach

    for kind in kinds:
        places = _known(places, kind)
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except OSError as fault:
        raise AtlasError("coverage.no_cluster", address=address) from fault
    try:
        return partitioned_reach(client, network, homes, places, kinds, limit_m=limit_m)
    finally:
        client.close()


def _known(places: Places, kind: str) -> Places:
    """The places themselves; a kind that nobody holds has no row among them."""
    if kind in places.kinds:
        return places
    return Places(
        places.ids,
        {**places.kinds, kind: np.zeros(0, dtype=np.int64)},
        places.shapes,
        places.ties,
        places.connection,
    )
