"""`python -m dashboard.tile_archive_process FOLDER`: make the tile archive of the store of `ATLAS_DATABASE_URL`.

Tells on its output, line by line as JSON, how many rows are done. Used by `dashboard.tile_archive_keeper`.
"""

import json
import sys
import time
from pathlib import Path

from dashboard.map_layers import layer_plans
from dashboard.tile_archive_build import refresh
from dashboard.tile_archive_files import read_manifest
from store.engine import open_store
from store.tiles import snapshot, state_mark

_TELL_S = 0.2


def main(folder: Path) -> None:
    """Make or renew the archive in a folder."""
    told = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_S or done == total:
            told = time.monotonic()
            sys.stdout.write(json.dumps({"done": done, "total": total}) + "\n")
            sys.stdout.flush()

    store = open_store()
    with snapshot(store) as at:
        name, mark = state_mark(at)
        refresh(folder, f"{name}-{mark}", layer_plans(at), read_manifest(folder), progress=tell)
    store.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
