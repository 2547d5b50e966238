"""The brief as a workbook: a cover that says what it is, one sheet for each table; no cell is a formula or a link."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import xlsxwriter

from loaders.reports.brief import Brief
from loaders.reports.brief_tables import BriefTable
from loaders.reports.figures import Voice

TEXT_LIMIT = 32_767
SHEET_LIMIT = 31
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def brief_workbook(brief: Brief) -> bytes:
    """The workbook; the same bytes for the same brief (its time of making is the month's last day)."""
    voice = Voice(brief.lang)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        book.set_properties({"title": brief.title, "created": dt.datetime.combine(brief.last_day, dt.time())})
        _cover(book, brief, voice)
        _sheet(book, _targets(brief, voice))
        for table in brief.tables:
            _sheet(book, table)
    return buffer.getvalue()


def _targets(brief: Brief, voice: Voice) -> BriefTable:
    headers = tuple(
        voice.say(f"col_{c}") for c in ("target", "actual_of_target", "attainment_text", "pace", "lamp")
    )
    rows = tuple((t.title, t.figure, t.rate, t.pace, t.lamp_word) for t in brief.targets)
    return BriefTable("targets", voice.say("word_targets"), "", headers, ("text",) * 5, rows)


def _cover(book: Any, brief: Brief, voice: Voice) -> None:
    sheet = book.add_worksheet(voice.say("sheet_cover"))
    head = book.add_format({"bold": True, "font_size": 14})
    label = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, brief.title[:TEXT_LIMIT], head)
    lines = [("state", brief.state), ("as_of", brief.last_day.isoformat())]
    if brief.synthetic:
        lines.append(("synthetic", brief.synthetic))
    lines.append(("approval", brief.approval))
    lines += [("notes", note) for note in brief.notes]
    for i, (name, text) in enumerate(lines, start=2):
        sheet.write_string(i, 0, voice.say(f"cover_{name}"), label)
        sheet.write_string(i, 1, text[:TEXT_LIMIT], wrap)


def _sheet(book: Any, table: BriefTable) -> None:
    sheet = book.add_worksheet(_sheet_name(table))
    title = book.add_format({"bold": True, "font_size": 12})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        "whole": book.add_format({"num_format": "#,##0"}),
        "number": book.add_format({"num_format": "#,##0.00"}),
        "pct": book.add_format({"num_format": "0.0"}),
    }
    sheet.write_string(0, 0, table.title[:TEXT_LIMIT], title)
    sheet.write_string(1, 0, table.note[:TEXT_LIMIT])
    for j, header in enumerate(table.headers):
        sheet.write_string(3, j, header[:TEXT_LIMIT], head)
        sheet.set_column(j, j, max(10, min(40, 2 * len(header) + 2)))
    for i, row in enumerate(table.rows, start=4):
        for j, (value, kind) in enumerate(zip(row, table.kinds, strict=True)):
            if value is None:
                sheet.write_blank(i, j, None)
            elif isinstance(value, str):
                sheet.write_string(i, j, value[:TEXT_LIMIT])
            else:
                number = float(value) if isinstance(value, Decimal) else value
                sheet.write_number(i, j, number, formats["number" if kind == "text" else kind])
    sheet.freeze_panes(4, 0)
    if table.rows:
        sheet.autofilter(3, 0, 3 + len(table.rows), len(table.headers) - 1)


def _sheet_name(table: BriefTable) -> str:
    return "".join(c for c in table.title if c not in "[]:*?/\\'")[:SHEET_LIMIT]
