"""Days, months, quarters and half-years as offices write them."""

import calendar
import datetime as dt
import re
from typing import Final

import numpy as np
import pandas as pd

from loaders.values.numerals import arabic
from loaders.values.texts import PLACEHOLDERS, as_text, compact

COLUMNS: Final = ("date", "date_to", "date_precision", "problem")
#: Day 0 of Excel's calendar as it counts from March 1900.
_EXCEL_ZERO: Final = dt.date(1899, 12, 30)
_SERIAL = re.compile(r"^([2-7]\d{4})(?:\.\d+)?$")  # 1954 to 2119

_TIME = re.compile(r"(?<=\d)[t]?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(z|[+-]\d{2}:?\d{2})?$")
_FULL = re.compile(r"^(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})[日号]?$")
_SOLID_DAY = re.compile(r"^((?:19|20|21)\d{2})(0[1-9]|1[0-2])([0-3]\d)$")
_SOLID_MONTH = re.compile(r"^((?:19|20|21)\d{2})(0[1-9]|1[0-2])$")
_MONTH = re.compile(r"^(\d{4})(?:年|[-/.])(\d{1,2})月?(初|上旬|中旬|中|下旬|底|末|月底|月末)?$")
_YEAR = re.compile(r"^(\d{4})年?(初|上半年|下半年|年中|底|末|年底|年末|内|全年)?$")
_QUARTER = re.compile(r"^(\d{4})年?[-/]?(?:第?([1-4])季度?|q([1-4])|([1-4])q)(初|末|底)?$")
_YEARLESS = re.compile(r"^\d{1,2}(月|[-/.]\d{1,2}$)|^(上|下)半年|^第?[1-4]季")

_TENTHS: Final = {"初": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20), "下旬": (21, 31)}
_HALVES: Final = {"上半年": (1, 6), "下半年": (7, 12)}
Span = tuple[dt.date, dt.date, str]


def parse_dates(values: pd.Series, *, default_year: int | None = None) -> pd.DataFrame:
    """Dates on the same index: `date` (the first day meant), `date_to` (the last), `date_precision`, `problem`.

    Precision is day, tenth (上旬), month, quarter, half or year. The end of a month, quarter or year (6月底) is its
    last day. A five-digit number is a day of Excel's calendar. A date without a year takes ``default_year``.
    Problems: `reject.date_unreadable`, `reject.date_impossible`, `reject.date_without_year`.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    places, distinct = pd.factorize(as_text(values))
    found = [_read(text, default_year) for text in distinct] + [(None, None)]
    rows: list[tuple[dt.date | None, dt.date | None, str | None, str | None]] = []
    for span, problem in found:
        rows.append((*(span or (None, None, None)), problem))
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    out = table.iloc[np.where(places < 0, len(rows) - 1, places)].set_axis(values.index, axis=0)
    return out.where(out.notna(), None)


def _read(text: str, default_year: int | None) -> tuple[Span | None, str | None]:
    plain = compact(text).casefold()
    if plain in PLACEHOLDERS:
        return None, None
    plain = arabic(plain).replace("—", "-").replace("–", "-").replace("。", ".")
    plain = _TIME.sub("", plain) if ":" in plain else plain
    serial = _SERIAL.match(plain)
    if serial:
        day = _EXCEL_ZERO + dt.timedelta(days=int(serial.group(1)))
        return (day, day, "day"), None
    if _YEARLESS.match(plain):
        if default_year is None:
            return None, "reject.date_without_year"
        plain = f"{default_year}{'年' if not re.match(r'^[0-9]+[-/.]', plain) else '-'}{plain}"
    try:
        span = _span(plain)
    except ValueError:
        return None, "reject.date_impossible"
    return (span, None) if span is not None else (None, "reject.date_unreadable")


def _span(text: str) -> Span | None:
    """Raises ValueError for a day or month that the calendar does not have."""
    day = _FULL.match(text) or _SOLID_DAY.match(text)
    if day:
        exact = dt.date(int(day.group(1)), int(day.group(2)), int(day.group(3)))
        return exact, exact, "day"
    month = _MONTH.match(text) or _SOLID_MONTH.match(text)
    if month:
        return _month(
            int(month.group(1)), int(month.group(2)), month.group(3) if month.re is _MONTH else None
        )
    quarter = _QUARTER.match(text)
    if quarter:
        year = int(quarter.group(1))
        number = int(quarter.group(2) or quarter.group(3) or quarter.group(4))
        span = _months(year, number * 3 - 2, number * 3, "quarter")
        return (span[1], span[1], "day") if quarter.group(5) in ("末", "底") else span
    year_only = _YEAR.match(text)
    if year_only:
        year, part = int(year_only.group(1)), year_only.group(2) or ""
        if part in _HALVES:
            return _months(year, *_HALVES[part], "half")
        if part in ("底", "末", "年底", "年末"):
            return dt.date(year, 12, 31), dt.date(year, 12, 31), "day"
        return _months(year, 1, 12, "year")
    return None


def _month(year: int, month: int, part: str | None) -> Span:
    last = calendar.monthrange(_sound_year(year), month)[1]
    if part in ("底", "末", "月底", "月末"):
        return dt.date(year, month, last), dt.date(year, month, last), "day"
    if part in _TENTHS:
        first, end = _TENTHS[part]
        return dt.date(year, month, first), dt.date(year, month, min(end, last)), "tenth"
    return dt.date(year, month, 1), dt.date(year, month, last), "month"


def _months(year: int, first: int, last: int, precision: str) -> Span:
    end = calendar.monthrange(_sound_year(year), last)[1]
    return dt.date(year, first, 1), dt.date(year, last, end), precision


def _sound_year(year: int) -> int:
    if year < 1:
        raise ValueError(year)
    return year
