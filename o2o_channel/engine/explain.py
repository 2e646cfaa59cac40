"""Why a store was not asked, and the smallest change that would have had it asked.

Nothing here estimates: a change is made to the store's facts, ``rank`` decides anew,
and the change counts when the store then gets a leg. One step less than the change that
is told does not do it; steps are 0.1 km, 0.01 of trust, one order, one piece, 0.1 of
rating. Sizes of different changes are compared on a scale from 0 (none) to 1 (all there
can be: the reach of the rule, full trust, an empty day, all goods, five stars).

A store's place among the others does not depend on third ones, so a change is first
tried on the stores that were asked alone; what is told was verified on all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from .geo import distance_km, toward
from .routing import Candidate, Decision, Node, Order, Rule, rank

STEPS = {
    "distance": Decimal("0.1"),
    "trust": Decimal("0.01"),
    "load": Decimal(1),
    "stock": Decimal(1),
    "rating": Decimal("0.1"),
}
BEST_RATING = Decimal(5)
# How a barrier would be out of the way; what is not here nobody could change.
LIFTS = {
    "inactive": {"state": "active"},
    "no_feed": {"promises": True},
    "rejected": {"rejected": False},
    "not_covered": {"covers_region": True},
    "paused": {"paused": False},
    "stale": {"ask_first": False},
    "below_guarantee": {"below_guarantee": False},
}


@dataclass(frozen=True)
class Flip:
    """A change of one fact of one store after which it is asked.

    ``before`` and ``after`` are in the factor's own unit, ``size`` is between 0 and 1;
    ``steps`` with :func:`changed` gives the store as it would have to be."""

    node: Hashable
    code: str
    factor: str
    before: Decimal
    after: Decimal
    steps: int
    size: Decimal

    @property
    def change(self) -> Decimal:
        return abs(self.after - self.before)


@dataclass(frozen=True)
class Explanation:
    """``status``: chosen, outscored (by ``rival``) or dropped (``candidate.reason``).

    ``rival`` is the first store that was asked, None when nobody was. ``lifted`` names
    the barriers that would have to go, one after the other; ``lifted_rank`` is the
    place the store would then have, None where even that would not do."""

    status: str
    candidate: Candidate
    rival: Candidate | None
    flips: tuple[Flip, ...] = ()
    lifted: tuple[str, ...] = ()
    lifted_rank: int | None = None


def why_not(
    request: Order, nodes: Iterable[Node], rule: Rule, key: Hashable
) -> Explanation:
    """Explain the place of one store. Raises KeyError for one that was not there."""
    case = _Case(request, nodes, rule)
    node = case.nodes[key]
    candidate = case.candidates[key]
    if key in case.winners:
        return Explanation("chosen", candidate, case.rival)
    found = (case.find(node, factor) for factor in STEPS)
    flips = tuple(sorted(filter(None, found), key=lambda flip: flip.size))
    if candidate.eligible:
        return Explanation("outscored", candidate, case.rival, flips)
    lifted, place = case.lift(node)
    return Explanation("dropped", candidate, case.rival, flips, lifted, place)


def smallest_flip(request: Order, nodes: Iterable[Node], rule: Rule) -> Flip | None:
    """The smallest change of all by which another store would have been asked."""
    case = _Case(request, nodes, rule)
    tried = (
        case.search(node, factor, case.wins_among_winners)
        for node in case.nodes.values()
        if node.key not in case.winners
        for factor in STEPS
    )
    found = sorted(filter(None, tried), key=lambda flip: (flip.size, flip.code))
    return next(filter(case.verified, found), None)


def changed(node: Node, request: Order, rule: Rule, factor: str, steps: int) -> Node:
    """The store after so many steps of one factor for the better."""
    if factor == "distance":
        km = distance_km(request.place, node.place)
        goal = max(0.0, round(km - float(STEPS[factor] * steps), 3))
        return replace(node, place=toward(request.place, node.place, goal))
    if factor == "stock":
        return replace(node, available=_filled(node, request, Decimal(steps)))
    if factor == "load":
        return replace(node, orders_today=node.orders_today - steps)
    best = BEST_RATING if factor == "rating" else Decimal(1)
    start = _start(node, request, rule, factor)
    return replace(node, **{factor: min(best, start + STEPS[factor] * steps)})


def _filled(node: Node, request: Order, quantity: Decimal) -> dict:
    """The store's stock with so much more of what it lacks, in the order's sequence."""
    stock = dict(node.available)
    for product, needed in _needs(request).items():
        on_hand = stock.get(product, Decimal(0))
        more = min(quantity, max(Decimal(0), needed - on_hand))
        stock[product] = on_hand + more
        quantity -= more
    return stock


def _needs(request: Order) -> dict:
    needs: dict = {}
    for line in request.lines:
        needs[line.product] = needs.get(line.product, Decimal(0)) + line.quantity
    return needs


def _missing(node: Node, request: Order) -> Decimal:
    return sum(
        (
            max(Decimal(0), needed - node.available.get(product, Decimal(0)))
            for product, needed in _needs(request).items()
        ),
        Decimal(0),
    )


def _start(node: Node, request: Order, rule: Rule, factor: str) -> Decimal | None:
    """The fact a change starts from; None where it can't get any better."""
    if factor == "distance":
        km = distance_km(request.place, node.place)
        return Decimal(str(km)) if km else None
    if factor == "stock":
        return Decimal(0) if _missing(node, request) > 0 else None
    if factor == "load":
        return Decimal(node.orders_today) if node.orders_today > 0 else None
    if factor == "rating" and node.rating is None:
        return rule.unrated
    return getattr(node, factor)


def _room(node: Node, request: Order, factor: str, start: Decimal) -> Decimal:
    """By how much the factor can get better, in its own unit."""
    if factor == "stock":
        return _missing(node, request)
    if factor == "rating":
        return BEST_RATING - start
    return Decimal(1) - start if factor == "trust" else start


def _scale(node: Node, request: Order, rule: Rule, factor: str) -> Decimal:
    """What counts as all of a factor."""
    if factor == "distance":
        return rule.reach_km if rule.reach_km > 0 else Decimal(1)
    if factor == "stock":
        return sum(_needs(request).values(), Decimal(0))
    if factor == "load":
        return Decimal(max(node.max_orders or 0, node.orders_today))
    return BEST_RATING if factor == "rating" else Decimal(1)


class _Case:
    """One decision, and what it would be with one store changed."""

    def __init__(self, request: Order, nodes: Iterable[Node], rule: Rule):
        self.request, self.rule = request, rule
        self.nodes = {node.key: node for node in nodes}
        decision = self.decide(self.nodes.values())
        self.candidates = {c.node: c for c in decision.candidates}
        self.winners = {leg.node: self.nodes[leg.node] for leg in decision.legs}
        self.rival = self.candidates[next(iter(self.winners))] if self.winners else None

    def decide(self, nodes: Iterable[Node]) -> Decision:
        return rank(self.request, nodes, self.rule)

    def wins(self, node: Node) -> bool:
        """Whether the store, as it is given, is asked among all stores."""
        return _asked(self.decide((self.nodes | {node.key: node}).values()), node)

    def wins_among_winners(self, node: Node) -> bool:
        return _asked(self.decide((self.winners | {node.key: node}).values()), node)

    def find(self, node: Node, factor: str) -> Flip | None:
        """The smallest change of one factor, verified among all stores."""
        flip = self.search(node, factor, self.wins_among_winners)
        if flip is None or self.verified(flip):
            return flip
        # rare: a divided order in which third stores count
        return self.search(node, factor, self.wins)

    def verified(self, flip: Flip) -> bool:
        return self._wins_after(flip, flip.steps) and not self._wins_after(
            flip, flip.steps - 1
        )

    def _wins_after(self, flip: Flip, steps: int) -> bool:
        node = self.nodes[flip.node]
        if not steps:
            return node.key in self.winners
        return self.wins(changed(node, self.request, self.rule, flip.factor, steps))

    def search(self, node: Node, factor: str, wins) -> Flip | None:
        start = _start(node, self.request, self.rule, factor)
        if start is None:
            return None
        room = _room(node, self.request, factor, start) / STEPS[factor]
        steps = int(room.to_integral_value(ROUND_CEILING)) if room.is_finite() else 0

        def does(count: int) -> bool:
            return wins(changed(node, self.request, self.rule, factor, count))

        if steps < 1 or not does(steps):
            return None
        steps = _first(does, steps)
        return self._flip(node, factor, start, steps)

    def _flip(self, node: Node, factor: str, start: Decimal, steps: int) -> Flip:
        after = changed(node, self.request, self.rule, factor, steps)
        if factor == "stock":
            goal = _missing(node, self.request) - _missing(after, self.request)
        elif factor == "distance":
            # none left: at the door
            goal = _start(after, self.request, self.rule, factor) or Decimal(0)
        else:
            field = "orders_today" if factor == "load" else factor
            goal = Decimal(getattr(after, field))
        size = abs(goal - start) / _scale(node, self.request, self.rule, factor)
        return Flip(
            node.key,
            node.code,
            factor,
            start,
            goal,
            steps,
            round(min(size, Decimal(1)), 6),
        )

    def lift(self, node: Node) -> tuple[tuple[str, ...], int | None]:
        """Take the store's barriers away one by one; its place when none is left."""
        lifted: list[str] = []
        while True:
            decision = self.decide((self.nodes | {node.key: node}).values())
            found = {c.node: c for c in decision.candidates}[node.key]
            if found.eligible:
                return tuple(lifted), found.rank
            if found.reason in lifted:
                return tuple(lifted), None
            lifted.append(found.reason)
            node = self._without(node, found.reason)

    def _without(self, node: Node, reason: str) -> Node:
        """The store without one barrier; unchanged where nobody could change it."""
        if reason in ("not_authorised", "outranked"):
            served = frozenset(line.category for line in self.request.lines)
            return replace(node, categories=served, claims=served)
        if reason == "no_stock":
            return replace(
                node, available=_filled(node, self.request, Decimal("Infinity"))
            )
        if reason == "no_service":
            return replace(node, services=self.request.services)
        if reason == "low_trust":
            return replace(node, trust=self.rule.min_trust)
        if reason == "full" and node.max_orders:
            return replace(node, orders_today=node.max_orders - 1)
        changes = LIFTS.get(reason, {})
        return replace(node, **changes)


def _asked(decision: Decision, node: Node) -> bool:
    return any(leg.node == node.key for leg in decision.legs)


def _first(does, steps: int) -> int:
    """The least number of steps that does it; ``steps`` is known to, 0 not to."""
    low, high = 0, steps
    while high - low > 1:
        middle = (low + high) // 2
        if does(middle):
            high = middle
        else:
            low = middle
    return high
