"""The figures of the page Money, counted on paper: every one is the sum of the rows that it opens."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest

from dashboard.filters import Filters, StoreFacts
from dashboard.money_charts import sankey_figure
from dashboard.viewmodels.areas import areas_by_code
from dashboard.viewmodels.money_flow import entries_table, flow_view, states_view
from dashboard.viewmodels.money_investment import investment_view
from dashboard.viewmodels.money_liability import community_shapes, liability_view
from dashboard.viewmodels.money_records import (
    cases_view,
    findings_view,
    loans_view,
    model_cards,
    supports_view,
)
from dashboard.viewmodels.money_rules import rules_view, shipped_rules
from dashboard.viewmodels.money_scope import (
    MoneyFrames,
    MoneyScope,
    communities_in,
    money_scope,
    source_name,
)
from dashboard.viewmodels.record_tables import Names, coded, names_of
from dashboard.words import Words
from programme.progress import PaceRule
from store import queries, queries_money
from store.engine import Store
from tests.dashboard.money_store import WAN, money_store

ZH = Words("zh")
CITY = Filters(2020, "2020-08")
NOTES: dict[str, str] = {}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = money_store(f"sqlite:///{tmp_path_factory.mktemp('money') / 'atlas.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def frames(store: Store) -> MoneyFrames:
    return MoneyFrames(
        queries.project_rows(store),
        queries.project_places(store),
        queries.stage_event_rows(store),
        queries_money.funding_rows(store),
        queries_money.investment_entries(store),
        queries.target_rows(store),
    )


@pytest.fixture(scope="module")
def names(store: Store, frames: MoneyFrames) -> Names:
    areas = queries.area_names(store)
    facts = StoreFacts(
        years=(2020,),
        latest_date=dt.date(2020, 8, 31),
        districts=areas_by_code(areas, "district"),
        subdistricts=areas_by_code(areas, "subdistrict"),
    )
    runs = queries_money.run_titles(store)
    return names_of(ZH, facts, runs, frames.projects, queries_money.community_governance(store))


def scope(frames: MoneyFrames, **changed: object) -> MoneyScope:
    return money_scope(frames, replace(CITY, **changed))  # type: ignore[arg-type]


def wan(fen: object) -> float:
    return int(str(fen)) / WAN


def test_the_scope_leaves_out_what_is_later_and_who_is_elsewhere(frames: MoneyFrames) -> None:
    city = scope(frames)
    assert {s: wan(city.sum_of(s)) for s in ("planned", "allotted", "paid")} == {
        "planned": 3000.0,
        "allotted": 850.0,
        "paid": 460.0,
    }
    assert (city.later, city.orphans) == (1, ())
    assert wan(scope(frames, has_central=False).sum_of("planned")) == 2000.0
    assert wan(scope(frames, district_code="110101").sum_of("planned")) == 1000.0
    own = scope(frames, district_code="110102", subdistrict_code="110102001")
    assert wan(own.sum_of("planned")) == 1000.0
    assert wan(scope(frames, month="2020-12").sum_of("paid")) == 500.0


def test_an_entry_whose_project_is_gone_is_named(frames: MoneyFrames) -> None:
    lost = replace(frames, projects=frames.projects[frames.projects["project_id"] != "P1"])
    assert scope(lost).orphans == ("F1", "F2", "F3", "F4")


@pytest.mark.parametrize("area", [{}, {"district_code": "110102"}, {"has_central": False}])
def test_every_figure_of_the_flow_is_the_sum_of_its_rows(
    frames: MoneyFrames, names: Names, area: dict
) -> None:
    own = scope(frames, **area)
    view = flow_view(own, names, "t", NOTES)
    amounts = own.funding.set_index("entry_id")["funding_fen"]
    for state in ("planned", "allotted", "paid"):
        assert int(view.table.rows[f"{state}_fen"].sum()) == own.sum_of(state)
        keys = [
            k
            for label, ks in view.figures.items()
            if f"· {ZH.say(f'money_code.funding_state.{state}')} ·" in label
            for k in ks
        ]
        assert len(keys) == len(set(keys))
        assert int(amounts[keys].sum()) == own.sum_of(state)
    into = sum(k.fen for k in view.links if view.nodes[k.target].column == 1)
    out = sum(k.fen for k in view.links if view.nodes[k.origin].column == 1)
    assert into == out == sum(n.fen for n in view.nodes if n.column == 0)


def test_the_flow_says_who_pays_basic_items(frames: MoneyFrames, names: Names) -> None:
    view = flow_view(scope(frames), names, "t", NOTES)
    assert "96.0 %（2,400 万元 / 2,500 万元）" in view.headline
    assert "已支付 460 万元" in view.headline
    figure = sankey_figure(view.nodes, view.links)
    labels = list(figure.data[0].node.label)
    assert labels == [n.text.replace("\n", "<br>") for n in view.nodes]
    assert "已支付<br>460 万元" in labels


def test_a_label_of_the_picture_is_text(frames: MoneyFrames, names: Names) -> None:
    entries = frames.entries.assign(funding_source="<b>x</b>")
    view = flow_view(scope(replace(frames, entries=entries)), names, "t", NOTES)
    label = sankey_figure(view.nodes, view.links).data[0].node.label[0]
    assert label.startswith("&lt;b&gt;x")


def test_a_group_below_zero_is_listed_and_not_drawn(frames: MoneyFrames, names: Names) -> None:
    entries = frames.entries.copy()
    entries.loc[entries["entry_id"] == "F9", "amount_fen"] = -5 * WAN
    view = flow_view(scope(replace(frames, entries=entries)), names, "t", NOTES)
    assert view.left_out is not None
    assert view.left_out.rows["funding_exact"].tolist() == [-5 * WAN]
    assert "中央财政" not in " ".join(n.label for n in view.nodes)


def test_states_by_district_by_project_and_by_purse(frames: MoneyFrames, names: Names) -> None:
    city = states_view(scope(frames), names, "t", NOTES)
    assert city.is_by_district
    table = city.table.rows.set_index("district_code")
    assert [wan(table.loc["西城区", f"{s}_fen"]) for s in ("planned", "allotted", "paid")] == [2000, 450, 460]
    assert table.loc["西城区", "paid_share"] == pytest.approx(100 * 460 / 450)
    assert "已拨付 850 / 3,000 万元" in city.headline
    purses = city.purses.rows.set_index(["district_code", "purse"])
    assert wan(purses.loc[("东城区", "市级转移支付"), "planned_fen"]) == 600
    assert wan(purses.loc[("西城区", "中央财政"), "planned_fen"]) == 1000
    own = states_view(scope(frames, district_code="110102"), names, "t", NOTES)
    assert list(own.order) == ["C4项目", "C5项目"]
    assert not own.is_by_district


def test_entries_name_their_run_and_keep_every_fen(frames: MoneyFrames, names: Names) -> None:
    table = entries_table(scope(frames).funding, names, "t", NOTES)
    shown = table.shown(ZH)
    assert set(shown["来自"]) == {"第 3 批 资金台账"}
    assert int(shown["金额（分）"].sum()) == (3000 + 850 + 460) * WAN


def test_investment_beside_its_target_and_never_with_funding(frames: MoneyFrames, names: Names) -> None:
    city = scope(frames)
    view = investment_view(city, frames, names, PaceRule.CALENDAR, "t", NOTES)
    assert "1,800 / 3,000 万元，完成率 60.0 %" in view.headline
    assert "还差" in view.headline
    months = view.months.set_index("month")
    assert months.loc[8, "done"] == 1800 and months.loc[12, "expected"] == 3000
    assert months["done"].loc[9:].isna().all()
    districts = view.districts.rows.set_index("district_code")
    assert wan(districts.loc["西城区", "done_fen"]) == 1700
    assert districts.loc["西城区", "rate_pct"] == 170.0
    assert pd.isna(districts.loc["怀柔区", "target_fen"])
    amounts = city.investment.set_index("investment_id")["investment_fen"]
    for label, keys in view.figures.items():
        assert ZH.money(int(amounts[list(keys)].sum())) in label
    assert not {"funding_fen", "funding_source"} & set(city.investment)
    untargeted = scope(frames, district_code="110102", subdistrict_code="110102001")
    assert not investment_view(untargeted, frames, names, PaceRule.CALENDAR, "t", NOTES).has_target


def test_rules_stand_and_flag_with_measure_and_rows(frames: MoneyFrames, names: Names) -> None:
    view = rules_view(scope(frames), shipped_rules(), names, ("r", "f"), NOTES)
    rules = view.rules.rows.set_index("rule_id")
    assert rules.loc["city_district_shares", "standing"] == "未设定"
    assert "比例：未设定" in rules.loc["city_district_shares", "asks"]
    assert rules.loc["basic_mainly_government", "standing"] == "适用"
    flags = view.flags.rows
    optional = flags[flags["rule"] == "自选类由居民付费、社会投资实施"].iloc[0]
    assert (optional["measured"], optional["comparison"], optional["expected"]) == ("0.0 %", "大于", "50.0 %")
    over = flags[flags["rule"] == "支付超过拨付"].iloc[0]
    assert (over["measured"], over["expected"], over["row_count"]) == ("460 万元", "450 万元", 2)
    assert ("F7", "F8") in view.figures.values()
    assert set(flags["rule"]) == {"自选类由居民付费、社会投资实施", "支付超过拨付"}
    before = rules_view(scope(frames, month="2020-02"), shipped_rules(), names, ("r", "f"), NOTES)
    standing = before.rules.rows.set_index("rule_id")["standing"]
    assert standing["basic_mainly_government"] == "不在有效期"


def test_the_mean_rate_is_weighted_and_names_its_loans(
    store: Store, frames: MoneyFrames, names: Names
) -> None:
    view = loans_view(queries_money.loan_rows(store), scope(frames), names, "t", NOTES)
    assert "余额 400 万元，逾期 1 笔" in view.headline
    assert "4.25 %（按 2 笔余额加权）" in view.headline  # (300 × 4 + 100 × 5) / 400
    shown = view.table.shown(ZH).set_index("贷款编号")
    assert shown["计入平均利率"].to_dict() == {"L1": "是", "L2": "是", "L3": "否"}
    assert shown.loc["L3", "状态"] == "未提款" and shown.loc["L2", "缺少"] == "质押物"


def test_findings_supports_and_cases(store: Store, frames: MoneyFrames, names: Names) -> None:
    found = findings_view(queries_money.fund_finding_rows(store), scope(frames), names, "t", NOTES)
    assert "未销号 2 条，其中超期 1 条、未写期限 1 条，涉及 7 万元" in found.headline
    own = communities_in(queries_money.community_governance(store), CITY)
    view = supports_view(queries_money.support_rows(store), own, scope(frames), names, ("a", "b", "c"), NOTES)
    assert view.flags is not None and view.totals is not None
    assert set(view.flags.rows["support_flag"]) == {"公积金未用于自选类", "小区没有物业服务", "缺文号"}
    assert int(view.totals.rows["support_exact"].sum()) == 5 * WAN
    cases = cases_view(queries_money.social_capital_rows(store), scope(frames), names, ("a", "b"), NOTES)
    assert "劲松模式 1 个" in cases.headline and "1 个资料不全" in cases.headline
    assert cases.table.rows["social_share_pct"].tolist()[0] == 25.0
    here = cases_view(
        queries_money.social_capital_rows(store),
        scope(frames, district_code="110102"),
        names,
        ("a", "b"),
        NOTES,
    )
    assert list(here.table.rows["case_id"]) == ["K1"]


def test_published_facts_of_the_models_have_source_and_gaps() -> None:
    jinsong, shoukai = model_cards(ZH)
    told = {(f.text, f.period): f.figure for f in jinsong.facts}
    assert told["改造总投入", ""] == "7,600 万元"
    assert told["物业费收缴率", "2020"] == "82.16 %"
    assert all("来源" in f.source for f in (*jinsong.facts, *shoukai.facts))
    assert "未设定" in {f.figure for f in shoukai.facts}


def liable(store: Store, frames: MoneyFrames, names: Names, filters: Filters = CITY):
    own = communities_in(queries_money.community_governance(store), filters).reset_index(drop=True)
    own["original_property_unit"] = own["community_id"].map({"C1": "轴承厂"})
    done = pd.Series({"C5": pd.Timestamp("2020-08-31")})
    return liability_view(
        own,
        queries_money.maintenance_fund_rows(store),
        queries_money.maintenance_entry_rows(store),
        done,
        filters,
        names,
        "not_known",
        ("a", "b", "c"),
        NOTES,
    )


def test_who_must_repair_today(store: Store, frames: MoneyFrames, names: Names) -> None:
    view = liable(store, frames, names)
    assert "维修资金修 1 / 6 (16.7 %)，由原产权单位修 1 / 6 (16.7 %)，责任不明 4 / 6" in view.headline
    rows = view.communities.rows.set_index("community_key")
    assert rows.loc["C4", "liable"] == "维修资金" and rows.loc["C4", "balance_exact"] == 50 * WAN
    assert rows.loc["C1", "unit"] == "轴承厂"
    problems = view.problems.rows.set_index("community_key")
    assert problems.loc["C2", "problem"] == "有收支而未建立"
    assert bool(problems.loc["C5", "is_fund_due"])
    table = view.table.rows.set_index("district_code")
    assert table.loc["东城区", "liable_not_known"] == 2 and table.loc["西城区", "liable_fund"] == 1
    areas = {r.code: r for r in view.areas.rows}
    assert areas["110101"].figure == "2 / 3 (66.7 %)" and areas["110116"].value is None
    keys = [k for ks in view.figures.values() for k in ks]
    assert sorted(keys) == ["C1", "C2", "C3", "C4", "C5", "C6"]


def test_communities_without_outline_are_circles_and_without_place_are_counted(
    store: Store, frames: MoneyFrames, names: Names
) -> None:
    here = replace(CITY, district_code="110101", subdistrict_code="110101001")
    view = liable(store, frames, names, here)
    outlines = queries_money.community_outlines(store, "110101001")
    drawn, missing = community_shapes(outlines, view.liable, names)
    assert list(drawn["code"]) == ["C1", "C2"] and missing == 0
    assert (drawn.geometry.geom_type == "Polygon").all()
    nowhere = outlines.assign(point=[None, outlines["point"].iloc[1]])
    drawn, missing = community_shapes(nowhere, view.liable, names)
    assert list(drawn["code"]) == ["C2"] and missing == 1


def test_codes_that_nobody_knows_stay_as_they_are() -> None:
    assert coded(ZH, "money_code.content_class", "odd") == "odd"
    assert coded(ZH, "money_code.content_class", None) == "未填"
    assert source_name("odd", ZH) == "odd"
    assert source_name("city", Words("en")) == "City government"
