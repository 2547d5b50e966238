"""The ledger as a workbook to fill in: the district's rows, drop-downs, notes, dates, a protected header, a mark.

Nothing from the data becomes a formula, a link or a number made of a string. The header is protected without a
password: it guards against a slip, not against a person.
"""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter

from loaders.ledger.cells import FEN, cell_value, district_names, fingerprint
from loaders.ledger.held import HeldLedger, HeldRow
from loaders.ledger.mark import (
    INSTRUCTIONS,
    LISTS_SHEET,
    MARK_SHEET,
    VERSION,
    RowMark,
    TemplateMark,
    mark_lines,
)
from loaders.ledger.parsing import DOUBTFUL_FEN
from loaders.ledger.sheets import LedgerColumn, LedgerSheet, ledger_sheet
from loaders.wording import WORDING

#: Rows below the given ones that have drop-downs and may be filled.
SPARE_ROWS = 1_000
EXCEL_TEXT = 32_767
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_HEAD, _MUST, _NAME = "#DCE6F1", "#F8E0C4", "#EEEEEE"
_PROTECTED = {
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "insert_rows": True,
    "delete_rows": True,
    "sort": True,
    "autofilter": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}
_NUMBER = {"money": "#,##0.00####", "fee": "0.00", "area": "#,##0.00", "target": "#,##0.######", "year": "0"}


@dataclass(frozen=True)
class _Field:
    """A column of the sheet: a table's, or the name beside a reference (`is_name`)."""

    column: LedgerColumn
    header: str
    is_name: bool = False


def fields_of(sheet: LedgerSheet, lang: str) -> list[_Field]:
    """The sheet's columns from left to right, with the names beside references to projects and communities."""
    out = []
    for column in sheet.columns:
        out.append(_Field(column, column.header(lang)))
        if column in sheet.named:
            out.append(_Field(column, WORDING.say(f"field.{column.refers_to}.name", lang), is_name=True))
    return out


def template_bytes(
    held: HeldLedger,
    tables: Sequence[str],
    *,
    district_code: str | None,
    lang: str = "zh",
    sees_persons: bool = True,
) -> bytes:
    """The workbook of a district (None: of the city) with the rows held, in the tables' order.

    Read back unchanged it differs in nothing (`difference`). Columns about persons are left out for who may not see
    them (R74).
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        writer = _Writer(book, held, lang)
        writer.instructions(tables, district_code)
        marks: dict[tuple[str, str], RowMark] = {}
        for table in tables:
            about = ledger_sheet(table, sees_persons)
            for key, row in held.rows(table).items():
                marks[table, key] = RowMark(
                    row.content_hash, fingerprint(ledger_sheet(table).columns, row.values)
                )
            writer.sheet(about, list(held.rows(table).values()))
        writer.lists_sheet()
        writer.mark_sheet(TemplateMark(VERSION, district_code, held.revision, tuple(tables), marks))
    return buffer.getvalue()


class _Writer:
    def __init__(self, book: Any, held: HeldLedger, lang: str) -> None:
        self.book, self.held, self.lang = book, held, lang
        self.lists: dict[str, list[str]] = {}
        self.formats: dict[tuple[str, bool], Any] = {}
        made = book.add_format
        self.title = made({"bold": True, "font_size": 16})
        self.bold = made({"bold": True, "valign": "top"})
        self.wrap = made({"text_wrap": True, "valign": "top"})
        head = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "locked": True}
        self.head = made({**head, "bg_color": _HEAD})
        self.must = made({**head, "bg_color": _MUST})
        self.name = made({**head, "bg_color": _NAME, "italic": True})

    def say(self, code: str, **params: Any) -> str:
        return WORDING.say(code, self.lang, **params)

    def body(self, kind: str, is_name: bool) -> Any:
        found = self.formats.get((kind, is_name))
        if found is None:
            about: dict[str, Any] = {"locked": False, "valign": "top"}
            if kind == "date":
                about["num_format"] = "yyyy-mm-dd"
            elif kind in _NUMBER:
                about["num_format"] = _NUMBER[kind]
            elif kind in ("key", "reference", "text", "month", "rate", "built"):
                about["num_format"] = "@"
            if is_name or kind == "key":
                about["font_color"] = "#55606B"
            found = self.formats[kind, is_name] = self.book.add_format(about)
        return found

    def instructions(self, tables: Sequence[str], district_code: str | None) -> None:
        sheet = self.book.add_worksheet(INSTRUCTIONS[0] if self.lang == "zh" else INSTRUCTIONS[1])
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 100)
        area = district_names(self.lang).get(district_code or "", self.say("ledger.whole_city"))
        sheet.write_string(0, 0, self.say("ledger.template_title", area=area), self.title)
        sheet.write_string(
            1, 0, self.say("ledger.template_made", day=dt.datetime.now().astimezone().date().isoformat())
        )
        row = 3
        for number in range(1, 9):
            sheet.write_string(row, 0, self.say(f"ledger.help_{number}_head"), self.bold)
            sheet.write_string(row, 1, self.say(f"ledger.help_{number}"), self.wrap)
            row += 1
        row += 1
        sheet.write_string(row, 0, self.say("ledger.help_sheets"), self.bold)
        for table in tables:
            title = self.say(f"ledger.sheet.{table}")
            count = self.say("ledger.help_rows", count=len(self.held.rows(table)))
            sheet.write_string(row, 1, f"{title}：{count}" if self.lang == "zh" else f"{title}: {count}")
            row += 1
        sheet.protect("", _PROTECTED)

    def sheet(self, about: LedgerSheet, rows: list[HeldRow]) -> None:
        sheet = self.book.add_worksheet(about.title(self.lang))
        fields = fields_of(about, self.lang)
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 34)
        last = len(rows) + SPARE_ROWS
        for place, field in enumerate(fields):
            kind = "text" if field.is_name else field.column.kind
            is_wide = kind in ("text", "codes") or field.is_name
            width = 24 if is_wide else 14 if kind not in ("key", "reference") else 20
            sheet.set_column(
                place, place, max(width, min(30, 2 * len(field.header))), self.body(kind, field.is_name)
            )
            style = self.name if field.is_name else self.must if field.column.is_required else self.head
            sheet.write_string(0, place, field.header, style)
            sheet.write_comment(0, place, self.note(field), {"x_scale": 1.8, "y_scale": 1.3, "author": ""})
            if not field.is_name:
                self.validation(sheet, place, last, field.column)
        names = {t: _names(self.held.rows(t)) for t in ("projects", "communities")}
        for number, row in enumerate(rows, start=1):
            for place, field in enumerate(fields):
                value = row.values.get(field.column.name)
                if field.is_name:
                    value = names[str(field.column.refers_to)].get(str(value))
                else:
                    value = _written(field.column, row.values, self.lang)
                _write(
                    sheet,
                    number,
                    place,
                    value,
                    self.body("text" if field.is_name else field.column.kind, field.is_name),
                )
        sheet.autofilter(0, 0, max(len(rows), 1), len(fields) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A2:XFD{last + 1}"})
        sheet.protect("", _PROTECTED)

    def note(self, field: _Field) -> str:
        column = field.column
        if field.is_name:
            return self.say("ledger.note_name")
        text = self.say(f"ledger.note_{column.kind}")
        if column.kind in ("code", "codes"):
            words = [w for w in self.words(column) if w]
            text = self.say(f"ledger.note_{column.kind}", words=words)
        parts = [text]
        if column.is_required:
            parts.append(self.say("ledger.note_required"))
        return "\n".join(parts)

    def words(self, column: LedgerColumn) -> list[str]:
        return [cell_value(column, code, self.lang) for code in column.codes]

    def validation(self, sheet: Any, place: int, last: int, column: LedgerColumn) -> None:
        error = {
            "error_title": self.say("ledger.invalid_title"),
            "error_message": self.say("ledger.invalid")[:250],
            "ignore_blank": True,
        }
        if column.kind == "date":
            sheet.data_validation(
                1,
                place,
                last,
                place,
                {
                    "validate": "date",
                    "criteria": "between",
                    "minimum": dt.date(1949, 1, 1),
                    "maximum": dt.date(2100, 12, 31),
                    **error,
                    "error_message": self.say("ledger.invalid_date")[:250],
                },
            )
        elif column.kind in ("money", "fee", "area", "target", "whole"):
            about = {
                "validate": "integer" if column.kind == "whole" else "decimal",
                "criteria": ">=",
                "value": 0,
            }
            sheet.data_validation(
                1,
                place,
                last,
                place,
                {**about, **error, "error_message": self.say("ledger.invalid_number")[:250]},
            )
        else:
            name = self.list_name(column)
            if name is not None:
                sheet.data_validation(
                    1, place, last, place, {"validate": "list", "source": f"={name}", **error}
                )

    def list_name(self, column: LedgerColumn) -> str | None:
        """The named range of a column's drop-down, made on first use; None for a column without one."""
        match column.kind:
            case "code":
                name, words = f"list_{column.table}_{column.name}", self.words(column)
            case "flag":
                name, words = "list_flag", [self.say("ledger.yes"), self.say("ledger.no")]
            case "district":
                name, words = "list_district", list(district_names(self.lang).values())
            case "area_code":
                names = [self.say("ledger.whole_city"), *district_names(self.lang).values()]
                name, words = "list_area", names
            case _:
                return None
        self.lists.setdefault(name, words)
        return name

    def lists_sheet(self) -> None:
        sheet = self.book.add_worksheet(LISTS_SHEET)
        sheet.very_hidden()
        for place, (name, words) in enumerate(self.lists.items()):
            letter = xlsxwriter.utility.xl_col_to_name(place, col_abs=True)
            for row, word in enumerate(words):
                sheet.write_string(row, place, word)
            self.book.define_name(name, f"={LISTS_SHEET}!{letter}$1:{letter}${max(1, len(words))}")

    def mark_sheet(self, mark: TemplateMark) -> None:
        sheet = self.book.add_worksheet(MARK_SHEET)
        sheet.very_hidden()
        for row, line in enumerate(mark_lines(mark)):
            for place, text in enumerate(line):
                if text:
                    sheet.write_string(row, place, text)


def _written(column: LedgerColumn, values: Mapping[str, Any], lang: str) -> Any:
    """A value as it is written into the template. A sum so large that the reader would doubt its unit states it."""
    value = values.get(column.name)
    if column.kind == "money" and value is not None and value >= DOUBTFUL_FEN:
        return f"{Decimal(value) / FEN['wan_yuan']:f}万元"
    return cell_value(column, value, lang, values)


def _names(rows: dict[str, HeldRow]) -> dict[str, Any]:
    return {key: row.values.get("name") for key, row in rows.items()}


def _write(sheet: Any, row: int, place: int, value: Any, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, dt.date):
        sheet.write_datetime(row, place, dt.datetime.combine(value, dt.time()), style)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(row, place, value, style)
    else:
        text = "".join(c for c in str(value) if c >= " " or c in "\n\t")
        sheet.write_string(row, place, text[:EXCEL_TEXT], style)
