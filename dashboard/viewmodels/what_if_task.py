"""What is asked of a siting (R41, R42, R45), and the rows that the model is given: candidates, people, distances.

People are counted in buildings, as the verdicts are, and added up again without loss: the homes of one community that
the same candidates reach, and that are covered or not, are one part.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

from geo.siting_input import Limits
from loaders.coverage.desk import kinds_in

SMALLEST, BEST = "smallest", "best"
METHODS = (SMALLEST, BEST)
#: The columns of a room or a site whose number may say how many residents it can serve.
CAPACITY_COLUMNS = ("capacity", "floor_area_m2")


@dataclass(frozen=True)
class Ask:
    """One question: which kind, by which distance, for whom, and what limits the choice.

    `standard` is "key version" of the row that gave the distance, empty where the planner set it (`is_own_radius`).
    `residents_per_unit` turns `capacity_column` into residents served; None: capacities don't count.
    """

    district_code: str
    kind: str
    radius_m: float
    on: dt.date
    subdistrict_code: str | None = None
    standard: str = ""
    is_own_radius: bool = False
    method: str = SMALLEST
    places: int = 3
    budget_fen: int | None = None
    keep: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    capacity_column: str = "capacity"
    residents_per_unit: float | None = None
    prefers_idle: bool = True
    time_limit_s: float = 20.0

    def limits(self) -> Limits:
        """As the model reads them."""
        return Limits(
            self.radius_m,
            self.budget_fen,
            self.keep,
            self.never,
            self.district_code,
            self.residents_per_unit is not None,
            self.prefers_idle,
            self.time_limit_s,
        )

    def plain(self) -> dict[str, Any]:
        """As a saved scenario keeps it."""
        return {**asdict(self), "on": self.on.isoformat(), "keep": list(self.keep), "never": list(self.never)}

    @classmethod
    def from_plain(cls, held: Mapping[str, Any]) -> "Ask":
        """What a saved scenario asked. Raises KeyError, TypeError or ValueError where it is none of this page."""
        known = {k: held[k] for k in cls.__dataclass_fields__ if k in held}
        known["on"] = dt.date.fromisoformat(str(held["on"]))
        known["keep"], known["never"] = tuple(held.get("keep", ())), tuple(held.get("never", ()))
        return cls(**known)


@dataclass(frozen=True, eq=False)
class Stock:
    """The candidates of a kind, and how many rooms and sites of the district are none.

    `rows` (EPSG:4326): candidate_id, is_new, name, address, about (owner, use and hours, or what the planning
    conditions say), cost_fen, capacity and floor_area_m2 as the row has them, district_code, import_run_id,
    is_synthetic. `opened` are rooms that are open already, `other_kinds` those fit for other kinds, `kinds_unknown`
    those of which nothing is known.
    """

    rows: gpd.GeoDataFrame
    opened: int
    other_kinds: int
    kinds_unknown: int


def stock_of(
    idle: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, kind: str, district_code: str, on: dt.date
) -> Stock:
    """The rooms (first) and sites that may hold a kind. Those whose district is not known stay among the candidates:
    the answer lists them with that reason; those of other districts are not looked at."""
    parts, opened, other, unknown = [], 0, 0, 0
    for rows, key, is_new in ((idle, "space_id", False), (sites, "site_id", True)):
        held = rows[(rows["district_code"] == district_code) | rows["district_code"].isna()]
        kinds = [kinds_in(text) for text in held["possible_kinds"]]
        fits = np.array([kind in k for k in kinds], dtype=bool)
        inside = (held["district_code"] == district_code).to_numpy()
        unknown += int((np.array([not k for k in kinds], dtype=bool) & inside).sum())
        other += int((np.array([bool(k) for k in kinds], dtype=bool) & ~fits & inside).sum())
        if not is_new:
            is_open = (pd.to_datetime(held["opened_date"]) <= pd.Timestamp(on)).to_numpy()
            opened += int((fits & is_open).sum())
            fits &= ~is_open
        own = held[fits]
        parts.append(
            gpd.GeoDataFrame(
                {
                    "candidate_id": np.array(
                        [f"{'site' if is_new else 'idle'}:{k}" for k in own[key]], dtype=object
                    ),
                    "is_new": is_new,
                    "name": own["name"].to_numpy(dtype=object),
                    "address": own["address"].to_numpy(dtype=object),
                    "about": _about(
                        own, ("permission",) if is_new else ("owner", "present_use", "open_hours")
                    ),
                    "cost_fen": pd.array(own["cost_fen"].tolist(), dtype="Int64"),
                    "capacity": own["capacity"].to_numpy(dtype=float, na_value=np.nan),
                    "floor_area_m2": own["floor_area_m2"].to_numpy(dtype=float, na_value=np.nan),
                    "district_code": own["district_code"].to_numpy(dtype=object),
                    "import_run_id": own["import_run_id"].to_numpy(),
                    "is_synthetic": own["is_synthetic"].astype(bool).to_numpy(),
                },
                geometry=own.geometry.to_numpy(),
                crs="EPSG:4326",
            )
        )
    filled = [p for p in parts if len(p)] or parts[:1]
    return Stock(
        gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs="EPSG:4326"), opened, other, unknown
    )


def _about(rows: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.object_]:
    told = [" · ".join(str(v) for v in r if isinstance(v, str) and v) for r in rows[list(columns)].to_numpy()]
    return np.array(told, dtype=object)


def candidate_rows(stock: Stock, ask: Ask) -> pd.DataFrame:
    """The candidates as the model reads them: the capacity in residents, rounded down; missing where not known."""
    rows = stock.rows
    capacity = pd.array([None] * len(rows), dtype="Int64")
    if ask.residents_per_unit is not None:
        units = rows[ask.capacity_column].to_numpy(dtype=float)
        served = units * ask.residents_per_unit
        # A negative capacity stays one, so that the answer names it.
        told = [None if np.isnan(s) else int(np.floor(round(s, 6))) for s in served]
        capacity = pd.array(told, dtype="Int64")
    return pd.DataFrame(
        {
            "candidate_id": rows["candidate_id"].to_numpy(dtype=object),
            "is_new": rows["is_new"].astype(bool).to_numpy(),
            "cost_fen": rows["cost_fen"].array,
            "capacity": capacity,
            "district_code": rows["district_code"].to_numpy(dtype=object),
        }
    )


@dataclass(frozen=True, eq=False)
class Parts:
    """The people of a task: `demands` and `distances` as `geo.siting` reads them, `community` of each demand_id."""

    demands: pd.DataFrame
    distances: pd.DataFrame
    community: pd.Series


def parts_of(
    people: pd.DataFrame,
    covered: NDArray[np.bool_],
    candidate_ids: Sequence[str],
    reached: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> Parts:
    """People in parts of communities. `people`: community_id and residents (shares, missing: not known) of the homes
    in scope; `covered` whether each is within the distance of what exists; `reached` the rows and metres of each
    candidate. A community's residents are shared out to its parts in whole people, and add up to its own number.
    """
    community = people["community_id"].to_numpy(dtype=object).astype(str)
    residents = people["residents"].to_numpy(dtype=float, na_value=np.nan)
    matrix = _matrix(reached, len(people))
    unknown = np.isnan(residents)
    keys = [
        (c, bool(k), bool(u), matrix.indices[a:b].tobytes())
        for c, k, u, a, b in zip(
            community, covered, unknown, matrix.indptr[:-1], matrix.indptr[1:], strict=True
        )
    ]
    groups: dict[tuple[str, bool, bool, bytes], int] = {}
    at = np.array([groups.setdefault(key, len(groups)) for key in keys], dtype=np.int64)
    names = [key[0] for key in groups]
    sums = np.bincount(at, weights=np.nan_to_num(residents), minlength=len(groups)).astype(float)
    is_unknown = np.array([key[2] for key in groups], dtype=bool)
    whole = _whole(sums, np.array(names, dtype=object), is_unknown)
    ids = [f"{name}\t{n}" for n, name in enumerate(names)]
    demands = pd.DataFrame(
        {
            "demand_id": pd.Series(ids, dtype=object),
            "residents": pd.array(
                [None if u else int(r) for u, r in zip(is_unknown, whole, strict=True)], dtype="Int64"
            ),
            "is_covered": pd.Series([key[1] for key in groups], dtype=bool),
        }
    )
    pairs = coo_matrix(matrix)
    rows = pd.DataFrame({"part": at[pairs.row], "candidate": pairs.col, "metres": pairs.data - 1.0})
    means = rows.groupby(["part", "candidate"], as_index=False)["metres"].mean()
    distances = pd.DataFrame(
        {
            "candidate_id": np.asarray(candidate_ids, dtype=object)[means["candidate"].to_numpy(dtype=int)],
            "demand_id": np.asarray(ids, dtype=object)[means["part"].to_numpy(dtype=int)],
            "distance_m": means["metres"].to_numpy(dtype=float).round(3),
        }
    )
    return Parts(demands, distances, pd.Series(names, index=ids, dtype=object))


def _matrix(reached: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]], homes: int) -> csr_matrix:
    """Homes × candidates: metres + 1 within the distance, so that nought is held too."""
    rows = np.concatenate([r for r, _ in reached]) if reached else np.zeros(0, dtype=np.int64)
    metres = np.concatenate([m for _, m in reached]) if reached else np.zeros(0)
    columns = np.repeat(np.arange(len(reached)), [len(r) for r, _ in reached])
    matrix = csr_matrix((metres + 1.0, (rows, columns)), shape=(homes, len(reached)))
    matrix.sort_indices()
    return matrix


def _whole(
    sums: NDArray[np.float64], names: NDArray[np.object_], is_unknown: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Whole people for each part, largest remainders first, so that a community's parts add up to its number."""
    low = np.floor(sums + 1e-9)
    rest = sums - low
    frame = pd.DataFrame({"name": names, "sum": sums, "low": low, "rest": rest, "no": np.arange(len(sums))})
    known = frame[~is_unknown]
    total = known.groupby("name")["sum"].transform("sum").round()
    more = (total - known.groupby("name")["low"].transform("sum")).round().astype(int)
    order = known.sort_values(["name", "rest", "no"], ascending=[True, False, True], kind="stable")
    rank = order.groupby("name").cumcount()
    found = low.copy()
    found[order.index] += (rank < more.loc[order.index]).to_numpy()
    return found.astype(np.int64)
