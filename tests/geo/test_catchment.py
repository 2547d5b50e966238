"""Capacity by the two-step floating catchment, worked out on paper."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.catchment import floating_catchment, pairs_within, shortage_table
from geo.crs import METRIC
from geo.network import build_network
from geo.reach import Places, kind_reach, prepare_origins, prepare_places
from tests.geo.towns import XY, facilities, grid, homes, near, streets

TOWN = build_network(grid())
# On y = 0: homes at 0, 100, 300 with 30, 70 and 50 residents; kindergartens at 50 (20 places) and 250 (40 places).
ROW = homes((0, 0), (100, 0), (300, 0))
LIVING = np.array([30.0, 70.0, 50.0])
HELD = facilities({"K1": ("kindergarten", (50, 0)), "K2": ("kindergarten", (250, 0)), "Z": ("shop", (0, 0))})


def places() -> Places:
    return prepare_places(TOWN, HELD)


def test_a_full_kindergarten_does_not_serve_everyone() -> None:
    held = places()
    pairs = pairs_within(TOWN, prepare_origins(TOWN, ROW), held, "kindergarten", 150.0)
    # K1 reaches 0 and 100 (50 m each); K2 reaches 100 (150 m) and 300 (50 m).
    assert list(zip(pairs.origin.tolist(), pairs.place.tolist(), pairs.metres.tolist(), strict=True)) == [
        (0, 0, 50.0),
        (1, 0, 50.0),
        (1, 1, 150.0),
        (2, 1, 50.0),
    ]
    found = floating_catchment(pairs, LIVING, np.array([20.0, 40.0, np.nan]), held, "kindergarten")
    # K1: 20 / (30 + 70) = 0.2; K2: 40 / (70 + 50) = 1/3. Homes: 0.2; 0.2 + 1/3; 1/3.
    near(found.demand[:2], [100.0, 120.0])
    near(found.per_head, [0.2, 0.2 + 1 / 3, 1 / 3])
    # 30 · 0.2 + 70 · (0.2 + 1/3) + 50 / 3 = 60 = all places.
    near([float(LIVING @ found.per_head)], [60.0])
    assert found.left_out == {"capacity_unknown": (), "capacity_negative": (), "nobody_near": ()}


def test_shortage_against_the_need() -> None:
    held = places()
    pairs = pairs_within(TOWN, prepare_origins(TOWN, ROW), held, "kindergarten", 150.0)
    found = floating_catchment(pairs, LIVING, np.array([20.0, 40.0, np.nan]), held, "kindergarten")
    who = pd.DataFrame({"community_id": ["A", "A", "B"], "residents": LIVING})
    table = shortage_table(found, who, "residents", 0.4, "community_id")
    # Needed 0.4 each: the first home is 0.2 short (30 · 0.2 = 6), the last 0.4 − 1/3 (50 · 0.0667 = 3.333).
    near(table["needed"], [40.0, 20.0])
    near(table["short"], [6.0, 50 * (0.4 - 1 / 3)])
    near(table["people_short"], [30.0, 50.0])
    with pytest.raises(ValueError, match="need"):
        shortage_table(found, who, "residents", 0.0, "community_id")


def test_unknown_and_negative_capacity_are_left_out_by_name() -> None:
    held = places()
    pairs = pairs_within(TOWN, prepare_origins(TOWN, ROW), held, "kindergarten", 150.0)
    found = floating_catchment(pairs, LIVING, np.array([np.nan, -5.0, 1.0]), held, "kindergarten")
    near(found.per_head, [0.0, 0.0, 0.0])
    assert found.has_unknown.tolist() == [True, True, True]
    assert found.left_out == {
        "capacity_unknown": ("K1",),
        "capacity_negative": ("K2",),
        "nobody_near": (),
    }


def test_nobody_near_shares_nothing_and_unknown_people_ask_for_nothing() -> None:
    held = places()
    pairs = pairs_within(TOWN, prepare_origins(TOWN, ROW), held, "kindergarten", 60.0)
    found = floating_catchment(
        pairs, np.array([np.nan, np.nan, 50.0]), np.array([20.0, 40.0, 0.0]), held, "kindergarten"
    )
    assert found.left_out["nobody_near"] == ("K1",)
    near(found.per_head, [0.0, 0.0, 0.8])


def test_homes_off_the_network_pair_in_a_straight_line() -> None:
    town = build_network(streets([(0, 0), (300, 0)]))
    held = prepare_places(town, facilities({"F": ("shop", (0, 0))}))
    origins = prepare_origins(town, homes((0, 260), (40, 0)))
    pairs = pairs_within(town, origins, held, "shop", 270.0)
    assert list(zip(pairs.origin.tolist(), pairs.metres.tolist(), strict=True)) == [(0, 260.0), (1, 40.0)]
    alone = prepare_origins(None, homes((0, 260), (40, 0)))
    assert len(pairs_within(None, alone, held, "shop", 270.0).origin) == 2
    assert len(pairs_within(town, origins, held, "castle", 270.0).origin) == 0


def test_a_place_with_several_ways_in_pairs_once() -> None:
    held = prepare_places(TOWN, facilities({"P": ("park", shapely.box(112, 12, 188, 88))}))
    pairs = pairs_within(TOWN, prepare_origins(TOWN, homes((150, 0))), held, "park", 300.0)
    assert len(pairs.origin) == 1
    # 12 m off the street, and at most half of 20 m along it to the next tie.
    assert 12.0 <= pairs.metres[0] <= 22.0


PLACE = st.tuples(st.integers(-40, 340).map(float), st.integers(-40, 340).map(float))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(PLACE, min_size=1, max_size=6),
    st.lists(PLACE, min_size=1, max_size=6),
    st.sampled_from([70.0, 200.0]),
)
def test_pairs_agree_with_the_nearest_and_no_capacity_is_lost(
    at: list[XY], held: list[XY], radius: float
) -> None:
    shops = prepare_places(TOWN, facilities({f"F{i}": ("shop", p) for i, p in enumerate(held)}, METRIC))
    origins = prepare_origins(TOWN, homes(*at, crs=METRIC))
    pairs = pairs_within(TOWN, origins, shops, "shop", radius)
    one = kind_reach(TOWN, origins, shops, "shop", limit_m=radius)
    nearest = np.full(len(at), np.nan)
    for home, metres in zip(pairs.origin, pairs.metres, strict=True):
        nearest[home] = np.fmin(nearest[home], metres)
    near(nearest, one.walk_m.tolist())
    living = np.arange(1.0, len(at) + 1)
    found = floating_catchment(pairs, living, np.full(len(held), 12.0), shops, "shop")
    used = len(held) - len(found.left_out["nobody_near"])
    assert float(living @ found.per_head) == pytest.approx(12.0 * used)
