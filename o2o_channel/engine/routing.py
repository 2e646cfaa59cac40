"""Which store serves which lines of an order, and why the others do not.

``rank(order, nodes, rule)`` is a pure function: the same input gives the same
decision whatever the order of the nodes. It works in three steps:

1. **Filter.** Each node is tested in the order of :data:`REASONS`; the first test
   it fails is its reason. What is left is eligible.
2. **Rank.** Eligible nodes by distance (to the metre), then by code. A node whose
   distance is unknown comes after every node whose distance is known: no
   coordinates never means "nearest".
3. **Assign.** The first node that can serve the whole order takes it in one leg.
   If there is none and the rule allows it, the order is divided: again and again
   the node that can take most of the remaining lines gets them (ties by rank), so
   that legs stay few; a line that no node can serve alone is then gathered from
   several nodes, largest stock first, when together they have enough. A line
   that is still not covered stays whole in ``unserved``: for headquarters to decide.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .geo import Point, distance_km

# Tests in the order in which they are made; the text takes the candidate's parts.
REASONS = {
    "eligible": "Can serve it: {available} of {needed} on hand",
    "inactive": "The dealer is {state}",
    "not_chosen": "The customer collects in another store",
    "no_feed": "The store reports no stock, so nothing is promised from it automatically",
    "rejected": "Has already turned this down or let it expire",
    "not_covered": "The dealer does not cover the region",
    "not_authorised": "The dealer covers the region, but not for these goods",
    "outranked": "A dealer with a narrower or an exclusive area goes first here",
    "full": "Has its {limit_orders} orders of today",
    "unknown_distance": "The distance is unknown and the rule has a limit of {limit} km",
    "too_far": "{distance} km away, the limit is {limit} km",
    "no_stock": "Has {available} of {needed}",
}


@dataclass(frozen=True)
class Line:
    """What is to be served: ``quantity`` > 0 in the product's own unit.

    ``divisible`` False: one store takes it whole (a line sold by the dozen)."""

    key: Hashable
    product: Hashable
    category: Hashable
    quantity: Decimal
    divisible: bool = True

    def __post_init__(self):
        if self.quantity <= 0:
            raise ValueError(
                f"line {self.key!r}: quantity {self.quantity} is not above 0"
            )


@dataclass(frozen=True)
class Order:
    """An order, or the rest of one. ``pickup_node`` is the store the customer chose."""

    lines: tuple[Line, ...]
    place: Point | None = None
    pickup_node: Hashable | None = None


@dataclass(frozen=True)
class Node:
    """A store as it is now.

    ``categories``: those its dealer serves in the order's region; ``claims``: those for
    which it has an area there at all, though another dealer may go first (None: the
    same as ``categories``). ``available`` is free stock of the pool per product;
    ``promises`` is False for a store without a feed; ``rejected`` holds for the running
    cascade; ``orders_today`` count against ``max_orders`` (None: no limit).
    """

    key: Hashable
    code: str
    available: Mapping[Hashable, Decimal] = field(default_factory=dict)
    place: Point | None = None
    state: str = "active"
    covers_region: bool = True
    categories: frozenset = frozenset()
    claims: frozenset | None = None
    promises: bool = True
    rejected: bool = False
    orders_today: int = 0
    max_orders: int | None = None


@dataclass(frozen=True)
class Rule:
    """``max_distance_km`` None = no limit (a store at exactly the limit is within it);
    ``reach_km``: the distance at which the score of distance has fallen to 0."""

    max_distance_km: Decimal | None = None
    reach_km: Decimal = Decimal(50)
    divide: bool = True


@dataclass(frozen=True)
class Candidate:
    """One node's chance. ``score`` (0 to 1) is for reading; the order is ``rank``."""

    node: Hashable
    code: str
    reason: str
    distance_km: float | None
    score: Decimal
    available: Decimal
    needed: Decimal
    state: str = "active"
    limit_km: Decimal | None = None
    max_orders: int | None = None
    rank: int | None = None

    @property
    def eligible(self) -> bool:
        return self.reason == "eligible"

    @property
    def parts(self) -> dict:
        """What the reason's text and the record show, as plain JSON values."""
        return {
            "available": _plain(self.available),
            "needed": _plain(self.needed),
            "distance": "?" if self.distance_km is None else f"{self.distance_km:.1f}",
            "limit": _plain(self.limit_km) if self.limit_km is not None else "",
            "limit_orders": "" if self.max_orders is None else str(self.max_orders),
            "state": self.state,
        }

    @property
    def text(self) -> str:
        return REASONS[self.reason].format(**self.parts)


@dataclass(frozen=True)
class Part:
    line: Hashable
    quantity: Decimal


@dataclass(frozen=True)
class Leg:
    """What one node is asked to serve. ``node`` None: nobody can."""

    node: Hashable | None
    parts: tuple[Part, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Decision:
    """``candidates``: every node judged for the whole order, best first, the dropped
    ones after the eligible by code. ``unserved`` is a leg without a node, or None."""

    candidates: tuple[Candidate, ...]
    legs: tuple[Leg, ...]
    unserved: Leg | None


def rank(order: Order, nodes: Iterable[Node], rule: Rule = Rule()) -> Decision:
    """Decide who serves ``order``. Raises ValueError for an order without lines or
    for two lines or two nodes with the same key."""
    if not order.lines:
        raise ValueError("an order without lines can't be routed")
    if len({line.key for line in order.lines}) != len(order.lines):
        raise ValueError("two lines have the same key")
    nodes = tuple(nodes)
    if len({node.key for node in nodes}) != len(nodes):
        raise ValueError("two nodes have the same key")
    distances = {node.key: distance_km(order.place, node.place) for node in nodes}
    ordered = sorted(nodes, key=lambda node: _nearness(node, distances[node.key]))
    candidates = _judge(order, ordered, rule, distances)
    if candidates and candidates[0].eligible:
        parts = tuple(Part(line.key, line.quantity) for line in order.lines)
        return Decision(candidates, (Leg(candidates[0].node, parts, candidates),), None)
    shares = _divide(order, ordered, rule, distances) if rule.divide else {}
    return _decision(order, ordered, rule, distances, candidates, shares)


def _plain(number: Decimal) -> str:
    """2 for 2.000, 0.5 for 0.50, never an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _nearness(node: Node, distance: float | None) -> tuple:
    return (distance is None, distance or 0.0, node.code, str(node.key))


def _needed(lines: Sequence[Line]) -> dict:
    needed: dict = {}
    for line in lines:
        needed[line.product] = needed.get(line.product, Decimal(0)) + line.quantity
    return needed


def _judge(order, ordered, rule, distances) -> tuple[Candidate, ...]:
    """Each node's verdict on all of ``order``; ``ordered`` is by nearness."""
    needed = _needed(order.lines)
    total = sum(needed.values())
    categories = {line.category for line in order.lines}
    fits, drops = [], []
    for node in ordered:
        distance = distances[node.key]
        reason = _barrier(node, order, rule, distance, categories)
        free = _free(node.available, needed)
        if not reason:
            reason = "eligible" if free == total else "no_stock"
        (fits if reason == "eligible" else drops).append((node, reason, distance, free))
    drops.sort(key=lambda drop: (drop[0].code, str(drop[0].key)))
    verdicts = [*enumerate(fits, 1), *((None, drop) for drop in drops)]
    return tuple(
        Candidate(
            node=node.key,
            code=node.code,
            reason=reason,
            distance_km=distance,
            score=_score(distance, rule),
            available=free,
            needed=total,
            state=node.state,
            limit_km=rule.max_distance_km,
            max_orders=node.max_orders,
            rank=place,
        )
        for place, (node, reason, distance, free) in verdicts
    )


def _free(available, needed) -> Decimal:
    """How much of what is needed a node has: 100 of A don't make up for 0 of B."""
    free = Decimal(0)
    for product, quantity in needed.items():
        on_hand = available.get(product)
        if on_hand is not None and on_hand > 0:
            free += min(on_hand, quantity)
    return free


def _barrier(node, order, rule, distance, categories) -> str | None:
    """The first test the node fails, stock apart; None if it passes all."""
    limit = rule.max_distance_km
    if node.state != "active":
        return "inactive"
    if order.pickup_node is not None and node.key != order.pickup_node:
        return "not_chosen"
    if not node.promises:
        return "no_feed"
    if node.rejected:
        return "rejected"
    if not node.covers_region:
        return "not_covered"
    if not categories <= (node.categories if node.claims is None else node.claims):
        return "not_authorised"
    if not categories <= node.categories:
        return "outranked"
    if node.max_orders is not None and node.orders_today >= node.max_orders:
        return "full"
    # who collects in person has chosen the way already
    if limit is not None and order.pickup_node is None:
        if distance is None:
            return "unknown_distance"
        if Decimal(str(distance)) > limit:
            return "too_far"
    return None


def _score(distance: float | None, rule: Rule) -> Decimal:
    """1 at the door, falling evenly to 0 at ``reach_km`` and beyond; 0 if unknown."""
    if distance is None or rule.reach_km <= 0:
        return Decimal(0)
    score = 1 - Decimal(str(distance)) / rule.reach_km
    return round(score, 4) if score > 0 else Decimal(0)


def _divide(order, ordered, rule, distances) -> dict:
    """{node key: {line key: quantity}} in the order in which legs are made."""
    stock = {node.key: dict(node.available) for node in ordered}
    allowed = {
        node.key: _open_categories(node, order, rule, distances) for node in ordered
    }
    shares: dict = {}
    rest = list(order.lines)
    while rest:
        takes = [
            (node, _takes(allowed[node.key], rest, stock[node.key])) for node in ordered
        ]
        # max keeps the first of equals: the nearest
        node, taken = max(takes, key=lambda pair: len(pair[1]), default=(None, []))
        if not taken:
            break
        for line in taken:
            _give(shares, stock, node.key, line, line.quantity)
        gone = {line.key for line in taken}
        rest = [line for line in rest if line.key not in gone]
    for line in rest:
        keys = [node.key for node in ordered if line.category in allowed[node.key]]
        _gather(shares, stock, line, keys)
    return shares


def _open_categories(node, order, rule, distances) -> set:
    """The categories of the order that the node may serve, stock apart."""
    return {
        category
        for category in {line.category for line in order.lines}
        if _barrier(node, order, rule, distances[node.key], {category}) is None
    }


def _takes(allowed, rest, stock) -> list[Line]:
    """The remaining lines that a node can serve whole, in the order's sequence."""
    if not allowed:
        return []
    left = dict(stock)
    taken = []
    for line in rest:
        if (
            line.category in allowed
            and left.get(line.product, Decimal(0)) >= line.quantity
        ):
            left[line.product] -= line.quantity
            taken.append(line)
    return taken


def _gather(shares, stock, line, keys) -> None:
    """Fill one line from several nodes, largest stock first; all of it or nothing."""
    free = {key: stock[key].get(line.product, Decimal(0)) for key in keys}
    if not line.divisible:
        return
    if sum(max(Decimal(0), quantity) for quantity in free.values()) < line.quantity:
        return
    missing = line.quantity
    # sorted is stable: equal stock keeps the ranking
    for key in sorted(keys, key=lambda key: -free[key]):
        part = min(missing, free[key])
        if part <= 0:
            break
        _give(shares, stock, key, line, part)
        missing -= part


def _give(shares, stock, key, line, quantity) -> None:
    shares.setdefault(key, {})[line.key] = quantity
    stock[key][line.product] -= quantity


def _decision(order, ordered, rule, distances, candidates, shares) -> Decision:
    """Legs with candidates of their own, each judged for that leg's lines only."""
    lines = {line.key: line for line in order.lines}

    def leg(key, quantities):
        part_lines = tuple(replace(lines[k], quantity=q) for k, q in quantities.items())
        part_order = replace(order, lines=part_lines)
        parts = tuple(Part(k, q) for k, q in quantities.items())
        return Leg(key, parts, _judge(part_order, ordered, rule, distances))

    served = {line_key for share in shares.values() for line_key in share}
    rest = {line.key: line.quantity for line in order.lines if line.key not in served}
    return Decision(
        candidates,
        tuple(leg(key, share) for key, share in shares.items()),
        leg(None, rest) if rest else None,
    )
