"""Design review: what must the responsible planner review, what does each design mend, what was opined and shown?"""

import streamlit as st

from dashboard.address import choice, current_filters
from dashboard.area_panels import choose
from dashboard.design_desk import show_desk
from dashboard.design_notices import show_notices
from dashboard.design_queue import show_queue
from dashboard.design_submit import show_submit
from dashboard.duties_saving import show_told
from dashboard.panels import empty
from dashboard.session import current_principal
from dashboard.state import facts, read
from dashboard.words import Words
from store import queries_projects
from store.access import Action

SUBJECTS = {"queue": show_queue, "desk": show_desk, "notices": show_notices, "submit": show_submit}


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if read(queries_projects.project_list).empty:
        empty(words, "programme" if found.districts else "store")
        return
    may_submit = current_principal().may(Action.WRITE_LEDGER)
    subjects = [s for s in SUBJECTS if may_submit or s != "submit"]
    subject = choice("design_view", subjects, subjects[0])
    names = [words.say(f"design_review.subject.{s}") for s in subjects]
    choose("design_view", subjects, subject, names, words, "design_review")
    show_told(words, "design")
    with st.spinner(words.say("loading.reading")):
        SUBJECTS[subject](filters, found, words)


if __name__ == "__main__":
    main()
