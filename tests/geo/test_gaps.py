"""Gaps counted in residents and households, in towns worked out on paper."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import METRIC
from geo.gaps import composite, gap_table, within
from geo.gaps_people import census_check, people_of_homes, people_of_points
from geo.gaps_steps import MENDED, SERVED, TO_BUILD, two_step
from geo.network import build_network
from geo.reach import Reach, prepare_origins, prepare_places, reach
from programme.standards import Requirement, Status
from tests.geo.towns import XY, facilities, grid, homes, layer, near, streets

TOWN = build_network(grid())


def need(kind: str, radius: float | None, tier: str = "5") -> Requirement:
    return Requirement(
        kind,
        Status.SET if radius is not None else Status.NOT_SET,
        radius_m=radius,
        standard_key="gb",
        version="2018",
        clause="C.0.2",
        tiers=(tier,),
    )


NO_STANDARD = Requirement("castle", Status.NO_STANDARD)


def people(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns)


# Four homes on y = 0 at x = 0, 100, 200, 300; one kindergarten at x = 0, one junior school at x = 300.
ROW = homes((0, 0), (100, 0), (200, 0), (300, 0))
WHO = people(
    origin_id=["H0", "H1", "H2", "H3"],
    community_id=["A", "A", "B", "B"],
    age_class=["pre_2000", "pre_2000", "pre_2000", "post_2000"],
    residents=[10.0, 20.0, 40.0, np.nan],
    households=[4.0, 8.0, 16.0, 32.0],
    elderly=[1.0, 2.0, 4.0, 8.0],
)
HELD = facilities({"K": ("kindergarten", (0, 0)), "J": ("junior_school", (300, 0))})
NEEDS = {"kindergarten": need("kindergarten", 150.0), "junior_school": need("junior_school", 250.0, "15")}


def reached(
    of: gpd.GeoDataFrame = ROW, by: gpd.GeoDataFrame = HELD, kinds: tuple[str, ...] = tuple(NEEDS)
) -> Reach:
    return reach(TOWN, prepare_origins(TOWN, of), prepare_places(TOWN, by), kinds)


def test_residents_beyond_the_standard_by_community() -> None:
    table = gap_table(reached(), WHO, NEEDS, ["community_id"]).set_index(["kind", "community_id"])
    # Kindergarten within 150 m: the homes at 0 and 100 m; beyond: 200 m (40 residents) and 300 m (unknown).
    ours = table.loc["kindergarten"]
    near(ours["residents"], [30.0, 40.0])
    near(ours["residents_beyond"], [0.0, 40.0])
    near(ours["residents_beyond_pct"], [0.0, 100.0])
    assert ours["residents_unknown_origins"].tolist() == [0, 1]
    near(ours["households_beyond"], [0.0, 48.0])
    near(ours["elderly_beyond"], [0.0, 12.0])
    assert ours["origins_beyond"].tolist() == [0, 2]
    # Junior school within 250 m: only the home at x = 0 (300 m) is beyond.
    near(table.loc["junior_school"]["residents_beyond"], [10.0, 0.0])
    assert table.loc[("kindergarten", "A"), ["status", "tier", "radius_m", "version"]].tolist() == [
        "assessed",
        "5",
        150.0,
        "2018",
    ]


def test_old_communities_beside_the_rest_and_all_together() -> None:
    table = gap_table(reached(), WHO, {"kindergarten": NEEDS["kindergarten"]}, ["age_class"])
    assert table["age_class"].tolist() == ["post_2000", "pre_2000"]
    near(table["households_beyond"], [32.0, 16.0])
    whole = gap_table(reached(), WHO, {"kindergarten": NEEDS["kindergarten"]})
    assert len(whole) == 1
    near(whole["residents"], [70.0])
    near(whole["residents_beyond_pct"], [100 * 40 / 70])


def test_a_home_without_an_area_is_a_group_of_its_own() -> None:
    who = WHO.assign(community_id=["A", None, "B", "B"])
    table = gap_table(reached(), who, {"kindergarten": NEEDS["kindergarten"]}, ["community_id"])
    assert table["origins"].sum() == 4
    assert table["community_id"].isna().sum() == 1


def test_what_cannot_be_judged_is_said_and_has_no_number() -> None:
    needs = {
        "kindergarten": need("kindergarten", None),
        "castle": NO_STANDARD,
        "toilet": need("toilet", 300.0),
    }
    found = reached(kinds=("kindergarten", "castle", "toilet"))
    table = gap_table(found, WHO, needs).set_index("kind")
    assert table["status"].to_dict() == {
        "kindergarten": "not_set",
        "castle": "no_standard",
        "toilet": "not_held",
    }
    assert table["residents_beyond"].isna().all()
    # Somebody vouches for the layer of toilets: there really is none, and everybody is beyond.
    sure = gap_table(found, WHO, needs, held_kinds={"toilet"}).set_index("kind")
    near([sure.loc["toilet", "residents_beyond"]], [70.0])


def test_a_distance_beyond_the_limit_or_the_wrong_people_are_refused() -> None:
    with pytest.raises(ValueError, match="reach ends at"):
        gap_table(reached(), WHO, {"kindergarten": need("kindergarten", 9000.0)})
    with pytest.raises(ValueError, match="one row for each"):
        gap_table(reached(), WHO.iloc[:2], NEEDS)
    with pytest.raises(ValueError, match="order"):
        gap_table(reached(), WHO.iloc[::-1], NEEDS)


def test_judged_by_the_straight_line_is_counted_apart() -> None:
    town = build_network(streets([(0, 0), (300, 0)], [(1000, 0), (1100, 0)]))
    of = homes((0, 0), (1000, 0))
    found = reach(
        town, prepare_origins(town, of), prepare_places(town, facilities({"K": ("shop", (900, 0))})), ["shop"]
    )
    who = people(residents=[5.0, 7.0], households=[1.0, 1.0])
    table = gap_table(found, who, {"shop": need("shop", 300.0)})
    # The home on the left-over piece is 100 m away in a straight line; the other has no way and 900 m.
    near(table["residents_by_straight"], [7.0])
    near(table["residents_beyond"], [5.0])
    assert table["facilities_off_network"].tolist() == [1 if found.kinds["shop"].off_network else 0]


def test_a_higher_tier_never_fills_a_lower_one() -> None:
    # A junior school at every door changes nothing for the kindergartens.
    more = facilities(
        {"K": ("kindergarten", (0, 0)), **{f"J{i}": ("junior_school", (100.0 * i, 0.0)) for i in range(4)}}
    )
    one = gap_table(reached(), WHO, NEEDS).set_index("kind")
    other = gap_table(reached(by=more), WHO, NEEDS).set_index("kind")
    assert one.loc["kindergarten", "residents_beyond"] == other.loc["kindergarten", "residents_beyond"]
    assert other.loc["junior_school", "residents_beyond"] == 0


def test_all_kinds_together() -> None:
    table = composite(reached(), WHO, NEEDS).set_index("community_id")
    # A: 10 of 30 residents lack the junior school (a part); B: its 40 known residents lack the kindergarten.
    assert table["missing"].to_dict() == {"A": (), "B": ("kindergarten",)}
    assert table["partly"].to_dict() == {"A": ("junior_school",), "B": ()}
    near(table["residents_lacking_any"], [10.0, 40.0])
    near(table["households_lacking_any"], [4.0, 48.0])
    assert table["kinds_assessed"].tolist() == [2, 2]
    assert table["counted_by"].tolist() == ["residents", "residents"]
    unknown = composite(reached(), WHO.assign(residents=np.nan), NEEDS)
    assert unknown["counted_by"].tolist() == ["households", "households"]


def test_within_counts_by_one_distance_alone() -> None:
    found = reached(of=homes((50, 20)), by=facilities({"F": ("shop", (250, 10))}), kinds=("shop",)).kinds[
        "shop"
    ]
    # Straight 200.250 m, on foot 230 m.
    assert within(found, "straight", 210.0).tolist() == [True]
    assert within(found, "walk", 229.999).tolist() == [False]
    assert within(found, "walk", 230.0).tolist() == [True]


# --- people ------------------------------------------------------------------------------------------
def test_a_communitys_people_are_shared_out_and_nobody_is_lost_or_doubled() -> None:
    blocks = [shapely.box(x, 0, x + 10, 10) for x in (0, 20, 40, 60, 80)]  # 100 m² each
    buildings = layer(
        {
            "building_id": ["b1", "b2", "b3", "b4", "b5"],
            "community_id": ["A", "A", "B", "B", None],
            "households": [np.nan, 5, 10, 30, 7],
            "floor_area_m2": [300.0, np.nan, np.nan, np.nan, np.nan],
            "storeys": [np.nan, 1, np.nan, 6, 6],
        },
        blocks,
    )
    communities = layer(
        {
            "community_id": ["A", "B", "C", "D", "E"],
            "residents": [100.0, 80.0, 9.0, 11.0, -4.0],
            "households": [40.0, np.nan, 3.0, 4.0, 2.0],
        },
        [None, None, shapely.Point(500, 0), None, shapely.Point(600, 0)],
    )
    found, report = people_of_homes(buildings, communities)
    table = found.set_index("origin_id")
    # A by floor area 300 : 100; B by its buildings' households 10 : 30, which add up to its 40 households.
    near(table.loc[["b1", "b2", "b3", "b4"], "residents"], [75.0, 25.0, 20.0, 60.0])
    near(table.loc[["b1", "b2", "b3", "b4"], "households"], [30.0, 10.0, 10.0, 30.0])
    assert table.loc[["b1", "b3", "C"], "share_rule"].tolist() == ["floor_area", "households", "whole"]
    assert "b5" not in table.index
    assert "D" not in table.index
    near(table.loc[["C", "E"], "residents"], [9.0, np.nan])
    assert report.left_out_no_community == 1
    assert report.left_out_no_place == ("D",)
    assert (report.residents_without_place, report.at_point, report.negative) == (11.0, 2, ("E",))
    assert report.unknown_residents == 1
    near([report.residents], [100.0 + 80.0 + 9.0])


def test_where_nothing_is_known_of_the_buildings_the_footprint_decides() -> None:
    buildings = layer(
        {"building_id": ["b1", "b2"], "community_id": ["A", "A"]},
        [shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 30)],
    )
    communities = layer({"community_id": ["A"], "residents": [100.0], "households": [np.nan]}, [None])
    found, report = people_of_homes(buildings, communities)
    near(found["residents"], [25.0, 75.0])
    assert found["households"].isna().all()  # never made out of residents
    assert found["share_rule"].tolist() == ["footprint", "footprint"]
    assert report.unknown_households == 2


def test_no_buildings_and_no_communities_are_no_people() -> None:
    buildings = layer({"building_id": ["b"], "community_id": ["A"]}, [shapely.box(0, 0, 1, 1)]).iloc[:0]
    communities = layer(
        {"community_id": ["A"], "residents": [5.0], "households": [2.0]}, [shapely.Point(0, 0)]
    )
    found, _ = people_of_homes(buildings, communities)
    assert found["origin_id"].tolist() == ["A"]
    assert len(people_of_homes(buildings, communities.iloc[:0])[0]) == 0


def test_population_points_that_count_everyone_twice_are_seen() -> None:
    points = layer(
        {"point_id": ["p", "q", "p2", "q2", "bad"], "residents": [100.0, 50.0, 100.0, 50.0, -1.0]},
        [shapely.Point(x, 0) for x in (0, 250, 0, 250, 500)],
    )
    found, report = people_of_points(points)
    assert (report.repeated_places, report.repeated_residents, report.negative) == (2, 150.0, ("bad",))
    assert report.unknown_residents == 1
    areas = found.assign(subdistrict_code=["1", "1", "1", "1", "2"])
    census = people(subdistrict_code=["1", "2", "3"], residents=[150.0, 80.0, np.nan])
    table = census_check(areas, census, "subdistrict_code").set_index("subdistrict_code")
    near([table.loc["1", "held_residents"], table.loc["1", "ratio"]], [300.0, 2.0])
    assert table["verdict"].to_dict() == {"1": "twice", "2": "none_held", "3": "none_held"}
    once = census_check(areas.iloc[:2], census.assign(residents=[160.0, 80.0, 9.0]), "subdistrict_code")
    assert once["verdict"].tolist() == ["fits", "none_held", "none_held"]


# --- two steps ---------------------------------------------------------------------------------------
def test_now_then_opened_then_to_build() -> None:
    # Kindergarten within 150 m; a room at x = 200 can open as one: it mends 200 and 300 m (one unknown, 32 households).
    rooms = layer(
        {"place_id": ["R1", "R2", "R1"], "kind": ["kindergarten", "kindergarten", "castle"]},
        [shapely.Point(200, 0), shapely.Point(0, 0), shapely.Point(200, 0)],
    )
    needs = {**NEEDS, "castle": NO_STANDARD}
    origins = prepare_origins(TOWN, ROW)
    now = reached(kinds=("kindergarten", "junior_school", "castle"))
    found = two_step(TOWN, origins, now, rooms, WHO, needs)
    assert found.steps["kindergarten"].tolist() == [SERVED, SERVED, MENDED, MENDED]
    assert found.steps["junior_school"].tolist() == [TO_BUILD, SERVED, SERVED, SERVED]
    assert "castle" not in found.steps
    table = found.summary.set_index("kind")
    near(
        table.loc["kindergarten", ["residents_beyond_now", "residents_mended", "residents_to_build"]],
        [40, 40, 0],
    )
    near(table.loc["kindergarten", ["households_beyond_now", "households_mended"]], [48, 48])
    near(
        table.loc["junior_school", ["residents_beyond_now", "residents_mended", "residents_to_build"]],
        [10, 0, 10],
    )
    assert table.loc["castle", "status"] == "no_standard"
    assert np.isnan(table.loc["castle", "residents_beyond_now"])
    assert found.opened[["place_id", "kind"]].to_numpy().tolist() == [
        ["R1", "kindergarten"],
        ["R2", "kindergarten"],
    ]
    near(found.opened["households_gained"], [48.0, 0.0])
    assert found.opened["origins_gained"].tolist() == [2.0, 0.0]
    assert found.to_build[["kind", "community_id"]].to_numpy().tolist() == [["junior_school", "A"]]
    assert found.after.table("kindergarten")["walk_facility_id"].tolist()[2:] == ["R1", "R1"]


def test_opening_a_kind_that_nobody_holds_makes_it_judgeable() -> None:
    rooms = layer({"place_id": ["R"], "kind": ["nursery"]}, [shapely.Point(0, 0)])
    needs = {"nursery": need("nursery", 150.0)}
    found = two_step(TOWN, prepare_origins(TOWN, ROW), reached(kinds=("nursery",)), rooms, WHO, needs)
    assert found.steps["nursery"].tolist() == [MENDED, MENDED, TO_BUILD, TO_BUILD]
    with pytest.raises(ValueError, match="twice"):
        two_step(
            TOWN,
            prepare_origins(TOWN, ROW),
            reached(kinds=("nursery",)),
            gpd.GeoDataFrame(pd.concat([rooms, rooms], ignore_index=True), crs=rooms.crs),
            WHO,
            needs,
        )


PLACE = st.tuples(st.integers(-40, 340).map(float), st.integers(-40, 340).map(float))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(PLACE, min_size=1, max_size=5),
    st.lists(PLACE, min_size=1, max_size=4),
    st.lists(PLACE, min_size=1, max_size=3),
)
def test_opening_never_widens_a_gap_and_equals_working_it_out_anew(
    at: list[XY], held: list[XY], more: list[XY]
) -> None:
    of = homes(*at, crs=METRIC)
    who = people(
        community_id=["A"] * len(at),
        residents=[float(2**i) for i in range(len(at))],
        households=[1.0] * len(at),
    )
    needs = {"shop": need("shop", 150.0)}
    shops = {f"F{i}": ("shop", p) for i, p in enumerate(held)}
    now = reached(of=of, by=facilities(shops, METRIC), kinds=("shop",))
    rooms = layer(
        {"place_id": [f"R{i}" for i in range(len(more))], "kind": ["shop"] * len(more)},
        [shapely.Point(p) for p in more],
        METRIC,
    )
    found = two_step(TOWN, prepare_origins(TOWN, of), now, rooms, who, needs)
    anew = reached(
        of=of,
        by=facilities(shops | {f"R{i}": ("shop", p) for i, p in enumerate(more)}, METRIC),
        kinds=("shop",),
    )
    before = gap_table(now, who, needs)["residents_beyond"].iloc[0]
    after = gap_table(anew, who, needs)["residents_beyond"].iloc[0]
    assert after <= before
    assert found.summary["residents_to_build"].iloc[0] == after
    assert found.summary["residents_beyond_now"].iloc[0] == before
    assert found.summary["residents_mended"].iloc[0] == found.opened["residents_gained"].sum()
