"""Which projects can be bundled, and which of them are neighbours (R58)."""

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo.assign import metric_shapes
from geo.bundles_repair import Bounds, Cell


@dataclass(frozen=True)
class BundleRule:
    """What may stand in one bundle; the plan gives no figures, so all are the user's choice.

    Neighbours are projects within `distance_m` of one another (metres, outline to outline, inclusive; None: not by
    distance) or, with `by_block`, of one block or section. A bundle has `least_projects` to `most_projects` projects
    and at most `most_value_fen` together (None: no limit). Raises ValueError ("bundles.rule") where the
    rule can't be met.
    """

    distance_m: float | None
    least_projects: int
    most_projects: int
    most_value_fen: int | None = None
    by_block: bool = False

    def __post_init__(self) -> None:
        near = self.distance_m is None or (math.isfinite(self.distance_m) and self.distance_m >= 0)
        counts = 1 <= self.least_projects <= self.most_projects
        value = self.most_value_fen is None or self.most_value_fen >= 0
        if not (near and counts and value and (self.distance_m is not None or self.by_block)):
            raise ValueError("bundles.rule")

    @property
    def bounds(self) -> Bounds:
        """The limits alone, as the repair reads them."""
        return Bounds(self.least_projects, self.most_projects, self.most_value_fen)


class Loose(StrEnum):
    """Why a project is in no bundle."""

    ID_MISSING = "id_missing"
    DUPLICATED = "duplicated"
    GEOMETRY_MISSING = "geometry_missing"
    DISTRICT_NOT_SET = "district_not_set"
    VALUE_NOT_SET = "value_not_set"
    VALUE_NEGATIVE = "value_negative"
    VALUE_NOT_WHOLE = "value_not_whole"  # part of a fen
    VALUE_OVER_LIMIT = "value_over_limit"  # dearer alone than a bundle may be
    ISLAND = "island"  # no neighbour in its district, and a bundle needs more than one project
    TOO_FEW_TOGETHER = "too_few_together"  # with all it is linked to, fewer than a bundle needs
    LEFT_OVER = "left_over"  # no contiguous group within the limits was found for it
    SET_ASIDE = "set_aside"  # taken out by hand, or in no bundle when the bundles were saved
    NEW_SINCE = "new_since"  # came after the bundles were saved


class Break(StrEnum):
    """Which limits a bundle breaks; only an edit by hand can make one do so."""

    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    TOO_DEAR = "too_dear"


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Usable projects in an order by place (west to east, then south to north), and which are neighbours.

    `projects`: project_id, district_code, block_id, value_fen (Python ints), x_m, y_m; `shapes` in EPSG:4548; `links`
    symmetric (positions), only within a district. `loose`: reason by project_id of the others (`unnamed`: rows without
    an id).
    """

    projects: pd.DataFrame
    shapes: np.ndarray
    links: csr_matrix
    loose: dict[str, Loose]
    unnamed: int
    rule: BundleRule

    @property
    def at(self) -> dict[str, int]:
        """The position of each project."""
        return {name: i for i, name in enumerate(self.projects["project_id"])}

    def cells(self) -> list[Cell]:
        """The projects as the repair reads them."""
        links = self.links
        return [
            Cell(x, y, value, frozenset(links.indices[links.indptr[i] : links.indptr[i + 1]].tolist()))
            for i, (x, y, value) in enumerate(
                zip(self.projects["x_m"], self.projects["y_m"], self.projects["value_fen"], strict=True)
            )
        ]


def neighbours(projects: gpd.GeoDataFrame, rule: BundleRule) -> Neighbourhood:
    """The usable projects of `make_bundles` and which of them are neighbours by the rule."""
    ids = _texts(projects["project_id"])
    seen = Counter(ids)
    districts = _texts(projects["district_code"])
    blocks = _texts(projects["block_id"]) if rule.by_block else [None] * len(ids)
    shapes = metric_shapes(projects)
    shapes = np.where(
        shapely.is_valid(shapes) | shapely.is_missing(shapes), shapes, shapely.make_valid(shapes)
    )
    values = [_fen(v) for v in projects["value_fen"].astype(object)]

    def reason(i: int) -> Loose | None:
        value = values[i]
        if seen[ids[i]] > 1:
            return Loose.DUPLICATED
        if shapes[i] is None or shapely.is_empty(shapes[i]):
            return Loose.GEOMETRY_MISSING
        if districts[i] is None:
            return Loose.DISTRICT_NOT_SET
        if value is None:
            return Loose.VALUE_NOT_SET
        if value < 0:
            return Loose.VALUE_NEGATIVE
        return Loose.VALUE_NOT_WHOLE if isinstance(value, float) else None

    loose = {name: why for i, name in enumerate(ids) if name is not None and (why := reason(i)) is not None}
    usable = [i for i, name in enumerate(ids) if name is not None and name not in loose]
    centres = shapely.centroid(shapes[usable]) if usable else np.array([], dtype=object)
    x, y = np.round(shapely.get_x(centres), 3), np.round(shapely.get_y(centres), 3)
    order = sorted(range(len(usable)), key=lambda k: (x[k], y[k], str(ids[usable[k]])))
    rows = [usable[k] for k in order]
    table = pd.DataFrame(
        {
            "project_id": pd.Series([ids[i] for i in rows], dtype=object),
            "district_code": pd.Series([districts[i] for i in rows], dtype=object),
            "block_id": pd.Series([blocks[i] for i in rows], dtype=object),
            "value_fen": pd.Series([values[i] for i in rows], dtype=object),
            "x_m": x[order],
            "y_m": y[order],
        }
    )
    held = shapes[rows] if rows else np.array([], dtype=object)
    return Neighbourhood(table, held, _links(table, held, rule), loose, seen[None], rule)


def _texts(column: pd.Series) -> list[str | None]:
    return [None if pd.isna(v) or str(v) == "" else str(v) for v in column.astype(object)]


def _fen(value: object) -> int | float | None:
    if value is None or value is pd.NA or isinstance(value, bool | np.bool_ | str):
        return None
    if isinstance(value, int | np.integer):
        return int(value)
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _links(table: pd.DataFrame, shapes: np.ndarray, rule: BundleRule) -> csr_matrix:
    count = len(table)
    pairs: list[np.ndarray] = [np.empty((0, 2), dtype="int64")]
    if rule.distance_m is not None and count:
        # A micrometre more, so that rounding in the projection can't part two that are just so far apart.
        near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=rule.distance_m + 1e-6)
        pairs.append(near.T)
    if rule.by_block:
        for _, rows in table[table["block_id"].notna()].groupby(["district_code", "block_id"]):
            at = rows.index.to_numpy()
            pairs.append(np.array(np.meshgrid(at, at)).reshape(2, -1).T)
    held = np.concatenate(pairs).astype("int64")
    district = pd.factorize(table["district_code"])[0] if count else np.array([], dtype="int64")
    held = held[(held[:, 0] != held[:, 1]) & (district[held[:, 0]] == district[held[:, 1]])]
    both = np.concatenate([held, held[:, ::-1]])
    links = csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    links.data[:] = 1
    return links


def mask(count: int, positions: list[int]) -> np.ndarray:
    mask = np.zeros(count, dtype=bool)
    mask[positions] = True
    return mask


def components(links: csr_matrix, wanted: np.ndarray) -> list[list[int]]:
    """The connected parts among the wanted positions, each sorted, by their first."""
    at = np.flatnonzero(wanted)
    if not len(at):
        return []
    _, labels = connected_components(links[at][:, at], directed=False)
    parts: dict[int, list[int]] = {}
    for position, label in zip(at.tolist(), labels.tolist(), strict=True):
        parts.setdefault(label, []).append(position)
    return list(parts.values())
