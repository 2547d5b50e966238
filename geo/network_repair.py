"""Mending street lines before they become a network: cutting at crossings and joining loose ends."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree


def noded(lines: NDArray) -> NDArray[np.object_]:
    """Lines (metres) cut wherever two of them meet or cross; pieces that lie on each other are kept once."""
    if len(lines) == 0:
        return np.array([], dtype=object)
    try:
        whole = shapely.union_all(lines)
    except shapely.GEOSException:
        # Lines that nearly coincide can defeat exact noding; on a grid of millimetres it can't fail.
        whole = shapely.union_all(lines, grid_size=0.001)
    pieces = shapely.get_parts(whole)
    pieces = pieces[(shapely.get_type_id(pieces) == 1) & (shapely.length(pieces) > 0)]
    return pieces


def cut_at(line: shapely.LineString, at_m: NDArray[np.float64]) -> list[shapely.LineString]:
    """A line cut at distances from its start (metres, ascending, inside the line)."""
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    cuts = shapely.get_coordinates(shapely.line_interpolate_point(line, at_m))
    stops = [0.0, *at_m, along[-1]]
    points = [xy[0], *cuts, xy[-1]]
    pieces = []
    for n in range(len(stops) - 1):
        inside = xy[(along > stops[n]) & (along < stops[n + 1])]
        pieces.append(shapely.LineString([points[n], *inside, points[n + 1]]))
    return pieces


def end_points(lines: NDArray, which: int) -> NDArray[np.float64]:
    """The first (0) or last (-1) points of lines as rows of x, y."""
    return shapely.get_coordinates(shapely.get_point(lines, which))


def joined(lines: NDArray, within_m: float) -> tuple[NDArray[np.object_], int]:
    """The lines with edges added over gaps of at most `within_m` metres, and how many edges.

    A loose end (that no other line shares) is joined to the nearest other line, which is cut there; nodes that lie
    within the distance of each other are joined too, for crossings that were drawn twice. Every edge is as long as
    its gap, so that no way becomes shorter than the straight line.
    """
    if len(lines) == 0 or within_m <= 0:
        return lines, 0
    links, lines = _end_links(lines, within_m)
    nodes = np.unique(np.round(np.concatenate([end_points(lines, 0), end_points(lines, -1)]), 3), axis=0)
    pairs = cKDTree(nodes).query_pairs(within_m, output_type="ndarray")
    links = np.concatenate([links, nodes[pairs]])
    links = links[np.round(np.hypot(*(links[:, 1] - links[:, 0]).T), 3) > 0]
    if len(links) == 0:
        return lines, 0
    added = shapely.normalize(shapely.linestrings(np.round(links, 3)))
    held = set(shapely.to_wkb(shapely.normalize(lines[shapely.length(lines) <= within_m + 0.01])).tolist())
    wkb, first = np.unique(shapely.to_wkb(added), return_index=True)
    fresh = first[[w not in held for w in wkb.tolist()]]
    return np.concatenate([lines, added[fresh]]), len(fresh)


def _end_links(lines: NDArray, within_m: float) -> tuple[NDArray[np.float64], NDArray]:
    """Where loose ends meet other lines, as pairs of points, and the lines cut there."""
    none = np.zeros((0, 2, 2))
    ends = np.concatenate([end_points(lines, 0), end_points(lines, -1)])
    owner = np.tile(np.arange(len(lines)), 2)
    at, count = np.unique(np.round(ends, 3), axis=0, return_inverse=True, return_counts=True)[1:]
    loose = np.flatnonzero(count[at.ravel()] == 1)
    if len(loose) == 0:
        return none, lines
    points = shapely.points(ends[loose])
    end, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=within_m)
    other = line != owner[loose[end]]
    end, line = end[other], line[other]
    if len(end) == 0:
        return none, lines
    # Coordinates, not row numbers, settle ties: the order of the streets must not matter.
    keys = [
        *end_points(lines[line], -1).T,
        *end_points(lines[line], 0).T,
        shapely.distance(points[end], lines[line]),
    ]
    order = np.lexsort([*keys, end])
    best = order[np.unique(end[order], return_index=True)[1]]
    end, line = end[best], line[best]
    along = shapely.line_locate_point(lines[line], points[end])
    size = shapely.length(lines)[line]
    # Within a millimetre of the line's own end its node is met, and nothing is cut.
    along = np.where(along < 0.001, 0.0, np.where(along > size - 0.001, size, along))
    met = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along))
    inside = (along > 0) & (along < size)
    touched = np.unique(line[inside])
    pieces: list[shapely.LineString] = []
    for number in touched:
        pieces.extend(cut_at(lines[number], np.unique(along[inside & (line == number)])))
    cut = np.concatenate([np.delete(lines, touched), np.array(pieces, dtype=object)])
    return np.stack([ends[loose[end]], met], axis=1), cut
