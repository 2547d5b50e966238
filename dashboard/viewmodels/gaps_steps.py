"""The two-step gap as rows: what may be opened, what opening mends, what must still be built (R41, R42)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.gaps import short_kind
from dashboard.words import Words
from geo.gaps_steps import TwoStep, two_step
from geo.reach import LIMIT_M, KindReach, Origins, Reach, kind_reach, prepare_origins
from loaders.coverage.desk import Desk, kinds_in
from programme.standards import Requirement, Status

OPENED_COLUMNS = [
    "place_id",
    "kind",
    "name",
    "owner",
    "floor_area_m2",
    "land_area_m2",
    "capacity",
    "geometry",
]


def openable(
    rooms: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    shared: Collection[str],
    kind: str,
    closed: Collection[str],
) -> gpd.GeoDataFrame:
    """What would be opened: place_id, kind, name, owner, floor_area_m2, land_area_m2, capacity, geometry (EPSG:4326);
    a room once for each kind it suits.

    `rooms`: the idle spaces (but those in `closed`); `shared`: kinds of present facilities to be shared as `kind`.
    """
    parts = []
    for row in rooms.itertuples():
        if row.space_id in closed:
            continue
        for one in kinds_in(row.possible_kinds):
            parts.append(
                (
                    str(row.space_id),
                    one,
                    row.name,
                    row.owner,
                    row.floor_area_m2,
                    None,
                    row.capacity,
                    row.geometry,
                )
            )
    for row in facilities[facilities["kind"].isin(list(shared))].itertuples():
        sizes = (row.floor_area_m2, row.land_area_m2, row.capacity)
        parts.append((str(row.facility_id), kind, row.name, None, *sizes, row.geometry))
    return gpd.GeoDataFrame(
        pd.DataFrame(parts, columns=OPENED_COLUMNS),
        geometry="geometry",
        crs="EPSG:4326",
    ).drop_duplicates(["place_id", "kind"])


@dataclass(frozen=True, eq=False)
class Dwellings:
    """Where people live for the two steps: homes, or population points.

    `people`, in the order of `origins`: residents, households, community_id (for points the code of their subdistrict,
    since no more is known), and for the map spot_id, name, lon, lat. `of_kind` gives the distances of one kind.
    """

    origins: Origins
    people: pd.DataFrame
    of_kind: Callable[[str], KindReach]


def homes_of(desk: Desk, communities: pd.DataFrame) -> Dwellings:
    """The homes of some communities (community_id, name, lon, lat) of a desk."""
    told = communities.drop_duplicates("community_id").set_index("community_id")[["name", "lon", "lat"]]
    rows = np.flatnonzero(desk.people["community_id"].isin(told.index).to_numpy())
    people = desk.people.iloc[rows].reset_index(drop=True).join(told, on="community_id")

    def one(kind: str) -> KindReach:
        return taken(desk.reach(kind), rows)

    return Dwellings(desk.origins.take(rows), people.assign(spot_id=people["community_id"]), one)


def points_of(desk: Desk, points: gpd.GeoDataFrame, areas: Mapping[str, str]) -> Dwellings:
    """Population points (point_id, residents, subdistrict_code, geometry in EPSG:4326) tied to a desk's streets."""
    held = points[~(points.geometry.isna() | points.geometry.is_empty)].reset_index(drop=True)
    origins = prepare_origins(
        desk.network, held.rename(columns={"point_id": "origin_id"})[["origin_id", "geometry"]]
    )
    spots = held.geometry.representative_point()
    people = pd.DataFrame(
        {
            "residents": pd.to_numeric(held["residents"]),
            "households": np.nan,
            "community_id": held["subdistrict_code"],
            "spot_id": held["point_id"],
            "name": [areas.get(str(c), "") for c in held["subdistrict_code"]],
            "lon": spots.x,
            "lat": spots.y,
        }
    )

    def one(kind: str) -> KindReach:
        places = desk.places
        if kind not in places.kinds:
            places = replace(places, kinds={**places.kinds, kind: np.zeros(0, dtype=np.int64)})
        return kind_reach(desk.network, origins, places, kind, from_all=desk.from_all)

    return Dwellings(origins, people, one)


def taken(held: KindReach, rows: NDArray[np.int64]) -> KindReach:
    """The distances of some of the origins."""
    cut = {name: getattr(held, name)[rows] for name in ("straight_m", "straight_at", "walk_m", "walk_at")}
    return replace(held, **cut)


def steps_of(
    desk: Desk, who: Dwellings, opened: gpd.GeoDataFrame, needs: Mapping[str, Requirement]
) -> TwoStep:
    """The two steps of the kinds in `needs`, for those who live there alone."""
    kinds = {k: who.of_kind(k) for k in needs}
    now = Reach(who.origins.ids, who.origins.connection, desk.places.ids, kinds, LIMIT_M)
    rooms = opened[["place_id", "kind", "geometry"]]
    return two_step(desk.network, who.origins, now, rooms, who.people, needs)


def with_assumption(needed: Requirement, radius_m: float | None) -> Requirement:
    """A requirement with the planner's own distance, where no standard gives one and one was typed in."""
    if needed.radius_m is not None or not radius_m:
        return needed
    return replace(
        needed, status=Status.SET, radius_m=float(radius_m), standard_key=None, version=None, document=None
    )


def summary_table(
    found: TwoStep, kinds: Sequence[str], counted: str, words: Words, notes: dict[str, str]
) -> Table:
    """Each kind's residents: lacking now, mended by opening, left to build."""
    rows = found.summary[found.summary["kind"].isin(list(kinds)) & (found.summary["status"] == "assessed")]
    rows = rows.assign(
        kind_text=[short_kind(k, words) for k in rows["kind"]],
        now=rows[f"{counted}_beyond_now"],
        mended=rows[f"{counted}_mended"],
        to_build=rows[f"{counted}_to_build"],
        known=rows[counted],
    ).sort_values(["mended", "now", "kind"], ascending=[False, False, True])
    unit = words.say(f"gaps.unit_{counted}")
    columns = [
        TableColumn("kind_text", words.say("gaps.col_kind")),
        TableColumn("known", words.say("gaps.col_known", unit=unit), "count"),
        TableColumn("now", words.say("gaps.col_now", unit=unit), "count"),
        TableColumn("mended", words.say("gaps.col_mended", unit=unit), "count"),
        TableColumn("to_build", words.say("gaps.col_to_build", unit=unit), "count"),
        TableColumn("radius_m", words.say("gaps.col_radius"), "count"),
    ]
    return Table(rows.reset_index(drop=True), columns, words.say("gaps.steps_file"), notes)


def opened_table(
    found: TwoStep, opened: gpd.GeoDataFrame, kind: str, counted: str, words: Words, notes: dict[str, str]
) -> Table:
    """What would be opened for a kind, those that mend most first."""
    told = opened.drop_duplicates(["place_id", "kind"]).set_index(["place_id", "kind"])[["name", "owner"]]
    rows = found.opened[found.opened["kind"] == kind].join(told, on=["place_id", "kind"])
    rows = rows.assign(gained=rows[f"{counted}_gained"]).sort_values(
        ["gained", "place_id"], ascending=[False, True]
    )
    columns = [
        TableColumn("name", words.say("gaps.col_room")),
        TableColumn("owner", words.say("gaps.col_owner")),
        TableColumn("gained", words.say("gaps.col_gained", unit=words.say(f"gaps.unit_{counted}")), "count"),
        TableColumn("place_id", words.say("gaps.col_id")),
    ]
    return Table(rows.reset_index(drop=True), columns, words.say("gaps.opened_file"), notes)


def build_table(
    found: TwoStep,
    kind: str,
    names: Mapping[str, tuple[str, str]],
    words: Words,
    notes: dict[str, str],
) -> Table:
    """Where something must still be built: whose homes stay without the kind, most residents first.

    `names`: community_id → its name and its subdistrict's (for population points the subdistrict's alone).
    """
    own = found.to_build[found.to_build["kind"] == kind]
    own = own[own["community_id"].isin(list(names))]
    # The sums take an unknown number for nothing; where nobody's is known, nothing is said.
    is_told = own["unknown_origins"] < own["origins"]
    rows = own.assign(
        residents=own["residents"].where(is_told),
        households=own["households"].where(own["households"] > 0),
        name=[names[c][0] for c in own["community_id"]],
        subdistrict=[names[c][1] for c in own["community_id"]],
    )
    columns = [
        TableColumn("name", words.say("gaps.col_community")),
        TableColumn("subdistrict", words.say("col.subdistrict")),
        TableColumn("residents", words.say("gaps.col_residents"), "count"),
        TableColumn("households", words.say("gaps.col_households"), "count"),
        TableColumn("origins", words.say("gaps.col_homes"), "count"),
        TableColumn("community_id", words.say("gaps.col_id")),
    ]
    return Table(rows.reset_index(drop=True), columns, words.say("gaps.build_file"), notes)
