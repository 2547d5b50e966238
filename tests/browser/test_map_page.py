"""The map page in a real browser: tiles arrive, a search flies to a card, filters count, the simple map works."""

import re

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def headline(visitor: Visitor) -> str:
    return visitor.page.locator(".atlas-headline").first.inner_text()


def kept(visitor: Visitor) -> int:
    found = re.search(r"([\d,]+) / [\d,]+", headline(visitor))
    assert found, headline(visitor)
    return int(found.group(1).replace(",", ""))


def test_tiles_arrive_and_carry_the_stores_revision(visitor: Visitor) -> None:
    tiles: list[str] = []
    visitor.page.on(
        "response", lambda r: tiles.append(r.url) if "/tiles/" in r.url and r.status == 200 else None
    )
    visitor.open("/map?district=110101")
    visitor.page.wait_for_timeout(3000)
    layers = {re.search(r"/tiles/[^/]+/(\w+)/", url).group(1) for url in tiles}  # type: ignore[union-attr]
    assert {"ground", "outlines", "communities"} <= layers
    visitor.assert_clean()


def test_filters_in_the_address_count_and_hold(visitor: Visitor) -> None:
    visitor.open("/map?kind=buildings")
    everything = kept(visitor)
    visitor.open("/map?kind=buildings&years=1900-1979&storeys=6-6&nolift=1&noproject=1&district=110101")
    some = kept(visitor)
    assert 0 <= some < everything
    assert "years=1900-1979" in visitor.page.url and "nolift=1" in visitor.page.url
    visitor.assert_clean()


def test_a_search_by_name_opens_the_card(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=communities")
    name = page.locator("[data-testid=stMain]")
    page.get_by_role("textbox", name="找小区").fill("<b>")
    page.keyboard.press("Enter")
    visitor.still()
    page.get_by_role("button", name=re.compile("<b>")).first.click()
    visitor.still()
    assert "community=" in page.url
    assert "<script>alert('x')</script>" in name.inner_text()  # shown as text
    visitor.assert_clean()


def test_the_simple_map_needs_no_graphics_card(visitor: Visitor) -> None:
    page = visitor.open("/map?map=simple&district=110101&subdistrict=all")
    page.wait_for_timeout(1500)
    assert page.locator("iframe").count() >= 1
    visitor.assert_clean()


def test_junk_in_the_maps_own_address_is_survived(visitor: Visitor) -> None:
    visitor.open("/map?years=9-x&storeys=--&stages=a.b&community=%3Cscript%3E&colour=x&kind=y")
    assert headline(visitor)
    visitor.assert_clean()


def test_the_rows_are_sent_when_they_come_into_view(visitor: Visitor) -> None:
    page = visitor.open("/map?district=110101&kind=communities")
    rows = page.locator(".st-key-panel_map_rows")
    assert rows.locator("[data-testid=stDataFrame]").count() == 0
    page.get_by_text("查看明细").first.click()
    rows.locator("[data-testid=stDataFrame]").wait_for(timeout=20_000)
    rows.get_by_role("button", name="下载 CSV").wait_for(timeout=20_000)
    visitor.still()
    # From then on they are there at once.
    page.get_by_text("没有电梯").click()
    visitor.still()
    assert rows.locator("[data-testid=stDataFrame]").count() == 1
    visitor.assert_clean()


def test_the_servers_picture_lies_where_the_map_will_be_and_goes_when_it_is_drawn(visitor: Visitor) -> None:
    stills: list[int] = []
    visitor.page.on("response", lambda r: stills.append(r.status) if "/map-still" in r.url else None)
    held: list[Route] = []
    visitor.page.route("**/tiles/**", lambda route: held.append(route))
    page = visitor.page
    page.goto(f"{visitor.base}/map", wait_until="load")
    page.locator(".atlas-still").wait_for(state="attached", timeout=60_000)
    page.locator(".st-key-map_stage canvas").first.wait_for(timeout=60_000)
    visitor.still()
    # Asked for once, by the start page; the page asks again only where the layers were still being made (204).
    assert [s for s in stills if s != 204] == [200]
    boxes = [page.locator(s).first.bounding_box() for s in (".atlas-still", ".st-key-map_stage canvas")]
    assert boxes[0] is not None
    assert boxes[0] == pytest.approx(boxes[1], abs=1)
    assert "/map-still" in page.locator(".atlas-still").evaluate("e => getComputedStyle(e).backgroundImage")
    for route in list(held):
        route.continue_()
    page.unroute("**/tiles/**")
    page.wait_for_function("document.documentElement.dataset.atlasMap === 'live'", timeout=60_000)
    assert not page.locator(".atlas-still").is_visible()
    visitor.assert_clean()


@pytest.mark.parametrize(
    "query", ["", "?district=110101&colour=gate", "?lang=en&colour=funding&kind=buildings"]
)
def test_the_picture_stands_where_the_map_will_stand(visitor: Visitor, query: str) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 1366, "height": 800})
    # What the page saw of it, kept before it goes again: its place and whether Streamlit had any content by then.
    page.add_init_script("""
        new MutationObserver((_, watch) => {
          const early = document.querySelector(".atlas-still-early");
          if (!early) return;
          watch.disconnect();
          const box = early.getBoundingClientRect();
          window.atlasEarly = [box.left, box.top, box.width, box.height, !!document.querySelector(".st-key-bar")];
        }).observe(document, { childList: true, subtree: true });
    """)
    stage = ".st-key-map_stage"
    # The first address asks for a picture that the server has yet to draw, which may come too late on a busy machine.
    for _ in range(3):
        visitor.open(f"/map{query}")
        early = page.evaluate("window.atlasEarly")
        if early:
            break
    assert early, "the picture never stood there before the page"
    box = page.locator(stage).bounding_box()
    assert box is not None
    assert early[:4] == pytest.approx([box["x"], box["y"], box["width"], 560], abs=1.5)
    assert not early[4]
    assert not page.locator(".atlas-still-early").count()
    visitor.assert_clean()


def test_a_picture_is_not_left_on_another_page(visitor: Visitor) -> None:
    page = visitor.open("/map")
    # The map's place is kept for the next time, also where something above it came late.
    page.wait_for_function("""() => {
        const kept = JSON.parse(localStorage.getItem("atlas.map_place"));
        const box = document.querySelector(".st-key-map_stage").getBoundingClientRect();
        return kept && ["left", "top", "width"].every((side) => Math.abs(kept[side] - box[side]) < 1);
    }""")
    visitor.assert_clean()
    # Streamlit can't be reached: the picture stands alone, until another page stands in the address.
    page.route_web_socket("**/_stcore/stream", lambda _: None)
    page.goto(f"{visitor.base}/map", wait_until="load")
    early = page.locator(".atlas-still-early")
    early.wait_for()
    page.evaluate("history.pushState({}, '', '/overview'); document.body.append(document.createElement('i'))")
    early.wait_for(state="detached", timeout=5_000)


def test_a_colour_runs_the_map_alone_and_keeps_what_is_drawn(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=buildings")
    page.locator(".st-key-map_stage canvas").first.evaluate("e => { e.dataset.mine = 'yes'; }")
    page.evaluate(
        "() => { window.seen = new Set(); new MutationObserver((all) => all.forEach((m) => {"
        " const e = m.target.nodeType === 1 ? m.target : m.target.parentElement;"
        " const home = e && e.closest('[data-testid=stSidebar], .st-key-bar, .st-key-panel_map');"
        " if (home) window.seen.add(home.className.match(/st-key-\\w+/)?.[0] || 'sidebar'); }))"
        ".observe(document.body, { subtree: true, childList: true, characterData: true }); }"
    )
    page.locator("[class*=st-key-map_colour]").get_by_role("combobox").click()
    page.get_by_role("option", name="着色：项目阶段").click()
    visitor.still()
    page.locator(".st-key-panel_map .atlas-legend", has_text="开工").wait_for(timeout=20_000)
    assert "colour=stage" in page.url
    assert "st-key-panel_map" in page.evaluate("() => [...window.seen]")
    assert page.locator(".st-key-map_stage canvas").first.get_attribute("data-mine") == "yes"
    visitor.assert_clean()


def test_years_are_chosen_by_key_and_by_hand_and_given_up_again(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=buildings")
    everything = kept(visitor)
    years = page.locator("[class*=st-key-map_years]")
    first, last = years.locator("input[type=range]").first, years.locator("input[type=range]").last
    first.focus()
    page.keyboard.press("PageUp")
    visitor.still()
    assert re.search(r"years=19[45]\d-2030", page.url)
    assert 0 < kept(visitor) < everything
    box = last.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    visitor.still()
    found = re.search(r"years=(\d+)-(\d+)", page.url)
    assert found
    assert 1985 < int(found.group(2)) < 2005
    assert years.locator(".said").inner_text() == f"{found.group(1)} – {found.group(2)}"
    assert years.locator(".bar.outside").count() > 0
    # A handle can't pass the other one.
    first.focus()
    page.keyboard.press("End")
    visitor.still()
    assert f"years={found.group(2)}-{found.group(2)}" in page.url
    page.get_by_role("button", name="清除条件").click()
    visitor.still()
    assert kept(visitor) == everything
    assert years.locator(".said").inner_text() == "1940 – 2030"
    visitor.assert_clean()


def test_closed_filters_are_sent_when_they_are_opened_and_hold_when_closed_again(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=buildings")
    everything = kept(visitor)
    more = page.locator("[class*=st-key-map_more_filters]")
    assert page.locator("[class*=st-key-map_precisions]").count() == 0
    more.get_by_text("更多条件").click()
    visitor.still()
    field = page.locator("[class*=st-key-map_precisions]").get_by_role("combobox")
    field.scroll_into_view_if_needed()
    visitor.still()  # the rows below have come into view
    option = page.get_by_role("option", name="有确切年份")
    for _ in range(10):  # a run that ends meanwhile closes the list: people open it again
        field.fill("")
        field.fill("有确切年份")
        page.wait_for_timeout(1500)
        if option.is_visible():
            break
    field.press("Enter")
    visitor.still()
    some = kept(visitor)
    assert 0 < some < everything
    assert "precisions=year" in page.url
    page.keyboard.press("Escape")
    more.get_by_text("更多条件").click()
    visitor.still()
    page.locator("[class*=st-key-map_nolift] label").first.click()
    visitor.still()
    assert "precisions=year" in page.url
    assert kept(visitor) < some
    visitor.assert_clean()


def test_a_map_drawn_by_a_program_has_no_smoothed_edges(visitor: Visitor) -> None:
    page = visitor.open("/map")
    assert page.evaluate("() => window.atlasWebgl()") == "software"
    page.locator(".st-key-map_stage canvas").first.wait_for(timeout=60_000)
    asked = page.locator(".st-key-map_stage canvas").first.evaluate(
        "c => { const a = c.getContext('webgl2').getContextAttributes();"
        " return [a.antialias, a.preserveDrawingBuffer]; }"
    )
    assert asked == [False, False]
    visitor.assert_clean()


def test_a_filter_does_not_begin_the_map_anew(visitor: Visitor) -> None:
    page = visitor.open("/map?kind=buildings")
    canvas = page.locator(".st-key-map_stage canvas").first
    canvas.wait_for(timeout=60_000)
    canvas.evaluate("e => { e.dataset.mine = 'yes'; }")
    everything = kept(visitor)
    page.locator("[class*=st-key-map_nolift] label").first.click()
    visitor.still()
    assert kept(visitor) < everything
    assert page.locator(".st-key-map_stage canvas").first.get_attribute("data-mine") == "yes"
    visitor.assert_clean()
