"""Targets against actual, worked out by hand."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.progress import (
    CITY_CODE,
    LAMP_TOLERANCE_PCT,
    Lamp,
    Measure,
    PaceRule,
    Standing,
    calendar_share,
    furthest_behind,
    month_end,
    monthly,
    overall_lamp,
    planned_share,
    project_years,
    ranking,
    standings,
    with_or_without_central,
)
from tests.programme.frames import DAY, events, investments, projects, targets

AS_OF = DAY("2020-08-31")


def standing(
    actual: int, target: int | None, share: float | None, measure: Measure = Measure.STARTS
) -> Standing:
    return Standing("110101", measure, actual, target, share)


def test_month_ends() -> None:
    assert month_end("2020-02") == dt.date(2020, 2, 29)
    assert month_end("2021-12") == dt.date(2021, 12, 31)
    with pytest.raises(ValueError, match="month"):
        month_end("2021-13")


def test_the_calendar_pace_is_the_share_of_days_passed() -> None:
    assert calendar_share(2020, AS_OF) == pytest.approx(244 / 366)  # 2020 is a leap year
    assert calendar_share(2020, DAY("2019-06-01")) == 0
    assert calendar_share(2020, DAY("2021-06-01")) == 1
    assert calendar_share(2020, DAY("2020-12-31")) == 1


def test_a_lamp_needs_more_than_five_points_and_whole_projects() -> None:
    # 80 x 2/3 = 53.3: 53 are due. 4 fewer are 5 points: still on pace; 5 fewer are 6.25: behind.
    assert standing(53, 80, 2 / 3).expected_whole == 53
    assert standing(49, 80, 2 / 3).lamp is Lamp.ON
    assert standing(48, 80, 2 / 3).lamp is Lamp.BEHIND
    assert standing(57, 80, 2 / 3).lamp is Lamp.ON
    assert standing(58, 80, 2 / 3).lamp is Lamp.AHEAD
    # A district with a target of 1 is not behind before its one project is due.
    assert standing(0, 1, 0.99).lamp is Lamp.ON
    assert standing(0, 1, 1.0).lamp is Lamp.BEHIND


def test_no_target_means_no_rate_and_no_lamp() -> None:
    for row in (standing(3, None, 0.5), standing(3, 0, 0.5)):
        assert row.rate_pct is None
        assert row.lamp is Lamp.NONE
    assert standing(3, 4, None).lamp is Lamp.NONE
    assert standing(3, 4, None).rate_pct == 75


def test_rates_can_exceed_a_hundred() -> None:
    assert standing(558, 400, 1.0).rate_pct == pytest.approx(139.5)
    assert standing(558, 400, 1.0).lamp is Lamp.AHEAD


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 400), st.floats(0, 1))
def test_more_work_never_dims_a_lamp(one: int, other: int, target: int, share: float) -> None:
    order = [Lamp.BEHIND, Lamp.ON, Lamp.AHEAD]
    less, more = sorted((one, other))
    assert order.index(standing(less, target, share).lamp) <= order.index(standing(more, target, share).lamp)


@given(st.integers(0, 500), st.integers(1, 400), st.floats(0, 1))
def test_a_lamp_is_on_pace_exactly_within_the_tolerance(actual: int, target: int, share: float) -> None:
    row = standing(actual, target, share)
    assert row.gap_pct is not None
    assert (row.lamp is Lamp.ON) == (abs(row.gap_pct) <= LAMP_TOLERANCE_PCT)


def town() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    held = projects(
        {"project_id": "a", "confirmation_document_no": "1号"},
        {"project_id": "b", "is_central_state": True, "confirmation_document_no": "2号"},
        {"project_id": "c", "district_code": "110102", "plan_year": 2019, "confirmation_document_no": "3号"},
        {"project_id": "d", "district_code": "110102", "plan_year": None},
    )
    dated = events(
        ("a", "confirmed", "2020-02-01"),
        ("a", "started", "2020-04-01"),
        ("a", "completed", "2020-08-31"),
        ("b", "confirmed", "2020-03-01"),
        ("b", "started", "2020-09-01"),  # after the day
        ("c", "confirmed", "2019-11-01"),
        ("c", "started", "2019-12-01"),  # last year's start
        ("c", "completed", "2020-05-01"),
        ("d", "confirmed", "2020-06-01", "4号"),
    )
    money = investments(
        ("a", "2020-04", 100),
        ("a", "2020-08", 50),
        ("a", "2020-09", 999),
        ("c", "2019-12", 77),
        ("c", "2020-01", 5),
    )
    return held, dated, money


def test_what_counts_in_a_year() -> None:
    held, dated, money = town()
    years = project_years(held, dated, money, year=2020, as_of=AS_OF)
    assert years["starts"].to_dict() == {"a": 1, "b": 0, "c": 0, "d": 0}
    assert years["completions"].to_dict() == {"a": 1, "b": 0, "c": 1, "d": 0}
    assert years["investment_fen"].to_dict() == {"a": 150, "b": 0, "c": 5, "d": 0}
    # c was confirmed for 2019's plan; d has no plan year, so the date decides.
    assert years["confirmed"].to_dict() == {"a": 1, "b": 1, "c": 0, "d": 1}
    last_year = project_years(held, dated, money, year=2019, as_of=DAY("2019-12-31"))
    assert last_year["starts"].to_dict() == {"a": 0, "b": 0, "c": 1, "d": 0}
    assert last_year["investment_fen"].sum() == 77


def test_city_and_districts_with_and_without_central_state() -> None:
    held, dated, money = town()
    goals = targets(
        (2020, CITY_CODE, "starts", 80), (2020, "110101", "starts", 1), (2019, "110102", "starts", 9)
    )
    cut = with_or_without_central(held, False)
    assert list(cut["project_id"]) == ["a", "c", "d"]
    for chosen, confirmed in ((held, 3), (cut, 2)):
        years = project_years(chosen, dated, money, year=2020, as_of=AS_OF)
        rows = standings(years, chosen, goals, ["110101", "110102"], year=2020, as_of=AS_OF)
        assert rows[CITY_CODE, Measure.CONFIRMED].actual == confirmed
        assert rows[CITY_CODE, Measure.STARTS].target == 80
        assert rows["110101", Measure.STARTS].rate_pct == 100
        assert rows["110102", Measure.STARTS].target is None  # a target is never derived
        assert rows[CITY_CODE, Measure.INVESTMENT].actual == 155


def test_the_city_is_the_sum_of_its_districts() -> None:
    held, dated, money = town()
    years = project_years(held, dated, money, year=2020, as_of=AS_OF)
    rows = standings(years, held, targets(), ["110101", "110102"], year=2020, as_of=AS_OF)
    for measure in Measure:
        assert (
            rows[CITY_CODE, measure].actual == rows["110101", measure].actual + rows["110102", measure].actual
        )


def test_running_totals_end_at_the_figure_and_never_fall() -> None:
    held, dated, money = town()
    years = project_years(held, dated, money, year=2020, as_of=AS_OF)
    table = monthly(years, money, year=2020, as_of=AS_OF)
    assert list(table["month"]) == [f"2020-{m:02d}" for m in range(1, 9)]
    for measure in (Measure.STARTS, Measure.COMPLETIONS, Measure.INVESTMENT):
        assert table[measure.value].is_monotonic_increasing
        assert table[measure.value].iloc[-1] == years[measure.value].sum()
    assert list(table["completions"]) == [0, 0, 0, 0, 1, 1, 1, 2]
    assert monthly(years, money, year=2021, as_of=AS_OF).empty


def test_the_planned_pace_follows_the_projects_own_dates() -> None:
    held = projects(
        {
            "project_id": "a",
            "planned_start_date": DAY("2020-03-01"),
            "planned_completion_date": DAY("2020-06-30"),
        },
        {
            "project_id": "b",
            "planned_start_date": DAY("2020-10-01"),
            "planned_completion_date": DAY("2021-03-31"),
        },
        {"project_id": "c", "planned_start_date": None},
    )
    assert planned_share(held, Measure.STARTS, 2020, AS_OF) == 0.5
    assert planned_share(held, Measure.COMPLETIONS, 2020, AS_OF) == 1
    assert planned_share(held, Measure.INVESTMENT, 2020, AS_OF) is None  # no sums
    assert planned_share(held, Measure.CONFIRMED, 2020, AS_OF) is None
    sums = held.assign(planned_investment_fen=[100, 182, None])
    # b runs 182 days, 92 of them in 2020: 92 of the year's 192; by the end of October 31 of them have passed.
    share = planned_share(sums, Measure.INVESTMENT, 2020, DAY("2020-10-31"))
    assert share == pytest.approx((100 + 31) / (100 + 92))
    rows = standings(
        project_years(held, events(), investments(), year=2020, as_of=AS_OF),
        held,
        targets((2020, CITY_CODE, "starts", 10)),
        ["110101"],
        year=2020,
        as_of=AS_OF,
        rule=PaceRule.PLANNED,
    )
    assert rows[CITY_CODE, Measure.STARTS].expected == 5


def test_ranking_shares_places_and_puts_areas_without_a_target_last() -> None:
    rows = [
        Standing("1", Measure.STARTS, 1, 2, 0.5),
        Standing("2", Measure.STARTS, 2, 4, 0.5),
        Standing("3", Measure.STARTS, 9, None, 0.5),
        Standing("4", Measure.STARTS, 3, 2, 0.5),
        Standing("5", Measure.STARTS, 0, 4, 0.5),
    ]
    assert [(rank, row.area_code) for rank, row in ranking(rows)] == [
        (1, "4"),
        (2, "1"),
        (2, "2"),
        (4, "5"),
        (None, "3"),
    ]


def test_furthest_behind_counts_targets_first_and_then_distance() -> None:
    def district(code: str, starts: int, completions: int, money: int) -> dict:
        values = {Measure.STARTS: starts, Measure.COMPLETIONS: completions, Measure.INVESTMENT: money}
        return {(code, m): Standing(code, m, v, 100, 0.5) for m, v in values.items()}

    rows = {
        **district("one_far", 0, 100, 100),
        **district("two_near", 40, 40, 100),
        **district("two_far", 10, 10, 50),
        **district("fine", 50, 50, 50),
    }
    assert furthest_behind(rows, ["one_far", "two_near", "two_far", "fine"]) == [
        "two_far",
        "two_near",
        "one_far",
    ]
    assert overall_lamp([rows["one_far", m] for m in (Measure.STARTS, Measure.COMPLETIONS)]) is Lamp.BEHIND
    assert overall_lamp([standing(1, None, None)]) is Lamp.NONE
