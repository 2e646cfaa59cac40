"""A random life of one order's legs, on the engine alone, with what must always hold.

`Story` is a small world: stores with stock, a rule, an order of some parts. `step`
does one thing that people, time or headquarters may do; `check` asserts the
invariants. The tests run some thousand of them, the benchmark 10^5.
"""

from dataclasses import dataclass, field, replace

from engine.cascade import (
    ENDED_STATES,
    MODES,
    TERMINAL_STATES,
    TRANSITIONS,
    TURNED_DOWN,
    Answer,
    CascadeRule,
    next_step,
)

HOLDING = ("accepted", "picked", "ready", "shipped", "delivered")
ACTIONS = (
    "accept",
    "reject",
    "expire",
    "hand_back",
    "move",
    "forward",
    "cancel_leg",
    "cancel_order",
    "route_again",
    "change_rule",
    "change_stock",
    "suspend",
)


@dataclass
class Store:
    """``kind``: promised, unsure (asked first), distrusted (pool only)."""

    kind: str
    stock: int
    reserved: int = 0
    active: bool = True

    @property
    def free(self):
        return self.stock - self.reserved


@dataclass
class Leg:
    """``asked``: the stores of this leg's offers and what became of each."""

    part: int
    quantity: int
    state: str = "draft"
    store: int | None = None
    asked: dict = field(default_factory=dict)
    holds: bool = False
    rule: CascadeRule = CascadeRule()
    is_pool: bool = False

    def move_to(self, state):
        """Change the state as the models do: along TRANSITIONS only."""
        assert state in TRANSITIONS[self.state], f"{self.state} -> {state}"
        self.state = state


class Story:
    """One order and the stores around it."""

    def __init__(self, chance):
        self.chance = chance
        kinds = ("promised", "promised", "unsure", "distrusted")
        self.stores = {
            number: Store(chance.choice(kinds), chance.randint(0, 4))
            for number in range(chance.randint(0, 7))
        }
        self.rule = self._random_rule()
        self.parts = [chance.randint(1, 2) for _n in range(chance.randint(1, 2))]
        self.cancelled = False
        self.dropped = set()  # parts whose leg was cancelled and not routed again
        self.legs, self.ended = [], {}
        self.first_rule = {}
        for part in range(len(self.parts)):
            self.first_rule[part] = self.rule
            self._continue(part, self.rule)

    def _random_rule(self):
        chance = self.chance
        return CascadeRule(
            mode=chance.choice((*MODES, "assign", "grab")),
            max_offers=chance.randint(0, 3),
            grab_pool=chance.random() < 0.7,
            grab_candidates=chance.randint(0, 3),
            ask_first=chance.random() < 0.5,
            has_fallback=chance.random() < 0.3,
        )

    # The cascade, as the models run it

    def _answers(self, part):
        return tuple(
            Answer(store, kind)
            for leg in self.legs
            if leg.part == part
            for store, kind in leg.asked.items()
        )

    def _continue(self, part, rule, again=False):
        answers = self._answers(part)
        grabbed = any(leg.is_pool for leg in self.legs if leg.part == part)
        if again:
            answers = tuple(replace(answer, kind="failed") for answer in answers)
            grabbed = False
        quantity = self.parts[part]
        active = {key: store for key, store in self.stores.items() if store.active}
        ranked = tuple(k for k, s in active.items() if s.kind == "promised")
        step = next_step(
            rule,
            answers,
            tuple(key for key in ranked if active[key].free >= quantity),
            tuple(k for k, s in active.items() if s.kind == "distrusted"),
            grabbed,
            tuple(k for k, s in active.items() if s.kind == "unsure"),
        )
        self._check_step(step, rule, answers, grabbed)
        leg = Leg(part, quantity, rule=rule, is_pool=step.is_pool)
        self.legs.append(leg)
        self._start(leg, step)

    def _start(self, leg, step):
        if step.kind in ("offer", "ask"):
            leg.store = step.nodes[0]
            leg.asked[leg.store] = "open"
            if step.kind == "offer":
                self._hold(leg)
            leg.move_to("offered")
        elif step.kind == "grab":
            leg.asked = dict.fromkeys(step.nodes, "open")
            leg.move_to("offered")
        else:
            leg.move_to("exception")
            if step.kind == "fallback":
                leg.move_to("offered")
                leg.move_to("accepted")
                leg.store = "HQ"

    def _check_step(self, step, rule, answers, grabbed):
        known = {answer.node for answer in answers}
        assert not known & set(step.nodes), "a store is asked twice in one cascade"
        assert len(set(step.nodes)) == len(step.nodes)
        turned = sum(answer.kind in TURNED_DOWN for answer in answers)
        if step.is_pool:
            assert turned and not grabbed, "the pool opens once, after a turn-down"
        elif step.nodes:
            assert not rule.max_offers or turned < rule.max_offers
            assert rule.mode != "manual" and not grabbed
            limit = rule.grab_candidates if step.kind == "grab" else 1
            assert not limit or len(step.nodes) <= limit
        if step.kind in ("offer", "ask", "grab"):
            assert step.nodes

    def _hold(self, leg):
        store = self.stores[leg.store]
        assert store.free >= leg.quantity, "more is reserved than there is"
        store.reserved += leg.quantity
        leg.holds = True

    def _release(self, leg):
        if leg.holds:
            self.stores[leg.store].reserved -= leg.quantity
            leg.holds = False

    def _end(self, leg, state, kind):
        """The leg leaves its store: `kind` is the answer of whoever was still asked."""
        self._release(leg)
        for store, answer in leg.asked.items():
            if answer in ("open", "accepted"):
                leg.asked[store] = kind
        leg.move_to(state)

    def _end_and_continue(self, leg, state, kind):
        self._end(leg, state, kind)
        self._continue(leg.part, leg.rule)

    # What may happen

    def step(self):
        """Do one random thing."""
        getattr(self, f"_do_{self.chance.choice(ACTIONS)}")()
        self.check()

    def _pick(self, *states):
        found = [leg for leg in self.legs if leg.state in states]
        return self.chance.choice(found) if found and not self.cancelled else None

    def _do_accept(self):
        leg = self._pick("offered")
        if not leg:
            return
        takers = [store for store, kind in leg.asked.items() if kind == "open"]
        winner, second = self.chance.choice(takers), self.chance.choice(takers)
        if not leg.holds:
            store = self.stores[winner]
            if store.free < leg.quantity and store.kind == "promised":
                return  # refused: the store has to declare first
            # "I have it": declares what is needed, then reserves
            store.stock += max(0, leg.quantity - store.free)
            leg.store = winner
            self._hold(leg)
        for store in leg.asked:
            if leg.asked[store] == "open":
                leg.asked[store] = "accepted" if store == winner else "lost"
        leg.move_to("accepted")
        assert "accepted" not in TRANSITIONS[leg.state], second

    def _do_reject(self):
        leg = self._pick("offered")
        if not leg:
            return
        takers = [store for store, kind in leg.asked.items() if kind == "open"]
        leg.asked[self.chance.choice(takers)] = "rejected"
        if len(takers) == 1:
            self._end_and_continue(leg, "rejected", "rejected")

    def _do_expire(self):
        leg = self._pick("offered")
        if leg:
            self._end_and_continue(leg, "expired", "expired")

    def _do_hand_back(self):
        leg = self._pick("accepted", "picked", "ready")
        if leg:
            self._end(leg, "exception", "handed_back")
            leg.store = None

    def _do_move(self):
        """Headquarters gives the leg to a store that was not asked."""
        leg = self._pick("offered", "accepted", "picked", "ready", "exception")
        if not leg:
            return
        known = {s for one in self.legs if one.part == leg.part for s in one.asked}
        free = [
            key
            for key, store in self.stores.items()
            if key not in known and store.active and store.free >= leg.quantity
        ]
        if not free:
            return
        self._end(leg, "cancelled", "lost")
        moved = Leg(leg.part, leg.quantity, rule=leg.rule)
        self.legs.append(moved)
        moved.store = self.chance.choice(free)
        moved.asked[moved.store] = "open"
        self._hold(moved)
        moved.move_to("offered")

    def _do_forward(self):
        leg = self._pick("accepted", "picked", "ready", "shipped")
        if not leg:
            return
        ways = sorted(TRANSITIONS[leg.state] - {"cancelled", "exception"})
        leg.move_to(self.chance.choice(ways))
        if leg.state in ("shipped", "delivered") and leg.holds:
            self._release(leg)
            self.stores[leg.store].stock -= leg.quantity

    def _do_cancel_leg(self):
        leg = self._pick("offered", "accepted", "exception")
        if leg and self.chance.random() < 0.3:
            self._end(leg, "cancelled", "lost")
            self.dropped.add(leg.part)

    def _do_cancel_order(self):
        if self.chance.random() > 0.1 or self.cancelled:
            return
        for leg in self.legs:
            if "cancelled" in TRANSITIONS[leg.state]:
                self._end(leg, "cancelled", "lost")
        self.cancelled = True

    def _do_route_again(self):
        """Headquarters has everything routed that no live leg covers."""
        if self.cancelled:
            return
        for leg in [leg for leg in self.legs if leg.state == "exception"]:
            self._end(leg, "cancelled", "lost")
            self._continue(leg.part, leg.rule, again=True)
        for part in sorted(self.dropped):
            self.first_rule[part] = self.rule
            self._continue(part, self.rule, again=True)
        self.dropped.clear()

    def _do_change_rule(self):
        self.rule = self._random_rule()

    def _do_change_stock(self):
        if self.stores:
            store = self.chance.choice(list(self.stores.values()))
            store.stock = max(store.reserved, store.stock + self.chance.randint(-3, 3))

    def _do_suspend(self):
        """A dealer is suspended: its open offers go on, what it accepted stays."""
        if not self.stores:
            return
        key = self.chance.choice(list(self.stores))
        self.stores[key].active = not self.stores[key].active
        if self.stores[key].active:
            return
        for leg in [leg for leg in self.legs if leg.asked.get(key) == "open"]:
            leg.asked[key] = "failed"
            if "open" not in leg.asked.values():
                self._end_and_continue(leg, "cancelled", "failed")

    # What always holds

    def check(self):
        """Assert the invariants."""
        for part, quantity in enumerate(self.parts):
            live = [
                leg
                for leg in self.legs
                if leg.part == part and leg.state not in ENDED_STATES
            ]
            covered = sum(leg.quantity for leg in live)
            if self.cancelled:
                assert all(leg.state in ("shipped", "delivered") for leg in live)
            elif part in self.dropped:
                assert not live
            else:
                assert covered == quantity, "the legs' sum is not what was ordered"
            assert sum(leg.state in HOLDING for leg in live) <= 1, "two winners"
        self._check_legs()
        self._check_stores()

    def _check_legs(self):
        for number, leg in enumerate(self.legs):
            assert leg.rule == self.first_rule[leg.part] or number in self.ended
            if number in self.ended:
                assert self.ended[number] == leg.state, "an ended leg came back"
            if leg.state in TERMINAL_STATES:
                self.ended[number] = leg.state
            winners = [s for s, kind in leg.asked.items() if kind == "accepted"]
            assert len(winners) <= 1
            if leg.state in HOLDING:
                assert winners == [leg.store] or leg.store == "HQ"
                assert "open" not in leg.asked.values()
            if leg.state == "offered":
                assert "open" in leg.asked.values(), "an offer that nobody can take"

    def _check_stores(self):
        for key, store in self.stores.items():
            held = sum(
                leg.quantity for leg in self.legs if leg.holds and leg.store == key
            )
            assert store.reserved == held <= store.stock


def run(chance, steps=24):
    """Play one cascade to its end or for ``steps`` steps; return its story."""
    story = Story(chance)
    story.check()
    for _number in range(steps):
        story.step()
    return story
