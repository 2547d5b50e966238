"""The two-step gap as rows: what may be opened, what opening mends, what must still be built (R41, R42)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.gaps import short_kind
from dashboard.words import Words
from geo.gaps_steps import TwoStep, two_step
from geo.reach import LIMIT_M, Reach
from loaders.coverage.desk import Desk, kinds_in
from programme.standards import Requirement, Status


def openable(
    rooms: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    shared: Collection[str],
    kind: str,
    closed: Collection[str],
) -> gpd.GeoDataFrame:
    """What would be opened: place_id, kind, name, owner, geometry (EPSG:4326); a room once for each kind it suits.

    `rooms`: the idle spaces (but those in `closed`); `shared`: kinds of present facilities to be shared as `kind`.
    """
    parts = []
    for row in rooms.itertuples():
        if row.space_id in closed:
            continue
        for one in kinds_in(row.possible_kinds):
            parts.append((str(row.space_id), one, row.name, row.owner, row.geometry))
    for row in facilities[facilities["kind"].isin(list(shared))].itertuples():
        parts.append((str(row.facility_id), kind, row.name, None, row.geometry))
    return gpd.GeoDataFrame(
        pd.DataFrame(parts, columns=["place_id", "kind", "name", "owner", "geometry"]),
        geometry="geometry",
        crs="EPSG:4326",
    ).drop_duplicates(["place_id", "kind"])


def steps_of(
    desk: Desk, opened: gpd.GeoDataFrame, needs: Mapping[str, Requirement], people: pd.DataFrame
) -> TwoStep:
    """The two steps for the kinds that somebody could open and those of `needs` that are held."""
    kinds = {k: desk.reach(k) for k in needs}
    now = Reach(desk.origins.ids, desk.origins.connection, desk.places.ids, kinds, LIMIT_M)
    return two_step(desk.network, desk.origins, now, opened[["place_id", "kind", "geometry"]], people, needs)


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
    communities: pd.DataFrame,
    areas: Mapping[str, str],
    words: Words,
    notes: dict[str, str],
) -> Table:
    """Where something must still be built: the communities whose homes stay without the kind, most residents first."""
    own = found.to_build[found.to_build["kind"] == kind]
    told = communities.drop_duplicates("community_id").set_index("community_id")[["name", "subdistrict_code"]]
    rows = own.join(told, on="community_id", how="inner")
    rows = rows.assign(subdistrict=[areas.get(str(c), "") for c in rows["subdistrict_code"]])
    columns = [
        TableColumn("name", words.say("gaps.col_community")),
        TableColumn("subdistrict", words.say("col.subdistrict")),
        TableColumn("residents", words.say("gaps.col_residents"), "count"),
        TableColumn("households", words.say("gaps.col_households"), "count"),
        TableColumn("origins", words.say("gaps.col_homes"), "count"),
        TableColumn("community_id", words.say("gaps.col_id")),
    ]
    return Table(rows.reset_index(drop=True), columns, words.say("gaps.build_file"), notes)
