"""Open a figure: choose one of those on the page, and see the rows that it is made of."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.words import Words


def opened(figures: Mapping[str, Sequence[str]], words: Words, *, key: str) -> tuple[str, tuple[str, ...]]:
    """The figure that is chosen (empty: all of them) and the keys of its rows.

    `figures` maps each figure's label to the keys of its rows; a row may stand behind several figures.
    """
    every = ""
    options = [every, *figures]
    chosen = st.selectbox(
        words.say("record.open_label"),
        options,
        key=key,
        format_func=lambda option: option or words.say("record.open_all", count=len(figures)),
    )
    if chosen and chosen in figures:
        return chosen, tuple(figures[chosen])
    return every, tuple(dict.fromkeys(k for keys in figures.values() for k in keys))
