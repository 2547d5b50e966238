"""The forms of bundles: the rule, the changes by hand with their refusals, saving, and the saved schemes."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard import bundles_state
from dashboard.bundles_state import Desk
from dashboard.duties_saving import save
from dashboard.filters import Filters
from dashboard.markup import escaped_markdown
from dashboard.tables import Table
from dashboard.viewmodels.bundles import BLOCKS, numbers_of
from dashboard.viewmodels.bundles_saved import Scheme, saving
from dashboard.words import Words
from geo.bundles import Bundling
from geo.bundles_edit import Edit, merge, move, split
from geo.bundles_input import BundleRule

FEN_PER_WAN = 1_000_000
#: Where a person begins; the plan gives no figures, so all of them are the planner's choice.
LEAST, MOST = 2, 8
OUT = "out"
_REFUSED = "bundles.refused"


def rule_form(usual_m: float | None, district_code: str, words: Words) -> tuple[BundleRule | None, str, bool]:
    """The rule of the inputs (None where it can't be met), what a block is, and whether to make bundles now.

    The distance begins where half of the projects have a neighbour (`usual_m`).
    """
    with st.form("bundles_rule", border=True):
        first, second, third = st.columns(3, gap="small")
        with first:
            distance = st.number_input(
                words.say("bundles.distance"),
                min_value=0.0,
                value=None if usual_m is None else max(100.0, 100.0 * math.ceil(usual_m / 100)),
                step=100.0,
                format="%.0f",
                key=f"bundles_distance.{district_code}",
                placeholder=words.say("bundles.no_distance"),
                help=words.say("bundles.distance_help"),
            )
            block: Any = st.selectbox(
                words.say("bundles.block"),
                BLOCKS,
                key="bundles_block",
                format_func=lambda b: words.say(f"bundles.block_{b}"),
            )
        with second:
            least = st.number_input(words.say("bundles.least"), 1, 100, LEAST, 1, key="bundles_least")
            most = st.number_input(words.say("bundles.most"), 1, 200, MOST, 1, key="bundles_most")
        with third:
            value = st.number_input(
                words.say("bundles.most_value"),
                min_value=0.0,
                value=None,
                step=500.0,
                format="%.0f",
                key="bundles_value",
                placeholder=words.say("bundles.no_limit"),
            )
        pressed = st.form_submit_button(words.say("bundles.make"), type="primary")
    try:
        rule = BundleRule(
            None if distance is None else float(distance),
            int(least),
            int(most),
            None if value is None else round(value * FEN_PER_WAN),
            block != "none",
        )
    except ValueError:
        st.warning(escaped_markdown(words.say("bundles.rule_impossible")))
        return None, str(block), False
    return rule, str(block), bool(pressed)


def edit_forms(desk: Desk, members: Table, loose: Table, picked: str, words: Words) -> None:
    """Move, merge, split; each refusal says why nothing changed."""
    refused = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        st.warning(escaped_markdown(words.say(f"bundles.refused_{refused}")))
    numbers = numbers_of(desk.bundling)
    called = {b: words.say("bundles.bundle_n", n=n) for b, n in numbers.items()}
    projects = {
        str(p): str(label)
        for table in (members, loose)
        for p, label in zip(table.rows["project_id"], table.rows["label"], strict=True)
    }
    wanted_project = picked[2:] if picked.startswith("p:") else ""
    wanted_bundle = picked[2:] if picked.startswith("b:") else ""
    own = dict(zip(desk.bundling.members["project_id"], desk.bundling.members["bundle_id"], strict=True))
    wanted_bundle = wanted_bundle or str(own.get(wanted_project) or "")
    left, middle, right = st.columns(3, gap="small")
    with left, st.form(f"bundles_move.{picked}", border=True):
        project = _pick("which_project", projects, wanted_project, words, f"move_p.{picked}")
        target = _pick("to_bundle", {**called, OUT: words.say("bundles.out")}, "", words, f"move_b.{picked}")
        if st.form_submit_button(words.say("bundles.do_move")) and project and target:
            to = None if target == OUT else target
            _do(desk, lambda b: move(b, project, to))
    with middle, st.form(f"bundles_merge.{picked}", border=True):
        one = _pick("first_bundle", called, wanted_bundle, words, f"merge_a.{picked}")
        other = _pick("second_bundle", called, "", words, f"merge_b.{picked}")
        if st.form_submit_button(words.say("bundles.do_merge")) and one and other:
            _do(desk, lambda b: merge(b, one, other))
    with right, st.form(f"bundles_split.{picked}", border=True):
        bundle = _pick("split_bundle", called, wanted_bundle, words, f"split_b.{picked}")
        parts = st.multiselect(
            words.say("bundles.split_projects"),
            [p for p in projects if own.get(p) is not None],
            key=f"bundles_split_p.{picked}",
            format_func=lambda p: f"{projects[p]} ({called.get(str(own[p]), '')})",
            placeholder=words.say("bundles.split_even"),
            select_all=False,
        )
        if st.form_submit_button(words.say("bundles.do_split")) and bundle:
            _do(desk, lambda b: split(b, bundle, parts or None))
    if desk.before:
        st.button(
            words.say("bundles.step_back"), key="bundles_back", on_click=bundles_state.step_back, args=(desk,)
        )


def _pick(label: str, options: dict[str, str], value: str, words: Words, key: str) -> str:
    names = list(options)
    chosen = st.selectbox(
        words.say(f"bundles.{label}"),
        names,
        names.index(value) if value in options else None,
        key=f"bundles_{key}",
        format_func=lambda o: options.get(o, o),
        placeholder=words.say("bundles.pick"),
    )
    return chosen or ""


def _do(desk: Desk, change: Callable[[Bundling], Edit]) -> None:
    refused = bundles_state.edit(desk, change)
    if refused is not None:
        st.session_state[_REFUSED] = refused
    st.rerun()


def save_form(desk: Desk, schemes: Sequence[Scheme], filters: Filters, words: Words) -> None:
    """Keep the bundles as a scheme of a year; one of the same title and year is replaced."""
    with st.form("bundles_save", border=True):
        left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
        with left:
            title = st.text_input(
                words.say("bundles.scheme_title"),
                desk.title,
                key=f"bundles_title.{desk.title}",
                max_chars=60,
                placeholder=words.say("bundles.scheme_hint"),
            )
        with middle:
            year = st.number_input(
                words.say("bundles.scheme_year"), 2015, 2100, desk.year or filters.year, 1, key="bundles_year"
            )
        with right:
            pressed = st.form_submit_button(words.say("bundles.save"))
    if not pressed:
        return
    if not title.strip() or desk.bundling.bundles.empty:
        st.warning(escaped_markdown(words.say("bundles.save_needs")))
        return
    same = next((s for s in schemes if (s.title, s.year) == (title.strip(), int(year))), None)
    changes = saving(desk.bundling, filters.district_code or "", title.strip(), int(year), same)
    save(changes, name="bundles_save", what="bundles.did_save", words=words)


def scheme_picker(schemes: Sequence[Scheme], words: Words) -> tuple[Scheme | None, str]:
    """A saved scheme and what is to be done with it: open, delete, or nothing."""
    labels = {
        s.key: words.say(
            "bundles.scheme_label", title=s.title or words.say("bundles.no_title"), year=s.year or "–"
        )
        for s in schemes
    }
    with st.container(horizontal=True, vertical_alignment="bottom", key="bar_bundles_saved"):
        key = st.selectbox(
            words.say("bundles.pick_scheme"),
            list(labels),
            None,
            key="bundles_scheme",
            format_func=lambda k: labels.get(k, k),
            placeholder=words.say("bundles.pick"),
            width=320,
        )
        is_open = st.button(words.say("bundles.open"), key="bundles_open", disabled=key is None)
        is_gone = st.button(words.say("bundles.delete"), key="bundles_delete", disabled=key is None)
    chosen = next((s for s in schemes if s.key == key), None)
    return chosen, "open" if is_open else "delete" if is_gone else ""
