"""The siting model: what a choice of sites costs and whom it serves, counted exactly.

Positions only: which candidate or demand stands behind a position is known to `geo.siting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow


class Goal(StrEnum):
    """What is sought, in the order in which it is sought; each goal gives up nothing of those before it."""

    RESIDENTS = "residents"  # most residents newly covered
    FEWEST_NEW = "fewest_new"  # R42: new sites only where the stock falls short
    FEWEST_PLACES = "fewest_places"
    LEAST_COST = "least_cost"
    SMALLER_IDS = "smaller_ids"  # so that equals are decided


@dataclass(frozen=True)
class Phase:
    """How one goal came out: `value` and `bound` in residents, places, fen or sums of ranks."""

    goal: Goal
    value: int
    bound: int
    is_proven: bool


@dataclass(frozen=True, eq=False)
class Model:
    """A siting task in positions: `covers` (groups × sites, 1 = within reach) and what limits the choice.

    `residents` (group), `is_new`, `cost_fen` (whole fen; exact Python ints), `capacity` (residents; None: unlimited)
    and `keep` (site positions that must be chosen). `places` and `budget_fen` are upper limits or None.
    """

    covers: csr_matrix
    residents: np.ndarray
    is_new: np.ndarray
    cost_fen: tuple[int, ...]
    capacity: np.ndarray | None
    keep: tuple[int, ...]
    places: int | None
    budget_fen: int | None
    _served: dict[tuple[int, ...], tuple[int, np.ndarray]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def sites(self) -> int:
        """How many sites may be chosen from."""
        return self.covers.shape[1]

    def cost(self, chosen: Sequence[int]) -> int:
        """What the chosen sites cost together, in fen."""
        return sum(self.cost_fen[i] for i in chosen)

    def served(self, chosen: Sequence[int]) -> tuple[int, np.ndarray]:
        """Residents that the chosen sites serve, and how many of each group: exact, by counting or maximum flow."""
        key = tuple(sorted(chosen))
        if key not in self._served:  # asked for again and again: for each goal, each limit, each table
            self._served[key] = self._count(key)
        return self._served[key]

    def _count(self, chosen: Sequence[int]) -> tuple[int, np.ndarray]:
        if self.capacity is None:
            opened = np.zeros(self.sites)
            opened[list(chosen)] = 1
            reached = np.where(self.covers @ opened > 0, self.residents, 0)
            return int(reached.sum()), reached
        flow = self.flow(chosen)
        per_group = np.asarray(flow.sum(axis=1)).ravel().astype("int64")
        return int(per_group.sum()), per_group

    def flow(self, chosen: Sequence[int]) -> csr_matrix:
        """Residents of each group at each site (groups × sites) in one maximum flow; needs capacities."""
        assert self.capacity is not None
        groups, sites = self.covers.shape
        opened = np.zeros(sites, dtype="int64")
        opened[list(chosen)] = self.capacity[list(chosen)]
        pairs = self.covers.tocoo()
        held = opened[pairs.col] > 0
        at, site = pairs.row[held], pairs.col[held]
        source, sink = groups + sites, groups + sites + 1
        tails = np.concatenate([np.full(groups, source), at, groups + np.arange(sites)])
        heads = np.concatenate([np.arange(groups), groups + site, np.full(sites, sink)])
        limits = np.concatenate(
            [self.residents, np.minimum(self.residents[at], opened[site]), opened]
        ).astype("int64")
        graph = csr_matrix((limits, (tails, heads)), shape=(sink + 1, sink + 1))
        # scipy's maximum flow counts in 32 bits; a city has fewer residents than that, a place's capacity may be more.
        graph.data = np.minimum(graph.data, 2**31 - 1).astype("int32")
        found = maximum_flow(graph, source, sink).flow[:groups, groups : groups + sites]
        found.data = np.maximum(found.data, 0)
        return csr_matrix(found)

    def most_residents(self) -> int:
        """An upper limit of the residents any choice can serve: all, or as many as the best places reach alone."""
        reach = np.asarray(self.covers.T @ self.residents).ravel().astype("int64")
        if self.capacity is not None:
            reach = np.minimum(reach, self.capacity)
        best = np.sort(reach)[::-1][: self.places]
        return int(min(self.residents.sum(), best.sum()))

    def value(self, goal: Goal, chosen: Sequence[int]) -> int:
        """The exact value of a goal for a choice."""
        if goal is Goal.RESIDENTS:
            return self.served(chosen)[0]
        if goal is Goal.FEWEST_NEW:
            return int(self.is_new[list(chosen)].sum())
        if goal is Goal.FEWEST_PLACES:
            return len(chosen)
        if goal is Goal.LEAST_COST:
            return self.cost(chosen)
        return int(sum(i + 1 for i in chosen))

    def is_within_limits(self, chosen: Sequence[int]) -> bool:
        """Whether a choice holds the kept sites and stays within places and budget, exactly."""
        return (
            set(self.keep) <= set(chosen)
            and (self.places is None or len(chosen) <= self.places)
            and (self.budget_fen is None or self.cost(chosen) <= self.budget_fen)
        )


def greedy(model: Model) -> tuple[int, ...]:
    """A first choice within the limits: the kept sites, then whichever adds most residents (capacities unheeded)."""
    chosen = list(model.keep)
    cover = model.covers.tocsc()
    left = model.residents.astype("int64").copy()
    for site in chosen:
        left[cover.indices[cover.indptr[site] : cover.indptr[site + 1]]] = 0
    while True:
        gains = np.asarray(cover.T @ left).ravel()
        gains[chosen] = 0
        for site in np.argsort(-gains, kind="stable"):
            if gains[site] <= 0:
                return tuple(sorted(chosen))
            if model.is_within_limits([*chosen, int(site)]):
                chosen.append(int(site))
                left[cover.indices[cover.indptr[site] : cover.indptr[site + 1]]] = 0
                break
        else:
            return tuple(sorted(chosen))
