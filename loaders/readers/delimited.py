"""CSV and its kin, read by Python's own reader: encoding, delimiter and header are found out."""

import csv
import io
from pathlib import Path
from typing import Final, Literal

from loaders.errors import RefusedFile, UnreadableFile
from loaders.readers.encodings import decoded
from loaders.readers.limits import Limits
from loaders.readers.parts import Parts
from loaders.readers.sheet import sheet_parts

DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLE_LINES: Final = 60
_SAMPLE_CHARS: Final = 100_000


def read_delimited(
    path: Path,
    *,
    file: str,
    encoding: str,
    header_rows: int | Literal["auto"],
    limits: Limits,
    max_rows: int | None,
) -> Parts:
    """The table of a text file with one row on each line."""
    text, found, lost = decoded(path.read_bytes(), file, encoding)
    delimiter = delimiter_of(text)
    rows = _rows(text, delimiter, file, limits)
    parts = sheet_parts(
        rows,
        file=file,
        driver="CSV",
        header_rows=header_rows,
        limits=limits,
        max_rows=max_rows,
        is_ragged_telling=True,
    )
    parts.encoding = found
    parts.notes = [*lost, *parts.notes]
    return parts


def delimiter_of(text: str) -> str:
    """The delimiter by which most of the first lines fall into the same number of fields, and into most fields."""
    sample = "".join(text[:_SAMPLE_CHARS].splitlines(keepends=True)[:_SAMPLE_LINES])
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [
                len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row
            ]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        if usual < 2:
            continue
        score = widths.count(usual) / len(widths) + min(usual, 20) / 100
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: str, delimiter: str, file: str, limits: Limits) -> list[list[str | None]]:
    csv.field_size_limit(limits.cell_chars)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str | None]] = []
    cells = 0
    try:
        for row in reader:
            if len(row) > limits.columns and any(cell for cell in row[limits.columns :]):
                raise RefusedFile(
                    "reader.too_many_columns",
                    file=file,
                    columns=len(row),
                    most=limits.columns,
                    row=len(rows) + 1,
                )
            cells += len(row)
            if cells > limits.cells:
                raise RefusedFile("reader.too_many_cells", file=file, cells=cells, most=limits.cells)
            rows.append([cell if cell and not cell.isspace() else None for cell in row])
    except csv.Error as fault:
        if "field larger" in str(fault):
            raise RefusedFile(
                "reader.cell_too_large", file=file, row=len(rows) + 1, most=limits.cell_chars
            ) from fault
        raise UnreadableFile(
            "reader.damaged", file=file, format="CSV", detail=f"{len(rows) + 1}: {fault}"
        ) from fault
    return rows
