"""What a planner does on the map: narrow, count, take along; fly, click, recolour without the map moving."""

import csv
import re

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Server, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CANVAS = "[data-testid=stDeckGlJsonChart] canvas"


def kept(page: Page) -> int:
    found = re.search(r"([\d,]+) / [\d,]+", page.locator(".atlas-headline").first.inner_text())
    assert found
    return int(found.group(1).replace(",", ""))


def listen_for_tiles(visitor: Visitor) -> list[str]:
    asked: list[str] = []
    visitor.page.on("request", lambda r: asked.append(r.url) if "/tiles/" in r.url else None)
    return asked


def test_what_is_counted_is_what_is_taken_along(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=buildings&years=1940-1999&nolift=1&noproject=1")
    count = kept(page)
    assert count > 0
    page.get_by_text("查看明细").first.click()  # the rows are sent when they come into view
    with page.expect_download() as started:
        page.locator(".st-key-panel_map_rows").get_by_role("button", name="下载 CSV").click()
    with started.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert all(int(row["建成年份"]) <= 1999 and row["电梯（部）"] == "0" for row in rows)
    visitor.assert_clean()


def test_colours_and_filters_send_no_shape_again(visitor: Visitor) -> None:
    page = visitor.open("/map?district=110101")
    page.wait_for_timeout(4000)
    before = kept(page)
    asked = listen_for_tiles(visitor)
    page.get_by_text("没有电梯", exact=True).click()
    visitor.still()
    assert "nolift=1" in page.url and kept(page) < before
    page.locator(".st-key-map_colour").get_by_role("combobox").click()
    page.get_by_role("option", name=re.compile("项目阶段")).click()
    visitor.still()
    assert "colour=stage" in page.url
    page.wait_for_timeout(1500)
    assert asked == []  # the map has not moved, and nothing is loaded anew
    visitor.assert_clean()


def test_a_click_on_a_community_opens_its_card_and_moves_nothing(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=communities")
    page.get_by_role("textbox", name="找小区").fill("DEMO 没有这个")
    page.keyboard.press("Enter")
    visitor.still()
    assert page.get_by_text("没有找到").count() == 1
    page.get_by_role("textbox", name="找小区").fill("号院")
    page.keyboard.press("Enter")
    visitor.still()
    page.locator("[class*=st-key-map_hit_] button").first.click()
    visitor.still()
    page.wait_for_timeout(5000)
    flown_to = re.search(r"[?&]at=([^&#]+)", page.url)
    assert flown_to and f"community={flown_to.group(1)}" in page.url
    page.get_by_role("button", name="关闭卡片").click()
    visitor.still()
    assert "community=" not in re.sub(r"community=(&|#|$)", "", page.url)
    visitor.assert_clean()


def test_a_click_on_the_map(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=communities")
    page.get_by_role("textbox", name="找小区").fill("号院")
    page.keyboard.press("Enter")
    visitor.still()
    page.locator("[class*=st-key-map_hit_] button").first.click()
    visitor.still()
    page.wait_for_timeout(6000)
    first = page.locator("#atlas-card").inner_text()
    box = page.locator(CANVAS).first.bounding_box()
    assert box
    asked = listen_for_tiles(visitor)
    # The flight ends with the community in the middle of the map; a click there is a click on it.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.still()
    page.wait_for_timeout(1000)
    assert page.locator("#atlas-card").inner_text() == first
    assert asked == []
    visitor.assert_clean()


def test_an_address_opens_the_card_for_someone_else(visitor: Visitor, browser: Browser) -> None:
    page = visitor.open("/map?kind=communities")
    page.get_by_role("textbox", name="找小区").fill("号院")
    page.keyboard.press("Enter")
    visitor.still()
    page.locator("[class*=st-key-map_hit_] button").first.click()
    visitor.still()
    name, url = page.locator("#atlas-card").inner_text(), page.url
    other = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = other.new_page()
    tab.goto(url, wait_until="load")
    tab.locator("#atlas-card").wait_for(timeout=60_000)
    assert tab.locator("#atlas-card").inner_text() == name
    other.close()


def test_a_browser_without_webgl_gets_the_simple_map(server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    # What a browser without a graphics card and without a software one answers.
    context.add_init_script(
        "const own = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        "  return String(kind).startsWith('webgl') ? null : own.call(this, kind, ...more); };"
    )
    page = context.new_page()
    page.goto(f"{server.base}/map?district=110101", wait_until="load")
    page.get_by_text("已改用简图").wait_for(timeout=60_000)
    page.frame_locator("iframe").locator("path").first.wait_for(timeout=60_000)
    assert page.locator("[data-testid=stException]").count() == 0
    context.close()
