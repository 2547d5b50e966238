"""The form of siting: what is looked for, by which distance, and what limits the choice."""

import streamlit as st

from dashboard.filters import Filters
from dashboard.markup import element, escaped_markdown, show
from dashboard.viewmodels.what_if_task import METHODS, Ask, Stock
from dashboard.what_if_choice import Choice
from dashboard.words import Words
from geo.reach import LIMIT_M
from programme.standards import capacity_requirement

FEN_PER_WAN = 1_000_000
TIMES_S = (10, 20, 60)


def ask_form(choice: Choice, found: Stock, filters: Filters, words: Words) -> Ask | None:
    """The settings; a question once the button was pressed and a distance is known."""
    names = {str(i): f"{n or i}" for i, n in zip(found.rows["candidate_id"], found.rows["name"], strict=True)}
    new = int(found.rows["is_new"].astype(bool).sum())
    show(element("p", words.say("what_if.candidates", idle=len(found.rows) - new, new=new), css="atlas-note"))
    measure = capacity_requirement(choice.standards, choice.kind, filters.as_of, choice.chosen)
    key = f"what_if_form.{filters.district_code}.{choice.kind}"
    with st.form(key, border=True):
        first, second, third = st.columns(3, gap="small")
        with first:
            method = st.radio(
                words.say("what_if.method"),
                METHODS,
                key=f"{key}.method",
                format_func=lambda m: words.say(f"what_if.method_{m}"),
            )
            places = st.number_input(words.say("what_if.places"), 1, 50, 3, 1, key=f"{key}.places")
        with second:
            radius = st.number_input(
                words.say("what_if.own_radius"),
                min_value=10.0,
                max_value=LIMIT_M,
                value=None,
                step=50.0,
                format="%.0f",
                key=f"{key}.radius",
                placeholder=words.say("what_if.by_standard", radius=words.number(choice.need.radius_m))
                if choice.need.radius_m
                else words.say("what_if.radius_needed"),
                help=words.say("what_if.own_radius_help"),
            )
            budget = st.number_input(
                words.say("what_if.budget"),
                min_value=0.0,
                value=None,
                step=50.0,
                format="%.0f",
                key=f"{key}.budget",
                placeholder=words.say("what_if.no_budget"),
                help=words.say("what_if.budget_help"),
            )
        with third:
            idle_first = st.checkbox(words.say("what_if.idle_first"), True, key=f"{key}.idle")
            uses = st.checkbox(words.say("what_if.uses_capacity"), False, key=f"{key}.uses")
            by_standard = measure is not None and measure[0].per == "residents" and measure[0].need > 0
            per_unit = st.number_input(
                words.say("what_if.per_unit"),
                min_value=0.1,
                value=round(1.0 / measure[0].need, 1) if measure is not None and by_standard else None,
                step=1.0,
                key=f"{key}.per_unit",
                placeholder=words.say("what_if.per_unit_needed"),
                help=words.say("what_if.per_unit_by_standard", standard=measure[1].document or "")
                if measure is not None and by_standard
                else words.say("what_if.per_unit_help"),
            )
        fourth, fifth, sixth = st.columns(3, gap="small")
        with fourth:
            keep = _several("keep", names, key, words)
        with fifth:
            never = _several("never", names, key, words)
        seconds = sixth.selectbox(
            words.say("what_if.time_limit"),
            TIMES_S,
            1,
            key=f"{key}.seconds",
            help=words.say("what_if.time_help"),
        )
        pressed = st.form_submit_button(words.say("what_if.start"), type="primary")
    if not pressed:
        return None
    distance = radius or choice.need.radius_m
    if distance is None:
        st.warning(escaped_markdown(words.say("what_if.radius_missing")))
        return None
    if uses and not per_unit:
        st.warning(escaped_markdown(words.say("what_if.per_unit_missing")))
        return None
    column = measure[0].column if measure is not None and by_standard else "capacity"
    return Ask(
        district_code=filters.district_code or "",
        subdistrict_code=filters.subdistrict_code,
        kind=choice.kind,
        radius_m=float(distance),
        on=filters.as_of,
        standard="" if radius else choice.standard,
        is_own_radius=bool(radius),
        method=method or METHODS[0],
        places=int(places),
        budget_fen=None if budget is None else round(budget * FEN_PER_WAN),
        keep=tuple(keep),
        never=tuple(never),
        capacity_column=column if column in ("capacity", "floor_area_m2") else "capacity",
        residents_per_unit=float(per_unit) if uses and per_unit else None,
        prefers_idle=bool(idle_first),
        time_limit_s=float(seconds or TIMES_S[1]),
    )


def _several(name: str, names: dict[str, str], key: str, words: Words) -> list[str]:
    return st.multiselect(
        words.say(f"what_if.{name}"),
        list(names),
        key=f"{key}.{name}",
        format_func=lambda i: names[i],
        placeholder=words.say("what_if.none_picked"),
        select_all=False,
    )
