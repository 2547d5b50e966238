"""A frozen month opened as frames: ranking, parts, and the rows behind each figure (number to source)."""

import math
from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction

import pandas as pd

from programme.months.scores_1 import Score


def decimal_of(value: Fraction, places: int = 2) -> Decimal:
    """An exact fraction to so many places, halves rounded away from zero (the way an office rounds by hand)."""
    whole = math.floor(abs(value) * 10**places + Fraction(1, 2))
    with localcontext() as context:
        context.prec = len(str(whole)) + 1  # the default of 28 digits would cut longer figures
        shown = Decimal(whole).scaleb(-places)
        return -shown if value < 0 and whole else shown


def ranking_frame(scores: Iterable[Score]) -> pd.DataFrame:
    """One row for each unit in the order of places: unit, place (Int64), score (Decimal of 2 places or None),
    weight_made and weight_set (Fractions)."""
    rows = [
        (s.unit, s.place, None if s.score is None else decimal_of(s.score), s.weight_made, s.weight_set)
        for s in scores
    ]
    frame = pd.DataFrame(
        rows, columns=["unit", "place", "score", "weight_made", "weight_set"], dtype="object"
    )
    return frame.astype({"place": "Int64"})


def parts_frame(scores: Iterable[Score]) -> pd.DataFrame:
    """One row for each unit and measure: unit, measure, state, numerator, denominator, attainment_pct (Decimal of 2
    places or None), weight, points (Fractions or None), place (Int64), and count.* columns (Int64)."""
    rows = []
    for score in scores:
        for p in score.parts:
            rows.append(
                {
                    "unit": score.unit,
                    "measure": p.measure,
                    "state": p.state,
                    "numerator": p.numerator,
                    "denominator": p.denominator,
                    "attainment_pct": None if p.attainment is None else decimal_of(100 * p.attainment),
                    "weight": p.weight,
                    "points": p.points,
                    "place": p.place,
                    **{f"count.{name}": value for name, value in p.counts.items()},
                }
            )
    columns = [
        "unit",
        "measure",
        "state",
        "numerator",
        "denominator",
        "attainment_pct",
        "weight",
        "points",
        "place",
    ]
    counts = sorted({c for row in rows for c in row if c.startswith("count.")})
    frame = pd.DataFrame(rows, columns=[*columns, *counts], dtype="object")
    return frame.astype(dict.fromkeys(["numerator", "denominator", "place", *counts], "Int64"))


def source_rows(score: Score, measure: str) -> pd.DataFrame:
    """The rows behind one part: role (counted, not_counted, not_known, target, breach.* …), table, row_key."""
    rows = [
        (role, table, key)
        for role, tables in score.part(measure).rows.items()
        for table, keys in tables.items()
        for key in keys
    ]
    return pd.DataFrame(rows, columns=["role", "table", "row_key"], dtype="object")
