"""Past orders once more, under another rule.

:class:`Replay` asks the engine and the cascade what they would have done with the
inputs of an order's first decision, and answers for the stores:

* a store that really was asked for this very order answers as it did then;
* any other draws from its own habits (:class:`Habit`), measured and smoothed with
  those of all stores. The draw depends on seed, order and store alone: the same
  store asked for the same order answers the same under every rule, so that two
  rules differ by what they do and not by luck, and a replay that was broken off and
  resumed comes to the same result.

Stock is what was recorded for each order; the orders that a store has on a day
(its load) are those of the replay itself, on top of what came from outside of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from .cascade import Answer, CascadeRule, next_step
from .routing import Candidate, Node, Order, Rule, askable_nodes, rank

# A store that reports no stock, or did long ago, may know better when it is asked.
ASK_FIRST_REASONS = frozenset({"stale", "no_feed"})
TAKES = ("accepted", "handed_back")
COUNTS = ("replayed", "recorded")
PRIOR_WEIGHT = 10  # answers of the whole network that each store starts with


@dataclass(frozen=True)
class Reply:
    """One store's answer: accepted, rejected, expired or handed_back, and after how
    many minutes of its opening hours."""

    kind: str
    minutes: float = 0.0


@dataclass(frozen=True)
class Habit:
    """How a store answers. Shares are 0 to 1, what is left expires; times are
    quantiles of minutes, smallest first."""

    accepts: float
    rejects: float
    accept_minutes: tuple[float, ...] = (0.0,)
    reject_minutes: tuple[float, ...] = (0.0,)

    @classmethod
    def smoothed(cls, accepted, rejected, expired, network, **times):
        """Own counts on top of :data:`PRIOR_WEIGHT` answers like the network's."""
        total = accepted + rejected + expired + PRIOR_WEIGHT
        return cls(
            (accepted + PRIOR_WEIGHT * network.accepts) / total,
            (rejected + PRIOR_WEIGHT * network.rejects) / total,
            times.get("accept_minutes") or network.accept_minutes,
            times.get("reject_minutes") or network.reject_minutes,
        )


@dataclass(frozen=True)
class Trial:
    """A rule as it is tried: how stores are ranked, asked, and for how long."""

    rule: Rule = Rule()
    cascade: CascadeRule = CascadeRule()
    accept_minutes: float = 30.0
    grab_minutes: float = 60.0
    accepts_by_itself: bool = False


@dataclass(frozen=True)
class PastOrder:
    """An order as its first decision saw it.

    ``answers``: what stores really answered; ``taken``: the stores that had it in the
    end, which count in their recorded load of later orders of the ``day``."""

    key: Hashable
    day: Hashable
    request: Order
    nodes: tuple[Node, ...]
    answers: Mapping[Hashable, Reply] = field(default_factory=dict)
    taken: tuple[Hashable, ...] = ()


@dataclass(frozen=True)
class Asked:
    """One line of the trail: ``known`` when history gave the answer."""

    node: Hashable
    kind: str
    minutes: float
    known: bool


@dataclass(frozen=True)
class Part:
    """Some lines of an order. ``node`` None: no store took them (``end`` says what
    the cascade came to: exception or fallback)."""

    node: Hashable | None
    km: float | None
    minutes: float
    end: str
    trail: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one order."""

    parts: tuple[Part, ...]

    @property
    def stores(self) -> tuple:
        return tuple(
            sorted({p.node for p in self.parts if p.node is not None}, key=str)
        )

    @property
    def facts(self) -> dict:
        """Plain sums, by which orders are added up; see :mod:`.replay_measure`."""
        served = [part for part in self.parts if part.node is not None]
        known = [part.km for part in served if part.km is not None]
        kinds = Counter(asked.kind for part in self.parts for asked in part.trail)
        return {
            "orders": 1,
            "legs": len(self.parts),
            "served": len(served),
            "km": sum(known),
            "km_legs": len(known),
            "offers": sum(kinds.values()),
            "rejects": kinds["rejected"],
            "expiries": kinds["expired"],
            "minutes": sum(part.minutes for part in served),
            "unfilled": int(len(served) < len(self.parts)),
            "waits": [round(part.minutes, 2) for part in served],
            "stores": [part.node for part in served],
        }

    def as_plain(self) -> list[dict]:
        """What each part came to, as JSON values."""
        return [
            {
                "store": part.node,
                "km": part.km,
                "minutes": round(part.minutes, 2),
                "end": part.end,
                "asked": [
                    [one.node, one.kind, round(one.minutes, 2), one.known]
                    for one in part.trail
                ],
            }
            for part in self.parts
        ]


class Load:
    """Orders per store and day: those of the replay, and those that came from outside.

    Recorded loads hold what history gave to a store. Of it the replayed orders are
    taken off, so that what is left is there under every rule."""

    def __init__(self, day=None, replayed=(), recorded=()):
        self.day = day
        self.replayed = Counter(dict(replayed))
        self.recorded = Counter(dict(recorded))

    def of(self, node: Node) -> int:
        outside = node.orders_today - self.recorded[node.key]
        return max(0, outside) + self.replayed[node.key]

    @classmethod
    def from_plain(cls, kept) -> Load:
        """A load from :meth:`as_plain`; keys are store ids."""
        if not kept:
            return cls()
        counts = ({int(key): n for key, n in kept[name].items()} for name in COUNTS)
        return cls(kept["day"], *counts)

    def as_plain(self) -> dict:
        """JSON values, for the next chunk."""
        return {"day": self.day} | {
            name: {str(key): n for key, n in getattr(self, name).items() if n}
            for name in COUNTS
        }

    def begin(self, day) -> None:
        """Forget yesterday."""
        if day != self.day:
            self.day = day
            self.replayed.clear()
            self.recorded.clear()


class Replay:
    """Replays orders of one history in the order of time.

    :param habits: {node key: Habit}; ``network`` is that of all stores together
    """

    def __init__(self, habits: Mapping, network: Habit, seed: int):
        self.habits = habits
        self.network = network
        self.seed = seed

    def run(self, past: PastOrder, trial: Trial, load: Load) -> Outcome:
        """Replay one order and add it to the load."""
        load.begin(past.day)
        nodes = tuple(
            _with_load(node, load.of(node))
            for node in past.nodes
            if may_serve(node, past.request, trial.rule)
        )
        parts = tuple(_Run(self, past, trial, nodes).serve(past.request, nodes, ()))
        load.replayed.update(part.node for part in parts if part.node is not None)
        load.recorded.update(past.taken)
        return Outcome(parts)

    def reply(self, past: PastOrder, node: Hashable, limit: float) -> Asked:
        """What the store says within ``limit`` minutes."""
        known = past.answers.get(node)
        reply = known or self._draw(past.key, node)
        if reply.kind == "expired" or reply.minutes > limit:
            return Asked(node, "expired", limit, known is not None)
        return Asked(node, reply.kind, reply.minutes, known is not None)

    def _draw(self, order, node) -> Reply:
        kind, moment = _chances(self.seed, order, node)
        habit = self.habits.get(node, self.network)
        if kind < habit.accepts:
            return Reply("accepted", _quantile(habit.accept_minutes, moment))
        if kind < habit.accepts + habit.rejects:
            return Reply("rejected", _quantile(habit.reject_minutes, moment))
        return Reply("expired")


class _Run:
    """One order under one rule."""

    def __init__(self, replay: Replay, past: PastOrder, trial: Trial, nodes: tuple):
        self.replay, self.past, self.trial, self.nodes = replay, past, trial, nodes

    def serve(self, request, nodes, before):
        """Yield the parts that a decision on ``request`` comes to.

        ``before``: answers given already; they are not listed again."""
        decision = rank(request, nodes, self.trial.rule)
        lines = {line.key: line for line in request.lines}
        for leg in (*decision.legs, decision.unserved):
            if leg is not None:
                kept = (replace(lines[p.line], quantity=p.quantity) for p in leg.parts)
                wanted = replace(request, lines=tuple(kept))
                yield from self._ask(wanted, leg.candidates, before)

    def _ask(self, request, candidates, before):
        """Ask store after store; yield what comes of it."""
        queues = _queues(candidates)
        trail, grabbed, minutes = [], False, 0.0
        divisible = _may_divide(request, self.trial.rule)
        while True:
            given = (*before, *trail)
            if divisible and trail and not _left(queues[0], given):
                divisible = False
                parts = self._divide(request, given)
                if parts:
                    yield from _after(parts, tuple(trail), minutes)
                    return
            step = self._next(given, queues, grabbed)
            if step.kind not in ("offer", "ask", "grab"):
                yield Part(None, None, minutes, step.kind, tuple(trail))
                return
            grabbed = grabbed or step.is_pool
            winner, replies = self._answers(step)
            trail += replies
            if winner:
                minutes += winner.minutes
                yield self._taken(winner, candidates, minutes, tuple(trail))
                return
            minutes += max(reply.minutes for reply in replies)

    def _next(self, given, queues, grabbed):
        eligible, ask_first, pool = queues
        answers = tuple(Answer(one.node, one.kind) for one in given)
        return next_step(
            self.trial.cascade, answers, eligible, pool, grabbed, ask_first
        )

    def _answers(self, step):
        """(the answer that took it or None, the answers that count as given)."""
        trial = self.trial
        if trial.accepts_by_itself and step.kind == "offer":
            taken = Asked(step.nodes[0], "accepted", 0.0, False)
            return taken, [taken]
        limit = trial.grab_minutes if step.is_pool else trial.accept_minutes
        replies = [self.replay.reply(self.past, node, limit) for node in step.nodes]
        takers = [reply for reply in replies if reply.kind in TAKES]
        if not takers:
            return None, replies
        winner = min(takers, key=lambda reply: reply.minutes)
        earlier = [
            reply
            for reply in replies
            if reply.kind == "rejected" and reply.minutes < winner.minutes
        ]
        return winner, [*earlier, winner]

    def _taken(self, winner, candidates, minutes, trail):
        if winner.kind == "handed_back":
            # headquarters decides then, and nobody knows how
            return Part(None, None, minutes, "exception", trail)
        known = (c.distance_km for c in candidates if c.node == winner.node)
        return Part(winner.node, next(known, None), minutes, "accepted", trail)

    def _divide(self, request, given):
        """The parts of a request that no store takes whole, or nothing."""
        turned = {one.node for one in given}
        nodes = tuple(
            replace(node, rejected=True) if node.key in turned else node
            for node in self.nodes
        )
        if len(rank(request, nodes, self.trial.rule).legs) < 2:
            return []
        return list(self.serve(request, nodes, given))


def may_serve(node: Node, request: Order, rule: Rule) -> bool:
    """False for stores that no load and no answer makes eligible: `rank` need not
    see them. What it decides for the others is the same without them."""
    if node.state != "active":
        return False
    if request.pickup_node is not None:
        return node.key == request.pickup_node
    if rule.cross_region:
        return True
    return any(line.category in node.categories for line in request.lines)


def _with_load(node: Node, load: int) -> Node:
    return node if node.orders_today == load else replace(node, orders_today=load)


def _queues(candidates: tuple[Candidate, ...]) -> tuple:
    """(eligible, to be asked first, pool), best first."""
    eligible = tuple(c.node for c in candidates if c.eligible)
    first = askable_nodes(candidates, ASK_FIRST_REASONS)
    return eligible, first, askable_nodes(candidates)


def _left(eligible, given) -> bool:
    asked = {one.node for one in given}
    return any(node not in asked for node in eligible)


def _may_divide(request: Order, rule: Rule) -> bool:
    whole = len(request.lines) == 1 and request.lines[0].quantity <= 1
    return rule.divide and not whole


def _after(parts, trail, minutes):
    """Parts of an order that was cut late: the answers before are told with the first."""
    for part in parts:
        yield replace(part, trail=(*trail, *part.trail), minutes=part.minutes + minutes)
        trail = ()


def _chances(seed, order, node) -> tuple[float, float]:
    """Two numbers from 0 to 1, always the same for the same three."""
    digest = blake2b(f"{seed}/{order}/{node}".encode(), digest_size=16).digest()
    first = int.from_bytes(digest[:8], "big") / 2**64
    return first, int.from_bytes(digest[8:], "big") / 2**64


def _quantile(values: tuple[float, ...], share: float) -> float:
    """The value at ``share`` of the way through ``values``, in a straight line between
    two of them."""
    place = share * (len(values) - 1)
    lower = int(place)
    upper = min(lower + 1, len(values) - 1)
    return values[lower] + (values[upper] - values[lower]) * (place - lower)
