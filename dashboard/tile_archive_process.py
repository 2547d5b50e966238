"""`python -m dashboard.tile_archive_process FOLDER`: makes the tile archive of the store of `ATLAS_DATABASE_URL`.

For each line `renew` on its input it brings the archive up to date, and tells on its output, line by line as JSON, how
many rows are done, and at last `ready` or `failed`. It ends with its input, or when nobody has asked for a while.
Used by `dashboard.tile_archive_worker`.
"""

import json
import queue
import sys
import threading
import time
from pathlib import Path
from typing import Any

from dashboard.map_layers import layer_plans
from dashboard.tile_archive_build import refresh
from dashboard.tile_archive_files import Checked, read_manifest
from dashboard.tile_archive_postgres import renew_tables
from store.engine import Store, open_store
from store.tiles import snapshot, state_mark

#: So long it waits for more work.
IDLE_S = 120.0
_TELL_S = 0.2


def _say(**words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def renew(store: Store, folder: Path, is_good: Checked) -> None:
    """Make or renew the archive in a folder; `is_good` remembers which of its files are whole."""
    told = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_S or done == total:
            told = time.monotonic()
            _say(done=done, total=total)

    with snapshot(store) as at:
        name, mark = state_mark(at)
        plans = layer_plans(at)
        held = read_manifest(folder)
        manifest = refresh(folder, f"{name}-{mark}", plans, held, progress=tell, is_good=is_good)
        renew_tables(store, plans, manifest, folder)


def main(folder: Path, idle_s: float = IDLE_S) -> None:
    """Work until the input ends."""
    asked: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            asked.put(line.strip())
        asked.put("end")

    threading.Thread(target=listen, daemon=True).start()
    store, is_good = open_store(), Checked(folder)
    while True:
        try:
            word = asked.get(timeout=idle_s)
        except queue.Empty:
            break
        if word != "renew":
            break
        try:
            renew(store, folder, is_good)
        except Exception as fault:
            _say(failed=f"{type(fault).__name__}: {fault}")
        else:
            _say(ready=True)
    store.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
