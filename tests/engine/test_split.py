"""Golden cases of the split, to the cent (names GA ... GP as in the domain text)."""

from decimal import Decimal as D

import pytest
from split_story import PARTIES, XR, amounts, base, rule

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
    uncovered,
)


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
    "funder, net, left",
    [("guide", "50.00", {"guide": D("20.00")}),
     ("guide", "30.00", {}),
     ("crew", "50.00", {"crew": D("50.00")}),
     ("hq", "50.00", {})],
)  # fmt: skip
def test_what_the_funder_does_not_cover_is_told(funder, net, left):
    coupons = (Coupon(funder, D(net) / 2), Coupon(funder, D(net) / 2))
    line = base(str(D("1000.00") - D(net)), coupons=coupons)
    assert uncovered(line, XR) == left


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
