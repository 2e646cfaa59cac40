"""Orders that one store takes whole, matched to copies of slots (SciPy).

A store is as many columns as it has slots. A shelf (a product in a store) that would be
emptied gets columns of its own, as many as it can serve, and as many idle rows that use
up columns of its store: so a store never takes more than its slots. Shelves come in only
when a match breaks them. Of each order the stores that look best come in first, others
when the prices say that they could improve the match; when none is left it is the best
over all stores.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from .assign_bound import Prices
from .assign_problem import Problem
from .assign_pure import flow_shelves

FEW = 24  # stores per order at the start
MOST_CELLS = 30_000_000  # of the sparse matrix: 360 MB
SAMPLE = 4  # every so manyth order says which stores will be wanted


def match(problem: Problem):
    """(choice, prices), or None when these orders are no such problem or too large."""
    shelves = flow_shelves(problem)
    if shelves is None or problem.shares or not problem.demands or not problem.nodes:
        return None
    work = _Matching(problem, shelves)
    return work.solve() if work.cells() <= MOST_CELLS else None


class _Matching:
    """``costs``: orders x stores in metres, infinite where there is no arc, and where
    the way goes ``outside`` (nobody, or a store without any limit) instead.
    Places are numbered: stores first, then the shelves that are looked at."""

    def __init__(self, problem: Problem, shelves: dict):
        self.problem, self.shelves = problem, shelves
        self.products = [demand.lines[0].product for demand in problem.demands]
        costs = np.full((len(problem.demands), len(problem.nodes)), np.inf)
        for row, demand in enumerate(problem.demands):
            costs[row, list(demand.cost)] = list(demand.cost.values())
        limited = np.array([limit is not None for limit in problem.capacity])
        self.limited = limited
        self._take_outside(costs)
        self.copies = np.minimum(
            [limit or 0 for limit in problem.capacity],
            np.isfinite(self.costs).sum(axis=0),
        ).astype(int)
        self.active = [at for at in sorted(shelves, key=str) if not limited[at[0]]]
        self._number()
        self.open = self._first_arcs()

    def _take_outside(self, costs) -> None:
        """Without limit of slots and stock a store can't run out: only the nearest such
        store of an order counts, and it competes with nobody."""
        problem = self.problem
        self.costs = costs
        nobody = [problem.unassigned * len(d.lines) for d in problem.demands]
        self.outside = np.array(nobody, dtype=float)
        self.outside_store = np.full(len(nobody), -1)
        for store in np.flatnonzero(~self.limited):
            for row in np.flatnonzero(np.isfinite(costs[:, store])):
                if (store, self.products[row]) in self.shelves:
                    continue
                if costs[row, store] < self.outside[row]:
                    self.outside[row] = costs[row, store]
                    self.outside_store[row] = store
                costs[row, store] = np.inf
        costs[costs >= self.outside[:, None]] = np.inf

    def _number(self) -> None:
        """Which place an order of a product takes in each store."""
        stores = len(self.problem.nodes)
        plain = np.arange(stores)
        self.place_of = {product: plain.copy() for product in set(self.products)}
        for number, (store, product) in enumerate(self.active):
            self.place_of[product][store] = stores + number
        sizes = [self.shelves[at] for at in self.active]
        self.sizes = np.concatenate([self.copies, sizes]).astype(int)
        self.idle = [
            number
            for number, (store, _product) in enumerate(self.active)
            if self.limited[store]
        ]

    def _first_arcs(self):
        """The stores that look best, at the prices of a sample of the orders."""
        found = np.isfinite(self.costs)
        if found.sum() <= 300_000 or self.costs.shape[1] <= FEW:
            return found
        seed = self._sample_prices()
        near = np.argpartition(self.costs + seed, FEW, axis=1)[:, :FEW]
        chosen = np.zeros_like(found)
        np.put_along_axis(chosen, near, True, axis=1)
        return chosen & found

    def _sample_prices(self):
        rows = np.arange(0, len(self.costs), SAMPLE)
        total = np.cumsum(self.copies) // SAMPLE
        copies = np.diff(total, prepend=0)
        costs, outside = self.costs[rows], self.outside[rows]
        taken = _assign(costs, outside, copies)
        gains = np.full((len(copies) + 1, len(copies)), -np.inf)
        for store in range(-1, len(copies)):
            own = taken == store
            if own.any():
                now = outside[own] if store < 0 else costs[own, store]
                gains[store] = (now[:, None] - costs[own]).max(axis=0)
        return _worths(gains)

    def cells(self) -> int:
        return int((self.open * self.copies).sum())

    # Solving

    def solve(self):
        while True:
            taken, idle = self._match()
            broken = self._broken(taken)
            if broken:
                self.active += broken
                self._number()
                continue
            worth = _worths(self._gains(taken, idle))
            if not self._grow(taken, worth):
                return self._choice(taken), self._prices(worth)

    def _match(self):
        """(place per order or -1 for outside, place per idle row)."""
        starts = np.concatenate([[0], np.cumsum(self.sizes)])
        orders = len(self.costs)
        rows, columns, values = [], [], []
        for row in range(orders):
            stores = np.flatnonzero(self.open[row])
            places = self.place_of[self.products[row]][stores]
            sizes = self.sizes[places]
            own = np.repeat(starts[places] - np.cumsum(sizes) + sizes, sizes)
            own += np.arange(sizes.sum())
            rows.append(np.full(len(own) + 1, row))
            columns.append(np.append(own, starts[-1] + row))
            ways = np.repeat(self.costs[row, stores], sizes)
            values.append(np.append(ways, self.outside[row]))
        idle_rows = self._idle_rows()
        for number, places in enumerate(idle_rows):
            own = np.concatenate([np.arange(starts[p], starts[p + 1]) for p in places])
            rows.append(np.full(len(own), orders + number))
            columns.append(own)
            values.append(np.zeros(len(own)))
        cells = (np.concatenate(rows), np.concatenate(columns))
        shape = (orders + len(idle_rows), starts[-1] + orders)
        # a cell of 0 would be no cell
        graph = csr_array((np.concatenate(values) + 1, cells), shape)
        found, column = min_weight_full_bipartite_matching(graph.tocsr())
        places = np.searchsorted(starts, column, side="right") - 1
        places[column >= starts[-1]] = -1
        ordered = np.empty(len(places), dtype=int)
        ordered[found] = places
        return ordered[:orders], ordered[orders:]

    def _idle_rows(self):
        """Per idle row the places that it may use up."""
        stores = len(self.problem.nodes)
        by_store: dict = {}
        for number in self.idle:
            by_store.setdefault(self.active[number][0], []).append(stores + number)
        return [
            [store, *places]
            for store, places in sorted(by_store.items())
            for _idle in range(int(self.sizes[places].sum()))
        ]

    def _broken(self, taken) -> list:
        stores, used = len(self.problem.nodes), Counter()
        for row, place in enumerate(taken):
            if 0 <= place < stores:
                used[int(place), self.products[row]] += 1
        return [
            at
            for at in sorted(used, key=str)
            if at in self.shelves and used[at] > self.shelves[at]
        ]

    # Prices

    def _gains(self, taken, idle):
        """What moving its best order from one place (last: outside) to another saves."""
        number = len(self.sizes)
        gains = np.full((number + 1, number), -np.inf)
        costs = np.where(self.open, self.costs, np.inf)
        for row, place in enumerate(taken):
            saved = self._now(row, place) - costs[row]
            targets = self.place_of[self.products[row]]
            np.maximum.at(gains[place], targets, saved)
        stores = len(self.problem.nodes)
        for places, place in zip(self._idle_rows(), idle, strict=True):
            own = [other for other in places if other != place]
            gains[place, own] = np.maximum(gains[place, own], 0)
        gains[np.arange(number), np.arange(number)] = -np.inf
        gains[:, :stores][:, ~self.limited] = -np.inf
        return gains

    def _now(self, row, place):
        if place < 0:
            return self.outside[row]
        return self.costs[row, self._store(place)]

    def _store(self, place) -> int:
        stores = len(self.problem.nodes)
        return int(place) if place < stores else self.active[int(place) - stores][0]

    def _grow(self, taken, worth) -> bool:
        """Let in the stores left out that could improve the match; False: none could."""
        grown = False
        for row, place in enumerate(taken):
            pays = self._now(row, place) + (worth[place] if place >= 0 else 0)
            there = self.costs[row] + worth[self.place_of[self.products[row]]]
            better = (there < pays - 0.5) & ~self.open[row]
            if better.any():
                self.open[row] |= better
                grown = True
        return grown

    def _prices(self, worth) -> Prices:
        prices, stores = Prices(), len(self.problem.nodes)
        for store in np.flatnonzero(worth[:stores]):
            prices.slots[int(store)] = round(worth[store])
        for number, at in enumerate(self.active):
            above = round(worth[stores + number] - worth[at[0]])
            if above > 0:
                prices.stock[at] = Decimal(above) / self._size(at)
        return prices

    def _size(self, at):
        row = next(
            row
            for row, product in enumerate(self.products)
            if product == at[1] and at[0] in self.problem.demands[row].cost
        )
        return self.problem.demands[row].lines[0].quantity

    def _choice(self, taken):
        choice = []
        for row, demand in enumerate(self.problem.demands):
            place = taken[row]
            store = self._store(place) if place >= 0 else int(self.outside_store[row])
            lines = tuple(range(len(demand.lines)))
            choice.append([(store, lines)] if store >= 0 else [])
        return choice


def _assign(costs, outside, copies):
    """The store of each order, -1 for outside, by the dense method."""
    stores = np.repeat(np.arange(len(copies)), copies)
    width = max(len(stores), len(costs))
    matrix = np.repeat(outside[:, None], width, axis=1)
    np.minimum(costs[:, stores], matrix[:, : len(stores)], out=matrix[:, : len(stores)])
    rows, columns = linear_sum_assignment(matrix)
    taken = np.full(len(costs), -1)
    inside = matrix[rows, columns] < outside[rows]
    taken[rows[inside]] = stores[columns[inside]]
    return taken


def _worths(gains):
    """What one more unit of each place is worth: the best chain of moves into it.

    These are the lowest prices that prove the optimum: what is won by one more, not
    what one less would cost."""
    number = gains.shape[1]
    worth = np.zeros(number)
    for _round in range(number + 1):
        after = np.append(worth, 0.0)
        better = np.maximum(0, (gains + after[:, None]).max(axis=0, initial=-np.inf))
        if (better == worth).all():
            return worth
        worth = better
    raise ArithmeticError("the match is not the best one")
