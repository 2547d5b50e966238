"""Buildings to communities, places to areas, boundaries for bare communities, repaired shapes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assign import assign_buildings, assign_to_areas, nearest_points
from geo.boundaries import derive_boundaries
from geo.repair import repair

#: Metres at this corner of Beijing in EPSG:4548; tests speak in metres from it.
CORNER = np.array([450_000.0, 4_417_000.0])


def place(shapes: list, **columns: list) -> gpd.GeoDataFrame:
    """Shapes in metres from the corner, as a layer in EPSG:4326."""
    moved = [None if s is None else shapely.transform(s, lambda xy: xy + CORNER) for s in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs="EPSG:4548").to_crs("EPSG:4326")


def square(x: float, y: float, side: float = 10.0) -> shapely.Polygon:
    return shapely.box(x, y, x + side, y + side)


HOMES = place(
    [shapely.box(0, 0, 100, 100), shapely.box(90, 0, 200, 100), None], community_id=["a", "b", "none"]
)


def test_a_building_belongs_where_most_of_it_lies() -> None:
    houses = place(
        [square(50, 50), square(96, 50), square(60, 110), square(60, 150), square(86, 20)],
        building_id=["in_a", "more_in_b", "near_a", "far", "in_both"],
    )
    table, report = assign_buildings(houses, HOMES)
    assert table["community_id"].tolist() == ["a", "b", "a", None, "a"]
    assert table["rule"].tolist() == ["overlap", "overlap", "nearest", "none", "overlap"]
    assert table["distance_m"].iloc[2] == pytest.approx(10, abs=0.05)
    assert table["overlap_pct"].iloc[1] == pytest.approx(100, abs=0.1)
    assert report.matched == 4 and report.unmatched_left == 1 and report.unmatched_right == 1
    assert report.examples["unmatched_left"] == ["far"] and report.examples["unmatched_right"] == ["none"]
    assert sum(report.by_rule.values()) == report.left == 5


def test_a_stated_community_is_believed_if_it_exists() -> None:
    houses = place(
        [square(50, 50), square(50, 50)], building_id=["1", "2"], community_id_stated=["b", "gone"]
    )
    table, _ = assign_buildings(houses, HOMES)
    assert table["community_id"].tolist() == ["b", "a"] and table["rule"].tolist() == ["stated", "overlap"]
    assert table["is_ambiguous"].tolist() == [False, True]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-40, 240), st.integers(-40, 140), st.integers(5, 60)), min_size=1, max_size=12
    )
)
def test_overlap_agrees_with_geopandas_overlay(squares: list[tuple[int, int, int]]) -> None:
    houses = place(
        [square(*s) for s in squares], building_id=[f"{i:02d}" for i in range(len(squares))]
    ).to_crs("EPSG:4548")
    homes = HOMES[HOMES.geometry.notna()].to_crs("EPSG:4548")
    pieces = gpd.overlay(houses, homes, how="intersection", keep_geom_type=True)
    pieces["m2"] = pieces.area.round(3)
    best = pieces.sort_values(["building_id", "m2", "community_id"], ascending=[True, False, True])
    best = best[best["m2"] > 0.01].drop_duplicates("building_id").set_index("building_id")["community_id"]
    table, _ = assign_buildings(houses.to_crs("EPSG:4326"), HOMES)
    table.index = pd.Index(houses["building_id"])
    overlapping = table[table["rule"] == "overlap"]["community_id"]
    decided = [i for i in best.index if not table.loc[i, "is_ambiguous"]]
    assert overlapping.reindex(decided).tolist() == best.reindex(decided).tolist()
    assert set(overlapping.index) >= set(best.index)


def test_points_go_to_the_smallest_area_and_lines_to_the_largest_share() -> None:
    areas = place(
        [shapely.box(0, 0, 100, 100), shapely.box(40, 40, 60, 60), shapely.box(100, 0, 200, 100)],
        code=["1", "2", "3"],
    )
    items = place(
        [shapely.Point(50, 50), shapely.Point(5, 5), shapely.LineString([(80, 5), (180, 5)]), None],
        name=["in_two", "in_one", "line", "nowhere"],
    )
    table, report = assign_to_areas(items, areas, "code")
    assert table["code"].tolist() == ["2", "1", "3", None]
    assert table["overlap_pct"].iloc[2] == pytest.approx(80, abs=0.1)
    assert report.duplicated == 2 and report.examples["unmatched_left"] == ["nowhere"]


def test_nearest_points_within_their_distance() -> None:
    houses = place([square(0, 0), square(500, 0)], building_id=["near", "far"])
    homes = gpd.GeoDataFrame(
        {"community_id": ["b", "a"], "point": place([shapely.Point(30, 5)] * 2, n=[1, 2]).geometry}
    )
    found = nearest_points(houses, homes, max_distance_m=60)
    assert found["community_id"].tolist() == ["a", None]  # the smaller id of two at the same place
    assert found["distance_m"].iloc[0] == pytest.approx(20, abs=0.05)


def test_nothing_to_join_is_no_error() -> None:
    none = place([], building_id=[])
    table, report = assign_buildings(none, HOMES)
    assert table.empty and report.matched == 0 and report.unmatched_right == 3
    table, _ = assign_to_areas(place([shapely.Point(0, 0)], name=["x"]), place([], code=[]), "code")
    assert table["rule"].tolist() == ["none"]


def test_boundaries_come_from_the_rule_that_applies_first() -> None:
    lots = place([shapely.box(0, 0, 50, 50), shapely.box(0, 0, 200, 200)], parcel_id=["small", "large"])
    points = [
        None,
        shapely.Point(20, 20),
        shapely.Point(220, 100),
        shapely.Point(900, 900),
        shapely.Point(21, 20),
    ]
    homes = place(
        [square(300, 300, 40), None, None, None, None],
        community_id=["stated", "in", "near", "hull", "shared"],
    )
    homes["point"] = place(points, n=list(range(5))).geometry
    prints = place([square(880, 880), square(920, 880), square(880, 920)], community_id=["hull"] * 3)
    found, report = derive_boundaries(homes, lots, prints)
    assert found["boundary_rule"].tolist() == [
        "stated",
        "parcel_containing",
        "parcel_nearest",
        "footprint_hull",
        "parcel_containing",
    ]
    assert found["parcel_id"].tolist()[1:3] == ["small", "large"]
    assert found["distance_m"].iloc[2] == pytest.approx(20, abs=0.05)
    assert found["shared_with"].tolist() == [0, 1, 0, 0, 1]
    hull = found.geometry.to_crs("EPSG:4548").iloc[3]
    assert shapely.covers(hull, shapely.union_all(prints.to_crs("EPSG:4548").geometry.to_numpy()))
    assert report.matched == 5 and report.duplicated == 2


BOW = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
WITH_SPIKE = shapely.GeometryCollection([square(0, 0), shapely.LineString([(0, 0), (50, 50)])])


@pytest.mark.parametrize(
    ("shape", "action", "area_m2"),
    [
        (square(0, 0), "", 100),
        (BOW, "repaired_self_crossing", 50),
        (WITH_SPIKE, "dropped_parts", 100),
        (shapely.LineString([(0, 0), (10, 0), (10, 10)]), "repaired_ring", 50),
        (None, "missing", None),
        (shapely.Polygon(), "empty", None),
        (shapely.Polygon([(0, 0), (np.inf, 0), (1, 1)]), "non_finite", None),
        (shapely.Polygon([(0, 0), (10, 0), (0, 0)]), "zero_area", None),
        (shapely.Point(1, 1), "wrong_type", None),
        (shapely.Polygon([(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5)]), "", 100),
    ],
)
def test_shapes_are_mended_or_set_apart(shape: object, action: str, area_m2: float | None) -> None:
    found = repair(gpd.GeoSeries([shape], index=["row"], crs="EPSG:4548"), "polygon")
    assert found.action["row"] == action
    mended = found.geometry["row"]
    if area_m2 is None:
        assert mended is None
    else:
        assert mended.is_valid and mended.area == pytest.approx(area_m2) and not mended.has_z


corner = st.tuples(st.integers(0, 20), st.integers(0, 20))


@settings(max_examples=150, deadline=None)
@given(st.lists(corner, min_size=3, max_size=9))
def test_whatever_comes_in_valid_surfaces_come_out(corners: list[tuple[int, int]]) -> None:
    given_ = gpd.GeoSeries([shapely.Polygon(corners)], crs="EPSG:4548")
    found = repair(given_, "polygon")
    mended = found.geometry.iloc[0]
    if mended is None:
        assert found.action.iloc[0] in {"zero_area", "unrepairable", "wrong_type"}
    else:
        assert mended.is_valid and mended.area > 0 and mended.geom_type in {"Polygon", "MultiPolygon"}
