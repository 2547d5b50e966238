"""Tender bundles: streets and grids whose bundles can be worked out on paper; contiguity, limits and totals always."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from geo.bundles import Bundling, from_saved, make_bundles
from geo.bundles_edit import Refusal, merge, move, split
from geo.bundles_input import Break, BundleRule, Loose

CORNER = np.array([450_000.0, 4_417_000.0])


def town(rows: dict[str, tuple], **columns: list) -> gpd.GeoDataFrame:
    """name=(x, y, value in fen) in metres from the corner: houses of 20 m by 20 m around the place."""
    shapes = [shapely.box(x - 10, y - 10, x + 10, y + 10) for x, y, _ in rows.values()]
    frame = pd.DataFrame(
        {"project_id": list(rows), "value_fen": [v for _, _, v in rows.values()], "district_code": "1"}
    )
    frame = frame.assign(**columns)
    metric = gpd.GeoSeries([shapely.transform(s, lambda xy: xy + CORNER) for s in shapes], crs="EPSG:4548")
    return gpd.GeoDataFrame(frame, geometry=metric.to_crs("EPSG:4326"), crs="EPSG:4326")


def groups(found: Bundling) -> list[list[str]]:
    return sorted(sorted(ids) for ids in found.bundles["project_ids"])


def reasons(found: Bundling) -> dict[str, str]:
    loose = found.members[found.members["bundle_id"].isna()]
    return dict(zip(loose["project_id"], loose["reason"], strict=True))


def check(found: Bundling, rule: BundleRule, *, limits: bool = True) -> None:
    """What holds of any bundling: contiguous, one district, within the limits, every row once, exact totals."""
    known = found.neighbourhood
    at = known.at
    for row in found.bundles.itertuples():
        rows = [at[i] for i in row.project_ids]
        assert connected_components(known.links[rows][:, rows], directed=False)[0] == 1
        assert set(known.projects["district_code"].iloc[rows]) == {row.district_code}
        assert row.value_fen == sum(known.projects["value_fen"].iloc[rows]) and row.projects == len(rows)
        assert row.geometry.geom_type == "Polygon" and row.geometry.is_valid
        if limits:
            assert rule.least_projects <= row.projects <= rule.most_projects and row.breaks == ()
            assert rule.most_value_fen is None or row.value_fen <= rule.most_value_fen
    held = [i for ids in found.bundles["project_ids"] for i in ids]
    assert len(held) == len(set(held)) == found.bundled_projects
    assert found.bundled_projects + found.loose_projects == len(found.members)
    assert set(found.members.loc[found.members["bundle_id"].notna(), "project_id"]) == set(held)
    assert found.bundled_fen == sum(found.bundles["value_fen"])
    assert found.bundled_fen + found.loose_fen == found.members["value_fen"].sum()
    assert (found.members["bundle_id"].isna() == found.members["reason"].notna()).all()


STREET = {f"p{i}": (100.0 * i, 0.0, v) for i, v in enumerate([10, 10, 10, 30, 30, 30])}
NEAR = BundleRule(distance_m=80.0, least_projects=1, most_projects=6)


def test_a_street_parts_where_the_value_is_even() -> None:
    # 120 in all, at most 60: the three cheap ones and one dear (60) against two dear (60).
    rule = BundleRule(80.0, 1, 6, most_value_fen=60)
    found = make_bundles(town(STREET), rule)
    assert groups(found) == [["p0", "p1", "p2", "p3"], ["p4", "p5"]]
    assert found.bundles["bundle_id"].tolist() == ["p0", "p4"] and found.bundles["value_fen"].tolist() == [
        60,
        60,
    ]
    assert found.bundled_fen == 120 and found.loose_projects == 0
    check(found, rule)


def test_gaps_are_measured_from_outline_to_outline_and_inclusive() -> None:
    # Centres 100 m apart leave 80 m between houses of 20 m.
    assert len(make_bundles(town(STREET), NEAR).bundles) == 1
    apart = make_bundles(town(STREET), BundleRule(79.9, 1, 6))
    assert len(apart.bundles) == 6
    lonely = make_bundles(town(STREET), BundleRule(79.9, 2, 6))
    assert lonely.bundles.empty and set(reasons(lonely).values()) == {Loose.ISLAND}
    assert lonely.loose_fen == 120
    check(lonely, NEAR)


def test_a_block_joins_what_lies_apart_and_a_district_parts_what_lies_near() -> None:
    blocks = ["b1", "b1", None, None, "b1", "b2"]
    found = make_bundles(town(STREET, block_id=blocks), BundleRule(None, 1, 6, by_block=True))
    assert groups(found) == [["p0", "p1", "p4"], ["p2"], ["p3"], ["p5"]]
    assert found.bundles["block_ids"].tolist() == [("b1",), (), (), ("b2",)]
    check(found, NEAR)
    districts = ["1", "1", "2", "2", "2", "1"]
    parted = make_bundles(
        town(STREET, block_id=["b"] * 6, district_code=districts), BundleRule(80.0, 1, 6, by_block=True)
    )
    assert groups(parted) == [["p0", "p1", "p5"], ["p2", "p3", "p4"]]
    check(parted, NEAR)


def test_what_cannot_be_bundled_says_why() -> None:
    layer = town(
        {
            "a": (0, 0, 5), "b": (50, 0, 5), "none": (100, 0, None), "minus": (150, 0, -1), "dear": (200, 0, 99),
            "half": (250, 0, 1.5), "bare": (300, 0, 5), "nowhere": (50, 50, 5), "same": (0, 50, 5),
            "pair": (2000, 0, 5),
        }
    )  # fmt: skip
    layer.loc[6, "district_code"] = None
    layer.loc[7, "geometry"] = None
    twice = pd.concat([layer, layer.iloc[[8]], layer.iloc[[0]].assign(project_id=None)], ignore_index=True)
    found = make_bundles(twice, BundleRule(80.0, 2, 3, most_value_fen=20))
    assert groups(found) == [["a", "b"]] and found.unnamed == 1
    assert reasons(found) == {
        "none": "value_not_set", "minus": "value_negative", "dear": "value_over_limit", "half": "value_not_whole",
        "bare": "district_not_set", "nowhere": "geometry_missing", "same": "duplicated", "pair": "island",
    }  # fmt: skip
    # Two that have only one another, where three are asked for.
    few = make_bundles(town({"a": (0, 0, 5), "b": (50, 0, 5)}), BundleRule(80.0, 3, 5))
    assert set(reasons(few).values()) == {Loose.TOO_FEW_TOGETHER}
    # Three in a row, at most two: one is left over where a bundle needs two.
    three = make_bundles(town({k: STREET[k] for k in ("p0", "p1", "p2")}), BundleRule(80.0, 2, 2))
    assert len(three.bundles) == 1 and list(reasons(three).values()) == [Loose.LEFT_OVER]


def test_one_outline_holds_its_projects_and_no_other_bundles() -> None:
    # A bent street in one block, and another bundle in the bend.
    bend = {"a": (0, 0, 1), "b": (400, 0, 1), "c": (400, 400, 1), "inside": (200, 200, 1)}
    layer = town(bend, block_id=["k", "k", "k", "m"])
    layer.loc[1, "geometry"] = shapely.Polygon(  # a bow tie, as drawn by an unsteady hand
        shapely.get_coordinates(layer.geometry[1])[[0, 2, 1, 3, 0]]
    )
    found = make_bundles(layer, BundleRule(None, 1, 6, by_block=True))
    outlines = found.bundles.set_index("bundle_id").geometry.to_crs("EPSG:4548")
    assert outlines["a"].geom_type == "Polygon" and outlines["a"].is_valid
    shapes = layer.geometry.to_crs("EPSG:4548")
    assert all(outlines["a"].covers(shapes[i]) for i in (0, 2)) and not outlines["a"].intersects(shapes[3])


def test_no_projects_make_no_bundles() -> None:
    found = make_bundles(town(STREET).iloc[:0], NEAR)
    assert found.bundles.empty and found.members.empty and found.bundled_fen == found.loose_fen == 0


@pytest.mark.parametrize(
    "rule", [(None, 1, 2), (-1.0, 1, 2), (float("nan"), 1, 2), (5.0, 0, 2), (5.0, 3, 2), (5.0, 1, 2, -1)]
)
def test_a_rule_that_cannot_be_met_is_refused(rule: tuple) -> None:
    with pytest.raises(ValueError, match=r"bundles\.rule"):
        BundleRule(*rule)


def test_values_are_exact_beyond_a_float() -> None:
    great = 2**53 + 1
    found = make_bundles(town({"a": (0, 0, great), "b": (50, 0, great)}), NEAR)
    assert found.bundled_fen == 2 * great == found.bundles["value_fen"].iloc[0]


def test_a_grid_of_equal_projects_is_parted_evenly() -> None:
    grid = {f"g{x}{y}": (60.0 * x, 60.0 * y, 7) for x in range(6) for y in range(6)}
    rule = BundleRule(50.0, 3, 9)
    found = make_bundles(town(grid), rule)
    check(found, rule)
    assert found.loose_projects == 0 and len(found.bundles) <= 6
    # Only neighbours' moves: values of neighbouring bundles end within one project of one another where they can.
    assert found.bundles["value_fen"].max() - found.bundles["value_fen"].min() <= 3 * 7


LAYERS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 50), st.sampled_from("12")),
    min_size=1,
    max_size=25,
    unique_by=lambda row: row[:2],
)
RULES = st.builds(
    lambda least, more, value: BundleRule(50.0, least, least + more, value),
    st.integers(1, 3),
    st.integers(0, 5),
    st.none() | st.integers(20, 200),
)


def layer_of(rows: list[tuple]) -> gpd.GeoDataFrame:
    return town(
        {f"n{i:02d}": (60.0 * x, 60.0 * y, v) for i, (x, y, v, _) in enumerate(rows)},
        district_code=[r[3] for r in rows],
    )


@settings(max_examples=40, deadline=None)
@given(LAYERS, RULES)
def test_bundles_are_contiguous_within_limits_and_their_totals_equal_the_rows(
    rows: list[tuple], rule: BundleRule
) -> None:
    found = make_bundles(layer_of(rows), rule)
    check(found, rule)
    assert found.bundled_fen + found.loose_fen == sum(r[2] for r in rows)
    if rule.least_projects == 1:  # then nothing but a single dear project can stay out
        assert set(reasons(found).values()) <= {Loose.VALUE_OVER_LIMIT}


@settings(max_examples=30, deadline=None)
@given(LAYERS, RULES, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(rows: list[tuple], rule: BundleRule, random: object) -> None:
    layer = layer_of(rows)
    found = make_bundles(layer, rule)
    mixed = layer.sample(frac=1, random_state=random.randrange(2**31))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(found.members, make_bundles(mixed, rule).members)
    names = {name: f"z{99 - i}" for i, name in enumerate(layer["project_id"])}
    renamed = make_bundles(layer.assign(project_id=layer["project_id"].map(names)), rule)
    assert groups(renamed) == sorted(sorted(names[i] for i in group) for group in groups(found))


def test_a_project_moves_only_where_it_touches_and_nothing_is_torn() -> None:
    rule = BundleRule(80.0, 1, 6, most_value_fen=60)
    found = make_bundles(town(STREET), rule)
    moved = move(found, "p3", "p4")
    assert moved.refusal is None and groups(moved.bundling) == [["p0", "p1", "p2"], ["p3", "p4", "p5"]]
    assert moved.bundling.bundles.set_index("bundle_id").loc["p4", "breaks"] == (Break.TOO_DEAR,)
    assert moved.bundling.bundled_fen == 120
    check(moved.bundling, rule, limits=False)
    assert groups(found) == [
        ["p0", "p1", "p2", "p3"],
        ["p4", "p5"],
    ]  # the bundles before are left as they were
    for project, bundle, refusal in [
        ("p0", "p4", Refusal.NOT_ADJACENT),
        ("p0", "p0", Refusal.SAME_BUNDLE),
        ("p9", "p0", Refusal.UNKNOWN_PROJECT),
        ("p0", "p9", Refusal.UNKNOWN_BUNDLE),
        ("p1", None, Refusal.WOULD_TEAR),
    ]:
        edit = move(found, project, bundle)
        assert edit.refusal is refusal and edit.bundling is found
    out = move(found, "p0", None).bundling
    assert reasons(out) == {"p0": Loose.SET_ASIDE} and out.loose_fen == 10
    back = move(out, "p0", "p0").bundling
    assert groups(back) == groups(found) and reasons(back) == {}


def test_bundles_merge_and_split() -> None:
    rule = BundleRule(80.0, 1, 6, most_value_fen=60)
    found = make_bundles(town(STREET), rule)
    whole = merge(found, "p4", "p0")
    assert whole.refusal is None and whole.bundling.bundles["bundle_id"].tolist() == ["p4"]
    assert whole.bundling.bundles["value_fen"].tolist() == [120]
    again = split(whole.bundling, "p4").bundling
    # The part with the smallest project keeps the id p4, so the other is called after its own smallest: p4 is taken.
    assert dict(zip(again.bundles["bundle_id"], again.bundles["project_ids"], strict=True)) == {
        "p4": ("p0", "p1", "p2", "p3"),
        "p4-2": ("p4", "p5"),
    }
    check(again, rule)
    named = split(found, "p0", ["p2", "p3"])
    assert groups(named.bundling) == [["p0", "p1"], ["p2", "p3"], ["p4", "p5"]]
    assert split(found, "p0", ["p1"]).refusal is Refusal.WOULD_TEAR
    assert split(found, "p0", ["p0", "p1", "p2", "p3"]).refusal is Refusal.NOTHING_LEFT
    assert split(found, "p0", []).refusal is Refusal.NOTHING_LEFT
    assert split(found, "p0", ["p4"]).refusal is Refusal.UNKNOWN_PROJECT
    assert split(found, "p7").refusal is merge(found, "p0", "p7").refusal is Refusal.UNKNOWN_BUNDLE
    assert merge(named.bundling, "p0", "p4").refusal is Refusal.NOT_ADJACENT
    assert merge(found, "p0", "p0").refusal is Refusal.SAME_BUNDLE
    two = make_bundles(town(STREET, district_code=["1", "1", "1", "2", "2", "2"]), NEAR)
    assert merge(two, "p0", "p3").refusal is Refusal.OTHER_DISTRICT
    assert move(two, "p3", "p0").refusal is Refusal.OTHER_DISTRICT


def test_saved_bundles_come_back_and_say_what_no_longer_hangs_together() -> None:
    rule = BundleRule(80.0, 1, 6, most_value_fen=60)
    found = make_bundles(town(STREET), rule)
    same, torn = from_saved(town(STREET), rule, found.saved)
    pd.testing.assert_frame_equal(same.members, found.members)
    assert torn == ()
    without_p1 = {name: row for name, row in STREET.items() if name != "p1"} | {"p6": (600.0, 0.0, 1)}
    less, torn = from_saved(town(without_p1), rule, found.saved)
    assert torn == ("p0",) and groups(less) == [["p0", "p2", "p3"], ["p4", "p5"]]
    assert reasons(less) == {"p6": Loose.NEW_SINCE}
    out = move(found, "p0", None).bundling
    kept, _ = from_saved(town(STREET), rule, out.saved)
    assert reasons(kept) == {"p0": Loose.SET_ASIDE}
