"""Lifts, stairwell by stairwell: consent, filing, acceptance, operator (R33)."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import pandas as pd

from programme.content.errors import ContentError, checked, days, texts

#: Two thirds of the owners and of the floor area of the stairwell (confidence medium: published practice).
CONSENT = Fraction(2, 3)


class LiftState(StrEnum):
    """How far a stairwell has come."""

    NOT_ASKED = "not_asked"  # the owners' answer is not known, or can't be so
    CONSENT_SHORT = "consent_short"
    CONSENTED = "consented"
    FILED = "filed"
    ACCEPTED = "accepted"


class LiftProblem(StrEnum):
    """What does not fit."""

    CONSENT_IMPOSSIBLE = "consent_impossible"  # more consent than there is, or nobody to consent
    FILED_WITHOUT_CONSENT = "filed_without_consent"
    ACCEPTED_WITHOUT_FILING = "accepted_without_filing"
    ACCEPTED_WITHOUT_OPERATOR = "accepted_without_operator"


_COUNTS = ("owners", "owners_consenting", "area_m2", "area_consenting_m2")


def lift_states(stairwells: pd.DataFrame, as_of: dt.date, consent: Fraction = CONSENT) -> pd.DataFrame:
    """Every stairwell's way to a lift by a day (R33).

    `stairwells` has stairwell_id, building_id, community_id, owners and owners_consenting (counts), area_m2
    and area_consenting_m2 (floor area; numbers, missing where not known), filed_date, accepted_date,
    operator. Consent stands when both shares reach `consent`, exactly. Returns stairwell_id, building_id,
    community_id, state (`LiftState` values; the furthest step on record, whatever is missing before it),
    owners_share and area_share (Fraction, None where not known), owners_lacking (Int64: how many more
    owners must consent, by their number), has_operator, problems (tuple of `LiftProblem` values), on the
    same index. Raises ContentError: content.column_missing, content.key_twice, content.number_unreadable.
    """
    columns = (
        "stairwell_id",
        "building_id",
        "community_id",
        *_COUNTS,
        "filed_date",
        "accepted_date",
        "operator",
    )
    checked(stairwells, columns, "stairwells", "stairwell_id")
    day = pd.Timestamp(as_of)
    filed, accepted = (days(stairwells[c]) <= day for c in ("filed_date", "accepted_date"))
    has_operator = texts(stairwells["operator"]).notna()
    found = []
    for key, *numbers, is_filed, is_accepted, is_run in zip(
        stairwells["stairwell_id"],
        *(stairwells[c] for c in _COUNTS),
        filed,
        accepted,
        has_operator,
        strict=True,
    ):
        people, for_it, area, area_for_it = (_exact(key, n) for n in numbers)
        shares = (_share(for_it, people), _share(area_for_it, area))
        pairs = ((for_it, people), (area_for_it, area))
        is_wrong = any(w == 0 or (p is not None and w is not None and p > w) for p, w in pairs)
        is_known = None not in shares and not is_wrong
        stands = is_known and all(s is not None and s >= consent for s in shares)
        named = {
            LiftProblem.CONSENT_IMPOSSIBLE: is_wrong,
            LiftProblem.FILED_WITHOUT_CONSENT: (is_filed or is_accepted) and not stands,
            LiftProblem.ACCEPTED_WITHOUT_FILING: is_accepted and not is_filed,
            LiftProblem.ACCEPTED_WITHOUT_OPERATOR: is_accepted and not is_run,
        }
        found.append(
            (
                _state(is_accepted, is_filed, stands, is_known).value,
                *shares,
                _lacking(for_it, people, consent),
                tuple(p.value for p, is_so in named.items() if is_so),
            )
        )
    names = ["state", "owners_share", "area_share", "owners_lacking", "problems"]
    told = pd.DataFrame(found, columns=names, index=stairwells.index, dtype="object")
    told = told.astype({"owners_lacking": "Int64"})
    told.insert(4, "has_operator", has_operator)
    return pd.concat([stairwells[["stairwell_id", "building_id", "community_id"]], told], axis=1)


def _exact(key: Any, value: Any) -> Fraction | None:
    if pd.isna(value):
        return None
    # A float's own digits are what was typed in (93.3 is 933/10), not its binary neighbour.
    number = Decimal(str(value))
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise ContentError("content.number_unreadable", key=str(key), value=str(value))
    return Fraction(number)


def _share(part: Fraction | None, whole: Fraction | None) -> Fraction | None:
    return None if part is None or not whole else part / whole


def _lacking(part: Fraction | None, whole: Fraction | None, consent: Fraction) -> Any:
    if part is None or not whole:
        return pd.NA
    return max(-((part - whole * consent) // 1), 0)


def _state(is_accepted: bool, is_filed: bool, stands: bool, is_known: bool) -> LiftState:
    if is_accepted:
        return LiftState.ACCEPTED
    if is_filed:
        return LiftState.FILED
    if stands:
        return LiftState.CONSENTED
    return LiftState.CONSENT_SHORT if is_known else LiftState.NOT_ASKED
