"""The panels of the page Assessment: ranking and map, why, the rows behind a measure, departments, weights."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.address import change, choice
from dashboard.area_panels import area_map, area_ranking, back_to_city, choose
from dashboard.assessment_data import NOW, Shown, ledger_of, month_of
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.tables import show_table
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.assessment import RankingView, measure_name, order_name
from dashboard.viewmodels.assessment_tables import (
    explained,
    matrix_table,
    parts_table,
    rows_table,
    settings_table,
    unplaced_table,
)
from dashboard.words import Words
from loaders.assessment_file import assessment_path
from loaders.reports.standing import has_scores, unassigned, unplaced
from programme.months import ClosedMonth
from programme.months.scores_1 import Score
from store.months import MonthRefused

MAP_HEIGHT_PX = 424


def show_ranking(
    shown: Shown,
    view: RankingView,
    filters: Filters,
    found: StoreFacts,
    words: Words,
    source: str,
    notes: dict[str, str],
) -> None:
    """Map and list of the districts, then why one stands where it does, and all of them in a table."""
    left, right = st.columns([42, 58], gap="small")
    with left:
        question = words.say("assessment.map_question", order=order_name(view.order, words))
        with panel(
            words, question, words.say("assessment.map_answer"), key="map", source=source, rows="matrix"
        ):
            area_map(view.areas, "district", filters, words, key="assessment_map", height=MAP_HEIGHT_PX)
    with right, panel(words, view.question, view.answer, key="ranking", source=source, rows="matrix"):
        names = [order_name(o, words) for o in view.orders]
        with st.container(horizontal=True, key="bar_assessment", vertical_alignment="center"):
            choose("order", view.orders, view.order, names, words, "assessment")
            if filters.district_code is not None:
                back_to_city(words, key="assessment_back")
        # The list marks the open district; on the overview it marks a subdistrict.
        area_ranking(
            view.areas,
            "district",
            replace(filters, subdistrict_code=filters.district_code),
            words,
            key="assessment_ranking",
            measure=order_name(view.order, words),
            note=words.say("assessment.note_title"),
        )
    _why(shown, view, filters, found, words, source, notes)
    with panel(
        words,
        words.say("assessment.matrix_question"),
        words.say("assessment.matrix_answer"),
        key="matrix",
        source=source,
    ):
        table = matrix_table(view.rows, view.areas, found, words, notes)
        show_table(table, words, key="assessment_matrix", rows_shown=len(view.rows))
    lost = unplaced(shown.month)
    if lost:
        answer = words.say("assessment.unplaced_answer", rows=sum(len(keys) for keys in lost.values()))
        with panel(words, words.say("assessment.unplaced_question"), answer, key="unplaced", source=source):
            table = unplaced_table(lost, shown.month, ledger_of, found, words, notes)
            show_table(table, words, key="assessment_unplaced")


def _why(
    shown: Shown,
    view: RankingView,
    filters: Filters,
    found: StoreFacts,
    words: Words,
    source: str,
    notes: dict[str, str],
) -> None:
    if filters.district_code is None:
        show(element("p", words.say("assessment.why_pick"), css="atlas-note"))
        return
    row = next((r for r in view.rows if r.unit == filters.district_code), None)
    if row is None:
        show(element("p", words.say("assessment.why_not_in"), css="atlas-note"))
        return
    name = name_of(found.districts, row.unit, words.lang, row.unit)
    question = words.say("assessment.why_question", unit=name)
    with panel(words, question, explained(name, row.score, words), key="why", source=source):
        table = parts_table([(name, row.score)], shown.month.rules.settings.districts, words, notes)
        show_table(table, words, key="assessment_parts")
    _behind(shown, row.score, name, found, words, source, notes, key="part")


def _behind(
    shown: Shown,
    score: Score,
    name: str,
    found: StoreFacts,
    words: Words,
    source: str,
    notes: dict[str, str],
    *,
    key: str,
) -> None:
    """The rows behind one measure of a unit."""
    measures = [p.measure for p in score.parts]
    chosen = choice(key, measures, measures[0])
    part = score.part(chosen)
    question = words.say("assessment.rows_question", unit=name, measure=measure_name(chosen, words))
    table = rows_table(shown.month, _now(shown), score, chosen, ledger_of, found, words, notes)
    answer = words.say(f"assessment.how_{chosen}")
    with panel(words, question, answer, key=f"{key}_rows", source=source):
        choose(key, measures, chosen, [measure_name(m, words) for m in measures], words, "assessment")
        if part.numerator or part.denominator:
            show_table(table, words, key=f"assessment_{key}_rows")
            if table.rows.empty and not shown.person.reads_city:
                show(element("p", words.say("assessment.rows_hidden"), css="atlas-note"))
        else:
            show(element("p", words.say("assessment.rows_none"), css="atlas-note"))


def _now(shown: Shown) -> ClosedMonth | None:
    """The month as the ledger stands, to tell what was changed since; the month itself where that is what is shown."""
    if shown.version is None:
        return shown.month
    try:
        return month_of(shown.month.month, NOW, shown.weights)
    except MonthRefused:
        return None


def show_departments(
    shown: Shown, found: StoreFacts, words: Words, source: str, notes: dict[str, str]
) -> None:
    """The lead departments, each with its measures; one of them opened to its rows."""
    scores = shown.month.departments()
    answer = words.say(
        "assessment.departments_scored" if has_scores(scores) else "assessment.departments_unscored",
        n=len(scores),
    )
    with panel(words, words.say("assessment.departments_question"), answer, key="departments", source=source):
        settings = shown.month.rules.settings.departments
        table = parts_table([(s.unit, s) for s in scores], settings, words, notes)
        show_table(table, words, key="assessment_departments", rows_shown=14)
        nobody = unassigned(shown.month)
        if nobody:
            text = words.say("assessment.unassigned", n=len(nobody), rows=words.listed(list(nobody[:6])))
            show(element("p", text, css="atlas-note"))
    if not scores:
        return
    units = [s.unit for s in scores]
    chosen = choice("unit", units, units[0])
    _unit_box(units, chosen, words)
    score = next(s for s in scores if s.unit == chosen)
    show(element("p", explained(chosen, score, words), css="atlas-note"))
    _behind(shown, score, chosen, found, words, source, notes, key="duty")


def _unit_box(units: Sequence[str], chosen: str, words: Words) -> None:
    widget = "assessment_unit"
    st.session_state[widget] = chosen

    def changed() -> None:
        change(unit=str(st.session_state[widget]))

    st.selectbox(words.say("assessment.unit_label"), list(units), key=widget, on_change=changed, width=360)


def show_weights(shown: Shown, words: Words, source: str, notes: dict[str, str]) -> None:
    """Weights and limits: those that the shown month runs on, and where they are set."""
    settings = shown.month.rules.settings
    every = [*settings.districts.values(), *settings.departments.values()]
    unset = sum(s.weight is None for s in every)
    code = "weights_none" if unset == len(every) else "weights_some" if unset else "weights_all"
    answer = words.say(f"assessment.{code}", n=unset, total=len(every))
    with panel(words, words.say("assessment.weights_question"), answer, key="weights", source=source):
        show_table(settings_table(settings, words, notes), words, key="assessment_weights", rows_shown=12)
        central = "weights_central" if settings.counts_central_state else "weights_no_central"
        lines = [
            words.say(f"assessment.{central}"),
            words.say(f"assessment.scope_{settings.coverage_scope}"),
            words.say("assessment.weights_how", file=assessment_path().name),
        ]
        if shown.version is not None and shown.weights.plain() != settings.plain():
            lines.insert(0, words.say("assessment.weights_changed"))
        for line in lines:
            show(element("p", line, css="atlas-note"))
