"""Clicks on maps: components repeat the last one on every run, a page wants it once."""

from collections.abc import Hashable

import streamlit as st


def is_new_event(key: str, event: Hashable | None) -> bool:
    """Whether this event has not been handed out yet: components repeat their last one on every run."""
    marker = f"{key}.handled"
    is_new = event is not None and st.session_state.get(marker) != event
    st.session_state[marker] = event
    return is_new
