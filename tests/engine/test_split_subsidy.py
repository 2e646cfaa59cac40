"""A subsidy tops the fulfiller up to what is guaranteed (cases GD and GP)."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.split import (
    Fulfiller,
    LineBase,
    Roles,
    RuleLine,
    SplitError,
    SplitRule,
    allocate,
)

RULE = SplitRule(
    (
        RuleLine("fulfiller", rate=D(82), key="1"),
        RuleLine("origin", rate=D(6), key="2"),
        RuleLine("subsidy", base="guarantee", rate=D(100), key="3"),
        RuleLine("hq", residual=True, key="4"),
    )
)


def split(untaxed, guaranteed, kept=1, quantity=1, party="C2"):
    base = LineBase(D(untaxed), guaranteed=guaranteed, quantity=D(quantity))
    roles = Roles({"origin": "B1"}, (Fulfiller(party, D(kept)),), "HQ")
    parts = allocate(base, RULE, roles).parts
    return {part.role: part.amount for part in parts if part.amount}


def test_gd():
    assert split("2653.98", D("2834.07")) == {
        "fulfiller": D("2176.26"),
        "origin": D("159.24"),
        "subsidy": D("657.81"),
        "hq": D("-339.33"),
    }


def test_gp_nothing_is_lacking():
    assert "subsidy" not in split("1000.00", D("682.50"))


def test_headquarters_ships_and_nothing_is_guaranteed():
    assert "subsidy" not in split("2653.98", None, party="HQ")


@given(
    st.integers(1, 10**7), st.integers(0, 10**7), st.integers(1, 9), st.integers(0, 9)
)
def test_the_fulfiller_never_gets_less_than_guaranteed(cents, least, units, kept):
    net, guaranteed = D(cents) / 100, D(least) / 100
    whole = split(net, guaranteed, units, units)
    own = whole.get("fulfiller", 0) + whole.get("subsidy", 0)
    assert own >= guaranteed
    assert sum(whole.values()) == net
    kept = min(kept, units)
    part = split(net, guaranteed, kept, units)
    assert abs(part.get("subsidy", 0) - whole.get("subsidy", 0) * kept / units) <= D(
        "0.005"
    )


@pytest.mark.parametrize("role, base", [("subsidy", "untaxed"), ("guide", "guarantee")])
def test_subsidy_and_gap_belong_together(role, base):
    with pytest.raises(SplitError, match="guaranteed margin"):
        RuleLine(role, base=base, rate=D(5))
