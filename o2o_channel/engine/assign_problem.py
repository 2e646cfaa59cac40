"""What there is to decide, in whole numbers: the arcs, limits and costs of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .geo import Compass
from .routing import REASONS, Line, Node, Order, Rule, _failures

METRES = 1000  # of a kilometre; costs are whole numbers of them


@dataclass
class Demand:
    """An order: ``cost`` of a leg at each store that may serve any of it; ``serves``:
    which lines there (indexes). ``whole``: one store must take all of it."""

    key: Hashable
    lines: tuple[Line, ...]
    whole: bool
    cost: dict[int, int] = field(default_factory=dict)
    serves: dict[int, tuple[int, ...]] = field(default_factory=dict)
    distance: dict[int, float | None] = field(default_factory=dict)
    reason: str = "taken"


@dataclass
class Problem:
    """``capacity`` per store (None: no limit); ``stock`` only where demand can exceed
    it, by (store, product); ``unassigned`` is the price of a line, ``split`` of a leg
    after an order's first, ``share`` of an order beyond a share's limit."""

    nodes: list[Node]
    demands: list[Demand]
    capacity: list[int | None]
    stock: dict[tuple[int, Hashable], Decimal]
    shares: list
    share_stores: list[frozenset[int]]
    unassigned: int
    split: int
    share: int

    def shares_of(self, store: int) -> list[int]:
        return [g for g, stores in enumerate(self.share_stores) if store in stores]

    def legs_of(self, choice) -> Counter:
        return Counter(store for legs in choice for store, _lines in legs)

    def excess_of(self, choice) -> Mapping[Hashable, int]:
        """Legs over the quota (above 0) or short of the floor (below 0) per share."""
        legs = self.legs_of(choice)
        found = {}
        for share, stores in zip(self.shares, self.share_stores, strict=True):
            number = sum(legs[store] for store in stores)
            over = max(0, number - share.quota) if share.quota is not None else 0
            short = max(0, share.floor - number)
            if over or short:
                found[share.key] = over or -short
        return found


def cost_of(problem: Problem, choice) -> int:
    """The objective of a choice: per demand a list of (store, lines)."""
    total = 0
    for demand, legs in zip(problem.demands, choice, strict=True):
        covered = sum(len(lines) for _store, lines in legs)
        total += problem.unassigned * (len(demand.lines) - covered)
        total += problem.split * max(0, len(legs) - 1)
        total += sum(demand.cost[store] for store, _lines in legs)
    return total + problem.share * sum(
        abs(number) for number in problem.excess_of(choice).values()
    )


def build(orders, nodes, rule: Rule, shares, weights) -> Problem:
    """Compile value objects; refuse what has the same key twice."""
    nodes = sorted(nodes, key=lambda node: (node.code, str(node.key)))
    if len({node.key for node in nodes}) != len(nodes):
        raise ValueError("two nodes have the same key")
    if len({order.key for order in orders}) != len(orders):
        raise ValueError("two orders have the same key")
    judge = _Judge(nodes, weights)
    demands = [judge.demand(waiting, waiting.rule or rule) for waiting in orders]
    demands.sort(key=_sort_key)
    index = {node.key: store for store, node in enumerate(nodes)}
    shares = sorted(shares, key=lambda share: str(share.key))
    return Problem(
        nodes=nodes,
        demands=demands,
        capacity=[_capacity(node) for node in nodes],
        stock=_scarce_stock(nodes, demands),
        shares=shares,
        share_stores=[
            frozenset(index[key] for key in share.nodes if key in index)
            for share in shares
        ],
        unassigned=_metres(weights.unassigned),
        split=_metres(weights.split),
        share=_metres(weights.share),
    )


def _sort_key(demand):
    """By content first, so that orders without a key of their own can't swap places."""
    lines = [(str(line.product), line.quantity, str(line.key)) for line in demand.lines]
    return (lines, sorted(demand.cost.items()), str(demand.key))


def _metres(km) -> int:
    return int(round(Decimal(str(km)) * METRES))


def _capacity(node: Node) -> int | None:
    if node.max_orders is None:
        return None
    return max(0, node.max_orders - node.orders_today)


def _scarce_stock(nodes, demands) -> dict:
    """Stock that the orders could use up: the rest is no limit."""
    wanted: Counter = Counter()
    for demand in demands:
        for store, lines in demand.serves.items():
            for line in lines:
                wanted[store, demand.lines[line].product] += demand.lines[line].quantity
    return {
        (store, product): nodes[store].available[product]
        for (store, product), quantity in wanted.items()
        if nodes[store].available[product] < quantity
    }


class _Judge:
    """Puts the filters of the single routing to orders, one store at a time.

    All filters but distance and stock depend on few things of an order only: their
    verdicts are kept per kind of order."""

    def __init__(self, nodes, weights):
        self.nodes = nodes
        self.weights = weights
        self.verdicts: dict = {}
        self.fixed = [_metres(self._fixed_cost(node)) for node in nodes]
        self.unknown, self.duty = _metres(weights.unknown), _metres(weights.duty)
        self.compass = Compass([node.place for node in nodes])
        self.holders: dict = {}

    def demand(self, waiting, rule: Rule) -> Demand:
        order = waiting.order
        if not order.lines:
            raise ValueError("an order without lines can't be routed")
        if len({line.key for line in order.lines}) != len(order.lines):
            raise ValueError("two lines have the same key")
        divide = rule.divide if order.pickup_node is None else rule.partial_pickup
        whole = len(order.lines) == 1 or not divide
        demand = Demand(waiting.key, order.lines, whole)
        reasons: Counter = Counter()
        ways = self.compass.distances_km(order.place)
        served = self._served_by(order, whole)
        for store, verdict in enumerate(self._verdicts(waiting, rule)):
            if isinstance(verdict, str):
                reasons[verdict] += 1
                continue
            lines = served(store, verdict)
            distance = ways[store]
            reason = _too_far(order, rule, distance) or (None if lines else "no_stock")
            if reason:
                reasons[reason] += 1
            else:
                demand.serves[store] = lines
                demand.distance[store] = distance
                demand.cost[store] = self._cost(store, distance, waiting)
        if not demand.cost:
            # of equals the one that came nearest to serving it
            tests = list(REASONS)
            demand.reason = max(
                reasons, key=lambda r: (reasons[r], tests.index(r)), default="none"
            )
        return demand

    def _verdicts(self, waiting, rule) -> list:
        """Per store the categories it may serve, or the reason why none."""
        order = waiting.order
        categories = frozenset(line.category for line in order.lines)
        kind = (
            order.pickup_node,
            order.services,
            categories,
            None if waiting.areas is None else id(waiting.areas),
            waiting.rejected,
            waiting.below_guarantee,
            id(rule),
        )
        if kind not in self.verdicts:
            found = [
                self._verdict(self._as_seen(node, waiting), order, rule, categories)
                for node in self.nodes
            ]
            # what is kept by id has to live on
            self.verdicts[kind] = (found, waiting.areas, rule)
        return self.verdicts[kind][0]

    def _as_seen(self, node: Node, waiting) -> Node:
        """The node with what holds for this order only."""
        changes: dict = {}
        if node.key in waiting.rejected:
            changes["rejected"] = True
        if node.key in waiting.below_guarantee:
            changes["below_guarantee"] = True
        if waiting.areas is not None:
            area = waiting.areas.get(node.key)
            changes.update(
                covers_region=area.covers_region if area else False,
                categories=area.categories if area else frozenset(),
                claims=area.claims if area else None,
                services=area.services if area else frozenset(),
            )
        return replace(node, **changes) if changes else node

    def _verdict(self, node, order: Order, rule: Rule, categories):
        """Distance is left to the order: here every store is at the door."""
        open_ones, reason = set(), None
        allowed = {"not_covered"} if rule.cross_region else set()
        for category in sorted(categories, key=str):
            failures = _failures(node, order, rule, 0.0, frozenset({category}))
            barrier = next((one for one in failures if one not in allowed), None)
            if barrier is None:
                open_ones.add(category)
            reason = reason or barrier
        return frozenset(open_ones) if open_ones else reason

    def _served_by(self, order, whole):
        """A function from a store and its categories to the lines it can serve."""
        if len(order.lines) > 1:
            return lambda store, categories: self._servable(
                order, self.nodes[store], categories, whole
            )
        wanted = (order.lines[0].product, order.lines[0].quantity)
        if wanted not in self.holders:
            product, quantity = wanted
            # what one line needs is the same for many orders
            self.holders[wanted] = [
                (0,) if node.available.get(product, 0) >= quantity else ()
                for node in self.nodes
            ]
        holders = self.holders[wanted]
        return lambda store, _categories: holders[store]

    def _servable(self, order, node, categories, whole) -> tuple[int, ...]:
        """Indexes of the lines that the node has in stock; all or none if ``whole``."""
        found = tuple(
            index
            for index, line in enumerate(order.lines)
            if line.category in categories
            and node.available.get(line.product, 0) >= line.quantity
        )
        if not whole:
            return found
        if len(found) < len(order.lines):
            return ()
        needed: Counter = Counter()
        for line in order.lines:
            needed[line.product] += line.quantity
        fits = all(node.available[one] >= number for one, number in needed.items())
        return found if fits else ()

    def _fixed_cost(self, node: Node) -> Decimal:
        """What an offer to the store costs wherever the customer lives."""
        cost = (1 - node.trust) * self.weights.failure
        if node.max_orders:
            share = Decimal(node.orders_today) / node.max_orders
            cost += min(Decimal(1), share) * self.weights.load
        return cost

    def _cost(self, store, distance, waiting) -> int:
        way = self.unknown if distance is None else round(distance * METRES)
        node = self.nodes[store]
        area = node if waiting.areas is None else waiting.areas.get(node.key)
        duty = 0 if area is not None and area.covers_region else self.duty
        return way + self.fixed[store] + duty


def _too_far(order, rule, distance) -> str | None:
    limit = rule.max_distance_km
    if limit is None or order.pickup_node is not None:
        return None
    if distance is None:
        return "unknown_distance"
    return "too_far" if Decimal(str(distance)) > limit else None
