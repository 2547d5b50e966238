"""The page Design review without a browser: who sees and decides what, what an opinion keeps, what forms write."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from shapely.geometry import Point
from streamlit.testing.v1 import AppTest

from dashboard import design_opinion, gaps_work
from dashboard.viewmodels.design_versions import OnDesk, versions_of
from dashboard.words import Words
from loaders.coverage.work import brought_up
from store import queries_designs, queries_projects
from store.access import Principal, Role
from store.attachments import attachment
from store.edits import RowChange, write_edit
from store.engine import open_store
from tests.dashboard.conftest import ENTRY
from tests.dashboard.designs_store import add_designs
from tests.dashboard.small_store import WILD_NAME, small_store
from tests.dashboard.test_pages import assert_sound, markup, text
from tests.fresh import fresh_store

OFFICE = Principal("office", Role.PROGRAMME_OFFICE)
SUBJECTS = ("queue", "desk", "notices", "submit")
PLANNER, DISTRICT = Role.RESPONSIBLE_PLANNER, Role.DISTRICT
Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store whose distances are worked out already, to be copied."""
    folder = tmp_path_factory.mktemp("designs")
    store = open_store(fresh_store(folder / "atlas.sqlite", small_store))
    add_designs(store)
    brought_up(store)
    store.dispose()
    return folder


@pytest.fixture(scope="module")
def filled(made: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A copy for all who write nothing."""
    folder = shutil.copytree(made, tmp_path_factory.mktemp("filled") / "city")
    return f"sqlite:///{folder / 'atlas.sqlite'}"


@pytest.fixture
def own(made: Path, tmp_path: Path) -> str:
    """A copy to write in, with distances of its own."""
    folder = shutil.copytree(made, tmp_path / "own")
    return f"sqlite:///{folder / 'atlas.sqlite'}"


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """Opens the page as a role."""

    def opened(url: str, role: Role = Role.PROGRAMME_OFFICE, *areas: str, **query: str) -> AppTest:
        monkeypatch.setenv("ATLAS_DATABASE_URL", url)
        page = AppTest.from_file(str(ENTRY), default_timeout=60)
        page.session_state["access.role"] = role.value
        page.session_state["access.areas"] = areas
        for key, value in {"month": "2020-08", "year": "2020", **query}.items():
            page.query_params[key] = value
        return page.switch_page("views/design_review.py").run()

    yield opened
    st.cache_resource.clear()


def ending(page: AppTest, kind: str, end: str):  # type: ignore[no-untyped-def]
    """The widget of a form whose key ends so."""
    return next(w for w in getattr(page, kind) if str(w.key).endswith(end))


def submit(page: AppTest, label: str) -> AppTest:
    return next(b for b in page.button if b.label == label).click().run()


def assert_spoken(page: AppTest) -> None:
    assert_sound(page)
    said = text(page).split()
    assert not [c for c in said if c.startswith(("design_review.", "gaps.", "choice.", "projects.", "code."))]


def give(page: AppTest, decision: str, opinion: str = "同意，请核实无障碍坡道") -> AppTest:
    ending(page, "selectbox", ".decision").set_value(decision)
    ending(page, "text_input", ".reviewer").set_value("规划师丁")
    ending(page, "text_area", ".text").set_value(opinion)
    return submit(page, "出具意见")


# --- looking ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_subject_in_both_languages(visit: Visit, filled: str, lang: str) -> None:
    page = visit(filled, lang=lang)
    for subject in SUBJECTS:
        page.segmented_control(key="design_review_design_view").set_value(subject).run()
        assert_spoken(page)
        assert page.query_params["design_view"] in (subject, [subject])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_city_without_designs_is_no_fault(visit: Visit, small_url: str, subject: str) -> None:
    assert_spoken(visit(small_url, design_view=subject))


def test_an_empty_store_says_what_to_do(visit: Visit, sqlite_url: str) -> None:
    open_store(sqlite_url).dispose()
    page = visit(sqlite_url)
    assert_sound(page)
    assert "还没有数据" in text(page)


def test_the_queue_and_the_desk_say_what_waits(visit: Visit, filled: str) -> None:
    page = visit(filled)
    assert "全市有 2 个项目的方案等待责任规划师审查，其中退回后再报 1 个；等得最久的已 90 天" in text(page)
    assert WILD_NAME in text(page)
    assert "<b>甲" not in markup(page)
    desk = visit(filled, design_view="desk")
    # Without a project in the address: the one that waits longest.
    assert desk.selectbox(key="design_project").value == "P2"
    assert "已等 90 天" in text(desk)
    assert "方案拟补 1 类（幼儿园）" in text(desk)
    assert "双控提示：建筑面积有增加" in text(desk)
    assert "<b>甲" not in markup(desk)


def test_an_impossible_address_shows_the_longest_wait(visit: Visit, filled: str) -> None:
    page = visit(filled, design_view="desk", project="'; --<b>")
    assert_spoken(page)
    assert "不在当前所选的区域" in text(page)
    none = visit(filled, design_view="desk", project="P4")
    assert "还没有报审方案" in text(none)
    assert visit(filled, design_view="<x>", notice_period="-1").query_params["design_view"] in (
        "queue",
        ["queue"],
    )


# --- roles --------------------------------------------------------------------------------------------
def test_a_planner_sees_the_own_area_alone_and_may_decide(visit: Visit, filled: str) -> None:
    page = visit(filled, PLANNER, "110102001", design_view="desk")
    assert_spoken(page)
    assert "没有报审的方案" in text(page)  # its only project has none
    west = visit(filled, PLANNER, "110102002", design_view="desk", project="P2")
    assert {"P2", "P1"}.isdisjoint(west.selectbox(key="design_project").options)
    assert WILD_NAME not in text(west)
    assert west.selectbox(key="design_project").value == "P6"
    assert [b.label for b in west.button if b.label == "出具意见"] == ["出具意见"]
    assert "submit" not in west.segmented_control(key="design_review_design_view").options


@pytest.mark.parametrize(
    ("role", "areas"),
    [(DISTRICT, ("110101",)), (Role.SUBDISTRICT, ("110101001",)), (Role.CITY_LEADER, ())],
)
def test_others_look_and_do_not_decide(visit: Visit, filled: str, role: Role, areas: tuple) -> None:
    page = visit(filled, role, *areas, design_view="desk", project="P2")
    assert_spoken(page)
    assert "审查意见由责任规划师出具" in text(page)
    assert not [b for b in page.button if b.label == "出具意见"]


# --- writing ------------------------------------------------------------------------------------------
def test_an_opinion_keeps_the_gaps_whatever_changes_later(visit: Visit, own: str) -> None:
    page = give(visit(own, PLANNER, "110101001", design_view="desk", project="P2"), "passed")
    assert_spoken(page)
    store = open_store(own)
    kept = queries_designs.opinion_sheets(store, "P2").set_index("opinion_id")["gap_sheet"]
    assert list(kept.index) == ["P2-V1-O1"]
    sheet = kept["P2-V1-O1"]
    by_kind = {r["kind"]: r for r in sheet["rows"]}
    assert sheet["as_of"] == "2020-08-31"
    # C2 lies 0.01° of longitude east of C1 (854 m), whose kindergarten is 0.001° north (111 m): 861 m, less the 17 m
    # from the middle of the house (0.0002°) to its wall.
    assert by_kind["kindergarten"]["meets"] == "mends"
    assert by_kind["kindergarten"]["judged_m"] == pytest.approx(861 - 17, abs=4)
    assert by_kind["kindergarten"]["clause"] == "表C.0.2"
    assert by_kind["culture_station"]["verdict"] == "has"
    assert [d["fit"] for d in sheet["demands"]] == ["asked_not_planned", "planned_not_asked", "fits"]
    # The planner may not write the ledger: the steps wait for the district.
    assert "planner_opinion" not in set(queries_projects.project_events(store, "P2")["stage"])
    assert "待区里登记：责任规划师出具意见、审定设计方案" in text(page)
    change = {"kind": "kindergarten", "name": "二幼", "geometry": Point(116.36, 39.9102)}
    write_edit(
        store, OFFICE, [RowChange("facilities", "F3", change)], origin="form", title_zh="设施", title_en="F"
    )
    brought_up(store)
    store.dispose()
    st.cache_resource.clear()
    # As the office: the edit has the linking put the town's communities where their points are.
    after = visit(own, design_view="desk", project="P2")
    assert "方案拟补 0 类" in text(after)
    store = open_store(own)
    assert queries_designs.opinion_sheets(store, "P2")["gap_sheet"].tolist() == [sheet]
    store.dispose()
    pdf = after.get("download_button")
    assert any("PDF" in b.proto.label for b in pdf)


def test_the_district_records_the_steps_and_can_take_them_back(visit: Visit, own: str) -> None:
    page = visit(own, DISTRICT, "110102", design_view="desk", project="P5")
    assert "待区里登记" in text(page)
    page.button(key="design_register").click().run()
    assert_spoken(page)
    store = open_store(own)
    events = queries_projects.project_events(store, "P5").set_index("stage")
    assert events.at["designed", "event_id"] == "P5-designed"
    assert events.at["planner_opinion", "event_date"] == dt.date(2020, 1, 20)
    assert "待区里登记" not in text(page)
    page.button(key="design_take_back").click().run()
    assert "designed" not in set(queries_projects.project_events(store, "P5")["stage"])
    store.dispose()


def test_the_office_records_the_steps_with_its_opinion(visit: Visit, own: str) -> None:
    page = give(visit(own, design_view="desk", project="P6"), "passed_with_changes")
    assert_spoken(page)
    store = open_store(own)
    events = queries_projects.project_events(store, "P6")
    assert set(events["stage"]) == {"confirmed", "planner_opinion", "designed"}
    # Both come from one edit.
    opinions = queries_designs.opinion_rows(store).set_index("opinion_id")
    runs = set(events.loc[events["stage"] != "confirmed", "import_run_id"])
    assert runs == {opinions.at["P6-V2-O1", "import_run_id"]}
    store.dispose()


def test_a_second_opinion_stands_beside_the_first(visit: Visit, own: str) -> None:
    page = give(visit(own, design_view="desk", project="P1"), "returned", "请重新核对建筑面积")
    assert_spoken(page)
    store = open_store(own)
    mine = queries_designs.opinion_rows(store)
    mine = mine[mine["design_id"] == "P1-V2"]
    assert mine["opinion"].tolist() == ["同意", "请重新核对建筑面积"]
    store.dispose()


def test_without_distances_an_opinion_is_only_given_knowingly(
    visit: Visit, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps_work, "brought", lambda _words: None)
    page = visit(own, design_view="desk", project="P2")
    assert "正在计算到各类设施的距离" in text(page)
    give(page, "returned")
    assert "缺口表还没有算好" in page.error[0].value
    ending(page, "checkbox", ".without").set_value(True)
    submit(page, "出具意见")
    assert_spoken(page)
    assert "这次意见没有附设施缺口表" in text(page)
    store = open_store(own)
    opinions = queries_designs.opinion_rows(store).set_index("opinion_id")
    assert not opinions.at["P2-V1-O1", "has_gap_sheet"]
    store.dispose()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"decision": None}, "请选择审查结论"),
        ({"reviewer": " "}, "请填写责任规划师姓名"),
        ({"text": "好"}, "请填写责任规划师姓名"),
        ({"day": dt.date(2020, 6, 1)}, "2020-06-02"),
        ({"day": dt.date(2099, 1, 1)}, "不晚于今天"),
    ],
)
def test_what_is_no_opinion_is_refused_and_nothing_is_written(
    visit: Visit, filled: str, change: dict, says: str
) -> None:
    page = visit(filled, design_view="desk", project="P2")
    ending(page, "selectbox", ".decision").set_value(change.get("decision", "passed"))
    ending(page, "text_input", ".reviewer").set_value(change.get("reviewer", "规划师丁"))
    ending(page, "text_area", ".text").set_value(change.get("text", "同意通过"))
    if "day" in change:
        ending(page, "date_input", ".day").set_value(change["day"])
    submit(page, "出具意见")
    assert len(page.error) == 1
    assert says.replace("-", r"\-") in page.error[0].value
    store = open_store(filled)
    assert queries_designs.opinion_sheets(store, "P2").empty
    store.dispose()


def test_a_version_sent_meanwhile_stops_an_opinion_on_the_old_one(own: str) -> None:
    store = open_store(own)
    designs, opinions = queries_designs.design_rows(store), queries_designs.opinion_rows(store)
    old = versions_of(designs[designs["project_id"] == "P2"], opinions.iloc[:0], Words("zh"))
    row = {
        "project_id": "P2",
        "version": 2,
        "submitted_date": dt.date(2020, 8, 20),
        "planned_items": "楼体节能",
    }
    write_edit(
        store, OFFICE, [RowChange("designs", "P2-V2", row)], origin="form", title_zh="报", title_en="S"
    )
    desk = OnDesk({"project_id": "P2"}, pd.DataFrame(), old, "")
    with store.writing() as conn, pytest.raises(design_opinion.Refused) as refused:
        design_opinion._changes(
            conn, OFFICE, desk, "passed", dt.date(2020, 8, 30), "丁", "同意通过", None, is_sheet_given=True
        )
    assert refused.value.code == "design_review.newer_version"
    store.dispose()


def test_a_new_version_with_its_file(visit: Visit, own: str) -> None:
    page = visit(own, DISTRICT, "110102", design_view="submit", project="P7", month="2020-08")
    assert "这是第 3 版" in text(page)  # the second one, of September, is there already
    ending(page, "text_input", ".firm").set_value(WILD_NAME)
    ending(page, "date_input", ".day").set_value(dt.date(2020, 9, 6))
    ending(page, "multiselect", ".facilities").set_value(["kindergarten"])
    ending(page, "number_input", ".floor_area_after_m2").set_value(90.5)
    ending(page, "file_uploader", ".file").set_value(("方案<b>.pdf", b"%PDF-1.7 x", "application/pdf"))
    submit(page, "报送")
    assert_spoken(page)
    store = open_store(own)
    row = queries_designs.design_rows(store).set_index("design_id").loc["P7-V3"]
    assert (row["version"], row["design_firm"], row["planned_facilities"]) == (3, WILD_NAME, "kindergarten")
    assert (row["planned_items"], row["floor_area_before_m2"], row["floor_area_after_m2"]) == (
        "楼体节能",
        1.0,
        90.5,
    )
    assert row["file_name"] == "方案<b>.pdf"
    assert attachment(store, row["file_sha256"]) == (b"%PDF-1.7 x", "application/pdf")
    # A planner of another district is not given the file, whoever knows its hash.
    other = store.seen_by(Principal("p", PLANNER, frozenset({"110101"})))
    assert attachment(other, row["file_sha256"]) is None
    store.dispose()
    assert "增加：幼儿园" in text(page)
    assert any(r"方案\<b\>\.pdf" in b.proto.label for b in page.get("download_button"))


@pytest.mark.parametrize(
    ("change", "says"),
    [({"day": dt.date(2020, 9, 4)}, "不早于上一版"), ({"items": []}, "至少填写一项")],
)
def test_a_version_that_cannot_be_is_refused(visit: Visit, filled: str, change: dict, says: str) -> None:
    page = visit(filled, DISTRICT, "110102", design_view="submit", project="P7")
    ending(page, "date_input", ".day").set_value(change.get("day", dt.date(2020, 9, 6)))
    if "items" in change:
        ending(page, "multiselect", ".items").set_value(change["items"])
    submit(page, "报送")
    assert len(page.error) == 1
    assert says in page.error[0].value


def test_a_notice_is_recorded_with_its_step_and_then_ended(visit: Visit, own: str) -> None:
    page = visit(own, DISTRICT, "110101", design_view="notices")
    ending(page, "selectbox", ".project").set_value("P2").run()
    ending(page, "date_input", ".posted").set_value(dt.date(2020, 8, 3))
    ending(page, "text_input", ".place").set_value(WILD_NAME)
    submit(page, "保存")
    assert_spoken(page)
    store = open_store(own)
    rows = queries_designs.notice_rows(store)
    mine = rows[rows["project_id"] == "P2"].iloc[0]
    assert (mine["design_id"], mine["place"], mine["ended_date"]) == ("P2-V1", WILD_NAME, None)
    events = queries_projects.project_events(store, "P2").set_index("stage")
    assert events.at["public_notice", "event_date"] == dt.date(2020, 8, 3)
    ending(page, "selectbox", ".row").set_value(mine["notice_id"]).run()
    ending(page, "date_input", ".ended").set_value(dt.date(2020, 8, 2))
    submit(page, "保存")
    assert "不能早于开始日期" in page.error[0].value
    ending(page, "date_input", ".ended").set_value(dt.date(2020, 8, 14))
    ending(page, "number_input", ".responses").set_value(3)
    submit(page, "保存")
    assert_spoken(page)
    rows = queries_designs.notice_rows(store).set_index("notice_id")
    assert rows.at[mine["notice_id"], "ended_date"] == dt.date(2020, 8, 14)
    assert rows.at[mine["notice_id"], "responses"] == 3
    store.dispose()
