"""From what stands in a column's cells to the store's values, with a problem's code for each cell that can't be read.

Days: a month alone (2020年6月) is taken as its last day, and the clerk is told: a step of which only the month is known
was taken by the month's end at the latest, so no figure counts it too early. Anything coarser is refused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from loaders import areas
from loaders.contracts import DATE_RANGE
from loaders.ledger.cells import CITY_CODE, SEPARATOR, subdistrict_names
from loaders.ledger.sheets import LedgerColumn, codes_of
from loaders.ledger.texts import kept_text, language_of, name_key
from loaders.readers.grid import GridCell
from loaders.values import parse_area_m2, parse_bool, parse_dates, parse_money_fen, parse_numbers, parse_years
from loaders.values.amounts import AREA_UNITS, MONEY_UNITS

#: One row of a ledger in 万元 beyond this was written in 元: the whole city's target of a year is 12.8 亿元.
DOUBTFUL_FEN = 1_000_000_000 * 100
_JANUARY_OR_OCTOBER = re.compile(r"^\d{4}\.1$")
_PER_AREA = re.compile(r"[/每]\s*(㎡|m2|平方?米|平).*$", re.IGNORECASE)
_SPLIT = re.compile(r"[、,，;；/|]+")
_CITY_WORDS = frozenset({"全市", "北京市", "北京", "市级", "city", "wholecity", "beijing", CITY_CODE})
_COARSE = frozenset({"quarter", "half", "year"})
_UNIT_IN_CELL = re.compile(r"[元万亿千百]")


@dataclass
class Parsed:
    """One column's values in order, with problems (code and params) and remarks by place."""

    values: list[Any]
    problems: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    notes: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)


def parse_column(
    column: LedgerColumn,
    cells: Sequence[GridCell | None],
    *,
    unit: str | None,
    districts: Sequence[str | None] = (),
    measures: Sequence[str | None] = (),
) -> Parsed:
    """A column's cells as values of the store.

    `unit` is what the header says (万元, ㎡ …), None where it says nothing; `districts` are the rows' district codes
    (for subdistricts), `measures` those of annual targets.
    """
    texts = pd.Series([None if c is None else c.text for c in cells], dtype=object)
    match column.kind:
        case "key" | "reference" | "text":
            return Parsed([None if t is None else kept_text(t) for t in texts])
        case "district":
            return _districts(texts, with_city=False)
        case "area_code":
            return _districts(texts, with_city=True)
        case "subdistrict":
            return _subdistricts(texts, districts)
        case "code" | "codes":
            return _codes(column, texts)
        case "flag":
            return _told(*parse_bool(texts), convert=bool)
        case "date":
            return _dates(cells, texts)
        case "month":
            return _months(cells, texts)
        case "year":
            return _years(texts)
        case "built":
            return _built(texts)
        case "whole":
            return _told(*parse_numbers(texts, whole=True), convert=int)
        case "number":
            return _told(*parse_numbers(texts), convert=float)
        case "area":
            known = unit if unit in AREA_UNITS else "m2"
            return _told(*parse_area_m2(texts, unit=known), convert=float)
        case "rate":
            return _rates(cells, texts)
        case "target":
            return _targets(texts, unit, measures)
        case "fee":
            return _money(_each(texts, lambda t: _PER_AREA.sub("", t)), "元", None)
    return _money(texts, unit if unit in MONEY_UNITS else None, DOUBTFUL_FEN)


def _each(texts: pd.Series, change: Callable[[str], str | None]) -> pd.Series:
    """Every text changed, missing ones kept as None (pandas' own map would make them NaN)."""
    return pd.Series([None if t is None else change(t) for t in texts], index=texts.index, dtype=object)


def _told(values: pd.Series, problems: pd.Series, *, convert: Any) -> Parsed:
    out = Parsed([None if pd.isna(v) else convert(v) for v in values])
    for place, code in enumerate(problems):
        if code is not None:
            out.problems[place] = (_own(code), {})
            out.values[place] = None
    return out


def _own(code: str) -> str:
    return f"ledger.{code.split('.', 1)[1]}"


def _money(texts: pd.Series, unit: str | None, doubtful_fen: int | None) -> Parsed:
    out = _told(*parse_money_fen(texts, unit=unit), convert=int)
    if doubtful_fen is None:
        return out
    for place, (value, text) in enumerate(zip(out.values, texts, strict=True)):
        # A unit in the cell itself is somebody's word; a bare figure under a header may be in another unit.
        if value is not None and value >= doubtful_fen and not _UNIT_IN_CELL.search(str(text)):
            out.problems[place] = ("ledger.unit_doubtful", {"unit": unit or ""})
            out.values[place] = None
    return out


def _targets(texts: pd.Series, unit: str | None, measures: Sequence[str | None]) -> Parsed:
    is_money = pd.Series([m == "investment_fen" for m in measures] or [False] * len(texts), dtype=bool)
    money = _money(texts.where(is_money, None), unit if unit in MONEY_UNITS else "万元", None)
    counts = _told(*parse_numbers(texts.where(~is_money, None), whole=True), convert=int)
    for place, value in enumerate(money.values):
        if value is not None:
            counts.values[place] = value
    counts.problems |= money.problems
    for place, value in enumerate(counts.values):
        if value is not None and value < 0:
            counts.problems[place] = ("ledger.negative", {})
            counts.values[place] = None
    return counts


def _rates(cells: Sequence[GridCell | None], texts: pd.Series) -> Parsed:
    """Percentages as exact decimals. A number below 0.2 in a cell is the share behind a cell shown in per cent."""
    bare = _each(texts, lambda t: t.replace("％", "%").strip().removesuffix("%"))
    out = _told(*parse_numbers(bare), convert=float)
    for place, value in enumerate(out.values):
        cell = cells[place]
        if value is None or cell is None:
            continue
        if value < 0 or value > 100 or (cell.kind == "number" and 0 < value < 0.2):
            out.problems[place] = ("ledger.rate_unlikely", {})
            out.values[place] = None
        else:
            out.values[place] = f"{Decimal(repr(value)).normalize():f}"
    return out


def _dates(cells: Sequence[GridCell | None], texts: pd.Series) -> Parsed:
    found = parse_dates(texts)
    out = Parsed([None] * len(cells))
    for place, (first, last, precision, problem) in enumerate(found.itertuples(index=False)):
        cell = cells[place]
        # Typed as a number, October loses its nought; saved once more as text, nobody can tell any longer.
        if cell is not None and _JANUARY_OR_OCTOBER.match(cell.text.strip()):
            year = cell.text[:4]
            out.problems[place] = ("ledger.january_or_october", {"year": year})
        elif problem is not None:
            out.problems[place] = (_own(problem), {})
        elif precision in _COARSE:
            out.problems[place] = ("ledger.date_too_coarse", {})
        elif last is not None:
            if not DATE_RANGE[0] <= last <= DATE_RANGE[1]:
                out.problems[place] = ("ledger.date_range", {})
                continue
            out.values[place] = last
            if first != last:
                out.notes[place] = ("ledger.last_day_taken", {"day": last.isoformat()})
    return out


def _months(cells: Sequence[GridCell | None], texts: pd.Series) -> Parsed:
    found = _dates(cells, texts)
    months = [None if v is None else v.isoformat()[:7] for v in found.values]
    return Parsed(months, {p: (_month_code(c), d) for p, (c, d) in found.problems.items()})


def _month_code(code: str) -> str:
    return code if code == "ledger.january_or_october" else "ledger.month_unreadable"


def _years(texts: pd.Series) -> Parsed:
    bare = _each(texts, lambda t: re.sub(r"年度?$", "", t.strip()))
    out = _told(*parse_numbers(bare, whole=True), convert=int)
    for place, value in enumerate(out.values):
        if value is not None and not 1990 <= value <= 2100:
            out.problems[place] = ("ledger.year_range", {})
            out.values[place] = None
    return out


def _built(texts: pd.Series) -> Parsed:
    found = parse_years(texts)
    out = Parsed([None if t is None else kept_text(t) for t in texts])
    for place, problem in enumerate(found["problem"]):
        if problem is not None:
            out.problems[place] = (_own(problem), {})
            out.values[place] = None
    return out


def _districts(texts: pd.Series, *, with_city: bool) -> Parsed:
    plain = _each(texts, kept_text)
    codes = areas.district_code(plain)
    out = Parsed([])
    for place, (text, code) in enumerate(zip(plain, codes, strict=True)):
        found = code if isinstance(code, str) else None
        if text is not None and with_city and name_key(text) in _CITY_WORDS:
            found = CITY_CODE
        if text is not None and found is None:
            out.problems[place] = ("ledger.unknown_district", {})
        out.values.append(found)
    return out


def _subdistricts(texts: pd.Series, districts: Sequence[str | None]) -> Parsed:
    plain = _each(texts, kept_text)
    own = pd.Series(list(districts) or [None] * len(plain), dtype=object)
    codes = areas.subdistrict_code(plain, own)
    english = {name_key(name): code for code, name in subdistrict_names("en").items() if name}
    out = Parsed([])
    for place, (text, code) in enumerate(zip(plain, codes, strict=True)):
        found = code if isinstance(code, str) else None
        if found is None and text is not None:
            found = english.get(name_key(text))
        if found is None and text is not None and re.fullmatch(r"11\d{7}(\d{3})?", text):
            found = text
        if text is not None and found is None:
            out.problems[place] = ("ledger.unknown_subdistrict", {})
        out.values.append(found)
    return out


def _codes(column: LedgerColumn, texts: pd.Series) -> Parsed:
    known: dict[str, str] = {}
    listed: dict[str, list[str]] = {"zh": [], "en": []}
    for code, by_lang in codes_of(column.table, column.name).items():
        known[name_key(code)] = code
        for lang, word in by_lang.items():
            listed[lang].append(word)
            known.setdefault(name_key(word), code)
    out = Parsed([])
    for place, text in enumerate(texts):
        kept = None if text is None else kept_text(text)
        if kept is None:
            out.values.append(None)
            continue
        parts = [p for p in _SPLIT.split(kept) if p.strip()] if column.kind == "codes" else [kept]
        codes = [known.get(name_key(p)) for p in parts]
        unknown = [p for p, code in zip(parts, codes, strict=True) if code is None]
        if unknown:
            words = listed[language_of(kept)]
            near = process.extractOne(unknown[0], words, scorer=fuzz.ratio, score_cutoff=50)
            expected = SEPARATOR.join(words)
            if near is None:
                out.problems[place] = ("ledger.not_in_list", {"expected": expected})
            else:
                out.problems[place] = ("ledger.not_in_list_near", {"expected": expected, "near": near[0]})
            out.values.append(None)
        else:
            out.values.append(SEPARATOR.join(dict.fromkeys(c for c in codes if c is not None)))
    return out
