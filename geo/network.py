"""The walking network out of street lines: repaired, cut at crossings, in parts that are told apart.

Streets without levels are cut wherever they cross, also under bridges: nothing in the data tells the two apart, and
uncut streets fall to pieces. One-way signs hold for vehicles and are ignored on foot. Everything inside is in metres
(EPSG:4548) and in an order of its own (nodes by x and y, edges by their nodes), so that the order of the streets that
come in changes nothing.
"""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo.assign import metric_shapes
from geo.network_repair import end_points, joined, noded

#: Ends and nodes nearer than this to another street are joined to it by a short edge of that length.
JOIN_M = 1.0
#: A part of the network counts as whole when it is the longest, or at least this long: shorter ones are left-over
#: pieces in which a walking distance says nothing.
WHOLE_PART_M = 5000.0


@dataclass(frozen=True)
class NetworkReport:
    """What came in, what was left out and why, and what the network is made of (lengths in metres)."""

    streets: int
    left_out_no_line: int  # no geometry, not a line, or coordinates that are no numbers
    left_out_zero_length: int
    left_out_duplicate: int  # the same line once more, in either direction
    oneway_ignored: int  # streets marked one-way; on foot they are open both ways
    cut_pieces: int  # edges that cutting at crossings added
    joined_ends: int  # edges added between a loose end or a node and a street or node within the distance
    nodes: int
    edges: int
    length_m: float
    parts: int
    whole_parts: int
    longest_part_share_pct: float | None  # of the length; None without any edge
    outside_whole_parts_m: float


@dataclass(frozen=True)
class WalkNetwork:
    """Nodes (x, y in EPSG:4548), edges (rows of two nodes, the smaller first), their lines and lengths, and parts.

    `part` numbers each node's part, the longest first; `is_whole` says for each node whether its part is whole.
    """

    nodes: NDArray[np.float64]
    edges: NDArray[np.int64]
    lines: NDArray[np.object_]
    length_m: NDArray[np.float64]
    part: NDArray[np.int64]
    is_whole: NDArray[np.bool_]
    report: NetworkReport

    @cached_property
    def graph(self) -> csr_matrix:
        """Lengths between neighbouring nodes, both ways; of parallel edges the shortest, without loops."""
        first = np.ones(len(self.edges), dtype=bool)
        first[1:] = (self.edges[1:] != self.edges[:-1]).any(axis=1)
        first &= self.edges[:, 0] != self.edges[:, 1]
        u, v = self.edges[first].T
        size = (len(self.nodes), len(self.nodes))
        lengths = self.length_m[first]
        return csr_matrix(
            (np.concatenate([lengths, lengths]), (np.concatenate([u, v]), np.concatenate([v, u]))), shape=size
        )

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The edges' lines, for the nearest."""
        return shapely.STRtree(self.lines)

    def __getstate__(self) -> dict[str, object]:
        """Without what can be made again: a tree costs more to send than to build."""
        return {k: v for k, v in self.__dict__.items() if k not in ("graph", "tree")}

    def cut(self, bounds: tuple[float, float, float, float]) -> tuple["WalkNetwork", NDArray[np.int64]]:
        """The edges that touch a box (west, south, east, north in metres), with the parts of the whole network.

        Returns the smaller network and the rows that its edges have in the whole, ascending.
        """
        west, south, east, north = bounds
        box = shapely.bounds(self.lines)
        kept = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
        used, renumbered = np.unique(self.edges[kept], return_inverse=True)
        smaller = WalkNetwork(
            nodes=self.nodes[used],
            edges=renumbered.reshape(-1, 2),
            lines=self.lines[kept],
            length_m=self.length_m[kept],
            part=self.part[used],
            is_whole=self.is_whole[used],
            report=self.report,
        )
        return smaller, np.flatnonzero(kept)

    def parts_table(self) -> pd.DataFrame:
        """One row for each part, the longest first: part, nodes, edges, length_m, length_share_pct, is_whole."""
        of_edge = self.part[self.edges[:, 0]]
        count = int(self.part.max(initial=-1)) + 1
        length = np.bincount(of_edge, weights=self.length_m, minlength=count)
        whole = np.zeros(count, dtype=bool)
        whole[self.part] = self.is_whole
        total = length.sum()
        return pd.DataFrame(
            {
                "part": np.arange(count),
                "nodes": np.bincount(self.part, minlength=count),
                "edges": np.bincount(of_edge, minlength=count),
                "length_m": length,
                "length_share_pct": 100.0 * length / total if total else length,
                "is_whole": whole,
            }
        )


def build_network(
    streets: gpd.GeoDataFrame, *, join_m: float = JOIN_M, whole_part_m: float = WHOLE_PART_M
) -> WalkNetwork:
    """The walking network of a layer of streets (lines in EPSG:4326; may have oneway).

    Left out and counted: rows that are no line, lines of no length, duplicates. Lines are rounded to a millimetre,
    cut where they cross, and loose ends and nodes within `join_m` of another are joined to it by an edge as long as
    the gap. A network without any line is a network without edges, not an error.
    """
    shapes = metric_shapes(streets)
    is_line = np.isin(shapely.get_type_id(shapes), (1, 2, 5)) & ~shapely.is_empty(shapes)
    pieces = shapely.get_parts(shapely.force_2d(shapes[is_line]))
    is_finite = np.isfinite(shapely.get_coordinates(pieces)).all(axis=1) if len(pieces) else np.zeros(0, bool)
    owner = shapely.get_coordinates(pieces, return_index=True)[1] if len(pieces) else np.zeros(0, int)
    broken = np.zeros(len(pieces), dtype=bool)
    broken[owner[~is_finite]] = True
    lost = int((~is_line).sum() + broken.sum())
    pieces = pieces[~broken]
    pieces = shapely.transform(pieces, lambda xy: np.round(xy, 3))
    is_long = shapely.length(pieces) > 0
    zero = int((~is_long).sum())
    pieces = shapely.normalize(pieces[is_long])
    single = (
        np.unique(shapely.to_wkb(pieces), return_index=True)[1] if len(pieces) else np.array([], dtype=int)
    )
    duplicates = len(pieces) - len(single)
    lines = noded(pieces[single])
    cut = len(lines) - len(single)
    lines, links = joined(lines, join_m)
    nodes, edges, lines = _numbered(lines)
    oneway = streets["oneway"].astype("string").str.strip().str.lower() if "oneway" in streets else None
    is_oneway = 0 if oneway is None else int((~oneway.fillna("").isin(("", "no", "false", "0", "否"))).sum())
    return _assembled(
        nodes,
        edges,
        lines,
        whole_part_m,
        {
            "streets": len(streets),
            "left_out_no_line": lost,
            "left_out_zero_length": zero,
            "left_out_duplicate": duplicates,
            "oneway_ignored": is_oneway,
            "cut_pieces": cut,
            "joined_ends": links,
        },
    )


def _numbered(lines: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    if len(lines) == 0:
        return np.zeros((0, 2)), np.zeros((0, 2), dtype=np.int64), np.array([], dtype=object)
    ends = np.concatenate([end_points(lines, 0), end_points(lines, -1)])
    nodes, at = np.unique(np.round(ends, 3), axis=0, return_inverse=True)
    edges = at.reshape(2, -1).T.astype(np.int64)
    turned = edges[:, 0] > edges[:, 1]
    lines = np.where(turned, shapely.reverse(lines), lines)
    edges[turned] = edges[turned][:, ::-1]
    order = np.lexsort([shapely.length(lines), edges[:, 1], edges[:, 0]])
    return nodes, edges[order], lines[order]


def _assembled(
    nodes: NDArray, edges: NDArray, lines: NDArray, whole_part_m: float, counts: dict[str, int]
) -> WalkNetwork:
    length = shapely.length(lines) if len(lines) else np.zeros(0)
    size = (len(nodes), len(nodes))
    links = csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=size)
    number, label = connected_components(links, directed=False) if len(nodes) else (0, np.zeros(0, dtype=int))
    of_part = np.bincount(label[edges[:, 0]], weights=length, minlength=number) if number else np.zeros(0)
    # Parts of one length in the order of their first node, so that the numbers do not hang on the input's order.
    order = np.argsort(-np.round(of_part, 3), kind="stable")
    rank = np.empty(number, dtype=np.int64)
    rank[order] = np.arange(number)
    part = rank[label] if number else np.zeros(0, dtype=np.int64)
    whole = of_part[order] >= whole_part_m
    if number:
        whole[0] = True
    total = float(of_part.sum())
    return WalkNetwork(
        nodes=nodes,
        edges=edges,
        lines=lines,
        length_m=length,
        part=part,
        is_whole=whole[part],
        report=NetworkReport(
            **counts,
            nodes=len(nodes),
            edges=len(edges),
            length_m=total,
            parts=number,
            whole_parts=int(whole.sum()),
            longest_part_share_pct=100.0 * float(of_part[order][0]) / total if number else None,
            outside_whole_parts_m=float(of_part[order][~whole].sum()),
        ),
    )
