"""Common difficult problems (R64): like issues near one another become one agenda item of the task force.

DBSCAN among issues of one kind. A border issue joins the group of its nearest core issue, the smaller key deciding
between equals, so the result does not depend on the order of rows (the textbook form does).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree


@dataclass(frozen=True)
class GroupingRule:
    """What counts as common: at least so many issues (itself included) of one kind within so many metres of one.

    The plan gives neither figure: both are the user's choice.
    """

    distance_m: float
    least_issues: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.distance_m) and self.distance_m > 0 and self.least_issues >= 2):
            raise ValueError("grouping.rule")


def issue_groups(issues: pd.DataFrame, rule: GroupingRule) -> pd.Series:
    """The group of each issue, None where it stands alone, is without place or without kind.

    `issues` has issue_id (unique), kind, x_m and y_m (EPSG:4548, metres). Returns group_id on the same index: the
    kind and the smallest issue_id of the group's core issues, joined by ":".
    """
    place = issues[["x_m", "y_m"]].astype("float64")
    usable = np.isfinite(place.to_numpy()).all(axis=1) & issues["kind"].notna().to_numpy()
    positions = np.flatnonzero(usable)
    order = positions[np.argsort(issues["issue_id"].astype(str).to_numpy()[positions], kind="stable")]
    kinds = issues["kind"].astype(str).to_numpy()
    values = np.full(len(issues), None, dtype="object")
    for kind in sorted(set(kinds[order])):
        rows = order[kinds[order] == kind]
        labels = _clusters(place.to_numpy()[rows], rule)
        keys = issues["issue_id"].astype(str).to_numpy()[rows]
        for row, label in zip(rows, labels, strict=True):
            if label >= 0:
                values[row] = f"{kind}:{keys[label]}"
    return pd.Series(values, index=issues.index, dtype="object", name="group_id")


def _clusters(points: np.ndarray, rule: GroupingRule) -> np.ndarray:
    """For points in the order of their keys: the position of the first core point of each one's group, or -1."""
    count = len(points)
    labels = np.full(count, -1)
    if count < rule.least_issues:
        return labels
    # Asked a little wider and measured again, so that the tree's shape can't decide about a point on the rim.
    pairs = cKDTree(points).query_pairs(rule.distance_m * (1 + 1e-9), output_type="ndarray")
    pairs = np.sort(pairs.reshape(-1, 2), axis=1)
    gaps = ((points[pairs[:, 0]] - points[pairs[:, 1]]) ** 2).sum(axis=1)
    is_near = gaps <= rule.distance_m**2
    pairs, gaps = pairs[is_near], gaps[is_near]
    is_core = np.bincount(pairs.ravel(), minlength=count) + 1 >= rule.least_issues
    linked = pairs[is_core[pairs].all(axis=1)]
    graph = coo_matrix((np.ones(len(linked)), (linked[:, 0], linked[:, 1])), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    first: dict[int, int] = {}
    for position in np.flatnonzero(is_core):
        labels[position] = first.setdefault(int(component[position]), int(position))
    nearest: dict[int, tuple[float, int]] = {}
    for (a, b), gap in zip(pairs.tolist(), gaps.tolist(), strict=True):
        for rim, core in ((a, b), (b, a)):
            if is_core[core] and not is_core[rim]:
                nearest[rim] = min(nearest.get(rim, (math.inf, -1)), (gap, core))
    for rim, (_, core) in nearest.items():
        labels[rim] = labels[core]
    return labels


def agenda_proposals(issues: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """The groups as agenda items (the plan's section 4, item 1), the largest first.

    `issues` further has district_code, reported_date and is_open (see `issues.issue_states`). Returns group_id,
    kind, issues, open_issues (ints), first_reported_date, district_codes and issue_ids (sorted tuples), x_m and
    y_m (the mean).
    """
    rows = []
    for group_id, held in issues.groupby(groups, sort=True):
        rows.append(
            {
                "group_id": group_id,
                "kind": held["kind"].iloc[0],
                "issues": len(held),
                "open_issues": int(held["is_open"].astype(bool).sum()),
                "first_reported_date": pd.to_datetime(held["reported_date"]).min(),
                "district_codes": tuple(sorted(set(held["district_code"].dropna()))),
                "issue_ids": tuple(sorted(held["issue_id"])),
                # fsum: the same mean whatever the order of rows
                "x_m": math.fsum(held["x_m"]) / len(held),
                "y_m": math.fsum(held["y_m"]) / len(held),
            }
        )
    columns = [
        *("group_id", "kind", "issues", "open_issues", "first_reported_date"),
        *("district_codes", "issue_ids", "x_m", "y_m"),
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(
        ["open_issues", "issues", "group_id"], ascending=[False, False, True]
    ).reset_index(drop=True)
