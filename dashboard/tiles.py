"""Vector tiles served beside the pages: `/tiles/{revision}/{layer}/{z}/{x}/{y}.mvt`.

A tile belongs to one revision of the store, so a browser may keep it for good; a request for another revision is led
to the present one, and no tile shows a state older than the store's.
"""

import asyncio
import gzip
import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import anyio
import anyio.to_thread
import geopandas as gpd
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from dashboard.static_files import base_path
from dashboard.tile_archive import TileLayers
from dashboard.tile_archive_keeper import ArchiveState
from dashboard.tile_levels import EDGES_OF, GROUPS, LEVELS, NAMES_OF, members_of, names_of, points_inside
from geo.tile_index import TileIndex

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
_PATH = re.compile(r"/tiles/([0-9A-Za-z_-]{1,64})/([a-z_]{1,32})/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})\.mvt")
_CACHE_BYTES = 64 * 1024 * 1024
# One processor stays free for the pages: tiles of a busy map come one or two at a time anyway.
_ENCODERS = 2
#: So long a request waits for an archive that is being made; browsers hold only six requests open at once.
_WAIT_S = 20.0
#: Layers that somebody who may see some districts alone gets only the parts of.
BY_DISTRICT = ("communities", "community_names", "community_edges", "buildings")

#: What the access rule says: everything, nothing, or the codes of the districts and subdistricts that may be seen (with
#: none of them, only layers that are not by district).
Access = bool | frozenset[str]


class LayerProvider(Protocol):
    """Where layers come from that are held in memory; called from worker threads."""

    def revision(self) -> int | str:
        """The state of the store now (letters, digits, - and _).

        Two states must never share one, not even after the store was rebuilt: browsers keep tiles by it for a year.
        """

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """A layer of `LEVELS` that is not in `NAMES_OF` (EPSG:4326).

        Every column beside the geometry is sent with each shape, so only what the map uses belongs here. A missing
        number reaches the browser as 0 or NaN: give "unknown" a code of its own.
        """


@runtime_checkable
class ArchiveProvider(Protocol):
    """Where tiles come from that lie in files or in the database; `dashboard.map_layers.StoreLayers`."""

    def revision(self) -> int | str:
        """See `LayerProvider`."""

    def tiles_of(self, name: str) -> TileLayers:
        """A layer at the store's present state or a later one; waits, in a thread, while it is being made."""

    def prepare(self) -> None:
        """Begin to make what is missing; comes back at once."""

    def state(self) -> ArchiveState:
        """How far that is; comes back at once."""


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
        provider: LayerProvider | ArchiveProvider,
        *,
        allow: Callable[[Request], Access] | None = None,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        """`allow` is the access rule of the pages, asked on the event loop before anything else: it must be quick.

        Where it names districts, communities and footprints of others are in no tile.
        """
        self._provider = provider
        self._allow = allow
        self._cache = TileCache(cache_bytes)
        self._revision: str | None = None
        self._indexes: dict[str, asyncio.Task[TileLayers | TileIndex]] = {}
        self._asked: asyncio.Task[str] | None = None
        self._to_ask: asyncio.Task[str] | None = None
        self._limiter: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        """The routes for `st.App(routes=…)`."""
        place = f"{base_path()}/tiles"
        return [
            Route(pattern, self._answer, methods=["GET"]) for pattern in (place, f"{place}/{{rest:path}}")
        ]

    def state(self) -> ArchiveState:
        """How far the tiles are, for the page; begins to make them where nobody has. Comes back at once."""
        if isinstance(self._provider, ArchiveProvider):
            return self._provider.state()
        return ArchiveState(str(self._provider.revision()), True)

    async def warm_up(self) -> None:
        """Begin to make the tiles before the first page asks for them; a failure is logged and tried again on request.

        Layers held in memory are waited for; an archive is not.
        """
        try:
            if isinstance(self._provider, ArchiveProvider):
                await anyio.to_thread.run_sync(self._provider.prepare)
                return
            revision = await self._present()
            for name in (n for n in LEVELS if n not in EDGES_OF and n not in GROUPS):
                await self._index(revision, name)
        except Exception:
            _log.exception("layers could not be prepared")

    async def _run(self, work: Callable[[], object]) -> object:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_ENCODERS)
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def _present(self) -> str:
        """The store's revision now; layers and tiles of an earlier one are dropped.

        Whoever asks while a question is under way shares the next one with all who do: a crowd costs two questions,
        and each answer was asked for after its request came.
        """
        if self._to_ask is None:
            self._to_ask = asyncio.create_task(self._ask(self._asked))
        return await asyncio.shield(self._to_ask)

    async def _ask(self, before: "asyncio.Task[str] | None") -> str:
        if before is not None and not before.done():
            # One question at a time: an answer that overtakes another must not bring an old revision back.
            await asyncio.wait([before])
        self._asked, self._to_ask = self._to_ask, None
        revision = str(await anyio.to_thread.run_sync(self._provider.revision))
        if revision != self._revision:
            self._revision = revision
            self._indexes.clear()
            self._cache.clear()
        return revision

    async def _index(self, revision: str, name: str) -> TileLayers | TileIndex:
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

    async def _build(self, name: str) -> TileLayers | TileIndex:
        provider = self._provider

        def build() -> TileLayers | TileIndex:
            if isinstance(provider, ArchiveProvider):
                return provider.tiles_of(name)
            if name in NAMES_OF:
                named = names_of(provider.layer(NAMES_OF[name]))
                return TileIndex(name, named.set_geometry(points_inside(named.geometry.to_numpy())), ["name"])
            index = TileIndex(name, provider.layer(name))
            if index.skipped:
                _log.warning("%s: %d shapes without a usable outline are in no tile", name, index.skipped)
            return index

        return await anyio.to_thread.run_sync(build)

    async def _answer(self, request: Request) -> Response:
        access: Access = self._allow is None or self._allow(request)
        if access is False:
            return _refusal(403, "Forbidden")
        asked = _PATH.fullmatch(_own_path(request.scope))
        if asked is None:
            return _refusal(404, "Not Found")
        wanted, name = asked.group(1), asked.group(2)
        z, x, y = (int(n) for n in asked.group(3, 4, 5))
        level = LEVELS.get(name)
        if level is None or not level.min_zoom <= z <= level.max_zoom or x >= 2**z or y >= 2**z:
            return _refusal(404, "Not Found")
        if not access and name in BY_DISTRICT:
            return _refusal(403, "Forbidden")
        try:
            revision = await self._present()
            if wanted != revision:
                place = f"{base_path()}/tiles/{revision}/{name}/{z}/{x}/{y}.mvt"
                # Sealed for whom it was asked: the browser keeps a tile under its whole address.
                place += f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(place, status_code=307, headers={"Cache-Control": "no-store"})
            parts = None if access is True else frozenset(access)
            tile = await asyncio.wait_for(self._tile(revision, name, z, x, y, parts), _WAIT_S)
        except TimeoutError:
            return _refusal(503, "Service Unavailable", {"Retry-After": "5"})
        except Exception:
            _log.exception("tile %s/%d/%d/%d could not be made", name, z, x, y)
            return _refusal(503, "Service Unavailable", {"Retry-After": "5"})
        return _response(request, tile)

    async def _tile(
        self, revision: str, name: str, z: int, x: int, y: int, parts: frozenset[str] | None
    ) -> Tile:
        members = members_of(name, z)
        if not any(member in BY_DISTRICT for member in members):
            parts = None
        key = (revision, name, z, x, y, parts)
        tile = self._cache.get(key)
        if tile is not None:
            return tile
        bases = {member: EDGES_OF.get(member, (member, 0.0))[0] for member in members}
        layers = {base: await self._index(revision, base) for base in dict.fromkeys(bases.values())}

        def encode() -> Tile:
            # A tile of several layers is their tiles one behind the other.
            data = b"".join(
                _member(layers[bases[member]], member, z, x, y, parts if member in BY_DISTRICT else None)
                for member in members
            )
            etag = hashlib.sha256(data).hexdigest()[:24]
            return Tile(gzip.compress(data, compresslevel=5, mtime=0), f'"{etag}"')

        made = await self._run(encode)
        assert isinstance(made, Tile)
        if revision == self._revision:
            self._cache.put(key, made)
        return made


def _member(
    layer: TileLayers | TileIndex, name: str, z: int, x: int, y: int, parts: frozenset[str] | None
) -> bytes:
    """One layer's tile, or its outlines' where the name is one of outlines; of the given parts alone."""
    width_px = EDGES_OF[name][1] if name in EDGES_OF else 0.0
    if isinstance(layer, TileIndex):
        if parts is not None:
            return b""  # a layer held in memory knows no districts: who may not see all of it sees nothing
        return layer.edges(name, width_px, z, x, y) if width_px else layer.tile(z, x, y)
    return layer.edges(name, width_px, z, x, y, parts) if width_px else layer.tile(z, x, y, parts)


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


def tile_address(revision: int | str, layer: str, query: str = "") -> str:
    """The address of a layer's tiles, with {z}, {x} and {y} left open for the map. KeyError for no such layer.

    `query` says for whom they are (`dashboard.scope_token`).
    """
    if layer not in LEVELS:
        raise KeyError(layer)
    return f"{base_path()}/tiles/{revision}/{layer}/{{z}}/{{x}}/{{y}}.mvt" + (f"?{query}" if query else "")
