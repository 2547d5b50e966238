"""What the monthly brief says, before it becomes a PDF or a workbook: all of it out of one frozen month.

Names of districts, projects and issues are not frozen with a month; they are those of today's ledger, as the reader may
see it (R74), and a row that the reader may not see is not listed.
"""

import calendar
import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from loaders.reports.brief_tables import (
    BriefTable,
    LedgerNames,
    breaches,
    departments,
    issues,
    left_out,
    measures,
    ranking,
)
from loaders.reports.district_map import Drawing, draw_districts
from loaders.reports.figures import Voice
from loaders.reports.standing import (
    BY_SCORE,
    PLACE_BREAKS,
    PLACE_COLOURS,
    has_scores,
    place_colour,
    standings,
)
from programme.months import ClosedMonth
from programme.months.scores_1 import Part
from programme.months.settings import DISTRICT_MEASURES
from programme.progress import CITY_CODE, PLAN_MEASURES, Lamp, Standing, calendar_share
from store import queries
from store.engine import Store
from store.queries_months import LEDGER_TABLES

#: The number under which the map was approved for publication (审图号); printed where it is set.
APPROVAL_KEY = "ATLAS_MAP_APPROVAL_NO"


@dataclass(frozen=True)
class Target:
    """One of the plan's three targets: actual of target, by what day, how that is of what the calendar asks."""

    title: str
    figure: str
    rate: str
    pace: str
    lamp: str
    lamp_word: str
    done_share: float | None
    pace_share: float


@dataclass(frozen=True)
class Brief:
    """The whole brief in one language."""

    month: str
    lang: str
    last_day: dt.date
    title: str
    state: str
    synthetic: str
    approval: str
    targets: tuple[Target, ...]
    map_title: str
    drawing: Drawing | None
    legend: tuple[tuple[str, str], ...]
    inset_title: str
    tables: tuple[BriefTable, ...]
    notes: tuple[str, ...] = field(default_factory=tuple)

    def table(self, key: str) -> BriefTable:
        """A table by its key. Raises KeyError where the brief has none."""
        return {t.key: t for t in self.tables}[key]


def make_brief(
    month: ClosedMonth,
    before: ClosedMonth | None,
    *,
    is_closed: bool,
    reader: Store,
    reads_all: bool = True,
    digest: str = "",
    lang: str = "zh",
) -> Brief:
    """The brief of a month; `before` is the last closed month before it (for the movement of places).

    `reader` is the store as the person may see it, and `month` holds the rows that they may see
    (`store.months_seen`); `reads_all` says whether that is the whole city, else each list says that it is not.
    `digest` is the closed version's own where `month` was cut to what somebody may see.
    """
    voice = Voice(lang)
    names = _district_names(reader, lang)
    order = BY_SCORE if has_scores(month.districts()) else DISTRICT_MEASURES[0]
    rows = standings(month, before, order)
    colours = {r.unit: place_colour(r.place) for r in rows}
    by_what = (
        voice.say("by_score") if order == BY_SCORE else voice.say("by_rate", measure=voice.measure(order))
    )
    ledger = LedgerNames(reader, reads_all)
    return Brief(
        month=month.month,
        lang=lang,
        last_day=month.last_day,
        title=voice.say("title", month=_month_name(month.month, voice)),
        state=_state(month, is_closed, digest or month.digest, voice),
        synthetic=_synthetic(reader, voice),
        approval=_approval(voice),
        targets=tuple(_target(month, p, voice) for p in _plan_parts(month)),
        map_title=voice.say("map_title", by=by_what),
        drawing=draw_districts(queries.district_areas(reader), colours, _short(names)),
        legend=_legend(voice, has_none=any(r.place is None for r in rows)),
        inset_title=voice.say("inset"),
        tables=(
            ranking(month, rows, order, names, voice, before),
            measures(rows, names, voice),
            departments(month, voice),
            breaches(month, names, ledger, voice),
            issues(month, names, ledger, voice),
            left_out(month, voice),
        ),
        notes=_notes(month, order, reader, voice),
    )


def _district_names(reader: Store, lang: str) -> dict[str, str]:
    areas = queries.area_names(reader)
    own = areas[areas["level"] == "district"]
    found = {}
    for row in own.itertuples():
        english = row.name_en if isinstance(row.name_en, str) and row.name_en else None
        found[str(row.code)] = str(english if lang == "en" and english else row.name_zh)
    return found


def _short(names: Mapping[str, str]) -> dict[str, str]:
    """Names as a map has room for them: 东城 for 东城区."""
    return {code: name.removesuffix("区") if len(name) > 2 else name for code, name in names.items()}


def _month_name(month: str, voice: Voice) -> str:
    year, number = month.split("-")
    name = calendar.month_name[int(number)] if voice.lang == "en" else str(int(number))
    return voice.say("month_name", name_year=year, name_month=name)


def _state(month: ClosedMonth, is_closed: bool, digest: str, voice: Voice) -> str:
    day = month.last_day.isoformat()
    if not is_closed:
        return voice.say("state_open", as_of=day)
    code = "state_corrected" if month.correction else "state_closed"
    reason = month.correction.reason if month.correction else ""
    return voice.say(code, as_of=day, version=month.version, digest=digest[:12], reason=reason)


def _synthetic(reader: Store, voice: Voice) -> str:
    shares = queries.synthetic_shares(reader)
    held = shares[shares["rows"] > 0]
    if not (held["synthetic"] > 0).any():
        return ""
    return voice.say("synthetic_all" if (held["synthetic"] == held["rows"]).all() else "synthetic_some")


def _approval(voice: Voice) -> str:
    number = os.environ.get(APPROVAL_KEY, "").strip()
    return voice.say("approval", number=number) if number else voice.say("approval_not_set")


def _plan_parts(month: ClosedMonth) -> list[Part]:
    parts = {p.measure: p for p in month.city()}
    return [parts[m.value] for m in PLAN_MEASURES]


def _target(month: ClosedMonth, part: Part, voice: Voice) -> Target:
    share = calendar_share(int(month.month[:4]), month.last_day)
    measure = next(m for m in PLAN_MEASURES if m.value == part.measure)
    row = Standing(CITY_CODE, measure, part.numerator, part.denominator, share)
    title = voice.say(f"target_{part.measure}", name_year=month.month[:4])
    actual = voice.amount(part.numerator, part.measure)
    if part.denominator is None or part.attainment is None:
        return Target(title, actual, "", voice.say("no_target"), Lamp.NONE.value, "", None, share)
    expected = voice.amount(row.expected_whole, part.measure)
    return Target(
        title=title,
        figure=voice.say("of_target", actual=actual, target=voice.amount(part.denominator, part.measure)),
        rate=voice.pct(part.attainment),
        pace=voice.say("pace", expected=expected, share=f"{100 * share:.1f} %"),
        lamp=row.lamp.value,
        lamp_word=voice.say(f"lamp_{row.lamp.value}"),
        done_share=float(min(part.attainment, Fraction(1))),
        pace_share=share,
    )


def _legend(voice: Voice, *, has_none: bool) -> tuple[tuple[str, str], ...]:
    edges = (0, *PLACE_BREAKS)
    entries = [
        (colour, voice.say("places", first=edges[i] + 1, last=edges[i + 1]))
        if i + 1 < len(edges)
        else (colour, voice.say("places_from", first=edges[i] + 1))
        for i, colour in enumerate(PLACE_COLOURS)
    ]
    return (*entries, ("", voice.say("no_place"))) if has_none else tuple(entries)


def _weights(month: ClosedMonth, voice: Voice) -> str:
    """The weights that the districts' scores were made by, and the measures that have none."""
    chosen = month.rules.settings.districts
    made = [
        voice.say(
            "weight_of", measure=voice.measure(m), weight=voice.decimal(s.weight).rstrip("0").rstrip(".")
        )
        for m, s in chosen.items()
        if s.weight is not None
    ]
    unset = [voice.measure(m) for m, s in chosen.items() if s.weight is None]
    note = voice.say("note_weights", weights=made)
    return voice.say("two", one=note, other=voice.say("note_unset", measures=unset)) if unset else note


def _notes(month: ClosedMonth, order: str, reader: Store, voice: Voice) -> tuple[str, ...]:
    tables = [t for t in LEDGER_TABLES.values() if t != "districts"]
    runs = queries.sources(reader, *tables)
    titles = list(dict.fromkeys(runs["title_en" if voice.lang == "en" else "title_zh"]))
    chosen = month.rules.settings
    notes = [voice.say("note_source", sources=titles)] if titles else []
    notes += [
        voice.say("note_central" if chosen.counts_central_state else "note_no_central"),
        voice.say(f"note_scope_{chosen.coverage_scope}"),
    ]
    notes += [voice.say(f"definition_{m}") for m in DISTRICT_MEASURES]
    notes.insert(0, voice.say("note_no_weights") if order != BY_SCORE else _weights(month, voice))
    notes.append(
        voice.say("note_rules", districts=month.rules.districts, departments=month.rules.departments)
    )
    return tuple(notes)
