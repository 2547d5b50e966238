"""What stands in a cell for a value of the store: words for codes, names for areas, sums in the column's unit."""

import datetime as dt
import hashlib
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd

from loaders import reference
from loaders.ledger.sheets import LedgerColumn, word_of
from loaders.ledger.texts import plain_text
from loaders.wording import WORDING

CITY_CODE = "110000"
FEN: dict[str, int] = {"wan_yuan": 1_000_000, "yuan": 100, "fee": 100}
SEPARATOR = "、"


@cache
def district_names(lang: str) -> dict[str, str]:
    """The districts by code, in the order of their codes."""
    rows = reference.districts()
    return dict(zip(rows["district_code"], rows["name_zh" if lang == "zh" else "name_en"], strict=True))


@cache
def subdistrict_names(lang: str) -> dict[str, str]:
    """The subdistricts and towns by their 9-digit code."""
    rows = reference.subdistricts()
    return dict(zip(rows["subdistrict_code"], rows["name_zh" if lang == "zh" else "name_en"], strict=True))


def is_missing(value: Any) -> bool:
    """Whether a value of a frame is no value."""
    return value is None or (not isinstance(value, (str, bytes)) and bool(pd.isna(value)))


def stored_value(column: LedgerColumn, value: Any) -> Any:
    """A value as the store's frames give it, as plain Python: whole numbers as int, days as date, missing as None."""
    if is_missing(value):
        return None
    if column.kind in ("money", "fee", "target", "whole", "year"):
        return int(value)
    if column.kind == "flag":
        return bool(value)
    if column.kind in ("number", "area"):
        return float(value)
    if column.kind == "date":
        return value.date() if isinstance(value, dt.datetime) else value
    return str(value)


def unit_fen(column: LedgerColumn, measure: Any = None) -> int | None:
    """How many fen the column's unit is; None where the column holds no money (a target for projects is a count)."""
    if column.kind == "target":
        return FEN["wan_yuan"] if measure == "investment_fen" else None
    return FEN.get(column.unit or "")


def cell_value(column: LedgerColumn, value: Any, lang: str, row: Any = None) -> Any:
    """What the ledger shows of a stored value: a word, a name, a number in the column's unit, a day, a text.

    `row` is the whole row (a target's unit hangs on its measure). None for a missing value.
    """
    if value is None:
        return None
    fen = unit_fen(column, None if row is None else row.get("measure"))
    if fen is not None:
        return float(Decimal(value) / fen)
    match column.kind:
        case "code":
            return word_of(column.table, column.name, value, lang)
        case "codes":
            parts = [p.strip() for p in value.split(SEPARATOR)]
            return SEPARATOR.join(word_of(column.table, column.name, p, lang) for p in parts if p)
        case "district":
            return district_names(lang).get(value, value)
        case "area_code":
            whole = WORDING.say("ledger.whole_city", lang)
            return whole if value == CITY_CODE else district_names(lang).get(value, value)
        case "subdistrict":
            return subdistrict_names(lang).get(value, value)
        case "flag":
            return WORDING.say("ledger.yes" if value else "ledger.no", lang)
    return value


def shown(column: LedgerColumn, value: Any, lang: str, row: Any = None) -> str:
    """A stored value as a short text for people, with its unit where it has one; a dash for none."""
    found = cell_value(column, value, lang, row)
    if found is None:
        return "–"
    if isinstance(found, (int, float)) and column.kind != "year":
        digits = f"{found:,.6f}" if isinstance(found, float) else f"{found:,}"
        text = digits.rstrip("0").rstrip(".") if "." in digits else digits
        unit = column.unit
        if column.kind == "target":
            unit = "wan_yuan" if unit_fen(column, None if row is None else row.get("measure")) else None
        named = WORDING.say(f"ledger.unit.{unit}", lang) if unit else ""
        return f"{text} {named}".strip()
    return str(found)


def fingerprint(columns: tuple[LedgerColumn, ...], values: Any) -> str:
    """A hash of what the ledger shows of a row, to tell whether a clerk touched it."""
    plain = [canonical(c, values.get(c.name)) for c in columns]
    return hashlib.blake2b(repr(plain).encode(), digest_size=8).hexdigest()


def canonical(column: LedgerColumn, value: Any) -> Any:
    """A value in the form in which two are compared: a workbook keeps 15 digits and people add spaces."""
    if value is None:
        return None
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, str):
        return plain_text(value)
    return value
