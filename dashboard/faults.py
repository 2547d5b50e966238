"""Errors of a page, told in its language and never with a stack trace; the log has the rest."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from dashboard.address import current_filters
from dashboard.markup import escaped_markdown
from dashboard.words import Words
from loaders.wording import WORDING
from store.errors import StoreError

_log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def told(words: Callable[[], Words]) -> Iterator[None]:
    """What goes wrong within is shown in its place on the page; `words` is asked for only then."""
    try:
        yield
    except StoreError as fault:
        _log.warning("store: %s", fault)
        st.error(escaped_markdown(WORDING.say(fault.code, words().lang, **fault.params)))
    except Exception:
        _log.exception("page failed")
        st.error(escaped_markdown(words().say("error.page")))


def part(work: Callable[P, T]) -> Callable[P, T | None]:
    """A part of a page that runs alone when its own widgets change (`st.fragment`), and tells its own errors."""

    @wraps(work)
    def guarded(*given: P.args, **named: P.kwargs) -> T | None:
        with told(lambda: Words(current_filters().lang)):
            return work(*given, **named)
        return None

    return st.fragment(guarded)
