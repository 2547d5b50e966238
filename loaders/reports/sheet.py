"""A sheet as a PDF: titled sections of text and tables, such as a community's gaps or an opinion on a design."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

from loaders.reports.fonts import FONT_DIR, missing_glyphs
from loaders.reports.plain_texts import clean, texts_in
from loaders.wording import WORDING

TEMPLATE = Path(__file__).with_name("sheet.typ")
#: A table with more columns is printed across.
MOST_UPRIGHT = 8


@dataclass(frozen=True)
class Section:
    """A heading with text (line breaks are kept) and, where there are headers, a table of texts below it."""

    title: str
    text: str = ""
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What is printed; `subtitle` (place, day, source) stands on every page, `synthetic` in a box where it is said."""

    title: str
    subtitle: str
    synthetic: str
    sections: tuple[Section, ...]
    lang: str


def sheet_pdf(sheet: Sheet, day: dt.date) -> bytes:
    """The PDF of a sheet, the same bytes for the same sheet and day; made without a browser or the network.

    Every text is set as text. Characters that the font lacks are named on the first page. Raises ValueError for a row
    that has not as many cells as its table has headers.
    """
    plain = _plain(sheet)
    missing = missing_glyphs(texts_in(plain))
    if missing:
        plain["missing"] = WORDING.say(
            "report.missing", sheet.lang, count=len(missing), points=[f"U+{ord(c):04X}" for c in missing[:20]]
        )
    compiled: Any = typst.compile  # its own types know no plain bytes
    made = compiled(
        TEMPLATE.read_bytes(),
        font_paths=[str(FONT_DIR)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(plain, ensure_ascii=False, sort_keys=True)},
        timestamp=dt.datetime.combine(day, dt.time(), dt.UTC),
    )
    assert isinstance(made, bytes)
    return made


def _plain(sheet: Sheet) -> dict[str, Any]:
    return {
        "lang": sheet.lang,
        "title": clean(sheet.title),
        "subtitle": clean(sheet.subtitle),
        "synthetic": clean(sheet.synthetic),
        "missing": "",
        "page": WORDING.say("report.word_page", sheet.lang),
        "page_end": WORDING.say("report.word_page_end", sheet.lang),
        "wide": any(len(s.headers) > MOST_UPRIGHT for s in sheet.sections),
        "sections": [_section(s) for s in sheet.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    if any(len(row) != len(section.headers) for row in section.rows):
        raise ValueError(f"a row of {section.title!r} has not as many cells as headers")
    return {
        "title": clean(section.title),
        "lines": [clean(line) for line in section.text.splitlines() if line.strip()],
        "headers": [clean(h) for h in section.headers],
        "widths": _widths(section),
        "rows": [[clean(cell) for cell in row] for row in section.rows],
    }


def _widths(section: Section) -> list[int]:
    """Columns with long texts share what the others leave."""
    longest = [max((len(row[i]) for row in section.rows), default=0) for i in range(len(section.headers))]
    return [0 if most <= 10 else min(4, 1 + most // 16) for most in longest]
