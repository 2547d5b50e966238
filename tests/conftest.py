"""What all tests share: a store on each of the two databases, real data beside the project, a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples

from store.engine import Store, open_store
from tests.fresh import fresh_store

# No test depends on how busy the machine is.
examples.register_profile("atlas", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("atlas")

PROJECT_DIR = Path(__file__).resolve().parent.parent
REAL_DIR = PROJECT_DIR.parent / "shared" / "real"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files are handed out in our own order where xdist is to keep them whole."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.order import LongestFirst

    return LongestFirst(config, log)


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Streamlit's AppTest leaves its page as the main program, from which a process begun later would start."""
    own = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = own


@pytest.fixture(scope="session")
def real_dir() -> Path:
    """Real data to test on, which is never part of the project."""
    if not REAL_DIR.is_dir():
        pytest.skip("../shared/real is not beside the project: tests on real data are skipped")
    return REAL_DIR


def _postgres_bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _quick_folder() -> Path:
    """Where the servers' files lie: in memory where there is room, for each test has three hundred of them made."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * 1024**3:
        return memory
    return Path("/tmp")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server with PostGIS of the tests' own; its address without a database name."""
    given = os.environ.get("ATLAS_TEST_POSTGRES_URL")
    if given:
        yield given.rsplit("/", 1)[0]
        return
    bin_dir = _postgres_bin()
    if bin_dir is None or not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("PostgreSQL with PostGIS is not installed here: its tests are skipped")
    folder = _quick_folder() / f"atlas-pg-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    run = {"check": True, "capture_output": True, "cwd": "/tmp"}
    subprocess.run(
        [
            *as_user,
            str(bin_dir / "initdb"),
            "-D",
            str(data),
            "-U",
            "atlas",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ],
        **run,
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    options += " -c max_wal_size=128MB"
    subprocess.run(
        [
            *as_user,
            str(bin_dir / "pg_ctl"),
            "-D",
            str(data),
            "-w",
            "-l",
            str(folder / "log"),
            "-o",
            options,
            "start",
        ],
        **run,
    )
    try:
        yield f"postgresql://atlas@127.0.0.1:{port}"
    finally:
        subprocess.run(
            [*as_user, str(bin_dir / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd="/tmp",
        )
        shutil.rmtree(folder, ignore_errors=True)


def _administer(server: str, statement: str) -> str:
    """One statement at the server itself; what it answers first. Others may stand in its way for a while."""
    for attempt in range(20):
        try:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
                told = conn.execute(statement)
                row = told.fetchone() if told.description else None
                return str(row[0]) if row else ""
        except psycopg.OperationalError:
            if attempt == 19:
                raise
            time.sleep(0.25)
    raise AssertionError(statement)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """What a migrated, empty database is copied from, in the words of `CREATE DATABASE`."""
    name = f"atlas_template_{uuid.uuid4().hex[:8]}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    open_store(f"{postgres_server}/{name}").dispose()
    # Where there is the choice, files are copied: the log of every page takes ten times as long.
    has_choice = int(_administer(postgres_server, "SHOW server_version_num")) >= 150000
    yield f"TEMPLATE {name}" + (" STRATEGY FILE_COPY" if has_choice else "")
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _postgres_database(postgres_server: str, postgres_template: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    _administer(postgres_server, f"CREATE DATABASE {name} {postgres_template}")
    yield f"{postgres_server}/{name}"
    # Some hundreds of them would fill the disk, and take a minute to be taken away at the end.
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """An empty database on PostgreSQL."""
    with _postgres_database(postgres_server, postgres_template) as url:
        yield url


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(kind))


@pytest.fixture(scope="module", params=KINDS)
def module_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An open store on each database that the tests of a module share: empty at first, to be filled once."""
    with ExitStack() as held:
        if request.param == "sqlite":
            url = fresh_store(tmp_path_factory.mktemp("module") / "atlas.sqlite")
        else:
            names = ("postgres_server", "postgres_template")
            url = held.enter_context(_postgres_database(*(request.getfixturevalue(n) for n in names)))
        opened = open_store(url)
        yield opened
        opened.dispose()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open, empty store on each database."""
    opened = open_store(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty embedded database."""
    return fresh_store(tmp_path / "atlas.sqlite")
