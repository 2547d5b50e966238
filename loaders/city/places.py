"""Places: water, parks, facilities of the reference's kinds, and where people live."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders import reference
from loaders.city.areas import density
from loaders.city.blocks import plot_shapes
from loaders.city.names import stems
from loaders.city.plan import LONLAT, Plan, centre_m, choose, districts_m, numbered, stream, to_lonlat, turned

#: Chance that a community has the facility within it.
AT_HOME = {
    "community_service_station": 0.3,
    "community_health_station": 0.2,
    "elderly_daycare": 0.12,
    "kindergarten": 0.24,
    "nursery_0_3": 0.05,
    "culture_station": 0.16,
    "small_court": 0.12,
    "outdoor_fitness": 0.42,
    "community_retail": 0.4,
    "recycling_point": 0.3,
    "waste_station": 0.1,
    "public_toilet": 0.18,
    "convenience_store": 0.5,
    "waste_point": 0.8,
    "play_ground": 0.3,
    "property_office": 0.45,
    "bike_parking": 0.5,
    "parking_community": 0.55,
    "parking_roadside": 0.2,
    "idle_room": 0.08,
    "reception_place": 0.04,
}
#: Facilities for every hundred communities of a subdistrict, on the streets between them.
IN_TOWN = {
    "bus_stop": 45.0,
    "primary_school": 9.0,
    "medium_sports": 4.0,
    "wet_market": 9.0,
    "junior_school": 5.0,
    "health_centre": 4.0,
    "culture_centre": 3.0,
    "service_centre_street": 3.0,
    "elderly_service_centre": 2.0,
    "large_sports": 1.0,
    "metro_station": 5.0,
    "nine_year_school": 1.5,
    "elderly_institution": 3.0,
    "indoor_sports": 3.0,
    "parking_workplace": 6.0,
    "parking_commercial": 5.0,
    "parking_public": 8.0,
}
#: Usual floor area (m²) and capacity with its unit.
SIZES: dict[str, tuple[float | None, float | None, str | None]] = {
    "community_service_station": (700, None, None),
    "community_health_station": (180, None, None),
    "elderly_daycare": (420, 30, "床"),
    "kindergarten": (3200, 240, "座"),
    "nursery_0_3": (500, 60, "座"),
    "culture_station": (320, None, None),
    "primary_school": (9000, 900, "座"),
    "junior_school": (12000, 900, "座"),
    "nine_year_school": (18000, 1500, "座"),
    "elderly_institution": (4200, 120, "床"),
    "elderly_service_centre": (1500, 40, "床"),
    "health_centre": (2400, None, None),
    "parking_community": (None, 120, "车位"),
    "parking_roadside": (None, 40, "车位"),
    "parking_workplace": (None, 90, "车位"),
    "parking_commercial": (None, 220, "车位"),
    "parking_public": (None, 180, "车位"),
    "idle_room": (160, None, None),
    "wet_market": (1200, None, None),
}

#: What a place is called on its own door, where that is not the name of its kind.
SHORT_NAMES = {
    "elderly_daycare": "养老驿站",
    "small_court": "球场",
    "outdoor_fitness": "健身广场",
    "community_retail": "便民超市",
    "play_ground": "活动场地",
    "property_office": "物业服务中心",
    "bike_parking": "自行车棚",
    "waste_point": "垃圾收集点",
    "waste_station": "垃圾站",
    "medium_sports": "运动场",
    "large_sports": "体育中心",
    "wet_market": "菜市场",
    "junior_school": "中学",
    "nine_year_school": "学校",
    "health_centre": "社区卫生服务中心",
    "service_centre_street": "社区服务中心",
    "metro_station": "站",
    "bus_stop": "站",
    "indoor_sports": "体育馆",
    "elderly_institution": "养老院",
}


def build_water(plan: Plan) -> gpd.GeoDataFrame:
    """Lakes and two rivers in EPSG:4548 with name and district_code; nothing is built on them."""
    rng = stream(plan.seed, "water")
    cx, cy = centre_m()
    rows = []
    for district in districts_m(plan).itertuples():
        body = district.geometry
        near = district.district_code in ("110101", "110102")
        for _ in range(2 if near else 3):
            west, south, east, north = body.bounds
            pool = rng.uniform((west, south), (east, north), (400, 2))
            pool = pool[shapely.contains_xy(body, pool[:, 0], pool[:, 1])]
            chance = density(pool[:, 0], pool[:, 1])
            x, y = pool[rng.choice(len(pool), p=chance / chance.sum())]
            size = rng.uniform(140, 260) if near else rng.uniform(220, 650)
            rows.append(
                (stems(rng, 1)[0] + ("海" if near else "湖"), district.district_code, _lake(rng, x, y, size))
            )
    outlines = districts_m(plan)
    for name, offset, phase in (("清安河", 9_500, 0.3), ("凉宁河", -8_500, 1.7)):
        along = np.linspace(-45_000, 45_000, 240)
        bend = 1_400 * np.sin(along / 7_000 + phase) + 500 * np.sin(along / 2_300)
        line = shapely.linestrings(np.column_stack([cx + along, cy + offset + bend - along * 0.12]))
        river = shapely.buffer(line, 28)
        for district in outlines.itertuples():
            piece = shapely.intersection(river, district.geometry)
            rows += [(name, district.district_code, p) for p in shapely.get_parts(piece) if p.area > 5_000]
    table = pd.DataFrame(rows, columns=["name", "district_code", "geometry"])
    within = shapely.intersection(
        table["geometry"].to_numpy(),
        outlines.set_index("district_code").geometry.loc[table["district_code"]].to_numpy(),
    )
    return gpd.GeoDataFrame(table.assign(geometry=within), geometry="geometry", crs=outlines.crs)


def _lake(rng: np.random.Generator, x: float, y: float, size: float) -> shapely.Geometry:
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    phase = rng.uniform(0, 6.28, 3)
    radius = size * (
        1
        + 0.22 * np.sin(2 * angle + phase[0])
        + 0.1 * np.sin(3 * angle + phase[1])
        + 0.04 * np.sin(5 * angle + phase[2])
    )
    lean = rng.uniform(0.55, 0.9)
    return shapely.polygons(np.column_stack([x + lean * radius * np.cos(angle), y + radius * np.sin(angle)]))


def green_table(plan: Plan, plots: pd.DataFrame, water: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Parks on plots without homes, and the water (EPSG:4326)."""
    rng = stream(plan.seed, "green")
    parks = plots[plots["use"] == "park"]
    kind = choose(rng, ["公园绿地", "广场绿地", "防护绿地"], [7, 2, 1], len(parks))
    ends = (
        pd.Series(kind)
        .map({"公园绿地": "公园", "广场绿地": "广场", "防护绿地": "绿地"})
        .to_numpy(dtype=object)
    )
    shapes = shapely.buffer(shapely.buffer(plot_shapes(parks), -18), 12, quad_segs=3)
    keep = ~shapely.is_empty(shapes)
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "district_code": parks["district_code"].to_numpy(),
                    "name": stems(rng, len(parks)) + ends,
                    "kind": kind,
                    "shape": shapes,
                }
            )[keep],
            pd.DataFrame(
                {
                    "district_code": water["district_code"].to_numpy(),
                    "name": water["name"].to_numpy(),
                    "kind": "水面",
                    "shape": water.geometry.to_numpy(),
                }
            ),
        ],
        ignore_index=True,
    )
    return gpd.GeoDataFrame(
        {
            "green_space_id": numbered("G" + rows["district_code"], 4),
            "name": rows["name"],
            "kind": rows["kind"],
        },
        geometry=to_lonlat(rows["shape"].to_numpy()),
        crs=LONLAT,
    )


def facility_table(plan: Plan, homes: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Facilities (EPSG:4326): those within communities, and those of the town between them; some towns lack much."""
    rng = stream(plan.seed, "facilities")
    served = pd.Series(np.clip(rng.normal(1.0, 0.4, len(areas)), 0.15, 1.7), index=areas["subdistrict_code"])
    level = homes["subdistrict_code"].map(served).to_numpy()
    count = len(homes)
    picks, kinds = [], []
    for kind, chance in AT_HOME.items():
        lift = np.where(homes["year"] < 1995, 0.8, 1.15)
        own = np.flatnonzero(rng.random(count) < np.clip(chance * level * lift, 0, 0.97))
        picks.append(own)
        kinds += [kind] * len(own)
    home = np.concatenate(picks)
    x, y = _edge_places(rng, homes, home)
    rows = [
        pd.DataFrame(
            {
                "kind": kinds,
                "x": x,
                "y": y,
                "subdistrict_code": homes["subdistrict_code"].to_numpy()[home],
                "stem": homes["name"].to_numpy(dtype=object)[home],
                "address": homes["address"].to_numpy(dtype=object)[home],
            }
        )
    ]
    sizes = homes.groupby("subdistrict_code").size().reindex(areas["subdistrict_code"], fill_value=0)
    for kind, rate in IN_TOWN.items():
        numbers = rng.poisson(np.maximum(sizes.to_numpy() * rate / 100, 0.12) * served.to_numpy())
        code = np.repeat(sizes.index.to_numpy(dtype=object), numbers)
        x, y = _street_places(rng, homes, areas, code)
        rows.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "x": x,
                    "y": y,
                    "subdistrict_code": code,
                    "stem": stems(rng, len(code)),
                    "address": None,
                }
            )
        )
    table = pd.concat(rows, ignore_index=True)
    return _facility_rows(rng, table, areas)


def _facility_rows(
    rng: np.random.Generator, table: pd.DataFrame, areas: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    count = len(table)
    names = reference.facility_kinds().set_index("key")["name_zh"].str.replace(r"[((].*", "", regex=True)
    usual = pd.DataFrame.from_dict(SIZES, orient="index", columns=["area", "capacity", "unit"])
    own = usual.reindex(table["kind"])
    spread = rng.lognormal(0, 0.3, count)
    area = np.round(own["area"].to_numpy(dtype="float64") * spread)
    area[rng.random(count) < 0.15] = np.nan
    capacity = np.round(own["capacity"].to_numpy(dtype="float64") * spread)
    town = areas.set_index("subdistrict_code")["name_zh"]
    label = table["kind"].map(names)
    short = table["kind"].map(SHORT_NAMES).fillna(label)
    return gpd.GeoDataFrame(
        {
            "facility_id": numbered("F" + table["subdistrict_code"], 5),
            "kind": table["kind"],
            "kind_text": label,
            "name": table["stem"] + short,
            "address": table["address"],
            "subdistrict_name": table["subdistrict_code"].map(town),
            "floor_area_m2": area,
            "land_area_m2": np.round(area * rng.uniform(0.9, 1.8, count)),
            "capacity": capacity,
            "capacity_unit": np.where(np.isnan(capacity), None, own["unit"].to_numpy(dtype=object)),
        },
        geometry=to_lonlat(shapely.points(table["x"], table["y"])),
        crs=LONLAT,
    )


def _edge_places(
    rng: np.random.Generator, homes: pd.DataFrame, home: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Places just inside the boundary, where no building stands."""
    wide, tall = homes["width_m"].to_numpy()[home] / 2 - 2.5, homes["height_m"].to_numpy()[home] / 2 - 2.5
    side, along = rng.integers(0, 4, len(home)), rng.uniform(-1, 1, len(home))
    x = np.select([side == 0, side == 1], [wide, -wide], along * wide)
    y = np.select([side == 2, side == 3], [tall, -tall], along * tall)
    dx, dy = turned(x, y, homes["angle"].to_numpy()[home])
    return homes["x"].to_numpy()[home] + dx, homes["y"].to_numpy()[home] + dy


def _street_places(
    rng: np.random.Generator, homes: pd.DataFrame, areas: gpd.GeoDataFrame, code: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Places on the street before a community of the subdistrict, or by its town's middle where it has none."""
    order = (
        homes.assign(position=np.arange(len(homes)))
        .groupby("subdistrict_code")["position"]
        .agg(["min", "count"])
    )
    own = order.reindex(code)
    has = own["count"].notna().to_numpy()
    first, number = (
        own["min"].fillna(0).to_numpy(dtype="int64"),
        own["count"].fillna(1).to_numpy(dtype="int64"),
    )
    home = first + (rng.random(len(code)) * number).astype("int64")
    wide, tall = homes["width_m"].to_numpy()[home] / 2 + 5, homes["height_m"].to_numpy()[home] / 2 + 5
    along, east = rng.uniform(-1, 1, len(code)), rng.random(len(code)) < 0.5
    sign = rng.choice([-1.0, 1.0], len(code))
    dx, dy = turned(
        np.where(east, sign * wide, along * wide),
        np.where(east, along * tall, sign * tall),
        homes["angle"].to_numpy()[home],
    )
    town = areas.set_index("subdistrict_code")[["x", "y"]].reindex(code)
    x = np.where(has, homes["x"].to_numpy()[home] + dx, town["x"].to_numpy())
    y = np.where(has, homes["y"].to_numpy()[home] + dy, town["y"].to_numpy())
    return x, y


def population_table(homes: pd.DataFrame, totals: pd.DataFrame) -> gpd.GeoDataFrame:
    """One point for each community with people in it (EPSG:4326), with the residents of its households."""
    residents = np.round(totals["households"].to_numpy() * 2.5)
    lived = residents > 0
    return gpd.GeoDataFrame(
        {"point_id": ("N" + homes["community_id"].str[1:]).to_numpy()[lived], "residents": residents[lived]},
        geometry=to_lonlat(shapely.points(homes["x"], homes["y"]))[lived],
        crs=LONLAT,
    )
