"""The siting model as one mixed-integer programme, solved with HiGHS goal after goal (docs/decisions/0011).

Whatever HiGHS answers is counted again exactly before it is believed: limits in fen, residents by maximum flow.
"""

import math
import time
from collections.abc import Sequence
from functools import reduce

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_matrix, csr_matrix, vstack

from geo.siting_model import Goal, Model, Phase

#: How often a choice that breaks a limit by less than the solver's tolerance is forbidden before giving up.
MOST_CUTS = 20


def solve(
    model: Model,
    goals: Sequence[Goal],
    *,
    start: Sequence[int],
    time_limit_s: float,
    gap: float,
    least_residents: int | None = None,
) -> tuple[tuple[int, ...], tuple[Phase, ...]]:
    """The best choice for the goals in their order, and what was proven of each.

    `start` is a choice within the limits (and of at least `least_residents`, if asked); the answer is never worse.
    `gap` is the share of residents that may be left unproven in the first goal; the later ones, which only decide among
    equals, are sought to the end of the time. Raises ValueError where `start` breaks the limits.
    """
    best = tuple(sorted(start))
    if not model.is_within_limits(best):
        raise ValueError("siting.start")
    programme = _Programme(model)
    if least_residents is not None:
        programme.lock(Goal.RESIDENTS, least_residents)
    phases: list[Phase] = []
    deadline = time.monotonic() + time_limit_s
    for goal in goals:
        best, phase = programme.improve(
            goal, best, deadline - time.monotonic(), gap if goal is Goal.RESIDENTS else 0.0
        )
        phases.append(phase)
        programme.lock(goal, phase.value)
    return best, tuple(phases)


class _Programme:
    """The model as HiGHS is given it: columns y (site chosen), then z (share of a group) or x (residents of a pair)."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.locks: list[tuple[Goal, int]] = []
        self.divisor = reduce(math.gcd, model.cost_fen, 0) or 1
        self.costs = np.array([c // self.divisor for c in model.cost_fen], dtype=float)
        groups, sites = model.covers.shape
        pairs = model.covers.tocoo()
        # By group, then site: the same programme whatever the order in which the pairs were met.
        order = np.lexsort([pairs.col, pairs.row])
        self.at, self.site = pairs.row[order], pairs.col[order]
        self.shares = groups if model.capacity is None else len(self.at)
        self.top = np.ones(sites + self.shares)
        self.rows: list[tuple[csr_matrix, np.ndarray, np.ndarray]] = []
        if model.capacity is None:
            self._coverage_rows(groups)
        else:
            self._capacity_rows(groups, model.capacity)
        if model.places is not None:
            self._row(np.ones(sites), -np.inf, model.places)
        if model.budget_fen is not None:
            self._row(self.costs, -np.inf, model.budget_fen // self.divisor)

    def _rows(self, row: np.ndarray, column: np.ndarray, value: np.ndarray, limits: np.ndarray) -> None:
        shape = (len(limits), self.model.sites + self.shares)
        matrix = coo_matrix((value, (row, column)), shape=shape).tocsr()
        self.rows.append((matrix, np.full(len(limits), -np.inf), np.asarray(limits, dtype=float)))

    def _row(self, weights: np.ndarray, low: float, high: float) -> None:
        full = np.zeros(self.model.sites + self.shares)
        full[: len(weights)] = weights
        self.rows.append((csr_matrix(full), np.array([low]), np.array([float(high)])))

    def _coverage_rows(self, groups: int) -> None:
        """A group is covered only where one of its sites is chosen: z − Σ y ≤ 0."""
        group, sites = np.arange(groups), self.model.sites
        self._rows(
            np.concatenate([group, self.at]),
            np.concatenate([sites + group, self.site]),
            np.concatenate([np.ones(groups), -np.ones(len(self.at))]),
            np.zeros(groups),
        )

    def _capacity_rows(self, groups: int, capacity: np.ndarray) -> None:
        """No more residents than a group has, nor than a chosen site holds."""
        sites, pairs, ones = self.model.sites, np.arange(len(self.at)), np.ones(len(self.at))
        every = np.arange(sites)
        top = np.minimum(self.model.residents[self.at], capacity[self.site]).astype(float)
        self.top[sites:] = top
        self._rows(self.at, sites + pairs, ones, self.model.residents)
        self._rows(
            np.concatenate([self.site, every]),
            np.concatenate([sites + pairs, every]),
            np.concatenate([ones, -capacity.astype(float)]),
            np.zeros(sites),
        )
        # Each pair alone says nothing new, but makes the relaxation far tighter.
        self._rows(
            np.concatenate([pairs, pairs]),
            np.concatenate([sites + pairs, self.site]),
            np.concatenate([ones, -top]),
            np.zeros(len(pairs)),
        )

    def _weights(self, goal: Goal) -> np.ndarray:
        sites = self.model.sites
        weights = np.zeros(sites + self.shares)
        if goal is Goal.RESIDENTS:
            weights[sites:] = self.model.residents if self.model.capacity is None else 1.0
        elif goal is Goal.FEWEST_NEW:
            weights[:sites] = self.model.is_new
        elif goal is Goal.FEWEST_PLACES:
            weights[:sites] = 1
        elif goal is Goal.LEAST_COST:
            weights[:sites] = self.costs
        else:
            weights[:sites] = np.arange(1, sites + 1)
        return weights

    def lock(self, goal: Goal, value: int) -> None:
        """From now on nothing of this value may be given up; half a unit of slack, since all counts are whole."""
        self.locks.append((goal, value))
        if goal is Goal.RESIDENTS:
            self._row(self._weights(goal), value - 0.5, np.inf)
        else:
            self._row(self._weights(goal), -np.inf, value // self._unit(goal) + 0.5)

    def _unit(self, goal: Goal) -> int:
        return self.divisor if goal is Goal.LEAST_COST else 1

    def _is_allowed(self, chosen: tuple[int, ...]) -> bool:
        return self.model.is_within_limits(chosen) and all(
            self.model.value(goal, chosen) >= value
            if goal is Goal.RESIDENTS
            else self.model.value(goal, chosen) <= value
            for goal, value in self.locks
        )

    def improve(
        self, goal: Goal, best: tuple[int, ...], seconds: float, gap: float
    ) -> tuple[tuple[int, ...], Phase]:
        """The best choice for one goal under all locks; `best` itself where none better was found in time."""
        sign = -1 if goal is Goal.RESIDENTS else 1  # sought: the least of sign · value
        limit = self.model.most_residents() if sign < 0 else self.model.value(goal, self.model.keep)
        value, bound, unit = self.model.value(goal, best), limit, self._unit(goal)
        deadline = time.monotonic() + seconds
        for _ in range(MOST_CUTS):
            left = deadline - time.monotonic()
            if value == bound or left <= 0:
                break
            found = self._run(sign * self._weights(goal), left, gap)
            if found.mip_dual_bound is not None and math.isfinite(found.mip_dual_bound):
                # What is counted in whole numbers can't lie between two.
                whole = sign * math.ceil(found.mip_dual_bound - 1e-6) * unit
                bound = min(bound, whole) if sign < 0 else max(bound, whole)
            if found.x is None:
                break
            chosen = tuple(int(i) for i in np.flatnonzero(found.x[: self.model.sites] > 0.5))
            if self._is_allowed(chosen):
                if sign * self.model.value(goal, chosen) < sign * value:
                    best, value = chosen, self.model.value(goal, chosen)
                break
            # The solver's tolerance let a choice slip by a limit that it breaks by a hair: forbid just this choice.
            held = np.full(self.model.sites, -1.0)
            held[list(chosen)] = 1.0
            self._row(held, -np.inf, len(chosen) - 1.0)
        bound = max(bound, value) if sign < 0 else min(bound, value)
        return best, Phase(goal, value, bound, bound == value)

    def _run(self, weights: np.ndarray, seconds: float, gap: float) -> OptimizeResult:
        sites = self.model.sites
        lower = np.zeros(sites + self.shares)
        lower[list(self.model.keep)] = 1
        matrices, low, high = zip(*self.rows, strict=True)
        return milp(
            weights,
            integrality=np.concatenate([np.ones(sites), np.zeros(self.shares)]),
            bounds=Bounds(lower, self.top),
            constraints=LinearConstraint(
                vstack(matrices, format="csr"), np.concatenate(low), np.concatenate(high)
            ),
            options={"time_limit": seconds, "mip_rel_gap": gap},
        )
