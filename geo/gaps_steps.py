"""The two-step gap (R41, R42): now, after opening existing rooms and shared parking, and what must still be built."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.gaps import ASSESSED, is_beyond, status
from geo.network import WalkNetwork
from geo.network_attach import WALK
from geo.reach import KindReach, Origins, Reach, prepare_places, reach
from programme.standards import Requirement

#: The step of each home for one kind, as the maps show it.
SERVED, MENDED, TO_BUILD = 0, 1, 2
STEPS = ("served_now", "mended_by_opening", "to_build")


@dataclass(frozen=True)
class TwoStep:
    """`steps`: kind → for each origin SERVED, MENDED or TO_BUILD (only kinds that could be assessed).

    `summary`, one row for each kind: kind, status, standard_key, version, radius_m, and for origins, residents and
    households: X, X_beyond_now, X_mended, X_to_build (missing where not assessed). `opened`, one row for each room and
    kind: place_id, kind, origins_gained, residents_gained, households_gained; a home counts for the nearest room that
    mends its gap, and rooms that mend none stand there with nothing. `to_build`, one row for each kind and community
    with somebody left: kind, community_id, origins, residents, households, unknown_origins, most residents first.
    """

    now: Reach
    after: Reach
    steps: Mapping[str, NDArray[np.int8]]
    summary: pd.DataFrame
    opened: pd.DataFrame
    to_build: pd.DataFrame


def nearer_of(one: KindReach, other: KindReach, shift: int) -> KindReach:
    """The nearer of two sets of facilities of a kind; rows of the second are moved up by `shift`."""

    def least(a: NDArray, b: NDArray, at: NDArray, bt: NDArray) -> tuple[NDArray, NDArray]:
        takes = ~np.isnan(b) & (np.isnan(a) | (b < a))
        return np.where(takes, b, a), np.where(takes, bt + shift, at).astype(np.int32)

    straight, straight_at = least(one.straight_m, other.straight_m, one.straight_at, other.straight_at)
    walk, walk_at = least(one.walk_m, other.walk_m, one.walk_at, other.walk_at)
    return KindReach(
        one.kind,
        one.facilities + other.facilities,
        one.off_network + other.off_network,
        straight,
        straight_at,
        walk,
        walk_at,
    )


def two_step(
    network: WalkNetwork | None,
    origins: Origins,
    now: Reach,
    opened: gpd.GeoDataFrame,
    people: pd.DataFrame,
    needs: Mapping[str, Requirement],
    held_kinds: Collection[str] | None = None,
) -> TwoStep:
    """The gap in two steps.

    `now`: the reach of the facilities that there are; `opened`: the chosen rooms and car parks, one row for each kind
    that one could hold: place_id, kind and a geometry in EPSG:4326; `people`: one row for each origin in order, with
    residents, households and community_id. A kind that is opened counts as held. Raises ValueError where the same
    room stands twice with the same kind.
    """
    held = opened.drop(columns=["facility_id"], errors="ignore")
    ids = [f"{p}\t{k}" for p, k in zip(held["place_id"], held["kind"], strict=True)]
    more = prepare_places(network, held.assign(facility_id=pd.Series(ids, index=held.index, dtype=object)))
    added = reach(network, origins, more, [k for k in needs if k in more.kinds], limit_m=now.limit_m)
    shift = len(now.facility_ids)
    names = np.array([str(i).split("\t")[0] for i in more.ids], dtype=object)
    after = replace(
        now,
        facility_ids=np.concatenate([now.facility_ids, names]),
        kinds={
            k: nearer_of(r, added.kinds[k], shift) if k in added.kinds else r for k, r in now.kinds.items()
        },
    )
    known = None if held_kinds is None else {*held_kinds, *added.kinds}
    counts = {
        "origins": np.ones(len(people)),
        **{
            n: np.nan_to_num(pd.to_numeric(people[n]).to_numpy(dtype=float, na_value=np.nan))
            for n in ("residents", "households")
        },
    }
    steps: dict[str, NDArray[np.int8]] = {}
    summary, rooms, rest = [], [], []
    for kind, needed in needs.items():
        before, later = status(now, needed, held_kinds), status(after, needed, known)
        row: dict[str, object] = {
            "kind": kind,
            "status": later,
            "standard_key": needed.standard_key,
            "version": needed.version,
            "radius_m": np.nan if needed.radius_m is None else needed.radius_m,
        }
        step = None
        if later == ASSESSED:
            # Without any facility held so far everybody lacks the kind as far as is known.
            lacking = is_beyond(now, needed) if before == ASSESSED else np.ones(len(people), dtype=bool)
            left = is_beyond(after, needed)
            step = np.where(left, TO_BUILD, np.where(lacking, MENDED, SERVED)).astype(np.int8)
            steps[kind] = step
            if kind in added.kinds:
                rooms.append(_rooms(kind, step, after, added.kinds[kind], shift, counts, more.ids))
            rest.append(_left(kind, step, people, counts))
        for name, values in counts.items():
            row[name] = values.sum()
            for label, codes in (
                ("beyond_now", (MENDED, TO_BUILD)),
                ("mended", (MENDED,)),
                ("to_build", (TO_BUILD,)),
            ):
                row[f"{name}_{label}"] = np.nan if step is None else values[np.isin(step, codes)].sum()
        summary.append(row)
    return TwoStep(
        now=now,
        after=after,
        steps=steps,
        summary=pd.DataFrame(summary),
        opened=_stacked(
            rooms, ["place_id", "kind", "origins_gained", "residents_gained", "households_gained"]
        ),
        to_build=_stacked(
            rest, ["kind", "community_id", "origins", "residents", "households", "unknown_origins"]
        ),
    )


def _stacked(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [p for p in parts if len(p)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def _rooms(
    kind: str,
    step: NDArray,
    after: Reach,
    added: KindReach,
    shift: int,
    counts: Mapping[str, NDArray],
    ids: NDArray,
) -> pd.DataFrame:
    judged_walk = after.connection == WALK
    at = np.where(judged_walk, after.kinds[kind].walk_at, after.kinds[kind].straight_at)
    gained = (step == MENDED) & (at >= shift)
    room = at[gained] - shift
    mine = np.array([n for n, i in enumerate(ids) if str(i).split("\t")[1] == kind], dtype=np.int64)
    table = {
        f"{n}_gained": np.bincount(room, weights=v[gained], minlength=len(ids))[mine]
        for n, v in counts.items()
    }
    names = [str(i).split("\t")[0] for i in ids[mine]]
    found = pd.DataFrame({"place_id": pd.Series(names, dtype=object), "kind": kind, **table})
    return found.sort_values(["residents_gained", "place_id"], ascending=[False, True]).reset_index(drop=True)


def _left(kind: str, step: NDArray, people: pd.DataFrame, counts: Mapping[str, NDArray]) -> pd.DataFrame:
    left = step == TO_BUILD
    rows = pd.DataFrame(
        {
            "community_id": people["community_id"].to_numpy(dtype=object)[left],
            **{n: v[left] for n, v in counts.items()},
            "unknown_origins": people["residents"].isna().to_numpy()[left].astype(float),
        }
    )
    found = rows.groupby("community_id", dropna=False, sort=True).sum().reset_index()
    found.insert(0, "kind", kind)
    return found.sort_values(
        ["residents", "households", "community_id"], ascending=[False, False, True]
    ).reset_index(drop=True)
