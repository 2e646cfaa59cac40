"""Many waiting orders assigned together, to the cheapest plan there is.

``assign(orders, nodes, rule)`` is a pure function: the same input gives the same plan,
whatever the order of the input. A store that ``routing.rank`` would drop for an order
is no arc of it. The objective counts kilometre-equivalents (:class:`Weights`): for each
leg its distance, the store's load, the risk that it turns the order down, duty outside
of its own area, and a price for each leg beyond an order's first; for each line that
stays unassigned and each order beyond a dealer's share a price that outweighs distance.
Costs are whole numbers of a thousandth (a metre), so that figures are exact.

The plan carries its proof: prices of the stores' slots and stock give a lower bound
that no plan can undercut (weak duality, worked out in whole numbers apart from the
solver, see ``assign_bound``). Single-line orders of equal quantity always reach it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from . import assign_pure
from .assign_bound import Prices, certify
from .assign_first import first_come
from .assign_problem import METRES, build, cost_of
from .routing import DEFAULT_RULE, Node, Order, Part, Rule

try:
    from . import assign_scipy
except ImportError:  # the optional extra is not installed
    assign_scipy = None


@dataclass(frozen=True)
class Weights:
    """What one of each is worth, in kilometres of way.

    ``load``: of a full store, growing evenly from an idle one; ``failure``: of an offer
    that is turned down for sure, times (1 - trust); ``split``: each leg of an order after
    its first; ``duty``: service outside of the dealer's own area, where the rule allows
    it at all; ``unknown``: the way to or from a place without coordinates;
    ``unassigned``: a line that nobody gets, more than any way on Earth; ``share``: an
    order over a dealer's quota or short of its floor.
    """

    load: Decimal = Decimal(10)
    failure: Decimal = Decimal(30)
    split: Decimal = Decimal(25)
    duty: Decimal = Decimal(1000)
    unknown: Decimal = Decimal(100)
    unassigned: Decimal = Decimal(30000)
    share: Decimal = Decimal(3000)

    def __post_init__(self):
        for name, value in vars(self).items():
            if value < 0:
                raise ValueError(f"weight {name}: {value} is below 0")


@dataclass(frozen=True)
class Area:
    """What a node may serve in an order's region; see the same fields of ``Node``."""

    covers_region: bool = True
    categories: frozenset = frozenset()
    claims: frozenset | None = None
    services: frozenset = frozenset()


@dataclass(frozen=True)
class Waiting:
    """An order in the queue: ``order`` with what differs between orders.

    ``areas`` (by node key; None: as the nodes say), stores in ``rejected`` are not asked
    again, dealers of those in ``below_guarantee`` would earn too little, ``rule`` instead
    of the rule of the batch."""

    key: Hashable
    order: Order
    areas: Mapping[Hashable, Area] | None = None
    rejected: frozenset = frozenset()
    below_guarantee: frozenset = frozenset()
    rule: Rule | None = None


@dataclass(frozen=True)
class Share:
    """Of this batch the ``nodes`` of a dealer get ``floor`` legs at least and
    ``quota`` at most (None: no limit), as long as that leaves no line unassigned."""

    key: Hashable
    nodes: frozenset
    floor: int = 0
    quota: int | None = None


@dataclass(frozen=True)
class Assignment:
    """One leg. ``cost_km`` is its part of the objective, the price of splits apart."""

    order: Hashable
    node: Hashable
    parts: tuple[Part, ...]
    distance_km: float | None
    cost_km: Decimal


@dataclass(frozen=True)
class Unassigned:
    """A line that nobody gets. ``reason``: ``taken`` when stores could serve it, but
    their slots or stock serve others better; else the reason that most stores have."""

    order: Hashable
    line: Hashable
    reason: str


@dataclass(frozen=True)
class ShadowPrice:
    """What one more slot of a store is worth, or one more unit of ``product`` there."""

    node: Hashable
    product: Hashable | None
    km: Decimal


@dataclass(frozen=True)
class Plan:
    """``objective`` and ``lower_bound`` in km-equivalents; ``solver`` names who found it;
    ``is_fallback``: without the optional solver."""

    assignments: tuple[Assignment, ...]
    unassigned: tuple[Unassigned, ...]
    objective: Decimal
    lower_bound: Decimal
    shadow_prices: tuple[ShadowPrice, ...]
    solver: str
    is_fallback: bool
    share_excess: Mapping[Hashable, int] = field(default_factory=dict)

    @property
    def gap(self) -> Decimal:
        """Between the objective and the bound; 0: proved optimal."""
        return self.objective - self.lower_bound

    @property
    def gap_ratio(self) -> Decimal:
        return self.gap / self.objective if self.objective else Decimal(0)

    @property
    def distance_km(self) -> Decimal:
        """The way of all legs; legs of unknown distance count nothing."""
        ways = (Decimal(str(leg.distance_km or 0)) for leg in self.assignments)
        return sum(ways, Decimal(0))


FIRST_COME = "First come, first served"
DEFAULT_WEIGHTS = Weights()


def assign(
    orders: Iterable[Waiting | Order],
    nodes: Iterable[Node],
    rule: Rule = DEFAULT_RULE,
    shares: Iterable[Share] = (),
    weights: Weights = DEFAULT_WEIGHTS,
    solver: str | None = None,
) -> Plan:
    """Assign all orders at once.

    :param solver: "fallback" for pure Python, "scipy" for the optional extra; None: the
        extra when it is installed
    :raises ValueError: for two orders, lines or nodes with the same key, or a solver
        that is not there
    """
    problem = build(_keyed(orders, rule), nodes, rule, tuple(shares), weights)
    engine = _solver(solver)
    choice, prices, bound = engine.solve(problem)
    bound = certify(problem, choice, prices, bound)
    return _plan(problem, choice, prices, bound, engine)


def assign_first_come(
    orders, nodes, rule: Rule = DEFAULT_RULE, weights: Weights = DEFAULT_WEIGHTS
) -> Plan:
    """The plan that comes of serving the orders in this sequence, each by the nearest
    store that is left. Its bound is its objective: it proves nothing."""
    waiting = _keyed(orders, rule)
    problem = build(waiting, nodes, rule, (), weights)
    choice = first_come(problem, [order.key for order in waiting])
    return _plan(problem, choice, Prices(), cost_of(problem, choice), None)


def has_solver() -> bool:
    """Whether the optional extra is installed."""
    return assign_scipy is not None


def _solver(name):
    if name not in (None, "fallback", "scipy"):
        raise ValueError(f"solver {name!r} is neither 'scipy' nor 'fallback'")
    if name == "scipy" and assign_scipy is None:
        raise ValueError("solver 'scipy' is not installed: pip install scipy")
    return assign_scipy if assign_scipy and name != "fallback" else assign_pure


def _keyed(orders, rule) -> list[Waiting]:
    """Plain orders get the key of their first line, or their place when that is taken."""
    orders = list(orders)
    keys = [o.key if isinstance(o, Waiting) else _first_line(o) for o in orders]
    plain = not any(isinstance(order, Waiting) for order in orders)
    if len(set(keys)) != len(keys):
        if not plain:
            raise ValueError("two orders have the same key")
        keys = range(len(orders))
    return [
        order if isinstance(order, Waiting) else Waiting(key, order)
        for key, order in zip(keys, orders, strict=True)
    ]


def _first_line(order):
    if not order.lines:
        raise ValueError("an order without lines can't be routed")
    return order.lines[0].key


def _plan(problem, choice, prices, bound, engine) -> Plan:
    legs, left = [], []
    for index, demand in enumerate(problem.demands):
        covered = set()
        for store, lines in sorted(choice[index]):
            covered.update(lines)
            legs.append(_leg(problem, demand, store, lines))
        left += [
            Unassigned(demand.key, demand.lines[line].key, demand.reason)
            for line in range(len(demand.lines))
            if line not in covered
        ]
    return Plan(
        assignments=tuple(legs),
        unassigned=tuple(left),
        objective=_km(cost_of(problem, choice)),
        lower_bound=_km(bound),
        shadow_prices=_shadow_prices(problem, prices),
        solver=engine.NAME if engine else FIRST_COME,
        is_fallback=engine is assign_pure,
        share_excess=problem.excess_of(choice),
    )


def _leg(problem, demand, store, lines) -> Assignment:
    parts = tuple(
        Part(demand.lines[line].key, demand.lines[line].quantity)
        for line in sorted(lines)
    )
    return Assignment(
        demand.key,
        problem.nodes[store].key,
        parts,
        demand.distance.get(store),
        _km(demand.cost[store]),
    )


def _km(metres) -> Decimal:
    return Decimal(metres) / METRES


def _shadow_prices(problem, prices: Prices) -> tuple[ShadowPrice, ...]:
    """Prices above 0, highest first."""
    found = [
        ShadowPrice(problem.nodes[store].key, None, _km(price))
        for store, price in prices.slots.items()
        if price > 0
    ]
    found += [
        ShadowPrice(problem.nodes[store].key, product, _km(price))
        for (store, product), price in prices.stock.items()
        if price > 0
    ]
    return tuple(
        sorted(
            found, key=lambda price: (-price.km, str(price.node), str(price.product))
        )
    )
