"""The ground under the map: green space, water and streets from the store, where somebody has loaded them."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Table, or_

from dashboard.tile_sources import FROM_ZOOM, Columns, coded_texts, digest, numbers, texts
from store import tiles
from store.tables import green_spaces, metadata, streets
from store.tiles import NO_DISTRICT, Part, Snapshot

#: Streets by how far they lead, from 1; as Chinese offices and OpenStreetMap name them. What is in no list is local.
STREET_RANKS: tuple[tuple[str, ...], ...] = (
    ("高速公路", "高速", "城市快速路", "快速路", "motorway", "trunk"),
    ("主干路", "主干道", "城市主干路", "国道", "省道", "公路", "primary"),
    ("次干路", "次干道", "城市次干路", "县道", "secondary", "tertiary"),
)
LOCAL_RANK = len(STREET_RANKS) + 1
#: The level from which on streets of each rank are drawn: below z13 only those whose class says that they lead far.
STREET_ZOOMS = {1: 11, 2: 11, 3: 12, LOCAL_RANK: 13}
#: The kind of green space that is water, in sources that hold both in one layer.
WATER_KIND = "水域"


def street_ranks(kinds: pd.Series) -> pd.Series:
    """The rank of each street by its class, from 1 (leads furthest) to `LOCAL_RANK`."""
    by_kind = {kind: rank for rank, kinds_of in enumerate(STREET_RANKS, start=1) for kind in kinds_of}
    plain = kinds.fillna("").astype(str).str.strip().str.removesuffix("_link")
    return plain.map(by_kind).fillna(LOCAL_RANK).astype(int)


def _tables(name: str) -> Sequence[tuple[Table, ColumnElement[bool] | None]]:
    """The tables that a layer is drawn from, with what is taken of each."""
    kind = green_spaces.c.kind
    if name == "green_spaces":
        return [(green_spaces, or_(kind.is_(None), kind != WATER_KIND))]
    if name == "water":
        own = metadata.tables.get("water_areas")
        mixed: list[tuple[Table, ColumnElement[bool] | None]] = [(green_spaces, kind == WATER_KIND)]
        return mixed if own is None else [(own, None), *mixed]
    return [(streets, None)]


class GroundSource:
    """One of `tile_levels.GROUND`, as one part: name and kind as held; streets also `rank`."""

    derived_names: tuple[str, ...] = ()

    def __init__(self, at: Snapshot, name: str) -> None:
        self._at = at
        self._name = name
        self._held: gpd.GeoDataFrame | None = None

    def parts(self) -> dict[str, Part]:
        """See `LayerSource`."""
        sealed = [tiles.table_part(self._at, *source) for source in _tables(self._name)]
        key = digest(*(p.geometry_key.encode() for p in sealed))
        return {NO_DISTRICT: Part(sum(p.rows for p in sealed), key, key)}

    def _rows(self) -> gpd.GeoDataFrame:
        if self._held is None:
            layers = [tiles.table_layer(self._at, *source) for source in _tables(self._name)]
            rows = {c: [v for layer in layers for v in layer[c]] for c in ("name", "kind")}
            shapes = np.concatenate([layer.geometry.to_numpy() for layer in layers])
            self._held = gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)
        return self._held

    def shapes(self, part: str) -> NDArray:
        """See `LayerSource`."""
        return self._rows().geometry.to_numpy()

    def attributes(self, part: str) -> Columns:
        """See `LayerSource`."""
        rows = self._rows()
        out = {"name": texts(rows["name"]), "kind": coded_texts(rows["kind"])}
        if self._name == "streets":
            ranks = street_ranks(rows["kind"])
            out |= {"rank": numbers(ranks, np.int8), FROM_ZOOM: numbers(ranks.map(STREET_ZOOMS), np.int8)}
        return out

    def derived(self, columns: Columns) -> Columns:
        """Nothing: all attributes are in the rows."""
        return {}
