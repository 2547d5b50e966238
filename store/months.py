"""Closed months in the store: frozen in one transaction, kept for ever, replayed byte for byte (R1, R67).

A version is only ever added: the database itself refuses to change or delete one (migration 0004), and the trail names
the digest of each, so that a version that went missing or was put in by hand is found by `check`.
"""

import datetime as dt
import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from programme.months import (
    ChainFault,
    ClosedMonth,
    Correction,
    MonthError,
    Rules,
    Settings,
    chain_faults,
    close,
    correct,
    read,
    replay,
)
from programme.months.difference import row_changes
from programme.progress import month_end
from store import audit
from store.access import Action, Principal
from store.engine import Store, frame
from store.errors import AccessRefused, StoreError
from store.queries_months import data_begins_query, month_frames
from store.tables import audit_entries, closed_months

#: The city's own clock (UTC+8, no summer time since 1992): a month is over when it is over in Beijing.
BEIJING = dt.timezone(dt.timedelta(hours=8))
CLOSED, CORRECTED = "month.closed", "month.corrected"


class MonthRefused(StoreError):
    """A month that can't be closed, corrected, read or replayed; the codes are those of `programme.months` and month.*
    of this module."""


@dataclass(frozen=True)
class MonthFault:
    """One thing that does not hold with the closed months."""

    code: str
    month: str
    version: int
    params: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except MonthError as fault:
        raise MonthRefused(fault.code, **fault.params) from fault


def beijing_today() -> dt.date:
    """Today's date in Beijing."""
    return dt.datetime.now(BEIJING).date()


def beijing_time(moment: dt.datetime) -> str:
    """A moment as the city's clock shows it, to the minute; SQLite gives UTC without saying so."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def open_inputs(store: Store, mechanism_units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of a month as they stand at one moment, for figures that are not closed yet.

    `mechanism_units` comes from `programme.duties.responsibility.mechanism_units` (the plan's annex is a file). The
    rows of every district are in it: what is shown of them is the caller's matter (R74).
    """
    with store.reading() as conn:
        if not store.is_sqlite:
            conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _inputs(conn, mechanism_units)


def open_month(
    store: Store,
    month: str,
    settings: Settings,
    mechanism_units: pd.DataFrame,
    *,
    today: dt.date | None = None,
) -> ClosedMonth:
    """What the month would be if it were closed now; nothing is written. Raises MonthRefused as `close_month` does,
    except that the running month may be looked at."""
    inputs = open_inputs(store, mechanism_units)
    with _refusing():
        with store.reading() as conn:
            _possible(conn, month, today or beijing_today(), is_final=False)
        return close(month, inputs, Rules(settings))


def _inputs(conn: Connection, mechanism_units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {**month_frames(conn), "mechanism_units": mechanism_units}


def _possible(conn: Connection, month: str, today: dt.date, *, is_final: bool) -> None:
    """Refuse a month that is none, that is not over, or that lies before everything in the ledger."""
    try:
        last = month_end(month)
    except ValueError as fault:
        raise MonthRefused("month.no_month", month=month) from fault
    if month > today.isoformat()[:7]:
        raise MonthRefused("month.future", month=month)
    if is_final and last >= today:
        raise MonthRefused("month.not_over", month=month, last=last.isoformat())
    begins = frame(conn, data_begins_query()).iloc[0]
    months = sorted(str(v)[:7] for v in begins if v is not None and not pd.isna(v))
    if not months:
        raise MonthRefused("month.no_data")
    if month < months[0]:
        raise MonthRefused("month.before_data", month=month, first=months[0])


def close_month(
    store: Store,
    principal: Principal,
    month: str,
    settings: Settings,
    mechanism_units: pd.DataFrame,
    *,
    now: dt.datetime | None = None,
) -> ClosedMonth:
    """Freeze a month (YYYY-MM) as its version 1, in one writer's transaction.

    Raises AccessRefused for a role that may not close months; MonthRefused: month.no_month, month.future,
    month.not_over, month.no_data, month.before_data, month.already_closed, and what `programme.months.close` raises;
    StoreLocked. `now` (aware) is for tests.
    """
    at = now or dt.datetime.now(dt.UTC)
    _may(principal)
    with _refusing(), store.writing() as conn:
        _possible(conn, month, at.astimezone(BEIJING).date(), is_final=True)
        if _newest(conn, month) is not None:
            raise MonthRefused("month.already_closed", month=month)
        made = close(month, _inputs(conn, mechanism_units), Rules(settings))
        _add(conn, made, principal, at)
    return made


def correct_month(
    store: Store,
    principal: Principal,
    month: str,
    mechanism_units: pd.DataFrame,
    reason: str,
    *,
    settings: Settings | None = None,
    expected: int | None = None,
    now: dt.datetime | None = None,
) -> ClosedMonth:
    """Add the next version of a closed month, made from the ledger as it is now; the old versions stay as they are.

    Without `settings` the newest version's own rules hold. `expected` is the version that the person saw as the newest.
    Raises AccessRefused; MonthRefused: month.not_closed, month.other_version (somebody was quicker),
    month.nothing_to_correct (neither a row nor a setting differs), month.correction_reason (blank), and what
    `programme.months.correct` raises; StoreLocked.
    """
    at = now or dt.datetime.now(dt.UTC)
    _may(principal)
    with _refusing(), store.writing() as conn:
        old = _newest(conn, month)
        if old is None:
            raise MonthRefused("month.not_closed", month=month)
        if expected is not None and expected != old.version:
            raise MonthRefused("month.other_version", month=month, version=old.version)
        rules = old.rules if settings is None else Rules(settings)
        told = Correction(_plain(reason), _plain(principal.name), at)
        made = correct(old, _inputs(conn, mechanism_units), told, rules)
        if not row_changes(old.inputs, made.inputs) and made.rules.plain() == old.rules.plain():
            raise MonthRefused("month.nothing_to_correct", month=month)
        _add(conn, made, principal, at)
    return made


def _plain(words: str) -> str:
    """Text without control characters, which PostgreSQL takes in part and a page never shows."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else " " for c in words).strip()


def _may(principal: Principal) -> None:
    if not principal.may(Action.CLOSE_MONTH):
        raise AccessRefused("month.no_role", role=principal.role.value)


def _add(conn: Connection, made: ClosedMonth, principal: Principal, at: dt.datetime) -> None:
    reason = made.correction.reason if made.correction else None
    row = {
        "month": made.month,
        "version": made.version,
        "digest": made.digest,
        "previous_digest": made.previous,
        "content": made.packed,
        "reason": reason,
        "closed_by": _plain(principal.name),
        "closed_at": at,
    }
    try:
        conn.execute(closed_months.insert().values(**row))
    except IntegrityError as fault:
        raise MonthRefused("month.already_closed", month=made.month) from fault
    audit.record(
        conn,
        actor=principal.name,
        action=CORRECTED if made.correction else CLOSED,
        table_name=closed_months.name,
        row_key=f"{made.month}/{made.version}",
        detail={
            "month": made.month,
            "version": made.version,
            "digest": made.digest,
            "previous_digest": made.previous,
            "reason": reason,
            "rows": {name: len(table.rows) for name, table in made.inputs.items()},
        },
    )


def _packed(conn: Connection, month: str, version: int | None) -> Any:
    t = closed_months.c
    query = select(closed_months).where(t.month == month).order_by(t.version.desc()).limit(1)
    if version is not None:
        query = query.where(t.version == version)
    return conn.execute(query).mappings().first()


def _newest(conn: Connection, month: str) -> ClosedMonth | None:
    row = _packed(conn, month, None)
    return None if row is None else _checked(row)


def _checked(row: Any) -> ClosedMonth:
    """The month in a row of `closed_months`. Raises MonthDamaged by way of MonthRefused where the row's own columns
    say something else than the content."""
    with _refusing():
        held = read(bytes(row["content"]))
    stated = (row["month"], row["version"], row["digest"], row["previous_digest"], row["reason"])
    own = (held.month, held.version, held.digest, held.previous, held.correction and held.correction.reason)
    if stated != own:
        raise MonthRefused("month.row_differs", month=row["month"], version=row["version"])
    return held


def read_month(store: Store, month: str, version: int | None = None) -> ClosedMonth:
    """A version of a closed month, the newest where none is named, as it was frozen (not recomputed).

    Raises MonthRefused: month.not_closed, month.no_version, month.damaged, month.row_differs, month.unknown_*.
    """
    with store.reading() as conn:
        row = _packed(conn, month, version)
    if row is None:
        code = "month.not_closed" if version is None else "month.no_version"
        raise MonthRefused(code, month=month, version=version)
    return _checked(row)


def month_before(store: Store, month: str) -> ClosedMonth | None:
    """The newest version of the last closed month before another one; None where there is none.

    Raises MonthRefused as `read_month` does.
    """
    t = closed_months.c
    query = select(closed_months).where(t.month < month).order_by(t.month.desc(), t.version.desc()).limit(1)
    with store.reading() as conn:
        row = conn.execute(query).mappings().first()
    return None if row is None else _checked(row)


def kept_bytes(store: Store, month: str, version: int) -> bytes:
    """The bytes of a version as they are kept. Raises MonthRefused (month.no_version)."""
    with store.reading() as conn:
        row = _packed(conn, month, version)
    if row is None:
        raise MonthRefused("month.no_version", month=month, version=version)
    return bytes(row["content"])


def replay_month(store: Store, month: str, version: int | None = None) -> ClosedMonth:
    """A version recomputed from its own frozen inputs by its own frozen rules: what is returned has the very bytes
    that are kept.

    Raises MonthRefused: month.replay_differs where the figures come out otherwise, and what `read_month` raises.
    """
    with store.reading() as conn:
        row = _packed(conn, month, version)
    if row is None:
        code = "month.not_closed" if version is None else "month.no_version"
        raise MonthRefused(code, month=month, version=version)
    _checked(row)
    with _refusing():
        return replay(bytes(row["content"]))


def check_months(conn: Connection) -> list[MonthFault]:
    """What does not hold with the closed months: bytes, replay, the chain of versions, and the trail (R67)."""
    faults: list[MonthFault] = []
    t = closed_months.c
    held: dict[str, list[ClosedMonth]] = {}
    stated: dict[str, str] = {}
    for row in conn.execute(select(closed_months).order_by(t.month, t.version)).mappings():
        month, version = row["month"], row["version"]
        stated[f"{month}/{version}"] = row["digest"]
        try:
            held.setdefault(month, []).append(_checked(row))
            replay(bytes(row["content"]))
        except (MonthRefused, MonthError) as fault:
            faults.append(MonthFault(fault.code, month, version, dict(fault.params)))
    broken = {f.month for f in faults}
    for month, versions in held.items():
        chain: list[ChainFault] = [] if month in broken else chain_faults(versions)
        faults += [MonthFault(f.code, month, versions[f.position].version) for f in chain]
    return faults + _trail_faults(conn, stated)


def _trail_faults(conn: Connection, stated: Mapping[str, str]) -> list[MonthFault]:
    """Versions without their entry in the trail, or with another digest than it names; and entries whose version is
    gone."""
    t = audit_entries.c
    told = {
        row.row_key: json.loads(row.detail)["digest"]
        for row in conn.execute(
            select(t.row_key, t.detail).where(t.action.in_((CLOSED, CORRECTED))).order_by(t.audit_id)
        )
    }
    faults = []
    for key in sorted(told.keys() | stated.keys()):
        month, _, version = key.partition("/")
        if key not in stated:
            faults.append(MonthFault("month.gone", month, int(version)))
        elif told.get(key) != stated[key]:
            faults.append(MonthFault("month.not_in_trail", month, int(version)))
    return faults
