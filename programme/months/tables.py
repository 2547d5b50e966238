"""The tables that a month is made of, their columns, and how frames of them are frozen.

Only the columns named here are kept, so nothing else of the store (and nobody's name) enters a frozen month. What
became known of a later day is left out: a row that happened after the month's last day is dropped, and a later
day in another column of a kept row is blanked. A month is therefore the same on whatever day it is closed, as long as
nobody corrects what had happened by its end. What has no date (a project's district, a community's flags) is frozen as
it stood when the month was closed.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from programme.months.errors import InputRefused
from programme.progress import month_end

Cell = str | int | bool | None


@dataclass(frozen=True)
class Column:
    """A column: kind is text, int, flag, month, day (it happened) or planned_day (it may lie ahead)."""

    name: str
    kind: str
    is_required: bool = False


@dataclass(frozen=True)
class TableForm:
    """A table: its columns, the first of which is its key, and the one that dates a row (None: undated)."""

    columns: tuple[Column, ...]
    dated_by: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in their order."""
        return tuple(c.name for c in self.columns)


def _form(*columns: str, dated_by: str | None = None) -> TableForm:
    parsed = []
    for text in columns:
        name, kind = text.rstrip("!").split(":")
        parsed.append(Column(name, kind, text.endswith("!")))
    return TableForm(tuple(parsed), dated_by)


#: Version 1 of the inputs. A change here needs a new version of the form and of the rules that read it.
FORMS: dict[str, TableForm] = {
    "districts": _form("district_code:text!"),
    "projects": _form(
        "project_id:text!", "district_code:text", "is_central_state:flag", "confirmation_document_no:text"
    ),
    "events": _form(
        "event_id:text!",
        "project_id:text!",
        "stage:text!",
        "event_date:day!",
        "document_no:text",
        dated_by="event_date",
    ),
    "investments": _form(
        "investment_id:text!", "project_id:text!", "month:month!", "amount_fen:int!", dated_by="month"
    ),
    "targets": _form("target_id:text!", "year:int!", "area_code:text!", "measure:text!", "value:int!"),
    "project_communities": _form("project_community_id:text!", "project_id:text!", "community_id:text!"),
    "communities": _form(
        "community_id:text!",
        "district_code:text",
        "age_class:text",
        "is_central_state:flag",
        "has_owners_body:flag",
        "has_property_service:flag",
        "has_party_organisation:flag",
    ),
    "issues": _form(
        "issue_id:text!",
        "district_code:text",
        "project_id:text",
        "kind:text",
        "reported_date:day!",
        "due_date:planned_day",
        "closed_date:day",
        dated_by="reported_date",
    ),
    "issue_calls": _form(
        "call_id:text!",
        "issue_id:text!",
        "unit:text!",
        "called_date:day!",
        "answered_date:day",
        dated_by="called_date",
    ),
    "mechanism_units": _form("mechanism_unit_id:text!", "mechanism_no:int!", "unit:text!", "role:text!"),
    "deliverables": _form(
        "deliverable_id:text!",
        "mechanism_no:int",
        "unit:text",
        "due_date:planned_day",
        "delivered_date:day",
    ),
}


@dataclass(frozen=True)
class Table:
    """A frozen table: rows sorted by key, each cell a text, whole number, flag or None (days as ISO texts)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """The rows as dicts by column, in the order of their keys."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def by_key(self) -> dict[str, dict[str, Any]]:
        """The rows as dicts by column, under their keys."""
        return {str(row[0]): dict(zip(self.columns, row, strict=True)) for row in self.rows}

    def plain(self) -> dict[str, Any]:
        """The table as lists, for the canonical form."""
        return {"columns": list(self.columns), "rows": [list(row) for row in self.rows]}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Table":
        """The table that `plain` was made of."""
        return cls(tuple(plain["columns"]), tuple(tuple(row) for row in plain["rows"]))


FrozenInputs = dict[str, Table]


def freeze(frames: Mapping[str, pd.DataFrame], month: str) -> FrozenInputs:
    """The tables of a month (YYYY-MM) from frames in any order of rows and columns.

    `frames` holds the tables of `FORMS` by name, with at least the key and required columns; other columns of a form
    may be missing (all unknown), further columns are left out, and a table that is not given is empty. Blank texts,
    NaN and NaT are None. Raises InputRefused, naming table, row key and column: month.unknown_table,
    month.missing_column, month.missing_value, month.value_kind, month.key_twice, month.target_twice; ValueError for
    a text that is no month.
    """
    last = month_end(month)
    unknown = sorted(set(frames) - set(FORMS))
    if unknown:
        raise InputRefused("month.unknown_table", table=unknown[0])
    frozen = {name: _table(name, form, frames.get(name), last) for name, form in FORMS.items()}
    seen: set[tuple[Any, ...]] = set()
    for row in frozen["targets"].records():
        aim = (row["year"], row["area_code"], row["measure"])
        if aim in seen:
            raise InputRefused("month.target_twice", area_code=aim[1], measure=aim[2], row=row["target_id"])
        seen.add(aim)
    return frozen


def _table(name: str, form: TableForm, frame: pd.DataFrame | None, last: dt.date) -> Table:
    if frame is None or (frame.empty and frame.columns.empty):
        return Table(form.names, ())
    missing = [c.name for c in form.columns if c.is_required and c.name not in frame.columns]
    if missing:
        raise InputRefused("month.missing_column", table=name, column=missing[0])
    columns = [list(frame[c.name]) if c.name in frame.columns else [None] * len(frame) for c in form.columns]
    rows: dict[str, tuple[Cell, ...]] = {}
    for raw in zip(*columns, strict=True):
        row = _row(name, form, raw, last)
        if row is None:
            continue
        key = str(row[0])
        if key in rows:
            raise InputRefused("month.key_twice", table=name, row=key)
        rows[key] = row
    return Table(form.names, tuple(rows[key] for key in sorted(rows)))


def _row(name: str, form: TableForm, raw: tuple[Any, ...], last: dt.date) -> tuple[Cell, ...] | None:
    cells: list[Cell] = []
    for column, value in zip(form.columns, raw, strict=True):
        try:
            cell = _cell(column.kind, value)
        except (ValueError, TypeError, OverflowError) as error:
            raise InputRefused(
                "month.value_kind", table=name, row=str(raw[0]), column=column.name, kind=column.kind
            ) from error
        if cell is None and column.is_required:
            raise InputRefused("month.missing_value", table=name, row=str(raw[0]), column=column.name)
        is_later = (column.kind == "day" and cell is not None and str(cell) > last.isoformat()) or (
            column.kind == "month" and cell is not None and str(cell) > last.isoformat()[:7]
        )
        if is_later:
            if column.name == form.dated_by:
                return None
            cell = None
        cells.append(cell)
    return tuple(cells)


def _cell(kind: str, value: Any) -> Cell:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str) and not value.strip():
        return None
    if hasattr(value, "item") and not isinstance(value, (pd.Timestamp, str)):
        value = value.item()
    return _READ[kind](value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        value.encode("utf-8")  # a lone surrogate can't be kept
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or value != int(value):
        raise TypeError
    return int(value)


def _flag(value: Any) -> bool:
    if value is True or value is False:
        return value
    if value in (0, 1) and isinstance(value, (int, float)):
        return bool(value)
    raise TypeError


def _day(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return dt.date.fromisoformat(value).isoformat()


def _month(value: Any) -> str:
    return month_end(value).isoformat()[:7]


_READ: dict[str, Callable[[Any], Cell]] = {
    "text": _text,
    "int": _int,
    "flag": _flag,
    "day": _day,
    "planned_day": _day,
    "month": _month,
}
