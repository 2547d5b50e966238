"""Existing rooms that could be opened, and sites on which something may be built, in the demo city (R41, R42).

Rooms stand in or beside communities, sites a little off them. A few rooms are open already; of some the cost, the
capacity or the possible kinds are not known, and one site lies outside the city's outlines.
"""

import datetime as dt
import tomllib
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import METRIC, WGS84
from loaders.demo.profile import HERE
from loaders.demo.standing import Layers, StandingCity
from store.tables import BASE_TABLES

#: Rooms and sites for each community of the city.
ROOMS, SITES = 0.22, 0.07
#: Of a hundred rooms or sites, so many lack their cost, their capacity, their possible kinds.
WITHOUT_COST, WITHOUT_CAPACITY, WITHOUT_KINDS = 0.12, 0.25, 0.03
#: Of a hundred rooms, so many are open already.
OPENED = 0.12
FEN_PER_WAN = 1_000_000
#: Far out, where no district of the city lies (degrees, WGS 84).
OUTSIDE = (118.2, 39.2)


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads((HERE / "stock.toml").read_text(encoding="utf-8"))


def rows(city: StandingCity) -> Layers:
    """The tables idle_spaces and candidate_sites."""
    chance = city.stream("stock")
    homes = city.layers["communities"]
    usable = homes[homes["name"].fillna("").ne("") & ~homes["point"].isna()].reset_index(drop=True)
    return {"idle_spaces": _rooms(usable, city.as_of, chance), "candidate_sites": _sites(usable, chance)}


def _drawn(homes: pd.DataFrame, count: int, name: str, chance: np.random.Generator) -> tuple[Any, list[Any]]:
    """Communities, and for each what kind of room or site stands there."""
    at = np.sort(chance.choice(len(homes), min(count, len(homes)), replace=False))
    held = _lists()[name]
    share = np.array([h["share"] for h in held])
    return homes.iloc[at], [held[i] for i in chance.choice(len(held), len(at), p=share / share.sum())]


def _places(homes: pd.DataFrame, near: tuple[float, float], chance: np.random.Generator) -> np.ndarray:
    """Points so many metres from the communities' own, in any direction (EPSG:4326)."""
    points = gpd.GeoSeries(homes["point"].to_numpy(dtype=object), crs=WGS84).to_crs(METRIC)
    angle, far = chance.uniform(0.0, 2 * np.pi, len(homes)), chance.uniform(*near, len(homes))
    moved = shapely.points(
        points.x.to_numpy() + far * np.cos(angle), points.y.to_numpy() + far * np.sin(angle)
    )
    return np.asarray(gpd.GeoSeries(moved, crs=METRIC).to_crs(WGS84).to_numpy(dtype=object))


def _some(kinds: list[str], chance: np.random.Generator) -> list[str]:
    """Two to four of the possible kinds, in their order."""
    many = min(len(kinds), int(chance.integers(2, 5)))
    return [kinds[i] for i in sorted(chance.choice(len(kinds), many, replace=False))]


def _capacity(kinds: list[str], floor: float | None) -> float | None:
    shares: dict[str, float] = _lists()["places_per_m2"]
    known = [shares[k] for k in kinds if k in shares]
    return None if floor is None or not known else float(max(6, round(floor * known[0])))


def _between(limits: list[float], chance: np.random.Generator) -> float:
    return float(limits[0] + (limits[1] - limits[0]) * chance.beta(1.6, 2.6))


def _rooms(homes: pd.DataFrame, as_of: dt.date, chance: np.random.Generator) -> pd.DataFrame:
    own, drawn = _drawn(homes, max(12, round(ROOMS * len(homes))), "room", chance)
    places = _places(own, (12.0, 60.0), chance)
    made = []
    for number, (home, room, place) in enumerate(zip(own.itertuples(), drawn, places, strict=True)):
        floor = float(round(_between(room["area"], chance)))
        kinds = _some(room["kinds"], chance)
        lacks_kinds, lacks_cost, lacks_capacity, is_open = chance.random(4) < (
            WITHOUT_KINDS,
            WITHOUT_COST,
            WITHOUT_CAPACITY,
            OPENED,
        )
        opened = as_of - dt.timedelta(days=int(chance.integers(20, 400)))
        made.append(
            {
                "space_id": f"DEMO-R-{number + 1:05d}",
                "name": f"{home.name}{room['name']}",
                "address": home.address,
                "community_id": home.community_id,
                "owner": str(chance.choice(room["owners"])),
                "present_use": room["use"],
                "open_hours": str(chance.choice(room["hours"])),
                "possible_kinds": None if lacks_kinds else "、".join(kinds),
                "floor_area_m2": floor,
                "capacity": None if lacks_capacity else _capacity(kinds, floor),
                "cost_fen": None if lacks_cost else round(_between(room["cost_wan"], chance)) * FEN_PER_WAN,
                "opened_date": opened if is_open else None,
                "geometry": place,
            }
        )
    return _table("idle_spaces", made)


def _sites(homes: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    own, drawn = _drawn(homes, max(6, round(SITES * len(homes))), "site", chance)
    places = _places(own, (90.0, 320.0), chance)
    places[-1] = shapely.Point(*OUTSIDE)  # one that lies in no district
    made = []
    for number, (home, site, place) in enumerate(zip(own.itertuples(), drawn, places, strict=True)):
        land = float(round(_between(site["land"], chance)))
        floor = float(round(land * site["ratio"])) or None
        kinds = _some(site["kinds"], chance)
        lacks_cost, lacks_capacity = chance.random(2) < (WITHOUT_COST, WITHOUT_CAPACITY)
        cost = max(1, round((floor or land) * site["cost_wan_m2"]))
        made.append(
            {
                "site_id": f"DEMO-L-{number + 1:05d}",
                "name": f"{home.name}旁{site['name']}",
                "address": home.address,
                "permission": site["permission"],
                "possible_kinds": "、".join(kinds),
                "floor_area_m2": floor,
                "land_area_m2": land,
                "capacity": None if lacks_capacity else _capacity(kinds, floor),
                "cost_fen": None if lacks_cost else cost * FEN_PER_WAN,
                "geometry": place,
            }
        )
    return _table("candidate_sites", made)


def _table(name: str, made: list[dict[str, Any]]) -> pd.DataFrame:
    columns = [c.name for c in BASE_TABLES[name].columns]
    return pd.DataFrame(made, columns=[c for c in columns if c in made[0]])
