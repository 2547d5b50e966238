"""All kinds together: how many kinds a resident lacks on average, where it is worst, and each kind's share."""

import pandas as pd
import streamlit as st

from dashboard.area_panels import area_map, area_ranking, back_to_city
from dashboard.gaps_maps import communities_map
from dashboard.gaps_page import GapsPage
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.tables import Table, TableColumn, show_table
from dashboard.viewmodels.gaps import area_lines, composite_rows, documents, kinds_table, short_kind

MAP_HEIGHT_PX = 424
CODES = {"district": "district_code", "subdistrict": "subdistrict_code", "community": "community_id"}


def show_overall(page: GapsPage) -> None:
    """The page's first subject."""
    words = page.words
    whole = page.table()
    show(element("p", headline(page, whole), css="atlas-headline"))
    level = page.level if page.ask.account == "homes" or page.level != "community" else "subdistrict"
    rows = composite_rows(page.table(CODES[level]), CODES[level], page.counted)
    if level == "community":
        names = dict(zip(page.communities["community_id"], page.communities["name"], strict=True))
        rows = rows[rows["code"].isin(names)]
    else:
        names = page.area_names
    lines = area_lines(rows, "mean_lacking", names, words, page.counted)
    left, right = st.columns([42, 58], gap="small")
    with (
        left,
        panel(
            words,
            words.say(f"gaps.map_question_{level}"),
            words.say("gaps.map_answer", unit=page.unit()),
            key="gap_map",
            source=page.source,
            rows="gap_kinds",
        ),
    ):
        if level == "community":
            communities_map(page, {r.code: r for r in lines.rows}, lines.legend, key="gaps_communities")
        else:
            area_map(lines, level, page.filters, words, key="gaps_map", height=MAP_HEIGHT_PX)
    with (
        right,
        panel(
            words,
            words.say(f"gaps.ranking_question_{level}"),
            words.say("gaps.ranking_answer"),
            key="gap_ranking",
            source=page.source,
        ),
    ):
        if page.filters.district_code is not None:
            back_to_city(words, key="gaps_back")
        if level == "community":
            show_table(community_lines(page, rows, names), words, key="gaps_community_lines")
        else:
            area_ranking(
                lines,
                level,
                page.filters,
                words,
                key="gaps_ranking",
                measure=words.say("gaps.measure_mean"),
                note=words.say("gaps.note_worst"),
            )
    with panel(
        words,
        words.say("gaps.kinds_question", place=page.place),
        words.say("gaps.kinds_answer", unit=page.unit()),
        key="gap_kinds",
        source=page.source,
    ):
        show_table(
            kinds_table(whole, page.counted, words, page.notes, documents(page.standards)),
            words,
            key="gaps_kinds",
            rows_shown=16,
        )
        for code in ("verdict", "tiers", "unknown", "no_facility"):
            show(element("p", words.say(f"gaps.rule_{code}"), css="atlas-note"))


def community_lines(page: GapsPage, rows: pd.DataFrame, names: dict[str, str]) -> Table:
    """The communities of a subdistrict, those that lack most first."""
    words = page.words
    held = rows.sort_values(["mean_lacking", "code"], ascending=[False, True])
    held = held.assign(
        name=[names[c] for c in held["code"]],
        worst_text=[words.listed([short_kind(k, words) for k, _ in worst[:8]]) for worst in held["worst"]],
    )
    columns = [
        TableColumn("name", words.say("gaps.col_community")),
        TableColumn("mean_lacking", words.say("gaps.col_mean"), "number"),
        TableColumn("counted", words.say("gaps.col_known", unit=page.unit()), "count"),
        TableColumn("worst_text", words.say("gaps.col_lacking"), width="large"),
    ]
    return Table(held.reset_index(drop=True), columns, words.say("gaps.communities_file"), page.notes)


def headline(page: GapsPage, whole: pd.DataFrame) -> str:
    """The answer in one sentence."""
    words, counted = page.words, page.counted
    held = whole[whole["status"] == "assessed"]
    if held.empty:
        return words.say("gaps.headline_none", place=page.place)
    people = float(held[counted].iloc[0])
    if people <= 0:
        return words.say("gaps.headline_unknown", place=page.place)
    beyond = held.assign(share=100.0 * held[f"{counted}_beyond"].astype(float) / people)
    worst = beyond.sort_values(["share", "kind"], ascending=[False, True]).head(3)
    return words.say(
        "gaps.headline",
        place=page.place,
        kinds=len(held),
        people=words.number(people),
        unit=page.unit(),
        mean=words.number(float(held[f"{counted}_beyond"].sum()) / people, 1),
        worst=words.listed(
            [
                words.say("gaps.kind_share", kind=short_kind(k, words), share=words.pct(s))
                for k, s in zip(worst["kind"], worst["share"], strict=True)
            ]
        ),
        not_held=int((whole["status"] == "not_held").sum()),
        not_set=int(whole["status"].isin(["not_set", "no_standard"]).sum()),
    )
