"""Where a sheet's header is, what its columns are called, and which rows below it are no data.

Offices write a title and a unit above the header, merge cells over two header rows, print the header again on
every page, and close with totals and remarks.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

Cell = str | None
Row = Sequence[Cell]
Span = tuple[int, int, int, int]  # first row, first column, last row, last column; all counted from 0

SEARCHED_ROWS: Final = 30
LONGEST_NAME: Final = 200
_LONGEST_TOTAL: Final = 20
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"^[\s¥￥+\-－]*[\d,，.．]+\s*%?$")
_TOTAL = re.compile(r"^(合计|总计|共计|小计|本页合计|total|subtotal|sum)$", re.IGNORECASE)
_REMARK = re.compile(
    r"^(注|备注|说明|附注|填表说明|填表人|制表人?|填报人|填报单位|审核人?|复核人?|单位负责人|负责人|联系人|联系电话|数据来源|资料来源"
    r"|note|notes|source|remark|remarks)\s*([:：0-9一二三四]|$)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"(?:金额|面积|计量)?单位\s*[:：]\s*([^\s)）;；,，]+)")


@dataclass
class Layout:
    """Header and data of a sheet: rows are counted from 0."""

    header: int
    depth: int
    names: list[str]
    #: rows from the first below the header to the last that may be data
    data: range
    footers: list[int] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    unit: str | None = None
    has_header: bool = True


def find_layout(
    rows: Sequence[Row], header_rows: int | Literal["auto"] = "auto", merged: Sequence[Span] = ()
) -> Layout | None:
    """The layout of a sheet; None where it has no row at all. ``merged`` cells must not have been filled yet."""
    filled = [[place for place, cell in enumerate(row) if cell is not None] for row in rows]
    if not any(filled):
        return None
    width = max((f[-1] + 1 for f in filled if f), default=0)
    header, has_header = _header_row(rows, filled, merged)
    depth = (
        (_depth(rows, filled, header, merged) if header_rows == "auto" else header_rows) if has_header else 0
    )
    names = _names(rows, header, depth, width, merged) if has_header else [""] * width
    above = [_joined(rows[r]) for r in range(header) if filled[r]]
    unit = next((m.group(1) for text in above if (m := _UNIT.search(text))), None)
    start = header + depth
    last, footers = _end(rows, filled, start)
    return Layout(header, depth, names, range(start, last), footers, above, unit, has_header)


def is_total(row: Row) -> bool:
    """Whether the row's first words say that it sums up others."""
    words = 0
    for cell in row:
        if cell is None:
            continue
        if len(cell) <= _LONGEST_TOTAL and _TOTAL.match(_SPACE.sub("", cell).rstrip(":：")):
            return True
        words += 1
        if words == 2:
            return False
    return False


def is_remark(row: Row, width: int) -> bool:
    """Whether the row is a remark or a signature line: it begins as one and fills little of the width."""
    cells = [cell for cell in row if cell is not None]
    if not cells or not _REMARK.match(cells[0].strip()):
        return False
    return len(cells) <= max(2, width // 2)


def repeats_header(row: Row, titles: Sequence[frozenset[str]]) -> bool:
    """Whether the row is the header printed again: every cell in it says what stands above its column."""
    written = 0
    for place, cell in enumerate(row):
        if cell is None:
            continue
        if place >= len(titles) or len(cell) > LONGEST_NAME or _plain(cell) not in titles[place]:
            return False
        written += 1
    return written >= 2


def column_titles(rows: Sequence[Row], layout: Layout) -> list[frozenset[str]]:
    """For each column all that its header says: each of the lines, and the flattened name."""
    lines = [[_plain(cell) for cell in rows[r]] for r in range(layout.header, layout.header + layout.depth)]
    return [
        frozenset(t for t in (_plain(name), *(line[c] for line in lines if c < len(line))) if t)
        for c, name in enumerate(layout.names)
    ]


def clean_name(cell: Cell) -> str:
    """A header's text on one line, without the spaces that lay it out: `建 筑\\n面积` → `建筑面积`."""
    if cell is None:
        return ""
    text = _SPACE.sub(" ", unicodedata.normalize("NFC", cell[: 2 * LONGEST_NAME])).strip()
    # Spaces between hanzi only fill the width of the cell; those between words of letters mean something.
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text)[:LONGEST_NAME]


def _plain(cell: Cell) -> str:
    return clean_name(cell).casefold()


def _joined(row: Row) -> str:
    return " ".join(cell for cell in row if cell is not None)[:200]


def _header_row(rows: Sequence[Row], filled: list[list[int]], merged: Sequence[Span]) -> tuple[int, bool]:
    """The first row that names most of the columns; without one, the first row, which is then data."""
    near = [r for r in range(min(len(rows), SEARCHED_ROWS)) if filled[r]]
    if not near:
        near = [next(r for r, cells in enumerate(filled) if cells)]
    usual = _usual_width([len(filled[r]) for r in range(len(rows)) if filled[r]][:200])
    for r in near:
        covered = _covered(r, filled[r], merged)
        texts = [rows[r][place] for place in filled[r]]
        if len(covered) < max(1, 0.6 * usual) or (usual >= 3 and len(texts) == 1):
            continue
        wordy = sum(1 for t in texts if t is not None and not _NUMBER.match(t))
        if wordy * 2 >= len(texts):
            return r, True
        return r, False
    return near[0], True


def _usual_width(widths: list[int]) -> int:
    ordered = sorted(widths)
    return ordered[len(ordered) // 2] if ordered else 0


def _covered(row: int, cells: list[int], merged: Sequence[Span]) -> set[int]:
    """The columns that a row's cells stand over, merged ones with their whole width."""
    out = set(cells)
    for top, left, bottom, right in merged:
        if top <= row <= bottom and (left in out or top < row):
            out.update(range(left, right + 1))
    return out


def _depth(rows: Sequence[Row], filled: list[list[int]], header: int, merged: Sequence[Span]) -> int:
    """One row, or two where cells of the first stand over several of the second."""
    below = header + 1
    if below >= len(rows) or not filled[below]:
        return 1
    wide = [(left, right) for top, left, bottom, right in merged if top == header == bottom and right > left]
    tall = any(top == header and bottom == below for top, _, bottom, _ in merged)
    texts = [rows[below][place] for place in filled[below]]
    is_wordy = all(t is not None and not _NUMBER.match(t) for t in texts)
    if merged:
        return 2 if is_wordy and (wide or tall) else 1
    # Without merged ranges (CSV): gaps in the first row that the second fills, and nothing in it but names.
    gaps = set(filled[below]) - set(filled[header])
    is_under_gap = bool(gaps) and all(any(p < g for p in filled[header]) for g in gaps)
    return 2 if is_under_gap and is_wordy and len(filled[below]) < len(filled[header]) + len(gaps) else 1


def _names(rows: Sequence[Row], header: int, depth: int, width: int, merged: Sequence[Span]) -> list[str]:
    lines: list[list[str]] = []
    for r in range(header, min(header + depth, len(rows))):
        lines.append([clean_name(rows[r][c]) if c < len(rows[r]) else "" for c in range(width)])
    for top, left, bottom, right in merged:
        for r in range(max(top, header), min(bottom, header + len(lines) - 1) + 1):
            source = lines[top - header][left] if top >= header and left < width else ""
            for c in range(left, min(right + 1, width)):
                lines[r - header][c] = source
    if depth > 1 and not merged:
        _fill_right(lines)
    names = []
    for c in range(width):
        parts: list[str] = []
        for line in lines:
            if line[c] and (not parts or parts[-1] != line[c]):
                parts.append(line[c])
        names.append("/".join(parts))
    return names


def _fill_right(lines: list[list[str]]) -> None:
    """In a CSV saved from a merged header, the upper name stands over the gaps to its right."""
    for upper, lower in pairwise(lines):
        for c in range(1, len(upper)):
            if not upper[c] and lower[c]:
                upper[c] = upper[c - 1]


def _end(rows: Sequence[Row], filled: list[list[int]], start: int) -> tuple[int, list[int]]:
    """Where the data ends: totals and remarks at the foot are no data."""
    last = len(rows)
    footers: list[int] = []
    width = max((len(f) for f in filled[start:]), default=0)
    while last > start:
        r = last - 1
        if filled[r]:
            if not (is_total(rows[r]) or is_remark(rows[r], width)):
                break
            footers.append(r)
        last -= 1
    return last, sorted(footers)
