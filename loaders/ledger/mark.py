"""The mark of our own templates: a hidden sheet that says for which district, at which revision, and what each row was.

With it the upload knows which rows the clerk was given (so that a row missing from the file is seen), which of them
were touched, and whether somebody else changed one in the meantime.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loaders.readers.grid import Grid

VERSION = "1"
MARK_SHEET = "_ledger"
LISTS_SHEET = "_lists"
INSTRUCTIONS = ("填表说明", "Instructions")
_MAGIC = "renewal-atlas-ledger"


@dataclass(frozen=True)
class RowMark:
    """What a row was when the template was made: the store's hash, and that of what the ledger showed of it."""

    content_hash: str
    fingerprint: str


@dataclass(frozen=True)
class TemplateMark:
    """Where a template comes from; `rows` by table and key. `district_code` None: the whole city."""

    version: str
    district_code: str | None
    revision: int
    tables: tuple[str, ...]
    rows: Mapping[tuple[str, str], RowMark] = field(default_factory=dict)


def mark_lines(mark: TemplateMark) -> list[tuple[str, str, str, str]]:
    """The mark as the lines of its sheet."""
    head = [
        (_MAGIC, mark.version, mark.district_code or "", str(mark.revision)),
        ("tables", " ".join(mark.tables), "", ""),
    ]
    return head + [(t, k, m.content_hash, m.fingerprint) for (t, k), m in mark.rows.items()]


def read_mark(grid: Grid) -> TemplateMark | None:
    """The mark of a workbook; None for a foreign one or a mark of another version (then it is read as foreign)."""
    sheet = next((s for s in grid.sheets if s.name == MARK_SHEET), None)
    if sheet is None:
        return None

    def at(row: int, column: int) -> str:
        cell = sheet.cells.get((row, column))
        return "" if cell is None else cell.text

    if at(0, 0) != _MAGIC or at(0, 1) != VERSION or not at(0, 3).isdigit():
        return None
    rows = {
        (at(r, 0), at(r, 1)): RowMark(at(r, 2), at(r, 3))
        for r in range(2, sheet.height)
        if at(r, 0) and at(r, 1)
    }
    return TemplateMark(at(0, 1), at(0, 2) or None, int(at(0, 3)), tuple(at(1, 1).split()), rows)
