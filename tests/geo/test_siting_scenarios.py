"""Coverage against the number of places, and scenarios side by side, in a street worked out on paper."""

import itertools
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting import best_places, smallest_set
from geo.siting_input import Limits
from geo.siting_scenarios import compare, trade_off

HOMES = {"a": (0, 100), "b": (1000, 50), "c": (2000, 20), "d": (3000, 5)}
TOWN = pd.DataFrame(
    {
        "demand_id": list(HOMES),
        "residents": [r for _, r in HOMES.values()],
        "is_covered": [False, False, False, True],
    }
)
PLACES = {"at_a": (0, False), "at_b": (1000, True), "at_c": (2000, True), "at_d": (3000, False)}
CANDIDATES = pd.DataFrame(
    {
        "candidate_id": list(PLACES),
        "is_new": [new for _, new in PLACES.values()],
        "cost_fen": [100, 200, 300, 400],
        "capacity": [60, 60, 60, 60],
    }
)
STREET = pd.DataFrame(
    [
        (place, home, float(abs(PLACES[place][0] - HOMES[home][0])))
        for place, home in itertools.product(PLACES, HOMES)
    ],
    columns=["candidate_id", "demand_id", "distance_m"],
)
DOOR = Limits(radius_m=100.0)


def test_the_curve_of_a_street() -> None:
    curve = trade_off(CANDIDATES, TOWN, STREET, 9, DOOR)
    assert curve["places_limit"].tolist() == [1, 2, 3, 4]
    assert curve["gain_residents"].tolist() == [100, 50, 20, 0]
    assert curve["residents_covered"].tolist() == [105, 155, 175, 175]
    assert curve["covered_pct"].tolist() == pytest.approx([60, 100 * 155 / 175, 100, 100])
    assert curve["candidate_ids"].tolist()[2:] == [("at_a", "at_b", "at_c")] * 2
    assert curve["new_places"].tolist() == [0, 1, 2, 2] and curve["cost_fen"].tolist() == [100, 300, 600, 600]
    assert set(curve["status"]) == {"optimal"}


def test_the_curve_begins_at_the_kept_places_and_ends_with_the_budget() -> None:
    limits = replace(DOOR, keep=("at_c", "at_d"), budget_fen=800)
    curve = trade_off(CANDIDATES, TOWN, STREET, 3, limits)
    assert curve["places_limit"].tolist() == [2, 3]
    # 700 for the kept leave 100: just a's room.
    assert curve["candidate_ids"].tolist() == [("at_c", "at_d"), ("at_a", "at_c", "at_d")]
    assert trade_off(CANDIDATES, TOWN, STREET, 3, replace(limits, budget_fen=1)).empty
    assert trade_off(CANDIDATES, TOWN, STREET, 3, replace(DOOR, time_limit_s=-1.0)).empty


SPOTS = st.integers(0, 12)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(SPOTS, min_size=1, max_size=6),
    st.lists(st.tuples(SPOTS, st.integers(0, 40)), min_size=1, max_size=7),
    st.booleans(),
)
def test_the_curve_never_falls_and_agrees_with_its_points(
    places: list[int], homes: list[tuple[int, int]], uses_capacity: bool
) -> None:
    candidates = pd.DataFrame(
        {
            "candidate_id": [f"p{i}" for i in range(len(places))],
            "is_new": [i % 2 == 0 for i in range(len(places))],
        }
    ).assign(cost_fen=1, capacity=30)
    town = pd.DataFrame(
        {
            "demand_id": [f"h{i}" for i in range(len(homes))],
            "residents": [r for _, r in homes],
            "is_covered": False,
        }
    )
    near = pd.DataFrame(
        [
            (f"p{i}", f"h{j}", 100.0 * abs(x - y))
            for i, x in enumerate(places)
            for j, (y, _) in enumerate(homes)
        ],
        columns=["candidate_id", "demand_id", "distance_m"],
    )
    limits = Limits(radius_m=200.0, uses_capacity=uses_capacity)
    curve = trade_off(candidates, town, near, len(places), limits)
    assert (curve["gain_residents"] >= 0).all() and len(curve) == len(places)
    assert curve["residents_covered"].is_monotonic_increasing
    for row in curve.itertuples():
        point = best_places(candidates, town, near, row.places_limit, limits)
        assert (point.residents_new, point.chosen_ids) == (row.residents_new, row.candidate_ids)
    everyone = smallest_set(candidates, town, near, replace(limits, uses_capacity=False))
    assert curve["residents_new"].iloc[-1] <= everyone.residents_new
    if not uses_capacity:
        assert curve["residents_new"].iloc[-1] == everyone.residents_new


def test_scenarios_side_by_side_say_who_gains_and_who_loses() -> None:
    one = best_places(CANDIDATES, TOWN, STREET, 1, DOOR)
    without = best_places(CANDIDATES, TOWN, STREET, 2, replace(DOOR, never=("at_a",)))
    found = compare({"一处": one, "without a": without, "again": one})
    summary = found.summary.set_index("scenario")
    assert summary["places"].tolist() == [1, 2, 1] and summary["idle_places"].tolist() == [1, 0, 1]
    assert summary["cost_fen"].tolist() == [100, 500, 100]
    assert summary["residents_new"].tolist() == [100, 70, 100]
    assert summary.loc["without a", ["gains_residents", "loses_residents"]].tolist() == [70, 100]
    assert summary.loc["again", ["gains_residents", "loses_residents"]].tolist() == [0, 0]
    assert found.changes[["scenario", "demand_id", "change"]].to_numpy().tolist() == [
        ["without a", "a", -100],
        ["without a", "c", 20],
        ["without a", "b", 50],
    ]
    assert found.places.set_index("candidate_id").loc["at_a", ["一处", "without a"]].tolist() == [True, False]
    assert found.is_same_demand
    other = best_places(CANDIDATES, TOWN.assign(residents=1), STREET, 1, DOOR)
    assert not compare({"x": one, "y": other}).is_same_demand
    with pytest.raises(ValueError, match=r"siting\.no_scenarios"):
        compare({})
