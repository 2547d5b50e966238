"""One kind of facility: who lacks it, where, by which standard, and how far the nearest is."""

import pandas as pd
import streamlit as st

from dashboard.address import change
from dashboard.area_panels import area_map, area_ranking, back_to_city
from dashboard.gaps_maps import HEIGHT_PX, verdict_map
from dashboard.gaps_page import GapsPage
from dashboard.gaps_pdf import pdf_button, table_section
from dashboard.issues_panels import pick
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.state import worked_out
from dashboard.tables import show_table
from dashboard.viewmodels.gaps import area_lines, kind_rows, short_kind, tier_text
from dashboard.viewmodels.gaps_communities import communities_table, community_rows
from dashboard.words import DASH, Words
from loaders.reports.sheet import Section
from programme.standards import Requirement, Status

DEFAULT_KIND = "elderly_daycare"


def choose_kind(page: GapsPage) -> str:
    """The kind of the page, in the address."""
    kinds = sorted(
        page.needs, key=lambda k: (page.needs[k].status is not Status.SET, short_kind(k, page.words))
    )
    default = DEFAULT_KIND if DEFAULT_KIND in kinds else kinds[0]
    return pick("gap_kind", kinds, default, [short_kind(k, page.words) for k in kinds], page.words)


def need_text(needed: Requirement, words: Words) -> str:
    """Which standard asks for what, as one cites it; that none does, where none does."""
    kind = short_kind(needed.facility_kind, words)
    if needed.status is Status.NO_STANDARD:
        return words.say("gaps.need_none", kind=kind)
    named = words.say(
        "gaps.need_source",
        document=needed.document or DASH,
        clause=needed.clause or DASH,
        tiers=tier_text(needed.tiers, words) or DASH,
        confidence=needed.confidence or DASH,
    )
    if needed.radius_m is None:
        return words.say("gaps.need_not_set", kind=kind, source=named)
    text = words.say("gaps.need_set", kind=kind, radius=words.number(needed.radius_m), source=named)
    return words.say("gaps.need_corrected", text=text) if needed.is_corrected else text


def show_kind(page: GapsPage) -> None:
    """The page's second subject."""
    words = page.words
    kind = choose_kind(page)
    needed = page.needs[kind]
    whole = page.table()
    row = whole[whole["kind"] == kind].iloc[0]
    show(element("p", headline(page, row), css="atlas-headline"))
    show(element("p", need_text(needed, words), css="atlas-note"))
    if page.level == "community":
        _communities(page, kind, needed, has_map=True)
        return
    code = f"{page.level}_code"
    table = page.table(code)
    lines = area_lines(
        kind_rows(table[table["kind"] == kind], code, page.counted),
        "beyond_pct",
        page.area_names,
        words,
        page.counted,
    )
    left, right = st.columns([42, 58], gap="small")
    with (
        left,
        panel(
            words,
            words.say("gaps.kind_map_question", kind=short_kind(kind, words)),
            words.say("gaps.kind_map_answer", unit=page.unit()),
            key="gap_map",
            source=page.source,
            rows="gap_communities" if page.filters.district_code else "",
        ),
    ):
        area_map(lines, page.level, page.filters, words, key="gaps_kind_map", height=HEIGHT_PX)
    with (
        right,
        panel(
            words,
            words.say(f"gaps.kind_ranking_question_{page.level}", kind=short_kind(kind, words)),
            words.say("gaps.kind_ranking_answer"),
            key="gap_ranking",
            source=page.source,
        ),
    ):
        if page.filters.district_code is not None:
            back_to_city(words, key="gaps_back")
        area_ranking(
            lines,
            page.level,
            page.filters,
            words,
            key="gaps_kind_ranking",
            measure=words.say("gaps.measure_beyond"),
            note=words.say("gaps.note_people"),
        )
    _ages(page, kind)
    if page.filters.district_code is not None:
        _communities(page, kind, needed, has_map=False)
    else:
        show(element("p", words.say("gaps.open_district"), css="atlas-note"))


def headline(page: GapsPage, row: pd.Series) -> str:
    """Who lacks the kind, in one sentence."""
    words, counted = page.words, page.counted
    kind = short_kind(str(row["kind"]), words)
    if row["status"] != "assessed":
        return words.say(f"gaps.kind_{row['status']}", kind=kind, place=page.place)
    known, beyond = float(row[counted]), float(row[f"{counted}_beyond"])
    if known <= 0:
        return words.say("gaps.headline_unknown", place=page.place)
    straight = float(row["origins_by_straight" if counted == "origins" else f"{counted}_by_straight"])
    return words.say(
        "gaps.kind_headline",
        place=page.place,
        kind=kind,
        beyond=words.number(beyond),
        known=words.number(known),
        share=words.pct(100.0 * beyond / known),
        unit=page.unit(),
        facilities=_held_here(page, str(row["kind"])),
        radius=words.number(row["radius_m"]),
        straight=words.number(straight),
        unknown="" if counted == "origins" else words.number(row[f"{counted}_unknown_origins"]),
    )


def _held_here(page: GapsPage, kind: str) -> int:
    """How many facilities of the kind stand in the chosen area; those beyond its border serve it all the same."""
    rows = page.facilities[page.facilities["kind"] == kind]
    if page.filters.subdistrict_code is not None:
        rows = rows[rows["subdistrict_code"] == page.filters.subdistrict_code]
    elif page.filters.district_code is not None:
        rows = rows[rows["district_code"] == page.filters.district_code]
    return len(rows)


def _ages(page: GapsPage, kind: str) -> None:
    """Communities built before 2000 beside the rest."""
    if page.ask.account != "homes":
        return
    words, counted = page.words, page.counted
    table = page.table("age_class")
    own = table[(table["kind"] == kind) & (table["status"] == "assessed")]
    parts = []
    for age in ("pre_2000", "post_2000", "unknown"):
        rows = own[own["age_class"] == age]
        if len(rows) and float(rows[counted].iloc[0]) > 0:
            known, beyond = float(rows[counted].iloc[0]), float(rows[f"{counted}_beyond"].iloc[0])
            parts.append(
                words.say(
                    "gaps.age_share",
                    age=words.say(f"gaps.age_{age}"),
                    beyond=words.number(beyond),
                    known=words.number(known),
                    share=words.pct(100.0 * beyond / known),
                    unit=page.unit(),
                )
            )
    if parts:
        show(
            element(
                "p", words.say("gaps.ages", parts=words.say("gaps.joiner").join(parts)), css="atlas-answer"
            )
        )


def _communities(page: GapsPage, kind: str, needed: Requirement, *, has_map: bool) -> None:
    words = page.words

    def make() -> pd.DataFrame:
        return community_rows(page.homes.reach([kind]), page.homes.people, kind, needed, page.communities)

    rows = worked_out("gaps.communities", (*page.key, kind), make)
    lacking = rows[rows["verdict"] == "lacks"]
    old = lacking[lacking["age_class"] == "pre_2000"]
    answer = words.say(
        "gaps.communities_answer",
        total=len(rows),
        lacks=len(lacking),
        partly=int((rows["verdict"] == "partly").sum()),
        old=len(old),
        residents=words.number(float(lacking["residents"].sum())),
        unknown=int(lacking["residents"].isna().sum()),
    )
    question = words.say("gaps.communities_question", place=page.place, kind=short_kind(kind, words))
    with panel(words, question, answer, key="gap_communities", source=page.source):
        if has_map:
            clicked = verdict_map(page, rows, kind, key=f"gaps_verdicts_{kind}")
            if clicked is not None and not clicked.startswith("f:"):
                change(gaps="sheet", gap_community=clicked)
                st.rerun()
        table = communities_table(rows, words, page.notes, page.area_names, page.facility_names)
        show_table(table, words, key="gaps_communities_table")
        sections = (
            table_section(words.say("gaps.sheet_communities"), table, words, text=f"{question}\n{answer}"),
            Section(words.say("gaps.standard_used"), need_text(needed, words)),
        )
        pdf_button(
            page,
            words.say("gaps.kind_title", place=page.place, kind=short_kind(kind, words)),
            sections,
            key="gaps_kind_pdf",
        )
        show(element("p", words.say("gaps.communities_note"), css="atlas-note"))
