"""The streets of the demo city, cut from its grid: ring roads, main streets, and streets between the blocks."""

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import WGS84
from loaders.demo import grid as plan
from loaders.demo.names import StreetNames
from loaders.demo.outlines import bend, landmarks, seats
from loaders.demo.profile import words, zones

#: Ring roads turn within their crossing, so that they touch no block.
CORNER_M = 50.0
KINDS = {"ring": "快速路", "main": "主干路", "minor": "支路", "rural": "公路"}
#: Within this distance of the centre the grid is whole; beyond it thins out over the second distance, metres.
WHOLE_M, THINNING_M = 9_000.0, 5_000.0
#: How far the streets of a town outside the central districts reach around its seat, metres.
TOWN_M = 1_100.0


def street_blocks(
    grid: plan.Grid, outlines: gpd.GeoDataFrame, settled: list[tuple[int, int, str]], rng: np.random.Generator
) -> list[tuple[int, int, str]]:
    """The superblocks with streets around them: the settled ones, the city's, and those of the towns.

    Each as (column, row, district code), once, in order.
    """
    own = seats()[seats()["subdistrict_code"].isin(outlines["subdistrict_code"])]
    outer = own["district_code"].map(zones()).eq("outer").to_numpy()
    u, v = own["u"].to_numpy(), own["v"].to_numpy()
    near = [np.empty((0, 2), dtype=np.int64)]
    if outer.any():
        near.append(grid.superblocks_near(u[outer], v[outer], np.full(int(outer.sum()), TOWN_M)))
    if (~outer).any():
        near.append(grid.superblocks_near(u[~outer], v[~outer], np.full(int((~outer).sum()), 2_500.0)))
    pairs = np.unique(np.concatenate(near), axis=0)
    mid_u = (grid.us[pairs[:, 0]] + grid.us[pairs[:, 0] + 1]) / 2
    mid_v = (grid.vs[pairs[:, 1]] + grid.vs[pairs[:, 1] + 1]) / 2
    tree = shapely.STRtree(outlines.geometry.to_numpy())
    lon, lat = plan.to_degrees(mid_u, mid_v)
    spots = shapely.points(lon, lat)
    green = shapely.STRtree(landmarks().geometry.to_numpy()).query(spots, predicate="within")[0]
    spots[green] = None  # no streets through parks and palaces
    at, area = tree.query(spots, predicate="within")
    district = outlines["district_code"].to_numpy(dtype=object)[area]
    far = np.hypot(mid_u[at], mid_v[at]) - WHOLE_M
    is_town = np.array([zones()[d] == "outer" for d in district], dtype=bool)
    keep = is_town | (rng.random(len(at)) < np.exp(-np.maximum(far, 0) / THINNING_M))
    found = {(i, j): d for i, j, d in settled}
    for (i, j), d in zip(pairs[at[keep]].tolist(), district[keep], strict=True):
        found.setdefault((i, j), d)
    return [(i, j, d) for (i, j), d in sorted(found.items())]


def main_street_name(names: StreetNames, district: str, axis: str, line: int, grid: plan.Grid) -> str:
    """The name of a main street; the city's two axes have their own names."""
    held = words()["streets"]
    if axis == "v" and grid.vs[line] == 0.0:
        return held["axis_street"] if district in ("110101", "110102") else held["axis_street_outer"]
    if axis == "u" and grid.us[line] == 0.0:
        return held["north_axis"]
    return names.main(district, axis, line)


def streets(
    grid: plan.Grid,
    blocks: list[tuple[int, int, str]],
    names: StreetNames,
    outlines: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """The streets around and within the settled superblocks: street_id, name, kind, oneway, geometry (EPSG:4326).

    `blocks` are (column, row, district code), each superblock once, in order.
    """
    lines: list[np.ndarray] = []
    rows: list[tuple[str, str]] = []
    for axis, line, district, low, high in _main_runs(grid, blocks):
        along = (grid.vs if axis == "u" else grid.us)[low : high + 1]
        across = np.full(len(along), (grid.us if axis == "u" else grid.vs)[line])
        lines.append(np.column_stack([across, along] if axis == "u" else [along, across]))
        rows.append((main_street_name(names, district, axis, line, grid), KINDS["main"]))
    for column, row, district in blocks:
        for axis, number, ends in _cuts(grid, column, row):
            lines.append(ends)
            place = (column, row, axis, number)
            name = names.minor(district, place, is_lane=district in ("110101", "110102"))
            rows.append((name, KINDS["minor"]))
    shapes = plan.shapes_to_degrees(np.array([shapely.LineString(c) for c in lines], dtype=object))
    rings, ring_names = _rings(outlines)
    roads, road_names = _town_roads(outlines)
    rings, ring_names = [*rings, *roads], [*ring_names, *road_names]
    names_ = [*ring_names, *(r[0] for r in rows)]
    kinds = [KINDS["ring"]] * (len(rings) - len(roads)) + [KINDS["rural"]] * len(roads) + [r[1] for r in rows]
    return gpd.GeoDataFrame(
        {
            "street_id": [f"DEMO-S-{i:06d}" for i in range(len(names_))],
            "name": names_,
            "kind": kinds,
            "oneway": None,
        },
        geometry=[*rings, *shapes],
        crs=WGS84,
    )


def _main_runs(grid: plan.Grid, blocks: list[tuple[int, int, str]]) -> list[tuple[str, int, str, int, int]]:
    """Unbroken stretches of main street: axis, line, district, first and last crossing."""
    pieces: dict[tuple[str, int, int], str] = {}
    for i, j, district in blocks:
        for key in (("u", i, j), ("u", i + 1, j), ("v", j, i), ("v", j + 1, i)):
            pieces.setdefault(key, district)
    out: list[tuple[str, int, str, int, int]] = []
    for axis, line, at in sorted(pieces):
        district = pieces[axis, line, at]
        if out and out[-1][:3] == (axis, line, district) and out[-1][4] == at:
            out[-1] = (*out[-1][:4], at + 1)
        else:
            out.append((axis, line, district, at, at + 1))
    return out


def _cuts(grid: plan.Grid, column: int, row: int) -> list[tuple[str, int, np.ndarray]]:
    blocks = grid.blocks(np.array([[column, row]]))
    west, south, east, north = grid.us[column], grid.vs[row], grid.us[column + 1], grid.vs[row + 1]
    out = []
    for number, u in enumerate(np.unique(blocks.gross[:, 0])[1:]):
        out.append(("u", number, np.array([[u, south], [u, north]])))
    for number, v in enumerate(np.unique(blocks.gross[:, 1])[1:]):
        out.append(("v", number, np.array([[west, v], [east, v]])))
    return out


def _rings(outlines: gpd.GeoDataFrame) -> tuple[list[shapely.Geometry], list[str]]:
    ground = shapely.union_all(outlines.geometry.to_numpy())
    shapes, names = [], []
    for name, (west, east, south, north) in plan.RINGS.items():
        inner = shapely.box(west, south, east, north).buffer(-CORNER_M, join_style="mitre").buffer(CORNER_M)
        ring = plan.shapes_to_degrees(shapely.segmentize(np.array([inner.exterior]), 250.0))[0]
        cut = shapely.line_merge(shapely.intersection(shapely.LineString(ring.coords), ground))
        for part in shapely.get_parts(cut):
            if shapely.length(part) > 0.002:
                shapes.append(shapely.transform(part, lambda c: np.round(c, 7)))
                names.append(name)
    return shapes, names


def _town_roads(outlines: gpd.GeoDataFrame) -> tuple[list[shapely.Geometry], list[str]]:
    """Winding roads between the seats of neighbouring towns outside the central districts."""
    own = seats()[seats()["subdistrict_code"].isin(outlines["subdistrict_code"])].reset_index(drop=True)
    place = own[["u", "v"]].to_numpy()
    outer = own["district_code"].map(zones()).eq("outer").to_numpy()
    distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1, kind="stable")[:, :3]
    pairs = sorted({tuple(sorted((i, int(j)))) for i in np.flatnonzero(outer) for j in near[i]})
    ground = shapely.union_all(outlines.geometry.to_numpy())
    shapes, names = [], []
    for i, j in pairs:
        line = shapely.segmentize(shapely.LineString(place[[i, j]]), 250.0)
        part = shapely.intersection(plan.shapes_to_degrees(np.array([bend(line)]))[0], ground)
        if not shapely.is_empty(part):
            shapes.append(shapely.transform(part, lambda c: np.round(c, 7)))
            names.append(own["name_zh"][i][:1] + own["name_zh"][j][:1] + words()["streets"]["rural_suffix"])
    return shapes, names
