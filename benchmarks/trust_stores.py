"""Simulated stores whose stock is not what they declare.

Each store has a hidden honesty: the share of what it declares that is really there. It
varies by store and by category, and drifts; a few stores are right to the piece, a few
declare goods they sold long ago. Customers ask for a few pieces; a store whose true
stock falls short turns the offer down, which is the event it is judged by.
"""

import random
from dataclasses import dataclass
from decimal import Decimal

from engine.trust import (
    HALF_LIFE,
    ONE,
    PRIOR_OF_FEED,
    Evidence,
    Trial,
    added,
    aged,
    count_trial,
    promise,
    score,
)

CATEGORIES = ("appliances", "furniture", "kitchen")
FEEDS = ("scan", "scan", "api", "file", "guide")
# Mean and spread of the share of declared goods that is really there.
HONESTY = {"scan": (0.97, 0.03), "api": (0.93, 0.06), "file": (0.85, 0.12)}
HONESTY["guide"] = (0.65, 0.2)


@dataclass(frozen=True)
class Offer:
    """One offer that was made: what the store was believed, and what came of it."""

    raw_failed: bool
    promise_failed: bool | None  # None: nothing was promised, so nothing offered
    believed: float
    filled: bool
    withheld: int = 0


class Store:
    """A store with what it declares and what it really has."""

    def __init__(self, chance):
        """Draw the store's feed and its hidden honesty."""
        self.chance = chance
        self.feed = chance.choice(FEEDS)
        mean, spread = HONESTY[self.feed]
        self.honesty = {c: chance.gauss(mean, spread) for c in CATEGORIES}
        self.fills = {c: Evidence() for c in CATEGORIES}
        self.counts = {c: Evidence() for c in CATEGORIES}

    def drift(self):
        """A day passes: people come and go, habits change, what happened fades."""
        for category, honesty in self.honesty.items():
            self.honesty[category] = honesty + self.chance.gauss(0, 0.004)
            for events in (self.fills, self.counts):
                events[category] = aged(events[category], ONE, HALF_LIFE)

    def stock(self, category):
        """(declared, true) of a product of the category."""
        declared = self.chance.randint(1, 12)
        share = min(1.0, max(0.0, self.honesty[category]))
        there = sum(self.chance.random() < share for _piece in range(declared))
        return declared, there

    def trust(self, category):
        """(score, fill rate) that the store is believed about goods of the category.

        Its feed is of the moment: freshness tells how old figures are, not how true."""
        prior = PRIOR_OF_FEED[self.feed]
        found = score(self.fills[category], self.counts[category], ONE, prior)
        return found.trust, found.fill


def simulate(stores=60, days=120, learn=60, seed=2026, per_day=4):
    """Live through `days`; return the offers of those after the first `learn`."""
    chance = random.Random(seed)
    shops = [Store(chance) for _number in range(stores)]
    kept = []
    for day in range(days):
        for shop in shops:
            shop.drift()
            if day % 14 == 0:
                _count(shop)
            for _number in range(per_day):
                offer = _offer(shop, chance)
                if day >= learn:
                    kept.append(offer)
    return kept


def _count(shop):
    for category in CATEGORIES:
        declared, there = shop.stock(category)
        trial = Trial(*count_trial(Decimal(declared), Decimal(there)))
        shop.counts[category] = added(shop.counts[category], trial)


def _offer(shop, chance):
    """A customer wants some pieces; the store is asked when the promise covers them."""
    category = chance.choice(CATEGORIES)
    declared, there = shop.stock(category)
    wanted = chance.randint(1, declared)
    trust, believed = shop.trust(category)
    promised = promise(Decimal(declared), trust=trust)
    filled = there >= wanted
    offered = promised >= wanted
    if offered:
        trial = Trial(Decimal(filled), ONE)
        shop.fills[category] = added(shop.fills[category], trial)
    return Offer(
        raw_failed=not filled,
        promise_failed=None if not offered else not filled,
        believed=float(believed),
        filled=filled,
        withheld=int(not offered and filled),
    )


@dataclass(frozen=True)
class Calibration:
    """What became of the offers that were held out of the learning."""

    offers: int
    raw: float  # share of what was declared that fails when it is taken at its word
    adjusted: float  # share of what was promised that fails
    promised: float  # share of the wishes that the promise covered
    withheld: float  # share of the wishes that it refused though the goods were there
    brier: float  # of the believed fill rate, on what was promised
    brier_raw: float  # of believing every store in full
    error: float  # mean distance of belief and outcome, in tenths of belief


def calibrate(offers):
    """Measure how well belief foretold what came."""
    made = [offer for offer in offers if offer.promise_failed is not None]
    tenths = {}
    for offer in made:
        tenths.setdefault(int(offer.believed * 10), []).append(
            offer.believed - offer.filled
        )
    return Calibration(
        offers=len(offers),
        raw=_share(offer.raw_failed for offer in offers),
        adjusted=_share(offer.promise_failed for offer in made),
        promised=len(made) / len(offers),
        withheld=_share(offer.withheld for offer in offers),
        brier=_share((offer.believed - offer.filled) ** 2 for offer in made),
        brier_raw=_share((1 - offer.filled) ** 2 for offer in made),
        error=sum(abs(sum(gaps)) for gaps in tenths.values()) / len(made),
    )


def _share(values):
    listed = list(values)
    return sum(listed) / len(listed)
