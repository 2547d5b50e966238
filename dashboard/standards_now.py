"""The standards for facilities as they hold for this person, with the planners' own rows over the shipped ones."""

import streamlit as st

from dashboard.markup import escaped_markdown
from dashboard.state import read, worked_out
from dashboard.words import Words
from loaders.facility_standards import shipped_standards, standards_with
from loaders.wording import WORDING
from programme.standards import Standards, StandardsRefused
from store import queries_gaps


def standards_now(words: Words) -> Standards:
    """The standards; where a planner's row can't be used, the page says which and takes the shipped ones."""

    def make() -> Standards | StandardsRefused:
        try:
            return standards_with(read(queries_gaps.standard_corrections))
        except StandardsRefused as fault:
            return fault

    found: Standards | StandardsRefused = worked_out("standards.now", (), make)
    if isinstance(found, Standards):
        return found
    st.warning(escaped_markdown(WORDING.say(found.code, words.lang, **found.params)))
    return shipped_standards()
