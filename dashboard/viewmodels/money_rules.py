"""The funding rules and what they say of the funding (R47): standing, flags with rule, measure and rows."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.money_scope import MoneyScope, source_name
from dashboard.viewmodels.record_tables import Names, coded
from dashboard.words import Words
from loaders import reference
from programme.money.flags import Evaluation, evaluate
from programme.money.rules import FundingRule, rules_from_toml

STANDINGS = ("applied", "not_set", "not_in_force")


@dataclass(frozen=True)
class RulesView:
    """The rules with their standing, the flags, and the entries behind each flag."""

    headline: str
    rules: Table
    flags: Table
    figures: dict[str, tuple[str, ...]]


@cache
def shipped_rules() -> tuple[FundingRule, ...]:
    """The rules of data/reference/funding_rules.toml. Raises RulesRefused where the file can't be used."""
    return rules_from_toml(reference.funding_rules_text(), "funding_rules.toml")


def evaluation_of(scope: MoneyScope, rules: tuple[FundingRule, ...]) -> Evaluation:
    """Every rule on the funding of the view."""
    return evaluate(rules, scope.funding, scope.projects, scope.started_dates, scope.as_of)


def rules_view(
    scope: MoneyScope,
    rules: tuple[FundingRule, ...],
    names: Names,
    titles: tuple[str, str],
    notes: dict[str, str],
) -> RulesView:
    """The rules and their flags; `titles` are those of the two tables."""
    found, words = evaluation_of(scope, rules), names.words
    flags = found.flags
    excepted = int(flags["exception"].notna().sum())
    counts = found.standings["standing"].value_counts()
    projects = int(flags.loc[flags["exception"].isna(), "project_id"].nunique())
    return RulesView(
        words.say(
            "money_page.rules_headline",
            rules=len(found.standings),
            applied=int(counts.get("applied", 0)),
            not_set=int(counts.get("not_set", 0)),
            flags=len(flags) - excepted,
            projects=projects,
            excepted=excepted,
        ),
        _rules_table(rules, found.standings, scope.as_of, words, titles[0], notes),
        _flags_table(flags, rules, names, titles[1], notes),
        _flag_figures(flags, rules, names),
    )


def rule_title(rule: FundingRule, words: Words) -> str:
    """A rule's title in the screen's language."""
    return rule.title_en if words.lang == "en" else rule.title_zh


def _version_on(rules: tuple[FundingRule, ...], rule_id: str, day: dt.date) -> FundingRule:
    versions = [r for r in rules if r.rule_id == rule_id]
    return next((r for r in versions if r.is_in_force(day)), versions[-1])


def _rules_table(
    rules: tuple[FundingRule, ...],
    standings: pd.DataFrame,
    day: dt.date,
    words: Words,
    title: str,
    notes: dict[str, str],
) -> Table:
    found = []
    for row in standings.itertuples(index=False):
        rule = _version_on(rules, row.rule_id, day)
        found.append(
            {
                "rule": rule_title(rule, words),
                "standing": words.say(f"money_code.rule_standing.{row.standing}"),
                "asks": rule_asks(rule, words),
                "flagged": row.flagged,
                "excepted": row.excepted,
                "looked_at": row.looked_at,
                "nature": words.say(f"money_code.rule_nature.{rule.nature}"),
                "clause": rule.clause,
                "effective_from": rule.effective_from,
                "effective_to": rule.effective_to,
                "rule_source": rule.source,
                "rule_id": rule.rule_id,
            }
        )
    kinds = {
        "flagged": "count",
        "excepted": "count",
        "looked_at": "count",
        "effective_from": "date",
        "effective_to": "date",
    }
    frame = pd.DataFrame(found)
    columns = [TableColumn(f, words.say(f"record.col.{f}"), kinds.get(f, "text")) for f in frame.columns]  # type: ignore[arg-type]
    return Table(frame, columns, title, notes)


def rule_asks(rule: FundingRule, words: Words) -> str:
    """What a rule asks for, with its parameters; a parameter without a value is named as not set."""
    parts = []
    for name, value in rule.parameters.items():
        label = words.say(f"money_code.rule_parameter.{name}")
        parts.append(words.say("money_page.parameter", name=label, value=_value(name, value, words)))
    return words.say("headline.joiner").join(parts) or words.say(f"money_code.rule_kind.{rule.kind}")


def _value(name: str, value: Any, words: Words) -> str:
    if value is None:
        return words.say("record.not_set")
    if isinstance(value, Fraction):
        return words.pct(float(value))
    topics = {
        "state": "money_code.funding_state",
        "limit_state": "money_code.funding_state",
        "states": "money_code.funding_state",
        "content_class": "money_code.content_class",
        "classes": "money_code.content_class",
        "payers": "money_code.payer",
        "comparison": "money_code.comparison",
    }
    values = list(value) if isinstance(value, tuple) else [value]
    if name in ("sources", "of_sources"):
        return words.listed([source_name(v, words) for v in values])
    return words.listed([coded(words, topics[name], v) for v in values])


def measured_text(value: Any, unit: str, words: Words) -> str:
    """A flag's measure or expectation with its unit; "none" where there is nothing."""
    if value is None:
        return words.say("record.none")
    if unit == "pct":
        return words.pct(float(value))
    if unit == "fen":
        return words.money(int(value))
    if unit == "date":
        return words.date(value)
    return words.listed([source_name(v.strip(), words) for v in str(value).split(",")])


def _flags_table(
    flags: pd.DataFrame,
    rules: tuple[FundingRule, ...],
    names: Names,
    title: str,
    notes: dict[str, str],
) -> Table:
    words = names.words
    by_id = {r.rule_id: r for r in rules}
    frame = pd.DataFrame(
        {
            "rule": [rule_title(by_id[r], words) for r in flags["rule_id"]],
            "clause": [by_id[r].clause for r in flags["rule_id"]],
            "project_id": [names.project(p) for p in flags["project_id"]],
            "district_code": [names.district(c) for c in flags["district_code"]],
            "funding_source": [source_name(s, words) if s else "" for s in flags["funding_source"]],
            "content_class": [
                coded(words, "money_code.content_class", c) if c else "" for c in flags["content_class"]
            ],
            "state": [coded(words, "money_code.funding_state", s) if s else "" for s in flags["state"]],
            "measured": [
                measured_text(v, u, words) for v, u in zip(flags["measured"], flags["unit"], strict=True)
            ],
            "comparison": [words.say(f"money_code.comparison.{c}") for c in flags["comparison"]],
            "expected": [
                "" if c == "given" else measured_text(v, u, words)
                for v, u, c in zip(flags["expected"], flags["unit"], flags["comparison"], strict=True)
            ],
            "row_count": [len(r) for r in flags["rows"]],
            "exception": [e or "" for e in flags["exception"]],
            "project_key": list(flags["project_id"]),
        }
    )
    columns = [
        TableColumn(f, words.say(f"record.col.{f}"), "count" if f == "row_count" else "text")
        for f in frame.columns
    ]
    return Table(frame, columns, title, notes)


def _flag_figures(
    flags: pd.DataFrame, rules: tuple[FundingRule, ...], names: Names
) -> dict[str, tuple[str, ...]]:
    by_id = {r.rule_id: rule_title(r, names.words) for r in rules}
    found: dict[str, tuple[str, ...]] = {}
    for number, flag in enumerate(flags.itertuples(index=False), 1):
        measured = measured_text(flag.measured, flag.unit, names.words)
        label = f"{number} · {by_id[flag.rule_id]} · {names.project(flag.project_id)} · {measured}"
        found[label] = tuple(flag.rows)
    return found
