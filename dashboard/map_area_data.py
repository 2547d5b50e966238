"""What the store adds to the rows of the map for the totals of an area; read once for each revision."""

import datetime as dt

import pandas as pd
from sqlalchemy import func, select

from dashboard.map_layers import latest_date
from store import queries_map
from store.engine import Store
from store.tables import (
    communities,
    community_links,
    funding_entries,
    project_buildings,
    project_communities,
)


def community_figures(store: Store, rows: pd.DataFrame) -> pd.DataFrame:
    """The figures of each community of the map's rows, under the rows' own index.

    Columns: households, floor_area_m2 (missing where not on record), buildings, pre_2000_buildings,
    unknown_year_buildings.
    """
    links = community_links.c
    columns = [
        communities.c.households,
        communities.c.floor_area_m2,
        links.buildings,
        links.pre_2000_buildings,
        links.unknown_year_buildings,
    ]
    joined = communities.outerjoin(community_links, links.community_id == communities.c.community_id)
    found = store.frame(select(communities.c.community_id, *columns).select_from(joined))
    figures = found.set_index("community_id").apply(pd.to_numeric, errors="coerce").astype(float)
    return figures.reindex(rows["id"].to_numpy()).set_axis(rows.index)


def project_pairs(store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which projects take in which communities and which buildings: project_id with community_id, or building_id."""
    homes, houses = project_communities.c, project_buildings.c
    return (
        store.frame(select(homes.project_id, homes.community_id).distinct()),
        store.frame(select(houses.project_id, houses.building_id).distinct()),
    )


def project_money(store: Store, as_of: dt.date | None = None) -> pd.DataFrame:
    """Each project's stage as of a day (the newest that the map stands for) and its planned money, by project_id.

    Columns: stage, is_central_state, planned_fen (missing where no planned money is on record).
    """
    entries = funding_entries.c
    sums = store.frame(
        select(entries.project_id, func.sum(entries.amount_fen).label("fen"))
        .where(entries.state == "planned")
        .group_by(entries.project_id)
    ).set_index("project_id")["fen"]
    states = queries_map.project_states(store, as_of or latest_date(store)).set_index("project_id")
    planned = pd.to_numeric(sums).astype(float).reindex(states.index)
    return states[["stage", "is_central_state"]].assign(planned_fen=planned)


def touched_projects(
    kept: pd.DataFrame,
    kind: str,
    pairs: tuple[pd.DataFrame, pd.DataFrame],
    money: pd.DataFrame,
    *,
    has_central: bool,
) -> pd.DataFrame:
    """The rows of `project_money` of the projects that take in any of the rows, each once.

    A building counts with the projects of its own, else with those of its community, as it is coloured.
    """
    homes, houses = pairs
    if kind == "communities":
        found = set(homes.loc[homes["community_id"].isin(kept["id"]), "project_id"])
    else:
        own = houses[houses["building_id"].isin(kept["id"])]
        by_home = kept.loc[~kept["id"].isin(houses["building_id"]), "community"]
        found = set(own["project_id"]) | set(homes.loc[homes["community_id"].isin(by_home), "project_id"])
    rows = money[money.index.isin(found)]
    return rows if has_central else rows[~rows["is_central_state"].astype(bool)]
