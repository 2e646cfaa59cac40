"""Which store serves which lines of an order, and why the others do not.

``rank(order, nodes, rule)`` is a pure function: the same input gives the same
decision whatever the order of the nodes. It works in three steps:

1. **Filter.** Each node is tested in the order of :data:`.routing_values.REASONS`; the first test
   it fails is its reason. What is left is eligible.
2. **Rank.** Eligible nodes by score, then distance (to the metre), then code. The score
   weighs nearness, trust, free load and rating. A node whose distance is unknown comes
   after every node whose distance is known: no coordinates never means "nearest". A
   dealer that has its agreed share of the month comes after those that have not.
3. **Assign.** The first node that can serve the whole order takes it in one leg.
   If there is none and the rule allows it, the order is divided: again and again
   the node that can take most of the remaining lines gets them (ties by rank), unless
   fewer nodes can do it (:mod:`.cover`); a line that no node can serve alone is then
   gathered from several nodes, largest stock first, when together they have enough. Only
   when the dealers of the region can't serve all of it, and the rule allows it, dealers
   of other regions are considered in the same way, after those of the region. A line that
   is still not covered stays whole in ``unserved``: for headquarters to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from .cover import fewest
from .geo import distance_km
from .routing_values import (  # noqa: F401  the engine's door: callers import it from here
    DEFAULT_RULE,
    ELIGIBLE_REASONS,
    ONE,
    REASONS,
    SOFT_REASONS,
    STARS,
    Candidate,
    Decision,
    Leg,
    Line,
    Node,
    Order,
    Part,
    Rule,
    Score,
    Weights,
    askable_nodes,
)


def rank(order: Order, nodes: Iterable[Node], rule: Rule = DEFAULT_RULE) -> Decision:
    """Decide who serves ``order``. Raises ValueError for an order without lines or
    for two lines or two nodes with the same key."""
    if not order.lines:
        raise ValueError("an order without lines can't be routed")
    if len({line.key for line in order.lines}) != len(order.lines):
        raise ValueError("two lines have the same key")
    nodes = tuple(nodes)
    if len({node.key for node in nodes}) != len(nodes):
        raise ValueError("two nodes have the same key")
    local = _Case(order, rule, _standings(order, nodes, rule))
    decision = local.decide()
    if decision.unserved is None or not rule.cross_region:
        return decision
    # stable: local dealers first, whoever's score is higher, but for unknown distances
    standings = sorted(
        local.standings, key=lambda s: (s.distance is None, not s.node.covers_region)
    )
    wider = _Case(order, rule, standings, anywhere=True).decide()
    return wider if _covered(wider) > _covered(decision) else decision


def _covered(decision: Decision) -> Decimal:
    return sum((p.quantity for leg in decision.legs for p in leg.parts), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Standing:
    """A node with what holds for it whatever the lines are."""

    node: Node
    distance: float | None
    score: Score
    total: Decimal


def _standings(order, nodes, rule) -> list[_Standing]:
    """Nodes by rank: known distance, open share, score, distance, code."""
    standings = []
    for node in nodes:
        distance = distance_km(order.place, node.place)
        score = _score(node, distance, rule)
        standings.append(_Standing(node, distance, score, score.total))
    standings.sort(
        key=lambda s: (
            s.distance is None,
            s.node.quota_reached,
            -s.total,
            s.distance or 0.0,
            s.node.code,
            str(s.node.key),
        )
    )
    return standings


def _score(node: Node, distance: float | None, rule: Rule) -> Score:
    weights = rule.weights
    rating = rule.unrated if node.rating is None else node.rating
    return Score(
        distance=_part(weights.distance, _nearness(distance, rule)),
        trust=_part(weights.trust, node.trust),
        load=_part(weights.load, _free_load(node)),
        rating=_part(weights.rating, rating / STARS),
        bonus=node.bonus,
    )


@lru_cache(maxsize=4096)
def _part(weight: Decimal, value: Decimal) -> Decimal:
    return round(weight * min(max(value, Decimal(0)), ONE), 4)


def _nearness(distance: float | None, rule: Rule) -> Decimal:
    """1 at the door, falling evenly to 0 at ``reach_km`` and beyond; 0 if unknown."""
    if distance is None or rule.reach_km <= 0:
        return Decimal(0)
    return 1 - Decimal(str(distance)) / rule.reach_km


def _free_load(node: Node) -> Decimal:
    if not node.max_orders:
        return ONE
    return 1 - Decimal(node.orders_today) / node.max_orders


def _needed(lines: Sequence[Line]) -> dict:
    needed: dict = {}
    for line in lines:
        needed[line.product] = needed.get(line.product, Decimal(0)) + line.quantity
    return needed


def _free(available, needed) -> Decimal:
    """How much of what is needed a node has: 100 of A don't make up for 0 of B."""
    free = Decimal(0)
    for product, quantity in needed.items():
        on_hand = available.get(product)
        if on_hand is not None and on_hand > 0:
            free += min(on_hand, quantity)
    return free


def _failures(
    node: Node, order: Order, rule: Rule, distance, categories
) -> Iterator[str]:
    """The tests that the node fails, in the order of REASONS, stock apart."""
    if node.state != "active":
        yield "inactive"
    if order.pickup_node is not None and node.key != order.pickup_node:
        yield "not_chosen"
    if node.paused:
        yield "paused"
    if not node.promises:
        yield "no_feed"
    elif node.ask_first:
        yield "stale"
    if node.rejected:
        yield "rejected"
    yield from _area(node, categories)
    if rule.need_services and not order.services <= node.services:
        yield "no_service"
    if node.below_guarantee:
        yield "below_guarantee"
    yield from _limits(node, order, rule, distance)


def _area(node: Node, categories) -> Iterator[str]:
    """Tests against the areas of the store's dealer."""
    if not node.covers_region:
        yield "not_covered"
        if not categories <= node.categories:
            yield "not_authorised"
    elif not categories <= (node.categories if node.claims is None else node.claims):
        yield "not_authorised"
    elif not categories <= node.categories:
        yield "outranked"


def _limits(node: Node, order: Order, rule: Rule, distance) -> Iterator[str]:
    """Tests against a figure of the rule or the store. Who collects in person has
    chosen the store and the way to it already."""
    chosen = order.pickup_node is not None
    if node.trust < rule.min_trust and not chosen:
        yield "low_trust"
    if node.max_orders is not None and node.orders_today >= node.max_orders:
        yield "full"
    if rule.max_distance_km is not None and not chosen:
        if distance is None:
            yield "unknown_distance"
        elif Decimal(str(distance)) > rule.max_distance_km:
            yield "too_far"


class _Case:
    """One order before its nodes; ``anywhere``: areas don't count."""

    def __init__(self, order, rule, standings, anywhere=False):
        self.order, self.rule, self.standings = order, rule, standings
        self.areas = frozenset({"not_covered"}) if anywhere else frozenset()

    def decide(self) -> Decision:
        candidates = self.judge(self.order)
        if candidates and candidates[0].eligible:
            parts = tuple(Part(line.key, line.quantity) for line in self.order.lines)
            leg = Leg(candidates[0].node, parts, candidates)
            return Decision(candidates, (leg,), None)
        return self.cut(candidates, self.divide() if self.may_divide() else {})

    def may_divide(self) -> bool:
        if self.order.pickup_node is not None:
            return self.rule.partial_pickup
        return self.rule.divide

    def barriers(self, standing, order, categories) -> Iterator[str]:
        failures = _failures(
            standing.node, order, self.rule, standing.distance, categories
        )
        return (reason for reason in failures if reason not in self.areas)

    def judge(self, order) -> tuple[Candidate, ...]:
        """Each node's verdict on all of ``order``; the standings are by rank."""
        needed = _needed(order.lines)
        total = sum(needed.values())
        categories = frozenset(line.category for line in order.lines)
        fits, drops = [], []
        for standing in self.standings:
            reasons = self.barriers(standing, order, categories)
            reason = next(reasons, None)
            askable = reason in SOFT_REASONS and SOFT_REASONS.issuperset(reasons)
            free = _free(standing.node.available, needed)
            if reason is None:
                reason = self.fitness(standing.node) if free == total else "no_stock"
            verdict = (standing, reason, free, askable)
            (fits if reason in ELIGIBLE_REASONS else drops).append(verdict)
        drops.sort(key=lambda drop: (drop[0].node.code, str(drop[0].node.key)))
        ranked = [*enumerate(fits, 1), *((None, drop) for drop in drops)]
        return tuple(self.candidate(total, place, *v) for place, v in ranked)

    def fitness(self, node) -> str:
        if not node.covers_region:
            return "cross_region"
        return "quota" if node.quota_reached else "eligible"

    def candidate(self, needed, place, standing, reason, free, askable) -> Candidate:
        node = standing.node
        return Candidate(
            node=node.key,
            code=node.code,
            reason=reason,
            distance_km=standing.distance,
            score=standing.total,
            available=free,
            needed=needed,
            state=node.state,
            limit_km=self.rule.max_distance_km,
            max_orders=node.max_orders,
            rank=place,
            score_parts=standing.score,
            trust=node.trust,
            min_trust=self.rule.min_trust,
            askable=askable,
        )

    def divide(self) -> dict:
        """{node key: {line key: quantity}} in the order in which legs are made."""
        stock = {s.node.key: dict(s.node.available) for s in self.standings}
        allowed = {s.node.key: self.open_categories(s) for s in self.standings}
        picks, rest = _picks(self.order.lines, stock, allowed)
        shares: dict = {}
        for key, lines in picks:
            for line in lines:
                _give(shares, stock, key, line, line.quantity)
        for line in rest:
            may = [key for key in stock if line.category in allowed[key]]
            _gather(shares, stock, line, may)
        too_many = self.rule.max_legs and len(shares) > self.rule.max_legs
        return {} if too_many else shares

    def open_categories(self, standing) -> set:
        """The categories of the order that the node may serve, stock apart."""
        return {
            category
            for category in {line.category for line in self.order.lines}
            if next(self.barriers(standing, self.order, {category}), None) is None
        }

    def cut(self, candidates, shares) -> Decision:
        """Legs with candidates of their own, each judged for that leg's lines only."""
        lines = {line.key: line for line in self.order.lines}

        def leg(key, quantities):
            part_lines = (replace(lines[k], quantity=q) for k, q in quantities.items())
            parts = tuple(Part(k, q) for k, q in quantities.items())
            verdicts = self.judge(replace(self.order, lines=tuple(part_lines)))
            return Leg(key, parts, verdicts)

        served = {line_key for share in shares.values() for line_key in share}
        rest = {key: line.quantity for key, line in lines.items() if key not in served}
        return Decision(
            candidates,
            tuple(leg(key, share) for key, share in shares.items()),
            leg(None, rest) if rest else None,
        )


def _picks(lines, stock, allowed) -> tuple[list, list]:
    """Stores with the lines that each serves whole, and the lines that none can."""
    picks, rest, free = [], list(lines), list(stock)
    while rest:
        takes = [(key, _takes(allowed[key], rest, stock[key])) for key in free]
        # max keeps the first of equals: the best by rank
        key, taken = max(takes, key=lambda pair: len(pair[1]), default=(None, []))
        if not taken:
            break
        picks.append((key, taken))
        free.remove(key)
        gone = {line.key for line in taken}
        rest = [line for line in rest if line.key not in gone]
    whole = [line for _key, taken in picks for line in taken]
    # as no store takes more than the first one, so many are needed at least
    if picks and len(picks) > -(-len(whole) // len(picks[0][1])):
        stores = [(key, allowed[key], stock[key]) for key in stock if allowed[key]]
        picks = fewest(whole, stores, len(picks)) or picks
    return picks, rest


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
