"""A hand-made town whose links can be worked out on paper."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, box
from sqlalchemy import select

from store.engine import Store
from store.integrity import check_store, join_reports
from store.linking import relink
from store.runs import apply_rows, begin_run, end_run, undo_run
from store.summary import summary_by
from store.tables import (
    building_links,
    buildings,
    communities,
    community_links,
    districts,
    facilities,
    parcels,
    place_links,
    subdistricts,
)

D = 0.001  # about 85 m east, 111 m north


def layer(rows: list[dict]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def town() -> dict:
    """One district of two subdistricts, west and east of 116.40; four communities; six buildings."""
    homes = layer(
        [
            # a boundary of its own, built in 1985
            {
                "community_id": "A",
                "name": "和平里一区",
                "district_code": "110101",
                "build_year_from": 1985,
                "build_year_to": 1985,
                "build_year_precision": "year",
                "geometry": box(116.39, 39.90, 116.394, 39.904),
            },
            # a point within a parcel, year unknown
            {
                "community_id": "B",
                "name": "B",
                "district_code": "110101",
                "build_year_from": None,
                "build_year_to": None,
                "build_year_precision": "unknown",
                "geometry": None,
            },
            # a point 20 m off a parcel, built between 1998 and 2001: on neither side of 2000 for certain
            {
                "community_id": "C",
                "name": "C",
                "district_code": "110101",
                "build_year_from": 1998,
                "build_year_to": 2001,
                "build_year_precision": "range",
                "geometry": None,
            },
            # a point far from everything
            {
                "community_id": "D",
                "name": "D",
                "district_code": "110101",
                "build_year_from": 2005,
                "build_year_to": 2005,
                "build_year_precision": "year",
                "geometry": None,
            },
        ]
    )
    homes["point"] = gpd.GeoSeries(
        [None, Point(116.405, 39.902), Point(116.41025, 39.902), Point(116.399, 39.909)], crs="EPSG:4326"
    )

    def house(name: str, x: float, y: float, stated: str | None = None, year: int | None = None) -> dict:
        return {
            "building_id": name,
            "community_id_stated": stated,
            "build_year_from": year,
            "build_year_to": year,
            "build_year_precision": "year" if year else "unknown",
            "geometry": box(x, y, x + 0.0002, y + 0.0001),
        }

    return {
        "districts": layer(
            [{"district_code": "110101", "name_zh": "东城区", "geometry": box(116.38, 39.89, 116.42, 39.92)}]
        ),
        "subdistricts": layer(
            [
                {
                    "subdistrict_code": "110101001",
                    "district_code": "110101",
                    "name_zh": "西街道",
                    "geometry": box(116.38, 39.89, 116.40, 39.91),
                },
                {
                    "subdistrict_code": "110101002",
                    "district_code": "110101",
                    "name_zh": "东街道",
                    "geometry": box(116.40, 39.89, 116.42, 39.91),
                },
            ]
        ),
        "parcels": layer(
            [
                {"parcel_id": "P1", "geometry": box(116.402, 39.90, 116.408, 39.906)},
                {"parcel_id": "P2", "geometry": box(116.404, 39.901, 116.406, 39.903)},  # smaller, within P1
                {"parcel_id": "P3", "geometry": box(116.4105, 39.90, 116.412, 39.904)},
            ]
        ),
        "communities": homes,
        "buildings": layer(
            [
                house("b1", 116.391, 39.901),  # in A, no year: inherits 1985
                house("b2", 116.392, 39.901, year=2003),  # in A, its own year: A is mixed
                house("b3", 116.3939, 39.901),  # half in A
                house("b4", 116.39415, 39.902),  # 13 m east of A
                house("b5", 116.415, 39.895),  # near nothing
                house("b6", 116.4051, 39.902, stated="D", year=1990),  # stands in B's parcel, stated as D's
            ]
        ),
        "facilities": layer(
            [
                {"facility_id": "f1", "kind": "kindergarten", "geometry": Point(116.391, 39.9)},
                {"facility_id": "f2", "kind": "kindergarten", "geometry": Point(116.30, 39.9)},
            ]
        ),
    }


TABLES = {t.name: t for t in (districts, subdistricts, parcels, communities, buildings, facilities)}


def fill(store: Store, layers: dict, kind: str = "load") -> int:
    with store.writing() as conn:
        run_id = begin_run(conn, kind=kind, catalogue_key="town", actor="t", is_synthetic=False)
        for name, rows in layers.items():
            apply_rows(conn, run_id, TABLES[name], rows, is_synthetic=False)
        relink(conn)
        end_run(conn, run_id, actor="t", detail={})
    return run_id


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store, town())
    return store


def test_communities_get_boundary_area_and_age(filled: Store) -> None:
    rows = filled.frame(select(community_links).order_by(community_links.c.community_id)).set_index(
        "community_id"
    )
    assert rows["boundary_rule"].to_dict() == {
        "A": "stated",
        "B": "parcel_containing",
        "C": "parcel_nearest",
        "D": "footprint_hull",
    }
    assert rows.loc["B", "parcel_id"] == "P2" and rows.loc["C", "parcel_id"] == "P3"
    assert rows.loc["C", "boundary_distance_m"] == pytest.approx(21.4, abs=0.5)
    assert rows["subdistrict_code"].to_dict() == {
        "A": "110101001",
        "B": "110101002",
        "C": "110101002",
        "D": "110101001",
    }
    assert rows["age_class"].to_dict() == {"A": "pre_2000", "B": "unknown", "C": "unknown", "D": "post_2000"}
    assert rows["is_mixed_age"].to_dict() == {"A": True, "B": False, "C": False, "D": True}
    assert rows.loc["A", ["buildings", "pre_2000_buildings", "post_2000_buildings"]].tolist() == [4, 3, 1]
    assert rows.loc["A", "pre_2000_share_pct"] == 75.0


def test_buildings_say_by_which_rule_and_whose_year(filled: Store) -> None:
    rows = filled.frame(select(building_links).order_by(building_links.c.building_id)).set_index(
        "building_id"
    )
    assert rows["rule"].to_dict() == {
        "b1": "overlap",
        "b2": "overlap",
        "b3": "overlap",
        "b4": "nearest",
        "b5": "none",
        "b6": "stated",
    }
    assert rows.loc["b3", "overlap_pct"] == pytest.approx(50.0, abs=0.1)
    assert rows.loc["b4", "distance_m"] == pytest.approx(12.8, abs=0.3)
    assert rows["year_source"].to_dict() == {
        "b1": "community",
        "b2": "own",
        "b3": "community",
        "b4": "community",
        "b5": "none",
        "b6": "own",
    }
    assert rows.loc["b6", "community_id"] == "D" and rows.loc["b2", "age_class"] == "post_2000"


def test_every_join_reports_what_it_left(filled: Store) -> None:
    with filled.reading() as conn:
        reports = join_reports(conn)
    houses = reports["buildings_to_communities"]
    assert (houses["left"], houses["matched"], houses["unmatched_left"]) == (6, 5, 1)
    assert houses["examples"]["unmatched_left"] == ["b5"]
    assert reports["communities_to_boundaries"]["unmatched_right"] == 1  # P1: P2 within it is smaller
    assert reports["facilities_to_subdistricts"]["unmatched_left"] == 1


def test_places_lie_in_areas_or_in_none(filled: Store) -> None:
    rows = filled.frame(select(place_links).order_by(place_links.c.row_id))
    assert rows["subdistrict_code"][0] == "110101001" and pd.isna(rows["subdistrict_code"][1])


def test_summary_adds_up(filled: Store) -> None:
    with filled.reading() as conn:
        near, wide = summary_by(conn, "subdistrict"), summary_by(conn, "district")
    assert [r["communities"] for r in near] == [2, 2] and wide[0]["communities"] == 4
    assert near[0] == {
        "code": "110101001",
        "name": "西街道",
        "communities": 2,
        "pre_2000": 1,
        "post_2000": 1,
        "unknown_year": 0,
        "buildings": 4,
        "projects": 0,
    }


def test_links_follow_an_undo_and_the_check_is_clean(filled: Store) -> None:
    before = filled.frame(select(building_links).order_by(building_links.c.building_id))
    moved = town()["communities"].iloc[[0]].assign(build_year_from=1999, build_year_to=1999)
    later = fill(filled, {"communities": moved})
    assert (
        filled.frame(select(building_links).where(building_links.c.building_id == "b1"))["year_to"].item()
        == 1999
    )
    with filled.writing() as conn:
        undo_run(conn, later, actor="t")
        relink(conn)
    pd.testing.assert_frame_equal(
        filled.frame(select(building_links).order_by(building_links.c.building_id)), before
    )
    with filled.reading() as conn:
        assert check_store(conn) == []


def test_the_check_finds_what_was_changed_from_outside(filled: Store) -> None:
    with filled.writing() as conn:
        conn.execute(communities.update().where(communities.c.community_id == "A").values(name="改过"))
        conn.execute(
            building_links.update().where(building_links.c.building_id == "b1").values(rule="nearest")
        )
    with filled.reading() as conn:
        assert {f.code for f in check_store(conn)} == {"check.content_changed", "check.links_stale"}


def test_an_empty_store_links_and_checks(store: Store) -> None:
    with store.writing() as conn:
        relink(conn)
    with store.reading() as conn:
        assert check_store(conn) == [] and summary_by(conn, "district") == []
