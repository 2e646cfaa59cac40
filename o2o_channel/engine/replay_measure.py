"""What two replays of the same orders differ in, and how sure that is.

Each order gives plain sums (:attr:`.replay.Outcome.facts`); a measure is a ratio of
two of them. Differences are paired: both rules are resampled by the same orders. The
interval is a percentile bootstrap over blocks of consecutive orders, because orders
of one day share the load of the stores and are not independent; up to
:data:`BLOCKS` orders each block is one order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

# {measure: (numerator, denominator)}; None: a sum of its own
RATIOS = {
    "km_mean": ("km", "km_legs"),
    "km_total": ("km", None),
    "reject_rate": ("rejects", "offers"),
    "expiry_rate": ("expiries", "offers"),
    "minutes_mean": ("minutes", "served"),
    "unfilled_rate": ("unfilled", "orders"),
    "legs_mean": ("legs", "orders"),
}
MEDIAN = "minutes_median"
MEASURES = (
    "km_mean",
    "km_total",
    "reject_rate",
    "expiry_rate",
    "minutes_mean",
    MEDIAN,
    "unfilled_rate",
    "legs_mean",
)
COLUMNS = sorted({name for pair in RATIOS.values() for name in pair if name})
ROUNDS = 1000  # samples drawn
BLOCKS = 250
FEWEST = 30  # orders below which an interval says little
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Comparison:
    """One measure under both rules. ``low`` to ``high``: 95 % interval of the
    difference ``new - old``; None where nothing could be measured."""

    measure: str
    old: float | None
    new: float | None
    low: float | None = None
    high: float | None = None
    orders: int = 0

    @property
    def difference(self) -> float | None:
        return None if None in (self.old, self.new) else self.new - self.old

    @property
    def verdict(self) -> str:
        """same, lower, higher, chance (no difference beyond chance) or unknown."""
        if self.difference is None or self.low is None:
            return "unknown"
        if self.low == self.high == 0:
            return "same"
        if self.orders < FEWEST:
            return "unknown"
        if self.low <= 0 <= self.high:
            return "chance"
        return "lower" if self.difference < 0 else "higher"


def measured(facts: Sequence[Mapping]) -> dict:
    """{measure: value} of one side; None where there is nothing to divide by."""
    sums = {name: sum(fact[name] for fact in facts) for name in COLUMNS}
    waits = sorted(wait for fact in facts for wait in fact["waits"])
    return {name: _ratio(sums, name) for name in RATIOS} | {
        MEDIAN: waits[(len(waits) - 1) // 2] if waits else None
    }


def compare(
    old: Sequence[Mapping], new: Sequence[Mapping], seed: int, rounds: int = ROUNDS
) -> list[Comparison]:
    """Compare two replays of the same orders, in the same sequence."""
    if len(old) != len(new):
        raise ValueError(f"{len(old)} orders can't be paired with {len(new)}")
    first, second = measured(old), measured(new)
    samples = _bootstrap(old, new, seed, rounds) if old else {}
    return [
        Comparison(
            name, first[name], second[name], *_interval(samples.get(name)), len(old)
        )
        for name in MEASURES
    ]


def shares(facts: Sequence[Mapping], dealers: Mapping) -> dict:
    """{dealer: legs it served}; ``dealers`` gives the dealer of each store."""
    counts: dict = {}
    for fact in facts:
        for store in fact["stores"]:
            dealer = dealers.get(store)
            counts[dealer] = counts.get(dealer, 0) + 1
    return counts


def _ratio(sums: Mapping, measure: str) -> float | None:
    numerator, denominator = RATIOS[measure]
    if denominator is None:
        return sums[numerator]
    return sums[numerator] / sums[denominator] if sums[denominator] else None


def _bootstrap(old, new, seed, rounds) -> dict:
    """{measure: differences in samples of blocks}."""
    chance, count = Random(seed), min(len(old), BLOCKS)
    sides = [_Side(facts, count) for facts in (old, new)]
    names, found = range(count), {name: [] for name in MEASURES}
    for _round in range(rounds):
        picked = chance.choices(names, k=count)
        first, second = (side.sample(picked) for side in sides)
        for name in MEASURES:
            if first[name] is not None and second[name] is not None:
                found[name].append(second[name] - first[name])
    return found


class _Side:
    """One rule's facts, summed by block so that samples are drawn quickly."""

    def __init__(self, facts, count):
        size = len(facts)
        owners = [index * count // size for index in range(size)]
        self.sums = {name: [0] * count for name in COLUMNS}
        for owner, fact in zip(owners, facts, strict=True):
            for name in COLUMNS:
                self.sums[name][owner] += fact[name]
        waits = sorted(
            (wait, owner)
            for owner, fact in zip(owners, facts, strict=True)
            for wait in fact["waits"]
        )
        self.waits = [wait for wait, _owner in waits]
        self.owners = [owner for _wait, owner in waits]

    def sample(self, picked) -> dict:
        sums = {
            name: sum(map(column.__getitem__, picked))
            for name, column in self.sums.items()
        }
        values = {name: _ratio(sums, name) for name in RATIOS}
        values[MEDIAN] = self._median(picked)
        return values

    def _median(self, picked) -> float | None:
        """The lower median of the waits, each block as often as it was picked."""
        weights = [0] * len(self.sums["orders"])
        for block in picked:
            weights[block] += 1
        reached = list(accumulate(map(weights.__getitem__, self.owners)))
        if not reached or not reached[-1]:
            return None
        return self.waits[bisect_left(reached, (reached[-1] + 1) // 2)]


def _interval(differences) -> tuple:
    """The middle 95 % of the samples."""
    if not differences:
        return None, None
    ordered = sorted(differences)
    cut = int(len(ordered) * (1 - CONFIDENCE) / 2)
    return ordered[cut], ordered[-1 - cut]
