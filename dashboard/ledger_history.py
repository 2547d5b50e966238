"""Own edits with the way back: what one wrote by file, table or form, newest first."""

from collections.abc import Callable

import streamlit as st

from dashboard.ledger_place import LedgerPlace
from dashboard.ledger_saying import say_fault
from dashboard.markup import escaped_markdown
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read, store
from dashboard.tables import Table, TableColumn, show_table
from dashboard.viewmodels.data_runs import local_time
from dashboard.words import Words
from store.edits import undo_edit
from store.errors import StoreError
from store.queries_ledger import own_runs

_ASKED, _TOLD = "ledger.undo_asked", "ledger.undo_told"


def show_history(place: LedgerPlace, words: Words) -> None:
    """The list of own edits and, below it, the chosen one to be taken back."""
    runs = read(own_runs, place.principal.name)
    told = st.session_state.pop(_TOLD, None)
    if told is not None:
        st.success(escaped_markdown(told))
    done = runs[runs["status"] == "done"]
    answer = words.say(
        "ledger.history_answer", n=words.number(len(runs)), undone=words.number(len(runs) - len(done))
    )
    with panel(words, words.say("ledger.history_question"), answer, key="ledger_history"):
        if runs.empty:
            return
        rows = runs.assign(
            title=runs["title_zh" if words.lang == "zh" else "title_en"],
            way=runs["catalogue_key"].map(lambda k: words.say(f"ledger.way_{k}") if k in _WAYS else k),
            at=runs["finished_at"].map(local_time),
            state=runs["status"].map(lambda s: words.say(f"ledger.status_{s}")),
        )
        columns = [
            TableColumn("run_id", words.say("ledger.col_run"), "year"),
            TableColumn("title", words.say("ledger.col_title"), width="large"),
            TableColumn("way", words.say("ledger.col_way")),
            TableColumn("at", words.say("ledger.col_at")),
            TableColumn("state", words.say("ledger.col_state")),
        ]
        show_table(
            Table(rows, columns, words.say("ledger.history_question")),
            words,
            key="ledger_runs",
            rows_shown=10,
        )
        if len(done):
            _undo(done["run_id"].astype(int).tolist(), words)


_WAYS = ("ledger", "table", "form")


def _undo(numbers: list[int], words: Words) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="ledger_undo_row"):
        number = st.selectbox(
            words.say("ledger.undo_choice"),
            numbers,
            key="ledger_undo_run",
            format_func=lambda n: words.say("ledger.run", n=n),
            width=240,
        )
        undo_button(number, words, key="ledger_undo")


def undo_button(
    number: int | None, words: Words, *, key: str, after: Callable[[], None] | None = None
) -> None:
    """A button that takes a run back after a second click; what came of it is told on the next run of the page.

    `after` is called once the run is undone.
    """
    if number is None:
        return
    if st.session_state.get(_ASKED) != (key, number):
        st.button(words.say("ledger.undo", run=number), key=key, on_click=_ask, args=((key, number),))
        return
    if st.button(words.say("ledger.undo_sure", run=number), key=f"{key}.sure", type="primary"):
        _ask(None)
        try:
            rows = undo_edit(store(), current_principal(), number)
        except StoreError as fault:
            say_fault(fault, words)
            return
        if after is not None:
            after()
        st.session_state[_TOLD] = words.say(
            "ledger.undone", run=number, rows=words.number(sum(rows.values()))
        )
        st.rerun()
    st.button(words.say("ledger.cancel"), key=f"{key}.no", on_click=_ask, args=(None,))


def show_told() -> None:
    """What was taken back, said once."""
    told = st.session_state.pop(_TOLD, None)
    if told is not None:
        st.success(escaped_markdown(told))


def _ask(what: tuple[str, int] | None) -> None:
    st.session_state[_ASKED] = what
