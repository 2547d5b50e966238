"""Pipelines (R27–R29): dig once, no digging after repaving, approval, subsidy and handover.

Digs at one place whose days overlap or follow at once are one opening of the ground. Two openings that lie less than a
chosen number of days apart could have been one: that is a clash. No number of days stands in the plan, so it is the
caller's.
"""

import datetime as dt
import itertools
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from programme.content.errors import ContentError, checked, days, one_of, texts


class Pipeline(StrEnum):
    """The kinds of the plan: water, drainage, power, gas, heat, telecom."""

    WATER = "water"
    DRAINAGE = "drainage"
    POWER = "power"
    GAS = "gas"
    HEAT = "heat"
    TELECOM = "telecom"


class Subsidy(StrEnum):
    """The state of the subsidy, which is paid afterwards (section 3 (9))."""

    NONE = "none"
    APPLIED = "applied"
    APPROVED = "approved"
    PAID = "paid"


@dataclass(frozen=True)
class DigPlan:
    """`openings`, `clashes` and `unusable` as in `dig_plan`."""

    openings: pd.DataFrame
    clashes: pd.DataFrame
    unusable: pd.DataFrame


_DIG_COLUMNS = ("dig_id", "community_id", "street", "kind", "company", "planned_from", "planned_to")
_OPENING_COLUMNS = ["place_kind", "place", "first_date", "last_date", "kinds", "rows"]
_CLASH_COLUMNS = ["place_kind", "place", "last_date", "next_date", "gap_days", "rows", "next_rows"]


#: A dig: its first and last planned day, its kind, its key.
_Dig = tuple[pd.Timestamp, pd.Timestamp, str, str]


def dig_plan(digs: pd.DataFrame, apart_days: int) -> DigPlan:
    """When the ground is opened at each place, and which openings could be one ("dig once", R27).

    `digs` has dig_id, community_id, street (a street's name or id, or missing), kind (`Pipeline`), company,
    planned_from and planned_to (dates, both days included). A dig counts at its community and, where given,
    at its street; a street is one place across communities. `apart_days`: two openings with fewer free days
    between them clash.

    `openings`: place_kind (community or street), place, first_date, last_date (datetime64), kinds (tuple), rows (tuple
    of dig_id). `clashes`: place_kind, place, last_date of the earlier, next_date of the later opening, gap_days (int64:
    the free days between, 1 or more), rows and next_rows (dig_id of each). `unusable`: dig_id and reason (dates_missing
    or dates_reversed): those are in no opening. Raises ContentError: content.column_missing, content.key_twice,
    content.code_unknown, content.parameter (apart_days below 0).
    """
    if apart_days < 0:
        raise ContentError("content.parameter", name="apart_days", value=apart_days)
    held, unusable = _usable(digs)
    at = [("community", texts(held["community_id"])), ("street", texts(held["street"]))]
    openings, clashes = [], []
    order = held.sort_values(["planned_from", "planned_to", "dig_id"])
    rows = list(order[["planned_from", "planned_to", "kind", "dig_id"]].itertuples(index=False, name=None))
    for place_kind, places in at:
        # Plain tuples by place: a frame for each of thousands of places would take seconds.
        own: dict[str, list[_Dig]] = {}
        for place, row in zip(places.reindex(order.index), rows, strict=True):
            if place is not None:
                own.setdefault(place, []).append(row)
        for place, there in sorted(own.items()):
            found = [(place_kind, place, *o) for o in _openings(there)]
            openings.extend(found)
            for one, other in itertools.pairwise(found):
                gap = (other[2] - one[3]).days - 1
                if gap < apart_days:
                    clashes.append((place_kind, place, one[3], other[2], gap, one[5], other[5]))
    opened = pd.DataFrame(openings, columns=_OPENING_COLUMNS, dtype="object")
    clashing = pd.DataFrame(clashes, columns=_CLASH_COLUMNS, dtype="object").astype({"gap_days": "int64"})
    return DigPlan(
        opened.assign(**{c: days(opened[c]) for c in ("first_date", "last_date")}),
        clashing.assign(**{c: days(clashing[c]) for c in ("last_date", "next_date")}),
        unusable,
    )


def _usable(digs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    checked(digs, _DIG_COLUMNS, "pipeline_digs", "dig_id")
    one_of(digs["kind"], [p.value for p in Pipeline], "pipeline_digs", digs["dig_id"])
    first, last = days(digs["planned_from"]), days(digs["planned_to"])
    is_missing, is_reversed = first.isna() | last.isna(), last < first
    is_wrong = is_missing | is_reversed
    reasons = ["dates_missing" if m else "dates_reversed" for m in is_missing[is_wrong]]
    unusable = pd.DataFrame(
        {"dig_id": digs.loc[is_wrong, "dig_id"].to_numpy(), "reason": pd.Series(reasons, dtype="object")}
    )
    return digs[~is_wrong].assign(planned_from=first[~is_wrong], planned_to=last[~is_wrong]), unusable


def _openings(rows: list[_Dig]) -> list[tuple]:
    """The openings of one place; `rows` in the order of their days."""
    found: list[tuple] = []
    for first, last, kind, key in rows:
        if found and first <= found[-1][1] + pd.Timedelta(days=1):
            begin, end, kinds, keys = found[-1]
            found[-1] = (begin, max(end, last), {*kinds, str(kind)}, [*keys, str(key)])
        else:
            found.append((first, last, {str(kind)}, [str(key)]))
    return [(first, last, tuple(sorted(kinds)), tuple(sorted(keys))) for first, last, kinds, keys in found]


#: A dig with its place: key, community, street or none, first and last planned day.
_Placed = tuple[str, str, str | None, pd.Timestamp, pd.Timestamp]


def digs_after_paving(
    digs: pd.DataFrame, pavings: pd.DataFrame, keep_days: int | None = None
) -> pd.DataFrame:
    """Digs planned after their place was, or is to be, repaved: the new surface would be opened again (R27).

    `digs` as in `dig_plan` (those without usable dates are left out); `pavings` has paving_id,
    community_id, street (missing: the whole community) and paved_date (missing: left out). A paving of a
    street meets the digs of that street in any community, and digs of the same community that name no
    street. `keep_days` is how long a surface is to be left alone; None: not set, so every later dig is
    named. Returns dig_id, paving_id, community_id, street, paved_date, planned_from, days_after (int64: 0
    where the dig begins before the paving and goes on past it), ordered by paving and dig. Raises
    ContentError as `dig_plan`.
    """
    if keep_days is not None and keep_days < 0:
        raise ContentError("content.parameter", name="keep_days", value=keep_days)
    held, _ = _usable(digs)
    checked(pavings, ("paving_id", "community_id", "street", "paved_date"), "pavings", "paving_id")
    by_community: dict[str, list[_Placed]] = {}
    by_street: dict[str, list[_Placed]] = {}
    columns = ["dig_id", "community_id", "planned_from", "planned_to"]
    for (key, home, first, last), street in zip(
        held[columns].itertuples(index=False, name=None), texts(held["street"]), strict=True
    ):
        dig = (key, home, street, first, last)
        by_community.setdefault(home, []).append(dig)
        if street is not None:
            by_street.setdefault(street, []).append(dig)
    found = []
    for key, place, street, paved in zip(
        pavings["paving_id"],
        texts(pavings["community_id"]),
        texts(pavings["street"]),
        days(pavings["paved_date"]),
        strict=True,
    ):
        if pd.isna(paved):
            continue
        here = by_community.get(place, [])
        if street is not None:
            here = [*by_street.get(street, []), *(d for d in here if d[2] is None)]
        for dig_id, home, its_street, first, last in here:
            after = max((first - paved).days, 0)
            if last > paved and (keep_days is None or after < keep_days):
                found.append((dig_id, key, home, its_street, paved, first, after))
    columns = ["dig_id", "paving_id", "community_id", "street", "paved_date", "planned_from", "days_after"]
    frame = pd.DataFrame(found, columns=columns, dtype="object").astype({"days_after": "int64"})
    frame = frame.assign(**{c: days(frame[c]) for c in ("paved_date", "planned_from")})
    return frame.sort_values(["paving_id", "dig_id"]).reset_index(drop=True)


def pipeline_states(works: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Approval, subsidy and handover of pipeline works by a day (R28, R29).

    `works` has dig_id, community_id, kind, company, started_date, completed_date, approval_no, subsidy_state
    (`Subsidy`), handed_over_date. Returns dig_id, community_id, kind, company, state (planned, under_way, done or
    handed_over), subsidy_state, problems (tuple of: begun_without_approval, subsidy_paid_before_done,
    handover_open: done and not handed over to the company), on the same index. Raises ContentError:
    content.column_missing, content.key_twice, content.code_unknown.
    """
    columns = ("dig_id", "community_id", "kind", "company", "started_date", "completed_date")
    checked(works, (*columns, "approval_no", "subsidy_state", "handed_over_date"), "pipeline_works", "dig_id")
    one_of(works["kind"], [p.value for p in Pipeline], "pipeline_works", works["dig_id"])
    one_of(works["subsidy_state"], [s.value for s in Subsidy], "pipeline_works", works["dig_id"])
    day = pd.Timestamp(as_of)
    begun, done, handed = (
        days(works[c]) <= day for c in ("started_date", "completed_date", "handed_over_date")
    )
    has_number = texts(works["approval_no"]).notna()
    paid = works["subsidy_state"] == Subsidy.PAID.value
    states, problems = [], []
    for is_begun, is_done, is_handed, is_approved, is_paid in zip(
        begun, done, handed, has_number, paid, strict=True
    ):
        states.append(
            "handed_over" if is_handed else "done" if is_done else "under_way" if is_begun else "planned"
        )
        named = {
            "begun_without_approval": (is_begun or is_done) and not is_approved,
            "subsidy_paid_before_done": is_paid and not is_done,
            "handover_open": is_done and not is_handed,
        }
        problems.append(tuple(code for code, is_so in named.items() if is_so))
    return works[["dig_id", "community_id", "kind", "company", "subsidy_state"]].assign(
        state=pd.Series(states, index=works.index, dtype="object"),
        problems=pd.Series(problems, index=works.index, dtype="object"),
    )
