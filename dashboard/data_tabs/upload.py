"""Upload: files in, findings in sentences, map before and after, columns to fields, try out, load, undo."""

import streamlit as st

from dashboard.data_tabs.made_once import MADE
from dashboard.data_tabs.upload_file import show_file
from dashboard.data_tabs.upload_steps import show_about, show_landed, show_load, show_trial
from dashboard.filters import Filters
from dashboard.jobs import Job
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.state import store
from dashboard.upload import files
from dashboard.upload.batch import Batch, UploadedFile
from dashboard.viewmodels.data_runs import datum_text, size_text
from dashboard.words import Words
from loaders.settings import settings
from loaders.wording import WORDING

BATCH = "data.batch"
_ROUND = "data.upload_round"
_OPEN = "data.upload_open"
POLL_S = 0.7


def current_batch() -> Batch:
    """This session's upload; begun with a private folder of its own when it is first asked for."""
    batch: Batch | None = st.session_state.get(BATCH)
    if batch is None:
        batch = Batch(store(), files.new_folder())
        st.session_state[BATCH] = batch
    return batch


def show_upload(filters: Filters, words: Words) -> None:
    """The five steps of an upload, each open once the one before it is done."""
    batch = current_batch()
    _files(batch, words)
    if batch.is_reading:
        _watch(batch, words)
    if not batch.uploads:
        return
    if batch.loaded is not None:
        show_landed(batch, filters, words)
        return
    show_file(batch, _chosen(batch, words), words)
    if any(f.found is not None for f in batch.uploads.values()):
        show_about(batch, words)
        show_trial(batch, words)
        show_load(batch, words)
    if batch.is_busy and not batch.is_reading:
        _watch(batch, words)


def _files(batch: Batch, words: Words) -> None:
    answer = words.say("data.upload_answer")
    with panel(words, words.say("data.upload_question"), answer, key="upload"):
        _own_words(words)
        key = f"data_files_{st.session_state.get(_ROUND, 0)}"
        if batch.load is None:
            st.file_uploader(
                words.say("data.upload_label"),
                accept_multiple_files=True,
                key=key,
                label_visibility="collapsed",
                on_change=_taken,
                args=(batch, key),
            )
        for fault in batch.refused:
            st.error(escaped_markdown(fault.say(words.lang)))
        for file in batch.uploads.values():
            _file_line(batch, file, words)
        if batch.uploads and not (batch.load is not None and batch.load.is_active):
            st.button(
                words.say("data.upload_again" if batch.loaded else "data.upload_clear"),
                key="data_upload_clear",
                on_click=_start_over,
                args=(batch,),
            )


def _taken(batch: Batch, key: str) -> None:
    """Keep what was chosen under our own names, and empty the chooser.

    The browser may report the same files again before it has seen that the chooser was emptied: each counts once.
    """
    given = [u for u in st.session_state.get(key) or [] if u.file_id not in batch.taken]
    if given:
        batch.taken |= {u.file_id for u in given}
        batch.add([(u.name, u.getvalue()) for u in given])
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _start_over(batch: Batch) -> None:
    batch.close()
    for key in (BATCH, _OPEN, MADE):
        st.session_state.pop(key, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _own_words(words: Words) -> None:
    """The chooser speaks the page's language: its own English words are hidden and ours stand in their place."""
    texts = {
        "drop": words.say("data.upload_drop"),
        "limit": words.say("data.upload_limit", mb=settings().max_upload_mb),
        "browse": words.say("data.upload_browse"),
    }
    quoted = {k: v.replace("\\", "").replace('"', "'").replace("<", "") for k, v in texts.items()}
    zone = '[data-testid="stFileUploaderDropzone"]'
    told = f'{zone} [data-testid="stFileUploaderDropzoneInstructions"]'
    rules = [
        f"{told} span, {told} small {{ display: none; }} {told} {{ display: block; }}",
        f'{told}::before {{ content: "{quoted["drop"]}"; display: block; font-size: 14px; }}',
        f'{told}::after {{ content: "{quoted["limit"]}"; display: block; font-size: 12px; color: #55606b; }}',
        f"{zone} button, {zone} button * {{ font-size: 0 !important; }}",
        f'{zone} button::after {{ content: "{quoted["browse"]}"; font-size: 14px; }}',
    ]
    show(element("style", "\n".join(rules)))


def _file_line(batch: Batch, file: UploadedFile, words: Words) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"data_line_{file.number}"):
        show(
            element(
                "p",
                element("b", file.shown),
                element("span", size_text(file.size, words)),
                element("span", _state_text(file, words), css=f"atlas-state-{file.job.state}"),
                css="atlas-upload-line",
            )
        )
        if batch.load is None:
            st.button(
                words.say("data.upload_remove"),
                key=f"data_remove_{file.number}",
                on_click=batch.drop,
                args=(file.number,),
            )


def _state_text(file: UploadedFile, words: Words) -> str:
    found = file.found
    if found is not None:
        errors = sum(1 for f in found.findings if f.severity == "error")
        warnings = sum(1 for f in found.findings if f.severity == "warning")
        return words.say(
            "data.file_found",
            rows=found.rows,
            datum=datum_text(found.datum.verdict if found.geometry is not None else None, words),
            errors=errors,
            warnings=warnings,
        )
    return job_text(file.job, words)


def job_text(job: Job, words: Words) -> str:
    """How far a job is, in a sentence."""
    if job.is_active:
        step, done, total = job.progress
        if not step:
            return words.say("data.job_waiting")
        told = WORDING.say(step, words.lang)
        return words.say("data.job_step_of", step=told, done=done + 1, total=total) if total else told
    return words.say(f"data.job_{job.state}")


def _chosen(batch: Batch, words: Words) -> int:
    numbers = list(batch.uploads)
    chosen = st.session_state.get(_OPEN)
    if chosen not in numbers:
        chosen = numbers[0]
    if len(numbers) == 1:
        return numbers[0]
    widget = "data_upload_file"
    st.session_state[widget] = chosen

    def changed() -> None:
        if st.session_state[widget] is not None:
            st.session_state[_OPEN] = st.session_state[widget]

    st.segmented_control(
        words.say("data.upload_which"),
        numbers,
        key=widget,
        format_func=lambda n: escaped_markdown(batch.uploads[n].shown),
        on_change=changed,
    )
    return chosen


def _watch(batch: Batch, words: Words) -> None:
    """Progress without running the page again and again: only this part does, until something has ended."""

    @st.fragment(run_every=POLL_S)
    def watch() -> None:
        active = [f.job for f in batch.uploads.values() if f.job.is_active]
        active += [j for j in (batch.trial, batch.load) if j is not None and j.is_active]
        if not active:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", key="data_progress"):
            st.progress(_share(active[0]), escaped_markdown(job_text(active[0], words)))
            if active[0] is not batch.load:
                st.button(words.say("data.job_stop"), key="data_stop", on_click=_stop, args=(active,))

    watch()


def _share(job: Job) -> float:
    _, done, total = job.progress
    return min(1.0, (done + 0.5) / total) if total else 0.5


def _stop(active: list[Job]) -> None:
    for job in active:
        job.stop()
