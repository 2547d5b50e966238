"""Projects: what does each project wait for, what is on record of it, which are ready next, and what is built?"""

import streamlit as st

from dashboard.address import choice, current_filters
from dashboard.area_panels import choose
from dashboard.panels import empty
from dashboard.project_tabs.card import show_card
from dashboard.project_tabs.content import show_content
from dashboard.project_tabs.gates import show_gates
from dashboard.project_tabs.reserve import show_reserve
from dashboard.state import facts, read
from dashboard.words import Words
from store import queries_projects

SUBJECTS = {"gates": show_gates, "card": show_card, "reserve": show_reserve, "content": show_content}


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if read(queries_projects.project_list).empty:
        empty(words, "programme" if found.districts else "store")
        return
    subject = choice("project_view", list(SUBJECTS), "gates")
    choose(
        "project_view",
        list(SUBJECTS),
        subject,
        [words.say(f"projects.subject.{s}") for s in SUBJECTS],
        words,
        "projects",
    )
    with st.spinner(words.say("loading.reading")):
        SUBJECTS[subject](filters, found, words)


if __name__ == "__main__":
    main()
