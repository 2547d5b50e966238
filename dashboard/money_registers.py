"""The subjects *rules and oddities* and *social capital* of the page Money."""

import streamlit as st

from dashboard.address import choice
from dashboard.area_panels import choose
from dashboard.markup import Markup, element, show
from dashboard.money_page import MoneyPage, rows_panel
from dashboard.panels import panel
from dashboard.state import read
from dashboard.tables import show_table
from dashboard.viewmodels.money_flow import entries_table
from dashboard.viewmodels.money_records import (
    ModelFact,
    RecordsView,
    cases_view,
    findings_view,
    loans_view,
    model_cards,
    supports_view,
)
from dashboard.viewmodels.money_rules import rules_view, shipped_rules
from dashboard.words import Words
from store import queries_money

#: What the subject holds beside the rules.
REGISTERS = ("rules", "findings", "loans", "supports")


def rules_subject(page: MoneyPage) -> None:
    """The rules with their flags, and the registers of reviews, loans and supports."""
    words = page.words
    register = choice("register", REGISTERS, REGISTERS[0])
    choose(
        "register",
        REGISTERS,
        register,
        [words.say(f"money_page.register_{r}") for r in REGISTERS],
        words,
        "money",
    )
    if register == "rules":
        _rules(page)
    elif register == "findings":
        title = words.say("money_page.findings_file")
        rows = read(queries_money.fund_finding_rows)
        _register(page, findings_view(rows, page.scope, page.names, title, page.notes()), register)
    elif register == "loans":
        title = words.say("money_page.loans_file")
        _register(
            page,
            loans_view(read(queries_money.loan_rows), page.scope, page.names, title, page.notes()),
            register,
        )
    else:
        titles = tuple(words.say(f"money_page.supports_{t}_file") for t in ("rows", "totals", "flags"))
        rows = read(queries_money.support_rows)
        view = supports_view(
            rows,
            page.own_communities(),
            page.scope,
            page.names,
            titles,  # type: ignore[arg-type]
            page.notes(),
        )
        _register(page, view, register)


def _rules(page: MoneyPage) -> None:
    words = page.words
    titles = (words.say("money_page.rules_file"), words.say("money_page.flags_file"))
    view = rules_view(page.scope, shipped_rules(), page.names, titles, page.notes())
    show(element("p", view.headline, css="atlas-headline"))
    with panel(
        words,
        words.say("money_page.flags_question"),
        words.say("money_page.flags_answer"),
        key="flags",
        source=page.source,
        rows="rows",
    ):
        show_table(view.flags, words, key="money_flags", rows_shown=10)
    with panel(
        words,
        words.say("money_page.rules_question"),
        words.say("money_page.rules_answer"),
        key="rules_list",
        source=page.source,
    ):
        show_table(view.rules, words, key="money_rules", rows_shown=12)
    rows_panel(page, view.figures, page.scope.funding, "entry_id", "funding_fen", entries_table, by="state")


def _register(page: MoneyPage, view: RecordsView, register: str) -> None:
    words = page.words
    show(element("p", view.headline, css="atlas-headline"))
    if view.totals is not None and view.flags is not None:
        left, right = st.columns(2, gap="small")
        with (
            left,
            panel(
                words,
                words.say("money_page.supports_totals"),
                words.say("money_page.supports_totals_answer"),
                key="register_totals",
                source=page.source,
                rows="register",
            ),
        ):
            show_table(view.totals, words, key="money_register_totals", rows_shown=8)
        with (
            right,
            panel(
                words,
                words.say("money_page.supports_flags"),
                words.say("money_page.supports_flags_answer"),
                key="register_flags",
                source=page.source,
                rows="register",
            ),
        ):
            show_table(view.flags, words, key="money_register_flags", rows_shown=8)
    question, answer = (
        words.say(f"money_page.{register}_question"),
        words.say(f"money_page.{register}_answer"),
    )
    with panel(words, question, answer, key="register", source=page.source):
        show_table(view.table, words, key="money_register", rows_shown=14)


def cases_subject(page: MoneyPage) -> None:
    """Cases of social capital, the two models of the plan, and the ways that occur (R52)."""
    words = page.words
    titles = (words.say("money_page.cases_file"), words.say("money_page.ways_file"))
    view = cases_view(read(queries_money.social_capital_rows), page.scope, page.names, titles, page.notes())
    show(element("p", view.headline, css="atlas-headline"))
    with panel(
        words,
        words.say("money_page.cases_question"),
        words.say("money_page.cases_answer"),
        key="register",
        source=page.source,
    ):
        show_table(view.table, words, key="money_cases", rows_shown=8)
    left, right = st.columns([52, 48], gap="small")
    with left:
        for number, card in enumerate(model_cards(words)):
            with panel(words, card.title, words.say("money_page.model_answer"), key=f"model_{number}"):
                for fact in card.facts:
                    show(_fact(fact, words))
    with (
        right,
        panel(
            words,
            words.say("money_page.ways_question"),
            words.say("money_page.ways_answer"),
            key="ways",
            source=page.source,
            rows="register",
        ),
    ):
        if view.totals is not None:
            show_table(view.totals, words, key="money_ways", rows_shown=14)


def _fact(fact: ModelFact, words: Words) -> Markup:
    """One published fact in a line, its source below."""
    told = fact.text + (f" ({fact.period})" if fact.period else "")
    if fact.figure:
        told = words.say("money_page.parameter", name=told, value=fact.figure)
    return element(
        "p",
        element("b", told),
        element("span", fact.source, css="atlas-source"),
        css="atlas-card-line",
    )
