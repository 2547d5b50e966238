"""What kind of place each community is: when it was built, in what manner, and who owns it."""

import numpy as np
import pandas as pd

from loaders.city.plan import Plan, choose, stream

#: Weights of half decades from 1950 by zone: the core was rebuilt about 1980 and 1990, the outside from 2000.
HALF_DECADES = np.arange(1950, 2020, 5)
BUILT = np.array(
    [
        [3, 4, 2, 1, 3, 9, 14, 11, 14, 9, 6, 3, 1, 0.3],
        [1, 2, 1, 1, 2, 6, 12, 13, 15, 12, 10, 6, 2, 0.6],
        [0.2, 1, 1, 0.4, 1, 2, 5, 8, 11, 14, 20, 15, 7, 2],
        [0.1, 0.3, 0.3, 0.2, 1, 2, 4, 6, 8, 11, 19, 19, 13, 4],
    ]
)
MIXED_SHARE = 0.12
#: Communities without a year; communities whose buildings have years of their own (the others inherit).
UNDATED_SHARE = 0.06
HOUSE_YEARS_SHARE = 0.68
OLD, SOME_LIFTS, NEW = 0, 1, 2


def years(rng: np.random.Generator, zone: np.ndarray) -> np.ndarray:
    """Build years drawn by zone, smoothed across the half decades."""
    chances = (BUILT / BUILT.sum(axis=1, keepdims=True)).cumsum(axis=1)
    half = (rng.random(len(zone))[:, None] > chances[zone]).sum(axis=1).clip(0, len(HALF_DECADES) - 1)
    spread = rng.normal(2.0, 2.6, len(zone))
    return np.clip(np.round(HALF_DECADES[half] + spread), 1950, 2018).astype("int64")


def build_homes(plan: Plan, plots: pd.DataFrame) -> pd.DataFrame:
    """The home plots with year, second_year (0: none), manner, ownership, is_central_state, is_undated, is_straddling
    (its years lie on either side of 2000) and has_house_years (its buildings have years of their own).

    manner: slab, mixed, tower, court (single-storey courtyards of the core), village (low houses outside).
    """
    rng = stream(plan.seed, "homes")
    homes = plots[plots["use"] == "home"].sort_values(
        ["district_code", "subdistrict_code", "order"], kind="stable"
    )
    homes = homes.reset_index(drop=True).drop(columns=["use", "is_near", "order"])
    count = len(homes)
    zone = homes["zone"].to_numpy()
    # The tiny city needs old communities for its programme in every district.
    year = years(rng, np.minimum(zone, 1) if plan.size == "tiny" else zone)
    later = year + rng.integers(9, 20, count)
    is_mixed = (rng.random(count) < MIXED_SHARE) & (later <= 2014)
    draw = rng.random(count)
    era = np.where(year < 1987, OLD, np.where(year < 2000, SOME_LIFTS, NEW))
    manner = np.select(
        [
            era == OLD,
            (era == SOME_LIFTS) & (draw < 0.72),
            (era == SOME_LIFTS) & (draw < 0.92),
            (era == NEW) & (draw < 0.38),
            (era == NEW) & (draw < 0.72),
        ],
        ["slab", "slab", "mixed", "slab", "mixed"],
        default="tower",
    ).astype(object)
    low = rng.random(count)
    manner[(zone == 0) & (low < plan.low_quarters * 2.2) & (year < 1990)] = "court"
    manner[(zone >= 2) & (low < plan.low_quarters * 1.5)] = "village"
    is_low = np.isin(manner, ["court", "village"])
    year = np.where(manner == "court", rng.integers(1950, 1966, count), year)
    year = np.where((manner == "village") & (year > 1998), rng.integers(1978, 1999, count), year)
    is_mixed &= ~is_low
    is_undated = rng.random(count) < UNDATED_SHARE
    # Near the turn of the century the ledger names two years, one on either side.
    is_straddling = np.zeros(count, dtype=bool)
    is_straddling[np.argsort(np.abs(year - 1999.5) + 99 * is_mixed, kind="stable")[:3]] = True
    has_house_years = rng.random(count) < np.where(
        is_mixed, 0.85, np.where(is_undated, 0.2, HOUSE_YEARS_SHARE)
    )
    return homes.assign(
        year=year,
        second_year=np.where(is_mixed, np.maximum(later, year + 9), 0),
        manner=manner,
        is_undated=is_undated & ~is_straddling,
        is_straddling=is_straddling,
        has_house_years=has_house_years & ~is_straddling,
        **_owners(rng, year, manner, homes["district_code"].to_numpy()),
    )


def _owners(rng: np.random.Generator, year: np.ndarray, manner: np.ndarray, district: np.ndarray) -> dict:
    """Ownership by age: work units built until the housing reform of 1998, developers after it."""
    count = len(year)
    before = choose(
        rng, ["房改房", "直管公房", "市属国企", "中央国家机关", "商品房"], [44, 20, 18, 10, 8], count
    )
    after = choose(rng, ["商品房", "房改房", "市属国企", "中央国家机关"], [80, 9, 7, 4], count)
    ownership = np.where(year < 1999, before, after)
    ownership[manner == "court"] = "直管公房"
    ownership[manner == "village"] = "集体产权"
    # Organs of the central state stand in the inner city and in Haidian.
    outside = ~np.isin(district, ["110101", "110102", "110105", "110106", "110107", "110108"])
    ownership[(ownership == "中央国家机关") & outside] = "房改房"
    return {"ownership": ownership, "is_central_state": ownership == "中央国家机关"}
