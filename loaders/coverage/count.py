"""How many residents and communities have a kind of facility within a distance: the plainest question, asked alone."""

from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from geo.network import WalkNetwork, build_network
from geo.reach import Distance, kind_reach, prepare_origins, prepare_places
from loaders.coverage.inputs import Inputs
from loaders.errors import AtlasError
from loaders.facility_standards import kinds_known
from store.engine import Store


@dataclass(frozen=True)
class Count:
    """The answer; residents are those of the held subdistricts (population points, else homes), in whole people."""

    kind: str
    radius_m: float
    distance: str
    places: int
    residents: int
    residents_within: int
    communities: int
    communities_within: int
    pre_2000: int
    pre_2000_within: int

    def as_json(self) -> dict[str, Any]:
        """The shape that scripts rely on."""
        told = asdict(self)
        radius = told["radius_m"]
        return {**told, "radius_m": int(radius) if radius == int(radius) else radius}


def count_within(store: Store, kind: str, radius_m: float, distance: Distance) -> Count:
    """Count by the straight line or on foot alone, whatever the standard asks.

    A place that no street is near enough to has nothing within walking distance. Communities stand at their entrance,
    point or boundary. Raises AtlasError: coverage.kind_unknown, coverage.radius, coverage.no_streets.
    """
    if kind not in kinds_known():
        raise AtlasError("coverage.kind_unknown", kind=kind, known=kinds_known())
    if not 0 < radius_m <= 50_000:
        raise AtlasError("coverage.radius", radius=radius_m)
    inputs = Inputs(store)
    network: WalkNetwork | None = None
    if distance == "walk":
        if inputs.streets.empty:
            raise AtlasError("coverage.no_streets")
        network = build_network(inputs.streets)
    places = inputs.facilities[inputs.facilities["kind"] == kind]
    people = inputs.points.rows if len(inputs.points.rows) else inputs.homes.rows
    inside = people[people["subdistrict_code"].notna()]
    homes = inputs.community_places
    homes = homes[homes["subdistrict_code"].notna() & homes.geometry.notna()]
    near_people = _within(network, inside, "origin_id", places, inputs, kind, radius_m, distance)
    near_homes = _within(network, homes, "community_id", places, inputs, kind, radius_m, distance)
    residents = inside["residents"].to_numpy(dtype=float)
    is_old = (homes["age_class"] == "pre_2000").to_numpy()
    return Count(
        kind,
        float(radius_m),
        distance,
        len(places),
        round(float(np.nansum(residents))),
        round(float(np.nansum(residents[near_people]))),
        len(homes),
        int(near_homes.sum()),
        int(is_old.sum()),
        int((is_old & near_homes).sum()),
    )


def _within(
    network: WalkNetwork | None,
    rows: gpd.GeoDataFrame,
    key: str,
    places: gpd.GeoDataFrame,
    inputs: Inputs,
    kind: str,
    radius_m: float,
    distance: Distance,
) -> np.ndarray:
    if rows.empty or places.empty:
        return np.zeros(len(rows), dtype=bool)
    origins = prepare_origins(network, rows.rename(columns={key: "origin_id"})[["origin_id", "geometry"]])
    held = prepare_places(network, places, entrances=inputs.entrances)
    found = kind_reach(network, origins, held, kind, limit_m=radius_m)
    metres = found.walk_m if distance == "walk" else found.straight_m
    return np.asarray(metres <= radius_m)
