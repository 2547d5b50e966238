"""What the page What if works out in the background: a district's desk, kept for the next question, and an answer.

A desk is laid out from the whole store, since whether a home is served hangs on what lies across the border; the page
shows of it only what the session's person may see (`Seen`).
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import jobs
from dashboard.gaps_work import reach_marks
from dashboard.jobs import Job
from dashboard.state import read, store, worked_out
from dashboard.viewmodels.what_if_answer import Answer, answer_of
from dashboard.viewmodels.what_if_task import BEST, Ask, Stock, candidate_rows, parts_of
from geo.network import WalkNetwork
from geo.siting import best_places, smallest_set
from geo.siting_answer import Status
from geo.siting_scenarios import trade_off
from loaders.coverage.desk import Desk, build_desk, communities_told, metres_to, whole_network
from loaders.coverage.work import Stopped
from store import queries_siting
from store.engine import Store, database_url

#: Desks that are kept; the network of the whole city is kept once.
MOST_DESKS = 3
#: The curve of coverage goes up to so many places.
MOST_CURVE = 12


class DeskKeeper:
    """The desks of the last few districts, and the network that they are cut from."""

    def __init__(self) -> None:
        self._desks: OrderedDict[tuple[str, ...], Desk] = OrderedDict()
        self._network: tuple[tuple[str, ...], WalkNetwork | None] | None = None
        self._making = threading.Lock()

    def held(self, key: tuple[str, ...]) -> Desk | None:
        """The desk of a key, if it is laid out already."""
        return self._desks.get(key)

    def desk(
        self, key: tuple[str, ...], city: tuple[str, ...], whole: Store, district: str, job: Job
    ) -> Desk:
        """The desk of a district, laid out where it is not there yet. Raises Stopped."""
        with self._making:
            found = self._desks.get(key)
            if found is not None:
                return found
            if self._network is None or self._network[0] != city:
                if job.should_stop():
                    raise Stopped
                job.report("desk.network", 0, None)
                self._network = (city, whole_network(whole))
            made = build_desk(
                whole, district, self._network[1], progress=job.report, should_stop=job.should_stop
            )
            self._desks[key] = made
            while len(self._desks) > MOST_DESKS:
                self._desks.popitem(last=False)
            return made


@st.cache_resource(show_spinner=False)
def _keeper() -> DeskKeeper:
    return DeskKeeper()


def _marks() -> tuple[str, str]:
    """What the streets, and all that a desk hangs on, are like now: a desk outlives edits of the ledger."""

    held = reach_marks()
    return held["streets"], json.dumps(held, sort_keys=True)


def held_desk(district_code: str) -> Desk | None:
    """The desk of a district, if it is laid out for the store as it is now."""
    return _keeper().held((database_url(), _marks()[1], district_code))


def start_desk(district_code: str) -> Job:
    """Lay out a district in the background; the job's result is its desk."""
    make = _maker(district_code)
    return jobs.start(lambda job: _stoppable(job, make))


def _maker(district_code: str) -> Callable[[Job], Desk]:
    streets, marks = _marks()
    keeper, whole, url = _keeper(), store(), database_url()
    return lambda job: keeper.desk((url, marks, district_code), (url, streets), whole, district_code, job)


def _stoppable(job: Job, work: Callable[[Job], Any]) -> Any:
    try:
        return work(job)
    except Stopped:
        return None  # the job was asked to stop; its page has gone on


@dataclass(frozen=True, eq=False)
class Seen:
    """What the session's person sees of a desk: which communities, and which facilities by name."""

    communities: frozenset[str]
    facilities: frozenset[str]

    def homes(self, desk: Desk, subdistrict_code: str | None) -> pd.DataFrame:
        """The communities in scope."""
        own = desk.communities[desk.communities["community_id"].astype(str).isin(self.communities)]
        if subdistrict_code is not None:
            own = own[own["subdistrict_code"] == subdistrict_code]
        return own.reset_index(drop=True)


def seen(district_code: str) -> Seen:
    """What the person of this session sees of a district."""

    def make() -> Seen:
        homes = read(queries_siting.community_keys, district_code)
        places = read(queries_siting.facility_keys)
        return Seen(
            frozenset(homes["community_id"].astype(str)), frozenset(places["facility_id"].astype(str))
        )

    found: Seen = worked_out("what_if.seen", (district_code,), make)
    return found


def start_answer(ask: Ask, stock: Stock, own: Seen) -> Job:
    """Answer a question in the background; the job's result is an `Answer`, None where it was stopped."""
    make = _maker(ask.district_code)
    return jobs.start(lambda job: _stoppable(job, lambda j: answered(make(j), ask, stock, own, j)))


def answered(desk: Desk, ask: Ask, stock: Stock, own: Seen, job: Job) -> Answer:
    """The answer with its curve. Raises Stopped between two steps."""
    homes = own.homes(desk, ask.subdistrict_code)
    at = np.flatnonzero(desk.people["community_id"].isin(homes["community_id"]).to_numpy())
    job.report("siting.covered", 0, None)
    covered = desk.judged_m(ask.kind)[at] <= np.float32(ask.radius_m)
    reached = metres_to(
        desk, stock.rows.geometry, ask.radius_m, progress=job.report, should_stop=job.should_stop
    )
    row_of = np.full(len(desk.people), -1)
    row_of[at] = np.arange(len(at))
    inside = [(row_of[r][row_of[r] >= 0], m[row_of[r] >= 0]) for r, m in reached]
    candidates = candidate_rows(stock, ask)
    parts = parts_of(desk.people.iloc[at], covered, candidates["candidate_id"].tolist(), inside)
    _next(job, "siting.solving")
    rows, limits = (candidates, parts.demands, parts.distances), ask.limits()
    found = best_places(*rows, ask.places, limits) if ask.method == BEST else smallest_set(*rows, limits)
    _next(job, "siting.curve")
    most = min(MOST_CURVE, len(candidates))
    is_answered = found.status in (Status.OPTIMAL, Status.FEASIBLE_GAP)
    curve = trade_off(*rows, most if is_answered else 0, limits)
    return answer_of(ask, found, parts, stock, curve, homes)


def _next(job: Job, step: str) -> None:
    if job.should_stop():
        raise Stopped
    job.report(step, 0, None)


def named_homes(district_code: str) -> pd.DataFrame:
    """The communities of a district that the person may see: community_id, name, subdistrict_code, residents,
    households, import_run_id, lon, lat."""

    def make() -> pd.DataFrame:
        return communities_told(read(queries_siting.district_home_communities, district_code))

    found: pd.DataFrame = worked_out("what_if.homes", (district_code,), make)
    return found
