"""Editing a table in the page, without a screen: the frame to edit, and what was edited as a ledger of its own.

An edit in the page goes the way of a file: the edited rows are read, resolved, compared and judged like rows of a
workbook, with the hashes of the rows as they were when the table was opened. So a colleague's change in between is
seen, and a broken gate is named, in the same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.words import Words
from loaders.ledger.cells import cell_value, fingerprint, is_missing
from loaders.ledger.held import HeldLedger, HeldRow
from loaders.ledger.mark import VERSION, RowMark, TemplateMark
from loaders.ledger.parsing import parse_column
from loaders.ledger.reading import LedgerRow, ReadLedger
from loaders.ledger.sheets import LedgerColumn, LedgerSheet
from loaders.ledger.texts import plain_text
from loaders.readers.grid import GridCell

#: So many rows are shown at once; a search finds the others.
MOST_ROWS = 300
PLAIN_UNITS = {"wan_yuan": "万元", "yuan": "元", "m2": "㎡"}


@dataclass(frozen=True)
class OpenedTable:
    """A table as it was when it was opened: the rows in their order, shown in `frame`, with their hashes."""

    sheet: LedgerSheet
    district_code: str | None
    rows: tuple[HeldRow, ...]
    frame: pd.DataFrame
    total: int
    revision: int


@dataclass(frozen=True)
class Edits:
    """What the editor holds: changed cells by row, new rows, rows taken out (positions in the frame)."""

    changed: Mapping[int, Mapping[str, Any]]
    added: Sequence[Mapping[str, Any]]
    deleted: Sequence[int]

    @property
    def count(self) -> int:
        """How many rows are touched."""
        return len(self.changed) + len([a for a in self.added if _is_filled(a)]) + len(self.deleted)


def _is_filled(row: Mapping[str, Any]) -> bool:
    return any(not is_missing(v) and v != "" for k, v in row.items() if not k.startswith("_"))


def edits_of(state: Mapping[str, Any]) -> Edits:
    """What Streamlit keeps of a table that is edited."""
    deleted = [int(p) for p in state.get("deleted_rows", [])]
    changed = {int(p): dict(v) for p, v in state.get("edited_rows", {}).items()}
    return Edits(
        {p: v for p, v in changed.items() if v and p not in deleted},
        [dict(a) for a in state.get("added_rows", []) if _is_filled(a)],
        deleted,
    )


def opened_table(
    sheet: LedgerSheet, held: HeldLedger, district_code: str | None, search: str, words: Words
) -> OpenedTable:
    """The rows of a table that hold a text anywhere (all for an empty one), at most `MOST_ROWS`, as they are edited."""
    wanted = (plain_text(search) or "").casefold()
    found = []
    names = names_of(sheet, held)
    for row in held.rows(sheet.table).values():
        if not wanted or wanted in _text(sheet, row, names, words).casefold():
            found.append(row)
    kept = tuple(found[:MOST_ROWS])
    frame = pd.DataFrame(
        {c.name: _column(c, kept, words) for c in sheet.columns},
        columns=[c.name for c in sheet.columns],
        dtype="object",
    )
    return OpenedTable(sheet, district_code, kept, _typed(sheet, frame), len(found), held.revision)


def names_of(sheet: LedgerSheet, held: HeldLedger) -> dict[str, dict[str, str]]:
    """For each table that is referred to: id → name (the id itself where it has none)."""
    return {
        str(c.refers_to): {
            k: str(r.values.get("name") or r.values.get("title") or k)
            for k, r in held.rows(str(c.refers_to)).items()
        }
        for c in sheet.columns
        if c.refers_to is not None
    }


def _text(sheet: LedgerSheet, row: HeldRow, names: Mapping[str, Mapping[str, str]], words: Words) -> str:
    parts = [row.key]
    for column in sheet.columns:
        value = row.values.get(column.name)
        if value is None:
            continue
        parts.append(str(cell_value(column, value, words.lang, row.values)))
        if column.refers_to is not None:
            parts.append(names[column.refers_to].get(str(value), ""))
    return " ".join(parts)


def _column(column: LedgerColumn, rows: Sequence[HeldRow], words: Words) -> list[Any]:
    return [cell_value(column, r.values.get(column.name), words.lang, r.values) for r in rows]


def _typed(sheet: LedgerSheet, frame: pd.DataFrame) -> pd.DataFrame:
    out = frame.copy()
    for column in sheet.columns:
        if column.kind in ("money", "fee", "target", "area", "number"):
            out[column.name] = pd.to_numeric(out[column.name]).astype("float64")
        elif column.kind in ("whole", "year"):
            out[column.name] = pd.to_numeric(out[column.name]).astype("Int64")
        elif column.kind != "date":
            out[column.name] = out[column.name].astype("object").where(out[column.name].notna(), None)
    return out


def as_ledger(opened: OpenedTable, edits: Edits, held: HeldLedger, words: Words) -> ReadLedger:
    """The edits as a ledger: whole rows with the edited values over those that now stand.

    A cell that was not edited says what the store says, so that taking one's own side of a conflict never puts an
    older value back.
    """
    now = held.rows(opened.sheet.table)
    rows: list[LedgerRow] = []
    for place, cells in sorted(edits.changed.items()):
        base = now.get(opened.rows[place].key, opened.rows[place])
        rows.append(_row(opened, place + 1, base, cells, words))
    for number, cells in enumerate(edits.added, start=1):
        rows.append(_row(opened, len(opened.rows) + number, None, cells, words))
    touched = [opened.rows[p] for p in (*edits.changed, *edits.deleted)]
    marks = {
        (opened.sheet.table, r.key): RowMark(r.content_hash, fingerprint(opened.sheet.columns, r.values))
        for r in touched
    }
    mark = TemplateMark(VERSION, opened.district_code, opened.revision, (opened.sheet.table,), marks)
    return ReadLedger(words.say("ledger.online"), "", mark, (opened.sheet.table,), tuple(rows), ())


def _row(
    opened: OpenedTable, number: int, base: HeldRow | None, cells: Mapping[str, Any], words: Words
) -> LedgerRow:
    sheet = opened.sheet
    values: dict[str, Any] = {} if base is None else dict(base.values)
    edited = {c.name: c for c in sheet.columns if c.name in cells}
    measure = values.get("measure")
    if "measure" in edited:
        measure = parse_column(edited["measure"], [_cell(cells["measure"])], unit=None).values[0]
    place = words.say("ledger.row", n=number)
    row = LedgerRow(
        sheet.table,
        sheet.title(words.lang),
        number,
        values,
        {c.name: place for c in sheet.columns},
        {c.name: c.label(words.lang) for c in sheet.columns},
        {},
        {
            c.label(words.lang): "" if is_missing(v) else str(v)
            for n, v in cells.items()
            if (c := edited.get(n))
        },
    )
    for name, column in sorted(edited.items(), key=lambda e: e[1].kind == "subdistrict"):
        parsed = parse_column(
            column,
            [_cell(cells[name])],
            unit=PLAIN_UNITS.get(column.unit or "", "万元" if column.kind == "target" else None),
            districts=[values.get("district_code")],
            measures=[measure],
        )
        values[name] = parsed.values[0]
        if 0 in parsed.problems:
            code, params = parsed.problems[0]
            row.fault(code, name, **params)
    return row


def _cell(value: Any) -> GridCell | None:
    if is_missing(value) or value == "":
        return None
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return GridCell(text, "number")
    if isinstance(value, bool):
        return GridCell("是" if value else "否", "flag")
    return GridCell(str(value), "number" if isinstance(value, int) else "text")
