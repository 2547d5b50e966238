"""Parking: built, shared at staggered hours, and how full it is (R34; annex, transport commission)."""

import datetime as dt
from fractions import Fraction
from typing import Any

import pandas as pd

from programme.content.errors import ContentError, checked, days, one_of

KINDS = ("built", "shared")
TABLE_COLUMNS = [
    "community_id",
    "built_spaces",
    "shared_spaces",
    "households",
    "spaces_per_household",
    "occupied",
    "counted_spaces",
    "occupancy",
    "is_over_full",
    "not_counted",
    "rows",
]


def parking_table(lots: pd.DataFrame, communities: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The parking of each community by a day (R34).

    `lots` has lot_id, community_id, kind (built: in the community; shared: a neighbour's, at staggered hours), spaces
    (whole number), opened_date (missing: not open), occupied (whole number counted, or missing), counted_date.
    `communities` has community_id and households (or missing).

    Returns, in the order of `communities`: community_id, built_spaces, shared_spaces (int64, open by the
    day), households (Int64), spaces_per_household (Fraction; None where households are not known or none),
    occupied and counted_spaces (int64: of the lots that were counted by the day), occupancy (their
    Fraction, may exceed 1, None where nothing was counted), is_over_full (a lot with more cars than
    spaces), not_counted (tuple of lot_id), rows (tuple of lot_id, all that are open). Lots of communities
    that are not in `communities` are left out. Raises ContentError: content.column_missing,
    content.key_twice, content.code_unknown, content.number_unreadable.
    """
    columns = ("lot_id", "community_id", "kind", "spaces", "opened_date", "occupied", "counted_date")
    checked(lots, columns, "parking_lots", "lot_id")
    checked(communities, ("community_id", "households"), "communities", "community_id")
    one_of(lots["kind"], KINDS, "parking_lots", lots["lot_id"])
    day = pd.Timestamp(as_of)
    counted = lots["occupied"].notna() & ~(days(lots["counted_date"]) > day)
    held = lots[["lot_id", "community_id", "kind"]].assign(
        spaces=_whole(lots, "spaces"),
        occupied=_whole(lots, "occupied", is_optional=True),
        is_counted=counted,
    )[days(lots["opened_date"]) <= day]
    # Plain tuples by community: a frame for each of hundreds of communities would take seconds.
    own: dict[str, list[tuple[str, str, int, Any, bool]]] = {}
    for lot, place, kind, spaces, occupied, is_counted in held.itertuples(index=False, name=None):
        own.setdefault(place, []).append((str(lot), kind, int(spaces), occupied, bool(is_counted)))
    households = pd.to_numeric(communities["households"]).astype("Int64")
    found = []
    for place, homes in zip(communities["community_id"], households, strict=True):
        rows = own.get(place, [])
        built, shared = (sum(n for _, kind, n, _, _ in rows if kind == k) for k in KINDS)
        seen = [(int(cars), n) for _, _, n, cars, is_counted in rows if is_counted]
        cars, spaces = sum(c for c, _ in seen), sum(n for _, n in seen)
        found.append(
            (
                place,
                built,
                shared,
                homes,
                None if pd.isna(homes) or homes == 0 else Fraction(built + shared, int(homes)),
                cars,
                spaces,
                Fraction(cars, spaces) if spaces else None,
                any(c > n for c, n in seen),
                tuple(sorted(lot for lot, _, _, _, is_counted in rows if not is_counted)),
                tuple(sorted(lot for lot, *_ in rows)),
            )
        )
    frame = pd.DataFrame(found, columns=TABLE_COLUMNS, dtype="object")
    wholes = ["built_spaces", "shared_spaces", "occupied", "counted_spaces"]
    return frame.astype({**dict.fromkeys(wholes, "int64"), "households": "Int64", "is_over_full": "bool"})


def _whole(lots: pd.DataFrame, column: str, *, is_optional: bool = False) -> pd.Series:
    for key, value in zip(lots["lot_id"], lots[column], strict=True):
        if is_optional and pd.isna(value):
            continue
        if pd.isna(value) or isinstance(value, bool) or value != int(value) or value < 0:
            raise ContentError("content.number_unreadable", key=str(key), value=str(value))
    return pd.to_numeric(lots[column]).astype("Int64")
