"""One file's form: which table it fills, its keys, its coordinates, and its columns set against the fields."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.data_tabs.made_once import made_once
from dashboard.markup import element, escaped_markdown, show
from dashboard.upload.answers import (
    TARGETS,
    Answers,
    allowed_labels,
    distinct_values,
    ordered_fields,
    suggested_answers,
    suggested_meanings,
    takes_shape,
)
from dashboard.upload.batch import Batch, UploadedFile
from dashboard.viewmodels.data_runs import datum_text
from dashboard.words import Words
from geo.crs import PROJECTED_CANDIDATES
from loaders.diagnosis import Diagnosis
from loaders.fields import fields_by_target

NONE = ""
FIXED = "\x00fixed"
AREA_UNITS = ("㎡", "万㎡", "公顷", "亩")
MONEY_UNITS = ("元", "万元", "亿元")
DATUMS = ("auto", "wgs84", "gcj02", "bd09")


def select(
    label: str,
    options: Sequence[Any],
    value: Any,
    *,
    key: str,
    shown: Callable[[Any], str],
    put: Callable[[Any], None],
    disabled: bool = False,
    help_text: str | None = None,
) -> None:
    """A selector that keeps its value in the answers, not in itself: a widget that is not drawn forgets."""
    st.session_state[key] = value if value in options else options[0]
    st.selectbox(
        label,
        options,
        key=key,
        format_func=shown,
        on_change=lambda: put(st.session_state[key]),
        disabled=disabled,
        help=help_text,
    )


def show_form(
    batch: Batch, file: UploadedFile, found: Diagnosis, answers: Answers, words: Words, is_open: bool
) -> None:
    number = file.number

    def retarget(target: str) -> None:
        fresh = suggested_answers(found, target)
        fresh.datum, fresh.crs, fresh.is_included = answers.datum, answers.crs, answers.is_included
        file.answers = fresh

    def include() -> None:
        answers.is_included = bool(st.session_state[f"data_include_{number}"])

    st.session_state[f"data_include_{number}"] = answers.is_included
    st.checkbox(
        words.say("data.include"), key=f"data_include_{number}", on_change=include, disabled=not is_open
    )
    first, second = st.columns(2, gap="small")
    with first:
        select(
            words.say("data.target_label"),
            TARGETS,
            answers.target,
            key=f"data_target_{number}",
            shown=lambda t: words.say(f"data.target_{t}"),
            put=retarget,
            disabled=not is_open,
        )
    with second:
        _id_rule(found, answers, words, number, is_open)
    _place(batch, file, found, answers, words, is_open)
    needed, others = ordered_fields(answers.target, answers)
    _fields(needed, found, answers, words, number, is_open)
    if others:
        with st.expander(escaped_markdown(words.say("data.more_fields", count=len(others)))):
            _fields(others, found, answers, words, number, is_open)
    unused = [p.name for p in found.fields if p.name not in _used(found, answers)]
    if unused:
        listed = words.listed([u[:30] for u in unused[:20]])
        show(
            element("p", words.say("data.unused_columns", count=len(unused), names=listed), css="atlas-note")
        )

    def strict() -> None:
        answers.all_or_nothing = bool(st.session_state[f"data_strict_{number}"])

    st.session_state[f"data_strict_{number}"] = answers.all_or_nothing
    st.checkbox(
        words.say("data.all_or_nothing"), key=f"data_strict_{number}", on_change=strict, disabled=not is_open
    )


def _used(found: Diagnosis, answers: Answers) -> set[str | None]:
    return {*answers.columns.values(), answers.id_column, found.x, found.y}


def _id_rule(found: Diagnosis, answers: Answers, words: Words, number: int, is_open: bool) -> None:
    options: list[Any] = [("content", None), ("row", None), *(("column", p.name) for p in found.fields)]
    if answers.target == "subdistricts":
        options = options[2:]

    def shown(rule: tuple[str, str | None]) -> str:
        return words.say(f"data.id_{rule[0]}", column=rule[1] or "")

    def put(rule: tuple[Any, str | None]) -> None:
        answers.id_kind, answers.id_column = rule

    select(
        words.say("data.id_label"),
        options,
        (answers.id_kind, answers.id_column),
        key=f"data_id_{number}",
        shown=shown,
        put=put,
        disabled=not is_open,
        help_text=words.say("data.id_help"),
    )


def _place(
    batch: Batch, file: UploadedFile, found: Diagnosis, answers: Answers, words: Words, is_open: bool
) -> None:
    """Coordinate columns of a table, and the datum where the doctor could not tell it."""
    number = file.number
    names = [p.name for p in found.fields]
    if found.raw.geometry is None:
        left, right = st.columns(2, gap="small")
        pair = {"x": found.x, "y": found.y}

        def put(axis: str, column: str) -> None:
            pending = st.session_state.get(f"data_pair_{number}", pair) | {axis: column or None}
            st.session_state[f"data_pair_{number}"] = pending
            if (pending["x"] is None) == (pending["y"] is None) and pending["x"] != (pending["y"] or NONE):
                batch.read_coordinates(number, pending["x"], pending["y"])
                st.session_state.pop(f"data_pair_{number}", None)

        pending = st.session_state.get(f"data_pair_{number}", pair)
        for place, axis in ((left, "x"), (right, "y")):
            with place:
                select(
                    words.say(f"data.axis_{axis}"),
                    [NONE, *names],
                    pending[axis] or NONE,
                    key=f"data_{axis}_{number}",
                    shown=lambda c: c or words.say("data.no_column"),
                    put=partial(put, axis),
                    disabled=not is_open,
                )
    if found.datum.verdict != "unknown" or not takes_shape(found, answers):
        return
    if any(f.code == "doctor.projected_unknown" for f in found.findings):
        codes = ["auto", *(c.crs for c in PROJECTED_CANDIDATES)]
        named = {c.crs: f"{c.crs} · {c.name}" for c in PROJECTED_CANDIDATES}
        select(
            words.say("data.crs_label"),
            codes,
            answers.crs,
            key=f"data_crs_{number}",
            shown=lambda c: named.get(c, words.say("data.datum_auto")),
            put=lambda c: setattr(answers, "crs", c),
            disabled=not is_open,
        )
        return
    select(
        words.say("data.datum_label"),
        DATUMS,
        answers.datum,
        key=f"data_datum_{number}",
        shown=lambda d: words.say("data.datum_auto") if d == "auto" else datum_text(d, words),
        put=lambda d: setattr(answers, "datum", d),
        disabled=not is_open,
        help_text=words.say("data.datum_help"),
    )


def _fields(
    names: Sequence[str], found: Diagnosis, answers: Answers, words: Words, number: int, is_open: bool
) -> None:
    for start in range(0, len(names), 3):
        for place, name in zip(st.columns(3, gap="small"), names[start : start + 3], strict=False):
            with place:
                _field(name, found, answers, words, number, is_open)


def _field(name: str, found: Diagnosis, answers: Answers, words: Words, number: int, is_open: bool) -> None:
    spec = fields_by_target()[answers.target][name]
    key = f"data_field_{number}_{answers.target}_{name}"
    examples = {p.name: p.examples[:2] for p in found.fields}
    options = [NONE, *examples] if spec.allowed is None else [NONE, FIXED, *examples]

    def shown(column: str) -> str:
        if column == NONE:
            return words.say("data.no_column")
        if column == FIXED:
            return words.say("data.fixed_value")
        told = words.listed(examples[column])
        return words.say("data.column_examples", column=column, examples=told[:40]) if told else column

    def put(column: str) -> None:
        answers.columns.pop(name, None)
        answers.constants.pop(name, None)
        answers.meanings.pop(name, None)
        if column == FIXED:
            answers.constants[name] = sorted(spec.allowed or [NONE])[0]
        elif column != NONE:
            answers.columns[name] = column
            if spec.allowed is not None:
                answers.meanings[name] = suggested_meanings(found, column, answers.target, name)

    label = words.say(f"data.f_{name}")
    value = FIXED if name in answers.constants else answers.columns.get(name, NONE)
    select(
        words.say("data.required", field=label) if spec.required else label,
        options,
        value,
        key=key,
        shown=shown,
        put=put,
        disabled=not is_open,
    )
    if value == NONE:
        return
    if spec.kind in ("area_m2", "money_fen") and not name.startswith("unit_price"):
        _unit(name, spec.kind, answers, words, key, is_open)
    if spec.allowed is not None:
        _meanings(name, value, found, answers, words, key, is_open)


def _unit(name: str, kind: str, answers: Answers, words: Words, key: str, is_open: bool) -> None:
    units: list[str] = [*AREA_UNITS] if kind == "area_m2" else [NONE, *MONEY_UNITS]

    def put(unit: str) -> None:
        answers.units.pop(name, None)
        if unit:
            answers.units[name] = unit

    select(
        words.say("data.unit_label", field=words.say(f"data.f_{name}")),
        units,
        answers.units.get(name, units[0]),
        key=f"{key}_unit",
        shown=lambda u: u or words.say("data.unit_in_values"),
        put=put,
        disabled=not is_open,
    )


def _meanings(
    name: str, value: str, found: Diagnosis, answers: Answers, words: Words, key: str, is_open: bool
) -> None:
    """What each value of a column stands for, where the field takes fixed values only."""
    labels = allowed_labels(answers.target, name, words)
    if value == FIXED:
        select(
            words.say("data.fixed_label", field=words.say(f"data.f_{name}")),
            list(labels),
            answers.constants[name],
            key=f"{key}_fixed",
            shown=lambda k: labels[k],
            put=lambda k: answers.constants.update({name: k}),
            disabled=not is_open,
        )
        return
    known = answers.meanings.setdefault(name, {})

    def put(text: str, meaning: str) -> None:
        known.pop(text, None)
        if meaning:
            known[text] = meaning

    texts: list[str] = made_once(found, f"values {value}", lambda: distinct_values(found, value))
    for at, text in enumerate(texts):
        select(
            words.say("data.meaning_label", value=text[:40]),
            [NONE, *labels],
            known.get(text, NONE),
            key=f"{key}_means_{at}",
            shown=lambda k: labels.get(k) or words.say("data.no_meaning"),
            put=partial(put, text),
            disabled=not is_open,
        )
