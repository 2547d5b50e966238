"""What turned one version of a month into another, in sentences: rows, settings, and how each unit moved by them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.assessment import amount, measure_name
from dashboard.viewmodels.assessment_tables import cell_text, column_name
from dashboard.words import DASH, Words
from programme.months import ClosedMonth, Difference, PartMove, UnitMove, decimal_of, difference

Ledger = Callable[[str], pd.DataFrame]
#: So many rows are named in a unit's sentence; the table below has all.
NAMED_ROWS = 3


@dataclass(frozen=True)
class DifferenceView:
    """The difference ready to show: one sentence on top, one for each unit that moved, and the changed rows."""

    headline: str
    rows: str
    settings: tuple[str, ...]
    districts: tuple[str, ...]
    departments: tuple[str, ...]
    table: Table
    is_empty: bool


def difference_view(
    old: ClosedMonth,
    new: ClosedMonth,
    names: tuple[str, str],
    ledger: Ledger,
    facts: StoreFacts,
    words: Words,
    notes: dict[str, str],
    *,
    has_central: bool | None,
    reads_city: bool = True,
) -> DifferenceView:
    """`names` say what the two versions are called; `ledger` gives today's names of rows, as the person may see them.

    Who does not read the whole city is told why a unit moved only where they may see the rows that moved it.
    """
    found = difference(old, new, has_central=has_central)
    reason = words.say("assessment.diff_no_reason")
    if new.correction is not None:
        reason = words.say("assessment.diff_reason", reason=new.correction.reason)
    headline = words.say("assessment.diff_headline", old=names[0], new=names[1], reason=reason)
    counts = Counter((r.table, r.change) for r in found.rows)
    rows = words.say("headline.joiner").join(
        words.say(f"assessment.diff_{change}", table=words.say(f"assessment.table_{table}"), n=n)
        for (table, change), n in sorted(counts.items())
    )
    return DifferenceView(
        headline=headline,
        rows=words.say("assessment.diff_rows", rows=rows) if rows else words.say("assessment.diff_no_rows"),
        settings=tuple(_setting(name, pair, words) for name, pair in found.settings.items()),
        districts=tuple(_move(m, facts, words, reads_city) for m in found.districts),
        departments=tuple(_move(m, facts, words, reads_city) for m in found.departments),
        table=_table(found, ledger, facts, words, notes),
        is_empty=found.is_empty,
    )


def _setting(name: str, pair: tuple[object, object], words: Words) -> str:
    parts = [
        measure_name(p, words)
        if words.say(f"assessment.measure_{p}") != f"assessment.measure_{p}"
        else _known(p, words)
        for p in name.split(".")
        if p != "settings"
    ]
    before, after = (words.say("assessment.not_set") if v is None else str(v) for v in pair)
    return words.say("assessment.diff_setting", name=" · ".join(parts), before=before, after=after)


def _known(part: str, words: Words) -> str:
    code = f"assessment.rule_{part}"
    told = words.say(code)
    return part if told == code else told


def _score(value: Fraction | None) -> str:
    return DASH if value is None else f"{decimal_of(value):,f}"


def _move(move: UnitMove, facts: StoreFacts, words: Words, reads_city: bool) -> str:
    told = []
    if move.score_before != move.score_after:
        told.append(
            words.say(
                "assessment.move_score", before=_score(move.score_before), after=_score(move.score_after)
            )
        )
    if move.place_before != move.place_after:
        told.append(
            words.say(
                "assessment.move_place", before=move.place_before or DASH, after=move.place_after or DASH
            )
        )
    told += [_part(p, words) for p in move.parts]
    if not told:
        told.append(words.say("assessment.move_alone"))
    is_told = reads_city or any(p.causes for p in move.parts)
    return words.say(
        "assessment.move" if is_told else "assessment.move_untold",
        unit=name_of(facts.districts, move.unit, words.lang, move.unit),
        told=words.say("headline.joiner").join(told),
        cause=words.say(f"assessment.cause_{move.cause}"),
    )


def _part(move: PartMove, words: Words) -> str:
    figures = []
    for part in (move.before, move.after):
        figures.append(
            DASH
            if part is None
            else words.say(
                "figure.against",
                part=amount(part.numerator, part.measure, words),
                whole=amount(part.denominator, part.measure, words),
            )
        )
    told = words.say(
        "assessment.move_part", measure=measure_name(move.measure, words), before=figures[0], after=figures[1]
    )
    if not move.causes:
        return told
    keys = words.listed([c.key for c in move.causes[:NAMED_ROWS]])
    code = "assessment.move_rows_more" if len(move.causes) > NAMED_ROWS else "assessment.move_rows"
    return words.say(code, told=told, rows=keys, n=len(move.causes))


def _table(
    found: Difference, ledger: Ledger, facts: StoreFacts, words: Words, notes: dict[str, str]
) -> Table:
    records = []
    held: dict[str, pd.DataFrame] = {}
    for row in found.rows:
        if row.table not in held:
            held[row.table] = ledger(row.table)
        names = held[row.table]
        label = names.loc[row.key, "label"] if row.key in names.index else ""
        for column, (before, after) in row.cells.items():
            is_key = column == next(iter(row.cells)) and row.change != "changed"
            if is_key and len(row.cells) > 1:
                continue
            records.append(
                {
                    "table": words.say(f"assessment.table_{row.table}"),
                    "label": "" if pd.isna(label) else str(label),
                    "change": words.say(f"assessment.change_{row.change}"),
                    "column": column_name(row.table, column, words),
                    "before": ""
                    if row.change == "added"
                    else cell_text(row.table, column, before, facts, words),
                    "after": ""
                    if row.change == "removed"
                    else cell_text(row.table, column, after, facts, words),
                    "row_key": row.key,
                }
            )
    fields = ("table", "label", "change", "column", "before", "after", "row_key")
    columns = [TableColumn(f, words.say(f"assessment.diff_col_{f}")) for f in fields]
    frame = pd.DataFrame(records, columns=list(fields))
    return Table(frame, columns, words.say("assessment.diff_file"), notes)
