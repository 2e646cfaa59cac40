"""How far a store's figures are believed, and what is promised because of it.

**Trust** is a number from 0 to 1 made of three parts:

    0.5 x fill rate + 0.3 x count accuracy + 0.2 x freshness of the feed

Fill rate and count accuracy are learned. Each event is one trial: an offer that the
store filled (1) or had no goods for (0), a count that found what was declared (1) or a
share of it. A rate is the mean of a Beta-Binomial posterior: the store begins with
``weight`` imagined trials at the rate that its kind of feed usually keeps, and each real
event counts 1, halved every ``half_life`` days. Without prior weight and without decay
it is the plain rate; without events it is the prior.

**Promise** = floor((declared - reserved - safety - held) x trust), never below 0 unless
the store allows it. All of it is exact decimal arithmetic; the same formulas run as SQL
for many stores at once, and tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

FILL_WEIGHT = Decimal("0.5")
COUNT_WEIGHT = Decimal("0.3")
FRESHNESS_WEIGHT = Decimal("0.2")
# The rate a kind of feed is expected to keep, before anything is known of the store.
PRIOR_OF_FEED = {
    "scan": Decimal("1"),
    "api": Decimal("0.95"),
    "file": Decimal("0.85"),
    "guide": Decimal("0.6"),
    "none": Decimal("0"),
}
PRIOR_WEIGHT = Decimal(10)  # imagined trials
HALF_LIFE = Decimal(30)  # days
DIGITS = Decimal("0.0001")  # what is kept of a score

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class Trial:
    """One event: ``ok`` of ``asked`` (> 0), ``age`` days ago."""

    ok: Decimal
    asked: Decimal
    age: Decimal = ZERO

    def __post_init__(self):
        if self.asked <= 0 or not 0 <= self.ok <= self.asked or self.age < 0:
            raise ValueError(
                f"trial {self.ok} of {self.asked}, {self.age} days ago: it takes "
                "0 <= ok <= asked, asked > 0 and an age of at least 0"
            )


@dataclass(frozen=True)
class Evidence:
    """Trials summed up: ``good`` of ``total``, each weighted by its age."""

    good: Decimal = ZERO
    total: Decimal = ZERO


@dataclass(frozen=True)
class Score:
    """A store's trust with its parts, each from 0 to 1."""

    fill: Decimal
    count: Decimal
    freshness: Decimal
    trust: Decimal


@dataclass(frozen=True)
class StockFigures:
    """What a store has of a product, and what is promised of it."""

    declared: float = 0.0
    reserved: float = 0.0
    safety: float = 0.0
    held: float = 0.0
    trust: float = 0.0
    available: float = 0.0


def decay(age: Decimal, half_life: Decimal | None) -> Decimal:
    """What an event of that age still counts; without a half-life all count alike."""
    return Decimal(2) ** (-age / half_life) if half_life else ONE


def evidence(trials: Iterable[Trial], half_life: Decimal | None = None) -> Evidence:
    """Sum up; the order of the trials does not matter, not even to the last digit."""
    ordered = sorted(trials, key=lambda trial: (trial.age, trial.asked, trial.ok))
    weights = [decay(trial.age, half_life) for trial in ordered]
    good = sum(
        (w * t.ok / t.asked for w, t in zip(weights, ordered, strict=True)), ZERO
    )
    return Evidence(good, sum(weights, ZERO))


def aged(seen: Evidence, age: Decimal, half_life: Decimal | None) -> Evidence:
    """The same evidence ``age`` days later."""
    weight = decay(age, half_life)
    return Evidence(seen.good * weight, seen.total * weight)


def added(seen: Evidence, trial: Trial, half_life: Decimal | None = None) -> Evidence:
    """The evidence with one more trial."""
    weight = decay(trial.age, half_life)
    return Evidence(seen.good + weight * trial.ok / trial.asked, seen.total + weight)


def posterior(
    seen: Evidence, prior: Decimal, weight: Decimal = PRIOR_WEIGHT
) -> Decimal:
    """The mean of the posterior: what was seen, and ``weight`` trials at ``prior``."""
    if not seen.total + weight:
        return prior
    return (seen.good + weight * prior) / (seen.total + weight)


def freshness(age: Decimal | None, max_age: Decimal, prior: Decimal) -> Decimal:
    """1 for a feed of this moment, falling evenly to 0 at ``max_age`` (same unit).

    A store that never fed (``age`` None) is neither fresh nor stale: its ``prior``."""
    if age is None:
        return prior
    if max_age <= 0:
        return ZERO
    return min(ONE, max(ZERO, 1 - age / max_age))


def score(
    fills: Evidence,
    counts: Evidence,
    fresh: Decimal,
    prior: Decimal,
    weight: Decimal = PRIOR_WEIGHT,
) -> Score:
    """Trust and its parts. A store without any feed (prior 0) is not believed at all."""
    fill = posterior(fills, prior, weight)
    count = posterior(counts, prior, weight)
    trust = FILL_WEIGHT * fill + COUNT_WEIGHT * count + FRESHNESS_WEIGHT * fresh
    parts = (fill, count, fresh, trust if prior else ZERO)
    return Score(*(min(ONE, part.quantize(DIGITS, ROUND_HALF_UP)) for part in parts))


def promise(
    declared: Decimal,
    reserved: Decimal = ZERO,
    safety: Decimal = ZERO,
    held: Decimal = ZERO,
    trust: Decimal = ONE,
    allow_negative: bool = False,
) -> Decimal:
    """What may be promised. A shortage is believed in full, however little the store."""
    free = declared - reserved - safety - held
    if free <= 0:
        return free.to_integral_value(ROUND_FLOOR) if allow_negative else ZERO
    return (free * trust).to_integral_value(ROUND_FLOOR)


def count_trial(declared: Decimal, counted: Decimal) -> tuple[Decimal, Decimal]:
    """(ok, asked) of a count; nothing declared and nothing found is right as well."""
    ok, asked = sorted((max(declared, ZERO), max(counted, ZERO)))
    return (ok, asked) if asked else (ONE, ONE)


def without(seen: Evidence, trial: Trial, half_life: Decimal | None) -> Evidence:
    """What was seen, had one of its trials never happened."""
    weight = decay(trial.age, half_life)
    total = max(seen.total - weight, ZERO)
    return Evidence(
        min(max(seen.good - weight * trial.ok / trial.asked, ZERO), total), total
    )


def with_successes(seen: Evidence, number: int) -> Evidence:
    """What was seen, and ``number`` more trials that go well."""
    return Evidence(seen.good + number, seen.total + number)
