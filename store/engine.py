"""Opening the store: SQLite by default, PostgreSQL with PostGIS for many users; one writer at a time."""

import errno
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, Engine, Select, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from store.access import Principal
from store.errors import StoreBroken, StoreError, StoreFull, StoreLocked, StoreReadOnly
from store.tables import store_state

if TYPE_CHECKING:
    from store.scoped import ScopedReaders

PROJECT_DIR = Path(__file__).resolve().parent.parent
DEFAULT_DATABASE_PATH = PROJECT_DIR / "data" / "var" / "atlas.sqlite"
WRITER_WAIT_S = 10.0
#: Keys of the store's own state: the newest hash of the audit trail now, and when the revision last grew.
AUDIT_HEAD, REVISION_HEAD = "audit_head", "revision_head"
#: One advisory lock number for the single writer on PostgreSQL.
WRITER_LOCK = 20200424


def database_url() -> str:
    """The database address: `ATLAS_DATABASE_URL`, else the embedded file under `data/var/`."""
    return os.environ.get("ATLAS_DATABASE_URL") or f"sqlite:///{DEFAULT_DATABASE_PATH}"


class Store:
    """An open database. Reads are plain connections; writes go one at a time through `writing()`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = threading.Lock()
        self._readers = threading.Lock()
        self._scoped: ScopedReaders | None = None

    def seen_by(self, principal: Principal) -> "Store":
        """The same store as this person may see it (R74): itself for the programme's office, else a reader.

        The reader's connections have temporary views before the tables, and write nothing.
        """
        from store.scoped import ScopedReaders

        with self._readers:
            if self._scoped is None:
                self._scoped = ScopedReaders(self)
            return self._scoped.of(principal)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The database file on SQLite, else None."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection with one consistent view of the data."""
        with explained(self), self.engine.connect() as conn, conn.begin():
            yield conn

    @contextmanager
    def writing(self, *, counts: bool = True) -> Iterator[Connection]:
        """The one writer's transaction: all of it happens, or none; the revision grows by one.

        A note in the audit trail alone does not count (`counts`): nothing that pages or tiles show was changed.
        Raises StoreLocked where another writer does not finish in time, StoreReadOnly, StoreFull.
        """
        from store.audit_head import HeadKeeper

        if not self._writer.acquire(timeout=WRITER_WAIT_S):
            raise StoreLocked("store.locked", seconds=WRITER_WAIT_S)
        try:
            with explained(self), self.engine.connect() as raw:
                conn = raw.execution_options(atlas_write=True)
                with conn.begin():
                    if not self.is_sqlite:
                        conn.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(WRITER_WAIT_S * 1000)}ms'")
                        conn.execute(select(func.pg_advisory_xact_lock(WRITER_LOCK)))
                    keeper = HeadKeeper(self, conn)
                    yield conn
                    if counts:
                        bump_revision(conn)
                    keeper.before_commit()
                keeper.after_commit()
        finally:
            self._writer.release()

    def revision(self) -> int:
        """A number that grows with every committed write; caches are keyed by it."""
        with self.reading() as conn:
            return read_revision(conn)

    def frame(self, query: Select[Any]) -> pd.DataFrame:
        """The rows of a query as a frame, column names as selected."""
        with self.reading() as conn:
            return frame(conn, query)

    def layer(self, query: Select[Any], geometry: str = "geometry") -> gpd.GeoDataFrame:
        """The rows of a query as a layer in EPSG:4326; further WKB columns stay bytes."""
        with self.reading() as conn:
            return layer(conn, query, geometry)

    def dispose(self) -> None:
        """Close every connection, the scoped readers' too."""
        with self._readers:
            if self._scoped is not None:
                self._scoped.dispose()
                self._scoped = None
        self.engine.dispose()


def frame(conn: Connection, query: Select[Any]) -> pd.DataFrame:
    """The rows of a query as a frame."""
    result = conn.execute(query)
    columns = list(result.keys())
    rows = result.fetchall()
    return (
        pd.DataFrame.from_records([tuple(r) for r in rows], columns=columns)
        if rows
        else pd.DataFrame(columns=columns)
    )


def layer(conn: Connection, query: Select[Any], geometry: str = "geometry") -> gpd.GeoDataFrame:
    """The rows of a query as a layer in EPSG:4326."""
    rows = frame(conn, query)
    shapes = shapely.from_wkb(rows[geometry].to_numpy(dtype=object)) if len(rows) else []
    shaped = gpd.GeoSeries(shapes, index=rows.index, crs="EPSG:4326")
    return gpd.GeoDataFrame(rows.assign(**{geometry: shaped}), geometry=geometry)


def read_revision(conn: Connection) -> int:
    value = conn.execute(select(store_state.c.value).where(store_state.c.key == "revision")).scalar()
    return int(value or 0)


def bump_revision(conn: Connection) -> int:
    """Count one committed write."""
    number = read_revision(conn) + 1
    write_state(conn, "revision", str(number))
    # With it the trail's end at that moment: two states of a store that was restored must not look alike.
    write_state(conn, REVISION_HEAD, read_state(conn, AUDIT_HEAD) or "")
    return number


def write_state(conn: Connection, key: str, value: str) -> None:
    """Set one value of the store's own state."""
    done = conn.execute(store_state.update().where(store_state.c.key == key).values(value=value))
    if done.rowcount == 0:
        conn.execute(store_state.insert().values(key=key, value=value))


def read_state(conn: Connection, key: str) -> str | None:
    """One value of the store's own state."""
    return conn.execute(select(store_state.c.value).where(store_state.c.key == key)).scalar()


def make_engine(url: str) -> Engine:
    """An engine with the settings that the store relies on."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=10)
    if parsed.get_backend_name() != "sqlite":
        raise StoreError("store.unknown_backend", backend=parsed.get_backend_name())
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StoreReadOnly("store.read_only", file=str(parsed.database)) from fault
        pool: Any = QueuePool
    else:
        pool = NullPool
    engine = create_engine(
        parsed, poolclass=pool, connect_args={"timeout": WRITER_WAIT_S, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: sqlite3.Connection, _record: Any) -> None:
        dbapi.isolation_level = None  # transactions are ours, not the driver's
        for pragma in (
            "foreign_keys=ON",
            f"busy_timeout={int(WRITER_WAIT_S * 1000)}",
            "mmap_size=0",  # WAL-reset fault of 3.7.0-3.51.2: one writer, no memory map, a local disk
            "journal_mode=WAL",
            "synchronous=FULL",
            "cache_size=-4096",  # KiB for each connection: the pages read files of columns, not tables
            "temp_store=MEMORY",
        ):
            try:
                dbapi.execute(f"PRAGMA {pragma}")
            except sqlite3.OperationalError:
                if not pragma.startswith("journal_mode"):
                    raise

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        conn.exec_driver_sql(
            "BEGIN IMMEDIATE" if conn.get_execution_options().get("atlas_write") else "BEGIN"
        )

    return engine


@contextmanager
def explained(store: Store) -> Iterator[None]:
    """Turn the database's own faults into ours, with what to do about them."""
    try:
        yield
    except DBAPIError as fault:
        raise explain(
            fault, str(store.file or store.engine.url.render_as_string(hide_password=True))
        ) from fault
    except OSError as fault:
        if fault.errno == errno.ENOSPC:
            raise StoreFull("store.full", file=str(store.file)) from fault
        raise


def explain(fault: DBAPIError, name: str) -> Exception:
    """The store's own error for a driver's error; the driver's where nothing is known of it."""
    words = str(fault.orig).lower()
    if "locked" in words or "lock timeout" in words or "busy" in words:
        return StoreLocked("store.locked", seconds=WRITER_WAIT_S, file=name)
    if (
        "readonly" in words
        or "read-only" in words
        or "unable to open" in words
        or "permission denied" in words
    ):
        return StoreReadOnly("store.read_only", file=name)
    if "full" in words or "no space" in words or "enospc" in words:
        return StoreFull("store.full", file=name)
    if "not a database" in words or "malformed" in words or "disk image" in words:
        return StoreBroken("store.broken", file=name)
    if isinstance(fault, OperationalError) and ("connection" in words or "connect" in words):
        return StoreError("store.unreachable", file=name, reason=str(fault.orig).splitlines()[0])
    return fault


def open_store(url: str | None = None) -> Store:
    """Open the store, making or migrating it where needed.

    Raises StoreReadOnly, StoreLocked, StoreTooNew, StoreBroken or StoreError with what to do.
    """
    from store.migrate import migrate

    address = url or database_url()
    store = Store(make_engine(address))
    try:
        migrate(store)
    except DatabaseError as fault:
        raise explain(fault, str(store.file or address)) from fault
    return store
