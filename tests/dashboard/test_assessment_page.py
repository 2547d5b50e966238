"""The page Assessment without a browser: places, why, rows, closing, a late correction, replay, and who sees what."""

import datetime as dt
import html
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import pages
from store.engine import open_store
from store.months import kept_bytes, read_month
from store.queries_months import closed_versions
from tests.dashboard.small_store import WILD_NAME
from tests.month_city import started, write

OpenPage = Callable[..., AppTest]
SUBJECTS = ("ranking", "departments", "changes", "weights", "months")
WEIGHTS = """
[[district]]
measure = "starts"
weight = 60
source = "测试依据"
[[district]]
measure = "completions"
weight = 40
cap = 1
source = "测试依据"
"""


@pytest.fixture
def own_url(small_url: str, tmp_path: Path) -> str:
    """A copy of the small city that a test may write to."""
    target = tmp_path / "own.sqlite"
    shutil.copyfile(small_url.removeprefix("sqlite:///"), target)
    return f"sqlite:///{target}"


@pytest.fixture
def for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page open to every role on every district, whatever the navigation offers."""
    entries = [
        replace(p, roles=pages.EVERYBODY, has_city=True) if p.key == "assessment" else p for p in pages.PAGES
    ]
    monkeypatch.setattr(pages, "PAGES", tuple(entries))


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.toml").write_text(WEIGHTS, "utf-8")
    monkeypatch.setenv("ATLAS_ASSESSMENT_FILE", str(tmp_path / "w.toml"))


def text(page: AppTest) -> str:
    body = "\n".join(e.proto.body for e in page.get("html"))  # type: ignore[attr-defined]
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert [e.value for e in page.error] == []
    assert not re.search(r"\b(assessment|report|month|col|figure)\.[a-z_]+", text(page))


def as_role(page: AppTest, role: str, *areas: str) -> AppTest:
    page.session_state["access.role"] = role
    page.session_state["access.areas"] = areas
    return page.run()


def table(page: AppTest, *columns: str) -> list[dict]:
    """The rows of the first table with these columns."""
    frames = [d.value for d in page.dataframe]
    return next(f for f in frames if set(columns) <= set(f.columns)).to_dict("records")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_in_both_languages(
    open_page: OpenPage, small_url: str, subject: str, lang: str
) -> None:
    page = open_page(small_url, "assessment", lang=lang, assess=subject, district="110101")
    assert_sound(page)
    assert ("not closed" if lang == "en" else "尚未封存") in text(page)


def test_an_empty_store_says_what_to_do(open_page: OpenPage, sqlite_url: str) -> None:
    open_store(sqlite_url).dispose()
    assert "还没有数据" in text(open_page(sqlite_url, "assessment"))


def test_districts_without_a_ledger_say_what_to_enter(open_page: OpenPage, sqlite_url: str) -> None:
    from loaders.commit import ensure_reference

    store = open_store(sqlite_url)
    ensure_reference(store)
    store.dispose()
    page = open_page(sqlite_url, "assessment")
    assert_sound(page)
    assert "台账里还没有任何有日期的" in text(page)
    assert "录入项目进度" in text(page)


def test_without_weights_nobody_gets_a_score(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, "assessment", district="110101")
    assert "考核权重未设定" in text(page)
    assert "2020-08 开工完成率：2 个区有名次，居首的是西城区，居末的是东城区" in text(page)
    assert "东城区没有总分" in text(page)
    rows = table(page, "权重", "是否计分")
    assert {r["权重"] for r in rows} == {"未设定"}
    assert rows[0]["完成"] == "1 个" and rows[0]["应完成"] == "4 个" and rows[0]["完成率（%）"] == 25.0
    assert "得分（分）" not in [c for d in page.dataframe for c in d.value.columns]


def test_a_score_opens_to_its_measures_and_those_to_their_rows(
    open_page: OpenPage, small_url: str, weights: None
) -> None:
    page = open_page(small_url, "assessment", district="110102")
    assert_sound(page)
    # Started 2 of 2 (60 points), completed 2 of 2 (40 points).
    assert "西城区得分 100.00 = 100 × （开工 60.00 + 完工 40.00） / 计入权重 100.00" in text(page)
    rows = table(page, "权重", "是否计分")
    assert [r["权重"] for r in rows[:3]] == ["60", "40（最多计 100 %）", "未设定"]
    behind = table(page, "计入方式", "台账现状")
    assert [(r["计入方式"], r["编号"], r["台账现状"]) for r in behind] == [
        ("计入完成", "P4-started", "未变"),
        ("计入完成", "P5-started", "未变"),
        ("年度目标", "2020-110102-starts", "未变"),
    ]
    assert behind[0]["名称"] == "C4项目"
    assert "2020-03-02" in behind[0]["内容（按本版）"]
    assert "小城" in behind[0]["来自哪次装载或修改"]
    money = open_page(small_url, "assessment", district="110102", part="investment_fen")
    assert [r["编号"] for r in table(money, "计入方式")][:2] == ["P4-2020-07", "P5-2020-08"]
    assert "900 万元" in table(money, "计入方式")[0]["内容（按本版）"]


def test_without_central_projects_the_figures_are_others(
    open_page: OpenPage, small_url: str, weights: None
) -> None:
    page = open_page(small_url, "assessment", district="110102", central="without")
    assert "西城区得分 50.00" in text(page)
    assert "仅供对照" in text(page)


def test_names_from_the_ledger_stay_text(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, "assessment", district="110101", part="owners_body")
    assert WILD_NAME in [r["名称"] for r in table(page, "计入方式")]
    assert "<b>甲" not in "\n".join(e.proto.body for e in page.get("html"))  # type: ignore[attr-defined]


def test_june_is_closed_corrected_in_july_and_explained(
    open_page: OpenPage, own_url: str, weights: None
) -> None:
    page = as_role(open_page(own_url, "assessment", month="2020-06", assess="months"), "assessment_office")
    assert_sound(page)
    assert "将封存的台账行数：区 " in text(page) and "、项目 5、" in text(page)
    page.button(key="assessment_close").click().run()
    assert "不能撤销" in text(page)
    assert closed_versions(open_store(own_url)).empty
    page.button(key="assessment_close_yes").click().run()
    assert_sound(page)
    assert any("2020-06 已封存，第 1 版" in s.value.replace("\\", "") for s in page.success)
    assert "第 1 版，共 1 版" in text(page)
    assert "没有可更正的内容" in text(page)
    store = open_store(own_url)
    first = kept_bytes(store, "2020-06", 1)
    write(store, "stage_events", [started("P2", "2020-06-20")])

    page.run()
    assert "有 1 行不同" in text(page)
    page.button(key="assessment_correct").click().run()
    page.button(key="assessment_correct_yes").click().run()
    assert "理由" in page.error[0].value
    page.text_area[0].set_value("东城补报 *开工* 6 月 20 日").run()
    page.button(key="assessment_correct_yes").click().run()
    assert_sound(page)
    assert "2020-06.2" in page.query_params["version"]
    assert "东城补报 *开工* 6 月 20 日" in text(page)
    assert kept_bytes(store, "2020-06", 1) == first
    old, new = (read_month(store, "2020-06", v) for v in (1, 2))
    assert (old.districts()[1].part("starts").numerator, new.districts()[1].part("starts").numerator) == (
        1,
        2,
    )

    page.button(key="assessment_replay").click().run()
    assert any("完全一致" in s.value for s in page.success)
    changes = open_page(own_url, "assessment", month="2020-06", assess="changes")
    assert_sound(changes)
    told = text(changes)
    assert "更正理由：东城补报 *开工* 6 月 20 日" in told
    assert "项目进度新增 1 行" in told
    assert "东城区：得分 15.00 → 30.00，开工 1 个 / 4 个 → 2 个 / 4 个（P2-started）" in told
    assert "由本单位的台账行引起" in told
    assert {r["编号"] for r in table(changes, "原来", "现在")} == {"P2-started"}
    was = open_page(own_url, "assessment", month="2020-06", version="2020-06.1", district="110101")
    assert "东城区得分 15.00" in text(was)
    later = open_page(own_url, "assessment", month="2020-08", district="110101")
    assert "变化与 2020-06 的封存版（第 2 版）相比" in text(later)
    store.dispose()


def test_a_row_that_changed_after_the_closing_is_marked(open_page: OpenPage, own_url: str) -> None:
    page = as_role(open_page(own_url, "assessment", month="2020-06", assess="months"), "assessment_office")
    page.button(key="assessment_close").click().run()
    page.button(key="assessment_close_yes").click().run()
    write(open_store(own_url), "stage_events", [started("P4", "2020-03-05")])
    page = open_page(own_url, "assessment", month="2020-06", district="110102")
    row = next(r for r in table(page, "计入方式") if r["编号"] == "P4-started")
    assert row["台账现状"] == "已变更"
    assert "2020-03-02" in row["内容（按本版）"]


def test_the_running_month_is_looked_at_and_no_button_closes_it(
    open_page: OpenPage, small_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.months.beijing_today", lambda: dt.date(2020, 6, 30))
    monkeypatch.setattr("dashboard.assessment_months.beijing_today", lambda: dt.date(2020, 6, 30))
    page = as_role(open_page(small_url, "assessment", month="2020-06", assess="months"), "assessment_office")
    assert_sound(page)
    assert "2020-06 尚未结束，2020-06-30 过后才能封存" in text(page)
    assert "assessment_close" not in [b.key for b in page.button]


def test_the_demos_office_stands_by_its_name_not_by_its_code(open_page: OpenPage, own_url: str) -> None:
    page = as_role(open_page(own_url, "assessment", month="2020-06", assess="months"), "assessment_office")
    assert "10 项权重均未设定；照此封存" in text(page)
    page.button(key="assessment_close").click().run()
    page.button(key="assessment_close_yes").click().run()
    assert "由 绩效办 封存" in text(page)
    assert [r["办理人"] for r in table(page, "版次", "办理人")] == ["绩效办"]


@pytest.mark.parametrize("role", ["programme_office", "city_leader"])
def test_other_roles_look_and_do_not_close(open_page: OpenPage, small_url: str, role: str) -> None:
    page = as_role(open_page(small_url, "assessment", month="2020-06", assess="months"), role)
    assert_sound(page)
    assert "由绩效办办理" in text(page)
    assert "assessment_close" not in [b.key for b in page.button]


def test_a_district_sees_all_places_and_its_own_rows_alone(
    open_page: OpenPage, small_url: str, weights: None, for_everybody: None
) -> None:
    everyone = open_page(small_url, "assessment", district="110101")
    page = as_role(open_page(small_url, "assessment", district="110101"), "district", "110102")
    assert_sound(page)
    assert table(page, "开工名次") == table(everyone, "开工名次")
    assert "P3-started" in [r["编号"] for r in table(everyone, "计入方式")]
    # The address of another district leads to one's own.
    assert [r["编号"] for r in table(page, "计入方式")][:2] == ["P4-started", "P5-started"]
    cells = [str(v) for d in page.dataframe for v in d.value.to_numpy().ravel()]
    assert not any("P3" in c for c in cells)


def test_the_public_sees_places_and_no_row_nor_name(
    open_page: OpenPage, own_url: str, weights: None, for_everybody: None
) -> None:
    page = as_role(open_page(own_url, "assessment", month="2020-06", assess="months"), "assessment_office")
    page.button(key="assessment_close").click().run()
    page.button(key="assessment_close_yes").click().run()
    for subject in SUBJECTS:
        page = as_role(
            open_page(own_url, "assessment", month="2020-06", assess=subject, district="110102"), "public"
        )
        assert_sound(page)
        cells = [str(v) for d in page.dataframe for v in d.value.to_numpy().ravel()]
        assert not any("P4" in c or "C4" in c or "demo:" in c for c in cells)
        assert "由 绩效办 封存" in text(page) and "demo:" not in text(page)


def test_a_broken_file_of_weights_is_explained(
    open_page: OpenPage, small_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_ASSESSMENT_FILE", "/nowhere/权重.toml")
    page = open_page(small_url, "assessment")
    assert not page.exception
    assert "权重" in page.error[0].value and "nowhere" not in text(page)
