"""Live a history through the addon's engine and check each step against `fair_shares`."""

from decimal import Decimal
from fractions import Fraction

from engine.split import (
    Coupon,
    Fulfiller,
    LineBase,
    Roles,
    RuleLine,
    SplitRule,
    allocate,
    missing,
)

BASES = {"net": "untaxed", "gross": "total", "cost": "purchase", "spread": "untaxed"}
BASES |= {"door_price": "floor_price", "margin": "margin"}


class Mismatch(AssertionError):
    """The engine and the second calculation disagree."""


def replay(history):
    """Post what each step changes; return how many steps posted something.

    :raises Mismatch: an amount isn't what the second calculation says, a posting doesn't add
        up, a second run posts anything, or something is left when all came back
    """
    sale, posted, net, count = history.sale, {}, 0, 0
    sale.out, sale.cut = {"C2": Fraction(0)}, 0
    for step in [*history.steps, "second run", "all back", "second run"]:
        _happen(sale, step)
        target = _engine(history)
        delta = missing(target, posted)
        posted = {
            key: posted.get(key, 0) + delta.get(key, 0) for key in target | posted
        }
        due, left = sale.due()
        _check(
            step,
            {k: v for k, v in due.items() if v},
            {k: v for k, v in posted.items() if v},
        )
        _check(step, left - net, sum(delta.values()))
        if step == "second run":
            _check(step, {}, delta)
        net, count = left, count + bool(delta)
    _check("all back", 0, net)
    return count


def _check(step, expected, found):
    if expected != found:
        raise Mismatch(f"after {step}: {expected} expected, {found} found")


def _happen(sale, step):
    if step == "all back":
        sale.out = dict.fromkeys(sale.out, Fraction(0))
    elif step[0] in ("out", "back"):
        _kind, party, units = step
        sign = 1 if step[0] == "out" else -1
        sale.out[party] = sale.out.get(party, Fraction(0)) + sign * units
    elif step[0] == "cut":
        sale.cut += step[1]


def _engine(history):
    """Return the engine's ``{(share, party): cents}``."""
    sale, unit = history.sale, history.unit

    def money(cents):
        return None if cents is None else Decimal(cents) * unit

    base = LineBase(
        money(sale.net),
        total=money(sale.gross),
        unit=unit,
        quantity=_decimal(sale.ordered),
        purchase=money(sale.cost),
        floor_price=money(sale.door_price),
        credit=money(sale.cut),
        coupons=tuple(
            Coupon(who, money(net), money(gross)) for who, net, gross in sale.coupons
        ),
    )
    there = tuple(Fulfiller(party, _decimal(q)) for party, q in sale.out.items())
    allocation = allocate(base, _rule(sale, unit), Roles(sale.roles, there))
    cents = {}
    for part in allocation.parts:
        key = part.key, part.party
        cents[key] = cents.get(key, 0) + int(Fraction(part.amount) / Fraction(unit))
    return cents


def _rule(sale, unit):
    lines = []
    for share in sale.shares:
        if share.rest:
            lines.append(RuleLine(share.role, residual=True, key=share.name))
            continue
        kind = "spread" if share.of == "spread" else "percent"
        rate = share.percent
        if share.fixed is not None:
            kind, rate = "fixed", share.fixed * Fraction(unit)
        bounds = {
            "cap": share.most and _decimal(share.most * Fraction(unit)),
            "floor": share.least and _decimal(share.least * Fraction(unit)),
        }
        lines.append(
            RuleLine(
                share.role,
                kind,
                _decimal(rate),
                "untaxed" if share.fixed is not None else BASES[share.of],
                key=share.name,
                **bounds,
            )
        )
    return SplitRule(tuple(lines), sale.absent, sale.leftover)


def _decimal(number):
    return Decimal(number.numerator) / Decimal(number.denominator)
