"""Several fulfillers that bought the same goods on different terms."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.money import round_half_up
from engine.split import Fulfiller, LineBase, Roles, RuleLine, SplitRule, allocate

D = Decimal
CENT = D("0.01")
MARGIN = SplitRule(
    (
        RuleLine("fulfiller", base="purchase", rate=D(100), key="f"),
        RuleLine("fulfiller", base="margin", rate=D(40), key="m"),
        RuleLine("guide", base="margin", rate=D(10), key="g"),
        RuleLine("hq", residual=True, key="h"),
    )
)
SUBSIDY = SplitRule(
    (
        RuleLine("fulfiller", rate=D(82), key="f"),
        RuleLine("subsidy", base="guarantee", rate=D(100), key="s"),
        RuleLine("hq", residual=True, key="h"),
    )
)


def test_each_fulfiller_is_paid_its_own_purchase_price():
    base = LineBase(D("1000.00"), quantity=D(2))
    shares = (
        Fulfiller("C2", D(1), purchase=D("600.00")),
        Fulfiller("C1", D(1), purchase=D("800.00")),
    )
    found = allocate(base, MARGIN, Roles({"guide": "G"}, shares)).by_party()
    # half of 600.00 + 40 % of 400.00, half of 800.00 + 40 % of 200.00, 10 % of both margins
    assert found == {
        "C2": D("380.00"),
        "C1": D("440.00"),
        "G": D("30.00"),
        "hq": D("150.00"),
    }


def test_each_fulfiller_is_brought_up_to_its_own_guarantee():
    base = LineBase(D("1000.00"), quantity=D(2))
    shares = (
        Fulfiller("C2", D(1), guaranteed=D("900.00")),
        Fulfiller("C1", D(1), guaranteed=D("700.00")),
    )
    result = allocate(base, SUBSIDY, Roles({}, shares))
    subsidies = {p.party: p.amount for p in result.parts if p.role == "subsidy"}
    assert subsidies == {"C2": D("40.00"), "C1": D("0.00")}
    assert result.of("C2") == D("450.00")


def test_a_guide_s_sum_tells_of_both():
    base = LineBase(D("1000.00"), quantity=D(2))
    shares = (
        Fulfiller("C2", D(1), purchase=D("600.00")),
        Fulfiller("C1", D(1), purchase=D("800.00")),
    )
    result = allocate(base, MARGIN, Roles({"guide": "G"}, shares))
    [guide] = [part for part in result.parts if part.role == "guide"]
    assert guide.steps[-1].code == "sum"
    assert guide.step_rows()[-1] == ["sum", "20.00 + 10.00", "30.00"]


def test_what_came_back_of_one_leaves_the_other_s_terms():
    base = LineBase(D("1000.00"), quantity=D(2))
    shares = (
        Fulfiller("C2", D(0), purchase=D("600.00")),
        Fulfiller("C1", D(1), purchase=D("800.00")),
    )
    result = allocate(base, MARGIN, Roles({}, shares))
    assert result.net == D("500.00")
    assert (result.of("C2"), result.of("C1")) == (D("0.00"), D("440.00"))


cents = st.integers(0, 500000).map(lambda n: D(n) * CENT)


@given(cents, cents, st.integers(0, 5), st.integers(0, 5), cents, cents)
def test_the_parts_add_up_and_each_gets_its_own(net, credit, one, two, cheap, dear):
    quantity = max(one + two, 1)
    base = LineBase(net, quantity=D(quantity), credit=min(credit, net))
    shares = (
        Fulfiller("A", D(one), purchase=cheap),
        Fulfiller("B", D(two), purchase=dear),
    )
    result = allocate(base, MARGIN, Roles({"guide": "G"}, shares))
    assert sum(part.amount for part in result.parts) == result.net
    ratio = Fraction(one + two, quantity)
    if net:
        ratio = max(ratio - Fraction(base.credit) / Fraction(net), Fraction(0))
    own = [p for p in result.parts if (p.key, p.party) == ("f", "A")]
    weight = Fraction(one, one + two) if one + two else Fraction(1)
    due = round_half_up(Fraction(cheap) * ratio * weight, CENT)
    assert sum(part.amount for part in own) == due


@given(cents, st.integers(1, 5), st.integers(1, 5), cents)
def test_the_same_terms_told_twice_are_those_of_the_line(net, one, two, price):
    line = LineBase(net, quantity=D(one + two), purchase=price)
    bare = LineBase(net, quantity=D(one + two))
    roles = Roles({}, (Fulfiller("A", D(one)), Fulfiller("B", D(two))))
    told = Roles({}, (Fulfiller("A", D(one), price), Fulfiller("B", D(two), price)))
    assert allocate(line, MARGIN, roles) == allocate(bare, MARGIN, told)
