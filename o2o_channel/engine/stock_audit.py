"""The hidden-stock test: does what a store declares agree with what flowed?

Opening and what headquarters shipped in, less what the store shipped for the channel
and what it reported as sold, is what should lie there. Source of the limits and of the
worked example: 50 + 30 - 12 - 18 = 50 expected, 35 declared: 15 pieces or 30 % apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

RATE_LIMIT = Decimal("0.10")
QUANTITY_LIMIT = Decimal(3)


@dataclass(frozen=True)
class Balance:
    """Flows of one product in one store between two counts."""

    opening: Decimal
    hq_in: Decimal
    o2o_out: Decimal
    pos_out: Decimal
    declared: Decimal

    @property
    def expected(self) -> Decimal:
        return self.opening + self.hq_in - self.o2o_out - self.pos_out

    @property
    def gap(self) -> Decimal:
        """Above 0: less was declared than should lie there; below 0: more."""
        return self.expected - self.declared

    @property
    def rate(self) -> Decimal:
        """The gap as a part of what should lie there; 1 where nothing should."""
        if not self.gap:
            return Decimal(0)
        if self.expected <= 0:
            return Decimal(1)
        return abs(self.gap) / self.expected

    def is_case(
        self,
        rate_limit: Decimal = RATE_LIMIT,
        quantity_limit: Decimal = QUANTITY_LIMIT,
    ) -> bool:
        """Whether somebody should look into it: both limits are reached."""
        return abs(self.gap) >= quantity_limit and self.rate >= rate_limit
