"""Closing a month, replaying it for ever, correcting it without touching what was (R67)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from programme.months import departments_1, districts_1
from programme.months.canonical import decode, digest, encode, pack, unpack
from programme.months.errors import InputRefused, MonthDamaged, ReplayDiffers, UnknownRules
from programme.months.scores_1 import Part, Score, part_of, score_of
from programme.months.settings import Settings
from programme.months.tables import FrozenInputs, Table, freeze
from programme.progress import month_end

FORMAT = "atlas.month/1"
Rule = Callable[[FrozenInputs, str, str, Settings], dict[str, Any]]
#: Every version of a rule that ever closed a month, by its name. Entries are added, never changed or taken out.
DISTRICT_RULES: Mapping[str, Rule] = {"districts-1": districts_1.assess}
DEPARTMENT_RULES: Mapping[str, Rule] = {"departments-1": departments_1.assess}


@dataclass(frozen=True)
class Rules:
    """The settings and the names of the rule versions that a month is closed by."""

    settings: Settings
    districts: str = "districts-1"
    departments: str = "departments-1"

    def plain(self) -> dict[str, Any]:
        """The rules as nested dicts, for the canonical form."""
        return {
            "districts": self.districts,
            "departments": self.departments,
            "settings": self.settings.plain(),
        }


@dataclass(frozen=True)
class Correction:
    """Why a closed month was made anew, by whom and when (aware time; kept in UTC to the second)."""

    reason: str
    author: str
    at: dt.datetime


@dataclass(frozen=True)
class ClosedMonth:
    """A frozen month. `content` is its canonical form; everything else was read out of it.

    `version` counts from 1; `previous` is the digest of the version before (None for the first) and `correction`
    says why there is another one.
    """

    month: str
    version: int
    previous: str | None
    correction: Correction | None
    rules: Rules
    inputs: FrozenInputs = field(repr=False)
    figures: Mapping[str, Any] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of the content: the month's name for ever."""
        return digest(self.content)

    @property
    def packed(self) -> bytes:
        """The bytes to keep: magic, SHA-256, packed content."""
        return pack(self.content)

    @property
    def last_day(self) -> dt.date:
        """The month's last day, up to which everything is counted."""
        return month_end(self.month)

    def districts(self, *, has_central: bool | None = None) -> tuple[Score, ...]:
        """The districts in order of their place; by default the ranking that counts by the settings (R10)."""
        return tuple(score_of(s) for s in self._side(has_central)["districts"])

    def city(self, *, has_central: bool | None = None) -> tuple[Part, ...]:
        """The measures of the city as a whole, against its own targets (R1)."""
        return tuple(part_of(p) for p in self._side(has_central)["city"])

    def departments(self) -> tuple[Score, ...]:
        """The lead departments in order of their place."""
        return tuple(score_of(s) for s in self.figures["departments"]["departments"])

    def _side(self, has_central: bool | None) -> Mapping[str, Any]:
        chosen = self.rules.settings.counts_central_state if has_central is None else has_central
        return self.figures["districts"]["with_central" if chosen else "without_central"]


def close(month: str, inputs: Mapping[str, pd.DataFrame], rules: Rules) -> ClosedMonth:
    """The first frozen form of a month (YYYY-MM) from frames by table name (see `tables.FORMS`).

    The same facts give the same bytes under any order of rows and columns and on any later day. Raises InputRefused
    for rows that can't be frozen and UnknownRules for a rule version that this edition has not.
    """
    return _made(month, 1, None, None, rules, freeze(inputs, month))


def correct(
    old: ClosedMonth, inputs: Mapping[str, pd.DataFrame], correction: Correction, rules: Rules | None = None
) -> ClosedMonth:
    """The next version of a closed month, which names the digest of `old`; `old` itself stays as it is.

    Without `rules` the old version's rules and settings hold. Raises InputRefused: month.correction_reason,
    month.correction_author (blank), month.correction_time (no time zone), and what `close` raises.
    """
    for name in ("reason", "author"):
        if not getattr(correction, name).strip():
            raise InputRefused(f"month.correction_{name}")
    if correction.at.tzinfo is None:
        raise InputRefused("month.correction_time")
    at = correction.at.astimezone(dt.UTC).replace(microsecond=0)
    kept = Correction(correction.reason.strip(), correction.author.strip(), at)
    return _made(old.month, old.version + 1, old.digest, kept, rules or old.rules, freeze(inputs, old.month))


def read(packed: bytes) -> ClosedMonth:
    """A closed month from its kept bytes, without recomputing it.

    Raises MonthDamaged for bytes that are not whole and unaltered, UnknownRules for a format that is not known.
    """
    content = unpack(packed)
    plain = decode(content)
    if not isinstance(plain, dict) or "format" not in plain:
        raise MonthDamaged("month.damaged")
    if plain["format"] != FORMAT:
        raise UnknownRules("month.unknown_format", format=str(plain["format"]))
    try:
        rules = Rules(
            Settings.of(plain["rules"]["settings"]),
            plain["rules"]["districts"],
            plain["rules"]["departments"],
        )
        made = plain["correction"]
        correction = made and Correction(
            made["reason"], made["author"], dt.datetime.fromisoformat(made["at"])
        )
        inputs = {name: Table.of(table) for name, table in plain["inputs"].items()}
        month_end(plain["month"])
        return ClosedMonth(
            plain["month"],
            plain["version"],
            plain["previous"],
            correction,
            rules,
            inputs,
            plain["figures"],
            content,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MonthDamaged("month.damaged") from error


def replay(packed: bytes) -> ClosedMonth:
    """The month recomputed from its frozen inputs by its frozen rules; its content equals the kept bytes'.

    Raises ReplayDiffers (month.replay_differs) where the recomputed figures are not the frozen ones, UnknownRules for a
    rule version that this edition has not (it is never recomputed by another), and what `read` raises.
    """
    kept = read(packed)
    again = _made(kept.month, kept.version, kept.previous, kept.correction, kept.rules, kept.inputs)
    if again.content != kept.content:
        raise ReplayDiffers("month.replay_differs", month=kept.month, version=kept.version)
    return again


@dataclass(frozen=True)
class ChainFault:
    """Where the versions of a month do not follow one another: the position in the list, and a code."""

    position: int
    code: str  # month.chain_start | month.chain_month | month.chain_version | month.chain_previous


def chain_faults(versions: Sequence[ClosedMonth]) -> list[ChainFault]:
    """What is wrong with the versions of one month, oldest first; empty where each names the one before it."""
    found: list[ChainFault] = []
    for i, one in enumerate(versions):
        if i == 0:
            if one.version != 1 or one.previous is not None:
                found.append(ChainFault(i, "month.chain_start"))
            continue
        if one.month != versions[0].month:
            found.append(ChainFault(i, "month.chain_month"))
        if one.version != versions[i - 1].version + 1:
            found.append(ChainFault(i, "month.chain_version"))
        if one.previous != versions[i - 1].digest:
            found.append(ChainFault(i, "month.chain_previous"))
    return found


def _made(
    month: str,
    version: int,
    previous: str | None,
    correction: Correction | None,
    rules: Rules,
    inputs: FrozenInputs,
) -> ClosedMonth:
    for name, known in ((rules.districts, DISTRICT_RULES), (rules.departments, DEPARTMENT_RULES)):
        if name not in known:
            raise UnknownRules("month.unknown_rules", rules=name)
    last = month_end(month).isoformat()
    figures = {
        "districts": DISTRICT_RULES[rules.districts](inputs, month, last, rules.settings),
        "departments": DEPARTMENT_RULES[rules.departments](inputs, month, last, rules.settings),
    }
    content = encode(
        {
            "format": FORMAT,
            "month": month,
            "version": version,
            "previous": previous,
            "correction": correction
            and {"reason": correction.reason, "author": correction.author, "at": correction.at.isoformat()},
            "rules": rules.plain(),
            "inputs": {name: table.plain() for name, table in inputs.items()},
            "figures": figures,
        }
    )
    return ClosedMonth(month, version, previous, correction, rules, inputs, figures, content)
