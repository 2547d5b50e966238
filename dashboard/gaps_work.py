"""Kept distances as the page uses them: brought up to date once for everybody, read by kind, cut to what is asked.

Distances are worked out from the whole store, since whether a home is served hangs on what lies across the border; of
them the page shows what its person may see.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import jobs
from dashboard.filters import Filters
from dashboard.jobs import Job
from dashboard.markup import element, escaped_markdown, show
from dashboard.session import current_principal
from dashboard.state import read, store, worked_out
from dashboard.words import Words
from geo.reach import KindReach, Reach
from loaders.coverage.inputs import HOMES
from loaders.coverage.work import Coverage, Stopped, brought_up, coverage_folder, last
from loaders.wording import WORDING
from store import queries_gaps
from store.engine import Store

_ASK_AGAIN_S = 1.0
_PATIENCE_S = 2.5


class _Work:
    """The one job that brings the distances up to date, whoever asks for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.job: Job | None = None
        self.stopped_at: int | None = None


@st.cache_resource(show_spinner=False)
def _work(_url: str) -> _Work:
    return _Work()


def _of_store() -> _Work:
    return _work(str(store().engine.url))


@dataclass(frozen=True)
class Standing:
    """The kept distances, and whether they stand for the store as it is now."""

    coverage: Coverage
    is_current: bool


def reach_marks() -> dict[str, str]:
    """The marks of the tables that distances hang on, asked once for a revision."""
    found: dict[str, str] = worked_out("gaps.marks", (), lambda: queries_gaps.table_marks(store()))
    return found


def standing() -> Standing | None:
    """What is kept; None where nothing is."""
    marks = reach_marks()
    held = last(store(), coverage_folder(store()))
    return None if held is None else Standing(held, dict(held.manifest.marks) == marks)


def brought(words: Words) -> Standing | None:
    """The distances for the page, worked out in the background where they are not; older ones meanwhile, None without.

    Says on the page what is being done and how far, with a button that stops it.
    """
    found = standing()
    if found is not None and found.is_current:
        return found
    work = _of_store()
    revision = store().revision()
    with work.lock:
        if work.job is None and work.stopped_at != revision:
            work.job = jobs.start(_bring(store()))
        job = work.job
    if job is None:
        show(element("p", words.say("gaps.work_stopped"), css="atlas-note"))
        if st.button(words.say("gaps.work_again"), key="gaps.again"):
            work.stopped_at = None
            st.rerun()
        return found
    if not job.wait(_PATIENCE_S):
        if found is not None:
            show(element("p", words.say("gaps.older"), css="atlas-note"))
        _line(words.lang)
        return found
    with work.lock:
        work.job = None
        if job.state != "done":
            work.stopped_at = revision
    if job.state == "done":
        return standing()
    if job.fault is not None:
        st.error(escaped_markdown(WORDING.say(job.fault.code, words.lang, **job.fault.params)))
    elif job.state == "failed":
        st.error(escaped_markdown(words.say("gaps.work_failed")))
    return found


def _bring(whole: Store) -> Callable[[Job], None]:
    def work(job: Job) -> None:
        try:
            brought_up(whole, coverage_folder(whole), progress=job.report, should_stop=job.should_stop)
        except Stopped:
            return

    return work


@st.fragment(run_every=_ASK_AGAIN_S)
def _line(lang: str) -> None:
    words, work = Words(lang), _of_store()
    job = work.job
    if job is None or not job.is_active:
        st.rerun()
    step, done, total = job.progress
    text = words.say(f"gaps.step.{step}" if step else "gaps.step.waiting")
    with st.container(horizontal=True, vertical_alignment="center", key="gaps.line"):
        st.progress(
            min(done / total, 1.0) if total else 0.0, text=f"{text} {done} / {total}" if total else text
        )
        if st.button(words.say("gaps.stop"), key="gaps.stop"):
            job.stop()


@st.cache_resource(show_spinner=False, max_entries=4)
def _people(folder: str, name: str, account: str, _coverage: Coverage) -> pd.DataFrame:
    return _coverage.people(account)


@st.cache_resource(show_spinner=False, max_entries=60)
def _kind(folder: str, name: str, account: str, kind: str, _coverage: Coverage) -> Reach:
    return _coverage.reach(account, _people(folder, name, account, _coverage), [kind])


@dataclass(frozen=True, eq=False)
class Desk:
    """The origins of one account that a page is about, with the way to take their distances kind by kind."""

    coverage: Coverage
    account: str
    people: pd.DataFrame
    rows: NDArray[np.int64]

    def reach(self, kinds: Sequence[str]) -> Reach:
        """The distances of some kinds from these origins alone; `facility_ids` name what is nearest to anyone."""
        found: dict[str, KindReach] = {}
        ids: list[NDArray] = []
        start = 0
        for kind in kinds:
            whole = _kind(
                str(self.coverage.folder), self.coverage.manifest.folder, self.account, kind, self.coverage
            )
            one = whole.kinds[kind]
            found[kind] = KindReach(
                kind,
                one.facilities,
                one.off_network,
                one.straight_m[self.rows],
                _moved(one.straight_at[self.rows], start),
                one.walk_m[self.rows],
                _moved(one.walk_at[self.rows], start),
            )
            ids.append(whole.facility_ids)
            start += len(whole.facility_ids)
        return Reach(
            self.people["origin_id"].to_numpy(dtype=object),
            self.people["connection"].to_numpy(),
            np.concatenate(ids) if ids else np.zeros(0, dtype=object),
            found,
            self.coverage.manifest.limit_m,
        )


def _moved(at: NDArray, by: int) -> NDArray[np.int32]:
    return np.where(at >= 0, at + by, -1).astype(np.int32)


def desk(coverage: Coverage, account: str, filters: Filters) -> Desk:
    """The origins of the chosen area that the person of this session may see."""

    def make() -> Desk:
        folder, name = str(coverage.folder), coverage.manifest.folder
        everyone = _people(folder, name, account, coverage)
        is_own = np.ones(len(everyone), dtype=bool)
        if filters.subdistrict_code is not None:
            is_own &= (everyone["subdistrict_code"] == filters.subdistrict_code).to_numpy()
        elif filters.district_code is not None:
            is_own &= (everyone["district_code"] == filters.district_code).to_numpy()
        if not current_principal().reads_city:
            if account == HOMES:
                seen = read(queries_gaps.home_communities)["community_id"]
                is_own &= everyone["community_id"].isin(seen).to_numpy()
            else:
                seen = read(queries_gaps.population_places)["point_id"]
                is_own &= everyone["origin_id"].isin(seen).to_numpy()
        rows = np.flatnonzero(is_own)
        return Desk(coverage, account, everyone.iloc[rows].reset_index(drop=True), rows)

    key = (coverage.manifest.folder, account, filters.district_code, filters.subdistrict_code)
    found: Desk = worked_out("gaps.desk", key, make)
    return found
