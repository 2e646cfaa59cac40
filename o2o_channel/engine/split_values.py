"""What goes into a split and what comes out: values without behaviour of their own."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .money import CENT, ZERO, is_multiple
from .split_rule import SplitError


@dataclass(frozen=True)
class Coupon:
    """A discount that one role pays for; ``net``/``gross`` are what the consumer saves."""

    funder: str
    net: Decimal
    gross: Decimal = ZERO


@dataclass(frozen=True)
class LineBase:
    """What there is to split: one whole ordered line, in the order's currency.

    :param untaxed: net of the line after all discounts; a return line is negative
    :param total: the line with tax (``None`` = as ``untaxed``)
    :param unit: rounding unit of the currency
    :param quantity: units ordered
    :param purchase: net the fulfilling dealer paid for the line (base ``margin``)
    :param floor_price: net below which the seller doesn't go (kind ``spread``)
    :param guaranteed: net that the fulfilling dealer gets at least (base ``guarantee``)
    :param credit: net taken off the price after the sale, on units that were kept
    :param coupons: discounts with a funder; the shares are those without them
    :param day: the day the rule must hold on (``None`` = don't ask)
    """

    untaxed: Decimal
    total: Decimal | None = None
    unit: Decimal = CENT
    quantity: Decimal = Decimal(1)
    purchase: Decimal | None = None
    floor_price: Decimal | None = None
    guaranteed: Decimal | None = None
    credit: Decimal = ZERO
    coupons: tuple[Coupon, ...] = ()
    day: date | None = None

    def __post_init__(self):
        if self.quantity <= 0:
            raise SplitError(
                f"quantity {self.quantity}: a line to split has more than 0 units"
            )
        for name in (
            "untaxed",
            "total",
            "purchase",
            "floor_price",
            "guaranteed",
            "credit",
        ):
            amount = getattr(self, name)
            if amount is not None and not is_multiple(amount, self.unit):
                raise SplitError(f"{name} {amount}: round it to {self.unit} first")
        if self.credit < 0:
            raise SplitError(
                f"credit {self.credit}: give what was taken off as 0 or more"
            )


@dataclass(frozen=True)
class Fulfiller:
    """A party that delivered ``kept`` units which the consumer still has.

    :param purchase: what it paid for the whole line, had it delivered all of it
        (``None`` = as the line's)
    :param guaranteed: net that it gets at least, of the whole line (``None`` likewise)
    """

    party: Hashable
    kept: Decimal
    purchase: Decimal | None = None
    guaranteed: Decimal | None = None

    def terms(self, line):
        """Return ``(purchase, guaranteed)`` on which this party delivered ``line``."""
        return (
            line.purchase if self.purchase is None else self.purchase,
            line.guaranteed if self.guaranteed is None else self.guaranteed,
        )


@dataclass(frozen=True)
class Roles:
    """Who plays which role for a line; a role without a party is absent.

    ``fulfillers`` names several, or what is kept of the line; else the party of role
    ``fulfiller`` delivered it whole (and ``hq`` when there is none).
    """

    parties: Mapping[str, Hashable] = field(default_factory=dict)
    fulfillers: tuple[Fulfiller, ...] = ()
    hq: Hashable = "hq"


@dataclass(frozen=True)
class Step:
    """One step of a calculation: what was done, with what, and the exact result."""

    code: str
    operand: str
    value: str


@dataclass(frozen=True)
class Part:
    """What one party gets: ``amount`` now, ``whole`` if the consumer keeps everything.

    ``moved_from`` is the role that was absent (or HQ's own fulfilment) when the part
    came to this party from there. ``base`` is the amount that ``rate`` applies to.
    """

    key: str
    role: str
    party: Hashable
    base: Decimal
    rate: Decimal
    amount: Decimal
    whole: Decimal
    residual: bool = False
    moved_from: str = ""
    steps: tuple[Step, ...] = ()

    def step_rows(self) -> list[list[str]]:
        """Return the steps as ``[code, operand, value]`` rows, to store or to translate."""
        return [[step.code, step.operand, step.value] for step in self.steps]


@dataclass(frozen=True)
class Allocation:
    """The parts of a line; their amounts add up to ``net``, what is effective of it."""

    parts: tuple[Part, ...]
    net: Decimal
    ratio: Fraction

    def of(self, party: Hashable) -> Decimal:
        """Return what ``party`` gets over all its parts."""
        return sum((part.amount for part in self.parts if part.party == party), ZERO)

    def by_party(self) -> dict[Hashable, Decimal]:
        """Return each party's amount, in the order of the rule."""
        return {
            party: self.of(party)
            for party in dict.fromkeys(p.party for p in self.parts)
        }
