"""Many at once: tile latency while pages rerun, and the memory that a further session takes."""

import asyncio
import math
import random
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from dashboard.tile_levels import LEVELS
from tests.bench.browsing import tab
from tests.bench.cities import City, DensePlace, city, dense_place
from tests.bench.map_page import MAP
from tests.bench.report import Target, part, rows, targets
from tests.bench.servers import PRODUCT, Memory, Running, serving
from tests.bench.wire import sessions

BROWSERS, PAGES = 50, 20
#: A browser looks at a view so long before it moves on; it asks for its tiles over so many connections.
VIEW_SECONDS, CONNECTIONS = 10.0, 6
PAGE_SECONDS = 10.0
SECONDS = 40.0
_TILE = re.compile(r"(?P<head>/tiles/[^/]+/(?P<layer>\w+))/(?P<z>\d+)/\d+/\d+(?P<tail>\.\w+(?:\?.*)?)")


@dataclass
class Asked:
    """The tiles that were asked for."""

    took_s: list[float] = field(default_factory=list)
    failed: int = 0
    bytes: int = 0

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests stayed within (nearest rank)."""
        ordered = sorted(self.took_s)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def _tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    turn = math.asinh(math.tan(math.radians(lat)))
    return int((lon + 180) / 360 * 2**zoom), int((1 - turn / math.pi) / 2 * 2**zoom)


def patterns(server: Running, place: DensePlace) -> dict[str, str]:
    """The address of each layer's tiles as the page itself asks for them at z14, with {z}, {x}, {y} left open."""
    with tab(server.base) as page:
        seen = page.open(place.path, MAP, has_map=True)
    found = {}
    for path in seen.tiles:
        match = _TILE.fullmatch(path)
        if match and int(match["z"]) >= 13:
            found[match["layer"]] = f"{match['head']}/{{z}}/{{x}}/{{y}}{match['tail']}"
    if not found:
        raise LookupError("the map asked for no tile of z13 or beyond")
    return found


def _seen_at(layers: dict[str, str], zoom: int) -> dict[str, str]:
    return {name: address for name, address in layers.items() if LEVELS[name].min_zoom <= zoom}


def _views(place: DensePlace, layers: dict[str, str], number: int, chance: random.Random) -> list[list[str]]:
    """So many views around a place, z13 to z15: each the addresses of 2 x 2 tiles of every layer."""
    out = []
    for _ in range(number):
        zoom = chance.choice((13, 14, 14, 15))
        at_zoom = _seen_at(layers, zoom)
        x, y = _tile_of(place.lon + chance.gauss(0, 0.04), place.lat + chance.gauss(0, 0.03), zoom)
        levels = {name: min(max(zoom, LEVELS[name].min_zoom), LEVELS[name].max_zoom) for name in at_zoom}
        out.append(
            sorted(
                {
                    address.format(
                        z=levels[name],
                        x=(x + i) >> max(0, zoom - levels[name]),
                        y=(y + j) >> max(0, zoom - levels[name]),
                    )
                    for name, address in at_zoom.items()
                    for i in (0, 1)
                    for j in (0, 1)
                }
            )
        )
    return out


class _Connection:
    """One connection kept open, with as little work of its own as can be: the client shares the server's cores."""

    def __init__(self, base: str) -> None:
        address = urlsplit(base)
        self._host, self._port = str(address.hostname), int(address.port or 80)
        self._pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, int]:
        """Status and length of an answer. OSError or EOFError where the connection breaks.

        A server may close a connection that rests; like a browser, this opens another and asks once more.
        """
        if self._pipe is not None:
            try:
                return await self._ask(path)
            except (OSError, EOFError):
                self.close()
        self._pipe = await asyncio.open_connection(self._host, self._port)
        return await self._ask(path)

    async def _ask(self, path: str) -> tuple[int, int]:
        assert self._pipe is not None
        reader, writer = self._pipe
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)\r\n", head, re.IGNORECASE)
        size = int(length.group(1)) if length else 0
        await reader.readexactly(size)
        return int(head[9:12]), size

    def close(self) -> None:
        """Let go of the connection; the next request opens another."""
        if self._pipe is not None:
            self._pipe[1].close()
            self._pipe = None


async def _browse(base: str, views: list[list[str]], until: float, wait: float, asked: Asked) -> None:
    connections = [_Connection(base) for _ in range(CONNECTIONS)]

    async def fetch(connection: _Connection, waiting: list[str]) -> None:
        while waiting:  # as in a browser's own queue: waiting here is not the server's latency
            path = waiting.pop()
            start = time.perf_counter()
            try:
                async with asyncio.timeout(30):
                    status, size = await connection.get(path)
            except (OSError, EOFError, TimeoutError):
                connection.close()
                asked.failed += 1
                continue
            asked.took_s.append(time.perf_counter() - start)
            asked.bytes += size
            asked.failed += status not in (200, 204)

    await asyncio.sleep(wait)
    for view in views:
        if time.perf_counter() >= until:
            break
        start, waiting = time.perf_counter(), list(view)
        await asyncio.gather(*(fetch(connection, waiting) for connection in connections))
        await asyncio.sleep(max(0.0, VIEW_SECONDS - (time.perf_counter() - start)))
    for connection in connections:
        connection.close()


async def _crowd(
    base: str, all_views: list[list[list[str]]], place: DensePlace, pages: int, seconds: float
) -> tuple[Asked, list[float]]:
    query = place.path.partition("?")[2]
    asked = Asked()
    async with sessions(base, pages, "map", query) as opened:
        until = time.perf_counter() + seconds

        async def rerun(number: int) -> None:
            await asyncio.sleep(PAGE_SECONDS * number / max(1, pages))
            colours = ("decade", "stage", "funding")
            turn = 0
            while time.perf_counter() < until:
                took = await opened[number].run(f"{query}&colour={colours[turn % 3]}")
                turn += 1
                await asyncio.sleep(max(0.0, PAGE_SECONDS - took))

        for session in opened:
            session.took_s.clear()
        await asyncio.gather(
            *(
                _browse(base, views, until, VIEW_SECONDS * number / len(all_views), asked)
                for number, views in enumerate(all_views)
            ),
            *(rerun(number) for number in range(pages)),
        )
        return asked, [took for session in opened for took in session.took_s]


def load(folder: Path, repeats: int, footprints: int = 500_000) -> str:
    """Markdown: tile latency under load."""
    made = city(footprints)
    place = dense_place(made)
    body, warm99, failures = [], [], 0
    growth: list[float] = []
    for repeat in range(repeats):
        with serving(PRODUCT, made.env, folder) as server:
            layers = patterns(server, place)
            chance = random.Random(repeat)
            views = [_views(place, layers, int(SECONDS / VIEW_SECONDS) + 1, chance) for _ in range(BROWSERS)]
            memory = [server.settled_memory()]
            for name, pages in (
                ("cold, pages rerun", PAGES),
                ("warm, pages rerun", PAGES),
                ("warm, tiles alone", 0),
            ):
                asked, runs = asyncio.run(_crowd(server.base, views, place, pages, SECONDS))
                memory.append(server.settled_memory())
                failures += asked.failed
                if pages:
                    warm99.append(asked.percentile(0.99))
                body.append(
                    [
                        f"{name}, {repeat + 1}",
                        f"{len(asked.took_s):,}",
                        f"{len(asked.took_s) / SECONDS:.0f}",
                        *(f"{asked.percentile(p) * 1000:.0f}" for p in (0.5, 0.99, 1.0)),
                        f"{asked.failed}",
                        f"{len(runs)}",
                        f"{median(runs):.2f}" if runs else "–",
                        f"{memory[-2].own_mb:.0f} → {memory[-1].own_mb:.0f}",
                    ]
                )
                print("  " + " | ".join(body[-1]), flush=True)
            growth.append(memory[-1].own_mb / memory[1].own_mb)
    return part(
        f"Tiles under load, {footprints:,} footprints",
        repeats,
        f"{BROWSERS} browsers, each moving to another view of z13–z15 every {VIEW_SECONDS:g} s ({len(layers)} layers "
        f"of 2 × 2 tiles, {CONNECTIONS} connections kept open), for {SECONDS:g} s, while {PAGES} page sessions rerun "
        f"the map page with other colours every {PAGE_SECONDS:g} s each. The clients run on the same two cores as the "
        "server, so their own work is in the latencies. Sessions speak Streamlit's WebSocket without a browser. Cold: "
        "tiles that this server has not sent before; warm: the same ones again.",
        rows(
            ["run", "tiles", "tiles/s", "p50 ms", "p99 ms", "slowest ms", "failed", "page runs", "page run s",
             "server MB"],
            body,
        ),
        targets(
            [
                Target("99th percentile while pages rerun (worst run)", max(warm99), 0.5, unit=" s"),
                Target("failed requests", failures, 0, digits=0),
                Target("memory after the last run ÷ after the first", max(growth), 1.1),
            ]
        ),
    )  # fmt: skip


async def _open(base: str, place: DensePlace, server: Running) -> tuple[Memory, Memory]:
    """The server's memory with `PAGES` sessions open, and with twice as many."""
    query = place.path.partition("?")[2]
    held = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            opened = await stack.enter_async_context(sessions(base, PAGES, "map", query))
            for session in opened:
                # What passes a filter must not be kept as rows of its own for everybody who has the page open.
                await session.run(f"{query}&years=1950-1989")
            # The measuring waits; the sessions stay open meanwhile.
            held.append(await asyncio.to_thread(server.settled_memory))
    return held[0], held[1]


def sessions_memory(folder: Path, repeats: int, footprints: int = 500_000) -> str:
    """Markdown: what one more open map page costs the server."""
    made: City = city(footprints)
    place = dense_place(made)
    each, body = [], []
    for repeat in range(repeats):
        with serving(PRODUCT, made.env, folder) as server:
            some, more = asyncio.run(_open(server.base, place, server))
            each.append((more.own_mb - some.own_mb) / PAGES)
            body.append(
                [
                    f"{repeat + 1}",
                    f"{some.own_mb:.0f}",
                    f"{more.own_mb:.0f}",
                    f"{more.pss_mb:.0f}",
                    f"{each[-1]:.2f}",
                ]
            )
            print("  " + " | ".join(body[-1]), flush=True)
    return part(
        f"Memory of a further session, {footprints:,} footprints",
        repeats,
        f"{PAGES} sessions with the map page open, then {2 * PAGES}, each run twice, the second time with a filter by "
        "year, over Streamlit's WebSocket. The server's own pages (RssAnon), settled.",
        rows(
            [
                "repeat",
                f"{PAGES} sessions MB",
                f"{2 * PAGES} sessions MB",
                "share of all (PSS) MB",
                "each MB",
            ],
            body,
        ),
        targets([Target("memory of a further session", median(each), 5.0, unit=" MB")]),
    )
