"""Both kinds of map in a real browser that can't leave the machine: drawn, clicked, recoloured, and never outside."""

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from dashboard.static_files import STATIC_DIR

PROJECT_DIR = STATIC_DIR.parent.parent
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NASTY = "<img src=x onerror=alert(1)>`</script>${1}'"
APP = f"""
import sys
sys.path[:0] = [{str(PROJECT_DIR)!r}, {{folder!r}}]
import streamlit as st
from dashboard.server import lifespan_with, middleware
from dashboard.tiles import TileService
from town import Town
tiles = TileService(Town())
app = st.App({{page!r}}, routes=tiles.routes(), middleware=middleware(), lifespan=lifespan_with(tiles.warm_up))
if __name__ == "__main__":
    app.run(config={{{{"server.port": {{port}}, "server.address": "127.0.0.1", "server.headless": True,
        "server.enableStaticServing": True, "server.fileWatcherType": "none",
        "browser.gatherUsageStats": False}}}})
"""
TOWN = f"""
import geopandas as gpd, numpy as np, shapely
class Town:
    def revision(self): return "t1"
    def layer(self, name):
        i = np.arange(200)
        west, south = 116.398 + 0.001 * (i % 20), 39.917 + 0.001 * (i // 20)
        size = 0.0006 if name == "buildings" else 0.00098
        return gpd.GeoDataFrame({{"building_id": [f"B{{k}}" for k in i], "name": {NASTY!r},
            "kind": np.where(i % 2, "odd", "even"), "year": 1950 + i}},
            geometry=shapely.box(west, south, west + size, south + size * 0.8), crs=4326)
"""
PAGE = f"""
import geopandas as gpd, numpy as np, shapely, streamlit as st
from dashboard.offline_map import *
state = st.session_state
state.runs = state.get("runs", 0) + 1
turned = st.toggle("turn")
if st.query_params["p"] == "areas":
    code = ["110101", "110102", "110103"]
    areas = gpd.GeoDataFrame({{"code": code, "name": ["东城区", {NASTY!r}, "空区"], "tip": [{NASTY!r}] * 3,
        "colour": ["#00ff00" if turned else "#ff0000", "#0000ff", None]}},
        geometry=shapely.box(116 + 0.2 * np.arange(3), 39.8, 116.2 + 0.2 * np.arange(3), 40), crs=4326)
    made = choropleth_map(areas, selected=state.get("code"), inset_codes=["110101"], inset_title={NASTY!r},
        attribution={NASTY!r})
    got = show_folium(made, key="m", height=400)
    if got:
        state.code, state.clicks = got, state.get("clicks", 0) + 1
        st.rerun()
    st.text(f"result {{state.get('code')}} {{state.get('clicks', 0)}} {{state.runs}}")
else:
    colours = ("#00ff00", "#0000ff") if turned else ("#ff0000", "#ffff00")
    fill = ByCode("kind", {{"odd": colours[0], "even": colours[1]}}, "#000000")
    low = st.number_input("from", 1950, 2200, 1950)
    deck = building_deck([TileStyle("communities", fill=OneColour("#dddddd")),
        TileStyle("buildings", fill=fill, fill_alpha=255, is_pickable=True, id_column="building_id",
            selected=state.get("id"), filters=[Between("year", low, 3000)])],
        revision="t1", place=Place(116.408, 39.922, 15), tooltip=["name"])
    got = show_deck(deck, key="d", height=400)
    if got:
        state.id, state.clicks = got.properties["building_id"], state.get("clicks", 0) + 1
        st.rerun()
    st.text(f"result {{state.get('id')}} {{state.get('clicks', 0)}} {{state.runs}}")
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("map_app")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "static").symlink_to(STATIC_DIR)
    (folder / "town.py").write_text(dedent(TOWN), "utf-8")
    (folder / "page.py").write_text(dedent(PAGE), "utf-8")
    start = folder / "start.py"
    start.write_text(APP.format(folder=str(folder), page=str(folder / "page.py"), port=port), "utf-8")
    log = folder / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(start)], cwd=folder, stdout=out, stderr=subprocess.STDOUT, env={**os.environ}
        )
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                break
        except OSError:
            assert process.poll() is None, log.read_text("utf-8", "replace")
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Callable[[str], Page]]:
    """Opens a page; fails at the end on any outside request or error in the console."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="zh-CN")
    trouble: list[str] = []

    def gate(route: Any) -> None:
        host = urlparse(route.request.url).hostname
        if host == "127.0.0.1" or route.request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            trouble.append(f"outside: {route.request.url}")
            route.abort()

    def opener(kind: str) -> Page:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.route("**/*", gate)
        page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: trouble.append(str(e)))
        page.on("dialog", lambda d: (trouble.append(f"dialog: {d.message}"), d.dismiss()))
        page.goto(f"{base}/?p={kind}")
        return page

    yield opener
    context.close()
    assert trouble == []


def pixels(page: Page) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def spots(page: Page, colour: tuple[int, int, int]) -> np.ndarray:
    """(n, 2) x and y of pixels of a colour."""
    near = np.abs(pixels(page) - np.array(colour)).max(axis=2) < 14
    return np.argwhere(near)[:, ::-1]


def wait_for(page: Page, condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 45
    while not condition():
        assert time.monotonic() < until, what
        page.wait_for_timeout(200)


def result(page: Page) -> list[str]:
    return page.get_by_text("result ").inner_text().split()[1:]


RED, YELLOW, GREEN, BLUE = (255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 0, 255)


def test_areas_are_clicked_recoloured_in_place_and_show_names_as_text(visit: Callable[[str], Page]) -> None:
    page = visit("areas")
    frame = page.frame_locator("iframe[title='streamlit_folium.st_folium']")
    frame.locator("path.leaflet-interactive").nth(3).wait_for()
    assert frame.locator(".atlas-label", has_text="东城区").first.is_visible()
    assert result(page) == ["None", "0", "1"]
    assert frame.locator("img").count() == 0
    assert frame.locator(".leaflet-control-attribution").inner_text() == NASTY
    assert frame.locator(".atlas-inset-title").inner_text() == NASTY

    area = frame.get_by_role("button", name="空区")
    area.hover()
    assert frame.locator(".leaflet-tooltip").inner_text().startswith("空区")
    area.click()
    wait_for(page, lambda: result(page)[:2] == ["110103", "1"], "a click was not reported")
    area.click()
    wait_for(
        page, lambda: result(page)[:2] == ["110103", "2"], "the second click on an area was not reported"
    )
    frame.locator(".atlas-inset path.leaflet-interactive").first.click()
    wait_for(page, lambda: result(page)[:2] == ["110101", "3"], "a click in the inset was not reported")
    area.focus()
    page.keyboard.press("Enter")
    wait_for(page, lambda: result(page)[:2] == ["110103", "4"], "the keyboard did not choose an area")

    frame.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(600)
    view = "() => [window.map.getZoom(), window.map.getCenter().lng]"
    inside = next(f for f in page.frames if "streamlit_folium" in f.url)
    before = inside.evaluate(view)
    page.locator("label").filter(has_text="turn").click()
    wait_for(page, lambda: frame.locator("path[fill='#00ff00']").count() > 0, "the new colour did not come")
    assert inside.evaluate(view) == before
    assert result(page)[1] == "4"


def click_until(page: Page, x: int, y: int, condition: Callable[[], bool]) -> None:
    """Click, and again where a busy machine let the click go by, as people do; three times at most."""
    for _ in range(3):
        page.mouse.click(x, y)
        until = time.monotonic() + 15
        while time.monotonic() < until:
            if condition():
                return
            page.wait_for_timeout(100)
    raise AssertionError("a click was not reported")


def test_footprints_are_clicked_recoloured_and_filtered_without_new_tiles(
    visit: Callable[[str], Page],
) -> None:
    page = visit("deck")
    tiles: list[str] = []
    wait_for(
        page, lambda: len(spots(page, RED)) > 500 and len(spots(page, YELLOW)) > 500, "no footprints drawn"
    )
    page.wait_for_timeout(1500)
    page.on("request", lambda r: tiles.append(r.url) if "/tiles/" in r.url else None)
    assert result(page) == ["None", "0", "1"]

    for clicks, wanted in enumerate((RED, YELLOW, RED), start=1):
        found = spots(page, wanted)
        x, y = (int(v) for v in found[len(found) // 2])
        click_until(page, x, y, lambda n=clicks: result(page)[1] == str(n))
        number = int(result(page)[0].removeprefix("B"))
        assert number % 2 == (wanted == RED)
        page.mouse.move(5, 5)
        page.wait_for_timeout(700)
    # Streamlit would now have dimmed everything but the clicked number: the colours are still full.
    assert len(spots(page, RED)) > 500 and len(spots(page, YELLOW)) > 500

    page.locator("label").filter(has_text="turn").click()
    wait_for(page, lambda: len(spots(page, GREEN)) > 500 and len(spots(page, BLUE)) > 500, "not recoloured")
    assert len(spots(page, RED)) == 0
    before = len(spots(page, BLUE))
    page.get_by_label("from").fill("2050")
    page.keyboard.press("Enter")
    wait_for(page, lambda: 0 < len(spots(page, BLUE)) < 0.75 * before, "not filtered")
    assert tiles == []
