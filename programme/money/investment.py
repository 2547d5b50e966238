"""Fixed-asset investment completed, month by month against the year's target (R49): never added to funding."""

import datetime as dt

import pandas as pd

from programme.money.fen import (
    Investment,
    MoneyError,
    each_once,
    exact_fen,
    exact_sum,
    grouped,
    in_range,
    needed,
)
from programme.progress import (
    Measure,
    PaceRule,
    month_end,
    planned_share,
    with_or_without_central,
)

INVESTMENT_COLUMNS = ("investment_id", "project_id", "month", "amount_fen")
#: Columns that only funding has: a frame with one of them is no investment.
_FUNDING_COLUMNS = ("funding_source", "content_class", "state", "funding_fen")


def investment_rows(
    investments: pd.DataFrame, projects: pd.DataFrame, *, has_central: bool = True
) -> pd.DataFrame:
    """The monthly investments of some projects, made ready to be added up.

    `investments` is the table monthly_investments (`INVESTMENT_COLUMNS`); `projects` as in `funding.funding_rows`.
    Returns investment_id, project_id, district_code, month (YYYY-MM) and investment_fen (int64) on the same index.
    Raises MoneyError: money.funding_is_no_investment for a frame of funding, money.month_unreadable,
    money.column_missing, money.key_twice, money.not_whole, money.overflow.
    """
    for column in _FUNDING_COLUMNS:
        if column in investments.columns:
            raise MoneyError("money.funding_is_no_investment", column=column)
    needed(investments, INVESTMENT_COLUMNS, "monthly_investments")
    each_once(investments["investment_id"], "monthly_investments")
    held = with_or_without_central(projects, has_central)
    each_once(held["project_id"], "projects")
    own = investments[investments["project_id"].isin(held["project_id"])]
    for key, month in zip(own["investment_id"], own["month"], strict=True):
        try:
            month_end(str(month))
        except ValueError as error:
            raise MoneyError("money.month_unreadable", investment_id=str(key), month=str(month)) from error
    districts = dict(zip(held["project_id"], held["district_code"], strict=True))
    return pd.DataFrame(
        {
            "investment_id": own["investment_id"].astype(str).astype("object"),
            "project_id": own["project_id"].astype("object"),
            "district_code": pd.Series(
                [districts[p] for p in own["project_id"]], index=own.index, dtype="object"
            ),
            "month": own["month"].astype(str).astype("object"),
            "investment_fen": exact_fen(own["amount_fen"]),
        },
        index=own.index,
    )


def investment_totals(rows: pd.DataFrame, by: tuple[str, ...] = ("month",)) -> pd.DataFrame:
    """Totals of `investment_rows` by month, district_code or project_id (any of them).

    Returns the `by` columns, investment_fen (int64) and rows (tuple of investment_id, sorted), in the order of `by`.
    Raises MoneyError: money.dimension_unknown, money.column_missing (for funding rows), money.overflow.
    """
    if not by or set(by) - {"month", "district_code", "project_id"}:
        raise MoneyError("money.dimension_unknown", name=", ".join(by))
    needed(rows, ("investment_id", "investment_fen", *by), "investment_rows")
    return grouped(rows, list(by), "investment_fen", "investment_id", "investment_fen")


def investment_total(rows: pd.DataFrame) -> tuple[Investment, tuple[str, ...]]:
    """The whole, and the investments (sorted) whose sum it is. Raises MoneyError money.overflow."""
    needed(rows, ("investment_id", "investment_fen"), "investment_rows")
    return Investment(exact_sum(rows["investment_fen"])), tuple(sorted(rows["investment_id"]))


def investment_curve(
    rows: pd.DataFrame,
    year: int,
    as_of: dt.date,
    target_fen: int | None,
    *,
    rule: PaceRule = PaceRule.CALENDAR,
    projects: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The twelve months of a year: what was done, its running sum, and where the target's line stands (R1, R49).

    Columns: month; investment_fen (Int64; missing after the month of `as_of`), done_fen (Int64, running sum, missing
    likewise), expected_fen (Int64: the target's line at the month's end, whole fen rounded down; the whole target in
    December; missing without a target or pace), rows (tuple of investment_id of the month). The calendar rule takes the
    share of the year's days, the planned rule the `projects`' own planned dates and sums (`progress.planned_share`).
    Raises MoneyError money.overflow.
    """
    months = [f"{year:04d}-{m:02d}" for m in range(1, 13)]
    totals = investment_totals(rows).set_index("month")
    last = as_of.isoformat()[:7]
    found, done = [], 0
    for month in months:
        is_past = month <= last
        own = int(totals.at[month, "investment_fen"]) if month in totals.index else 0
        done = in_range(done + own)
        end = month_end(month)
        found.append(
            (
                month,
                own if is_past else pd.NA,
                done if is_past else pd.NA,
                _expected(target_fen, year, end, rule, projects),
                totals.at[month, "rows"] if is_past and month in totals.index else (),
            )
        )
    columns = ["month", "investment_fen", "done_fen", "expected_fen", "rows"]
    frame = pd.DataFrame(found, columns=columns, dtype="object")
    return frame.astype(dict.fromkeys(columns[1:4], "Int64"))


def _expected(
    target_fen: int | None, year: int, end: dt.date, rule: PaceRule, projects: pd.DataFrame | None
) -> object:
    if target_fen is None:
        return pd.NA
    if rule is PaceRule.CALENDAR:
        days = dt.date(year, 12, 31).timetuple().tm_yday
        return target_fen * end.timetuple().tm_yday // days
    share = None if projects is None else planned_share(projects, Measure.INVESTMENT, year, end)
    if share is None:
        return pd.NA
    numerator, denominator = share.as_integer_ratio()
    return target_fen * numerator // denominator
