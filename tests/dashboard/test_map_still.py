"""The server's still picture of the map: the right colours in the right places, and what the route refuses."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image
from sqlalchemy import text

from dashboard import map_still
from dashboard.deck_expressions import Between, ByCode, BySteps, OneColour, Where
from dashboard.map_layers import LAYERS
from dashboard.map_still import NoStillError, StillService, drawn
from dashboard.session import acting
from dashboard.still_address import still_address
from dashboard.still_picture import still_picture
from dashboard.tile_decks import Place, TileGroup, TileStyle
from geo.flat import FlatShapes, flatten
from geo.mvt import to_mercator
from store.access import Principal, Role
from store.engine import Store, bump_revision
from store.scoped_views import Scope
from tests.dashboard.test_tile_archive import _filled
from tests.dashboard.test_tiles import Client, connect

__all__ = ["connect"]  # the fixture

AT = Place(lon=116.4, lat=39.9, zoom=16.0)
RED, BLUE, GREEN = "#d40000", "#0000d4", "#00d400"
#: Degrees of longitude and latitude for ten pixels at AT.
X, Y = 10 * 360 / (512 * 2**16), 10 * 360 / (512 * 2**16) * np.cos(np.radians(39.9))


OFFICE = Principal("t", Role.PROGRAMME_OFFICE)


class Layer:
    """Shapes given in pixels from the picture's centre (y down), with their attributes."""

    def __init__(self, shapes: list[shapely.Geometry], **columns: Any) -> None:
        def moved(xy: np.ndarray) -> np.ndarray:
            return np.column_stack([AT.lon + xy[:, 0] / 10 * X, AT.lat - xy[:, 1] / 10 * Y])

        lonlat = shapely.transform(np.array(shapes, dtype=object), moved)
        self.shapes: FlatShapes = flatten(shapely.transform(lonlat, to_mercator))
        self.frame = pd.DataFrame({"n": range(len(shapes))} | columns)
        self.rows = len(shapes)

    def shapes_in(self, z: int, bounds: object, parts: object = None) -> tuple[FlatShapes, np.ndarray]:
        return self.shapes, np.arange(self.rows)


def picture(layers: dict[str, Layer], *styles: TileStyle | TileGroup) -> Image.Image:
    data = still_picture(layers, styles, AT, 200, 100)  # type: ignore[arg-type]
    return Image.open(io.BytesIO(data)).convert("RGB")


def near(picture: Image.Image, x: int, y: int, colour: str) -> bool:
    """Whether the pixel so far from the centre has about that colour; WebP pictures are not exact."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    found = picture.getpixel((100 + x, 50 + y))
    assert isinstance(found, tuple)
    return all(abs(a - b) < 40 for a, b in zip(found, wanted, strict=True))


def test_shapes_have_their_colours_and_holes_stay_open() -> None:
    ring = shapely.box(-80, -40, -20, 40).difference(shapely.box(-60, -20, -40, 20))
    layers = {"communities": Layer([ring, shapely.box(20, -40, 80, 40)], stage=["started", "else"])}
    style = TileStyle("communities", fill=ByCode("stage", {"started": RED}, BLUE), fill_alpha=255)
    seen = picture(layers, style)
    assert near(seen, -70, 0, RED)
    assert near(seen, -50, 0, "#ffffff")
    assert near(seen, 50, 0, BLUE)
    assert near(seen, 0, 0, "#ffffff")


def test_steps_filters_and_zooms_are_those_of_the_map() -> None:
    boxes = [shapely.box(x, -40, x + 30, 40) for x in (-90, -40, 10, 60)]
    layers = {"communities": Layer(boxes, share=[0.0, 50.0, 100.0, np.nan], year=[1950, 1980, 2005, 1990])}
    fill = BySteps("share", (50.0, 100.0), (RED, GREEN, BLUE), "#000000")
    seen = picture(layers, TileStyle("communities", fill=fill, fill_alpha=255))
    assert [near(seen, x, 0, c) for x, c in ((-75, RED), (-25, GREEN), (25, BLUE), (75, "#000000"))] == 4 * [
        True
    ]
    old = TileStyle("communities", fill=OneColour(RED), fill_alpha=255, filters=[Between("year", 1940, 1999)])
    seen = picture(layers, old)
    assert near(seen, -75, 0, RED)
    assert near(seen, 75, 0, RED)
    assert near(seen, 25, 0, "#ffffff")
    for bound in ({"from_zoom": 16.5}, {"to_zoom": 15.5}):
        unseen = picture(layers, TileStyle("communities", fill=OneColour(RED), fill_alpha=255, **bound))  # type: ignore[arg-type]
        assert near(unseen, -75, 0, "#ffffff")


def test_a_group_and_a_rule_with_two_sides_are_drawn_as_on_the_map() -> None:
    boxes = [shapely.box(-90, -40, -30, 40), shapely.box(30, -40, 90, 40)]
    layers = {
        "water": Layer(boxes[:1]),
        "green_spaces": Layer([]),
        "communities": Layer(boxes[1:], year=[1960]),
    }
    ground = TileGroup("ground", {"water": (BLUE, 255), "green_spaces": (GREEN, 255)})
    for last, colour in ((1999, RED), (1950, GREEN)):
        fill = Where([Between("year", 1900, last)], OneColour(RED), OneColour(GREEN))
        seen = picture(layers, ground, TileStyle("communities", fill=fill, fill_alpha=255))
        assert near(seen, -60, 0, BLUE)
        assert near(seen, 60, 0, colour)


def test_outlines_lie_on_the_edge_and_later_layers_above_earlier_ones() -> None:
    box = [shapely.box(-60, -30, 60, 30)]
    layers = {"communities": Layer(box), "districts": Layer(box)}
    fill = TileStyle("communities", fill=OneColour(GREEN), fill_alpha=255)
    edge = TileStyle("district_edges", fill=OneColour(RED), fill_alpha=255)
    seen = picture(layers, fill, edge)
    assert near(seen, 0, 0, GREEN)
    row = [seen.getpixel((100 + x, 50)) for x in range(-64, -56)]
    assert any(p[0] - p[1] > 40 for p in row if isinstance(p, tuple))
    covered = picture(layers, edge, fill)
    row = [covered.getpixel((100 + x, 50)) for x in range(-59, -56)]
    assert all(p[1] > 150 for p in row if isinstance(p, tuple))


def test_names_are_written_as_text() -> None:
    layers = {"district_names": Layer([shapely.Point(0, 0)], name=["<b>东城区"])}
    seen = picture(layers, TileStyle("district_names", text="name", text_px=14))
    dark = np.asarray(seen.convert("L")) < 128
    assert dark[40:60, 60:140].sum() > 60
    assert not dark[:35].any()
    assert not dark[65:].any()


def test_a_tilted_map_has_no_still_picture() -> None:
    with pytest.raises(ValueError, match="straight above"):
        still_picture({}, [], Place(pitch=45.0), 10, 10)


# --- the route --------------------------------------------------------------------------------------------
@pytest.fixture
def city(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with _filled(sqlite_url, monkeypatch, tmp_path / "tiles") as store, acting(OFFICE):
        LAYERS.keeper().present()
        yield store


def test_a_district_is_drawn_its_own_alone_and_refused_another(
    city: Store, connect: Callable[..., Client]
) -> None:
    def client(codes: str) -> Client:
        scope = Scope(Role.DISTRICT, frozenset(codes.split()))
        return connect(StillService(lambda _request: scope))

    around = {"place": "15.5/39.91/116.38"}  # a community of 110102
    everything = connect(StillService()).get(still_address(around)).body
    both, east = client("110101 110102"), client("110101")
    assert both.get(still_address(around)).body == everything
    assert east.get(still_address(around)).body not in (everything, b"")
    assert east.get(still_address(around | {"district": "110101"})).status_code == 200
    for other in ({"district": "110102"}, {"district": "110102", "subdistrict": "110102001"}):
        assert east.get(still_address(around | other)).status_code == 403


def test_the_picture_follows_colours_filters_and_place(city: Store) -> None:
    at = "15.5/39.91/116.35"
    first = drawn({"place": at})
    assert Image.open(io.BytesIO(first)).size == (map_still.STILL_WIDTH_PX, map_still.MAP_HEIGHT_PX)
    assert drawn({"place": at}) == first
    assert drawn({"place": "#" + at}) == first
    assert drawn({"place": at, "colour": "stage"}) != first
    assert drawn({"place": "15.5/39.95/116.35"}) != first
    assert drawn({"place": at, "years": "1940-1941"}) != first
    assert drawn({"place": at, "colour": "no such colour", "district": "'; DROP"}) == first
    usual = drawn({})
    assert all(drawn({"place": p}) == usual for p in ("99/39.9/116.4", "14/91/116", "../../etc", "#a"))


@pytest.mark.parametrize(
    "query",
    [
        {"height": "1"},
        {"map": "simple"},
        {"place": "14/39.9/116.4/10/45"},
    ],
)
def test_what_has_no_picture_says_so(city: Store, query: dict[str, str]) -> None:
    with pytest.raises(NoStillError):
        drawn(query)


def test_the_route_answers_with_a_picture_once_drawn(
    city: Store, connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect(StillService())
    path = still_address({"place": "15.5/39.91/116.35"})
    first = client.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, "image/webp")
    assert first.headers["cache-control"] == "private, max-age=10"
    monkeypatch.setattr(map_still, "drawn", lambda _query: pytest.fail("drawn twice"))
    assert client.get(path).body == first.body
    assert client.get(path).headers["etag"] == first.headers["etag"]


def test_another_state_of_the_store_is_drawn_anew(city: Store, connect: Callable[..., Client]) -> None:
    client = connect(StillService())
    path = still_address({"place": "15.5/39.91/116.35"})
    before = client.get(path).body
    with city.writing() as conn:
        conn.execute(text("UPDATE building_links SET year_from = 2015, year_to = 2015"))
        conn.execute(text("UPDATE communities SET build_year_from = 2015, build_year_to = 2015"))
        bump_revision(conn)
    LAYERS.keeper().present()
    assert client.get(path).body != before


def test_the_route_refuses_plainly(
    city: Store,
    connect: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert connect(StillService(lambda _request: None)).get("/map-still").status_code == 403
    public = connect(StillService(lambda _request: Scope(Role.PUBLIC)))
    assert public.get("/map-still").status_code == 403
    client = connect(StillService())
    nothing = client.get("/map-still?height=1")
    assert (nothing.status_code, nothing.body) == (204, b"")
    assert client.get(f"/map-still?a={'a' * 5000}").status_code == 404

    def broken(_query: object) -> bytes:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(map_still, "drawn", broken)
    answer = client.get("/map-still?place=15/39.9/116.4")
    assert answer.status_code == 503
    assert b"secret" not in answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert "could not be drawn" in caplog.text


def test_an_address_keeps_every_character_within_its_value() -> None:
    address = still_address({"b": '")</style><script>', "a": "甲 & 乙"})
    assert address == "/map-still?a=%E7%94%B2+%26+%E4%B9%99&b=%22%29%3C%2Fstyle%3E%3Cscript%3E"
