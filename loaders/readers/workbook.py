"""Excel workbooks by calamine, after a look at their packed size and at how far their cells reach."""

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from loaders.errors import RefusedFile, UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers.archives import members
from loaders.readers.headers import Cell, Span
from loaders.readers.limits import MB, Limits
from loaders.readers.parts import Parts
from loaders.readers.sheet import sheet_parts

_CHUNK: Final = 1024 * 1024
_OVERLAP: Final = 256
#: A cell that holds something: its place, then a child element.
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>/]*>(?!</)")


def read_workbook(
    path: Path,
    *,
    file: str,
    layer: str | None,
    header_rows: int | Literal["auto"],
    limits: Limits,
    max_rows: int | None,
) -> Parts:
    """The table of one sheet: the one asked for, or the first visible one with anything in it."""
    if zipfile.is_zipfile(path):
        _check_package(path, file, limits)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        chosen, notes, names = _choose(workbook, layer, file)
        rows, merged = _rows(chosen, file, limits)
    except PasswordError as fault:
        raise UnreadableFile("reader.password", file=file) from fault
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as fault:
        raise UnreadableFile("reader.damaged", file=file, format="Excel", detail=str(fault)[:200]) from fault
    parts = sheet_parts(
        rows,
        file=file,
        driver="Excel",
        header_rows=header_rows,
        limits=limits,
        max_rows=max_rows,
        merged=merged,
    )
    parts.layer, parts.layers = chosen.name, names
    parts.notes = [*notes, *parts.notes]
    return parts


def _check_package(path: Path, file: str, limits: Limits) -> None:
    """Refuse what would not fit in memory: counted as it really unpacks, and by the area that a sheet's cells span.

    The reader keeps a sheet as one block from its first cell to its last: a single cell at XFD1048576 makes it ask
    for half a terabyte.
    """
    left = limits.unpacked_mb * MB
    with zipfile.ZipFile(path) as archive:
        for member in members(archive, file, limits):
            is_sheet = "/worksheets/" in member.name and member.suffix.lower() == ".xml"
            try:
                left -= _inflated(archive, member.info, file, limits, is_sheet, left)
            except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zlib.error) as fault:
                raise UnreadableFile(
                    "reader.damaged", file=file, format="Excel", detail=str(fault)[:200]
                ) from fault


def _inflated(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str, limits: Limits, is_sheet: bool, left: int
) -> int:
    size = 0
    low_row = low_column = 10**9
    high_row = high_column = 0
    far = ""
    tail = b""
    with archive.open(info) as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise RefusedFile(
                    "reader.zip_bomb", file=file, size_mb=size // MB, most_mb=limits.unpacked_mb
                )
            if not is_sheet:
                continue
            for letters, digits in _extremes(tail + chunk):
                row, column = int(digits), _column_number(letters)
                low_row, low_column = min(low_row, row), min(low_column, column)
                if row > high_row or column > high_column:
                    far = f"{letters.decode()}{digits.decode()}"
                high_row, high_column = max(high_row, row), max(high_column, column)
            tail = chunk[-_OVERLAP:]
    spanned = max(0, high_row - low_row + 1) * max(0, high_column - low_column + 1) if high_row else 0
    if spanned > limits.cells:
        raise RefusedFile("reader.cell_far_away", file=file, cell=far, sheet=info.filename, most=limits.cells)
    return size


def _extremes(data: bytes) -> Sequence[tuple[bytes, bytes]]:
    """The places of the cells that matter for the span: each column once, with its first and last row."""
    first: dict[bytes, bytes] = {}
    last: dict[bytes, bytes] = {}
    for letters, digits in _CELL.findall(data):
        if letters not in first or int(digits) < int(first[letters]):
            first[letters] = digits
        if letters not in last or int(digits) > int(last[letters]):
            last[letters] = digits
    return [*first.items(), *last.items()]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _choose(
    workbook: CalamineWorkbook, layer: str | None, file: str
) -> tuple[CalamineSheet, list[Finding], list[str]]:
    about = [m for m in workbook.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    names = [m.name for m in about]
    hidden = [m.name for m in about if m.visible != SheetVisibleEnum.Visible]
    if layer is not None:
        if layer not in names:
            raise RefusedFile("reader.no_such_layer", file=file, layer=layer, layers=names)
        sheet = workbook.get_sheet_by_name(layer)
    else:
        visible = [n for n in names if n not in hidden] or names
        sheets = [workbook.get_sheet_by_name(n) for n in visible]
        filled = [s for s in sheets if s.total_height]
        if not filled:
            raise UnreadableFile("reader.empty", file=file)
        sheet = filled[0]
    notes = []
    if hidden:
        notes.append(finding("reader.hidden_sheets", "warning", sheets=hidden))
    if layer is None and len(names) - len(hidden) > 1:
        notes.append(finding("reader.several_layers", layers=names, layer=sheet.name))
    return sheet, notes, names


def _rows(sheet: CalamineSheet, file: str, limits: Limits) -> tuple[list[list[Cell]], list[Span]]:
    spanned = sheet.total_height * sheet.total_width
    if spanned > limits.cells:
        raise RefusedFile("reader.too_many_cells", file=file, cells=spanned, most=limits.cells)
    rows: list[list[Cell]] = []
    for number, row in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        cells = [_text(value) for value in row]
        while cells and cells[-1] is None:
            cells.pop()
        for cell in cells:
            if cell is not None and len(cell) > limits.cell_chars:
                raise RefusedFile("reader.cell_too_large", file=file, row=number, most=limits.cell_chars)
        rows.append(cells)
    merged: list[Span] = []
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        merged.append((int(top), int(left), int(bottom), int(right)))
    return rows, merged


def _text(value: Any) -> Cell:
    """A cell as a person would write it down: 1990.0 is 1990, a day has no hour."""
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    return str(value)
