"""Exact money arithmetic: rounding, allotment, taxes in and out.

Amounts are ``Decimal`` and whole multiples of a currency's rounding unit (0.01, 1,
0.05, ...); ratios are ``Fraction``, so nothing is lost between two roundings. Floats
are refused: ``0.1`` is not a tenth.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import floor

ZERO = Decimal(0)
CENT = Decimal("0.01")
REMAINDERS = ("residual", "largest", "first")
HALF = Fraction(1, 2)

# Amounts of any length stay exact; the default context would round at 28 digits.
_EXACT = Context(prec=120)


class MoneyError(ValueError):
    """An amount, unit or portion that can't be worked with; the text names it."""


def exact(value) -> Fraction:
    """Return ``value`` (int, Decimal, str or Fraction) as a Fraction.

    :raises MoneyError: for a float, which would carry a hidden error
    """
    if isinstance(value, float):
        raise MoneyError(f"{value!r} is a float: pass Decimal(str(value))")
    return Fraction(value)


def round_half_up(value, unit: Decimal = CENT) -> Decimal:
    """Round to a multiple of ``unit``; a half goes away from zero (2.5 -> 3, -2.5 -> -3)."""
    units = exact(value) / _positive(unit)
    count = floor(abs(units) + HALF)
    return _units(-count if units < 0 else count, unit)


def is_multiple(amount: Decimal, unit: Decimal) -> bool:
    """Tell whether ``amount`` can be paid in whole rounding units."""
    return (exact(amount) / _positive(unit)).denominator == 1


def add_tax(
    net: Decimal, percent: Decimal, unit: Decimal = CENT
) -> tuple[Decimal, Decimal]:
    """Return ``(tax, gross)`` of a net amount: 60.00 at 6 % -> (3.60, 63.60)."""
    tax = round_half_up(exact(net) * exact(percent) / 100, unit)
    return tax, net + tax


def take_out_tax(
    gross: Decimal, percent: Decimal, unit: Decimal = CENT
) -> tuple[Decimal, Decimal]:
    """Return ``(net, tax)`` of a tax-included amount: 999.00 at 13 % -> (884.07, 114.93)."""
    net = round_half_up(exact(gross) / (1 + exact(percent) / 100), unit)
    return net, gross - net


def round_parts(
    parts: Sequence[Fraction],
    unit: Decimal = CENT,
    remainder: str = "residual",
    residual: int | None = None,
) -> list[Decimal]:
    """Round ``parts`` so that their sum stays exactly what it was.

    :param remainder: who gets the units that rounding leaves over:
        ``residual`` every part half-up, the part at index ``residual`` takes the rest;
        ``largest`` all rounded down, then one unit each to the largest remainders
        (the earlier part wins a tie); ``first`` the same, to the first parts in order
    :raises MoneyError: when the sum isn't a multiple of ``unit``
    """
    if remainder not in REMAINDERS:
        raise MoneyError(
            f"remainder policy {remainder!r}: use one of {', '.join(REMAINDERS)}"
        )
    total = sum(parts, Fraction(0))
    if not is_multiple(total, unit):
        raise MoneyError(
            f"total {show(total)} isn't a multiple of the rounding unit {unit}"
        )
    if remainder == "residual":
        if residual is None:
            raise MoneyError("remainder policy 'residual' needs one residual part")
        rounded = [round_half_up(part, unit) for part in parts]
        rounded[residual] += round_half_up(total, unit) - sum(rounded, ZERO)
        return rounded
    if total < 0:
        mirrored = round_parts([-part for part in parts], unit, remainder)
        return [-part for part in mirrored]
    return _hand_out(parts, unit, remainder)


def _hand_out(parts, unit, remainder):
    """Round down and give the units left over to the parts that ``remainder`` prefers."""
    scaled = [part / Fraction(unit) for part in parts]
    counts = [floor(part) for part in scaled]
    left = int(sum(scaled)) - sum(counts)
    order = [index for index, part in enumerate(scaled) if part]
    if remainder == "largest":
        order.sort(key=lambda index: counts[index] - scaled[index])
    for index in order[:left]:
        counts[index] += 1
    return [_units(count, unit) for count in counts]


def allot(
    total: Decimal,
    portions: Sequence[Fraction | None],
    unit: Decimal = CENT,
    remainder: str = "first",
) -> list[Decimal]:
    """Divide ``total`` by ``portions`` (fractions of 1; ``None`` = what remains).

    :raises MoneyError: portions negative or over 1 in sum, two remaining ones, or
        under 1 without a remaining one
    """
    remaining = [index for index, portion in enumerate(portions) if portion is None]
    if len(remaining) > 1:
        raise MoneyError("two remaining portions: only one part can take what is left")
    given = [exact(portion) for portion in portions if portion is not None]
    if any(portion < 0 for portion in given) or sum(given) > 1:
        raise MoneyError(
            f"portions add up to {show(sum(given) * 100)} %: at most 100 %, none below 0"
        )
    if not remaining and sum(given) != 1:
        raise MoneyError(
            f"portions add up to {show(sum(given) * 100)} %: add a remaining one"
        )
    rest = 1 - sum(given)
    shares = [exact(total) * (rest if p is None else exact(p)) for p in portions]
    return round_parts(shares, unit, remainder, remaining[0] if remaining else None)


def waterfall(total: Decimal, limits: Sequence[Decimal | None]) -> list[Decimal]:
    """Fill ``limits`` in order, each with at most its limit (``None`` = no limit).

    100 over (10, 12, None) -> [10, 12, 78]; 15 over the same -> [10, 5, 0].
    """
    left, filled = total, []
    for limit in limits:
        amount = left if limit is None else min(left, limit)
        filled.append(amount)
        left -= amount
    if left:
        raise MoneyError(f"{left} is left over: add a part without a limit")
    return filled


def draw(
    sources: Sequence[Decimal], parts: Sequence[Decimal]
) -> list[tuple[int, int, Decimal]]:
    """Pay ``parts`` from ``sources`` in order: ``(source index, part index, amount)`` rows.

    :raises MoneyError: when the sources hold less than the parts need
    """
    rows, source, left = [], 0, list(sources)
    for index, part in enumerate(parts):
        while part > 0:
            if source == len(left):
                raise MoneyError(f"sources are short of {part} for part {index + 1}")
            amount = min(part, left[source])
            if amount:
                rows.append((source, index, amount))
            part -= amount
            left[source] -= amount
            if not left[source]:
                source += 1
    return rows


def spread(
    total: Decimal, weights: Sequence[Decimal], unit: Decimal = CENT
) -> list[Decimal]:
    """Spread an order discount or a bundle price over lines by their gross values.

    Each line half-up by weight, the last line with a weight takes the rest. No line
    gets more than is left, and none more than its own weight while the others have
    room for it (many small lines under a small discount).

    :raises MoneyError: when there is an amount to spread and no weight
    """
    filled = [index for index, weight in enumerate(weights) if weight]
    shares = [ZERO] * len(weights)
    if not total:
        return shares
    if not filled or any(weight < 0 for weight in weights):
        raise MoneyError(
            f"{total} can't be spread: give every line a value of 0 or more"
        )
    sign, left, whole = (-1 if total < 0 else 1), abs(total), sum(map(exact, weights))
    for index in filled[:-1]:
        share = round_half_up(exact(abs(total)) * exact(weights[index]) / whole, unit)
        shares[index] = min(share, left)
        left -= shares[index]
    roomy = abs(total) <= sum(weights)
    for index in reversed(filled):
        room = weights[index] - shares[index] if roomy else left
        step = min(left, max(room, ZERO))
        shares[index] += step
        left -= step
    return [sign * share for share in shares]


def show(value) -> str:
    """Print a number without exponent; a non-terminating one with 8 decimals and an ellipsis."""
    number = exact(value)
    reduced = number.denominator
    for prime in (2, 5):
        while reduced % prime == 0:
            reduced //= prime
    if reduced == 1:
        text = format(
            _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator)), "f"
        )
        return text.rstrip("0").rstrip(".") if "." in text else text
    return format(round_half_up(number, Decimal("1e-8")), "f") + "…"


def _positive(unit: Decimal) -> Fraction:
    if isinstance(unit, float) or unit <= 0:
        raise MoneyError(f"rounding unit {unit!r}: use a Decimal above zero")
    return Fraction(unit)


def _units(count: int, unit: Decimal) -> Decimal:
    return _EXACT.multiply(Decimal(count), Decimal(unit))
