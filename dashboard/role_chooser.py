"""Who one is, at the foot of the navigation: the demo's chooser, or the login with its role."""

import streamlit as st

from dashboard.filters import StoreFacts
from dashboard.markup import element, escaped_markdown, show
from dashboard.session import choose_role
from dashboard.words import Words
from loaders.settings import settings
from store.access import AREA_ROLES, Principal, Role

_ROLE, _DISTRICT, _SUBDISTRICT = "access_role", "access_district", "access_subdistrict"


def show_person(principal: Principal, found: StoreFacts, words: Words) -> None:
    """The chooser of the local demo; else the name, the role and its areas, and the way in or out."""
    show(element("p", words.say("access.title"), css="atlas-group"))
    if settings().auth == "demo":
        _chooser(principal, found, words)
        return
    show(element("p", role_line(principal, found, words), css="atlas-note"))
    if settings().auth != "oidc":
        return
    if st.user.to_dict().get("is_logged_in") is True:
        st.button(words.say("access.log_out"), key="access_log_out", on_click=st.logout)
    else:
        st.button(words.say("access.log_in"), key="access_log_in", type="primary", on_click=st.login)


def role_line(principal: Principal, found: StoreFacts, words: Words) -> str:
    """Name, role and areas in one line."""
    role = words.say(f"role.{principal.role.value}")
    areas = words.listed([_area(code, found, words) for code in sorted(principal.area_codes)])
    parts = [principal.name, role, areas]
    return words.say("access.joiner").join(p for p in parts if p)


def _area(code: str, found: StoreFacts, words: Words) -> str:
    area = found.districts.get(code) or found.subdistricts.get(code)
    return area.name(words.lang) if area else code


def _chooser(principal: Principal, found: StoreFacts, words: Words) -> None:
    state = st.session_state
    code = next(iter(sorted(principal.area_codes)), None)
    state[_ROLE] = principal.role.value
    has_areas = bool(found.districts)
    roles = [r.value for r in Role if has_areas or r not in AREA_ROLES]

    def changed() -> None:
        role = Role(state[_ROLE])
        if role not in AREA_ROLES:
            choose_role(role)
            return
        district = state.get(_DISTRICT) or (code[:6] if code else next(iter(found.districts)))
        near = [a.code for a in found.subdistricts_of(district)]
        if role is Role.DISTRICT or not near:
            choose_role(role, frozenset({district}))
            return
        held = state.get(_SUBDISTRICT)
        choose_role(role, frozenset({held if held in near else near[0]}))

    show(element("p", words.say("access.demo"), css="atlas-demo-role"))
    st.selectbox(
        words.say("access.role_label"),
        roles,
        key=_ROLE,
        format_func=lambda r: words.say(f"role.{r}"),
        on_change=changed,
        label_visibility="collapsed",
    )
    if principal.role not in AREA_ROLES or code is None:
        return
    state[_DISTRICT] = code[:6]
    st.selectbox(
        words.say("bar.district_label"),
        list(found.districts),
        key=_DISTRICT,
        format_func=lambda c: escaped_markdown(_area(c, found, words)),
        on_change=changed,
        label_visibility="collapsed",
    )
    near = [a.code for a in found.subdistricts_of(code[:6])]
    if principal.role is Role.DISTRICT or not near:
        return
    state[_SUBDISTRICT] = code if code in near else near[0]
    st.selectbox(
        words.say("bar.subdistrict_label"),
        near,
        key=_SUBDISTRICT,
        format_func=lambda c: escaped_markdown(_area(c, found, words)),
        on_change=changed,
        label_visibility="collapsed",
    )
