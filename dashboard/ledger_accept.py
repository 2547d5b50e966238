"""The last step of a ledger's file: writing what was chosen, and what came of it."""

import logging

import streamlit as st

from dashboard.ledger_history import undo_button
from dashboard.ledger_place import LedgerPlace
from dashboard.ledger_saying import say_fault
from dashboard.panels import panel
from dashboard.state import store
from dashboard.tables import safe_file_name
from dashboard.viewmodels.ledger import DifferenceView, going_rows
from dashboard.words import Words
from loaders.ledger.difference import Choice, LedgerDifference
from loaders.ledger.refused import refused_workbook
from loaders.ledger.writing import write_ledger
from loaders.wording import WORDING
from store.edits import EditResult
from store.errors import EditConflict, StoreError

_log = logging.getLogger(__name__)
READ, CHOICE, DONE, FAULT = "ledger.read", "ledger.choice", "ledger.done", "ledger.fault"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def start_over() -> None:
    """Forget the file, what was chosen and what came of it."""
    for key in (READ, CHOICE, DONE, FAULT):
        st.session_state.pop(key, None)


def show_accept(
    found: LedgerDifference, view: DifferenceView, choice: Choice, place: LedgerPlace, words: Words
) -> None:
    """What would be written and what is kept out, with the buttons for writing it and for leaving it."""
    refused = len(found.of("refused"))
    if not view.going and not refused:
        return
    code = "ledger.accept_answer" if view.going else "ledger.accept_nothing"
    answer = words.say(code, n=words.number(view.going), refused=words.number(refused))
    with panel(words, words.say("ledger.accept_question"), answer, key="ledger_accept"):
        with st.container(horizontal=True, key="ledger_accept_row"):
            label = words.say("ledger.accept", n=words.number(view.going))
            is_pressed = view.going > 0 and st.button(label, key="ledger_accept_all", type="primary")
            st.button(words.say("ledger.reject"), key="ledger_reject", on_click=start_over)
        if is_pressed:
            _write(found, choice, place, words)


def _write(found: LedgerDifference, choice: Choice, place: LedgerPlace, words: Words) -> None:
    try:
        done = write_ledger(store(), place.principal, found, choice)
    except EditConflict as fault:
        # Somebody was quicker: the next run compares anew and shows the row as a conflict.
        _log.info("ledger: %s", fault)
        say_fault(fault, words)
        st.button(words.say("ledger.compare_again"), key="ledger_again")
        return
    except StoreError as fault:
        _log.info("ledger refused: %s", fault)
        say_fault(fault, words)
        return
    tables = [
        WORDING.say(f"ledger.sheet.{t}", words.lang)
        for t in dict.fromkeys(r.table for r in going_rows(found, choice))
    ]
    st.session_state[DONE] = (done, len(found.of("refused")), tables, found)
    st.rerun()


def show_result(done: tuple[EditResult, int, list[str], LedgerDifference], words: Words) -> None:
    """What was written (the edit, refused rows, the tables' names, the difference), with the way back."""
    result, refused, tables, found = done
    answer = words.say(
        "ledger.result_answer",
        run=result.run_id,
        inserted=words.number(result.inserted),
        updated=words.number(result.updated),
        deleted=words.number(result.deleted),
        refused=words.number(refused),
        tables=words.listed(tables),
    )
    with panel(words, words.say("ledger.result_question"), answer, key="ledger_result"):
        lang = words.lang
        with st.container(horizontal=True, key="ledger_result_row"):
            undo_button(result.run_id, words, key="ledger_result_undo", after=start_over)
            if refused:
                st.download_button(
                    words.say("ledger.refused_download"),
                    data=lambda: refused_workbook(found, lang),
                    file_name=f"{safe_file_name(words.say('ledger.refused_file'))}.xlsx",
                    mime=XLSX,
                    key="ledger_result_refused",
                    on_click="ignore",
                )
            st.button(words.say("ledger.next_file"), key="ledger_next", on_click=start_over)
