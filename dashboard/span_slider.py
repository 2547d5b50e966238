"""A range with two handles over a bar chart of the rows: a component of our own, which answers a key at once.

Streamlit's own slider waits a fifth of a second after every key and at every rest of the hand, and shows no rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from dashboard.map_query import span
from dashboard.static_files import static_text, static_url
from dashboard.words import Words

_STYLE, _SCRIPT = "maps/span.css", "maps/span.js"
_component = st.components.v2.component(
    "atlas_span",
    html='<div class="span"></div>',
    css=static_text(_STYLE),
    js="export default async (c) => (await import(new URL(c.data.script, document.baseURI).href)).default(c);",
)


@dataclass(frozen=True)
class Bar:
    """So many rows lie in the next `width` whole numbers; `text` says so."""

    rows: int
    width: int
    text: str


def span_slider(
    label: str,
    low: int,
    high: int,
    value: tuple[int, int],
    bars: Sequence[Bar],
    words: Words,
    *,
    key: str,
    on_change: Callable[[tuple[int, int]], None],
) -> None:
    """The range from `low` to `high` with `value` chosen; `on_change` gets what is chosen, before the page runs again.

    The widths of the bars add up to all numbers from `low` to `high`.
    """

    def changed() -> None:
        text = st.session_state[key].span
        if isinstance(text, str):
            on_change(span(text, low, high))

    _component(
        key=key,
        data={
            "script": static_url(_SCRIPT),
            "label": label,
            "labels": {"first": words.say("map.span_first"), "last": words.say("map.span_last")},
            "low": low,
            "high": high,
            "value": list(value),
            "bars": [asdict(bar) for bar in bars],
        },
        on_span_change=changed,
    )
