"""Share out a fund by index: weighted scores, to the unit, nothing left over."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from .money import CENT, exact, round_parts

WEIGHTS = (Decimal("0.5"), Decimal("0.3"), Decimal("0.2"))


def fund_index(
    scores: Sequence[Decimal], weights: Sequence[Decimal] = WEIGHTS
) -> Fraction:
    """Return the weighted sum of the scores (sales, rating, members)."""
    if len(scores) != len(weights) or any(one < 0 for one in (*scores, *weights)):
        raise ValueError("give one score of 0 or more for each weight")
    return sum(
        (exact(s) * exact(w) for s, w in zip(scores, weights, strict=True)), Fraction(0)
    )


def share_out(
    amount: Decimal, indexes: Sequence[Fraction], unit: Decimal = CENT
) -> list[Decimal]:
    """Share ``amount`` in the ratio of the indexes; units go by largest remainder.

    :raises ValueError: nobody has an index above 0
    """
    total = sum(map(exact, indexes), Fraction(0))
    if total <= 0 or any(index < 0 for index in indexes):
        raise ValueError("nobody has an index above 0: enter scores")
    parts = [exact(amount) * exact(index) / total for index in indexes]
    return round_parts(parts, unit, "largest")
