"""Writing from the forms of duties and issues: what a person saw is what is locked, refusals are said in words."""

import datetime as dt
import logging
import secrets
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.address import change
from dashboard.markup import escaped_markdown
from dashboard.session import current_principal
from dashboard.state import store
from dashboard.words import Words
from loaders.wording import WORDING
from store.edits import RowChange, undo_edit, write_edit
from store.errors import EditConflict, StoreError

_log = logging.getLogger(__name__)
_TOLD = "duties.told"


def new_key(prefix: str, day: dt.date) -> str:
    """A key for a new row: prefix, day, and chance enough that two clerks never make the same."""
    return f"{prefix}-{day:%Y%m%d}-{secrets.token_hex(4)}"


def form_key(name: str) -> str:
    """The form's own key; it changes after each writing, so that the form comes back empty."""
    return f"{name}.{st.session_state.get(f'{name}.round', 0)}"


def seen_hash(key: str, current: str) -> str:
    """The hash of the row as it was when this form was first shown: not of a row that came in the meantime."""
    held: str = st.session_state.setdefault(f"{key}.seen", current)
    return held


def renew(name: str) -> None:
    """Let a form start afresh, with the rows as they now stand."""
    st.session_state[f"{name}.round"] = st.session_state.get(f"{name}.round", 0) + 1


def save(
    changes: Sequence[RowChange],
    *,
    name: str,
    what: str,
    words: Words,
    on_saved: dict[str, str] | None = None,
) -> None:
    """Write one edit from the form `name`; `what` is the code of its title. Runs the page again when it is written.

    `on_saved` are values for the address. A refusal stands on the page and the form keeps what was typed.
    """
    try:
        done = write_edit(
            store(),
            current_principal(),
            list(changes),
            origin="form",
            title_zh=Words("zh").say(what),
            title_en=Words("en").say(what),
        )
    except StoreError as fault:
        _log.info("edit refused: %s", fault)
        st.error(escaped_markdown(WORDING.say(fault.code, words.lang, **spoken(fault.params, words.lang))))
        if isinstance(fault, EditConflict):
            st.button(words.say("duties.load_newest"), key=f"{name}.newest", on_click=renew, args=(name,))
        return
    renew(name)
    st.session_state[_TOLD] = (done.run_id, what)
    if on_saved:
        change(**on_saved)
    st.rerun()


def spoken(params: dict[str, Any], lang: str) -> dict[str, Any]:
    """Names of tables and columns in words, as far as the catalogue has them."""
    table, column = params.get("table"), params.get("column")
    told = dict(params)
    if table is not None:
        told["table"] = _word(f"ledger.sheet.{table}", str(table), lang)
    if column is not None:
        told["column"] = _word(f"field.{table}.{column}", str(column), lang)
    return told


def _word(code: str, value: str, lang: str) -> str:
    return WORDING.say(code, lang) if code in WORDING.texts[lang] else value


def show_told(words: Words, page: str = "duties") -> None:
    """What was just written, with the way to take it back; it is kept as (run, code of its title) for each `page`."""
    held = f"{page}.told"
    told = st.session_state.get(held)
    if told is None:
        return
    run_id, what = told
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_{page}_told"):
        st.success(escaped_markdown(words.say("duties.saved", run=run_id, what=words.say(what))))
        if st.button(words.say("duties.take_back"), key=f"{page}_take_back"):
            del st.session_state[held]
            try:
                undo_edit(store(), current_principal(), run_id)
            except StoreError as fault:
                st.error(
                    escaped_markdown(WORDING.say(fault.code, words.lang, **spoken(fault.params, words.lang)))
                )
                return
            st.rerun()
        if st.button(words.say("duties.told_close"), key=f"{page}_told_close"):
            del st.session_state[held]
            st.rerun()
