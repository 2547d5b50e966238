"""What the monthly brief says, before it becomes a PDF or a workbook: all of it out of one frozen month.

Names of districts, projects and issues are not frozen with a month; they are those of today's ledger, as the reader may
see it (R74), and a row that the reader may not see is not listed.
"""

import calendar
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from loaders.reports.district_map import Drawing, draw_districts
from loaders.reports.figures import DASH, MONEY_MEASURES, Voice, kind_word, unit_of
from loaders.reports.standing import (
    BY_SCORE,
    PLACE_BREAKS,
    PLACE_COLOURS,
    has_scores,
    place_colour,
    standings,
    unassigned,
    unplaced,
)
from loaders.wording import WORDING
from programme.gates import CLAUSES, Gate
from programme.months import ClosedMonth, decimal_of
from programme.months.scores_1 import Part
from programme.months.settings import DEPARTMENT_MEASURES, DISTRICT_MEASURES
from programme.progress import CITY_CODE, PLAN_MEASURES, Lamp, Standing, calendar_share
from store import queries
from store.engine import Store
from store.queries_months import LEDGER_TABLES, ledger_rows

#: The number under which the map was approved for publication (审图号); printed where it is set.
APPROVAL_KEY = "ATLAS_MAP_APPROVAL_NO"
Kind = Literal["text", "whole", "number", "pct"]


@dataclass(frozen=True)
class BriefTable:
    """One table: its key, question, a sentence, headers with units, the kinds of its columns, and its rows.

    Cells are texts, ints, Decimals or None; `pct` cells are percentages.
    """

    key: str
    title: str
    note: str
    headers: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Any, ...], ...]


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
    ledger = _Ledger(reader, reads_all)
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
            _ranking(month, rows, order, names, voice, before),
            _measures(rows, names, voice),
            _departments(month, voice),
            _breaches(month, names, ledger, voice),
            _issues(month, names, ledger, voice),
            _left_out(month, voice),
        ),
        notes=_notes(month, order, reader, voice),
    )


class _Ledger:
    """Today's names of rows by their key, as the reader may see them."""

    def __init__(self, reader: Store, reads_all: bool) -> None:
        self._reader, self.reads_all = reader, reads_all
        self._held: dict[str, dict[str, str]] = {}

    def names(self, table: str) -> dict[str, str]:
        if table not in self._held:
            rows = ledger_rows(self._reader, table)
            self._held[table] = {
                str(k): "" if v is None or pd.isna(v) else str(v)
                for k, v in zip(rows["row_key"], rows["label"], strict=True)
            }
        return self._held[table]

    def note(self, key: str, shown: int, voice: Voice) -> str:
        """How many rows are listed; and that others may be, where the reader does not see the whole city."""
        told = voice.say(f"{key}_note" if shown else f"{key}_none", rows=shown)
        return told if self.reads_all else voice.say("two", one=told, other=voice.say("own_only"))


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


def _moved(up: int | None, voice: Voice) -> str:
    if up is None:
        return DASH
    return voice.say("same_place") if up == 0 else voice.say("up" if up > 0 else "down", n=abs(up))


def _ranking(
    month: ClosedMonth,
    rows: Sequence[Any],
    order: str,
    names: Mapping[str, str],
    voice: Voice,
    before: ClosedMonth | None,
) -> BriefTable:
    scored = order == BY_SCORE
    headers = [voice.say("col_place"), voice.say("col_district")]
    kinds: list[Kind] = ["whole", "text"]
    if scored:
        headers.append(voice.say("col_score"))
        kinds.append("number")
    headers += [
        voice.say("col_moved"),
        *(voice.say("col_pct", measure=voice.measure(m)) for m in DISTRICT_MEASURES),
    ]
    kinds += ["text", *(["pct"] * len(DISTRICT_MEASURES))]  # type: ignore[list-item]
    table = []
    for r in rows:
        row: list[Any] = [r.place, names.get(r.unit, r.unit)]
        if scored:
            row.append(None if r.score.score is None else decimal_of(r.score.score))
        row.append(_moved(r.places_up, voice))
        row += [_pct(r.score.part(m)) for m in DISTRICT_MEASURES]
        table.append(tuple(row))
    note = (
        voice.say("ranking_scored") if scored else voice.say("ranking_unscored", measure=voice.measure(order))
    )
    since = voice.say("moved_since", month=before.month) if before else voice.say("moved_none")
    return BriefTable(
        "ranking",
        voice.say("ranking_title"),
        voice.say("two", one=note, other=since),
        tuple(headers),
        tuple(kinds),
        tuple(table),
    )


def _pct(part: Part) -> Any:
    return None if part.attainment is None else decimal_of(100 * part.attainment, 1)


MEASURE_KINDS: tuple[Kind, ...] = (
    "text",
    "text",
    "number",
    "number",
    "text",
    "pct",
    "whole",
    "number",
    "number",
    "text",
)


def _measure_headers(voice: Voice) -> tuple[str, ...]:
    names = (
        "unit",
        "measure",
        "numerator",
        "denominator",
        "unit_name",
        "attainment",
        "place_alone",
        "weight",
        "points",
        "remark",
    )
    return tuple(voice.say(f"col_{name}") for name in names)


def _measure_row(name: str, part: Part, voice: Voice) -> tuple[Any, ...]:
    size = 1_000_000 if part.measure in MONEY_MEASURES else 1
    return (
        name,
        voice.measure(part.measure),
        _in_unit(part.numerator, size),
        None if part.denominator is None else _in_unit(part.denominator, size),
        voice.say("unit_wan_yuan" if size > 1 else f"unit_{unit_of(part.measure)}"),
        _pct(part),
        part.place,
        None if part.weight is None else decimal_of(part.weight),
        None if part.points is None else decimal_of(part.points),
        voice.say(f"state_{part.state}"),
    )


def _in_unit(value: int, size: int) -> Any:
    return value if size == 1 else decimal_of(Fraction(value, size))


def _measures(rows: Sequence[Any], names: Mapping[str, str], voice: Voice) -> BriefTable:
    table = tuple(
        _measure_row(names.get(r.unit, r.unit), part, voice) for r in rows for part in r.score.parts
    )
    return BriefTable(
        "measures",
        voice.say("measures_title"),
        voice.say("measures_note"),
        _measure_headers(voice),
        MEASURE_KINDS,
        table,
    )


def _departments(month: ClosedMonth, voice: Voice) -> BriefTable:
    """One row for each lead department: of how many due deliverables and calls it delivered and answered."""
    scores = month.departments()
    scored = has_scores(scores)
    headers, kinds = [voice.say("col_department")], ["text"]
    if scored:
        headers += [voice.say("col_place"), voice.say("col_score")]
        kinds += ["whole", "number"]
    for measure in DEPARTMENT_MEASURES:
        name = voice.measure(measure)
        unit = voice.say(f"unit_{unit_of(measure)}")
        headers += [voice.say(f"col_{c}_of", measure=name, unit=unit) for c in ("done", "asked")]
        headers.append(voice.say("col_pct", measure=name))
        kinds += ["whole", "whole", "pct"]
    rows = []
    for s in scores:
        row: list[Any] = [s.unit]
        if scored:
            row += [s.place, None if s.score is None else decimal_of(s.score)]
        for measure in DEPARTMENT_MEASURES:
            part = s.part(measure)
            row += [part.numerator, part.denominator, _pct(part)]
        rows.append(tuple(row))
    note = voice.say("departments_scored" if scored else "departments_note")
    nobody = len(unassigned(month))
    if nobody:
        note = voice.say("two", one=note, other=voice.say("departments_nobody", rows=nobody))
    title = voice.say("departments_title")
    return BriefTable("departments", title, note, tuple(headers), tuple(kinds), tuple(rows))  # type: ignore[arg-type]


def _breaches(month: ClosedMonth, names: Mapping[str, str], ledger: _Ledger, voice: Voice) -> BriefTable:
    """Projects begun in the year without a hard gate (R9, R13, R20), each with the day and the clause."""
    events = month.inputs["events"].records()
    started: dict[str, str] = {}
    met: dict[tuple[str, str], str] = {}
    for e in sorted(events, key=lambda e: (e["event_date"], e["event_id"])):
        if e["stage"] == "started":
            started.setdefault(e["project_id"], e["event_date"])
        met.setdefault((e["project_id"], e["stage"]), e["event_date"])
    found = []
    for score in month.districts():
        part = score.part("gates_kept")
        for role, tables in part.rows.items():
            gate = role.removeprefix("breach.")
            if gate == role:
                continue
            for key in tables.get("projects", []):
                stage = "confirmed" if gate == "confirmation" else gate
                later = met.get((key, stage))
                found.append(
                    (
                        names.get(score.unit, score.unit),
                        ledger.names("projects").get(key) or voice.say("gone"),
                        voice.say(f"breach_{gate}"),
                        started.get(key, DASH),
                        later or voice.say("never"),
                        CLAUSES[Gate(gate)][0],
                        key,
                    )
                )
    headers = tuple(
        voice.say(f"col_{c}")
        for c in ("district", "project", "breach", "started", "met", "clause", "project_id")
    )
    note = ledger.note("breaches", len(found), voice)
    rows = tuple(sorted(found, key=lambda r: (r[0], r[3], r[6], r[2])))
    return BriefTable("breaches", voice.say("breaches_title"), note, headers, ("text",) * 7, rows)


def _issues(month: ClosedMonth, names: Mapping[str, str], ledger: _Ledger, voice: Voice) -> BriefTable:
    """Issues open at the month's end past their due day (R63)."""
    held = month.inputs["issues"].by_key()
    found = []
    limits = month.rules.settings.issue_limit_days
    for score in month.districts():
        late = score.part("issues_in_time").rows.get("not_counted", {}).get("issues", [])
        open_late = [k for k in late if k in held and held[k]["closed_date"] is None]
        for key in open_late:
            row = held[key]
            reported = dt.date.fromisoformat(row["reported_date"])
            days = limits.get(row["kind"] or "", limits.get("*"))
            due = row["due_date"] or (reported + dt.timedelta(days=days or 0)).isoformat()
            over = (month.last_day - dt.date.fromisoformat(due)).days
            found.append(
                (
                    names.get(score.unit, score.unit),
                    ledger.names("issues").get(key) or voice.say("gone"),
                    kind_word(row["kind"], voice.lang),
                    row["reported_date"],
                    due,
                    over,
                    key,
                )
            )
    headers = tuple(
        voice.say(f"col_{c}")
        for c in ("district", "issue", "kind", "reported", "due", "days_over", "issue_id")
    )
    kinds: tuple[Kind, ...] = ("text", "text", "text", "text", "text", "whole", "text")
    rows = tuple(sorted(found, key=lambda r: (-r[5], r[6])))
    note = ledger.note("issues", len(found), voice)
    return BriefTable("issues", voice.say("issues_title"), note, headers, kinds, rows)


def _left_out(month: ClosedMonth, voice: Voice) -> BriefTable:
    """How many rows belong to no district or no project, by table: counted nowhere, so said here."""
    rows = tuple(
        (WORDING.say(f"report.table_{t}", voice.lang), len(keys)) for t, keys in unplaced(month).items()
    )
    note = voice.say("left_out_note" if rows else "left_out_none")
    headers = (voice.say("col_table"), voice.say("col_rows"))
    return BriefTable("left_out", voice.say("left_out_title"), note, headers, ("text", "whole"), rows)


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
