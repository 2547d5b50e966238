"""Designs on paper: who waits how long, what a version changes, what a design mends, which notices are at fault."""

import datetime as dt
from collections.abc import Iterator
from io import BytesIO

import pandas as pd
import pytest
from pypdf import PdfReader

from dashboard.filters import Filters, StoreFacts
from dashboard.viewmodels.areas import areas_by_code
from dashboard.viewmodels.design_checks import (
    demand_answer,
    demand_rows,
    gap_check,
    growth,
    growth_answer,
    met_gaps,
    standards_answer,
    touched_rows,
)
from dashboard.viewmodels.design_frozen import freeze, thawed
from dashboard.viewmodels.design_notices import notice_rows, notices_view, working_days
from dashboard.viewmodels.design_paper import opinion_sheet
from dashboard.viewmodels.design_queue import queue_rows, queue_view
from dashboard.viewmodels.design_versions import Version, facilities_of, versions_of
from dashboard.viewmodels.project_frames import ProjectsInView, projects_in_view
from dashboard.words import Words
from loaders.facility_standards import shipped_standards
from loaders.reports.sheet import sheet_pdf
from store import queries, queries_content, queries_designs, queries_projects
from store.engine import Store
from tests.dashboard.designs_store import add_designs
from tests.dashboard.small_store import WILD_NAME, small_store

ZH, EN = Words("zh"), Words("en")
AS_OF = dt.date(2020, 8, 31)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = small_store(f"sqlite:///{tmp_path_factory.mktemp('designs') / 'atlas.sqlite'}")
    add_designs(store)
    yield store
    store.dispose()


def view(held: Store, **changes: object) -> ProjectsInView:
    filters = Filters(**{"year": 2020, "month": "2020-08", **changes})  # type: ignore[arg-type]
    return projects_in_view(
        queries_projects.project_list(held),
        queries.stage_event_rows(held),
        queries_projects.project_homes(held),
        filters,
    )


def queue(held: Store, **changes: object) -> pd.DataFrame:
    return queue_rows(
        view(held, **changes), queries_designs.design_rows(held), queries_designs.opinion_rows(held)
    )


def facts(held: Store) -> StoreFacts:
    names = queries.area_names(held)
    return StoreFacts(
        districts=areas_by_code(names, "district"), subdistricts=areas_by_code(names, "subdistrict")
    )


def versions(held: Store, project: str, words: Words = ZH) -> tuple[Version, ...]:
    designs, opinions = queries_designs.design_rows(held), queries_designs.opinion_rows(held)
    return versions_of(
        designs[designs["project_id"] == project], opinions[opinions["project_id"] == project], words
    )


# --- queue --------------------------------------------------------------------------------------------
def test_the_newest_version_decides_and_days_run_from_whose_turn_it_is(held: Store) -> None:
    rows = queue(held).set_index("project_id")
    assert {p: (rows.at[p, "state"], rows.at[p, "version"], rows.at[p, "days"]) for p in rows.index} == {
        "P1": ("passed", 2, 203),
        "P2": ("waiting", 1, 90),
        "P3": ("skipped", 1, 183),  # works began although nothing passed
        "P5": ("passed_with_changes", 1, 224),
        "P6": ("resubmitted", 2, 20),
        "P7": ("returned", 1, 30),  # its second version came after the day
    }
    assert rows.at["P1", "lacking"] == ("planner_opinion",)
    assert rows.at["P5", "lacking"] == ("planner_opinion", "designed")
    assert rows.at["P2", "lacking"] == ()


def test_an_earlier_day_knows_nothing_of_what_came_later(held: Store) -> None:
    rows = queue(held, month="2020-01").set_index("project_id")
    # P1 … P5 were confirmed in February: none of them was in the ledger yet.
    assert rows.empty
    june = queue(held, month="2020-06").set_index("project_id")
    assert june.at["P2", "state"] == "waiting"
    assert june.at["P2", "days"] == 28
    assert not {"P6", "P7"} & set(june.index)


def test_the_queue_says_who_waits_longest_and_where(held: Store) -> None:
    for words, says in ((ZH, "全市有 2 个项目的方案等待"), (EN, "2 projects wait")):
        made = queue_view(
            view(held), queue(held), facts(held), queries_projects.run_titles(held), words, {"a": "b"}
        )
        assert says in made.headline
        assert f"90 {'天' if words is ZH else 'days'}" in made.headline
        assert WILD_NAME in made.headline
        assert list(made.waiting.rows.index) == ["P2", "P6"]
        assert list(made.returned.rows.index) == ["P7"]
        assert list(made.skipped.rows.index) == ["P3"]
        assert list(made.passed.rows.index) == ["P1", "P5"]
        areas = made.areas.rows.set_index("area")
        assert areas["waiting"].tolist()[0] == 2
        assert areas.iloc[0][["returned", "skipped", "passed", "pending"]].tolist() == [1, 1, 2, 2]
        assert [p[0] for p in made.pending] == ["P5", "P1"]  # the longer ago first


def test_a_subdistrict_has_its_own_queue(held: Store) -> None:
    rows = queue(held, district_code="110102", subdistrict_code="110102002")
    assert set(rows["project_id"]) == {"P5", "P6", "P7"}


def test_of_two_opinions_on_a_version_the_later_one_holds(held: Store) -> None:
    opinions = queries_designs.opinion_rows(held)
    more = opinions[opinions["opinion_id"] == "P1-V2-O1"].assign(
        opinion_id="P1-V2-O2", decision="returned", reviewed_date=dt.date(2020, 3, 1)
    )
    rows = queue_rows(
        view(held), queries_designs.design_rows(held), pd.concat([opinions, more], ignore_index=True)
    ).set_index("project_id")
    assert rows.at["P1", "state"] == "returned"
    assert rows.at["P1", "days"] == 183


# --- versions -----------------------------------------------------------------------------------------
def test_what_a_version_changes_from_the_one_before(held: Store) -> None:
    first, second = versions(held, "P1")
    assert first.changes == ()
    assert second.changes == (
        "拟整治内容增加：加装电梯",
        "拟设设施增加：文化活动站",
        "整治后建筑面积由5,000改为5,200",
    )
    assert [o.decision for o in first.opinions] == ["returned"]
    assert second.last is not None
    assert second.last.decision_text == "通过"
    assert not second.last.has_sheet
    _, same = versions(held, "P7")
    assert same.changes == ("填报的各项没有变化",)


def test_facilities_by_key_or_name_and_words_that_name_none(held: Store) -> None:
    assert facilities_of(versions(held, "P2")[0].row) == (
        ("kindergarten", "convenience_store"),
        ("共享客厅",),
    )
    assert facilities_of({"planned_facilities": None}) == ((), ())
    assert facilities_of({"planned_facilities": "幼儿园;kindergarten / <b>厅"}) == (
        ("kindergarten",),
        ("<b>厅",),
    )


# --- growth -------------------------------------------------------------------------------------------
def test_growth_is_flagged_and_what_is_not_given_is_said(held: Store) -> None:
    row = versions(held, "P2")[0].row
    area, people = growth(row, ZH)
    assert (area.before, area.after, area.difference, area.grows) == (
        "4,000 m²",
        "4,120.5 m²",
        "+120.5 m² (+3.0 %)",
        True,
    )
    assert (people.after, people.difference, people.grows) == ("未填报", "无法比较", None)
    said = growth_answer(row, (area, people), ZH)
    assert "双控提示：建筑面积有增加" in said
    assert "居住人数没有填全" in said
    assert "没有写明功能和服务对象" in said
    steady = versions(held, "P1")[0].row
    assert growth_answer(steady, growth(steady, ZH), ZH) == "人口和建设规模都不增加。"
    more = {**steady, "residents_after": 301}
    assert growth(more, EN)[1].difference == "+1 people (+0.3 %)"
    none = {**steady, "floor_area_before_m2": 0.0, "floor_area_after_m2": 0.0}
    assert growth(none, ZH)[0].difference == "0 m²"


# --- demands ------------------------------------------------------------------------------------------
def test_demands_and_design_both_ways(held: Store) -> None:
    row = versions(held, "P2")[0].row
    pairs = pd.DataFrame({"project_id": ["P2"], "community_id": ["C2"]})
    rows = demand_rows(row, queries_content.community_ledger(held, "demands"), pairs, AS_OF)
    assert list(zip(rows["item"], rows["fit"], rows["asks"], strict=True)) == [
        ("加装电梯", "asked_not_planned", 40),
        ("环境整治", "planned_not_asked", 0),
        ("楼体节能", "fits", 25),
    ]
    assert demand_answer(rows, ZH) == (
        "对得上 1 项；居民要而方案没有 1 项（加装电梯）；方案有而居民没有要 1 项（环境整治）。"
    )
    nobody = demand_rows(row, queries_content.community_ledger(held, "demands").iloc[:0], pairs, AS_OF)
    assert set(nobody["fit"]) == {"planned_not_surveyed"}
    assert "无法对照" in demand_answer(nobody, ZH)


# --- gaps ---------------------------------------------------------------------------------------------
def sheet(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """A gap sheet of (community, kind, verdict)."""
    made = pd.DataFrame(rows, columns=["community_id", "kind", "verdict"])
    return made.assign(
        status="set",
        radius_m=300.0,
        standard="gb50180 2018",
        tier="5",
        clause="表C.0.2",
        confidence="K-med",
        straight_m=123.4,
        walk_m=float("nan"),
        judged_m=456.7,
        judged_by="straight",
        nearest_id="F1",
        nearest_name=WILD_NAME,
        homes=3,
        homes_beyond=2,
    )


GAPS = sheet(
    ("C1", "kindergarten", "lacks"),
    ("C1", "culture_station", "partly"),
    ("C1", "wet_market", "has"),
    ("C2", "wet_market", "not_held"),
    ("C2", "kindergarten", "has"),
    ("C1", "public_toilet", "not_set"),
    ("C1", "nursery_0_3", "has"),
)


def test_a_gap_stays_or_is_mended_and_nothing_else_counts() -> None:
    met = met_gaps(GAPS, ("kindergarten", "wet_market", "public_toilet"))
    told = {(c, k): m for c, k, m in zip(met["community_id"], met["kind"], met["meets"], strict=True)}
    assert told == {
        ("C1", "culture_station"): "stays",
        ("C1", "kindergarten"): "mends",
        ("C2", "kindergarten"): "extra",
        ("C1", "wet_market"): "extra",
        ("C2", "wet_market"): "unjudged",
        ("C1", "public_toilet"): "unjudged",
        ("C1", "nursery_0_3"): "none",
    }
    assert met["meets"].tolist()[:2] == ["stays", "mends"]
    check = gap_check(met, {"C1": WILD_NAME}, ZH, {}, "t")
    assert check.answer == (
        "按现行标准可评判的 4 类设施中，缺 2 类：方案拟补 1 类（幼儿园），仍缺 1 类（文化活动站）。"
    )
    assert WILD_NAME in set(check.table.rows["community"])
    assert gap_check(met_gaps(GAPS.iloc[[3]], ()), {}, EN, {}, "t").answer.startswith("Nothing can be judged")


def test_every_standard_in_force_is_asked_and_none_is_guessed() -> None:
    needs = touched_rows(shipped_standards(), ("property_office", "idle_room"), AS_OF)
    told = [(n.facility_kind, n.standard_key, n.status.value, n.value("least_floor_area_m2")) for n in needs]
    assert ("property_office", "gb50180", "not_set", None) in told
    assert ("property_office", "complete_community", "not_set", 50.0) in told
    assert ("idle_room", None, "no_standard", None) in told
    said = standards_answer(needs, ("共享客厅",), ZH)
    assert said == "拟设 2 类设施：标准有服务距离的 0 类，未设定的 1 类，查不到标准的 2 项。"


# --- frozen -------------------------------------------------------------------------------------------
def test_what_is_frozen_is_plain_and_comes_back_the_same() -> None:
    met = met_gaps(GAPS, ("kindergarten",))
    pairs = pd.DataFrame({"item": ["加装电梯"], "asks": [40], "fit": ["fits"], "rows": [("D1", "D2")]})
    kept = freeze(met, {"C1": "一区"}, pairs, AS_OF)
    first = kept["rows"][0]
    assert (first["kind"], first["community"], first["judged_m"], first["walk_m"]) == (
        "culture_station",
        "一区",
        457,
        None,
    )
    assert kept["demands"] == [{"item": "加装电梯", "asks": 40, "fit": "fits", "rows": ["D1", "D2"]}]
    back = thawed(kept)
    assert back is not None
    assert back.as_of == AS_OF
    assert len(back.sheet) == len(GAPS)


@pytest.mark.parametrize("held", [None, "x", [], {}, {"rows": "x"}, 3])
def test_what_no_opinion_of_ours_wrote_is_no_sheet(held: object) -> None:
    assert thawed(held) is None


def test_odd_rows_in_a_kept_sheet_do_no_harm(held: Store) -> None:
    odd = thawed({"as_of": "x", "rows": ["y", {"kind": "new_kind", "verdict": "<b>", "meets": 7}]})
    assert odd is not None
    assert odd.as_of is None
    assert len(odd.sheet) == 1
    assert "<b>" in paper(held, odd, ZH)


# --- paper --------------------------------------------------------------------------------------------
def paper(held: Store, frozen: object, words: Words) -> str:
    """The text of an opinion's PDF."""
    version = versions(held, "P1", words)[1]
    assert version.last is not None
    rows = growth(version.row, words)
    made = opinion_sheet(
        {
            "name": WILD_NAME,
            "project_id": "P1",
            "place": "东华门街道",
            "communities": "C1小区",
            "source": "方案",
        },
        version,
        version.last,
        frozen,  # type: ignore[arg-type]
        rows,
        growth_answer(version.row, rows, words),
        "合成数据",
        words,
    )
    data = sheet_pdf(made, version.last.day)
    assert data == sheet_pdf(made, version.last.day)
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


@pytest.mark.parametrize("words", [ZH, EN])
def test_the_paper_says_everything_as_text(held: Store, words: Words) -> None:
    demands = pd.DataFrame({"item": ["加装电梯"], "asks": [40], "fit": ["fits"], "rows": [("D1",)]})
    kept = thawed(freeze(met_gaps(GAPS, ("kindergarten",)), {"C1": "一区"}, demands, AS_OF))
    told = paper(held, kept, words)
    for part in (
        WILD_NAME,
        "规划师甲",
        "同意",
        "2020-02-10",
        "P1-V2-O1",
        "5,200",
        "合成数据",
        "一区",
        "加装电梯",
    ):
        assert "".join(part.split()) in told, part
    assert ("仍缺" if words is ZH else "stayslacking") in told
    assert "".join(words.say("design_review.no_sheet").split()) in paper(held, None, words)


# --- notices ------------------------------------------------------------------------------------------
def notices(held: Store, period: int | None = None, opinions: pd.DataFrame | None = None) -> pd.DataFrame:
    told = queries_designs.opinion_rows(held) if opinions is None else opinions
    return notice_rows(
        view(held), queries_designs.notice_rows(held), queries_designs.design_rows(held), told, period
    )


def test_working_days_leave_out_days_off_and_say_where_none_are_known() -> None:
    assert working_days(dt.date(2020, 9, 28), dt.date(2020, 10, 9)) == 4  # 1–8 October off, the 27th worked
    assert working_days(dt.date(2020, 9, 26), dt.date(2020, 9, 27)) == 1  # a Sunday that is worked
    assert working_days(dt.date(2020, 8, 2), dt.date(2020, 8, 1)) == 0
    assert working_days(dt.date(1999, 1, 4), dt.date(1999, 1, 8)) is None


def test_which_version_was_shown_how_long_and_before_what(held: Store) -> None:
    rows = notices(held).set_index("notice_id")
    assert list(rows.index) == ["N3", "N4", "N2", "N1"]
    assert rows["flaws"].to_dict() == {
        "N1": ("not_passed",),
        "N2": ("before_opinion",),
        "N3": (),
        "N4": ("no_version",),
    }
    assert rows.at["N2", "work_days"] == 8
    assert (rows.at["N3", "days"], rows.at["N3", "work_days"]) == (8, 6)
    assert rows.at["N1", "passed_version"] == 2


def test_a_period_is_checked_only_where_one_is_chosen(held: Store) -> None:
    rows = notices(held, period=5).set_index("notice_id")
    assert "overdue" in rows.at["N3", "flaws"]
    assert "short" in rows.at["N4", "flaws"]
    assert rows.at["N2", "flaws"] == ("before_opinion",)
    assert "overdue" not in notices(held, period=6).set_index("notice_id").at["N3", "flaws"]


def test_a_notice_of_an_earlier_version_that_passed_is_flagged(held: Store) -> None:
    opinions = queries_designs.opinion_rows(held)
    first = opinions[opinions["opinion_id"] == "P1-V1-O1"].assign(
        opinion_id="P1-V1-O2", decision="passed", reviewed_date=dt.date(2020, 1, 15)
    )
    rows = notices(held, opinions=pd.concat([opinions, first], ignore_index=True)).set_index("notice_id")
    # The last opinion on version 1 is still the one that returned it, so version 2 passed last.
    assert rows.at["N1", "flaws"] == ("old_version",)


@pytest.mark.parametrize("words", [ZH, EN])
def test_the_notices_in_words(held: Store, words: Words) -> None:
    rows = notices(held)
    made = notices_view(
        view(held), rows, queue(held), facts(held), queries_projects.run_titles(held), words, {}, None
    )
    assert "4" in made.answer
    assert ("未设定" if words is ZH else "not set") in made.answer
    assert len(made.flawed.rows) == 3
    assert list(made.missing.rows.index) == []
    assert made.calendar_note == ""
    empty = notices_view(
        view(held),
        rows.iloc[:0],
        queue(held),
        facts(held),
        queries_projects.run_titles(held),
        words,
        {},
        5,
    )
    assert list(empty.missing.rows.index) == ["P5", "P1"]
