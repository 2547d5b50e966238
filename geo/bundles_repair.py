"""How projects are parted into contiguous regions within limits: spopt's start, then cuts, merges and moves.

Positions only, in an order by place; every tie is decided by position, so that the order of rows can't matter.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

#: Regions whose values differ by less than this share of the mean are even enough: going on would only fray them. The
#: plan gives no figure.
EVEN_WITHIN = 0.2


@dataclass(frozen=True)
class Bounds:
    """Least and most projects of a region, and its most value in fen (None: none)."""

    least: int
    most: int
    value: int | None

    def holds(self, count: int, value: int) -> bool:
        """Whether a region of so many projects and so much value is not too large (it may be too small)."""
        return count <= self.most and (self.value is None or value <= self.value)


@dataclass(frozen=True)
class Cell:
    """A project: its centre (metres), its value (fen) and the positions of its neighbours."""

    x: float
    y: float
    value: int
    near: frozenset[int]


def regions(cells: Sequence[Cell], group: Sequence[int], bounds: Bounds) -> list[list[int]]:
    """Contiguous regions within the bounds out of one connected group of positions; what fits in none is in none.

    No single value of the group may be over the bound. Regions are sorted, by their first position.
    """
    parts = _Parts(cells, bounds)
    for start in _ward(cells, group, bounds):
        parts.add(start)
    parts.cut_large()
    parts.fill_small()
    parts.drop_small()
    parts.balance()
    return sorted(sorted(p) for p in parts.held.values())


def is_contiguous(cells: Sequence[Cell], group: Iterable[int]) -> bool:
    """Whether the positions hang together by neighbourhood (nothing at all does)."""
    left = set(group)
    if not left:
        return True
    queue = [left.pop()]
    while queue:
        found = cells[queue.pop()].near & left
        left -= found
        queue.extend(found)
    return not left


def best_cut(
    cells: Sequence[Cell], group: Sequence[int], bounds: Bounds
) -> tuple[frozenset[int], frozenset[int]]:
    """A connected group of at least two in two contiguous parts: the cut of its shortest tree that balances value best.

    Cuts that leave a part below the least number come after all others.
    """
    held = sorted(group)
    at = {p: i for i, p in enumerate(held)}
    pairs = [(p, q) for p in held for q in sorted(cells[p].near) if q > p and q in at]
    # A metre more: a length of nothing would be no edge at all.
    lengths = [1.0 + float(np.hypot(cells[p].x - cells[q].x, cells[p].y - cells[q].y)) for p, q in pairs]
    shape = (len(held), len(held))
    graph = coo_matrix((lengths, ([at[p] for p, _ in pairs], [at[q] for _, q in pairs])), shape=shape)
    tree = coo_matrix(minimum_spanning_tree(graph.tocsr()))
    edges = sorted((min(i, j), max(i, j)) for i, j in zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    branches: dict[int, list[int]] = {i: [] for i in range(len(held))}
    for i, j in edges:
        branches[i].append(j)
        branches[j].append(i)
    total = sum(cells[p].value for p in held)
    cuts = []
    for i, j in edges:
        side, queue = {i}, [i]
        while queue:
            for k in branches[queue.pop()]:
                if k not in side and k != j:
                    side.add(k)
                    queue.append(k)
        one = sum(cells[held[k]].value for k in side)
        count = min(len(side), len(held) - len(side))
        uneven = abs(len(held) - 2 * len(side))
        cuts.append(
            ((count < bounds.least, abs(total - 2 * one), uneven, i, j), frozenset(held[k] for k in side))
        )
    _, side_of_best = min(cuts, key=lambda cut: cut[0])
    return side_of_best, frozenset(held) - side_of_best


def _ward(cells: Sequence[Cell], group: Sequence[int], bounds: Bounds) -> list[list[int]]:
    """As few compact contiguous parts as the limits could allow, by spopt's WardSpatial on the centres."""
    held = sorted(group)
    total = sum(cells[p].value for p in held)
    parts = -(-len(held) // bounds.most)
    if bounds.value:
        parts = max(parts, -(-total // bounds.value))
    if parts <= 1:
        return [held]
    if parts >= len(held):
        return [[p] for p in held]
    # Here and not above: spopt takes a second and 150 MB to import (it brings matplotlib and scikit-learn).
    from libpysal.weights import W
    from spopt.region import WardSpatial

    at = {p: i for i, p in enumerate(held)}
    weights = W({at[p]: sorted(at[q] for q in cells[p].near if q in at) for p in held}, silence_warnings=True)
    centres = pd.DataFrame({"x": [cells[p].x for p in held], "y": [cells[p].y for p in held]})
    model = WardSpatial(centres - centres.iloc[0], weights, ["x", "y"], n_clusters=parts)
    model.solve()
    found: dict[int, list[int]] = {}
    for position, label in zip(held, model.labels_.tolist(), strict=True):
        found.setdefault(label, []).append(position)
    return list(found.values())


class _Parts:
    """Regions while they are mended: `held` by number, `of` the number of each position."""

    def __init__(self, cells: Sequence[Cell], bounds: Bounds) -> None:
        self.cells = cells
        self.bounds = bounds
        self.held: dict[int, set[int]] = {}
        self.of: dict[int, int] = {}
        self.worth: dict[int, int] = {}
        self.next = 0

    def add(self, group: Iterable[int]) -> None:
        number, self.next = self.next, self.next + 1
        self.held[number] = set(group)
        self.of.update(dict.fromkeys(self.held[number], number))
        self.worth[number] = sum(self.cells[p].value for p in self.held[number])

    def remove(self, number: int) -> set[int]:
        del self.worth[number]
        for p in self.held[number]:
            del self.of[p]
        return self.held.pop(number)

    def move(self, position: int, number: int) -> None:
        old = self.of[position]
        value = self.cells[position].value
        self.held[old].remove(position)
        self.held[number].add(position)
        self.of[position] = number
        self.worth[old] -= value
        self.worth[number] += value

    def beside(self, group: Iterable[int]) -> list[int]:
        """The numbers of the regions next to some positions, by their first position."""
        own = set(group)
        found = {self.of[q] for p in own for q in self.cells[p].near - own if q in self.of}
        return sorted(found, key=lambda n: min(self.held[n]))

    def is_large(self, number: int) -> bool:
        return not self.bounds.holds(len(self.held[number]), self.worth[number])

    def cut_large(self) -> None:
        while large := [n for n in self.held if self.is_large(n)]:
            for part in best_cut(self.cells, sorted(self.remove(large[0])), self.bounds):
                self.add(part)

    def smallest(self, skip: set[frozenset[int]]) -> int | None:
        """The first of the regions with too few projects, the fewest before all."""
        small = [n for n, p in self.held.items() if len(p) < self.bounds.least and frozenset(p) not in skip]
        return min(small, key=lambda n: (len(self.held[n]), min(self.held[n])), default=None)

    def fill_small(self) -> None:
        """Regions with too few join a neighbour that has room, or are given projects by one that has enough."""
        hopeless: set[frozenset[int]] = set()
        while (number := self.smallest(hopeless)) is not None:
            if self._join(number) or self._borrow(number):
                continue
            hopeless.add(frozenset(self.held[number]))

    def _join(self, number: int) -> bool:
        count, value = len(self.held[number]), self.worth[number]
        fits = [
            n
            for n in self.beside(self.held[number])
            if self.bounds.holds(len(self.held[n]) + count, self.worth[n] + value)
        ]
        if not fits:
            return False
        other = min(fits, key=lambda n: (self.worth[n], min(self.held[n])))
        self.add(self.remove(number) | self.remove(other))
        return True

    def _borrow(self, number: int) -> bool:
        group = self.held[number]
        offers = sorted({q for p in group for q in self.cells[p].near if q in self.of and q not in group})
        for position in sorted(offers, key=lambda q: (-self.worth[self.of[q]], q)):
            donor = self.of[position]
            left = self.held[donor] - {position}
            if (
                len(left) >= self.bounds.least
                and self.bounds.holds(len(group) + 1, self.worth[number] + self.cells[position].value)
                and is_contiguous(self.cells, left)
            ):
                self.move(position, number)
                return True
        return False

    def drop_small(self) -> None:
        """What still is too small is dissolved: each project goes to a neighbour with room, else to none."""
        loose: list[int] = []
        while (number := self.smallest(set())) is not None:
            loose.extend(self.remove(number))
        placed = True
        while placed:
            placed = False
            for position in sorted(loose):
                value = self.cells[position].value
                for other in self.beside([position]):
                    if self.bounds.holds(len(self.held[other]) + 1, self.worth[other] + value):
                        self.held[other].add(position)
                        self.of[position] = other
                        self.worth[other] += value
                        loose.remove(position)
                        placed = True
                        break

    def balance(self) -> None:
        """Single projects change over to a neighbouring region that is worth less, while that evens out the values.

        Of all such moves the one that keeps the regions most compact is made first. Each makes the sum of the squared
        values less, so this ends.
        """
        while move := self._next_move():
            self.move(*move)

    def _next_move(self) -> tuple[int, int] | None:
        if len(self.held) < 2:
            return None
        tolerance = EVEN_WITHIN * sum(self.worth.values()) / len(self.worth)
        centres = {n: self._centre(p) for n, p in self.held.items()}
        moves = []
        for position, own in self.of.items():
            cell = self.cells[position]
            if cell.value == 0 or len(self.held[own]) <= max(self.bounds.least, 1):
                continue
            for other in self.beside([position]):
                surplus = self.worth[own] - self.worth[other]
                if (
                    other != own
                    and surplus > tolerance
                    and surplus > cell.value
                    and self.bounds.holds(len(self.held[other]) + 1, self.worth[other] + cell.value)
                ):
                    spread = _square(cell, centres[other]) - _square(cell, centres[own])
                    moves.append((round(spread, 3), position, min(self.held[other]), other))
        for _, position, _, other in sorted(moves):
            if is_contiguous(self.cells, self.held[self.of[position]] - {position}):
                return position, other
        return None

    def _centre(self, group: set[int]) -> tuple[float, float]:
        # fsum: the same to the last digit whatever the order of the positions
        x = math.fsum(self.cells[p].x for p in group) / len(group)
        return x, math.fsum(self.cells[p].y for p in group) / len(group)


def _square(cell: Cell, centre: tuple[float, float]) -> float:
    return (cell.x - centre[0]) ** 2 + (cell.y - centre[1]) ** 2
