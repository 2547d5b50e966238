"""Plain text out of cells: full-width forms, invisible characters, placeholders, yes and no."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: Full-width ASCII and the ideographic space, to their plain forms. Hanzi and signs such as ㎡ stay.
FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
#: Control and format characters and private use: nothing that a person wrote. For a character class.
INVISIBLE: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\ue000-\uf8ff"
)
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}\ud800-\udfff]")
#: What a text must hold for normalising to change it at all.
_UNSETTLED: Final = (
    f"[{INVISIBLE}\uff01-\uff5e\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\xa0\t\n\r]|^ | $|  "
)
#: Placeholders are short and, but for one, hold no digit: this leaves few texts to look up.
_MAY_BE_PLACEHOLDER: Final = "^[^0-9\uff10-\uff19]{0,20}$|^\\s*[#\uff03]"
_SPACES: Final = re.compile(r"\s+")

#: What is written where nothing is known, in its normalised lower-case form without spaces.
PLACEHOLDERS: Final = frozenset(
    {
        *("", "/", "\\", "//", "-", "--", "---", "----", "—", "——", "–", "_", "?", "??", ".", "…", "……", "*"),
        *(
            "暂无数据",
            "暂无",
            "暂缺",
            "无",
            "无数据",
            "无资料",
            "无信息",
            "没有数据",
            "缺",
            "缺失",
            "空",
            "(空)",
            "空值",
        ),
        *(
            "待补充",
            "待补",
            "待定",
            "待查",
            "待核",
            "待核实",
            "待确认",
            "待填",
            "未填",
            "未填写",
            "未录入",
            "未统计",
        ),
        *("未知", "不详", "不明", "不清楚", "不清", "年代不详", "年代未知", "未详", "尚无"),
        *(
            "n/a",
            "na",
            "n.a.",
            "null",
            "(null)",
            "<null>",
            "none",
            "nil",
            "nan",
            "<na>",
            "nat",
            "tbd",
            "unknown",
        ),
        *("#n/a", "#value!", "#ref!", "#div/0!", "#name?", "#null!", "#num!", "no data"),
    }
)
_TRUE: Final = frozenset(
    {"是", "有", "对", "真", "√", "✓", "✔", "☑", "已", "1", "y", "yes", "true", "t", "on"}
)
_FALSE: Final = frozenset(
    {
        "否",
        "无",
        "没有",
        "不是",
        "假",
        "×",
        "✗",
        "✘",
        "✕",
        "x",
        "☐",
        "未",
        "0",
        "n",
        "no",
        "false",
        "f",
        "off",
    }
)


def by_distinct(texts: pd.Series, convert: Callable[[Any], Any], kind: Any = object) -> pd.Series:
    """The conversion of every value, worked out once for each distinct one; missing stays None."""
    places, distinct = pd.factorize(texts)
    made = np.empty(len(distinct) + 1, dtype=object)
    made[:-1] = [convert(value) for value in distinct]
    made[-1] = None  # factorize marks missing with -1, the last place
    return pd.Series(made[places], index=texts.index, dtype=kind)


def contains(texts: pd.Series, pattern: str) -> pd.Series:
    """Which texts hold a match of an RE2 pattern; missing ones hold none. Boolean, same index."""
    array = pa.array(texts, pa.string(), from_pandas=True)
    found = pc.fill_null(pc.match_substring_regex(array, pattern), False)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=texts.index, dtype=bool)


def as_text(values: pd.Series) -> pd.Series:
    """Every value as it would be written (1990.0 as 1990), missing as None; object dtype, same index."""
    if isinstance(values.dtype, pd.StringDtype):
        return values.astype(object).where(values.notna(), None)
    return by_distinct(values, _written)


def normalise_text(values: pd.Series, *, keep_placeholders: bool = False) -> pd.Series:
    """Text with half-width digits and marks, no invisible characters, single spaces; placeholders as None.

    Hanzi are never replaced. Object dtype, same index.
    """
    texts = as_text(values)
    changing = contains(texts, _UNSETTLED)
    out = texts.to_numpy(dtype=object, copy=True)
    out[changing.to_numpy()] = by_distinct(texts[changing], _plain).to_numpy()
    found = pd.Series(out, index=values.index, dtype=object)
    return found if keep_placeholders else _without(found, is_placeholder(found))


def is_placeholder(values: pd.Series) -> pd.Series:
    """Which values are missing or only say that nothing is known; boolean, same index."""
    missing = values.isna()
    if pd.api.types.is_numeric_dtype(values):
        return missing
    texts = as_text(values)
    short = contains(texts, _MAY_BE_PLACEHOLDER)
    out = missing.to_numpy(dtype=bool, copy=True)
    if short.any():
        out[short.to_numpy()] = by_distinct(texts[short], _is_placeholder).to_numpy(dtype=bool)
    return pd.Series(out, index=values.index, dtype=bool)


def _without(texts: pd.Series, gone: pd.Series) -> pd.Series:
    out = texts.to_numpy(dtype=object, copy=True)
    out[gone.to_numpy()] = None
    return pd.Series(out, index=texts.index, dtype=object)


def parse_bool(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Yes and no as nullable booleans, and `reject.not_a_bool` for what is neither (是/否, 有/无, √/×, 1/0, …)."""
    words = by_distinct(as_text(values), lambda v: _SPACES.sub("", _plain(v)).casefold())
    parsed = words.map(lambda w: True if w in _TRUE else False if w in _FALSE else None).astype(object)
    is_strange = words.notna() & parsed.isna() & ~words.isin(PLACEHOLDERS)
    return parsed.astype("boolean"), problems(is_strange, "reject.not_a_bool")


def problems(is_wrong: pd.Series, code: str) -> pd.Series:
    """The code where something is wrong, None elsewhere."""
    told = np.full(len(is_wrong), None, dtype=object)
    told[is_wrong.to_numpy(dtype=bool)] = code
    return pd.Series(told, index=is_wrong.index, dtype=object)


def compact(text: str) -> str:
    """Compatibility forms resolved and all spaces gone: for reading figures and dates, never for keeping."""
    return _SPACES.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))


def _written(value: Any) -> str | None:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e18 else repr(number)
    return str(value)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", _INVISIBLE.sub("", text.translate(FULL_WIDTH))).strip()


def _is_placeholder(text: str) -> bool:
    return _SPACES.sub("", _plain(text)).casefold() in PLACEHOLDERS
