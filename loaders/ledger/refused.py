"""The refused rows as a workbook: as they were written, with the reasons beside them, to be mended and sent again."""

import io
from typing import Any

import xlsxwriter

from loaders.ledger.difference import LedgerDifference, RowDifference
from loaders.ledger.sheets import LEDGER_TABLES, ledger_sheet
from loaders.wording import WORDING


def refused_workbook(found: LedgerDifference, lang: str) -> bytes:
    """One sheet for each table with refused rows, under the file's own headers; faulty cells are coloured.

    The workbook can be uploaded as it is once it is mended: the reader knows the column of reasons and passes it by.
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        styles = {
            "head": book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True}),
            "bad": book.add_format({"bg_color": "#F8D7DA", "num_format": "@"}),
            "good": book.add_format({"num_format": "@"}),
            "why": book.add_format({"text_wrap": True, "font_color": "#8A1C1C"}),
        }
        for table in LEDGER_TABLES:
            rows = [r for r in found.of("refused") if r.table == table]
            if rows:
                _sheet(book.add_worksheet(ledger_sheet(table).title(lang)), rows, styles, lang)
        if not found.of("refused"):
            book.add_worksheet(WORDING.say("ledger.none_refused", lang))
    return buffer.getvalue()


def _sheet(sheet: Any, rows: list[RowDifference], styles: dict[str, Any], lang: str) -> None:
    headers: dict[str, int] = {}
    for row in rows:
        assert row.row is not None
        for header in (*row.row.headers.values(), *row.row.written):
            headers.setdefault(header, len(headers))
    ours = {WORDING.say("ledger.reason_column", lang_) for lang_ in ("zh", "en")}
    names = [h for h in headers if h not in ours]
    sheet.freeze_panes(1, 0)
    for place, header in enumerate(names):
        sheet.write_string(0, place, header, styles["head"])
        sheet.set_column(place, place, max(12, min(30, 2 * len(header))))
    sheet.write_string(0, len(names), WORDING.say("ledger.reason_column", lang), styles["head"])
    sheet.set_column(len(names), len(names), 80)
    for number, row in enumerate(rows, start=1):
        assert row.row is not None
        bad = {f.header for f in row.faults if f.severity == "refused"}
        for place, header in enumerate(names):
            text = row.row.written.get(header)
            style = styles["bad" if header in bad else "good"]
            if text is None:
                sheet.write_blank(number, place, None, style)
            else:
                plain = "".join(c for c in text if c >= " " or c in "\n\t")
                sheet.write_string(number, place, plain[:32_767], style)
        reasons = [f.say(lang) for f in row.faults if f.severity == "refused"]
        sheet.write_string(number, len(names), "\n".join(reasons)[:32_767], styles["why"])
