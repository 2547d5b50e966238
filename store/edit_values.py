"""The values of one row as a person gives them, checked against the table before the database sees them."""

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import shapely
from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer, String, Table

from store.edit_codes import CODES
from store.errors import EditRefused
from store.geometry import Geometry
from store.rows import content_columns
from store.tables import key_column

MOST_INT = 2**53
MOST_TEXT = 20_000


def checked_values(
    table: Table, key: str, values: Mapping[str, Any] | None, held: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The whole content of a row: what stands, with the given values over it; None for a row that goes.

    Raises EditRefused: edit.no_such_column, edit.key_differs, edit.missing (a value that must be there), edit.kind
    (what the column holds), edit.code, edit.too_long.
    """
    if values is None:
        return None
    columns = content_columns(table)
    name = key_column(table)
    for column in values:
        if column not in columns:
            raise EditRefused("edit.no_such_column", table=table.name, key=key, column=column)
    if not key.strip() or values.get(name, key) != key:
        raise EditRefused("edit.key_differs", table=table.name, key=key)
    row: dict[str, Any] = {c: None if held is None else held[c] for c in columns}
    row[name] = key
    for column, value in values.items():
        row[column] = _value(table, table.c[column], key, value)
    if len(key) > (table.c[name].type.length or MOST_TEXT):  # type: ignore[attr-defined]
        raise EditRefused("edit.too_long", table=table.name, key=key, column=name)
    for column in columns:
        held_column = table.c[column]
        if row[column] is None and not held_column.nullable:
            default = held_column.server_default
            if default is None:
                raise EditRefused("edit.missing", table=table.name, key=key, column=column)
            text = str(default.arg)  # type: ignore[attr-defined]
            row[column] = text == "1" if isinstance(held_column.type, Boolean) else text
    return row


def _value(table: Table, column: Column, key: str, value: Any) -> Any:
    at = {"table": table.name, "key": key, "column": column.name}
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if hasattr(value, "item") and not isinstance(value, (pd.Timestamp, str)):
        value = value.item()
    if isinstance(value, str):
        value = value.strip().replace("\x00", "")
        if not value:
            return None
    read = _read(column, value)
    if read is None:
        raise EditRefused("edit.kind", **at, value=str(value)[:100], kind=_kind(column))
    if isinstance(read, str):
        longest = getattr(column.type, "length", None) or MOST_TEXT
        if len(read) > longest:
            raise EditRefused("edit.too_long", **at)
    codes = CODES.get((table.name, column.name))
    if codes is not None and read not in codes:
        raise EditRefused("edit.code", **at, value=str(read)[:100], allowed=sorted(codes))
    return read


def _read(column: Column, value: Any) -> Any:
    """The value in the column's own kind; None where it is none."""
    kind = column.type
    if isinstance(kind, Geometry):
        if isinstance(value, bytes):
            return value
        return value if shapely.is_geometry(value) and not shapely.is_empty(value) else None
    if isinstance(kind, Boolean):
        return value if isinstance(value, bool) else bool(value) if value in (0, 1) else None
    if isinstance(kind, (Integer, BigInteger)):
        return _whole(value)
    if isinstance(kind, Float):
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            return None
        return float(value) if math.isfinite(value) else None
    if isinstance(kind, Date):
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return None
    if isinstance(kind, String):  # Text is one too
        return value if isinstance(value, str) else None
    return value  # JSON


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    if not math.isfinite(value) or abs(float(value)) > MOST_INT or value != int(value):
        return None
    return int(value)


def _kind(column: Column) -> str:
    kind = column.type
    if isinstance(kind, Geometry):
        return "geometry"
    if isinstance(kind, Boolean):
        return "flag"
    if isinstance(kind, (Integer, BigInteger)):
        return "whole"
    if isinstance(kind, Float):
        return "number"
    return "date" if isinstance(kind, Date) else "text"
