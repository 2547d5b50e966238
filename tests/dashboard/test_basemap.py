"""An outside basemap: by setting only, through this server, moved under the data when it is drawn in GCJ-02."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from dashboard.basemap import Basemap, BasemapService, basemap
from geo.datum import convert
from geo.mvt import HALF_WORLD_M, tile_bounds, to_mercator
from geo.web_tiles import window_in_datum
from loaders.settings import Settings, settings
from tests.dashboard.test_tiles import Client

Z, X, Y = 15, 26978, 12415


class Outside(BaseHTTPRequestHandler):
    """Each tile is one colour made of its numbers; z 18 is no picture."""

    def do_GET(self) -> None:
        z, x, y = (int(n) for n in self.path.removesuffix(".png").split("/")[1:])
        self.send_response(404 if z == 17 else 200)
        self.end_headers()
        if z == 18:
            self.wfile.write(b"not a picture")
            return
        out = io.BytesIO()
        Image.new("RGB", (256, 256), (x % 2 * 200, y % 2 * 200, 50)).save(out, "PNG")
        self.wfile.write(out.getvalue())

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def outside() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{{z}}/{{x}}/{{y}}.png"
    server.shutdown()
    server.server_close()
    thread.join()


def test_without_the_setting_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATLAS_BASEMAP_URL", raising=False)
    settings.cache_clear()
    assert basemap() is None


@pytest.mark.parametrize(
    "url", ["ftp://x/{z}/{x}/{y}", "https://x/{z}/{x}.png", "tiles", "file:///{z}{x}{y}"]
)
def test_an_address_that_is_no_template_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(basemap_url=url)


def test_the_window_is_where_gcj02_puts_the_place() -> None:
    assert window_in_datum(Z, X, Y, "wgs84") == pytest.approx((X, Y, X + 1, Y + 1), abs=1e-6)
    west, south, east, north = tile_bounds(Z, X, Y)
    lon = np.degrees((west + east) / 2 / 6378137.0)
    lat = np.degrees(2 * np.arctan(np.exp((south + north) / 2 / 6378137.0)) - np.pi / 2)
    moved = to_mercator(np.column_stack(convert(lon, lat, "wgs84", "gcj02")))[0]
    middle = (
        (moved[0] + HALF_WORLD_M) / (2 * HALF_WORLD_M) * 2**Z,
        (HALF_WORLD_M - moved[1]) / (2 * HALF_WORLD_M) * 2**Z,
    )
    left, top, right, bottom = window_in_datum(Z, X, Y, "gcj02")
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(middle, abs=0.002)
    assert abs(left - X) > 0.3  # some 600 m, half a tile at this level


def test_pictures_are_moved_under_the_data(outside: str) -> None:
    plain = Image.open(io.BytesIO(BasemapService(Basemap(outside, "wgs84", "")).picture(Z, X, Y)))
    assert plain.size == (256, 256) and len(set(plain.convert("RGB").get_flattened_data())) == 1
    moved = Image.open(io.BytesIO(BasemapService(Basemap(outside, "gcj02", "")).picture(Z, X, Y))).convert(
        "RGB"
    )
    left, *_ = window_in_datum(Z, X, Y, "gcj02")
    row = np.asarray(moved)[10, :, 0].astype(int)
    edge = int(np.abs(np.diff(row)).argmax()) + 1
    assert edge == pytest.approx((np.ceil(left) - left) * 256, abs=2)


@pytest.fixture
def ask() -> Iterator[Callable[[str], Client]]:
    """A client for a basemap's address; its loop ends with the test."""
    with ExitStack() as ending:

        def make(url: str) -> Client:
            client = Client(BasemapService(Basemap(url, "gcj02", "")))
            ending.callback(client.runner.close)
            return client

        yield make


def test_routes_answer_cleanly_whatever_is_asked(outside: str, ask: Callable[[str], Client]) -> None:
    client = ask(outside)
    style = json.loads(client.get("/basemap/style.json").content)
    assert style["sources"]["basemap"]["tiles"] == ["http://127.0.0.1:8501/basemap/{z}/{x}/{y}.png"]
    assert client.get(f"/basemap/{Z}/{X}/{Y}.png").headers["content-type"] == "image/png"
    for path in ("15/99999999/1.png", "15/99999/1.png", "2/1/1.png", "a/b/c.png", "../secret", "15/1/1.jpg"):
        assert client.get(f"/basemap/{path}").status_code == 404
    assert client.get("/basemap/18/215824/99320.png").status_code == 204
    assert client.get("/basemap/17/107912/49660.png").status_code == 204


def test_a_basemap_that_is_gone_leaves_the_map_alone(ask: Callable[[str], Client]) -> None:
    assert ask("http://127.0.0.1:9/{z}/{x}/{y}.png").get(f"/basemap/{Z}/{X}/{Y}.png").status_code == 204
