"""The lines of the ranking, which are also the areas of the map: figure, colour, lamps and reason of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.filters import Area, StoreFacts
from dashboard.scale import LegendEntry, Scale, pace_scale, quantiles, sequential
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.programme_data import Programme
from dashboard.words import Words
from programme.progress import LAMP_TOLERANCE_PCT, PLAN_MEASURES, Lamp, Measure, Standing, ranking
from programme.reasons import Reason

#: What the map and the ranking can show: the plan's measures and the stock of old communities.
OLD_STOCK = "pre_2000"
MEASURES: tuple[str, ...] = (*(m.value for m in Measure), OLD_STOCK)


@dataclass(frozen=True)
class LampMark:
    """One lamp: its state, the state's word, and the sentence behind it."""

    lamp: Lamp
    label: str
    hint: str


@dataclass(frozen=True)
class AreaRow:
    """One area. `value` is what the scale colours; `bar_pct` and `pace_pct` are shares of the bar's full length,
    the year's target where there is one, else the largest figure."""

    code: str
    rank: int | None
    name: str
    value: float | None
    figure: str
    bar_pct: float | None
    colour: str
    pace_pct: float | None = None
    lamps: tuple[LampMark, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class AreaRows:
    """The lines with the scale that colours them, and the unit of their figures.

    `is_by_pace` when the scale is the distance from the pace line.
    """

    rows: tuple[AreaRow, ...]
    scale: Scale
    legend: tuple[LegendEntry, ...]
    is_by_pace: bool
    unit: str


def lamp_mark(row: Standing, words: Words) -> LampMark:
    """A standing's lamp with its explanation: figure, pace line, state."""
    title = words.say(f"measure.{row.measure.value}.short")
    label = words.say(f"lamp.{row.lamp.value}")
    if row.expected_whole is None:
        hint = words.say("lamp.hint_none", measure=title)
    else:
        hint = words.say(
            "lamp.hint",
            measure=title,
            lamp=label,
            figure=words.against(row.actual, row.target, row.measure),
            expected=words.amount(row.expected_whole, row.measure),
        )
    return LampMark(row.lamp, label, hint)


def reason_text(reason: Reason, words: Words) -> str:
    """The sentence of a reason."""
    return words.say(f"reason.{reason.code}", **reason.params)


def district_rows(programme: Programme, facts: StoreFacts, words: Words, measure: str) -> AreaRows:
    """The districts by a measure (one of `MEASURES`), each with its three lamps and what holds it back.

    Where any district has a target and a pace, the order is the rate's and the colour the distance from the pace
    line; otherwise both are the figure's.
    """
    codes = list(facts.districts)
    if measure == OLD_STOCK:
        table = _stock_rows(programme, facts.districts, "district_code", words)
    else:
        own = [programme.standings[c, Measure(measure)] for c in codes]
        if any(row.gap_pct is not None for row in own):
            table = _pace_rows(own, facts, words)
        else:
            figures = {r.area_code: r.actual for r in own}
            table = _amount_rows(figures, facts.districts, Measure(measure), words)
    rows = [
        replace(
            row,
            lamps=tuple(lamp_mark(programme.standings[row.code, m], words) for m in PLAN_MEASURES),
            reason=reason_text(programme.reasons[row.code][0], words),
        )
        for row in table.rows
    ]
    return replace(table, rows=tuple(rows))


def subdistrict_rows(programme: Programme, facts: StoreFacts, words: Words, measure: str) -> AreaRows:
    """The subdistricts of the chosen district by a measure; the plan sets them no targets, so none has a lamp."""
    areas = {a.code: a for a in facts.subdistricts_of(programme.filters.district_code)}
    if measure == OLD_STOCK:
        table = _stock_rows(programme, areas, "subdistrict_code", words)
    else:
        own = {c: programme.in_subdistrict(c) for c in areas}
        totals = {c: int(programme.years.loc[ids, measure].sum()) for c, ids in own.items()}
        counts = {c: len(ids) for c, ids in own.items()}
        table = _amount_rows(totals, areas, Measure(measure), words, ties=counts)
    rows = [replace(row, reason=_subdistrict_text(programme, row.code, words)) for row in table.rows]
    return replace(table, rows=tuple(rows))


def _pace_rows(own: Sequence[Standing], facts: StoreFacts, words: Words) -> AreaRows:
    scale = pace_scale(LAMP_TOLERANCE_PCT)
    size, unit = _unit([r.target or r.actual for r in own], own[0].measure, words)
    rows = []
    for rank, row in ranking(list(own)):
        figure = words.number(row.actual / size, 2)
        if row.target is not None:
            figure = words.share(row.actual, row.target) if size == 1 else _sums(row, size, words)
        rows.append(
            AreaRow(
                code=row.area_code,
                rank=rank,
                name=name_of(facts.districts, row.area_code, words.lang, row.area_code),
                value=row.gap_pct,
                figure=figure,
                bar_pct=row.rate_pct,
                colour=scale.colour(row.gap_pct),
                pace_pct=None if row.expected is None else 100.0 * (row.pace_share or 0.0),
            )
        )
    labels = ("far_behind", "behind", "on", "ahead", "far_ahead")
    legend = [
        LegendEntry(
            colour, words.say(f"legend.pace_{label}", near=LAMP_TOLERANCE_PCT, far=4 * LAMP_TOLERANCE_PCT)
        )
        for colour, label in zip(scale.colours, labels, strict=True)
    ]
    if any(row.value is None for row in rows):
        legend.append(LegendEntry(scale.no_data, words.say("legend.no_target"), True))
    return AreaRows(tuple(rows), scale, tuple(legend), True, unit)


def _unit(figures: Sequence[int], measure: Measure, words: Words) -> tuple[int, str]:
    """One unit for a whole column: how much of the stored unit it is, and its name."""
    if measure is not Measure.INVESTMENT:
        return 1, words.say("unit_name.project")
    size, unit = words.money_unit(max(figures, default=0))
    return size, words.say(f"unit_name.{unit}")


def _sums(row: Standing, size: int, words: Words) -> str:
    figure = words.say(
        "figure.against",
        part=words.number(row.actual / size, 2),
        whole=words.number((row.target or 0) / size, 2),
    )
    return words.say("figure.with_rate", figure=figure, rate=words.pct(row.rate_pct))


def _amount_rows(
    figures: Mapping[str, int],
    areas: Mapping[str, Area],
    measure: Measure,
    words: Words,
    ties: Mapping[str, int] | None = None,
) -> AreaRows:
    size, unit = _unit(list(figures.values()), measure, words)
    is_whole = measure is not Measure.INVESTMENT
    values: dict[str, float | None] = {code: figure / size for code, figure in figures.items()}
    scale = sequential([v for v in values.values() if v is not None], is_whole=is_whole)
    texts = {code: words.number(value, 2) for code, value in values.items()}
    return ordered_rows(values, texts, areas, scale, words, unit, is_whole=is_whole, ties=ties)


def _stock_rows(programme: Programme, areas: Mapping[str, Area], column: str, words: Words) -> AreaRows:
    counts = programme.frames.community_counts
    every = counts.groupby(column)["communities"].sum()
    old = counts[counts["age_class"] == "pre_2000"].groupby(column)["communities"].sum()
    values: dict[str, float | None] = {
        code: float(old.get(code, 0)) if every.get(code, 0) else None for code in areas
    }
    texts = {
        code: words.say("figure.no_data")
        if value is None
        else words.share(int(value), int(every.get(code, 0)))
        for code, value in values.items()
    }
    scale = quantiles([v for v in values.values() if v is not None])
    return ordered_rows(values, texts, areas, scale, words, words.say("unit_name.community"), is_whole=True)


def ordered_rows(
    values: Mapping[str, float | None],
    texts: Mapping[str, str],
    areas: Mapping[str, Area],
    scale: Scale,
    words: Words,
    unit: str,
    *,
    is_whole: bool,
    ties: Mapping[str, int] | None = None,
) -> AreaRows:
    """Areas by their figure, largest first, equal figures sharing a rank, areas without data last.

    `values` and `texts` are keyed by the codes of `areas`; `is_whole` makes the legend say "1" instead of "1-2";
    of equal figures the one with more in `ties` stands first.
    """
    weights = ties or {}
    known = sorted(
        ((v, c) for c, v in values.items() if v is not None),
        key=lambda pair: (-pair[0], -weights.get(pair[1], 0), pair[1]),
    )
    top = known[0][0] if known else 0.0
    rows: list[AreaRow] = []
    for place, (value, code) in enumerate(known, start=1):
        rank = rows[-1].rank if rows and rows[-1].value == value else place
        bar = 100.0 * value / top if top else 0.0
        rows.append(
            AreaRow(code, rank, areas[code].name(words.lang), value, texts[code], bar, scale.colour(value))
        )
    missing = sorted(c for c, v in values.items() if v is None)
    rows += [
        AreaRow(c, None, areas[c].name(words.lang), None, texts[c], None, scale.colour(None)) for c in missing
    ]

    def label(low: float | None, high: float | None) -> str:
        return class_label(low, high, words, unit, is_whole=is_whole)

    legend = scale.legend(label, words.say("figure.no_data") if missing else None)
    return AreaRows(tuple(rows), scale, tuple(legend), False, unit)


def class_label(low: float | None, high: float | None, words: Words, unit: str, *, is_whole: bool) -> str:
    """The name of a class between two breaks (None at the open ends); whole numbers name their last one."""
    if high is None:
        return (
            words.say("legend.all", unit=unit)
            if low is None
            else words.say("legend.from", low=words.number(low, 2), unit=unit)
        )
    if is_whole and high - (low or 0) <= 1:
        return words.say("legend.exactly", value=words.number(low or 0), unit=unit)
    if low is None:
        return words.say("legend.below", high=words.number(high, 2), unit=unit)
    last = high - 1 if is_whole else high
    return words.say("legend.between", low=words.number(low, 2), high=words.number(last, 2), unit=unit)


def _subdistrict_text(programme: Programme, code: str, words: Words) -> str:
    states = programme.states.loc[programme.in_subdistrict(code)]
    if states.empty:
        return words.say("reason.no_projects")
    waiting, under_way = int(states["is_waiting"].sum()), int(states["is_under_way"].sum())
    return words.say("reason.subdistrict", total=len(states), waiting=waiting, under_way=under_way)
