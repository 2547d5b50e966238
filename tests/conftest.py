"""What all tests share: a store on each of the two databases, real data beside the project, a browser."""

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples
from sqlalchemy import create_engine, text

from store.engine import Store, open_store

# No test depends on how busy the machine is.
examples.register_profile("atlas", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("atlas")

PROJECT_DIR = Path(__file__).resolve().parent.parent
REAL_DIR = PROJECT_DIR.parent / "shared" / "real"


@pytest.fixture(scope="session")
def real_dir() -> Path:
    """Real data to test on, which is never part of the project."""
    if not REAL_DIR.is_dir():
        pytest.skip("../shared/real is not beside the project: tests on real data are skipped")
    return REAL_DIR


def _postgres_bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


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
    folder = Path(f"/tmp/atlas-pg-{uuid.uuid4().hex[:8]}")
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


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated, empty database that tests copy."""
    name = f"atlas_template_{uuid.uuid4().hex[:8]}"
    _create_database(postgres_server, name, None)
    open_store(f"{postgres_server}/{name}").dispose()
    return name


def _create_database(server: str, name: str, template: str | None) -> None:
    admin = create_engine(
        f"{server}/postgres".replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    clause = f" TEMPLATE {template}" if template else ""
    for attempt in range(20):
        try:
            with admin.connect() as conn:
                conn.execute(text(f"CREATE DATABASE {name}{clause}"))
            break
        except Exception:
            if attempt == 19:
                raise
            time.sleep(0.25)
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'atlas.sqlite'}"
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    name = f"t_{uuid.uuid4().hex[:12]}"
    _create_database(server, name, template)
    return f"{server}/{name}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open, empty store on each database."""
    opened = open_store(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty embedded database."""
    return f"sqlite:///{tmp_path / 'atlas.sqlite'}"
