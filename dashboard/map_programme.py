"""The programme's state of every footprint, looked up by its community and its projects rather than held for each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import select

from dashboard.tile_sources import Columns, codes, numbers
from programme.gates import GATES
from programme.stages import CHAIN, ORDER
from store.engine import Store
from store.tables import communities, project_communities

#: The code of what is in no project, or has no such state.
NONE = "none"
STAGE_CODES = (*(s.value for s in CHAIN), NONE)
GATE_CODES = (*(g.value for g in GATES), NONE)
#: Between the ids of several projects of one building.
SEPARATOR = "\n"


def place_codes(values: pd.Series, names: Sequence[str]) -> pd.Series:
    """The place of each value in a list, from 1; 0 where it has none. Names from data never enter a tile's filter."""
    return values.map({name: i for i, name in enumerate(names, start=1)}).fillna(0).astype(np.int64)


@dataclass(frozen=True)
class Programme:
    """The projects from the furthest to the least far, and where each community stands among them.

    ranked: the rows of `store.queries_map.project_states`, furthest first. batch: their places in the list of
    batches. home_rank: by community_id the place of its furthest project. central_homes: communities that are
    themselves of central state bodies.
    """

    ranked: pd.DataFrame
    batch: NDArray[np.int64]
    home_rank: pd.Series
    central_homes: frozenset[str]

    @classmethod
    def of(cls, store: Store, states: pd.DataFrame, batches: Sequence[str]) -> "Programme":
        """From the projects' states and the list of batches."""
        ranked = states.assign(order=states["stage"].map(ORDER).astype(float))
        ranked = ranked.sort_values(["order", "project_id"], ascending=[False, True], ignore_index=True)
        rank = pd.Series(ranked.index.to_numpy(), index=ranked["project_id"].to_numpy())
        pairs = store.frame(select(project_communities.c.community_id, project_communities.c.project_id))
        best = pairs.assign(rank=pairs["project_id"].map(rank)).groupby("community_id")["rank"].min()
        central = store.frame(select(communities.c.community_id).where(communities.c.is_central_state))
        return cls(
            ranked,
            place_codes(ranked["batch"], batches).to_numpy(),
            best.dropna().astype(np.int64),
            frozenset(central["community_id"]),
        )

    def columns(self, community: pa.DictionaryArray, projects: pa.DictionaryArray) -> Columns:
        """stage, gate, funding, batch and central of footprints: of their own projects, else of their community's.

        community: the id of each footprint's community. projects: the ids of its own projects, joined by a line
        feed. Both empty where there is none.
        """
        homes = pd.Series(community.dictionary.to_pylist(), dtype=object)
        none = len(self.ranked)
        home_rank = homes.map(self.home_rank).fillna(none).to_numpy(dtype=np.int32)
        home_central = homes.isin(self.central_homes).to_numpy()
        by_id = dict(zip(self.ranked["project_id"], range(none), strict=True))
        own_rank = np.array(
            [
                min(by_id.get(one, none) for one in key.split(SEPARATOR))
                for key in projects.dictionary.to_pylist()
            ],
            dtype=np.int32,
        )
        home = community.indices.to_numpy(zero_copy_only=True)
        rank = own_rank[projects.indices.to_numpy(zero_copy_only=True)]
        rank = np.where(rank == none, home_rank[home], rank)
        out = self._states(rank)
        by_project = out["central"].to_numpy(zero_copy_only=True)
        out["central"] = numbers(by_project.astype(bool) | home_central[home], np.int8)
        return out

    def lookups(self, projects: pa.DictionaryArray) -> dict[str, Columns]:
        """The same for a database that looks the states up: `home_states` by community, `own_states` by projects."""
        none = len(self.ranked)
        homes = sorted({*self.home_rank.index, *self.central_homes})
        home_rank = self.home_rank.reindex(homes).fillna(none).to_numpy(dtype=np.int32)
        keys = [key for key in projects.dictionary.to_pylist() if key]
        by_id = dict(zip(self.ranked["project_id"], range(none), strict=True))
        own = [(k, min(by_id.get(one, none) for one in k.split(SEPARATOR))) for k in keys]
        own = [(key, rank) for key, rank in own if rank != none]
        is_central = numbers(np.array([home in self.central_homes for home in homes], dtype=bool), np.int8)
        return {
            "home_states": {
                "key": pa.array(homes, pa.large_string()),
                **self._states(home_rank),
                "own_central": is_central,
            },
            "own_states": {
                "key": pa.array([key for key, _ in own], pa.large_string()),
                **self._states(np.array([rank for _, rank in own], dtype=np.int32)),
            },
        }

    def _states(self, rank: NDArray[np.int32]) -> dict[str, pa.Array]:
        """stage, gate, funding, batch and central of the projects at some places."""
        out: dict[str, pa.Array] = {
            name: _taken(self._codes(column, known), rank)
            for name, column, known in (
                ("stage", "stage", STAGE_CODES),
                ("gate", "gate", GATE_CODES),
                ("funding", "funding_source", self.funding_codes()),
            )
        }
        out["batch"] = numbers(np.append(self.batch, 0)[rank])
        central = np.append(self.ranked["is_central_state"].to_numpy(dtype=bool), False)
        return out | {"central": numbers(central[rank], np.int8)}

    def funding_codes(self) -> tuple[str, ...]:
        """The sources of money that occur."""
        return (*sorted(self.ranked["funding_source"].dropna().unique()), NONE)

    def _codes(self, column: str, known: Sequence[str]) -> pa.DictionaryArray:
        return codes([*self.ranked[column], NONE], known, NONE)


def _taken(table: pa.DictionaryArray, rank: NDArray[np.int32]) -> pa.DictionaryArray:
    numbers_of = table.indices.to_numpy(zero_copy_only=True)
    return pa.DictionaryArray.from_arrays(pa.array(numbers_of[rank]), table.dictionary)
