"""Fixed-asset investment completed against the year's target (R49): a count of its own, never added to funding."""

from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.money_scope import MoneyFrames, MoneyScope, target_of
from dashboard.viewmodels.record_tables import Names, record_table
from programme.money.investment import investment_curve, investment_total
from programme.progress import CITY_CODE, PaceRule

INVESTMENT_FIELDS = (
    "investment_id",
    "project_id",
    "district_code",
    "month",
    "investment_fen",
    "investment_exact",
    "import_run_id",
    "project_key",
)


@dataclass(frozen=True)
class InvestmentView:
    """The curve (`months`: month number, own, done, expected in `unit`), its table, the districts, and the rows."""

    headline: str
    months: pd.DataFrame
    unit: str
    table: Table
    districts: Table
    figures: dict[str, tuple[str, ...]]
    has_target: bool


def investment_view(
    scope: MoneyScope,
    frames: MoneyFrames,
    names: Names,
    rule: PaceRule,
    title: str,
    notes: dict[str, str],
) -> InvestmentView:
    """The curve of the chosen area and every district's standing beside its own target."""
    words, filters = names.words, scope.filters
    code = filters.district_code or CITY_CODE
    target = None if filters.subdistrict_code is not None else target_of(frames, code, filters.year)
    curve = investment_curve(
        scope.investment, filters.year, scope.as_of, target, rule=rule, projects=scope.projects
    )
    own = _of_year(scope.investment, filters.year, filters.month)
    done, _keys = investment_total(own)
    size, unit = words.money_unit(target or done.fen)
    months = pd.DataFrame(
        {
            "month": range(1, 13),
            "own": curve["investment_fen"].astype("Float64").astype("float64") / size,
            "done": curve["done_fen"].astype("Float64").astype("float64") / size,
            "expected": curve["expected_fen"].astype("Float64").astype("float64") / size,
        }
    )
    columns = [
        TableColumn("month", words.say("record.col.month")),
        TableColumn("investment_fen", words.say("record.col.investment_fen"), "wan_yuan"),
        TableColumn("done_fen", words.say("record.col.done_fen"), "wan_yuan"),
        TableColumn("expected_fen", words.say("record.col.expected_fen"), "wan_yuan"),
        TableColumn("row_count", words.say("record.col.row_count"), "count"),
    ]
    shown = curve.assign(row_count=[len(r) for r in curve["rows"]])
    figures = {
        words.say("money_page.month_figure", month=r.month, sum=words.money(int(r.investment_fen))): tuple(
            r.rows
        )
        for r in curve.itertuples(index=False)
        if r.rows
    }
    districts, district_figures = _districts(scope, frames, names, title, notes)
    return InvestmentView(
        _headline(done.fen, target, curve, names, filters.month),
        months,
        words.say(f"unit_name.{unit}"),
        Table(shown, columns, title, notes),
        districts,
        {**figures, **district_figures},
        target is not None,
    )


def _of_year(rows: pd.DataFrame, year: int, month: str) -> pd.DataFrame:
    return rows[rows["month"].str.startswith(f"{year:04d}-") & (rows["month"] <= month)]


def _headline(done: int, target: int | None, curve: pd.DataFrame, names: Names, month: str) -> str:
    words = names.words
    if target is None:
        return words.say("money_page.investment_untargeted", done=words.money(done))
    row = curve[curve["month"] == month]
    expected = row["expected_fen"].iloc[0] if len(row) else pd.NA
    sentence = words.say(
        "money_page.investment_headline",
        done=words.money_of(done, target),
        share=words.pct(100 * done / target) if target else words.say("figure.no_data"),
    )
    if pd.isna(expected):
        return sentence
    gap = done - int(expected)
    code = "money_page.investment_ahead" if gap >= 0 else "money_page.investment_behind"
    return words.say(code, sentence=sentence, expected=words.money(int(expected)), gap=words.money(abs(gap)))


def _districts(
    scope: MoneyScope, frames: MoneyFrames, names: Names, title: str, notes: dict[str, str]
) -> tuple[Table, dict[str, tuple[str, ...]]]:
    words, filters = names.words, scope.filters
    own = _of_year(scope.investment, filters.year, filters.month)
    codes = [filters.district_code] if filters.district_code else list(names.facts.districts)
    by_code = dict(iter(own.groupby("district_code")))
    found, figures = [], {}
    for code in codes:
        rows = by_code.get(code, own.iloc[:0])
        total, keys = investment_total(rows)
        target = None if filters.subdistrict_code is not None else target_of(frames, str(code), filters.year)
        rate = float(100 * total.fen / target) if target else None
        found.append((names.district(code), total.fen, target, rate, len(keys)))
        if keys:
            figures[f"{names.district(code)} · {words.money(total.fen)}"] = keys
    fields = ["district_code", "done_fen", "target_fen", "rate_pct", "row_count"]
    frame = pd.DataFrame(found, columns=fields, dtype="object")
    frame["target_fen"] = frame["target_fen"].astype("Int64")
    kinds = ("text", "wan_yuan", "wan_yuan", "pct", "count")
    columns = [TableColumn(f, words.say(f"record.col.{f}"), k) for f, k in zip(fields, kinds, strict=True)]  # type: ignore[arg-type]
    ordered = frame.sort_values("done_fen", ascending=False, kind="stable").reset_index(drop=True)
    return Table(ordered, columns, title, notes), figures


def investments_table(rows: pd.DataFrame, names: Names, title: str, notes: dict[str, str]) -> Table:
    """Monthly investments as they are shown behind a figure, the largest first."""
    ordered = rows.sort_values(["investment_fen", "investment_id"], ascending=[False, True])
    return record_table(ordered, INVESTMENT_FIELDS, names, title, notes)
