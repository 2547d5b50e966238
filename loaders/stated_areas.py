"""Rows that state the district or subdistrict they lie in, and whether they do."""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders import areas
from loaders.findings import Finding, finding
from loaders.held import HeldLayers
from loaders.values import normalise_text
from loaders.values.texts import by_distinct

#: A column states areas when at least this share of its filled values are known names.
STATED_SHARE = 0.8
#: Outlines differ between sources by a block's width; a row is only held against its area beyond that.
TOLERANCE_DEG = 0.002


@dataclass(frozen=True)
class StatedAreas:
    """A column that names areas: `places` are positions in `layer`, -1 where a row names none of them."""

    column: str
    layer: gpd.GeoDataFrame
    places: pd.Series
    kind: str


def stated_areas(frame: pd.DataFrame, held: HeldLayers) -> list[StatedAreas]:
    """The columns of a file that state areas, at most one of each kind: 龙潭街道, 龙潭, 东城区, dongcheng, codes."""
    out = []
    for layer, kind in ((held.subdistricts, "subdistrict"), (held.districts, "district")):
        if layer is None or layer.empty:
            continue
        known = _known(layer)
        best: StatedAreas | None = None
        for name in frame.columns:
            texts = normalise_text(frame[name])
            filled = int(texts.notna().sum())
            if not filled:
                continue
            keys = by_distinct(texts, _key)
            places = keys.map(known)
            at = places.fillna(-1).astype(int)
            hits = int((at >= 0).sum())
            if hits >= STATED_SHARE * filled and (best is None or hits > int((best.places >= 0).sum())):
                best = StatedAreas(str(name), layer, at, kind)
        if best is not None:
            out.append(best)
    return out


def stated_area_findings(
    frame: pd.DataFrame, placed: gpd.GeoSeries, held: HeldLayers, row_number: pd.Series
) -> Iterator[Finding]:
    """Which columns state areas, and the rows that lie elsewhere than they state (EPSG:4326)."""
    for stated in stated_areas(frame, held):
        asked = (stated.places >= 0).to_numpy() & np.isfinite(placed.bounds.to_numpy()).all(axis=1)
        if not asked.any():
            continue
        outlines = stated.layer.geometry.to_numpy()[stated.places.to_numpy()[asked]]
        shapes = placed.to_numpy()[asked]
        far = ~shapely.dwithin(outlines, shapes, TOLERANCE_DEG)
        strays = np.zeros(len(frame), dtype=bool)
        strays[np.flatnonzero(asked)[far]] = True
        yield finding(
            f"doctor.stated_{stated.kind}",
            column=stated.column,
            agree=int((~far).sum()),
            asked=int(asked.sum()),
        )
        if strays.any():
            example = str(frame.loc[strays, stated.column].iloc[0])[:40]
            yield finding(
                "doctor.outside_stated_area",
                "warning",
                rows=row_number[strays],
                column=stated.column,
                value=example,
            )


def _known(layer: gpd.GeoDataFrame) -> dict[str, int]:
    known: dict[str, int] = {}
    for at, row in enumerate(layer.itertuples()):
        for name in (row.area_code, row.name, getattr(row, "name_en", None)):
            if isinstance(name, str) and name:
                known.setdefault(_key(name), at)
    return known


def _key(name: str) -> str:
    return areas.subdistrict_key(areas.plain_district(name))
