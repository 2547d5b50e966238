"""Rows on their way in and out: plain values, content hashes, bulk inserts, and rows kept as JSON."""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Float,
    LargeBinary,
    Table,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.types import BigInteger, Boolean, Integer

from store.geometry import SRID, Geometry
from store.tables import ORIGIN_COLUMNS, key_column

Row = tuple[Any, ...]


def content_columns(table: Table) -> list[str]:
    """The columns that a source fills, without those that say where the row came from."""
    return [c.name for c in table.columns if c.name not in ORIGIN_COLUMNS]


def plain_rows(rows: pd.DataFrame, table: Table, columns: Sequence[str]) -> list[Row]:
    """Values as the database takes them: missing as None, NumPy scalars as Python's, geometry as WKB.

    Columns that the frame lacks are None. Geometry must be in EPSG:4326.
    """
    lists = [
        plain_values(rows[name], table.c[name].type) if name in rows else [None] * len(rows)
        for name in columns
    ]
    return list(zip(*lists, strict=True)) if len(rows) else []


def plain_values(values: pd.Series, kind: Any) -> list[Any]:
    """One column as a list of plain Python values for a column type."""
    if isinstance(kind, Geometry):
        shapes = np.asarray(values.to_numpy(), dtype=object)
        out = np.full(len(shapes), None, dtype=object)
        is_bytes = np.fromiter((isinstance(v, bytes) for v in shapes), bool, len(shapes))
        out[is_bytes] = shapes[is_bytes]
        filled = ~is_bytes & shapely.is_geometry(shapes)
        out[filled] = shapely.to_wkb(shapely.force_2d(shapes[filled]), byte_order=1)
        return out.tolist()
    missing = values.isna().to_numpy()
    raw = values.astype(object).to_numpy(dtype=object)
    convert: Any = str
    if isinstance(kind, Boolean):
        convert = bool
    elif isinstance(kind, (Integer, BigInteger)):
        convert = int
    elif isinstance(kind, Float):
        convert = _finite
    elif isinstance(kind, DateTime):
        convert = pd.Timestamp.to_pydatetime
    elif isinstance(kind, Date):
        convert = _as_date
    elif kind.__class__.__name__ == "JSON":
        convert = _same
    return [None if gone else convert(value) for value, gone in zip(raw, missing, strict=True)]


def _same(value: Any) -> Any:
    return value


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _as_date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return dt.date.fromisoformat(str(value)[:10])


def content_hashes(rows: Iterable[Row]) -> list[str]:
    """A hash of each row's content, to tell changed rows from unchanged ones."""
    return [hashlib.blake2b(repr(row).encode(), digest_size=16).hexdigest() for row in rows]


def insert_rows(conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert many rows at the speed of the driver: executemany on SQLite, COPY on PostgreSQL."""
    if not rows:
        return
    if conn.dialect.name == "postgresql":
        _copy_rows(conn, table, columns, rows)
        return
    names = ", ".join(f'"{c}"' for c in columns)
    marks = ", ".join("?" for _ in columns)
    dates = [i for i, c in enumerate(columns) if isinstance(table.c[c].type, (Date, DateTime))]
    jsons = [i for i, c in enumerate(columns) if table.c[c].type.__class__.__name__ == "JSON"]
    conn.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608  names are the schema's own
        [_sqlite_row(row, dates, jsons) for row in rows] if dates or jsons else list(rows),
    )


def _sqlite_row(row: Row, dates: Sequence[int], jsons: Sequence[int]) -> Row:
    values = list(row)
    for i in dates:
        if values[i] is not None:
            values[i] = (
                values[i].isoformat(sep=" ") if isinstance(values[i], dt.datetime) else values[i].isoformat()
            )
    for i in jsons:
        values[i] = json.dumps(values[i], ensure_ascii=False)
    return tuple(values)


def _copy_rows(conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    shapes = [i for i, c in enumerate(columns) if isinstance(table.c[c].type, Geometry)]
    jsons = [i for i, c in enumerate(columns) if table.c[c].type.__class__.__name__ == "JSON"]
    names = ", ".join(f'"{c}"' for c in columns)
    raw = conn.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            values = list(row)
            for i in shapes:
                if values[i] is not None:
                    values[i] = _ewkb_hex(values[i])
            for i in jsons:
                values[i] = json.dumps(values[i], ensure_ascii=False)
            copy.write_row([_pg_text(v) for v in values])


def _pg_text(value: Any) -> Any:
    return value.replace("\x00", "") if isinstance(value, str) else value


def _ewkb_hex(wkb: bytes) -> str:
    """Little-endian 2D WKB with the house's SRID put in, in the hexadecimal form that COPY takes."""
    kind = int.from_bytes(wkb[1:5], "little") | 0x20000000
    return (wkb[:1] + kind.to_bytes(4, "little") + SRID.to_bytes(4, "little") + wkb[5:]).hex()


def update_rows(conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Update whole rows by their key (the first column)."""
    if not rows:
        return
    key = key_column(table)
    statement = (
        update(table)
        .where(table.c[key] == bindparam("row_key_"))
        .values({c: bindparam(f"v_{c}", type_=table.c[c].type) for c in columns if c != key})
    )
    conn.execute(
        statement,
        [
            {"row_key_": row[0], **{f"v_{c}": v for c, v in zip(columns[1:], row[1:], strict=True)}}
            for row in rows
        ],
    )


def delete_rows(conn: Connection, table: Table, keys: Sequence[str]) -> None:
    """Delete rows by key."""
    key = table.c[key_column(table)]
    for part in chunks(keys):
        conn.execute(delete(table).where(key.in_(part)))


def chunks(keys: Sequence[Any], size: int = 500) -> Iterable[list[Any]]:
    for start in range(0, len(keys), size):
        yield list(keys[start : start + size])


def fetch_by_key(conn: Connection, table: Table, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Whole rows by key."""
    key = table.c[key_column(table)]
    found: dict[str, dict[str, Any]] = {}
    for part in chunks(keys):
        for row in conn.execute(select(table).where(key.in_(part))).mappings():
            found[row[key.name]] = dict(row)
    return found


def to_json(row: dict[str, Any]) -> dict[str, Any]:
    """A whole row as JSON values: geometry as hexadecimal WKB, dates in ISO form."""
    return {name: _json_value(value) for name, value in row.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return value


def from_json(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row that `to_json` kept."""
    return {name: _from_json_value(value, table.c[name].type) for name, value in row.items()}


def _from_json_value(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, (Geometry, LargeBinary)):
        return bytes.fromhex(value)
    if isinstance(kind, DateTime):
        return dt.datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return dt.date.fromisoformat(value)
    return value


def as_layer(rows: pd.DataFrame, column: str) -> gpd.GeoDataFrame:
    """A frame whose WKB column becomes its geometry (EPSG:4326)."""
    shapes = (
        shapely.from_wkb(rows[column].to_numpy(dtype=object)) if len(rows) else np.array([], dtype=object)
    )
    return gpd.GeoDataFrame(
        rows.drop(columns=column), geometry=gpd.GeoSeries(shapes, index=rows.index, crs="EPSG:4326")
    )
