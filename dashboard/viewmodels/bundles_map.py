"""Bundles on the map: an outline for each, a point for each project, and how a project stands now."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dashboard.viewmodels.duties_words import given
from dashboard.words import Words
from geo.assign import metric_shapes
from geo.bundles import Bundling
from geo.crs import METRIC

#: How a project stands that is or was in a bundle.
RESERVE, CONFIRMED, BEGUN = "reserve", "confirmed", "begun"
#: Light enough for black letters; numbers tell bundles apart without colour.
PALETTE = ("#8dc3e8", "#f6c177", "#a8d5a2", "#d9a9cf", "#f0a08c", "#c9c46b", "#9fd4cf", "#b9b3e0")
LOOSE = "#ffffff"
#: What outlines are grown by on the map (metres, or this share of the width shown), so that they are seen.
SEEN_M, SEEN_SHARE = 40.0, 0.006


def state_text(state: object, day: object, words: Words) -> str:
    """How a project stands now."""
    if state == CONFIRMED:
        return words.say("bundles.state_confirmed", day=words.date(day))  # type: ignore[arg-type]
    return words.say(f"bundles.state_{state}") if given(state) else words.say("figure.not_known")


def map_areas(
    bundling: Bundling,
    projects: gpd.GeoDataFrame,
    members: pd.DataFrame,
    numbers: Mapping[str, int],
    words: Words,
) -> gpd.GeoDataFrame:
    """Outlines of the bundles (code b:…), and a point for each of `projects` (`Pool.rows`) with a place (code p:…)."""
    outlines = bundling.bundles
    grown = gpd.GeoSeries(_hulls(metric_shapes(outlines)), crs=METRIC).to_crs("EPSG:4326")
    parts = [
        gpd.GeoDataFrame(
            {
                "code": [f"b:{b}" for b in outlines["bundle_id"]],
                "name": [words.say("bundles.bundle_n", n=numbers[str(b)]) for b in outlines["bundle_id"]],
                "label": [str(numbers[str(b)]) for b in outlines["bundle_id"]],
                "colour": [PALETTE[(numbers[str(b)] - 1) % len(PALETTE)] for b in outlines["bundle_id"]],
                "tip": [
                    [words.say("bundles.tip_bundle", projects=n, value=words.money(int(v)))]
                    for n, v in zip(outlines["projects"], outlines["value_fen"], strict=True)
                ],
                "mark": None,
                "outline": None,
            },
            geometry=grown.to_numpy(),
            crs="EPSG:4326",
        )
    ]
    spots = projects.set_index("project_id").geometry
    own = members[[p in spots.index and spots[p] is not None for p in members["project_id"]]]
    if len(own):
        is_in = own["bundle_id"].notna()
        parts.append(
            gpd.GeoDataFrame(
                {
                    "code": [f"p:{p}" for p in own["project_id"]],
                    "name": own["label"].to_numpy(),
                    "label": "",
                    "colour": [
                        PALETTE[(int(n) - 1) % len(PALETTE)] if given(n) else LOOSE for n in own["number"]
                    ],
                    "tip": [_tip(r, words) for r in own.to_dict("records")],
                    "mark": ["circle" if i else "diamond" for i in is_in],
                    "outline": [
                        "#5b6570" if not i else "#b3261e" if s in (CONFIRMED, BEGUN) else None
                        for i, s in zip(is_in, own["state"], strict=True)
                    ],
                },
                geometry=[shapely.centroid(spots[p]) for p in own["project_id"]],
                crs="EPSG:4326",
            )
        )
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4326")


def _hulls(shapes: np.ndarray) -> np.ndarray:
    """What is drawn of outlines (EPSG:4548): the hull around each, or the outline itself where hulls would overlap."""
    if not len(shapes):
        return shapes
    west, _, east, _ = shapely.total_bounds(shapes)
    metres = max(SEEN_M, SEEN_SHARE * float(east - west))
    hulls = shapely.buffer(shapely.convex_hull(shapes), metres)
    one, other = shapely.STRtree(hulls).query(hulls, predicate="intersects")
    crowded = np.isin(np.arange(len(shapes)), one[one != other])
    return np.where(crowded, shapely.buffer(shapes, metres), hulls)


def _tip(row: Mapping[str, object], words: Words) -> list[str]:
    value = row["value_fen"]
    told = [words.money(None if not given(value) else int(str(value)))]
    if given(row["number"]):
        told.append(words.say("bundles.bundle_n", n=int(float(str(row["number"])))))
    else:
        told.append(words.say(f"bundles.loose_{row['reason']}"))
    if row["state"] in (CONFIRMED, BEGUN):
        told.append(state_text(row["state"], row["confirmed_date"], words))
    return told
