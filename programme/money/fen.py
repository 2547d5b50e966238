"""Sums of money as whole fen: exact, never a float, and refused rather than wrapped around when too large.

Funding and fixed-asset investment are two different counts of the same works (R49). They are two types that can't be
added to each other, and two column names (`funding_fen`, `investment_fen`) that never stand in for one another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: The largest sum that the store can hold (a signed 64-bit integer): 92 quadrillion yuan.
MOST_FEN = 2**63 - 1
#: Up to here a float holds every whole number exactly.
_MOST_EXACT_FLOAT = 2**53


class MoneyError(ValueError):
    """Money that can't be counted: `code` (money.*) and `params` for its sentence in the screen's catalogue."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params: Mapping[str, str | int] = params


@dataclass(frozen=True)
class Funding:
    """A sum of funding in one state (planned, allotted or paid); adds to nothing but its like."""

    fen: int
    state: str

    def __add__(self, other: object) -> "Funding":
        if not isinstance(other, Funding) or other.state != self.state:
            return NotImplemented
        return Funding(in_range(self.fen + other.fen), self.state)


@dataclass(frozen=True)
class Investment:
    """Fixed-asset investment completed (R49); adds to nothing but its like."""

    fen: int

    def __add__(self, other: object) -> "Investment":
        if not isinstance(other, Investment):
            return NotImplemented
        return Investment(in_range(self.fen + other.fen))


def in_range(fen: int) -> int:
    """The sum itself.

    Raises MoneyError money.overflow where the store could not hold it.
    """
    if abs(fen) > MOST_FEN:
        raise MoneyError("money.overflow", fen=str(fen))
    return fen


def exact_fen(amounts: pd.Series) -> pd.Series:
    """Amounts as int64 on the same index.

    Takes whole numbers alone: integer columns, or objects that are ints. Raises MoneyError: money.not_whole (a float, a
    text, a truth value or a missing value, with its row), money.overflow.
    """
    if pd.api.types.is_integer_dtype(amounts.dtype) and not amounts.hasnans:
        if pd.api.types.is_unsigned_integer_dtype(amounts.dtype) and len(amounts):
            in_range(int(amounts.max()))
        return amounts.astype("int64")
    if not amounts.empty and not pd.api.types.is_object_dtype(amounts.dtype):
        row = amounts.index[amounts.isna()][0] if amounts.hasnans else amounts.index[0]
        raise MoneyError("money.not_whole", row=str(row), value=str(amounts.loc[row]))
    for row, value in amounts.items():
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            raise MoneyError("money.not_whole", row=str(row), value=str(value))
        in_range(int(value))
    return amounts.astype("int64")


def fen_or_missing(amounts: pd.Series) -> pd.Series:
    """Amounts of a column that may be empty, as Int64 on the same index.

    A float column is what a query makes of whole numbers and gaps: it is taken where every value is whole and small
    enough for a float to hold exactly. Raises MoneyError as `exact_fen`.
    """
    found = pd.Series(pd.NA, index=amounts.index, dtype="Int64")
    known = amounts[amounts.notna()]
    if pd.api.types.is_float_dtype(known.dtype):
        wrong = known[(known % 1 != 0) | (known.abs() > _MOST_EXACT_FLOAT)]
        if len(wrong):
            raise MoneyError("money.not_whole", row=str(wrong.index[0]), value=str(wrong.iloc[0]))
        known = known.astype("int64")
    found.loc[known.index] = exact_fen(known).astype("Int64")
    return found


def exact_sum(amounts: Iterable[int]) -> int:
    """The sum of whole fen.

    Raises MoneyError money.overflow.
    """
    return in_range(sum(int(a) for a in amounts))


def grouped(
    rows: pd.DataFrame, by: list[str], amount: str, key: str, total: str, selector: str = "rows"
) -> pd.DataFrame:
    """Sums by group with the keys of the rows behind each.

    `rows` has the `by` columns (a missing value is a group of its own), `amount` (int64 fen) and `key`. Returns the
    `by` columns, `total` (int64) and `selector` (tuple of keys, sorted), in the order of `by`, missing last. Raises
    MoneyError money.overflow where a sum is too large.
    """
    columns = [*by, total, selector]
    if rows.empty:
        return pd.DataFrame({c: pd.Series(dtype="int64" if c == total else "object") for c in columns})
    # Python's own integers: exact however large, and faster than a frame for each of many small groups.
    sums: dict[tuple, int] = {}
    keys: dict[tuple, list[str]] = {}
    named = [[None if pd.isna(v) else v for v in rows[column]] for column in by]
    for *names, fen, own in zip(*named, rows[amount], rows[key].astype(str), strict=True):
        group = tuple(names)
        sums[group] = sums.get(group, 0) + int(fen)
        keys.setdefault(group, []).append(own)
    found = [[*group, in_range(fen), tuple(sorted(keys[group]))] for group, fen in sums.items()]
    found.sort(key=lambda row: [(v is None, str(v)) for v in row[: len(by)]])
    return pd.DataFrame(found, columns=columns, dtype="object").astype({total: "int64"})


def needed(rows: pd.DataFrame, columns: Iterable[str], frame: str) -> None:
    """Refuses a frame that lacks a column.

    Raises MoneyError money.column_missing with the frame and the column.
    """
    for column in columns:
        if column not in rows.columns:
            raise MoneyError("money.column_missing", frame=frame, column=column)


def each_once(keys: pd.Series, frame: str) -> None:
    """Refuses a frame in which a key stands twice, so that no total counts a row twice.

    Raises MoneyError money.key_twice with the frame and the key.
    """
    twice = keys[keys.duplicated()]
    if len(twice):
        raise MoneyError("money.key_twice", frame=frame, key=str(twice.iloc[0]))


def texts(values: pd.Series) -> pd.Series:
    """Text as objects, trimmed; blank and missing are None."""
    return pd.Series(
        [None if pd.isna(v) or not str(v).strip() else str(v).strip() for v in values],
        index=values.index,
        dtype="object",
    )
