"""The open store and what was read from it, shared by all sessions and keyed by the store's revision.

Frames are shared, so each reader gets a shallow copy: with pandas' copy-on-write a change to it never reaches the
shared one, and nothing is copied until then.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from dashboard.filters import StoreFacts
from dashboard.viewmodels.areas import areas_by_code
from programme.progress import month_end
from store import queries
from store.engine import Store, database_url, open_store

FrameT = TypeVar("FrameT", bound=pd.DataFrame)


@st.cache_resource(show_spinner=False)
def _opened(url: str) -> Store:
    return open_store(url)


def store() -> Store:
    """The store of `ATLAS_DATABASE_URL`, opened once for all sessions."""
    return _opened(database_url())


@st.cache_resource(show_spinner=False, max_entries=200)
def _held(url: str, revision: int, name: str, arguments: tuple[Any, ...], _read: Callable[[], Any]) -> Any:
    return _read()


def read(query: Callable[..., FrameT], *args: Any, **kwargs: Any) -> FrameT:
    """The result of a named query, read once per revision of the store.

    Arguments must be plain values (text, numbers, dates).
    """
    opened = store()
    key = (*args, *sorted(kwargs.items()))
    held = _held(
        database_url(),
        opened.revision(),
        f"{query.__module__}.{query.__qualname__}",
        key,
        lambda: query(opened, *args, **kwargs),
    )
    return held.copy(deep=False)


def worked_out(name: str, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """Something made from the store's content, made once per revision; it must never be changed afterwards."""
    return _held(database_url(), store().revision(), name, key, make)


def facts() -> StoreFacts:
    """What the store offers to choose from, and up to when."""

    def make() -> StoreFacts:
        span = read(queries.data_span).iloc[0]
        names = read(queries.area_names)
        days = [pd.Timestamp(span["latest_event_date"]).date()] if _filled(span["latest_event_date"]) else []
        if _filled(span["latest_month"]):
            days.append(month_end(str(span["latest_month"])))
        years = [int(y) for y in read(queries.years_with_data)["year"].dropna()]
        return StoreFacts(
            years=tuple(sorted(years, reverse=True)),
            latest_date=max(days, default=None),
            districts=areas_by_code(names, "district"),
            subdistricts=areas_by_code(names, "subdistrict"),
        )

    found: StoreFacts = worked_out("facts", (), make)
    return found


def _filled(value: Any) -> bool:
    return value is not None and not pd.isna(value)
