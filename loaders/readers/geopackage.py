"""A look into a GeoPackage before GDAL opens it: nothing in it may run or lead to other files."""

import re
import sqlite3
from pathlib import Path

from loaders.errors import RefusedFile, UnreadableFile

_MODULE = re.compile(r"create\s+virtual\s+table\b.*?\busing\s+\"?(\w+)", re.IGNORECASE | re.DOTALL)
_RTREE = frozenset({"rtree", "rtree_i32"})


def check_geopackage(path: Path, file: str) -> None:
    """Refuse virtual tables other than R-trees (VirtualOGR reads other files), and layers worked out by SQL.

    Opened with Python's own SQLite, read-only, where none of GDAL's functions and modules exist.
    """
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(address, uri=True)
    except sqlite3.Error as fault:
        raise _damaged(file, fault) from fault
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        entries = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
        names = {name.lower() for kind, name, _ in entries if kind in ("table", "view")}
        if "gpkg_contents" not in names:
            raise UnreadableFile("reader.plain_sqlite", file=file)
        for kind, name, sql in entries:
            _check_entry(connection, file, kind, name, sql)
        connection.execute("SELECT count(*) FROM gpkg_contents").fetchone()
    except sqlite3.Error as fault:
        raise _damaged(file, fault) from fault
    finally:
        connection.close()


def _check_entry(connection: sqlite3.Connection, file: str, kind: str, name: str, sql: str) -> None:
    is_virtual = re.match(r"\s*create\s+virtual\b", sql, re.IGNORECASE)
    if is_virtual:
        module = _MODULE.search(sql)
        if module is None or module.group(1).lower() not in _RTREE:
            raise RefusedFile("reader.virtual_table", file=file, table=name)
    if kind == "view":
        raise RefusedFile("reader.view", file=file, table=name)
    if kind == "table" and not is_virtual and not name.startswith("rtree_"):
        quoted = name.replace('"', '""')
        for column in connection.execute(f'PRAGMA table_xinfo("{quoted}")'):
            if column[6] in (2, 3):  # a column worked out by an expression
                raise RefusedFile("reader.view", file=file, table=name)


def _damaged(file: str, fault: Exception) -> UnreadableFile:
    return UnreadableFile("reader.damaged", file=file, format="GeoPackage", detail=str(fault)[:200])
