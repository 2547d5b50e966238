"""Numbers, areas and sums of money, exact where money is meant."""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any, Final

import cn2an
import numpy as np
import pandas as pd

from loaders.values.texts import PLACEHOLDERS, as_text, compact, problems

#: Square metres in each unit; 亩 is a fifteenth of a hectare (GB 3100).
AREA_UNITS: Final[dict[str, float]] = {
    **dict.fromkeys(("m2", "㎡", "平方米", "平米", "平方", "平", "米2", "m²", "sqm"), 1.0),
    **dict.fromkeys(("万㎡", "万m2", "万平方米", "万平米", "万平", "万平方"), 10_000.0),
    **dict.fromkeys(("公顷", "ha", "hm2"), 10_000.0),
    **dict.fromkeys(("平方公里", "平方千米", "km2"), 1_000_000.0),
    "亩": 2000.0 / 3.0,
}
#: Fen in each unit.
MONEY_UNITS: Final[dict[str, int]] = {
    **dict.fromkeys(("元", "圆", "块", "cny", "rmb"), 100),
    **dict.fromkeys(("千元", "千"), 100_000),
    **dict.fromkeys(("万元", "万", "万块"), 1_000_000),
    **dict.fromkeys(("百万元", "百万"), 100_000_000),
    **dict.fromkeys(("千万元", "千万"), 1_000_000_000),
    **dict.fromkeys(("亿元", "亿"), 10_000_000_000),
}
#: Spreadsheets keep 15 significant digits; what stands beyond them is noise of binary fractions.
_EXCEL = Context(prec=15, rounding=ROUND_HALF_EVEN)
_MOST_FEN: Final = 10**18

#: Figures that whole-number arithmetic in 64 bits can turn into fen from any unit.
_PLAIN: Final = r"[0-9]{1,8}(?:\.[0-9]{1,6})?"
_COUNTED = re.compile(r"(个|栋|幢|座|层|户|人|套|部|台|处|张|床|位|辆|间|米|元/㎡|元/m2|元|年|m|%)$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_LOOSE = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$")
_AMOUNT = re.compile(r"^([+-]?[\d,]*\.?\d+(?:e[+-]?\d{1,3})?)([^\d.,+-]*)")
_BRACKETED = re.compile(r"^\((.+)\)$")
_HANZI_NUMBER = re.compile(r"^[负零〇一二两三四五六七八九十百千万亿点]+$")
_FRONT = re.compile(r"^(人民币|rmb|cny|[¥￥$]|约|大约|共计?|合计)+")


def parse_numbers(values: pd.Series, *, whole: bool = False) -> tuple[pd.Series, pd.Series]:
    """Numbers (float, or nullable whole numbers) and a problem for each row.

    Understands full-width digits, thousands separators, `1.2万`, 十二, and a counting word behind (6层, 120户).
    Problems: `reject.not_a_number`, `reject.not_finite`, `reject.not_whole`.
    """
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        given = pd.Series(numbers, index=values.index)
        strange = pd.Series(False, index=values.index)
        missing = values.isna()
    else:
        texts = as_text(values)
        given, strange, missing = _numbers(texts)
    endless = ~missing & ~strange & ~np.isfinite(given)
    given = given.where(np.isfinite(given))
    told = problems(strange, "reject.not_a_number").to_numpy(copy=True)
    told[endless.to_numpy()] = "reject.not_finite"
    if whole:
        split = given.notna() & (given != given.round())
        told[split.to_numpy()] = "reject.not_whole"
        given = given.where(~split).astype("Float64").astype("Int64")
    return given, pd.Series(told, index=values.index, dtype=object)


def parse_area_m2(values: pd.Series, *, unit: str = "m2") -> tuple[pd.Series, pd.Series]:
    """Areas in m² and a problem for each row; a unit in the text goes before ``unit``.

    Problems: `reject.not_an_area`, `reject.unknown_unit`, `reject.area_negative`. Raises KeyError for a ``unit``
    that is not in ``AREA_UNITS``.
    """
    factor = AREA_UNITS[unit]
    texts = as_text(values)
    is_plain = texts.str.fullmatch(_PLAIN).fillna(False).astype(bool)
    table = _distinct(texts[~is_plain], lambda text: _area(text, factor))
    areas = pd.Series(np.nan, index=values.index)
    areas[~is_plain] = pd.to_numeric(table["value"]).astype(float)
    areas[is_plain] = pd.to_numeric(texts[is_plain]).astype(float) * factor
    return areas, _told(values.index, is_plain, table)


def parse_money_fen(values: pd.Series, *, unit: str | None = None) -> tuple[pd.Series, pd.Series]:
    """Sums in whole fen (nullable whole numbers), exact, and a problem for each row.

    A unit in the text goes before ``unit``; without either a sum can't be told. Problems: `reject.not_money`,
    `reject.unknown_unit`, `reject.money_without_unit`, `reject.money_negative`, `reject.money_below_fen`,
    `reject.money_too_large`. Raises KeyError for an unknown ``unit``.
    """
    size = MONEY_UNITS[unit] if unit is not None else None
    texts = as_text(values)
    is_plain = texts.str.fullmatch(_PLAIN).fillna(False).astype(bool) & (size is not None)
    table = _distinct(texts[~is_plain], lambda text: _money(text, size))
    fen = pd.Series(pd.NA, index=values.index, dtype="Int64")
    fen[~is_plain] = table["value"].astype("Int64")
    found = _told(values.index, is_plain, table)
    if size is not None and is_plain.any():
        exact, is_split = _plain_fen(texts[is_plain], size)
        fen[is_plain] = exact.mask(is_split)
        told = found.to_numpy(copy=True)
        told[is_plain.to_numpy()] = problems(is_split, "reject.money_below_fen").to_numpy()
        found = pd.Series(told, index=values.index, dtype=object)
    return fen, found


def _told(index: pd.Index, is_plain: pd.Series, table: pd.DataFrame) -> pd.Series:
    """The problems of the rows that were read with care, None for the plain ones."""
    told = np.full(len(index), None, dtype=object)
    told[~is_plain.to_numpy()] = table["problem"].to_numpy()
    return pd.Series(told, index=index, dtype=object)


def _plain_fen(texts: pd.Series, size: int) -> tuple[pd.Series, pd.Series]:
    """Fen of plain figures by whole-number arithmetic, and which of them have a part below one fen."""
    parts = texts.str.partition(".")
    millionths = parts[2].str.ljust(6, "0").astype("int64") * size
    return parts[0].astype("int64").astype("Int64") * size + millionths // 10**6, millionths % 10**6 != 0


def _distinct(values: pd.Series, convert: Any) -> pd.DataFrame:
    """Value and problem of each row, worked out once for each distinct text."""
    places, distinct = pd.factorize(as_text(values))
    found = [convert(text) for text in distinct] + [(None, None)]
    made = np.empty(len(found), dtype=object)
    told = np.empty(len(found), dtype=object)
    for place, (value, problem) in enumerate(found):
        made[place], told[place] = value, problem
    return pd.DataFrame(
        {
            "value": pd.Series(made[places], index=values.index, dtype=object),
            "problem": pd.Series(told[places], index=values.index, dtype=object),
        }
    )


def _numbers(texts: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    quick = pd.to_numeric(texts, errors="coerce").astype(float)
    slow = quick.isna() & texts.notna()
    given = quick.copy()
    strange = pd.Series(False, index=texts.index)
    missing = texts.isna()
    if slow.any():
        table = _distinct(texts[slow], _number)
        given[slow] = pd.to_numeric(table["value"]).astype(float)
        strange[slow] = table["problem"].notna()
        missing[slow] = table["value"].isna() & table["problem"].isna()
    return given, strange, missing


def _number(text: str) -> tuple[float | None, str | None]:
    plain = compact(text).casefold()
    if plain in PLACEHOLDERS:
        return None, None
    plain = _FRONT.sub("", _COUNTED.sub("", plain)).replace("−", "-")
    if _GROUPED.match(plain):
        plain = plain.replace(",", "")
    if _LOOSE.match(plain):
        return float(plain), None
    if plain in ("inf", "+inf", "-inf", "infinity", "-infinity", "∞", "-∞"):
        return float("inf"), None
    for ending, factor in (("万", 1e4), ("亿", 1e8)):
        body = plain.removesuffix(ending)
        if body != plain and _LOOSE.match(body):
            return float(Decimal(body) * Decimal(int(factor))), None
    if _HANZI_NUMBER.match(plain):
        try:
            return float(cn2an.cn2an(plain, "normal")), None
        except (ValueError, KeyError):
            pass
    return None, "reject.not_a_number"


def _amount(text: str) -> tuple[Decimal, str] | None:
    """The number at the front of a text and what follows it."""
    plain = compact(text).casefold().replace("−", "-").replace("－", "-")
    bracketed = _BRACKETED.match(plain)
    if bracketed:  # the accountants' way to write a negative sum
        plain = f"-{bracketed.group(1)}"
    sign = "-" if plain.startswith("-") else ""
    plain = sign + _FRONT.sub("", plain.removeprefix("-"))
    match = _AMOUNT.match(plain)
    if match is None:
        return None
    figure, rest = match.group(1), plain[match.end(1) :]
    if "," in figure:
        if not _GROUPED.match(figure):
            return None
        figure = figure.replace(",", "")
    try:
        number = Decimal(figure)
    except InvalidOperation:
        return None
    if len(number.as_tuple().digits) > 15:
        number = _EXCEL.plus(number)
    return number, rest


def _area(text: str, factor: float) -> tuple[float | None, str | None]:
    if compact(text).casefold() in PLACEHOLDERS:
        return None, None
    found = _amount(text)
    if found is None:
        return None, "reject.not_an_area"
    number, rest = found
    if rest:
        known = AREA_UNITS.get(rest.rstrip("。.;,"))
        if known is None:
            return None, "reject.unknown_unit"
        factor = known
    if number < 0:
        return None, "reject.area_negative"
    return float(number * Decimal(repr(factor))) if factor.is_integer() else float(number) * factor, None


def _money(text: str, size: int | None) -> tuple[int | None, str | None]:
    if compact(text).casefold() in PLACEHOLDERS:
        return None, None
    total = Decimal(0)
    rest = text
    is_negative = False
    for step in range(4):  # 1亿2000万元: a sum in several units
        found = _amount(rest)
        if found is None:
            return None, "reject.not_money"
        number, behind = found
        is_negative = is_negative or number < 0
        unit = re.match(r"[^\d.,+-]*", behind)
        name = (unit.group(0) if unit else "").rstrip("整正。.;,")
        rest = behind[unit.end() :] if unit else ""
        factor = MONEY_UNITS.get(name) if name else (size if step == 0 and not rest else None)
        if factor is None:
            return None, "reject.unknown_unit" if name else "reject.money_without_unit"
        total += number * factor
        if not rest:
            break
    else:
        return None, "reject.not_money"
    if is_negative:
        return None, "reject.money_negative"
    if total != total.to_integral_value():
        return None, "reject.money_below_fen"
    return (int(total), None) if total < _MOST_FEN else (None, "reject.money_too_large")
