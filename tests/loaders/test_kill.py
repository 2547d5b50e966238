"""A load that is killed at any point leaves the store as it was, or with the whole run in it."""

import os
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
POINTS = 5


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
    url = f"sqlite:///{tmp_path / 'atlas.sqlite'}"
    store = open_store(url)
    ensure_reference(store)
    store.dispose()
    path = make_source(tmp_path / "s", homes=200, houses_each=15)
    env = {**os.environ, "ATLAS_DATABASE_URL": url}
    command = [sys.executable, "-m", "loaders", "load", str(path), "--json"]
    before, seen = counts(url), set()
    start = time.monotonic()
    trial = tmp_path / "trial.sqlite"
    whole_env = {**env, "ATLAS_DATABASE_URL": f"sqlite:///{trial}"}
    done = subprocess.run(command, cwd=PROJECT_DIR, env=whole_env, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    whole_s = time.monotonic() - start
    after = counts(whole_env["ATLAS_DATABASE_URL"])
    for point in range(POINTS):
        # Not while the modules are being loaded, and most where the writing is.
        share = 0.55 + 0.45 * (point / (POINTS - 1)) ** 0.5
        process = subprocess.Popen(
            command,
            cwd=PROJECT_DIR,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(whole_s * share)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        found = counts(url)
        seen.add(found)
        assert found[:2] in (before[:2], after[:2])
        if found[:2] == after[:2]:
            break
    assert before in seen  # at least one kill came before the commit
    final = subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, check=False)
    assert final.returncode == 1, final.stderr.decode()
    assert counts(url)[:2] == after[:2]
