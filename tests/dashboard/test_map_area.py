"""Areas drawn on the map: the address that holds them, the rows inside, what these add up to."""

import math
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.map_area_data import community_figures, project_money, project_pairs, touched_projects
from dashboard.map_layers import StoreLayers
from dashboard.viewmodels.map_area import MOST_POINTS, AreaRefused, MapArea, parse_area, rows_inside
from dashboard.viewmodels.map_area_totals import area_totals, total_lines
from dashboard.words import Words
from store.engine import Store, open_store
from tests.dashboard.test_tile_archive import place


def area_of(points: list[tuple[float, float]]) -> MapArea:
    return parse_area("poly_" + "_".join(f"{n:.5f}" for point in points for n in point))


# --- the address -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("box_116.3_39.9_116.4_40", "box_116.3_39.9_116.4_40"),
        ("box_116.30000_39.900001_116.4_40.0", "box_116.3_39.9_116.4_40"),
        ("poly_116.3_39.9_116.4_39.9_116.4_40", "poly_116.3_39.9_116.4_39.9_116.4_40"),
        # A closed ring and a corner set twice say no more than the corners.
        (
            "poly_116.3_39.9_116.4_39.9_116.4_39.9_116.4_40_116.3_39.9",
            "poly_116.3_39.9_116.4_39.9_116.4_40",
        ),
        ("poly_-0.1_-0.1_0.1_-0.1_0_0.1", "poly_-0.1_-0.1_0.1_-0.1_0_0.1"),
    ],
)
def test_an_address_is_read_and_written_back(text: str, written: str) -> None:
    area = parse_area(text)
    assert area.text == written
    assert parse_area(area.text) == area


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "malformed"),
        ("box", "malformed"),
        ("circle_116_39_1_1", "malformed"),
        ("box_116_39_117", "malformed"),
        ("box_116_39_117_40_1_1", "malformed"),
        ("box_116_39_117_", "malformed"),
        ("box_116_39_117_nan", "malformed"),
        ("box_116_39_117_1e1", "malformed"),
        ("box_116_39_117_４０", "malformed"),  # digits of another script
        ("box_116_39_117_91", "malformed"),
        ("box_-181_39_117_40", "malformed"),
        ("box_117_39_116_40", "too_small"),
        ("box_116_39_116.000001_40", "too_small"),
        ("poly_116_39_117_40", "too_small"),
        ("poly_116_39_117_40_116_39", "too_small"),
        ("poly_116_39_116.5_39.5_117_40", "too_small"),
        ("poly_116_39_117_40_117_39_116_40", "crossing"),
        ("poly_116_39_117_39_117_40_116.5_39_116_40", "crossing"),  # touches its own edge
        ("poly" + "_116_39" * (MOST_POINTS + 1), "too_many"),
        ("poly_" + "1" * 100_000, "too_many"),
        ("box_<script>alert(1)</script>_1_1_1", "malformed"),
    ],
)
def test_what_is_no_area_is_refused(text: str, code: str) -> None:
    with pytest.raises(AreaRefused) as refused:
        parse_area(text)
    assert refused.value.code == code
    for lang in ("zh", "en"):
        assert Words(lang).say(f"map.area_{code}", most=MOST_POINTS)


@given(st.text(alphabet="boxply_-.0123456789 \u0661", max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        area = parse_area(text)
    except AreaRefused:
        return
    assert parse_area(area.text) == area and area.polygon.is_valid and area.polygon.area > 0


# --- the rows inside ---------------------------------------------------------------------------------------
corners = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 4000)).map(
        lambda p: (116 + p[0] / 1e4, 39.8 + p[1] / 1e4)
    ),
    min_size=3,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(corners, st.integers(0, 2**32 - 1))
def test_rows_inside_are_those_that_shapely_finds(points: list[tuple[float, float]], seed: int) -> None:
    try:
        area = area_of(points)
    except AreaRefused:
        return
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(115.9, 116.5, 300), rng.uniform(39.7, 40.3, 300)
    half = rng.uniform(0, 0.001, 300)
    rows = pd.DataFrame(
        {"west": lon - half, "east": lon + half, "south": lat - half, "north": lat + half},
        index=rng.permutation(300),
    )
    rows.iloc[:3] = np.nan
    found = rows_inside(rows, area)
    centres = shapely.points((rows["west"] + rows["east"]) / 2, (rows["south"] + rows["north"]) / 2)
    expected = np.array([not math.isnan(p.x) and area.polygon.covers(p) for p in centres[3:]])
    assert found.index.equals(rows.index) and not found.iloc[:3].any()
    assert (found.iloc[3:].to_numpy() == expected).all()


def test_the_outline_belongs_to_the_area() -> None:
    rows = pd.DataFrame({"west": [116.0, 116.5, 117.0, 117.1], "south": 39.5}).assign(
        east=lambda r: r["west"], north=lambda r: r["south"]
    )
    box = parse_area("box_116_39_117_40")
    same = parse_area("poly_116_39_117_39_117_40_116_40")
    assert rows_inside(rows, box).tolist() == [True, True, True, False]
    assert rows_inside(rows, same).tolist() == [True, True, True, False]


def test_half_a_million_rows_are_told_apart() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(115.7, 117.4, 500_000), rng.uniform(39.4, 41, 500_000)
    rows = pd.DataFrame({"west": lon, "east": lon, "south": lat, "north": lat})
    turn = np.linspace(0, 2 * np.pi, MOST_POINTS, endpoint=False)
    wavy = 0.5 + 0.2 * np.cos(9 * turn)
    area = area_of(list(zip(116.4 + wavy * np.cos(turn), 40.2 + wavy * np.sin(turn), strict=True)))
    found = rows_inside(rows, area)
    assert abs(found.mean() - area.polygon.area / (1.7 * 1.6)) < 0.01


# --- the totals ----------------------------------------------------------------------------------------------
@pytest.fixture
def layers(small: Store, small_url: str, monkeypatch: pytest.MonkeyPatch) -> StoreLayers:
    monkeypatch.setenv("ATLAS_DATABASE_URL", small_url)
    return StoreLayers()


def totals_of(store: Store, layers: StoreLayers, kind: str, text: str, *, has_central: bool = True):  # type: ignore[no-untyped-def]
    rows = layers.rows(kind)
    kept = rows[rows_inside(rows, parse_area(text))]
    touched = touched_projects(
        kept, kind, project_pairs(store), project_money(store), has_central=has_central
    )
    held = community_figures(store, rows) if kind == "communities" else None
    return area_totals(kept, kind, held, touched), touched


def test_totals_of_communities(small: Store, layers: StoreLayers) -> None:
    # C1, C2 and C3 stand at 116.35, 116.36 and 116.37.
    found, touched = totals_of(small, layers, "communities", "box_116.345_39.9_116.375_39.92")
    assert (found.rows, found.communities, found.without_community) == (3, 3, 0)
    assert (found.buildings, found.old, found.undated) == (7, 4, 2)
    assert (found.households.total, found.households.without) == (300, 0)
    assert found.floor_area_m2.without == 3
    assert sorted(touched.index) == ["P1", "P2", "P3"] and found.projects == 3
    with small.reading() as conn:
        from sqlalchemy import text

        planned = conn.execute(
            text(
                "select sum(amount_fen), count(distinct project_id) from funding_entries"
                " where state = 'planned' and project_id in ('P1', 'P2', 'P3')"
            )
        ).one()
    assert found.planned_fen.total == (planned[0] or 0) and found.planned_fen.without == 3 - planned[1]
    without, _ = totals_of(small, layers, "communities", "box_116.345_39.9_116.375_39.92", has_central=False)
    assert without.projects == 2  # P3 is a project of the central state


def test_totals_of_buildings(small: Store, layers: StoreLayers) -> None:
    found, touched = totals_of(small, layers, "buildings", "box_116.345_39.9_116.365_39.92")
    assert (found.rows, found.buildings, found.communities) == (5, 5, 2)
    assert (found.old, found.undated) == (4, 0)
    assert found.households.without == 5
    assert sorted(touched.index) == ["P1", "P2"]  # each once, however many of its buildings lie inside


def test_figures_of_buildings_are_those_on_record(
    small_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Path(small_url.removeprefix("sqlite:///"))
    with sqlite3.connect(held) as source, sqlite3.connect(tmp_path / "atlas.sqlite") as copy:
        source.backup(copy)
        some = [k for (k,) in copy.execute("SELECT building_id FROM buildings ORDER BY building_id LIMIT 3")]
        change = (
            "UPDATE buildings SET households = ?, floor_area_m2 = ?, content_hash = ? WHERE building_id = ?"
        )
        copy.executemany(
            change, [(40, 3200.25, "one", some[0]), (7, None, "two", some[1]), (0, 10.5, "three", some[2])]
        )
    url = f"sqlite:///{tmp_path / 'atlas.sqlite'}"
    monkeypatch.setenv("ATLAS_DATABASE_URL", url)
    layers, store = StoreLayers(), open_store(url)
    found, _ = totals_of(store, layers, "buildings", "box_115_39_118_41")
    assert (found.households.total, found.households.without) == (47, found.rows - 3)
    assert (found.floor_area_m2.total, found.floor_area_m2.without) == (3210.75, found.rows - 2)
    shown = layers.rows("buildings").set_index("id").loc[some, ["households", "floor_area_m2"]]
    assert shown["households"].tolist() == [40, 7, 0]
    tile = layers.tiles_of("buildings").tile(*place(116.355, 39.91, 13))
    assert b"storeys" in tile and b"households" not in tile and b"floor_area_m2" not in tile
    store.dispose()


def test_nothing_inside_adds_up_to_nothing(small: Store, layers: StoreLayers) -> None:
    for kind in ("communities", "buildings"):
        found, touched = totals_of(small, layers, kind, "box_10_10_11_11")
        assert found.rows == found.buildings == found.projects == 0 and touched.empty
        assert found.households.total == found.planned_fen.total == 0
        assert len(total_lines(found, Words("zh"))) == 6


def test_what_is_not_on_record_is_said(small: Store, layers: StoreLayers) -> None:
    found, _ = totals_of(small, layers, "communities", "box_116.345_39.9_116.375_39.92")
    lines = dict(total_lines(found, Words("zh")))
    assert lines["户数"] == "300 户" and lines["建筑面积"] == "未登记"
    assert lines["楼栋"] == "7 栋，其中 2000 年以前 4，年代不明 2"
    assert lines["涉及项目"].startswith("3 个（")
    assert dict(total_lines(found, Words("en")))["Floor area"] == "Not recorded"


def test_a_project_counts_once_for_all_its_communities() -> None:
    kept = pd.DataFrame({"id": ["A", "B"]})
    homes = pd.DataFrame({"project_id": ["P", "P", "Q"], "community_id": ["A", "B", "B"]})
    houses = pd.DataFrame({"project_id": pd.Series(dtype=str), "building_id": pd.Series(dtype=str)})
    money = pd.DataFrame(
        {
            "stage": ["started", "started", "started"],
            "is_central_state": [False] * 3,
            "planned_fen": [100.0, np.nan, 7.0],
        },
        index=pd.Index(["P", "Q", "R"], name="project_id"),
    )
    touched = touched_projects(kept, "communities", (homes, houses), money, has_central=True)
    held = pd.DataFrame(
        {
            "households": [10.0, np.nan],
            "floor_area_m2": [1.0, 2.0],
            "buildings": 1.0,
            "pre_2000_buildings": 1.0,
            "unknown_year_buildings": 0.0,
        },
        index=kept.index,
    )
    found = area_totals(kept, "communities", held, touched)
    assert found.stages == {"started": 2}
    assert (found.planned_fen.total, found.planned_fen.without) == (100.0, 1)
    assert (found.households.total, found.households.without) == (10.0, 1)


def test_a_building_follows_its_own_project_before_its_communitys() -> None:
    kept = pd.DataFrame({"id": ["b1", "b2"], "community": ["A", "A"]})
    homes = pd.DataFrame({"project_id": ["P"], "community_id": ["A"]})
    houses = pd.DataFrame({"project_id": ["Q"], "building_id": ["b1"]})
    money = pd.DataFrame(
        {"stage": "started", "is_central_state": False, "planned_fen": [1.0, 2.0]}, index=["P", "Q"]
    )
    both = touched_projects(kept, "buildings", (homes, houses), money, has_central=True)
    own = touched_projects(kept.head(1), "buildings", (homes, houses), money, has_central=True)
    assert list(both.index) == ["P", "Q"] and list(own.index) == ["Q"]


def test_the_frame_of_rows_has_what_areas_need(small: Store, layers: StoreLayers) -> None:
    for kind in ("communities", "buildings"):
        rows = layers.rows(kind)
        assert {"id", "west", "south", "east", "north"} <= set(rows.columns)
        assert not isinstance(rows, gpd.GeoDataFrame)
