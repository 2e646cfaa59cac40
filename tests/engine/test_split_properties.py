"""What holds for any amount, currency and rule."""

from decimal import Decimal as D

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.money import is_multiple
from engine.split import (
    Fulfiller,
    LineBase,
    Roles,
    RuleLine,
    SplitRule,
    allocate,
    missing,
)

UNITS = st.sampled_from([D("0.01"), D("1"), D("0.05"), D("0.001")])
ROLE_NAMES = ["fulfiller", "origin", "tier1", "guide", "crew", "platform"]
RATES = st.integers(0, 10_000).map(lambda n: D(n) / 100)
COUNTS = st.integers(-(10**13), 10**13)


@st.composite
def rule_lines(draw):
    """Lines of percent, spread and fixed parts whose percentages stay within 100."""
    lines, left = [], D(100)
    for role in draw(st.lists(st.sampled_from(ROLE_NAMES), max_size=6)):
        kind = draw(st.sampled_from(["percent", "fixed"]))
        rate = min(draw(RATES), left) if kind == "percent" else draw(RATES)
        left -= rate if kind == "percent" else 0
        floor = draw(st.none() | st.integers(0, 50).map(D))
        cap = draw(st.none() | st.integers(50, 500).map(D))
        lines.append(RuleLine(role, kind, rate, cap=cap, floor=floor))
    return lines


@st.composite
def rules(draw, remainders=("residual", "largest", "first")):
    lines = draw(rule_lines())
    residual = RuleLine(draw(st.sampled_from(["hq", "fulfiller"])), residual=True)
    lines.insert(draw(st.integers(0, len(lines))), residual)
    absent = draw(st.sampled_from(["hq", "fulfiller"]))
    return SplitRule(tuple(lines), absent, draw(st.sampled_from(remainders)))


@st.composite
def situations(draw):
    """An amount, the units ordered, who keeps how many of them, and who is there."""
    unit, quantity = draw(UNITS), draw(st.integers(1, 60))
    kept, left = [], quantity
    for party in draw(st.permutations(["C2", "C3", "hq"])):
        part = draw(st.integers(0, left))
        kept.append(Fulfiller(party, D(part)))
        left -= part
    present = draw(st.sets(st.sampled_from(ROLE_NAMES[1:])))
    untaxed = draw(COUNTS) * unit
    credit = draw(st.integers(0, 1000)) * unit
    base = LineBase(untaxed, unit=unit, quantity=D(quantity), credit=credit)
    return base, Roles({role: role for role in present}, tuple(kept))


def whole(base):
    """The same line with everything kept and no credit."""
    return LineBase(base.untaxed, unit=base.unit, quantity=base.quantity)


@given(rules(), situations())
def test_sum_is_kept(rule, situation):
    base, roles = situation
    allocation = allocate(base, rule, roles)
    assert sum(part.amount for part in allocation.parts) == allocation.net
    assert all(is_multiple(part.amount, base.unit) for part in allocation.parts)


@given(rules(), situations())
def test_nothing_kept_back_is_the_whole_net(rule, situation):
    base, roles = situation
    roles = Roles({**roles.parties, "fulfiller": "C2"})
    allocation = allocate(whole(base), rule, roles)
    assert allocation.net == base.untaxed == sum(allocation.by_party().values())


@given(rules(), situations())
def test_only_the_residual_may_be_of_the_other_sign(rule, situation):
    base, roles = situation
    sign = -1 if base.untaxed < 0 else 1
    for part in allocate(base, rule, roles).parts:
        assert part.residual or sign * part.amount >= 0


@given(
    rules(),
    situations(),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.randoms(),
)
def test_order_of_refunds_does_not_matter(rule, situation, refunds, random):
    """Post after each refund; the balance depends on what is back, not on the way there."""
    base, roles = situation
    quantity = int(base.quantity)
    assume(sum(refunds) <= quantity)

    def run(steps):
        posted, kept = {}, quantity
        for units in [0, *steps]:
            kept -= units
            there = Roles(roles.parties, (Fulfiller("C2", D(kept)),))
            target = allocate(whole(base), rule, there).by_party()
            for party, delta in missing(target, posted).items():
                posted[party] = posted.get(party, 0) + delta
        return {party: amount for party, amount in posted.items() if amount}

    shuffled = random.sample(refunds, len(refunds))
    assert run(refunds) == run(shuffled) == run([sum(refunds)])


@given(rules(), situations())
def test_full_refund_is_the_exact_negation(rule, situation):
    base, roles = situation
    all_kept = Roles(roles.parties, (Fulfiller("C2", base.quantity),))
    none_kept = Roles(roles.parties, (Fulfiller("C2", D(0)),))
    posted = allocate(whole(base), rule, all_kept).by_party()
    back = missing(allocate(base, rule, none_kept).by_party(), posted)
    assert back == {party: -amount for party, amount in posted.items() if amount}


@given(rules(remainders=("residual",)), situations())
def test_two_lines_are_like_their_sum(rule, situation):
    """Within one unit per part; the residual carries what the others differ by."""
    base, _roles = situation
    lines = tuple(
        RuleLine(line.role, line.kind, line.rate, residual=line.residual)
        for line in rule.lines
        if line.kind == "percent"
    )
    plain = SplitRule(lines, rule.absent_to)
    roles = Roles({role: role for role in ROLE_NAMES})
    one = allocate(whole(base), plain, roles)
    double = LineBase(2 * base.untaxed, unit=base.unit, quantity=base.quantity)
    for part, single in zip(
        allocate(double, plain, roles).parts, one.parts, strict=True
    ):
        bound = base.unit * (len(lines) - 1 if part.residual else 1)
        assert abs(part.amount - 2 * single.amount) <= bound


@given(rules(), situations())
def test_mirror_of_a_negative_line(rule, situation):
    base, roles = situation
    mirrored = LineBase(-base.untaxed, unit=base.unit, quantity=base.quantity)
    assume(base.untaxed)
    one = allocate(whole(base), rule, roles).parts
    other = allocate(mirrored, rule, roles).parts
    assert [part.amount for part in one] == [-part.amount for part in other]
