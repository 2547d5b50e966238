"""The pages themselves, run without a browser on the small city and on an empty store."""

import html
import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.pages import PAGES, existing_pages
from store.engine import open_store
from tests.dashboard.small_store import WILD_NAME

OpenPage = Callable[..., AppTest]
VIEWS = ("overview", "old_buildings")


def markup(page: AppTest) -> str:
    return "\n".join(e.proto.body for e in page.get("html"))  # type: ignore[attr-defined]


def text(page: AppTest) -> str:
    """What stands on the page in our own elements, without the marks."""
    return html.unescape(re.sub(r"<[^>]+>", " ", markup(page)))


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert [e.value for e in page.error] == []
    # A code without a sentence would show itself.
    assert not re.search(r"\b(overview|old|reason|headline|legend|col|measure|unit)\.[a-z_]+", text(page))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "area", [{}, {"district": "110101"}, {"subdistrict": "110102002"}, {"district": "110116"}]
)
def test_every_page_in_both_languages_for_every_kind_of_area(
    open_page: OpenPage, small_url: str, view: str, lang: str, area: dict
) -> None:
    page = open_page(small_url, view, lang=lang, **area)
    assert_sound(page)
    assert ("Synthetic" in text(page) or "synthetic" in text(page)) == (lang == "en")
    assert ("模拟" in text(page)) == (lang == "zh")


@pytest.mark.parametrize("view", VIEWS)
def test_an_empty_store_says_what_to_do(open_page: OpenPage, sqlite_url: str, view: str) -> None:
    open_store(sqlite_url).dispose()
    page = open_page(sqlite_url, view)
    assert_sound(page)
    assert "还没有数据" in text(page)
    assert page.dataframe.len == 0


def test_the_leader_sees_targets_and_the_worst_district(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url)
    for words in ("3 / 6 个", "2 / 4 个", "1,800 / 3,000 万元", "最靠后的是东城区", "截至 2020-08-31"):
        assert words in text(page)


def test_the_address_holds_the_whole_view(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, district="110101", measure="completions", central="without", lang="en")
    assert page.selectbox(key="bar_district").value == "110101"
    assert page.selectbox(key="bar_central").value == "without"
    assert page.query_params["measure"] == "completions"
    again = open_page(
        small_url, **{k: v[0] if isinstance(v, list) else v for k, v in page.query_params.items()}
    )
    assert text(again) == text(page)


def test_choosing_in_the_bar_changes_view_and_address(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url)
    page.selectbox(key="bar_district").select("110102").run()
    assert_sound(page)
    assert page.query_params["district"] == "110102"
    assert "2 / 2 个" in text(page)
    page.selectbox(key="bar_subdistrict").select("110102002").run()
    assert page.query_params["subdistrict"] == "110102002"
    page.selectbox(key="bar_district").select("110101").run()
    assert page.query_params["subdistrict"] == "all"
    page.button(key="overview_back").click().run()
    assert page.query_params["district"] == "all"
    page.selectbox(key="bar_lang").select("en").run()
    assert "Whole city" in text(page)


def test_the_view_goes_along_to_another_page(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, district="110101", lang="en", month="2020-04")
    page.switch_page("views/old_buildings.py").run()
    assert page.selectbox(key="bar_district").value == "110101"
    assert page.selectbox(key="bar_month").value == "2020-04"
    assert "Dongcheng" in text(page)


def test_an_impossible_address_is_said_to_be_one(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, year="1066", district="<script>", measure="'; --", pace="x")
    assert_sound(page)
    assert "年度、区" in text(page)
    assert "<script>" not in markup(page)
    assert page.query_params["measure"] == "starts"


def test_names_from_data_are_shown_as_they_are(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, district="110101")
    assert WILD_NAME in list(page.dataframe[0].value["项目名称"])
    assert "<b>" not in markup(page)
    listed = open_page(small_url, "old_buildings", list="mixed")
    assert WILD_NAME in list(listed.dataframe[1].value["小区"])


@pytest.mark.parametrize(
    ("kind", "stock"),
    [("mixed", "mixed"), ("unknown", "unknown"), ("not_surveyed", "surveyed"), ("pre_2000", "pre_2000")],
)
def test_every_list_and_measure_of_old_buildings(
    open_page: OpenPage, small_url: str, kind: str, stock: str
) -> None:
    assert_sound(open_page(small_url, "old_buildings", list=kind, stock=stock))


@pytest.mark.parametrize(
    ("measure", "pace"),
    [
        ("completions", "planned"),
        ("investment_fen", "planned"),
        ("investment_fen", "calendar"),
        ("confirmed", "calendar"),
        ("pre_2000", "calendar"),
    ],
)
def test_every_measure_and_pace_of_the_overview(
    open_page: OpenPage, small_url: str, measure: str, pace: str
) -> None:
    assert_sound(open_page(small_url, measure=measure, pace=pace))


def test_a_store_that_is_none_is_an_explained_error(open_page: OpenPage, tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "broken.sqlite"
    file.write_bytes(b"not a database at all" * 100)
    page = open_page(f"sqlite:///{file}")
    assert not page.exception
    assert len(page.error) == 1
    assert "Traceback" not in page.error[0].value


def test_the_navigation_lists_the_pages_that_exist() -> None:
    assert [p.key for p in existing_pages()][:1] == ["overview"]
    assert {p.key for p in existing_pages()} >= set(VIEWS)
    assert len({p.key for p in PAGES}) == len(PAGES)
