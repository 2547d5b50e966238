"""Assessment: who stands where this month, why, and what was closed (R1, R10, R67)."""

import streamlit as st

from dashboard.address import choice, current_filters
from dashboard.area_panels import choose
from dashboard.assessment_brief import show_brief
from dashboard.assessment_data import NOW, Shown, shown_month, versions_of
from dashboard.assessment_months import show_changes, show_months, show_told, state_text, version_choice
from dashboard.assessment_parts import show_departments, show_ranking, show_weights
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import empty, file_notes, source_line
from dashboard.state import facts
from dashboard.viewmodels.assessment import orders_of, ranking_view
from dashboard.words import Words
from loaders.errors import AtlasError
from loaders.wording import WORDING
from store.months import MonthRefused
from store.queries_months import LEDGER_TABLES

SUBJECTS = ("ranking", "departments", "changes", "weights", "months")
TABLES = tuple(dict.fromkeys(t for t in LEDGER_TABLES.values() if t != "districts"))
#: Refusals that say that there is nothing to look at yet, not that something is wrong.
NOTHING_YET = frozenset({"month.no_data", "month.before_data", "month.future"})


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if not found.districts:
        empty(words, "store")
        return
    show_told(words)
    with st.container(horizontal=True, key="bar_subject", vertical_alignment="center"):
        subject = choice("assess", SUBJECTS, SUBJECTS[0])
        choose(
            "assess",
            SUBJECTS,
            subject,
            [words.say(f"assessment.subject_{s}") for s in SUBJECTS],
            words,
            "assessment",
        )
        version = version_choice(filters.month, versions_of(filters.month), words)
    try:
        with st.spinner(words.say("loading.reading")):
            shown = shown_month(filters.month, version)
    except MonthRefused as refused:
        said = WORDING.say(refused.code, words.lang, **refused.params)
        if refused.code not in NOTHING_YET or version != NOW:
            st.error(escaped_markdown(said))
            return
        show(
            element(
                "div",
                element("h3", words.say("assessment.empty_title", month=filters.month)),
                element("p", said),
                element("p", words.say("assessment.empty_next")),
                css="atlas-empty",
            )
        )
        return
    except AtlasError as fault:
        st.error(escaped_markdown(fault.say(words.lang)))
        return
    _page(subject, shown, filters, found, words)


def _page(subject: str, shown: Shown, filters: Filters, found: StoreFacts, words: Words) -> None:
    source = source_line(words, filters, *TABLES)
    state = state_text(shown, words)
    notes = {
        **file_notes(words, filters, words.say("bar.whole_city"), *TABLES),
        words.say("assessment.state_label"): state,
    }
    order = choice("order", orders_of(shown.month), orders_of(shown.month)[0])
    view = ranking_view(
        shown.month, shown.before, order, found, words, has_central=filters.has_central, state=state
    )
    show(element("p", view.headline, css="atlas-headline"), element("p", state, css="atlas-note"))
    if filters.has_central != shown.month.rules.settings.counts_central_state:
        show(element("p", words.say("assessment.other_side"), css="atlas-note"))
    if subject == "ranking":
        if not view.has_scores:
            show(element("p", words.say("assessment.no_weights"), css="atlas-note"))
        show_ranking(shown, view, filters, found, words, source, notes)
        show_brief(shown, words)
    elif subject == "departments":
        show_departments(shown, found, words, source, notes)
    elif subject == "changes":
        show_changes(shown, found, words, notes, has_central=filters.has_central)
    elif subject == "weights":
        show_weights(shown, words, source, notes)
    else:
        show_months(shown, words, notes)


if __name__ == "__main__":
    main()
