"""Meetings (R62): what is on the agenda, what was decided, and what became of it."""

from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st

from dashboard.address import change, choice
from dashboard.filters import Filters
from dashboard.markup import Markup, element, show
from dashboard.panels import panel
from dashboard.tables import show_table
from dashboard.viewmodels.duties_meetings import DecisionLine, MeetingCard, MeetingsView
from dashboard.words import Words
from programme.duties.responsibility import Due

_CSS = {Due.OVERDUE.value: "duties-late", Due.ON_TIME.value: "duties-good", Due.DONE.value: "duties-good"}


def chosen_meeting(view: MeetingsView) -> str:
    """The meeting in the address; the newest one held where it names none."""
    keys = [key for key, _ in view.choices]
    held = [
        r["meeting_id"] for r in view.meetings.rows.to_dict("records") if r["decisions"] == r["decisions"]
    ]
    return choice("meeting", keys, held[0] if held else keys[0])


def show_meetings(view: MeetingsView, words: Words, source: str) -> None:
    """Every meeting as a row, then every decision, what is overdue first."""
    with panel(words, words.say("duties.meetings_question"), view.answer, key="meetings", source=source):
        show_table(view.meetings, words, key="duties_meetings", rows_shown=9)
    with panel(
        words, words.say("duties.decisions_question"), view.decisions_answer, key="decisions", source=source
    ):
        show_table(view.decisions, words, key="duties_decisions", rows_shown=10)


def show_meeting(
    card: MeetingCard,
    view: MeetingsView,
    filters: Filters,
    words: Words,
    source: str,
    forms: Callable[[], None],
) -> None:
    """One meeting: its agenda in order with the decisions under each item; `forms` draws what may be written."""
    widget = "duties_meeting"
    st.session_state[widget] = card.meeting_id
    named = dict(view.choices)

    def changed() -> None:
        change(meeting=st.session_state[widget])

    with panel(words, card.title, card.about, key="meeting", source=source):
        st.selectbox(
            words.say("duties.choose_meeting"),
            list(named),
            key=widget,
            format_func=lambda m: named[m],
            on_change=changed,
            width=480,
        )
        if not card.agenda and not card.others:
            show(element("p", words.say("duties.no_agenda"), css="atlas-note"))
        items = [
            _item(line.position, line.subject, line.group_id, line.decisions, filters, words)
            for line in card.agenda
        ]
        others = [element("li", _decision(d)) for d in card.others]
        if others:
            items.append(
                element("li", element("b", words.say("duties.other_decisions")), element("ul", *others))
            )
        if items:
            show(element("ol", *items, css="duties-agenda"))
        forms()


def _item(
    position: int,
    subject: str,
    group_id: str,
    decisions: tuple[DecisionLine, ...],
    filters: Filters,
    words: Words,
) -> Markup:
    parts: list[str | Markup] = [element("b", f"{position}. {subject}")]
    if group_id:
        # Only this app's own address, with the group as a value: whatever it says, it is no address of its own.
        query = urlencode({**filters.to_query(), "issues": "common", "group": group_id})
        parts += [" ", element("a", words.say("duties.see_group"), href=f"issues?{query}", target="_self")]
    if decisions:
        parts.append(element("ul", *(element("li", _decision(d)) for d in decisions)))
    else:
        parts.append(element("div", words.say("duties.no_decision"), css="quiet"))
    return element("li", *parts)


def _decision(line: DecisionLine) -> Markup:
    return element(
        "span", f"{line.text} · {line.unit} · ", element("span", line.standing, css=_CSS.get(line.state, ""))
    )
