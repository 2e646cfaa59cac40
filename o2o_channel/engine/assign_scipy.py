"""The solver of the optional extra: SciPy's assignment and HiGHS.

1. Orders that one store takes whole are matched to copies of the stores' slots
   (`linear_sum_assignment`, a shortest augmenting path method). When the match keeps to
   the stock as well, it is the optimum, by far the fastest way to it (measured).
2. Otherwise a linear program over few stores per order, those that the prices of step 1
   make attractive, into which columns come until none of those left out could improve
   it: the optimum over all stores. Its corners are whole for single-line orders of
   equal quantity.
3. What is fractional then goes to branch and bound over the columns that can be part of
   a better plan than the one at hand (reduced cost fixing), so its bound holds for all.
"""

from __future__ import annotations

from collections import Counter
from math import ceil, floor

import numpy as np
from scipy.optimize import linear_sum_assignment

from .assign_bound import Prices, lower_bound
from .assign_lp import Program
from .assign_problem import METRES, Problem, cost_of
from .assign_pure import _repair

NAME = "SciPy (HiGHS)"
FEW = 20  # stores per order at the start of the linear program
MOST_CELLS = 40_000_000  # of the assignment's matrix: 320 MB
NODE_LIMIT = (
    2000  # of branch and bound; not a time, so that the plan is the same anywhere
)
TOLERANCE = 1e-6


def solve(problem: Problem):
    """:return: (choice, prices, a lower bound or None when the prices say it all)"""
    match = _match(problem)
    if match is not None:
        choice, prices = match
        plain = all(demand.whole for demand in problem.demands) and not problem.shares
        if plain and _keeps_stock(problem, choice):
            return choice, prices, None
    return _solve_program(problem, match[1] if match else Prices())


# The assignment on copies of slots


def _costs(problem: Problem) -> np.ndarray:
    """Orders x stores in metres; infinite where there is no arc."""
    costs = np.full((len(problem.demands), len(problem.nodes)), np.inf)
    for row, demand in enumerate(problem.demands):
        if demand.cost:
            costs[row, list(demand.cost)] = list(demand.cost.values())
    return costs


def _match(problem: Problem):
    """(choice, prices) when stock and shares are no matter; None if it is too large."""
    if not problem.demands or not problem.nodes:
        return [[] for _demand in problem.demands], Prices()
    costs = _costs(problem)
    limited = np.array([limit is not None for limit in problem.capacity])
    nobody = np.array(
        [float(problem.unassigned * len(demand.lines)) for demand in problem.demands]
    )
    free = np.where(limited, np.inf, costs)
    outside = np.minimum(nobody, free.min(axis=1))
    costs = np.where(limited, costs, np.inf)
    copies = np.minimum(
        [limit or 0 for limit in problem.capacity], np.isfinite(costs).sum(axis=0)
    ).astype(int)
    columns = max(copies.sum(), len(costs))
    if columns * len(costs) > MOST_CELLS:
        return None
    # taking the way outside by a slot costs the same: one is always left for it
    stores = np.repeat(np.arange(len(copies)), copies)
    matrix = np.repeat(outside[:, None], columns, axis=1)
    np.minimum(costs[:, stores], matrix[:, : len(stores)], out=matrix[:, : len(stores)])
    rows, taken = linear_sum_assignment(matrix)
    chosen = np.full(len(costs), -1)
    inside = matrix[rows, taken] < outside[rows]
    chosen[rows[inside]] = stores[taken[inside]]
    prices = _slot_prices(costs, outside, chosen, copies)
    return _as_choice(problem, chosen, free, nobody), prices


def _as_choice(problem, chosen, free, nobody):
    choice = []
    for row, demand in enumerate(problem.demands):
        store = int(chosen[row])
        if store < 0 and free[row].min() < nobody[row]:
            store = int(free[row].argmin())
        lines = tuple(range(len(demand.lines)))
        choice.append([(store, lines)] if store >= 0 else [])
    return choice


def _slot_prices(costs, outside, chosen, copies) -> Prices:
    """What one more slot saves: the best chain of moves into it, store by store.

    The lowest prices that prove the optimum: they say what is won by a slot more."""
    stores = costs.shape[1]
    # moving the best order of store t (the last row: from outside) to store s
    gains = np.full((stores + 1, stores), -np.inf)
    for store in range(stores):
        rows = chosen == store
        if rows.any():
            gains[store] = (costs[rows, store][:, None] - costs[rows]).max(axis=0)
    rows = chosen < 0
    if rows.any():
        gains[stores] = (outside[rows][:, None] - costs[rows]).max(axis=0)
    worth = np.zeros(stores)
    for _round in range(stores + 1):
        after = np.append(worth, 0.0)
        better = np.maximum(0, (gains + after[:, None]).max(axis=0))
        if (better == worth).all():
            break
        worth = better
    return Prices({store: round(price) for store, price in enumerate(worth) if price})


def _keeps_stock(problem, choice) -> bool:
    used: Counter = Counter()
    for demand, legs in zip(problem.demands, choice, strict=True):
        for store, lines in legs:
            for line in lines:
                used[store, demand.lines[line].product] += demand.lines[line].quantity
    return all(used[at] <= stock for at, stock in problem.stock.items())


# The linear program


def _solve_program(problem: Problem, seed: Prices):
    program = Program(problem)
    for index, demand in enumerate(problem.demands):
        order = sorted(
            demand.cost, key=lambda s: (demand.cost[s] + seed.slots.get(s, 0), s)
        )
        program.add(index, order[:FEW])
    while True:
        result = program.solve()
        reduced = program.price(result)
        missing = [
            (index, store)
            for index, costs in enumerate(reduced)
            for store, cost in _best(costs)
            if cost < -TOLERANCE and not program.has(index, store)
        ]
        if not missing:
            break
        for index, store in missing:
            program.add(index, [store])
    prices = _lowest_prices(problem, program, program.prices(result))
    known = ceil(floor(result.objective * METRES * 100) / 100 - 0.05)
    choice = program.whole_choice(result)
    if choice is None:
        choice, known = _branch(problem, program, prices, reduced, known)
    return choice, prices, known


def _best(costs, number=FEW):
    """The stores with the lowest reduced costs of one order."""
    return sorted(costs.items(), key=lambda pair: (pair[1], pair[0]))[:number]


def _lowest_prices(problem, program: Program, prices: Prices) -> Prices:
    """Prices of a slot more rather than of one less, when they prove as much."""
    upward = program.prices(program.solve(more=1e-3))
    if lower_bound(problem, upward) >= lower_bound(problem, prices):
        return upward
    return prices


def _branch(problem, program: Program, prices, reduced, bound):
    """The best whole plan and a bound for all plans."""
    best = _repair(problem, prices)
    room = (cost_of(problem, best) - bound) / METRES + TOLERANCE
    for index, costs in enumerate(reduced):
        program.keep(index, [store for store, cost in costs.items() if cost <= room])
    found, proved = program.solve_whole(NODE_LIMIT)
    if found is not None and cost_of(problem, found) < cost_of(problem, best):
        best = found
    if proved is not None:
        bound = max(bound, ceil(proved * METRES - 0.5))
    return best, bound
