"""The names on the map, each with the level from which on there is room for it."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from dashboard.tile_levels import LEVELS, NAMES_OF, names_of, points_inside
from dashboard.tile_sources import FROM_ZOOM
from geo.label_levels import label_levels, text_widths
from geo.mvt import to_mercator

#: How large the names of a layer are written, in pixels.
NAME_PX: Mapping[str, float] = {"district_names": 14, "subdistrict_names": 12, "community_names": 12}
#: Layers of shapes whose larger ones are named before the smaller; elsewhere all are alike.
_BY_SIZE = ("subdistricts", "communities")


def placed_names(name: str, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The names of a layer with its outlines (EPSG:4326), at their points, with `FROM_ZOOM`; see `names_of`.

    name: a layer of names; at its highest level all are written. layer: with `id`, and `footprints` where it has them,
    each row under a label of its own.
    """
    names = names_of(layer)
    names = names.set_geometry(points_inside(names.geometry.to_numpy()))
    level = LEVELS[name]
    held = ~(names.geometry.is_empty | names.geometry.isna()).to_numpy()
    xy = np.full((len(names), 2), np.nan)
    xy[held] = to_mercator(shapely.get_coordinates(names.geometry.to_numpy()[held]))
    return names.assign(
        **{
            FROM_ZOOM: label_levels(
                xy,
                text_widths(names["name"].fillna("").astype(str).tolist(), NAME_PX[name]),
                NAME_PX[name],
                _by_importance(layer.loc[names.index], NAMES_OF[name] in _BY_SIZE),
                range(level.min_zoom, level.max_zoom + 1),
            )
        }
    )


def _by_importance(rows: gpd.GeoDataFrame, is_by_size: bool) -> NDArray[np.int64]:
    """The rows, the most important first: large ones, then those with many footprints, then by their id."""
    ids = rows["id"].astype(str).to_numpy(dtype=object)
    keys: dict[str, NDArray] = {}
    if is_by_size:
        # Square degrees: within a city they rank as square metres do.
        keys["area"] = -np.nan_to_num(shapely.area(rows.geometry.to_numpy()), posinf=0.0)
        if "footprints" in rows:
            keys["footprints"] = -rows["footprints"].to_numpy(dtype=float)
    frame = pd.DataFrame({**keys, "id": ids})
    return frame.sort_values(list(frame), kind="stable").index.to_numpy(dtype=np.int64)
