"""Workbooks for the tests of the ledger: templates that somebody filled in, and foreign ones made from rows."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from loaders.ledger.difference import Choice, LedgerDifference, difference
from loaders.ledger.held import held_ledger
from loaders.ledger.reading import ledger_of
from loaders.ledger.sheets import MAIN_TABLES
from loaders.ledger.template import template_bytes
from loaders.readers.grid import LEDGER_LIMITS, Grid, _sheets, grid_parts
from store.engine import Store

DONGCHENG, XICHENG = "110101", "110102"


def template(store: Store, path: Path, district: str | None = DONGCHENG, lang: str = "zh") -> Path:
    """The template of a district as a file."""
    held = held_ledger(store, district)
    path.write_bytes(template_bytes(held, MAIN_TABLES, district_code=district, lang=lang))
    return path


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], merged: Sequence[tuple] = ()) -> Path:
    """A workbook of rows; `merged` are (sheet, first row, first column, last row, last column, value)."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if value is not None:
                        sheet.write(r, c, value)
            for own, *span, value in merged:
                if own == name:
                    sheet.merge_range(*span, value)
    return path


def fill(path: Path, sheet: str, *rows: Mapping[str, Any]) -> Path:
    """Write rows below those of a template's sheet, by the columns' headers without unit and asterisk."""
    opened = openpyxl.load_workbook(path)
    own = opened[sheet]
    places = columns(own)
    at = 1 + max(r for r in range(1, own.max_row + 1) if any(c.value is not None for c in own[r]))
    for offset, row in enumerate(rows):
        for header, value in row.items():
            own.cell(at + offset, places[header], value)
    opened.save(path)
    return path


def change(path: Path, sheet: str, key: str, **values: Any) -> Path:
    """Change cells of the row with a key."""
    opened = openpyxl.load_workbook(path)
    own = opened[sheet]
    places = columns(own)
    row = next(r for r in range(2, own.max_row + 1) if own.cell(r, 1).value == key)
    for header, value in values.items():
        own.cell(row, places[header]).value = value
    opened.save(path)
    return path


def drop(path: Path, sheet: str, key: str) -> Path:
    """Take the row with a key out of a sheet."""
    opened = openpyxl.load_workbook(path)
    own = opened[sheet]
    own.delete_rows(next(r for r in range(2, own.max_row + 1) if own.cell(r, 1).value == key))
    opened.save(path)
    return path


def columns(sheet: Any) -> dict[str, int]:
    """The places of a sheet's headers, plain."""
    return {str(c.value).rstrip("*").split("（")[0]: c.column for c in sheet[1] if c.value}


def compare(
    store: Store, path: Path, district: str | None = DONGCHENG, choice: Choice | None = None
) -> LedgerDifference:
    """The file beside the store, as the clerk of a district. Read in this process: children have tests of their own."""
    allowed = None if district is None else frozenset({district})
    return difference(
        ledger_of(read_here(path)), held_ledger(store, district), allowed=allowed, choice=choice
    )


def read_here(path: Path) -> Grid:
    """The workbook's cells, without a child process."""
    parts = grid_parts(path, file=path.name, limits=LEDGER_LIMITS)
    cells = {n: c.to_pylist() for n, c in zip(parts.names, parts.columns, strict=True)}
    return Grid(_sheets(parts.layers, cells), path.name, "0" * 64, path.stat().st_size)


def codes(found: LedgerDifference) -> dict[str, str]:
    """The codes of what keeps rows out, by sheet and cell."""
    return {
        f"{f.sheet}!{f.cell}": f.code
        for row in found.of("refused")
        for f in row.faults
        if f.severity == "refused"
    }


def opened(data: bytes) -> Any:
    """A workbook of bytes."""
    return openpyxl.load_workbook(io.BytesIO(data))
