"""The brief as a PDF (A4, A3): typeset without a browser or the network, the same bytes for the same brief."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import typst

from loaders.reports.brief import Brief
from loaders.reports.brief_tables import BriefTable
from loaders.reports.figures import DASH, Voice
from loaders.reports.fonts import FONT_DIR, missing_glyphs
from loaders.reports.plain_texts import clean, texts_in

Paper = Literal["a4", "a3"]
TEMPLATE = Path(__file__).with_name("brief.typ")
#: Rows of a long table that are printed; the workbook has all.
MOST_ROWS = 30
#: Relative widths of the columns; 0 is as wide as its content.
WIDTHS = {
    "breaches": (0, 3, 2, 0, 0, 0, 0),
    "issues": (0, 1, 0, 0, 0, 0, 0),
    "left_out": (1, 0),
}


def brief_pdf(brief: Brief, paper: Paper = "a4") -> tuple[bytes, list[str]]:
    """The PDF, and the characters of its texts that the font lacks (they are named on its first page)."""
    plain = _plain(brief, paper)
    missing = missing_glyphs(texts_in(plain))
    if missing:
        plain["missing"] = Voice(brief.lang).say(
            "missing", count=len(missing), points=[f"U+{ord(c):04X}" for c in missing[:20]]
        )
    compiled: Any = typst.compile  # its own types know no plain bytes
    made = compiled(
        TEMPLATE.read_bytes(),
        font_paths=[str(FONT_DIR)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(plain, ensure_ascii=False, sort_keys=True)},
        timestamp=dt.datetime.combine(brief.last_day, dt.time(), dt.UTC),
    )
    assert isinstance(made, bytes)
    return made, missing


def _plain(brief: Brief, paper: Paper) -> dict[str, Any]:
    voice = Voice(brief.lang)
    drawing = brief.drawing
    return {
        "paper": paper,
        "lang": brief.lang,
        "title": clean(brief.title),
        "state": clean(brief.state),
        "synthetic": clean(brief.synthetic),
        "approval": clean(brief.approval),
        "missing": "",
        "words": {
            key: voice.say(f"word_{key}") for key in ("targets", "notes", "page", "page_end", "no_outlines")
        },
        "targets": [
            {
                "title": t.title,
                "figure": t.figure,
                "rate": t.rate,
                "pace": t.pace,
                "lamp": t.lamp,
                "lamp_word": t.lamp_word,
                "done_share": t.done_share,
                "pace_share": t.pace_share,
            }
            for t in brief.targets
        ],
        "map_title": clean(brief.map_title),
        "map": drawing
        and {
            "svg": drawing.svg,
            "width": drawing.width,
            "height": drawing.height,
            "labels": [
                {"text": clean(la.text), "x": la.x, "y": la.y, "is_dark": la.is_dark} for la in drawing.labels
            ],
            "inset": drawing.inset,
        },
        "legend": [list(entry) for entry in brief.legend],
        "inset_title": brief.inset_title,
        "tables": {t.key: _table(t, voice) for t in brief.tables if t.key != "measures"},
        "notes": [clean(n) for n in brief.notes],
    }


def _table(table: BriefTable, voice: Voice) -> dict[str, Any]:
    left = len(table.rows) - MOST_ROWS
    return {
        "title": clean(table.title),
        "note": clean(table.note),
        "headers": [clean(h) for h in table.headers],
        "kinds": list(table.kinds),
        "widths": list(WIDTHS.get(table.key, (0,) * len(table.headers))),
        "rows": [
            [_cell(value, kind) for value, kind in zip(row, table.kinds, strict=True)]
            for row in table.rows[:MOST_ROWS]
        ],
        "more": voice.say("more_rows", rows=left) if left > 0 else "",
    }


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return DASH
    if isinstance(value, str):
        return clean(value)
    return f"{value:,.1f}" if kind == "pct" and isinstance(value, Decimal) else f"{value:,}"
