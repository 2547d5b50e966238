"""What the funding rules say of the funding (R47, R48): flags with rule, measure, expectation and the rows behind."""

import datetime as dt
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from programme.money.fen import MoneyError, exact_sum, fen_or_missing, grouped, needed
from programme.money.rules import FundingRule

FLAG_COLUMNS = [
    "rule_id",
    "project_id",
    "district_code",
    "funding_source",
    "content_class",
    "state",
    "measured",
    "expected",
    "comparison",
    "unit",
    "rows",
    "exception",
]
STANDING_COLUMNS = ["rule_id", "standing", "not_set", "looked_at", "flagged", "excepted"]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "more_than": operator.gt,
    "at_least": operator.ge,
    "at_most": operator.le,
    "less_than": operator.lt,
}


@dataclass(frozen=True)
class Evaluation:
    """Flags (`FLAG_COLUMNS`) and, for every rule, how it stands (`STANDING_COLUMNS`)."""

    flags: pd.DataFrame
    standings: pd.DataFrame


@dataclass(frozen=True)
class _Finding:
    """One case looked at; `is_kept` says whether the rule holds in it."""

    is_kept: bool
    project_id: str
    rows: tuple[str, ...]
    measured: object = None
    expected: object = None
    comparison: str = ""
    unit: str = ""
    funding_source: str | None = None
    content_class: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class _Facts:
    rows: pd.DataFrame  # funding_rows by the day
    planned: dict[str, int]  # planned investment by project, where given
    started: dict[str, pd.Timestamp]


def evaluate(
    rules: tuple[FundingRule, ...],
    rows: pd.DataFrame,
    projects: pd.DataFrame,
    started_dates: pd.Series,
    as_of: dt.date,
) -> Evaluation:
    """Every rule on the funding known by a day.

    `rows` comes from `funding.funding_rows` with the payers named; entries dated later than `as_of` are left out,
    undated ones stay. `projects` has project_id, district_code and planned_investment_fen; `started_dates` is
    datetime64 by project_id (`stages.first_dates(...)["started"]`), missing or NaT where works have not begun. Of each
    rule the version in force on `as_of` is used.

    Flags, in order of the rules and the projects: rule_id, project_id, district_code, funding_source, content_class and
    state (None where the rule looks across them), measured and expected (Fraction for unit pct, int for fen, dates
    for date, text for text; None where there is nothing), comparison (how measured should stand to expected: a
    `rules.COMPARISONS` value, "given", "one_of", "on_or_after", "within_pct"), unit, rows (tuple of entry_id, sorted),
    exception (the reason, None where no exception covers it). Standings: rule_id, standing (applied, not_set or
    not_in_force), not_set (tuple of parameters), looked_at, flagged, excepted (ints; excepted are among flagged).
    Raises MoneyError money.column_missing, money.payers_missing (a source without a payer under a rule that asks for
    payers).
    """
    needed(rows, ("entry_id", "funding_fen", "payer", "entry_date"), "funding_rows")
    needed(projects, ("project_id", "district_code", "planned_investment_fen"), "projects")
    day = pd.Timestamp(as_of)
    sums = fen_or_missing(projects["planned_investment_fen"])
    facts = _Facts(
        rows[~(rows["entry_date"] > day)],
        {str(p): int(s) for p, s in zip(projects["project_id"], sums, strict=True) if pd.notna(s)},
        {str(p): d for p, d in started_dates.items() if pd.notna(d) and d <= day},
    )
    districts = dict(zip(projects["project_id"], projects["district_code"], strict=True))
    flags, standings, seen = [], [], set()
    for rule in rules:
        if not rule.is_in_force(as_of):
            continue
        seen.add(rule.rule_id)
        if not rule.is_set:
            standings.append((rule.rule_id, "not_set", rule.not_set, 0, 0, 0))
            continue
        found = list(_LOOKS[rule.kind](rule.parameters, facts))
        own = [
            _flag(rule, f, districts.get(f.project_id))
            for f in sorted(found, key=lambda f: (f.project_id, str(f.funding_source), str(f.content_class)))
            if not f.is_kept
        ]
        excepted = sum(flag[-1] is not None for flag in own)
        standings.append((rule.rule_id, "applied", (), len(found), len(own), excepted))
        flags.extend(own)
    for rule_id in dict.fromkeys(r.rule_id for r in rules):
        if rule_id not in seen:
            standings.append((rule_id, "not_in_force", (), 0, 0, 0))
    told = pd.DataFrame(standings, columns=STANDING_COLUMNS, dtype="object")
    return Evaluation(
        pd.DataFrame(flags, columns=FLAG_COLUMNS, dtype="object"),
        told.astype(dict.fromkeys(STANDING_COLUMNS[3:], "int64")),
    )


def _flag(rule: FundingRule, found: _Finding, district: str | None) -> tuple:
    reason = next(
        (
            e.reason
            for e in rule.exceptions
            if e.project_id == found.project_id
            or (e.district_code is not None and e.district_code == district)
        ),
        None,
    )
    return (
        rule.rule_id,
        found.project_id,
        district,
        found.funding_source,
        found.content_class,
        found.state,
        found.measured,
        found.expected,
        found.comparison,
        found.unit,
        found.rows,
        reason,
    )


def _keys(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(rows["entry_id"]))


def _source_share(parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    rows = facts.rows
    rows = rows[
        (rows["state"] == parameters["state"]) & (rows["content_class"] == parameters["content_class"])
    ]
    if "of_sources" in parameters:
        rows = rows[rows["funding_source"].isin(parameters["of_sources"])]
    if "payers" in parameters:
        nameless = rows[rows["payer"].isna() & rows["funding_source"].notna()]
        if len(nameless):
            raise MoneyError("money.payers_missing", source=str(nameless["funding_source"].iloc[0]))
        is_counted = rows["payer"].isin(parameters["payers"])
    else:
        is_counted = rows["funding_source"].isin(parameters["sources"])
    compare = _COMPARE[parameters["comparison"]]
    for project, own in rows.groupby("project_id", sort=True):
        whole = exact_sum(own["funding_fen"])
        if whole <= 0:  # no share can be said of nothing; a sum below zero is another rule's flag
            continue
        share = Fraction(exact_sum(own.loc[is_counted[own.index], "funding_fen"]) * 100, whole)
        yield _Finding(
            compare(share, parameters["share_pct"]),
            str(project),
            _keys(own),
            share,
            parameters["share_pct"],
            parameters["comparison"],
            "pct",
            content_class=parameters["content_class"],
            state=parameters["state"],
        )


def _allowed_sources(parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    rows = facts.rows[facts.rows["content_class"] == parameters["content_class"]]
    for (project, source), own in rows.groupby(["project_id", "funding_source"], sort=True, dropna=False):
        name = None if pd.isna(source) else str(source)
        yield _Finding(
            name in parameters["sources"],
            str(project),
            _keys(own),
            name,
            ", ".join(parameters["sources"]),
            "one_of",
            "text",
            name,
            parameters["content_class"],
        )


def _state_exceeds(parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    state, limit = parameters["state"], parameters["limit_state"]
    rows = facts.rows[facts.rows["state"].isin([state, limit])]
    cells: dict[tuple, dict[str, tuple[int, tuple[str, ...]]]] = {}
    for project, source, kind, own, fen, keys in _sums(rows):
        cells.setdefault((project, source, kind), {})[own] = (fen, keys)
    for (project, source, kind), sums in cells.items():
        if state not in sums:
            continue
        (spent, rows_of), (given, rows_under) = sums[state], sums.get(limit, (0, ()))
        keys = tuple(sorted((*rows_of, *rows_under)))
        yield _Finding(spent <= given, project, keys, spent, given, "at_most", "fen", source, kind, state)


def _sums(rows: pd.DataFrame) -> Iterator[tuple]:
    """Project, source, class, state, sum and rows of every group."""
    by = ["project_id", "funding_source", "content_class", "state"]
    return grouped(rows, by, "funding_fen", "entry_id", "funding_fen").itertuples(index=False, name=None)


def _paid_before_start(parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    rows = facts.rows[(facts.rows["state"] == parameters["state"]) & facts.rows["entry_date"].notna()]
    for project, own in rows.groupby("project_id", sort=True):
        started = facts.started.get(str(project))
        early = own if started is None else own[own["entry_date"] < started]
        yield _Finding(
            early.empty,
            str(project),
            _keys(early),
            None if early.empty else early["entry_date"].min().date(),
            None if started is None else started.date(),
            "on_or_after",
            "date",
            state=parameters["state"],
        )


def _missing(rows: pd.DataFrame, is_wrong: pd.Series) -> Iterator[_Finding]:
    for project, own in rows.groupby("project_id", sort=True):
        wrong = own[is_wrong[own.index]]
        sum_fen = exact_sum(wrong["funding_fen"])
        yield _Finding(wrong.empty, str(project), _keys(wrong), sum_fen, None, "given", "fen")


def _class_missing(parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    # One flag for each state: its sum would otherwise add the states to each other.
    for state, own in facts.rows.groupby("state", sort=True):
        for found in _missing(own, ~own["content_class"].isin(parameters["classes"])):
            yield _with_state(found, str(state))


def _date_missing(parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    rows = facts.rows[facts.rows["state"].isin(parameters["states"])]
    for state, own in rows.groupby("state", sort=True):
        for found in _missing(own, own["entry_date"].isna()):
            yield _with_state(found, str(state))


def _with_state(found: _Finding, state: str) -> _Finding:
    return _Finding(**{**vars(found), "state": state})


def _negative_balance(_parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    for project, source, kind, state, balance, keys in _sums(facts.rows):
        yield _Finding(balance >= 0, project, keys, balance, 0, "at_least", "fen", source, kind, state)


def _planned_against_investment(parameters: Any, facts: _Facts) -> Iterator[_Finding]:
    rows = facts.rows[facts.rows["state"] == "planned"]
    for project, own in rows.groupby("project_id", sort=True):
        whole = facts.planned.get(str(project))
        if whole is None:  # a missing plan is the reserve pool's to name (R8)
            continue
        funded = exact_sum(own["funding_fen"])
        is_kept = abs(funded - whole) * 100 <= parameters["tolerance_pct"] * abs(whole)
        yield _Finding(is_kept, str(project), _keys(own), funded, whole, "within_pct", "fen", state="planned")


_LOOKS: dict[str, Callable[[Any, _Facts], Iterator[_Finding]]] = {
    "source_share": _source_share,
    "allowed_sources": _allowed_sources,
    "state_exceeds": _state_exceeds,
    "paid_before_start": _paid_before_start,
    "class_missing": _class_missing,
    "date_missing": _date_missing,
    "negative_balance": _negative_balance,
    "planned_against_investment": _planned_against_investment,
}
