"""The proof of a plan: prices that no plan can undercut.

With a price on each scarce thing (a slot, a unit of stock, an order over a share) each
order may choose for itself; what it then pays at least, less the worth of all there is
to sell, is below the objective of every plan (weak duality). Whole numbers throughout.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from .assign_problem import Problem, cost_of

MAX_SUBSETS = 6  # lines up to which all divisions of an order are looked at


@dataclass
class Prices:
    """In metres: of a slot per store, of a unit per (store, product), and per share what
    a leg costs there (above 0: a quota) or earns (below 0: a floor)."""

    slots: dict[int, int] = field(default_factory=dict)
    stock: dict[tuple[int, Hashable], Decimal] = field(default_factory=dict)
    shares: dict[int, int] = field(default_factory=dict)


def certify(problem: Problem, choice, prices: Prices, known) -> int:
    """The best lower bound at hand: by the prices, or ``known`` from the solver."""
    check(problem, choice)
    own = lower_bound(problem, _sane(problem, prices))
    best = own if known is None else max(own, known)
    # no plan is better than the one we hold; rounding may say otherwise
    return min(best, cost_of(problem, choice))


def _sane(problem: Problem, prices: Prices) -> Prices:
    """Prices within the limits between which they prove something."""

    def share_price(index, price):
        share = problem.shares[index]
        highest = problem.share if share.quota is not None else 0
        return max(-problem.share if share.floor else 0, min(highest, price))

    return Prices(
        {
            store: max(0, price)
            for store, price in prices.slots.items()
            if problem.capacity[store] is not None
        },
        {
            at: max(0, price)
            for at, price in prices.stock.items()
            if at in problem.stock
        },
        {index: share_price(index, price) for index, price in prices.shares.items()},
    )


def check(problem: Problem, choice) -> None:
    """Refuse a plan that uses a slot or a unit that is not there."""
    used: dict = {}
    for demand, legs in zip(problem.demands, choice, strict=True):
        seen: set = set()
        for store, lines in legs:
            if seen & set(lines) or not set(lines) <= set(demand.serves[store]):
                raise AssertionError(f"order {demand.key!r}: lines served wrongly")
            seen.update(lines)
            for line in lines:
                at = (store, demand.lines[line].product)
                used[at] = used.get(at, 0) + demand.lines[line].quantity
    for at, number in used.items():
        if number > problem.nodes[at[0]].available[at[1]]:
            raise AssertionError(f"stock of {at!r} is used twice")
    for store, number in problem.legs_of(choice).items():
        limit = problem.capacity[store]
        if limit is not None and number > limit:
            raise AssertionError(f"store {store} has too many orders")


def lower_bound(problem: Problem, prices: Prices) -> int:
    """What no plan can undercut; rounded up, for objectives are whole numbers."""
    total = Decimal(0)
    for demand in problem.demands:
        total += cheapest(problem, demand, prices)[0]
    for store, price in prices.slots.items():
        if problem.capacity[store] is not None:
            total -= price * problem.capacity[store]
    for at, price in prices.stock.items():
        total -= price * problem.stock[at]
    for index, price in prices.shares.items():
        share = problem.shares[index]
        # within its own price an order beyond the share costs no more than that
        if price > 0:
            total -= price * share.quota
        else:
            total += -price * share.floor
    return ceil(total)


def leg_price(problem: Problem, demand, store: int, prices: Prices):
    cost = demand.cost[store] + prices.slots.get(store, 0)
    if prices.shares:
        cost += sum(prices.shares.get(g, 0) for g in problem.shares_of(store))
    return cost


def line_price(demand, store: int, line: int, prices: Prices):
    product, quantity = demand.lines[line].product, demand.lines[line].quantity
    price = prices.stock.get((store, product), 0)
    return price * quantity if price else 0


def cheapest(problem: Problem, demand, prices: Prices):
    """What the order pays at least at these prices, and legs that cost it.

    For an order of more than MAX_SUBSETS lines the figure is a bound only."""
    every = tuple(range(len(demand.lines)))
    alone = problem.unassigned * len(every)
    if len(every) == 1 and not prices.shares:
        return _single(demand, prices, alone)
    if demand.whole:
        best, legs = alone, []
        for store in demand.cost:
            cost = leg_price(problem, demand, store, prices)
            cost += sum(line_price(demand, store, line, prices) for line in every)
            if cost < best:
                best, legs = cost, [(store, every)]
        return best, legs
    if len(every) > MAX_SUBSETS:
        return _loosely(problem, demand, prices)
    return _divided(problem, demand, prices)


def _single(demand, prices, alone):
    """The same for one line, which most orders have: a tight loop."""
    best, legs = alone, []
    slots, stock = prices.slots, prices.stock
    product, quantity = demand.lines[0].product, demand.lines[0].quantity
    for store, cost in demand.cost.items():
        if cost < best:
            cost += slots.get(store, 0)
            if stock and (price := stock.get((store, product))):
                cost += price * quantity
            if cost < best:
                best, legs = cost, [(store, (0,))]
    return best, legs


def _divided(problem, demand, prices):
    """Every division of a few lines, by subsets of them."""
    best = _best_per_subset(problem, demand, prices)
    number = len(demand.lines)
    # per set of lines: cost, legs so far
    state = [(0, [])] + [(None, [])] * (2**number - 1)
    for lines in range(1, 2**number):
        first = lines & -lines
        cost, legs = state[lines ^ first]
        options = [(cost + problem.unassigned, legs)]
        subset = lines
        while subset:
            if subset & first and subset in best:
                rest = lines ^ subset
                price, store = best[subset]
                alone = problem.unassigned * rest.bit_count() + price
                options.append((alone, [(store, subset)]))
                cost, legs = state[rest]
                if legs:
                    cost += price + problem.split
                    options.append((cost, [*legs, (store, subset)]))
            subset = (subset - 1) & lines
        state[lines] = min(options, key=lambda option: option[0])
    cost, legs = state[-1]
    return cost, [(store, _members(subset, number)) for store, subset in legs]


def _members(subset, number):
    return tuple(line for line in range(number) if subset >> line & 1)


def _best_per_subset(problem, demand, prices):
    """{set of lines: (cheapest price of one leg with them, its store)}."""
    best: dict = {}
    for store, served in demand.serves.items():
        base = leg_price(problem, demand, store, prices)
        sums = {0: base}
        for line in served:
            price = line_price(demand, store, line, prices)
            sums.update({s | 1 << line: cost + price for s, cost in sums.items()})
        for subset, cost in sums.items():
            if subset and (subset not in best or cost < best[subset][0]):
                best[subset] = (cost, store)
    return best


def _loosely(problem, demand, prices):
    """Each line pays its part of a leg that serves all of them: never too much."""
    number, total, legs = len(demand.lines), Decimal(0), {}
    for line in range(number):
        best, chosen = Decimal(problem.unassigned), None
        for store, served in demand.serves.items():
            if line in served:
                cost = Decimal(leg_price(problem, demand, store, prices)) / number
                cost += line_price(demand, store, line, prices)
                if cost < best:
                    best, chosen = cost, store
        total += best
        if chosen is not None:
            legs.setdefault(chosen, []).append(line)
    return total, [(store, tuple(lines)) for store, lines in legs.items()]
