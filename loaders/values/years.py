"""Years of building as they are written: exact, from–to, decades, about, unknown."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from loaders.values.numerals import arabic
from loaders.values.texts import PLACEHOLDERS, as_text, compact

#: The oldest date of building that a register of dwellings is believed.
OLDEST_YEAR: Final = 1840
#: How far ahead a year of completion may lie (projects under way).
YEARS_AHEAD: Final = 5
_EXCEL_ZERO: Final = dt.date(1899, 12, 30)

_UNKNOWN: Final = frozenset({"0", "00", "0000", "9999", "999", "99999", "1111", "0.0"})
_ABOUT = re.compile(
    r"大约|大概|大致|约|左右|前后|上下|估计|疑似|可能|近(?=\d)|≈|(?<![a-z])(?:ca|circa|about|c)\.?(?=\d)|^[~～](?=\d)|\?$"
)
_WORDS = re.compile(
    r"建成|建造|建设|始建|修建|竣工|交付|入住|完工|落成|投用|建筑年代|年代[:：]|建于|建|于|成$|built|in|year"
    r"|[()\[\]【】\"'“”]"
)
_EDGE_MARKS: Final = ",.;:。、"
_DASH = re.compile(r"[-~－—–―−至到]+")
_CENTURY = re.compile(r"(上个?世纪|20世纪|本世纪|21世纪|19世纪)")
_DECADE = re.compile(
    r"(?P<full>\d{4}|\d{2}|\d)(?:'?s|年代)(?P<part>初期?|早期|前期|中期?|中后期|末期?|后期|晚期|底)?"
)
_PAIR_OF_TENS = re.compile(r"([二三四五六七八九])([三四五六七八九])十年代")
_RANGE = re.compile(r"^(\d{4})年?(?:\d{1,2}月)?-(\d{4}|\d{2})年?(?:\d{1,2}月)?$")
_DAY = re.compile(r"^(\d{4})(?:年|[-./])(?:(\d{1,2})(?:月|[-./]|$)(?:(\d{1,2})日?)?)?(?:t?\d{1,2}:\d{2}.*)?$")
_SOLID = re.compile(r"^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?$")
_SHORT = re.compile(r"^(?:')?([4-9]\d)年$")
_BEFORE = re.compile(r"^(\d{4})年?(?:以前|之前|及以前|前)$")
_AFTER = re.compile(r"^(\d{4})年?(?:以后|之后|及以后|后)$")
_FOUR = re.compile(r"(?<!\d)(\d{4})(?!\d)")

#: Thirds of a decade, counted from its first year.
_PARTS: Final = {
    "初": (0, 3),
    "早": (0, 3),
    "前": (0, 4),
    "中": (4, 6),
    "末": (7, 9),
    "后": (5, 9),
    "晚": (7, 9),
    "底": (7, 9),
}

COLUMNS: Final = ("build_year_from", "build_year_to", "build_year_precision", "problem")


@dataclass(frozen=True)
class _Year:
    low: int | None = None
    high: int | None = None
    precision: str = "unknown"
    problem: str | None = None


_NOTHING = _Year()


def parse_years(
    values: pd.Series,
    *,
    oldest: int = OLDEST_YEAR,
    newest: int | None = None,
    are_excel_dates: bool = False,
) -> pd.DataFrame:
    """Years of building on the same index.

    Columns: `build_year_from`, `build_year_to` (nullable whole numbers), `build_year_precision` (year, range, decade,
    about, unknown), `problem` (`reject.year_unreadable`, `reject.year_implausible` or None). 0 and 9999 stand for
    unknown in registers; a year outside ``oldest``–``newest`` (five years ahead) is a problem. An end that is left
    open (1980年以前) is the oldest or newest year, so that no range is taken for narrower than it is. Numbers are
    days since 1900 only with ``are_excel_dates``.
    """
    latest = newest if newest is not None else dt.datetime.now(dt.UTC).year + YEARS_AHEAD
    texts = as_text(values)
    places, distinct = pd.factorize(texts)
    found = [_read(text, oldest, latest, are_excel_dates) for text in distinct] + [_NOTHING]
    columns = {
        "build_year_from": pd.array([f.low for f in found], dtype="Int64"),
        "build_year_to": pd.array([f.high for f in found], dtype="Int64"),
        "build_year_precision": np.array([f.precision for f in found], dtype=object),
        "problem": np.array([f.problem for f in found], dtype=object),
    }
    table = pd.DataFrame(columns)
    for name in ("build_year_precision", "problem"):
        table[name] = pd.Series(columns[name], dtype=object)
    out = table.iloc[np.where(places < 0, len(found) - 1, places)]
    return out.set_axis(values.index, axis=0)


def _read(text: str, oldest: int, newest: int, are_excel_dates: bool) -> _Year:
    plain = compact(text).casefold()
    if plain in PLACEHOLDERS or plain in _UNKNOWN:
        return _NOTHING
    if are_excel_dates and re.fullmatch(r"\d{4,6}(\.\d+)?", plain):
        year = (_EXCEL_ZERO + dt.timedelta(days=int(float(plain)))).year
        return _plausible(year, year, "year", oldest, newest)
    plain = _PAIR_OF_TENS.sub(r"\1十年代-\2十年代", plain)
    plain = arabic(plain)
    is_about = bool(_ABOUT.search(plain))
    plain = _WORDS.sub("", _ABOUT.sub("", plain)).strip(",.;:。、")
    plain = plain.removesuffix(".0")
    found = _decades(plain, oldest, newest) if "年代" in plain or re.search(r"\d'?s", plain) else None
    found = found or _open_ended(plain, oldest, newest) or _exact(plain, oldest, newest)
    if found is None:
        return _Year(problem="reject.year_unreadable")
    if is_about and found.precision == "year":
        return _Year(found.low, found.high, "about", found.problem)
    return found


def _exact(text: str, oldest: int, newest: int) -> _Year | None:
    if re.fullmatch(r"\d{1,9}年?", text) and not _SOLID.match(text):
        short = _SHORT.match(text)
        year = 1900 + int(short.group(1)) if short else int(text.rstrip("年"))
        return _plausible(year, year, "year", oldest, newest)
    solid = _SOLID.match(text)
    if solid:
        year = int(solid.group(1))
        return _plausible(year, year, "year", oldest, newest)
    dashed = _DASH.sub("-", text)
    pair = _RANGE.match(dashed)
    if pair and not (len(pair.group(2)) == 2 and int(pair.group(2)) <= 12):
        low = int(pair.group(1))
        high = int(pair.group(2)) if len(pair.group(2)) == 4 else low // 100 * 100 + int(pair.group(2))
        return _between(low, high, oldest, newest)
    day = _DAY.match(dashed)
    if day:
        year, month = int(day.group(1)), int(day.group(2) or 1)
        return _plausible(year, year, "year", oldest, newest) if 1 <= month <= 12 else None
    years = [int(y) for y in _FOUR.findall(text) if oldest <= int(y) <= newest]
    if not years:
        # A number in the midst of words is refused for its value, words without one for being no year.
        four = _FOUR.search(text)
        return _Year(problem="reject.year_implausible") if four else None
    return _between(min(years), max(years), oldest, newest)


def _open_ended(text: str, oldest: int, newest: int) -> _Year | None:
    before, after = _BEFORE.match(text), _AFTER.match(text)
    if before:
        year = int(before.group(1))
        last = year if "及" in text else year - 1
        found = _plausible(last, last, "range", oldest, newest)
        return found if found.problem else _Year(oldest, last, "range")
    if after:
        year = int(after.group(1))
        found = _plausible(year, year, "range", oldest, newest)
        return found if found.problem else _Year(year, newest, "range")
    return None


def _decades(text: str, oldest: int, newest: int) -> _Year | None:
    """80年代, 1980年代, 上世纪80年代初, 80-90年代, 1980s."""
    century = _CENTURY.search(text)
    base = {"本": 2000, "2": 2000 if century and century.group(1) == "21世纪" else 1900, "1": 1800}.get(
        century.group(1)[0] if century else "", 1900 if century else None
    )
    text = _CENTURY.sub("", text)
    text = re.sub(
        r"(?<!\d)(\d{1,2}|\d{4})(?:[-、,,至和]|到)(?=\d{1,4}年代)", r"\1年代-", _DASH.sub("-", text)
    )
    spans = []
    for match in _DECADE.finditer(text):
        digits = match.group("full")
        if len(digits) == 4:
            start = int(digits)
        else:
            tens = int(digits) if len(digits) == 2 else int(digits) * 10
            start = (base if base is not None else 1900 if tens >= 30 else 2000) + tens
        if start % 10:
            return None
        low, high = _PARTS.get((match.group("part") or " ")[0], (0, 9))
        spans.append((start + low, start + high))
    if not spans:
        return None
    low, high = min(s[0] for s in spans), max(s[1] for s in spans)
    found = _plausible(low, low, "decade", oldest, newest)
    if found.problem:
        return found
    return _Year(low, min(high, newest), "decade" if len(spans) == 1 else "range")


def _between(low: int, high: int, oldest: int, newest: int) -> _Year:
    low, high = min(low, high), max(low, high)
    return _plausible(low, high, "year" if low == high else "range", oldest, newest)


def _plausible(low: int, high: int, precision: str, oldest: int, newest: int) -> _Year:
    if low < oldest or high > newest:
        return _Year(problem="reject.year_implausible")
    return _Year(low, high, precision)
