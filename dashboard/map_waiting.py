"""The line that a page with a map shows while the map's layers are being made, and the page's return afterwards."""

import contextlib

import streamlit as st

from dashboard.map_layers import LAYERS
from dashboard.markup import element, show
from dashboard.tile_archive_keeper import ArchiveFailed
from dashboard.words import Words

#: So often the page looks whether the layers are ready.
_ASK_AGAIN_S = 1.0
#: What is made within this time is worth no line.
_PATIENCE_S = 1.5


def is_waiting(words: Words) -> bool:
    """Whether the layers are not ready; then a line says how far they are, and the page returns alone."""
    if LAYERS.state().is_ready:
        return False
    with contextlib.suppress(TimeoutError, ArchiveFailed):
        LAYERS.keeper().present(timeout_s=_PATIENCE_S)
        return False
    _line(words)
    return True


@st.fragment(run_every=_ASK_AGAIN_S)
def _line(words: Words) -> None:
    state = LAYERS.state()
    if state.is_ready:
        st.rerun()
    share = state.done / state.total if state.total else 0.0
    show(element("p", words.say(state.message_key), css="atlas-note"))
    if state.message_key != "tiles.failed":
        st.progress(min(share, 1.0), text=words.say("tiles.progress", share=f"{100 * share:.0f}"))
