"""What is made from the diagnosis that is looked at, kept until another one is."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from loaders.diagnosis import Diagnosis

#: The session's key.
MADE = "data.made"


def made_once(found: Diagnosis, what: str, make: Callable[[], Any]) -> Any:
    """Something made from a diagnosis, made once while it is the one that is looked at."""
    held_for, made = st.session_state.get(MADE, (None, {}))
    if held_for is not found:
        made = {}
        st.session_state[MADE] = (found, made)
    if what not in made:
        made[what] = make()
    return made[what]
