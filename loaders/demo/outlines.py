"""Synthetic outlines of the subdistricts: around the true places of their seats, filling each district exactly.

In the six central districts the borders follow the streets of the grid, as they do in the city; elsewhere they are
the lines midway between the seats, bent a little as ridges and streams bend them.
"""

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.ops import polygonize

from geo.crs import WGS84
from loaders import reference
from loaders.demo import grid as plan
from loaders.demo.profile import profile

SEATS = Path(__file__).with_name("seats.csv")
URBAN_ZONES = ("core", "central")
#: Waves that bend the borders outside the central districts: amplitude, length (metres), direction, phase. The sum
#: of their slopes stays below one, so that lines that do not cross before do not cross after.
WAVES = ((330.0, 7000.0, 0.6, 0.3), (85.0, 2500.0, 2.2, 1.9), (22.0, 900.0, 1.2, 4.0))


@cache
def seats() -> pd.DataFrame:
    """Where the subdistrict offices stand, to about a kilometre: subdistrict_code, lon, lat, and plan u, v."""
    rows = pd.read_csv(SEATS, dtype={"subdistrict_code": str})
    u, v = plan.from_degrees(rows["lon"].to_numpy(), rows["lat"].to_numpy())
    known = reference.subdistricts().merge(
        rows.assign(u=u, v=v), on="subdistrict_code", validate="one_to_one"
    )
    return known.sort_values("subdistrict_code", ignore_index=True)


@cache
def landmarks() -> gpd.GeoDataFrame:
    """Parks, palaces and airports that everybody knows, roughly: name, kind, geometry (EPSG:4326)."""
    held = profile()["landmarks"]
    rows = pd.DataFrame(held["rows"], columns=held["columns"])
    bounds = rows[["west", "south", "east", "north"]].to_numpy(dtype=float)
    return gpd.GeoDataFrame(rows[["name", "kind"]], geometry=shapely.box(*bounds.T), crs=WGS84)


def subdistrict_outlines(district_codes: tuple[str, ...], grid: plan.Grid) -> gpd.GeoDataFrame:
    """The subdistricts of some districts: subdistrict_code, district_code, name_zh, name_en, geometry (EPSG:4326).

    The outlines of one district share their edges and fill its reference outline without gaps.
    """
    wide = reference.districts().set_index("district_code")
    parts = []
    for code in district_codes:
        own = seats()[seats()["district_code"] == code].reset_index(drop=True)
        shapes = _divide(
            wide.loc[code, "geometry"],
            own[["u", "v"]].to_numpy(),
            grid,
            wide.loc[code, "zone"] in URBAN_ZONES,
        )
        columns = ["subdistrict_code", "district_code", "name_zh", "name_en"]
        parts.append(gpd.GeoDataFrame(own[columns], geometry=shapes, crs=WGS84))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=WGS84)


def _divide(district: shapely.Geometry, seat: NDArray, grid: plan.Grid, is_urban: bool) -> NDArray:
    outline = shapely.transform(district, lambda c: np.column_stack(plan.from_degrees(c[:, 0], c[:, 1])))
    west, south, east, north = shapely.bounds(outline)
    if is_urban:
        blocks = grid.blocks(grid.superblocks_in(west, south, east, north))
        owner = _nearest(seat, np.column_stack(blocks.centre))
        lines = _street_borders(blocks, owner)
    else:
        lines = _bent_borders(seat, (west - 3e3, south - 3e3, east + 3e3, north + 3e3))
    ground = plan.shapes_to_degrees(shapely.segmentize(np.array([lines]), 400.0))[0]
    noded = shapely.union_all([ground, shapely.boundary(district)])
    faces = np.array(list(polygonize(shapely.get_parts(noded))), dtype=object)
    spots = shapely.point_on_surface(faces)
    inside = shapely.contains(district, spots)
    faces, spots = faces[inside], spots[inside]
    u, v = plan.from_degrees(shapely.get_x(spots), shapely.get_y(spots))
    if is_urban:
        _, near = shapely.STRtree(plan.boxes(blocks.gross)).query_nearest(
            shapely.points(u, v), all_matches=False
        )
        label = owner[near]
    else:
        label = _nearest(seat, np.column_stack(_unbent(u, v)))
    label = _connected(faces, label)
    merged = np.array([shapely.coverage_union_all(faces[label == k]) for k in range(len(seat))], dtype=object)
    return shapely.normalize(shapely.transform(merged, lambda c: np.round(c, 7)))


def _nearest(seat: NDArray, places: NDArray) -> NDArray:
    distance = np.hypot(places[:, None, 0] - seat[None, :, 0], places[:, None, 1] - seat[None, :, 1])
    return np.argmin(distance, axis=1)


def _street_borders(blocks: plan.Blocks, owner: NDArray) -> shapely.Geometry:
    shapes = plan.boxes(blocks.gross)
    regions = [shapely.union_all(shapes[owner == k]) for k in np.unique(owner)]
    return shapely.union_all(shapely.boundary(np.array(regions, dtype=object)))


def _bent_borders(seat: NDArray, frame: tuple[float, float, float, float]) -> shapely.Geometry:
    edges = shapely.voronoi_polygons(shapely.MultiPoint(seat), extend_to=shapely.box(*frame), only_edges=True)
    return bend(shapely.segmentize(edges, 150.0))


def bend(lines: shapely.Geometry) -> shapely.Geometry:
    """Lines in plan coordinates bent by the waves; lines that do not cross stay uncrossed."""
    return shapely.transform(lines, lambda c: c + np.column_stack(_waves(c[:, 0], c[:, 1])))


def _waves(u: NDArray, v: NDArray) -> tuple[NDArray, NDArray]:
    du, dv = np.zeros_like(u), np.zeros_like(v)
    for size, length, direction, phase in WAVES:
        k = 2 * np.pi / length
        du += size * np.sin(k * (u * np.cos(direction) + v * np.sin(direction)) + phase)
        dv += size * np.sin(k * (-u * np.sin(direction) + v * np.cos(direction)) + 2 * phase)
    return du, dv


def _unbent(u: NDArray, v: NDArray) -> tuple[NDArray, NDArray]:
    a, b = u.copy(), v.copy()
    for _ in range(60):
        du, dv = _waves(a, b)
        a, b = u - du, v - dv
    return a, b


def _connected(faces: NDArray, label: NDArray) -> NDArray:
    """Faces cut off from the main one of their subdistrict go to the neighbour with the longest common border."""
    out = label.copy()
    sizes = shapely.area(faces)
    main = {int(k): int(np.flatnonzero(label == k)[np.argmax(sizes[label == k])]) for k in np.unique(label)}
    loose = set(range(len(faces))) - set(main.values())
    tree = shapely.STRtree(faces)
    while loose:
        best: tuple[float, int, int] | None = None
        for face in sorted(loose):
            near = [
                int(n)
                for n in tree.query(faces[face], predicate="intersects")
                if n != face and n not in loose
            ]
            if near:
                shared = shapely.length(shapely.intersection(faces[face], faces[near]))
                at = int(np.argmax(shared))
                if shared[at] > 0 and (best is None or shared[at] > best[0]):
                    best = (float(shared[at]), face, near[at])
        if best is None:
            break
        out[best[1]] = out[best[2]]
        loose.remove(best[1])
    return out
