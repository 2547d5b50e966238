"""The clerk's ledger: as a file, in the page, and what one has written."""

from pathlib import Path

import streamlit as st

from dashboard import ledger_file
from dashboard.address import change, choice, current_filters
from dashboard.ledger_file import show_file_steps
from dashboard.ledger_history import show_history
from dashboard.ledger_place import ledger_place
from dashboard.ledger_table import show_table_editor
from dashboard.markup import element, show
from dashboard.panels import empty
from dashboard.words import Words
from store.access import Action

_STYLE = Path(ledger_file.__file__).parent / "ledger.css"
TASKS = ("file", "table", "history")


def main() -> None:
    filters = current_filters()
    words = Words(filters.lang)
    st.html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>")
    place = ledger_place(filters)
    if not place.principal.may(Action.WRITE_LEDGER):
        empty(words, "ledger")
        return
    show(element("p", words.say("ledger.headline", area=place.name(words)), css="atlas-headline"))
    task = _task(words)
    if task == "file":
        show_file_steps(place, words)
    elif task == "table":
        show_table_editor(place, words)
    else:
        show_history(place, words)


def _task(words: Words) -> str:
    task = choice("task", TASKS, TASKS[0])
    widget = "ledger_task"
    st.session_state[widget] = task

    def changed() -> None:
        if st.session_state[widget] is not None:
            change(task=st.session_state[widget])

    st.segmented_control(
        words.say("ledger.task_label"),
        list(TASKS),
        key=widget,
        format_func=lambda t: words.say(f"ledger.task_{t}"),
        on_change=changed,
        label_visibility="collapsed",
    )
    return task


if __name__ == "__main__":
    main()
