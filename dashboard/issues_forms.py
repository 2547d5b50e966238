"""The forms of issues for those who may write: report, call a unit, record an answer, take it up a step, close."""

import datetime as dt
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboard.duties_forms import next_position
from dashboard.duties_inputs import pick_day, pick_row, pick_unit
from dashboard.duties_saving import form_key, new_key, save, seen_hash
from dashboard.filters import Filters
from dashboard.issues_place import pick_place
from dashboard.markup import element, show
from dashboard.viewmodels.duties_words import Names, given
from dashboard.viewmodels.issues import KINDS, step_text
from dashboard.viewmodels.issues_card import IssueCard
from dashboard.viewmodels.issues_common import CommonGroup
from store.access import Principal
from store.edits import RowChange

MOST_STEP = 2


def report_form(kinds: Sequence[str], filters: Filters, person: Principal, names: Names) -> None:
    """Report an issue (R63): where, what, since when; who said so only from roles that may see persons (R74)."""
    words = names.words
    with st.expander(words.say("issues.form_report")):
        key = form_key("report")
        place = pick_place(filters, person, names, key=key)
        with st.form(f"{key}.form", border=False):
            title = st.text_input(words.say("issues.col_title"), key=f"{key}.title", max_chars=500)
            left, middle, right = st.columns(3)
            offered = list(dict.fromkeys([*KINDS, *kinds]))
            with left:
                kind = st.selectbox(
                    words.say("issues.col_kind"),
                    offered,
                    None,
                    key=f"{key}.kind",
                    format_func=names.issue_kind,
                    accept_new_options=True,
                    placeholder=words.say("issues.pick_kind"),
                )
            with middle:
                reported = pick_day(
                    words.say("issues.col_reported_date"), None, key=f"{key}.reported", as_of=filters.as_of
                )
            with right:
                due = pick_day(words.say("issues.due_or_none"), None, key=f"{key}.due")
            reporter, phone = "", ""
            if person.sees_persons:
                left, right = st.columns(2)
                with left:
                    reporter = st.text_input(words.say("issues.reporter_name"), key=f"{key}.name")
                with right:
                    phone = st.text_input(words.say("issues.reporter_phone"), key=f"{key}.phone")
            if not st.form_submit_button(words.say("issues.do_report"), type="primary"):
                return
        if place is None:
            st.error(words.say("issues.place_first"))
            return
        issue_id = new_key("W", reported or filters.as_of)
        values = {
            "district_code": place.district_code,
            "subdistrict_code": place.subdistrict_code,
            "community_id": place.community_id,
            "project_id": place.project_id,
            "kind": kind,
            "title": title,
            "reported_date": reported,
            "due_date": due,
            "reporter_name": reporter or None,
            "reporter_phone": phone or None,
            "geometry": place.point,
        }
        _told_if_ahead(reported, filters.as_of, names)
        save(
            [RowChange("issues", issue_id, values)],
            name="report",
            what="issues.did_report",
            words=words,
            on_saved={"issue": issue_id},
        )


def _told_if_ahead(day: dt.date | None, as_of: dt.date, names: Names) -> None:
    """A day after the page's as-of day is written all the same, and seen with a later month."""
    if day is not None and day > as_of:
        st.toast(names.words.say("issues.seen_later", date=names.words.date(day)))


def card_forms(card: IssueCard, units: Sequence[str], filters: Filters, names: Names) -> None:
    """What may be written about one issue, each in its own form."""
    forms: tuple[Callable[[], None], ...] = (
        lambda: _call(card, units, filters, names),
        lambda: _answer(card, filters, names),
        lambda: _escalate(card, filters, names),
        lambda: _close(card, filters, names),
    )
    for form in forms:
        form()


def _call(card: IssueCard, units: Sequence[str], filters: Filters, names: Names) -> None:
    words, key = names.words, f"{form_key('call')}.{card.issue_id}"
    with st.expander(words.say("issues.form_call")), st.form(key, border=False):
        left, right = st.columns(2)
        with left:
            unit = pick_unit(words.say("issues.col_unit"), units, names, words, key=f"{key}.unit")
        with right:
            day = pick_day(words.say("issues.col_called_date"), None, key=f"{key}.day", as_of=filters.as_of)
        if not st.form_submit_button(words.say("duties.save"), type="primary"):
            return
        values = {"issue_id": card.issue_id, "unit": unit, "called_date": day}
        _told_if_ahead(day, filters.as_of, names)
        change = RowChange("issue_calls", new_key("C", day or filters.as_of), values)
        save([change], name="call", what="issues.did_call", words=words)


def _answer(card: IssueCard, filters: Filters, names: Names) -> None:
    words = names.words
    with st.expander(words.say("issues.form_answer")):
        if not card.waiting:
            show(element("p", words.say("issues.nothing_waits"), css="atlas-note"))
            return
        round_ = f"{form_key('answer')}.{card.issue_id}"
        call = pick_row(words.say("issues.which_call"), card.waiting, key=f"{round_}.row")
        key = f"{round_}.{call}"
        seen = seen_hash(key, card.call_hashes[call])
        with st.form(key, border=False):
            day = pick_day(words.say("issues.answered_date"), None, key=f"{key}.day", as_of=filters.as_of)
            text = st.text_area(words.say("issues.answer_text"), key=f"{key}.text", height=80)
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
        if day is None:
            st.error(words.say("issues.day_first"))
            return
        _told_if_ahead(day, filters.as_of, names)
        change = RowChange("issue_calls", call, {"answered_date": day, "answer": text}, seen)
        save([change], name="answer", what="issues.did_answer", words=words)


def _escalate(card: IssueCard, filters: Filters, names: Names) -> None:
    words = names.words
    with st.expander(words.say("issues.form_escalate")):
        if not card.is_open or card.step >= MOST_STEP:
            code = "issues.closed_stays" if not card.is_open else "issues.at_the_top"
            show(element("p", words.say(code), css="atlas-note"))
            return
        key = f"{form_key('escalate')}.{card.issue_id}"
        with st.form(key, border=False):
            left, right = st.columns(2)
            with left:
                step = st.selectbox(
                    words.say("issues.escalate_to"),
                    list(range(card.step + 1, MOST_STEP + 1)),
                    key=f"{key}.step",
                    format_func=lambda s: step_text(s, words),
                )
            with right:
                day = pick_day(
                    words.say("issues.escalated_date"), None, key=f"{key}.day", as_of=filters.as_of
                )
            note = st.text_input(words.say("issues.note"), key=f"{key}.note")
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
        values = {"issue_id": card.issue_id, "step": step, "escalated_date": day, "note": note}
        _told_if_ahead(day, filters.as_of, names)
        change = RowChange("issue_escalations", new_key("E", day or filters.as_of), values)
        save([change], name="escalate", what="issues.did_escalate", words=words)


def _close(card: IssueCard, filters: Filters, names: Names) -> None:
    words = names.words
    code = "issues.form_close" if card.is_open else "issues.form_reopen"
    key = f"{form_key('close')}.{card.issue_id}.{card.is_open}"
    seen = seen_hash(key, card.content_hash)
    with st.expander(words.say(code)), st.form(key, border=False):
        day: dt.date | None = None
        if card.is_open:
            day = pick_day(words.say("issues.col_closed_date"), None, key=f"{key}.day", as_of=filters.as_of)
        else:
            show(element("p", words.say("issues.reopen_note"), css="atlas-note"))
        if not st.form_submit_button(words.say(code), type="primary"):
            return
        if card.is_open and day is None:
            st.error(words.say("issues.day_first"))
            return
        change = RowChange("issues", card.issue_id, {"closed_date": day}, seen)
        what = "issues.did_close" if card.is_open else "issues.did_reopen"
        save([change], name="close", what=what, words=words)


def agenda_form(
    chosen: CommonGroup,
    meetings: pd.DataFrame,
    agenda: pd.DataFrame,
    as_of: dt.date,
    names: Names,
) -> None:
    """Put a group of like issues on a meeting's agenda (R64)."""
    words = names.words
    key = f"{form_key('group')}.{chosen.group_id}"
    with st.expander(words.say("issues.form_agenda"), expanded=True):
        if meetings.empty:
            show(element("p", words.say("duties.no_meetings"), css="atlas-note"))
            return
        order = meetings.sort_values("held_date", ascending=False, na_position="first")
        labels = [
            (str(m), f"{words.date(d) if given(d) else words.say('duties.no_day')} {t}")
            for m, d, t in zip(order["meeting_id"], order["held_date"], order["title"], strict=True)
        ]
        meeting = pick_row(words.say("issues.to_meeting"), labels, key=f"{key}.meeting")
        with st.form(key, border=False):
            subject = st.text_input(words.say("duties.subject"), chosen.subject, key=f"{key}.subject")
            if not st.form_submit_button(words.say("issues.do_agenda"), type="primary"):
                return
        own = agenda[agenda["meeting_id"] == meeting]
        values = {
            "meeting_id": meeting,
            "position": next_position(own),
            "subject": subject,
            "group_id": chosen.group_id,
        }
        change = RowChange("agenda_items", new_key("A", as_of), values)
        save([change], name="group", what="issues.did_agenda", words=words)
