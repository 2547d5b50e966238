"""The reserve pool (R6): how ready each candidate is and what it lacks; and what a district can afford (R8).

The plan gives no weights, so every item of readiness counts alike. A project may be submitted only where the
district's assessment of fiscal capacity for the year exists and the planned investment fits into it (section 2 (1),
item 5). Money is in whole fen.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from enum import StrEnum

import pandas as pd

from programme.steps import WORKS, Step, StepTable


class Item(StrEnum):
    """What a candidate should bring with it; the steps carry the steps' own codes."""

    SURVEYED = "surveyed"  # R2
    OWNERS_BODY = "owners_body"  # R13
    DEMANDS_GATHERED = "demands_gathered"  # R14
    CONTENT_ITEMS = "content_items"  # R15: the draft menu of works
    INVESTOR = "investor"  # R16
    IMPLEMENTING_BODY = "implementing_body"  # R16
    PLANNED_INVESTMENT = "planned_investment"  # without it the capacity can't be judged, R8
    DESIGNED = "designed"  # R17
    SERVICE_AGREEMENT = "service_agreement"  # R20


#: Where the plan asks for each item, and the requirement it is held under.
ITEM_CLAUSES: dict[Item, tuple[str, str]] = {
    Item.SURVEYED: ("一(二)", "R2"),
    Item.OWNERS_BODY: ("二(一)2", "R13"),
    Item.DEMANDS_GATHERED: ("二(一)3", "R14"),
    Item.CONTENT_ITEMS: ("二(一)3", "R15"),
    Item.INVESTOR: ("二(一)4", "R16"),
    Item.IMPLEMENTING_BODY: ("二(一)4", "R16"),
    Item.PLANNED_INVESTMENT: ("二(一)5", "R8"),
    Item.DESIGNED: ("二(一)6", "R17"),
    Item.SERVICE_AGREEMENT: ("二(一)7", "R20"),
}
ITEMS: tuple[Item, ...] = tuple(Item)
_STEPS = {Item(s.value): s for s in Step if s.value in set(Item)}
_TEXTS = (Item.CONTENT_ITEMS, Item.INVESTOR, Item.IMPLEMENTING_BODY)


class Fiscal(StrEnum):
    """Whether a project may be submitted for a year, or why not."""

    FITS = "fits"
    NOT_ASSESSED = "not_assessed"  # the district has no dated assessment for the year
    CAPACITY_NOT_SET = "capacity_not_set"  # assessed, but the sum is missing
    INVESTMENT_NOT_SET = "investment_not_set"  # the project has no planned investment
    OVER = "over"  # together with what is committed it exceeds the capacity


def candidates(table: StepTable, items: Sequence[Item] = ITEMS) -> pd.DataFrame:
    """The projects of the pool (by the day not confirmed with a document and works not begun), the readiest first.

    Works begun without a confirmation make no candidate: `breaches.breaches` lists them.

    `table` comes from `steps.step_table`; its projects need investor, implementing_body, content_items and
    planned_investment_fen as far as `items` asks for them. Returns project_id, district_code, is_central_state, met,
    asked (ints), score_pct (float: 100 · met / asked), missing (tuple of `Item`, in order), reserve_date,
    days_in_pool (Int64; missing without a date), planned_investment_fen (Int64). Equal scores: the longer in the
    pool first, then by project_id. Raises ValueError where no item is asked for.
    """
    if not items:
        raise ValueError("readiness needs at least one item")
    is_begun = table.taken[[s.value for s in WORKS]].notna().any(axis=1)
    in_pool = table.dates[Step.CONFIRMED.value].isna() & ~is_begun
    held = table.projects[in_pool]
    money = whole_fen(held["planned_investment_fen"])
    met = pd.DataFrame(
        {item.value: _has(item, table, held, money) for item in ITEMS if item in set(items)}, index=held.index
    ).astype(bool)
    names = [Item(n) for n in met.columns]
    entered = table.dates.loc[held.index, Step.RESERVE.value]
    found = pd.DataFrame(
        {
            "project_id": held.index.to_numpy(),
            "district_code": held["district_code"].to_numpy(),
            "is_central_state": held["is_central_state"].astype(bool).to_numpy(),
            "met": met.sum(axis=1).astype("int64").to_numpy(),
            "asked": len(names),
            "score_pct": (100.0 * met.sum(axis=1) / len(names)).to_numpy(),
            "missing": pd.Series(
                [tuple(n for n, hit in zip(names, row, strict=True) if not hit) for row in met.to_numpy()],
                dtype="object",
            ),
            "reserve_date": entered.to_numpy(dtype="datetime64[ns]"),
            "days_in_pool": (pd.Timestamp(table.as_of) - entered).dt.days.astype("Int64").to_numpy(),
            "planned_investment_fen": money.to_numpy(),
        }
    )
    return found.sort_values(
        ["met", "reserve_date", "project_id"], ascending=[False, True, True], na_position="last"
    ).reset_index(drop=True)


def _has(item: Item, table: StepTable, held: pd.DataFrame, money: pd.Series) -> pd.Series:
    if item in _STEPS:
        return table.is_met.loc[held.index, _STEPS[item].value]
    if item is Item.PLANNED_INVESTMENT:
        return money.notna()
    assert item in _TEXTS
    return held[item.value].astype("string").str.strip().fillna("").ne("").astype(bool)


def whole_fen(sums: pd.Series) -> pd.Series:
    """Sums of money as nullable whole fen (Int64).

    Raises ValueError where a sum has a part of a fen.
    """
    numbers = pd.to_numeric(sums)
    if pd.api.types.is_float_dtype(numbers) and (numbers.dropna() % 1 != 0).any():
        raise ValueError("money is held in whole fen")
    return numbers.astype("Int64")


def assessments_in_force(assessments: pd.DataFrame, year: int, as_of: dt.date) -> pd.DataFrame:
    """The fiscal assessment of a year that holds for each district on a day: the last one dated by then (R8).

    `assessments` has district_code, year, capacity_fen, assessed_date and document_no; rows without a date don't
    count. Returns a frame indexed by district_code: capacity_fen (Int64), assessed_date, document_no. Of several on
    one day the last by document number holds, then the smaller sum.
    """
    dated = assessments.assign(
        assessed_date=pd.to_datetime(assessments["assessed_date"]),
        capacity_fen=whole_fen(assessments["capacity_fen"]),
        _number=assessments["document_no"].astype("string").fillna(""),
    )
    dated = dated[(dated["year"] == year) & (dated["assessed_date"] <= pd.Timestamp(as_of))]
    dated = dated.sort_values(
        ["district_code", "assessed_date", "_number", "capacity_fen"], ascending=[True, True, True, False]
    )
    held = dated.drop_duplicates("district_code", keep="last").set_index("district_code")
    return held[["capacity_fen", "assessed_date", "document_no"]]


def fiscal_room(
    projects: pd.DataFrame, committed: Collection[str], assessments: pd.DataFrame, year: int, as_of: dt.date
) -> pd.DataFrame:
    """What each district can afford in a year, and how much of it is taken.

    `committed` are the projects that already draw on it (confirmed, or under submission); those of `projects` with
    this plan_year count. Projects of central state organs are in the districts' plan (section 2 (1), item 5) and
    count where `projects` holds them; leave them out with `progress.with_or_without_central`. Returns a frame indexed
    by district_code (of any district with a project or an assessment): is_assessed, capacity_fen, committed_fen,
    room_fen (Int64, negative when overdrawn, missing without a capacity), committed_projects, unknown_sums (committed
    projects without a planned investment), assessed_date, document_no.
    """
    in_force = assessments_in_force(assessments, year, as_of)
    own = projects[
        (pd.to_numeric(projects["plan_year"]) == year).fillna(False).astype(bool)
        & projects["project_id"].isin(list(committed))
    ]
    money = whole_fen(own["planned_investment_fen"])
    by = own["district_code"]
    codes = pd.Index(sorted({*projects["district_code"], *in_force.index}), name="district_code")
    held = in_force.reindex(codes)
    taken = money.groupby(by).sum().reindex(codes).fillna(0).astype("Int64")
    capacity = held["capacity_fen"].astype("Int64")
    return pd.DataFrame(
        {
            "is_assessed": held["assessed_date"].notna(),
            "capacity_fen": capacity,
            "committed_fen": taken,
            "room_fen": capacity - taken,
            "committed_projects": by.value_counts().reindex(codes).fillna(0).astype("int64"),
            "unknown_sums": money.isna().groupby(by).sum().reindex(codes).fillna(0).astype("int64"),
            "assessed_date": pd.to_datetime(held["assessed_date"]),
            "document_no": held["document_no"],
        },
        index=codes,
    )


def submission_check(
    projects: pd.DataFrame,
    proposed: Sequence[str],
    committed: Collection[str],
    assessments: pd.DataFrame,
    year: int,
    as_of: dt.date,
) -> pd.DataFrame:
    """Whether each proposed project may be submitted for a year, judged in the order given (R8).

    The first takes its part of the district's room, the next is judged on what is left; one that does not fit takes
    nothing. A project that is already committed is not counted twice. Frames as in `fiscal_room`; whatever plan_year
    the proposed projects carry, they are judged for `year`. Returns project_id, district_code, fiscal (`Fiscal`
    value), may_submit (bool), planned_investment_fen, room_fen (before it), over_fen (Int64: by how much it does not
    fit; missing where it is not over). Raises KeyError for a project that `projects` does not hold.
    """
    chosen = list(dict.fromkeys(proposed))
    held = projects.set_index("project_id")
    if missing := [p for p in chosen if p not in held.index]:
        raise KeyError(missing[0])
    room = fiscal_room(projects, set(committed) - set(chosen), assessments, year, as_of)
    is_assessed = room["is_assessed"].to_dict()
    left = {code: None if pd.isna(v) else int(v) for code, v in room["room_fen"].items()}
    sums = whole_fen(held["planned_investment_fen"])
    rows = []
    for project in chosen:
        district = str(held.at[project, "district_code"])
        value = sums.at[project]
        need = None if pd.isna(value) else int(value)
        free, over = left.get(district), None
        if not is_assessed.get(district, False):
            fiscal = Fiscal.NOT_ASSESSED
        elif free is None:
            fiscal = Fiscal.CAPACITY_NOT_SET
        elif need is None:
            fiscal = Fiscal.INVESTMENT_NOT_SET
        elif need > free:
            fiscal, over = Fiscal.OVER, need - free
        else:
            fiscal = Fiscal.FITS
            left[district] = free - need
        rows.append((project, district, fiscal.value, fiscal is Fiscal.FITS, need, free, over))
    columns = [
        "project_id",
        "district_code",
        "fiscal",
        "may_submit",
        "planned_investment_fen",
        "room_fen",
        "over_fen",
    ]
    found = pd.DataFrame(rows, columns=columns)
    money = dict.fromkeys(columns[-3:], "Int64")
    return found.astype({"may_submit": bool, **money})
