"""How old a building is, where that is known from, and on which side of the year 2000 it falls (R4)."""

import numpy as np
import pandas as pd

#: "Built before 2000" means finished in this year or earlier (R4; the plan, section 2(1)1).
PRE_2000_LAST_YEAR = 1999
AGE_CLASSES = ("pre_2000", "post_2000", "unknown")


def age_class(year_from: pd.Series, year_to: pd.Series, precision: pd.Series | None = None) -> pd.Series:
    """`pre_2000`, `post_2000` or `unknown` for each row; a range that straddles the limit is unknown.

    Years may be missing; an end that is missing takes the other end's year. `precision` "unknown" makes the class
    unknown whatever the years.
    """
    start = pd.to_numeric(year_from, errors="coerce").astype(float)
    end = pd.to_numeric(year_to, errors="coerce").astype(float)
    start, end = start.fillna(end), end.fillna(start)
    out = pd.Series("unknown", index=year_from.index, dtype=object)
    out[(end <= PRE_2000_LAST_YEAR).to_numpy()] = "pre_2000"
    out[(start > PRE_2000_LAST_YEAR).to_numpy()] = "post_2000"
    if precision is not None:
        out[(precision == "unknown").to_numpy(dtype=bool, na_value=True)] = "unknown"
    return out


def building_ages(buildings: pd.DataFrame, communities: pd.DataFrame) -> pd.DataFrame:
    """Year, range and source of each building: its own, else its community's and marked so, else none.

    `buildings`: `community_id` (or missing) and the build-year columns; `communities`: `community_id` and the same.
    Returns, on the index of `buildings`: `year_from`, `year_to` (Int64), `precision`, `year_source`
    (own, community, none), `age_class`, `decade` (Int64, e.g. 1980; missing where the range spans several).
    """
    own = _years(buildings)
    homes = _years(communities)
    homes.index = pd.Index(communities["community_id"].astype(object))
    homes = homes[~homes.index.duplicated()]
    inherited = homes.reindex(pd.Index(buildings["community_id"].astype(object)))
    inherited.index = buildings.index
    has_own = own["year_from"].notna() & (own["precision"] != "unknown")
    has_home = ~has_own & inherited["year_from"].notna() & (inherited["precision"] != "unknown")
    out = pd.DataFrame(index=buildings.index)
    for name in ("year_from", "year_to"):
        out[name] = own[name].where(has_own, inherited[name].where(has_home)).astype("Int64")
    out["precision"] = own["precision"].where(has_own, inherited["precision"].where(has_home, "unknown"))
    out["precision"] = out["precision"].astype(object)
    source = np.where(has_own, "own", np.where(has_home, "community", "none"))
    out["year_source"] = pd.Series(source, index=out.index, dtype=object)
    out["age_class"] = age_class(out["year_from"], out["year_to"], out["precision"])
    decade = out["year_from"] // 10 * 10
    out["decade"] = decade.where((decade == out["year_to"] // 10 * 10).fillna(False))
    return out


def _years(rows: pd.DataFrame) -> pd.DataFrame:
    start = pd.to_numeric(rows["build_year_from"], errors="coerce").astype("Float64").astype("Int64")
    end = pd.to_numeric(rows["build_year_to"], errors="coerce").astype("Float64").astype("Int64")
    return pd.DataFrame(
        {
            "year_from": start.fillna(end),
            "year_to": end.fillna(start),
            "precision": rows["build_year_precision"]
            .astype(object)
            .where(start.notna() | end.notna(), "unknown"),
        }
    )


def community_age(communities: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """The age of each community by its own stated year and by its buildings, and whether they are mixed (R4).

    `communities`: `community_id` and the build-year columns; `buildings`: `community_id`, `age_class`,
    `year_source` and, where known, `floor_area_m2`. A community's own year decides its class; without one the
    buildings do when all that have an age agree, and otherwise it is unknown and mixed. Buildings that inherited
    the community's year say nothing about it and do not count as mixed. Returns, on the index of `communities`:
    `age_class`, `is_mixed_age`, `buildings`, `pre_2000_buildings`, `post_2000_buildings`,
    `unknown_year_buildings`, `pre_2000_share_pct` (by floor area where every dated building has one, else by
    number; missing where no building is dated).
    """
    ids = communities["community_id"].astype(object)
    known = buildings[buildings["community_id"].notna()]
    keys = known["community_id"].astype(object)
    counts = pd.crosstab(keys, known["age_class"]).reindex(index=ids, columns=list(AGE_CLASSES), fill_value=0)
    counts.index = communities.index
    own = known[known["year_source"] == "own"]
    own_counts = pd.crosstab(own["community_id"].astype(object), own["age_class"])
    own_counts = own_counts.reindex(index=ids, columns=list(AGE_CLASSES), fill_value=0)
    own_counts.index = communities.index
    stated = age_class(
        communities["build_year_from"], communities["build_year_to"], communities["build_year_precision"]
    )
    old, new = own_counts["pre_2000"] > 0, own_counts["post_2000"] > 0
    by_buildings = pd.Series(
        np.where(old & ~new, "pre_2000", np.where(new & ~old, "post_2000", "unknown")),
        index=communities.index,
        dtype=object,
    )
    differs = ((stated == "pre_2000") & new) | ((stated == "post_2000") & old)
    return pd.DataFrame(
        {
            "age_class": stated.where(stated != "unknown", by_buildings),
            "is_mixed_age": (old & new) | differs,
            "buildings": counts.sum(axis=1).astype(int),
            "pre_2000_buildings": counts["pre_2000"].astype(int),
            "post_2000_buildings": counts["post_2000"].astype(int),
            "unknown_year_buildings": counts["unknown"].astype(int),
            "pre_2000_share_pct": _share(ids, known),
        },
        index=communities.index,
    )


def _share(ids: pd.Series, buildings: pd.DataFrame) -> pd.Series:
    dated = buildings[buildings["age_class"] != "unknown"]
    area = (
        pd.to_numeric(dated["floor_area_m2"], errors="coerce").astype(float)
        if "floor_area_m2" in dated
        else pd.Series(np.nan, index=dated.index)
    )
    keys = dated["community_id"].astype(object)
    complete = area.notna().groupby(keys).transform("all") & (area.groupby(keys).transform("sum") > 0)
    weight = area.where(complete, 1.0)
    total = weight.groupby(keys).sum()
    old = weight[dated["age_class"] == "pre_2000"].groupby(keys).sum()
    share = (100 * old.reindex(total.index, fill_value=0) / total).round(2)
    out = share.reindex(ids)
    out.index = ids.index
    return out.astype(float)
