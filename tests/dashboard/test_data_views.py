"""Runs, joins, evidence and completeness in words, worked out by hand."""

import datetime as dt

import pandas as pd
import pytest

from dashboard.filters import Filters, StoreFacts
from dashboard.viewmodels.areas import areas_by_code
from dashboard.viewmodels.completeness import (
    MEASURES,
    CompletenessView,
    completeness_view,
    incomplete_table,
)
from dashboard.viewmodels.data_runs import (
    data_headline,
    datum_text,
    evidence_texts,
    join_text,
    local_time,
    runs_table,
    size_text,
    undo_text,
)
from dashboard.words import Words
from store import queries, queries_data
from store.engine import Store
from tests.dashboard.small_store import WILD_NAME

ZH, EN = Words("zh"), Words("en")


@pytest.fixture
def facts(small: Store) -> StoreFacts:
    names = queries.area_names(small)
    return StoreFacts(
        years=(2020,),
        latest_date=dt.date(2020, 8, 31),
        districts=areas_by_code(names, "district"),
        subdistricts=areas_by_code(names, "subdistrict"),
    )


def view_of(small: Store, facts: StoreFacts, measure: str = "all", **query: str) -> CompletenessView:
    filters = Filters.from_query(query, facts)
    level = "district" if filters.district_code is None else "subdistrict"
    counts = queries_data.completeness(small, level, filters.district_code)
    return completeness_view(counts, filters, facts, Words(filters.lang), measure, {})


# --- completeness -------------------------------------------------------------------------------------
def test_the_city_in_one_sentence(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts)
    # Three old communities of ten fields: 3 years, 3 households, 3 owners' bodies, 2 surveys = 11 of 30.
    assert view.headline == (
        "全市有 2000 年以前建成的小区 3 个，字段平均填报 36.7 %；最缺的是地址、楼栋数、建筑面积。"
    )
    assert [(r.name, r.figure) for r in view.areas.rows] == [
        ("东城区", "35.0 %"),
        ("西城区", "40.0 %"),
        ("怀柔区", "无数据"),
    ]
    assert view.answer == "“全部字段”填报最低的是东城区：35.0 %。"


def test_one_field_has_its_denominator(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts, "surveyed_date")
    assert [(r.name, r.figure) for r in view.areas.rows[:2]] == [
        ("东城区", "1 / 2 (50.0 %)"),
        ("西城区", "1 / 1 (100.0 %)"),
    ]
    fields = view.by_field.rows.set_index("field")
    assert (fields["filled"] + fields["empty"] == 3).all()
    assert list(view.by_field.rows["share"]) == sorted(view.by_field.rows["share"])


def test_map_and_table_share_one_scale(small: Store, facts: StoreFacts) -> None:
    for measure in MEASURES:
        view = view_of(small, facts, measure)
        assert {c.scale for c in view.by_area.columns if c.scale} == {view.areas.scale}
        for row in view.areas.rows:
            assert row.colour == view.areas.scale.colour(row.value)


def test_a_subdistrict_and_a_place_without_old_homes(small: Store, facts: StoreFacts) -> None:
    inner = view_of(small, facts, district="110101")
    assert [(r.name, r.figure) for r in inner.areas.rows] == [
        ("东华门街道", "35.0 %"),
        ("景山街道", "无数据"),
    ]
    none = view_of(small, facts, subdistrict="110101002")
    assert not none.has_rows
    assert none.headline == "景山街道还没有 2000 年以前建成的小区，无从统计填报情况。"
    assert not view_of(small, facts, district="110116").has_rows


def test_communities_with_what_they_lack(small: Store, facts: StoreFacts) -> None:
    rows = queries_data.incomplete_communities(small)
    shown = incomplete_table(rows, facts, ZH, {}, "全市").shown(ZH)
    first = shown.iloc[0]
    assert first["小区"] == WILD_NAME
    assert first["缺项数"] == 7
    assert first["缺哪些"] == "地址、楼栋数、建筑面积、建筑结构、产权性质、物业服务、摸底日期"


# --- runs ---------------------------------------------------------------------------------------------
def test_the_list_of_runs(small: Store) -> None:
    runs = queries_data.run_rows(small)
    shown = runs_table(runs, ZH).shown(ZH)
    assert list(shown["名称"]) == ["小城", "区划"]
    assert list(shown["性质"]) == ["模拟", "真实"]
    assert list(shown["数据截至"]) == ["2020-08-31", "2020-01-01"]
    assert list(shown["许可"]) == ["未登记", "未登记"]
    assert data_headline(runs, ZH) == (
        "库内现有数据来自 1 次有效装载，其中真实数据 0 次、模拟数据 1 次；最近一次：第 2 次：小城。"
    )
    assert data_headline(runs.iloc[:0], ZH) == "还没有装载过数据。"


def test_times_are_those_of_beijing() -> None:
    assert local_time(dt.datetime.fromisoformat("2020-08-31T16:30:00")) == "2020-09-01 00:30"
    assert local_time(dt.datetime.fromisoformat("2020-08-31T16:30:00+02:00")) == "2020-08-31 22:30"
    assert local_time(None) == "–"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("gcj02", "GCJ-02（火星坐标）"),
        ("projected:EPSG:4548", "投影坐标 EPSG:4548"),
        ("unknown", "未能判定"),
        (None, "无坐标"),
        ("<b>", "未能判定"),
    ],
)
def test_datums_by_name(code: str | None, text: str) -> None:
    assert datum_text(code, ZH) == text


def test_sizes() -> None:
    assert [size_text(n, ZH) for n in (10, 45_000, 2_345_678, None)] == ["1 kB", "45 kB", "2.3 MB", "未登记"]


REPORT = {
    "left": 10,
    "right": 4,
    "matched": 7,
    "unmatched_left": 3,
    "unmatched_right": 1,
    "duplicated": 2,
    "by_rule": {"none": 3, "overlap": 5, "nearest": 1, "by_magic": 1},
    "examples": {
        "unmatched_left": ["a", "b", "c", "d", "e", "f"],
        "unmatched_right": [],
        "duplicated": ["x"],
    },
}


def test_a_join_leaves_nothing_unsaid() -> None:
    told = join_text("buildings_to_communities", REPORT, ZH)
    assert told.title == "楼栋 → 小区"
    assert told.sentence == (
        "10 栋楼中 7 栋归入小区，3 栋没有；4 个小区中 1 个没有楼栋。有 2 行同时符合几个对象，已取最合适的一个。"
    )
    assert told.rules == "依据：重叠最多 5、最近边界（30 米内） 1、没有对应 3、by_magic 1。"
    assert told.examples == ("没有对应的，例如：a、b、c、d、e 等", "同时符合几个的，例如：x")
    unknown = join_text("stars_to_planets", REPORT, EN)
    assert "7 of 10 rows matched" in unknown.sentence


def test_evidence_comes_with_its_numbers() -> None:
    test = {
        "kind": "stated_district",
        "best": "bd09",
        "decisive": True,
        "compared": 882,
        "agreement": {"wgs84": 0.7891, "gcj02": 0.89, "bd09": 0.9943},
    }
    assert list(evidence_texts({"how": "evidence", "tests": [test]}, "bd09", ZH)) == [
        "与各行所写区的边界比对 882 处，相符的比例：WGS 84 / CGCS2000 78.9 %、GCJ-02（火星坐标） 89.0 %、"
        "BD-09（百度坐标） 99.4 %；据此判定为 BD-09（百度坐标）。"
    ]
    grid = {
        "kind": "regular_grid",
        "best": "gcj02",
        "decisive": False,
        "compared": 9,
        "misfit_m": {"gcj02": 0.5},
    }
    assert list(evidence_texts({"tests": [grid]}, "gcj02", ZH)) == [
        "与等距网格比对 9 处，偏离等距网格：GCJ-02（火星坐标） 0.5 米；差别不足以判定。"
    ]
    assert list(evidence_texts({"how": "crs", "crs": "EPSG:4548"}, "projected:EPSG:4548", ZH)) == [
        "文件声明的坐标系是 EPSG:4548。"
    ]
    assert list(evidence_texts({"a.csv": {"how": "declared"}, "b.csv": None}, "wgs84", ZH)) == [
        "a.csv：按声明读作 WGS 84 / CGCS2000。"
    ]
    assert list(evidence_texts(None, None, ZH)) == []


def test_what_undoing_changes_is_said_before() -> None:
    run = {"run_id": 5, "status": "done", "kind": "load", "undone_by": None, "undone_at": None}
    effects = pd.DataFrame(
        [
            {"table_name": "communities", "removed": 3, "restored": 1, "returned": 0},
            {"table_name": "projects", "removed": 0, "restored": 0, "returned": 9},
        ]
    )
    told = undo_text(run, effects, ZH)
    assert told.is_possible
    assert told.sentences == (
        "小区：去掉 3 行、1 行恢复为原来的内容。",
        "项目：放回被替换的模拟数据 9 行。",
    )
    assert undo_text(run, effects.iloc[:0], ZH).sentences == (
        "这次装载没有改动任何行，撤销只改变记录的状态。",
    )
    assert not undo_text({**run, "kind": "reference"}, effects, ZH).is_possible
    gone = undo_text({**run, "status": "undone", "undone_by": "甲", "undone_at": None}, effects, ZH)
    assert not gone.is_possible
    assert "甲" in gone.sentences[0]
