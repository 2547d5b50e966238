"""Governance before renovation (R25; section 2 (2), item 2): each item cleared before the works on site begin."""

import datetime as dt
from enum import StrEnum

import pandas as pd

from programme.content.errors import checked, days, one_of

CLAUSE = "二(二)2"


class GovernanceItem(StrEnum):
    """The four items that the plan names."""

    ILLEGAL_STRUCTURES = "illegal_structures"  # 违法建设
    PARKING_LOCKS = "parking_locks"  # 地桩地锁
    WALL_OPENINGS = "wall_openings"  # 开墙打洞
    BASEMENT_MISUSE = "basement_misuse"  # 地下空间违规使用


class Clearance(StrEnum):
    """How an item stands in a community on a day."""

    NOT_PRESENT = "not_present"
    CLEARED = "cleared"
    OPEN = "open"
    NOT_KNOWN = "not_known"  # nobody has said whether there is any


#: A row of the ledger: its key, whether there is something to clear (None: not said), the day it was cleared.
_Row = tuple[str, bool | None, pd.Timestamp]


def governance_check(items: pd.DataFrame, started_dates: pd.Series, as_of: dt.date) -> pd.DataFrame:
    """Every governance item of every community under or before renovation, and whether works began before it was done.

    `items` has governance_id, community_id, item (`GovernanceItem`), is_present (True, False or missing) and
    cleared_date (a date or missing; one that is given says that there was something to clear). `started_dates`
    (datetime64 by community_id) is the first day of works in each community, NaT where none is on record. A community
    counts if it is in either.

    Returns community_id, item, state (`Clearance` values), started_date and cleared_date (datetime64; NaT after the
    day or missing), is_before_clearance (works had begun on a day when an item that was there was not cleared),
    days_early (Int64: from the start to the clearance, or to the day where it is still open; missing otherwise), rows
    (tuple of governance_id), in the order of community and item. Not known is never a breach. Of two rows for one item
    it is cleared when both are, on the later day. Raises ContentError: content.column_missing, content.key_twice,
    content.code_unknown.
    """
    columns = ("governance_id", "community_id", "item", "is_present", "cleared_date")
    checked(items, columns, "governance_items", "governance_id")
    one_of(items["item"], [i.value for i in GovernanceItem], "governance_items", items["governance_id"])
    day = pd.Timestamp(as_of)
    cleared = days(items["cleared_date"])
    held = items[["governance_id", "community_id", "item"]].assign(
        is_present=items["is_present"].astype("boolean").where(cleared.isna(), True),
        cleared_date=cleared.where(cleared <= day),
    )
    # Plain tuples by cell: a frame for each of thousands of cells would take seconds.
    own: dict[tuple[str, str], list[_Row]] = {}
    for key, place, item, is_present, done in held.itertuples(index=False):
        own.setdefault((place, item), []).append(
            (str(key), None if pd.isna(is_present) else bool(is_present), done)
        )
    starts = {c: d for c, d in started_dates.items() if pd.notna(d) and d <= day}
    places = sorted({*items["community_id"], *started_dates.index}, key=str)
    found = []
    for place in places:
        for item in GovernanceItem:
            state, done, keys = _state(own.get((place, item.value)))
            start = starts.get(place, pd.NaT)
            until = day if state is Clearance.OPEN else done
            is_early = pd.notna(start) and pd.notna(until) and (state is Clearance.OPEN or start < until)
            early = (until - start).days if is_early else pd.NA
            found.append((place, item.value, state.value, start, done, bool(is_early), early, keys))
    names = [
        "community_id",
        "item",
        "state",
        "started_date",
        "cleared_date",
        "is_before_clearance",
        "days_early",
    ]
    frame = pd.DataFrame(found, columns=[*names, "rows"], dtype="object")
    frame = frame.assign(**{c: days(frame[c]) for c in ("started_date", "cleared_date")})
    return frame.astype({"is_before_clearance": "bool", "days_early": "Int64"})


def _state(rows: list[_Row] | None) -> tuple[Clearance, pd.Timestamp, tuple[str, ...]]:
    if rows is None:
        return Clearance.NOT_KNOWN, pd.NaT, ()
    keys = tuple(sorted(key for key, _, _ in rows))
    there = [done for _, is_present, done in rows if is_present]
    if there:
        if any(pd.isna(done) for done in there):
            return Clearance.OPEN, pd.NaT, keys
        return Clearance.CLEARED, max(there), keys
    is_unknown = any(is_present is None for _, is_present, _ in rows)
    return (Clearance.NOT_KNOWN if is_unknown else Clearance.NOT_PRESENT), pd.NaT, keys
