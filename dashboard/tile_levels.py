"""Which layers tiles may have, at which zoom levels, and the names and outlines that are drawn from them."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray


@dataclass(frozen=True)
class Level:
    """The zoom levels at which a layer has tiles; above `max_zoom` the map enlarges them, below there are none."""

    min_zoom: int
    max_zoom: int


#: A layer below its level is not thinned but absent: a thinned city is a misleading speckle.
LEVELS: Mapping[str, Level] = {
    "green_spaces": Level(9, 14),
    "water": Level(9, 14),
    "streets": Level(11, 15),
    "districts": Level(5, 12),
    "subdistricts": Level(8, 12),
    "communities": Level(10, 14),
    "buildings": Level(13, 16),
    "district_names": Level(5, 11),
    "subdistrict_names": Level(9, 13),
    "community_names": Level(13, 17),
    "street_edges": Level(11, 15),
    "district_edges": Level(5, 16),
    "subdistrict_edges": Level(8, 16),
    "community_edges": Level(13, 16),
    "ground": Level(9, 15),
    "outlines": Level(5, 16),
}
#: Layers of names, made here: one point inside each shape of another layer, with its column `name`.
NAMES_OF = {
    "district_names": "districts",
    "subdistrict_names": "subdistricts",
    "community_names": "communities",
}
#: Layers of the ground under the map: empty where nobody has loaded any.
GROUND = ("green_spaces", "water", "streets")
#: Layers of outlines, cut from another layer's tiles: thin surfaces so many pixels wide, without attributes.
EDGES_OF: Mapping[str, tuple[str, float]] = {
    "street_edges": ("streets", 2.0),
    "district_edges": ("districts", 2.0),
    "subdistrict_edges": ("subdistricts", 1.5),
    "community_edges": ("communities", 1.5),
}
#: Tiles that hold several layers, each with the level from which it is in them: what is always drawn together costs one
#: request and one drawing a tile then. In the order in which they are drawn; above its own levels a layer is enlarged.
GROUPS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "ground": (("green_spaces", 9), ("water", 9), ("street_edges", 12)),
    "outlines": (("community_edges", 13), ("subdistrict_edges", 9), ("district_edges", 5)),
}


def members_of(name: str, z: int) -> tuple[str, ...]:
    """The layers that a tile of this name and level is made of: itself, or those of a group."""
    return tuple(m for m, from_z in GROUPS[name] if z >= from_z) if name in GROUPS else (name,)


def names_of(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The names of a layer with its outlines (EPSG:4326), and its `district` and `subdistrict` where it has them.

    Rows keep their labels. Of shapes that lie exactly upon each other one is kept, with the first one's name and how
    many more there are.
    """
    outlines = layer.geometry.to_wkb()
    same = outlines.groupby(outlines, sort=False, dropna=False)
    is_first, more = same.cumcount().eq(0), same.transform("size") - 1
    names = layer["name"].where(more.eq(0), layer["name"].astype(str) + " +" + more.astype(str))[is_first]
    layer = layer[is_first]
    kept = {"name": names.to_numpy()} | {
        c: layer[c].to_numpy() for c in ("district", "subdistrict") if c in layer
    }
    return gpd.GeoDataFrame(kept, geometry=layer.geometry.to_numpy(), index=layer.index, crs=4326)


def points_inside(shapes: NDArray) -> NDArray:
    """A point inside each shape, where its name stands; None where there is none."""
    with contextlib.suppress(shapely.errors.GEOSException):
        return shapely.point_on_surface(shapes)
    points = np.full(len(shapes), None, dtype=object)
    for row, shape in enumerate(shapes):
        # One by one: a broken outline must not take the names of the others along.
        with contextlib.suppress(shapely.errors.GEOSException):
            points[row] = shapely.point_on_surface(shape)
    return points
