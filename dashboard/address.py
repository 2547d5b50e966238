"""The page's address as its memory: shared filters and a page's own choices live in the query, and nowhere else.

Streamlit empties the query when the page changes, so the session keeps the last one and puts it back.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard.filters import KEYS, Filters, StoreFacts

_KEPT = "address.kept"
_FILTERS = "address.filters"


def open_address(facts: StoreFacts, lang: str) -> Filters:
    """Read the address of this run, fill in what a page change took away, and write it out in full."""
    query = {key: st.query_params[key] for key in st.query_params}
    kept = st.session_state.get(_KEPT, {})
    filters = Filters.from_query({**kept, **query}, facts, lang)
    st.session_state[_KEPT] = {**kept, **query, **filters.to_query()}
    st.session_state[_FILTERS] = filters
    _write(filters.to_query())
    return filters


def hold(filters: Filters) -> None:
    """Go on with other filters than the address asked for, and have the address say so."""
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), **filters.to_query()}
    st.session_state[_FILTERS] = filters
    _write(filters.to_query())


def current_filters() -> Filters:
    """The filters of this run; the frame has read them before any page runs."""
    filters: Filters = st.session_state[_FILTERS]
    return filters


def change(**values: str) -> None:
    """Put values into the address (from a widget's callback); the page that runs next sees them."""
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), **values}
    _write(values)


def remembered(key: str) -> str:
    """What the address says of a page's own key, or said before the page was left; empty where it never did."""
    if key in KEYS:
        raise ValueError(f"{key} belongs to the shared filters")
    value = st.query_params.get(key)
    if value is None:
        value = str(st.session_state.get(_KEPT, {}).get(key, ""))
        if value:
            change(**{key: value})
    return value


def choice(key: str, options: Sequence[str], default: str) -> str:
    """A page's own choice under a key of the address; the default where the address says nothing possible."""
    if key in KEYS:
        raise ValueError(f"{key} belongs to the shared filters")
    wanted = st.query_params.get(key) or st.session_state.get(_KEPT, {}).get(key)
    value = wanted if wanted in options else default
    change(**{key: value})
    return value


def _write(values: dict[str, str]) -> None:
    changed = {key: value for key, value in values.items() if st.query_params.get(key) != value}
    if changed:
        # At once: each single change would be an entry of its own in the browser's history.
        st.query_params.update(changed)
