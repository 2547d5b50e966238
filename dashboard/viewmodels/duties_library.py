"""Good practice and models with where they were sent (R65, R73), and which district filed what of its plan (R66)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Table
from dashboard.viewmodels.duties_words import Names, given, rows_table, text_of
from loaders.reference_duties import departments, district_unit
from programme.duties.practice import PlanPart, card_library, plan_filings


@dataclass(frozen=True)
class PracticeCard:
    """A published card; `sent` says how many of all units got it, `missing` names those that did not."""

    card_id: str
    kind: str
    title: str
    summary: str
    about: str
    evidence: str
    sent: str
    missing: str
    not_sent_to: tuple[str, ...]


@dataclass(frozen=True)
class LibraryView:
    """The library: the answer, the cards, the cards as rows, drafts as rows, and the sent-to log."""

    answer: str
    cards: tuple[PracticeCard, ...]
    rows: Table
    log: Table
    drafts: Table


def all_units(facts: StoreFacts) -> tuple[str, ...]:
    """Who should get a card: the annex's departments, then the districts' governments."""
    return (*departments(), *(district_unit(a.name_zh) for a in facts.districts.values()))


def library_view(
    cards: pd.DataFrame,
    sendings: pd.DataFrame,
    projects: Mapping[str, str],
    as_of: dt.date,
    names: Names,
    notes: Mapping[str, str],
) -> LibraryView:
    """The cards published by a day, the newest first; `projects` names projects by their key."""
    words, units = names.words, all_units(names.facts)
    held = card_library(cards, sendings, units, as_of)
    made = tuple(_card(row, len(units), projects, names) for row in held.to_dict("records"))
    whole = int(sum(not c.not_sent_to for c in made))
    unsent = int(sum(len(c.not_sent_to) == len(units) for c in made))
    rows = pd.DataFrame(
        {
            "card": held["title"],
            "card_kind": [names.code("practice_cards", "kind", k) for k in held["kind"]],
            "published_date": held["published_date"],
            "district": [names.area(c) for c in held["district_code"]],
            "project": [projects.get(text_of(p), text_of(p)) for p in held["project_id"]],
            "sent_to": [float(len(s)) for s in held["sent_to"]],
            "not_sent_to": [float(len(s)) for s in held["not_sent_to"]],
            "first_sent_date": held["first_sent_date"],
            "summary": held["summary"],
            "evidence": held["evidence"],
            "origin": [names.run(r) for r in held["import_run_id"]],
            "card_id": held["card_id"],
        }
    )
    columns: list[str] = [
        "card::large",
        "card_kind",
        "published_date:date",
        *("district", "project"),
        *(f"{c}:count" for c in ("sent_to", "not_sent_to")),
        "first_sent_date:date",
        *("summary", "evidence", "origin", "card_id"),
    ]
    return LibraryView(
        words.say("duties.library_answer", cards=len(made), whole=whole, unsent=unsent, units=len(units)),
        made,
        rows_table(rows, columns, words, "duties", words.say("duties.library_file"), notes),
        _log(cards, sendings, as_of, names, notes),
        _drafts(cards, as_of, names, notes),
    )


def _card(row: Mapping[str, object], units: int, projects: Mapping[str, str], names: Names) -> PracticeCard:
    words = names.words
    missing: tuple[str, ...] = row["not_sent_to"]  # type: ignore[assignment]
    project = text_of(row["project_id"])
    place = names.area(row["district_code"])
    about = words.say(
        "duties.card_about",
        kind=names.code("practice_cards", "kind", row["kind"]),
        date=words.date(row["published_date"]),  # type: ignore[arg-type]
        place=f"{place} · {projects.get(project, project)}" if project else place,
    )
    return PracticeCard(
        str(row["card_id"]),
        str(row["kind"]),
        str(row["title"]),
        text_of(row["summary"]),
        about,
        text_of(row["evidence"]),
        words.say("duties.card_sent", share=words.share(units - len(missing), units)),
        names.units(missing[:6])
        + (words.say("duties.and_more", total=len(missing)) if len(missing) > 6 else ""),
        missing,
    )


def _log(
    cards: pd.DataFrame, sendings: pd.DataFrame, as_of: dt.date, names: Names, notes: Mapping[str, str]
) -> Table:
    words = names.words
    sent = sendings[pd.to_datetime(sendings["sent_date"]) <= pd.Timestamp(as_of)]
    sent = sent.sort_values(["sent_date", "sent_id"], ascending=[False, True])
    called = cards.set_index("card_id")["title"]
    rows = pd.DataFrame(
        {
            "sent_date": sent["sent_date"],
            "card": sent["card_id"].map(called),
            "receiver": [names.unit(u) for u in sent["unit"]],
            "origin": [names.run(r) for r in sent["import_run_id"]],
            "sent_id": sent["sent_id"],
        }
    )
    columns = ["sent_date:date", "card", "receiver", "origin", "sent_id"]
    return rows_table(rows, columns, words, "duties", words.say("duties.log_file"), notes)


def _drafts(cards: pd.DataFrame, as_of: dt.date, names: Names, notes: Mapping[str, str]) -> Table:
    """Cards without a day of publication, or with one that is still to come."""
    words = names.words
    day = pd.to_datetime(cards["published_date"])
    held = cards[day.isna() | (day > pd.Timestamp(as_of))]
    rows = pd.DataFrame(
        {
            "card": held["title"],
            "card_kind": [names.code("practice_cards", "kind", k) for k in held["kind"]],
            "published_date": held["published_date"],
            "district": [names.area(c) for c in held["district_code"]],
            "origin": [names.run(r) for r in held["import_run_id"]],
            "card_id": held["card_id"],
        }
    )
    columns = ["card", "card_kind", "published_date:date", "district", "origin", "card_id"]
    return rows_table(rows, columns, words, "duties", words.say("duties.drafts_file"), notes)


@dataclass(frozen=True)
class FilingLine:
    """One district: for each part of its plan the day it was filed in words, or none; and how far it is."""

    district_code: str
    district: str
    parts: tuple[str | None, ...]
    standing: str
    is_complete: bool
    is_empty: bool


@dataclass(frozen=True)
class FilingsView:
    """Who filed what: the answer, the names of the parts, a line for each district, and the filings as rows."""

    answer: str
    parts: tuple[str, ...]
    lines: tuple[FilingLine, ...]
    rows: Table


def filings_view(
    filings: pd.DataFrame,
    codes: Sequence[str],
    year: int,
    as_of: dt.date,
    names: Names,
    notes: Mapping[str, str],
) -> FilingsView:
    """The plans of a year as filed by a day (R66), for the given districts; what is missing most comes first."""
    words = names.words
    table = plan_filings(codes, filings, year=year, as_of=as_of)
    parts = [p.value for p in PlanPart]
    lines = []
    for row in table.to_dict("records"):
        missing = row["missing"]
        standing = (
            words.say("duties.filing_complete", date=words.date(row["filed_date"]))
            if row["is_complete"]
            else words.say("duties.filing_missing", n=len(missing), of=len(parts))
        )
        days = tuple(words.date(row[p]) if given(row[p]) else None for p in parts)
        lines.append(
            FilingLine(
                row["district_code"],
                names.area(row["district_code"]),
                days,
                standing,
                row["is_complete"],
                len(missing) == len(parts),
            )
        )
    lines.sort(key=lambda line: (sum(d is not None for d in line.parts), line.district_code))
    complete = sum(line.is_complete for line in lines)
    nothing = [line.district for line in lines if line.is_empty]
    answer = words.say("duties.filings_answer", year=year, complete=words.share(complete, len(lines)))
    if nothing:
        answer += words.say("duties.filings_nothing", names=words.listed(nothing))
    held = filings[
        (filings["year"] == year)
        & filings["district_code"].isin(list(codes))
        & (pd.to_datetime(filings["filed_date"]) <= pd.Timestamp(as_of))
    ].sort_values(["district_code", "filed_date", "filing_id"])
    rows = pd.DataFrame(
        {
            "district": [names.area(c) for c in held["district_code"]],
            "part": [names.code("plan_filings", "part", p) for p in held["part"]],
            "filed_date": held["filed_date"],
            "document_no": held["document_no"],
            "origin": [names.run(r) for r in held["import_run_id"]],
            "filing_id": held["filing_id"],
        }
    )
    columns = ["district", "part", "filed_date:date", "document_no", "origin", "filing_id"]
    return FilingsView(
        answer,
        tuple(names.code("plan_filings", "part", p) for p in parts),
        tuple(lines),
        rows_table(rows, columns, words, "duties", words.say("duties.filings_file", year=year), notes),
    )
