"""Provident fund and service rewards (R53), and the findings of fund reviews and audits (R50)."""

import datetime as dt
from enum import StrEnum

import pandas as pd

from programme.money.fen import MoneyError, each_once, exact_fen, fen_or_missing, grouped, needed, texts


class Support(StrEnum):
    """The two supports of the annex."""

    PROVIDENT_FUND = "provident_fund"  # residents pay for optional items from it
    SERVICE_REWARD = "service_reward"  # for professional property service


class FindingState(StrEnum):
    """How a finding stands on a day."""

    CLOSED = "closed"
    OPEN = "open"
    OVERDUE = "overdue"  # past its due day
    NO_DUE_DATE = "no_due_date"  # open, and nobody said until when


#: Clause behind each flag of `support_flags`.
SUPPORT_CLAUSES: dict[str, str] = {
    "provident_fund_not_optional": "附件·住房资金管理中心",
    "reward_without_service": "附件·住建委",
    "support_without_document": "附件·财政局",
}


def support_flags(supports: pd.DataFrame, communities: pd.DataFrame) -> pd.DataFrame:
    """Supports that do not fit what they are for (R53).

    `supports` has support_id, community_id, kind (`Support`), content_class (basic, optional or missing),
    amount_fen (whole fen), decided_date, document_no; `communities` has community_id and
    has_property_service. Returns flag (a key of `SUPPORT_CLAUSES`), support_id, community_id, amount_fen
    (int64), clause; in the order of the rows. The provident fund is for optional items alone; a reward goes
    to a community with a property service (where nobody has said whether there is one, it is flagged too).
    Raises MoneyError: money.column_missing, money.key_twice, money.support_kind_unknown, money.not_whole.
    """
    columns = ("support_id", "community_id", "kind", "content_class", "amount_fen", "document_no")
    needed(supports, columns, "supports")
    each_once(supports["support_id"], "supports")
    each_once(communities["community_id"], "communities")
    amounts = exact_fen(supports["amount_fen"])
    has_service = dict(
        zip(
            communities["community_id"],
            communities["has_property_service"].astype("boolean").fillna(False),
            strict=True,
        )
    )
    found: list[tuple[str, str, str, int, str]] = []
    for key, place, kind, item_class, fen, document in zip(
        supports["support_id"],
        supports["community_id"],
        supports["kind"],
        texts(supports["content_class"]),
        amounts,
        texts(supports["document_no"]),
        strict=True,
    ):
        if kind not in set(Support):
            raise MoneyError("money.support_kind_unknown", support_id=str(key), kind=str(kind))
        wrong = []
        if kind == Support.PROVIDENT_FUND and item_class != "optional":
            wrong.append("provident_fund_not_optional")
        if kind == Support.SERVICE_REWARD and not has_service.get(place, False):
            wrong.append("reward_without_service")
        if document is None:
            wrong.append("support_without_document")
        found.extend((flag, key, place, fen, SUPPORT_CLAUSES[flag]) for flag in wrong)
    names = ["flag", "support_id", "community_id", "amount_fen", "clause"]
    return pd.DataFrame(found, columns=names, dtype="object").astype({"amount_fen": "int64"})


def support_totals(supports: pd.DataFrame, communities: pd.DataFrame) -> pd.DataFrame:
    """Supports by district and kind: district_code (None: not known), kind, support_fen (int64), rows (support_id).

    `communities` has community_id and district_code. Raises MoneyError money.key_twice, money.not_whole,
    money.overflow.
    """
    each_once(supports["support_id"], "supports")
    each_once(communities["community_id"], "communities")
    districts = dict(zip(communities["community_id"], texts(communities["district_code"]), strict=True))
    rows = pd.DataFrame(
        {
            "district_code": pd.Series([districts.get(c) for c in supports["community_id"]], dtype="object"),
            "kind": texts(supports["kind"]).to_numpy(),
            "amount_fen": exact_fen(supports["amount_fen"]).to_numpy(),
            "support_id": supports["support_id"].to_numpy(),
        }
    )
    return grouped(rows, ["district_code", "kind"], "amount_fen", "support_id", "support_fen")


def finding_states(findings: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The findings of fund reviews and audits made by a day, open ones that wait longest first (R50).

    `findings` has finding_id, project_id, district_code, kind (review or audit), found_date, due_date, closed_date
    (dates or missing), amount_fen (whole fen in question, or missing), text. Returns its rows with state
    (`FindingState` values), days_open (Int64: to the closing or to the day) and days_over (Int64: past the due day;
    missing where there is none). A finding without a found_date counts, without days_open. Raises MoneyError:
    money.column_missing, money.key_twice, money.not_whole.
    """
    columns = ("finding_id", "district_code", "found_date", "due_date", "closed_date", "amount_fen")
    needed(findings, columns, "fund_findings")
    each_once(findings["finding_id"], "fund_findings")
    day = pd.Timestamp(as_of)
    dates = {c: pd.to_datetime(findings[c]).astype("datetime64[ns]") for c in columns[2:5]}
    is_own = ~(dates["found_date"] > day)
    held = findings[is_own].assign(
        **{c: d[is_own] for c, d in dates.items()}, amount_fen=fen_or_missing(findings["amount_fen"])[is_own]
    )
    closed = held["closed_date"].where(held["closed_date"] <= day)
    until = closed.fillna(day)
    over = (until - held["due_date"]).dt.days.astype("Int64").clip(lower=0)
    states = [
        FindingState.CLOSED.value
        if pd.notna(c)
        else FindingState.NO_DUE_DATE.value
        if pd.isna(due)
        else (FindingState.OVERDUE if due < day else FindingState.OPEN).value
        for c, due in zip(closed, held["due_date"], strict=True)
    ]
    held = held.assign(
        state=pd.Series(states, index=held.index, dtype="object"),
        days_open=(until - held["found_date"]).dt.days.astype("Int64"),
        days_over=over,
    )
    order = held.assign(_closed=held["state"] == FindingState.CLOSED.value)
    order = order.sort_values(
        ["_closed", "days_open", "finding_id"], ascending=[True, False, True], na_position="last"
    )
    return order.drop(columns="_closed")
