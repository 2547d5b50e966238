"""Saved scenarios on the page: the list, one opened, two or three side by side, and taking one out."""

from collections.abc import Sequence

import streamlit as st

from dashboard import what_if_work
from dashboard.address import change, remembered
from dashboard.duties_saving import save
from dashboard.filters import Filters
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.tables import show_table
from dashboard.viewmodels.duties_words import Names
from dashboard.viewmodels.what_if_saved import (
    MOST_COMPARED,
    CompareView,
    Scenario,
    compare_view,
    list_table,
    scenarios_of,
)
from dashboard.viewmodels.what_if_view import metres
from dashboard.what_if_site import show_answer
from dashboard.words import Words
from loaders.facility_standards import kind_name
from store import queries_siting
from store.access import Action
from store.edits import RowChange


def show_saved(filters: Filters, names: Names, source: str, notes: dict[str, str]) -> None:
    """The scenarios of the district."""
    words = names.words
    held = scenarios_of(read(queries_siting.scenario_rows), filters.district_code or "")
    answer = words.say("what_if.saved_answer", n=len(held))
    with panel(words, words.say("what_if.saved_question"), answer, key="saved", source=source):
        if not held:
            show(element("p", words.say("what_if.saved_none"), css="atlas-note"))
            return
        show_table(list_table(held, names, notes), words, key="what_if_saved", rows_shown=8)
        labels = {s.scenario_id: _label(s, words) for s in held}
        _compare_picker(labels, words)
        _one_picker(labels, words)
    wanted = [s for i in _compared() for s in held if s.scenario_id == i and s.answer is not None]
    if len(wanted) >= 2:
        view = compare_view(
            wanted[:MOST_COMPARED], what_if_work.named_homes(filters.district_code or ""), names, notes
        )
        _show_comparison(view, words, source)
    opened = next((s for s in held if s.scenario_id == remembered("wi_scenario")), None)
    if opened is not None:
        _show_one(opened, filters, names, source, notes)


def _label(scenario: Scenario, words: Words) -> str:
    parts = [scenario.name, kind_name(scenario.kind, words.lang)]
    if scenario.answer is not None:
        parts.append(metres(scenario.answer.ask.radius_m, words))
    return " · ".join([*parts, words.date(scenario.saved_date)])  # type: ignore[arg-type]


def _compared() -> Sequence[str]:
    return [i for i in remembered("wi_compare").split("+") if i]


def _compare_picker(labels: dict[str, str], words: Words) -> None:
    key = "what_if_compare"
    st.session_state[key] = [i for i in _compared() if i in labels][:MOST_COMPARED]
    st.multiselect(
        words.say("what_if.compare"),
        list(labels),
        key=key,
        format_func=lambda i: labels[i],
        max_selections=MOST_COMPARED,
        placeholder=words.say("what_if.compare_hint"),
        on_change=lambda: change(wi_compare="+".join(st.session_state[key])),
        select_all=False,
    )


def _one_picker(labels: dict[str, str], words: Words) -> None:
    key, wanted = "what_if_scenario", remembered("wi_scenario")
    st.session_state[key] = wanted if wanted in labels else ""
    st.selectbox(
        words.say("what_if.open_scenario"),
        ["", *labels],
        key=key,
        format_func=lambda i: labels.get(i, words.say("what_if.open_none")),
        on_change=lambda: change(wi_scenario=st.session_state[key] or ""),
    )


def _show_comparison(view: CompareView, words: Words, source: str) -> None:
    with panel(words, words.say("what_if.compare_question"), view.answer, key="compare", source=source):
        for text in view.warnings:
            st.warning(escaped_markdown(text))
        show_table(view.summary, words, key="what_if_compare_sum", rows_shown=4)
    with panel(
        words,
        words.say("what_if.places_question"),
        words.say("what_if.places_answer", n=len(view.places.rows)),
        key="compare_places",
        source=source,
    ):
        show_table(view.places, words, key="what_if_compare_places", rows_shown=8)
    with panel(
        words,
        words.say("what_if.changes_question"),
        words.say("what_if.changes_answer", n=len(view.changes.rows)),
        key="compare_changes",
        source=source,
    ):
        show_table(view.changes, words, key="what_if_compare_changes", rows_shown=8)


def _show_one(scenario: Scenario, filters: Filters, names: Names, source: str, notes: dict[str, str]) -> None:
    words = names.words
    told = words.say(
        "what_if.saved_by_line",
        name=scenario.name,
        by=scenario.saved_by,
        run=names.run(scenario.import_run_id),
    )
    show(element("p", told, css="atlas-note"))
    if scenario.answer is None:
        st.warning(escaped_markdown(words.say("what_if.unreadable")))
    else:
        show_answer(scenario.answer, filters, names, source, notes, key="opened")
    if current_principal().may(Action.SAVE_SCENARIO) and st.button(
        words.say("what_if.delete"), key=f"what_if_delete.{scenario.scenario_id}"
    ):
        gone = RowChange("siting_scenarios", scenario.scenario_id, None, scenario.content_hash)
        save(
            [gone],
            name="what_if_delete",
            what="what_if.did_delete",
            words=words,
            on_saved={"wi_scenario": "", "wi_compare": ""},
        )
