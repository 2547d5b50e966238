"""The bundles that a person works on: made by a rule or opened from a saved scheme, then changed by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.filters import Filters
from dashboard.session import current_principal
from geo.bundles import Bundling
from geo.bundles_edit import Edit
from geo.bundles_input import BundleRule

_DESK = "bundles.desk"
MOST_STEPS = 30


@dataclass(frozen=True, eq=False)
class Desk:
    """The bundles on the table with the steps before.

    `rule` and `block` say who is a neighbour, `revision` of which state of the store the projects are, `title` and
    `year` from which scheme they came.
    """

    scope: tuple[Any, ...]
    bundling: Bundling
    rule: BundleRule
    block: str
    revision: int
    title: str = ""
    year: int | None = None
    before: tuple[Bundling, ...] = ()


def scope_of(filters: Filters) -> tuple[Any, ...]:
    """Whose bundles, of which projects: other filters or another person begin anew."""
    return (
        current_principal().name,
        filters.district_code,
        filters.subdistrict_code,
        filters.month,
        filters.has_central,
    )


def held(scope: tuple[Any, ...]) -> Desk | None:
    """What is on the table for a scope."""
    desk: Desk | None = st.session_state.get(_DESK)
    return desk if desk is not None and desk.scope == scope else None


def put(desk: Desk) -> None:
    """Lay bundles on the table."""
    st.session_state[_DESK] = desk


def clear() -> None:
    """Clear the table."""
    st.session_state.pop(_DESK, None)


def edit(desk: Desk, change: Callable[[Bundling], Edit]) -> str | None:
    """Change the bundles by hand; returns the code of the refusal, None where it was done."""
    done = change(desk.bundling)
    if done.refusal is not None:
        return done.refusal.value
    put(replace(desk, bundling=done.bundling, before=(*desk.before, desk.bundling)[-MOST_STEPS:]))
    return None


def step_back(desk: Desk) -> None:
    """Take the last change back."""
    if desk.before:
        put(replace(desk, bundling=desk.before[-1], before=desk.before[:-1]))
