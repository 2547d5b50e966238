"""From plots and footprints to the rows of the ledgers, with the gaps that real ledgers have."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.city.blocks import plot_shapes
from loaders.city.names import community_names, street_names
from loaders.city.plan import LONLAT, Plan, choose, numbered, stream, to_lonlat

PRECISIONS = ("year", "range", "decade", "about", "unknown")
#: A community's own boundary is missing and a parcel stands in for it.
PARCEL_SHARE = 0.06
YEAR_SOURCES = ("区房管局台账", "不动产登记", "街道摸底", "产权单位提供")


def year_columns(rng: np.random.Generator, year: np.ndarray, weights: tuple[float, ...]) -> dict:
    """The build-year columns for true years, in the precisions (year, range, decade, about, unknown) by weight."""
    count = len(year)
    year = np.asarray(year, dtype="int64")
    precision = choose(rng, PRECISIONS, weights, count)
    before, after = rng.integers(1, 4, count), rng.integers(1, 4, count)
    decade = year // 10 * 10
    start = np.select([precision == "range", precision == "decade"], [year - before, decade], year)
    end = np.select([precision == "range", precision == "decade"], [year + after, decade + 9], year)
    text = year.astype(str).astype(object)
    text = np.where(rng.random(count) < 0.5, text + "年", text)
    spelled = start.astype(str).astype(object) + "-" + end.astype(str).astype(object) + "年"
    short = (decade % 100).astype(str).astype(object)
    decades = np.where(decade < 2000, short + "年代", decade.astype(str).astype(object) + "年代")
    about = "约" + year.astype(str).astype(object) + "年"
    unknown = choose(rng, ["未知", "不详", "0", "无", None], [3, 3, 1, 1, 2], count)
    text = np.select(
        [precision == "range", precision == "decade", precision == "about", precision == "unknown"],
        [spelled, decades, about, unknown],
        default=text,
    )
    gone = precision == "unknown"
    source = choose(rng, YEAR_SOURCES, [5, 3, 3, 2], count)
    source[gone] = None
    return {
        "build_year_from": pd.Series(start).astype("Int64").mask(gone).array,
        "build_year_to": pd.Series(end).astype("Int64").mask(gone).array,
        "build_year_precision": precision,
        "build_year_text": text,
        "build_year_source": source,
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
    return homes.assign(
        community_id=numbered("C" + homes["district_code"], 4),
        name=community_names(rng, homes),
        address=street + number + "号",
    )


def house_table(plan: Plan, homes: pd.DataFrame, houses: pd.DataFrame) -> gpd.GeoDataFrame:
    """The buildings' rows (EPSG:4326), in the order of `houses`."""
    rng = stream(plan.seed, "house records")
    count = len(houses)
    home = houses["home"].to_numpy()
    inside = home >= 0
    storeys, year = houses["storeys"].to_numpy(), houses["year"].to_numpy()
    kind, use = houses["kind"].to_numpy(), houses["use"].to_numpy()
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
    area = shapely.area(houses["geometry"].to_numpy()) * storeys
    structure = np.select(
        [kind == "low", storeys <= 6, (storeys < 12) & (kind != "tower")], ["砖木", "砖混", "框架"], "剪力墙"
    ).astype(object)
    structure[rng.random(count) < 0.07] = None
    lifts = np.select([kind == "tower", storeys >= 7], [np.where(storeys > 16, 3, 2), stairs], 0)
    # A few slabs have had lifts added since 2016.
    added = (kind == "slab") & (storeys <= 6) & (year < 2000) & (rng.random(count) < 0.02)
    lifts = np.where(added, stairs, lifts)
    weights = (62, 3, 4, 4, 27)
    years = year_columns(rng, year, weights)
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
            "name": np.where(inside, number_text, None),
            "address": np.where(inside & (rng.random(count) < 0.8), address[home] + number_text, None),
            "community_id_stated": np.where(stated, ids[home], None),
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
    """What the buildings of each community add up to: building_count, households, residents, floor_area_m2, structure."""
    inside = (houses["home"] >= 0).to_numpy()
    own = pd.DataFrame(
        {
            "home": houses["home"].to_numpy()[inside],
            "households": buildings["households"].to_numpy(dtype="float64", na_value=0.0)[inside],
            "floor_area_m2": buildings["floor_area_m2"].to_numpy()[inside],
            "count": 1,
        }
    )
    sums = own.groupby("home").sum().reindex(range(len(homes)), fill_value=0)
    return sums.rename(columns={"count": "building_count"}).reset_index(drop=True)


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
            "address": np.where(rng.random(count) < 0.93, homes["address"].to_numpy(dtype=object), None),
            "district_code": homes["district_code"],
            "subdistrict_name": homes["subdistrict_name"],
            **year_columns(rng, year, (77, 6, 5, 6, 6)),
            "households": pd.Series(households).astype("Int64").mask(rng.random(count) < 0.07).array,
            "residents": _kept(rng, np.round(households * rng.normal(2.5, 0.2, count)), 0.12),
            "building_count": pd.Series(totals["building_count"])
            .astype("Int64")
            .mask(rng.random(count) < 0.05)
            .array,
            "floor_area_m2": _kept(rng, np.round(totals["floor_area_m2"].to_numpy()), 0.09),
            "structure": structure,
            "ownership": np.where(rng.random(count) < 0.94, ownership, None),
            "is_central_state": homes["is_central_state"].astype("boolean"),
            "original_property_unit": np.where(has_unit & (rng.random(count) < 0.8), units, None),
            "property_company": np.where(serviced & (rng.random(count) < 0.9), companies, None),
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
        geometry=np.where(by_parcel, None, shapes),
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


def _kept(rng: np.random.Generator, values: np.ndarray, lost: float) -> np.ndarray:
    return np.where(rng.random(len(values)) < lost, np.nan, values)


def _coverage(rng: np.random.Generator, homes: pd.DataFrame) -> np.ndarray:
    """The chance that a community has been surveyed: four in five, differing by subdistrict."""
    codes = pd.Index(homes["subdistrict_code"].unique())
    rate = pd.Series(np.clip(rng.normal(0.8, 0.15, len(codes)), 0.25, 1.0), index=codes)
    return homes["subdistrict_code"].map(rate).to_numpy()
