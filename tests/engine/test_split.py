"""Golden cases of the split, to the cent (names GA ... GP as in the domain text)."""

from datetime import date
from decimal import Decimal as D

import pytest

from engine.money import add_tax, spread, take_out_tax
from engine.split import (
    Coupon,
    Fulfiller,
    LineBase,
    Roles,
    RuleLine,
    SplitError,
    SplitRule,
    allocate,
    explain,
    missing,
)

PARTIES = {"fulfiller": "C2", "origin": "B1", "tier1": "C1", "guide": "G"}


def rule(*lines, residual="hq", **values):
    """Build a rule of ``(role, rate[, kind[, base]])`` lines and a residual."""
    built = [
        RuleLine(
            row[0], rate=D(row[1]), **dict(zip(("kind", "base"), row[2:], strict=False))
        )
        for row in lines
    ]
    return SplitRule((*built, RuleLine(residual, residual=True)), **values)


XR = rule(("fulfiller", "82"), ("origin", "6"), ("tier1", "2"), ("guide", "3"))


def base(untaxed, **values):
    return LineBase(D(untaxed), **values)


def amounts(allocation, *parties):
    return [
        str(allocation.of(party)) for party in parties or ("C2", "B1", "C1", "G", "hq")
    ]


def test_ga_clean():
    allocation = allocate(base("1000.00"), XR, Roles(PARTIES))
    assert amounts(allocation) == ["820.00", "60.00", "20.00", "30.00", "70.00"]


def test_ga_bills_and_proof():
    """Bills 926.60 / 63.60 / 21.20, VAT left 18.60, cash kept 88.60."""
    allocation = allocate(base("1000.00"), XR, Roles(PARTIES))
    taxes = {"C2": D(13), "B1": D(6), "C1": D(6)}
    bills = {
        party: add_tax(allocation.of(party), rate) for party, rate in taxes.items()
    }
    assert [str(gross) for _tax, gross in bills.values()] == [
        "926.60",
        "63.60",
        "21.20",
    ]
    paid = sum(gross for _tax, gross in bills.values()) + allocation.of("G")
    assert D("1130.00") - paid == D("88.60")
    assert D("130.00") - sum(tax for tax, _gross in bills.values()) == D("18.60")


def test_gb_rounding():
    net, _vat = take_out_tax(D("999.00"), D(13))
    allocation = allocate(LineBase(net, quantity=D(3)), XR, Roles(PARTIES))
    assert amounts(allocation) == ["724.94", "53.04", "17.68", "26.52", "61.89"]
    assert sum(allocation.by_party().values()) == D("884.07")


def test_gb_tells_why():
    allocation = allocate(base("884.07", quantity=D(3)), XR, Roles(PARTIES))
    guide = next(part for part in allocation.parts if part.role == "guide")
    assert (
        explain(guide) == "base untaxed = 884.07; rate 3 = 26.5221; round 0.01 = 26.52"
    )
    residual = allocation.parts[-1]
    assert explain(residual) == "residual 884.07 - 822.18 = 61.89"


def test_gb_r_partial_refunds():
    """Each refund reverses what converges to the target, the third one the rest."""
    posted, reversals = {}, []
    for kept in (3, 2, 1, 0):
        roles = Roles(PARTIES, (Fulfiller("C2", D(kept)),))
        target = allocate(base("884.07", quantity=D(3)), XR, roles).by_party()
        delta = missing(target, posted)
        reversals.append(
            [str(-delta[party]) for party in ("C2", "B1", "C1", "G", "hq")]
        )
        posted = target
    assert reversals[1:] == [
        ["241.65", "17.68", "5.89", "8.84", "20.63"],
        ["241.64", "17.68", "5.90", "8.84", "20.63"],
        ["241.65", "17.68", "5.89", "8.84", "20.63"],
    ]
    assert not any(posted.values())


def test_running_twice_leaves_nothing_to_post():
    target = allocate(base("1000.00"), XR, Roles(PARTIES)).by_party()
    assert missing(target, target) == {}


def test_gc_agent_mode_arithmetic():
    """HQ takes 7 % of net and 6 % VAT on it; what is left is the dealer's."""
    allocation = allocate(base("1000.00"), XR, Roles(PARTIES))
    fee = allocation.of("hq") + add_tax(allocation.of("hq"), D(6))[0]
    others = [add_tax(allocation.of(p), D(6))[1] for p in ("B1", "C1")] + [
        allocation.of("G")
    ]
    assert (fee, sum(others)) == (D("74.20"), D("114.80"))
    assert D("1130.00") - fee - sum(others) == D("941.00")


def test_gd_floor_lifts_the_dealer_to_its_guarantee():
    """Price below purchase price: the trace shows share and guarantee, HQ pays 657.81."""
    net, _vat = take_out_tax(D("2999.00"), D(13))
    guaranteed, _vat = take_out_tax(D("3202.50"), D(13))
    lines = list(XR.lines)
    lines[0] = RuleLine("fulfiller", rate=D(82), floor=guaranteed)
    with_floor = allocate(LineBase(net), SplitRule(tuple(lines)), Roles(PARTIES))
    without = allocate(LineBase(net), XR, Roles(PARTIES))
    assert (without.of("C2"), without.of("hq")) == (D("2176.26"), D("185.78"))
    assert (with_floor.of("C2"), with_floor.of("hq")) == (D("2834.07"), D("-472.03"))
    assert with_floor.of("C2") - without.of("C2") == D("657.81")
    assert "floor 2834.07" in explain(with_floor.parts[0])


def test_ge_bundle_of_goods_and_service():
    goods, service = spread(D("3799.00"), [D("3600.00"), D("400.00")])
    goods_net, service_net = (
        take_out_tax(goods, D(13))[0],
        take_out_tax(service, D(9))[0],
    )
    first = allocate(LineBase(goods_net), XR, Roles(PARTIES))
    assert amounts(first) == ["2481.12", "181.55", "60.52", "90.77", "211.79"]
    crew_rule = rule(("crew", "70"), ("fulfiller", "25"))
    second = allocate(
        LineBase(service_net), crew_rule, Roles({"crew": "W", "fulfiller": "C2"})
    )
    assert amounts(second, "W", "C2", "hq") == ["243.97", "87.13", "17.43"]


def test_gf_crew_upsell_over_the_floor_price():
    upsell = rule(
        ("crew", "60", "spread"),
        ("fulfiller", "100", "percent", "floor_price"),
        ("fulfiller", "25", "spread"),
    )
    line = base("442.48", floor_price=D("336.28"))
    allocation = allocate(line, upsell, Roles({"crew": "W", "fulfiller": "C2"}))
    assert amounts(allocation, "W", "C2", "hq") == ["63.72", "362.83", "15.93"]


def test_gf_flat_fee_of_a_lead():
    lead = rule(("crew", "80.00", "fixed"))
    allocation = allocate(base("1000.00"), lead, Roles({"crew": "W"}))
    assert amounts(allocation, "W", "hq") == ["80.00", "920.00"]


@pytest.mark.parametrize(
    "funder, expected",
    [("hq", ["820.00", "60.00", "20.00", "30.00", "-18.50"]),
     ("fulfiller", ["731.50", "60.00", "20.00", "30.00", "70.00"])],
)  # fmt: skip
def test_gg_who_funds_the_coupon(funder, expected):
    net, _vat = take_out_tax(D("1030.00"), D(13))
    coupon = Coupon(funder, D("1000.00") - net, D("100.00"))
    allocation = allocate(LineBase(net, coupons=(coupon,)), XR, Roles(PARTIES))
    assert amounts(allocation) == expected
    assert sum(allocation.by_party().values()) == D("911.50")


def test_coupon_above_its_funders_share_is_the_residuals():
    coupon = Coupon("guide", D("50.00"))
    allocation = allocate(base("950.00", coupons=(coupon,)), XR, Roles(PARTIES))
    assert amounts(allocation) == ["820.00", "60.00", "20.00", "0.00", "50.00"]


@pytest.mark.parametrize(
    "coupon", [Coupon("dealer", D(1)), Coupon("hq", D("-1")), Coupon("hq", D("0.001"))]
)
def test_senseless_coupons_are_refused(coupon):
    with pytest.raises(SplitError, match="coupon"):
        allocate(base("950.00", coupons=(coupon,)), XR, Roles(PARTIES))


@pytest.mark.parametrize(
    "absent_to, expected",
    [
        ("hq", ["820.00", "20.00", "160.00"]),
        ("fulfiller", ["910.00", "20.00", "70.00"]),
    ],
)
def test_gj_missing_roles(absent_to, expected):
    absent = SplitRule(XR.lines, absent_to=absent_to)
    allocation = allocate(
        base("1000.00"), absent, Roles({"fulfiller": "C2", "tier1": "C1"})
    )
    assert amounts(allocation, "C2", "C1", "hq") == expected
    moved = {
        part.moved_from: str(part.amount)
        for part in allocation.parts
        if part.moved_from
    }
    assert moved == {"origin": "60.00", "guide": "30.00"}


def test_gj_origin_is_the_fulfiller():
    allocation = allocate(base("1000.00"), XR, Roles({**PARTIES, "origin": "C2"}))
    assert [str(part.amount) for part in allocation.parts if part.party == "C2"] == [
        "820.00",
        "60.00",
    ]


def test_gj_shares_go_over_part_by_part():
    """Two absent 2.5 % of 0.20 are 0.01 each, not 0.01 together."""
    lines = rule(("origin", "2.5"), ("guide", "2.5"), absent_to="fulfiller")
    allocation = allocate(base("0.20"), lines, Roles({"fulfiller": "C2"}))
    assert amounts(allocation, "C2", "hq") == ["0.02", "0.18"]


def test_gl_discount_over_lines():
    discounts = spread(D("100.00"), [D("1130.00"), D("565.00")])
    lines = [
        take_out_tax(g - d, D(13))
        for g, d in zip((D("1130.00"), D("565.00")), discounts, strict=True)
    ]
    assert [(str(net), str(vat)) for net, vat in lines] == [
        ("941.00", "122.33"),
        ("470.50", "61.17"),
    ]


def test_gm_line_shipped_by_hq():
    roles = Roles(PARTIES, (Fulfiller("hq", D(1)),))
    allocation = allocate(base("500.00"), XR, roles)
    assert amounts(allocation) == ["0", "30.00", "10.00", "15.00", "445.00"]


def test_gm_no_fulfiller_means_hq():
    roles = Roles({"origin": "B1", "tier1": "C1", "guide": "G"})
    assert allocate(base("500.00"), XR, roles).of("hq") == D("445.00")


def test_gm_two_fulfillers_of_one_line():
    """10.00 x 82 % = 8.20 over 1 and 2 of 3 units: 2.73 and 5.47; HQ's third stays at HQ."""
    roles = Roles(PARTIES, (Fulfiller("C2", D(1)), Fulfiller("D2", D(2))))
    allocation = allocate(base("10.00", quantity=D(3)), XR, roles)
    assert amounts(allocation, "C2", "D2") == ["2.73", "5.47"]
    roles = Roles(PARTIES, (Fulfiller("C2", D(2)), Fulfiller("hq", D(1))))
    allocation = allocate(base("10.00", quantity=D(3)), XR, roles)
    assert amounts(allocation) == ["5.47", "0.60", "0.20", "0.30", "3.43"]


def test_gn_who_collected_owes_the_rest():
    allocation = allocate(base("1000.00"), XR, Roles(PARTIES))
    owed = {
        p: D("1130.00") - add_tax(allocation.of(p), D(t))[1]
        for p, t in (("B1", 6), ("C2", 13))
    }
    assert owed == {"B1": D("1066.40"), "C2": D("203.40")}
    fee, vat = take_out_tax(D("1130.00") * D("0.05"), D(6))
    assert (fee, vat, D("1130.00") - fee - vat) == (D("53.30"), D("3.20"), D("1073.50"))


def test_go_guide_share_paid_to_the_dealer():
    allocation = allocate(base("1000.00"), XR, Roles({**PARTIES, "guide": "B1"}))
    assert allocation.of("B1") == D("90.00")
    assert add_tax(allocation.of("B1"), D(6)) == (D("5.40"), D("95.40"))


def test_gp_margin_over_purchase_price():
    line = base("820.00", purchase=D("650.00"))
    margin = rule(
        ("fulfiller", "100", "percent", "purchase"),
        ("origin", "10", "percent", "margin"),
    )
    allocation = allocate(line, margin, Roles(PARTIES))
    assert allocation.parts[1].base == D("170.00")
    assert amounts(allocation, "C2", "B1", "hq") == ["650.00", "17.00", "153.00"]


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
