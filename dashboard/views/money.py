"""Money: who pays for what, how far it has come, what the rules say of it, and who must repair."""

import pandas as pd
import streamlit as st

from dashboard.address import choice, current_filters
from dashboard.area_panels import choose
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.money_funding import flow_subject, investment_subject, states_subject
from dashboard.money_liability import liability_subject
from dashboard.money_page import MoneyPage
from dashboard.money_registers import cases_subject, rules_subject
from dashboard.panels import empty, source_line
from dashboard.state import facts, read, worked_out
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.money_scope import MoneyFrames, money_scope
from dashboard.viewmodels.record_tables import names_of
from dashboard.words import Words
from programme.money.fen import MoneyError
from store import queries, queries_money

#: The subjects of the page, each with the tables that it reads.
SUBJECTS = {
    "flow": ("funding_entries", "projects"),
    "states": ("funding_entries", "projects"),
    "investment": ("monthly_investments", "annual_targets", "projects"),
    "rules": ("funding_entries", "loans", "supports", "fund_findings"),
    "cases": ("social_capital_cases", "projects"),
    "liability": ("maintenance_funds", "maintenance_entries", "communities"),
}
DRAW = {
    "flow": flow_subject,
    "states": states_subject,
    "investment": investment_subject,
    "rules": rules_subject,
    "cases": cases_subject,
    "liability": liability_subject,
}


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    with st.spinner(words.say("loading.reading")):
        frames = MoneyFrames(
            projects=read(queries.project_rows),
            places=read(queries.project_places),
            events=read(queries.stage_event_rows),
            entries=read(queries_money.funding_rows),
            investments=read(queries_money.investment_entries),
            targets=read(queries.target_rows),
        )
        communities = read(queries_money.community_governance)
    if frames.projects.empty and communities.empty:
        empty(words, "programme" if found.districts else "store")
        return
    subject = choice("money", list(SUBJECTS), "flow")
    titles = [words.say(f"money_page.subject_{s}") for s in SUBJECTS]
    choose("money", list(SUBJECTS), subject, titles, words, "money")
    try:
        page = _page(frames, communities, filters, found, words, subject)
        DRAW[subject](page)
    except MoneyError as fault:
        code = fault.code.removeprefix("money.")
        show(element("p", words.say(f"money.{code}", **fault.params), css="atlas-note", role="alert"))


def _page(
    frames: MoneyFrames,
    communities: pd.DataFrame,
    filters: Filters,
    found: StoreFacts,
    words: Words,
    subject: str,
) -> MoneyPage:
    """What every subject needs: the money of the view, names of keys, and what a downloaded file says of itself."""
    names = worked_out(
        "money_names",
        (filters.lang,),
        lambda: names_of(words, found, read(queries_money.run_titles), frames.projects, communities),
    )
    tables = SUBJECTS[subject]
    return MoneyPage(
        words=words,
        filters=filters,
        frames=frames,
        scope=worked_out("money_scope", (filters,), lambda: money_scope(frames, filters)),
        names=names,
        communities=communities,
        place=scope_name(filters, found, words),
        source=source_line(words, filters, *tables),
        tables=tables,
    )


if __name__ == "__main__":
    main()
