"""A load that is killed at any point leaves the store as it was, or with the whole run in it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from loaders.commit import ensure_reference
from store.engine import open_store
from store.integrity import check_store
from store.tables import buildings, communities, import_runs
from tests.conftest import PROJECT_DIR
from tests.loaders.small_source import make_source

pytestmark = pytest.mark.slow
POINTS, MOST_POINTS = 10, 16


def counts(url: str) -> tuple[int, int, int]:
    store = open_store(url)
    try:
        with store.reading() as conn:
            assert check_store(conn) == []
            return tuple(  # type: ignore[return-value]
                int(conn.execute(select(func.count()).select_from(t)).scalar() or 0)
                for t in (communities, buildings, import_runs)
            )
    finally:
        store.dispose()


def test_kill_at_many_points_loses_nothing(tmp_path: Path) -> None:
    """Killed again and again, ever nearer to the moment at which the run is in the store."""
    store = open_store(f"sqlite:///{tmp_path / 'base' / 'atlas.sqlite'}")
    ensure_reference(store)
    store.dispose()
    path = make_source(tmp_path / "s", homes=200, houses_each=15)
    command = [sys.executable, "-m", "loaders", "load", str(path), "--json"]

    def begun(name: str) -> tuple[str, subprocess.Popen[bytes]]:
        """A load into a store of its own, as it was before."""
        url = f"sqlite:///{shutil.copytree(tmp_path / 'base', tmp_path / name) / 'atlas.sqlite'}"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        env = {**os.environ, "ATLAS_DATABASE_URL": url}
        return url, subprocess.Popen(command, cwd=PROJECT_DIR, env=env, start_new_session=True, **quiet)

    before = counts(f"sqlite:///{tmp_path / 'base' / 'atlas.sqlite'}")
    start = time.monotonic()
    url, process = begun("whole")
    assert process.wait(timeout=300) == 1  # the source has rows that are refused
    after = counts(url)
    early_s, late_s = 0.0, time.monotonic() - start
    killed = ""
    for point in range(MOST_POINTS):
        # Another pace on a busy machine only makes the search begin elsewhere.
        if point >= POINTS and killed:
            break
        wait_s = early_s + (late_s - early_s) * 0.6
        url, process = begun(f"killed-{point}")
        time.sleep(wait_s)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        found = counts(url)
        assert found[:2] in (before[:2], after[:2])
        if found[:2] == before[:2]:
            early_s, killed = wait_s, url
        else:
            late_s = wait_s
    assert killed  # at least one kill came before the commit
    env = {**os.environ, "ATLAS_DATABASE_URL": killed}
    final = subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, check=False)
    assert final.returncode == 1, final.stderr.decode()
    assert counts(killed)[:2] == after[:2]
