"""Tender bundles as the page shows them (R58): the projects that may be bundled, the bundles, what is in none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dashboard.tables import Table
from dashboard.viewmodels.bundles_map import BEGUN, CONFIRMED, RESERVE, map_areas, state_text
from dashboard.viewmodels.duties_words import Names, given, rows_table, text_of
from dashboard.viewmodels.project_frames import ProjectsInView
from dashboard.words import Words
from geo.assign import metric_shapes
from geo.bundles import Bundling, describe
from geo.bundles_input import BundleRule, Loose, neighbours
from geo.bundles_repair import is_contiguous
from programme.reserve import candidates
from programme.steps import Step

BLOCKS = ("none", "parcel", "subdistrict")


@dataclass(frozen=True, eq=False)
class Pool:
    """The projects that may be bundled or were: project_id, name, district_code, value_fen (Int64), parcel,
    subdistrict_code, communities, residents (of those known), households, unknown_residents (communities), state,
    confirmed_date, import_run_id and geometry (EPSG:4326). `gone` are saved ids that the ledger no longer shows."""

    rows: gpd.GeoDataFrame
    gone: tuple[str, ...]

    def for_rule(self, block: str) -> gpd.GeoDataFrame:
        """As `geo.bundles.make_bundles` reads them; `block` says what is a block."""
        column = {"parcel": "parcel", "subdistrict": "subdistrict_code"}.get(block, "parcel")
        return self.rows.assign(block_id=self.rows[column])[
            ["project_id", "district_code", "value_fen", "block_id", "geometry"]
        ]


def pool_of(view: ProjectsInView, grounds: gpd.GeoDataFrame, saved: Collection[str] = ()) -> Pool:
    """The reserve projects of a view by its day (`programme.reserve.candidates`), and those that stand in a saved
    bundle whatever has become of them; `grounds` as `queries_bundles.project_grounds`."""
    reserve = set(candidates(view.table)["project_id"])
    held = view.projects[view.projects["project_id"].isin(reserve | set(saved))].reset_index(drop=True)
    ids = held["project_id"]
    by = grounds.groupby("project_id")
    shapes = {p: _union(g.geometry.to_numpy()) for p, g in by}
    first = (
        grounds.sort_values(["project_id", "community_id"])
        .drop_duplicates("project_id")
        .set_index("project_id")
    )
    sums = by[["residents", "households"]].sum(min_count=1)
    lacking = grounds["residents"].isna().groupby(grounds["project_id"]).sum()
    confirmed = view.table.dates[Step.CONFIRMED.value]
    state = [RESERVE if p in reserve else CONFIRMED if pd.notna(confirmed.get(p)) else BEGUN for p in ids]
    rows = gpd.GeoDataFrame(
        {
            "project_id": ids.to_numpy(dtype=object),
            "name": held["name"].to_numpy(dtype=object),
            "district_code": held["district_code"].to_numpy(dtype=object),
            "value_fen": pd.array(held["planned_investment_fen"].tolist(), dtype="Int64"),
            "parcel": first["parcel_id"].reindex(ids).to_numpy(dtype=object),
            "subdistrict_code": first["subdistrict_code"].reindex(ids).to_numpy(dtype=object),
            "communities": by.size().reindex(ids).fillna(0).astype("int64").to_numpy(),
            "residents": sums["residents"].reindex(ids).to_numpy(dtype=float),
            "households": sums["households"].reindex(ids).to_numpy(dtype=float),
            "unknown_residents": lacking.reindex(ids).fillna(0).astype("int64").to_numpy(),
            "state": state,
            "confirmed_date": confirmed.reindex(ids).to_numpy(dtype="datetime64[ns]"),
            "import_run_id": held["import_run_id"].to_numpy(),
        },
        geometry=[shapes.get(p) for p in ids],
        crs="EPSG:4326",
    )
    return Pool(rows, tuple(sorted(set(saved) - set(ids))))


def usual_distance_m(pool: Pool) -> float | None:
    """The distance within which half of the reserve's projects have another one (metres); None for fewer than two."""
    held = pool.rows[(pool.rows["state"] == RESERVE) & pool.rows.geometry.notna()]
    if len(held) < 2:
        return None
    shapes = metric_shapes(held)
    _, metres = shapely.STRtree(shapes).query_nearest(
        shapes, exclusive=True, return_distance=True, all_matches=False
    )
    return float(np.median(metres)) if len(metres) else None


def _union(shapes: np.ndarray) -> shapely.Geometry | None:
    held = [shapely.make_valid(s) for s in shapes if s is not None and not s.is_empty]
    return shapely.union_all(held) if held else None


@dataclass(frozen=True)
class BundlesView:
    """The bundles in words, tables and areas of the map."""

    answer: str
    totals: Table
    members: Table
    loose: Table
    areas: gpd.GeoDataFrame
    notes: tuple[str, ...]


def numbers_of(bundling: Bundling) -> dict[str, int]:
    """The number of each bundle, as map and tables write it."""
    return {str(b): n for n, b in enumerate(bundling.bundles["bundle_id"], start=1)}


def torn_of(bundling: Bundling) -> frozenset[str]:
    """The bundles that do not hang together: saved ones from which a project has gone, or under another rule."""
    known = bundling.neighbourhood
    cells, at = known.cells(), known.at
    return frozenset(
        str(b)
        for b, ids in zip(bundling.bundles["bundle_id"], bundling.bundles["project_ids"], strict=True)
        if not is_contiguous(cells, {at[i] for i in ids})
    )


def renewed(bundling: Bundling, projects: gpd.GeoDataFrame, rule: BundleRule) -> Bundling:
    """The same bundles over the projects as they are now; what is in none keeps its reason."""
    known = neighbours(projects, rule)
    saved = bundling.saved
    reasons = {
        str(p): Loose(r)
        for p, r in zip(bundling.members["project_id"], bundling.members["reason"], strict=True)
        if r is not None
    }
    new = {p: Loose.NEW_SINCE for p in known.projects["project_id"] if p not in saved and p not in reasons}
    return describe(known, {p: saved.get(p) for p in known.projects["project_id"]}, reasons | new)


def bundles_view(
    bundling: Bundling,
    pool: Pool,
    names: Names,
    notes: Mapping[str, str],
) -> BundlesView:
    """The bundles as they stand, with those that no longer hang together named as such."""
    words = names.words
    torn = torn_of(bundling)
    numbers = numbers_of(bundling)
    held = pool.rows.set_index("project_id")
    members = bundling.members.join(
        held[
            ["name", "communities", "residents", "households", "unknown_residents", "state", "confirmed_date"]
        ],
        on="project_id",
    ).join(held[["subdistrict_code", "import_run_id"]], on="project_id")
    members["number"] = [numbers.get(str(b)) if given(b) else None for b in members["bundle_id"]]
    members["label"] = [
        text_of(n) or str(p) for n, p in zip(members["name"], members["project_id"], strict=True)
    ]
    values = [int(v) for v in bundling.bundles["value_fen"]]
    if values:
        answer = words.say(
            "bundles.answer",
            bundles=len(values),
            projects=bundling.bundled_projects,
            value=words.money(bundling.bundled_fen),
            least=words.money(min(values)),
            most=words.money(max(values)),
            loose=bundling.loose_projects,
        )
    else:
        answer = words.say("bundles.answer_none", loose=bundling.loose_projects)
    return BundlesView(
        answer,
        _totals(bundling, members, numbers, torn, names, notes),
        _members(members[members["bundle_id"].notna()], names, notes),
        _loose(members[members["bundle_id"].isna()], names, notes),
        map_areas(bundling, pool.rows, members, numbers, words),
        _notes(bundling, pool, members, words),
    )


def _notes(bundling: Bundling, pool: Pool, members: pd.DataFrame, words: Words) -> tuple[str, ...]:
    told = []
    changed = members[members["bundle_id"].notna() & members["state"].isin([CONFIRMED, BEGUN])]
    if len(changed):
        told.append(
            words.say(
                "bundles.note_confirmed", n=len(changed), names=words.listed(list(changed["label"][:6]))
            )
        )
    if pool.gone:
        told.append(words.say("bundles.note_gone", n=len(pool.gone), names=words.listed(list(pool.gone[:6]))))
    if bundling.unnamed:
        told.append(words.say("bundles.note_unnamed", n=bundling.unnamed))
    return tuple(told)


def _totals(
    bundling: Bundling,
    members: pd.DataFrame,
    numbers: Mapping[str, int],
    torn: Collection[str],
    names: Names,
    notes: Mapping[str, str],
) -> Table:
    words = names.words
    own = members[members["bundle_id"].notna()]
    by = own.groupby("bundle_id")
    sums = by[["communities", "residents", "households", "unknown_residents"]].sum()
    reserve = (own["state"] == RESERVE).groupby(own["bundle_id"]).sum()
    places = {
        b: words.listed(list(dict.fromkeys(names.area(c) for c in g["subdistrict_code"].dropna())))
        for b, g in by
    }
    faults = [
        words.listed(
            [
                *(words.say(f"bundles.break_{k.value}") for k in breaks),
                *([words.say("bundles.torn")] if b in torn else []),
            ]
        )
        for b, breaks in zip(bundling.bundles["bundle_id"], bundling.bundles["breaks"], strict=True)
    ]
    ids = bundling.bundles["bundle_id"]
    rows = pd.DataFrame(
        {
            "number": [numbers[str(b)] for b in ids],
            "projects": bundling.bundles["projects"].to_numpy(),
            "value_fen": pd.array([int(v) for v in bundling.bundles["value_fen"]], dtype="Int64"),
            "communities": ids.map(sums["communities"]).to_numpy(),
            "residents": ids.map(sums["residents"]).to_numpy(),
            "households": ids.map(sums["households"]).to_numpy(),
            "unknown_residents": ids.map(sums["unknown_residents"]).to_numpy(),
            "in_reserve": ids.map(reserve).to_numpy(),
            "subdistricts": [places.get(b, "") for b in ids],
            "breaks": faults,
        }
    )
    columns = [
        *("number:year", "projects:count", "value_fen:wan_yuan", "communities:count", "households:count"),
        *(
            "residents:count",
            "unknown_residents:count",
            "in_reserve:count",
            "subdistricts::large",
            "breaks::large",
        ),
    ]
    return rows_table(rows, columns, words, "bundles", words.say("bundles.file_totals"), notes)


def _members(members: pd.DataFrame, names: Names, notes: Mapping[str, str]) -> Table:
    words = names.words
    rows = members.sort_values(["number", "project_id"], kind="stable").assign(
        subdistrict=lambda d: [names.area(c) for c in d["subdistrict_code"]],
        state_now=lambda d: [
            state_text(s, t, words) for s, t in zip(d["state"], d["confirmed_date"], strict=True)
        ],
        run=lambda d: [names.run(r) for r in d["import_run_id"]],
    )
    columns = [
        *("number:year", "label::large", "value_fen:wan_yuan", "communities:count", "households:count"),
        *("residents:count", "subdistrict", "state_now", "run", "project_id"),
    ]
    return rows_table(rows, columns, words, "bundles", words.say("bundles.file_members"), notes)


def _loose(members: pd.DataFrame, names: Names, notes: Mapping[str, str]) -> Table:
    words = names.words
    rows = members.assign(
        why=[words.say(f"bundles.loose_{r}") for r in members["reason"]],
        subdistrict=[names.area(c) for c in members["subdistrict_code"]],
        run=[names.run(r) for r in members["import_run_id"]],
    )
    columns = [
        "label::large",
        "why::large",
        "value_fen:wan_yuan",
        "communities:count",
        "subdistrict",
        "run",
        "project_id",
    ]
    return rows_table(rows, columns, words, "bundles", words.say("bundles.file_loose"), notes)
