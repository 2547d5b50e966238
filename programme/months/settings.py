"""Weights and limits of the assessment, as data with source and dates; what nobody set stays "not set".

The weights of the city's assessment were not found in any public source, so none is shipped: a measure without a
weight is shown and does not count.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from programme.months.canonical import fraction_of, fraction_text
from programme.months.errors import SettingsRefused

#: What the settings file writes where a weight, cap or limit is not known.
NOT_SET = "not_set"
DISTRICT_MEASURES = (
    "starts",
    "completions",
    "investment_fen",
    "gates_kept",
    "owners_body",
    "property_service",
    "party_organisation",
    "issues_in_time",
)
DEPARTMENT_MEASURES = ("deliverables_on_time", "issues_answered")
COVERAGE_SCOPES = ("pre_2000", "projects", "all")


@dataclass(frozen=True)
class MeasureSetting:
    """How a measure counts: weight (None: not set), cap on its attainment (None: no cap), and where that is from."""

    weight: Fraction | None = None
    cap: Fraction | None = None
    source: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class Settings:
    """What the assessment of one month runs on.

    `districts` and `departments` hold one setting for each measure; `issue_limit_days` the days in which an issue of
    a kind is to be closed ("*": any other kind; missing: not set, then only an issue's own due date counts);
    `coverage_scope` which communities the coverage rates are taken over; `counts_central_state` whether the ranking
    that counts holds projects of central state organs (the other one is always given beside it, R10).
    """

    districts: Mapping[str, MeasureSetting]
    departments: Mapping[str, MeasureSetting]
    issue_limit_days: Mapping[str, int]
    coverage_scope: str = "pre_2000"
    counts_central_state: bool = True

    def plain(self) -> dict[str, Any]:
        """The settings as nested dicts, for the canonical form."""
        return {
            "districts": {m: _plain(s) for m, s in self.districts.items()},
            "departments": {m: _plain(s) for m, s in self.departments.items()},
            "issue_limit_days": dict(self.issue_limit_days),
            "coverage_scope": self.coverage_scope,
            "counts_central_state": self.counts_central_state,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Settings":
        """The settings that `plain` was made of."""
        return cls(
            {m: _setting(s) for m, s in plain["districts"].items()},
            {m: _setting(s) for m, s in plain["departments"].items()},
            dict(plain["issue_limit_days"]),
            plain["coverage_scope"],
            plain["counts_central_state"],
        )


def unset() -> Settings:
    """Settings in which nothing is set."""
    return Settings(
        {m: MeasureSetting() for m in DISTRICT_MEASURES},
        {m: MeasureSetting() for m in DEPARTMENT_MEASURES},
        {},
    )


def settings_from_toml(text: str, on: dt.date) -> Settings:
    """The settings in force on a day, from the text of `data/reference/assessment_weights.toml`.

    Raises SettingsRefused: month.settings_unreadable, month.settings_measure (an unknown measure),
    month.settings_number (a weight, cap or limit that is neither a number of zero or more nor "not_set"),
    month.settings_overlap (two settings of one measure for one day), month.settings_scope.
    """
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused("month.settings_unreadable", detail=str(error)) from error
    groups: dict[str, dict[str, MeasureSetting]] = {}
    for group, known in (("district", DISTRICT_MEASURES), ("department", DEPARTMENT_MEASURES)):
        chosen: dict[str, MeasureSetting] = {}
        for row in raw.get(group, []):
            measure = str(row.get("measure"))
            if measure not in known:
                raise SettingsRefused("month.settings_measure", measure=measure)
            if not _in_force(row, on):
                continue
            if measure in chosen:
                raise SettingsRefused("month.settings_overlap", measure=measure)
            chosen[measure] = MeasureSetting(
                _number(row.get("weight", NOT_SET), measure),
                _number(row.get("cap", NOT_SET), measure),
                str(row.get("source", "")),
                row.get("valid_from"),
                row.get("valid_to"),
            )
        groups[group] = {m: chosen.get(m, MeasureSetting()) for m in known}
    limits: dict[str, int] = {}
    for row in raw.get("issue_limit", []):
        days = _number(row.get("days", NOT_SET), str(row.get("kind")))
        if not _in_force(row, on) or days is None:
            continue
        if days.denominator != 1:
            raise SettingsRefused("month.settings_number", measure=str(row.get("kind")))
        if str(row["kind"]) in limits:
            raise SettingsRefused("month.settings_overlap", measure=str(row["kind"]))
        limits[str(row["kind"])] = int(days)
    choices = raw.get("choices", {})
    scope = choices.get("coverage_scope", "pre_2000")
    if scope not in COVERAGE_SCOPES:
        raise SettingsRefused("month.settings_scope", scope=str(scope))
    return Settings(
        groups["district"],
        groups["department"],
        limits,
        scope,
        bool(choices.get("counts_central_state", True)),
    )


def _in_force(row: Mapping[str, Any], on: dt.date) -> bool:
    first, last = row.get("valid_from"), row.get("valid_to")
    return (first is None or first <= on) and (last is None or on <= last)


def _number(value: Any, measure: str) -> Fraction | None:
    if value == NOT_SET:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise SettingsRefused("month.settings_number", measure=measure)
    if isinstance(value, Decimal) and not value.is_finite():
        raise SettingsRefused("month.settings_number", measure=measure)
    if value < 0:
        raise SettingsRefused("month.settings_number", measure=measure)
    return Fraction(value)


def _plain(setting: MeasureSetting) -> dict[str, Any]:
    return {
        "weight": fraction_text(setting.weight),
        "cap": fraction_text(setting.cap),
        "source": setting.source,
        "valid_from": setting.valid_from.isoformat() if setting.valid_from else None,
        "valid_to": setting.valid_to.isoformat() if setting.valid_to else None,
    }


def _setting(plain: Mapping[str, Any]) -> MeasureSetting:
    days = [dt.date.fromisoformat(plain[k]) if plain[k] else None for k in ("valid_from", "valid_to")]
    return MeasureSetting(
        fraction_of(plain["weight"]), fraction_of(plain["cap"]), plain["source"], days[0], days[1]
    )
