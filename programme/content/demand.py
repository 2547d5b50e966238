"""What residents ask for against what is planned (R14, R15; section 2 (1), item 3)."""

from enum import StrEnum

import pandas as pd

from programme.content.errors import ContentError, checked, texts

#: Between the items of a project (the column content_items).
SEPARATOR = "、"


class Fit(StrEnum):
    """How one item stands in one community or project."""

    FITS = "fits"  # asked for and planned
    ASKED_NOT_PLANNED = "asked_not_planned"
    PLANNED_NOT_ASKED = "planned_not_asked"
    PLANNED_NOT_SURVEYED = "planned_not_surveyed"  # nobody has gathered demands there: no gap can be said
    ASKED_NO_PROJECT = "asked_no_project"  # the community is in no project


MATRIX_COLUMNS = ["item", "asks", "is_planned", "fit", "rows", "project_ids"]


def planned_items(projects: pd.DataFrame) -> pd.DataFrame:
    """The planned items of each project, one a row: project_id, item; from content_items, in order, each once."""
    checked(projects, ("project_id", "content_items"), "projects", "project_id")
    found = [
        (project, item)
        for project, text in zip(projects["project_id"], texts(projects["content_items"]), strict=True)
        for item in dict.fromkeys(part.strip() for part in (text or "").split(SEPARATOR))
        if item
    ]
    return pd.DataFrame(found, columns=["project_id", "item"], dtype="object")


def demand_matrix(
    demands: pd.DataFrame,
    planned: pd.DataFrame,
    project_communities: pd.DataFrame,
    *,
    unit: str = "community_id",
) -> pd.DataFrame:
    """Every item that somebody asks for or plans, by community or project, and how the two fit (R15).

    `demands` has demand_id, community_id, item (as in the menu) and asks (whole number of households or people that ask
    for it; 0 says that it was put to them and nobody wants it). `planned` has project_id and item (`planned_items`);
    `project_communities` has project_id and community_id. `unit` is community_id or project_id; by project, the demands
    of its communities are added up, and communities in no project are left out.

    Returns `unit`, item, asks (int64), is_planned, fit (`Fit` values), rows (tuple of demand_id, sorted) whose asks add
    up, project_ids (tuple, sorted: who plans it), ordered by unit and item. A cell that nobody asks for and nobody
    plans is not there. Raises ContentError: content.column_missing, content.key_twice, content.asks_unreadable.
    """
    if unit not in ("community_id", "project_id"):
        raise ContentError("content.column_missing", frame="demand_matrix", column=unit)
    checked(demands, ("demand_id", "community_id", "item", "asks"), "demands", "demand_id")
    links = project_communities[["project_id", "community_id"]].drop_duplicates()
    asked = demands[["demand_id", "community_id"]].assign(item=texts(demands["item"]), asks=_asks(demands))
    plans = planned[["project_id", "item"]].merge(links, on="project_id").drop_duplicates()
    if unit == "project_id":
        asked = asked.merge(links, on="community_id")
        plans = planned[["project_id", "item"]].drop_duplicates().assign(community_id=None)
    cells: dict[tuple[str, str], tuple[list, list]] = {}
    for key, item, demand, asks in asked[[unit, "item", "demand_id", "asks"]].itertuples(index=False):
        cells.setdefault((key, item), ([], []))[0].append((str(demand), int(asks)))
    own_key = plans[unit]
    for key, item, project in zip(own_key, plans["item"], plans["project_id"], strict=True):
        cells.setdefault((key, item), ([], []))[1].append(str(project))
    surveyed, in_project = set(asked[unit]), set(links[unit])
    found = []
    for (key, item), (told, by) in sorted(cells.items(), key=lambda cell: tuple(map(str, cell[0]))):
        asks = sum(n for _, n in told)
        if not asks and not by:
            continue
        fit = _fit(asks > 0, bool(by), key in surveyed, key in in_project)
        demand_ids = tuple(sorted(d for d, _ in told))
        found.append((key, item, asks, bool(by), fit.value, demand_ids, tuple(sorted(set(by)))))
    frame = pd.DataFrame(found, columns=[unit, *MATRIX_COLUMNS], dtype="object")
    return frame.astype({"asks": "int64", "is_planned": "bool"})


def _asks(demands: pd.DataFrame) -> pd.Series:
    for key, value in zip(demands["demand_id"], demands["asks"], strict=True):
        if pd.isna(value) or isinstance(value, bool) or value != int(value) or value < 0:
            raise ContentError("content.asks_unreadable", demand_id=str(key), value=str(value))
    return demands["asks"].astype("int64")


def _fit(is_asked: bool, is_planned: bool, is_surveyed: bool, has_project: bool) -> Fit:
    if is_asked:
        if is_planned:
            return Fit.FITS
        return Fit.ASKED_NOT_PLANNED if has_project else Fit.ASKED_NO_PROJECT
    return Fit.PLANNED_NOT_ASKED if is_surveyed else Fit.PLANNED_NOT_SURVEYED


def item_counts(matrix: pd.DataFrame) -> pd.DataFrame:
    """Each item over all units of a `demand_matrix`, most asked for first.

    Returns item, asks (int64, the sum), one int64 column for each `Fit` with how many units stand so, and units (tuple
    of their keys, sorted).
    """
    unit = matrix.columns[0]
    columns = ["item", "asks", *(f.value for f in Fit), "units"]
    found = []
    for item, own in matrix.groupby("item", sort=True):
        fits = own["fit"].value_counts()
        counts = [int(fits.get(f.value, 0)) for f in Fit]
        found.append((item, int(own["asks"].sum()), *counts, tuple(sorted(own[unit].astype(str)))))
    found.sort(key=lambda r: (-r[1], r[0]))
    frame = pd.DataFrame(found, columns=columns, dtype="object")
    return frame.astype(dict.fromkeys(columns[1:-1], "int64"))
