"""What the ledger's page says when the store refuses: in words, with names of tables and the gates' clauses."""

from typing import Any

import streamlit as st

from dashboard.markup import element, escaped_markdown, show
from dashboard.words import Words
from loaders.wording import WORDING
from store.errors import GateRefused, StoreError


def say_fault(fault: StoreError, words: Words) -> None:
    """A refusal as a message; a gate's with each project, step and clause."""
    told = dict(fault.params)
    table = told.get("table")
    if table is not None:
        told["table"] = _word(f"ledger.sheet.{table}", str(table), words.lang)
    if told.get("column") is not None:
        told["column"] = _word(f"field.{table}.{told['column']}", str(told["column"]), words.lang)
    st.error(escaped_markdown(WORDING.say(fault.code, words.lang, **told)))
    if isinstance(fault, GateRefused):
        lines = [element("li", _gate(b, words)) for b in fault.params.get("breaches", ())]
        show(element("ul", *lines, css="atlas-lines"))


def _gate(breach: Any, words: Words) -> str:
    gate = (
        words.say("ledger.gate_document")
        if breach.gate == "confirmation_document"
        else _word(f"code.stage_events.stage.{breach.gate}", breach.gate, words.lang)
    )
    return words.say(
        "ledger.gate_line",
        project=breach.project_id,
        step=_word(f"code.stage_events.stage.{breach.step}", breach.step, words.lang),
        day=words.date(breach.step_date),
        gate=gate,
        clause=breach.clause,
        requirement=breach.requirement,
    )


def _word(code: str, value: str, lang: str) -> str:
    return WORDING.say(code, lang) if code in WORDING.texts[lang] else value
