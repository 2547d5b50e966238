"""Facility gaps: who lacks what, by which standard, what opening existing rooms mends, what must be built (R35–R45)."""

from dashboard.address import choice, current_filters
from dashboard.area_panels import choose
from dashboard.duties_saving import show_told
from dashboard.gaps_kind import show_kind
from dashboard.gaps_overall import show_overall
from dashboard.gaps_page import gaps_page
from dashboard.gaps_sheet import show_sheet
from dashboard.gaps_sources import show_sources
from dashboard.gaps_standards import show_standards
from dashboard.gaps_steps import show_steps
from dashboard.panels import empty
from dashboard.state import facts
from dashboard.words import Words

SUBJECTS = ("overall", "kind", "sheet", "steps", "standards", "sources")


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if not found.districts:
        empty(words, "store")
        return
    subject = choice("gaps", SUBJECTS, SUBJECTS[0])
    choose("gaps", SUBJECTS, subject, [words.say(f"gaps.subject_{s}") for s in SUBJECTS], words, "gaps")
    show_told(words)
    page = gaps_page(filters, found, words)
    if subject == "standards":
        show_standards(page)
        return
    if page.standing is None:
        return
    if page.people_is_empty and subject != "sources":
        empty(words, "gaps_people")
        return
    _SHOW[subject](page)


_SHOW = {
    "overall": show_overall,
    "kind": show_kind,
    "sheet": show_sheet,
    "steps": show_steps,
    "sources": show_sources,
}

if __name__ == "__main__":
    main()
