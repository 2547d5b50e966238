"""Data: where it comes from, what is still empty, and how to bring one's own."""

from pathlib import Path

import streamlit as st

from dashboard import data_tabs
from dashboard.address import change, choice, current_filters
from dashboard.data_tabs.completeness import show_completeness
from dashboard.data_tabs.sources import show_sources
from dashboard.data_tabs.upload import show_upload
from dashboard.markup import element, show
from dashboard.panels import empty
from dashboard.session import current_principal
from dashboard.state import facts, read
from dashboard.viewmodels.data_runs import data_headline
from dashboard.words import Words
from store import queries_data
from store.access import Action

_STYLE = Path(data_tabs.__file__).parent / "data.css"
TABS = ("sources", "completeness", "upload")


def main() -> None:
    filters = current_filters()
    words = Words(filters.lang)
    st.html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>")
    runs = read(queries_data.run_rows)
    show(element("p", data_headline(runs, words), css="atlas-headline"))
    tab = _tab(words)
    if tab == "sources":
        if runs.empty:
            empty(words, "store")
            return
        show_sources(runs, words)
    elif tab == "completeness":
        show_completeness(filters, facts(), words)
    else:
        show_upload(filters, words)


def _tab(words: Words) -> str:
    tabs = TABS if current_principal().may(Action.LOAD_DATA) else TABS[:-1]
    tab = choice("tab", tabs, tabs[0])
    widget = "data_tab"
    st.session_state[widget] = tab

    def changed() -> None:
        chosen = st.session_state[widget]
        if chosen is not None:
            change(tab=chosen)

    st.segmented_control(
        words.say("data.tab_label"),
        list(tabs),
        key=widget,
        format_func=lambda t: words.say(f"data.tab_{t}"),
        on_change=changed,
        label_visibility="collapsed",
    )
    return tab


if __name__ == "__main__":
    main()
