"""What is wrong with text, column by column: mojibake, markup, formulas, placeholders, full-width forms."""

import re
from collections.abc import Iterator
from typing import Final

import pandas as pd

from loaders.findings import Finding, finding
from loaders.values import as_text, is_placeholder
from loaders.values.texts import INVISIBLE, by_distinct, contains

_HANZI = re.compile(r"[\u4e00-\u9fff]")
_REPLACED: Final = "\ufffd|锟斤拷|烫烫烫|屯屯屯|ï¿½"
_LATIN: Final = "[\u00c0-\u00ff][\u0080-\u00bf\u0152-\u2122]"
_FULL_WIDTH: Final = "[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000\uff0e\uff0d\uff05\uff0f]"
_MARKUP: Final = r"(?i)<\s*/?\s*[a-z!][^>]*>?|javascript:|&#?\w{2,8};"
_FORMULA: Final = r"^\s*[=@].|^\s*[+\-][A-Za-z_(@=]|^\s*[+\-][0-9][0-9.,]*[+*/^(A-Za-z]|^[\t\r]"
#: The first two bytes of a hanzi in UTF-8, read as GBK: without one of these a text was not garbled that way.
_GARBLED: Final = (
    "["
    + "".join(
        bytes((lead, trail)).decode("gbk", "ignore")
        for lead in range(0xE4, 0xEA)
        for trail in range(0x80, 0xC0)
    )
    + "]"
)
_EXAMPLE_CHARS: Final = 40


def text_findings(frame: pd.DataFrame, row_number: pd.Series) -> Iterator[Finding]:
    """Findings about the text columns; row numbers are the user's."""
    for name in frame.columns:
        column = frame[name]
        if not (isinstance(column.dtype, pd.StringDtype) or column.dtype == object):
            continue
        texts = as_text(column)
        yield from _mojibake(str(name), texts, row_number)
        for code, pattern in (
            ("doctor.markup", _MARKUP),
            ("doctor.formula", _FORMULA),
            ("doctor.invisible", f"[{INVISIBLE}]"),
            ("doctor.full_width", _FULL_WIDTH),
        ):
            found = contains(texts, pattern)
            if found.any():
                example = _example(texts, found)
                yield finding(code, rows=row_number[found], column=str(name), example=example)
        yield from _placeholders(str(name), texts, row_number)


def restored(text: str) -> str | None:
    """What garbled Chinese was before it was read in the wrong encoding; None where it was not garbled that way.

    UTF-8 read as Windows-1252 gives 'ä¸œåŸŽ', UTF-8 read as GBK gives '涓滃煄'.
    """
    if re.search(_LATIN, text):
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
    lost = contains(texts, _REPLACED)
    if lost.any():
        yield finding(
            "doctor.mojibake_lost",
            "error",
            rows=row_number[lost],
            column=name,
            example=_example(texts, lost),
        )
    suspect = contains(texts, f"{_LATIN}|{_GARBLED}") & ~lost
    again = by_distinct(texts[suspect], restored)
    garbled = again.index[again.notna()]
    if len(garbled):
        yield finding(
            "doctor.mojibake",
            "error",
            rows=row_number[garbled],
            column=name,
            example=_shown(texts[garbled[0]]),
            meant=_shown(again[garbled[0]]),
        )


def _placeholders(name: str, texts: pd.Series, row_number: pd.Series) -> Iterator[Finding]:
    found = is_placeholder(texts) & texts.notna()
    if found.any():
        words = list(dict.fromkeys(texts[found].map(str.strip)))[:5]
        yield finding("doctor.placeholder", rows=row_number[found], column=name, words=words)


def _example(texts: pd.Series, found: pd.Series) -> str:
    return _shown(texts[found].iloc[0])


def _shown(text: object) -> str:
    shown = "".join(c if c.isprintable() else "␣" for c in str(text))
    return shown if len(shown) <= _EXAMPLE_CHARS else shown[:_EXAMPLE_CHARS] + "…"
