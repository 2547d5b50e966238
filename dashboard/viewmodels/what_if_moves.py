"""One facility moved, closed or opened: who gains and who loses, by community (R18, R42)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.point_maps import MapPoint
from dashboard.tables import Table
from dashboard.viewmodels.duties_words import Figure, Names, given, rows_table
from dashboard.words import Words
from geo.reach_moves import Moved

GAINS, LOSES = "#01735f", "#a6611a"
MOST_SIDE = 120


@dataclass(frozen=True)
class MoveView:
    """Who gains and loses within the distance: the answer, figures, rows by community, points of the map."""

    answer: str
    figures: tuple[Figure, ...]
    rows: Table
    points: tuple[MapPoint, ...]
    gained_residents: float
    lost_residents: float
    is_off_network: bool


def changes_by_community(found: Moved, people: pd.DataFrame, in_scope: np.ndarray) -> pd.DataFrame:
    """Gains and losses of each community, of the homes in scope (a mask over `people`): community_id,
    gained_residents, lost_residents, gained_households, lost_households, gained_homes, lost_homes, unknown_homes
    (homes among them whose residents are not known)."""
    parts = []
    for name, rows in (("gained", found.gained), ("lost", found.lost)):
        own = people.iloc[rows[in_scope[rows]]]
        parts.append(
            pd.DataFrame(
                {
                    "community_id": own["community_id"].to_numpy(dtype=object),
                    f"{name}_residents": own["residents"].fillna(0.0).to_numpy(dtype=float),
                    f"{name}_households": own["households"].fillna(0.0).to_numpy(dtype=float),
                    f"{name}_homes": 1,
                    "unknown_homes": own["residents"].isna().astype(int).to_numpy(),
                }
            )
        )
    columns = [
        *("gained_residents", "lost_residents", "gained_households", "lost_households"),
        *("gained_homes", "lost_homes", "unknown_homes"),
    ]
    both = pd.concat(parts, ignore_index=True).reindex(columns=["community_id", *columns])
    held = both.fillna(dict.fromkeys(columns, 0)).groupby("community_id", as_index=False)[columns].sum()
    return held.astype({"community_id": object})


def move_view(
    changes: pd.DataFrame,
    communities: pd.DataFrame,
    *,
    is_off_network: bool,
    what: str,
    names: Names,
    notes: Mapping[str, str],
) -> MoveView:
    """The changes in words and rows; `what` says what is done to the facility."""
    words = names.words
    held = changes.merge(communities, on="community_id", how="inner")
    gained, lost = float(held["gained_residents"].sum()), float(held["lost_residents"].sum())
    held = held.assign(net=held["gained_residents"] - held["lost_residents"]).sort_values(
        ["net", "community_id"], kind="stable"
    )
    gainers, losers = int((held["gained_homes"] > 0).sum()), int((held["lost_homes"] > 0).sum())
    if held.empty:
        answer = words.say("what_if.move_nobody", what=what)
    else:
        answer = words.say(
            "what_if.move_answer",
            what=what,
            gained=words.count(round(gained), "resident"),
            lost=words.count(round(lost), "resident"),
            gainers=words.count(gainers, "community"),
            losers=words.count(losers, "community"),
            net=f"{round(gained) - round(lost):+,}",
        )
    unknown = int(held["unknown_homes"].sum())
    if unknown:
        answer += words.say("what_if.move_unknown", n=unknown)
    figures = tuple(
        Figure(
            words.say(f"what_if.move_{side}_{unit}s"),
            words.count(round(float(held[f"{side}_{unit}s"].sum())), unit),
        )
        for side in ("gained", "lost")
        for unit in ("resident", "household")
    )
    return MoveView(
        answer, figures, _rows(held, names, notes), _points(held, words), gained, lost, is_off_network
    )


def _rows(held: pd.DataFrame, names: Names, notes: Mapping[str, str]) -> Table:
    words = names.words
    rows = pd.DataFrame(
        {
            "community": held["name"].map(lambda n: n if given(n) else words.say("what_if.no_name")),
            "subdistrict": [names.area(c) for c in held["subdistrict_code"]],
            "gained_residents": held["gained_residents"],
            "lost_residents": held["lost_residents"],
            "gained_households": held["gained_households"],
            "lost_households": held["lost_households"],
            "residents": held["residents"],
            "run": [names.run(r) for r in held["import_run_id"]],
            "community_id": held["community_id"],
        }
    )
    columns = [
        *("community", "subdistrict", "lost_residents:count", "gained_residents:count"),
        *("lost_households:count", "gained_households:count", "residents:count", "run", "community_id"),
    ]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_move"), notes)


def _points(held: pd.DataFrame, words: Words) -> tuple[MapPoint, ...]:
    out = []
    for side, shape, colour in (("lost", "diamond", LOSES), ("gained", "triangle", GAINS)):
        own = held[(held[f"{side}_homes"] > 0) & held["lon"].notna()]
        own = own.sort_values(f"{side}_residents", ascending=False).head(MOST_SIDE)
        for r in own.to_dict("records"):
            people = words.count(round(float(r[f"{side}_residents"])), "resident")
            name = str(r["name"]) if given(r["name"]) else words.say("what_if.no_name")
            out.append(
                MapPoint(
                    f"{side}:{r['community_id']}",
                    float(r["lon"]),
                    float(r["lat"]),
                    shape,  # type: ignore[arg-type]
                    colour,
                    (name, words.say(f"what_if.tip_{side}", n=people)),
                    size_px=16,
                )
            )
    return tuple(out)
