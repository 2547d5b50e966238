"""What the page of projects says of the small city, worked out by hand as of 2020-08-31.

P1 (Dongcheng) has everything up to its design and waits for the agreement since 10 February: 203 days. P2 and P3
(Dongcheng) and P5 (Xicheng) lack an owners' body, P4 (Xicheng) its design. P3, P4 and P5 have begun without the
residents' agreement, P3 and P5 without an owners' body too.
"""

from dataclasses import replace

import pandas as pd
import pytest

from dashboard.filters import Filters, StoreFacts
from dashboard.viewmodels.areas import areas_by_code
from dashboard.viewmodels.ledger_rows import code_name, field_name, ledger_table
from dashboard.viewmodels.project_batches import batches_topic, plan_topic, published_table
from dashboard.viewmodels.project_card import gatekeeping, open_steps, project_card
from dashboard.viewmodels.project_content import demand_topic, governance_topic, works_topic
from dashboard.viewmodels.project_digs import pipelines_topic
from dashboard.viewmodels.project_frames import DONE, MARKS, ProjectsInView, mark_of, only, projects_in_view
from dashboard.viewmodels.project_gates import GatesView, gates_view
from dashboard.viewmodels.project_reserve import capacity_topic, pool_topic, trail_topic
from dashboard.viewmodels.project_sites import lifts_topic, measures_topic, parking_topic
from dashboard.viewmodels.project_topic import Part, Place, Topic
from dashboard.words import Words
from loaders.reference_menu import content_items, published_figures
from programme.progress import month_end
from programme.steps import MAIN_STEPS, Step
from store import queries, queries_content, queries_projects
from store.engine import Store, open_store
from tests.dashboard.projects_store import projects_store
from tests.dashboard.small_store import WILD_NAME


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    url = f"sqlite:///{tmp_path_factory.mktemp('projects') / 'atlas.sqlite'}"
    projects_store(url).dispose()
    store = open_store(url)
    yield store
    store.dispose()


@pytest.fixture(scope="module")
def facts(city: Store) -> StoreFacts:
    names = queries.area_names(city)
    return StoreFacts(
        years=(2020,),
        latest_date=month_end("2020-08"),
        districts=areas_by_code(names, "district"),
        subdistricts=areas_by_code(names, "subdistrict"),
    )


def view_of(city: Store, facts: StoreFacts, **query: str) -> ProjectsInView:
    return projects_in_view(
        queries_projects.project_list(city),
        queries.stage_event_rows(city),
        queries_projects.project_homes(city),
        Filters.from_query(query, facts),
    )


def place_of(city: Store, facts: StoreFacts, lang: str = "zh", **query: str) -> Place:
    return Place(
        Filters.from_query(query, facts), facts, queries_projects.run_titles(city), Words(lang), {"区域": "x"}
    )


def gates(city: Store, facts: StoreFacts, step: str = "", lang: str = "zh", **query: str) -> GatesView:
    runs = queries_projects.run_titles(city)
    return gates_view(view_of(city, facts, **query), facts, runs, Words(lang), {}, step)


def part(topic: Topic, key: str) -> Part:
    return next(p for p in topic.parts if p.key == key)


def rows(topic: Topic, key: str) -> pd.DataFrame:
    return part(topic, key).table.rows


# --- gate map and funnel ----------------------------------------------------------------------------
def test_every_project_waits_at_its_first_unmet_step(city: Store, facts: StoreFacts) -> None:
    view = view_of(city, facts)
    assert view.states["code"].to_dict() == {
        "P1": "service_agreement",
        "P2": "owners_body",
        "P3": "owners_body",
        "P4": "designed",
        "P5": "owners_body",
    }
    assert view.states.at["P1", "days_waiting"] == 203


def test_the_headline_speaks_of_those_that_have_not_begun(city: Store, facts: StoreFacts) -> None:
    assert gates(city, facts).headline == (
        "全市未开工的 2 个项目最多卡在“成立业主组织”（二(一)2 · R13）：1 / 2 个 (50.0 %)，其中东城区最多，1 个"
    )
    # Before P2's only event nobody has begun: P1 alone lies in Donghuamen with P2.
    told = gates(city, facts, lang="en", subdistrict="110101001").headline
    assert told.startswith("Donghuamen Subdistrict: of 2 projects not begun")
    assert "most of them in Donghuamen Subdistrict (1 project)" in told


def test_the_longest_wait_is_named(city: Store, facts: StoreFacts) -> None:
    view = view_of(city, facts, district="110101")
    alone = only(view, "P1")
    told = gates_view(alone, facts, queries_projects.run_titles(city), Words("zh"), {}).headline
    assert told.endswith("；等得最久的已 203 天：C1项目。")


def test_where_all_have_begun_the_headline_says_so(city: Store, facts: StoreFacts) -> None:
    assert "没有等待开工的项目" in gates(city, facts, district="110102").headline
    assert "没有列入台账的项目" in gates(city, facts, district="110116").headline


def test_the_funnel_counts_everybody_once(city: Store, facts: StoreFacts) -> None:
    steps = {row.code: row for row in gates(city, facts).steps}
    assert list(steps) == [*(s.value for s in MAIN_STEPS), DONE]
    assert {c: row.figure for c, row in steps.items() if row.value} == {
        "owners_body": "3",
        "designed": "1",
        "service_agreement": "1",
    }
    assert steps["owners_body"].rank == 2
    assert steps["service_agreement"].reason == "203 / 203 天 · 二(一)7 · R20"
    assert (
        steps["owners_body"].reason == "起始日不详 · 二(一)2 · R13；3 个已越过此步"
    )  # all three are confirmed
    assert steps["owners_body"].bar_pct == 100.0


def test_each_step_has_a_mark_of_its_own(city: Store, facts: StoreFacts) -> None:
    assert len(set(MARKS.values())) == len(MAIN_STEPS)
    shapes = [mark_of(s.value)[0] for s in MAIN_STEPS]
    # Shapes follow the parts of the chain and never come back to an earlier one.
    assert list(dict.fromkeys(shapes)) == ["triangle", "square", "circle", "diamond"]
    assert sorted(shapes, key=["triangle", "square", "circle", "diamond"].index) == shapes
    points = gates(city, facts).points.set_index("code")
    assert points.at["P1", "mark"] == "square"
    assert points["outline"].notna().to_dict() == {
        "P1": False,
        "P2": False,
        "P3": True,
        "P4": True,
        "P5": True,
    }
    assert points.at["P1", "tip"] == ["C1项目", "签订物业服务协议", "二(一)7 · R20", "已等 203 天"]


def test_a_step_narrows_map_and_rows(city: Store, facts: StoreFacts) -> None:
    view = gates(city, facts, "owners_body")
    assert list(view.points["code"]) == ["P2", "P3", "P5"]
    assert list(view.rows.rows["project_id"]) == ["P2", "P3", "P5"]
    assert view.rows_answer == "在“成立业主组织”等候的 3 个，等得最久的在前。"
    assert len(view.breaches.rows) == 5  # breaches stay


def test_breaches_name_gate_clause_and_days(city: Store, facts: StoreFacts) -> None:
    view = gates(city, facts)
    found = view.breaches.rows[["project_id", "broken", "clause"]].to_numpy().tolist()
    agreement, body = ["签订物业服务协议", "二(一)7 · R20"], ["成立业主组织", "二(一)2 · R13"]
    assert found == [["P3", *body], ["P3", *agreement], ["P4", *agreement], ["P5", *body], ["P5", *agreement]]
    assert view.breaches_answer == "3 个违反硬性前置条件：缺“签订物业服务协议” 3 处、缺“成立业主组织” 2 处。"
    assert view.breaches.rows["run"].eq("第 2 次 · 小城").all()


def test_filters_cut_the_view(city: Store, facts: StoreFacts) -> None:
    assert list(view_of(city, facts, central="without").ids) == ["P1", "P2", "P4"]
    assert list(view_of(city, facts, district="110102").ids) == ["P4", "P5"]
    assert list(view_of(city, facts, subdistrict="110101001").ids) == ["P1", "P2"]
    # In January nobody had an event yet: nothing was in the ledger.
    assert view_of(city, facts, month="2020-01").states.empty
    assert view_of(city, facts, month="2020-03").breaches["project_id"].tolist() == ["P4", "P5", "P5"]


# --- project card -----------------------------------------------------------------------------------
def card_of(city: Store, facts: StoreFacts, project: str, lang: str = "zh"):  # type: ignore[no-untyped-def]
    return project_card(
        view_of(city, facts),
        project,
        queries_projects.project_events(city, project),
        queries_projects.event_proofs(city, project),
        facts,
        queries_projects.run_titles(city),
        Words(lang),
    )


def test_the_card_tells_where_a_project_waits(city: Store, facts: StoreFacts) -> None:
    card = card_of(city, facts, "P1")
    assert card.answer == "截至 2020-08-31，卡在“签订物业服务协议”（二(一)7 · R20），已等 203 天。"
    held = dict(card.facts)
    assert held["街道（乡镇）"] == "东华门街道"
    assert held["计划投资"] == "1,000 万元"
    assert held["投资主体"] is None
    assert card_of(city, facts, "P9") is None


def test_the_way_names_state_number_and_what_is_missing(city: Store, facts: StoreFacts) -> None:
    steps = {s.step: s for s in card_of(city, facts, "P1").steps}
    assert [s.number for s in steps.values()] == list(range(1, 17))
    assert steps[Step.SURVEYED].state == "met"
    assert steps[Step.OWNERS_BODY].state == "undated"
    assert steps[Step.CONFIRMED].document_no == "京老旧办〔2020〕P1号"
    assert steps[Step.SERVICE_AGREEMENT].state == "unmet"
    assert steps[Step.STARTED].lacking[0] == ("缺“签订物业服务协议”（二(一)7 · R20，硬性）", True)
    assert ("缺“完成招标”（三(十一) · R31，提示）", False) in steps[Step.STARTED].lacking
    assert steps[Step.DESIGNED].run == "第 2 次 · 小城"


def test_a_breach_is_marked_on_its_step(city: Store, facts: StoreFacts) -> None:
    card = card_of(city, facts, "P4")
    step = next(s for s in card.steps if s.step is Step.STARTED)
    assert (step.state, step.is_breach, step.day) == ("broken", True, "2020-03-02")
    assert card.breaches == ("2020-03-02“进场开工”时，缺“签订物业服务协议”（二(一)7 · R20，硬性）",)


def test_names_from_data_stay_as_they_are(city: Store, facts: StoreFacts) -> None:
    assert card_of(city, facts, "P2").name == WILD_NAME


def test_a_hard_gate_refuses_and_an_advisory_one_does_not(city: Store, facts: StoreFacts) -> None:
    view, words = view_of(city, facts), Words("zh")
    day = month_end("2020-08")
    told = gatekeeping(view, "P1", Step.STARTED, day, "", words)
    assert told.is_refused
    assert told.hard == ("缺“签订物业服务协议”（二(一)7 · R20，硬性）",)
    soft = gatekeeping(view, "P1", Step.TENDERED, day, "", words)
    assert not soft.is_refused
    assert soft.advisory == ("缺“公示设计方案”（二(一)6 · R19，提示）",)
    early = gatekeeping(view, "P1", Step.SERVICE_AGREEMENT, day, "", words)
    assert (early.is_refused, early.hard, early.advisory) == (False, (), ())


def test_steps_not_recorded_are_offered_first(city: Store, facts: StoreFacts) -> None:
    order = open_steps(view_of(city, facts), "P1")
    assert order[0] is Step.OWNERS_BODY
    assert set(order[-3:]) == {Step.SURVEYED, Step.CONFIRMED, Step.DESIGNED}


# --- reserve and batches ----------------------------------------------------------------------------
def test_the_pool_says_what_is_missing(city: Store, facts: StoreFacts) -> None:
    projects = queries_projects.project_list(city)
    projects.loc[projects["project_id"] == "P2", "confirmation_document_no"] = None
    events = queries.stage_event_rows(city)
    view = projects_in_view(
        projects, events, queries_projects.project_homes(city), Filters.from_query({}, facts)
    )
    topic = pool_topic(view, place_of(city, facts))
    held = rows(topic, "pool_rows")
    assert held["project_id"].tolist() == ["P2"]
    assert held["score"].tolist() == ["1 / 9"]  # the planned investment alone
    assert "摸底调查、业主组织、居民诉求" in held["missing"].iloc[0]
    counts = rows(topic, "pool_items").set_index("item")
    assert counts.loc["计划投资", ["has_it", "lacks_it"]].tolist() == [1, 0]
    assert "没有储备项目" in pool_topic(view_of(city, facts), place_of(city, facts)).headline


def test_capacity_by_district_overdrawn_first(city: Store, facts: StoreFacts) -> None:
    assessments = queries_projects.assessment_rows(city)
    topic = capacity_topic(view_of(city, facts), assessments, place_of(city, facts))
    held = rows(topic, "capacity")
    assert held[["district", "state", "room_fen"]].to_numpy().tolist() == [
        ["东城区", "超出", -500_000_000],
        ["西城区", "有余量", 3_000_000_000],
    ]
    assert topic.headline == "2020 年 2 个区中 2 个完成评估；超出承受能力的 1 个：东城区；未评估：无。"
    none = capacity_topic(view_of(city, facts), assessments.iloc[:0], place_of(city, facts))
    assert rows(none, "capacity")["state"].tolist() == ["未评估", "未评估"]


def test_the_trail_tells_where_cases_lie_and_what_is_odd(city: Store, facts: StoreFacts) -> None:
    topic = trail_topic(view_of(city, facts), queries_projects.trail_rows(city), place_of(city, facts))
    assert rows(topic, "trail_places").set_index("lies")["cases"].to_dict() == {
        "街道（乡镇）": 0,
        "区": 0,
        "市联席会": 0,
        "待下发确认文件": 0,
        "已确认": 5,
    }
    assert rows(topic, "trail_faults")["project_id"].tolist() == [
        "P2",
        "P3",
        "P4",
        "P5",
    ]  # P1 has its agreement
    january = view_of(city, facts, month="2020-01")
    assert january.states.empty
    early = projects_in_view(
        queries_projects.project_list(city),
        queries.stage_event_rows(city).iloc[:0],
        queries_projects.project_homes(city),
        Filters.from_query({"month": "2020-01"}, facts),
    )
    lies = rows(trail_topic(early, queries_projects.trail_rows(city), place_of(city, facts)), "trail_rows")
    assert lies.loc["P1", ["lies", "days_there"]].tolist() == ["待下发确认文件", 11]
    assert lies.loc["P2", "lies"] == "街道（乡镇）"


def test_batches_with_and_without_central(city: Store, facts: StoreFacts) -> None:
    topic = batches_topic(view_of(city, facts), place_of(city, facts))
    held = rows(topic, "batches").iloc[0]
    assert (held["projects_confirmed"], held["central_projects"], held["without_central"]) == (5, 2, 3)
    assert held["documents"].count("、") == 4
    without = batches_topic(view_of(city, facts, central="without"), place_of(city, facts))
    assert rows(without, "batches")["projects_confirmed"].tolist() == [3]


def test_plan_against_confirmed_never_derives_a_target(city: Store, facts: StoreFacts) -> None:
    topic = plan_topic(view_of(city, facts), queries.target_rows(city), place_of(city, facts))
    held = rows(topic, "plan")
    assert held["area"].tolist() == ["全市", "东城区", "西城区", "怀柔区"]
    assert held["planned"].tolist() == [5, 3, 2, 0]
    assert held["target"].isna().all()
    assert topic.headline.endswith("下达的确认目标：未设定。")
    own = plan_topic(
        view_of(city, facts, district="110101"),
        queries.target_rows(city),
        place_of(city, facts, district="110101"),
    )
    assert rows(own, "plan")["area"].tolist() == ["东城区"]


def test_published_figures_stand_beside_the_store_and_are_never_guessed(
    city: Store, facts: StoreFacts
) -> None:
    published = published_figures()
    held = published_table(published, view_of(city, facts), place_of(city, facts)).rows
    held.index = pd.Index(published["key"])
    assert held.loc["2020-1", ["published_projects", "store_projects"]].tolist() == [153, 5]
    assert held.loc["2017-2020-04-started", "store_projects"] == 3
    assert held.loc["2017-2020-04-completed", "store_projects"] == 0
    # Periods that end after the view's day can't be compared.
    later = published["period_to"] > pd.Timestamp("2020-08-31")
    assert held["store_projects"].isna().tolist() == later.tolist()
    assert published["source"].ne("").all()


# --- content ----------------------------------------------------------------------------------------
def ledger(city: Store, table: str) -> pd.DataFrame:
    return queries_content.community_ledger(city, table)


def test_demands_against_plan_both_ways(city: Store, facts: StoreFacts) -> None:
    topic = demand_topic(
        view_of(city, facts), ledger(city, "demands"), content_items(), place_of(city, facts)
    )
    gaps = rows(topic, "demand_gaps")
    assert gaps[["community", "item", "fit"]].to_numpy().tolist() == [
        ["C1小区", "楼体节能", "列入，没人要"],
        ["C1小区", "补建停车设施", "要，未列入"],
    ]
    items = rows(topic, "demand_items").set_index("item")
    assert items.at["加装电梯", "asks"] == 40  # what was gathered after the day is not there
    assert items.at["加装电梯", "fits"] == 1
    assert items.at["楼体节能", "planned_not_surveyed"] == 1  # P4's community was not asked
    assert items.at["增设快递柜", "content_class"] == "菜单外"
    assert items.at["增设快递柜", "asked_no_project"] == 1
    areas = rows(topic, "demand_areas").set_index("area")
    assert areas.at["合计", "asked_not_planned"] == 1
    assert areas.loc["东城区", ["fits", "asked_not_planned", "planned_not_asked"]].tolist() == [1, 1, 1]
    assert (
        "没有登记"
        in demand_topic(
            view_of(city, facts, district="110116"),
            ledger(city, "demands"),
            content_items(),
            place_of(city, facts, district="110116"),
        ).headline
    )


def test_works_by_building(city: Store, facts: StoreFacts) -> None:
    houses, works = queries_content.project_houses(city), queries_content.building_work_rows(city)
    topic = works_topic(view_of(city, facts), houses, works, place_of(city, facts))
    kinds = rows(topic, "works_kinds").set_index("kind")
    assert kinds.loc["节能", ["works_planned", "works_under_way", "works_done"]].tolist() == [1, 0, 1]
    assert kinds.loc["抗震", ["works_planned", "works_under_way", "works_done"]].tolist() == [0, 1, 0]
    assert rows(topic, "works_rows")["building_id"].tolist() == ["C1-0", "C4-0"]
    assert topic.headline.startswith("项目共含 3 栋楼，其中 2 栋有工程安排，1 栋")


def test_governance_before_renovation(city: Store, facts: StoreFacts) -> None:
    items, starts = ledger(city, "governance_items"), queries_content.home_starts(city)
    topic = governance_topic(view_of(city, facts), items, starts, place_of(city, facts))
    first = rows(topic, "governance_rows").iloc[0]
    assert (first["community"], first["item"], first["days_early"]) == ("C4小区", "违法建设", 10)
    assert first["is_before_clearance"]
    assert rows(topic, "governance_rows")["is_before_clearance"].sum() == 1
    totals = rows(topic, "governance_areas").set_index("area")
    assert totals.loc["合计", ["before_clearance", "open", "cleared", "not_present"]].tolist() == [1, 1, 1, 1]


def test_pipelines_clash_within_the_chosen_days_alone(city: Store, facts: StoreFacts) -> None:
    digs, pavings = ledger(city, "pipeline_works"), ledger(city, "pavings")
    view, place = view_of(city, facts), place_of(city, facts)
    topic = pipelines_topic(view, digs, pavings, place, 30)
    assert rows(topic, "digs_clashes")[["place", "gap_days"]].to_numpy().tolist() == [["C4小区", 20]]
    assert rows(pipelines_topic(view, digs, pavings, place, 20), "digs_clashes").empty
    assert rows(topic, "digs_after")[["paving_id", "days_after"]].to_numpy().tolist() == [["V1", 11]]
    states = rows(topic, "digs_rows").set_index("dig_id")["problems"]
    assert states.to_dict() == {"W1": "未批先挖、完工未移交", "W2": "未完工已付补助", "W3": ""}
    # Another district has no part in it.
    far = place_of(city, facts, district="110101")
    assert rows(pipelines_topic(view, digs, pavings, far, 30), "digs_clashes").empty


def test_lifts_by_stairwell(city: Store, facts: StoreFacts) -> None:
    topic = lifts_topic(view_of(city, facts), ledger(city, "lift_stairwells"), place_of(city, facts))
    held = rows(topic, "lifts_rows").set_index("stairwell_id")
    assert held["state"].to_dict() == {"S2": "已备案", "S1": "同意达标"}  # what is odd comes first
    assert held.at["S2", "problems"] == "同意不足即备案"
    assert held.at["S2", "owners_lacking"] == 1
    assert held.at["S1", "owners_share"] == pytest.approx(100 * 2 / 3)


def test_parking_counts_what_was_counted(city: Store, facts: StoreFacts) -> None:
    homes = queries_content.home_households(city)
    topic = parking_topic(view_of(city, facts), ledger(city, "parking_lots"), homes, place_of(city, facts))
    held = rows(topic, "parking_rows").iloc[0]
    assert (held["built_spaces"], held["shared_spaces"], held["per_100"]) == (20, 10, 30.0)
    assert (held["occupancy"], held["is_over_full"], held["not_counted"]) == (pytest.approx(110), True, 1)


def test_measures_never_mix_units(city: Store, facts: StoreFacts) -> None:
    topic = measures_topic(view_of(city, facts), ledger(city, "community_measures"), place_of(city, facts))
    held = rows(topic, "measures_kinds").set_index("kind")
    assert held.loc["绿化", ["quantity", "quantity_done", "not_met"]].tolist() == [800.0, 300.0, 1]
    assert held.at["架空线入地", "not_told"] == 1
    without = place_of(city, facts, district="110102")
    assert rows(
        measures_topic(view_of(city, facts, district="110102"), ledger(city, "community_measures"), without),
        "measures_rows",
    )["measure_id"].tolist() == ["M2", "M3"]


def test_a_project_sees_its_own_communities_alone(city: Store, facts: StoreFacts) -> None:
    place = replace(place_of(city, facts), community_ids=frozenset({"C4"}))
    assert place.here(ledger(city, "pipeline_works"))["dig_id"].tolist() == ["W1", "W2"]
    own = only(view_of(city, facts), "P4")
    assert list(own.ids) == ["P4"]
    topic = pipelines_topic(own, ledger(city, "pipeline_works"), ledger(city, "pavings"), place, 30)
    assert len(rows(topic, "digs_rows")) == 2


# --- rows of the ledger -----------------------------------------------------------------------------
def test_ledger_rows_have_names_words_and_runs(city: Store) -> None:
    held = queries_projects.rows_of_project(city, "quality_checks", "P4")
    runs = queries_projects.run_titles(city)
    for lang in ("zh", "en"):
        words = Words(lang)
        table = ledger_table(
            held, "quality_checks", ("checked_date", "kind", "faults_open"), runs, words, "x", {}
        )
        assert table.rows["kind"].iloc[0] == code_name("quality_checks", "kind", "safety", words) != "safety"
        assert table.columns[0].kind == "date"
        assert table.columns[2].kind == "count"
        assert "quality_checks" not in table.columns[0].header
    assert ledger_table(held, "quality_checks", ("note",), runs, Words("en"), "x", {}).rows[
        "_run"
    ].tolist() == ["Run 3 · Ledger"]
    assert field_name("fiscal_assessments", "capacity_fen", Words("zh")).endswith("（万元）")
    assert code_name("quality_checks", "kind", "not a code", Words("zh")) == "not a code"
    assert code_name("quality_checks", "kind", None, Words("zh")) == ""
