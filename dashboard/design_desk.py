"""One design on the reviewer's desk: facts, versions, gaps, demands, growth, standards, opinions."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard.address import change, remembered
from dashboard.design_opinion import show_opinions
from dashboard.design_queue import queue_frame
from dashboard.design_sheet import ProjectGaps, project_gaps, standards
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import Markup, element, escaped_markdown, show
from dashboard.panels import panel, source_line
from dashboard.project_tabs.content import menu
from dashboard.project_tabs.frames import notes_of, view_of
from dashboard.state import read, reader
from dashboard.tables import show_table
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.design_checks import (
    demand_answer,
    demand_rows,
    demand_table,
    gap_check,
    growth,
    growth_answer,
    standards_answer,
    standards_table,
    touched_rows,
)
from dashboard.viewmodels.design_queue import OPEN, main_subdistricts
from dashboard.viewmodels.design_versions import OnDesk, Version, facilities_of, versions_of
from dashboard.viewmodels.duties_words import text_of
from dashboard.viewmodels.project_frames import ProjectsInView, only
from dashboard.words import Words
from store import queries_content, queries_designs
from store.attachments import attachment

CELL = "padding: 3px 10px 3px 0; border-bottom: 1px solid #e8ebee; vertical-align: top; text-align: left"
TABLE = "width: 100%; border-collapse: collapse; font-size: 13px; line-height: 1.45; margin: 4px 0"
FLAG = "color: #b3261e; font-weight: 600"


def show_desk(filters: Filters, found: StoreFacts, words: Words) -> None:
    """The subject: a project is chosen among those with a design, then all that its reviewer needs."""
    view = view_of(filters)
    designs = read(queries_designs.design_rows)
    held = designs[designs["project_id"].isin(view.ids)]
    if held.empty:
        show(element("p", words.say("design_review.no_designs"), css="atlas-note"))
        return
    opinions = read(queries_designs.opinion_rows)
    project = _chosen(view, held, queue_frame(filters), words)
    own = only(view, project)
    desk = OnDesk(
        project=own.projects.iloc[0].to_dict(),
        homes=own.homes,
        versions=versions_of(
            held[held["project_id"] == project], opinions[opinions["project_id"] == project], words
        ),
        place=name_of(
            found.subdistricts,
            main_subdistricts(own.homes).get(project),
            words.lang,
            words.say("figure.not_known"),
        ),
    )
    _state(desk, filters, words)
    left, right = st.columns([38, 62], gap="small")
    with left:
        _facts(desk, filters, words)
        _growth(desk, filters, words)
    with right:
        _versions(desk, filters, words)
    notes = notes_of(words, filters, str(desk.project["name"]), "designs", "facilities", "demands")
    gaps = _gaps(desk, filters, words, notes)
    demands = _demands(desk, filters, words, notes)
    _standards(desk, filters, words, notes)
    show_opinions(desk, gaps, demands, filters, words)


def _chosen(view: ProjectsInView, held: pd.DataFrame, queue: pd.DataFrame, words: Words) -> str:
    """The project of the address; without one the design that waits longest. One outside the view is said to be so."""
    names = view.names()
    waiting = [str(p) for p in queue.loc[queue["state"].isin(OPEN), "project_id"]]
    others = sorted({str(p) for p in held["project_id"]} - set(waiting), key=lambda p: (str(names[p]), p))
    ids = [*waiting, *others]
    wanted = remembered("project")
    if wanted and wanted not in ids:
        code = "no_design_of" if wanted in view.ids else "not_in_view"
        show(element("p", words.say(f"design_review.{code}"), css="atlas-note"))
    project = wanted if wanted in ids else ids[0]
    widget = "design_project"
    st.session_state[widget] = project

    def changed() -> None:
        change(project=str(st.session_state[widget]))

    def called(key: str) -> str:
        mark = "waits" if key in waiting else "told"
        return words.say(f"design_review.option_{mark}", name=names[key], project=key)

    st.selectbox(
        words.say("design_review.choose", count=len(ids), waiting=len(waiting)),
        ids,
        key=widget,
        format_func=called,
        on_change=changed,
    )
    return project


def _state(desk: OnDesk, filters: Filters, words: Words) -> None:
    """Where the newest version stands, and what is dated after the view's day."""
    newest = desk.newest
    last = newest.last
    if last is None:
        days = (filters.as_of - newest.day).days
        text = words.say(
            "design_review.desk_waits" if days >= 0 else "design_review.desk_later",
            version=newest.title,
            day=words.date(newest.day),
            days=days,
            as_of=words.as_of(filters.as_of),
        )
    else:
        text = words.say(
            "design_review.desk_told",
            version=newest.title,
            decision=last.decision_text,
            reviewer=last.reviewer,
            day=words.date(last.day),
        )
    show(element("p", text, css="atlas-answer"))
    later = [v.title for v in desk.versions if v.day > filters.as_of]
    if later and last is not None:
        shown = words.say(
            "design_review.later_rows", versions=words.listed(later), as_of=words.as_of(filters.as_of)
        )
        show(element("p", shown, css="atlas-note"))


def _lines(pairs: tuple[tuple[str, str], ...]) -> Markup:
    rows = [
        element(
            "tr",
            element("td", label, style=f"{CELL}; color: #55606b; white-space: nowrap"),
            element("td", value, style=CELL),
        )
        for label, value in pairs
    ]
    return element("table", element("tbody", *rows), style=TABLE)


def _facts(desk: OnDesk, filters: Filters, words: Words) -> None:
    project, unknown = desk.project, words.say("figure.not_known")
    source = source_line(words, filters, "projects", "communities")
    households = pd.to_numeric(desk.homes["households"])
    known = words.count(households.sum(), "household") if households.notna().any() else unknown
    answer = words.say("design_review.facts_answer", communities=words.count(len(desk.homes), "community"))
    with panel(words, str(project["name"]), answer, key="design_facts", source=source):
        show(
            _lines(
                (
                    (words.say("design_review.fact_place"), desk.place),
                    (
                        words.say("design_review.fact_communities"),
                        words.listed(list(desk.home_names.values())) or unknown,
                    ),
                    (words.say("design_review.fact_households"), known),
                    (
                        words.say("design_review.fact_body"),
                        text_of(project.get("implementing_body")) or unknown,
                    ),
                    (
                        words.say("design_review.fact_items"),
                        text_of(project.get("content_items")) or unknown,
                    ),
                    (words.say("design_review.fact_id"), desk.key),
                )
            )
        )


def _growth(desk: OnDesk, filters: Filters, words: Words) -> None:
    """Construction and population before and after (R44), and what added buildings are for (R43)."""
    row = desk.newest.row
    rows = growth(row, words)
    source = source_line(words, filters, "designs")
    answer = growth_answer(row, rows, words)
    with panel(words, words.say("design_review.growth_question"), answer, key="design_growth", source=source):
        heads = [words.say(f"design_review.growth_{c}") for c in ("what", "before", "after", "difference")]
        head = element("tr", *(element("td", h, style=f"{CELL}; color: #55606b") for h in heads))
        lines = [
            element(
                "tr",
                *(element("td", t, style=CELL) for t in (g.label, g.before, g.after)),
                element("td", g.difference, style=f"{CELL}; {FLAG if g.grows else ''}"),
            )
            for g in rows
        ]
        show(element("table", element("tbody", head, *lines), style=TABLE))
        show(element("p", words.say("design_review.growth_rule"), css="atlas-note"))


def _versions(desk: OnDesk, filters: Filters, words: Words) -> None:
    answer = words.say("design_review.versions_answer", count=len(desk.versions))
    source = source_line(words, filters, "designs", "design_opinions")
    with panel(
        words, words.say("design_review.versions_question"), answer, key="design_versions", source=source
    ):
        for version in reversed(desk.versions):
            is_newest = version is desk.newest
            with st.expander(_version_title(version, words), expanded=is_newest):
                show(_lines(version.facts))
                if version.changes:
                    show(element("p", words.say("design_review.changes"), css="atlas-note"))
                    show(
                        element(
                            "ul",
                            *(element("li", c) for c in version.changes),
                            style="margin: 2px 0; font-size: 13px",
                        )
                    )
                _file(version, words)
                run = words.say("design_review.row_run", run=int(version.row["import_run_id"]))
                show(element("p", run, css="atlas-source"))


def _version_title(version: Version, words: Words) -> str:
    last = version.last
    text = words.say(
        "design_review.version_line",
        version=version.title,
        day=words.date(version.day),
        decision=last.decision_text if last else words.say("design_review.no_opinion"),
    )
    return escaped_markdown(text)


def _file(version: Version, words: Words) -> None:
    """The design's file, to be taken along; said where it is not held."""
    seal, name = text_of(version.row["file_sha256"]), text_of(version.row["file_name"])
    held = attachment(reader(), seal) if seal else None
    if held is None:
        code = "file_missing" if name else "file_none"
        show(element("p", words.say(f"design_review.{code}", name=name), css="atlas-note"))
        return
    st.download_button(
        escaped_markdown(words.say("design_review.file_take", name=name or seal[:12])),
        data=held[0],
        file_name=name or seal[:12],
        mime=held[1],
        key=f"design_file_{version.key}",
        on_click="ignore",
    )


def _gaps(desk: OnDesk, filters: Filters, words: Words, notes: Mapping[str, str]) -> ProjectGaps | None:
    kinds, _ = facilities_of(desk.newest.row)
    homes = tuple(str(c) for c in desk.homes["community_id"])
    question = words.say("design_review.gaps_question")
    with st.container(key="design_gaps_slot"):
        found = project_gaps(desk.key, str(desk.project["district_code"]), homes, kinds, filters, words)
        source = source_line(words, filters, "facilities", "streets", "buildings", "standard_rows")
        if found is None or found.met.empty:
            code = "gaps_working" if found is None else "gaps_nobody"
            with panel(words, question, words.say(f"design_review.{code}"), key="design_gaps"):
                pass
            return found
        title = words.say("design_review.file_gaps", project=desk.key)
        check = gap_check(found.met, desk.home_names, words, notes, title)
        with panel(words, question, check.answer, key="design_gaps", source=source):
            if not found.is_current:
                show(element("p", words.say("design_review.gaps_older"), css="atlas-note"))
            if found.without_homes:
                names = [desk.home_names.get(h, h) for h in found.without_homes]
                told = words.say("design_review.gaps_without", names=words.listed(names))
                show(element("p", told, css="atlas-note"))
            show_table(check.table, words, key="design_gaps_rows", rows_shown=12)
            show(element("p", words.say("design_review.gaps_rule"), css="atlas-note"))
        return found


def _demands(desk: OnDesk, filters: Filters, words: Words, notes: Mapping[str, str]) -> pd.DataFrame:
    rows = demand_rows(
        desk.newest.row,
        read(queries_content.community_ledger, "demands"),
        desk.homes[["project_id", "community_id"]],
        filters.as_of,
    )
    source = source_line(words, filters, "demands", "designs")
    with panel(
        words,
        words.say("design_review.demands_question"),
        demand_answer(rows, words),
        key="design_demands",
        source=source,
    ):
        if len(rows):
            title = words.say("design_review.file_demands", project=desk.key)
            table = demand_table(rows, frozenset(menu()["item"]), words, notes, title)
            show_table(table, words, key="design_demands_rows", rows_shown=9)
        show(element("p", words.say("design_review.demands_rule"), css="atlas-note"))
    return rows


def _standards(desk: OnDesk, filters: Filters, words: Words, notes: Mapping[str, str]) -> None:
    kinds, others = facilities_of(desk.newest.row)
    needs = touched_rows(standards(), kinds, filters.as_of)
    source = source_line(words, filters, "designs", "standard_rows")
    with panel(
        words,
        words.say("design_review.standards_question"),
        standards_answer(needs, others, words),
        key="design_standards",
        source=source,
    ):
        if needs or others:
            title = words.say("design_review.file_standards", project=desk.key)
            show_table(
                standards_table(needs, others, words, notes, title), words, key="design_standards_rows"
            )
