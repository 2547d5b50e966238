"""The assessment opened: measures of a unit, the rows behind a measure, and what the ledger says of them today."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRows
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.assessment import amount, measure_name
from dashboard.words import DASH, Words
from loaders.reports.figures import kind_word
from loaders.reports.standing import Standing
from loaders.wording import WORDING
from programme.months import ClosedMonth, Settings, decimal_of, source_rows
from programme.months.scores_1 import Part, Score
from programme.months.settings import MeasureSetting
from programme.months.tables import FORMS
from store.queries_months import LEDGER_TABLES

#: In what order the rows behind a figure are listed: done, not done, breaches, left out, and the target.
ROLES = (
    "counted",
    "on_time",
    "late",
    "not_counted",
    "open_overdue",
    "breach",
    "not_known",
    "not_due",
    "undated",
    "target",
)
Ledger = Callable[[str], pd.DataFrame]
Notes = dict[str, str]


def matrix_table(
    rows: Sequence[Standing], areas: AreaRows, facts: StoreFacts, words: Words, notes: Notes
) -> Table:
    """Every district with its place, score and the attainment and place of each measure."""
    records = []
    for row, line in zip(rows, areas.rows, strict=True):
        record: dict[str, object] = {
            "place": row.place,
            "district": name_of(facts.districts, row.unit, words.lang, row.unit),
            "score": None if row.score.score is None else decimal_of(row.score.score),
            "moved": line.reason,
        }
        for part in row.score.parts:
            record[f"{part.measure}_pct"] = None if part.attainment is None else 100 * float(part.attainment)
            record[f"{part.measure}_place"] = part.place
        records.append(record)
    measures = [p.measure for p in rows[0].score.parts] if rows else []
    columns = [
        TableColumn("place", words.say("col.rank"), "count"),
        TableColumn("district", words.say("col.district")),
        TableColumn("score", words.say("assessment.col_score"), "number"),
    ]
    for m in measures:
        name = measure_name(m, words)
        columns.append(TableColumn(f"{m}_pct", words.say("assessment.col_pct", measure=name), "pct"))
        columns.append(TableColumn(f"{m}_place", words.say("assessment.col_place", measure=name), "count"))
    columns.append(TableColumn("moved", words.say("assessment.col_note"), width="large"))
    frame = pd.DataFrame(records, columns=[c.field for c in columns])
    if frame["score"].isna().all():
        columns = [c for c in columns if c.field != "score"]
    return Table(frame, columns, words.say("assessment.matrix_file"), notes)


def parts_table(
    scores: Sequence[tuple[str, Score]], settings: Mapping[str, MeasureSetting], words: Words, notes: Notes
) -> Table:
    """The measures of units (name, score): what was done, of how much, weight, points, and in words what counts."""
    records = []
    for name, score in scores:
        for part in score.parts:
            setting = settings.get(part.measure, MeasureSetting())
            records.append(
                {
                    "unit": name,
                    "measure": measure_name(part.measure, words),
                    "done": amount(part.numerator, part.measure, words),
                    "asked": amount(part.denominator, part.measure, words),
                    "pct": None if part.attainment is None else 100 * float(part.attainment),
                    "place": part.place,
                    "weight": weight_text(setting, words),
                    "points": DASH if part.points is None else f"{decimal_of(part.points):,f}",
                    "state": words.say(f"assessment.state_{part.state}"),
                    "counts": counts_text(part, words),
                    "source": setting.source or words.say("assessment.not_set"),
                }
            )
    kinds = {"pct": "pct", "place": "count"}
    fields = (
        "unit",
        "measure",
        "done",
        "asked",
        "pct",
        "place",
        "weight",
        "points",
        "state",
        "counts",
        "source",
    )
    columns = [TableColumn(f, words.say(f"assessment.part_{f}"), kinds.get(f, "text")) for f in fields]  # type: ignore[arg-type]
    if len(scores) == 1:
        columns = columns[1:]
    return Table(
        pd.DataFrame(records, columns=list(fields)), columns, words.say("assessment.parts_file"), notes
    )


def weight_text(setting: MeasureSetting, words: Words) -> str:
    """A weight with its cap; "not set" plainly where there is none."""
    if setting.weight is None:
        return words.say("assessment.not_set")
    weight = f"{decimal_of(setting.weight):,f}".rstrip("0").rstrip(".")
    if setting.cap is None:
        return weight
    return words.say(
        "assessment.weight_capped", weight=weight, cap=f"{decimal_of(100 * setting.cap, 0):,f} %"
    )


def counts_text(part: Part, words: Words) -> str:
    """The further counts of a part that are not zero: rows not known, breaches by gate."""
    told = [
        words.say(f"assessment.count_of_{name.replace('.', '_')}", n=value)
        for name, value in part.counts.items()
        if value
    ]
    return words.listed(told)


def explained(name: str, score: Score, words: Words) -> str:
    """One sentence that says how a score comes about, or why there is none."""
    if score.score is None:
        return words.say("assessment.why_unscored", unit=name)
    terms = [
        words.say(
            "assessment.why_term", measure=measure_name(p.measure, words), points=f"{decimal_of(p.points):,f}"
        )
        for p in score.parts
        if p.points is not None
    ]
    return words.say(
        "assessment.why_scored",
        unit=name,
        terms=words.say("assessment.plus").join(terms),
        made=f"{decimal_of(score.weight_made):,f}",
        set=f"{decimal_of(score.weight_set):,f}",
        score=f"{decimal_of(score.score):,f}",
    )


def rows_table(
    month: ClosedMonth,
    now: ClosedMonth | None,
    score: Score,
    measure: str,
    ledger: Ledger,
    facts: StoreFacts,
    words: Words,
    notes: Notes,
) -> Table:
    """The rows behind one measure: how each counts, what it says in the month, and how the ledger stands today.

    `now` is the month as the ledger stands (None where it can't be made); it tells whether a row was changed since.
    """
    found = source_rows(score, measure)
    order = found["role"].map(lambda role: ROLES.index(str(role).partition(".")[0]))
    found = found.iloc[order.argsort(kind="stable")]
    return _rows(found, month, now, ledger, facts, words, notes, words.say("assessment.rows_file"))


def unplaced_table(
    keys: Mapping[str, Sequence[str]],
    month: ClosedMonth,
    ledger: Ledger,
    facts: StoreFacts,
    words: Words,
    notes: Notes,
) -> Table:
    """Rows that belong to no district or no project, and so count nowhere."""
    found = pd.DataFrame(
        [("unplaced", table, key) for table, own in keys.items() for key in own],
        columns=["role", "table", "row_key"],
        dtype="object",
    )
    return _rows(found, month, None, ledger, facts, words, notes, words.say("assessment.unplaced_file"))


def _rows(
    found: pd.DataFrame,
    month: ClosedMonth,
    now: ClosedMonth | None,
    ledger: Ledger,
    facts: StoreFacts,
    words: Words,
    notes: Notes,
    title: str,
) -> Table:
    records = []
    title_field = "title_en" if words.lang == "en" else "title_zh"
    held = {t: ledger(t) for t in found["table"].unique()}
    frozen = {t: month.inputs[t].by_key() for t in held}
    today = {t: now.inputs[t].by_key() for t in held} if now is not None else {}
    for role, table, key in found.itertuples(index=False):
        entry = held[table].loc[key] if key in held[table].index else None
        row = frozen[table].get(key, {})
        records.append(
            {
                "role": role_name(role, words),
                "table": words.say(f"assessment.table_{table}"),
                "label": "" if entry is None or pd.isna(entry["label"]) else str(entry["label"]),
                "content": row_text(table, row, facts, words),
                "today": _today(table, key, row, entry is not None, today, words),
                "run": ""
                if entry is None
                else words.say("assessment.run", run=entry["run_id"], title=entry[title_field]),
                "row_key": key,
            }
        )
    fields = ("role", "table", "label", "content", "today", "run", "row_key")
    columns = [
        TableColumn(f, words.say(f"assessment.row_{f}"), width="large" if f == "content" else None)
        for f in fields
    ]
    return Table(pd.DataFrame(records, columns=list(fields)), columns, title, notes)


def role_name(role: str, words: Words) -> str:
    """How a row counts."""
    return words.say(f"assessment.role_{role.replace('.', '_')}")


def _today(
    table: str,
    key: str,
    row: Mapping[str, object],
    is_held: bool,
    today: Mapping[str, Mapping[str, Mapping[str, object]]],
    words: Words,
) -> str:
    if table not in LEDGER_TABLES:
        return words.say("assessment.today_plan")
    if not is_held:
        return words.say("assessment.today_gone")
    if table not in today:
        return ""
    return words.say("assessment.today_same" if today[table].get(key) == row else "assessment.today_changed")


def row_text(table: str, row: Mapping[str, object], facts: StoreFacts, words: Words) -> str:
    """A frozen row in words: each column that says something, with its name; what it hangs on is named beside it."""
    told = []
    for column in FORMS[table].names[1:]:
        value = row.get(column)
        if value is None or (column in ("project_id", "issue_id") and table != "project_communities"):
            continue
        told.append(
            words.say(
                "assessment.cell",
                name=column_name(table, column, words),
                value=cell_text(table, column, value, facts, words),
            )
        )
    return words.say("assessment.cell_joiner").join(told)


def column_name(table: str, column: str, words: Words) -> str:
    """The name of a column of a month's table."""
    code = f"field.{LEDGER_TABLES.get(table, table)}.{column}"
    if code in WORDING.codes(words.lang):
        return WORDING.say(code, words.lang)
    return words.say(f"assessment.column_{column}")


def cell_text(table: str, column: str, value: object, facts: StoreFacts, words: Words) -> str:
    """A frozen cell in words: names of areas and codes, yes or no, sums with their unit."""
    if value is None:
        return words.say("figure.not_known")
    if column in ("district_code", "area_code"):
        if value == "110000":
            return words.say("bar.whole_city")
        return name_of(facts.districts, value, words.lang, str(value))
    if isinstance(value, bool):
        return words.say("word.yes" if value else "word.no")
    if column == "amount_fen" and isinstance(value, int):
        return words.money(value)
    if column == "age_class":
        return (
            words.say(f"map.class_{value}") if value in ("pre_2000", "post_2000", "unknown") else str(value)
        )
    code = f"code.{LEDGER_TABLES.get(table, table)}.{column}.{value}"
    if (table, column) == ("issues", "kind"):
        return kind_word(str(value), words.lang)
    return WORDING.say(code, words.lang) if code in WORDING.codes(words.lang) else str(value)


def settings_table(settings: Settings, words: Words, notes: Notes) -> Table:
    """Every weight and limit with its source and days; what nobody set says so."""
    records = []
    for group, own in (("district", settings.districts), ("department", settings.departments)):
        for measure, setting in own.items():
            records.append(
                {
                    "group": words.say(f"assessment.group_{group}"),
                    "measure": measure_name(measure, words),
                    "weight": weight_text(setting, words),
                    "valid_from": setting.valid_from,
                    "valid_to": setting.valid_to,
                    "source": setting.source or DASH,
                }
            )
    days = settings.issue_limit_days
    for kind, limit in days.items() or [("*", None)]:
        records.append(
            {
                "group": words.say("assessment.group_limit"),
                "measure": words.say("assessment.limit_any") if kind == "*" else kind,
                "weight": words.say("assessment.not_set")
                if limit is None
                else words.say("assessment.days", n=limit),
                "valid_from": None,
                "valid_to": None,
                "source": DASH,
            }
        )
    kinds = {"valid_from": "date", "valid_to": "date"}
    fields = ("group", "measure", "weight", "valid_from", "valid_to", "source")
    columns = [TableColumn(f, words.say(f"assessment.setting_{f}"), kinds.get(f, "text")) for f in fields]  # type: ignore[arg-type]
    return Table(
        pd.DataFrame(records, columns=list(fields)), columns, words.say("assessment.settings_file"), notes
    )


def frozen_counts(month: ClosedMonth, words: Words) -> str:
    """How many rows of each table a closing freezes, in one sentence."""
    told = [
        words.say(
            "assessment.count_frozen",
            table=words.say(f"assessment.table_{name}"),
            n=words.number(len(table.rows)),
        )
        for name, table in month.inputs.items()
    ]
    return words.listed(told)
