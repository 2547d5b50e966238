"""The map page against an empty page of the same app: opening, recolouring, filtering, panning."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.bench.browsing import KINDS, Seen, Tab, tab
from tests.bench.cities import City, city, dense_place
from tests.bench.counting import counted
from tests.bench.report import Target, middle, part, rows, targets
from tests.bench.servers import BENCH_APP, PRODUCT, Running, serving

EMPTY = ".bench-end"
MAP = "[class*=st-key-panel_map_rows]"


@dataclass
class Trial:
    """The product and the bench's app on one city, and what was seen so far."""

    city: City
    product: Running
    bench: Running
    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, seen: Seen) -> None:
        """Keep a measurement, and print it."""
        self.seen[name].append(seen)
        print(
            f"  {name}: {seen.still_s:.2f} s (map {seen.map_s:.2f} s), {seen.beyond_streamlit / 1000:.0f} kB beyond "
            f"Streamlit's files{'; FAILED ' + str(seen.failed[:3]) if seen.failed else ''}",
            flush=True,
        )

    def of(self, name: str, value: Callable[[Seen], float]) -> float:
        """The median of something over the repeats of one name."""
        return middle(self.seen[name], value)


@contextmanager
def trial(made: City, folder: Path) -> Iterator[Trial]:
    """Both servers on a city, each page opened once so that what servers keep is kept."""
    with serving(PRODUCT, made.env, folder) as product, serving(BENCH_APP, made.env, folder) as bench:
        found = Trial(made, product, bench)
        for base, path, ready in (
            (bench.base, "/overview", EMPTY),
            (bench.base, "/map", EMPTY),
            (product.base, "/map", MAP),
            (product.base, dense_place(made).path, MAP),
        ):
            with tab(base) as page:
                page.open(path, ready)
        yield found


def _bytes(found: Trial, name: str) -> list[str]:
    return [f"{found.of(name, lambda s, k=kind: s.bytes[k]) / 1000:.0f}" for kind in KINDS]


# --- the first still map --------------------------------------------------------------------------------
OPENED = (
    "empty page",
    "bare Streamlit page",
    "map without layers",
    "map, whole city",
    "map, one place at z14",
)


def _open_all(found: Trial) -> None:
    place = dense_place(found.city)
    looks = (
        (found.bench, "/overview", EMPTY, False),
        (found.bench, "/?bare=1", EMPTY, False),
        (found.bench, f"/map?look={place.look}", EMPTY, True),
        (found.product, "/map", MAP, True),
        (found.product, place.path, MAP, True),
    )
    for name, (server, path, ready, has_map) in zip(OPENED, looks, strict=True):
        with tab(server.base) as page:
            found.add(name, page.open(path, ready, has_map=has_map))


def map_first(folder: Path, repeats: int, footprints: int = 500_000) -> str:
    """Markdown: the first still map against an empty page."""
    with trial(city(footprints), folder) as found:
        for _ in range(repeats):
            _open_all(found)
        traced = _traced(found, folder)
    still = {name: found.of(name, first_still) for name in OPENED}
    drawn = {name: found.of(name, _first_map) for name in OPENED}
    base = still["empty page"]
    body = []
    for name in OPENED:
        beyond = found.of(name, lambda s: s.beyond_streamlit)
        body.append(
            [
                name,
                f"{still[name]:.2f}",
                f"{still[name] / base:.2f}",
                f"{drawn[name]:.2f}",
                f"{drawn[name] / base:.2f}",
                *_bytes(found, name),
                f"{beyond / 1000:.0f}",
                f"{found.of(name, lambda s: s.requests['tiles']):.0f}",
            ]
        )
    table = rows(
        ["opened", "first still map s", "÷ empty", "drawn by the browser s", "÷ empty", *(f"{k} kB" for k in KINDS),
         "beyond Streamlit kB", "tiles"],
        body,
    )  # fmt: skip
    wanted = [
        Target(f"{name}: first still map ÷ empty page", still[name] / base, 1.25) for name in OPENED[3:]
    ] + [
        Target(
            f"{name}: bytes beyond Streamlit's own files",
            found.of(name, lambda s: s.beyond_streamlit) / 1e6,
            1.0,
            unit=" MB",
        )
        for name in OPENED[3:]
    ]
    return part(
        f"First map, {footprints:,} footprints",
        repeats,
        "A new browser each time, nothing kept; servers have shown each page once. Still: the script has ended, no "
        "request is under way, nothing was drawn or changed for 400 ms and two pictures of the map 200 ms apart are "
        "equal; the moment counted is the last drawing (for pages without a map: the last change), software "
        "rendering included. The empty page stands in the product's frame (navigation and bar); the bare one has none. "
        "The product's first still map is the picture that its server draws of the same view, in the map's place, when "
        "the browser says it is painted (largest contentful paint). It can be read but not moved, and it stands there "
        "before the rest of the page, for its start page asks for it before any script. What can be moved is the map "
        "that the browser draws, told in the columns beside it.",
        table,
        targets(wanted),
        "Where the time goes (seconds from the navigation; sums in the second table):",
        _where(found),
        traced,
    )


def first_still(seen: Seen) -> float:
    """When the first still map stood there: the server's picture, or what the browser drew."""
    return seen.marks.get("first_still", _first_map(seen))


def _first_map(seen: Seen) -> float:
    return seen.map_s or seen.still_s


_MOMENTS = (
    ("first_wsOpen", "page's scripts run, connection open"),
    ("first_wsIn", "server's first word"),
    ("last_wsIn", "server's last word"),
    ("deck_chunk_from", "map library asked for"),
    ("deck_chunk_to", "map library here"),
    ("streamlit_to", "last of Streamlit's files here"),
    ("first_still", "server's still picture painted"),
    ("first_draw", "first frame begun"),
    ("tiles_from", "first tile asked for"),
    ("tiles_to", "last tile here"),
    ("last_draw", "last frame begun"),
    ("last_drawn", "last frame drawn"),
)
_SUMS = (
    ("runs", "messages to the server"),
    ("main_thread_s", "page's main thread busy s"),
    ("script_s", "of it scripts s"),
    ("layout_s", "of it layout s"),
    ("shader_s", "waiting for shaders s"),
    ("programs", "shader programs"),
    ("frames", "frames"),
    ("draw_calls", "draw calls"),
    ("upload_mb", "sent to WebGL MB"),
)


def _where(found: Trial, names: tuple[str, ...] = OPENED) -> str:
    def cell(name: str, key: str) -> str:
        held = [s for s in found.seen[name] if key in s.marks]
        return f"{middle(held, lambda s: s.marks[key]):.2f}" if held else "–"

    moments = [[text, *(cell(name, key) for name in names)] for key, text in _MOMENTS]
    sums = [[text, *(cell(name, key) for name in names)] for key, text in _SUMS]
    return rows(["moment", *names], moments) + "\n\n" + rows(["sum", *names], sums)


def _traced(found: Trial, folder: Path) -> str:
    """One more opening of each with the browser's trace on, which slows it: what its threads were busy with."""
    from tests.bench.tracing import BUSY, busy_seconds

    place = dense_place(found.city)
    table = []
    for name, base, path, ready in (
        ("empty page", found.bench.base, "/overview", EMPTY),
        ("map without layers", found.bench.base, f"/map?look={place.look}", EMPTY),
        ("map, whole city", found.product.base, "/map", MAP),
        ("map, one place at z14", found.product.base, place.path, MAP),
    ):
        file = folder / "trace.json"
        with tab(base, trace=file) as page:
            page.open(path, ready)
        busy = busy_seconds(file)
        file.unlink()
        table.append([name, *(f"{busy[key]:.2f}" for key in BUSY)])
    print(rows(["traced once, busy s", *BUSY], table), flush=True)
    return "One traced opening (tracing slows it), seconds of work:\n\n" + rows(["opened", *BUSY], table)


# --- colours, filters, panning ----------------------------------------------------------------------------
def _choose_colour(page: Tab, number: int) -> Seen:
    page.page.locator("[class*=st-key-map_colour]").get_by_role("combobox").click()
    option = page.page.get_by_role("option").nth(number)
    option.wait_for(timeout=10_000)
    return page.act(lambda p: option.click(), MAP)


def _switch_lift(page: Page) -> None:
    page.locator("[class*=st-key-map_nolift] label").first.click(timeout=10_000)


def _press_years(page: Page) -> None:
    page.locator("[class*=st-key-map_years] input[type=range]").first.press("PageUp", timeout=10_000)


def recolour(folder: Path, repeats: int, footprints: int = 500_000) -> str:
    """Markdown: changing the colours and the filters of a map that stands."""
    with trial(city(footprints), folder) as found:
        place = dense_place(found.city)
        for _ in range(repeats):
            with counted(found.bench.base) as wire, tab(found.bench.base, wire=wire) as page:
                page.open("/overview", EMPTY)
                for _again in range(2):
                    empty = page.act(
                        lambda p: p.locator("[class*=st-key-bench_check] label").first.click(), EMPTY
                    )
                found.add("empty rerun", empty)
            for where, path in (("whole city", "/map"), ("z14", place.path)):
                with counted(found.product.base) as wire, tab(found.product.base, wire=wire) as page:
                    page.open(path, MAP, has_map=True)
                    found.add(f"recolour, {where}, first", _choose_colour(page, 3))
                    found.add(f"recolour, {where}", _choose_colour(page, 0))
                    found.add(f"filter by lift, {where}", page.act(_switch_lift, MAP))
                    found.add(f"filter by year, {where}", page.act(_press_years, MAP))
    base = found.of("empty rerun", lambda s: s.still_s)
    body, wanted = [], []
    for name in found.seen:
        map_s, still_s = found.of(name, lambda s: s.map_s), found.of(name, lambda s: s.still_s)
        sent = found.of(name, lambda s: s.total) / 1000
        unpacked = found.of(name, lambda s: s.unpacked) / 1000
        took = map_s or still_s
        body.append([name, f"{map_s:.2f}" if map_s else "–", f"{still_s:.2f}", f"{took / base:.1f}",
                     *_bytes(found, name), f"{unpacked:.0f}", f"{sent:.1f}"])  # fmt: skip
        if name != "empty rerun":
            wanted.append(Target(f"{name}: time to the still map", took, 0.6, unit=" s"))
            wanted.append(Target(f"{name}: bytes", sent, 20, unit=" kB", digits=1))
    return part(
        f"Colours and filters, {footprints:,} footprints",
        repeats,
        "Counted from the click or key to the last drawing of the map; the whole page (counts, table, downloads) may "
        "take longer. Bytes are all that crossed the wire both ways; WebSocket messages are packed there, and what "
        "they were before stands beside it. The empty rerun is a switch on an empty page in the same frame.",
        rows(
            [
                "change",
                "map s",
                "whole page s",
                "÷ empty rerun",
                *(f"{k} kB" for k in KINDS),
                "websocket unpacked kB",
                "all kB",
            ],
            body,
        ),
        targets(wanted),
    )


def _drag(page: Page) -> None:
    box = page.locator("canvas:visible").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(x - 30 * step, y - 12 * step)
        page.wait_for_timeout(16)
    page.mouse.up()


def pan(folder: Path, repeats: int, footprints: int = 500_000) -> str:
    """Markdown: panning at z14 against panning a map without layers."""
    with trial(city(footprints), folder) as found:
        place = dense_place(found.city)
        for _ in range(repeats):
            for name, server, path, ready in (
                ("map without layers", found.bench, f"/map?look={place.look}", EMPTY),
                ("the product at z14", found.product, place.path, MAP),
            ):
                with tab(server.base) as page:
                    page.open(path, ready, has_map=True)
                    for number in range(3):
                        seen = page.act(_drag, ready, is_answered=False)
                        found.add(name if number else f"{name}, first pan", seen)
    body = [
        [
            name,
            f"{found.of(name, _first_map):.2f}",
            f"{found.of(name, lambda s: s.requests['tiles']):.0f}",
            f"{found.of(name, lambda s: s.bytes['tiles']) / 1000:.0f}",
            f"{found.of(name, lambda s: s.marks['frames']):.0f}",
            f"{found.of(name, lambda s: s.marks['main_thread_s']):.2f}",
        ]
        for name in found.seen
    ]
    ratio = found.of("the product at z14", _first_map) / found.of("map without layers", _first_map)
    first = found.of("the product at z14, first pan", _first_map) / found.of(
        "map without layers, first pan", _first_map
    )
    return part(
        f"A pan at z14, {footprints:,} footprints",
        repeats,
        "300 pixels to the left and 120 up in ten steps, onto ground not seen before; counted from pressing the mouse "
        "to the last drawing. Each repeat opens a new browser and pans three times; the first pan is told apart.",
        rows(["panned", "still s", "tiles", "tiles kB", "frames", "main thread s"], body),
        targets(
            [
                Target("pan ÷ the same pan without layers", ratio, 2.0),
                Target("first pan ÷ the same without layers", first, 2.0),
            ]
        ),
    )
