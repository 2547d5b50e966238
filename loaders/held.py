"""The layers already held: what a new file is compared with to tell its datum and its areas."""

from dataclasses import dataclass, field, replace

import geopandas as gpd
import pandas as pd
from sqlalchemy import Table, select

from loaders import reference
from store.engine import Store
from store.tables import buildings, communities, parcels, streets, subdistricts

#: Enough shapes to judge a datum by; more only costs time.
MOST_SHAPES = 50_000


@dataclass(frozen=True)
class HeldLayers:
    """Layers in EPSG:4326 that stand as evidence; None where nothing is held.

    `districts` and `subdistricts` have `area_code`, `district_code`, `name`, `name_en` and `geometry`;
    the others `geometry` only.
    """

    districts: gpd.GeoDataFrame | None = None
    subdistricts: gpd.GeoDataFrame | None = None
    parcels: gpd.GeoDataFrame | None = None
    buildings: gpd.GeoDataFrame | None = None
    streets: gpd.GeoDataFrame | None = None
    communities: gpd.GeoDataFrame | None = field(default=None)

    def with_layer(self, target: str, layer: gpd.GeoDataFrame) -> "HeldLayers":
        """These layers and one just accepted, so that it is evidence for those after it."""
        if target == "subdistricts":
            return replace(self, subdistricts=_joined(self.subdistricts, _as_areas(layer)))
        if target in ("parcels", "buildings", "streets", "communities"):
            shapes = gpd.GeoDataFrame(geometry=layer.geometry.dropna()).set_crs(
                "EPSG:4326", allow_override=True
            )
            return replace(self, **{target: _joined(getattr(self, target), shapes.head(MOST_SHAPES))})
        return self


def _joined(held: gpd.GeoDataFrame | None, more: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if held is None or held.empty:
        return more.reset_index(drop=True)
    if "area_code" in more:
        held = held[~held["area_code"].isin(more["area_code"])]
    return gpd.GeoDataFrame(pd.concat([held, more], ignore_index=True), crs="EPSG:4326")


def _as_areas(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    out = gpd.GeoDataFrame(
        {
            "area_code": layer["subdistrict_code"],
            "district_code": layer["district_code"],
            "name": layer["name_zh"],
            "name_en": layer.get("name_en"),
        },
        geometry=layer.geometry,
        crs="EPSG:4326",
    )
    return out[out.geometry.notna()].reset_index(drop=True)


def reference_districts() -> gpd.GeoDataFrame:
    """The 16 districts as areas of evidence."""
    rows = reference.districts()
    return gpd.GeoDataFrame(
        {
            "area_code": rows["district_code"],
            "district_code": rows["district_code"],
            "name": rows["name_zh"],
            "name_en": rows["name_en"],
        },
        geometry=rows.geometry,
        crs="EPSG:4326",
    )


def held_layers(store: Store) -> HeldLayers:
    """What the store holds as evidence: real rows only, for synthetic ones prove nothing about the world."""
    return HeldLayers(
        districts=reference_districts(),
        subdistricts=_real_areas(store),
        parcels=_real(store, parcels),
        buildings=_real(store, buildings),
        streets=_real(store, streets),
        communities=_real(store, communities),
    )


def _real_areas(store: Store) -> gpd.GeoDataFrame | None:
    rows = store.layer(
        select(
            subdistricts.c.subdistrict_code,
            subdistricts.c.district_code,
            subdistricts.c.name_zh,
            subdistricts.c.name_en,
            subdistricts.c.geometry,
        ).where(~subdistricts.c.is_synthetic)
    )
    return _as_areas(rows) if len(rows) else None


def _real(store: Store, table: Table) -> gpd.GeoDataFrame | None:
    shape = table.c.geometry
    rows = store.layer(select(shape).where(~table.c.is_synthetic, shape.is_not(None)).limit(MOST_SHAPES))
    return rows if len(rows) else None
