"""Where the districts stand in a month, by score or, where no weight is set, by one measure; and how they moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from programme.months import ClosedMonth
from programme.months.scores_1 import Score
from programme.months.settings import DISTRICT_MEASURES

#: What the districts can be ordered by: the score first, then each measure by itself.
BY_SCORE = "score"
ORDERS: tuple[str, ...] = (BY_SCORE, *DISTRICT_MEASURES)
#: The last place of each class of the map but the last: quarters of sixteen districts.
PLACE_BREAKS = (4, 8, 12)
#: One hue, dark for the first places: told apart by all, readable in grey print.
PLACE_COLOURS = ("#1a559b", "#539ecd", "#a6cbe5", "#e3eef8")


@dataclass(frozen=True)
class Standing:
    """A district by an order. `value` is the score or the attainment (exact), None where there is none; `places_up` is
    positive where it rose since the month before, None where either month gives no place."""

    unit: str
    place: int | None
    value: Fraction | None
    place_before: int | None
    places_up: int | None
    score: Score


def has_scores(scores: Sequence[Score]) -> bool:
    """Whether any weight makes a score: without one nobody has a total, and none is invented."""
    return any(s.score is not None for s in scores)


def standings(
    month: ClosedMonth, before: ClosedMonth | None, order: str, *, has_central: bool | None = None
) -> tuple[Standing, ...]:
    """The districts best first by an order of `ORDERS`; those without a figure last, by their code."""
    earlier = (
        {s.unit: _placed(s, order)[0] for s in before.districts(has_central=has_central)} if before else {}
    )
    rows = []
    for score in month.districts(has_central=has_central):
        place, value = _placed(score, order)
        old = earlier.get(score.unit)
        up = old - place if old is not None and place is not None else None
        rows.append(Standing(score.unit, place, value, old, up, score))
    return tuple(sorted(rows, key=lambda r: (r.place is None, r.place or 0, r.unit)))


def _placed(score: Score, order: str) -> tuple[int | None, Fraction | None]:
    if order == BY_SCORE:
        return score.place, score.score
    part = score.part(order)
    return part.place, part.attainment


def place_colour(place: int | None, colours: Sequence[str] = PLACE_COLOURS) -> str | None:
    """The colour of a place; None for a district without one, which is hatched."""
    if place is None:
        return None
    return colours[sum(place > last for last in PLACE_BREAKS)]


def unplaced(month: ClosedMonth) -> Mapping[str, Sequence[str]]:
    """Rows that belong to no district or to no project of the month, by table of the month."""
    held: Mapping[str, Sequence[str]] = month.figures["districts"]["unplaced"]
    return held


def unassigned(month: ClosedMonth) -> Sequence[str]:
    """Deliverables of mechanisms that name nobody (the fifteenth)."""
    held: Sequence[str] = month.figures["departments"]["unassigned"]
    return held
