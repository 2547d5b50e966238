"""What is wrong with text, column by column: mojibake, markup, formulas, placeholders, full-width forms."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pandas as pd

from loaders.findings import Finding, finding
from loaders.values import as_text, is_placeholder
from loaders.values.texts import by_distinct

_HANZI = re.compile(r"[\u4e00-\u9fff]")
_REPLACED = re.compile(r"\ufffd|锟斤拷|烫烫烫|屯屯屯|ï¿½")
_LATIN = re.compile(r"[\u00c0-\u00ff][\u0080-\u00bf\u0152-\u2122]")
_FULL_WIDTH = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000\uff0e\uff0d\uff05\uff0f]")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!][^>]*>?|javascript:|&#?\w{2,8};", re.IGNORECASE)
_FORMULA = re.compile(r"^\s*[=@]|^\s*[+\-](?![\d.,]+%?$)[\w(@=]|^[\t\r]")
EXAMPLE_CHARS: Final = 40


def text_findings(frame: pd.DataFrame, row_number: pd.Series) -> Iterator[Finding]:
    """Findings about the text columns; row numbers are the user's."""
    for name in frame.columns:
        column = frame[name]
        if not (isinstance(column.dtype, pd.StringDtype) or column.dtype == object):
            continue
        texts = as_text(column)
        yield from _mojibake(str(name), texts, row_number)
        yield from _marked("doctor.markup", "info", _MARKUP.search, str(name), texts, row_number)
        yield from _marked("doctor.formula", "info", _looks_like_formula, str(name), texts, row_number)
        yield from _marked("doctor.invisible", "info", _INVISIBLE.search, str(name), texts, row_number)
        yield from _marked("doctor.full_width", "info", _FULL_WIDTH.search, str(name), texts, row_number)
        yield from _placeholders(str(name), texts, row_number)


def restored(text: str) -> str | None:
    """What garbled Chinese was before it was read in the wrong encoding; None where it was not garbled that way.

    UTF-8 read as Windows-1252 gives 'ä¸œåŸŽ', UTF-8 read as GBK gives '涓滃煄'.
    """
    if _LATIN.search(text):
        for encoding in ("cp1252", "latin-1"):
            found = _redone(text, encoding)
            if found is not None:
                return found
    if len(_HANZI.findall(text)) >= 2:
        return _redone(text, "gb18030")
    return None


def _redone(text: str, encoding: str) -> str | None:
    try:
        again = text.encode(encoding).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return again if again != text and _HANZI.search(again) else None


def _mojibake(name: str, texts: pd.Series, row_number: pd.Series) -> Iterator[Finding]:
    lost = _matches(_REPLACED.search, texts)
    if lost.any():
        yield finding(
            "doctor.mojibake_lost",
            "error",
            rows=row_number[lost],
            column=name,
            example=_example(texts, lost),
        )
    again = by_distinct(texts, restored)
    garbled = again.notna() & ~lost
    if garbled.any():
        yield finding(
            "doctor.mojibake",
            "error",
            rows=row_number[garbled],
            column=name,
            example=_example(texts, garbled),
            meant=_example(again, garbled),
        )


def _placeholders(name: str, texts: pd.Series, row_number: pd.Series) -> Iterator[Finding]:
    found = is_placeholder(texts) & texts.notna()
    if found.any():
        words = list(dict.fromkeys(texts[found].map(str.strip)))[:5]
        yield finding("doctor.placeholder", rows=row_number[found], column=name, words=words)


def _marked(
    code: str,
    severity: str,
    test: Callable[[str], object],
    name: str,
    texts: pd.Series,
    row_number: pd.Series,
) -> Iterator[Finding]:
    found = _matches(test, texts)
    if found.any():
        yield finding(
            code,
            severity,  # type: ignore[arg-type]
            rows=row_number[found],
            column=name,
            example=_example(texts, found),
        )


def _looks_like_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not re.fullmatch(r"\s*[+\-]?[\d\s\-()]+", text) and len(text) > 1


def _matches(test: Callable[[str], object], texts: pd.Series) -> pd.Series:
    return by_distinct(texts, lambda text: bool(test(text))).fillna(False).astype(bool)


def _example(texts: pd.Series, found: pd.Series) -> str:
    text = str(texts[found].iloc[0])
    shown = "".join(c if c.isprintable() else "␣" for c in text)
    return shown if len(shown) <= EXAMPLE_CHARS else shown[:EXAMPLE_CHARS] + "…"
