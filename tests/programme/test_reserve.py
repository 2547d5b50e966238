"""The reserve pool: readiness and what is missing (R6), and what a district can afford (R8)."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.reserve import (
    ITEM_CLAUSES,
    ITEMS,
    Fiscal,
    Item,
    assessments_in_force,
    candidates,
    fiscal_room,
    submission_check,
    whole_fen,
)
from programme.steps import RULES, Step
from tests.programme.frames import DAY, events, projects
from tests.programme.test_steps import table_of

AS_OF = DAY("2020-08-31")
BARE = {"investor": None, "implementing_body": None, "content_items": None}


def pool(*rows: dict) -> pd.DataFrame:
    """Projects with the ledger's text columns."""
    return projects(*rows).assign(**{c: [{**BARE, **row}[c] for row in rows] for c in BARE})


def assessments(*rows: tuple) -> pd.DataFrame:
    """Fiscal assessments as (district_code, year, capacity_fen, date, document_no)."""
    full = [(d, y, c, None if day is None else DAY(day), n) for d, y, c, day, n in rows]
    return pd.DataFrame(
        full, columns=["district_code", "year", "capacity_fen", "assessed_date", "document_no"]
    )


def test_every_item_names_its_clause_and_steps_keep_theirs() -> None:
    assert set(ITEM_CLAUSES) == set(ITEMS)
    for item in ITEMS:
        if item.value in set(Step):
            rule = RULES[Step(item.value)]
            assert ITEM_CLAUSES[item] == (rule.clause, rule.requirement)


def test_the_readiest_candidate_comes_first_and_names_what_it_lacks() -> None:
    full = {
        "investor": "甲",
        "implementing_body": "乙",
        "content_items": "加装电梯",
        "planned_investment_fen": 10,
    }
    held = pool(
        {"project_id": "blank", "investor": " "},
        {"project_id": "later", **full},
        {"project_id": "early", **full},
        {"project_id": "no_day", **full},
        {"project_id": "confirmed", "confirmation_document_no": "1号"},
        {"project_id": "numberless"},
        {"project_id": "begun", **full},
    )
    dated = events(
        ("later", "reserve", "2020-05-01"),
        ("early", "reserve", "2020-04-01"),
        ("early", "designed", "2020-09-01"),  # after the day: not yet
        ("confirmed", "confirmed", "2020-02-01"),
        ("numberless", "owners_body", "2020-02-01"),
        ("begun", "started", "2020-08-31"),
    )
    found = candidates(table_of(held, dated)).set_index("project_id")
    assert found.index.tolist() == ["early", "later", "no_day", "numberless", "blank"]
    assert found.loc["early", ["met", "asked"]].tolist() == [4, 9]
    assert found.loc["early", "score_pct"] == pytest.approx(400 / 9)
    assert found.loc["early", "missing"] == (
        Item.SURVEYED,
        Item.OWNERS_BODY,
        Item.DEMANDS_GATHERED,
        Item.DESIGNED,
        Item.SERVICE_AGREEMENT,
    )
    assert found.loc["blank", "missing"] == ITEMS
    assert found.loc["early", "days_in_pool"] == 152
    assert pd.isna(found.loc["no_day", "days_in_pool"])


def test_readiness_may_be_asked_for_some_items_alone() -> None:
    held = projects({"project_id": "a"})
    table = table_of(held, events(("a", "service_agreement", "2020-01-01")))
    asked = [Item.SERVICE_AGREEMENT, Item.OWNERS_BODY, Item.DESIGNED]
    found = candidates(table, asked).loc[0]
    assert (found["met"], found["asked"]) == (1, 3)
    assert found["missing"] == (Item.OWNERS_BODY, Item.DESIGNED)
    with pytest.raises(ValueError, match="item"):
        candidates(table, [])
    assert candidates(table_of(pool(), events())).empty


def test_the_last_assessment_by_the_day_holds() -> None:
    held = assessments(
        ("110101", 2020, 100, "2020-01-10", "1号"),
        ("110101", 2020, 300, "2020-09-10", "3号"),
        ("110101", 2020, 200, "2020-03-10", "2号"),
        ("110101", 2019, 900, "2020-04-10", "9号"),
        ("110102", 2020, 500, None, "4号"),
        ("110105", 2020, None, "2020-03-01", "5号"),
    )
    found = assessments_in_force(held, 2020, AS_OF)
    assert found["document_no"].to_dict() == {"110101": "2号", "110105": "5号"}
    assert found.loc["110101", "capacity_fen"] == 200
    assert pd.isna(found.loc["110105", "capacity_fen"])


def test_a_district_is_told_what_it_has_left() -> None:
    held = projects(
        {"project_id": "a", "planned_investment_fen": 150},
        {"project_id": "b", "planned_investment_fen": 80},
        {"project_id": "c"},
        {"project_id": "last_year", "planned_investment_fen": 999, "plan_year": 2019},
        {"project_id": "open", "planned_investment_fen": 999},
        {"project_id": "d", "planned_investment_fen": 5, "district_code": "110102"},
    )
    rows = assessments(("110101", 2020, 200, "2020-01-10", "1号"), ("110105", 2020, 70, "2020-01-10", "2号"))
    room = fiscal_room(held, {"a", "b", "c", "last_year", "d"}, rows, 2020, AS_OF)
    assert room.loc["110101", ["capacity_fen", "committed_fen", "room_fen"]].tolist() == [200, 230, -30]
    assert room.loc["110101", ["committed_projects", "unknown_sums"]].tolist() == [3, 1]
    assert room["is_assessed"].to_dict() == {"110101": True, "110102": False, "110105": True}
    assert pd.isna(room.loc["110102", "room_fen"])
    assert room.loc["110105", "room_fen"] == 70


def test_a_project_is_submitted_only_where_it_fits_and_told_by_how_much_not() -> None:
    held = projects(
        {"project_id": "held", "planned_investment_fen": 40},
        {"project_id": "big", "planned_investment_fen": 61},
        {"project_id": "first", "planned_investment_fen": 35},
        {"project_id": "second", "planned_investment_fen": 26},
        {"project_id": "exact", "planned_investment_fen": 25},
        {"project_id": "no_sum"},
        {"project_id": "not_assessed", "district_code": "110102", "planned_investment_fen": 1},
        {"project_id": "no_capacity", "district_code": "110105", "planned_investment_fen": 1},
    )
    rows = assessments(
        ("110101", 2020, 100, "2020-01-10", "1号"), ("110105", 2020, None, "2020-01-10", "2号")
    )
    proposed = ["big", "first", "second", "exact", "no_sum", "not_assessed", "no_capacity", "first"]
    found = submission_check(held, proposed, {"held"}, rows, 2020, AS_OF).set_index("project_id")
    assert found["fiscal"].to_dict() == {
        "big": Fiscal.OVER,
        "first": Fiscal.FITS,
        "second": Fiscal.OVER,
        "exact": Fiscal.FITS,
        "no_sum": Fiscal.INVESTMENT_NOT_SET,
        "not_assessed": Fiscal.NOT_ASSESSED,
        "no_capacity": Fiscal.CAPACITY_NOT_SET,
    }
    assert found.loc[["big", "second"], "over_fen"].tolist() == [1, 1]
    assert found["may_submit"].sum() == 2
    # One that is committed already is not counted twice.
    again = submission_check(held, ["held"], {"held"}, rows, 2020, AS_OF)
    assert again.loc[0, ["room_fen", "may_submit"]].tolist() == [100, True]
    # The assessment of another year is none.
    other = submission_check(held, ["first"], set(), rows, 2021, AS_OF)
    assert other.loc[0, "fiscal"] == Fiscal.NOT_ASSESSED
    with pytest.raises(KeyError):
        submission_check(held, ["foreign"], set(), rows, 2020, AS_OF)
    assert submission_check(held, [], set(), rows, 2020, AS_OF).empty


def test_a_part_of_a_fen_is_refused() -> None:
    assert whole_fen(pd.Series([1.0, None])).tolist() == [1, pd.NA]
    with pytest.raises(ValueError, match="whole fen"):
        whole_fen(pd.Series([1.5, None]))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 10**12) | st.none(), max_size=12),
    st.integers(0, 3 * 10**12),
    st.integers(0, 12),
)
def test_what_may_be_submitted_never_exceeds_the_capacity(sums: list, capacity: int, committed: int) -> None:
    held = projects(*({"project_id": f"p{n:02d}", "planned_investment_fen": s} for n, s in enumerate(sums)))
    names = held["project_id"].tolist()
    taken, proposed = names[:committed], names[committed:]
    rows = assessments(("110101", 2020, capacity, "2020-01-10", "1号"))
    found = submission_check(held, proposed, taken, rows, 2020, AS_OF)
    before = sum(s or 0 for s in sums[:committed])
    let = int(found.loc[found["may_submit"], "planned_investment_fen"].sum())
    assert let == 0 or before + let <= capacity
    for row in found[found["fiscal"] == Fiscal.OVER.value].itertuples():
        assert row.over_fen == row.planned_investment_fen - row.room_fen > 0
