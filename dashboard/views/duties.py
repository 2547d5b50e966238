"""Mechanisms and duties: who owes what, what is overdue, what was decided, what can be copied (R59–R62, R65, R66)."""

import pandas as pd

from dashboard.address import choice, current_filters
from dashboard.area_panels import choose
from dashboard.duties_board import show_board, style
from dashboard.duties_forms import agenda_form, decision_form, deliverable_form, meeting_form
from dashboard.duties_library import show_filings, show_library
from dashboard.duties_library_forms import card_form, filing_form, sending_form
from dashboard.duties_limits import may_write
from dashboard.duties_meetings import chosen_meeting, show_meeting, show_meetings
from dashboard.duties_mine import choose_unit, show_unit
from dashboard.duties_saving import show_told
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import empty, file_notes, source_line
from dashboard.session import current_principal
from dashboard.state import facts, read
from dashboard.viewmodels.duties import board_view
from dashboard.viewmodels.duties_library import all_units, filings_view, library_view
from dashboard.viewmodels.duties_meetings import meeting_card, meetings_view
from dashboard.viewmodels.duties_unit import own_unit, unit_choices, unit_view
from dashboard.viewmodels.duties_words import Names, names_of
from dashboard.words import Words
from loaders import reference_duties
from store import queries, queries_duties, queries_issues
from store.access import Principal

SUBJECTS = ("board", "mine", "meetings", "library", "filings")
TABLES = {
    "board": ("deliverables",),
    "mine": ("deliverables", "decisions", "issue_calls"),
    "meetings": ("meetings", "agenda_items", "decisions"),
    "library": ("practice_cards", "card_sendings"),
    "filings": ("plan_filings",),
}


def main() -> None:
    filters, found = current_filters(), facts()
    words, person = Words(filters.lang), current_principal()
    style()
    if not found.districts:
        empty(words, "store")
        return
    start = "mine" if person.district_codes else SUBJECTS[0]
    subject = choice("duties", SUBJECTS, start)
    choose("duties", SUBJECTS, subject, [words.say(f"duties.subject_{s}") for s in SUBJECTS], words, "duties")
    show_told(words)
    tables = TABLES[subject]
    names = names_of(words, found, read(queries.sources, *tables))
    source = source_line(words, filters, *tables)
    notes = file_notes(words, filters, words.say("bar.whole_city"), *tables)
    _SHOW[subject](filters, found, person, names, source, notes)


def _board(
    filters: Filters, found: StoreFacts, person: Principal, names: Names, source: str, notes: dict[str, str]
) -> None:
    rows = read(queries_duties.deliverable_rows)
    mechanisms = reference_duties.mechanisms()
    view = board_view(mechanisms, rows, filters.as_of, names, notes)
    show_board(view, names.words, source)
    if may_write(person, "deliverables"):
        title = "name_en" if names.words.lang == "en" else "name_zh"
        called = {int(n): str(t) for n, t in zip(mechanisms["no"], mechanisms[title], strict=True)}
        deliverable_form(rows, called, all_units(found), filters.as_of, names)


def _mine(
    filters: Filters, found: StoreFacts, person: Principal, names: Names, source: str, notes: dict[str, str]
) -> None:
    words = names.words
    choices = unit_choices(found, names)
    chosen = choose_unit(choices, own_unit(choices, person.district_codes, filters.district_code), words)
    issues = pd.DataFrame(read(queries_issues.issue_rows).drop(columns="geometry"))
    frames = {
        "mechanisms": reference_duties.mechanisms(),
        "duties": reference_duties.duties(),
        "deliverables": read(queries_duties.deliverable_rows),
        "decisions": read(queries_duties.decision_rows),
        "meetings": read(queries_duties.meeting_rows),
        "calls": read(queries_issues.call_rows),
        "issues": issues,
    }
    show_unit(unit_view(chosen, frames, filters.as_of, names, notes), words, source)
    if not person.reads_city:
        show(element("p", words.say("duties.own_area_only"), css="atlas-note"))


def _meetings(
    filters: Filters, found: StoreFacts, person: Principal, names: Names, source: str, notes: dict[str, str]
) -> None:
    words = names.words
    meetings, agenda = read(queries_duties.meeting_rows), read(queries_duties.agenda_rows)
    decisions = read(queries_duties.decision_rows)
    is_writer = may_write(person, "meetings")
    if meetings.empty:
        show(element("p", words.say("duties.no_meetings"), css="atlas-note"))
        if is_writer:
            meeting_form(meetings, filters.as_of, names)
        return
    view = meetings_view(meetings, agenda, decisions, filters.as_of, names, notes)
    chosen = chosen_meeting(view)
    card = meeting_card(chosen, meetings, agenda, decisions, filters.as_of, names)
    assert card is not None

    def forms() -> None:
        if is_writer:
            agenda_form(chosen, agenda, filters.as_of, names)
            decision_form(chosen, agenda, decisions, all_units(found), filters.as_of, names)

    show_meeting(card, view, filters, words, source, forms)
    if is_writer:
        meeting_form(meetings, filters.as_of, names)
    show_meetings(view, words, source)


def _library(
    filters: Filters, found: StoreFacts, person: Principal, names: Names, source: str, notes: dict[str, str]
) -> None:
    cards, sent = read(queries_duties.card_rows), read(queries_duties.sending_rows)
    projects = read(queries_issues.project_titles)
    called = dict(zip(projects["project_id"], projects["name"], strict=True))
    view = library_view(cards, sent, called, filters.as_of, names, notes)
    show_library(view, names.words, source)
    if may_write(person, "practice_cards"):
        sending_form(view.cards, filters.as_of, names)
        card_form(cards, projects, filters.as_of, names)


def _filings(
    filters: Filters, found: StoreFacts, person: Principal, names: Names, source: str, notes: dict[str, str]
) -> None:
    codes = [c for c in found.districts if person.reads_city or c in person.district_codes]
    view = filings_view(read(queries_duties.filing_rows), codes, filters.year, filters.as_of, names, notes)
    show_filings(view, names.words, source)
    if may_write(person, "plan_filings") and codes:
        filing_form(codes, filters.year, filters.as_of, names)


_SHOW = {"board": _board, "mine": _mine, "meetings": _meetings, "library": _library, "filings": _filings}

if __name__ == "__main__":
    main()
