"""Sources and loads: what was loaded, one load in detail, its rejected rows, and undoing it."""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.address import change, choice
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read, store
from dashboard.tables import safe_file_name, show_table
from dashboard.upload.describe import stored_text
from dashboard.viewmodels.data_runs import (
    LayerText,
    as_of_text,
    known_text,
    layer_text,
    reason_counts,
    rejected_rows_table,
    run_label,
    run_title,
    runs_headline,
    runs_table,
    undo_text,
)
from dashboard.words import Words
from loaders.rejected import rejected_table, write_rejected
from loaders.undo import undo_and_relink
from loaders.wording import WORDING
from store import queries_data
from store.access import Action
from store.errors import StoreError
from store.tables import BASE_TABLES

_log = logging.getLogger(__name__)
_ASKED = "data.undo_asked"
_TOLD = "data.undo_told"
#: So many faults are listed on the page; the download has all of them.
FAULTS_SHOWN = 500


def show_sources(runs: pd.DataFrame, words: Words) -> None:
    """The list of runs and, below it, the chosen one."""
    with panel(words, words.say("data.runs_question"), runs_headline(runs, words), key="runs"):
        show_table(runs_table(runs, words), words, key="data_runs", rows_shown=7)
    run = _chosen_run(runs, words)
    _told(words)
    _run(run, words)
    _rejected(run, words)
    if current_principal().may(Action.LOAD_DATA):
        _undo(run, words)


def _chosen_run(runs: pd.DataFrame, words: Words) -> Mapping[str, Any]:
    by_number = {str(r["run_id"]): r for r in runs.to_dict("records")}
    brought = [n for n, r in by_number.items() if r["kind"] != "reference"]
    number = choice("run", list(by_number), brought[0] if brought else next(iter(by_number)))
    widget = "data_run"
    st.session_state[widget] = number

    def changed() -> None:
        st.session_state.pop(_ASKED, None)
        change(run=str(st.session_state[widget]))

    st.selectbox(
        words.say("data.run_choice"),
        list(by_number),
        key=widget,
        format_func=lambda n: run_label(by_number[n], words),
        on_change=changed,
        width=520,
    )
    return by_number[number]


def _run(run: Mapping[str, Any], words: Words) -> None:
    number = int(run["run_id"])
    answer = words.say(
        "data.run_answer",
        title=run_title(run, words.lang),
        source=known_text(run["source"], words),
        licence=known_text(run["licence"], words),
        as_of=as_of_text(run["as_of_date"], words),
        nature=words.say("data.synthetic" if run["is_synthetic"] else "data.real"),
    )
    with panel(words, words.say("data.run_question", run=number), answer, key="run"):
        order = list(BASE_TABLES)
        layers = read(queries_data.run_layers, number).to_dict("records")
        layers.sort(key=lambda r: (order.index(r["target"]), r["layer"]))
        for at, layer in enumerate(layers):
            text = layer_text(layer, words)
            with st.expander(escaped_markdown(text.title), expanded=at == 0 and len(layers) == 1):
                show_layer(text, words)
        _description(number, words)


def _description(number: int, words: Words) -> None:
    """The description that a run was loaded by, to be used again."""
    held = read(queries_data.run_catalogue, number)
    description = held["catalogue"].iloc[0] if len(held) else None
    if isinstance(description, dict):
        st.download_button(
            words.say("data.catalogue_download"),
            data=lambda: stored_text(description),
            file_name=f"{safe_file_name(str(held['catalogue_key'].iloc[0]))}.toml",
            mime="application/toml",
            key="data_run_catalogue",
            on_click="ignore",
            help=words.say("data.catalogue_help"),
        )


def show_layer(layer: LayerText, words: Words) -> None:
    """One layer: counts, facts, evidence, joins."""
    show(element("p", layer.sentence, css="atlas-answer"))
    facts = [
        element("div", element("dt", label), element("dd", text), css="atlas-fact")
        for label, text in layer.facts
    ]
    show(element("dl", *facts, css="atlas-facts"))
    if layer.evidence:
        lines = [element("li", sentence) for sentence in layer.evidence]
        show(
            element("h4", words.say("data.evidence_title"), css="atlas-small-head"),
            element("ul", *lines, css="atlas-lines"),
        )
    if layer.joins:
        show(element("h4", words.say("data.joins_title"), css="atlas-small-head"))
    for join in layer.joins:
        parts = [element("b", join.title), element("span", join.sentence), element("span", join.rules)]
        notes = [element("p", text, css="atlas-note") for text in join.examples]
        show(element("div", element("p", *parts, css="atlas-answer atlas-join"), *notes))


def _rejected(run: Mapping[str, Any], words: Words) -> None:
    number = int(run["run_id"])
    rows = _faults(number, words.lang)
    question = words.say("data.rejected_question")
    if rows.empty:
        with panel(words, question, words.say("data.rejected_none"), key="rejected"):
            return
    touched = int(rows.groupby(["layer", "file_name", "row_number"], dropna=False).ngroups)
    sheet = WORDING.say("rejected.sheet", words.lang)
    answer = words.say("data.rejected_answer", faults=len(rows), rows=touched, sheet=sheet)
    with panel(words, question, answer, key="rejected"):
        show(element("p", words.listed(reason_counts(rows, words)[:8]), css="atlas-note"))
        file = words.say("data.rejected_file", run=number)
        st.download_button(
            words.say("data.rejected_download"),
            data=lambda: rejected_workbook(rows, words.lang),
            file_name=f"{file}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key="data_rejected_xlsx",
            on_click="ignore",
        )
        shown = rejected_rows_table(rows.head(FAULTS_SHOWN), words, file)
        show_table(shown, words, key="data_rejected", rows_shown=8)


def _faults(number: int, lang: str) -> pd.DataFrame:
    def faults(opened: Any, run: int, language: str) -> pd.DataFrame:
        return rejected_table(opened, run, language)

    return read(faults, number, lang)


def rejected_workbook(rows: pd.DataFrame, lang: str) -> bytes:
    """The rejected rows as a workbook to be mended and sent again."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "rejected.xlsx"
        write_rejected(rows, target, lang)
        return target.read_bytes()


def _undo(run: Mapping[str, Any], words: Words) -> None:
    number = int(run["run_id"])
    effects = read(queries_data.undo_effects, number)
    told = undo_text(run, effects, words)
    answer = words.say("data.undo_answer") if told.is_possible else told.sentences[0]
    with panel(words, words.say("data.undo_question"), answer, key="undo"):
        if not told.is_possible:
            return
        if st.session_state.get(_ASKED) != number:
            st.button(
                words.say("data.undo_ask", run=number), key="data_undo_ask", on_click=_ask, args=(number,)
            )
            return
        lines = [element("li", sentence) for sentence in told.sentences]
        show(element("ul", *lines, css="atlas-lines"))
        with st.container(horizontal=True, key="data_undo_buttons"):
            st.button(
                words.say("data.undo_confirm"),
                key="data_undo_confirm",
                type="primary",
                on_click=take_back,
                args=(number, words),
            )
            st.button(words.say("data.undo_cancel"), key="data_undo_cancel", on_click=_ask, args=(None,))


def _ask(number: int | None) -> None:
    st.session_state[_ASKED] = number


def take_back(number: int, words: Words) -> None:
    """Undo a run (from a button) and keep what to say about it for the page's next run."""
    st.session_state.pop(_ASKED, None)
    try:
        principal = current_principal()
        principal.must(Action.LOAD_DATA)
        touched = undo_and_relink(store(), number, actor=principal.name)
    except StoreError as fault:
        _log.info("undo of run %s refused: %s", number, fault.code)
        st.session_state[_TOLD] = ("error", WORDING.say(fault.code, words.lang, **fault.params))
        return
    done = words.say("data.undo_success", run=number, rows=sum(touched.values()))
    st.session_state[_TOLD] = ("success", done)


def _told(words: Words) -> None:
    told = st.session_state.pop(_TOLD, None)
    if told is None:
        return
    kind, sentence = told
    (st.success if kind == "success" else st.error)(escaped_markdown(sentence))
