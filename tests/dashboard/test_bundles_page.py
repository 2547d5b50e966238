"""The page Bundles without a browser: made, changed with refusals, saved, opened again, by role."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from store.engine import open_store
from store.queries_bundles import bundle_project_rows, bundle_rows
from tests.dashboard.planning_town import planning_town
from tests.dashboard.test_what_if_page import finished, sound, text

OpenPage = Callable[..., AppTest]
DISTRICT = "110102"


@pytest.fixture
def town_url(tmp_path: Path) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'town.sqlite'}"
    planning_town(url).dispose()
    yield url


def made(page: AppTest) -> AppTest:
    page.number_input(key=f"bundles_distance.{DISTRICT}").set_value(250.0)
    page.number_input(key="bundles_most").set_value(2)
    button = next(b for b in page.button if b.label in ("自动打包", "Make bundles"))
    return finished(button.click().run(), "bundles.job")


def press(page: AppTest, label: str) -> AppTest:
    return sound(next(b for b in page.button if b.label == label).click().run())


def field(page: AppTest, start: str):  # type: ignore[no-untyped-def]
    return next(w for w in page.selectbox if str(w.key).startswith(start))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_bundles_in_both_languages(open_page: OpenPage, town_url: str, lang: str) -> None:
    page = made(sound(open_page(town_url, "bundles", district=DISTRICT, lang=lang)))
    wanted = (
        "4 个项目分成 2 包，合计 1,000 万元"
        if lang == "zh"
        else "4 projects in 2 bundles, CNY 10 million together"
    )
    assert wanted in text(page)
    totals = page.dataframe[0].value
    assert list(totals.iloc[:, 2]) == [300.0, 700.0]


def test_changes_by_hand_and_refusals_in_words(open_page: OpenPage, town_url: str) -> None:
    page = made(open_page(town_url, "bundles", district=DISTRICT))
    # PA has no neighbour in the second bundle (PC, PD).
    field(page, "bundles_move_p").set_value("PA")
    field(page, "bundles_move_b").set_value("PC")
    page = press(page, "移动")
    assert "不相邻" in page.warning[0].value.replace("\\", "")
    assert "4 个项目分成 2 包" in text(page)
    field(page, "bundles_merge_a").set_value("PA")
    field(page, "bundles_merge_b").set_value("PC")
    page = press(page, "合并")
    assert "4 个项目分成 1 包" in text(page)
    assert "项目数多于上限" in page.dataframe[0].value.iloc[0, -1]
    field(page, "bundles_split_b").set_value("PA")
    page = press(page, "拆分")
    assert "4 个项目分成 2 包" in text(page)
    page = press(press(page, "撤回上一步"), "撤回上一步")
    assert "4 个项目分成 2 包" in text(page)
    field(page, "bundles_move_p").set_value("PA")
    field(page, "bundles_move_b").set_value("out")
    page = press(page, "移动")
    assert "3 个项目分成 2 包" in text(page)
    assert "手工移出" in str(page.dataframe[2].value.to_dict())


def test_a_scheme_is_saved_opened_and_deleted(open_page: OpenPage, town_url: str) -> None:
    page = made(open_page(town_url, "bundles", district=DISTRICT))
    page = press(page, "保存方案")
    assert "先给方案起个名字" in page.warning[0].value.replace("\\", "")
    next(w for w in page.text_input if str(w.key).startswith("bundles_title")).set_value("第一批")
    page = press(page, "保存方案")
    store = open_store(town_url)
    assert bundle_rows(store, DISTRICT)["name"].tolist() == ["第一批-01", "第一批-02"]
    assert sorted(bundle_project_rows(store, DISTRICT)["project_id"]) == ["PA", "PB", "PC", "PD"]
    # What was on the table stays there, over the rows as they are now.
    assert "4 个项目分成 2 包" in text(page)
    again = sound(open_page(town_url, "bundles", district=DISTRICT))
    assert "本区共 1 个" in text(again)
    again.selectbox(key="bundles_scheme").set_value("2020/第一批").run()
    again = press(again, "打开")
    assert "4 个项目分成 2 包，合计 1,000 万元" in text(again)
    again.selectbox(key="bundles_scheme").set_value("2020/第一批").run()
    again = press(again, "删除")
    assert bundle_rows(store, DISTRICT).empty
    store.dispose()


def test_impossible_rules_and_empty_places_are_said(
    open_page: OpenPage, town_url: str, sqlite_url: str
) -> None:
    page = open_page(town_url, "bundles", district=DISTRICT)
    page.number_input(key="bundles_least").set_value(9)
    page = press(page, "自动打包")
    assert "条件不能成立" in page.warning[0].value.replace("\\", "")
    assert "先选一个区" in text(sound(open_page(town_url, "bundles")))
    assert "储备库里没有可以打包的项目" in text(sound(open_page(town_url, "bundles", district="110101")))
    open_store(sqlite_url).dispose()
    assert "还没有数据" in text(sound(open_page(sqlite_url, "bundles")))
