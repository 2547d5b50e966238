"""Vector tiles served beside the pages: `/tiles/{revision}/{layer}/{z}/{x}/{y}.mvt`.

A tile belongs to one revision of the store, so a browser may keep it for good; a request for another revision is led
to the present one, and no tile shows a state older than the store's.
"""

import asyncio
import contextlib
import gzip
import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import anyio
import anyio.to_thread
import geopandas as gpd
import numpy as np
import shapely
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from dashboard.static_files import base_path
from geo.tile_index import TileIndex

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
_PATH = re.compile(r"/tiles/([0-9A-Za-z_-]{1,64})/([a-z_]{1,32})/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})\.mvt")
_CACHE_BYTES = 64 * 1024 * 1024
# One processor stays free for the pages: tiles of a busy map come one or two at a time anyway.
_ENCODERS = 2


@dataclass(frozen=True)
class Level:
    """The zoom levels at which a layer has tiles; above `max_zoom` the map enlarges them, below there are none."""

    min_zoom: int
    max_zoom: int


#: A layer below its level is not thinned but absent: a thinned city is a misleading speckle.
LEVELS: Mapping[str, Level] = {
    "districts": Level(5, 12),
    "subdistricts": Level(8, 12),
    "communities": Level(10, 14),
    "buildings": Level(13, 16),
    "district_names": Level(5, 12),
    "subdistrict_names": Level(9, 12),
    "community_names": Level(13, 15),
}
#: Layers of names, made here: one point inside each shape of another layer, with its column `name`.
NAMES_OF = {
    "district_names": "districts",
    "subdistrict_names": "subdistricts",
    "community_names": "communities",
}


class LayerProvider(Protocol):
    """Where the layers come from; called from worker threads."""

    def revision(self) -> int | str:
        """The state of the store now (letters, digits, - and _).

        Two states must never share one, not even after the store was rebuilt: browsers keep tiles by it for a year.
        """

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """A layer of `LEVELS` that is not in `NAMES_OF` (EPSG:4326).

        Every column beside the geometry is sent with each shape, so only what the map uses belongs here. A missing
        number reaches the browser as 0 or NaN: give "unknown" a code of its own.
        """


@dataclass(frozen=True)
class Tile:
    """A tile as it is sent: gzipped, with the fingerprint of its content."""

    zipped: bytes
    etag: str


class TileCache:
    """The tiles used last, up to a number of bytes; shared by threads."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._tiles: OrderedDict[tuple[object, ...], Tile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...]) -> Tile | None:
        """The tile, which then counts as used last."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: tuple[object, ...], tile: Tile) -> None:
        """Keep a tile, and drop the ones unused for longest to make room."""
        with self._lock:
            old = self._tiles.pop(key, None)
            self.bytes += len(tile.zipped) - (len(old.zipped) if old else 0)
            self._tiles[key] = tile
            while self.bytes > self.max_bytes and self._tiles:
                _, dropped = self._tiles.popitem(last=False)
                self.bytes -= len(dropped.zipped)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._tiles.clear()
            self.bytes = 0


class TileService:
    """Layers of the present revision, each built once when first asked for, and the tiles made of them."""

    def __init__(
        self,
        provider: LayerProvider,
        *,
        allow: Callable[[Request], bool] | None = None,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        """`allow` is the access rule of the pages, asked on the event loop before anything else: it must be quick."""
        self._provider = provider
        self._allow = allow
        self._cache = TileCache(cache_bytes)
        self._revision: str | None = None
        self._indexes: dict[str, asyncio.Task[TileIndex]] = {}
        self._asking = asyncio.Lock()
        self._limiter: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        """The routes for `st.App(routes=…)`."""
        place = f"{base_path()}/tiles"
        return [
            Route(pattern, self._answer, methods=["GET"]) for pattern in (place, f"{place}/{{rest:path}}")
        ]

    async def warm_up(self) -> None:
        """Build all layers before the first page asks for them; a failure is logged and tried again on request."""
        try:
            revision = await self._present()
            for name in LEVELS:
                await self._index(revision, name)
        except Exception:
            _log.exception("layers could not be prepared")

    async def _run(self, work: Callable[[], object]) -> object:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_ENCODERS)
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def _present(self) -> str:
        """The store's revision now; layers and tiles of an earlier one are dropped."""
        async with self._asking:
            # One question at a time: an answer that overtakes another must not bring an old revision back.
            revision = str(await anyio.to_thread.run_sync(self._provider.revision))
            if revision != self._revision:
                self._revision = revision
                self._indexes.clear()
                self._cache.clear()
        return revision

    async def _index(self, revision: str, name: str) -> TileIndex:
        """The layer's index; everybody who asks meanwhile waits for the same one, without holding a thread."""
        task = self._indexes.get(name)
        if task is None:
            task = asyncio.create_task(self._build(name))
            self._indexes[name] = task
        try:
            return await asyncio.shield(task)
        except Exception:
            if self._indexes.get(name) is task:
                del self._indexes[name]
            raise

    async def _build(self, name: str) -> TileIndex:
        def build() -> TileIndex:
            if name in NAMES_OF:
                return TileIndex(name, _names(self._provider.layer(NAMES_OF[name])))
            index = TileIndex(name, self._provider.layer(name))
            if index.skipped:
                _log.warning("%s: %d shapes without a usable outline are in no tile", name, index.skipped)
            return index

        return await anyio.to_thread.run_sync(build)

    async def _answer(self, request: Request) -> Response:
        if self._allow is not None and not self._allow(request):
            return _refusal(403, "Forbidden")
        asked = _PATH.fullmatch(_own_path(request.scope))
        if asked is None:
            return _refusal(404, "Not Found")
        wanted, name = asked.group(1), asked.group(2)
        z, x, y = (int(n) for n in asked.group(3, 4, 5))
        level = LEVELS.get(name)
        if level is None or not level.min_zoom <= z <= level.max_zoom or x >= 2**z or y >= 2**z:
            return _refusal(404, "Not Found")
        try:
            revision = await self._present()
            if wanted != revision:
                place = f"{base_path()}/tiles/{revision}/{name}/{z}/{x}/{y}.mvt"
                return RedirectResponse(place, status_code=307, headers={"Cache-Control": "no-store"})
            tile = await self._tile(revision, name, z, x, y)
        except Exception:
            _log.exception("tile %s/%d/%d/%d could not be made", name, z, x, y)
            return _refusal(503, "Service Unavailable", {"Retry-After": "5"})
        return _response(request, tile)

    async def _tile(self, revision: str, name: str, z: int, x: int, y: int) -> Tile:
        key = (revision, name, z, x, y)
        tile = self._cache.get(key)
        if tile is not None:
            return tile
        index = await self._index(revision, name)

        def encode() -> Tile:
            data = index.tile(z, x, y)
            etag = hashlib.sha256(data).hexdigest()[:24]
            return Tile(gzip.compress(data, compresslevel=5, mtime=0), f'"{etag}"')

        made = await self._run(encode)
        assert isinstance(made, Tile)
        if revision == self._revision:
            self._cache.put(key, made)
        return made


def _names(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The names of a layer as points inside their shapes (EPSG:4326).

    Shapes that lie exactly upon each other share a point, the first one's name and how many more there are.
    """
    outlines = layer.geometry.to_wkb()
    same = outlines.groupby(outlines, sort=False, dropna=False)
    is_first, more = same.cumcount().eq(0), same.transform("size") - 1
    names = layer["name"].where(more.eq(0), layer["name"].astype(str) + " +" + more.astype(str))[is_first]
    layer = layer[is_first]
    shapes = layer.geometry.to_numpy()
    points = np.full(len(layer), None, dtype=object)
    for row, shape in enumerate(shapes):
        # One by one: a broken outline must not take the names of the others along.
        with contextlib.suppress(shapely.errors.GEOSException):
            points[row] = shapely.point_on_surface(shape)
    return gpd.GeoDataFrame({"name": names.to_numpy()}, geometry=points, crs=4326)


def _own_path(scope: Scope) -> str:
    """The path within the app, as the server decoded it: never the raw address, which can be written in many ways."""
    path: str = scope["path"]
    for prefix in (scope.get("root_path", ""), base_path()):
        if prefix and path.startswith(f"{prefix}/"):
            path = path[len(prefix) :]
    return path


def _refusal(status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(
        words, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})}
    )


def _response(request: Request, tile: Tile) -> Response:
    headers = {
        "ETag": tile.etag,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if tile.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if _accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(tile.zipped, media_type=MEDIA_TYPE, headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(tile.zipped), media_type=MEDIA_TYPE, headers=headers)


def _accepts_gzip(header: str) -> bool:
    for choice in header.lower().split(","):
        coding, _, weight = choice.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def tile_address(revision: int | str, layer: str) -> str:
    """The address of a layer's tiles, with {z}, {x} and {y} left open for the map. KeyError for no such layer."""
    if layer not in LEVELS:
        raise KeyError(layer)
    return f"{base_path()}/tiles/{revision}/{layer}/{{z}}/{{x}}/{{y}}.mvt"
