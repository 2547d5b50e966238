"""A basemap from outside, where a setting names one: this server fetches it, so browsers still ask nobody else.

A basemap in GCJ-02 is moved under the data; the data is never moved, and no export carries the basemap.
"""

import io
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import anyio.to_thread
import numpy as np
import urllib3
from PIL import Image, UnidentifiedImageError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.static_files import base_path
from dashboard.tiles import Access
from geo.datum import Datum
from geo.web_tiles import window_in_datum
from loaders.settings import settings

_log = logging.getLogger(__name__)

MIN_ZOOM, MAX_ZOOM = 8, 18
_TILE_PX = 256
_MOST_BYTES = 2 * 1024 * 1024
_KEPT = 600
_TIMEOUT_S = urllib3.Timeout(connect=4.0, read=8.0)
_PATH = re.compile(r"([0-9]{1,2})/([0-9]{1,7})/([0-9]{1,7})\.png")
_AT_ONCE = 6


@dataclass(frozen=True)
class Basemap:
    """Where the pictures come from ({z}, {x} and {y} left open), their datum, and whom to name."""

    url: str
    datum: Datum
    credit: str


def basemap() -> Basemap | None:
    """The basemap that the settings name; None by default."""
    chosen = settings()
    if not chosen.basemap_url:
        return None
    return Basemap(chosen.basemap_url, chosen.basemap_datum, chosen.basemap_credit)


def style_url(query: str = "") -> str:
    """The address of the map style that shows the basemap; `query` says for whom (`dashboard.scope_token`)."""
    return f"{base_path()}/basemap/style.json" + (f"?{query}" if query else "")


class BasemapService:
    """Routes `/basemap/style.json` and `/basemap/{z}/{x}/{y}.png`."""

    def __init__(self, chosen: Basemap, allow: Callable[[Request], Access] | None = None) -> None:
        """`allow` is the access rule of the tiles: who sees no row is no reason to ask anybody outside."""
        self._chosen = chosen
        self._allow = allow
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=_AT_ONCE, retries=urllib3.Retry(1, redirect=2))
        self._kept: OrderedDict[tuple[int, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._limiter: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        """The routes for `st.App(routes=…)`."""
        place = f"{base_path()}/basemap"
        return [
            Route(f"{place}/style.json", self._style, methods=["GET"]),
            Route(f"{place}/{{rest:path}}", self._tile, methods=["GET"]),
        ]

    def _refused(self, request: Request) -> Response | None:
        if self._allow is None or self._allow(request):
            return None
        return PlainTextResponse("Forbidden", status_code=403, headers={"Cache-Control": "no-store"})

    async def _style(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        query = f"?{request.url.query}" if request.url.query else ""
        origin = f"{request.url.scheme}://{request.url.netloc}"
        source = {
            "type": "raster",
            "tiles": [f"{origin}{base_path()}/basemap/{{z}}/{{x}}/{{y}}.png{query}"],
            "tileSize": _TILE_PX,
            "minzoom": MIN_ZOOM,
            "maxzoom": MAX_ZOOM,
        }
        return JSONResponse(
            {
                "version": 8,
                "sources": {"basemap": source},
                "layers": [
                    {"id": "basemap", "type": "raster", "source": "basemap", "paint": {"raster-opacity": 0.6}}
                ],
            },
            headers={"Cache-Control": "no-store"},
        )

    async def _tile(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        asked = _PATH.fullmatch(request.path_params["rest"])
        if asked is None:
            return PlainTextResponse("Not Found", status_code=404)
        z, x, y = (int(n) for n in asked.groups())
        if not MIN_ZOOM <= z <= MAX_ZOOM or x >= 2**z or y >= 2**z:
            return PlainTextResponse("Not Found", status_code=404)
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_AT_ONCE)
        try:
            picture = await anyio.to_thread.run_sync(self.picture, z, x, y, limiter=self._limiter)
        except (urllib3.exceptions.HTTPError, OSError, UnidentifiedImageError, ValueError) as fault:
            _log.warning("basemap %d/%d/%d: %s", z, x, y, type(fault).__name__)
            # The map goes on without the picture.
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})

    def picture(self, z: int, x: int, y: int) -> bytes:
        """One tile of 256 pixels (PNG) where the data expects it; asks the outside for up to four.

        Raises urllib3's HTTPError, OSError or ValueError where they can't be had.
        """
        west, north, east, south = window_in_datum(z, x, y, self._chosen.datum)
        if self._chosen.datum == "wgs84":
            west, north, east, south = x, y, x + 1, y + 1
        first, top = int(np.floor(west)), int(np.floor(north))
        last, bottom = int(np.ceil(east)) - 1, int(np.ceil(south)) - 1
        mosaic = Image.new("RGBA", ((last - first + 1) * _TILE_PX, (bottom - top + 1) * _TILE_PX))
        for column in range(first, last + 1):
            for row in range(top, bottom + 1):
                with Image.open(io.BytesIO(self._fetched(z, column, row))) as one:
                    piece = one.convert("RGBA").resize((_TILE_PX, _TILE_PX))
                mosaic.paste(piece, ((column - first) * _TILE_PX, (row - top) * _TILE_PX))
        left, upper, right, lower = (
            float(v) * _TILE_PX for v in (west - first, north - top, east - first, south - top)
        )
        out = io.BytesIO()
        mosaic.resize((_TILE_PX, _TILE_PX), Image.Resampling.BILINEAR, box=(left, upper, right, lower)).save(
            out, "PNG"
        )
        return out.getvalue()

    def _fetched(self, z: int, x: int, y: int) -> bytes:
        with self._lock:
            held = self._kept.get((z, x, y))
            if held is not None:
                self._kept.move_to_end((z, x, y))
                return held
        address = self._chosen.url.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))
        answer = self._pool.request("GET", address, timeout=_TIMEOUT_S, preload_content=False)
        try:
            data: bytes = answer.read(_MOST_BYTES + 1)
            if answer.status != 200 or len(data) > _MOST_BYTES:
                raise ValueError(f"status {answer.status}, {len(data)} bytes")
        finally:
            answer.release_conn()
        with self._lock:
            self._kept[(z, x, y)] = data
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return data
