"""From plots and footprints to the rows of the ledgers, with the gaps that real ledgers have."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.city.blocks import plot_shapes
from loaders.city.names import community_names, street_names
from loaders.city.plan import LONLAT, Plan, choose, kept, numbered, stream, to_lonlat

PRECISIONS = ("year", "range", "decade", "about")
WEIGHTS = (82.0, 6.0, 5.5, 6.5)
#: A community's own boundary is missing and a parcel stands in for it.
PARCEL_SHARE = 0.06
YEAR_SOURCES = ("区房管局台账", "不动产登记", "街道摸底", "产权单位提供")


def year_columns(
    rng: np.random.Generator,
    year: np.ndarray,
    gone: np.ndarray,
    spread: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict:
    """The build-year columns for true years, written in the ways ledgers write them; unknown where `gone`.

    `spread`: years before and after the true one that a range takes in, where it must be a range (0, 0: free).
    """
    count = len(year)
    year = np.asarray(year, dtype="int64")
    precision = choose(rng, PRECISIONS, WEIGHTS, count)
    before, after = rng.integers(1, 4, count), rng.integers(1, 4, count)
    if spread is not None:
        is_forced = (spread[0] + spread[1]) > 0
        precision[is_forced] = "range"
        before, after = np.where(is_forced, spread[0], before), np.where(is_forced, spread[1], after)
    precision[gone] = "unknown"
    decade = year // 10 * 10
    start = np.select([precision == "range", precision == "decade"], [year - before, decade], year)
    end = np.select([precision == "range", precision == "decade"], [year + after, decade + 9], year)
    plain = year.astype(str).astype(object)
    plain = np.where(rng.random(count) < 0.5, plain + "年", plain)
    spelled = start.astype(str).astype(object) + "-" + end.astype(str).astype(object) + "年"
    short = (decade % 100).astype(str).astype(object)
    decades = np.where(decade < 2000, short, decade.astype(str).astype(object)) + "年代"
    about = "约" + year.astype(str).astype(object) + "年"
    unknown = choose(rng, ["未知", "不详", "0", "无", None], [3, 3, 1, 1, 6], count)
    text = np.select(
        [precision == "range", precision == "decade", precision == "about", gone],
        [spelled, decades, about, unknown],
        default=plain,
    )
    return {
        "build_year_from": pd.Series(start).astype("Int64").mask(gone).array,
        "build_year_to": pd.Series(end).astype("Int64").mask(gone).array,
        "build_year_precision": precision,
        "build_year_text": text,
        "build_year_source": kept(choose(rng, YEAR_SOURCES, [5, 3, 3, 2], count), ~gone),
    }


def street_table(plan: Plan, lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The streets' rows (EPSG:4326), and beside them, in the same order, their names."""
    rng = stream(plan.seed, "streets")
    is_main = lines["is_main"].to_numpy()
    oneway = np.where(is_main | (rng.random(len(lines)) < 0.85), "no", "yes")
    return gpd.GeoDataFrame(
        {
            "street_id": numbered("R" + lines["subdistrict_code"], 3),
            "name": street_names(rng, lines),
            "kind": np.where(
                is_main,
                choose(rng, ["primary", "secondary", "tertiary"], [2, 4, 4], len(lines)),
                "residential",
            ),
            "oneway": oneway,
        },
        geometry=to_lonlat(lines.geometry.to_numpy()),
        crs=LONLAT,
    )


def with_names(plan: Plan, homes: pd.DataFrame, lines: gpd.GeoDataFrame, names: pd.Series) -> pd.DataFrame:
    """`homes` with street, address, name and community_id."""
    rng = stream(plan.seed, "names")
    named = names.notna().to_numpy()
    tree = shapely.STRtree(lines.geometry.to_numpy()[named])
    street = names[named].to_numpy(dtype=object)[tree.nearest(shapely.points(homes["x"], homes["y"]))]
    number = rng.integers(1, 130, len(homes)).astype(str).astype(object)
    homes = homes.assign(street=street)
    names = community_names(rng, homes)
    # A yard that is named by its number stands at that number.
    is_yard = names.str.fullmatch(r".*\d号院") & np.array(
        [n.startswith(s) for n, s in zip(names, street, strict=True)]
    )
    return homes.assign(
        community_id=numbered("C" + homes["district_code"], 4),
        name=names,
        address=np.where(is_yard, names.str[:-1], street + number + "号"),
    )


def with_households(plan: Plan, houses: pd.DataFrame) -> pd.DataFrame:
    """`houses` with stairwells (0: none) and households: two or three flats to a landing, more in towers."""
    rng = stream(plan.seed, "households")
    count = len(houses)
    storeys, kind, use = (houses[c].to_numpy() for c in ("storeys", "kind", "use"))
    width = houses["width_m"].to_numpy()
    stairs = np.select(
        [kind == "slab", kind == "tower"], [np.maximum(1, np.round(width / 15.5)), 1], 0
    ).astype("int64")
    flats = np.select(
        [kind == "slab", kind == "tower", (kind == "low") & (use == "住宅"), use == "农村住宅"],
        [
            stairs * storeys * rng.choice([2, 2, 3], count),
            storeys * rng.integers(6, 10, count),
            rng.integers(1, 6, count),
            1,
        ],
        default=0,
    )
    return houses.assign(stairwells=stairs, households=flats)


def house_table(plan: Plan, homes: pd.DataFrame, houses: pd.DataFrame) -> gpd.GeoDataFrame:
    """The buildings' rows (EPSG:4326), in the order of `houses`."""
    rng = stream(plan.seed, "house records")
    count = len(houses)
    home = houses["home"].to_numpy()
    inside = home >= 0
    storeys, year = houses["storeys"].to_numpy(), houses["year"].to_numpy()
    kind, use = houses["kind"].to_numpy(), houses["use"].to_numpy()
    stairs, flats = houses["stairwells"].to_numpy(), houses["households"].to_numpy()
    area = shapely.area(houses["geometry"].to_numpy()) * storeys
    structure = np.select(
        [kind == "low", storeys <= 6, (storeys < 12) & (kind != "tower")], ["砖木", "砖混", "框架"], "剪力墙"
    ).astype(object)
    structure[rng.random(count) < 0.07] = None
    lifts = np.select([kind == "tower", storeys >= 7], [np.where(storeys > 16, 3, 2), stairs], 0)
    # A few slabs have had lifts added since 2016.
    added = (kind == "slab") & (storeys <= 6) & (year < 2000) & (rng.random(count) < 0.02)
    lifts = np.where(added, stairs, lifts)
    dated = np.where(
        inside,
        homes["has_house_years"].to_numpy()[home] & (rng.random(count) < 0.94),
        rng.random(count) < 0.6,
    )
    years = year_columns(rng, year, ~dated)
    stated = inside & (rng.random(count) < 0.7)
    ids, address = homes["community_id"].to_numpy(dtype=object), homes["address"].to_numpy(dtype=object)
    number = pd.Series(home).groupby(home).cumcount().to_numpy() + 1
    number_text = number.astype(str).astype(object) + "号楼"
    is_bad = (
        (year < 1975) & (storeys <= 4) & inside & (rng.random(count) < np.where(kind == "low", 0.2, 0.06))
    )
    return gpd.GeoDataFrame(
        {
            "building_id": numbered("B" + houses["district_code"], 6),
            "name": kept(number_text, inside),
            "address": kept(address[home] + number_text, inside & (rng.random(count) < 0.8)),
            "community_id_stated": kept(ids[home], stated),
            **years,
            "storeys": pd.Series(storeys).astype("Int64").mask(rng.random(count) < 0.03).array,
            "height_m": np.round(
                storeys * np.where(kind == "other", 3.6, 2.8) + rng.uniform(0.5, 1.5, count), 1
            ),
            "stairwells": pd.Series(stairs)
            .astype("Int64")
            .mask((stairs == 0) | (rng.random(count) < 0.1))
            .array,
            "households": pd.Series(flats)
            .astype("Int64")
            .mask((flats == 0) | (rng.random(count) < 0.08))
            .array,
            "floor_area_m2": np.round(area, 1),
            "structure": structure,
            "use": use,
            "lift_count": pd.Series(lifts).astype("Int64").mask(~inside | (rng.random(count) < 0.06)).array,
            "is_dangerous_or_simple": pd.Series(is_bad).astype("boolean").mask(~inside).array,
        },
        geometry=to_lonlat(houses["geometry"].to_numpy()),
        crs=LONLAT,
    )


def home_totals(homes: pd.DataFrame, houses: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """What the buildings of each community add up to: building_count, households, floor_area_m2."""
    own = houses[["home", "households"]].assign(floor_area_m2=buildings["floor_area_m2"], building_count=1)
    sums = own[own["home"] >= 0].groupby("home").sum()
    return sums.reindex(range(len(homes)), fill_value=0).reset_index(drop=True)


def home_table(
    plan: Plan, homes: pd.DataFrame, totals: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The communities' rows and the parcels' (EPSG:4326)."""
    rng = stream(plan.seed, "home records")
    count = len(homes)
    shapes = to_lonlat(plot_shapes(homes))
    points = to_lonlat(shapely.points(homes["x"], homes["y"]))
    year = homes["year"].to_numpy()
    by_parcel = rng.random(count) < PARCEL_SHARE
    households = totals["households"].to_numpy()
    ownership = homes["ownership"].to_numpy(dtype=object)
    has_unit = np.isin(ownership, ["房改房", "市属国企", "中央国家机关"])
    units = choose(
        rng,
        ["市属某机械公司", "市属某建筑公司", "区房管所", "某部机关服务局", "某研究院", "某高校"],
        [3, 3, 3, 2, 2, 2],
        count,
    )
    companies = choose(
        rng,
        ["安居物业公司", "京城物业公司", "和顺物业公司", "区房管物业中心", "恒泰物业公司"],
        [3, 3, 2, 3, 2],
        count,
    )
    serviced = rng.random(count) < np.where(year < 2000, 0.55, 0.93)
    body = rng.random(count) < np.where(year < 2000, 0.28, 0.5)
    party = rng.random(count) < 0.6
    surveyed = pd.Series(
        pd.Timestamp(2020, 8, 20) - pd.to_timedelta(rng.integers(0, 900, count), unit="D")
    ).dt.date
    surveyed = surveyed.astype(object).mask(rng.random(count) > _coverage(rng, homes), None)
    price = np.round(
        rng.normal(np.array([98, 72, 52, 33])[homes["zone"]], 9, count).clip(16) * 1000 - (2005 - year) * 180,
        -2,
    )
    structure = np.select(
        [np.isin(homes["manner"], ["court", "village"]), homes["manner"] == "tower", year > 2005],
        ["砖木", "剪力墙", "框架"],
        "砖混",
    ).astype(object)
    structure[rng.random(count) < 0.1] = None
    table = gpd.GeoDataFrame(
        {
            "community_id": homes["community_id"],
            "name": homes["name"],
            "address": kept(homes["address"], rng.random(count) < 0.93),
            "district_code": homes["district_code"],
            "subdistrict_name": homes["subdistrict_name"],
            **year_columns(rng, year, homes["is_undated"].to_numpy(), _across_2000(homes)),
            "households": pd.Series(households).astype("Int64").mask(rng.random(count) < 0.07).array,
            "residents": _kept(rng, np.round(households * rng.normal(2.5, 0.2, count)), 0.12),
            "building_count": pd.Series(totals["building_count"])
            .astype("Int64")
            .mask(rng.random(count) < 0.05)
            .array,
            "floor_area_m2": _kept(rng, np.round(totals["floor_area_m2"].to_numpy()), 0.09),
            "structure": structure,
            "ownership": kept(ownership, rng.random(count) < 0.94),
            "is_central_state": homes["is_central_state"].astype("boolean"),
            "original_property_unit": kept(units, has_unit & (rng.random(count) < 0.8)),
            "property_company": kept(companies, serviced & (rng.random(count) < 0.9)),
            "has_owners_body": pd.Series(body).astype("boolean").mask(rng.random(count) < 0.12).array,
            "has_property_service": pd.Series(serviced)
            .astype("boolean")
            .mask(rng.random(count) < 0.08)
            .array,
            "has_party_organisation": pd.Series(party).astype("boolean").mask(rng.random(count) < 0.15).array,
            "surveyed_date": surveyed,
            "unit_price_cny_per_m2": _kept(rng, price, 0.25),
            "point": gpd.GeoSeries(points, crs=LONLAT),
        },
        geometry=kept(shapes, ~by_parcel),
        crs=LONLAT,
    )
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": ("L" + homes.loc[by_parcel, "community_id"].str[1:]).to_numpy(),
            "name": None,
            "land_use": "居住用地",
        },
        geometry=shapes[by_parcel],
        crs=LONLAT,
    )
    return table, parcels


def _across_2000(homes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """How far the range of a straddling community reaches: over the turn of 1999 to 2000 by at least a year."""
    year, own = homes["year"].to_numpy(), homes["is_straddling"].to_numpy()
    return np.where(own, np.maximum(1, year - 1998), 0), np.where(own, np.maximum(1, 2001 - year), 0)


def _kept(rng: np.random.Generator, values: np.ndarray, lost: float) -> np.ndarray:
    return np.where(rng.random(len(values)) < lost, np.nan, values)


def _coverage(rng: np.random.Generator, homes: pd.DataFrame) -> np.ndarray:
    """The chance that a community has been surveyed: four in five, differing by subdistrict."""
    codes = pd.Index(homes["subdistrict_code"].unique())
    rate = pd.Series(np.clip(rng.normal(0.8, 0.15, len(codes)), 0.25, 1.0), index=codes)
    return homes["subdistrict_code"].map(rate).to_numpy()
