"""An area drawn on the map and the map's place in the address, in a real browser.

These tests also pin what `static/maps/map_view.js` reads of the page's own React tree to the Streamlit in use.
"""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from dashboard.words import Words
from store.engine import open_store
from store.tables import buildings, communities, community_links, project_communities
from tests.browser.conftest import Server, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
VIEW_JS = Path(__file__).resolve().parents[2] / "dashboard" / "static" / "maps" / "map_view.js"
CANVAS = "[data-testid=stDeckGlJsonChart] canvas"
PLACE = re.compile(r"#(\d+(?:\.\d+)?)/(-?\d+(?:\.\d+)?)/(-?\d+(?:\.\d+)?)(?:/(-?[\d.]+)/([\d.]+))?")
WORDS = Words("zh")


@dataclass(frozen=True)
class Look:
    """What the address says of the place."""

    zoom: float
    lat: float
    lon: float
    bearing: float = 0.0
    pitch: float = 0.0


def look(page: Page) -> Look | None:
    found = PLACE.fullmatch(str(page.evaluate("location.hash")))
    return Look(*(float(n) for n in found.groups(default="0"))) if found else None


def settled(page: Page, *, other_than: Look | None = None) -> Look:
    """The place in the address when it has stood for half a second."""
    last, calm = None, 0
    for _ in range(150):
        now = look(page)
        calm = calm + 1 if now is not None and now == last and now != other_than else 0
        last = now
        if calm >= 4:
            assert now is not None
            return now
        page.wait_for_timeout(150)
    raise AssertionError(f"the address never came to rest: {page.url}")


def area_text(page: Page) -> str:
    return parse_qs(urlparse(page.url).query).get("area", [""])[0]


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split("_")[1:]]


def button(page: Page, name: str) -> Locator:
    return page.locator(".st-key-map_tools").get_by_role("button", name=WORDS.say(f"map.draw_{name}"))


def open_map(visitor: Visitor, query: str = "kind=communities", place: str = "") -> Page:
    page = visitor.open(f"/map?{query}{place}")
    settled(page)
    expect(button(page, "box")).to_be_enabled()
    page.locator(CANVAS).scroll_into_view_if_needed()
    return page


def canvas_box(page: Page) -> dict[str, float]:
    box = page.locator(CANVAS).bounding_box()
    assert box
    return dict(box)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the map to another, as shares of its width and height."""
    box = canvas_box(page)
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=6)
    page.mouse.up()


def click(page: Page, x: float, y: float) -> None:
    box = canvas_box(page)
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_timeout(400)  # two clicks that follow at once would end the outline


def ground(at: Look, box: dict[str, float], x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude under a place of a level map, by the Mercator formula."""
    size = 512 * 2**at.zoom
    right = size * (at.lon + 180) / 360 + (x - 0.5) * box["width"]
    down = size * (1 - math.asinh(math.tan(math.radians(at.lat))) / math.pi) / 2
    down += (y - 0.5) * box["height"]
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down / size))))
    return right / size * 360 - 180, lat


def wait_for_area(visitor: Visitor, before: str = "") -> str:
    for _ in range(100):
        if area_text(visitor.page) != before:
            visitor.still()
            return area_text(visitor.page)
        visitor.page.wait_for_timeout(150)
    raise AssertionError("no area came into the address")


def kept(page: Page) -> int:
    found = re.search(r"([\d,]+) / [\d,]+", page.locator(".atlas-headline").first.inner_text())
    assert found
    return int(found.group(1).replace(",", ""))


def homes_in(url: str, shape: shapely.Polygon) -> pd.DataFrame:
    """The communities whose centre lies in a shape, straight from the store's tables."""
    store = open_store(url)
    rows = store.layer(
        select(
            communities.c.community_id,
            communities.c.households,
            communities.c.point,
            community_links.c.buildings,
            community_links.c.pre_2000_buildings,
            community_links.c.boundary.label("geometry"),
        ).join(community_links, community_links.c.community_id == communities.c.community_id)
    )
    points = gpd.GeoSeries(
        [None if p is None or pd.isna(p) else shapely.from_wkb(p) for p in rows["point"].astype(object)],
        index=rows.index,
        crs="EPSG:4326",
    )
    extents = rows.geometry.fillna(points).bounds
    centres = shapely.points((extents["minx"] + extents["maxx"]) / 2, (extents["miny"] + extents["maxy"]) / 2)
    return pd.DataFrame(rows.drop(columns="geometry"))[shapely.covers(shape, centres)]


def downloaded(page: Page) -> list[dict[str, str]]:
    # The rows are sent when they come into view.
    page.locator(".st-key-panel_map_rows").scroll_into_view_if_needed()
    with page.expect_download() as started:
        page.locator(".st-key-panel_map_rows").get_by_role("button", name="下载 CSV").click()
    with started.value.path().open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def outline(page: Page) -> str:
    return str(page.locator("svg.atlas-area path.edge").get_attribute("d") or "")


# --- an area -------------------------------------------------------------------------------------------
def test_a_rectangle_is_counted_added_up_taken_along_and_opened_by_someone_else(
    visitor: Visitor, demo_url: str, browser: Browser
) -> None:
    page = open_map(visitor)
    everything = kept(page)
    at, box = settled(page), canvas_box(page)
    button(page, "box").click()
    assert button(page, "box").get_attribute("aria-pressed") == "true"
    drag(page, (0.3, 0.2), (0.75, 0.8))
    west, south, east, north = numbers(wait_for_area(visitor))
    assert button(page, "box").get_attribute("aria-pressed") == "false"
    # The rectangle lies where it was drawn: a pixel is some 40 m wide here.
    assert (west, north) == pytest.approx(ground(at, box, 0.3, 0.2), abs=0.002)
    assert (east, south) == pytest.approx(ground(at, box, 0.75, 0.8), abs=0.002)

    expected = homes_in(demo_url, shapely.box(west, south, east, north))
    assert 0 < len(expected) < everything and kept(page) == len(expected)
    totals = page.locator(".st-key-panel_map_area").inner_text()
    assert f"{int(expected['households'].sum()):,} 户" in totals
    without = int(expected["households"].isna().sum())
    assert not without or f"另有 {without} 个未登记" in totals
    assert (
        f"{int(expected['buildings'].sum()):,} 栋，其中 2000 年以前 {expected['pre_2000_buildings'].sum():,}"
        in totals
    )
    links = open_store(demo_url).frame(select(project_communities))
    projects = links.loc[links["community_id"].isin(expected["community_id"]), "project_id"].nunique()
    assert f"涉及项目：{projects} 个" in totals
    assert {row["编号"] for row in downloaded(page)} == set(expected["community_id"])

    drawn, place, figure = outline(page), settled(page), page.locator(".atlas-headline").inner_text()
    assert drawn
    other = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    guest = Visitor(other.new_page(), visitor.base)
    guest.page.goto(page.url, wait_until="load")
    guest.still()
    assert settled(guest.page) == place
    assert guest.page.locator(".atlas-headline").inner_text() == figure
    assert outline(guest.page) == drawn
    other.close()

    button(page, "clear").click()
    visitor.still()
    assert area_text(page) == "" and kept(page) == everything and outline(page) == ""
    visitor.assert_clean()


def test_a_polygon_of_footprints(visitor: Visitor, demo_url: str) -> None:
    page = open_map(visitor, "kind=buildings")
    button(page, "poly").click()
    for x, y in ((0.3, 0.2), (0.8, 0.3), (0.6, 0.8), (0.5, 0.4)):  # not convex
        click(page, x, y)
    box = canvas_box(page)
    page.mouse.dblclick(box["x"] + 0.25 * box["width"], box["y"] + 0.7 * box["height"])
    values = numbers(wait_for_area(visitor))
    assert len(values) == 10
    shape = shapely.Polygon(list(zip(values[::2], values[1::2], strict=True)))
    houses = open_store(demo_url).layer(select(buildings.c.building_id, buildings.c.geometry))
    extents = houses.geometry.bounds
    centres = shapely.points((extents["minx"] + extents["maxx"]) / 2, (extents["miny"] + extents["maxy"]) / 2)
    expected = set(houses.loc[shapely.covers(shape, centres), "building_id"])
    assert 0 < len(expected) < len(houses) and kept(page) == len(expected)
    assert {row["编号"] for row in downloaded(page)} == expected
    # A filter narrows the rows inside, and the area stays.
    page.get_by_text("没有电梯", exact=True).click()
    visitor.still()
    assert kept(page) <= len(expected) and numbers(area_text(page)) == values
    visitor.assert_clean()


def test_the_area_follows_the_map(visitor: Visitor) -> None:
    page = open_map(visitor)
    button(page, "box").click()
    drag(page, (0.4, 0.4), (0.6, 0.6))
    west, _, _, north = numbers(text := wait_for_area(visitor))
    before, at = outline(page), settled(page)
    drag(page, (0.5, 0.5), (0.6, 0.55))
    now, box = settled(page, other_than=at), canvas_box(page)
    assert outline(page) != before
    pixels = re.findall(r"(-?[\d.]+) (-?[\d.]+)", outline(page))
    left, top = min(float(x) for x, _ in pixels), min(float(y) for _, y in pixels)
    assert ground(now, box, left / box["width"], top / box["height"]) == pytest.approx(
        (west, north), abs=0.001
    )
    assert area_text(page) == text


def test_escape_gives_a_drawing_up(visitor: Visitor) -> None:
    page = open_map(visitor)
    button(page, "poly").click()
    click(page, 0.4, 0.4)
    click(page, 0.6, 0.4)
    assert outline(page)
    page.keyboard.press("Escape")
    assert outline(page) == "" and button(page, "poly").get_attribute("aria-pressed") == "false"
    at = settled(page)
    drag(page, (0.5, 0.5), (0.6, 0.6))  # the map takes the mouse again
    settled(page, other_than=at)
    assert area_text(page) == ""


def test_what_the_map_shows_is_an_area_by_keyboard_alone(visitor: Visitor) -> None:
    page = open_map(visitor, place="#12.5/39.92/116.41")
    at, box = settled(page), canvas_box(page)
    button(page, "box").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    west, south, east, north = numbers(wait_for_area(visitor))
    assert (west, north) == pytest.approx(ground(at, box, 0, 0), abs=0.001)
    assert (east, south) == pytest.approx(ground(at, box, 1, 1), abs=0.001)


def test_an_outline_that_crosses_itself_is_refused(visitor: Visitor) -> None:
    page = open_map(visitor)
    everything = kept(page)
    button(page, "poly").click()
    for x, y in ((0.3, 0.3), (0.7, 0.7), (0.7, 0.3), (0.3, 0.7)):
        click(page, x, y)
    page.keyboard.press("Enter")
    page.get_by_text(WORDS.say("map.area_crossing")).wait_for()
    visitor.still()
    assert area_text(page) == "" and kept(page) == everything and outline(page) == ""
    button(page, "clear").click()
    page.get_by_text(WORDS.say("map.area_crossing")).wait_for(state="detached")
    visitor.assert_clean()


@pytest.mark.parametrize(
    ("text", "code"),
    [("poly_116_39_117_40_117_39_116_40", "crossing"), ("<b>", "malformed")],
)
def test_an_area_in_the_address_that_can_not_be(visitor: Visitor, text: str, code: str) -> None:
    page = open_map(visitor, f"kind=communities&area={text}")
    assert page.get_by_text(WORDS.say(f"map.area_{code}")).count() == 1
    whole = re.search(r"([\d,]+) / ([\d,]+)", page.locator(".atlas-headline").inner_text())
    assert whole and whole.group(1) == whole.group(2)
    button(page, "clear").click()
    visitor.still()
    assert page.get_by_text(WORDS.say(f"map.area_{code}")).count() == 0 and area_text(page) == ""
    visitor.assert_clean()


def test_a_tilted_map_takes_the_ground_under_the_mouse(visitor: Visitor) -> None:
    page = open_map(visitor, "kind=communities&height=1", "#12/39.92/116.41")
    at = settled(page)
    assert at.pitch == 45
    button(page, "box").click()
    drag(page, (0.3, 0.3), (0.7, 0.7))
    text = wait_for_area(visitor)
    values = numbers(text)
    assert text.startswith("poly_") and len(values) == 8
    (west, top), (east, _), (near_east, bottom), (near_west, _) = zip(values[::2], values[1::2], strict=True)
    assert top > at.lat > bottom
    assert east - west > 1.1 * (near_east - near_west)  # what is far away is wider on the ground


def test_fingers_draw_too(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True, locale="zh-CN")
    visitor = Visitor(context.new_page(), server.base)
    page = open_map(visitor)
    button(page, "poly").tap()
    box = canvas_box(page)
    for x, y in ((0.2, 0.3), (0.8, 0.3), (0.5, 0.7)):
        page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(450)
    button(page, "finish").tap()
    assert len(numbers(wait_for_area(visitor))) == 6
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


# --- the place -------------------------------------------------------------------------------------------
def test_moving_the_map_changes_the_fragment_and_runs_nothing(visitor: Visitor) -> None:
    sent: list[object] = []
    visitor.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page = open_map(visitor)
    before, query = settled(page), urlparse(page.url).query
    entries = page.evaluate("history.length")
    assert sent  # the listener hears the page's runs
    sent.clear()
    drag(page, (0.5, 0.5), (0.7, 0.6))
    after = settled(page, other_than=before)
    assert after.lon < before.lon and after.lat > before.lat and after.zoom == before.zoom
    box = canvas_box(page)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.wheel(0, -300)
    assert settled(page, other_than=after).zoom > after.zoom
    assert sent == [] and urlparse(page.url).query == query
    assert page.evaluate("history.length") == entries
    visitor.assert_clean()


def test_a_deep_link_opens_at_its_place(visitor: Visitor) -> None:
    page = visitor.open("/map#14.2/39.9201/116.4012")
    assert settled(page) == Look(14.2, 39.9201, 116.4012)
    # The map really is there, not the address alone.
    button(page, "view").click()
    west, south, east, north = numbers(wait_for_area(visitor))
    assert (west + east) / 2 == pytest.approx(116.4012, abs=1e-4)
    assert (south + north) / 2 == pytest.approx(39.9201, abs=1e-4)
    assert east - west == pytest.approx(360 * canvas_box(page)["width"] / 512 / 2**14.2, rel=0.01)


def test_a_fragment_that_is_no_place_is_left_aside(visitor: Visitor) -> None:
    usual = settled(visitor.open("/map?kind=communities"))
    for place in ("#14/91/116", "#atlas-map_rows"):
        visitor.page.goto("about:blank")
        assert settled(visitor.open(f"/map?kind=communities{place}")) == usual
    visitor.assert_clean()


def test_colours_and_filters_keep_place_and_fragment(visitor: Visitor) -> None:
    page = open_map(visitor, place="#12.4/39.93/116.42")
    at = settled(page)
    page.locator(".st-key-map_colour").get_by_role("combobox").click()
    page.get_by_role("option", name=re.compile("项目阶段")).click()
    visitor.still()
    assert "colour=stage" in page.url and settled(page) == at
    page.get_by_text("未列入任何项目", exact=True).click()
    visitor.still()
    assert "noproject=1" in page.url and settled(page) == at


def test_a_flight_to_a_community_arrives_in_the_fragment(visitor: Visitor) -> None:
    page = open_map(visitor)
    at = settled(page)
    page.get_by_role("textbox", name="找小区").fill("号院")
    page.keyboard.press("Enter")
    visitor.still()
    page.locator("[class*=st-key-map_hit_] button").first.click()
    visitor.still()
    assert settled(page, other_than=at).zoom > 15


def test_a_place_typed_into_the_address_is_flown_to(visitor: Visitor) -> None:
    page = open_map(visitor)
    page.evaluate("location.hash = '#13/39.95/116.38'")
    page.wait_for_timeout(1500)
    assert settled(page) == Look(13, 39.95, 116.38)


def test_other_pages_have_no_place(visitor: Visitor) -> None:
    page = open_map(visitor)
    page.locator("[data-testid=stSidebar]").get_by_text("总览", exact=True).click()
    visitor.still()
    page.wait_for_timeout(1000)
    assert "/overview" in page.url and "#" not in page.url
    visitor.assert_clean()


def test_where_the_view_can_not_be_read_a_line_says_so(visitor: Visitor) -> None:
    script = VIEW_JS.read_text(encoding="utf-8")
    assert "__reactFiber$" in script
    visitor.page.route(
        re.compile("map_view.js"),
        lambda route: route.fulfill(
            body=script.replace("__reactFiber$", "__otherwise$"), content_type="application/javascript"
        ),
    )
    page = visitor.open("/map?kind=communities&area=box_116.3_39.8_116.5_40")
    page.get_by_text(WORDS.say("map.draw_off")).wait_for(timeout=20_000)
    for name in ("box", "poly", "view"):
        expect(button(page, name)).to_be_disabled()
    assert kept(page) > 0 and "#" not in page.url  # the area of the address holds all the same
    button(page, "clear").click()
    visitor.still()
    assert area_text(page) == ""
    visitor.assert_clean()
