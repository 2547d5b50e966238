"""Figures as a report says them: exact, with their unit, never in scientific notation."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from loaders.wording import WORDING
from programme.months import decimal_of

DASH = "—"
FEN_PER_YI, FEN_PER_WAN, FEN_PER_MILLION = 10_000_000_000, 1_000_000, 100_000_000
MONEY_MEASURES = frozenset({"investment_fen"})


@dataclass(frozen=True)
class Voice:
    """One language of the reports."""

    lang: str

    def say(self, code: str, **params: Any) -> str:
        """The sentence of `report.<code>`."""
        return WORDING.say(f"report.{code}", self.lang, **params)

    def decimal(self, value: Fraction | None, places: int = 2) -> str:
        """An exact value with so many places and thousands separators; a dash for none."""
        return DASH if value is None else f"{decimal_of(value, places):,f}"

    def pct(self, value: Fraction | None) -> str:
        """A share as a percentage with one place."""
        return DASH if value is None else f"{decimal_of(100 * value, 1):,f} %"

    def money(self, fen: int | None) -> str:
        """A sum in 亿元 or 万元 (million CNY in English)."""
        if fen is None:
            return DASH
        if self.lang == "en":
            return self.say("million_cny", n=self.decimal(Fraction(fen, FEN_PER_MILLION)))
        if abs(fen) >= FEN_PER_YI:
            return self.say("yi_yuan", n=self.decimal(Fraction(fen, FEN_PER_YI)))
        return self.say("wan_yuan", n=self.decimal(Fraction(fen, FEN_PER_WAN)))

    def amount(self, value: int | None, measure: str) -> str:
        """A measure's figure with its unit: a sum, or how many."""
        if value is None:
            return DASH
        if measure in MONEY_MEASURES:
            return self.money(value)
        return self.say(f"count_{unit_of(measure)}", n=f"{value:,d}")

    def measure(self, measure: str) -> str:
        """A measure's short name."""
        return self.say(f"measure_{measure}")

    def day(self, day: dt.date | str | None) -> str:
        """A day in ISO form."""
        return DASH if day is None else str(day)


def unit_of(measure: str) -> str:
    """What a measure counts: project, community, issue, deliverable or call."""
    if measure in ("owners_body", "property_service", "party_organisation"):
        return "community"
    return {
        "issues_in_time": "issue",
        "deliverables_on_time": "deliverable",
        "issues_answered": "call",
    }.get(measure, "project")


def kind_word(kind: str | None, lang: str) -> str:
    """The word of an issue's kind (R63); a kind that no list knows stays as it was written, a dash for none."""
    known = {f"code.issues.kind.{kind}", f"report.kind_{kind}"} & WORDING.codes(lang)
    return DASH if not kind else WORDING.say(min(known), lang) if known else kind
