"""What distances are worked out from, read from the store in one go."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.gaps_people import PeopleReport, people_of_homes, people_of_points
from loaders.facility_standards import shipped_standards
from store import queries_gaps
from store.engine import Store

#: The two accounts of the same people, never added to each other: homes (communities spread over their buildings) and
#: population points.
HOMES, POINTS = "homes", "points"
ACCOUNTS = (HOMES, POINTS)


@dataclass(frozen=True)
class People:
    """One account: origins (EPSG:4326) with origin_id, residents, households and their areas, and what was left out."""

    account: str
    rows: gpd.GeoDataFrame
    report: PeopleReport

    @property
    def attributes(self) -> pd.DataFrame:
        """The origins without their geometry."""
        return pd.DataFrame(self.rows.drop(columns="geometry"))


class Inputs:
    """Everything that distances hang on; each part is read when it is first asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        return queries_gaps.street_lines(self._store)

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        """Facilities, and what counts as one with a layer of its own (green spaces), with the kind's key."""
        own = queries_gaps.facility_places(self._store)
        layers = [queries_gaps.layer_places(self._store, layer, kind)
                  for kind, layer in shipped_standards().layer_kinds.items()]  # fmt: skip
        held = [own, *(rows for rows in layers if len(rows))]
        return own if len(held) == 1 else gpd.GeoDataFrame(pd.concat(held, ignore_index=True), crs=own.crs)

    @cached_property
    def entrances(self) -> gpd.GeoDataFrame:
        """Entrances of facilities: facility_id and geometry."""
        held = queries_gaps.entrance_points(self._store)
        own = held[held["of_kind"] == "facility"]
        return own.rename(columns={"of_id": "facility_id"})[["facility_id", "geometry"]].reset_index(
            drop=True
        )

    @cached_property
    def communities(self) -> gpd.GeoDataFrame:
        return queries_gaps.home_communities(self._store)

    @cached_property
    def community_places(self) -> gpd.GeoDataFrame:
        """The communities where they stand: at their first entrance where one is known, else at point or boundary."""
        return self.at_entrances(self.communities)

    @cached_property
    def homes(self) -> People:
        """Residents of communities spread over their buildings; a community's entrances stand for its own place."""
        found, report = people_of_homes(queries_gaps.home_buildings(self._store), self.community_places)
        return People(HOMES, self._placed(found), report)

    @cached_property
    def points(self) -> People:
        """Population points with their areas; which community they belong to is not known."""
        held = queries_gaps.population_places(self._store)
        found, report = people_of_points(held)
        areas = held[["district_code", "subdistrict_code"]].reset_index(drop=True)
        rows = gpd.GeoDataFrame(
            pd.concat([found.reset_index(drop=True), areas], axis=1), geometry="geometry", crs=found.crs
        )
        return People(POINTS, rows.assign(community_id=None, age_class=None), report)

    def people(self, account: str) -> People:
        """One of the two accounts."""
        return self.homes if account == HOMES else self.points

    def at_entrances(self, held: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Communities (community_id, geometry) with their first known entrance in place of their own shape."""
        doors = queries_gaps.entrance_points(self._store)
        doors = doors[doors["of_kind"] == "community"]
        if doors.empty:
            return held
        first = doors.drop_duplicates("of_id").set_index("of_id").geometry
        known = held["community_id"].map(first)
        shapes = held.geometry.where(known.isna().to_numpy(), gpd.GeoSeries(known, crs=held.crs))
        return held.set_geometry(shapes)

    def _placed(self, found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        areas = self.communities.set_index("community_id")[["district_code", "subdistrict_code", "age_class"]]
        return found.join(areas, on="community_id")

    def kind_seals(self) -> dict[str, str]:
        """A fingerprint of the facilities of each kind, entrances and counted kinds included."""
        doors = pd.Series(self.entrances.geometry.to_wkb(), dtype="object").map(bytes)
        by_id = doors.groupby(self.entrances["facility_id"].to_numpy()).agg(b"".join) if len(doors) else {}
        counts = shipped_standards().counts_as
        seals: dict[str, Any] = {}
        for key, kind, seal in self.facilities[["facility_id", "kind", "content_hash"]].itertuples(
            index=False
        ):
            for one in (kind, *counts.get(kind, ())):
                total = seals.setdefault(one, hashlib.blake2b(digest_size=12))
                total.update(f"{key}\0{seal}\0".encode())
                if key in by_id:
                    total.update(by_id[key])
        return {kind: total.hexdigest() for kind, total in seals.items()}
