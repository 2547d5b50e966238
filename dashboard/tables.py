"""Tables as people read them: units in the headers, the page's scale as shading, rows to take along as files."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import streamlit as st
import xlsxwriter

from dashboard.markup import element, show
from dashboard.scale import Scale, text_colour
from dashboard.words import Words

Kind = Literal["text", "count", "number", "year", "pct", "wan_yuan", "date", "yes_no"]
WAN_YUAN_FEN = 1_000_000
EXCEL_TEXT_LIMIT = 32_767
#: What a spreadsheet program would take for the beginning of a formula.
FORMULA_START = re.compile(r"^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
ROW_HEIGHT_PX = 30
HEADER_HEIGHT_PX = 38


@dataclass(frozen=True)
class TableColumn:
    """A column: the field, its header (with the unit), what it holds, and a scale that shades it (by `shade_by`,
    another field, where that is not the column's own).

    `wan_yuan` takes fen and shows 万元; `pct` takes percentages; `number` shows one decimal; `yes_no` takes booleans.
    """

    field: str
    header: str
    kind: Kind = "text"
    scale: Scale | None = None
    shade_by: str | None = None
    width: Literal["small", "medium", "large"] | None = None


@dataclass(frozen=True)
class Table:
    """Rows with their columns and what a downloaded file says about them."""

    rows: pd.DataFrame
    columns: Sequence[TableColumn]
    title: str
    notes: Mapping[str, str] = field(default_factory=dict)

    def shown(self, words: Words) -> pd.DataFrame:
        """The rows under their headers, in the units of the headers."""
        return pd.DataFrame(
            {c.header: _values(self.rows[c.field], c.kind, words) for c in self.columns},
            index=self.rows.index,
        )


def _values(values: pd.Series, kind: Kind, words: Words) -> pd.Series:
    if kind == "wan_yuan":
        return pd.to_numeric(values).astype("Float64") / WAN_YUAN_FEN
    if kind in ("count", "year"):
        return pd.to_numeric(values).round().astype("Int64")
    if kind in ("pct", "number"):
        return pd.to_numeric(values).astype("Float64").round(1)
    if kind == "date":
        return pd.to_datetime(values).dt.date
    if kind == "yes_no":
        names = {True: words.say("word.yes"), False: words.say("word.no")}
        return values.map(lambda v: names.get(v, "") if v is not None and not pd.isna(v) else "").astype(
            "object"
        )
    return values.astype("object").where(values.notna(), "")


def show_table(table: Table, words: Words, *, key: str, rows_shown: int = 11) -> None:
    """The table on the page, at most so many rows high, with its two downloads below it."""
    if table.rows.empty:
        show(element("p", words.say("empty.rows"), css="atlas-note"))
        return
    shown = table.shown(words)
    styled: Any = shown
    shades = [c for c in table.columns if c.scale is not None]
    if shades:
        styled = shown.style
        for column in shades:
            assert column.scale is not None
            colours = column.scale.colours_of(table.rows[column.shade_by or column.field])
            css = colours.map(lambda c: f"background-color: {c}; color: {text_colour(c)}")
            styled = styled.apply(lambda _s, css=css: css, subset=[column.header], axis=0)
    st.dataframe(
        styled,
        key=key,
        hide_index=True,
        row_height=ROW_HEIGHT_PX,
        height=min(rows_shown, len(shown)) * ROW_HEIGHT_PX + HEADER_HEIGHT_PX,
        placeholder="",
        column_config={c.header: _config(c, is_first=c is table.columns[0]) for c in table.columns},
    )
    downloads(table, words, key=key)


def _config(column: TableColumn, *, is_first: bool) -> Any:
    shared: dict[str, Any] = {"width": column.width, "pinned": is_first}
    if column.kind == "count":
        return st.column_config.NumberColumn(format="localized", **shared)
    if column.kind == "year":
        return st.column_config.NumberColumn(format="%d", **shared)
    if column.kind in ("pct", "number"):
        return st.column_config.NumberColumn(format="%.1f", **shared)
    if column.kind == "wan_yuan":
        return st.column_config.NumberColumn(format="%.2f", **shared)
    if column.kind == "date":
        return st.column_config.DateColumn(format="YYYY-MM-DD", **shared)
    return st.column_config.TextColumn(**shared)


def downloads(table: Table, words: Words, *, key: str, whole: Callable[[], Table] | None = None) -> None:
    """Two buttons: CSV and Excel. The files are made when a button is pressed.

    `whole` makes the table to take along where that is more than the one on the page.
    """
    name = safe_file_name(table.title)
    make = whole or (lambda: table)
    with st.container(horizontal=True, gap="small", key=f"{key}.files"):
        st.download_button(
            words.say("download.excel"),
            data=lambda: excel_bytes(make(), words),
            file_name=f"{name}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key=f"{key}.xlsx",
            on_click="ignore",
        )
        st.download_button(
            words.say("download.csv"),
            data=lambda: csv_bytes(make(), words),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"{key}.csv",
            on_click="ignore",
        )


def safe_file_name(title: str) -> str:
    """A title as a file name: letters, digits, hyphen and underscore, at most 80 characters."""
    return re.sub(r"[^\w-]+", "_", title).strip("_")[:80] or "table"


def guard_formula(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: an apostrophe stands before a formula's beginning."""
    return f"'{text}" if FORMULA_START.match(text) else text


def csv_bytes(table: Table, words: Words) -> bytes:
    """The rows as CSV with a byte-order mark, so that Excel reads Chinese; formulas are made harmless."""
    shown = table.shown(words)
    for name in shown.columns:
        if shown[name].dtype == object:
            shown[name] = shown[name].map(lambda v: guard_formula(v) if isinstance(v, str) else v)
    shown.columns = [guard_formula(c) for c in shown.columns]
    return shown.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def excel_bytes(table: Table, words: Words) -> bytes:
    """The rows as a workbook: a cover sheet that says what they are, and the rows; no cell is a formula or a link."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        _cover(book, table, words)
        _rows_sheet(book, table, words)
    return buffer.getvalue()


def _cover(book: Any, table: Table, words: Words) -> None:
    sheet = book.add_worksheet(words.say("download.cover_sheet"))
    bold, wrap = (
        book.add_format({"bold": True, "font_size": 14}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    label = book.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, table.title[:EXCEL_TEXT_LIMIT], bold)
    notes = {**table.notes, words.say("download.row_count"): words.number(len(table.rows))}
    for i, (name, text) in enumerate(notes.items(), start=2):
        sheet.write_string(i, 0, name, label)
        sheet.write_string(i, 1, text[:EXCEL_TEXT_LIMIT], wrap)


def _rows_sheet(book: Any, table: Table, words: Words) -> None:
    sheet = book.add_worksheet(words.say("download.rows_sheet"))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        "count": book.add_format({"num_format": "#,##0"}),
        "year": book.add_format({"num_format": "0"}),
        "pct": book.add_format({"num_format": "0.0"}),
        "number": book.add_format({"num_format": "#,##0.0"}),
        "wan_yuan": book.add_format({"num_format": "#,##0.00"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    shown = table.shown(words)
    for j, column in enumerate(table.columns):
        sheet.write_string(0, j, column.header, head)
        sheet.set_column(j, j, max(10, min(40, 2 * len(column.header) + 2)))
        for i, value in enumerate(shown[column.header].tolist(), start=1):
            if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
                sheet.write_blank(i, j, None)
            elif isinstance(value, str):
                sheet.write_string(i, j, value[:EXCEL_TEXT_LIMIT])
            elif column.kind == "date":
                sheet.write_datetime(i, j, value, formats["date"])
            else:
                sheet.write_number(i, j, float(value), formats[column.kind])
    sheet.freeze_panes(1, 0)
    if len(shown):
        sheet.autofilter(0, 0, len(shown), len(table.columns) - 1)
