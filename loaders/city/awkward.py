"""The cases that make real ledgers hard, put into the demo city on purpose and written down by id."""

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.age import age_class
from loaders.city.events import Breaches

MARKUP_NAME = "<img src=x onerror=alert(1)>"
FORMULA_NAME = '=HYPERLINK("http://x")'
SHARED_NAME = "永安里"
#: At most so many ids are noted of a common case.
MOST_NOTED = 50


def emptied_home(homes: pd.DataFrame) -> int:
    """The position of the community that loses its buildings: a new one, so that no project needs it."""
    return int(np.flatnonzero((homes["year"] >= 2000).to_numpy())[-1])


def odd_names(homes: pd.DataFrame) -> pd.DataFrame:
    """Three names that must stay text, and one that two districts share."""
    names = homes["name"].copy()
    districts = homes["district_code"].unique()
    first, other = (
        np.flatnonzero((homes["district_code"] == d).to_numpy()) for d in (districts[0], districts[-1])
    )
    names = names.mask(names == SHARED_NAME, SHARED_NAME + "一号院")
    names.iloc[first[0]], names.iloc[first[1]] = MARKUP_NAME, FORMULA_NAME
    names.iloc[first[2]] = names.iloc[other[0]] = SHARED_NAME
    return homes.assign(name=names)


def ground_notes(
    homes: pd.DataFrame, houses: pd.DataFrame, layers: dict[str, gpd.GeoDataFrame | pd.DataFrame], empty: int
) -> dict[str, list[str]]:
    """The awkward cases among communities and buildings, by id."""
    rows, buildings = layers["communities"], layers["buildings"]
    ids = rows["community_id"]
    ages = age_class(*(buildings[f"build_year_{c}"] for c in ("from", "to", "precision"))).to_numpy()
    known = (houses["home"] >= 0).to_numpy() & (ages != "unknown")
    mixed = pd.Series(ages[known]).groupby(houses["home"].to_numpy()[known]).nunique()
    straddles = (rows["build_year_from"] <= 1999) & (rows["build_year_to"] >= 2000)
    outside = buildings.loc[(houses["home"] < 0).to_numpy(), "building_id"]
    return {
        "mixed_age_communities": ids.iloc[mixed.index[mixed > 1].to_numpy()].tolist(),
        "unknown_years": ids[rows["build_year_precision"] == "unknown"].tolist(),
        "straddling_ranges": ids[straddles.fillna(False).to_numpy(dtype=bool)].tolist(),
        "boundary_from_parcel": ids[rows.geometry.isna().to_numpy()].tolist(),
        "community_without_buildings": [str(ids.iloc[empty])],
        "buildings_without_community": outside.head(MOST_NOTED).tolist(),
        "markup_name": ids[(rows["name"] == MARKUP_NAME).to_numpy()].tolist(),
        "formula_name": ids[(rows["name"] == FORMULA_NAME).to_numpy()].tolist(),
        "same_name_in_two_districts": ids[(rows["name"] == SHARED_NAME).to_numpy()].tolist(),
    }


def community_pairs(table: pd.DataFrame, homes: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The projects' communities; the first community of one project stands in a second one of its district, too."""
    pairs = table[["project_id", "district_code", "homes", "cohort"]].explode("homes")
    pairs["community_id"] = homes["community_id"].to_numpy(dtype=object)[
        pairs["homes"].to_numpy(dtype="int64")
    ]
    oldest = pairs[pairs["cohort"] == 2018].iloc[0]
    later = pairs[(pairs["cohort"] == 2021) & (pairs["district_code"] == oldest["district_code"])]
    again = later.head(1).assign(community_id=oldest["community_id"])
    both = pd.concat([pairs, again])[["project_id", "community_id"]]
    both.insert(0, "project_community_id", both["project_id"] + "-" + both["community_id"])
    both = both.sort_values("project_community_id", kind="stable").reset_index(drop=True)
    return both, again["community_id"].tolist()


def owners_bodies(layers: dict[str, gpd.GeoDataFrame | pd.DataFrame], breaches: Breaches) -> gpd.GeoDataFrame:
    """Communities whose ledger agrees with the projects' events: formed where an event says so, not where works
    began without one."""
    communities, pairs, events = layers["communities"], layers["project_communities"], layers["stage_events"]
    formed = events.loc[events["stage"] == "owners_body", "project_id"]
    yes = pairs.loc[pairs["project_id"].isin(formed), "community_id"]
    no = pairs.loc[pairs["project_id"].isin(breaches.without_owners_body), "community_id"]
    waiting = pairs.loc[~pairs["project_id"].isin(formed), "community_id"]
    body = communities["has_owners_body"].copy()
    ids = communities["community_id"]
    body = body.mask(ids.isin(waiting).to_numpy(), False)
    body = body.mask(ids.isin(yes).to_numpy(), True)
    body = body.mask(ids.isin(no).to_numpy(), False)
    return communities.assign(has_owners_body=body)
