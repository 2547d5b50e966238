"""The pages Money and Long-term themselves, run without a browser."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from store.engine import open_store
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES
from tests.dashboard.money_store import _tables, money_store
from tests.fresh import fresh_store

OpenPage = Callable[..., AppTest]
MONEY = ("flow", "states", "investment", "rules", "cases", "liability")
LONG_TERM = ("rates", "chain", "items", "visits", "pilots")
SUBJECTS = [("money", s) for s in MONEY] + [("long_term", s) for s in LONG_TERM]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fresh_store(tmp_path_factory.mktemp("pages") / "atlas.sqlite", money_store)


def markup(page: AppTest) -> str:
    return "\n".join(e.proto.body for e in page.get("html"))  # type: ignore[attr-defined]


def text(page: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", markup(page)))


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert [e.value for e in page.error] == []
    # A code without a sentence would show itself.
    assert not re.search(r"\b(money|money_page|money_code|record|long_term|page)\.[a-z_]+", text(page))


@pytest.mark.parametrize(("view", "subject"), SUBJECTS)
def test_every_subject_for_the_city_and_for_a_subdistrict(
    open_page: OpenPage, url: str, view: str, subject: str
) -> None:
    page = open_page(url, view, **{view: subject})
    assert_sound(page)
    assert page.query_params[view] in (subject, [subject])
    assert "截至 2020-08-31" in text(page)
    page = open_page(url, view, lang="en", subdistrict="110102001", **{view: subject})
    assert_sound(page)
    assert "as of 2020-08-31" in text(page).lower()


@pytest.mark.parametrize("view", ["money", "long_term"])
def test_an_empty_store_says_what_to_do(open_page: OpenPage, sqlite_url: str, view: str) -> None:
    open_store(sqlite_url).dispose()
    page = open_page(sqlite_url, view)
    assert_sound(page)
    assert "还没有数据" in text(page)


@pytest.mark.parametrize(("view", "subject"), SUBJECTS)
def test_a_city_without_money_has_no_fault(
    open_page: OpenPage, small_url: str, view: str, subject: str
) -> None:
    assert_sound(open_page(small_url, view, **{view: subject}))


@pytest.mark.parametrize("register", ["findings", "loans", "supports"])
def test_every_register(open_page: OpenPage, url: str, register: str) -> None:
    page = open_page(url, "money", money="rules", register=register)
    assert_sound(page)
    assert page.dataframe.len >= 1


def test_a_figure_opens_its_rows(open_page: OpenPage, url: str) -> None:
    page = open_page(url, "money", district="110102")
    box = page.selectbox(key="money_open_entry_id")
    label = next(o for o in box.options if o.startswith("市级财政 · 基础类 · 支付"))
    box.select(label).run()
    assert_sound(page)
    assert list(page.dataframe[-1].value["记录编号"]) == ["F8"]
    assert "支付 1 行，460 万元（460,000,000 分）" in text(page)


def test_names_from_data_are_text(open_page: OpenPage, url: str) -> None:
    page = open_page(url, "long_term", long_term="pilots")
    assert "**先尝后买** <i>模式</i>" in text(page) or "&lt;i&gt;" in markup(page)
    assert "<i>模式" not in markup(page)


def test_money_that_cannot_be_counted_is_explained(open_page: OpenPage, tmp_path: Path) -> None:
    address = fresh_store(tmp_path / "atlas.sqlite", money_store)
    store = open_store(address)
    rows = _tables()["funding_entries"].iloc[:1].assign(entry_id="ODD", state="promised")
    with store.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key="t", actor="t", is_synthetic=True)
        apply_rows(conn, run, BASE_TABLES["funding_entries"], rows, is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
    store.dispose()
    page = open_page(address, "money")
    assert_sound(page)
    assert "资金 ODD 的状态“promised”不是计划、拨付或支付" in text(page)
