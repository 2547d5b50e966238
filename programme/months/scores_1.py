"""Parts, scores and places, version 1: exact fractions, ties share a place.

Frozen months are replayed through this module. It is never altered in what it returns: another way of scoring is
another module with another number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from programme.months.canonical import fraction_of, fraction_text
from programme.months.settings import MeasureSetting

#: role -> table -> sorted row keys
Rows = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Part:
    """One measure of one unit: numerator of denominator, what that is worth, and the rows behind it.

    `state` is counts, weight_not_set, no_target or nothing_to_measure. `attainment` is numerator / denominator and
    may exceed 1; `points` is weight × the attainment within its cap. `counts` holds further whole numbers (rows not
    known, breaches by gate). `place` is the place among the units by attainment alone.
    """

    measure: str
    state: str
    numerator: int
    denominator: int | None
    attainment: Fraction | None
    weight: Fraction | None
    points: Fraction | None
    counts: Mapping[str, int] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    place: int | None = None


@dataclass(frozen=True)
class Score:
    """A unit's score out of 100 over the weight that is made, and its place; None where no weight is made.

    `weight_made` is the sum of the weights behind the score, `weight_set` that of all weights that are set:
    a part whose target is missing makes no weight.
    """

    unit: str
    score: Fraction | None
    weight_made: Fraction
    weight_set: Fraction
    parts: tuple[Part, ...]
    place: int | None = None

    def part(self, measure: str) -> Part:
        """The part of a measure. Raises KeyError where there is none."""
        return {p.measure: p for p in self.parts}[measure]


def make_part(
    measure: str,
    setting: MeasureSetting,
    numerator: int,
    denominator: int | None,
    *,
    needs_target: bool = False,
    counts: Mapping[str, int] | None = None,
    rows: Mapping[str, Mapping[str, Iterable[str]]] | None = None,
) -> Part:
    """A part from its counts; without a denominator it is shown and makes no weight."""
    attainment = Fraction(numerator, denominator) if denominator else None
    if attainment is None:
        state = "no_target" if needs_target else "nothing_to_measure"
    else:
        state = "weight_not_set" if setting.weight is None else "counts"
    points = None
    if state == "counts" and attainment is not None and setting.weight is not None:
        points = setting.weight * (attainment if setting.cap is None else min(attainment, setting.cap))
    kept = {
        role: {table: sorted(set(keys)) for table, keys in sorted(tables.items()) if list(keys)}
        for role, tables in sorted((rows or {}).items())
    }
    return Part(
        measure,
        state,
        numerator,
        denominator,
        attainment,
        setting.weight,
        points,
        dict(sorted((counts or {}).items())),
        {role: tables for role, tables in kept.items() if tables},
    )


def make_score(unit: str, parts: Iterable[Part]) -> Score:
    """The score of a unit: 100 × points / weight made."""
    held = tuple(parts)
    made = sum((p.weight for p in held if p.points is not None and p.weight is not None), Fraction(0))
    points = sum((p.points for p in held if p.points is not None), Fraction(0))
    weight_set = sum((p.weight for p in held if p.weight is not None), Fraction(0))
    return Score(unit, 100 * points / made if made else None, made, weight_set, held)


def ranked(scores: Iterable[Score]) -> tuple[Score, ...]:
    """The scores best first with their places (1, 2, 2, 4), units without a score last; parts get places too."""
    held = sorted(scores, key=lambda s: s.unit)
    measures = [p.measure for p in held[0].parts] if held else []
    by_measure = {
        m: _places({s.unit: a for s in held if (a := s.part(m).attainment) is not None}) for m in measures
    }
    whole = _places({s.unit: s.score for s in held if s.score is not None})
    placed = [
        replace(
            s,
            place=whole.get(s.unit),
            parts=tuple(replace(p, place=by_measure[p.measure].get(s.unit)) for p in s.parts),
        )
        for s in held
    ]
    return tuple(sorted(placed, key=lambda s: (s.place is None, s.place or 0, s.unit)))


def _places(values: Mapping[str, Fraction]) -> dict[str, int]:
    ordered = sorted(values.values(), reverse=True)
    first: dict[Fraction, int] = {}
    for place, value in enumerate(ordered, start=1):
        first.setdefault(value, place)
    return {unit: first[value] for unit, value in values.items()}


def part_plain(part: Part) -> dict[str, Any]:
    """A part as nested dicts, for the canonical form."""
    return {
        "measure": part.measure,
        "state": part.state,
        "numerator": part.numerator,
        "denominator": part.denominator,
        "attainment": fraction_text(part.attainment),
        "weight": fraction_text(part.weight),
        "points": fraction_text(part.points),
        "counts": dict(part.counts),
        "rows": {role: {t: list(keys) for t, keys in tables.items()} for role, tables in part.rows.items()},
        "place": part.place,
    }


def part_of(plain: Mapping[str, Any]) -> Part:
    """The part that `part_plain` wrote."""
    fractions = {k: fraction_of(plain[k]) for k in ("attainment", "weight", "points")}
    return Part(**{**plain, **fractions})


def score_plain(score: Score) -> dict[str, Any]:
    """A score with its parts as nested dicts, for the canonical form."""
    return {
        "unit": score.unit,
        "score": fraction_text(score.score),
        "weight_made": fraction_text(score.weight_made),
        "weight_set": fraction_text(score.weight_set),
        "place": score.place,
        "parts": [part_plain(p) for p in score.parts],
    }


def score_of(plain: Mapping[str, Any]) -> Score:
    """The score that `score_plain` wrote."""
    return Score(
        plain["unit"],
        fraction_of(plain["score"]),
        Fraction(plain["weight_made"]),
        Fraction(plain["weight_set"]),
        tuple(part_of(p) for p in plain["parts"]),
        plain["place"],
    )
