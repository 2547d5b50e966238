"""The pages of duties and issues run without a browser: what they show to whom, and what their forms write."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from store import queries_duties, queries_issues
from store.access import Principal, Role
from store.edits import RowChange, write_edit
from store.engine import Store, open_store
from tests.dashboard.conftest import ENTRY
from tests.dashboard.duties_store import add_duties
from tests.dashboard.small_store import WILD_NAME, small_store
from tests.dashboard.test_pages import assert_sound, markup, text

OFFICE = Principal("clerk", Role.PROGRAMME_OFFICE)
SUBJECTS = {
    "duties": ("board", "mine", "meetings", "library", "filings"),
    "issues": ("map", "units", "common"),
}
Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def filled_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('duties') / 'atlas.sqlite'}"
    opened = small_store(url)
    add_duties(opened)
    opened.dispose()
    return url


@pytest.fixture
def own_url(filled_url: str, tmp_path: Path) -> str:
    """A copy to write in."""
    file = tmp_path / "own.sqlite"
    with (
        closing(sqlite3.connect(filled_url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        source.backup(copy)
    return f"sqlite:///{file}"


def opened(url: str) -> Store:
    return open_store(url)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """Opens a page as a role, without opening the first page before."""

    def opened_as(
        url: str, view: str, role: Role = Role.PROGRAMME_OFFICE, *areas: str, **query: str
    ) -> AppTest:
        monkeypatch.setenv("ATLAS_DATABASE_URL", url)
        page = AppTest.from_file(str(ENTRY), default_timeout=60)
        page.session_state["access.role"] = role.value
        page.session_state["access.areas"] = areas
        for key, value in query.items():
            page.query_params[key] = value
        return page.switch_page(f"views/{view}.py").run()

    yield opened_as
    st.cache_resource.clear()


def submit(page: AppTest, label: str) -> AppTest:
    return (
        next(b for b in page.button if b.label == label and b.key.startswith("FormSubmitter")).click().run()
    )


def submit_form(page: AppTest, form: str) -> AppTest:
    return next(b for b in page.button if b.key.startswith(f"FormSubmitter:{form}")).click().run()


def field(page: AppTest, kind: str, key: str):  # type: ignore[no-untyped-def]
    return next(w for w in getattr(page, kind) if w.key == key)


def assert_spoken(page: AppTest) -> None:
    assert_sound(page)
    assert not [c for c in text(page).split() if c.startswith(("duties.", "issues.", "choice.", "code."))]


@pytest.mark.parametrize("view", list(SUBJECTS))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_subject_in_both_languages(visit: Visit, filled_url: str, view: str, lang: str) -> None:
    page = visit(filled_url, view, lang=lang)
    for subject in SUBJECTS[view]:
        page.segmented_control(key=f"{view}_{view}").set_value(subject).run()
        assert_spoken(page)
        assert page.query_params[view] in (subject, [subject])


@pytest.mark.parametrize("view", ["duties", "issues"])
def test_an_empty_store_says_what_to_do(visit: Visit, sqlite_url: str, view: str) -> None:
    open_store(sqlite_url).dispose()
    page = visit(sqlite_url, view)
    assert_sound(page)
    assert "还没有数据" in text(page)


@pytest.mark.parametrize("view", list(SUBJECTS))
def test_a_city_without_any_of_it_is_no_fault(visit: Visit, small_url: str, view: str) -> None:
    page = visit(small_url, view)
    for subject in SUBJECTS[view]:
        page.segmented_control(key=f"{view}_{view}").set_value(subject).run()
        assert_spoken(page)


def test_names_from_data_stay_text(visit: Visit, filled_url: str) -> None:
    page = visit(filled_url, "issues", issue="W1")
    assert WILD_NAME in text(page)
    assert "<b>甲" not in markup(page)
    board = visit(filled_url, "duties")
    assert WILD_NAME in list(board.dataframe[0].value["成果名称"])


def test_an_impossible_address_shows_the_start(visit: Visit, filled_url: str) -> None:
    page = visit(filled_url, "issues", issues="<x>", issue="'; --", issue_state="?", group="nobody:W9")
    assert_sound(page)
    assert "没有这件问题" in text(page)
    common = visit(filled_url, "issues", issues="common", group="nobody:W9", group_m="x")
    assert_sound(common)
    assert "不再成组" in text(common)


def test_a_district_opens_on_its_own_duties_and_sees_its_own_issues(visit: Visit, filled_url: str) -> None:
    page = visit(filled_url, "duties", Role.DISTRICT, "110102")
    assert "西城区政府有 0 项成果逾期、0 项议定事项逾期、1 次吹哨未应答" in text(page)
    issues = visit(filled_url, "issues", Role.DISTRICT, "110102")
    assert "有 1 件问题未办结（共 1 件）" in text(issues)
    assert WILD_NAME not in text(issues)
    hidden = visit(filled_url, "issues", Role.DISTRICT, "110102", issue="W1")
    assert "没有这件问题" in text(hidden)


@pytest.mark.parametrize(
    ("role", "areas", "is_seen"),
    [
        (Role.PROGRAMME_OFFICE, (), True),
        (Role.DISTRICT, ("110102",), True),
        (Role.CITY_LEADER, (), False),
        (Role.ASSESSMENT_OFFICE, (), False),
    ],
)
def test_who_reported_is_seen_by_those_who_may(
    visit: Visit, filled_url: str, role: Role, areas: tuple[str, ...], is_seen: bool
) -> None:
    page = visit(filled_url, "issues", role, *areas, issue="W5")
    assert "加装电梯受阻" in text(page)
    assert ("王女士" in text(page)) == is_seen


@pytest.mark.parametrize(
    ("role", "areas", "writes"), [(Role.CITY_LEADER, (), 0), (Role.DISTRICT, ("110101",), 0)]
)
def test_only_the_office_writes_what_belongs_to_the_city(
    visit: Visit, filled_url: str, role: Role, areas: tuple[str, ...], writes: int
) -> None:
    for subject in ("board", "meetings", "library"):
        page = visit(filled_url, "duties", role, *areas, duties=subject)
        assert_sound(page)
        assert sum(b.key.startswith("FormSubmitter") for b in page.button if b.key) == writes


def test_a_deliverable_is_entered_and_taken_back(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "duties")
    field(page, "text_input", "deliverable.0..title").input("新办法")
    page = submit(page, "保存")
    assert_sound(page)
    rows = queries_duties.deliverable_rows(opened(own_url))
    assert list(rows.loc[rows["title"] == "新办法", "mechanism_no"]) == [1]
    assert "已保存" in page.success[0].value
    page.button(key="duties_take_back").click().run()
    assert "新办法" not in set(queries_duties.deliverable_rows(opened(own_url))["title"])


def test_a_deliverable_without_a_title_is_refused_in_words(visit: Visit, own_url: str) -> None:
    page = submit(visit(own_url, "duties"), "保存")
    assert len(page.error) == 1 and "成果名称" in page.error[0].value
    assert len(queries_duties.deliverable_rows(opened(own_url))) == 4


def test_two_clerks_on_one_row_never_overwrite_each_other(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "duties")
    page.selectbox(key="deliverable.0.row").select("D2").run()
    field(page, "text_input", "deliverable.0.D2.title").input("甲的改动")
    store = opened(own_url)
    seen = queries_duties.deliverable_rows(store).set_index("deliverable_id").loc["D2", "content_hash"]
    other = RowChange("deliverables", "D2", {"title": "乙的改动"}, seen)
    write_edit(store, OFFICE, [other], origin="form", title_zh="改", title_en="Edit")
    page = submit(page, "保存")
    assert len(page.error) == 1 and "clerk" in page.error[0].value
    held = queries_duties.deliverable_rows(opened(own_url)).set_index("deliverable_id")
    assert held.loc["D2", "title"] == "乙的改动"
    page.button(key="deliverable.newest").click().run()
    page.selectbox(key="deliverable.1.row").select("D2").run()
    assert field(page, "text_input", "deliverable.1.D2.title").value == "乙的改动"


def test_a_decision_is_marked_done(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "duties", duties="meetings", meeting="M1")
    page.selectbox(key="decision.0.M1.row").select("R1").run()
    field(page, "date_input", "decision.0.M1.R1.done").set_value(dt.date(2020, 8, 30))
    page = submit_form(page, "decision.0.M1.R1")
    assert_sound(page)
    assert "逾期 0 项" in text(page)
    done = queries_duties.decision_rows(opened(own_url)).set_index("decision_id").loc["R1", "done_date"]
    assert str(done)[:10] == "2020-08-30"


def test_a_meeting_gets_an_item(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "duties", duties="meetings", meeting="M1")
    field(page, "text_input", "agenda.0.M1.subject").input("新议题")
    page = submit_form(page, "agenda.0.M1")
    rows = queries_duties.agenda_rows(opened(own_url))
    assert list(rows.loc[rows["subject"] == "新议题", "position"]) == [3]


def test_a_card_is_sent_to_all_who_miss_it(visit: Visit, own_url: str) -> None:
    page = submit_form(visit(own_url, "duties", duties="library"), "sending.0.K1")
    assert_sound(page)
    assert "1 篇已发到全部 20 个单位" in text(page)
    assert len(queries_duties.sending_rows(opened(own_url))) == 20


def test_a_district_logs_its_own_plan(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "duties", Role.DISTRICT, "110101", duties="filings")
    assert field(page, "selectbox", "filing.0.district").options == ["东城区"]
    field(page, "multiselect", "filing.0.parts").set_value(["stages", "duties"])
    page = submit_form(page, "filing.0")
    assert_sound(page)
    assert "缺 2 / 5 项" in text(page)


def report(page: AppTest, title: str) -> AppTest:
    field(page, "text_input", "report.0.title").input(title)
    return submit_form(page, "report.0.form")


def test_an_issue_is_reported_for_a_community(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "issues", district="110101")
    page.selectbox(key="report.0.community.110101.110101001").select("C2").run()
    page = report(page, "楼道堆物")
    assert_sound(page)
    assert "楼道堆物" in text(page)
    row = queries_issues.issue_rows(opened(own_url)).set_index("title").loc["楼道堆物"]
    assert (row["district_code"], row["subdistrict_code"], row["community_id"], row["project_id"]) == (
        "110101",
        "110101001",
        "C2",
        "P2",
    )
    assert row["geometry"].x == pytest.approx(116.36)


def test_an_issue_is_reported_by_coordinates(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "issues")
    page.segmented_control(key="report.0.way").set_value("coordinates").run()
    field(page, "number_input", "report.0.lon").set_value(116.37)
    field(page, "number_input", "report.0.lat").set_value(39.94)
    page.run()
    assert "新街口街道" in text(page)
    page = report(page, "井盖缺失")
    row = queries_issues.issue_rows(opened(own_url)).set_index("title").loc["井盖缺失"]
    assert (row["district_code"], row["subdistrict_code"]) == ("110102", "110102002")


def test_a_place_outside_the_city_is_refused(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "issues")
    page.segmented_control(key="report.0.way").set_value("coordinates").run()
    field(page, "number_input", "report.0.lon").set_value(117.9)
    field(page, "number_input", "report.0.lat").set_value(41.9)
    page.run()
    assert "不在北京市界内" in text(page)
    page = report(page, "外地问题")
    assert [e.value for e in page.error] == ["请先填写位置。"]
    assert "外地问题" not in set(queries_issues.issue_rows(opened(own_url))["title"])


def test_a_district_cannot_report_in_another(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "issues", Role.DISTRICT, "110101")
    page.segmented_control(key="report.0.way").set_value("coordinates").run()
    field(page, "number_input", "report.0.lon").set_value(116.37)
    field(page, "number_input", "report.0.lat").set_value(39.94)
    page.run()
    page = report(page, "越界问题")
    assert len(page.error) == 1
    assert "越界问题" not in set(queries_issues.issue_rows(opened(own_url))["title"])


STEPS: tuple[tuple[str, Callable[[AppTest], object], str], ...] = (
    (
        "call.0.W1",
        lambda p: field(p, "selectbox", "call.0.W1.unit").select("市财政局"),
        "吹哨：市财政局",
    ),
    (
        "answer.0.W1.L1",
        lambda p: field(p, "text_area", "answer.0.W1.L1.text").input("下周进场"),
        "市城市管理委应答：下周进场",
    ),
    ("escalate.0.W1", lambda p: None, "提到区"),
    ("close.0.W1.True", lambda p: None, "办结"),
)


@pytest.mark.parametrize(("form", "fill_in", "told"), STEPS, ids=[s[0] for s in STEPS])
def test_what_happens_to_an_issue_is_written_down(
    visit: Visit,
    own_url: str,
    form: str,
    fill_in: Callable[[AppTest], object],
    told: str,
) -> None:
    page = visit(own_url, "issues", issue="W1")
    assert f"2020-08-31 {told}" not in " ".join(text(page).split())
    fill_in(page)
    page = submit_form(page, form)
    assert_sound(page)
    assert f"2020-08-31 {told}" in " ".join(text(page).split())


def test_a_group_is_put_on_an_agenda(visit: Visit, own_url: str) -> None:
    page = visit(own_url, "issues", issues="common", group="pipelines:W2", group_m="300")
    assert "还没有列入会议议程" in text(page)
    page = submit_form(page, "group.0.pipelines:W2")
    assert_sound(page)
    assert "已列入：专班第 2 次会议" in text(page)
    rows = queries_duties.agenda_rows(opened(own_url))
    assert list(rows.loc[rows["group_id"] == "pipelines:W2", "meeting_id"]) == ["M2"]
