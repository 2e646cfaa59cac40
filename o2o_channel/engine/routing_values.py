"""What the routing engine takes in and gives back: plain, frozen values.

See :mod:`.routing` for what becomes of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .geo import Point

# Tests in the order in which they are made; the text takes the candidate's parts.
REASONS = {
    "eligible": "Can serve it: {available} of {needed} promised",
    "quota": "Can serve it, but has its agreed share of the month: asked after others",
    "cross_region": "Can serve it from outside its area, as no dealer of the region can",
    "inactive": "The dealer is {state}",
    "not_chosen": "The customer collects in another store",
    "paused": "The store takes no orders at the moment",
    "no_feed": "The store reports no stock, so nothing is promised from it automatically",
    "stale": "The store's last stock feed is too old: it has to be asked first",
    "rejected": "Has already turned this down or let it expire",
    "not_covered": "The dealer does not cover the region",
    "not_authorised": "The dealer covers the region, but not for these goods",
    "outranked": "A dealer with a narrower or an exclusive area goes first here",
    "no_service": "The dealer does not offer the services of this order here",
    "below_guarantee": "The dealer would earn less than its guaranteed margin",
    "low_trust": "Trust {trust} is below {min_trust}: excluded from automatic routing",
    "full": "Has its {limit_orders} orders of today",
    "unknown_distance": "The distance is unknown and the rule has a limit of {limit} km",
    "too_far": "{distance} km away, the limit is {limit} km",
    "no_stock": "Promises {available} of {needed}",
}
# The store can be asked in spite of these: what it lacks is only our belief in its stock.
SOFT_REASONS = frozenset({"no_feed", "stale", "low_trust"})
ELIGIBLE_REASONS = frozenset({"eligible", "quota", "cross_region"})
ONE = Decimal(1)
STARS = Decimal(5)  # a full rating


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
    """An order, or the rest of one. ``pickup_node`` is the store the customer chose;
    ``services`` are categories of services sold with it."""

    lines: tuple[Line, ...]
    place: Point | None = None
    pickup_node: Hashable | None = None
    services: frozenset = frozenset()


@dataclass(frozen=True)
class Node:
    """A store as it is now.

    ``categories``: those its dealer serves in the order's region; ``claims``: those for
    which it has an area there at all, though another dealer may go first (None: the
    same as ``categories``). ``available`` is what the pool promises per product;
    ``promises`` is False for a store without a feed, ``ask_first`` True for one whose
    feed is stale; ``rejected`` holds for the running cascade; ``orders_today`` count
    against ``max_orders`` (None: no limit). ``trust`` 0 to 1, ``rating`` 0 to 5 (None:
    none yet); ``bonus`` is added to the score. ``quota_reached``: it has its agreed share
    of the month. ``services``: categories of services its dealer offers in the region.
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
    trust: Decimal = ONE
    rating: Decimal | None = None
    bonus: Decimal = Decimal(0)
    ask_first: bool = False
    paused: bool = False
    below_guarantee: bool = False
    quota_reached: bool = False
    services: frozenset = frozenset()


@dataclass(frozen=True)
class Weights:
    """How much each part counts in the score; together they make 1."""

    distance: Decimal = Decimal("0.4")
    trust: Decimal = Decimal("0.3")
    load: Decimal = Decimal("0.2")
    rating: Decimal = Decimal("0.1")

    def __post_init__(self):
        parts = (self.distance, self.trust, self.load, self.rating)
        if min(parts) < 0 or sum(parts) != ONE:
            raise ValueError(
                f"the weights {', '.join(map(str, parts))} make {sum(parts)}: none may "
                "be below 0 and together they must make 1"
            )


@dataclass(frozen=True)
class Rule:
    """``max_distance_km`` None = no limit (a store at exactly the limit is within it);
    ``reach_km``: the distance at which the score of distance has fallen to 0;
    ``divide``: several stores may serve one order, ``max_legs`` at most (0: no limit);
    ``min_trust``: stores below are not asked automatically; ``unrated`` is the rating
    that a store without one counts with; ``cross_region``: dealers of other regions may
    serve what no local one can; ``partial_pickup``: the chosen store may hand over what
    it has; ``need_services``: the dealer must offer the order's services as well."""

    max_distance_km: Decimal | None = None
    reach_km: Decimal = Decimal(50)
    divide: bool = True
    weights: Weights = Weights()
    min_trust: Decimal = Decimal("0.60")
    unrated: Decimal = Decimal(4)
    max_legs: int = 0
    cross_region: bool = False
    partial_pickup: bool = False
    need_services: bool = False


DEFAULT_RULE = Rule()


@dataclass(frozen=True)
class Score:
    """The weighted parts of a score, 0 to 1 each, and their sum."""

    distance: Decimal
    trust: Decimal
    load: Decimal
    rating: Decimal
    bonus: Decimal

    @property
    def total(self) -> Decimal:
        return self.distance + self.trust + self.load + self.rating + self.bonus


@dataclass(frozen=True)
class Candidate:
    """One node's chance. The order is ``rank``; the dropped have none, but a score to
    compare. ``askable``: nothing but our belief in its stock stands against it."""

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
    score_parts: Score | None = None
    trust: Decimal = ONE
    min_trust: Decimal = Decimal(0)
    askable: bool = False

    @property
    def eligible(self) -> bool:
        return self.reason in ELIGIBLE_REASONS

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
            "trust": f"{self.trust:.2f}",
            "min_trust": f"{self.min_trust:.2f}",
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


def askable_nodes(candidates: Iterable[Candidate], reasons=SOFT_REASONS) -> tuple:
    """Keys of the dropped nodes that may be asked all the same, best score first."""
    found = [c for c in candidates if c.askable and c.reason in reasons]
    found.sort(
        key=lambda c: (-c.score, c.distance_km is None, c.distance_km or 0.0, c.code)
    )
    return tuple(candidate.node for candidate in found)


def _plain(number: Decimal) -> str:
    """2 for 2.000, 0.5 for 0.50, never an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
