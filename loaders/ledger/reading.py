"""An uploaded workbook as rows of the ledger's tables: sheets and columns found, values read, totals set aside.

Nothing is compared with the store here. Every cell that can't be read is named with what was expected.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders.errors import RefusedFile
from loaders.ledger.faults import LedgerFault, cell_name
from loaders.ledger.mark import INSTRUCTIONS, LISTS_SHEET, MARK_SHEET, TemplateMark, read_mark
from loaders.ledger.matching import Match, match_columns, table_of_headers, table_of_sheet
from loaders.ledger.parsing import Parsed, parse_column
from loaders.ledger.sheets import LEDGER_TABLES, ledger_sheet
from loaders.ledger.texts import language_of
from loaders.ledger.totals import check_totals
from loaders.readers import headers as sheet_headers
from loaders.readers.grid import Grid, GridCell, GridSheet, read_grid
from loaders.wording import WORDING

#: A ledger of a district has some thousand rows a sheet.
MOST_ROWS = 50_000


@dataclass
class LedgerRow:
    """One row of a file: values by field (only of columns that the file has), and where each was written.

    `names` holds the name written beside a reference, by the reference's field; `written` what stood in the row, by
    the file's own headers. `key` and references are settled in `resolving`.
    """

    table: str
    sheet: str
    row_number: int
    values: dict[str, Any]
    cells: dict[str, str]
    headers: dict[str, str]
    names: dict[str, str]
    written: dict[str, str]
    faults: list[LedgerFault] = field(default_factory=list)
    key: str | None = None

    @property
    def lang(self) -> str:
        """The language of the file's headers: what a sentence quotes of the ledger is in it."""
        return language_of("".join(self.headers.values()))

    @property
    def is_refused(self) -> bool:
        """Whether the row can't go in."""
        return any(f.severity == "refused" for f in self.faults)

    def fault(
        self, code: str, column: str | None = None, *, severity: Any = "refused", **params: Any
    ) -> LedgerFault:
        """Note a fault of one of the row's cells, or of the whole row."""
        name = column if column in self.cells else None
        found = LedgerFault(
            code,
            self.sheet,
            self.cells[name] if name else f"{self.row_number}",
            self.row_number,
            self.headers.get(name, "") if name else "",
            self.written.get(self.headers.get(name, ""), "") if name else "",
            severity,
            params,
        )
        self.faults.append(found)
        return found


@dataclass(frozen=True)
class ReadLedger:
    """A file that was read: its rows by table in the file's order, and what is to be said of the file itself."""

    file_name: str
    sha256: str
    mark: TemplateMark | None
    tables: tuple[str, ...]
    rows: tuple[LedgerRow, ...]
    remarks: tuple[LedgerFault, ...]

    def of(self, table: str) -> list[LedgerRow]:
        """The rows of a table."""
        return [r for r in self.rows if r.table == table]


def read_ledger(
    path: Path, *, file_name: str | None = None, should_stop: Callable[[], bool] = lambda: False
) -> ReadLedger:
    """Read a ledger: one of our templates or any workbook that holds its tables.

    Raises UnreadableFile, RefusedFile and ReadingStopped as every reader, and RefusedFile where no sheet is of the
    ledger (ledger.no_sheet) or there are too many rows.
    """
    return ledger_of(read_grid(path, file_name=file_name, should_stop=should_stop))


def ledger_of(grid: Grid) -> ReadLedger:
    """As `read_ledger`, of a workbook that was read already."""
    mark = read_mark(grid)
    rows: list[LedgerRow] = []
    remarks: list[LedgerFault] = []
    tables: list[str] = []
    for sheet in grid.sheets:
        if sheet.name in (MARK_SHEET, LISTS_SHEET) or sheet.name in INSTRUCTIONS or not sheet.cells:
            continue
        found = _sheet_rows(sheet, remarks)
        if found is None:
            continue
        table, own = found
        tables.append(table)
        rows += own
        if len(rows) > MOST_ROWS:
            raise RefusedFile("ledger.too_many_rows", file=grid.file_name, rows=len(rows), most=MOST_ROWS)
    if not tables:
        expected = [WORDING.say(f"ledger.sheet.{t}") for t in LEDGER_TABLES[:10]]
        raise RefusedFile(
            "ledger.no_sheet",
            file=grid.file_name,
            sheets=[s.name for s in grid.sheets if not s.is_hidden],
            expected=expected,
        )
    return ReadLedger(
        grid.file_name, grid.sha256, mark, tuple(dict.fromkeys(tables)), tuple(rows), tuple(remarks)
    )


def _matrix(sheet: GridSheet) -> list[list[str | None]]:
    width = sheet.width
    rows: list[list[str | None]] = [[None] * width for _ in range(sheet.height)]
    for (r, c), cell in sheet.cells.items():
        rows[r][c] = cell.text
    return rows


def _sheet_rows(sheet: GridSheet, remarks: list[LedgerFault]) -> tuple[str, list[LedgerRow]] | None:
    texts = _matrix(sheet)
    layout = sheet_headers.find_layout(texts, "auto", sheet.merged)
    if layout is None:
        return None

    def remark(code: str, cell: str = "", **params: Any) -> None:
        severity = params.pop("severity", "warning")
        header, value = params.pop("header", ""), params.pop("value", "")
        remarks.append(LedgerFault(code, sheet.name, cell, None, header, value, severity, params))

    table, is_like = table_of_sheet(sheet.name)
    if table is None:
        table = table_of_headers(layout.names) if layout.has_header else None
        if table is None:
            remark("ledger.sheet_unknown", cell_name(layout.header, 0))
            return None
        is_like = True
    if is_like:
        remark("ledger.sheet_read_as", table=table_title(table), severity="note")
    if sheet.is_hidden:
        remark("ledger.sheet_hidden")
        return None
    if not layout.has_header:
        remark("ledger.no_header", cell_name(layout.header, 0), severity="refused")
        return table, []
    about = ledger_sheet(table)
    matches, unknown = match_columns(about, layout.names, layout.unit)
    for place in unknown:
        remark("ledger.column_unknown", cell_name(layout.header, place), header=layout.names[place])
    for match in matches:
        if match.is_guess:
            label = match.column.label("zh")
            remark(
                "ledger.column_read_as",
                cell_name(layout.header, match.place),
                header=match.header,
                label=label,
                severity="note",
            )
    held = {m.column.name for m in matches}
    missing = [c for c in about.columns if c.is_required and c.name not in held]
    for column in missing:
        remark(
            "ledger.column_missing",
            cell_name(layout.header, 0),
            expected=column.header("zh"),
        )
    rows, totals = _rows(sheet, texts, layout, about.table, matches)
    _read_values(sheet, rows, totals, matches, remarks)
    return table, [row for row, _ in rows]


def table_title(table: str, lang: str = "zh") -> str:
    """The name of a table's sheet."""
    return WORDING.say(f"ledger.sheet.{table}", lang)


Placed = tuple[LedgerRow, int]


def _rows(
    sheet: GridSheet,
    texts: list[list[str | None]],
    layout: sheet_headers.Layout,
    table: str,
    matches: Sequence[Match],
) -> tuple[list[Placed], list[int]]:
    """The rows of data with their places, and the places of rows that are totals."""
    _fill_down(sheet, texts, layout)
    titles = sheet_headers.column_titles(texts, layout)
    rows: list[Placed] = []
    totals: list[int] = []
    for r in range(layout.header + layout.depth, sheet.height):
        line = texts[r]
        if not any(line):
            continue
        if sheet_headers.is_total(line):
            totals.append(r)
            continue
        if r in layout.footers or sheet_headers.repeats_header(line, titles):
            continue
        if not any(line[m.place] for m in matches):
            continue
        written = {
            layout.names[c] or cell_name(layout.header, c): str(line[c])
            for c in range(len(line))
            if line[c] is not None and c < len(layout.names)
        }
        row = LedgerRow(
            table,
            sheet.name,
            r + 1,
            {},
            {_name(m): cell_name(r, m.place) for m in matches},
            {_name(m): m.header for m in matches},
            {},
            written,
        )
        rows.append((row, r))
    return rows, totals


def _name(match: Match) -> str:
    return f"{match.column.name}.name" if match.is_name else match.column.name


def _fill_down(sheet: GridSheet, texts: list[list[str | None]], layout: sheet_headers.Layout) -> None:
    """A cell merged over several rows of data stands in each of them; across columns it stays in the first."""
    for top, left, bottom, _right in sheet.merged:
        if top < layout.header + layout.depth or top >= len(texts):
            continue
        for r in range(top + 1, min(bottom + 1, len(texts))):
            texts[r][left] = texts[top][left]


def _read_values(
    sheet: GridSheet,
    rows: list[Placed],
    totals: list[int],
    matches: Sequence[Match],
    remarks: list[LedgerFault],
) -> None:
    places = [r for _, r in rows]
    tops = {
        (r, left): (top, left)
        for top, left, bottom, _ in sheet.merged
        for r in range(top + 1, min(bottom + 1, sheet.height))
    }

    def cells_of(match: Match, at: Sequence[int]) -> list[GridCell | None]:
        return [sheet.cells.get(tops.get((r, match.place), (r, match.place))) for r in at]

    ordered = sorted(matches, key=lambda m: m.column.kind in ("subdistrict", "target"))
    by_name: dict[str, list[Any]] = {}
    for match in ordered:
        cells = cells_of(match, places)
        if match.is_name:
            for (row, _), cell in zip(rows, cells, strict=True):
                if cell is not None:
                    row.names[match.column.name] = cell.text.strip()
            continue
        parsed = parse_column(
            match.column,
            cells,
            unit=match.unit,
            districts=by_name.get("district_code", ()),
            measures=by_name.get("measure", ()),
        )
        by_name[match.column.name] = parsed.values
        _keep(rows, match, parsed, cells)
        if totals and match.column.kind in ("money", "whole", "area", "number"):
            check_totals(sheet, places, totals, match, parsed, remarks)


def _keep(rows: list[Placed], match: Match, parsed: Parsed, cells: Sequence[GridCell | None]) -> None:
    column = match.column
    for place, (row, _) in enumerate(rows):
        value = parsed.values[place]
        row.values[column.name] = value
        if place in parsed.problems:
            code, params = parsed.problems[place]
            row.fault(code, column.name, **params)
            row.values.pop(column.name)
        if place in parsed.notes:
            code, params = parsed.notes[place]
            row.fault(code, column.name, severity="note", **params)
        if value is not None and column.kind in ("whole", "number") and value < 0:
            row.fault("ledger.negative", column.name)
