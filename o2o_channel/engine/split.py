"""Split the net of an order line between the parties of a rule, exactly to the unit.

The parts are those of the *whole* ordered line, each rounded half-up once; what is due
now (the target) is each part times the share of the line that the consumer keeps. The
residual party takes what is left of the effective net, so the parts always add up to
it. Post ``target - already posted`` and a refund reverses to the cent, in any order.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from .money import ZERO, exact, is_multiple, round_half_up, round_parts, show
from .split_rule import BASES, KINDS, ROLES, RuleLine, SplitError, SplitRule
from .split_values import Allocation, Coupon, Fulfiller, LineBase, Part, Roles, Step

__all__ = [
    "BASES", "KINDS", "ROLES", "Allocation", "Coupon", "Fulfiller", "LineBase", "Part",
    "Roles", "RuleLine", "SplitError", "SplitRule", "Step", "allocate", "explain", "missing",
    "uncovered",
]  # fmt: skip


@dataclass(frozen=True)
class _Whole:
    """A rule line's part of the whole ordered line."""

    line: RuleLine
    base: Decimal
    amount: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class _Receiver:
    role: str
    party: Hashable
    weight: Fraction
    moved_from: str = ""


def allocate(base: LineBase, rule: SplitRule, roles: Roles) -> Allocation:
    """Split ``base`` by ``rule`` between the parties of ``roles``.

    :raises SplitError: the rule doesn't hold on the day, a price it needs is unknown,
        more units are kept than were ordered
    """
    if not rule.is_effective(base.day):
        raise SplitError(f"rule {rule.name or '(unnamed)'} doesn't hold on {base.day}")
    shares = _fulfillers(base, roles)
    kept = sum((exact(share.kept) for share in shares), Fraction(0))
    net, ratio = _effective(base, kept)
    parts, residual = [], None
    weighed = _weigh(shares, kept)
    for terms, own in _by_terms(base, weighed):
        wholes = _whole_parts(terms, rule)
        residual = residual or next(whole for whole in wholes if whole.line.residual)
        for whole in wholes:
            if not whole.line.residual:
                receivers = _receivers(whole.line.role, rule, roles, own)
                parts += [_target(whole, to, ratio, base, kept) for to in receivers]
    parts = _merge(parts)
    receivers = _receivers(residual.line.role, rule, roles, weighed)
    rest = net - sum((part.amount for part in parts), ZERO)
    parts += _rest(residual, receivers, rest, net, base.unit)
    return Allocation(tuple(parts), net, ratio)


def missing(
    target: Mapping[Hashable, Decimal], posted: Mapping[Hashable, Decimal]
) -> dict:
    """Return ``target - posted`` by key, without the zeros: what is still to be posted."""
    keys = dict.fromkeys([*target, *posted])
    deltas = {key: target.get(key, ZERO) - posted.get(key, ZERO) for key in keys}
    return {key: delta for key, delta in deltas.items() if delta}


def explain(part: Part) -> str:
    """Tell in one line how the amount came about."""
    return "; ".join(
        f"{step.code} {step.operand} = {step.value}" for step in part.steps
    )


def uncovered(base: LineBase, rule: SplitRule) -> dict[str, Decimal]:
    """Return by funder what its parts of the whole line don't cover of its coupons.

    The residual party bears that, silently as far as the parts go. A funder that is the
    residual party itself isn't named.
    """
    wholes = _whole_parts(base, rule)
    left = {}
    for coupon in base.coupons:
        left[coupon.funder] = left.get(coupon.funder, ZERO) + coupon.net
    for whole in wholes:
        if whole.line.role in left:
            taken = [Decimal(s.operand) for s in whole.steps if s.code == "coupon"]
            left[whole.line.role] -= sum(taken, ZERO)
    residual = {whole.line.role for whole in wholes if whole.line.residual}
    return {role: net for role, net in left.items() if net and role not in residual}


def _fulfillers(base, roles):
    """Return who delivered what; HQ stands in when nobody else did."""
    shares = roles.fulfillers
    if not shares:
        party = roles.parties.get("fulfiller")
        shares = (Fulfiller(roles.hq if party is None else party, base.quantity),)
    if any(share.kept < 0 for share in shares):
        raise SplitError(
            "kept quantity below 0: give what was delivered less what came back"
        )
    if sum(share.kept for share in shares) > base.quantity:
        raise SplitError(
            f"{sum(share.kept for share in shares)} units kept of {base.quantity} ordered: "
            "a line can't keep more than it has"
        )
    return shares


def _effective(base, kept):
    """Return the net that stays after returns and credits, and its share of the line."""
    units = kept / exact(base.quantity)
    sign = -1 if base.untaxed < 0 else 1
    left = abs(round_half_up(exact(base.untaxed) * units, base.unit)) - base.credit
    ratio = units - (
        exact(base.credit) / abs(exact(base.untaxed)) if base.untaxed else 0
    )
    return sign * max(left, ZERO), max(ratio, Fraction(0))


def _whole_parts(base, rule):
    """Return the rounded part of each rule line, as if the consumer kept everything."""
    for coupon in base.coupons:
        _check_coupon(coupon, base.unit)
    lines = [line for line in rule.lines if line.is_effective(base.day)]
    gap = _gap(base, lines)
    rated = [
        _subsidy_part(base, line, gap)
        if line.role == "subsidy"
        else _exact_part(base, line)
        for line in lines
    ]
    net = exact(base.untaxed) + sum(exact(coupon.net) for coupon in base.coupons)
    index = next(i for i, line in enumerate(lines) if line.residual)
    amounts = [amount for _base, amount, _steps in rated]
    amounts[index] = net - sum(amounts)
    rounded = round_parts(amounts, base.unit, rule.remainder, index)
    wholes = [
        _Whole(line, of, amount, (*steps, Step("round", str(base.unit), f"{amount:f}")))
        for line, (of, _exact, steps), amount in zip(lines, rated, rounded, strict=True)
    ]
    for coupon in base.coupons:
        wholes = _charge(wholes, coupon)
    return wholes


def _gap(base, lines):
    """Return what the fulfiller's parts lack of what is guaranteed (case GD)."""
    own = [line for line in lines if line.role == "fulfiller" and not line.residual]
    if base.guaranteed is None or not own or base.untaxed <= 0:
        return ZERO
    parts = [round_half_up(_exact_part(base, line)[1], base.unit) for line in own]
    return max(base.guaranteed - sum(parts, ZERO), ZERO)


def _subsidy_part(base, line, gap):
    """Return ``(base amount, exact part, steps)`` of the subsidy."""
    part = exact(gap) * exact(line.rate) / 100
    guaranteed = ZERO if base.guaranteed is None else base.guaranteed
    steps = (
        Step("guarantee", f"{guaranteed:f}", f"{gap:f}"),
        Step("rate", show(line.rate), show(part)),
    )
    return gap, part, steps


def _exact_part(base, line):
    """Return ``(base amount, exact part, steps)`` of one rule line."""
    if line.residual:
        return base.untaxed, Fraction(0), ()
    sign = -1 if base.untaxed < 0 else 1
    name = "spread" if line.kind == "spread" else line.base
    of = base.untaxed if line.kind == "fixed" else _base_amount(base, name)
    if line.kind == "fixed":
        part = exact(line.rate)
        steps = [Step("fixed", "", show(line.rate))]
    else:
        part = abs(exact(of)) * exact(line.rate) / 100
        steps = [
            Step("base", name, f"{of:f}"),
            Step("rate", show(line.rate), show(sign * part)),
        ]
    if line.floor is not None and of and part < line.floor:
        part = exact(line.floor)
        steps.append(Step("floor", show(line.floor), show(sign * part)))
    if line.cap is not None and part > line.cap:
        part = exact(line.cap)
        steps.append(Step("cap", show(line.cap), show(sign * part)))
    return of, sign * part, tuple(steps)


def _base_amount(base, name):
    """Return a base of the whole line; a margin on the losing side counts as none."""
    sign = -1 if base.untaxed < 0 else 1
    net = base.untaxed + sum((coupon.net for coupon in base.coupons), ZERO)
    if name == "untaxed":
        return net
    if name == "total":
        gross = base.untaxed if base.total is None else base.total
        return gross + sum(
            (coupon.gross or coupon.net for coupon in base.coupons), ZERO
        )
    price = base.floor_price if name in ("spread", "floor_price") else base.purchase
    if price is None:
        wanted = (
            "floor price" if name in ("spread", "floor_price") else "purchase price"
        )
        raise SplitError(
            f"the {wanted} of the line isn't known: the rule needs it for {name}",
            wanted.replace(" ", "_"),
        )
    if name in ("purchase", "floor_price"):
        return price
    return sign * max(sign * (net - price), ZERO)


def _check_coupon(coupon, unit):
    if (
        coupon.funder not in ROLES
        or coupon.net < 0
        or not is_multiple(coupon.net, unit)
    ):
        raise SplitError(
            f"coupon of {coupon.net} funded by {coupon.funder!r}: name a role and a multiple of {unit}"
        )


def _charge(wholes, coupon):
    """Take a coupon from its funder's parts; what they don't cover is the residual's."""
    left, charged = coupon.net, []
    for whole in wholes:
        if whole.line.role == coupon.funder and not whole.line.residual and left:
            taken = min(left, max(whole.amount, ZERO))
            left -= taken
            amount = whole.amount - taken
            step = Step("coupon", f"{taken:f}", f"{amount:f}")
            whole = replace(whole, amount=amount, steps=(*whole.steps, step))
        charged.append(whole)
    return charged


def _weigh(shares, kept):
    """Return ``[(share, its part of the units kept)]``; the first stands for none kept."""
    return [
        (share, exact(share.kept) / kept if kept else Fraction(int(index == 0)))
        for index, share in enumerate(shares)
    ]


def _by_terms(base, weighed):
    """Return ``[(base, [(share, weight)])]``: the line as those with the same terms bought it."""
    groups = {}
    for share, weight in weighed:
        terms = share.terms(base)
        groups.setdefault(terms, []).append((share, weight))
    used = [own for own in groups.items() if any(weight for _share, weight in own[1])]
    return [
        (replace(base, purchase=purchase, guaranteed=guaranteed), own)
        for (purchase, guaranteed), own in used
    ]


def _receivers(role, rule, roles, weighed):
    """Return who gets the part of ``role``: its party, or who stands in for it."""
    whole = sum((weight for _share, weight in weighed), Fraction(0))
    if role == "hq":
        return [_Receiver("hq", roles.hq, whole)]
    party = roles.parties.get(role)
    if role in ("fulfiller", "subsidy"):
        return _fulfilling(weighed, roles, "", role)
    if party is not None:
        return [_Receiver(role, party, whole)]
    if rule.absent_to == "fulfiller":
        return _fulfilling(weighed, roles, role)
    return [_Receiver("hq", roles.hq, whole, role)]


def _fulfilling(weighed, roles, moved_from, role="fulfiller"):
    """Weigh the fulfillers by the units kept of each; HQ's own shipping is HQ's."""
    receivers = []
    for share, weight in weighed:
        if share.party == roles.hq:
            receivers.append(_Receiver("hq", roles.hq, weight, moved_from or role))
        else:
            receivers.append(_Receiver(role, share.party, weight, moved_from))
    return receivers


def _merge(parts):
    """Add up what the same party gets of the same share, counted on several terms."""
    merged = {}
    for part in parts:
        key = part.key, part.role, part.party, part.moved_from
        if key in merged:
            first = merged[key]
            amount = first.amount + part.amount
            total = Step("sum", f"{first.amount:f} + {part.amount:f}", f"{amount:f}")
            part = replace(
                first,
                base=first.base + part.base,
                amount=amount,
                whole=first.whole + part.whole,
                steps=(*first.steps, *part.steps, total),
            )
        merged[key] = part
    return list(merged.values())


def _target(whole, to, ratio, base, kept):
    """Return the part of one receiver: whole part x ratio x weight, rounded half-up."""
    amount = round_half_up(exact(whole.amount) * ratio * to.weight, base.unit)
    steps = list(whole.steps)
    if to.moved_from:
        steps.append(Step("moved", to.moved_from, to.role))
    if ratio != 1 or to.weight != 1:
        share = f"{show(kept * to.weight)}/{show(base.quantity)}"
        if base.credit:
            share += f" - {base.credit:f}"
        steps.append(Step("kept", share, f"{amount:f}"))
    return Part(
        whole.line.key, to.role, to.party, _scale(whole.base, ratio * to.weight, base.unit),
        whole.line.rate, amount, whole.amount, moved_from=to.moved_from, steps=tuple(steps),
    )  # fmt: skip


def _rest(whole, receivers, rest, net, unit):
    """Return the residual parts; several receivers share the rest without losing a unit."""
    amounts = round_parts(
        [exact(rest) * to.weight for to in receivers], unit, "largest"
    )
    step = Step("residual", f"{net:f} - {net - rest:f}", f"{rest:f}")
    return [
        Part(
            whole.line.key,
            to.role,
            to.party,
            net,
            ZERO,
            amount,
            whole.amount,
            residual=True,
            moved_from=to.moved_from,
            steps=(step,),
        )  # fmt: skip
        for to, amount in zip(receivers, amounts, strict=True)
    ]


def _scale(amount, ratio, unit):
    return amount if ratio == 1 else round_half_up(exact(amount) * ratio, unit)
