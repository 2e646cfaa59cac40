"""Worked examples that other systems publish, on our engine.

Each test names the system. Where the figure differs, its text says why. The allotments of
ledgers (portions, limits, sources) are in `test_money.py`.
"""

from decimal import Decimal as D

import pytest
from split_story import base, rule

from engine.money import add_tax
from engine.split import (
    Fulfiller,
    LineBase,
    Roles,
    RuleLine,
    SplitError,
    SplitRule,
    allocate,
    missing,
)

SHOP = Roles({"platform": "shop", "fulfiller": "seller"})


def fee(rate, kind="percent", of="untaxed", **limits):
    """A fee of the platform; the seller gets the rest."""
    limits = {name: D(value) for name, value in limits.items()}
    line = RuleLine("platform", kind=kind, rate=D(rate), base=of, **limits)
    return SplitRule((line, RuleLine("fulfiller", residual=True)))


def fee_of(line, split):
    return str(allocate(line, split, SHOP).of("shop"))


@pytest.mark.parametrize(
    ("price", "quantity", "split", "amount"),
    [
        ("100.00", "1", fee("10"), "10.00"),
        ("300.00", "3", fee("10"), "30.00"),
        ("300.00", "3", fee("7.50", "fixed"), "7.50"),
        ("1000.00", "10", fee("25.00", "fixed", cap="12"), "12.00"),
    ],
)
def test_marketplace_fee_of_a_line(price, quantity, split, amount):
    """Mercur: 10 %, and 2.50 a unit with a cap of 12; our fixed amounts are per line."""
    assert fee_of(base(price, quantity=D(quantity)), split) == amount


@pytest.mark.parametrize(
    ("untaxed", "total", "of", "amount"),
    [
        ("80.00", "100.00", "untaxed", "8.00"),
        ("100.00", "120.00", "total", "12.00"),
        ("60.00", "60.00", "untaxed", "6.00"),
        ("0.00", "0.00", "untaxed", "0"),
    ],
)
def test_fee_with_and_without_tax_and_after_discounts(untaxed, total, of, amount):
    """Mercur: 20 of VAT in or on top of 100; discounts of 40 and of more than there is."""
    line = LineBase(D(untaxed), total=D(total))
    assert D(fee_of(line, fee("10", of=of))) == D(amount)


@pytest.mark.parametrize(
    ("split", "amount"),
    [(fee("1", floor="5"), "5.00"), (fee("50", cap="20"), "20.00")],
)
def test_floor_and_cap(split, amount):
    """Mercur: 1 % but at least 5, 50 % but at most 20, of 100."""
    assert fee_of(base("100.00"), split) == amount


@pytest.mark.parametrize(
    ("line", "split", "amount", "tax", "gross"),
    [
        (base("100.00"), fee("10", "fixed"), "10.00", "2.10", "12.10"),
        (base("100.00"), fee("3.33"), "3.33", "0.70", "4.03"),
        (LineBase(D("1000"), unit=D(1)), fee("3.33"), "33", "7", "40"),
    ],
)
def test_tax_on_the_fee(line, split, amount, tax, gross):
    """Mercur: 21 % on the fee; yen have no cents, so the tax of 6.93 is 7."""
    found = D(fee_of(line, split))
    assert (str(found), *map(str, add_tax(found, D(21), line.unit))) == (
        amount,
        tax,
        gross,
    )


def test_what_two_transfers_leave_is_the_platforms():
    """Stripe: of a charge of 100.00, transfers of 70.00 and 20.00."""
    split = rule(("fulfiller", "70", "fixed"), ("origin", "20", "fixed"))
    parties = {"fulfiller": "a", "origin": "b"}
    assert allocate(base("100.00"), split, Roles(parties)).by_party() == {
        "a": D("70.00"),
        "b": D("20.00"),
        "hq": D("10.00"),
    }


def test_a_full_refund_uses_the_shares_of_the_sale():
    """Adyen: 620.00 = 600.00 + 20.00; a refund without split data gives both back."""
    split = fee("20", "fixed")
    sold = allocate(base("620.00"), split, SHOP).by_party()
    none = Roles(SHOP.parties, (Fulfiller("seller", D(0)),))
    back = missing(allocate(base("620.00"), split, none).by_party(), sold)
    assert back == {"seller": D("-600.00"), "shop": D("-20.00")}
    assert missing({}, {party: sold[party] + back[party] for party in sold}) == {}


def test_a_refund_after_the_payout_is_a_new_negative_line():
    """Tolt: 30 % of 49.00 is 14.70, back in full; a second refund finds nothing."""
    split = rule(("guide", "30"))
    parties = {"guide": "partner", "fulfiller": "shop"}
    sold = allocate(base("49.00"), split, Roles(parties)).by_party()
    assert sold["partner"] == D("14.70")
    gone = Roles(parties, (Fulfiller("shop", D(0)),))
    target = allocate(base("49.00"), split, gone).by_party()
    back = missing(target, sold)
    assert back["partner"] == D("-14.70")
    after = {party: sold[party] + back.get(party, 0) for party in sold}
    assert missing(target, after) == {}


def test_too_high_by_ten_percent_is_put_right_by_opposite_lines():
    """TigerBeetle: 10,000 + 50, both 10 % too high: further entries, the first ones stay."""
    posted = {"a": D("10000.00"), "b": D("50.00")}
    right = {"a": D("9000.00"), "b": D("45.00")}
    assert missing(right, posted) == {"a": D("-1000.00"), "b": D("-5.00")}
    assert posted == {"a": D("10000.00"), "b": D("50.00")}


def test_a_credit_note_lowers_the_commission():
    """ADempiere #1628: 4 % of 1,000 less 200 is 32, not 48."""
    split = rule(("guide", "4"))
    roles = Roles({"guide": "agent", "fulfiller": "shop"})
    line = base("1000.00", credit=D("200.00"))
    assert allocate(line, split, roles).of("agent") == D("32.00")


def test_one_rate_among_several_does_not_depend_on_their_order():
    """OCA commission #596: 10 % for four agents is 2.50 each, in whatever order."""
    roles = ("origin", "tier1", "guide", "crew")
    for order in (roles, roles[::-1]):
        split = rule(*((role, "2.5") for role in order))
        parties = {role: role for role in order} | {"fulfiller": "shop"}
        found = allocate(base("100.00"), split, Roles(parties)).by_party()
        assert {found[role] for role in roles} == {D("2.50")}


@pytest.mark.parametrize(
    ("split", "amount"),
    [
        (fee("0.88", "fixed"), "0.88"),
        (fee("10"), "1.00"),
        (fee("0", "fixed"), "0.00"),
    ],
)
def test_zero_is_a_rate(split, amount):
    """yudao: of 10.00 a fixed 0.88; 10 %; a fixed 0 is 0 and falls back on nothing."""
    assert D(fee_of(base("10.00"), split)) == D(amount)


def test_half_up_instead_of_cutting_off():
    """yudao and ECShopX cut off fractions of a cent: 3 % of 884.07 is 26.52 with both,
    10 % of 0.05 is 0.01 here and 0.00 there."""
    assert fee_of(base("884.07"), fee("3")) == "26.52"
    assert fee_of(base("0.05"), fee("10")) == "0.01"


def test_what_each_level_keeps_of_the_next():
    """Staff 20 of 100, agent 30 less 20, division 50 less 30, headquarters the rest."""
    split = rule(("guide", "20"), ("tier1", "10"), ("origin", "20"))
    roles = Roles(
        {"guide": "staff", "tier1": "agent", "origin": "division", "fulfiller": "x"}
    )
    found = allocate(base("100.00"), split, roles)
    assert [
        str(found.of(p)) for p in ("division", "agent", "staff", "hq")
    ] == ["20.00", "10.00", "20.00", "50.00"]  # fmt: skip


def test_more_than_everything_or_two_rests_are_refused():
    """Formance: portions over 100 %, or two that take the remainder."""
    with pytest.raises(SplitError, match="100"):
        rule(("fulfiller", "60"), ("origin", "50"))
    with pytest.raises(SplitError, match="2 residual lines"):
        SplitRule((RuleLine("hq", residual=True), RuleLine("fulfiller", residual=True)))
