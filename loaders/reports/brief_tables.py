"""The tables of the monthly brief, out of one frozen month."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from loaders.reports.figures import DASH, MONEY_MEASURES, Voice, kind_word, unit_of
from loaders.reports.standing import BY_SCORE, Standing, has_scores, unassigned, unplaced
from loaders.wording import WORDING
from programme.gates import CLAUSES, Gate
from programme.months import ClosedMonth, decimal_of
from programme.months.scores_1 import Part
from programme.months.settings import DEPARTMENT_MEASURES, DISTRICT_MEASURES
from store.engine import Store
from store.queries_months import ledger_rows

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


class LedgerNames:
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


def _moved(up: int | None, voice: Voice) -> str:
    if up is None:
        return DASH
    return voice.say("same_place") if up == 0 else voice.say("up" if up > 0 else "down", n=abs(up))


def ranking(
    month: ClosedMonth,
    rows: Sequence[Standing],
    order: str,
    names: Mapping[str, str],
    voice: Voice,
    before: ClosedMonth | None,
) -> BriefTable:
    """The districts in their order: place, score where a weight is set, movement, attainment of each measure (%)."""
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


def measures(rows: Sequence[Standing], names: Mapping[str, str], voice: Voice) -> BriefTable:
    """Every measure of every district: done, asked, unit, attainment (%), place by it alone, weight, points."""
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


def departments(month: ClosedMonth, voice: Voice) -> BriefTable:
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


def breaches(month: ClosedMonth, names: Mapping[str, str], ledger: LedgerNames, voice: Voice) -> BriefTable:
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


def issues(month: ClosedMonth, names: Mapping[str, str], ledger: LedgerNames, voice: Voice) -> BriefTable:
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


def left_out(month: ClosedMonth, voice: Voice) -> BriefTable:
    """How many rows belong to no district or no project, by table: counted nowhere, so said here."""
    rows = tuple(
        (WORDING.say(f"report.table_{t}", voice.lang), len(keys)) for t, keys in unplaced(month).items()
    )
    note = voice.say("left_out_note" if rows else "left_out_none")
    headers = (voice.say("col_table"), voice.say("col_rows"))
    return BriefTable("left_out", voice.say("left_out_title"), note, headers, ("text", "whole"), rows)
