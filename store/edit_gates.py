"""Whether an edit breaks a hard gate: the breaches of the projects it touches, before and after (R9, R13, R20)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from programme.breaches import breaches
from store.engine import frame
from store.rows import chunks
from store.tables import communities, project_communities, projects, stage_events

#: Tables whose rows decide whether a gate stands.
_OF_PROJECT = ("projects", "stage_events", "project_communities")
#: Later than any day on record: a gate is judged on the whole history.
_FOREVER = dt.date(2200, 1, 1)


@dataclass(frozen=True)
class GateBreach:
    """A step of a project that stands without a hard gate; `gate_date` is the day the gate was met later, if ever."""

    project_id: str
    step: str
    gate: str
    step_date: dt.date
    gate_date: dt.date | None
    clause: str
    requirement: str


def projects_of(
    conn: Connection,
    held: Mapping[str, Mapping[str, Mapping[str, Any]]],
    new: Mapping[str, Mapping[str, Mapping[str, Any] | None]],
) -> frozenset[str]:
    """The projects whose gates the given rows can move."""
    found: set[str] = set()
    for rows in (held, new):
        for name in _OF_PROJECT:
            for row in rows.get(name, {}).values():
                if row is not None and row.get("project_id"):
                    found.add(str(row["project_id"]))
    homes = sorted({*held.get("communities", {}), *new.get("communities", {})})
    for part in chunks(homes):
        found.update(
            conn.execute(
                select(project_communities.c.project_id).where(project_communities.c.community_id.in_(part))
            ).scalars()
        )
    return frozenset(found)


def hard_breaches_of(conn: Connection, project_ids: frozenset[str]) -> frozenset[GateBreach]:
    """The breaches of some projects as they stand in this transaction."""
    found: set[GateBreach] = set()
    for part in chunks(sorted(project_ids)):
        p, e, pc, c = projects.c, stage_events.c, project_communities.c, communities.c
        held = frame(
            conn,
            select(p.project_id, p.district_code, p.is_central_state, p.confirmation_document_no)
            .where(p.project_id.in_(part))
            .order_by(p.project_id),
        )
        if held.empty:
            continue
        events = frame(
            conn,
            select(e.project_id, e.stage, e.event_date, e.document_no)
            .where(e.project_id.in_(part))
            .order_by(e.event_id),
        )
        pairs = frame(
            conn,
            select(pc.project_id, pc.community_id).where(pc.project_id.in_(part)).order_by(pc.community_id),
        )
        homes = frame(
            conn,
            select(c.community_id, c.has_owners_body)
            .where(c.community_id.in_(select(pc.community_id).where(pc.project_id.in_(part))))
            .order_by(c.community_id),
        )
        for row in breaches(held, events, pairs, homes, _FOREVER).itertuples():
            later = None if pd.isna(row.gate_date) else row.gate_date.date()
            found.add(
                GateBreach(
                    str(row.project_id),
                    str(row.step),
                    str(row.gate),
                    row.step_date.date(),
                    later,
                    str(row.clause),
                    str(row.requirement),
                )
            )
    return frozenset(found)
