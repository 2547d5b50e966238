"""Every page in both languages, wide and narrow, with no way out of the machine."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from dashboard.pages import existing_pages
from tests.browser.conftest import Server, Visitor, _visitor
from tests.browser.desk import choose

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
KEYS = [page.key for page in existing_pages()]


@pytest.fixture(scope="module")
def wide(browser: Browser) -> Iterator[BrowserContext]:
    """One desktop for all pages, as an office has one: what was fetched once is kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    yield context
    context.close()


@pytest.fixture
def visitor(wide: BrowserContext, server: Server) -> Iterator[Visitor]:
    """A new tab of that desktop."""
    opened = _visitor(wide, server.base)
    yield opened
    opened.page.close()


@pytest.fixture(scope="module")
def telephone(browser: Browser) -> Iterator[BrowserContext]:
    """One telephone for all pages."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    yield context
    context.close()


@pytest.fixture
def narrow_visitor(telephone: BrowserContext, server: Server) -> Iterator[Visitor]:
    """A new tab of that telephone."""
    opened = _visitor(telephone, server.base)
    yield opened
    opened.page.close()


@pytest.mark.parametrize("key", KEYS)
def test_a_page_renders_in_both_languages_without_leaving_the_machine(visitor: Visitor, key: str) -> None:
    page = visitor.open(f"/{key}?lang=zh")
    page.wait_for_timeout(1500)  # maps ask for their tiles after the script has ended
    _assert_readable(visitor, "zh")
    choose(visitor, "lang", "English")
    assert "lang=en" in page.url
    _assert_readable(visitor, "en")


def _assert_readable(visitor: Visitor, lang: str) -> None:
    visitor.assert_clean()
    text = visitor.page.locator("[data-testid=stMain]").inner_text()
    assert len(text) > 80
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in text) / len(text)
    assert chinese > 0.15 if lang == "zh" else chinese < 0.1  # names from data stay as they are
    assert visitor.page.locator(".atlas-ribbon").count() >= 1  # the demo says that it is synthetic


@pytest.mark.parametrize("key", KEYS)
def test_a_narrow_window_is_one_column(narrow_visitor: Visitor, key: str) -> None:
    page = narrow_visitor.open(f"/{key}")
    narrow_visitor.assert_clean()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 1


def test_the_address_opens_the_same_view_for_someone_else(visitor: Visitor) -> None:
    page = visitor.open("/overview?district=110101&central=without&lang=en")
    assert "Dongcheng" in page.locator("[data-testid=stMain]").inner_text()
    assert "district=110101" in page.url and "central=without" in page.url
    visitor.assert_clean()


def test_junk_in_the_address_is_said_and_survived(visitor: Visitor) -> None:
    page = visitor.open("/overview?district=<script>&year=abc&month=9999-99&lang=xx")
    assert page.locator("[data-testid=stMain]").inner_text()
    visitor.assert_clean()
