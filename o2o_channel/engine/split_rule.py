"""Split rules as values: who gets which part of an order line, and of what.

A rule that can't be carried out (two residuals, 110 %, ...) can't be built: the
constructor refuses it with a sentence that says what to change.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import REMAINDERS, ZERO, show

ROLES = (
    "fulfiller", "origin", "tier1", "guide", "crew", "hq", "platform", "subsidy"
)  # fmt: skip
KINDS = ("percent", "fixed", "spread")
BASES = ("untaxed", "total", "margin", "purchase", "floor_price", "guarantee")
ABSENT_TO = ("hq", "fulfiller")

# Percentages of bases in one group draw on the same money: together at most 100 %.
_POOLS = {"untaxed": "price", "total": "price"}


class SplitError(ValueError):
    """A rule, base or role that can't be split; the text says what to change.

    What users can meet has a ``code`` and ``values``, to be told in their own language.
    """

    def __init__(self, text: str, code: str = "", **values):
        super().__init__(text)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class RuleLine:
    """One line of a rule.

    ``rate`` is a percentage of ``base`` (kind ``percent``), a percentage of what the
    price is above the floor price (``spread``), or an amount in the order's currency
    per order line (``fixed``). ``cap`` and ``floor`` bound the part of the whole line,
    in magnitude. The ``residual`` line has no rate: it takes what the others leave.
    ``date_from``/``date_to`` (both included) let a line start or end within a rule.
    """

    role: str
    kind: str = "percent"
    rate: Decimal = ZERO
    base: str = "untaxed"
    cap: Decimal | None = None
    floor: Decimal | None = None
    residual: bool = False
    date_from: date | None = None
    date_to: date | None = None
    key: str = ""

    def __post_init__(self):
        name = f"line of {self.role}"
        _one_of(name, "role", self.role, ROLES)
        _one_of(name, "kind", self.kind, KINDS)
        _one_of(name, "base", self.base, BASES)
        for field in ("rate", "cap", "floor"):
            value = getattr(self, field)
            if isinstance(value, float) or (value is not None and value < 0):
                raise SplitError(
                    f"{name}: {field} {value!r}: use a Decimal of 0 or more"
                )
        if None not in (self.cap, self.floor) and self.cap < self.floor:
            raise SplitError(
                f"{name}: cap {self.cap} is below floor {self.floor}: swap them"
            )
        if self.residual and (
            self.rate or self.cap is not None or self.floor is not None
        ):
            raise SplitError(
                f"{name}: the residual takes the rest: clear rate, cap and floor"
            )
        if self.residual and (self.date_from or self.date_to):
            raise SplitError(
                f"{name}: the residual is needed on every day: clear its dates"
            )
        if (self.role == "subsidy") != (self.base == "guarantee"):
            raise SplitError(
                f"{name}: a subsidy is counted on the gap to the guaranteed margin, and "
                "nothing else is",
                "subsidy",
            )
        _check_dates(name, self.date_from, self.date_to)

    def is_effective(self, day: date | None) -> bool:
        """Tell whether the line counts on ``day`` (``None`` = don't ask)."""
        return _within(day, self.date_from, self.date_to)


@dataclass(frozen=True)
class SplitRule:
    """A version of a split rule.

    :param absent_to: who gets the share of a role that an order hasn't: ``hq`` or
        ``fulfiller``
    :param remainder: who gets the units that rounding leaves (see `money.round_parts`)
    """

    lines: tuple[RuleLine, ...]
    absent_to: str = "hq"
    remainder: str = "residual"
    date_from: date | None = None
    date_to: date | None = None
    name: str = ""

    def __post_init__(self):
        name = f"rule {self.name or '(unnamed)'}"
        _one_of(name, "absent_to", self.absent_to, ABSENT_TO)
        _one_of(name, "remainder", self.remainder, REMAINDERS)
        _check_dates(name, self.date_from, self.date_to)
        self._check_residual(name)
        self._check_percentages(name)
        self._number_lines(name)

    def is_effective(self, day: date | None) -> bool:
        """Tell whether the rule holds on ``day`` (``None`` = don't ask)."""
        return _within(day, self.date_from, self.date_to)

    def _check_residual(self, name):
        count = sum(line.residual for line in self.lines)
        if count != 1:
            raise SplitError(
                f"{name}: {count} residual lines: mark exactly one line as the one "
                "that takes what the others leave",
                "residual",
                rule=self.name,
                count=count,
            )

    def _check_percentages(self, name):
        sums = Counter()
        for line in self.lines:
            if line.kind != "fixed":
                pool = (
                    "spread"
                    if line.kind == "spread"
                    else _POOLS.get(line.base, line.base)
                )
                sums[pool] += line.rate
        for pool, percent in sums.items():
            if percent > 100:
                raise SplitError(
                    f"{name}: percentages of the {pool} add up to {show(percent)}: at most 100",
                    "percentages",
                    rule=self.name,
                    percent=show(percent),
                    pool=pool,
                )

    def _number_lines(self, name):
        """Give every line a key of its own: the sub-ledger is kept by it."""
        named = [line.key or f"{index}" for index, line in enumerate(self.lines, 1)]
        if len(set(named)) < len(named):
            raise SplitError(f"{name}: two lines have one key: {', '.join(named)}")
        for line, key in zip(self.lines, named, strict=True):
            object.__setattr__(line, "key", key)


def _one_of(name, field, value, allowed):
    if value not in allowed:
        raise SplitError(f"{name}: {field} {value!r}: use one of {', '.join(allowed)}")


def _check_dates(name, start, end):
    if start and end and start > end:
        raise SplitError(
            f"{name}: begins on {start}, after its end on {end}: swap the dates"
        )


def _within(day, start, end):
    return day is None or ((not start or start <= day) and (not end or day <= end))
