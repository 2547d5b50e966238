"""Tile routes: what they answer, what they refuse, and that nothing old is ever served."""

import asyncio
import gzip
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import unquote

import geopandas as gpd
import numpy as np
import pytest
import shapely
from starlette.applications import Starlette
from starlette.requests import Request

from dashboard.basemap import BasemapService
from dashboard.map_still import StillService
from dashboard.server import middleware
from dashboard.tile_levels import EDGES_OF, GROUPS, LEVELS, NAMES_OF
from dashboard.tiles import Tile, TileCache, TileService, tile_address
from geo.tile_index import TileIndex
from tests.geo.test_mvt import decode
from tests.own_loop import OwnLoop, run

Z, X, Y = 14, 13489, 6207
HERE = f"{Z}/{X}/{Y}.mvt"


class Town:
    """A provider whose state the test changes."""

    def __init__(self) -> None:
        self.number: int | str = 1
        self.loads: list[str] = []
        self.delay_s = 0.0
        self.fails = False

    def revision(self) -> int | str:
        return self.number

    def layer(self, name: str) -> gpd.GeoDataFrame:
        assert threading.current_thread() is not threading.main_thread()
        self.loads.append(name)
        time.sleep(self.delay_s)
        if self.fails:
            raise RuntimeError("the store is gone: secret detail")
        step = np.arange(20) * 0.0005
        return gpd.GeoDataFrame(
            {
                "building_id": [f"{name}-{i}" for i in range(20)],
                "name": f"state {self.number}",
            },
            geometry=shapely.box(116.4 + step, 39.92, 116.4002 + step, 39.9202),
            crs=4326,
        )


@pytest.fixture
def town() -> Town:
    return Town()


@dataclass
class Answer:
    status_code: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


class Client:
    """Speaks ASGI to the routes as the server does, so that a path arrives exactly as the test writes it."""

    def __init__(self, service: TileService | BasemapService | StillService) -> None:
        self.app = Starlette(routes=service.routes(), middleware=middleware())
        self.runner = OwnLoop()

    async def ask(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        given = {"host": "127.0.0.1:8501", "accept-encoding": "gzip, br", **headers}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path.partition("?")[0]),
            "raw_path": path.partition("?")[0].encode(),
            "query_string": path.partition("?")[2].encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8501),
        }
        sent: list[dict] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        head = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return Answer(sent[0]["status"], head, b"".join(m.get("body", b"") for m in sent[1:]))

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.runner.run(self.ask(method, path, headers or {}))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers)

    def get_all(self, paths: list[str]) -> list[Answer]:
        async def together() -> list[Answer]:
            return list(await asyncio.gather(*(self.ask("GET", path, {}) for path in paths)))

        return self.runner.run(together())


@pytest.fixture
def connect() -> Iterator[Callable[[TileService], Client]]:
    """Makes clients, and ends their event loops afterwards."""
    with ExitStack() as ending:

        def make(service: TileService) -> Client:
            made = Client(service)
            ending.callback(made.runner.close)
            return made

        yield make


@pytest.fixture
def client(town: Town, connect: Callable[[TileService], Client]) -> Client:
    return connect(TileService(town))


def test_a_crowd_shares_the_question_for_the_revision(
    town: Town, connect: Callable[[TileService], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | str] = []

    def revision() -> int | str:
        time.sleep(0.05)
        asked.append(town.number)
        return town.number

    monkeypatch.setattr(town, "revision", revision)
    client = connect(TileService(town))
    paths = [f"/tiles/1/buildings/{Z}/{X + i % 5}/{Y}.mvt" for i in range(40)]
    assert {a.status_code for a in client.get_all(paths)} == {200}
    assert 1 <= len(asked) <= 4
    # A request that comes later asks anew, however lately somebody else has.
    town.number = 2
    assert client.get(paths[0]).status_code == 307


def test_a_tile_is_zipped_and_kept_for_good(client: Client) -> None:
    answer = client.get(f"/tiles/1/buildings/{HERE}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"] and "private" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["x-content-type-options"] == "nosniff"
    features = decode(answer.content)["buildings"]
    assert {"building_id", "name"} <= features[0].keys()
    assert features[0]["name"] == "state 1"
    plain = client.get(f"/tiles/1/buildings/{HERE}", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    none = client.get(f"/tiles/1/buildings/{HERE}", headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in none.headers
    assert client.request("HEAD", f"/tiles/1/buildings/{HERE}").status_code == 200


def test_a_browser_that_has_the_tile_gets_no_bytes(client: Client) -> None:
    etag = client.get(f"/tiles/1/buildings/{HERE}").headers["etag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = client.get(f"/tiles/1/buildings/{HERE}", headers={"if-none-match": known})
        assert (again.status_code, again.body) == (304, b"")
    assert client.get(f"/tiles/1/buildings/{HERE}", headers={"if-none-match": '"x"'}).status_code == 200


def test_a_place_without_shapes_is_an_empty_tile(client: Client) -> None:
    answer = client.get("/tiles/1/buildings/14/0/0.mvt")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/1/secrets/14/13489/6207.mvt",
        "/tiles/1/sqlite_master/14/13489/6207.mvt",
        "/tiles/1/buildings/12/3372/1551.mvt",
        "/tiles/1/buildings/17/1/1.mvt",
        "/tiles/1/buildings/-1/0/0.mvt",
        "/tiles/1/buildings/14/-5/0.mvt",
        "/tiles/1/buildings/14/16384/0.mvt",
        "/tiles/1/buildings/14/0/99999999.mvt",
        "/tiles/1/buildings/14/0/999999999999999999999.mvt",
        "/tiles/1/buildings/99/0/0.mvt",
        "/tiles/1/buildings/1e1/0/0.mvt",
        "/tiles/1/buildings/14/0/0.pbf",
        "/tiles/1/buildings/14/0/0.mvt/",
        "/tiles/1/buildings/14/0/0.mvt%00",
        "/tiles/1/buildings/14/0/0.mvt%0a",
        "/tiles/1/buildings/14/٣/0.mvt",
        "/tiles/1/buildings/%2e%2e/%2e%2e/0.mvt",
        "/tiles/1/buildings//14/0/0.mvt",
        "/tiles//buildings/14/0/0.mvt",
        "/tiles/1/../1/buildings/14/0/0.mvt%3f",
        "/tiles/' or 1=1/buildings/14/0/0.mvt",
        f"/tiles/{'9' * 500}/buildings/14/0/0.mvt",
        "/tiles/",
        "/tiles",
    ],
)
def test_anything_else_is_a_clean_refusal(client: Client, town: Town, path: str) -> None:
    answer = client.get(path)
    assert 400 <= answer.status_code < 500
    assert len(answer.body) < 40
    assert b"Traceback" not in answer.content
    assert town.loads == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_tiles_are_only_read(client: Client, method: str) -> None:
    assert client.request(method, f"/tiles/1/buildings/{HERE}").status_code == 405


def test_another_revision_is_led_to_the_present_one(client: Client, town: Town) -> None:
    assert client.get(f"/tiles/1/buildings/{HERE}").status_code == 200
    town.number = "b7-2"
    answer = client.get(f"/tiles/1/buildings/{HERE}")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"/tiles/b7-2/buildings/{HERE}"
    assert answer.headers["cache-control"] == "no-store"
    fresh = client.get(answer.headers["location"])
    assert {f["name"] for f in decode(fresh.content)["buildings"]} == {"state b7-2"}
    assert client.get(f"/tiles/99/buildings/{HERE}").status_code == 307


def test_layers_of_an_old_revision_are_dropped(town: Town, connect: Callable[[TileService], Client]) -> None:
    service = TileService(town)
    client = connect(service)
    client.get(f"/tiles/1/buildings/{HERE}")
    client.get("/tiles/1/communities/14/13489/6207.mvt")
    town.number = 2
    client.get(f"/tiles/2/buildings/{HERE}")
    assert set(service._indexes) == {"buildings"}
    assert town.loads == ["buildings", "communities", "buildings"]


def test_many_at_once_build_a_layer_once(town: Town, connect: Callable[[TileService], Client]) -> None:
    town.delay_s = 0.3
    answers = connect(TileService(town)).get_all(
        [f"/tiles/1/buildings/14/{X + i % 3}/{Y}.mvt" for i in range(24)]
    )
    assert {a.status_code for a in answers} == {200}
    assert town.loads == ["buildings"]


def test_a_failure_says_nothing_and_is_tried_again(
    client: Client, town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.fails = True
    with caplog.at_level(logging.CRITICAL):
        answer = client.get(f"/tiles/1/buildings/{HERE}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert b"secret" not in answer.content
    town.fails = False
    assert client.get(f"/tiles/1/buildings/{HERE}").status_code == 200


def test_the_access_rule_is_asked_before_anything_else(
    town: Town, connect: Callable[[TileService], Client]
) -> None:
    asked: list[str] = []

    def allow(request: Request) -> bool:
        asked.append(request.scope["path"])
        return request.headers.get("x-user") == "planner"

    client = connect(TileService(town, allow=allow))
    for path in (f"/tiles/1/buildings/{HERE}", "/tiles/1/nothing/0/0/0.mvt", "/tiles/x"):
        assert client.get(path).status_code == 403
    assert town.loads == [] and len(asked) == 3
    assert client.get(f"/tiles/1/buildings/{HERE}", headers={"x-user": "planner"}).status_code == 200
    # A tile held for one who may see it is not handed to one who may not.
    assert client.get(f"/tiles/1/buildings/{HERE}").status_code == 403


def test_a_foreign_host_name_gets_nothing(client: Client) -> None:
    from streamlit import config

    hosts = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", ["localhost", "127.0.0.1"])
    try:
        assert client.get(f"/tiles/1/buildings/{HERE}", headers={"host": "evil.example"}).status_code == 421
        assert client.get(f"/tiles/1/buildings/{HERE}", headers={"host": "127.0.0.1:8501"}).status_code == 200
    finally:
        config.set_option("server.allowedHosts", hosts)


def test_names_are_points_inside_their_shapes(client: Client, town: Town) -> None:
    answer = client.get("/tiles/1/community_names/14/13489/6207.mvt")
    (layer,) = decode(answer.content).values()
    assert {f["type"] for f in layer} == {1}
    assert {f["name"] for f in layer} == {"state 1"}
    assert all("building_id" not in f for f in layer)
    assert town.loads == ["communities"]


def test_warm_up_builds_every_layer_and_survives_a_failure(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    service = TileService(town)
    run(service.warm_up())
    assert sorted(set(town.loads)) == sorted(set(LEVELS) - set(NAMES_OF) - set(EDGES_OF) - set(GROUPS))
    broken = Town()
    broken.fails = True
    with caplog.at_level(logging.CRITICAL):
        run(TileService(broken).warm_up())


def test_the_cache_stays_within_its_bytes_and_keeps_what_was_used_last() -> None:
    cache = TileCache(100)
    for i in range(10):
        cache.put((i,), Tile(b"x" * 30, "e"))
        cache.get((0,))
    assert cache.bytes <= 100
    assert cache.get((0,)) is not None and cache.get((9,)) is not None
    assert cache.get((5,)) is None
    cache.put((0,), Tile(b"x" * 10, "e"))
    assert cache.bytes == sum(len(t.zipped) for t in cache._tiles.values())
    cache.put(("huge",), Tile(b"x" * 1000, "e"))
    assert cache.get(("huge",)) is None and cache.bytes <= 100


def test_a_repeated_request_encodes_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get(f"/tiles/1/buildings/{HERE}")
    monkeypatch.setattr(TileIndex, "tile", lambda *a, **k: pytest.fail("encoded again"))
    assert client.get(f"/tiles/1/buildings/{HERE}").content == first.content


def test_addresses_for_maps() -> None:
    assert tile_address("a-1", "buildings") == "/tiles/a-1/buildings/{z}/{x}/{y}.mvt"
    with pytest.raises(KeyError):
        tile_address(1, "secrets")


def test_outlines_are_cut_from_their_layers_tiles_and_carry_nothing(client: Client) -> None:
    z, x, y = 14, 13489, 6207
    shapes = decode(client.get(f"/tiles/1/communities/{z}/{x}/{y}.mvt").content)["communities"]
    edges = decode(client.get(f"/tiles/1/community_edges/{z}/{x}/{y}.mvt").content)["community_edges"]
    assert len(edges) == len(shapes) > 0
    assert all(set(edge) == {"type", "paths"} for edge in edges)
    assert client.get(f"/tiles/1/community_edges/12/{x // 4}/{y // 4}.mvt").status_code == 404


def test_a_group_holds_its_layers_tiles_one_behind_the_other(client: Client) -> None:
    z, x, y = 14, 13489, 6207
    whole = decode(client.get(f"/tiles/1/outlines/{z}/{x}/{y}.mvt").content)
    assert list(whole) == ["community_edges", "subdistrict_edges", "district_edges"]
    for name, features in whole.items():
        assert features == decode(client.get(f"/tiles/1/{name}/{z}/{x}/{y}.mvt").content)[name]
    # Below its own level a layer is in no tile of the group.
    far = decode(client.get(f"/tiles/1/outlines/12/{x >> 2}/{y >> 2}.mvt").content)
    assert list(far) == ["subdistrict_edges", "district_edges"]
    assert client.get(f"/tiles/1/ground/{z}/{x}/{y}.mvt").status_code == 200
    assert client.get(f"/tiles/1/outlines/17/{x << 3}/{y << 3}.mvt").status_code == 404


def test_a_group_leaves_out_what_is_not_for_everybody(
    town: Town, connect: Callable[[TileService], Client]
) -> None:
    for codes in (frozenset({"110101"}), frozenset()):
        service = TileService(town, allow=lambda _, c=codes: c)  # type: ignore[misc]
        seen = decode(connect(service).get(f"/tiles/1/outlines/{HERE}").content)
        assert list(seen) == ["subdistrict_edges", "district_edges"]


def test_who_may_not_see_all_sees_no_outlines_of_a_layer_in_memory(
    town: Town, connect: Callable[[TileService], Client]
) -> None:
    service = TileService(town, allow=lambda _: frozenset({"110101"}))
    assert connect(service).get(f"/tiles/1/community_edges/{HERE}").content == b""
    assert connect(service).get(f"/tiles/1/district_edges/12/{13489 // 4}/{6207 // 4}.mvt").content != b""
