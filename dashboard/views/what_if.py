"""What if: where to open or build so that most are served, and what a moved facility changes (R18, R41, R42)."""

import streamlit as st

from dashboard.address import change, choice, current_filters
from dashboard.area_panels import choose
from dashboard.duties_saving import show_told
from dashboard.filters import WHOLE_CITY
from dashboard.markup import element, show
from dashboard.panels import empty, file_notes, source_line
from dashboard.session import current_principal
from dashboard.state import facts, read
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.duties_words import names_of
from dashboard.what_if_choice import choose_kind
from dashboard.what_if_kept import show_saved
from dashboard.what_if_move import show_move
from dashboard.what_if_site import show_site
from dashboard.words import Words
from store import queries

SUBJECTS = ("site", "move", "saved")
TABLES = ("communities", "facilities", "streets", "idle_spaces", "candidate_sites")


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if not found.districts:
        empty(words, "store")
        return
    if filters.district_code is None:
        empty(words, "what_if_district")
        codes = list(found.districts)
        picked = st.pills(
            words.say("what_if.pick_district"),
            codes,
            key="what_if_district",
            format_func=lambda c: found.districts[c].name(words.lang),
        )
        if picked is not None:
            change(district=picked, subdistrict=WHOLE_CITY)
            st.rerun()
        return
    subject = choice("wi", SUBJECTS, SUBJECTS[0])
    choose("wi", SUBJECTS, subject, [words.say(f"what_if.subject_{s}") for s in SUBJECTS], words, "what_if")
    show_told(words)
    tables = (*TABLES, "siting_scenarios") if subject == "saved" else TABLES
    names = names_of(words, found, read(queries.sources, *tables))
    source = source_line(words, filters, *tables)
    notes = file_notes(words, filters, scope_name(filters, found, words), *tables)
    if subject == "saved":
        show_saved(filters, names, source, notes)
        return
    if subject == "site" and not current_principal().reads_city:
        show(element("p", words.say("what_if.across_borders"), css="atlas-note"))
    kind = choose_kind(filters.as_of, words)
    if subject == "site":
        show_site(kind, filters, names, source, notes)
    else:
        show_move(kind, filters, names, source, notes)


if __name__ == "__main__":
    main()
