"""The last steps of an upload: who the data is from, trying it out, loading it, and what became of it."""

from pathlib import Path

import streamlit as st

from dashboard.address import change
from dashboard.data_tabs.sources import rejected_workbook, take_back
from dashboard.filters import Filters
from dashboard.jobs import Job
from dashboard.markup import element, escaped_markdown, show
from dashboard.pages import existing_pages
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.tables import show_table
from dashboard.upload import stage
from dashboard.upload.answers import district_names
from dashboard.upload.batch import Batch
from dashboard.upload.describe import catalogue_key, form_faults
from dashboard.viewmodels.data_runs import reason_counts, rejected_rows_table
from dashboard.viewmodels.upload import (
    landed_table,
    load_answer,
    replaces_synthetic,
    trial_answer,
    trial_table,
)
from dashboard.words import Words
from loaders.errors import CatalogueError
from loaders.wording import WORDING
from store import queries, queries_data
from store.access import Action

NONE = ""
#: So many faults are listed on the page; the download has all of them.
FAULTS_SHOWN = 200
_FAULTS = "data.catalogue_faults"
ABOUT_TEXTS = ("title", "source", "licence", "as_of_date")


def show_about(batch: Batch, words: Words) -> None:
    """Title, source, licence, as-of date, district and nature of all files together."""
    about, is_open = batch.about, batch.load is None
    with panel(words, words.say("data.about_question"), words.say("data.about_answer"), key="about"):
        for start in (0, 2):
            for place, name in zip(st.columns(2, gap="small"), ABOUT_TEXTS[start : start + 2], strict=True):
                with place:
                    _text(batch, name, words, is_open)
        names = district_names(words.lang)
        left, right = st.columns(2, gap="small", vertical_alignment="bottom")
        with left:
            key = "data_about_district"
            st.session_state[key] = about.district_code or NONE
            st.selectbox(
                words.say("data.about_district"),
                [NONE, *names],
                key=key,
                format_func=lambda c: names.get(c) or words.say("data.about_no_district"),
                on_change=lambda: setattr(about, "district_code", st.session_state[key] or None),
                disabled=not is_open,
                help=words.say("data.about_district_help"),
            )
        with right:
            synthetic = "data_about_synthetic"
            st.session_state[synthetic] = about.is_synthetic
            st.checkbox(
                words.say("data.about_synthetic"),
                key=synthetic,
                on_change=lambda: setattr(about, "is_synthetic", bool(st.session_state[synthetic])),
                disabled=not is_open,
            )


def _text(batch: Batch, name: str, words: Words, is_open: bool) -> None:
    key = f"data_about_{name}"
    st.session_state[key] = getattr(batch.about, name)
    st.text_input(
        words.say(f"data.about_{name}"),
        key=key,
        placeholder=words.say(f"data.about_{name}_hint"),
        max_chars=120,
        on_change=lambda: setattr(batch.about, name, st.session_state[key]),
        disabled=not is_open,
    )


def show_trial(batch: Batch, words: Words) -> None:
    """Try the files out: how many rows would go in, which would not, and why. Nothing is written."""
    faults = form_faults(batch.described(), batch.about, words)
    trial = batch.fresh_trial
    done = trial is not None and trial.state == "done"
    answer = (
        trial_answer(trial.result, words) if trial is not None and done else words.say("data.trial_answer")
    )
    with panel(words, words.say("data.trial_question"), answer, key="trial"):
        if batch.load is None:
            if faults:
                lines = [element("li", sentence) for sentence in faults]
                show(
                    element("p", words.say("data.still_needed"), css="atlas-note"),
                    element("ul", *lines, css="atlas-lines"),
                )
            st.button(
                words.say("data.trial_button"),
                key="data_trial",
                on_click=_try,
                args=(batch, words.lang),
                disabled=bool(faults) or batch.is_busy,
            )
            for sentence in st.session_state.get(_FAULTS, ()):
                st.error(escaped_markdown(sentence))
        _ended_badly(trial, words)
        if trial is not None and done:
            _trial_result(trial.result, words)
        if not faults:
            _catalogue(batch, words)


def _catalogue(batch: Batch, words: Words) -> None:
    st.download_button(
        words.say("data.catalogue_download"),
        data=batch.catalogue_toml,
        file_name=f"{catalogue_key(batch.about)}.toml",
        mime="application/toml",
        key="data_catalogue",
        on_click="ignore",
        help=words.say("data.catalogue_help"),
    )


def _try(batch: Batch, lang: str) -> None:
    st.session_state.pop(_FAULTS, None)
    try:
        batch.begin_trial()
    except CatalogueError as fault:
        st.session_state[_FAULTS] = fault.faults.say(lang).splitlines()


def _ended_badly(job: Job | None, words: Words) -> None:
    if job is None or job.state not in ("failed", "stopped"):
        return
    if job.fault is not None:
        st.error(escaped_markdown(WORDING.say(job.fault.code, words.lang, **job.fault.params)))
    elif job.state == "failed":
        st.error(escaped_markdown(words.say("data.job_failed_nothing_written")))


def _trial_result(trial: stage.Trial, words: Words) -> None:
    show_table(trial_table(trial, words), words, key="data_trial_layers", rows_shown=6)
    rows = stage.rejected_of(trial, words.lang)
    if rows.empty:
        return
    show(element("p", words.listed(reason_counts(rows, words)[:8]), css="atlas-note"))
    st.download_button(
        words.say("data.rejected_download"),
        data=lambda: rejected_workbook(rows, words.lang),
        file_name=f"{words.say('data.trial_rejected_file')}.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="data_trial_rejected_xlsx",
        on_click="ignore",
    )
    table = rejected_rows_table(rows.head(FAULTS_SHOWN), words, words.say("data.trial_rejected_file"))
    show_table(table, words, key="data_trial_rejected", rows_shown=6)


def show_load(batch: Batch, words: Words) -> None:
    """Load what was tried, once."""
    trial = batch.fresh_trial
    is_tried = trial is not None and trial.state == "done"
    with panel(words, words.say("data.load_question"), words.say("data.load_answer"), key="load"):
        _ended_badly(batch.load, words)
        if batch.load is not None and batch.load.state in ("failed", "stopped"):
            st.button(words.say("data.load_retry"), key="data_retry", on_click=batch.after_failed_load)
            return
        if (
            trial is not None
            and is_tried
            and replaces_synthetic(trial.result, read(queries.synthetic_shares))
        ):
            show(element("p", words.say("data.load_replaces"), css="atlas-note"))
        st.button(
            words.say("data.load_button"),
            key="data_load",
            type="primary",
            on_click=_begin_load,
            args=(batch,),
            disabled=not is_tried or batch.load is not None,
        )


def _begin_load(batch: Batch) -> None:
    principal = current_principal()
    principal.must(Action.LOAD_DATA)
    batch.begin_load(principal.name)


def show_landed(batch: Batch, filters: Filters, words: Words) -> None:
    """What became of a load, with the way to the map and the way back."""
    result = batch.loaded
    assert result is not None
    question = words.say("data.landed_question")
    with panel(words, question, load_answer(result, words), key="landed"):
        _landed(batch, filters, words)
        _catalogue(batch, words)


def _landed(batch: Batch, filters: Filters, words: Words) -> None:
    result = batch.loaded
    assert result is not None
    show_table(landed_table(result, words), words, key="data_landed", rows_shown=6)
    runs = read(queries_data.run_rows)
    own = runs[runs["run_id"] == result.run_id]
    is_undone = own.empty or own["status"].iloc[0] == "undone"
    if is_undone:
        show(element("p", words.say("data.load_undone", run=result.run_id), css="atlas-note"))
        return
    with st.container(horizontal=True, key="data_after"):
        pages = {p.key: p for p in existing_pages()}
        place = {
            **filters.to_query(),
            **({"district": batch.about.district_code} if batch.about.district_code else {}),
        }
        for key in ("map", "old_buildings"):
            if key in pages:
                st.page_link(
                    f"views/{Path(pages[key].file).name}",
                    label=words.say(f"data.to_{key}"),
                    query_params=place,
                )
        st.button(words.say("data.to_run"), key="data_to_run", on_click=_to_run, args=(result.run_id,))
        st.button(
            words.say("data.undo_load", run=result.run_id),
            key="data_load_undo",
            on_click=take_back,
            args=(result.run_id, words),
        )


def _to_run(number: int) -> None:
    change(tab="sources", run=str(number))
