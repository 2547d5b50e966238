"""Subdistricts: real codes and names on made-up outlines that share their edges and fill each district."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders import reference
from loaders.city.plan import METRIC, Plan, centre_m, districts_m, stream

#: Density falls to 1/e over this distance from the centre, on top of a floor that keeps the outer towns.
FALL_M = 9_000.0
FLOOR = 0.02
SAMPLES = 3_000
ROUNDS = 12


def density(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How built-up the city is at places in EPSG:4548: 1 in the centre, falling to a floor."""
    cx, cy = centre_m()
    return FLOOR + np.exp(-np.hypot(x - cx, y - cy) / FALL_M)


def build_areas(plan: Plan) -> gpd.GeoDataFrame:
    """The subdistricts in EPSG:4548: subdistrict_code, district_code, name_zh, name_en, x, y (of the town), geometry.

    Cells of a Voronoi diagram of seeds that are dense where the city is, with softly bent edges, cut to the district.
    """
    rng = stream(plan.seed, "areas")
    names = reference.subdistricts()
    parts = []
    for row in districts_m(plan).itertuples():
        own = names[names["district_code"] == row.district_code].head(plan.most_subdistricts)
        seeds = _seeds(rng, row.geometry, len(own))
        cells = _cells(seeds, row.geometry)
        parts.append(
            own.assign(x=seeds[:, 0], y=seeds[:, 1])[
                ["subdistrict_code", "district_code", "name_zh", "name_en", "x", "y"]
            ].assign(geometry=cells)
        )
    areas = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=METRIC)
    towns = shapely.points(areas["x"], areas["y"])
    inside = shapely.contains(areas.geometry.to_numpy(), towns)
    towns = np.where(inside, towns, shapely.point_on_surface(areas.geometry.to_numpy()))
    return areas.assign(x=shapely.get_x(towns), y=shapely.get_y(towns))


def _seeds(rng: np.random.Generator, district: shapely.Geometry, count: int) -> np.ndarray:
    """Seeds that a weighted k-means spreads: (count, 2), the nearest to the city's centre first."""
    west, south, east, north = district.bounds
    pool = rng.uniform((west, south), (east, north), (SAMPLES * 3, 2))
    shapely.prepare(district)
    pool = pool[shapely.contains_xy(district, pool[:, 0], pool[:, 1])][:SAMPLES]
    # The square root keeps cells in the outskirts from swallowing the whole district.
    weights = np.sqrt(density(pool[:, 0], pool[:, 1]))
    seeds = pool[rng.choice(len(pool), size=count, replace=False, p=weights / weights.sum())]
    for _ in range(ROUNDS):
        nearest = np.argmin(((pool[:, None, :] - seeds[None]) ** 2).sum(axis=2), axis=1)
        mass = np.bincount(nearest, weights=weights, minlength=count)
        moved = np.column_stack(
            [np.bincount(nearest, weights=weights * pool[:, k], minlength=count) for k in (0, 1)]
        )
        seeds = np.where(mass[:, None] > 0, moved / np.maximum(mass, 1e-12)[:, None], seeds)
    cx, cy = centre_m()
    return seeds[np.argsort(np.hypot(seeds[:, 0] - cx, seeds[:, 1] - cy), kind="stable")]


def _cells(seeds: np.ndarray, district: shapely.Geometry) -> np.ndarray:
    points = shapely.points(seeds)
    west, south, east, north = district.bounds
    frame = shapely.box(west - 5_000, south - 5_000, east + 5_000, north + 5_000)
    found = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame))
    at, cell = shapely.STRtree(found).query(points, predicate="within")
    cells = found[cell[np.argsort(at)]]
    reach = float(np.sqrt(district.area / len(seeds)))
    bent = shapely.transform(shapely.segmentize(cells, reach / 12), lambda xy: _bend(xy, reach))
    return _without_slivers(shapely.intersection(bent, district))


def _bend(xy: np.ndarray, reach: float) -> np.ndarray:
    """A smooth shift of the plane, small beside a cell: edges bend, and stay shared."""
    east, north = xy[:, 0] / reach, xy[:, 1] / reach
    size = reach * 0.035
    dx = np.sin(north * 5.1 + 0.7) + 0.5 * np.sin(north * 11.3 + east * 4.0)
    dy = np.sin(east * 4.7 + 1.9) + 0.5 * np.sin(east * 10.1 + north * 5.0)
    return np.column_stack([xy[:, 0] + size * dx, xy[:, 1] + size * dy])


def _without_slivers(cells: np.ndarray) -> np.ndarray:
    """Every cell in one piece: a piece cut off by the district's edge goes to the neighbour with the longest edge."""
    pieces, owner = shapely.get_parts(cells, return_index=True)
    solid = shapely.get_dimensions(pieces) == 2
    pieces, owner = pieces[solid], owner[solid]
    order = np.lexsort([-shapely.area(pieces), owner])
    main = np.zeros(len(pieces), dtype=bool)
    main[order[np.unique(owner[order], return_index=True)[1]]] = True
    bodies = pieces[main][np.argsort(owner[main])]
    for piece, home in zip(pieces[~main], owner[~main], strict=True):
        shared = shapely.length(shapely.intersection(bodies, piece))
        best = int(np.argmax(shared)) if shared.max() > 0 else int(home)
        bodies[best] = shapely.union(bodies[best], piece)
    return bodies
