"""Readings of the split: bases, credits, caps, published cases, refused input."""

from datetime import date
from decimal import Decimal as D

import pytest
from split_story import PARTIES, XR, amounts, base, rule

from engine.split import (
    Fulfiller,
    LineBase,
    Roles,
    RuleLine,
    SplitError,
    SplitRule,
    allocate,
    explain,
)


def test_total_as_base():
    gross = rule(("fulfiller", "10", "percent", "total"))
    allocation = allocate(base("1000.00", total=D("1130.00")), gross, Roles(PARTIES))
    assert amounts(allocation, "C2", "hq") == ["113.00", "887.00"]


def test_credit_note_lowers_every_part():
    """100.00 of 1,000.00 given back on a unit that is kept: everything times 0.9."""
    allocation = allocate(base("1000.00", credit=D("100.00")), XR, Roles(PARTIES))
    assert amounts(allocation) == ["738.00", "54.00", "18.00", "27.00", "63.00"]
    assert "kept 1/1 - 100.00 =" in explain(allocation.parts[0])


def test_units_back_after_a_credit_note_never_go_below_zero():
    roles = Roles(PARTIES, (Fulfiller("C2", D(0)),))
    allocation = allocate(base("1000.00", credit=D("100.00")), XR, roles)
    assert allocation.net == 0 and not any(allocation.by_party().values())


@pytest.mark.parametrize(
    "untaxed, expected", [("0.01", ["0.01", "0.00"]), ("0.00", ["0.00", "0.00"])]
)
def test_one_cent_and_zero_lines(untaxed, expected):
    """82 % of a cent is a cent; the residual gets what is left: nothing."""
    assert amounts(allocate(base(untaxed), XR, Roles(PARTIES)), "C2", "hq") == expected


def test_negative_line_mirrors_the_positive_one():
    positive = allocate(base("884.07"), XR, Roles(PARTIES)).by_party()
    negative = allocate(base("-884.07"), XR, Roles(PARTIES)).by_party()
    assert negative == {party: -amount for party, amount in positive.items()}


def test_cap_and_floor_hold_for_the_whole_line():
    """A cap of 10 on a 3-unit line is 10 for the line; one unit back takes a third of it."""
    capped = SplitRule(
        (RuleLine("origin", rate=D(10), cap=D(10)), RuleLine("hq", residual=True))
    )
    roles = Roles(PARTIES, (Fulfiller("C2", D(2)),))
    assert (
        allocate(base("500.00", quantity=D(3)), capped, Roles(PARTIES)).of("B1") == 10
    )
    assert allocate(base("500.00", quantity=D(3)), capped, roles).of("B1") == D("6.67")
    assert allocate(base("-500.00"), capped, Roles(PARTIES)).of("B1") == -10


@pytest.mark.parametrize(
    "price, rate, cap, floor, fee",
    [("10.00", "10", "10", None, "1.00"), ("500.00", "10", "10", None, "10.00"),
     ("100.00", "1", None, "5", "5.00"), ("100.00", "50", "20", None, "20.00"),
     ("0.00", "1", None, "5", "0.00")],
)  # fmt: skip
def test_published_caps_and_floors(price, rate, cap, floor, fee):
    line = RuleLine(
        "platform", rate=D(rate), cap=cap and D(cap), floor=floor and D(floor)
    )
    seller = SplitRule((line, RuleLine("fulfiller", residual=True)))
    allocation = allocate(
        base(price), seller, Roles({"platform": "P", "fulfiller": "S"})
    )
    assert (allocation.of("P"), allocation.of("S")) == (D(fee), D(price) - D(fee))


@pytest.mark.parametrize(
    "remainder, expected", [("first", [13, 1, 1]), ("largest", [12, 1, 2])]
)
def test_remainder_policy_of_a_rule(remainder, expected):
    fifteen = rule(("fulfiller", "80"), ("origin", "8"), remainder=remainder)
    allocation = allocate(LineBase(D(15), unit=D(1)), fifteen, Roles(PARTIES))
    assert [allocation.of(p) for p in ("C2", "B1", "hq")] == expected


def test_published_platform_splits():
    """70 and 20 of 100 leave 10; 20.00 of 620.00; 10 % of 100; 0.10 of 10.00."""
    fixed = rule(("fulfiller", "70", "fixed"), ("origin", "20", "fixed"))
    assert allocate(base("100.00"), fixed, Roles(PARTIES)).of("hq") == 10
    seller = rule(("platform", "10"), residual="fulfiller")
    roles = Roles({"platform": "P", "fulfiller": "S"})
    assert amounts(allocate(base("100.00"), seller, roles), "P", "S") == [
        "10.00",
        "90.00",
    ]
    fee = rule(("platform", "20.00", "fixed"), residual="fulfiller")
    assert amounts(allocate(base("620.00"), fee, roles), "P", "S") == [
        "20.00",
        "600.00",
    ]
    back = Roles(roles.parties, (Fulfiller("S", D(0)),))
    assert allocate(base("620.00"), fee, back).by_party() == {"P": 0, "S": 0}


@pytest.mark.parametrize(
    "line, expected",
    [
        (("guide", "88", "fixed"), 88),
        (("guide", "10"), 100),
        (("guide", "0", "fixed"), 0),
    ],
)
def test_published_brokerage(line, expected):
    """A fixed amount of zero is a value, not a reason to look for a percentage."""
    allocation = allocate(LineBase(D(1000), unit=D(1)), rule(line), Roles(PARTIES))
    assert allocation.of("G") == expected


@pytest.mark.parametrize(
    "untaxed, unit, expected",
    [("999", "1", ["819", "60", "20", "30", "70"]),
     ("99.95", "0.05", ["81.95", "6.00", "2.00", "3.00", "7.00"])],
)  # fmt: skip
def test_currencies_with_other_units(untaxed, unit, expected):
    allocation = allocate(base(untaxed, unit=D(unit)), XR, Roles(PARTIES))
    assert [allocation.of(p) for p in ("C2", "B1", "C1", "G", "hq")] == list(
        map(D, expected)
    )


def test_several_lines_of_one_role_are_rounded_each():
    twice = rule(("origin", "2.5"), ("origin", "2.5"))
    assert allocate(base("0.20"), twice, Roles(PARTIES)).of("B1") == D("0.02")


def test_residual_dealers_share_without_losing_a_cent():
    seller = rule(("platform", "10"), residual="fulfiller")
    roles = Roles({"platform": "P"}, tuple(Fulfiller(p, D(1)) for p in "STU"))
    allocation = allocate(base("100.00", quantity=D(3)), seller, roles)
    assert amounts(allocation, "S", "T", "U") == ["30.00", "30.00", "30.00"]
    allocation = allocate(base("1.00", quantity=D(3)), seller, roles)
    assert amounts(allocation, *"STU") == ["0.30", "0.30", "0.30"]
    allocation = allocate(base("1.01", quantity=D(3)), seller, roles)
    assert amounts(allocation, *"STU") == ["0.31", "0.30", "0.30"]


def test_lines_hold_on_their_dates():
    promo = RuleLine(
        "guide", rate=D(5), date_from=date(2026, 11, 1), date_to=date(2026, 11, 30)
    )
    dated = SplitRule(
        (promo, RuleLine("hq", residual=True)), date_to=date(2026, 12, 31)
    )
    for day, expected in ((date(2026, 11, 30), "50.00"), (date(2026, 12, 1), "0")):
        allocation = allocate(base("1000.00", day=day), dated, Roles(PARTIES))
        assert str(allocation.of("G")) == expected
    with pytest.raises(SplitError, match="doesn't hold on 2027-01-01"):
        allocate(base("1000.00", day=date(2027, 1, 1)), dated, Roles(PARTIES))


@pytest.mark.parametrize(
    "line, text",
    [(("origin", "5", "percent", "margin"), "purchase price"),
     (("origin", "5", "spread"), "floor price")],
)  # fmt: skip
def test_unknown_price_is_named(line, text):
    with pytest.raises(SplitError, match=text):
        allocate(base("100.00"), rule(line), Roles(PARTIES))


def test_sold_under_the_floor_price_leaves_no_spread():
    allocation = allocate(
        base("100.00", floor_price=D("120.00")),
        rule(("crew", "60", "spread")),
        Roles({"crew": "W"}),
    )
    assert allocation.of("W") == 0


@pytest.mark.parametrize(
    "values, text",
    [({"untaxed": D("1.005")}, "round it to 0.01"), ({"quantity": D(0)}, "more than 0 units"),
     ({"credit": D(-1)}, "0 or more"), ({"purchase": D("0.001")}, "purchase 0.001")],
)  # fmt: skip
def test_senseless_bases_are_refused(values, text):
    with pytest.raises(SplitError, match=text):
        LineBase(**{"untaxed": D(1), **values})


@pytest.mark.parametrize(
    "kept, text", [(["2"], "2 units kept of 1"), (["2", "-1"], "below 0")]
)
def test_kept_more_than_ordered_is_refused(kept, text):
    roles = Roles(PARTIES, tuple(Fulfiller(str(i), D(k)) for i, k in enumerate(kept)))
    with pytest.raises(SplitError, match=text):
        allocate(base("1.00"), XR, roles)
