"""Is a warehouse of headquarters in a region cheaper than paying dealers per order?

>>> from decimal import Decimal
>>> result = compare(Decimal(60000), Decimal(12), Decimal(32), Decimal(1800))
>>> result.break_even, result.verdict, result.warehouse_cost, result.dealer_cost
(Decimal('3000'), 'dealer', Decimal('81600'), Decimal('57600'))
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal


@dataclass(frozen=True)
class Comparison:
    """Costs per month of both ways. ``break_even``: orders a month from which the
    warehouse is not dearer; None when no number of orders makes it so."""

    break_even: Decimal | None
    warehouse_cost: Decimal
    dealer_cost: Decimal
    verdict: str  # warehouse | dealer | equal


def compare(
    fixed: Decimal, variable: Decimal, fee: Decimal, orders: Decimal
) -> Comparison:
    """Compare a warehouse (``fixed`` a month plus ``variable`` per order) with dealers
    (``fee`` per order) at ``orders`` a month.

    :raises ValueError: when a figure is negative
    """
    for name, value in (
        ("fixed cost", fixed),
        ("variable cost", variable),
        ("dealer fee", fee),
        ("orders", orders),
    ):
        if value < 0:
            raise ValueError(f"{name} {value} is negative")
    warehouse, dealer = fixed + variable * orders, fee * orders
    verdict = "equal"
    if warehouse != dealer:
        verdict = "warehouse" if warehouse < dealer else "dealer"
    return Comparison(_break_even(fixed, variable, fee), warehouse, dealer, verdict)


def _break_even(fixed: Decimal, variable: Decimal, fee: Decimal) -> Decimal | None:
    """Whole orders: the part of an order pays for nothing."""
    if not fixed and variable <= fee:
        return Decimal(0)
    if fee <= variable:
        return None
    return (fixed / (fee - variable)).to_integral_value(ROUND_CEILING)
