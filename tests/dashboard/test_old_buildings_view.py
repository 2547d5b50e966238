"""Old buildings on the small city, worked out by hand."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import Filters, StoreFacts
from dashboard.viewmodels.areas import areas_by_code
from dashboard.viewmodels.old_buildings import (
    DECADE_KEYS,
    MEASURES,
    OldBuildingsView,
    communities_table,
    decade_of,
    old_buildings_view,
)
from dashboard.words import Words
from store import queries
from store.engine import Store
from tests.dashboard.small_store import WILD_NAME


@pytest.fixture
def facts(small: Store) -> StoreFacts:
    names = queries.area_names(small)
    return StoreFacts(
        years=(2020,),
        latest_date=dt.date(2020, 8, 31),
        districts=areas_by_code(names, "district"),
        subdistricts=areas_by_code(names, "subdistrict"),
    )


def view_of(
    small: Store, facts: StoreFacts, measure: str = "pre_2000", has_buildings: bool = True, **query: str
) -> OldBuildingsView:
    filters = Filters.from_query(query, facts)
    counts, buildings = queries.community_counts(small, filters.as_of), queries.building_counts(small)
    by_year = queries.community_year_counts(small)
    buildings = buildings if has_buildings else buildings.iloc[:0]
    return old_buildings_view(counts, buildings, by_year, filters, facts, Words(filters.lang), measure, {})


def test_the_figures_have_their_denominators(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts)
    assert [f.text for f in view.figures] == [
        "3 / 6 (50.0 %)",
        "5 / 11 (45.5 %)",
        "1 / 6 (16.7 %)",
        "2 / 6 (33.3 %)",
        "4 / 6 (66.7 %)",
    ]
    assert view.headline.startswith("全市共有小区 6 个，其中 2000 年以前建成的 3 个，占 50.0 %；")
    assert view.headline.endswith("年代不明 2 个，尚未摸底 2 个。")


def test_districts_and_subdistricts(small: Store, facts: StoreFacts) -> None:
    assert [(r.name, r.figure) for r in view_of(small, facts).areas.rows] == [
        ("东城区", "2 / 3 (66.7 %)"),
        ("西城区", "1 / 3 (33.3 %)"),
        ("怀柔区", "无数据"),
    ]
    inner = view_of(small, facts, district="110102")
    assert [(r.name, r.figure) for r in inner.areas.rows] == [
        ("西长安街街道", "1 / 1 (100.0 %)"),
        ("新街口街道", "0 / 2 (0.0 %)"),
    ]
    assert inner.figures[0].text == "1 / 3 (33.3 %)"


def test_the_lowest_survey_coverage_comes_first(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts, "surveyed")
    assert [(r.rank, r.name, r.bar_pct) for r in view.areas.rows if r.value is not None] == [
        (1, "东城区", pytest.approx(100 / 3)),
        (2, "西城区", pytest.approx(100.0)),
    ]
    assert view.answer == "摸底覆盖率最低的是东城区：1 / 3 (33.3 %) 个。"


def test_decades_hold_every_building_once(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts)
    assert view.decades.set_index("decade")["amount"].to_dict() == {
        "70 年代": 1,
        "80 年代": 2,
        "90 年代": 2,
        "2000–09": 3,
        "跨年代": 1,
        "年代不明": 2,
    }
    assert view.by_area["amount"].sum() == 11
    assert set(view.by_area["decade"]) == set(view.decades["decade"])
    assert list(view.decade_colours) == list(view.decades["decade"])


def test_communities_stand_in_where_no_building_is_known(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts, has_buildings=False)
    assert view.basis == "community"
    assert view.decades["amount"].sum() == 6
    assert view.by_area["amount"].sum() == 6
    assert view.decade_answer == "建于70 年代的最多，1 个；年代不明 1 / 6 个 (16.7 %)。"


def test_the_table_adds_up(small: Store, facts: StoreFacts) -> None:
    for measure in MEASURES:
        rows = view_of(small, facts, measure).table.rows
        assert (rows["pre_2000"] + rows["post_2000"] + rows["unknown"] == rows["communities"]).all()
        assert (rows["surveyed"] + rows["not_surveyed"] == rows["communities"]).all()
        assert rows["buildings"].sum() == 11
        assert pd.isna(rows.loc["110116", "pre_2000_pct"])


def test_communities_as_rows(small: Store, facts: StoreFacts) -> None:
    rows = queries.community_list(small, kind="mixed", as_of=dt.date(2020, 8, 31))
    shown = communities_table(rows, facts, Words("zh"), "新旧混合", {}).shown(Words("zh"))
    assert shown.loc[0, "小区"] == WILD_NAME
    assert shown.loc[0, "2000 年前楼栋占比（%）"] == 66.7
    assert shown.loc[0, "街道（乡镇）"] == "东华门街道"


years = st.none() | st.integers(1850, 2030)


@given(st.lists(st.tuples(years, st.integers(0, 30)), min_size=1, max_size=20))
def test_a_decade_is_known_exactly_when_the_range_lies_in_it(ranges: list) -> None:
    first = pd.Series([a for a, _ in ranges], dtype="Float64")
    last = pd.Series([None if a is None else a + more for a, more in ranges], dtype="Float64")
    for decade, (start, more) in zip(decade_of(first, last), ranges, strict=True):
        assert decade in DECADE_KEYS
        if start is None:
            assert decade == "unknown"
        elif decade not in ("spanning", "before_1950", "2020"):
            assert start // 10 * 10 == (start + more) // 10 * 10 == int(decade)
        elif decade == "before_1950":
            assert start + more < 1950
        elif decade == "2020":
            assert start >= 2020
