"""The forms of good practice, its sending, and the districts' filed plans (R65, R66, R73)."""

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.duties_inputs import NEW, pick_code, pick_day, pick_row, row_of
from dashboard.duties_saving import form_key, new_key, save, seen_hash
from dashboard.markup import element, show
from dashboard.viewmodels.duties_library import PracticeCard
from dashboard.viewmodels.duties_words import Names, text_of
from programme.duties.practice import CardKind, PlanPart
from store.edits import RowChange


def card_form(cards: pd.DataFrame, projects: pd.DataFrame, as_of: dt.date, names: Names) -> None:
    """Add a card, change one, or publish it (R65, R73)."""
    words = names.words
    with st.expander(words.say("duties.form_card")):
        round_ = form_key("card")
        chosen = pick_row(
            words.say("duties.which_card"),
            list(zip(cards["card_id"], cards["title"], strict=True)),
            key=f"{round_}.row",
            new=words.say("duties.new_card"),
        )
        held = row_of(cards, "card_id", chosen)
        key = f"{round_}.{chosen}"
        seen = seen_hash(key, text_of(held.get("content_hash")))
        with st.form(key, border=False):
            left, middle, right = st.columns(3)
            kinds = [k.value for k in CardKind]
            with left:
                kind = pick_code(
                    words.say("duties.col_card_kind"),
                    kinds,
                    {k: names.code("practice_cards", "kind", k) for k in kinds},
                    key=f"{key}.kind",
                    value=held.get("kind"),
                )
            with middle:
                codes = [NEW, *names.facts.districts]
                district = pick_code(
                    words.say("duties.col_district"),
                    codes,
                    {NEW: words.say("bar.whole_city"), **{c: names.area(c) for c in codes if c}},
                    key=f"{key}.district",
                    value=held.get("district_code"),
                )
            with right:
                day = pick_day(
                    words.say("duties.published_or_draft"), held.get("published_date"), key=f"{key}.published"
                )
            title = st.text_input(
                words.say("duties.col_card"), text_of(held.get("title")), key=f"{key}.title"
            )
            summary = st.text_area(
                words.say("duties.col_summary"),
                text_of(held.get("summary")),
                key=f"{key}.summary",
                height=100,
            )
            named = dict(zip(projects["project_id"], projects["name"], strict=True))
            project = pick_code(
                words.say("duties.col_project"),
                [NEW, *named],
                {NEW: words.say("duties.no_project"), **named},
                key=f"{key}.project",
                value=held.get("project_id"),
            )
            evidence = st.text_input(
                words.say("duties.col_evidence"), text_of(held.get("evidence")), key=f"{key}.evidence"
            )
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
        values = {
            "kind": kind,
            "title": title,
            "summary": summary,
            "district_code": district or None,
            "project_id": project or None,
            "published_date": day,
            "evidence": evidence,
        }
        change = RowChange("practice_cards", chosen or new_key("K", as_of), values, seen or None)
        save([change], name="card", what="duties.did_card", words=words)


def sending_form(cards: Sequence[PracticeCard], as_of: dt.date, names: Names) -> None:
    """Log that a card was sent to units that have not had it yet (R65)."""
    words = names.words
    waiting = [c for c in cards if c.not_sent_to]
    with st.expander(words.say("duties.form_sending")):
        if not waiting:
            show(element("p", words.say("duties.all_sent"), css="atlas-note"))
            return
        round_ = form_key("sending")
        chosen = pick_row(
            words.say("duties.which_card"), [(c.card_id, c.title) for c in waiting], key=f"{round_}.row"
        )
        card = next((c for c in waiting if c.card_id == chosen), waiting[0])
        key = f"{round_}.{card.card_id}"
        with st.form(key, border=False):
            units = st.multiselect(
                words.say("duties.send_to"),
                card.not_sent_to,
                list(card.not_sent_to),
                key=f"{key}.units",
                format_func=names.unit,
                placeholder=words.say("duties.pick_unit"),
                select_all=False,
            )
            day = pick_day(words.say("duties.col_sent_date"), None, key=f"{key}.day", as_of=as_of)
            if not st.form_submit_button(words.say("duties.save"), type="primary"):
                return
        changes = [
            RowChange(
                "card_sendings",
                new_key("S", as_of),
                {"card_id": card.card_id, "unit": unit, "sent_date": day},
            )
            for unit in units
        ]
        save(changes, name="sending", what="duties.did_sending", words=words)


def filing_form(codes: Sequence[str], year: int, as_of: dt.date, names: Names) -> None:
    """Log which parts of a district's plan of the year were filed (R66)."""
    words = names.words
    key = form_key("filing")
    with st.expander(words.say("duties.form_filing")), st.form(key, border=False):
        left, middle, right = st.columns(3)
        with left:
            district = pick_code(
                words.say("duties.col_district"),
                list(codes),
                {c: names.area(c) for c in codes},
                key=f"{key}.district",
            )
        with middle:
            day = pick_day(words.say("duties.col_filed_date"), None, key=f"{key}.day", as_of=as_of)
        with right:
            document = st.text_input(words.say("duties.col_document_no"), key=f"{key}.document")
        parts = st.multiselect(
            words.say("duties.filed_parts"),
            [p.value for p in PlanPart],
            key=f"{key}.parts",
            format_func=lambda p: names.code("plan_filings", "part", p),
            placeholder=words.say("duties.pick_parts"),
            select_all=False,
        )
        if not st.form_submit_button(words.say("duties.save"), type="primary"):
            return
        changes = [
            RowChange(
                "plan_filings",
                new_key(f"F-{year}", as_of),
                {
                    "district_code": district,
                    "year": year,
                    "part": part,
                    "filed_date": day,
                    "document_no": document,
                },
            )
            for part in parts
        ]
        save(changes, name="filing", what="duties.did_filing", words=words)
