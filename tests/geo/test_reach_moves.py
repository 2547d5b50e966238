"""A facility opened, closed or moved: the same answer as working everything out anew."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import METRIC
from geo.network import WalkNetwork, build_network
from geo.reach import Origins, kind_reach, prepare_origins, prepare_places
from geo.reach_moves import moved
from tests.geo.towns import XY, facilities, grid, homes, placed, streets

TOWN = build_network(grid())


def judged(town: WalkNetwork, origins: Origins, held: dict[str, XY], radius: float) -> np.ndarray:
    places = prepare_places(town, facilities({i: ("shop", p) for i, p in held.items()}, METRIC))
    found = kind_reach(town, origins, places, "shop")
    return np.where(origins.connection == 0, found.walk_m, found.straight_m) <= radius


def test_who_gains_and_who_loses_when_a_shop_moves_along_the_street() -> None:
    # Homes at 0, 100, 200, 300 on y = 0; the shop moves from 0 to 300; within 150 m.
    origins = prepare_origins(TOWN, homes((0, 0), (100, 0), (200, 0), (300, 0)))
    places = prepare_places(TOWN, facilities({"A": ("shop", (0, 0))}))
    held = kind_reach(TOWN, origins, places, "shop")
    to = placed(shapely.Point(300, 0))
    found = moved(TOWN, origins, places, held, 150.0, facility_id="A", to=to)
    assert (found.gained.tolist(), found.lost.tolist()) == ([2, 3], [0, 1])
    assert found.counted(np.array([1.0, 2.0, 4.0, np.nan])) == (4.0, 3.0, 1)
    closed = moved(TOWN, origins, places, held, 150.0, facility_id="A")
    assert (closed.gained.tolist(), closed.lost.tolist()) == ([], [0, 1])
    opened = moved(TOWN, origins, places, held, 150.0, to=to)
    assert (opened.gained.tolist(), opened.lost.tolist()) == ([2, 3], [])


def test_a_place_in_a_lake_serves_nobody_on_foot() -> None:
    origins = prepare_origins(TOWN, homes((0, 0)))
    places = prepare_places(TOWN, facilities({"A": ("shop", (300, 300))}))
    held = kind_reach(TOWN, origins, places, "shop")
    found = moved(TOWN, origins, places, held, 400.0, to=placed(shapely.Point(-300, 0)))
    assert found.is_off_network
    assert found.gained.tolist() == []
    with pytest.raises(KeyError):
        moved(TOWN, origins, places, held, 400.0, facility_id="B")


PLACE = st.tuples(st.integers(-250, 550).map(float), st.integers(-250, 550).map(float))
#: A grid, and a piece of street that hangs on nothing.
PIECES = build_network(
    streets(
        *[[(0.0, i * 100.0), (300.0, i * 100.0)] for i in range(4)],
        *[[(i * 100.0, 0.0), (i * 100.0, 300.0)] for i in range(4)],
        [(400.0, 0.0), (400.0, 200.0)],
    )
)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(PLACE, min_size=1, max_size=8),
    st.lists(PLACE, min_size=1, max_size=5),
    PLACE,
    st.sampled_from([70.0, 150.0, 320.0]),
)
def test_a_move_equals_working_it_out_anew(at: list[XY], shops: list[XY], to: XY, radius: float) -> None:
    origins = prepare_origins(PIECES, homes(*at, crs=METRIC))
    held = {f"F{i}": p for i, p in enumerate(shops)}
    places = prepare_places(PIECES, facilities({i: ("shop", p) for i, p in held.items()}, METRIC))
    now = kind_reach(PIECES, origins, places, "shop")
    found = moved(PIECES, origins, places, now, radius, facility_id="F0", to=placed(shapely.Point(to)))
    before, after = judged(PIECES, origins, held, radius), judged(PIECES, origins, held | {"F0": to}, radius)
    assert found.gained.tolist() == np.flatnonzero(~before & after).tolist()
    assert found.lost.tolist() == np.flatnonzero(before & ~after).tolist()
