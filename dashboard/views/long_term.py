"""Long-term: the three rates, the handover chain, items in operation, visits, pilots and models."""

import streamlit as st

from dashboard.address import choice, current_filters
from dashboard.area_panels import choose
from dashboard.long_term_page import SUBJECTS, LongTermPage
from dashboard.panels import empty, source_line
from dashboard.state import facts, read, worked_out
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.money_scope import communities_in, projects_in
from dashboard.viewmodels.record_tables import names_of
from dashboard.words import Words
from store import queries, queries_money


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    with st.spinner(words.say("loading.reading")):
        projects = read(queries.project_rows)
        places = read(queries.project_places)
        communities = read(queries_money.community_governance)
    if projects.empty and communities.empty:
        empty(words, "programme" if found.districts else "store")
        return
    subject = choice("long_term", list(SUBJECTS), "rates")
    titles = [words.say(f"long_term.subject_{s}") for s in SUBJECTS]
    choose("long_term", list(SUBJECTS), subject, titles, words, "long")
    draw, tables = SUBJECTS[subject]
    names = worked_out(
        "money_names",
        (filters.lang,),
        lambda: names_of(words, found, read(queries_money.run_titles), projects, communities),
    )
    draw(
        LongTermPage(
            words=words,
            filters=filters,
            names=names,
            projects=projects_in(projects, places, filters),
            communities=communities_in(communities, filters),
            place=scope_name(filters, found, words),
            source=source_line(words, filters, *tables),
            tables=tables,
        )
    )


if __name__ == "__main__":
    main()
