"""Issues on the map: a click on one opens its card, a click on the ground is the place of a new one."""

import re

import pytest

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MAP = "iframe[title*='folium']"


def test_a_click_opens_a_card_and_another_gives_a_place(visitor: Visitor) -> None:
    page = visitor.open("/issues?issues=map&district=110101&issue_state=all")
    points = page.frame_locator(MAP).first.locator(".atlas-point")
    points.first.wait_for(timeout=60_000)
    points.first.dispatch_event("click")
    page.locator(".st-key-panel_issue").wait_for(timeout=60_000)
    visitor.still()
    page.get_by_role("button", name="关闭卡片").click()
    page.locator(".st-key-panel_longest").wait_for(timeout=60_000)
    page.locator("summary", has_text="报告问题").click()
    page.get_by_text("在地图上点", exact=True).click()
    visitor.still()
    ground = page.frame_locator(MAP).nth(1)
    ground.locator("path.leaflet-interactive").first.wait_for(timeout=60_000)
    ground.locator(".leaflet-container").click()
    told = page.locator("p.atlas-note", has_text=re.compile("东经 116.*东城区"))
    told.wait_for(timeout=60_000)
    visitor.assert_clean()
