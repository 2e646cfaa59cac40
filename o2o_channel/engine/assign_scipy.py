"""The solver of the optional extra: SciPy's assignment and HiGHS.

1. Orders that one store takes whole, of equal quantity per product, are matched to
   copies of the stores' slots and shelves (`assign_match`): by far the fastest way to
   their optimum (measured), and to its prices.
2. Otherwise a linear program over few stores per order, into which columns come until
   none of those left out could improve it: the optimum over all stores.
3. What is fractional then goes to branch and bound over the columns that can be part of
   a better plan than the one at hand (reduced cost fixing), so its bound holds for all.
"""

from __future__ import annotations

from math import ceil, floor

from .assign_bound import Prices, lower_bound
from .assign_lp import Program
from .assign_match import match
from .assign_problem import METRES, Problem, cost_of
from .assign_pure import _repair

NAME = "SciPy (HiGHS)"
FEW = 20  # stores per order at the start of the linear program
NODE_LIMIT = (
    2000  # of branch and bound; not a time, so that the plan is the same anywhere
)
TOLERANCE = 1e-6


def solve(problem: Problem):
    """:return: (choice, prices, a lower bound or None when the prices say it all)"""
    if not problem.demands or not problem.nodes:
        return [[] for _demand in problem.demands], Prices(), None
    found = match(problem)
    if found is not None:
        return (*found, None)
    return _solve_program(problem)


# The linear program


def _solve_program(problem: Problem):
    program = Program(problem)
    for index, demand in enumerate(problem.demands):
        nearest = sorted(demand.cost, key=lambda store: (demand.cost[store], store))
        program.add(index, nearest[:FEW])
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
