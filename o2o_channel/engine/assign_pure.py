"""The fallback without a solver: pure Python, and it says so.

Orders that one store takes whole and that share stock in equal pieces are a flow
(order -> shelf -> store -> share -> end): solved to the optimum. Others get Lagrangian
prices by a subgradient method, a plan repaired from them, and an honest gap.
"""

from __future__ import annotations

from decimal import Decimal

from .assign_bound import Prices, cheapest, lower_bound
from .assign_problem import Problem, cost_of
from .flow import Network

NAME = "Pure Python (fallback)"
ROUNDS = 80  # of the subgradient method
END, NOBODY = "end", "nobody"


def solve(problem: Problem):
    """:return: (choice, prices, a lower bound or None when the prices say it all)"""
    shelves = flow_shelves(problem)
    if shelves is not None:
        return (*_solve_flow(problem, shelves), None)
    return _solve_lagrange(problem)


def flow_shelves(problem: Problem) -> dict | None:
    """{(store, product): how many orders it can serve}, or None if that is no flow."""
    quantities: dict = {}
    for demand in problem.demands:
        if not demand.whole:
            return None
        if not problem.stock:
            continue
        scarce = {at for at in _places(demand) if at in problem.stock}
        if scarce and len(demand.lines) > 1:
            return None
        for at in scarce:
            quantities.setdefault(at, set()).add(demand.lines[0].quantity)
    if any(len(sizes) > 1 for sizes in quantities.values()):
        return None
    return {at: int(problem.stock[at] // size) for at, (size,) in quantities.items()}


def _places(demand):
    for store in demand.cost:
        for line in demand.lines:
            yield store, line.product


# The flow


def _solve_flow(problem: Problem, shelves):
    network, arcs = _network(problem, shelves), {}
    for index, demand in enumerate(problem.demands):
        name = ("order", index)
        for store, cost in demand.cost.items():
            place = (store, demand.lines[0].product)
            head = ("shelf", place) if place in shelves else ("store", store)
            arcs[network.arc(name, head, cost)] = (index, store)
        network.arc(name, NOBODY, problem.unassigned * len(demand.lines))
        # a node made after others: no way out of it may be negative
        network.send(name, END, 1)
    choice = [[] for _demand in problem.demands]
    for arc, (index, store) in arcs.items():
        if network.flow(arc):
            every = tuple(range(len(problem.demands[index].lines)))
            choice[index].append((store, every))
    return choice, _flow_prices(problem, network, shelves)


def _network(problem: Problem, shelves) -> Network:
    """Shelves, stores and shares, without orders. Every order's one unit reaches the
    end, so a constant on each way there changes nothing: no cost is negative."""
    network = Network()
    network.arc(NOBODY, END, problem.share)
    for place, number in shelves.items():
        network.arc(("shelf", place), ("store", place[0]), 0, number)
    for store, capacity in enumerate(problem.capacity):
        groups = problem.shares_of(store)
        if len(groups) > 1:
            raise ValueError("a store may be in one share only")
        head = ("share", groups[0]) if groups else END
        cost = 0 if groups else problem.share
        network.arc(("store", store), head, cost, capacity)
    for index, share in enumerate(problem.shares):
        name, quota = ("share", index), share.quota
        network.arc(name, END, 0, share.floor)
        middle = None if quota is None else max(0, quota - share.floor)
        network.arc(name, END, problem.share, middle)
        if quota is not None:
            network.arc(name, END, 2 * problem.share)
    return network


def _flow_prices(problem: Problem, network: Network, shelves) -> Prices:
    """What one more slot is worth: the cheapest way round through it, exactly.

    Of all prices that prove the optimum these are the lowest: one more slot saves that
    much, not only one less costs it."""
    prices = Prices()
    from_end = network.distances_from(END)
    for index, share in enumerate(problem.shares):
        # a share that no order can reach is short of its whole floor
        unreached = 0 if share.floor else -problem.share
        leg = -from_end.get(("share", index), unreached)
        # what a leg costs there beyond what it costs elsewhere
        prices.shares[index] = leg - problem.share
    for store, capacity in enumerate(problem.capacity):
        way = from_end.get(("store", store))
        if way is not None and capacity is not None:
            groups = problem.shares_of(store)
            after = -from_end[("share", groups[0])] if groups else problem.share
            prices.slots[store] = max(0, -way - after)
    for store, product in shelves:
        way = from_end.get(("shelf", (store, product)))
        if way is not None:
            # a shelf serves through its store: what it is worth there
            price = from_end.get(("store", store), way) - way
            size = _size_at(problem, store, product)
            prices.stock[store, product] = Decimal(max(0, price)) / size
    return prices


def _size_at(problem, store, product):
    for demand in problem.demands:
        if store in demand.cost and demand.lines[0].product == product:
            return demand.lines[0].quantity
    return Decimal(1)


# The rest


def _solve_lagrange(problem: Problem):
    prices = Prices({}, {}, {})
    best_bound, best_prices = lower_bound(problem, prices), prices
    best = _repair(problem, prices)
    step = Decimal(1)
    for round_ in range(ROUNDS):
        picks = [cheapest(problem, demand, prices)[1] for demand in problem.demands]
        slopes = _slopes(problem, picks)
        length = sum(slope * slope for slope in slopes.values())
        if not length:
            break
        way = max(1, cost_of(problem, best) - best_bound) * step
        prices = _moved(problem, prices, slopes, way / Decimal(length))
        bound = lower_bound(problem, prices)
        if bound > best_bound:
            best_bound, best_prices = bound, prices
        else:
            step *= Decimal("0.93")
        if round_ % 4 == 0:
            found = _repair(problem, prices)
            if cost_of(problem, found) < cost_of(problem, best):
                best = found
        if cost_of(problem, best) <= best_bound:
            break
    return best, best_prices, best_bound


def _slopes(problem: Problem, picks) -> dict:
    """How far the orders' own picks go over each limit (below 0: stay under)."""
    slopes: dict = {}
    for store, capacity in enumerate(problem.capacity):
        if capacity is not None:
            slopes["slot", store] = Decimal(-capacity)
    for at, stock in problem.stock.items():
        slopes["stock", at] = -stock
    for demand, legs in zip(problem.demands, picks, strict=True):
        for store, lines in legs:
            if ("slot", store) in slopes:
                slopes["slot", store] += 1
            for line in lines:
                at = ("stock", (store, demand.lines[line].product))
                if at in slopes:
                    slopes[at] += demand.lines[line].quantity
    return slopes


def _moved(problem, prices: Prices, slopes, pace) -> Prices:
    """Prices up where too much is asked for, down to 0 where it is too little."""
    slots, stock = dict(prices.slots), dict(prices.stock)
    for (kind, at), slope in slopes.items():
        held = slots if kind == "slot" else stock
        price = max(0, int(held.get(at, 0) + pace * slope))
        if price:
            held[at] = price
        else:
            held.pop(at, None)
    return Prices(slots, stock, prices.shares)


def _repair(problem: Problem, prices: Prices):
    """A plan that keeps all limits: orders one by one, at these prices, those first
    that lose most when their best store is gone."""
    room = dict(enumerate(problem.capacity))
    stock = dict(problem.stock)
    order = sorted(
        range(len(problem.demands)),
        key=lambda index: (-_regret(problem, problem.demands[index], prices), index),
    )
    choice = [[] for _demand in problem.demands]
    for index in order:
        demand = problem.demands[index]
        open_ = _still_open(demand, room, stock)
        choice[index] = _fitting(problem, demand, prices, open_, stock)
        for store, lines in choice[index]:
            if room[store] is not None:
                room[store] -= 1
            for line in lines:
                at = (store, demand.lines[line].product)
                if at in stock:
                    stock[at] -= demand.lines[line].quantity
    return choice


def _regret(problem, demand, prices):
    costs = sorted(cost + prices.slots.get(s, 0) for s, cost in demand.cost.items())
    if not costs:
        return 0
    second = costs[1] if len(costs) > 1 else problem.unassigned
    return second - costs[0]


def _still_open(demand, room, stock):
    """The demand with the stores and lines that are left for it."""
    left = {}
    for store, lines in demand.serves.items():
        if room[store] is not None and room[store] <= 0:
            continue
        fits = tuple(line for line in lines if _fits(demand, store, line, stock))
        if fits and (not demand.whole or len(fits) == len(demand.lines)):
            left[store] = fits
    return left


def _fits(demand, store, line, stock):
    at = (store, demand.lines[line].product)
    return at not in stock or stock[at] >= demand.lines[line].quantity


def _fitting(problem, demand, prices, open_, stock):
    """Its cheapest legs among what is left; lines of one product may not fit together."""
    view = type(demand)(
        demand.key,
        demand.lines,
        demand.whole,
        {store: demand.cost[store] for store in open_},
        open_,
    )
    legs, left, kept = cheapest(problem, view, prices)[1], dict(stock), []
    for store, lines in legs:
        taken = []
        for line in lines:
            if _fits(demand, store, line, left):
                at = (store, demand.lines[line].product)
                if at in left:
                    left[at] -= demand.lines[line].quantity
                taken.append(line)
        if taken and (not demand.whole or len(taken) == len(demand.lines)):
            kept.append((store, tuple(taken)))
    return kept
