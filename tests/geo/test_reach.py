"""Straight-line and walking distances against towns worked out on paper, and against networkx."""

import math
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import METRIC
from geo.network import WalkNetwork, build_network
from geo.network_attach import OFF, PART, WALK
from geo.reach import KindReach, kind_reach, prepare_origins, prepare_places, reach
from geo.reach_straight import straight_nearest
from tests.geo.towns import XY, facilities, grid, homes, layer, near, streets

TOWN = build_network(grid())  # streets every 100 m from 0 to 300


def one_kind(
    town: WalkNetwork | None,
    of: gpd.GeoDataFrame,
    held: gpd.GeoDataFrame,
    kind: str = "shop",
    **told: object,
) -> tuple[KindReach, list[str | None]]:
    origins, places = prepare_origins(town, of), prepare_places(town, held)
    found = kind_reach(town, origins, places, kind, **told)  # type: ignore[arg-type]
    named = [None if i < 0 else str(places.ids[i]) for i in found.walk_at]
    return found, named


def test_a_walk_goes_to_the_street_along_it_and_off_it_again() -> None:
    # 20 m down to y = 0, 200 m along it, 10 m up: 230 m. Straight: √(200² + 10²) = 200.250 m.
    found, named = one_kind(TOWN, homes((50, 20)), facilities({"F": ("shop", (250, 10))}))
    near(found.walk_m, [230.0])
    near(found.straight_m, [200.250])
    assert named == ["F"]


def test_a_walk_turns_at_crossings() -> None:
    # Home at (50, 10) on y = 0, shop at (310, 250) on x = 300: 10 + 250 along y = 0 + 250 up + 10 = 520 m.
    found, _ = one_kind(TOWN, homes((50, 10)), facilities({"F": ("shop", (310, 250))}))
    near(found.walk_m, [520.0])
    near(found.straight_m, [math.hypot(260, 240)])


def test_on_one_street_nobody_goes_round_by_its_ends() -> None:
    # 5 + 60 + 8 = 73 m; by the ends it would be more than 100 m.
    found, _ = one_kind(TOWN, homes((20, 5)), facilities({"F": ("shop", (80, 8))}))
    near(found.walk_m, [73.0])
    near(found.straight_m, [math.hypot(60, 3)])


def test_the_nearest_on_foot_may_be_another_than_the_nearest_by_eye() -> None:
    # A river without a bridge between x = 140 and x = 160: two streets that meet only at y = 1000.
    town = build_network(
        streets([(140, 0), (140, 1000)], [(160, 0), (160, 1000)], [(140, 1000), (160, 1000)])
    )
    held = facilities({"near": ("shop", (160, 0)), "far": ("shop", (140, 400))})
    origins, places = prepare_origins(town, homes((140, 0))), prepare_places(town, held)
    table = reach(town, origins, places, ["shop"]).table("shop")
    # By eye 20 m across the river (on foot 2,020 m); on this side 400 m.
    near(table["straight_m"], [20.0])
    near(table["walk_m"], [400.0])
    assert table.loc[0, ["straight_facility_id", "walk_facility_id"]].tolist() == ["near", "far"]
    assert table.loc[0, ["kind", "connection", "judged_by"]].tolist() == ["shop", "walk", "walk"]


def test_equally_near_facilities_go_by_the_smaller_id() -> None:
    # Home in the middle of a street of 100 m, a shop at either end; and both in a straight line.
    held = {"B": ("shop", (0.0, 0.0)), "A": ("shop", (100.0, 0.0))}
    for turned in (held, dict(reversed(held.items()))):
        found, named = one_kind(TOWN, homes((50, 0)), facilities(turned))
        near(found.walk_m, [50.0])
        assert named == ["A"]
        assert found.straight_at.tolist() == [0]  # places stand in the order of their ids


def test_only_its_own_kind_counts() -> None:
    # R45: a 15-minute junior school next door does not fill the kindergarten of the 5-minute circle.
    held = facilities({"J": ("junior_school", (50, 0)), "K": ("kindergarten", (250, 0))})
    found, named = one_kind(TOWN, homes((50, 0)), held, "kindergarten")
    near(found.walk_m, [200.0])
    assert named == ["K"]
    none, _ = one_kind(TOWN, homes((50, 0)), held, "castle")
    assert none.facilities == 0
    near(none.walk_m, [np.nan])
    near(none.straight_m, [np.nan])


def test_a_place_that_is_two_kinds_by_name_counts_for_both() -> None:
    held = facilities({"N": ("nine_year_school", (50, 0))})
    places = prepare_places(TOWN, held, counts_as={"nine_year_school": ("primary_school", "junior_school")})
    assert sorted(places.kinds) == ["junior_school", "nine_year_school", "primary_school"]


def test_beyond_the_limit_nothing_is_found() -> None:
    held = facilities({"F": ("shop", (300, 0))})
    found, named = one_kind(TOWN, homes((0, 0)), held, limit_m=299.0)
    near(found.walk_m, [np.nan])
    assert (named, found.straight_at.tolist()) == ([None], [-1])
    exact, _ = one_kind(TOWN, homes((0, 0)), held, limit_m=300.0)
    near(exact.walk_m, [300.0])
    with pytest.raises(ValueError, match="limit"):
        one_kind(TOWN, homes((0, 0)), held, limit_m=0.0)


def test_unconnected_pieces_and_places_off_the_network_are_judged_in_a_straight_line() -> None:
    town = build_network(streets([(0, 0), (300, 0)], [(1000, 0), (1100, 0)]))
    held = facilities({"F": ("shop", (300, 0)), "LAKE": ("shop", (650, 900))})
    origins = prepare_origins(town, homes((0, 0), (1000, 0), (650, 880)))
    places = prepare_places(town, held)
    found = reach(town, origins, places, ["shop"])
    assert found.connection.tolist() == [WALK, PART, OFF]
    near(found.kinds["shop"].walk_m, [300.0, np.nan, np.nan])
    near(found.judged_m("shop"), [300.0, 700.0, 20.0])
    assert places.off_network == ("LAKE",)
    assert (found.kinds["shop"].facilities, found.kinds["shop"].off_network) == (2, 1)
    assert found.table("shop")["connection"].tolist() == ["walk", "unconnected_part", "off_network"]


def test_without_streets_there_is_the_straight_line_alone() -> None:
    found, _ = one_kind(None, homes((0, 0)), facilities({"F": ("shop", (30, 40))}))
    near(found.straight_m, [50.0])
    near(found.walk_m, [np.nan])


def test_distances_begin_at_the_footprint_and_end_at_the_entrance() -> None:
    # The footprint's corner (60, 12) points at y = 0; the school's yard begins at x = 200, its gate is at (280, 8).
    house = shapely.Polygon([(55, 30), (65, 30), (60, 12)])
    yard = shapely.box(200, 8, 290, 60)
    held = facilities({"S": ("shop", yard)})
    gate = layer({"facility_id": ["S"]}, [shapely.Point(280, 8)])
    origins = prepare_origins(TOWN, homes(house))
    at_gate = kind_reach(TOWN, origins, prepare_places(TOWN, held, entrances=gate), "shop")
    near(at_gate.walk_m, [12 + 220 + 8])
    # From the corner (65, 30) or (60, 12)? √(215² + 22²) = 216.123 < √(220² + 4²) = 220.036.
    near(at_gate.straight_m, [math.hypot(215, 22)])
    at_yard = kind_reach(TOWN, origins, prepare_places(TOWN, held), "shop")
    near(at_yard.straight_m, [135.0])
    # The yard opens all along y = 0 from its corner (200, 8) on, and a little before it (√(15² − 8²) = 12.689 m).
    assert 12 + 140 - 12.7 + 15 <= at_yard.walk_m[0] <= 12 + 140 + 8.001


def test_ids_that_stand_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="H0 stands twice"):
        prepare_origins(TOWN, homes((0, 0), (1, 1), ids=["H0", "H0"]))
    twice = pd.concat([facilities({"F": ("shop", (0, 0))})] * 2, ignore_index=True)
    with pytest.raises(ValueError, match="F stands twice"):
        prepare_places(TOWN, gpd.GeoDataFrame(twice, crs=4326))
    with pytest.raises(ValueError, match="without a geometry"):
        prepare_origins(TOWN, layer({"origin_id": ["H"]}, [None]))


def test_facilities_without_a_geometry_are_left_out() -> None:
    held = layer({"facility_id": ["A", "B"], "kind": ["shop", "shop"]}, [None, shapely.Point(0, 0)])
    assert prepare_places(TOWN, held).ids.tolist() == ["B"]


def test_one_kind_alone_can_be_worked_out_anew() -> None:
    origins = prepare_origins(TOWN, homes((0, 0), (300, 300)))
    places = prepare_places(TOWN, facilities({"A": ("shop", (0, 0)), "B": ("school", (300, 0))}))
    told: list[tuple[int, int]] = []
    found = reach(TOWN, origins, places, ["shop", "school"], on_progress=lambda a, b: told.append((a, b)))
    assert told == [(1, 2), (2, 2)]
    near(found.kinds["shop"].walk_m, [0.0, 600.0])
    again = found.with_kind(kind_reach(TOWN, origins, places, "shop", limit_m=500.0))
    near(again.kinds["shop"].walk_m, [0.0, np.nan])
    assert again.kinds["school"] is found.kinds["school"]


# --- properties ---------------------------------------------------------------------------------------
PLACE = st.tuples(st.integers(-40, 340).map(float), st.integers(-40, 340).map(float))
PLACES = st.lists(PLACE, min_size=1, max_size=6)


def by_networkx(town: WalkNetwork, home: XY, held: list[XY]) -> float:
    """The same in plain steps: edges cut at the feet of home and shops, one Dijkstra from the home."""
    shift = np.array([490_000.0, 4_420_000.0])
    graph = nx.Graph()
    on_edge: dict[int, list[tuple[float, object]]] = {}
    for name, place in [("home", home), *((("shop", i), p) for i, p in enumerate(held))]:
        point = shapely.Point(np.array(place) + shift)
        off = shapely.distance(point, town.lines)
        edge = int(np.argmin(off))
        foot = ("foot", name)
        graph.add_edge(name, foot, weight=float(off[edge]))
        on_edge.setdefault(edge, []).append((town.lines[edge].project(point), foot))
    for edge, (a, b) in enumerate(town.edges.tolist()):
        stops = sorted(
            [(0.0, a), *on_edge.get(edge, []), (float(town.length_m[edge]), b)], key=lambda s: s[0]
        )
        for (far, one), (farther, other) in pairwise(stops):
            graph.add_edge(one, other, weight=farther - far)
    # Ways lead through no other place: each shop is asked for with the others' links left out.
    metres = []
    for i in range(len(held)):
        others = [("shop", n) for n in range(len(held)) if n != i]
        metres.append(nx.dijkstra_path_length(nx.restricted_view(graph, others, []), "home", ("shop", i)))
    return min(metres)


@settings(deadline=None, max_examples=60)
@given(PLACE, PLACES)
def test_distances_are_those_of_networkx(home: XY, held: list[XY]) -> None:
    shops = facilities({f"F{i}": ("shop", p) for i, p in enumerate(held)}, METRIC)
    found, _ = one_kind(TOWN, homes(home, crs=METRIC), shops)
    near(found.walk_m, [by_networkx(TOWN, home, held)])
    near(found.straight_m, [min(math.dist(home, p) for p in held)])


@settings(deadline=None, max_examples=60)
@given(PLACES, PLACES, PLACE)
def test_a_walk_is_never_shorter_and_another_facility_never_takes_one_farther(
    at: list[XY], held: list[XY], more: XY
) -> None:
    boxes = [shapely.box(x, y, x + 12, y + 7) for x, y in at]
    shops = {f"F{i}": ("shop", p) for i, p in enumerate(held)}
    before, _ = one_kind(TOWN, homes(*boxes, crs=METRIC), facilities(shops, METRIC))
    assert (before.walk_m >= before.straight_m).all()
    after, _ = one_kind(TOWN, homes(*boxes, crs=METRIC), facilities(shops | {"G": ("shop", more)}, METRIC))
    assert (after.walk_m <= before.walk_m).all()
    assert (after.straight_m <= before.straight_m).all()


@settings(deadline=None, max_examples=40)
@given(PLACES, PLACES, st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_changes_nothing(at: list[XY], held: list[XY], random: object) -> None:
    rows = homes(*at, crs=METRIC)
    shops = facilities({f"F{i}": ("shop", p) for i, p in enumerate(held)}, METRIC)

    def mixed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        order = list(range(len(frame)))
        random.shuffle(order)  # type: ignore[attr-defined]
        return frame.iloc[order]

    def told(town: WalkNetwork, of: gpd.GeoDataFrame, by: gpd.GeoDataFrame) -> pd.DataFrame:
        origins, places = prepare_origins(town, of), prepare_places(town, by)
        table = reach(town, origins, places, ["shop"]).table("shop")
        return table.sort_values("origin_id").reset_index(drop=True)

    pd.testing.assert_frame_equal(
        told(TOWN, rows, shops), told(build_network(mixed(grid())), mixed(rows), mixed(shops))
    )


@settings(deadline=None, max_examples=30)
@given(PLACES, PLACES)
def test_other_names_give_the_same_distances(at: list[XY], held: list[XY]) -> None:
    rows = homes(*at, crs=METRIC)
    one, _ = one_kind(TOWN, rows, facilities({f"F{i}": ("shop", p) for i, p in enumerate(held)}, METRIC))
    named = {f"甲{99 - i}": ("market", p) for i, p in enumerate(held)}
    other, _ = one_kind(
        TOWN, rows.assign(origin_id=[f"={i}" for i in range(len(at))]), facilities(named, METRIC), "market"
    )
    np.testing.assert_array_equal(one.walk_m, other.walk_m)
    np.testing.assert_array_equal(one.straight_m, other.straight_m)


@settings(deadline=None, max_examples=40)
@given(PLACES, st.lists(PLACE, min_size=1, max_size=60))
def test_the_straight_line_is_exact_for_any_shape(at: list[XY], held: list[XY]) -> None:
    shapes = np.array([shapely.box(x, y, x + 90, y + 15) for x, y in at], dtype=object)
    points = shapely.points(np.array(held))
    metres, found = straight_nearest(shapes, points)
    every = shapely.distance(shapes[:, None], points[None, :])
    np.testing.assert_array_equal(metres, every.min(axis=1))
    assert found.tolist() == every.argmin(axis=1).tolist()  # the first of equally near ones
    squares = shapely.box(*(points_xy := np.array(held)).T, *(points_xy + 5.0).T)
    metres, found = straight_nearest(shapes, squares)
    every = shapely.distance(shapes[:, None], squares[None, :])
    np.testing.assert_array_equal(metres, every.min(axis=1))
    assert found.tolist() == every.argmin(axis=1).tolist()
