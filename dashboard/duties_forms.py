"""The forms of duties for those who may write: deliverables, meetings with agenda and decisions."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.duties_inputs import NEW, pick_code, pick_day, pick_row, pick_unit, row_of
from dashboard.duties_saving import form_key, new_key, save, seen_hash
from dashboard.viewmodels.duties import mechanism_label
from dashboard.viewmodels.duties_words import Names, given, text_of
from programme.duties.meetings import MeetingKind
from store.edits import RowChange

DELIVERABLE_KINDS = ("policy", "measure", "handbook", "standard")


def deliverable_form(
    rows: pd.DataFrame, mechanisms: Mapping[int, str], units: Sequence[str], as_of: dt.date, names: Names
) -> None:
    """Add a deliverable, change one, or mark it delivered (R60)."""
    words = names.words
    with st.expander(words.say("duties.form_deliverable")):
        round_ = form_key("deliverable")
        chosen = pick_row(
            words.say("duties.which_deliverable"),
            list(zip(rows["deliverable_id"], rows["title"], strict=True)),
            key=f"{round_}.row",
            new=words.say("duties.new_deliverable"),
        )
        held = row_of(rows, "deliverable_id", chosen)
        key = f"{round_}.{chosen}"
        seen = seen_hash(key, text_of(held.get("content_hash")))
        with st.form(key, border=False):
            left, right = st.columns(2)
            with left:
                number = st.selectbox(
                    words.say("duties.col_mechanism"),
                    list(mechanisms),
                    list(mechanisms).index(int(held["mechanism_no"]))
                    if given(held.get("mechanism_no"))
                    else 0,
                    key=f"{key}.mechanism",
                    format_func=lambda n: mechanism_label(n, mechanisms),
                )
                kind = pick_code(
                    words.say("duties.col_kind"),
                    DELIVERABLE_KINDS,
                    {k: names.code("deliverables", "kind", k) for k in DELIVERABLE_KINDS},
                    key=f"{key}.kind",
                    value=held.get("kind"),
                )
                unit = pick_unit(
                    words.say("duties.unit_or_leads"),
                    units,
                    names,
                    words,
                    key=f"{key}.unit",
                    value=held.get("unit"),
                )
            with right:
                due = pick_day(words.say("duties.col_due_date"), held.get("due_date"), key=f"{key}.due")
                done = pick_day(
                    words.say("duties.col_delivered_date"), held.get("delivered_date"), key=f"{key}.done"
                )
                number_text = st.text_input(
                    words.say("duties.col_document_no"),
                    text_of(held.get("document_no")),
                    key=f"{key}.document",
                )
            title = st.text_input(
                words.say("duties.col_title"), text_of(held.get("title")), key=f"{key}.title"
            )
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
        values = {
            "mechanism_no": number,
            "kind": kind,
            "title": title,
            "unit": unit,
            "due_date": due,
            "delivered_date": done,
            "document_no": number_text,
        }
        change = RowChange("deliverables", chosen or new_key("D", as_of), values, seen or None)
        save([change], name="deliverable", what="duties.did_deliverable", words=words)


def meeting_form(rows: pd.DataFrame, as_of: dt.date, names: Names) -> None:
    """Add a meeting, or change one (R62)."""
    words = names.words
    with st.expander(words.say("duties.form_meeting")):
        round_ = form_key("meeting")
        chosen = pick_row(
            words.say("duties.which_meeting"),
            list(zip(rows["meeting_id"], rows["title"], strict=True)),
            key=f"{round_}.row",
            new=words.say("duties.new_meeting"),
        )
        held = row_of(rows, "meeting_id", chosen)
        key = f"{round_}.{chosen}"
        seen = seen_hash(key, text_of(held.get("content_hash")))
        with st.form(key, border=False):
            kinds = [k.value for k in MeetingKind]
            left, right = st.columns(2)
            with left:
                kind = pick_code(
                    words.say("duties.col_meeting_kind"),
                    kinds,
                    {k: names.code("meetings", "kind", k) for k in kinds},
                    key=f"{key}.kind",
                    value=held.get("kind"),
                )
            with right:
                day = pick_day(words.say("duties.col_held_date"), held.get("held_date"), key=f"{key}.held")
            title = st.text_input(
                words.say("duties.col_meeting"), text_of(held.get("title")), key=f"{key}.title"
            )
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
        values = {"kind": kind, "title": title, "held_date": day}
        made = chosen or new_key("M", day or as_of)
        change = RowChange("meetings", made, values, seen or None)
        save([change], name="meeting", what="duties.did_meeting", words=words, on_saved={"meeting": made})


def agenda_form(meeting_id: str, agenda: pd.DataFrame, as_of: dt.date, names: Names) -> None:
    """Put an item on a meeting's agenda (R62)."""
    words = names.words
    own = agenda[agenda["meeting_id"] == meeting_id]
    key = f"{form_key('agenda')}.{meeting_id}"
    with st.expander(words.say("duties.form_agenda")), st.form(key, border=False):
        position = st.number_input(
            words.say("duties.position"), 1, 99, next_position(own), key=f"{key}.position"
        )
        subject = st.text_input(words.say("duties.subject"), key=f"{key}.subject")
        if not st.form_submit_button(words.say("duties.save"), type="primary"):
            return
        values = {"meeting_id": meeting_id, "position": int(position), "subject": subject}
        change = RowChange("agenda_items", new_key("A", as_of), values)
        save([change], name="agenda", what="duties.did_agenda", words=words)


def next_position(own: pd.DataFrame) -> int:
    """The number of the next item on an agenda."""
    return 1 if own.empty else min(99, int(pd.to_numeric(own["position"]).max()) + 1)


def decision_form(
    meeting_id: str,
    agenda: pd.DataFrame,
    decisions: pd.DataFrame,
    units: Sequence[str],
    as_of: dt.date,
    names: Names,
) -> None:
    """Write down what a meeting decided, change it, or mark it done (R62)."""
    words = names.words
    own = decisions[decisions["meeting_id"] == meeting_id]
    items = agenda[agenda["meeting_id"] == meeting_id].sort_values("position")
    with st.expander(words.say("duties.form_decision")):
        round_ = f"{form_key('decision')}.{meeting_id}"
        chosen = pick_row(
            words.say("duties.which_decision"),
            list(zip(own["decision_id"], own["text"], strict=True)),
            key=f"{round_}.row",
            new=words.say("duties.new_decision"),
        )
        held = row_of(own, "decision_id", chosen)
        key = f"{round_}.{chosen}"
        seen = seen_hash(key, text_of(held.get("content_hash")))
        with st.form(key, border=False):
            named = dict(zip(items["agenda_item_id"], items["subject"], strict=True))
            item = pick_code(
                words.say("duties.on_item"),
                [NEW, *named],
                {NEW: words.say("duties.on_no_item"), **named},
                key=f"{key}.item",
                value=held.get("agenda_item_id"),
            )
            text = st.text_area(
                words.say("duties.col_decision"), text_of(held.get("text")), key=f"{key}.text", height=80
            )
            left, middle, right = st.columns(3)
            with left:
                unit = pick_unit(
                    words.say("duties.col_unit"),
                    units,
                    names,
                    words,
                    key=f"{key}.unit",
                    value=held.get("unit"),
                )
            with middle:
                due = pick_day(words.say("duties.col_due_date"), held.get("due_date"), key=f"{key}.due")
            with right:
                done = pick_day(words.say("duties.col_done_date"), held.get("done_date"), key=f"{key}.done")
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
        values = {
            "meeting_id": meeting_id,
            "agenda_item_id": item or None,
            "text": text,
            "unit": unit,
            "due_date": due,
            "done_date": done,
        }
        change = RowChange("decisions", chosen or new_key("R", as_of), values, seen or None)
        save([change], name="decision", what="duties.did_decision", words=words)
