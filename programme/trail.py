"""The way of a case from the subdistrict to the city's joint meeting, read off dated rows (R12; section 3 (2)).

Subdistrict → district → joint meeting → confirmation document (R9). A row tells what was done at a level: submitted
(sent up), agreed, or returned (sent down). Where the case lies follows from the last row alone, for a fact is a fact;
a row that could not follow on the one before it is named. On one day rows that can follow each other are taken in
that order, so the order of the ledger's rows does not matter.
"""

import datetime as dt
from enum import StrEnum

import pandas as pd

from programme.stages import confirmed_dates


class Level(StrEnum):
    """Who acts."""

    SUBDISTRICT = "subdistrict"
    DISTRICT = "district"
    CITY = "city"  # the joint meeting


class Action(StrEnum):
    """What was done."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    AGREED = "agreed"


class Place(StrEnum):
    """Where a case lies."""

    SUBDISTRICT = "subdistrict"  # not submitted yet, or returned
    DISTRICT = "district"
    CITY = "city"
    DOCUMENT = "document"  # agreed by the joint meeting, the confirmation document is awaited
    CONFIRMED = "confirmed"


class Fault(StrEnum):
    """What is wrong with a row of the trail."""

    UNKNOWN = "unknown"  # a level or an action that the trail does not know, or no date
    NOT_HERE = "not_here"  # the case lay at another level
    NOTHING_ABOVE = "nothing_above"  # the joint meeting has nobody to submit to
    AFTER_CONFIRMED = "after_confirmed"  # dated after the confirmation document
    NOT_AGREED = "not_agreed"  # confirmed although the joint meeting's agreement is not on record by that day


_AFTER: dict[tuple[str, str], Place] = {
    ("subdistrict", "submitted"): Place.DISTRICT,
    ("subdistrict", "returned"): Place.SUBDISTRICT,
    ("subdistrict", "agreed"): Place.SUBDISTRICT,
    ("district", "submitted"): Place.CITY,
    ("district", "returned"): Place.SUBDISTRICT,
    ("district", "agreed"): Place.DISTRICT,
    ("city", "returned"): Place.DISTRICT,
    ("city", "agreed"): Place.DOCUMENT,
}
#: Of rows on one day that could all follow, the lower level and the agreement go first.
_RANK = {
    (level.value, action): (i, j)
    for i, level in enumerate(Level)
    for j, action in enumerate(("agreed", "submitted", "returned"))
}
FAULT_COLUMNS = ["project_id", "date", "level", "action", "document_no", "fault", "place"]
_ROW_COLUMNS = ["project_id", "date", "level", "action", "document_no"]


def walk(
    projects: pd.DataFrame, trail: pd.DataFrame, events: pd.DataFrame, as_of: dt.date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where every case lies on a day, and the rows of its trail that could not follow on what went before.

    `trail` has project_id, level, action, date, document_no (and note); `events` as in `stages.confirmed_dates`.
    Rows after the day, and of projects that `projects` does not hold, are left out. A row twice is one row. A case
    without a row lies with its subdistrict.

    Returns (cases, faults). cases, indexed by project_id: district_code, place (`Place`), since_date (the day it
    came there; NaT without a row), days_there (Int64), last_level, last_action, last_document_no, times_returned.
    faults: project_id, date, level, action, document_no, fault (`Fault`), place (where the case lay before the
    row), in order of project_id and date; a confirmation that nobody agreed to has no level and no action.
    """
    held = trail[trail["project_id"].isin(projects["project_id"])].copy()
    held["date"] = pd.to_datetime(held["date"])
    held = held[~(held["date"] > pd.Timestamp(as_of))]
    for name in ("level", "action", "document_no"):
        held[name] = held[name].astype("object").where(held[name].notna(), None)
    held = held[_ROW_COLUMNS].drop_duplicates()
    is_known = (
        held["date"].notna()
        & held["level"].isin([x.value for x in Level])
        & held["action"].isin([x.value for x in Action])
    )
    faults: list[tuple[object, ...]] = [
        (*row, Fault.UNKNOWN.value, None) for row in held[~is_known].itertuples(index=False)
    ]
    confirmed = confirmed_dates(events, projects, as_of)
    own_rows: dict[str, list[tuple[pd.Timestamp, str, str, str | None]]] = {}
    for project, *row in held[is_known].itertuples(index=False):
        own_rows.setdefault(project, []).append((row[0], row[1], row[2], row[3]))
    cases = []
    for project in projects["project_id"]:
        case, found = _walk_one(project, own_rows.get(project, []), confirmed.get(project))
        cases.append(case)
        faults.extend(found)
    columns = ["place", "since_date", "last_level", "last_action", "last_document_no", "times_returned"]
    table = pd.DataFrame(cases, columns=columns, index=pd.Index(projects["project_id"], name="project_id"))
    table["since_date"] = pd.to_datetime(table["since_date"]).astype("datetime64[ns]")
    days = (pd.Timestamp(as_of) - table["since_date"]).dt.days.astype("Int64")
    table.insert(2, "days_there", days)
    table.insert(0, "district_code", projects.set_index("project_id")["district_code"])
    listed = pd.DataFrame(faults, columns=FAULT_COLUMNS)
    listed["date"] = pd.to_datetime(listed["date"]).astype("datetime64[ns]")
    keys = listed.assign(**{c: listed[c].astype("string").fillna("") for c in FAULT_COLUMNS if c != "date"})
    order = keys.sort_values(["project_id", "date", "level", "action", "document_no", "fault"]).index
    return table, listed.loc[order].reset_index(drop=True)


def _walk_one(
    project: str, rows: list[tuple[pd.Timestamp, str, str, str | None]], confirmed: pd.Timestamp | None
) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
    place, since = Place.SUBDISTRICT, None
    last: tuple[str | None, str | None, str | None] = (None, None, None)
    returned = 0
    has_agreement = False
    faults: list[tuple[object, ...]] = []
    for date, level, action, number in _in_order(rows):
        if confirmed is not None and date > confirmed:
            faults.append(
                (project, date, level, action, number, Fault.AFTER_CONFIRMED.value, Place.CONFIRMED.value)
            )
            continue
        if (level, action) not in _AFTER:
            faults.append((project, date, level, action, number, Fault.NOTHING_ABOVE.value, place.value))
            continue
        if level != place.value:
            faults.append((project, date, level, action, number, Fault.NOT_HERE.value, place.value))
        after = _AFTER[level, action]
        if after is not place or since is None or action == Action.RETURNED.value:
            since = date
        place, last = after, (level, action, number)
        returned += action == Action.RETURNED.value
        has_agreement = place is Place.DOCUMENT
    if confirmed is not None:
        if not has_agreement:
            faults.append((project, confirmed, None, None, None, Fault.NOT_AGREED.value, place.value))
        place, since = Place.CONFIRMED, confirmed
    return (place.value, since, *last, int(returned)), faults


def _in_order(
    rows: list[tuple[pd.Timestamp, str, str, str | None]],
) -> list[tuple[pd.Timestamp, str, str, str | None]]:
    """By date; on one day the row that can follow first, then by level, action and number."""
    waiting = sorted(rows, key=lambda r: (r[0], _RANK[r[1], r[2]], r[3] or ""))
    place, ordered = Place.SUBDISTRICT, []
    while waiting:
        day = [r for r in waiting if r[0] == waiting[0][0]]
        row = next((r for r in day if r[1] == place.value), day[0])
        waiting.remove(row)
        ordered.append(row)
        place = _AFTER.get((row[1], row[2]), place)
    return ordered
