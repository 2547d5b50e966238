"""What speaks for and against a design: gaps mended, demands met, standards touched, growth (R18, R44)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.design_versions import items_of
from dashboard.viewmodels.duties_words import given, text_of
from dashboard.viewmodels.gaps import short_kind
from dashboard.words import DASH, Words, catalogue
from programme.content.demand import Fit, demand_matrix
from programme.standards import Requirement, Standards, Status, in_force, requirement

GAPS = ("lacks", "partly")
#: How a planned facility and a gap meet, in the order of the table.
MEETS = ("stays", "mends", "unjudged", "extra", "none")
#: Kinds that the sentence names; the table has all.
MOST_NAMED = 6
NUMBERS_SHOWN = ("least_floor_area_m2", "least_land_area_m2", "floor_area_m2_per_1000", "places_per_1000")


def code_word(group: str, code: object, words: Words) -> str:
    """The word of one of the page's codes; what is kept with an old opinion may hold one that is not known."""
    key = f"design_review.{group}.{code}"
    return words.say(key) if key in catalogue().texts[words.lang] else str(code)


def standard_name(needed: Requirement) -> str:
    """The document of a requirement, which names its version; key and version where no document is known."""
    if not needed.standard_key:
        return ""
    return needed.document or f"{needed.standard_key} {needed.version}"


# --- gaps ---------------------------------------------------------------------------------------------
def met_gaps(sheet: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """A gap sheet (rows of `gaps_communities.sheet_rows` with community_id) with `meets`: a gap stays or the design
    mends it; a planned kind is extra where nothing lacks, unjudged where no verdict can be given; else none.

    A planned facility counts for its kind wherever in the project it is put: where it will stand is not known.
    """
    is_gap = sheet["verdict"].isin(GAPS)
    is_planned = sheet["kind"].isin(list(kinds))
    meets = np.select(
        [is_gap & is_planned, is_gap, is_planned & (sheet["verdict"] == "has"), is_planned],
        ["mends", "stays", "extra", "unjudged"],
        "none",
    )
    found = sheet.assign(meets=meets)
    order = {m: i for i, m in enumerate(MEETS)}
    return found.sort_values(
        ["meets", "verdict", "kind", "community_id"],
        key=lambda v: v.map(order) if v.name == "meets" else v,
        kind="stable",
    ).reset_index(drop=True)


@dataclass(frozen=True)
class GapCheck:
    """The gap sheet against a design: the sentence, the table, and the kinds that stay and are mended."""

    answer: str
    table: Table
    stays: tuple[str, ...]
    mends: tuple[str, ...]


def gap_check(
    met: pd.DataFrame, homes: Mapping[str, str], words: Words, notes: Mapping[str, str], title: str
) -> GapCheck:
    """`met_gaps` in words; `homes` names the communities. `met` may have nearest_name."""
    stays = tuple(dict.fromkeys(met.loc[met["meets"] == "stays", "kind"]))
    mends = tuple(dict.fromkeys(met.loc[met["meets"] == "mends", "kind"]))
    judged = met[met["verdict"].isin((*GAPS, "has"))]
    if judged.empty:
        answer = words.say("design_review.gaps_unjudged")
    else:
        answer = words.say(
            "design_review.gaps_answer",
            kinds=int(judged["kind"].nunique()),
            gaps=len(set(stays) | set(mends)),
            mended=len(mends),
            mended_names=_in_brackets(mends, words),
            left=len(set(stays) - set(mends)),
            left_names=_in_brackets(tuple(k for k in stays if k not in mends), words),
        )
    rows = met.assign(
        kind_text=[short_kind(k, words) for k in met["kind"]],
        community=[homes.get(str(c), str(c)) for c in met["community_id"]],
        verdict_text=[code_word("verdict", v, words) for v in met["verdict"]],
        meets_text=[code_word("meets", m, words) for m in met["meets"]],
        judged_text=[code_word("judged", j, words) for j in met["judged_by"]],
    )
    columns = [
        TableColumn("kind_text", words.say("design_review.col.kind")),
        TableColumn("verdict_text", words.say("design_review.col.verdict")),
        TableColumn("meets_text", words.say("design_review.col.meets")),
        TableColumn("community", words.say("design_review.col.community")),
        TableColumn("judged_m", words.say("design_review.col.judged_m"), "count"),
        TableColumn("radius_m", words.say("design_review.col.radius_m"), "count"),
        TableColumn("homes_beyond", words.say("design_review.col.homes_beyond"), "count"),
        TableColumn("homes", words.say("design_review.col.homes"), "count"),
        TableColumn("judged_text", words.say("design_review.col.judged_by")),
        TableColumn("straight_m", words.say("design_review.col.straight_m"), "count"),
        TableColumn("walk_m", words.say("design_review.col.walk_m"), "count"),
        *(
            [TableColumn("nearest_name", words.say("design_review.col.nearest"))]
            if "nearest_name" in rows
            else []
        ),
        TableColumn("standard", words.say("design_review.col.standard")),
        TableColumn("clause", words.say("design_review.col.clause")),
        TableColumn("confidence", words.say("design_review.col.confidence")),
    ]
    return GapCheck(answer, Table(rows, columns, title, dict(notes)), stays, mends)


def _in_brackets(kinds: Sequence[str], words: Words) -> str:
    """The first few kinds by name, and how many more there are."""
    if not kinds:
        return ""
    names = words.listed([short_kind(k, words) for k in kinds[:MOST_NAMED]])
    if len(kinds) > MOST_NAMED:
        names = words.say("design_review.and_more", names=names, more=len(kinds) - MOST_NAMED)
    return words.say("design_review.in_brackets", names=names)


# --- demands ------------------------------------------------------------------------------------------
def demand_rows(
    design: Mapping[str, Any], demands: pd.DataFrame, pairs: pd.DataFrame, as_of: dt.date
) -> pd.DataFrame:
    """What the residents of a project asked for by a day against what its design plans (R15): the rows of
    `demand_matrix` by project, gaps first. `pairs`: project_id, community_id of this project alone."""
    planned = pd.DataFrame(
        [(design["project_id"], i) for i in items_of(design)], columns=["project_id", "item"], dtype="object"
    )
    own = demands[demands["community_id"].isin(pairs["community_id"])]
    own = own[~(pd.to_datetime(own["gathered_date"]) > pd.Timestamp(as_of))]
    found = demand_matrix(own, planned, pairs, unit="project_id")
    order = {Fit.ASKED_NOT_PLANNED: 0, Fit.PLANNED_NOT_ASKED: 1, Fit.PLANNED_NOT_SURVEYED: 2, Fit.FITS: 3}
    rank = found["fit"].map({f.value: i for f, i in order.items()})
    return (
        found.assign(_rank=rank)
        .sort_values(["_rank", "asks", "item"], ascending=[True, False, True])
        .drop(columns=["_rank", "project_id"])
        .reset_index(drop=True)
    )


def demand_answer(rows: pd.DataFrame, words: Words) -> str:
    """The sentence: what is asked for and not planned, and what is planned and not asked for."""
    if rows.empty:
        return words.say("design_review.demands_none")
    if (rows["fit"] == Fit.PLANNED_NOT_SURVEYED.value).any():
        return words.say("design_review.demands_not_surveyed")
    asked = rows.loc[rows["fit"] == Fit.ASKED_NOT_PLANNED.value, "item"]
    extra = rows.loc[rows["fit"] == Fit.PLANNED_NOT_ASKED.value, "item"]
    return words.say(
        "design_review.demands_answer",
        fits=int((rows["fit"] == Fit.FITS.value).sum()),
        missing=len(asked),
        missing_names=_listed(asked, words),
        extra=len(extra),
        extra_names=_listed(extra, words),
    )


def _listed(items: pd.Series, words: Words) -> str:
    names = words.listed([str(i) for i in items])
    return words.say("design_review.in_brackets", names=names) if names else ""


def demand_table(
    rows: pd.DataFrame, menu: frozenset[str], words: Words, notes: Mapping[str, str], title: str
) -> Table:
    """`demand_rows` as a table; an item that stands on no menu is said to."""
    shown = pd.DataFrame(
        {
            "item": rows["item"],
            "fit": [code_word("fit", f, words) for f in rows["fit"]],
            "asks": rows["asks"],
            "on_menu": [i in menu for i in rows["item"]],
            "rows": [words.listed(list(r)) for r in rows["rows"]],
        }
    )
    return Table(
        shown,
        [
            TableColumn("item", words.say("design_review.col.item")),
            TableColumn("fit", words.say("design_review.col.fit")),
            TableColumn("asks", words.say("design_review.col.asks"), "count"),
            TableColumn("on_menu", words.say("design_review.col.on_menu"), "yes_no"),
            TableColumn("rows", words.say("design_review.col.demand_rows")),
        ],
        title,
        dict(notes),
    )


# --- growth -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Growth:
    """Floor area or residents before and after: texts, and whether it grows (None: not given)."""

    label: str
    before: str
    after: str
    difference: str
    grows: bool | None


def growth(design: Mapping[str, Any], words: Words) -> tuple[Growth, ...]:
    """Construction and population before and after the works with their difference (R44)."""
    lacking = words.say("design_review.not_given")
    found = []
    for name, unit, columns in (
        ("area", "m²", ("floor_area_before_m2", "floor_area_after_m2")),
        ("people", words.say("design_review.unit_people"), ("residents_before", "residents_after")),
    ):
        values = [float(design[c]) if given(design.get(c)) else None for c in columns]
        texts = [lacking if v is None else f"{words.number(v, 1)} {unit}" for v in values]
        before, after = values
        if before is None or after is None:
            told, grows = words.say("design_review.not_comparable"), None
        else:
            by = after - before
            share = f" ({'+' if by > 0 else ''}{100 * by / before:.1f} %)" if before else ""
            told, grows = f"{'+' if by > 0 else ''}{words.number(by, 1)} {unit}{share}", by > 0
        found.append(Growth(words.say(f"design_review.growth_{name}"), texts[0], texts[1], told, grows))
    return tuple(found)


def growth_answer(design: Mapping[str, Any], rows: Sequence[Growth], words: Words) -> str:
    """Whether the design keeps to the caps (双控), and whether it says what added buildings are for (R43)."""
    growing = [g.label for g in rows if g.grows]
    unknown = [g.label for g in rows if g.grows is None]
    parts = []
    if growing:
        parts.append(words.say("design_review.growth_flag", what=words.listed(growing)))
    if unknown:
        parts.append(words.say("design_review.growth_unknown", what=words.listed(unknown)))
    if not parts:
        parts.append(words.say("design_review.growth_kept"))
    if rows[0].grows and not text_of(design.get("summary")):
        parts.append(words.say("design_review.use_not_given"))
    return "".join(parts)


# --- standards ----------------------------------------------------------------------------------------
def touched_rows(standards: Standards, kinds: Sequence[str], day: dt.date) -> list[Requirement]:
    """What every standard in force on a day says of each planned kind; one requirement without a standard where none
    knows it."""
    found = []
    for kind in kinds:
        own = [requirement(standards, kind, day, (v.key, v.version)) for v in in_force(standards, day)]
        known = [r for r in own if r.values is not None]
        found += known or [requirement(standards, kind, day)]
    return found


def standards_table(
    needs: Sequence[Requirement],
    others: Sequence[str],
    words: Words,
    notes: Mapping[str, str],
    title: str,
) -> Table:
    """The standards that the planned facilities touch; words that name no kind stand below as not known."""
    not_set = words.say("design_review.not_set")
    rows = [
        {
            "kind": short_kind(n.facility_kind, words),
            "standard": standard_name(n) or DASH,
            "status": words.say(f"design_review.status.{n.status.value}"),
            "radius": not_set if n.radius_m is None else words.number(n.radius_m),
            **{c: not_set if n.value(c) is None else words.number(n.value(c), 1) for c in NUMBERS_SHOWN},
            "tier": "/".join(n.tiers),
            "clause": n.clause or "",
            "confidence": n.confidence or "",
            "note": n.note or "",
        }
        for n in needs
    ]
    empty = dict.fromkeys(
        ("standard", "radius", *NUMBERS_SHOWN, "tier", "clause", "confidence", "note"), DASH
    )
    rows += [{**empty, "kind": o, "status": words.say("design_review.status.no_kind")} for o in others]
    columns = ("kind", "status", "radius", *NUMBERS_SHOWN, "standard", "tier", "clause", "confidence", "note")
    heads = [TableColumn(c, words.say(f"design_review.col_std.{c}")) for c in columns]
    return Table(pd.DataFrame(rows, columns=list(columns), dtype="object"), heads, title, dict(notes))


def standards_answer(needs: Sequence[Requirement], others: Sequence[str], words: Words) -> str:
    """The sentence on the standards touched."""
    kinds = {n.facility_kind for n in needs}
    if not kinds and not others:
        return words.say("design_review.standards_none")
    is_set = {n.facility_kind for n in needs if n.status is Status.SET}
    unknown = {n.facility_kind for n in needs if n.status is Status.NO_STANDARD}
    return words.say(
        "design_review.standards_answer",
        kinds=len(kinds),
        set=len(is_set),
        not_set=len(kinds - is_set - unknown),
        none=len(unknown) + len(others),
    )
