"""The fewest stores that serve all lines of an order whole.

Taking the store with most lines again and again is quick and mostly right, but not
always: of six lines, a store with four of them may leave two that need two more, where
two stores with three each were enough. ``fewest`` tries every combination that could
be better. That is cheap, as it depends on the different sets of lines that stores can
serve, not on the number of stores. Orders of more than ``MAX_LINES`` lines, or with two
lines of one product (that share a store's stock), are left to the quick way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal

from .routing_values import Line

MAX_LINES = 10  # 2 ** 10 sets of lines at most


def fewest(
    lines: Sequence[Line],
    stores: Iterable[tuple[Hashable, frozenset, Mapping]],
    most: int,
) -> list[tuple[Hashable, list[Line]]] | None:
    """The fewest stores that serve ``lines``, none in parts.

    :param stores: (key, lines' categories it may serve, {product: stock}), best first
    :param most: give up at so many stores
    :return: [(key, its lines)], or None where fewer than ``most`` can't do it. Between
        equally many stores the first by rank win.
    """
    if len(lines) > MAX_LINES or len({line.product for line in lines}) < len(lines):
        return None
    takers = _takers(lines, stores)
    everything = (1 << len(lines)) - 1
    ways: dict = {0: ()}  # {set of lines: the sets that make it up}
    latest = ways
    for _round in range(most - 1):
        latest = _widened(latest, takers, ways)
        if everything in latest:
            return _shared(lines, latest[everything], takers)
        ways |= latest
    return None


def _takers(lines, stores) -> dict[int, Hashable]:
    """{set of lines, as bits: the first store that can take all of it}.

    Sets that are part of another one are left out."""
    first: dict[int, Hashable] = {}
    for key, categories, stock in stores:
        bits = sum(
            1 << place
            for place, line in enumerate(lines)
            if line.category in categories
            and stock.get(line.product, Decimal(0)) >= line.quantity
        )
        first.setdefault(bits, key)
    return {
        bits: key
        for bits, key in first.items()
        if not any(bits & other == bits and bits != other for other in first)
    }


def _widened(latest, takers, known) -> dict[int, tuple[int, ...]]:
    """What one store more can reach anew; the first way found to a set is kept."""
    reached: dict[int, tuple[int, ...]] = {}
    for bits, parts in latest.items():
        for more in takers:
            if bits | more not in known:
                reached.setdefault(bits | more, (*parts, more))
    return reached


def _shared(lines, parts, takers) -> list[tuple[Hashable, list[Line]]]:
    """Each line to the first of the stores that takes it."""
    result, given = [], 0
    for bits in parts:
        own = [line for n, line in enumerate(lines) if bits & ~given & (1 << n)]
        given |= bits
        result.append((takers[bits], own))
    return result
