"""The loans register: pledges, loan rates and guarantee rates (R51; section 3 (5))."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any

import pandas as pd

from programme.money.fen import MoneyError, each_once, exact_fen, exact_sum, fen_or_missing, needed, texts


class LoanState(StrEnum):
    """How a loan stands on a day."""

    AGREED = "agreed"  # not drawn yet
    RUNNING = "running"
    OVERDUE = "overdue"  # due, and not repaid
    REPAID = "repaid"


_COLUMNS = (
    "loan_id",
    "project_id",
    "lender",
    "pledge",
    "principal_fen",
    "repaid_fen",
    "loan_rate_pct",
    "guarantee_rate_pct",
    "drawn_date",
    "due_date",
)
_ASKED = ("lender", "pledge", "loan_rate_pct", "due_date")


def rates(values: pd.Series, keys: pd.Series) -> pd.Series:
    """Yearly rates in percent as exact Fractions (None where missing), on the same index.

    Takes decimals, whole numbers and their text ("3.85"); never a float, whose last digits nobody agreed on. Raises
    MoneyError money.rate_unreadable with the loan and the value.
    """
    found: list[Fraction | None] = []
    for key, value in zip(keys, values, strict=True):
        found.append(_rate(key, value))
    return pd.Series(found, index=values.index, dtype="object")


def _rate(key: Any, value: Any) -> Fraction | None:
    if value is None or (not isinstance(value, str) and pd.isna(value)) or value == "":
        return None
    refused = MoneyError("money.rate_unreadable", loan_id=str(key), value=str(value))
    if isinstance(value, (bool, float)):
        raise refused
    try:
        rate = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise refused from error
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise refused
    return Fraction(rate)


def loan_register(loans: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Every loan with what is outstanding on a day and what the register lacks (R51).

    `loans` has loan_id, project_id, lender, pledge (text: what is pledged, such as operating rights), principal_fen
    (whole fen), repaid_fen (whole fen or missing: none), loan_rate_pct and guarantee_rate_pct (`rates`), drawn_date and
    due_date (dates or missing). Returns the same columns (rates as Fraction or None) with repaid_fen filled,
    outstanding_fen (int64: principal less repaid once drawn, 0 before), state (`LoanState` values) and missing (tuple
    of columns), on the same index. Raises MoneyError: money.column_missing, money.key_twice, money.not_whole,
    money.amount_negative, money.repaid_beyond_principal, money.rate_unreadable.
    """
    needed(loans, _COLUMNS, "loans")
    each_once(loans["loan_id"], "loans")
    principal = exact_fen(loans["principal_fen"])
    repaid = fen_or_missing(loans["repaid_fen"]).fillna(0).astype("int64")
    for key, whole, back in zip(loans["loan_id"], principal, repaid, strict=True):
        if whole < 0 or back < 0:
            raise MoneyError("money.amount_negative", entry_id=str(key))
        if back > whole:
            raise MoneyError("money.repaid_beyond_principal", loan_id=str(key))
    day = pd.Timestamp(as_of)
    drawn, due = pd.to_datetime(loans["drawn_date"]), pd.to_datetime(loans["due_date"])
    is_drawn = drawn <= day
    left = (principal - repaid).where(is_drawn, 0).astype("int64")
    states = [
        _state(bool(d), int(rest), bool(late)).value
        for d, rest, late in zip(is_drawn, left, due < day, strict=True)
    ]
    frame = loans[list(_COLUMNS)].assign(
        lender=texts(loans["lender"]),
        pledge=texts(loans["pledge"]),
        principal_fen=principal,
        repaid_fen=repaid,
        loan_rate_pct=rates(loans["loan_rate_pct"], loans["loan_id"]),
        guarantee_rate_pct=rates(loans["guarantee_rate_pct"], loans["loan_id"]),
        drawn_date=drawn,
        due_date=due,
        outstanding_fen=left,
        state=pd.Series(states, index=loans.index, dtype="object"),
    )
    gaps = [tuple(c for c in _ASKED if pd.isna(row[c])) for _, row in frame.iterrows()]
    return frame.assign(missing=pd.Series(gaps, index=loans.index, dtype="object"))


def _state(is_drawn: bool, rest: int, is_late: bool) -> LoanState:
    if not is_drawn:
        return LoanState.AGREED
    if rest == 0:
        return LoanState.REPAID
    return LoanState.OVERDUE if is_late else LoanState.RUNNING


def mean_rate_pct(
    register: pd.DataFrame, column: str = "loan_rate_pct"
) -> tuple[Fraction | None, tuple[str, ...]]:
    """The mean rate of what is outstanding, weighted by it, and the loans (sorted) that it was taken over.

    `register` comes from `loan_register`; `column` is loan_rate_pct or guarantee_rate_pct. Loans without the rate, and
    those with nothing outstanding, are left out; None where none remains.
    """
    own = register[register[column].notna() & (register["outstanding_fen"] > 0)]
    if own.empty:
        return None, ()
    whole = exact_sum(own["outstanding_fen"])
    weighted = sum(
        (rate * int(fen) for rate, fen in zip(own[column], own["outstanding_fen"], strict=True)), Fraction(0)
    )
    return weighted / whole, tuple(sorted(own["loan_id"].astype(str)))
