"""Tender bundles (R58): contiguous groups of projects by block or section, balanced in value, within limits.

A start from spopt's WardSpatial (compact and contiguous, but without limits), then own repair: docs/decisions/0011.
Money is in whole fen; a bundle never crosses a district.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from geo.bundles_input import Break, BundleRule, Loose, Neighbourhood, components, mask, neighbours
from geo.bundles_repair import regions
from geo.crs import METRIC, WGS84

#: Metres by which an outline stands off the projects in it.
MARGIN_M = 5.0


@dataclass(frozen=True, eq=False)
class Bundling:
    """Bundles, and what stands in none.

    - `members`: project_id, bundle_id (None: in no bundle), district_code (None: not set), value_fen (Int64), reason
      (`Loose`, None where bundled), by project_id.
    - `bundles`: a GeoDataFrame in EPSG:4326 by bundle_id: bundle_id, district_code, projects (int), value_fen (exact
      Python ints), project_ids, block_ids (sorted tuples), breaks (tuple of `Break`), geometry (one outline around
      the projects, with the shortest ways between them).
    - Totals: bundled_projects + loose_projects = all rows with an id; `unnamed` rows have none. bundled_fen is the sum
      over `bundles`, loose_fen over the others whose value is known.
    """

    neighbourhood: Neighbourhood
    members: pd.DataFrame
    bundles: gpd.GeoDataFrame
    bundled_projects: int
    loose_projects: int
    bundled_fen: int
    loose_fen: int
    unnamed: int

    @property
    def saved(self) -> dict[str, str | None]:
        """What is to be kept of it: the bundle of each usable project, for `from_saved`."""
        known = set(self.neighbourhood.projects["project_id"])
        return {
            name: bundle
            for name, bundle in zip(self.members["project_id"], self.members["bundle_id"], strict=True)
            if name in known
        }


def make_bundles(projects: gpd.GeoDataFrame, rule: BundleRule) -> Bundling:
    """Contiguous bundles within the limits, as balanced in value as moves between neighbours make them.

    `projects`: project_id, district_code, value_fen (whole fen, missing: not set) and geometry of any kind in
    EPSG:4326; with `rule.by_block` also block_id. The result depends on where projects lie and what they
    cost, not on the order of rows; ids decide only between projects in one spot. What can't be bundled is listed with
    its reason.
    """
    known = neighbours(projects, rule)
    cells = known.cells()
    labels = np.full(len(cells), -1)
    reasons: dict[str, Loose] = {}
    names = known.projects["project_id"].tolist()
    fits = np.array(
        [rule.most_value_fen is None or c.value <= rule.most_value_fen for c in cells], dtype=bool
    )
    count = 0
    for group in components(known.links, fits):
        if len(group) < rule.least_projects:
            reason = Loose.ISLAND if len(group) == 1 else Loose.TOO_FEW_TOGETHER
            reasons.update({names[i]: reason for i in group})
            continue
        for region in regions(cells, group, rule.bounds):
            labels[region] = count
            count += 1
        reasons.update({names[i]: Loose.LEFT_OVER for i in group if labels[i] < 0})
    reasons.update({names[i]: Loose.VALUE_OVER_LIMIT for i in np.flatnonzero(~fits)})
    first: dict[int, str] = {}
    for label, name in sorted(zip(labels.tolist(), names, strict=True), key=lambda pair: pair[1]):
        first.setdefault(label, name)
    bundle_of = {n: (first[k] if k >= 0 else None) for n, k in zip(names, labels.tolist(), strict=True)}
    return describe(known, bundle_of, reasons)


def from_saved(
    projects: gpd.GeoDataFrame, rule: BundleRule, saved: Mapping[str, str | None]
) -> tuple[Bundling, tuple[str, ...]]:
    """Bundles as they were saved, over the projects as they are today.

    A project that is new since then, or can't be used any more, is in no bundle. Returns also the bundles that are no
    longer contiguous or no longer in one district (sorted), so that the page can say so; they are shown as they are.
    """
    known = neighbours(projects, rule)
    bundle_of = {name: saved.get(name) for name in known.projects["project_id"]}
    found = describe(known, bundle_of, {n: Loose.NEW_SINCE for n in bundle_of if n not in saved})
    at = known.at
    torn = [
        bundle
        for bundle, ids in zip(found.bundles["bundle_id"], found.bundles["project_ids"], strict=True)
        if len(components(known.links, mask(len(at), [at[i] for i in ids]))) > 1
    ]
    return found, tuple(torn)


def describe(
    known: Neighbourhood, bundle_of: Mapping[str, str | None], reasons: Mapping[str, Loose]
) -> Bundling:
    """The tables and totals of bundles given by the bundle of each usable project; `reasons` for those in none."""
    table = known.projects
    rows: dict[str, list[int]] = {}
    for i, name in enumerate(table["project_id"]):
        bundle = bundle_of.get(name)
        if bundle is not None:
            rows.setdefault(bundle, []).append(i)
    made = [_bundle(known, bundle, rows[bundle]) for bundle in sorted(rows)]
    columns = [
        *("bundle_id", "district_code", "projects", "value_fen"),
        *("project_ids", "block_ids", "breaks", "geometry"),
    ]
    frame = pd.DataFrame(made, columns=columns)
    frame["value_fen"] = frame["value_fen"].astype(object)
    outlines = gpd.GeoSeries(frame["geometry"].tolist(), crs=METRIC).to_crs(WGS84)
    bundles = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=outlines, crs=WGS84)
    usable = [
        (name, bundle_of.get(name), district, value, None if bundle_of.get(name) else why)
        for name, district, value, why in zip(
            table["project_id"],
            table["district_code"],
            table["value_fen"],
            [reasons.get(n, Loose.SET_ASIDE).value for n in table["project_id"]],
            strict=True,
        )
    ]
    others = [(name, None, None, None, why.value) for name, why in known.loose.items()]
    members = pd.DataFrame(
        sorted([*usable, *others], key=lambda row: row[0]),
        columns=["project_id", "bundle_id", "district_code", "value_fen", "reason"],
    )
    members = members.astype({name: object for name in members.columns if name != "value_fen"})
    members["value_fen"] = members["value_fen"].astype("Int64")
    members = members.where(members.notna(), None).astype({"value_fen": "Int64"})
    bundled = members["bundle_id"].notna()
    return Bundling(
        neighbourhood=known,
        members=members,
        bundles=bundles,
        bundled_projects=int(bundled.sum()),
        loose_projects=int((~bundled).sum()),
        bundled_fen=sum(bundles["value_fen"]),
        loose_fen=sum(int(v) for v in members.loc[~bundled, "value_fen"].dropna()),
        unnamed=known.unnamed,
    )


def _bundle(known: Neighbourhood, bundle: str, rows: list[int]) -> dict:
    held = known.projects.iloc[rows]
    value = sum(held["value_fen"])
    bounds = known.rule.bounds
    breaks = [
        *([Break.TOO_FEW] if len(rows) < bounds.least else []),
        *([Break.TOO_MANY] if len(rows) > bounds.most else []),
        *([Break.TOO_DEAR] if bounds.value is not None and value > bounds.value else []),
    ]
    return {
        "bundle_id": bundle,
        "district_code": held["district_code"].iloc[0],
        "projects": len(rows),
        "value_fen": value,
        "project_ids": tuple(sorted(held["project_id"])),
        "block_ids": tuple(sorted(set(held["block_id"].dropna()))),
        "breaks": tuple(breaks),
        "geometry": _outline(known.shapes[rows], known.rule.distance_m),
    }


def _outline(shapes: np.ndarray, distance_m: float | None) -> shapely.Polygon:
    """One polygon around the shapes (EPSG:4548), with the shortest ways between them so that it hangs together."""
    ways: list[shapely.LineString] = []
    if len(shapes) > 1:
        near = shapely.distance(shapes[:, None], shapes[None, :])
        # A metre more: a length of nothing would be no edge at all.
        tree = minimum_spanning_tree(csr_matrix(np.triu(near + 1.0, 1))).tocoo()
        ways = list(shapely.shortest_line(shapes[tree.row], shapes[tree.col]))
    joined = shapely.buffer(shapely.union_all([*shapes, *ways]), MARGIN_M)
    # Gaps up to the distance of neighbours are filled: grown by half of it and shrunk again.
    reach = (distance_m or 0.0) / 2
    filled = shapely.buffer(shapely.buffer(joined, reach), -reach)
    outline = shapely.union_all([joined, filled])
    return outline if outline.geom_type == "Polygon" else joined
