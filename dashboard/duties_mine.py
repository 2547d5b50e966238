"""One unit's page (R61): its duties with their clause, mechanisms, deliverables, decisions and unanswered calls."""

from collections.abc import Sequence

import streamlit as st

from dashboard.address import change, choice
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.tables import show_table
from dashboard.viewmodels.duties_unit import UnitChoice, UnitView
from dashboard.words import Words


def choose_unit(choices: Sequence[UnitChoice], default: str, words: Words) -> UnitChoice:
    """The unit in the address, with the selector that writes it there."""
    by_name = {c.unit: c for c in choices}
    unit = choice("unit", list(by_name), default)
    widget = "duties_unit"
    st.session_state[widget] = unit

    def changed() -> None:
        change(unit=st.session_state[widget])

    st.selectbox(
        words.say("duties.choose_unit"),
        list(by_name),
        key=widget,
        format_func=lambda u: by_name[u].label,
        on_change=changed,
        width=360,
    )
    return by_name[unit]


def show_unit(view: UnitView, words: Words, source: str) -> None:
    """The answer, the figures, and the five lists; what presses first."""
    show(element("p", view.answer, css="atlas-headline"))
    figures = [
        element("div", element("span", f.label), element("b", f.text), css="atlas-figure")
        for f in view.figures
    ]
    show(element("div", *figures, css="atlas-figures"))
    lists = (
        ("calls", view.calls, 8),
        ("my_decisions", view.decisions, 8),
        ("my_deliverables", view.deliverables, 8),
        ("my_duties", view.duties, 16),
        ("my_mechanisms", view.mechanisms, 8),
    )
    for key, table, rows in lists:
        answer = words.say(f"duties.{key}_answer", n=len(table.rows))
        line = words.say("duties.from_the_plan") if key in ("my_duties", "my_mechanisms") else source
        with panel(words, words.say(f"duties.{key}_question"), answer, key=key, source=line):
            show_table(table, words, key=f"duties_{key}", rows_shown=rows)
