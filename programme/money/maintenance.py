"""The maintenance fund, and who must repair today (R54; the plan's sections 2 (3), item 3, and 3 (14))."""

import datetime as dt
from enum import StrEnum

import pandas as pd

from programme.money.fen import MoneyError, each_once, exact_fen, exact_sum, in_range, needed, texts

#: What an entry of a fund may be, and whether it adds or takes.
ENTRY_KINDS: dict[str, int] = {"collected": 1, "rebuilt": 1, "topped_up": 1, "used": -1}


class Liable(StrEnum):
    """Who must repair."""

    FUND = "fund"
    PROPERTY_UNIT = "property_unit"  # until the fund stands
    NOT_KNOWN = "not_known"  # no fund, and no original property unit is named


#: The rule that says so: code, clause and requirement.
LIABILITY_RULES: dict[Liable, tuple[str, str, str]] = {
    Liable.FUND: ("fund_stands", "二(三)3", "R54"),
    Liable.PROPERTY_UNIT: ("unit_until_fund_stands", "二(三)3", "R54"),
    Liable.NOT_KNOWN: ("unit_not_named", "二(三)3", "R22"),
}


def fund_balances(
    communities: pd.DataFrame, funds: pd.DataFrame, entries: pd.DataFrame, as_of: dt.date
) -> pd.DataFrame:
    """The maintenance fund of each community by a day: collected, rebuilt, topped up, used, and what is left.

    `communities` has community_id and district_code; `funds` (one row for each community's fund) has community_id,
    established_date, document_no; `entries` has entry_id, community_id, kind (`ENTRY_KINDS`), entry_date (dates; an
    undated entry counts) and amount_fen (whole fen, zero or more: the kind says whether it adds).

    Returns, in the order of `communities`: community_id, district_code, collected_fen, rebuilt_fen, topped_up_fen,
    used_fen, balance_fen (int64), rows (tuple of entry_id), established_date (NaT: not by the day), has_fund, and
    problem: overdrawn (balance below zero), money_without_fund, fund_without_money or None. Raises MoneyError:
    money.column_missing, money.key_twice, money.entry_kind_unknown, money.amount_negative, money.not_whole,
    money.overflow.
    """
    needed(communities, ("community_id", "district_code"), "communities")
    needed(funds, ("community_id", "established_date"), "maintenance_funds")
    needed(entries, ("entry_id", "community_id", "kind", "entry_date", "amount_fen"), "maintenance_entries")
    each_once(communities["community_id"], "communities")
    each_once(funds["community_id"], "maintenance_funds")
    each_once(entries["entry_id"], "maintenance_entries")
    amounts = exact_fen(entries["amount_fen"])
    for key, kind, fen in zip(entries["entry_id"], entries["kind"], amounts, strict=True):
        if kind not in ENTRY_KINDS:
            raise MoneyError("money.entry_kind_unknown", entry_id=str(key), kind=str(kind))
        if fen < 0:
            raise MoneyError("money.amount_negative", entry_id=str(key))
    day = pd.Timestamp(as_of)
    is_own = ~(pd.to_datetime(entries["entry_date"]) > day)
    held = entries[is_own].assign(amount_fen=amounts[is_own])
    # Python's own integers: exact however large, and faster than a frame for each of thousands of communities.
    totals: dict[tuple[str, str], int] = {}
    keys_of: dict[str, list[str]] = {}
    entry_columns = (held["entry_id"].astype(str), held["community_id"], held["kind"], held["amount_fen"])
    for key, place, kind, fen in zip(*entry_columns, strict=True):
        totals[place, kind] = totals.get((place, kind), 0) + int(fen)
        keys_of.setdefault(place, []).append(key)
    since = pd.to_datetime(funds.set_index("community_id")["established_date"])
    since = since.where(since <= day).astype("datetime64[ns]")
    found = []
    for community, district in zip(communities["community_id"], communities["district_code"], strict=True):
        sums = {k: in_range(totals.get((community, k), 0)) for k in ENTRY_KINDS}
        balance = exact_sum(ENTRY_KINDS[k] * fen for k, fen in sums.items())
        keys = tuple(sorted(keys_of.get(community, ())))
        established = since.get(community, pd.NaT)
        problem = _problem(balance, bool(keys), pd.notna(established))
        found.append([community, district, *sums.values(), balance, keys, established, problem])
    figures = [*(f"{k}_fen" for k in ENTRY_KINDS), "balance_fen"]
    columns = ["community_id", "district_code", *figures, "rows", "established_date", "problem"]
    frame = pd.DataFrame(found, columns=columns, dtype="object").astype(dict.fromkeys(figures, "int64"))
    frame["established_date"] = pd.to_datetime(frame["established_date"]).astype("datetime64[ns]")
    frame.insert(9, "has_fund", frame["established_date"].notna())
    return frame


def _problem(balance: int, has_rows: bool, has_fund: bool) -> str | None:
    if balance < 0:
        return "overdrawn"
    if has_rows and not has_fund:
        return "money_without_fund"
    return "fund_without_money" if has_fund and not has_rows else None


def liability(communities: pd.DataFrame, balances: pd.DataFrame, completed_dates: pd.Series) -> pd.DataFrame:
    """Who must repair in each community on the day of `balances`, and the rule that says so (R54).

    Where the fund stands, the fund; before, the original property unit (section 2 (3), item 3); where none is named,
    not known. `communities` has community_id and original_property_unit; `balances` comes from `fund_balances` on the
    same communities; `completed_dates` (datetime64 by community_id, up to the day; missing: not completed) is the day
    on which the renovation of the community was completed. Returns, in the order of `communities`: community_id,
    district_code, liable (`Liable` values), name (of the unit; None otherwise), rule, clause, requirement, since
    (datetime64: the fund's day; NaT otherwise), is_fund_exhausted (the fund must repair and nothing is left),
    is_fund_due (completed without a fund: the plan asks for both at once), rows (entries of the fund).
    """
    each_once(communities["community_id"], "communities")
    own = balances.set_index("community_id").loc[communities["community_id"]]
    units = texts(communities["original_property_unit"])
    done = communities["community_id"].isin(completed_dates.index[completed_dates.notna()])
    found = []
    for unit, fund, is_done in zip(units, own.itertuples(), done, strict=True):
        liable = Liable.FUND if fund.has_fund else Liable.PROPERTY_UNIT if unit else Liable.NOT_KNOWN
        found.append(
            (
                fund.Index,
                fund.district_code,
                liable.value,
                unit if liable is Liable.PROPERTY_UNIT else None,
                *LIABILITY_RULES[liable],
                fund.established_date,
                liable is Liable.FUND and fund.balance_fen <= 0,
                bool(is_done and not fund.has_fund),
                fund.rows,
            )
        )
    columns = ["community_id", "district_code", "liable", "name", "rule", "clause", "requirement", "since"]
    flags = ["is_fund_exhausted", "is_fund_due"]
    frame = pd.DataFrame(found, columns=[*columns, *flags, "rows"], dtype="object")
    frame["since"] = pd.to_datetime(frame["since"]).astype("datetime64[ns]")
    return frame.astype(dict.fromkeys(flags, "bool"))
