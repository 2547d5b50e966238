"""Rules for funding as data (R47): read strictly from text, with clause, source and days of effect.

A parameter may be "not_set": then the rule is known, shown, and flags nothing. Nothing is ever guessed in its place.
"""

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from programme.money.fen import MoneyError
from programme.money.funding import CLASSES, STATES

NOT_SET = "not_set"
NATURES = ("policy", "check")
COMPARISONS = ("more_than", "at_least", "at_most", "less_than")
PAYERS = ("government", "owners", "companies")


class RulesRefused(MoneyError):
    """A rules file that can't be used: `params` name the file, the rule and the key."""


@dataclass(frozen=True)
class Exemption:
    """A project or a district that a rule does not hold for, and why."""

    reason: str
    project_id: str | None = None
    district_code: str | None = None


@dataclass(frozen=True)
class FundingRule:
    """One rule in one version; `parameters` hold Fractions, texts and tuples of texts, None where not set."""

    rule_id: str
    kind: str
    nature: str
    title_zh: str
    title_en: str
    requirement: str
    clause: str
    source: str
    effective_from: dt.date
    effective_to: dt.date | None
    parameters: Mapping[str, Any]
    exceptions: tuple[Exemption, ...] = ()

    @property
    def is_set(self) -> bool:
        """Whether every parameter has a value."""
        return all(value is not None for value in self.parameters.values())

    @property
    def not_set(self) -> tuple[str, ...]:
        """The parameters without a value."""
        return tuple(name for name, value in self.parameters.items() if value is None)

    def is_in_force(self, on: dt.date) -> bool:
        """Whether the version holds on a day, its first and last day included."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


def _one_of(*known: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in known:
            raise ValueError(", ".join(known))
        return str(value)

    return read


def _some_of(*known: str) -> Callable[[Any], tuple[str, ...]]:
    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
            raise ValueError("[text, ...]")
        if known and set(value) - set(known):
            raise ValueError(", ".join(known))
        return tuple(value)

    return read


def _percentage(value: Any) -> Fraction:
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if isinstance(value, Decimal):
        is_number = value.is_finite()
    if not is_number or not (0 <= value <= 100):
        raise ValueError("0–100")
    return Fraction(value)


_STATE, _CLASS = _one_of(*STATES), _one_of(*CLASSES)
_SOURCES = _some_of()
#: The parameters of each kind: how each is read, and whether it may be left out.
KINDS: dict[str, dict[str, tuple[Callable[[Any], Any], bool]]] = {
    "source_share": {
        "state": (_STATE, False),
        "content_class": (_CLASS, False),
        "payers": (_some_of(*PAYERS), True),
        "sources": (_SOURCES, True),
        "of_sources": (_SOURCES, True),
        "comparison": (_one_of(*COMPARISONS), False),
        "share_pct": (_percentage, False),
    },
    "allowed_sources": {"content_class": (_CLASS, False), "sources": (_SOURCES, False)},
    "state_exceeds": {"state": (_STATE, False), "limit_state": (_STATE, False)},
    "paid_before_start": {"state": (_STATE, False)},
    "class_missing": {"classes": (_some_of(*CLASSES), False)},
    "date_missing": {"states": (_some_of(*STATES), False)},
    "negative_balance": {},
    "planned_against_investment": {"tolerance_pct": (_percentage, False)},
}
_TEXTS = ("id", "kind", "nature", "title_zh", "title_en", "requirement", "clause", "source")
_KEYS = {*_TEXTS, "effective_from", "effective_to", "parameters", "exceptions"}
_EXCEPTION_KEYS = {"project_id", "district_code", "reason"}


def rules_from_toml(text: str, file_name: str) -> tuple[FundingRule, ...]:
    """Every version of every rule in the text of a rules file (data/reference/funding_rules.toml), in its order.

    Raises RulesRefused, each naming file, rule (its id, or its number where that is missing) and key:
    money.rules_unreadable (no TOML), money.rule_key_unknown, money.rule_key_missing, money.rule_value (with what is
    expected), money.rule_overlap (two versions of one id on one day).
    """
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RulesRefused("money.rules_unreadable", file=file_name, detail=str(error)) from error
    for key in raw:
        if key != "rule":
            raise RulesRefused("money.rule_key_unknown", file=file_name, rule="", key=key)
    listed = raw.get("rule", [])
    if not isinstance(listed, list) or not all(isinstance(r, dict) for r in listed):
        raise RulesRefused("money.rule_value", file=file_name, rule="", key="rule", expected="[[rule]]")
    rules = tuple(_rule(r, r.get("id") or f"#{n}", file_name) for n, r in enumerate(listed, 1))
    for i, rule in enumerate(rules):
        for other in rules[:i]:
            if other.rule_id == rule.rule_id and _overlap(other, rule):
                raise RulesRefused(
                    "money.rule_overlap", file=file_name, rule=rule.rule_id, key="effective_from"
                )
    return rules


def in_force(rules: tuple[FundingRule, ...], on: dt.date) -> tuple[FundingRule, ...]:
    """The versions that hold on a day, at most one of each id."""
    return tuple(rule for rule in rules if rule.is_in_force(on))


def _overlap(one: FundingRule, other: FundingRule) -> bool:
    first_end, other_end = one.effective_to or dt.date.max, other.effective_to or dt.date.max
    return one.effective_from <= other_end and other.effective_from <= first_end


def _rule(raw: Mapping[str, Any], name: Any, file_name: str) -> FundingRule:
    at = {"file": file_name, "rule": str(name)}

    def refuse(code: str, key: str, **more: str) -> RulesRefused:
        return RulesRefused(code, **at, key=key, **more)

    for key in raw:
        if key not in _KEYS:
            raise refuse("money.rule_key_unknown", key)
    for key in (*_TEXTS, "effective_from", "parameters"):
        if key not in raw:
            raise refuse("money.rule_key_missing", key)
    for key in _TEXTS:
        if not isinstance(raw[key], str) or not raw[key].strip():
            raise refuse("money.rule_value", key, expected="text")
    if raw["kind"] not in KINDS:
        raise refuse("money.rule_value", "kind", expected=", ".join(KINDS))
    if raw["nature"] not in NATURES:
        raise refuse("money.rule_value", "nature", expected=", ".join(NATURES))
    first, last = raw["effective_from"], raw.get("effective_to")
    for key, day in (("effective_from", first), ("effective_to", last)):
        is_day = isinstance(day, dt.date) and not isinstance(day, dt.datetime)
        if not is_day and not (key == "effective_to" and day is None):
            raise refuse("money.rule_value", key, expected="YYYY-MM-DD")
    if last is not None and last < first:
        raise refuse("money.rule_value", "effective_to", expected=f">= {first.isoformat()}")
    told = {("rule_id" if key == "id" else key): str(raw[key]) for key in _TEXTS}
    return FundingRule(
        **told,
        effective_from=first,
        effective_to=last,
        parameters=_parameters(raw, refuse),
        exceptions=_exceptions(raw, refuse),
    )


def _parameters(raw: Mapping[str, Any], refuse: Callable[..., RulesRefused]) -> dict[str, Any]:
    given, known = raw["parameters"], KINDS[raw["kind"]]
    if not isinstance(given, dict):
        raise refuse("money.rule_value", "parameters", expected="[rule.parameters]")
    for key in given:
        if key not in known:
            raise refuse("money.rule_key_unknown", f"parameters.{key}")
    found: dict[str, Any] = {}
    for key, (read, is_optional) in known.items():
        if key not in given:
            if not is_optional:
                raise refuse("money.rule_key_missing", f"parameters.{key}")
        elif given[key] == NOT_SET:
            found[key] = None
        else:
            try:
                found[key] = read(given[key])
            except (ValueError, TypeError) as error:
                raise refuse("money.rule_value", f"parameters.{key}", expected=str(error)) from error
    if raw["kind"] == "state_exceeds" and found["state"] == found["limit_state"]:
        raise refuse("money.rule_value", "parameters.limit_state", expected="state")
    if raw["kind"] == "source_share" and ("payers" in found) == ("sources" in found):
        key = "payers" if "payers" in found else "sources"
        raise refuse("money.rule_value", f"parameters.{key}", expected="payers / sources")
    return found


def _exceptions(raw: Mapping[str, Any], refuse: Callable[..., RulesRefused]) -> tuple[Exemption, ...]:
    listed = raw.get("exceptions", [])
    if not isinstance(listed, list):
        raise refuse("money.rule_value", "exceptions", expected="[[rule.exceptions]]")
    found = []
    for one in listed:
        if not isinstance(one, dict):
            raise refuse("money.rule_value", "exceptions", expected="[[rule.exceptions]]")
        for key, value in one.items():
            if key not in _EXCEPTION_KEYS:
                raise refuse("money.rule_key_unknown", f"exceptions.{key}")
            if not isinstance(value, str) or not value.strip():
                raise refuse("money.rule_value", f"exceptions.{key}", expected="text")
        if "reason" not in one:
            raise refuse("money.rule_key_missing", "exceptions.reason")
        if ("project_id" in one) == ("district_code" in one):
            raise refuse("money.rule_value", "exceptions", expected="project_id / district_code")
        found.append(Exemption(one["reason"], one.get("project_id"), one.get("district_code")))
    return tuple(found)
