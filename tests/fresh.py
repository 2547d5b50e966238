"""Stores that are made once for a process and copied: making one costs a second, copying one does not.

How a store is made and brought up to date is what `tests/store/test_migrations.py` shows.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from store.engine import Store, open_store

PROJECT_DIR = Path(__file__).resolve().parents[1]

#: The store, and the file of its trail's hashes where one was written.
PARTS = ("", ".audit-head")


def copy_store(source: str, target: Path) -> str:
    """Copy a closed SQLite store, given by its address, to a file; the copy's address."""
    file = source.removeprefix("sqlite:///")
    for part in PARTS:
        if Path(file + part).exists():
            shutil.copyfile(file + part, f"{target}{part}")
    return f"sqlite:///{target}"


@cache
def _kept(build: Callable[[str], Store]) -> dict[str, bytes]:
    """The files of a store as `build` makes it at an address."""
    with tempfile.TemporaryDirectory(prefix="atlas-kept-") as folder:
        file = Path(folder) / "atlas.sqlite"
        build(f"sqlite:///{file}").dispose()
        assert not Path(f"{file}-wal").exists(), (
            "somebody holds the store open: a copy would lack the last rows"
        )
        held = {part: Path(f"{file}{part}") for part in PARTS}
        return {part: path.read_bytes() for part, path in held.items() if path.exists()}


def fresh_store(target: Path, build: Callable[[str], Store] = open_store) -> str:
    """The address of a new SQLite store at `target`: empty, or as `build` fills it, the same each time."""
    for part, content in _kept(build).items():
        Path(f"{target}{part}").write_bytes(content)
    return f"sqlite:///{target}"


def demo_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store with the smallest demo city, made by the command line: once for all workers, then copied.

    Each call gives a copy of its own.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    kept = shared / "demo" / "atlas.sqlite"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept.parent / "made").exists():
            kept.parent.mkdir(exist_ok=True)
            done = subprocess.run(
                [sys.executable, "-m", "loaders", "demo", "--size", "tiny", "--replace", "--json"],
                cwd=PROJECT_DIR,
                env={**os.environ, "ATLAS_DATABASE_URL": f"sqlite:///{kept}"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            (kept.parent / "made").touch()
    return copy_store(f"sqlite:///{kept}", tmp_path_factory.mktemp("demo") / "atlas.sqlite")
