"""Every sheet of a workbook as it stands, cell by cell with its kind, read in the child process like any foreign file.

A ledger is read by its cells: whether 2020.1 was typed as a number (then it may be October), which cell a fault is
in, what a total's row says. The reader for tables (`workbook.py`) gives one sheet and forgets the kinds.
"""

import datetime as dt
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from loaders.errors import RefusedFile, UnreadableFile
from loaders.readers.headers import Span
from loaders.readers.limits import Limits
from loaders.readers.parts import Parts, text_column
from loaders.readers.workbook import _check_package, _text

CellKind = Literal["text", "number", "date", "flag"]
#: What a ledger may use: it is typed by people, so a larger file is a mistake or an attack.
LEDGER_LIMITS: Final = Limits(
    memory_mb=3072,
    cpu_s=120,
    wall_s=120.0,
    file_mb=64,
    unpacked_mb=512,
    rows=2_000_000,
    columns=2_000,
    cells=6_000_000,
    cell_chars=32_767,
    zip_entries=500,
)
MOST_SHEETS: Final = 100
_COLUMNS: Final = ("sheet", "row", "column", "kind", "text")


@dataclass(frozen=True)
class GridCell:
    """One filled cell: its text as a person would write it down, and what kind of value the file holds."""

    text: str
    kind: CellKind


@dataclass(frozen=True)
class GridSheet:
    """One sheet: filled cells by (row, column) from 0, merged ranges, and whether the sheet is hidden."""

    name: str
    is_hidden: bool
    cells: Mapping[tuple[int, int], GridCell]
    merged: tuple[Span, ...]

    @property
    def height(self) -> int:
        """Rows down to the last filled one."""
        return max((r for r, _ in self.cells), default=-1) + 1

    @property
    def width(self) -> int:
        """Columns up to the last filled one."""
        return max((c for _, c in self.cells), default=-1) + 1


@dataclass(frozen=True)
class Grid:
    """A workbook's sheets in their order, with what tells the file."""

    sheets: tuple[GridSheet, ...]
    file_name: str
    sha256: str
    size_bytes: int


def read_grid(
    path: Path,
    *,
    file_name: str | None = None,
    limits: Limits = LEDGER_LIMITS,
    should_stop: Callable[[], bool] = lambda: False,
) -> Grid:
    """The sheets of an Excel file, read in a child process with limits.

    Raises UnreadableFile, RefusedFile or ReadingStopped; each message names the file and what to do.
    """
    from loaders.readers.process import private_folder, remove_folder, run_child

    file = file_name or path.name
    if not path.is_file():
        raise UnreadableFile("reader.missing", file=file)
    job = {"path": str(path.resolve()), "file": file, "format": "xlsx", "layer": None, "grid": True}
    folder = private_folder()
    try:
        told = run_child(job, limits, folder, should_stop)
        with pa.memory_map(str(folder / "rows.arrow")) as source:
            table = pa.ipc.open_file(source).read_all()
            columns = {n: table.column(f"c{i}").to_pylist() for i, n in enumerate(_COLUMNS)}
    finally:
        remove_folder(folder)
    return Grid(_sheets(told["layers"], columns), file, told["sha256"], told["size"])


def _sheets(names: list[str], columns: Mapping[str, list[Any]]) -> tuple[GridSheet, ...]:
    cells: list[dict[tuple[int, int], GridCell]] = [{} for _ in names]
    merged: list[list[Span]] = [[] for _ in names]
    hidden = [False] * len(names)
    for sheet, row, column, kind, text in zip(*(columns[n] for n in _COLUMNS), strict=True):
        at = int(sheet)
        if kind == "hidden":
            hidden[at] = True
        elif kind == "merged":
            bottom, right = (int(part) for part in str(text).split(" "))
            merged[at].append((int(row), int(column), bottom, right))
        else:
            cells[at][int(row), int(column)] = GridCell(str(text), kind)
    return tuple(GridSheet(name, hidden[i], cells[i], tuple(merged[i])) for i, name in enumerate(names))


def grid_parts(path: Path, *, file: str, limits: Limits) -> Parts:
    """Every filled cell of every sheet, for the child process: sheet, row, column, kind, text.

    A row of kind `merged` gives a merged range's first cell and, as its text, the last; `hidden` marks a hidden
    sheet. Raises as `read_workbook`.
    """
    if zipfile.is_zipfile(path):
        _check_package(path, file, limits)
    out: list[tuple[str, str, str, str, str]] = []
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        about = [m for m in workbook.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
        if len(about) > MOST_SHEETS:
            raise RefusedFile("ledger.too_many_sheets", file=file, sheets=len(about), most=MOST_SHEETS)
        left = limits.cells
        for number, sheet_about in enumerate(about):
            at = str(number)
            if sheet_about.visible != SheetVisibleEnum.Visible:
                out.append((at, "0", "0", "hidden", ""))
            sheet = workbook.get_sheet_by_name(sheet_about.name)
            left -= sheet.total_height * sheet.total_width
            if left < 0:
                raise RefusedFile(
                    "reader.too_many_cells", file=file, cells=limits.cells - left, most=limits.cells
                )
            for (top, first), (bottom, last) in sheet.merged_cell_ranges or []:
                out.append((at, str(int(top)), str(int(first)), "merged", f"{int(bottom)} {int(last)}"))
            for r, row in enumerate(sheet.to_python(skip_empty_area=False)):
                for c, value in enumerate(row):
                    text = _text(value)
                    if text is None:
                        continue
                    if len(text) > limits.cell_chars:
                        raise RefusedFile(
                            "reader.cell_too_large", file=file, row=r + 1, most=limits.cell_chars
                        )
                    out.append((at, str(r), str(c), _kind(value), text))
    except PasswordError as fault:
        raise UnreadableFile("reader.password", file=file) from fault
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as fault:
        raise UnreadableFile("reader.damaged", file=file, format="Excel", detail=str(fault)[:200]) from fault
    if not out:
        raise UnreadableFile("reader.empty", file=file)
    # A text column turns the empty text into a missing one, which the parent reads back as such.
    columns = [text_column([v or " " for v in column]) for column in zip(*out, strict=True)]
    return Parts(
        names=list(_COLUMNS),
        columns=columns,
        count=len(out),
        driver="Excel",
        layers=[m.name for m in about],
    )


def _kind(value: Any) -> CellKind:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (dt.date, dt.datetime, dt.time)):
        return "date"
    return "text"
