"""The page What if without a browser: siting, an infeasible budget, a move, saving and comparing, by role."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from store.engine import open_store
from store.queries_siting import scenario_rows
from tests.dashboard.planning_town import planning_town, spot

OpenPage = Callable[..., AppTest]
DISTRICT = "110101"


@pytest.fixture
def town_url(tmp_path: Path) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'town.sqlite'}"
    planning_town(url).dispose()
    yield url


def text(page: AppTest) -> str:
    body = "\n".join(e.proto.body for e in page.get("html"))  # type: ignore[attr-defined]
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def sound(page: AppTest) -> AppTest:
    assert not page.exception
    assert [e.value for e in page.error] == []
    # A code without a sentence would show itself.
    assert not re.search(r"\b(what_if|bundles|choice|unit|empty|page)\.[a-z_]+", text(page))
    return page


def finished(page: AppTest, key: str) -> AppTest:
    """The page once its work in the background has ended."""
    for _ in range(600):
        if key not in page.session_state:
            return sound(page)
        job = page.session_state[key]
        job.wait(0.2)
        page.run()
    raise AssertionError("the work never ended")


def start(page: AppTest) -> AppTest:
    button = next(b for b in page.button if b.label in ("开始推演", "Work it out"))
    return finished(button.click().run(), "what_if.job")


def field(page: AppTest, kind: str, end: str):  # type: ignore[no-untyped-def]
    return next(w for w in getattr(page, kind) if str(w.key).endswith(end))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_smallest_set_in_both_languages(open_page: OpenPage, town_url: str, lang: str) -> None:
    page = start(sound(open_page(town_url, "what_if", district=DISTRICT, lang=lang)))
    told = text(page)
    if lang == "zh":
        assert (
            "开放存量用房 1 处、新建 1 处，能到达的居民由 300 / 1,550 人 (19.4 %) 增加到 1,550 / 1,550 人"
            in told
        )
        assert "已证明为最优" in told
        assert "1 处存量用房已对居民开放" in told
        assert "依据 GB 50180-2018" in told
    else:
        assert "open existing rooms: 1, build: 1" in told
        assert "Proven to be the best" in told
    chosen = page.dataframe[0].value
    assert list(chosen.iloc[:, 1]) == ["R1用房", "L1地块"]
    assert list(chosen.iloc[:, 4]) == [1200, 50]


def test_an_infeasible_budget_says_what_would_do(open_page: OpenPage, town_url: str) -> None:
    page = open_page(town_url, "what_if", district=DISTRICT)
    field(page, "number_input", ".budget").set_value(100.0)
    page = start(page)
    assert "按这些条件没有可行的方案" in text(page)
    assert len(page.warning) == 1
    assert "250 万元" in page.warning[0].value.replace("\\", "")


def test_a_kind_without_a_distance_asks_for_the_planners_own(open_page: OpenPage, town_url: str) -> None:
    page = sound(open_page(town_url, "what_if", district=DISTRICT, wi_kind="elderly_institution"))
    assert "没有给出服务距离（未设定）" in text(page)
    page = next(b for b in page.button if b.label == "开始推演").click().run()
    assert "what_if.job" not in page.session_state
    assert "没有服务半径" in page.warning[0].value.replace("\\", "")
    page = open_page(town_url, "what_if", district=DISTRICT)
    field(page, "number_input", ".radius").set_value(150.0)
    assert "服务半径 150 米为规划师自定，不是标准要求" in text(start(page))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_moved_facility_by_hand(open_page: OpenPage, town_url: str, lang: str) -> None:
    to = spot(1100)
    at = {"wi_facility": "F1", "wi_at": f"{to.x:.6f},{to.y:.6f}"}
    page = sound(open_page(town_url, "what_if", district=DISTRICT, wi="move", lang=lang, **at))
    page = finished(page, "what_if.desk_job")
    told = text(page)
    # H3 and H4 (100 m each) come within 300 m; H1 and H2 fall out of it.
    assert ("1,200 人（2 个小区）变得能到达，300 人（2 个小区）不再能到达" in told) == (lang == "zh")
    assert ("1,200 residents in 2 communities come within reach" in told) == (lang == "en")
    closed = finished(
        open_page(
            town_url, "what_if", district=DISTRICT, wi="move", wi_act="close", wi_facility="F1", lang=lang
        ),
        "what_if.desk_job",
    )
    assert ("0 人（0 个小区）变得能到达，300 人（2 个小区）不再能到达" in text(closed)) == (lang == "zh")


def test_nonsense_in_the_address_moves_nothing(open_page: OpenPage, town_url: str) -> None:
    page = open_page(town_url, "what_if", district=DISTRICT, wi="move", wi_facility="<b>", wi_at="nan,1e400")
    page = finished(page, "what_if.desk_job")
    assert "先选一处设施" in text(page)
    assert page.query_params["wi_facility"] in ("", [""])


def test_scenarios_are_saved_compared_and_taken_out(open_page: OpenPage, town_url: str) -> None:
    for name, radius in (("先开用房", None), ("放宽半径", 500.0)):
        page = open_page(town_url, "what_if", district=DISTRICT)
        if radius:
            field(page, "number_input", ".radius").set_value(radius)
        page = start(page)
        page.text_input(key="what_if_save_name").set_value(name)
        page = sound(next(b for b in page.button if b.label == "保存为方案").click().run())
    store = open_store(town_url)
    rows = scenario_rows(store)
    assert sorted(rows["name"]) == sorted(["先开用房", "放宽半径"])
    assert rows["saved_by"].str.len().min() > 0
    assert {r["totals"]["residents_before"] for r in rows["result"]} == {300}
    ids = "+".join(rows["scenario_id"])
    page = sound(open_page(town_url, "what_if", district=DISTRICT, wi="saved", wi_compare=ids))
    assert "哪个方案更好？" in text(page)
    assert "服务半径不同" in page.warning[0].value.replace("\\", "")
    chosen = rows["scenario_id"].iloc[0]
    opened = sound(open_page(town_url, "what_if", district=DISTRICT, wi="saved", wi_scenario=chosen))
    assert "能到达的居民由 300 / 1,550 人" in text(opened)
    sound(opened.button(key=f"what_if_delete.{chosen}").click().run())
    assert chosen not in set(scenario_rows(store)["scenario_id"])
    store.dispose()


def test_who_may_only_read_is_offered_no_saving(open_page: OpenPage, town_url: str) -> None:
    page = open_page(town_url, "what_if", district=DISTRICT)
    page.session_state["access.role"] = "city_leader"
    page = start(page.run())
    assert "已证明为最优" in text(page)
    assert "保存为方案" not in [b.label for b in page.button]


def test_a_planner_of_one_street_counts_its_own_homes(open_page: OpenPage, town_url: str) -> None:
    page = open_page(town_url, "what_if", district=DISTRICT)
    page.session_state["access.role"] = "responsible_planner"
    page.session_state["access.areas"] = ("110101002",)
    page = start(page.run())
    # All homes of the town lie in the other subdistrict: neither their number nor their names are told.
    told = text(page)
    assert "这里没有居民数已登记的小区" in told
    assert "1,550" not in told
    assert all("H1院" not in str(d.value.to_dict()) for d in page.dataframe)


def test_without_a_district_one_is_chosen_first(open_page: OpenPage, town_url: str, sqlite_url: str) -> None:
    page = sound(open_page(town_url, "what_if"))
    assert "先选一个区" in text(page)
    open_store(sqlite_url).dispose()
    empty = open_page(sqlite_url, "what_if")
    assert "还没有数据" in text(sound(empty))
    elsewhere = start(sound(open_page(town_url, "what_if", district="110116")))
    assert "这里没有居民数已登记的小区" in text(elsewhere)
