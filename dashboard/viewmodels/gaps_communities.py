"""Gaps community by community: who lacks a kind, how far it is, and one community's sheet of all kinds (R18, R45)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.gaps import short_kind, tier_text
from dashboard.words import Words
from geo.network_attach import WALK
from geo.reach import Reach
from programme.standards import Requirement, Status


def community_rows(
    reach: Reach, people: pd.DataFrame, kind: str, needed: Requirement, communities: pd.DataFrame
) -> pd.DataFrame:
    """Each community and one kind.

    `people`: the origins of the reach (homes), `communities`: community_id, name, district_code, subdistrict_code,
    age_class, residents, households. Returns these with homes, homes_beyond, share_beyond (of the homes, weighted by
    residents where known, else by households), nearest_m and farthest_m (of its homes, as judged; missing: none within
    the distance looked at), by_straight (homes judged by the straight line), nearest_id, verdict (lacks: more than
    half; partly: some; has: none; unknown: no standard's distance), the ones that lack most first.
    """
    metres = reach.judged_m(kind).astype(float)
    held = reach.kinds[kind]
    on_foot = people["connection"].to_numpy() == WALK
    at = np.where(on_foot, held.walk_at, held.straight_at)
    radius = needed.radius_m if needed.status is Status.SET else None
    beyond = ~(metres <= np.float32(radius)) if radius is not None else np.zeros(len(people), dtype=bool)
    weight = people["residents"].fillna(people["households"]).fillna(1.0).to_numpy(dtype=float)
    frame = pd.DataFrame(
        {
            "community_id": people["community_id"].to_numpy(),
            "metres": metres,
            "beyond": beyond,
            "weight": weight,
            "weight_beyond": weight * beyond,
            "by_straight": ~on_foot,
            "at": at,
        }
    )
    groups = frame.groupby("community_id", sort=True)
    nearest = frame.sort_values("metres").drop_duplicates("community_id").set_index("community_id")["at"]
    out = pd.DataFrame(
        {
            "homes": groups.size(),
            "homes_beyond": groups["beyond"].sum(),
            "share_beyond": groups["weight_beyond"].sum() / groups["weight"].sum().where(lambda v: v > 0),
            "nearest_m": groups["metres"].min(),
            "farthest_m": groups["metres"].max(),
            "by_straight": groups["by_straight"].sum(),
        }
    )
    ids = nearest.reindex(out.index).fillna(-1).astype(int).to_numpy()
    named = np.full(len(out), None, dtype=object)
    named[ids >= 0] = reach.facility_ids[ids[ids >= 0]]
    out["nearest_id"] = named
    share = out["share_beyond"].to_numpy()
    out["verdict"] = np.select(
        [radius is None or np.isnan(share), share > 0.5, share > 0], ["unknown", "lacks", "partly"], "has"
    )
    found = communities.join(out, on="community_id", how="inner")
    return found.sort_values(["share_beyond", "residents", "community_id"], ascending=[False, False, True])


def communities_table(
    rows: pd.DataFrame,
    words: Words,
    notes: dict[str, str],
    areas: Mapping[str, str],
    places: Mapping[str, str],
) -> Table:
    """The communities of one kind as a table; `areas` and `places` name subdistricts and facilities."""
    shown = rows.assign(
        subdistrict=[areas.get(str(c), "") for c in rows["subdistrict_code"]],
        age=[words.say(f"gaps.age_{a}") for a in rows["age_class"]],
        verdict_text=[words.say(f"gaps.verdict_{v}") for v in rows["verdict"]],
        nearest=[places.get(str(i), str(i)) if i is not None else "" for i in rows["nearest_id"]],
        share_pct=100.0 * rows["share_beyond"],
    )
    columns = [
        TableColumn("name", words.say("gaps.col_community")),
        TableColumn("subdistrict", words.say("col.subdistrict")),
        TableColumn("verdict_text", words.say("gaps.col_verdict")),
        TableColumn("share_pct", words.say("gaps.col_share"), "pct"),
        TableColumn("residents", words.say("gaps.col_residents"), "count"),
        TableColumn("households", words.say("gaps.col_households"), "count"),
        TableColumn("age", words.say("gaps.col_age")),
        TableColumn("nearest", words.say("gaps.col_nearest")),
        TableColumn("nearest_m", words.say("gaps.col_nearest_m"), "count"),
        TableColumn("farthest_m", words.say("gaps.col_farthest_m"), "count"),
        TableColumn("homes", words.say("gaps.col_homes"), "count"),
        TableColumn("by_straight", words.say("gaps.col_homes_straight"), "count"),
        TableColumn("community_id", words.say("gaps.col_id")),
    ]
    return Table(shown.reset_index(drop=True), columns, words.say("gaps.communities_file"), notes)


def sheet_rows(
    reach: Reach, people: pd.DataFrame, needs: Mapping[str, Requirement], kinds: Sequence[str]
) -> pd.DataFrame:
    """One community's homes and every kind: kind, status, radius_m, standard, clause, confidence, straight_m and walk_m
    (of its nearest home), judged_m (the farthest home, as judged), judged_by, nearest_id, homes, homes_beyond,
    verdict (has, partly, lacks, not_held, not_set, no_standard)."""
    on_foot = people["connection"].to_numpy() == WALK
    rows = []
    for kind in kinds:
        needed, held = needs[kind], reach.kinds[kind]
        metres = reach.judged_m(kind).astype(float)
        straight, walk = held.straight_m.astype(float), held.walk_m.astype(float)
        at = np.where(on_foot, held.walk_at, held.straight_at)
        beyond = (
            ~(metres <= np.float32(needed.radius_m))
            if needed.status is Status.SET and needed.radius_m is not None
            else np.zeros(len(people), dtype=bool)
        )
        first = int(np.nanargmin(metres)) if np.isfinite(metres).any() else -1
        if held.facilities == 0:
            verdict = "not_held"
        elif needed.status is not Status.SET:
            verdict = needed.status.value
        else:
            share = beyond.mean() if len(beyond) else 0.0
            verdict = "lacks" if share > 0.5 else "partly" if share > 0 else "has"
        rows.append(
            {
                "kind": kind,
                "status": needed.status.value,
                "radius_m": needed.radius_m,
                "standard": needed.document or "",
                "tier": "/".join(needed.tiers),
                "clause": needed.clause or "",
                "confidence": needed.confidence or "",
                "straight_m": _least(straight),
                "walk_m": _least(walk),
                "judged_m": float(np.max(metres)) if len(metres) and np.isfinite(metres).all() else np.nan,
                "judged_by": "walk" if on_foot.all() else "mixed" if on_foot.any() else "straight",
                "nearest_id": str(reach.facility_ids[at[first]]) if first >= 0 and at[first] >= 0 else None,
                "homes": len(people),
                "homes_beyond": int(beyond.sum()),
                "verdict": verdict,
            }
        )
    order = {"lacks": 0, "partly": 1, "has": 2, "not_held": 3, "not_set": 4, "no_standard": 5}
    found = pd.DataFrame(rows)
    return found.sort_values("verdict", key=lambda v: v.map(order), kind="stable").reset_index(drop=True)


def _least(metres: np.ndarray) -> float:
    return float(np.nanmin(metres)) if np.isfinite(metres).any() else float("nan")


def sheet_table(rows: pd.DataFrame, words: Words, notes: dict[str, str], places: Mapping[str, str]) -> Table:
    """The sheet as a table; `places` names the facilities."""
    shown = rows.assign(
        kind_text=[short_kind(k, words) for k in rows["kind"]],
        verdict_text=[words.say(f"gaps.verdict_{v}") for v in rows["verdict"]],
        judged_by_text=[words.say(f"gaps.by_{b}") for b in rows["judged_by"]],
        nearest=[places.get(str(i), str(i)) if i is not None else "" for i in rows["nearest_id"]],
        tier_text=[tier_text(t, words) for t in rows["tier"]],
    )
    columns = [
        TableColumn("kind_text", words.say("gaps.col_kind")),
        TableColumn("verdict_text", words.say("gaps.col_verdict")),
        TableColumn("radius_m", words.say("gaps.col_radius"), "count"),
        TableColumn("walk_m", words.say("gaps.col_walk_m"), "count"),
        TableColumn("straight_m", words.say("gaps.col_straight_m"), "count"),
        TableColumn("judged_m", words.say("gaps.col_farthest_m"), "count"),
        TableColumn("judged_by_text", words.say("gaps.col_judged_by")),
        TableColumn("nearest", words.say("gaps.col_nearest")),
        TableColumn("tier_text", words.say("gaps.col_tier")),
        TableColumn("standard", words.say("gaps.col_standard")),
        TableColumn("clause", words.say("gaps.col_clause")),
        TableColumn("confidence", words.say("gaps.col_confidence")),
    ]
    return Table(shown, columns, words.say("gaps.sheet_file"), notes)
