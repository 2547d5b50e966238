"""A siting's answer as it is kept and compared: by community, with the chosen places and what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dashboard.viewmodels.what_if_task import Ask, Parts, Stock
from geo.siting_answer import Siting, Status
from geo.siting_input import Reason, State

TOTALS = (
    *(
        "residents_total",
        "residents_before",
        "residents_new",
        "residents_uncovered",
        "residents_out_of_reach",
    ),
    *("cost_fen", "cost_not_set"),
)
PLACE_COLUMNS = (
    *("candidate_id", "is_new", "name", "about", "cost_fen", "capacity", "served_residents"),
    *("reach_residents", "only_here_residents", "is_kept", "lon", "lat"),
)
HOME_COLUMNS = ("community_id", "residents", "before", "new", "uncovered", "out_of_reach", "distance_m")


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of a question, whether just worked out or read from a saved scenario.

    `totals` has the names of `TOTALS`; `chosen` the columns of `PLACE_COLUMNS`; `homes` those of `HOME_COLUMNS`, one
    row for each community in scope whose residents are known; `left_out` candidate_id, is_new, name, cost_fen, reason,
    reach_residents, adds_residents; `curve` as `geo.siting_scenarios.trade_off` (places_limit, status,
    residents_covered, covered_pct, gain_residents, places, new_places, cost_fen). `bound` is the most that could be
    served at best, where that is not proven.
    """

    ask: Ask
    status: str
    totals: Mapping[str, int]
    bound: int | None
    mean_distance_m: float | None
    chosen: pd.DataFrame
    homes: pd.DataFrame
    left_out: pd.DataFrame
    curve: pd.DataFrame
    reasons: tuple[Reason, ...]
    unknown_communities: int
    stock: Mapping[str, int]

    @property
    def residents_after(self) -> int:
        """Served before and newly."""
        return self.totals["residents_before"] + self.totals["residents_new"]

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "status": self.status,
            "totals": dict(self.totals),
            "bound": self.bound,
            "mean_distance_m": self.mean_distance_m,
            "chosen": _records(self.chosen),
            "homes": _records(self.homes),
            "left_out": _records(self.left_out),
            "curve": _records(self.curve.drop(columns="candidate_ids", errors="ignore")),
            "reasons": [[r.code, list(r.ids[:50]), r.need, r.have] for r in self.reasons],
            "unknown_communities": self.unknown_communities,
            "stock": dict(self.stock),
        }

    @classmethod
    def from_plain(cls, parameters: Mapping[str, Any], held: Mapping[str, Any]) -> "Answer":
        """A saved answer. Raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            ask=Ask.from_plain(parameters),
            status=str(held["status"]),
            totals={name: int(held["totals"][name]) for name in TOTALS},
            bound=held["bound"],
            mean_distance_m=held["mean_distance_m"],
            chosen=_frame(held["chosen"], PLACE_COLUMNS),
            homes=_frame(held["homes"], HOME_COLUMNS),
            left_out=pd.DataFrame(held["left_out"]),
            curve=pd.DataFrame(held["curve"]),
            reasons=tuple(Reason(c, tuple(i), n, h) for c, i, n, h in held["reasons"]),
            unknown_communities=int(held["unknown_communities"]),
            stock=dict(held["stock"]),
        )


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=list(columns))
    if "community_id" in made:
        made["community_id"] = made["community_id"].astype(object)
    for name in ("cost_fen", "capacity"):
        if name in made:
            made[name] = made[name].astype("Int64")
    return made


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    def value(v: Any) -> Any:
        if v is None or (not isinstance(v, list | tuple) and pd.isna(v)):
            return None
        return v.item() if hasattr(v, "item") else v

    return [{str(k): value(v) for k, v in row.items()} for row in rows.to_dict("records")]


def answer_of(
    ask: Ask, siting: Siting, parts: Parts, stock: Stock, curve: pd.DataFrame, communities: pd.DataFrame
) -> Answer:
    """The answer by community; `communities` are those in scope (community_id, residents)."""
    held = stock.rows.set_index("candidate_id")
    chosen = siting.chosen.join(held[["name", "about", "geometry"]], on="candidate_id")
    spots = chosen["geometry"]
    chosen = chosen.assign(
        lon=[None if g is None else float(g.representative_point().x) for g in spots],
        lat=[None if g is None else float(g.representative_point().y) for g in spots],
    )
    left = siting.left_out.join(held[["name"]], on="candidate_id").sort_values(
        ["adds_residents", "candidate_id"], ascending=[False, True], na_position="last", kind="stable"
    )
    first = siting.phases[0] if siting.phases else None
    is_open = first is not None and not first.is_proven and first.goal.value == "residents"
    unknown = int(communities["residents"].isna().sum())
    return Answer(
        ask=ask,
        status=siting.status.value,
        totals={name: int(getattr(siting, name)) for name in TOTALS},
        bound=int(first.bound) if first is not None and is_open else None,
        mean_distance_m=siting.mean_distance_m,
        chosen=chosen[list(PLACE_COLUMNS)].reset_index(drop=True),
        homes=_homes(siting, parts),
        left_out=left[
            ["candidate_id", "is_new", "name", "cost_fen", "reason", "reach_residents", "adds_residents"]
        ].reset_index(drop=True),
        curve=curve,
        reasons=tuple(_said(r) for r in (*siting.reasons, *siting.notes)),
        unknown_communities=unknown,
        stock={
            "opened": stock.opened,
            "other_kinds": stock.other_kinds,
            "kinds_unknown": stock.kinds_unknown,
        },
    )


def _said(reason: Reason) -> Reason:
    """Parts of communities have no name to be told by: of theirs the number of people stays."""
    return replace(reason, ids=()) if reason.code.startswith("demand_") else reason


def _homes(siting: Siting, parts: Parts) -> pd.DataFrame:
    rows = siting.demands[siting.demands["residents"].notna()]
    residents = rows["residents"].astype("int64")
    is_before = (rows["state"] == State.BEFORE.value).to_numpy()
    is_far = (rows["state"] == State.OUT_OF_REACH.value).to_numpy()
    before = residents.where(is_before, 0)
    served = rows["served_residents"].astype("int64").where(~is_before, 0)
    left = residents - before - served
    walked = rows["distance_m"].fillna(0.0).to_numpy(dtype=float) * served
    frame = pd.DataFrame(
        {
            "community_id": rows["demand_id"].map(parts.community),
            "residents": residents,
            "before": before,
            "new": served,
            "uncovered": left,
            "out_of_reach": left.where(is_far, 0),
            "walked": walked,
        }
    )
    by = frame.groupby("community_id", as_index=False).sum()
    by["distance_m"] = (by["walked"] / by["new"].where(by["new"] > 0)).round(0)
    return by[list(HOME_COLUMNS)].astype({"community_id": object})


def as_siting(answer: Answer) -> Siting:
    """A kept answer as `geo.siting_scenarios.compare` reads it, with communities as demands."""
    homes = answer.homes
    served = homes["before"] + homes["new"]
    state = [
        State.COVERED.value if s >= r else State.PART.value if s > 0 else State.NOT_REACHED.value
        for s, r in zip(served, homes["residents"], strict=True)
    ]
    demands = pd.DataFrame(
        {
            "demand_id": homes["community_id"].astype(object),
            "residents": homes["residents"].astype("Int64"),
            "state": pd.Series(state, index=homes.index, dtype=object),
            "served_residents": served.astype("int64"),
            "candidate_id": None,
            "distance_m": homes["distance_m"].astype(float),
        }
    )
    totals = answer.totals
    nothing = pd.DataFrame()
    return Siting(
        status=Status(answer.status),
        limits=answer.ask.limits(),
        places_limit=None,
        chosen=answer.chosen,
        left_out=nothing,
        demands=demands,
        assignments=nothing,
        residents_total=totals["residents_total"],
        residents_before=totals["residents_before"],
        residents_new=totals["residents_new"],
        residents_uncovered=totals["residents_uncovered"],
        residents_out_of_reach=totals["residents_out_of_reach"],
        cost_fen=totals["cost_fen"],
        cost_not_set=totals["cost_not_set"],
        mean_distance_m=answer.mean_distance_m,
        phases=(),
        gap=0.0,
        reasons=(),
        notes=(),
    )
