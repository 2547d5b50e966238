"""The two-step gap by capacity, worked out on paper."""

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.gaps_capacity import capacity_steps
from geo.network import build_network
from geo.reach import prepare_origins
from programme.standards import CapacityMeasure
from tests.geo.towns import facilities, grid, homes, layer, near

TOWN = build_network(grid())
SPACES = CapacityMeasure("capacity", "households", 1.0)


def test_spaces_now_after_sharing_and_still_to_build() -> None:
    # Homes at 0 and 300 on y = 0 with 100 and 60 households. 40 spaces at x = 0; a workplace at x = 300 opens 50.
    origins = prepare_origins(TOWN, homes((0, 0), (300, 0)))
    who = pd.DataFrame({"community_id": ["A", "B"], "households": [100.0, 60.0]})
    held = facilities({"P": ("parking_community", (0, 0)), "S": ("shop", (0, 0))}).assign(
        capacity=[40.0, 9.0]
    )
    opened = layer(
        {"place_id": ["W", "X"], "kind": ["parking_community", "shop"], "capacity": [50.0, 9.0]},
        [shapely.Point(300, 0), shapely.Point(300, 0)],
    )
    found = capacity_steps(TOWN, origins, held, opened, who, "parking_community", SPACES, 150.0)
    table = found.table.set_index("community_id")
    near(table["needed"], [100.0, 60.0])
    near(table["short_now"], [60.0, 60.0])
    near(table["mended"], [0.0, 50.0])
    near(table["to_build"], [60.0, 10.0])
    near(table["people_short_after"], [100.0, 60.0])
    near(found.after.per_head, [0.4, 50 / 60])


def test_nothing_opened_mends_nothing_and_bad_capacity_is_named() -> None:
    origins = prepare_origins(TOWN, homes((0, 0)))
    who = pd.DataFrame({"community_id": ["A"], "households": [10.0]})
    held = facilities({"P": ("parking_community", (0, 0)), "Q": ("parking_community", (50, 0))})
    held = held.assign(capacity=[-3.0, np.nan])
    opened = layer({"place_id": ["W"], "kind": ["shop"], "capacity": [1.0]}, [shapely.Point(0, 0)])
    found = capacity_steps(TOWN, origins, held, opened, who, "parking_community", SPACES, 150.0)
    assert found.now.left_out["capacity_negative"] == ("P",)
    assert found.now.left_out["capacity_unknown"] == ("Q",)
    assert found.table[["short_now", "mended", "to_build"]].to_numpy().tolist() == [[10.0, 0.0, 10.0]]
    near(found.table["unknown_capacity_people"], [10.0])


def test_a_place_that_counts_for_the_kind_brings_its_capacity() -> None:
    origins = prepare_origins(TOWN, homes((0, 0)))
    who = pd.DataFrame({"community_id": ["A"], "residents": [100.0]})
    held = facilities({"N": ("nine_year_school", (0, 0))}).assign(capacity=[30.0])
    none = layer({"place_id": ["W"], "kind": ["shop"], "capacity": [1.0]}, [shapely.Point(0, 0)])
    found = capacity_steps(
        TOWN,
        origins,
        held,
        none,
        who,
        "primary_school",
        CapacityMeasure("capacity", "residents", 0.5),
        150.0,
        counts_as={"nine_year_school": ("primary_school",)},
    )
    assert found.table["short_now"].iloc[0] == pytest.approx(20.0)
