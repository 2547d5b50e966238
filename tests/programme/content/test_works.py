"""Governance first, dig once, lifts, parking, works."""

from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.content.errors import ContentError
from programme.content.governance import governance_check
from programme.content.lifts import lift_states
from programme.content.parking import parking_table
from programme.content.pipelines import dig_plan, digs_after_paving, pipeline_states
from programme.content.works import building_works, measure_totals, works_elsewhere
from tests.programme.frames import DAY

AS_OF = DAY("2020-06-30")


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(), dtype="object")


GOVERNANCE = "governance_id community_id item is_present cleared_date"


def test_works_begun_before_an_item_was_cleared() -> None:
    items = table(
        GOVERNANCE,
        ("g1", "c1", "illegal_structures", True, DAY("2020-05-11")),
        ("g2", "c1", "parking_locks", True, DAY("2020-05-01")),
        ("g3", "c1", "wall_openings", True, None),
        ("g4", "c1", "basement_misuse", False, None),
        ("g5", "c2", "wall_openings", True, DAY("2020-07-01")),
        ("g6", "c3", "wall_openings", None, None),
        ("g7", "c3", "parking_locks", True, None),
    )
    starts = pd.Series({"c1": pd.Timestamp("2020-05-01"), "c2": pd.Timestamp("2020-06-20"), "c4": pd.NaT})
    found = governance_check(items, starts, AS_OF).set_index(["community_id", "item"])
    assert len(found) == 16
    assert found["state"].loc["c1"].tolist() == ["cleared", "cleared", "open", "not_present"]
    assert found.loc[("c2", "wall_openings"), "state"] == "open"  # cleared after the day
    assert found.loc[("c3", "wall_openings"), "state"] == "not_known"
    breaches = found[found["is_before_clearance"]]
    assert {
        k: (d, r) for k, d, r in zip(breaches.index, breaches["days_early"], breaches["rows"], strict=True)
    } == {
        ("c1", "illegal_structures"): (10, ("g1",)),
        ("c1", "wall_openings"): (60, ("g3",)),
        ("c2", "wall_openings"): (10, ("g5",)),
    }
    with pytest.raises(ContentError, match=r"code_unknown"):
        governance_check(items.assign(item="moss"), starts, AS_OF)


def test_an_item_told_twice_is_cleared_when_both_are() -> None:
    rows = [
        ("g1", "c1", "parking_locks", True, DAY("2020-03-01")),
        ("g2", "c1", "parking_locks", True, DAY("2020-04-01")),
    ]
    starts = pd.Series({"c1": pd.Timestamp("2020-03-15")})
    found = governance_check(table(GOVERNANCE, *rows), starts, AS_OF).set_index("item").loc["parking_locks"]
    assert (found["state"], found["days_early"], found["rows"]) == ("cleared", 17, ("g1", "g2"))


DIGS = "dig_id community_id street kind company planned_from planned_to"


def dig(
    key: str, first: str | None, last: str | None, *, place: str = "c1", street: str | None = None
) -> tuple:
    kind = "water" if key < "d3" else "gas"
    return (key, place, street, kind, "公司", DAY(first) if first else None, DAY(last) if last else None)


def test_openings_that_could_be_one() -> None:
    digs = table(
        DIGS,
        dig("d1", "2020-03-01", "2020-03-10"),
        dig("d2", "2020-03-11", "2020-03-20"),  # follows at once: one opening
        dig("d3", "2020-04-20", "2020-04-30"),  # 30 free days
        dig("d4", "2020-12-01", "2020-12-02"),
        dig("d5", None, "2020-12-02"),
        dig("d6", "2020-12-02", "2020-12-01"),
    )
    plan = dig_plan(digs, 31)
    assert plan.openings["rows"].tolist() == [("d1", "d2"), ("d3",), ("d4",)]
    assert plan.openings["kinds"].tolist() == [("water",), ("gas",), ("gas",)]
    assert plan.clashes[["gap_days", "rows", "next_rows"]].values.tolist() == [[30, ("d1", "d2"), ("d3",)]]
    assert plan.unusable.values.tolist() == [["d5", "dates_missing"], ["d6", "dates_reversed"]]
    assert dig_plan(digs, 30).clashes.empty
    with pytest.raises(ContentError, match=r"parameter"):
        dig_plan(digs, -1)


def test_a_street_is_one_place_across_communities() -> None:
    digs = table(
        DIGS,
        dig("d1", "2020-03-01", "2020-03-10", street="甲街"),
        dig("d2", "2020-03-15", "2020-03-20", place="c2", street="甲街"),
    )
    clashes = dig_plan(digs, 30).clashes
    assert clashes[["place_kind", "place", "gap_days"]].values.tolist() == [["street", "甲街", 4]]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=8), st.integers(0, 30)
)
@settings(max_examples=60, deadline=None)
def test_every_dig_is_in_one_opening_and_clashes_lie_apart(spans: list, apart: int) -> None:
    zero = pd.Timestamp("2020-01-01")
    rows = [
        (f"d{i}", "c1", None, "heat", "公司", zero + pd.Timedelta(days=a), zero + pd.Timedelta(days=a + n))
        for i, (a, n) in enumerate(spans)
    ]
    plan = dig_plan(table(DIGS, *rows), apart)
    assert sorted(k for keys in plan.openings["rows"] for k in keys) == sorted(r[0] for r in rows)
    dug = {d for a, n in spans for d in range(a, a + n + 1)}
    held = sum((o.last_date - o.first_date).days + 1 for o in plan.openings.itertuples())
    assert held == len(dug)  # an opening holds no day on which nobody digs
    gaps = [
        (b.first_date - a.last_date).days - 1
        for a, b in zip(plan.openings.itertuples(), list(plan.openings.itertuples())[1:], strict=False)
    ]
    assert plan.clashes["gap_days"].tolist() == [g for g in gaps if g < apart]
    assert all(g >= 1 for g in gaps)


def test_digs_into_a_new_surface() -> None:
    digs = table(
        DIGS,
        dig("d1", "2020-03-01", "2020-03-10"),
        dig("d2", "2020-03-15", "2020-03-25"),
        dig("d3", "2020-05-01", "2020-05-02", street="甲街"),
        dig("d4", "2020-05-01", "2020-05-02", place="c2", street="甲街"),
    )
    pavings = table(
        "paving_id community_id street paved_date",
        ("v1", "c1", None, DAY("2020-03-20")),
        ("v2", "c1", "甲街", DAY("2020-04-21")),
        ("v3", "c1", None, None),
    )
    found = digs_after_paving(digs, pavings)
    assert found[["paving_id", "dig_id", "days_after"]].values.tolist() == [
        ["v1", "d2", 0],
        ["v1", "d3", 42],
        ["v2", "d3", 10],
        ["v2", "d4", 10],
    ]
    assert digs_after_paving(digs, pavings, 42)["dig_id"].tolist() == ["d2", "d3", "d4"]
    assert digs_after_paving(digs.iloc[:0], pavings).empty


def test_approval_subsidy_and_handover() -> None:
    works = table(
        "dig_id community_id kind company started_date completed_date approval_no subsidy_state handed_over_date",
        ("d1", "c1", "gas", "甲", DAY("2020-01-01"), DAY("2020-02-01"), "1号", "paid", DAY("2020-03-01")),
        ("d2", "c1", "gas", "甲", DAY("2020-01-01"), DAY("2020-02-01"), "1号", "applied", DAY("2020-07-01")),
        ("d3", "c1", "gas", "甲", DAY("2020-01-01"), None, " ", "paid", None),
        ("d4", "c1", "gas", "甲", DAY("2020-07-01"), None, None, "none", None),
    )
    found = pipeline_states(works, AS_OF)
    assert found["state"].tolist() == ["handed_over", "done", "under_way", "planned"]
    assert found["problems"].tolist() == [
        (),
        ("handover_open",),
        ("begun_without_approval", "subsidy_paid_before_done"),
        (),
    ]


STAIRWELLS = (
    "stairwell_id building_id community_id owners owners_consenting area_m2 area_consenting_m2"
    " filed_date accepted_date operator"
)


def test_lifts_need_two_thirds_of_owners_and_of_area() -> None:
    rows = [
        ("s1", 12, 8, 900.3, 600.2, None, None, None),  # exactly two thirds of both
        ("s2", 12, 8, 900.3, 600.1, None, None, None),
        ("s3", 12, 7, 900.3, 900.3, "2020-06-01", None, None),
        ("s4", 12, 12, 900.3, 900.3, None, "2020-06-01", " "),
        ("s5", 12, 12, 900.3, 900.3, "2020-05-01", "2020-06-01", "公司"),
        ("s6", 12, None, 900.3, None, "2020-07-01", None, None),
        ("s7", 12, 13, 900.3, 900.3, None, None, None),
    ]
    found = lift_states(
        table(
            STAIRWELLS,
            *((r[0], "b1", "c1", *r[1:5], *(DAY(d) if d else None for d in r[5:7]), r[7]) for r in rows),
        ),
        AS_OF,
    ).set_index("stairwell_id")
    assert found["state"].tolist() == [
        "consented",
        "consent_short",
        "filed",
        "accepted",
        "accepted",
        "not_asked",
        "not_asked",  # more consent than owners is no consent
    ]
    assert found.loc["s1", "area_share"] == Fraction(2, 3)
    assert found["owners_lacking"].tolist() == [0, 0, 1, 0, 0, pd.NA, 0]
    assert found["problems"].tolist() == [
        (),
        (),
        ("filed_without_consent",),
        ("accepted_without_filing", "accepted_without_operator"),
        (),
        (),
        ("consent_impossible",),
    ]


@given(st.integers(1, 400), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_the_owners_lacking_are_just_enough(owners: int, consenting: int) -> None:
    consenting = min(owners, consenting)
    row = ("s1", "b1", "c1", owners, consenting, 90.0, 90.0, None, None, None)
    found = lift_states(table(STAIRWELLS, row), AS_OF).iloc[0]
    lacking = int(found["owners_lacking"])
    assert 3 * (consenting + lacking) >= 2 * owners
    assert lacking == 0 or 3 * (consenting + lacking - 1) < 2 * owners
    assert (found["state"] == "consented") == (lacking == 0)


def test_parking_built_shared_and_full() -> None:
    lots = table(
        "lot_id community_id kind spaces opened_date occupied counted_date",
        ("l1", "c1", "built", 40, DAY("2020-01-01"), 44, DAY("2020-06-01")),
        ("l2", "c1", "shared", 20, DAY("2020-01-01"), None, None),
        ("l3", "c1", "shared", 10, DAY("2020-01-01"), 5, DAY("2020-07-01")),
        ("l4", "c1", "built", 500, None, None, None),
    )
    places = table("community_id households", ("c1", 140), ("c2", None))
    found = parking_table(lots, places, AS_OF).set_index("community_id")
    first = found.loc["c1"]
    assert (first["built_spaces"], first["shared_spaces"]) == (40, 30)
    assert first["spaces_per_household"] == Fraction(1, 2)
    assert first["occupancy"] == Fraction(11, 10) and first["is_over_full"]
    assert first["not_counted"] == ("l2", "l3") and first["rows"] == ("l1", "l2", "l3")
    second = found.loc["c2"]
    assert second["occupancy"] is None and second["spaces_per_household"] is None and second["rows"] == ()
    with pytest.raises(ContentError, match=r"number_unreadable"):
        parking_table(lots.assign(spaces=1.5), places, AS_OF)


def test_works_by_building() -> None:
    works = table(
        "work_id building_id kind started_date completed_date",
        ("w1", "b1", "energy", DAY("2020-01-01"), DAY("2020-06-30")),
        ("w2", "b1", "energy", DAY("2020-05-01"), None),
        ("w3", "b1", "roof", DAY("2020-07-01"), None),
        ("w4", "b9", "roof", None, None),
    )
    ids = pd.Series(["b2", "b1"])
    found = building_works(ids, works, AS_OF)
    assert found.values.tolist() == [
        ["b2", "none", "none", "none", "none", ()],
        ["b1", "none", "done", "none", "planned", ("w1", "w2", "w3")],
    ]
    assert works_elsewhere(ids, works) == ("w4",)


def test_measures_are_added_exactly_and_by_unit() -> None:
    measures = table(
        "measure_id community_id district_code kind quantity unit started_date completed_date is_standard_met",
        ("m1", "c1", "110101", "overhead_lines", 0.1, "km", None, DAY("2020-06-01"), True),
        ("m2", "c1", "110101", "overhead_lines", 0.2, "km", None, DAY("2020-06-01"), None),
        ("m3", "c2", "110101", "overhead_lines", "1.5", "km", None, None, False),
        ("m4", "c2", "110101", "overhead_lines", None, "km", None, DAY("2020-06-01"), False),
        ("m5", "c2", "110101", "overhead_lines", 300, "m", None, None, None),
    )
    found = measure_totals(measures, AS_OF)
    km = found[found["unit"] == "km"].iloc[0]
    assert (km["planned"], km["done"]) == (Decimal("1.8"), Decimal("0.3"))
    assert (km["met"], km["not_met"], km["not_known"]) == (1, 1, 1)
    assert km["not_told"] == ("m4",) and km["rows"] == ("m1", "m2", "m3", "m4")
    assert found["planned"].tolist() == [Decimal("1.8"), Decimal(300)]
