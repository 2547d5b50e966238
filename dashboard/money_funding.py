"""The subjects *who pays*, *allotted and paid*, and *investment* of the page Money."""

import streamlit as st

from dashboard.address import choice
from dashboard.area_panels import choose
from dashboard.markup import element, show
from dashboard.money_charts import curve_chart, sankey_figure, states_chart
from dashboard.money_page import MoneyPage, rows_panel
from dashboard.panels import panel
from dashboard.tables import show_table
from dashboard.viewmodels.money_flow import entries_table, flow_view, states_view
from dashboard.viewmodels.money_investment import investment_view, investments_table
from programme.money.funding import STATES
from programme.progress import PaceRule


def flow_subject(page: MoneyPage) -> None:
    """Who pays for what: the picture, its table, and the entries."""
    words, scope = page.words, page.scope
    view = flow_view(scope, page.names, words.say("money_page.flow_file"), page.notes())
    show(element("p", view.headline, css="atlas-headline"))
    left, right = st.columns([56, 44], gap="small")
    with (
        left,
        panel(
            words,
            words.say("money_page.flow_question"),
            words.say("money_page.flow_answer"),
            key="flow",
            source=page.source,
            rows="rows",
        ),
    ):
        if view.links:
            figure = sankey_figure(view.nodes, view.links)
            st.plotly_chart(figure, theme=None, key="money_sankey", config={"displayModeBar": False})
        else:
            show(element("p", words.say("money_page.no_funding"), css="atlas-note"))
        if view.left_out is not None:
            show(
                element(
                    "p", words.say("money_page.left_out", count=len(view.left_out.rows)), css="atlas-note"
                )
            )
            show_table(view.left_out, words, key="money_left_out", rows_shown=4)
    with (
        right,
        panel(
            words,
            words.say("money_page.flow_table_question"),
            words.say("money_page.flow_table_answer"),
            key="flow_table",
            source=page.source,
            rows="rows",
        ),
    ):
        show_table(view.table, words, key="money_flow", rows_shown=14)
        _apart(page)
    rows_panel(page, view.figures, scope.funding, "entry_id", "funding_fen", entries_table, by="state")


def _apart(page: MoneyPage) -> None:
    """What no figure holds: later entries, and entries whose project is not on record."""
    words, scope = page.words, page.scope
    if scope.later:
        show(element("p", words.say("money_page.later", count=scope.later), css="atlas-note"))
    if scope.orphans:
        keys = words.listed(list(scope.orphans[:5]))
        show(
            element(
                "p", words.say("money_page.orphans", count=len(scope.orphans), keys=keys), css="atlas-note"
            )
        )


def states_subject(page: MoneyPage) -> None:
    """Planned, allotted and paid by district or project, and by purse (R48)."""
    words, scope = page.words, page.scope
    view = states_view(scope, page.names, words.say("money_page.states_file"), page.notes())
    level = "district" if view.is_by_district else "project"
    show(element("p", view.headline, css="atlas-headline"))
    left, right = st.columns([48, 52], gap="small")
    with (
        left,
        panel(
            words,
            words.say(f"money_page.states_question_{level}"),
            words.say("money_page.states_answer"),
            key="states",
            source=page.source,
            rows="rows",
        ),
    ):
        if view.order:
            labels = {
                "area": words.say(f"record.col.{level}_name"),
                "state": words.say("record.col.state"),
                "value": words.say("money_page.wan_yuan_axis"),
            }
            names = {s: words.say(f"money_code.funding_state.{s}") for s in STATES}
            st.altair_chart(
                states_chart(view.bars, view.order, names, labels), theme=None, key="money_states_bars"
            )
        if len(view.table.rows) > len(view.order):
            show(element("p", words.say("money_page.first_bars", count=len(view.order)), css="atlas-note"))
    with right:
        with panel(
            words,
            words.say(f"money_page.states_table_{level}"),
            words.say("money_page.states_table_answer"),
            key="states_table",
            source=page.source,
            rows="rows",
        ):
            show_table(view.table, words, key="money_states", rows_shown=9)
        with panel(
            words,
            words.say("money_page.purses_question"),
            words.say("money_page.purses_answer"),
            key="purses",
            source=page.source,
            rows="rows",
        ):
            show_table(view.purses, words, key="money_purses", rows_shown=8)
    rows_panel(page, view.figures, scope.funding, "entry_id", "funding_fen", entries_table, by="state")


def investment_subject(page: MoneyPage) -> None:
    """The curve of the year against the target, by month and district (R49)."""
    words, scope = page.words, page.scope
    rule = PaceRule(choice("pace", [r.value for r in PaceRule], PaceRule.CALENDAR.value))
    title = words.say("money_page.investment_file", year=page.filters.year)
    view = investment_view(scope, page.frames, page.names, rule, title, page.notes())
    show(
        element("p", view.headline, css="atlas-headline"),
        element("p", words.say("money_page.investment_apart"), css="atlas-note"),
    )
    left, right = st.columns([54, 46], gap="small")
    with (
        left,
        panel(
            words,
            words.say("money_page.curve_question", year=page.filters.year),
            words.say("money_page.curve_answer" if view.has_target else "money_page.curve_untargeted"),
            key="curve",
            source=page.source,
            rows="rows",
        ),
    ):
        labels = {
            "month": words.say("chart.month"),
            "suffix": words.say("chart.month_suffix"),
            "kind": words.say("money_page.series"),
            "own": words.say("money_page.series_own"),
            "done": words.say("money_page.series_done"),
            "expected": words.say("money_page.series_expected"),
            "value": view.unit,
        }
        st.altair_chart(curve_chart(view.months, labels), theme=None, key="money_curve")
        rules = [r.value for r in PaceRule]
        choose("pace", rules, rule.value, [words.say(f"pace.{r}") for r in rules], words, "money")
        show_table(view.table, words, key="money_months", rows_shown=12)
    with (
        right,
        panel(
            words,
            words.say("money_page.investment_districts"),
            words.say("money_page.investment_districts_answer"),
            key="investment_districts",
            source=page.source,
            rows="rows",
        ),
    ):
        show_table(view.districts, words, key="money_investment_districts", rows_shown=16)
    rows_panel(page, view.figures, scope.investment, "investment_id", "investment_fen", investments_table)
