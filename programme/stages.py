"""The chain of a renovation project (R31), read off dated events and never typed in.

A project has reached a stage on a day when an event of that stage, dated on that day or before, is on record.
Its current stage is the furthest one reached. Two stages carry the plan's targets:

* started: the day on which the contractor began works on site (a dated `started` event);
* completed: the day on which all planned works were finished (a dated `completed` event), before acceptance.

A confirmation counts only with its document number (R9).
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

import pandas as pd


class Stage(StrEnum):
    """The nine stages, in their order."""

    RESERVE = "reserve"
    CONFIRMED = "confirmed"
    DESIGNED = "designed"
    TENDERED = "tendered"
    STARTED = "started"
    COMPLETED = "completed"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    LONG_TERM = "long_term"


class GateEvent(StrEnum):
    """Dated facts beside the chain that the plan demands before works may begin."""

    OWNERS_BODY = "owners_body"  # R13: owners' committee or property management committee formed
    PUBLIC_NOTICE = "public_notice"  # R19: design shown in the community
    SERVICE_AGREEMENT = "service_agreement"  # R20: property service agreement signed by residents
    GOVERNANCE_CLEARED = "governance_cleared"  # R25: illegal structures and the like cleared first


CHAIN: tuple[Stage, ...] = tuple(Stage)
ORDER: dict[str, int] = {stage.value: i for i, stage in enumerate(CHAIN)}


def first_dates(events: pd.DataFrame, as_of: dt.date, codes: Sequence[str] | None = None) -> pd.DataFrame:
    """The first day of each kind of event per project, up to and including a day.

    `events` has project_id, stage and event_date (dates), and may have document_no. Returns a frame indexed by
    project_id with one datetime64 column for every stage and gate event, or for each of `codes`; NaT where there
    is none by that day.
    """
    columns = list(codes) if codes is not None else [*(s.value for s in CHAIN), *(g.value for g in GateEvent)]
    dated = events.assign(event_date=pd.to_datetime(events["event_date"]))
    dated = dated[(dated["event_date"] <= pd.Timestamp(as_of)) & dated["stage"].isin(columns)]
    if dated.empty:
        return pd.DataFrame(
            {c: pd.Series(dtype="datetime64[ns]") for c in columns}, index=pd.Index([], name="project_id")
        )
    table = dated.groupby(["project_id", "stage"])["event_date"].min().unstack("stage")
    return table.reindex(columns=columns).rename_axis(columns=None).astype("datetime64[ns]")


def confirmed_dates(events: pd.DataFrame, projects: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """The day of each project's confirmation that counts: dated, and with its document's number (R9).

    The number stands on the event (document_no) or on the project (confirmation_document_no). Returns datetime64
    indexed by project_id, for confirmed projects alone.
    """
    dated = events[events["stage"] == Stage.CONFIRMED.value].assign(
        event_date=lambda d: pd.to_datetime(d["event_date"])
    )
    dated = dated[dated["event_date"] <= pd.Timestamp(as_of)]
    numbers = projects.set_index("project_id")["confirmation_document_no"]
    own = _filled(dated["document_no"]) if "document_no" in dated else pd.Series(False, index=dated.index)
    counts = own | dated["project_id"].isin(numbers.index[_filled(numbers)])
    return dated[counts].groupby("project_id")["event_date"].min()


def _filled(text: pd.Series) -> pd.Series:
    return text.notna() & text.astype("string").str.strip().fillna("").ne("")


def current_stage(events: pd.DataFrame, projects: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """The furthest stage that each project has reached by a day.

    Returns a string Series indexed like `projects["project_id"]`; a project with no event that counts is in the
    reserve pool (R6).
    """
    dates = first_dates(events, as_of)[[s.value for s in CHAIN]].copy()
    confirmed = confirmed_dates(events, projects, as_of)
    dates[Stage.CONFIRMED.value] = confirmed.reindex(dates.index)
    reached = dates.notna().to_numpy()
    furthest = pd.Series(
        [max((i for i, hit in enumerate(row) if hit), default=0) for row in reached],
        index=dates.index,
        dtype="int64",
    )
    order = furthest.reindex(projects["project_id"]).fillna(0).astype("int64")
    return order.map(dict(enumerate(s.value for s in CHAIN))).rename("stage")
