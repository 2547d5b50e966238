"""Facility standards as data, dated and never nested (R45): which distance and which capacity a kind of facility needs.

A standard comes in versions with days of effect. Each of its rows puts one kind of facility into one tier, with the
values that a source gives; a value that none gives is None ("not set") and makes no verdict. A facility counts for
its own kind alone, so one of a higher tier never fills a lower one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

NOT_SET = "not_set"
#: The version under which a planner's own standard stands that no file knows.
OWN_VERSION = "own"
TIERS = ("15", "10", "5", "block", "community", "project")
NUMBERS = (
    "radius_m",
    "walk_minutes",
    "floor_area_m2_per_1000",
    "land_area_m2_per_1000",
    "places_per_1000",
    "spaces_per_household",
    "least_floor_area_m2",
    "least_land_area_m2",
    "persons_from",
    "persons_to",
    "households_from",
    "households_to",
)
#: The columns of facility_standards_rows.csv.
COLUMNS = (
    "standard_key",
    "version",
    "facility_kind",
    "item_zh",
    "tier",
    *NUMBERS,
    "clause",
    "confidence",
    "note",
)


class StandardsRefused(ValueError):
    """Standards that can't be used: `code` (standards.*) and `params` (file, row, key) for its sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params: Mapping[str, str | int] = params


@dataclass(frozen=True)
class Row:
    """One kind in one version of a standard; `values` has every name of `NUMBERS`, None where not set."""

    standard_key: str
    version: str
    facility_kind: str
    item_zh: str
    tiers: tuple[str, ...]
    values: Mapping[str, float | None]
    clause: str
    confidence: str
    note: str
    source: str = ""
    is_corrected: bool = False
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None


@dataclass(frozen=True)
class Tier:
    """A life circle of a standard: pairs are (from, to); None is not set."""

    key: str
    pairs: Mapping[str, tuple[float, float] | None]
    numbers: Mapping[str, float | None]
    confidence: str


@dataclass(frozen=True)
class Standard:
    """One version of a standard. Without a first day it is chosen by name only, never by a date."""

    key: str
    version: str
    precedence: int
    name_zh: str
    name_en: str
    document: str
    source: str
    confidence: str
    effective_from: dt.date | None
    effective_to: dt.date | None
    is_complete: bool
    walk_speed_m_per_min: float | None
    tiers: tuple[Tier, ...]
    rows: tuple[Row, ...] = ()

    def is_in_force(self, on: dt.date) -> bool:
        """Whether the version holds on a day, its first and last day included."""
        return self.effective_from is not None and holds(self.effective_from, self.effective_to, on)


@dataclass(frozen=True)
class Standards:
    """All versions, the kinds with a layer of their own (kind → layer), and places that are two kinds by name."""

    versions: tuple[Standard, ...]
    layer_kinds: Mapping[str, str]
    layer_names: Mapping[str, tuple[str, str]]
    counts_as: Mapping[str, tuple[str, ...]]


class Status(StrEnum):
    """What the standards say on a kind."""

    SET = "set"  # a distance is known
    NOT_SET = "not_set"  # the standard knows the kind (or is not held whole), but no distance is known
    NO_STANDARD = "no_standard"  # no standard looked at knows the kind


@dataclass(frozen=True)
class Requirement:
    """What is asked of one kind on one day, and by whom; the numbers are None where not set."""

    facility_kind: str
    status: Status
    radius_m: float | None = None
    standard_key: str | None = None
    version: str | None = None
    document: str | None = None
    item_zh: str | None = None
    tiers: tuple[str, ...] = ()
    clause: str | None = None
    source: str | None = None
    confidence: str | None = None
    note: str | None = None
    is_corrected: bool = False
    #: Whether radius_m was worked out from minutes on foot, and at which speed.
    from_minutes: float | None = None
    walk_speed_m_per_min: float | None = None
    values: Mapping[str, float | None] | None = None

    def value(self, name: str) -> float | None:
        """A number of the row by its name in `NUMBERS`; None where not set."""
        return None if self.values is None else self.values[name]


@dataclass(frozen=True)
class CapacityMeasure:
    """How the capacity of a kind is counted: a column of the facilities, for each resident or household."""

    column: str  # floor_area_m2 | land_area_m2 | capacity
    per: str  # residents | households
    need: float  # of the column's unit, for one resident or household


def holds(first: dt.date | None, last: dt.date | None, on: dt.date) -> bool:
    return (first is None or first <= on) and (last is None or on <= last)


def in_force(standards: Standards, on: dt.date) -> tuple[Standard, ...]:
    """The versions that hold on a day, in the order in which they are asked; those without a first day are left out."""
    held = [v for v in standards.versions if v.is_in_force(on)]
    return tuple(sorted(held, key=lambda v: (v.precedence, v.key)))


def requirement(
    standards: Standards,
    kind: str,
    on: dt.date,
    chosen: tuple[str, str | None] | None = None,
    walk_speed_m_per_min: float | None = None,
) -> Requirement:
    """What the standards ask of one kind of facility on a day (R45).

    `chosen` is (standard key, version), the version None for the one in force; then no other is asked. Without it the
    standards in force are asked in their order, and the first that gives a distance is taken; where none does, the
    first that knows the kind, with status not_set. A standard that is not held whole answers not_set for a kind that
    stands in another's rows, and no_standard for one that stands in none. Minutes on foot become a distance only at a
    speed that the standard states or the caller sets (metres a minute). Raises KeyError for a standard or version
    that is not held.
    """
    answers = _answers(standards, kind, on, chosen, walk_speed_m_per_min)
    for status in (Status.SET, Status.NOT_SET):
        known = [a for a in answers if a.status is status]
        # A row that is there says more than a standard that is not held whole.
        for answer in sorted(known, key=lambda a: a.values is None):
            return answer
    return Requirement(kind, Status.NO_STANDARD)


def _answers(
    standards: Standards, kind: str, on: dt.date, chosen: tuple[str, str | None] | None, speed: float | None
) -> list[Requirement]:
    if chosen is None:
        asked = in_force(standards, on)
    else:
        key, version = chosen
        mine = [v for v in standards.versions if v.key == key]
        asked = tuple(v for v in mine if (v.version == version if version else v.is_in_force(on)))
        if not mine or (version and not asked):
            raise KeyError(f"{key} {version or ''}".strip())
    is_known = any(r.facility_kind == kind for v in standards.versions for r in v.rows)
    return [_ask(v, kind, on, speed) for v in asked] if is_known else []


def _ask(standard: Standard, kind: str, on: dt.date, speed: float | None) -> Requirement:
    found = next(
        (r for r in standard.rows if r.facility_kind == kind and holds(r.effective_from, r.effective_to, on)),
        None,
    )
    told: dict[str, Any] = {
        "standard_key": standard.key,
        "version": standard.version,
        "document": standard.document,
    }
    if found is None:
        if standard.is_complete:
            return Requirement(kind, Status.NO_STANDARD)
        return Requirement(
            kind, Status.NOT_SET, source=standard.source, confidence=standard.confidence, **told
        )
    radius, minutes = found.values["radius_m"], found.values["walk_minutes"]
    pace = standard.walk_speed_m_per_min or speed
    is_walked = radius is None and minutes is not None and pace is not None
    if radius is None and minutes is not None and pace is not None:
        radius = minutes * pace
    return Requirement(
        kind,
        Status.NOT_SET if radius is None else Status.SET,
        radius_m=radius,
        item_zh=found.item_zh or None,
        tiers=found.tiers,
        clause=found.clause or None,
        source=found.source or standard.source,
        confidence=found.confidence or None,
        note=found.note or None,
        is_corrected=found.is_corrected,
        from_minutes=minutes if is_walked else None,
        walk_speed_m_per_min=pace if is_walked else None,
        values=found.values,
        **told,
    )


def requirements(
    standards: Standards,
    kinds: Sequence[str],
    on: dt.date,
    chosen: tuple[str, str | None] | None = None,
    walk_speed_m_per_min: float | None = None,
) -> dict[str, Requirement]:
    """`requirement` for each kind, in the order given."""
    return {k: requirement(standards, k, on, chosen, walk_speed_m_per_min) for k in kinds}


def capacity_measure(needed: Requirement) -> CapacityMeasure | None:
    """How the capacity of a kind is counted where its standard says so; None where it does not.

    Places come first, then floor area, land, and spaces for each household.
    """
    for name, column, per, share in (
        ("places_per_1000", "capacity", "residents", 1000.0),
        ("floor_area_m2_per_1000", "floor_area_m2", "residents", 1000.0),
        ("land_area_m2_per_1000", "land_area_m2", "residents", 1000.0),
        ("spaces_per_household", "capacity", "households", 1.0),
    ):
        value = needed.value(name)
        if value is not None:
            return CapacityMeasure(column, per, value / share)
    return None


def capacity_requirement(
    standards: Standards, kind: str, on: dt.date, chosen: tuple[str, str | None] | None = None
) -> tuple[CapacityMeasure, Requirement] | None:
    """How much of a kind the standards ask for, and whose row says so; None where none in force does.

    The row may be another than that of the distance: of the Beijing standard of 2025 quantities are known where no
    distance is. Standards are asked as in `requirement`.
    """
    for answer in _answers(standards, kind, on, chosen, None):
        measure = capacity_measure(answer)
        if measure is not None:
            return measure, answer
    return None


def requirements_table(found: Mapping[str, Requirement]) -> pd.DataFrame:
    """The requirements as rows for the screen.

    Columns: facility_kind, status, standard_key, version, document, item_zh, tier (joined by /), radius_m, every other
    name of `NUMBERS`, from_minutes, walk_speed_m_per_min, clause, source, confidence, note, is_corrected.
    """
    rows = []
    for need in found.values():
        numbers = {name: need.value(name) for name in NUMBERS} | {"radius_m": need.radius_m}
        rows.append(
            {
                "facility_kind": need.facility_kind,
                "status": need.status.value,
                "standard_key": need.standard_key,
                "version": need.version,
                "document": need.document,
                "item_zh": need.item_zh,
                "tier": "/".join(need.tiers) or None,
                **numbers,
                "from_minutes": need.from_minutes,
                "walk_speed_m_per_min": need.walk_speed_m_per_min,
                "clause": need.clause,
                "source": need.source,
                "confidence": need.confidence,
                "note": need.note,
                "is_corrected": need.is_corrected,
            }
        )
    floats = (*NUMBERS, "from_minutes", "walk_speed_m_per_min")
    return pd.DataFrame(rows).astype(dict.fromkeys(floats, "float64")) if rows else pd.DataFrame()


class Verdict(StrEnum):
    """Whether a place has what the standard asks for."""

    WITHIN = "within"
    BEYOND = "beyond"
    NOT_SET = "not_set"  # no distance is known
    NO_STANDARD = "no_standard"
    NOT_HELD = "not_held"  # no facility of the kind is held, and nobody said that there is none


def verdicts(needed: Requirement, distance_m: ArrayLike, is_held: bool = True) -> NDArray[np.object_]:
    """The verdict for every distance (metres; not a number: none within the distance looked at).

    Exactly the standard's distance is within. Raises ValueError for a negative distance.
    """
    metres = np.asarray(distance_m, dtype=float)
    if (metres < 0).any():
        raise ValueError("a distance is never negative")
    if needed.radius_m is None:
        value = Verdict.NO_STANDARD if needed.status is Status.NO_STANDARD else Verdict.NOT_SET
        return np.full(metres.shape, value.value, dtype=object)
    if not is_held:
        return np.full(metres.shape, Verdict.NOT_HELD.value, dtype=object)
    return np.where(metres <= needed.radius_m, Verdict.WITHIN.value, Verdict.BEYOND.value).astype(object)
