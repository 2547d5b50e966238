"""The page *Ledger* without a screen: what a file would change, in sentences and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.words import Words
from loaders.ledger.cells import shown
from loaders.ledger.difference import CHANGES, Change, Choice, FieldChange, LedgerDifference, RowDifference
from loaders.ledger.faults import LedgerFault, Severity
from loaders.ledger.sheets import ledger_sheet

#: What the page lists in full; a download has all.
MOST_FAULTS = 200
SEVERITIES: tuple[Severity, ...] = ("refused", "warning", "note")
_LONGEST = 60


@dataclass(frozen=True)
class FaultLine:
    """One fault in a sentence, with its severity."""

    severity: Severity
    sentence: str


@dataclass(frozen=True)
class DifferenceView:
    """The difference as the page shows it."""

    headline: str
    counts: pd.DataFrame
    faults: tuple[FaultLine, ...]
    fault_total: int
    going: int
    kinds: tuple[tuple[Change, int], ...]


def difference_view(found: LedgerDifference, choice: Choice, words: Words) -> DifferenceView:
    """Headline, counts for each table, the faults (refused first), and how many rows would be written."""
    by_change = {c: found.of(c) for c in CHANGES}
    told = [*found.remarks, *(f for r in found.rows for f in r.faults)]
    told.sort(key=lambda f: SEVERITIES.index(f.severity))
    return DifferenceView(
        headline=_headline(by_change, words),
        counts=_counts(found, words),
        faults=tuple(FaultLine(f.severity, f.say(words.lang)) for f in told[:MOST_FAULTS]),
        fault_total=len(told),
        going=len(going_rows(found, choice)),
        kinds=tuple((c, len(rows)) for c, rows in by_change.items() if rows),
    )


def going_rows(found: LedgerDifference, choice: Choice) -> list[RowDifference]:
    """The rows that would be written by a choice."""
    return [
        r
        for r in found.rows
        if (r.change in ("new", "changed") and r.row_id not in choice.left_out)
        or (r.change == "conflict" and r.row_id in choice.mine)
        or (r.change == "missing" and r.row_id in choice.deletes)
    ]


def _headline(by_change: dict[Change, list[RowDifference]], words: Words) -> str:
    parts = [
        words.say(f"ledger.count_{c}", n=words.number(len(rows))) for c, rows in by_change.items() if rows
    ]
    if not any(rows for c, rows in by_change.items() if c != "unchanged"):
        return words.say("ledger.same", n=words.number(len(by_change["unchanged"])))
    return words.say("ledger.differs", parts=words.listed(parts))


def _counts(found: LedgerDifference, words: Words) -> pd.DataFrame:
    counts = found.counts()
    tables = list(dict.fromkeys(r.table for r in found.rows if r.change != "unchanged"))
    columns: dict[str, list[object]] = {"table": [ledger_sheet(t).title(words.lang) for t in tables]}
    for change in CHANGES:
        columns[change] = [counts.get((t, change), 0) for t in tables]
    return pd.DataFrame(columns)


def change_frame(rows: Sequence[RowDifference], names: Mapping[str, str], words: Words) -> pd.DataFrame:
    """Rows of one kind as people read them: table, place, record, change."""
    return pd.DataFrame(
        {
            "table": [ledger_sheet(r.table).title(words.lang) for r in rows],
            "place": [place_of(r, words) for r in rows],
            "record": [record_of(r, names, words) for r in rows],
            "change": [change_text(r, words) for r in rows],
        },
        index=[r.row_id for r in rows],
        dtype="object",
    )


def place_of(row: RowDifference, words: Words) -> str:
    """Where the row stands in the file."""
    return (
        words.say("ledger.row", n=row.row.row_number) if row.row is not None else words.say("ledger.no_row")
    )


def record_of(row: RowDifference, names: Mapping[str, str], words: Words) -> str:
    """What the row is: its own name, or the project's or community's with what tells the row (step, month, source).

    `names` are the names of projects and communities by their ids.
    """
    values = dict(row.held.values) if row.held is not None else {}
    if row.row is not None:
        values |= row.row.values
    own = values.get("name") or values.get("title")
    if own:
        return str(own)
    parts = [names.get(str(values.get(c)), "") for c in ("project_id", "community_id")]
    about = ledger_sheet(row.table)
    for column in about.columns:
        if column.kind in ("code", "month") and values.get(column.name) is not None:
            parts.append(shown(column, values[column.name], words.lang, values))
    return words.say("ledger.record_joiner").join(p for p in parts if p) or row.key or "–"


def change_text(row: RowDifference, words: Words) -> str:
    """Field by field what was and what comes; for a refused row the reasons."""
    if row.change == "refused":
        return " ".join(f.say(words.lang) for f in row.faults if f.severity == "refused")
    return words.say("ledger.field_joiner").join(field_text(row, f, words) for f in row.fields)


def field_text(row: RowDifference, change: FieldChange, words: Words) -> str:
    """`批次:一 → 二`."""
    column = ledger_sheet(row.table).column(change.column)
    held = None if row.held is None else row.held.values
    own = {**(held or {}), **(row.row.values if row.row is not None else {})}
    label = column.label(words.lang)
    new = _short(shown(column, change.new, words.lang, own))
    if row.held is None:
        return words.say("ledger.field_new", label=label, new=new)
    old = _short(shown(column, change.old, words.lang, held))
    if row.change == "missing":
        return words.say("ledger.field_new", label=label, new=old)
    return words.say("ledger.field_changed", label=label, old=old, new=new)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def refusal_texts(faults: Sequence[LedgerFault], words: Words) -> list[str]:
    """The sentences of faults that keep rows out."""
    return [f.say(words.lang) for f in faults if f.severity == "refused"]
