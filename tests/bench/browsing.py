"""A browser that measures: headless Chromium with software WebGL, new for each measurement, with no way out.

What is measured is told by the page itself (`recorder.js`) and by the browser's network log, not by a stop watch here.
"""

import base64
import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import CDPSession, Page, Request, sync_playwright

from tests.bench.counting import Counter as WireCounter

FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name is resolved and no address but this machine's own is reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
RECORDER = (Path(__file__).resolve().parent / "recorder.js").read_text(encoding="utf-8")
WINDOW = {"width": 1440, "height": 900}
#: Nothing drawn, changed or under way for so long, then two equal pictures of the map so far apart.
QUIET_MS, APART_MS = 400, 200
#: Kinds of bytes, in the order of the tables.
KINDS = ("streamlit", "own", "tiles", "websocket")

_STATE = """(ready) => {
  const held = window.atlasBench, now = performance.timeOrigin + performance.now();
  const app = document.querySelector('[data-testid=stApp]');
  const frames = [...document.querySelectorAll('iframe')].map((f) => {
    try { return f.contentDocument; } catch (fault) { return null; } }).filter(Boolean);
  const all = [document, ...frames];
  const last = Math.max(held.drawn, held.mutated);
  const busy = document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stSpinner]');
  return {
    held, last, now,
    fault: Boolean(document.querySelector('[data-testid=stException]')),
    quiet: held.waiting === 0 ? now - last : -1,
    calm: Boolean(app && app.getAttribute('data-test-script-state') === 'notRunning' && !busy),
    ready: all.some((d) => d.querySelector(ready)),
  };
}"""
_CANVAS = """() => {
  const boxes = [...document.querySelectorAll('canvas, iframe')].map((c) => c.getBoundingClientRect())
    .filter((b) => b.width > 200 && b.height > 150).sort((a, b) => b.width * b.height - a.width * a.height);
  if (!boxes.length) { return null; }
  const b = boxes[0];
  const x = Math.max(0, b.x), y = Math.max(0, b.y);
  return { x, y, width: Math.min(innerWidth, b.right) - x, height: Math.min(innerHeight, b.bottom) - y, scale: 1 };
}"""
_RESOURCES = (
    """() => performance.getEntriesByType('resource').map((r) => [r.name, r.startTime, r.responseEnd])"""
)


class NotStillError(RuntimeError):
    """The page did not come to rest in time, or fell over."""


@dataclass
class Seen:
    """What one opening or one action took. Times in seconds from the navigation, or from the click or key."""

    still_s: float = 0.0
    map_s: float = 0.0
    bytes: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    tiles: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    #: Moments and sums of the recorder: when the first tile was asked for, how long shaders took, and so on.
    marks: dict[str, float] = field(default_factory=dict)
    #: What the WebSocket carried before it was packed.
    unpacked: int = 0

    @property
    def beyond_streamlit(self) -> int:
        """All bytes but those of Streamlit's own files."""
        return sum(n for kind, n in self.bytes.items() if kind != "streamlit")

    @property
    def total(self) -> int:
        return sum(self.bytes.values())


def kind_of(url: str) -> str:
    """Whose bytes an address stands for."""
    path = urlparse(url).path
    if path.startswith("/static/"):
        return "streamlit"
    if "/tiles/" in path or path.endswith((".pmtiles", ".mvt", ".pbf")):
        return "tiles"
    if "/app/static/" in path or "/bench/" in path or "/component/" in path or "/bidi-components/" in path:
        return "own"
    if path.endswith("/map-still") or "/media/" in path or path.startswith("/fonts/") or "/glyphs/" in path:
        return "own"
    return "streamlit"


class Tab:
    """One page in a browser of its own."""

    def __init__(self, page: Page, cdp: CDPSession, base: str, wire: WireCounter | None = None) -> None:
        self.page, self.base, self._cdp, self._wire = page, base, cdp, wire
        self._urls: dict[str, str] = {}
        self._under_way: set[Request] = set()
        self._finished: list[Request] = []
        self._counted: Counter[str] = Counter()
        self._seen = Seen()
        self._ws_before = (0.0, 0.0)
        self._wire_before = 0
        self.net_at = 0.0
        cdp.on("Network.requestWillBeSent", self._asked)
        cdp.on("Network.loadingFinished", self._loaded)
        cdp.on("Network.responseReceived", self._answered)
        cdp.send("Network.enable")
        cdp.send("Performance.enable")
        page.on("request", lambda request: self._under_way.add(request))
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        self._urls[event["requestId"]] = url
        host = urlparse(url).hostname
        if host and host not in ("127.0.0.1", "localhost"):
            self._seen.outside.append(url)

    def _answered(self, event: dict[str, Any]) -> None:
        if event["response"]["status"] >= 400:
            self._seen.failed.append(
                f"{event['response']['status']} {urlparse(event['response']['url']).path}"
            )

    def _loaded(self, event: dict[str, Any]) -> None:
        url = self._urls.get(event["requestId"], "")
        if not url or url.startswith(("data:", "blob:")):
            return
        self._counted[url] += 1
        self._add(url, int(event["encodedDataLength"]))

    def _add(self, url: str, size: int) -> None:
        kind = kind_of(url)
        self._seen.bytes[kind] += size
        self._seen.requests[kind] += 1
        if kind == "tiles":
            place = urlparse(url)
            self._seen.tiles.append(f"{place.path}?{place.query}" if place.query else place.path)

    def _add_workers(self) -> None:
        """What workers loaded: the page's network log leaves it out, Playwright's does not."""
        for request in self._finished:
            if request.url.startswith(("data:", "blob:")) or request.failure:
                continue
            if self._counted[request.url] > 0:
                self._counted[request.url] -= 1
                continue
            sizes = request.sizes()
            self._add(request.url, max(0, sizes["responseBodySize"]) + max(0, sizes["responseHeadersSize"]))
        self._finished.clear()
        self._counted.clear()

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)
        self._finished.append(request)
        self.net_at = time.time() * 1000

    def open(self, path: str, ready: str, *, seconds: float = 120.0, has_map: bool = False) -> Seen:
        """Open a path and wait until the page, and the map on it, are still."""
        self._begin()
        self.page.goto(self.base + path, wait_until="commit", timeout=seconds * 1000)
        return self._still(ready, seconds, lambda held: held["origin"], has_map=has_map, is_answered=True)

    def act(
        self, action: Callable[[Page], None], ready: str, *, seconds: float = 60.0, is_answered: bool = True
    ) -> Seen:
        """Do something and wait for the page to be still again; counted from the first click or key.

        `is_answered`: the server has to say something before the page counts as still.
        """
        self._begin()
        self.page.evaluate(
            "() => { const h = window.atlasBench; h.first = {}; h.last = {}; for (const name of ['input', 'wsMessages',"
            " 'wsAsked', 'frames', 'drawCalls', 'shaderMs', 'uploadBytes', 'programs']) { h[name] = 0; } }"
        )
        action(self.page)
        return self._still(ready, seconds, lambda held: held["input"], is_answered=is_answered)

    def _begin(self) -> None:
        self._seen = Seen()
        self._finished.clear()
        self._counted.clear()
        if self.page.url.startswith("http"):
            held = self.page.evaluate("() => [window.atlasBench.wsIn, window.atlasBench.wsOut]")
            self._ws_before = (held[0], held[1])
        else:
            self._ws_before = (0.0, 0.0)
        self._wire_before = self._wire.websocket_bytes if self._wire else 0
        self._busy_before = self._busy()

    def _still(
        self,
        ready: str,
        seconds: float,
        origin: Callable[[dict[str, Any]], float],
        *,
        is_answered: bool,
        has_map: bool = False,
    ) -> Seen:
        deadline = time.monotonic() + seconds
        while True:
            if time.monotonic() > deadline:
                raise NotStillError(f"no rest within {seconds:.0f} s: {urlparse(self.page.url).path}")
            self.page.wait_for_timeout(100)
            state = self.page.evaluate(_STATE, ready)
            if state["fault"]:
                raise NotStillError(f"the page shows an exception: {urlparse(self.page.url).path}")
            held = state["held"]
            is_done = (
                state["calm"]
                and state["ready"]
                and not self._under_way
                and state["quiet"] > QUIET_MS
                and state["now"] - self.net_at > QUIET_MS
                and (not is_answered or held["wsMessages"] > 0)
                and (not has_map or held["drawCalls"] > 0)
            )
            if not is_done or not self._is_picture_still():
                continue
            after = self.page.evaluate(_STATE, ready)
            if after["held"]["drawn"] == held["drawn"] and after["held"]["mutated"] == held["mutated"]:
                return self._told(after, origin(held))

    def _is_picture_still(self) -> bool:
        clip = self.page.evaluate(_CANVAS)
        if clip is None:
            return True
        first = self._picture(clip)
        self.page.wait_for_timeout(APART_MS)
        return first == self._picture(clip)

    def _picture(self, clip: dict[str, float]) -> str:
        shot = self._cdp.send(
            "Page.captureScreenshot", {"format": "png", "clip": clip, "optimizeForSpeed": True}
        )
        return hashlib.sha256(base64.b64decode(shot["data"])).hexdigest()

    def _busy(self) -> dict[str, float]:
        metrics = {m["name"]: m["value"] for m in self._cdp.send("Performance.getMetrics")["metrics"]}
        return {n: metrics.get(n, 0.0) for n in ("TaskDuration", "ScriptDuration", "LayoutDuration")}

    def _told(self, state: dict[str, Any], origin: float) -> Seen:
        held, seen = state["held"], self._seen
        self._add_workers()
        seen.still_s = (state["last"] - origin) / 1000
        seen.map_s = (held["drawn"] - origin) / 1000 if held["drawn"] > origin else 0.0
        unpacked = int(held["wsIn"] - self._ws_before[0] + held["wsOut"] - self._ws_before[1])
        on_wire = self._wire.websocket_bytes - self._wire_before if self._wire else unpacked
        seen.bytes["websocket"], seen.unpacked = on_wire, unpacked
        since = {f"first_{k}": (v - origin) / 1000 for k, v in held["first"].items()}
        since |= {f"last_{k}": (v - origin) / 1000 for k, v in held["last"].items()}
        busy = self._busy()
        seen.marks = since | {
            "runs": held["wsAsked"],
            "shader_s": held["shaderMs"] / 1000,
            "programs": held["programs"],
            "frames": held["frames"],
            "draw_calls": held["drawCalls"],
            "upload_mb": held["uploadBytes"] / 1e6,
            "main_thread_s": busy["TaskDuration"] - self._busy_before["TaskDuration"],
            "script_s": busy["ScriptDuration"] - self._busy_before["ScriptDuration"],
            "layout_s": busy["LayoutDuration"] - self._busy_before["LayoutDuration"],
        }
        start = (origin - held["origin"]) / 1000
        for name, begun, ended in self.page.evaluate(_RESOURCES):
            begun, ended = begun / 1000 - start, ended / 1000 - start
            if begun < 0:
                continue
            kind = "deck_chunk" if "DeckGlJsonChart" in name else kind_of(name)
            seen.marks[f"{kind}_from"] = min(seen.marks.get(f"{kind}_from", begun), begun)
            seen.marks[f"{kind}_to"] = max(seen.marks.get(f"{kind}_to", ended), ended)
        return seen


@contextmanager
def tab(base: str, *, trace: Path | None = None, wire: WireCounter | None = None) -> Iterator[Tab]:
    """A browser with one empty page, started for this block and ended with it: nothing is warm, nothing is kept.

    With `wire`, a counter in front of the server, the WebSocket's bytes are those that cross the wire, packed.
    """
    found = next(
        (shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome") if shutil.which(n)), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        try:
            context = browser.new_context(viewport=WINDOW, locale="zh-CN")  # type: ignore[arg-type]
            page = context.new_page()
            page.add_init_script(RECORDER)
            page.wait_for_timeout(700)  # the browser's own start is over
            if trace is not None:
                browser.start_tracing(
                    page=page,
                    path=trace,
                    categories=["devtools.timeline", "v8", "gpu", "toplevel", "blink.user_timing"],
                )
            yield Tab(page, context.new_cdp_session(page), wire.base if wire else base, wire)
            if trace is not None:
                browser.stop_tracing()
        finally:
            browser.close()
