"""The open store and what was read from it, shared by all sessions and by its revision and by who may see it.

Frames are shared, so each reader gets a shallow copy: with pandas' copy-on-write a change to it never reaches the
shared one, and nothing is copied until then.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from dashboard.filters import StoreFacts
from dashboard.session import current_principal
from dashboard.totals import as_total
from dashboard.viewmodels.areas import areas_by_code
from programme.progress import month_end
from store import queries
from store.engine import Store, database_url, open_store
from store.scoped_views import Scope

FrameT = TypeVar("FrameT", bound=pd.DataFrame)
MadeT = TypeVar("MadeT")
_WHOLE: ContextVar[bool] = ContextVar("whole", default=False)


@st.cache_resource(show_spinner=False)
def _opened(url: str) -> Store:
    return open_store(url)


def store() -> Store:
    """The whole store of `ATLAS_DATABASE_URL`, opened once for all sessions: for writes, which ask who writes.

    What a page shows it takes from `read`, `reader` or `totals`.
    """
    return _opened(database_url())


def reader() -> Store:
    """The store as the person of this session may see it (R74)."""
    return store() if _WHOLE.get() else store().seen_by(current_principal())


def _scope() -> tuple[str, ...]:
    return ("all",) if _WHOLE.get() else Scope.of(current_principal()).key


@st.cache_resource(show_spinner=False, max_entries=300)
def _held(
    url: str,
    revision: int,
    scope: tuple[str, ...],
    name: str,
    arguments: tuple[Any, ...],
    _read: Callable[[], Any],
) -> Any:
    return _read()


def read(query: Callable[..., FrameT], *args: Any, **kwargs: Any) -> FrameT:
    """The result of a named query as this session's person may see it, read once per revision of the store.

    Arguments must be plain values (text, numbers, dates).
    """
    key = (*args, *sorted(kwargs.items()))
    held = _held(
        database_url(),
        store().revision(),
        _scope(),
        f"{query.__module__}.{query.__qualname__}",
        key,
        lambda: query(reader(), *args, **kwargs),
    )
    return held.copy(deep=False)


def worked_out(name: str, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """Something made from what `read` and `reader` give, once per revision and scope; never change it afterwards."""
    return _held(database_url(), store().revision(), _scope(), name, key, make)


def totals(name: str, key: tuple[Any, ...], make: Callable[[Store], MadeT]) -> MadeT:
    """Totals of the whole city for a person who may not see its rows: `make` gets the whole store.

    Inside `make` also `read`, `reader` and `worked_out` see everything. What it returns may name areas and the plan's
    own words, but no row: TypeError for what isn't plain values, frozen dataclasses, or frames without a row's key
    (`dashboard.totals`). Made once per revision for everybody, so `key` must hold all that it hangs on.
    """

    def made() -> MadeT:
        with _whole():
            return as_total(make(store()))

    found: MadeT = _held(database_url(), store().revision(), ("totals",), name, key, made)
    return found


@contextmanager
def _whole() -> Iterator[None]:
    token = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(token)


def facts() -> StoreFacts:
    """What the store offers to choose from, and up to when: the same for everybody, for the plan's days and areas are
    public."""

    def make(_whole_store: Store) -> StoreFacts:
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

    return totals("facts", (), make)


def _filled(value: Any) -> bool:
    return value is not None and not pd.isna(value)
