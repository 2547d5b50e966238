"""Issues: what was whistled for, who answered, what is common, and one issue with all that happened (R63, R64)."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.address import change, choice, current_filters, remembered
from dashboard.area_panels import choose
from dashboard.duties_board import style
from dashboard.duties_limits import may_write
from dashboard.duties_saving import show_told
from dashboard.filters import Filters
from dashboard.issues_forms import agenda_form, card_forms, report_form
from dashboard.issues_map import groups_map, issues_map
from dashboard.issues_panels import pick, show_card, show_longest, show_units
from dashboard.issues_settings import IssueSettings, issue_settings
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import empty, file_notes, panel, source_line
from dashboard.session import current_principal
from dashboard.state import facts, read, worked_out
from dashboard.tables import show_table
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.duties_library import all_units
from dashboard.viewmodels.duties_words import Names, names_of
from dashboard.viewmodels.issues import (
    ALL,
    STATES,
    IssueFrames,
    chosen_issues,
    in_area,
    issue_table,
    issues_view,
    kinds_of,
    rules_text,
    standing_issues,
    units_of,
)
from dashboard.viewmodels.issues_card import issue_card
from dashboard.viewmodels.issues_common import (
    COUNTS,
    DEFAULT_COUNT,
    DEFAULT_DISTANCE_M,
    DISTANCES_M,
    CommonGroup,
    common_view,
    grouped,
)
from dashboard.viewmodels.issues_units import units_view
from dashboard.words import Words
from programme.duties.grouping import GroupingRule
from store import queries, queries_duties, queries_issues

SUBJECTS = ("map", "units", "common")
TABLES = ("issues", "issue_calls", "issue_escalations")
LONGEST = 9


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    style()
    if not found.districts:
        empty(words, "store")
        return
    settings = issue_settings(filters.as_of, words)
    states = _states(filters, settings)
    names = names_of(words, found, read(queries.sources, *TABLES))
    place = scope_name(filters, found, words)
    notes = file_notes(words, filters, place, *TABLES)
    own = in_area(states, filters)
    if settings.fault:
        st.warning(escaped_markdown(settings.fault))
    subject = choice("issues", SUBJECTS, SUBJECTS[0])
    choose("issues", SUBJECTS, subject, [words.say(f"issues.subject_{s}") for s in SUBJECTS], words, "issues")
    show_told(words)
    if states.empty:
        show(element("p", words.say("issues.none_yet"), css="atlas-note"))
        _report(states, filters, names)
    elif subject == "map":
        _map(own, states, filters, names, place, notes, settings)
    elif subject == "units":
        _units(own, filters, names, notes)
    else:
        _common(states, filters, names, notes)


def _states(filters: Filters, settings: IssueSettings) -> pd.DataFrame:
    """The issues as they stand, worked out once for a revision, a person's scope, a day, and the office's settings."""

    def make() -> pd.DataFrame:
        frames = IssueFrames(
            read(queries_issues.issue_rows),
            read(queries_issues.call_rows),
            read(queries_issues.escalation_rows),
        )
        return standing_issues(frames, settings.rules, settings.limits, filters.as_of)

    key = (filters.as_of, settings.rules, tuple(sorted(settings.limits.items())))
    held: pd.DataFrame = worked_out("issues.states", key, make)
    return held.copy(deep=False)


def _map(
    own: pd.DataFrame,
    states: pd.DataFrame,
    filters: Filters,
    names: Names,
    place: str,
    notes: dict[str, str],
    settings: IssueSettings,
) -> None:
    words = names.words
    source = source_line(words, filters, *TABLES)
    headline = st.container()
    kinds, units = kinds_of(own), units_of(own)
    with st.container(horizontal=True, key="bar_issues"):
        state = pick("issue_state", STATES, "open", [words.say(f"issues.choose_{s}") for s in STATES], words)
        kind = pick(
            "issue_kind",
            [ALL, *kinds],
            ALL,
            [words.say("issues.all_kinds"), *(names.issue_kind(None if k == "none" else k) for k in kinds)],
            words,
        )
        unit = pick(
            "issue_called",
            [ALL, *units],
            ALL,
            [words.say("issues.all_units"), *(names.unit(u) for u in units)],
            words,
        )
    chosen = chosen_issues(own, kind, state, unit)
    view = issues_view(own, chosen, place, names, notes)
    with headline:
        show(element("p", view.headline, css="atlas-headline"))
        figures = [
            element("div", element("span", f.label), element("b", f.text), css="atlas-figure")
            for f in view.figures
        ]
        show(element("div", *figures, css="atlas-figures"))
    picked = remembered("issue")
    left, right = st.columns([52, 48], gap="small")
    with (
        left,
        panel(
            words, words.say("issues.map_question"), view.answer, key="map", source=source, rows="issue_rows"
        ),
    ):
        clicked = issues_map(chosen, own, filters, names, key="issues_map", selected=picked or None)
        if view.without_place:
            show(element("p", words.say("issues.without_place", n=view.without_place), css="atlas-note"))
        if clicked is not None:
            key, code = clicked
            change(**({"issue": code} if key == "issue" else {"district": code[:6], "subdistrict": code}))
            st.rerun()
    with right:
        _beside(picked, chosen, states, filters, names, source)
    _report(states, filters, names)
    with panel(words, words.say("issues.list_question"), view.answer, key="issue_rows", source=source):
        show_table(view.rows, words, key="issues_rows", rows_shown=12)
        show(element("p", rules_text(settings.rules, words, names), css="atlas-note"))
        limits = words.say("issues.limits_unset") if not settings.limits else words.say("issues.limits_set")
        show(element("p", limits, css="atlas-note"))


def _beside(
    picked: str, chosen: pd.DataFrame, states: pd.DataFrame, filters: Filters, names: Names, source: str
) -> None:
    """The card of the issue in the address, or the longest open ones."""
    words, person = names.words, current_principal()
    if picked:
        # Not even asked for by a role that may not see persons (R74); the store would leave the columns empty.
        reporter = read(queries_issues.issue_reporter, picked) if person.sees_persons else None
        card = issue_card(
            picked,
            states,
            read(queries_issues.call_rows),
            read(queries_issues.escalation_rows),
            reporter,
            pd.Timestamp(filters.as_of),
            names,
        )
        if card is not None:
            show_card(card, filters, words, source)
            if may_write(person, "issues"):
                card_forms(card, all_units(names.facts), filters, names)
            return
        show(element("p", words.say("issues.no_such_issue"), css="atlas-note"))
    rows: list[dict[Any, Any]] = chosen.head(LONGEST).to_dict("records")
    answer = words.say("issues.longest_answer", n=len(rows))
    with panel(words, words.say("issues.longest_question"), answer, key="longest", source=source):
        show_longest(rows, filters, names)


def _report(states: pd.DataFrame, filters: Filters, names: Names) -> None:
    person = current_principal()
    if may_write(person, "issues"):
        report_form([k for k in kinds_of(states) if k != "none"], filters, person, names)


def _units(own: pd.DataFrame, filters: Filters, names: Names, notes: dict[str, str]) -> None:
    words = names.words
    units = units_of(own)
    picker = [(ALL, words.say("issues.all_units")), *((u, names.unit(u)) for u in units)]
    unit = choice("issue_unit", [key for key, _ in picker], ALL)
    view = units_view(
        read(queries_issues.call_rows), own, filters.as_of, names, notes, None if unit == ALL else unit
    )
    show_units(view, words, source_line(words, filters, *TABLES), picker)
    if not current_principal().reads_city:
        show(element("p", words.say("duties.own_area_only"), css="atlas-note"))


def _common(states: pd.DataFrame, filters: Filters, names: Names, notes: dict[str, str]) -> None:
    words = names.words
    source = source_line(words, filters, "issues", "agenda_items")
    with st.container(horizontal=True, key="bar_common"):
        distance = pick(
            "group_m",
            [str(d) for d in DISTANCES_M],
            str(DEFAULT_DISTANCE_M),
            [words.say("issues.metres", n=d) for d in DISTANCES_M],
            words,
        )
        count = pick(
            "group_n",
            [str(c) for c in COUNTS],
            str(DEFAULT_COUNT),
            [words.say("issues.at_least", n=c) for c in COUNTS],
            words,
        )
        of = pick(
            "group_of", (ALL, "open"), ALL, [words.say(f"issues.group_of_{o}") for o in (ALL, "open")], words
        )
    rule = GroupingRule(float(distance), int(count))
    held, groups = grouped(states, rule, only_open=of == "open")
    meetings, agenda = read(queries_duties.meeting_rows), read(queries_duties.agenda_rows)
    view = common_view(held, groups, agenda, meetings, filters, names, notes)
    show(element("p", words.say("issues.rule_note"), css="atlas-note"))
    wanted = remembered("group")
    ids = [g.group_id for g in view.groups]
    if wanted and wanted not in ids:
        show(element("p", words.say("issues.no_such_group"), css="atlas-note"))
    chosen = wanted if wanted in ids else ""
    with panel(
        words, words.say("issues.common_question"), view.answer, key="map", source=source, rows="common_rows"
    ):
        clicked = groups_map(held, view.groups, filters, names, key="issues_common", selected=chosen or None)
        if clicked is not None:
            change(group=clicked)
            st.rerun()
        if view.groups:
            labels = [words.say("issues.pick_group"), *(g.label for g in view.groups)]
            chosen = pick("group", ["", *ids], chosen, labels, words)
    if chosen:
        group = next(g for g in view.groups if g.group_id == chosen)
        _group_issues(group, held, names, source, notes)
        if may_write(current_principal(), "agenda_items"):
            agenda_form(group, meetings, agenda, filters.as_of, names)
    with panel(
        words, words.say("issues.common_rows_question"), view.answer, key="common_rows", source=source
    ):
        show_table(view.rows, words, key="issues_common_rows", rows_shown=10)


def _group_issues(
    group: CommonGroup, held: pd.DataFrame, names: Names, source: str, notes: dict[str, str]
) -> None:
    words = names.words
    rows = held[held["issue_id"].isin(group.issue_ids)]
    answer = (
        words.say("issues.on_agenda", names=words.listed(list(group.agenda)))
        if group.agenda
        else words.say("issues.on_no_agenda")
    )
    with panel(words, group.label, answer, key="group", source=source):
        show_table(issue_table(rows, names, notes), words, key="issues_group", rows_shown=8)


if __name__ == "__main__":
    main()
