"""What would have happened without a plan: first come, first served by the nearest.

Each order in its turn takes the nearest store that can still serve all of it; when none
can and it may be divided, again and again the store that serves most of what is left.
"""

from __future__ import annotations

from .assign_bound import check
from .assign_problem import Problem


def first_come(problem: Problem, turns) -> list:
    """:param turns: the orders' keys in the sequence in which they came
    :return: a choice, see `assign_problem.cost_of`"""
    index = {demand.key: number for number, demand in enumerate(problem.demands)}
    room, stock = dict(enumerate(problem.capacity)), dict(problem.stock)
    choice: list = [[] for _demand in problem.demands]
    for key in turns:
        demand = problem.demands[index[key]]
        left = set(range(len(demand.lines)))
        while left:
            store, lines = _next(problem, demand, left, room, stock)
            if not lines or (demand.whole and len(lines) < len(left)):
                break
            choice[index[key]].append((store, lines))
            left -= set(lines)
            _take(demand, store, lines, room, stock)
    check(problem, choice)
    return choice


def _next(problem, demand, left, room, stock):
    """The store that serves most of what is left, the nearest of those."""
    best = (0, float("inf"), "", -1, ())
    for store, served in demand.serves.items():
        if room[store] is not None and room[store] <= 0:
            continue
        lines = _fitting(
            demand, store, [line for line in served if line in left], stock
        )
        distance = demand.distance[store]
        way = float("inf") if distance is None else distance
        rank = (-len(lines), way, problem.nodes[store].code, store, lines)
        if lines and rank[:4] < best[:4]:
            best = rank
    return best[3], best[4]


def _fitting(demand, store, lines, stock):
    """The lines that its stock holds together, in their sequence."""
    held, fitting = {}, []
    for line in lines:
        at = (store, demand.lines[line].product)
        if at in stock:
            rest = held.get(at, stock[at]) - demand.lines[line].quantity
            if rest < 0:
                continue
            held[at] = rest
        fitting.append(line)
    return tuple(fitting)


def _take(demand, store, lines, room, stock) -> None:
    if room[store] is not None:
        room[store] -= 1
    for line in lines:
        at = (store, demand.lines[line].product)
        if at in stock:
            stock[at] -= demand.lines[line].quantity
