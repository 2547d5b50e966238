"""From the rows of a sheet, CSV or Excel, to columns of text with what was noticed."""

from collections.abc import Sequence
from typing import Any, Literal

import pyarrow as pa

from loaders.errors import RefusedFile, UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers import headers
from loaders.readers.headers import Row, Span
from loaders.readers.limits import Limits
from loaders.readers.parts import Parts, text_column


def sheet_parts(
    rows: Sequence[Row],
    *,
    file: str,
    driver: str,
    header_rows: int | Literal["auto"],
    limits: Limits,
    max_rows: int | None,
    merged: Sequence[Span] = (),
    is_ragged_telling: bool = False,
) -> Parts:
    """The data of a sheet. ``is_ragged_telling``: a row of another width than the header is a fault (CSV)."""
    layout = headers.find_layout(rows, header_rows, merged)
    if layout is None:
        raise UnreadableFile("reader.empty", file=file)
    width = _used_width(rows, layout)
    if width > limits.columns:
        raise RefusedFile("reader.too_many_columns", file=file, columns=width, most=limits.columns)
    names = [*layout.names, *[""] * width][:width]
    filler = _fill_merged(rows, layout, merged)
    titles = headers.column_titles(rows, layout) if layout.has_header else []
    kept: list[list[Any]] = []
    numbers: list[int] = []
    rejected: list[tuple[int, int, str | None, str, dict[str, Any]]] = []
    blank = 0
    for r in layout.data:
        row = filler.get(r, rows[r])
        if not any(cell is not None for cell in row):
            blank += 1
            continue
        place = len(kept)
        if place == max_rows:
            break
        problem = _problem(row, width, titles, is_ragged_telling)
        if problem is not None:
            text = " | ".join(str(cell) for cell in row if cell is not None)[:200]
            rejected.append((place, r + 1, text, problem[0], problem[1]))
        kept.append([*row[:width], *[None] * (width - len(row))])
        numbers.append(r + 1)
    if len(kept) > limits.rows:
        raise RefusedFile("reader.too_many_rows", file=file, rows=len(kept), most=limits.rows)
    columns = (
        [text_column(column) for column in zip(*kept, strict=True)] if kept else [text_column([])] * width
    )
    return Parts(
        names=names,
        columns=columns,
        count=len(kept),
        driver=driver,
        row_number=pa.array(numbers, pa.int64()),
        notes=_notes(rows, layout, blank),
        rejected=rejected,
    )


def _problem(
    row: Row, width: int, titles: list[frozenset[str]], is_ragged_telling: bool
) -> tuple[str, dict[str, Any]] | None:
    if titles and headers.repeats_header(row, titles):
        return "reject.repeated_header", {}
    if headers.is_total(row):
        return "reject.total_row", {}
    if is_ragged_telling:
        found = len(row)
        while found > width and row[found - 1] is None:
            found -= 1
        if found != width:
            return "reject.ragged_row", {"found": found, "expected": width}
    return None


def _used_width(rows: Sequence[Row], layout: headers.Layout) -> int:
    """The columns in use: those with a name, and those with a value below the header where most rows have one."""
    named = max((place + 1 for place, name in enumerate(layout.names) if name), default=0)
    if layout.has_header and named:
        below = [len(rows[r]) for r in layout.data if rows[r]]
        # A value beyond the last name in a single row is a slip; in half of the rows it is a column without a name.
        beyond = sum(1 for r in layout.data if any(cell is not None for cell in rows[r][named:]))
        return max(below) if beyond * 2 > len(below) else named
    return max((len(rows[r]) for r in layout.data), default=named)


def _fill_merged(rows: Sequence[Row], layout: headers.Layout, merged: Sequence[Span]) -> dict[int, list[Any]]:
    """Rows in which a merged cell of the data lends its value to each of the cells that it covers."""
    out: dict[int, list[Any]] = {}
    data = layout.data
    for top, left, bottom, right in merged:
        if top < data.start or top >= data.stop or left >= len(rows[top]):
            continue
        value = rows[top][left]
        if value is None or right - left > 100:
            continue
        for r in range(top, min(bottom + 1, data.stop)):
            row = out.setdefault(r, list(rows[r]))
            row.extend([None] * (right + 1 - len(row)))
            # Across columns the value would land under names that it was not written for.
            row[left] = value
    return out


def _notes(rows: Sequence[Row], layout: headers.Layout, blank: int) -> list[Finding]:
    notes = []
    if not layout.has_header:
        notes.append(finding("reader.no_header", "warning", rows=[layout.header + 1]))
    if layout.titles:
        notes.append(
            finding("reader.title_rows", rows=range(1, layout.header + 1), title=layout.titles[0][:60])
        )
    if layout.depth > 1:
        first = layout.header + 1
        notes.append(finding("reader.two_row_header", rows=range(first, first + layout.depth)))
    if layout.unit:
        notes.append(finding("reader.unit_stated", unit=layout.unit[:20]))
    if layout.footers:
        text = " ".join(cell for cell in rows[layout.footers[0]] if cell is not None)[:60]
        notes.append(finding("reader.footer_rows", rows=[r + 1 for r in layout.footers], text=text))
    if blank:
        notes.append(Finding("reader.blank_rows", count=blank))
    return notes
