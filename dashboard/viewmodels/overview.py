"""The overview: the year's targets, how each area stands, and what holds it back, each in a sentence first."""

from dataclasses import dataclass

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.viewmodels.area_rows import (
    OLD_STOCK,
    AreaRows,
    LampMark,
    district_rows,
    lamp_mark,
    reason_text,
    subdistrict_rows,
)
from dashboard.viewmodels.areas import district_name, name_of, scope_name
from dashboard.viewmodels.programme_data import Programme
from dashboard.words import Words
from programme.progress import PLAN_MEASURES, Lamp, Measure, furthest_behind, monthly
from programme.reasons import Reason, waiting_reason

#: How many districts the headline names.
NAMED_BEHIND = 3


@dataclass(frozen=True)
class TargetCard:
    """One of the three targets. `months` has month (1-12), actual and pace in the unit shown (missing: not yet)."""

    measure: Measure
    title: str
    figure: str
    rate: str
    pace: str
    mark: LampMark
    months: pd.DataFrame
    unit: str


@dataclass(frozen=True)
class OverviewView:
    """All that the page shows, ready to draw."""

    headline: str
    cards: tuple[TargetCard, ...]
    areas: AreaRows
    measure: str
    level: str
    place: str
    district: str
    answer: str
    reasons: tuple[str, ...]


def overview_view(programme: Programme, facts: StoreFacts, words: Words, measure: str) -> OverviewView:
    """The overview of a programme for a chosen measure (one of `area_rows.MEASURES`).

    The whole city shows its districts; a chosen district or subdistrict shows the district's subdistricts.
    """
    is_city = programme.filters.district_code is None
    areas = (district_rows if is_city else subdistrict_rows)(programme, facts, words, measure)
    return OverviewView(
        headline=_headline(programme, facts, words),
        cards=tuple(target_card(programme, m, words) for m in PLAN_MEASURES),
        areas=areas,
        measure=measure,
        level="district" if is_city else "subdistrict",
        place=scope_name(programme.filters, facts, words),
        district=district_name(programme.filters, facts, words),
        answer=_answer(areas, measure, words, "district" if is_city else "subdistrict"),
        reasons=tuple(reason_text(r, words) for r in scope_reasons(programme)),
    )


def scope_reasons(programme: Programme) -> list[Reason]:
    """What holds the chosen area back; where it has no targets, what its waiting projects wait for."""
    if any(programme.scope_standing(m).target for m in PLAN_MEASURES):
        return programme.reasons[programme.scope_code]
    return waiting_reason(programme.states.loc[programme.in_scope()])


def target_card(programme: Programme, measure: Measure, words: Words) -> TargetCard:
    """One target of the chosen area, with its months."""
    row = programme.scope_standing(measure)
    is_money = measure is Measure.INVESTMENT
    size, unit = words.money_unit(row.target or row.actual) if is_money else (1, "project")
    years = programme.years.loc[programme.in_scope()]
    done = monthly(years, programme.frames.investments, year=programme.filters.year, as_of=programme.as_of)
    target = None if row.target is None else row.target / size
    pace = [
        None if target is None or share is None else target * share
        for share in programme.pace_by_month(measure)
    ]
    if row.expected_whole is None:
        pace_text = words.say("card.no_target" if row.target is None else "card.no_pace")
    else:
        pace_text = words.say(
            f"card.pace_{programme.rule.value}",
            expected=words.amount(row.expected_whole, measure),
            share=words.pct(100 * (row.pace_share or 0)),
        )
    actual = (done[measure.value] / size).reindex(range(12)).to_numpy()
    return TargetCard(
        measure=measure,
        title=words.say(f"measure.{measure.value}.title", year=programme.filters.year),
        figure=words.against(row.actual, row.target, measure),
        rate="" if row.rate_pct is None else words.pct(row.rate_pct),
        pace=pace_text,
        mark=lamp_mark(row, words),
        months=pd.DataFrame(
            {"month": range(1, 13), "actual": actual, "pace": pd.Series(pace, dtype="float64")}
        ),
        unit=words.say(f"unit_name.{unit}"),
    )


def _headline(programme: Programme, facts: StoreFacts, words: Words) -> str:
    rows = [programme.scope_standing(m) for m in PLAN_MEASURES]
    place = scope_name(programme.filters, facts, words)
    if programme.frames.projects.empty and all(row.target is None for row in rows):
        return words.say("headline.no_programme", place=place, year=programme.filters.year)
    if all(row.target is None for row in rows):
        figures = {row.measure.name.lower(): words.amount(row.actual, row.measure) for row in rows}
        sentence = words.say("headline.figures", place=place, year=programme.filters.year, **figures)
    else:
        by_lamp: dict[Lamp, list[str]] = {}
        for row in rows:
            by_lamp.setdefault(row.lamp, []).append(words.say(f"measure.{row.measure.value}.short"))
        parts = [
            words.say(f"headline.{lamp.value}", measures=words.listed(by_lamp[lamp]))
            for lamp in (Lamp.BEHIND, Lamp.ON, Lamp.AHEAD, Lamp.NONE)
            if lamp in by_lamp
        ]
        sentence = words.say("headline.standing", place=place, parts=words.say("headline.joiner").join(parts))
    if programme.filters.district_code is not None:
        reasons = scope_reasons(programme)
        reason = reason_text(reasons[0], words) if reasons else words.say("reason.nothing_waits")
        return words.say("headline.with_reason", sentence=sentence, reason=reason)
    worst = furthest_behind(programme.standings, list(facts.districts))
    if not worst:
        lamps = {programme.standings[c, m].lamp for c in facts.districts for m in PLAN_MEASURES}
        code = "headline.none_judged" if lamps <= {Lamp.NONE} else "headline.none_behind"
        return words.say(code, sentence=sentence)
    names = [name_of(facts.districts, c, words.lang, c) for c in worst[:NAMED_BEHIND]]
    return words.say(
        "headline.districts",
        sentence=sentence,
        count=len(worst),
        total=len(facts.districts),
        names=words.listed(names),
        worst=names[0],
        reason=reason_text(programme.reasons[worst[0]][0], words),
    )


def _answer(areas: AreaRows, measure: str, words: Words, level: str) -> str:
    """The ranking's answer: how many are behind, or which area has most."""
    rows = areas.rows
    if areas.is_by_pace:
        gaps = areas.scale.classes(pd.Series([r.value for r in rows], dtype="float64"))
        untargeted = int((gaps == -1).sum())
        return words.say(
            "answer.by_pace_untargeted" if untargeted else "answer.by_pace",
            measure=words.say(f"measure.{measure}.short"),
            behind=int(gaps.isin([0, 1]).sum()),
            on=int((gaps == 2).sum()),
            ahead=int((gaps >= 3).sum()),
            total=len(rows),
            untargeted=untargeted,
        )
    known = [r for r in rows if r.value]
    if not known:
        return words.say(f"answer.nothing_{level}", measure=words.say(f"measure.{measure}.short"))
    code = "answer.most_old" if measure == OLD_STOCK else "answer.most"
    return words.say(
        code,
        measure=words.say(f"measure.{measure}.short"),
        name=known[0].name,
        figure=known[0].figure,
        unit=areas.unit,
    )
