"""The versions of one project's design (R17): what each says, what changed from the one before, what was opined."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.viewmodels.duties_words import given, text_of
from dashboard.viewmodels.gaps import short_kind
from dashboard.viewmodels.ledger_rows import code_name, field_name
from dashboard.words import Words
from loaders.coverage.desk import kinds_in
from programme.content.demand import SEPARATOR

#: Between facility kinds, as people write them.
_BETWEEN = "、,，;；/|"
NUMBERS = ("floor_area_before_m2", "floor_area_after_m2", "residents_before", "residents_after")


@dataclass(frozen=True)
class Opinion:
    """One opinion: who, when, which decision (code and word), its text, and whether a gap sheet was frozen with it."""

    opinion_id: str
    reviewer: str
    day: dt.date
    decision: str
    decision_text: str
    text: str
    has_sheet: bool
    run_id: int


@dataclass(frozen=True)
class Version:
    """One version of a design: `row` as the ledger holds it, `changes` from the version before in sentences."""

    row: Mapping[str, Any]
    number: int
    day: dt.date
    title: str
    facts: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    opinions: tuple[Opinion, ...]

    @property
    def key(self) -> str:
        return str(self.row["design_id"])

    @property
    def last(self) -> Opinion | None:
        """The opinion that holds."""
        return self.opinions[-1] if self.opinions else None


@dataclass(frozen=True)
class OnDesk:
    """One project on the desk: `project` and `homes` as the view holds them, the versions, and what they are called."""

    project: Mapping[str, Any]
    homes: pd.DataFrame
    versions: tuple[Version, ...]
    place: str

    @property
    def key(self) -> str:
        return str(self.project["project_id"])

    @property
    def newest(self) -> Version:
        return self.versions[-1]

    @property
    def home_names(self) -> dict[str, str]:
        return {
            str(c): text_of(n) or str(c)
            for c, n in zip(self.homes["community_id"], self.homes["community_name"], strict=True)
        }


def items_of(design: Mapping[str, Any]) -> tuple[str, ...]:
    """The planned items of the menu, each once, in their order."""
    parts = (p.strip() for p in text_of(design.get("planned_items")).split(SEPARATOR))
    return tuple(dict.fromkeys(p for p in parts if p))


def facilities_of(design: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of facilities planned, by key, and the words among them that name no kind."""
    text = text_of(design.get("planned_facilities"))
    for sign in _BETWEEN:
        text = text.replace(sign, SEPARATOR)
    kinds: list[str] = []
    others: list[str] = []
    for word in (w.strip() for w in text.split(SEPARATOR)):
        found = kinds_in(word)
        if found:
            kinds += found
        elif word:
            others.append(word)
    return tuple(dict.fromkeys(kinds)), tuple(dict.fromkeys(others))


def versions_of(designs: pd.DataFrame, opinions: pd.DataFrame, words: Words) -> tuple[Version, ...]:
    """All versions of one project's design, the first one first; `opinions` in the order in which they were written."""
    made: list[Version] = []
    for row in designs.sort_values(["version", "design_id"]).to_dict("records"):
        own = opinions[opinions["design_id"] == row["design_id"]]
        before = made[-1].row if made else None
        number, day = int(row["version"]), pd.Timestamp(row["submitted_date"]).date()
        made.append(
            Version(
                row=row,
                number=number,
                day=day,
                title=words.say("design_review.version", number=number),
                facts=_facts(row, words),
                changes=() if before is None else changes(before, row, words),
                opinions=tuple(_opinion(o, words) for o in own.to_dict("records")),
            )
        )
    return tuple(made)


def _opinion(row: Mapping[str, Any], words: Words) -> Opinion:
    return Opinion(
        opinion_id=str(row["opinion_id"]),
        reviewer=str(row["reviewer"]),
        day=pd.Timestamp(row["reviewed_date"]).date(),
        decision=str(row["decision"]),
        decision_text=code_name("design_opinions", "decision", row["decision"], words),
        text=str(row["opinion"]),
        has_sheet=bool(row["has_gap_sheet"]),
        run_id=int(row["import_run_id"]),
    )


def kind_names(kinds: tuple[str, ...], others: tuple[str, ...], words: Words) -> str:
    """Kinds by name, then the words that name none as they stand."""
    return words.listed([*(short_kind(k, words) for k in kinds), *others])


def _facts(row: Mapping[str, Any], words: Words) -> tuple[tuple[str, str], ...]:
    lacking = words.say("design_review.not_given")
    kinds, others = facilities_of(row)
    told = {
        "design_firm": text_of(row["design_firm"]),
        "submitted_date": words.date(row["submitted_date"]),
        "planned_items": words.listed(list(items_of(row))),
        "planned_facilities": kind_names(kinds, others, words),
        "summary": text_of(row["summary"]),
    }
    return tuple((field_name("designs", c, words), t or lacking) for c, t in told.items())


def changes(before: Mapping[str, Any], after: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    """What a version says otherwise than the one before, in sentences; one sentence where it is the same."""
    told: list[str] = []
    (kinds, others), (kinds_was, others_was) = facilities_of(after), facilities_of(before)
    names = {k: short_kind(k, words) for k in {*kinds, *kinds_was}}
    for column, now, was in (
        ("planned_items", items_of(after), items_of(before)),
        (
            "planned_facilities",
            (*(names[k] for k in kinds), *others),
            (*(names[k] for k in kinds_was), *others_was),
        ),
    ):
        field = field_name("designs", column, words)
        for code, one, other in (("added", now, was), ("dropped", was, now)):
            differs = [x for x in one if x not in other]
            if differs:
                told.append(words.say(f"design_review.{code}", field=field, what=words.listed(differs)))
    for column in ("design_firm", *NUMBERS):
        now_text, was_text = (_shown(row[column], column, words) for row in (after, before))
        if now_text != was_text:
            field = field_name("designs", column, words)
            told.append(words.say("design_review.changed", field=field, was=was_text, now=now_text))
    if text_of(before["summary"]) != text_of(after["summary"]):
        told.append(words.say("design_review.summary_changed"))
    if text_of(before["file_sha256"]) != text_of(after["file_sha256"]):
        told.append(words.say("design_review.file_changed"))
    return tuple(told) or (words.say("design_review.unchanged"),)


def _shown(value: object, column: str, words: Words) -> str:
    if not given(value):
        return words.say("design_review.not_given")
    return words.number(float(str(value)), 1) if column in NUMBERS else str(value)
