"""The walking network: cutting, joining, parts, ties of places, and streets in every bad state."""

import pickle

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import build_network
from geo.network_attach import OFF, PART, WALK, attach, connections
from geo.network_repair import cut_at
from tests.geo.towns import grid, layer, near, placed, shape, streets


def shapes(*places: object) -> np.ndarray:
    return np.array([placed(shape(p)) for p in places], dtype=object)  # type: ignore[arg-type]


def test_streets_are_cut_at_their_crossings() -> None:
    # 4 × 4 crossings; each of the 8 streets of 300 m falls into 3 pieces of 100 m.
    town = build_network(grid())
    assert (town.report.nodes, town.report.edges, town.report.parts) == (16, 24, 1)
    near(town.length_m, [100.0] * 24)
    near([town.report.length_m], [2400.0])
    assert town.report.cut_pieces == 24 - 8
    assert town.graph.nnz == 48


def test_what_is_no_street_is_left_out_and_counted() -> None:
    rows = layer(
        {"street_id": list("abcdefg")},
        [
            shapely.LineString([(0, 0), (100, 0)]),
            shapely.LineString([(100, 0), (0, 0)]),  # the same, drawn backwards
            shapely.LineString([(50, 50), (50, 50)]),  # no length
            shapely.Point(5, 5),
            None,
            shapely.LineString(),
            shapely.MultiLineString([[(100, 0), (200, 0)], [(200, 0), (200, 80)]]),
        ],
    )
    report = build_network(rows).report
    assert (report.streets, report.edges) == (7, 3)
    assert report.left_out_duplicate == 1
    assert report.left_out_zero_length == 1
    assert report.left_out_no_line == 3
    near([report.length_m], [280.0])


def test_coordinates_that_are_no_numbers_are_left_out() -> None:
    rows = streets([(0, 0), (100, 0)], [(0, 0), (0, 100)])
    shapes_ = rows.geometry.to_numpy().copy()
    shapes_[1] = shapely.LineString([(116.4, 39.9), (np.inf, 39.9)])
    report = build_network(gpd.GeoDataFrame(geometry=shapes_, crs=rows.crs)).report
    assert (report.edges, report.left_out_no_line) == (1, 1)


def test_no_streets_are_a_network_without_edges() -> None:
    empty = build_network(streets([(0, 0), (1, 0)]).iloc[:0])
    assert (empty.report.nodes, empty.report.parts, empty.report.longest_part_share_pct) == (0, 0, None)
    assert len(attach(empty, shapes((1, 1))).place) == 0


def test_oneway_is_counted_and_ignored() -> None:
    rows = streets([(0, 0), (100, 0)], [(0, 0), (0, 100)], [(0, 100), (100, 100)], oneway=["yes", "no", None])
    town = build_network(rows)
    assert town.report.oneway_ignored == 1
    assert (town.graph != town.graph.T).nnz == 0


def test_a_loose_end_is_joined_by_an_edge_as_long_as_its_gap() -> None:
    # The side street begins 0.4 m above the middle of the main street.
    rows = streets([(0, 0), (100, 0)], [(50, 0.4), (50, 60)])
    town = build_network(rows)
    assert (town.report.parts, town.report.joined_ends, town.report.edges) == (1, 1, 4)
    near(sorted(town.length_m), [0.4, 50.0, 50.0, 59.6])
    apart = build_network(rows, join_m=0.3)
    assert (apart.report.parts, apart.report.joined_ends) == (2, 0)


def test_a_crossing_drawn_twice_is_joined() -> None:
    # Two corners 0.6 m apart, neither of them a loose end.
    rows = streets(
        [(0, 0), (50, 0), (50, 50)], [(50, 0), (0, -50)], [(50.6, 0), (99, 0)], [(50.6, 0), (99, -50)]
    )
    town = build_network(rows)
    assert (town.report.parts, town.report.joined_ends) == (1, 1)
    near([town.length_m.min()], [0.6])


def test_parts_are_told_apart_with_their_share_of_the_length() -> None:
    rows = streets([(0, 0), (300, 0)], [(1000, 0), (1100, 0)])
    town = build_network(rows)
    parts = town.parts_table()
    near(parts["length_m"], [300.0, 100.0])
    near(parts["length_share_pct"], [75.0, 25.0])
    assert parts["is_whole"].tolist() == [True, False]
    near([town.report.outside_whole_parts_m], [100.0])
    # A second part that is long enough counts as whole as well.
    assert build_network(rows, whole_part_m=100.0).report.whole_parts == 2


def test_places_are_tied_to_the_nearest_street() -> None:
    town = build_network(grid())
    box = shapely.Polygon([(140, 30), (160, 30), (150, 12)])  # its corner points down at y = 0
    ties = attach(town, shapes((50, 20), (130, 150), box, (5000, 0)), within_m=200.0)
    assert sorted(ties.place.tolist()) == [0, 1, 2]
    order = np.argsort(ties.place)
    near(ties.off_m[order], [20.0, 30.0, 12.0])
    near(ties.along_m[order], [50.0, 50.0, 50.0])
    assert connections(town, ties, 4).tolist() == [WALK, WALK, WALK, OFF]


def test_a_place_on_a_left_over_piece_is_told_apart() -> None:
    town = build_network(streets([(0, 0), (300, 0)], [(1000, 0), (1100, 0)]))
    ties = attach(town, shapes((10, 5), (1010, 5)))
    assert connections(town, ties, 2).tolist() == [WALK, PART]


def test_every_entrance_is_tied_and_a_park_opens_to_every_street_beside_it() -> None:
    town = build_network(grid())
    doors = shapely.MultiPoint([(50, 5), (150, 195)])
    park = shapely.box(
        112, 12, 188, 88
    )  # 12 m from the four streets around it, 17 m from those beyond the corners
    ties = attach(town, shapes(doors, park), every_entrance=True, frontage_m=15.0)
    near(ties.off_m[ties.place == 0], [5.0, 5.0])
    front = ties.of(np.array([False, True]))
    assert len(np.unique(front.edge)) == 4
    # All along each street, from 9 m before the park's corner (12² + 9² = 15²) to 9 m behind it.
    for edge in np.unique(front.edge):
        along = np.sort(front.along_m[front.edge == edge])
        assert along[0] == pytest.approx(3.0, abs=0.2)
        assert along[-1] == pytest.approx(97.0, abs=0.2)
        assert np.diff(along).max() <= 20.0
    assert front.off_m.min() == pytest.approx(12.0)
    assert front.off_m.max() <= 15.001
    alone = attach(town, shapes(doors, park), every_entrance=True, frontage_m=0.0)
    assert np.bincount(alone.place).tolist() == [2, 1]


def test_a_slice_keeps_the_parts_of_the_whole() -> None:
    town = build_network(streets([(0, 0), (300, 0)], [(300, 0), (300, 300)], [(1000, 0), (1100, 0)]))
    x, y = shapely.get_coordinates(shapes((950, -10)))[0]
    cut, rows = town.cut((x, y, x + 200, y + 20))
    assert len(cut.edges) == 1
    near(town.length_m[rows], cut.length_m.tolist())
    assert cut.is_whole.tolist() == [False, False]
    assert pickle.loads(pickle.dumps(town)).graph.nnz == town.graph.nnz


def test_cutting_keeps_the_corners_and_the_length() -> None:
    line = shapely.LineString([(0, 0), (10, 0), (10, 10)])
    pieces = cut_at(line, np.array([4.0, 10.0, 13.0]))
    near([p.length for p in pieces], [4.0, 6.0, 3.0, 7.0])
    assert shapely.equals(shapely.line_merge(shapely.union_all(pieces)), line)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(*[st.integers(0, 40).map(lambda v: v * 10.0)] * 4).filter(lambda c: c[:2] != c[2:]),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_streets_changes_nothing(
    lines: list[tuple[float, float, float, float]], random: object
) -> None:
    rows = streets(*[[(a, b), (c, d)] for a, b, c, d in lines])
    turned = list(range(len(lines)))
    random.shuffle(turned)  # type: ignore[attr-defined]
    one, other = build_network(rows), build_network(rows.iloc[turned])
    near(one.nodes, other.nodes.tolist())
    assert one.edges.tolist() == other.edges.tolist()
    near(one.length_m, other.length_m.tolist())
    assert one.part.tolist() == other.part.tolist()


@pytest.mark.parametrize("join_m", [0.0, 1.0])
def test_a_closed_street_is_a_loop_that_places_can_stand_on(join_m: float) -> None:
    ring = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0)]
    town = build_network(streets(ring), join_m=join_m)
    assert (town.report.edges, town.graph.nnz) == (1, 0)
    ties = attach(town, shapes((50, -5)))
    near(ties.off_m, [5.0])
