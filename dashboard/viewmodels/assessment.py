"""The assessment's ranking: places by score or by one measure, how they moved, and what each district is weak in."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.filters import StoreFacts
from dashboard.scale import NO_DATA, LegendEntry, Scale
from dashboard.viewmodels.area_rows import AreaRow, AreaRows
from dashboard.viewmodels.areas import name_of
from dashboard.words import DASH, Words
from loaders.reports.standing import (
    BY_SCORE,
    PLACE_BREAKS,
    PLACE_COLOURS,
    Standing,
    has_scores,
    place_colour,
    standings,
)
from programme.months import ClosedMonth, decimal_of
from programme.months.scores_1 import Part
from programme.months.settings import DISTRICT_MEASURES

#: Measures whose figure is a sum in fen.
MONEY = "investment_fen"
#: What each measure counts, for its unit.
UNITS = {
    "owners_body": "community",
    "property_service": "community",
    "party_organisation": "community",
    "issues_in_time": "issue",
    "deliverables_on_time": "deliverable",
    "issues_answered": "call",
}
NAMED = 3


@dataclass(frozen=True)
class RankingView:
    """The ranking ready to draw. `orders` are what it can be ordered by: the score only where a weight is set."""

    headline: str
    state: str
    areas: AreaRows
    order: str
    orders: tuple[str, ...]
    question: str
    answer: str
    has_scores: bool
    rows: tuple[Standing, ...]


def orders_of(month: ClosedMonth) -> tuple[str, ...]:
    """What the districts can be ordered by."""
    return (BY_SCORE, *DISTRICT_MEASURES) if has_scores(month.districts()) else DISTRICT_MEASURES


def ranking_view(
    month: ClosedMonth,
    before: ClosedMonth | None,
    order: str,
    facts: StoreFacts,
    words: Words,
    *,
    has_central: bool,
    state: str,
) -> RankingView:
    """The districts of a month by an order (`orders_of`), moved since the last closed month before it."""
    rows = standings(month, before, order, has_central=has_central)
    scored = has_scores(month.districts(has_central=has_central))
    top = max((r.value for r in rows if r.value is not None), default=None)
    lines = [_line(r, order, top, before, facts, words) for r in rows]
    scale = Scale(tuple(p + 1.0 for p in PLACE_BREAKS), PLACE_COLOURS)
    legend = [LegendEntry(colour, _class_name(i, words)) for i, colour in enumerate(PLACE_COLOURS)]
    if any(r.place is None for r in rows):
        legend.append(LegendEntry(NO_DATA, words.say("assessment.no_place"), True))
    unit = words.say("assessment.unit_score" if order == BY_SCORE else "assessment.unit_rate")
    return RankingView(
        headline=_headline(rows, order, scored, facts, words, month),
        state=state,
        areas=AreaRows(tuple(lines), scale, tuple(legend), False, unit),
        order=order,
        orders=orders_of(month),
        question=words.say("assessment.ranking_question", order=order_name(order, words)),
        answer=_answer(before, scored, words),
        has_scores=scored,
        rows=rows,
    )


def order_name(order: str, words: Words) -> str:
    """The name of an order."""
    return words.say("assessment.score") if order == BY_SCORE else measure_name(order, words)


def measure_name(measure: str, words: Words) -> str:
    """The short name of a measure."""
    return words.say(f"assessment.measure_{measure}")


def amount(value: int | None, measure: str, words: Words) -> str:
    """A measure's figure with its unit."""
    if value is None:
        return DASH
    if measure == MONEY:
        return words.money(value)
    return words.say(f"assessment.count_{UNITS.get(measure, 'project')}", n=words.number(value))


def figure_of(part: Part, words: Words) -> str:
    """`52 个 / 80 个`: what was done of how much."""
    whole = amount(part.denominator, part.measure, words)
    return words.say("figure.against", part=amount(part.numerator, part.measure, words), whole=whole)


def rate_of(part: Part, words: Words) -> str:
    """The attainment as a percentage, exactly rounded; a dash for none."""
    return DASH if part.attainment is None else f"{decimal_of(100 * part.attainment, 1):,f} %"


def moved(row: Standing, before: ClosedMonth | None, words: Words) -> str:
    """How a district moved since the last closed month."""
    if before is None or row.place is None:
        return ""
    if row.places_up is None:
        return words.say("assessment.moved_new")
    code = "same" if row.places_up == 0 else "up" if row.places_up > 0 else "down"
    return words.say(f"assessment.moved_{code}", n=abs(row.places_up))


def _line(
    row: Standing,
    order: str,
    top: object,
    before: ClosedMonth | None,
    facts: StoreFacts,
    words: Words,
) -> AreaRow:
    if row.value is None:
        figure = words.say("figure.no_data")
    elif order == BY_SCORE:
        figure = f"{decimal_of(row.value, 2):,f}"
    else:
        part = row.score.part(order)
        figure = words.say("figure.with_rate", figure=figure_of(part, words), rate=rate_of(part, words))
    weak = _weakest(row)
    notes = [moved(row, before, words)]
    if weak is not None:
        name, rate = measure_name(weak.measure, words), rate_of(weak, words)
        notes.append(words.say("assessment.weakest", measure=name, rate=rate))
    bar = None if row.value is None or not isinstance(top, type(row.value)) or not top else row.value / top
    return AreaRow(
        code=row.unit,
        rank=row.place,
        name=name_of(facts.districts, row.unit, words.lang, row.unit),
        value=None if row.place is None else float(row.place),
        figure=figure,
        bar_pct=None if bar is None else 100.0 * float(bar),
        colour=place_colour(row.place) or NO_DATA,
        reason=words.say("headline.joiner").join(n for n in notes if n),
    )


def _weakest(row: Standing) -> Part | None:
    """The measure in which a district stands furthest down; the first of equals."""
    placed = [p for p in row.score.parts if p.place is not None]
    return max(placed, key=lambda p: p.place or 0, default=None)


def _class_name(i: int, words: Words) -> str:
    edges = (0, *PLACE_BREAKS)
    if i + 1 < len(edges):
        return words.say("assessment.places", first=edges[i] + 1, last=edges[i + 1])
    return words.say("assessment.places_from", first=edges[i] + 1)


def _headline(
    rows: Sequence[Standing], order: str, scored: bool, facts: StoreFacts, words: Words, month: ClosedMonth
) -> str:
    placed = [r for r in rows if r.place is not None]
    if not placed:
        return words.say("assessment.headline_none", month=month.month)
    names = [name_of(facts.districts, r.unit, words.lang, r.unit) for r in placed]
    worst = max(r.place or 0 for r in placed)
    last = [n for n, r in zip(names, placed, strict=True) if r.place == worst]
    first = [n for n, r in zip(names, placed, strict=True) if r.place == 1]
    return words.say(
        "assessment.headline_scored" if scored else "assessment.headline_unscored",
        month=month.month,
        order=order_name(order, words),
        first=words.listed(first[:NAMED]),
        last=words.listed(last[:NAMED]),
        placed=len(placed),
        total=len(rows),
    )


def _answer(before: ClosedMonth | None, scored: bool, words: Words) -> str:
    how = words.say("assessment.ranking_scored" if scored else "assessment.ranking_unscored")
    since = (
        words.say("assessment.since", month=before.month, version=before.version)
        if before
        else words.say("assessment.since_none")
    )
    return how + since
