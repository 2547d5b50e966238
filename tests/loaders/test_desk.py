"""A district's desk gives the distances that are kept for the whole city; the demo city's rooms and sites."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.crs import METRIC
from loaders.coverage.desk import build_desk, kinds_in, metres_to, whole_network
from loaders.coverage.inputs import HOMES
from loaders.coverage.work import Stopped, brought_up
from store import queries_siting
from store.engine import Store
from store.linking import relink
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES
from tests.loaders.demo_cities import built

X0, Y0 = 447_000.0, 4_417_000.0  # metres, EPSG:4548: a spot in the city


def degrees(*shapes: shapely.Geometry) -> np.ndarray:
    return gpd.GeoSeries(list(shapes), crs=METRIC).to_crs(4326).to_numpy()


def at(x: float, y: float) -> shapely.Point:
    return shapely.Point(X0 + x, Y0 + y)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(X0 + west, Y0 + south, X0 + east, Y0 + north)


@pytest.fixture
def town(store: Store) -> Store:
    """Two districts beside each other (border at 1,000 m) on a street of 6 km; a centre on each side of the border.

    Homes A (0 m) and B (900 m) lie in the west, C (1,100 m) in the east, D 600 m off every street in the west. F1
    stands at 500 m, F2 in the east at 1,050 m: the nearest of B, 150 m away.
    """
    street = degrees(shapely.LineString([(X0 - 100, Y0), (X0 + 6000, Y0)]))
    homes = {"A": at(0, 0), "B": at(900, 0), "C": at(1100, 0), "D": at(0, 600)}
    districts = degrees(box(-2000, -2000, 1000, 2000), box(1000, -2000, 4000, 2000))
    with store.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key="t", actor="t", is_synthetic=False)
        areas = {"district_code": ["110101", "110105"], "name_zh": ["甲区", "乙区"]}
        parts = {**areas, "subdistrict_code": ["110101001", "110105001"], "name_zh": ["甲街道", "乙街道"]}
        rows = {
            "districts": gpd.GeoDataFrame(areas, geometry=districts, crs=4326),
            "subdistricts": gpd.GeoDataFrame(parts, geometry=districts, crs=4326),
            "communities": pd.DataFrame(
                {
                    "community_id": list(homes),
                    "name": [f"{k}院" for k in homes],
                    "district_code": ["110101", "110101", "110105", "110101"],
                    "residents": [100, 200, 400, 800],
                    "households": [50, 100, 200, None],
                    "build_year_precision": "unknown",
                    "point": degrees(*homes.values()),
                }
            ),
            "facilities": gpd.GeoDataFrame(
                {"facility_id": ["F1", "F2"], "kind": "elderly_daycare", "kind_text": "托老所"},
                geometry=degrees(at(500, 0), at(1050, 0)),
                crs=4326,
            ),
            "streets": gpd.GeoDataFrame({"street_id": ["S"]}, geometry=street, crs=4326),
        }
        for name, frame in rows.items():
            apply_rows(conn, run, BASE_TABLES[name], frame, is_synthetic=False)
        relink(conn)
        end_run(conn, run, actor="t", detail={})
    return store


def test_the_desk_judges_as_the_kept_distances_do(town: Store, tmp_path) -> None:  # type: ignore[no-untyped-def]
    desk = build_desk(town, "110101", whole_network(town))
    assert desk.people["origin_id"].tolist() == ["A", "B", "D"]
    # B's nearest lies across the border; D is off the streets, judged by the straight line.
    wanted = [500.0, 150.0, round(float(np.hypot(500, 600)), 1)]
    assert np.round(desk.judged_m("elderly_daycare"), 1).tolist() == pytest.approx(wanted, abs=0.3)
    coverage = brought_up(town, tmp_path / "kept")
    people = coverage.people(HOMES)
    kept = coverage.reach(HOMES, people, ["elderly_daycare"]).judged_m("elderly_daycare")
    by_id = dict(zip(people["origin_id"], kept, strict=True))
    own = dict(zip(desk.people["origin_id"], desk.judged_m("elderly_daycare"), strict=True))
    assert own == {k: by_id[k] for k in own}
    assert desk.reach("elderly_daycare") is desk.reach("elderly_daycare")


def test_whom_a_candidate_reaches(town: Store) -> None:
    desk = build_desk(town, "110101", whole_network(town))
    places = gpd.GeoSeries(degrees(at(450, 0), at(0, 650)), crs=4326)
    first, second = metres_to(desk, places, 450.5)
    assert first[0].tolist() == [0, 1]
    assert first[1].tolist() == pytest.approx([450.0, 450.0], abs=0.3)
    # Off every street: only who is judged by the straight line is reached.
    assert second[0].tolist() == [2]
    assert second[1].tolist() == pytest.approx([50.0], abs=0.2)


def test_stopping_between_steps(town: Store) -> None:
    with pytest.raises(Stopped):
        build_desk(town, "110101", None, should_stop=lambda: True)
    desk = build_desk(town, "110101", None)
    with pytest.raises(Stopped):
        metres_to(desk, gpd.GeoSeries(degrees(at(0, 0)), crs=4326), 300.0, should_stop=lambda: True)


def test_a_district_without_homes_is_an_empty_desk(town: Store) -> None:
    desk = build_desk(town, "110116", whole_network(town))
    assert len(desk.people) == 0
    assert len(desk.judged_m("elderly_daycare")) == 0
    assert metres_to(desk, gpd.GeoSeries(degrees(at(0, 0)), crs=4326), 300.0)[0][0].tolist() == []


def test_named_reads_keep_to_the_district(town: Store) -> None:
    assert queries_siting.community_keys(town, "110101")["community_id"].tolist() == ["A", "B", "D"]
    assert queries_siting.facility_keys(town)["facility_id"].tolist() == ["F1", "F2"]
    assert queries_siting.scenario_rows(town).empty


def test_the_demo_citys_stock() -> None:
    layers = built("tiny").layers
    rooms, sites = layers["idle_spaces"], layers["candidate_sites"]
    assert rooms["space_id"].is_unique
    assert sites["site_id"].is_unique
    assert set(rooms["community_id"]) <= set(layers["communities"]["community_id"])
    assert rooms["opened_date"].notna().sum() >= 1
    assert rooms["opened_date"].isna().sum() > rooms["opened_date"].notna().sum()
    for rows in (rooms, sites):
        assert rows["cost_fen"].dropna().ge(0).all()
        named = rows["possible_kinds"].dropna()
        assert all(len(kinds_in(t)) == len(t.split("、")) for t in named)
    # One site lies in no district.
    city = shapely.union_all(layers["subdistricts"]["geometry"].to_numpy(dtype=object))
    assert (~shapely.within(sites["geometry"].to_numpy(dtype=object), city)).sum() >= 1
