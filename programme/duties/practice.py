"""Good practice and where it was sent (R65), models that can be copied (R73), and the districts' filed plans (R66)."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

import pandas as pd


class CardKind(StrEnum):
    """What a card tells of."""

    GOOD_PRACTICE = "good_practice"  # R65: reported to the city's leaders and sent round
    MODEL = "model"  # R73: a way of working that others can copy


class PlanPart(StrEnum):
    """What a district's own plan of the year must hold (the plan's section 4, item 3)."""

    GOALS = "goals"
    STAGES = "stages"
    ORGANISATION = "organisation"
    DUTIES = "duties"
    PROJECT_PLANS = "project_plans"


def card_library(
    cards: pd.DataFrame, sent_log: pd.DataFrame, units: Sequence[str], as_of: dt.date
) -> pd.DataFrame:
    """The cards published by a day with their sent-to log, the newest first.

    `cards` has card_id, kind (`CardKind`), title, summary, district_code, project_id (may be missing),
    published_date; `sent_log` has sent_id, card_id, unit, sent_date; `units` are all who should get a card.
    Returns the cards with sent_to and not_sent_to (tuples of units, in the order of `units`; others sorted behind)
    and first_sent_date.
    """
    day = pd.Timestamp(as_of)
    held = cards[pd.to_datetime(cards["published_date"]) <= day]
    held = held.sort_values(["published_date", "card_id"], ascending=[False, True]).reset_index(drop=True)
    sent = sent_log[pd.to_datetime(sent_log["sent_date"]) <= day]
    reached = {key: set(rows) for key, rows in sent.groupby("card_id")["unit"]}
    first = sent.groupby("card_id")["sent_date"].min()
    got = [reached.get(key, set()) for key in held["card_id"]]
    return held.assign(
        sent_to=pd.Series(
            [(*(u for u in units if u in g), *sorted(g - set(units))) for g in got], dtype="object"
        ),
        not_sent_to=pd.Series([tuple(u for u in units if u not in g) for g in got], dtype="object"),
        first_sent_date=pd.Series(
            [first.get(key, pd.NaT) for key in held["card_id"]], dtype="datetime64[ns]"
        ),
    )


def plan_filings(
    district_codes: Sequence[str], filings: pd.DataFrame, *, year: int, as_of: dt.date
) -> pd.DataFrame:
    """Which district has filed its plan of the year, and what is missing from it (R66).

    `filings` has filing_id, district_code, year, part (`PlanPart`), filed_date, document_no. Returns one row for
    each district in the given order: district_code, one date column for each part (the first filing; NaT where
    missing), missing (tuple of parts in the plan's order), is_complete, and filed_date (when the last missing part
    came; NaT until then).
    """
    filed = pd.to_datetime(filings["filed_date"])
    held = filings.assign(filed_date=filed)[(filings["year"] == year) & (filed <= pd.Timestamp(as_of))]
    parts = [p.value for p in PlanPart]
    first = held.groupby(["district_code", "part"])["filed_date"].min()
    table = pd.DataFrame({"district_code": list(district_codes)})
    for part in parts:
        dates = [first.get((code, part), pd.NaT) for code in district_codes]
        table[part] = pd.Series(dates, dtype="datetime64[ns]")
    missing = [
        tuple(p for p, is_missing in zip(parts, row, strict=True) if is_missing)
        for row in table[parts].isna().to_numpy()
    ]
    table["missing"] = pd.Series(missing, dtype="object")
    table["is_complete"] = pd.Series([not m for m in missing], dtype="bool")
    table["filed_date"] = table[parts].max(axis=1).where(table["is_complete"]).astype("datetime64[ns]")
    return table
