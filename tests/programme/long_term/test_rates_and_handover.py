"""Rates, the handover chain and the collection of fees, worked out by hand."""

import datetime as dt
from fractions import Fraction

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.long_term.handover import collection, handover_chain
from programme.long_term.rates import coverage_rates, rate_of, rates_frame
from programme.months import close
from programme.progress import CITY_CODE
from tests.programme.frames import DAY, events, projects
from tests.programme.months.town import RULES, frame, town

AS_OF = DAY("2020-06-30")


def test_the_three_rates_count_the_unknown_apart() -> None:
    rates = coverage_rates(town()["communities"], ["110101", "110102", "110105"])
    party = rates["110101", "party_organisation"]
    assert (party.numerator, party.denominator, party.not_known) == (0, 0, ("c1", "c2"))
    assert (party.share, party.lowest, party.highest) == (None, 0, 1)
    service = rates["110101", "property_service"]
    assert (service.counted, service.not_counted, service.share) == (("c1",), ("c2",), Fraction(1, 2))
    assert rates[CITY_CODE, "owners_body"].share == Fraction(3, 4)
    assert rates["110105", "owners_body"].lowest is None
    table = rates_frame(rates)
    assert len(table) == 12
    assert table.loc[table["area_code"] == "110105", "denominator"].sum() == 0


FLAGS = st.lists(st.sampled_from([True, False, None]), max_size=20)


@given(FLAGS)
def test_every_row_is_in_exactly_one_place_and_the_share_within_its_bounds(flags: list) -> None:
    keys = pd.Series([f"k{i}" for i in range(len(flags))], dtype="object")
    rate = rate_of("110101", "owners_body", keys, pd.Series(flags, dtype="object"))
    assert sorted((*rate.counted, *rate.not_counted, *rate.not_known)) == sorted(keys)
    assert len(rate.not_known) == flags.count(None)
    if rate.share is not None and rate.lowest is not None and rate.highest is not None:
        assert rate.lowest <= rate.share <= rate.highest


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans()), max_size=10))
def test_the_frozen_month_has_the_same_rates(rows: list) -> None:
    communities = frame(
        "community_id district_code age_class has_owners_body has_property_service has_party_organisation",
        *(
            (f"c{i}", "110101" if east else "110102", "pre_2000", flag, None, None)
            for i, (flag, east) in enumerate(rows)
        ),
    )
    codes = ["110101", "110102"]
    rates = coverage_rates(communities, codes)
    tables = {"districts": frame("district_code", *((c,) for c in codes)), "communities": communities}
    for score in close("2020-06", tables, RULES).districts():
        part, rate = score.part("owners_body"), rates[score.unit, "owners_body"]
        assert (part.numerator, part.denominator, part.attainment) == (
            rate.numerator,
            rate.denominator,
            rate.share,
        )
        assert part.rows.get("counted", {}).get("communities", []) == list(rate.counted)


FEES = "fee_id project_id community_id month charged_fen collected_fen"


def fees() -> pd.DataFrame:
    return frame(
        FEES,
        ("f1", "a", "c1", "2020-04", 1000, 820),
        ("f2", "a", "c1", "2020-05", 1000, 0),
        ("f3", "a", "c1", "2020-06", 1000, None),
        ("f4", "b", "c2", "2020-07", 1000, 1000),
        ("f5", "c", "c3", "2020-06", 500, 600),
    )


def test_fees_collected_of_fees_charged() -> None:
    told = collection(fees(), AS_OF)
    assert (told.charged_fen, told.collected_fen) == (2500, 1420)
    assert (told.fee_ids, told.not_known) == (("f1", "f2", "f5"), ("f3",))
    assert told.share == Fraction(1420, 2500)
    assert collection(fees()[:0], AS_OF).share is None


def test_the_chain_after_the_works() -> None:
    held = projects(*({"project_id": k} for k in "abcdef"))
    dated = events(
        ("a", "completed", "2020-01-01"),
        ("a", "accepted", "2020-01-10"),
        ("a", "handed_over", "2020-02-01"),
        ("a", "long_term", "2020-03-01"),
        ("b", "completed", "2020-05-01"),
        ("b", "accepted", "2020-06-10"),
        ("c", "accepted", "2020-03-01"),
        ("c", "handed_over", "2020-02-01"),  # before its acceptance
        ("d", "completed", "2020-06-01"),
        ("d", "handed_over", "2020-06-05"),  # without acceptance
        ("e", "completed", "2020-07-01"),  # after the day
        ("f", "started", "2020-01-01"),
    )
    told = handover_chain(held, dated, fees(), AS_OF).set_index("project_id")
    assert set(told.index) == {"a", "b", "c", "d"}
    assert told["waits_for"].to_dict() == {"a": None, "b": "handed_over", "c": "service", "d": "accepted"}
    assert told["days_waiting"].to_dict() == {"a": 0, "b": 20, "c": 121, "d": 29}
    assert told["is_out_of_order"].to_dict() == {"a": False, "b": False, "c": True, "d": True}
    assert told.loc["a", "fees"] == pd.Timestamp("2020-04-30")
    assert next(iter(told.index)) == "c"
    assert handover_chain(held, dated[:0], fees()[:0], AS_OF).empty


@settings(max_examples=30, deadline=None)
@given(st.dates(DAY("2020-01-01"), DAY("2020-07-31")), st.integers(0, 60))
def test_no_date_of_the_chain_lies_ahead(day: dt.date, later: int) -> None:
    held = projects(*({"project_id": k} for k in "abc"))
    dated = events(
        ("a", "completed", "2020-01-01"), ("a", "accepted", "2020-02-10"), ("b", "accepted", "2020-03-01")
    )
    columns = ["completed_date", "accepted", "handed_over", "service", "fees"]
    told = handover_chain(held, dated, fees(), day)
    assert not (told[columns] > pd.Timestamp(day)).any(axis=None)
    assert (told["days_waiting"] >= 0).all()
    after = handover_chain(held, dated, fees(), day + dt.timedelta(days=later))
    assert set(told["project_id"]) <= set(after["project_id"])
