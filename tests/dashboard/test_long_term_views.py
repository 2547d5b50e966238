"""The figures of the page Long-term, counted on paper."""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest

from dashboard.filters import Filters, StoreFacts
from dashboard.viewmodels.areas import areas_by_code
from dashboard.viewmodels.long_term_chain import chain_view, events_table
from dashboard.viewmodels.long_term_rates import communities_table, rates_view
from dashboard.viewmodels.long_term_records import items_view, pilots_view, visits_view
from dashboard.viewmodels.money_scope import communities_in
from dashboard.viewmodels.record_tables import Names, names_of
from dashboard.words import Words
from store import queries, queries_long_term, queries_money
from store.engine import Store
from tests.dashboard.money_store import WAN, money_store

ZH = Words("zh")
CITY = Filters(2020, "2020-08")
XICHENG = Filters(2020, "2020-08", district_code="110102")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = money_store(f"sqlite:///{tmp_path_factory.mktemp('long') / 'atlas.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def communities(store: Store) -> pd.DataFrame:
    return queries_money.community_governance(store)


@pytest.fixture(scope="module")
def names(store: Store, communities: pd.DataFrame) -> Names:
    areas = queries.area_names(store)
    facts = StoreFacts(
        years=(2020,),
        latest_date=dt.date(2020, 8, 31),
        districts=areas_by_code(areas, "district"),
        subdistricts=areas_by_code(areas, "subdistrict"),
    )
    return names_of(ZH, facts, queries_money.run_titles(store), queries.project_rows(store), communities)


def test_rates_keep_what_is_not_known_apart(communities: pd.DataFrame, names: Names) -> None:
    own = communities.astype({"has_owners_body": "object"})
    own.loc[own["community_id"] == "C2", "has_owners_body"] = None
    view = rates_view(own, CITY, names, "owners_body", "t", {})
    assert "业主组织 2 / 5 (40.0 %)，未填 1 个" in view.headline
    table = view.table.rows.set_index("area")
    line = table.loc["东城区"]
    assert (line["owners_body_part"], line["owners_body_whole"], line["owners_body_unknown"]) == (1, 2, 1)
    assert table.loc["合计", "owners_body_pct"] == 40.0
    assert view.figures["东城区 · 业主组织未填 · 1 个"] == ("C2",)
    areas = {r.code: r for r in view.areas.rows}
    assert areas["110101"].figure == "1 / 2 (50.0 %)" and areas["110116"].value is None
    of_district = rates_view(communities_in(own, XICHENG), XICHENG, names, "owners_body", "t", {})
    assert [r.code for r in of_district.areas.rows] == ["110102001", "110102002"]
    shown = communities_table(own, names, "t", {}).shown(ZH).set_index("小区编号")
    assert shown.loc["C2", "业主组织"] == "" and shown.loc["C1", "业主组织"] == "是"


def chain(store: Store, names: Names, filters: Filters = CITY):
    return chain_view(
        queries.project_rows(store),
        queries_long_term.chain_event_rows(store),
        queries_long_term.property_fee_rows(store),
        filters,
        names,
        ("a", "b"),
        {},
    )


def test_the_chain_says_who_waits_and_what_is_out_of_order(store: Store, names: Names) -> None:
    view = chain(store, names)
    waits = dict(zip(view.waits["step"], view.waits["projects"], strict=True))
    assert waits == {"待验收": 1, "待移交": 1, "待物业进驻": 0, "待收费": 0, "已走完": 0}
    assert "实收 15 / 20 万元，收缴率 75.0 %，未填 1 行" in view.headline
    assert "等得最久的是C4项目，等移交已 21 天" in view.headline
    rows = view.projects.rows.set_index("project_key")
    assert bool(rows.loc["P4", "is_out_of_order"]) and not bool(rows.loc["P5", "is_out_of_order"])
    events = events_table(
        queries.project_rows(store), queries_long_term.chain_event_rows(store), CITY, names, "t", {}
    )
    assert set(events.rows["event_id"]) == {"P4-completed", "P5-completed", "P4-accepted", "P4-long_term"}
    assert set(events.rows["import_run_id"]) == {"第 2 批 小城", "第 3 批 资金台账"}


def test_collection_by_month_and_district_is_that_of_its_rows(store: Store, names: Names) -> None:
    view = chain(store, names)
    assert view.months["month"].tolist() == ["2020-07", "2020-08"]
    assert view.months["pct"].tolist() == [60.0, 90.0]
    rates = view.rates.rows.iloc[0]
    assert (rates["charged_fen"], rates["paid_in_fen"], rates["unknown_count"]) == (20 * WAN, 15 * WAN, 1)
    assert view.figures["西城区 · 15 / 20 万元"] == ("E1", "E2")
    assert view.figures["西城区 · 未填 · 1 行"] == ("E3",)
    july = chain(store, names, Filters(2020, "2020-07"))
    assert july.months["month"].tolist() == ["2020-07"]


def test_items_that_run_stop_or_are_not_known(store: Store, communities: pd.DataFrame, names: Names) -> None:
    items = queries_long_term.operated_item_rows(store)
    items = items.merge(communities[["community_id", "district_code"]], on="community_id")
    view = items_view(items, CITY, names, ("a", "b"), {})
    assert "在运行 1 / 2 (50.0 %)，停用 1 处，情况不明 1 处；没有运营单位 1 处" in view.headline
    rates = view.rates.rows.set_index("item")
    assert rates.loc["加装电梯", "running_pct"] == 50.0
    assert pd.isna(rates.loc["补建停车设施", "running_pct"])
    assert view.table.rows["item_id"].tolist() == ["I2", "I3", "I1"]


def test_visits_never_visited_first(store: Store, communities: pd.DataFrame, names: Names) -> None:
    view = visits_view(
        communities,
        queries_long_term.visit_rows(store),
        queries_long_term.visit_finding_rows(store),
        CITY,
        names,
        ("a", "b", "c", "d"),
        {},
    )
    assert "走访过 1 / 6 (16.7 %)，共 2 次；发现的问题未整改 2 条，其中超期 1 条" in view.headline
    assert view.communities.rows["community_key"].tolist()[-1] == "C1"
    assert view.findings.rows["finding_id"].tolist() == ["W1", "W2"]
    assert int(view.findings.rows["days_over"].iloc[0]) == 91
    line = view.table.rows.set_index("district_code").loc["东城区"]
    assert (line["visited"], line["visits"], line["open_findings"], line["overdue_findings"]) == (1, 2, 2, 1)


def test_pilots_before_and_after(store: Store, names: Names) -> None:
    view = pilots_view(
        queries_long_term.pilot_rows(store),
        queries_long_term.pilot_measurement_rows(store),
        queries_long_term.practice_card_rows(store),
        CITY,
        names,
        ("a", "b"),
        {},
    )
    rows = view.table.rows.set_index("pilot_id")
    assert rows.loc["T1", ["before", "after", "change"]].tolist() == ["40.0 %", "70.0 %", "+30.0 个百分点"]
    assert rows.loc["T1", "before_id"] == "Q1"
    assert rows.loc["T2", "measure"] == "没有测量"
    assert "2 个试点，1 个有前后对比，1 个缺少数据" in view.headline
    assert [c.title for c in view.cards] == ["**先尝后买** <i>模式</i>"]
