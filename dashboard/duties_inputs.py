"""The inputs that the forms of duties and issues share: units, days, and the row that is being written."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.viewmodels.duties_words import Names, given, text_of
from dashboard.words import Words

NEW = ""


def pick_row(label: str, rows: Sequence[tuple[str, str]], *, key: str, new: str = "") -> str:
    """A row by its key from (key, text) pairs; with `new`, an entry of that name stands first and gives ""."""
    named = dict(rows)
    options = [NEW, *named] if new else list(named)
    chosen: str | None = st.selectbox(
        label, options, key=key, format_func=lambda k: new if k == NEW else named.get(k, k)
    )
    return chosen or NEW


def pick_code(
    label: str, codes: Sequence[str], shown: Mapping[str, str], *, key: str, value: object = None
) -> str:
    """One of some codes by its words."""
    index = list(codes).index(str(value)) if value in codes else 0
    chosen: str = st.selectbox(label, codes, index, key=key, format_func=lambda c: shown.get(c, c))
    return chosen


def pick_unit(
    label: str, units: Sequence[str], names: Names, words: Words, *, key: str, value: object = None
) -> str | None:
    """A unit, or one that is typed in; None for none."""
    held = text_of(value)
    options = [*units, *([held] if held and held not in units else [])]
    chosen: str | None = st.selectbox(
        label,
        options,
        options.index(held) if held else None,
        key=key,
        format_func=names.unit,
        accept_new_options=True,
        placeholder=words.say("duties.pick_unit"),
    )
    return chosen


def pick_day(label: str, value: object, *, key: str, as_of: dt.date | None = None) -> dt.date | None:
    """A day, empty allowed; `as_of` is offered where the row has none."""
    start = pd.Timestamp(str(value)).date() if given(value) else as_of
    day: Any = st.date_input(
        label,
        start,
        key=key,
        format="YYYY-MM-DD",
        min_value=dt.date(2000, 1, 1),
        max_value=dt.date(2100, 12, 31),
    )
    return day if isinstance(day, dt.date) else None


def row_of(rows: pd.DataFrame, key_column: str, key: str) -> dict[str, Any]:
    """One row as a dict; empty for a new one."""
    found = rows[rows[key_column] == key]
    return {} if found.empty else {str(k): v for k, v in found.iloc[0].items()}
