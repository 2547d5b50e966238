"""Who sits in front of this session."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from dashboard.session_requests import PUBLIC, claimed_name, demo_default, person
from loaders.settings import settings
from store.access import AREA_ROLES, Principal, Role, anybody

_ROLE, _AREAS = "access.role", "access.areas"
_ACTING: ContextVar[Principal | None] = ContextVar("acting", default=None)


def current_principal() -> Principal:
    """The person of this session, or for whom `acting` works; outside of both the public, who sees totals alone."""
    acting_for = _ACTING.get()
    if acting_for is not None:
        return acting_for
    if get_script_run_ctx(suppress_warning=True) is None:
        return PUBLIC
    way = settings().auth
    if way == "demo":
        return _chosen()
    if way == "proxy":
        return person((st.context.headers.get(settings().proxy_user_header) or "").strip())
    claims = st.user.to_dict()
    return person(claimed_name(claims)) if claims.get("is_logged_in") is True else PUBLIC


@contextmanager
def acting(principal: Principal) -> Iterator[None]:
    """Have what runs in the block see what a person may see: for requests and jobs that belong to no session."""
    token = _ACTING.set(principal)
    try:
        yield
    finally:
        _ACTING.reset(token)


def choose_role(role: Role, areas: frozenset[str] = frozenset()) -> None:
    """The local demo goes on as somebody else. Raises PermissionError where people log in, ValueError without areas.

    It is kept in the session alone: no address can say who one is.
    """
    if settings().auth != "demo":
        raise PermissionError("roles are granted, not chosen")
    if (role in AREA_ROLES) != bool(areas):
        raise ValueError(role.value)
    st.session_state[_ROLE], st.session_state[_AREAS] = role.value, tuple(sorted(areas))


def is_chosen() -> bool:
    """Whether this session goes on as somebody else than it began (local demo)."""
    return settings().auth == "demo" and st.session_state.get(_ROLE) is not None


def _chosen() -> Principal:
    role = Role(st.session_state.get(_ROLE, Role.PROGRAMME_OFFICE))
    if role is Role.PROGRAMME_OFFICE:
        return demo_default()
    areas = frozenset(st.session_state.get(_AREAS, ()))
    return Principal(anybody(role, areas), role, areas)
