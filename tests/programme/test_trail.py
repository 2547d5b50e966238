"""Where a case lies between the subdistrict and the joint meeting, and what could not follow (R12)."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.trail import FAULT_COLUMNS, Action, Fault, Level, Place, walk
from tests.programme.frames import DAY, events, projects

AS_OF = DAY("2020-08-31")
WHOLE = (
    ("subdistrict", "submitted", "2020-01-10"),
    ("district", "agreed", "2020-02-01"),
    ("district", "submitted", "2020-02-10"),
    ("city", "agreed", "2020-03-01", "纪要1号"),
)


def trail(*rows: tuple) -> pd.DataFrame:
    """Rows as (project_id, level, action, date[, document_no])."""
    full = [(p, lv, a, None if d is None else DAY(d), *(more or [None]), "") for p, lv, a, d, *more in rows]
    return pd.DataFrame(full, columns=["project_id", "level", "action", "date", "document_no", "note"])


def walked(rows: tuple | list, dated: pd.DataFrame | None = None, as_of: dt.date = AS_OF):
    held = projects({"project_id": "a"})
    cases, faults = walk(held, trail(*(("a", *r) for r in rows)), events() if dated is None else dated, as_of)
    return cases.loc["a"], faults


@pytest.mark.parametrize(
    ("steps", "place", "since"),
    [
        (0, Place.SUBDISTRICT, None),
        (1, Place.DISTRICT, "2020-01-10"),
        (2, Place.DISTRICT, "2020-01-10"),
        (3, Place.CITY, "2020-02-10"),
        (4, Place.DOCUMENT, "2020-03-01"),
    ],
)
def test_the_case_lies_where_the_last_row_put_it(steps: int, place: Place, since: str | None) -> None:
    case, faults = walked(WHOLE[:steps])
    assert case["place"] == place
    assert faults.empty and list(faults.columns) == FAULT_COLUMNS
    if since is None:
        assert pd.isna(case["since_date"]) and pd.isna(case["days_there"])
    else:
        assert case["since_date"] == pd.Timestamp(since)
        assert case["days_there"] == (AS_OF - DAY(since)).days
        assert (case["last_level"], case["last_action"]) == WHOLE[steps - 1][:2]


def test_the_document_ends_the_way_and_only_with_its_number() -> None:
    confirmed = events(("a", "confirmed", "2020-03-20", "1号"))
    case, faults = walked(WHOLE, confirmed)
    assert (case["place"], case["since_date"]) == (Place.CONFIRMED, pd.Timestamp("2020-03-20"))
    assert faults.empty
    assert walked(WHOLE, events(("a", "confirmed", "2020-03-20")))[0]["place"] == Place.DOCUMENT
    assert walked(WHOLE, confirmed, DAY("2020-03-19"))[0]["place"] == Place.DOCUMENT
    assert walked(WHOLE, confirmed, DAY("2020-02-05"))[0]["place"] == Place.DISTRICT


def test_a_returned_case_lies_one_level_down_and_may_come_again() -> None:
    again = (*WHOLE[:3], ("city", "returned", "2020-03-05"), ("district", "returned", "2020-03-09"))
    case, faults = walked(again)
    assert (case["place"], case["times_returned"], case["days_there"]) == (Place.SUBDISTRICT, 2, 175)
    assert faults.empty
    case, faults = walked((*again, ("subdistrict", "submitted", "2020-04-01")))
    assert case["place"] == Place.DISTRICT
    assert faults.empty


def test_illegal_rows_are_named_and_stay_facts() -> None:
    case, faults = walked([("district", "submitted", "2020-02-10")])
    assert case["place"] == Place.CITY
    assert faults[["level", "action", "fault", "place"]].to_numpy().tolist() == [
        ["district", "submitted", Fault.NOT_HERE, Place.SUBDISTRICT]
    ]
    case, faults = walked([*WHOLE[:1], ("city", "submitted", "2020-02-01")])
    assert (case["place"], faults["fault"].tolist()) == (Place.DISTRICT, [Fault.NOTHING_ABOVE])
    case, faults = walked(
        [*WHOLE, ("district", "returned", "2020-05-01")], events(("a", "confirmed", "2020-03-20", "1号"))
    )
    assert (case["place"], faults["fault"].tolist()) == (Place.CONFIRMED, [Fault.AFTER_CONFIRMED])
    _, faults = walked(
        [("street", "submitted", "2020-01-01"), ("city", "agreed", None), (None, "agreed", "2020-01-01")]
    )
    assert faults["fault"].tolist() == [Fault.UNKNOWN] * 3


def test_a_confirmation_that_nobody_agreed_to_is_named() -> None:
    confirmed = events(("a", "confirmed", "2020-02-20", "1号"))
    case, faults = walked(WHOLE, confirmed)
    assert case["place"] == Place.CONFIRMED
    assert faults["fault"].tolist() == [Fault.NOT_AGREED, Fault.AFTER_CONFIRMED]
    # An agreement that was taken back is none.
    taken_back = [*WHOLE, ("city", "returned", "2020-03-05")]
    _, faults = walked(taken_back, events(("a", "confirmed", "2020-03-20", "1号")))
    assert Fault.NOT_AGREED in faults["fault"].tolist()


def test_rows_of_one_day_are_taken_in_the_order_in_which_they_can_follow() -> None:
    day = "2020-05-05"
    rows = [("city", "agreed", day), ("district", "submitted", day), ("subdistrict", "submitted", day)]
    case, faults = walked(rows)
    assert (case["place"], len(faults)) == (Place.DOCUMENT, 0)
    sent_back = [*WHOLE[:3], ("district", "submitted", day), ("city", "returned", day)]
    case, faults = walked(sent_back)
    assert (case["place"], len(faults)) == (Place.CITY, 0)


def test_rows_of_other_projects_and_later_days_are_left_out() -> None:
    held = projects({"project_id": "a"}, {"project_id": "b", "district_code": "110102"})
    rows = trail(
        ("a", *WHOLE[0]), ("a", *WHOLE[0]), ("x", *WHOLE[0]), ("b", "subdistrict", "submitted", "2020-09-01")
    )
    cases, faults = walk(held, rows, events(), AS_OF)
    assert cases["place"].to_dict() == {"a": Place.DISTRICT, "b": Place.SUBDISTRICT}
    assert cases["district_code"].to_dict() == {"a": "110101", "b": "110102"}
    assert faults.empty


ROWS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from([x.value for x in Level]),
        st.sampled_from([x.value for x in Action]),
        st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 12)).map(str),
        st.sampled_from([None, "1号", "2号"]),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=80)
@given(ROWS, st.sampled_from([None, "2020-01-06"]), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_and_faults_stay(
    rows: list, confirmed: str | None, random
) -> None:
    held = projects({"project_id": "a"}, {"project_id": "b"})
    dated = events(*([("a", "confirmed", confirmed, "1号")] if confirmed else []))
    mixed = list(rows)
    random.shuffle(mixed)
    cases, faults = walk(held, trail(*rows), dated, AS_OF)
    other_cases, other_faults = walk(held, trail(*mixed), dated, AS_OF)
    pd.testing.assert_frame_equal(cases, other_cases)
    pd.testing.assert_frame_equal(faults, other_faults)
    assert (cases.loc["a", "place"] == Place.CONFIRMED) == (confirmed is not None)
    # A later row never removes a fault that stood before.
    later = [*rows, ("a", "city", "agreed", "2020-02-01", None)]
    _, more = walk(held, trail(*later), dated, AS_OF)

    def named(found: pd.DataFrame) -> set:
        return set(found.astype("string").fillna("").itertuples(index=False, name=None))

    assert named(faults) <= named(more)
