"""What a ledger would change, row by row and field by field, before anything is written."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from loaders.ledger.cells import canonical, fingerprint
from loaders.ledger.faults import LedgerFault
from loaders.ledger.gates import refuse_at_gates
from loaders.ledger.held import HeldLedger, HeldRow
from loaders.ledger.reading import LedgerRow, ReadLedger
from loaders.ledger.resolving import resolved
from loaders.ledger.sheets import LEDGER_TABLES, ledger_sheet
from loaders.values import parse_years
from store.edits import RowChange

Change = Literal["new", "changed", "unchanged", "conflict", "refused", "missing"]
CHANGES: tuple[Change, ...] = ("refused", "conflict", "new", "changed", "missing", "unchanged")


@dataclass(frozen=True)
class FieldChange:
    """One field: what the store holds and what the file says."""

    column: str
    old: Any
    new: Any


@dataclass(frozen=True)
class RowDifference:
    """One row of the file beside the store's. `row_id` names it within the file; a missing row has none of its own.

    `expected_hash` is the hash of the store's row at the time of comparing; None for a new row.
    """

    row_id: str
    table: str
    key: str
    change: Change
    fields: tuple[FieldChange, ...]
    row: LedgerRow | None
    held: HeldRow | None
    faults: tuple[LedgerFault, ...] = ()

    @property
    def expected_hash(self) -> str | None:
        return None if self.held is None else self.held.content_hash


@dataclass(frozen=True)
class LedgerDifference:
    """A file beside the store: its rows in the file's order, then the store's rows that the file lacks."""

    ledger: ReadLedger
    rows: tuple[RowDifference, ...]
    revision: int
    remarks: tuple[LedgerFault, ...] = ()

    def of(self, *changes: Change) -> list[RowDifference]:
        """The rows of some kinds."""
        return [r for r in self.rows if r.change in changes]

    def counts(self) -> dict[tuple[str, Change], int]:
        """How many rows of each table are what."""
        found: dict[tuple[str, Change], int] = {}
        for row in self.rows:
            found[row.table, row.change] = found.get((row.table, row.change), 0) + 1
        return found

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write and nothing wrong."""
        return all(r.change == "unchanged" for r in self.rows)


@dataclass(frozen=True)
class Choice:
    """What a clerk decided: rows kept back, conflicts in which the file's row counts, missing rows to delete."""

    left_out: frozenset[str] = frozenset()
    mine: frozenset[str] = frozenset()
    deletes: frozenset[str] = field(default_factory=frozenset)


def difference(
    ledger: ReadLedger,
    held: HeldLedger,
    *,
    allowed: frozenset[str] | None,
    choice: Choice | None = None,
    today: dt.date | None = None,
) -> LedgerDifference:
    """The file beside the store.

    `allowed` are the districts in which the person may write, None for all. With a `choice` the hard gates are judged
    on what would really go in.
    """
    chosen = choice or Choice()
    rows = resolved(ledger, held, allowed=allowed, today=today)
    ids = {id(row): f"{row.sheet}!{row.row_number}" for row in rows}
    first = {id(row): _compared(row, ledger, held) for row in rows if not row.is_refused}
    going = [
        row
        for row in rows
        if id(row) in first
        and (first[id(row)][0] in ("new", "changed") or ids[id(row)] in chosen.mine)
        and ids[id(row)] not in chosen.left_out
    ]
    missing = _missing(ledger, rows, held)
    deletes = [(m.table, m.key) for m in missing if m.row_id in chosen.deletes]
    refuse_at_gates(going, held, deletes=deletes)
    found = []
    for row in rows:
        stands = held.rows(row.table).get(str(row.key)) if row.key is not None else None
        if row.is_refused:
            change: Change = "refused"
            fields: tuple[FieldChange, ...] = first.get(id(row), ("refused", ()))[1]
        else:
            change, fields = first[id(row)]
        faults = tuple(row.faults)
        found.append(
            RowDifference(ids[id(row)], row.table, row.key or "", change, fields, row, stands, faults)
        )
    return LedgerDifference(ledger, (*found, *missing), held.revision, ledger.remarks)


def _compared(row: LedgerRow, ledger: ReadLedger, held: HeldLedger) -> tuple[Change, tuple[FieldChange, ...]]:
    about = ledger_sheet(row.table)
    stands = held.rows(row.table).get(str(row.key))
    if stands is None:
        new = tuple(
            FieldChange(c.name, None, row.values[c.name])
            for c in about.columns[1:]
            if row.values.get(c.name) is not None
        )
        was_given = ledger.mark is not None and (row.table, str(row.key)) in ledger.mark.rows
        return ("conflict" if was_given else "new"), new
    fields = tuple(
        FieldChange(c.name, stands.values[c.name], row.values[c.name])
        for c in about.columns[1:]
        if c.name in row.values
        and c.name in stands.values
        and canonical(c, row.values[c.name]) != canonical(c, stands.values[c.name])
    )
    mark = ledger.mark.rows.get((row.table, str(row.key))) if ledger.mark is not None else None
    if mark is not None and fields:
        own = {**stands.values, **row.values}
        if fingerprint(about.columns, own) == mark.fingerprint:
            return "unchanged", ()  # the clerk left it alone; somebody else has changed it since
        if mark.content_hash != stands.content_hash:
            return "conflict", fields
    return ("changed" if fields else "unchanged"), fields


def _missing(ledger: ReadLedger, rows: list[LedgerRow], held: HeldLedger) -> list[RowDifference]:
    """Rows that the template gave out and the file no longer has: never deleted unless the clerk ticks them."""
    if ledger.mark is None:
        return []
    present = {(r.table, r.key) for r in rows}
    found = []
    order = {t: i for i, t in enumerate(LEDGER_TABLES)}
    for table, key in sorted(ledger.mark.rows, key=lambda m: (order.get(m[0], 99), m[1])):
        stands = held.rows(table).get(key) if table in ledger.tables else None
        if stands is None or (table, key) in present:
            continue
        fields = tuple(
            FieldChange(c.name, stands.values[c.name], None)
            for c in ledger_sheet(table).columns[1:]
            if stands.values.get(c.name) is not None
        )
        found.append(RowDifference(f"{table}:{key}", table, key, "missing", fields, None, stands))
    return found


def changes_of(found: LedgerDifference, choice: Choice) -> list[RowChange]:
    """The changes to write: new and changed rows that were not kept back, conflicts decided for the file, deletes."""
    out = []
    for row in found.rows:
        if row.change == "missing":
            if row.row_id in choice.deletes:
                out.append(RowChange(row.table, row.key, None, row.expected_hash))
            continue
        is_going = row.change in ("new", "changed") or (
            row.change == "conflict" and row.row_id in choice.mine
        )
        if not is_going or row.row_id in choice.left_out:
            continue
        values = {f.column: f.new for f in row.fields}
        out.append(RowChange(row.table, row.key, with_built(row.table, values), row.expected_hash))
    return out


def with_built(table: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values with what a year of building as written says: its range and precision (R4)."""
    if table != "communities" or "build_year_text" not in values:
        return values
    import pandas as pd

    found = parse_years(pd.Series([values["build_year_text"]], dtype=object)).iloc[0]
    years = {n: None if pd.isna(found[n]) else int(found[n]) for n in ("build_year_from", "build_year_to")}
    return {**values, **years, "build_year_precision": found["build_year_precision"]}
