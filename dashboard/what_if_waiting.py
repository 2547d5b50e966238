"""Work in the background as the page shows it: what is being done, how far it is, and a button that stops it."""

from typing import Any

import streamlit as st

from dashboard.jobs import Job
from dashboard.markup import element, escaped_markdown, show
from dashboard.words import Words
from loaders.wording import WORDING

#: So often the page looks how far the work is; what is done within the patience is worth no line.
_ASK_AGAIN_S = 1.0
_PATIENCE_S = 1.2


def begin(key: str, job: Job) -> None:
    """Hold a job for this session; one that was held under the key before is stopped."""
    old: Job | None = st.session_state.get(key)
    if old is not None:
        old.stop()
    st.session_state[key] = job


def result(key: str, words: Words) -> Any:
    """What a held job brought, once; None while there is none, it runs (a line says so), or it failed (said too)."""
    job: Job | None = st.session_state.get(key)
    if job is None:
        return None
    if job.is_active and not job.wait(_PATIENCE_S):
        _line(key, words.lang)
        return None
    del st.session_state[key]
    if job.state == "done":
        return job.result
    if job.state == "stopped":
        show(element("p", words.say("what_if.stopped"), css="atlas-note"))
    elif job.fault is not None:
        st.error(escaped_markdown(WORDING.say(job.fault.code, words.lang, **job.fault.params)))
    else:
        st.error(escaped_markdown(words.say("what_if.failed")))
    return None


@st.fragment(run_every=_ASK_AGAIN_S)
def _line(key: str, lang: str) -> None:
    words, job = Words(lang), st.session_state.get(key)
    if job is None or not job.is_active:
        st.rerun()
    step, done, total = job.progress
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.line"):
        text = words.say(f"what_if.step.{step}" if step else "what_if.step.waiting")
        if total:
            st.progress(min(done / total, 1.0), text=f"{text} {done} / {total}")
        else:
            st.progress(0.0, text=text)
        if st.button(words.say("what_if.stop"), key=f"{key}.stop"):
            job.stop()
            st.session_state.pop(key, None)
            st.rerun()
