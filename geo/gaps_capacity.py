"""The two-step gap by capacity (R34, R41, R42): how much is short now, what opening mends, what must still be built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.catchment import Catchment, floating_catchment, pairs_within, shortage_table
from geo.network import WalkNetwork
from geo.reach import Origins, prepare_places
from programme.standards import CapacityMeasure


@dataclass(frozen=True)
class CapacitySteps:
    """`table`, one row for each area: the area, the people (known), needed, short_now, mended, to_build (in the
    capacity's unit), people_short_now, people_short_after, unknown_capacity_people (after). `now` and `after` hold
    what each home has, and which facilities were left out.
    """

    kind: str
    radius_m: float
    measure: CapacityMeasure
    now: Catchment
    after: Catchment
    table: pd.DataFrame


def capacity_steps(
    network: WalkNetwork | None,
    origins: Origins,
    facilities: gpd.GeoDataFrame,
    opened: gpd.GeoDataFrame,
    people: pd.DataFrame,
    kind: str,
    measure: CapacityMeasure,
    radius_m: float,
    *,
    by: str = "community_id",
    entrances: gpd.GeoDataFrame | None = None,
    counts_as: Mapping[str, Sequence[str]] | None = None,
) -> CapacitySteps:
    """What a kind is short of within a distance, before and after rooms or car parks are opened.

    `facilities`: facility_id, kind, geometry (EPSG:4326) and the measure's column (floor_area_m2, land_area_m2 or
    capacity; missing is unknown, below nothing is left out by name); `opened` the same with place_id instead of
    facility_id. `people`: one row for each origin in order, with the measure's `per` (residents or households) and
    `by`. Opening can make no home worse off than sharing does: capacity is shared among all who live near it, anew.
    """
    own = facilities[facilities["kind"] == kind] if counts_as is None else facilities
    rooms = opened[opened["kind"] == kind]
    first = _layer(own, own["facility_id"], measure.column)
    both = _layer(rooms, [f"opened {p}" for p in rooms["place_id"]], measure.column)
    both = gpd.GeoDataFrame(pd.concat([p for p in (first, both) if len(p)] or [first]), crs=first.crs)
    asked = pd.to_numeric(people[measure.per]).to_numpy(dtype=float, na_value=np.nan)
    found = []
    for held in (first, both):
        places = prepare_places(network, held, entrances=entrances, counts_as=counts_as)
        size = pd.Series(
            pd.to_numeric(held[measure.column]).to_numpy(dtype=float, na_value=np.nan),
            index=held["facility_id"].astype(str).to_numpy(),
        )
        pairs = pairs_within(network, origins, places, kind, radius_m)
        capacity = size.reindex(places.ids.astype(str)).to_numpy()
        found.append(floating_catchment(pairs, asked, capacity, places, kind))
    now, after = found
    before, later = (shortage_table(f, people, measure.per, measure.need, by) for f in (now, after))
    table = before[[by, measure.per, "needed"]].assign(
        short_now=before["short"],
        mended=before["short"] - later["short"],
        to_build=later["short"],
        people_short_now=before["people_short"],
        people_short_after=later["people_short"],
        unknown_capacity_people=later["unknown_capacity_people"],
    )
    return CapacitySteps(kind, radius_m, measure, now, after, table)


def _layer(rows: gpd.GeoDataFrame, ids: Sequence[str], column: str) -> gpd.GeoDataFrame:
    columns = {"facility_id": list(ids), "kind": rows["kind"].to_numpy(), column: rows[column].to_numpy()}
    return gpd.GeoDataFrame(columns, geometry=rows.geometry.to_numpy(), crs=rows.crs)
