"""Income tax withheld from an individual's pay for a month.

The brackets are data: pass your own where the law has changed. ``LABOUR_CN`` holds the
Chinese table for labour remuneration as a default.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from .money import CENT, ZERO, MoneyError, exact, round_half_up


@dataclass(frozen=True)
class Bracket:
    """One row of a withholding table; it holds for pay *above* ``over``.

    taxable = (pay - allowance) x (100 - allowance_percent) %
    tax     = taxable x rate % - quick
    """

    over: Decimal
    rate: Decimal
    quick: Decimal = ZERO
    allowance: Decimal = ZERO
    allowance_percent: Decimal = ZERO


@dataclass(frozen=True)
class Withholding:
    """What of ``gross`` goes to the tax office (``tax``) and to the payee (``net``)."""

    gross: Decimal
    taxable: Decimal
    tax: Decimal
    net: Decimal


def _row(over, rate, quick="0", allowance="0", percent="0"):
    return Bracket(*map(Decimal, (over, rate, quick, allowance, percent)))


LABOUR_CN = (
    _row("0", "0"),
    _row("800", "20", allowance="800"),
    _row("4000", "20", percent="20"),
    _row("25000", "30", quick="2000", percent="20"),
    _row("62500", "40", quick="7000", percent="20"),
)


def withhold(
    gross: Decimal, brackets: Sequence[Bracket] = LABOUR_CN, unit: Decimal = CENT
) -> Withholding:
    """Return the tax on a month's pay: 5,000.00 -> tax 800.00, net 4,200.00.

    :raises MoneyError: when the brackets don't start at zero or don't rise
    """
    limits = [bracket.over for bracket in brackets]
    if not limits or limits[0] != 0 or any(a >= b for a, b in pairwise(limits)):
        raise MoneyError(
            f"brackets {limits}: the first starts at 0, each next one above it"
        )
    if gross <= 0:
        return Withholding(gross, ZERO, ZERO, gross)
    bracket = [row for row in brackets if row.over < gross][-1]
    kept = 1 - exact(bracket.allowance_percent) / 100
    taxable = (exact(gross) - exact(bracket.allowance)) * kept
    due = taxable * exact(bracket.rate) / 100 - exact(bracket.quick)
    tax = max(round_half_up(due, unit), ZERO)
    return Withholding(gross, round_half_up(taxable, unit), tax, gross - tax)


def withhold_more(
    gross: Decimal,
    paid: Decimal,
    withheld: Decimal,
    brackets: Sequence[Bracket] = LABOUR_CN,
    unit: Decimal = CENT,
) -> Withholding:
    """Return the tax on a further payment of a month that already had ``paid``.

    The table counts on the month's total, so two payments of 2,500.00 are taxed like
    one of 5,000.00. Tax withheld too much earlier comes back as a negative tax.
    """
    month = withhold(paid + gross, brackets, unit)
    tax = month.tax - withheld
    return Withholding(gross, month.taxable, tax, gross - tax)
