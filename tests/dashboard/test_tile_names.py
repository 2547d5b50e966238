"""Names in tiles: as many as a level has room for, all at the highest, as large as the map writes them."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import update

from dashboard.filters import Filters
from dashboard.map_layers import StoreLayers
from dashboard.map_styles import styles_of
from dashboard.tile_archive import ArchiveLayer
from dashboard.tile_decks import TileStyle
from dashboard.tile_levels import LEVELS, NAMES_OF
from dashboard.tile_names import NAME_PX, placed_names
from dashboard.tile_sources import FROM_ZOOM
from dashboard.viewmodels.map import COLOUR_BY, MapFilters
from geo.mvt import tile_bounds
from store.engine import Store
from store.tables import communities
from tests.dashboard.test_tile_archive import HERE, city, layers, place
from tests.geo.test_mvt import decode

__all__ = ["city", "layers"]  # the fixtures

LEVEL = LEVELS["community_names"]
ALL = range(LEVEL.min_zoom, LEVEL.max_zoom + 1)


def _crowded(store: Store) -> None:
    """All six communities within 100 metres, two of them of another district than the rest."""
    with store.writing() as conn:
        for number in range(6):
            point = shapely.Point(HERE[0] + 0.0002 * number, HERE[1] + 0.00001 * number)
            mine = update(communities).where(communities.c.community_id == f"C{number + 1}")
            conn.execute(mine.values(point=point.wkb))


def _names(layers: StoreLayers, z: int) -> set[str]:
    """The names of a level around the crowd, each counted once where two tiles share it."""
    layer = layers.tiles_of("community_names")
    z, x, y = place(*HERE, z)
    found = [
        f
        for column in (x - 1, x, x + 1)
        for row in (y - 1, y, y + 1)
        for f in decode(layer.tile(z, column, row)).get("community_names", [])
    ]
    assert all(set(f) == {"type", "paths", "name"} for f in found)
    return {f["name"] for f in found}


def test_a_crowded_place_has_few_names_from_far_and_all_from_near(city: Store, layers: StoreLayers) -> None:
    _crowded(city)
    seen = [_names(layers, z) for z in ALL]
    assert len(seen[0]) < len(seen[-1]) == 6
    assert all(lower <= higher for lower, higher in pairwise(seen))
    # The database's tiles and those of the files hold the same names.
    held = layers.keeper().present().layers["community_names"]
    for z, names in zip(ALL, seen, strict=True):
        west, south, east, north = tile_bounds(*place(*HERE, z))
        side = east - west
        _, rows = held.shapes_in(z, (west - side, south - side, east + side, north + side))
        assert set(held.frame["name"].iloc[rows]) == names


def test_names_that_move_apart_are_all_written_again(city: Store, layers: StoreLayers) -> None:
    everywhere = _names(layers, LEVEL.min_zoom)
    assert len(everywhere) > 1
    _crowded(city)
    assert len(_names(layers, LEVEL.min_zoom)) < 6
    with city.writing() as conn:
        for number in range(6):
            mine = update(communities).where(communities.c.community_id == f"C{number + 1}")
            point = shapely.Point(HERE[0] + 0.1 * number, HERE[1])
            conn.execute(mine.values(point=point.wkb))
    assert len(_held(layers)) == 6 and {*_held(layers).values()} == {LEVEL.min_zoom}


def _held(layers: StoreLayers) -> dict[str, int]:
    held = layers.keeper().present().layers["community_names"]
    assert isinstance(held, ArchiveLayer) and FROM_ZOOM not in held.frame
    return dict(zip(held.frame["name"], held.columns[FROM_ZOOM].to_pylist(), strict=True))


def _homes(count: int, shape: Callable[[int], shapely.Geometry | None], **columns: list) -> gpd.GeoDataFrame:
    """Communities one beside the other, closer than their names are wide."""
    rows = {"id": [f"C{i}" for i in range(count)], "name": [f"第{i}号院" for i in range(count)], **columns}
    return gpd.GeoDataFrame(rows, geometry=[shape(i) for i in range(count)], crs=4326)


def _first(layer: gpd.GeoDataFrame, name: str = "community_names") -> list[str]:
    found = placed_names(name, layer)
    return found["name"][found[FROM_ZOOM].eq(LEVELS[name].min_zoom)].tolist()


def test_larger_ones_are_named_first_then_those_with_more_footprints_then_by_id() -> None:
    def box(size: float) -> Callable[[int], shapely.Geometry]:
        return lambda i: shapely.box(116.4 + i * 1e-4, 39.9, 116.4 + i * 1e-4 + size * (1 + i), 39.9001)

    assert _first(_homes(3, box(1e-5))) == ["第2号院"]
    point = lambda i: shapely.Point(116.4 + i * 1e-4, 39.9)  # noqa: E731
    assert _first(_homes(3, point)) == ["第0号院"]
    assert _first(_homes(3, point, footprints=[1, 5, 2])) == ["第1号院"]
    # Districts are all alike.
    assert _first(_homes(3, box(1e-5)), "district_names") == ["第0号院"]


def test_a_frame_that_was_cut_from_another_and_broken_outlines_do_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = shapely.box(116.4, 39.9, 116.4001, 39.9001)
    shapes = [shapely.Point(116.4, 39.9), None, shapely.Polygon(), broken, shapely.Point(116.4, 39.9)]
    real = shapely.point_on_surface

    def refusing(geometry: Any) -> Any:
        if broken in np.atleast_1d(np.asarray(geometry, dtype=object)):
            raise shapely.errors.GEOSException("broken")
        return real(geometry)

    monkeypatch.setattr(shapely, "point_on_surface", refusing)
    found = placed_names("community_names", _homes(5, lambda i: shapes[i]).iloc[::-1])
    # The two that lie exactly upon each other are one name.
    assert dict(zip(found["name"], found[FROM_ZOOM], strict=True)) == {
        "第4号院 +1": LEVEL.min_zoom,
        "第1号院": LEVEL.max_zoom,
        "第2号院": LEVEL.max_zoom,
        "第3号院": LEVEL.max_zoom,
    }
    assert (~(found.geometry.isna() | found.geometry.is_empty)).sum() == 1
    assert placed_names("community_names", _homes(0, lambda i: None)).empty


@pytest.mark.parametrize("name", list(NAMES_OF))
def test_names_are_reckoned_as_large_as_the_map_writes_them(name: str) -> None:
    styles = styles_of(MapFilters(), Filters(2020, "2020-08"), "communities", COLOUR_BY[0], "", False)
    (style,) = [s for s in styles if isinstance(s, TileStyle) and s.layer == name]
    assert style.text_px == NAME_PX[name]
    # The level that shows all names is one that is seen: no name is hidden for good.
    assert style.to_zoom is None or style.to_zoom + 0.5 >= LEVELS[name].max_zoom
