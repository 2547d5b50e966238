"""Keeps the tile archive of a store at the store's state: opens it, finds out when it is behind, and has it renewed.

The archive of a small city is made in this process, that of a large one by a process of its own.
"""

import atexit
import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dashboard.tile_archive import Archive
from dashboard.tile_archive_build import refresh
from dashboard.tile_archive_files import MANIFEST, Checked, Manifest, read_manifest
from dashboard.tile_archive_postgres import renew_tables
from dashboard.tile_archive_worker import ArchiveWorker
from dashboard.tile_sources import LayerPlan
from store.engine import PROJECT_DIR, Store
from store.tiles import Snapshot, building_count, snapshot, state_mark
from store.tiles_postgres import held_revision

_log = logging.getLogger(__name__)

#: The archive of a city with more footprints than this is made by a process of its own.
IN_PROCESS_ROWS = 20_000
#: After a failure the archive is tried again when somebody asks, but not more often than this.
_RETRY_S = 2.0
_STORE_ID = re.compile(r"[0-9A-Za-z]{1,32}")

Plans = Callable[[Snapshot], Sequence[LayerPlan]]


@dataclass(frozen=True)
class ArchiveState:
    """How far the archive is: for a message on the page while tiles are not ready.

    done and total are rows; both 0 while nothing is known yet. message_key names the sentence in the catalogue.
    """

    revision: str
    is_ready: bool
    done: int = 0
    total: int = 0
    message_key: str = "tiles.ready"


class ArchiveFailed(RuntimeError):
    """The archive could not be made; the log says why."""


def tile_folder(store: Store, store_id: str) -> Path:
    """The folder of the archive: in `ATLAS_TILE_DIR`, else beside the database; a temporary one where that can't be
    written."""
    name = store_id if _STORE_ID.fullmatch(store_id) else "store"
    given = os.environ.get("ATLAS_TILE_DIR")
    beside = store.file.parent if store.file else PROJECT_DIR / "data" / "var"
    wanted = (Path(given) if given else beside / "tiles") / name
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError as fault:
        _log.warning("tiles can't be kept in %s (%s): they are kept in a temporary folder", wanted, fault)
        return _temporary(name)


@cache
def _temporary(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="atlas-tiles-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / name).mkdir()
    return folder / name


class ArchiveKeeper:
    """The archive of one store; all its methods may be called from any thread."""

    def __init__(
        self, store: Store, folder: Path, plans: Plans, levels: Mapping[str, tuple[int, ...]]
    ) -> None:
        """`plans` are the layers of a snapshot, `levels` their names with the zoom levels of each."""
        self.store = store
        self.folder = folder
        self._plans = plans
        self._levels = dict(levels)
        self.worker = ArchiveWorker(store.engine.url.render_as_string(hide_password=False), folder)
        self._lock = threading.Lock()
        self._archive: Archive | None = None
        self._is_whole = Checked(folder)
        self._job: Future[Archive] | None = None
        self._failed: tuple[float, Exception] | None = None
        self._done = self._total = 0
        self._message = "tiles.preparing"

    def revision(self) -> str:
        """The state of the store now."""
        name, mark = state_mark(self.store)
        return f"{name}-{mark}"

    def present(self, timeout_s: float | None = None) -> Archive:
        """The archive at the state that the store has now, or a later one; waits while it is being made.

        Raises TimeoutError, or ArchiveFailed where it could not be made.
        """
        ends = None if timeout_s is None else time.monotonic() + timeout_s
        wanted = self.revision()
        for _ in range(3):
            with self._lock:
                if self._archive is not None and self._archive.revision == wanted:
                    return self._archive
                job = self._started()
            archive = job.result(None if ends is None else max(0.0, ends - time.monotonic()))
            if archive.revision == wanted:
                return archive
            # Begun before the state that is asked for, or already beyond it.
            wanted = self.revision()
        return archive

    def begin(self) -> None:
        """Begin to bring the archive up to date, where it is not; comes back at once."""
        self.state()

    def state(self) -> ArchiveState:
        """How far the archive is; begins to bring it up to date where nobody has."""
        revision = self.revision()
        with self._lock:
            if self._archive is not None and self._archive.revision == revision:
                return ArchiveState(revision, True)
            try:
                self._started()
            except ArchiveFailed:
                return ArchiveState(revision, False, message_key="tiles.failed")
            return ArchiveState(revision, False, self._done, self._total, self._message)

    def _started(self) -> Future[Archive]:
        """The work that is under way, begun where there is none; only under the lock."""
        if self._job is not None:
            return self._job
        if self._failed is not None and time.monotonic() - self._failed[0] < _RETRY_S:
            raise ArchiveFailed("the tile archive could not be made") from self._failed[1]
        job: Future[Archive] = Future()
        self._job = job
        self._done = self._total = 0
        threading.Thread(target=self._work, args=(job,), name="tile-archive", daemon=True).start()
        return job

    def _work(self, job: "Future[Archive]") -> None:
        try:
            archive = self._brought_up()
        except Exception as fault:
            _log.exception("the tile archive could not be made")
            with self._lock:
                self._failed, self._job = (time.monotonic(), fault), None
            failed = ArchiveFailed("the tile archive could not be made")
            failed.__cause__ = fault
            job.set_exception(failed)
            return
        with self._lock:
            self._archive, self._job, self._failed = archive, None, None
        job.set_result(archive)

    def _brought_up(self) -> Archive:
        held = self._archive.manifest if self._archive else read_manifest(self.folder)
        revision = self.revision()
        if held is not None and held.revision == revision and self._is_current(held):
            # Whether the files are whole is asked once, when a process first meets them.
            if all(self._is_whole(file) for file in held.files()):
                return Archive(self.folder, held)
            _log.warning("the tile archive in %s is damaged: what is broken is made anew", self.folder)
        if held is not None:
            self._message = "tiles.refreshing"
        else:
            self._message = "tiles.repairing" if (self.folder / MANIFEST).exists() else "tiles.preparing"
        began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = building_count(self.store)
        if rows <= IN_PROCESS_ROWS:
            manifest = self._refreshed(held)
        else:
            self.worker.renew(self._tell)
            renewed = read_manifest(self.folder)
            if renewed is None:
                raise ArchiveFailed("the tile archive has no list of its files")
            manifest = renewed
        if not all(self._is_whole(file) for file in manifest.files()):
            raise ArchiveFailed("files of the tile archive were damaged as soon as they were written")
        _log.info("the tile archive was brought up to date in %.1f s", time.monotonic() - began)
        return Archive(self.folder, manifest)

    def _is_current(self, held: Manifest) -> bool:
        """Whether an archive of the present state has all layers, and the database's own tables show that state."""
        if not self.store.is_sqlite and held_revision(self.store) != held.revision:
            return False
        return {name: layer.zooms for name, layer in held.layers.items()} == self._levels

    def _refreshed(self, held: Manifest | None) -> Manifest:
        with snapshot(self.store) as at:
            name, mark = state_mark(at)
            plans = self._plans(at)
            manifest = refresh(
                self.folder, f"{name}-{mark}", plans, held, progress=self._tell, is_good=self._is_whole
            )
            renew_tables(self.store, plans, manifest, self.folder)
        return manifest

    def _tell(self, done: int, total: int) -> None:
        self._done, self._total = done, total
