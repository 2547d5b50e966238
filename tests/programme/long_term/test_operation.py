"""Optional items, visits and pilots."""

from fractions import Fraction

import pandas as pd
import pytest

from programme.long_term.operation import operation_states, pilot_changes, running_rates, visit_states
from tests.programme.frames import DAY
from tests.programme.months.town import frame

AS_OF = DAY("2020-06-30")


def items() -> pd.DataFrame:
    return frame(
        "item_id item completed_date operator is_running checked_date",
        ("i1", "lift", DAY("2020-01-01"), "甲公司", True, DAY("2020-06-01")),
        ("i2", "lift", DAY("2020-01-01"), " ", False, DAY("2020-06-01")),
        ("i3", "lift", DAY("2020-01-01"), None, True, DAY("2020-07-01")),
        ("i4", "parking", DAY("2020-01-01"), "乙公司", None, None),
        ("i5", "parking", DAY("2020-07-01"), "乙公司", True, None),
    )


def test_optional_items_run_stand_or_are_not_known() -> None:
    told = operation_states(items(), AS_OF).set_index("item_id")
    assert told["state"].to_dict() == {"i1": "running", "i2": "stopped", "i3": "not_known", "i4": "not_known"}
    assert told["has_operator"].tolist() == [True, False, False, True]
    rates = running_rates(told.reset_index())
    assert (rates["lift"].share, rates["lift"].not_known) == (Fraction(1, 2), ("i3",))
    assert rates["parking"].share is None
    assert running_rates(operation_states(items()[:0], AS_OF)) == {}


def visited(interval: int | None) -> pd.DataFrame:
    return visit_states(
        frame("community_id subdistrict_code", ("c1", "1"), ("c2", "1"), ("c3", "1"), ("c4", "2")),
        frame(
            "visit_id community_id visited_date topic",
            ("v1", "c1", DAY("2020-05-01"), ""),
            ("v2", "c1", DAY("2020-06-20"), ""),
            ("v3", "c2", DAY("2020-05-31"), ""),
            ("v4", "c3", DAY("2020-07-01"), ""),
        ),
        frame(
            "finding_id visit_id due_date fixed_date",
            ("n1", "v1", DAY("2020-05-05"), DAY("2020-05-04")),
            ("n2", "v1", DAY("2020-05-05"), DAY("2020-07-04")),
            ("n3", "v2", None, None),
            ("n4", "v4", None, None),
        ),
        AS_OF,
        interval,
    ).set_index("community_id")


def test_visits_of_the_subdistrict() -> None:
    told = visited(None)
    assert list(told.index) == ["c3", "c4", "c2", "c1"]
    assert told["visits"].to_dict() == {"c1": 2, "c2": 1, "c3": 0, "c4": 0}
    assert told["open_findings"].to_dict() == {"c1": 2, "c2": 0, "c3": 0, "c4": 0}
    assert told.loc["c2", "days_since"] == 30
    assert told["days_since"].isna().sum() == 2
    assert told["is_visit_due"].isna().all()  # the plan names no interval


@pytest.mark.parametrize(
    ("interval", "due"), [(9, {"c1", "c2", "c3", "c4"}), (10, {"c2", "c3", "c4"}), (30, {"c3", "c4"})]
)
def test_a_visit_is_due_after_the_interval_that_somebody_set(interval: int, due: set) -> None:
    told = visited(interval)
    assert set(told.index[told["is_visit_due"]]) == due


def test_visits_of_nobody() -> None:
    none = visit_states(
        frame("community_id subdistrict_code", ("c1", "1")),
        frame("visit_id community_id visited_date topic"),
        frame("finding_id visit_id due_date fixed_date"),
        AS_OF,
    )
    assert none[["visits", "open_findings"]].to_numpy().tolist() == [[0, 0]]


def test_pilots_before_and_after() -> None:
    pilots = frame(
        "pilot_id community_id start_date",
        ("p1", "c1", DAY("2020-03-01")),
        ("p2", "c2", DAY("2020-03-01")),
        ("p3", "c3", DAY("2020-03-01")),
    )
    measured = frame(
        "measurement_id pilot_id measure measured_date numerator denominator",
        ("m1", "p1", "fee_collection", DAY("2019-06-01"), 1, 10),
        ("m2", "p1", "fee_collection", DAY("2020-02-29"), 30, 100),
        ("m3", "p1", "fee_collection", DAY("2020-03-01"), 50, 100),
        ("m4", "p1", "fee_collection", DAY("2020-06-30"), 82, 100),
        ("m5", "p1", "fee_collection", DAY("2020-07-01"), 99, 100),
        ("m6", "p1", "complaints", DAY("2020-06-01"), 7, 1),
        ("m7", "p2", "complaints", DAY("2020-06-01"), None, 1),
        ("m8", "p2", "complaints", DAY("2020-06-01"), 5, 0),
    )
    told = pilot_changes(pilots, measured, AS_OF)
    first = told[told["measure"] == "fee_collection"].iloc[0]
    assert (first["before"], first["after"]) == (Fraction(30, 100), Fraction(82, 100))
    assert first["change"] == Fraction(52, 100)
    assert (first["before_id"], first["after_id"]) == ("m2", "m4")
    alone = told[told["measure"] == "complaints"].iloc[0]
    assert (alone["before"], alone["after"], alone["change"]) == (None, 7, None)
    assert told.loc[told["pilot_id"].isin(["p2", "p3"]), "measure"].tolist() == [None, None]
    assert pilot_changes(pilots[:0], measured, AS_OF).empty
