"""Region warehouse or dealer?"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fulfilment import compare

amounts = st.decimals(0, 10**6, places=2)


def numbers(*values):
    return [Decimal(str(value)) for value in values]


def test_the_worked_example():
    result = compare(*numbers(60000, 12, 32, 1800))
    assert (result.break_even, result.verdict) == (3000, "dealer")


def test_a_part_of_an_order_pays_for_nothing():
    assert compare(*numbers(100, 1, 4, 0)).break_even == 34


@pytest.mark.parametrize("fee", [0, 5, 12])
def test_a_fee_not_above_the_cost_never_pays(fee):
    assert compare(*numbers(1, 12, fee, 10**9)).break_even is None


def test_a_warehouse_without_fixed_cost_pays_at_once():
    assert compare(*numbers(0, 12, 32, 1)).break_even == 0


@pytest.mark.parametrize("place", range(4))
def test_negative_figures_are_refused(place):
    values = numbers(1, 1, 1, 1)
    values[place] = Decimal(-1)
    with pytest.raises(ValueError, match="negative"):
        compare(*values)


@given(amounts, amounts, amounts)
def test_the_break_even_is_the_first_number_that_is_not_dearer(fixed, variable, fee):
    point = compare(fixed, variable, fee, Decimal(0)).break_even
    if point is None:
        assert compare(fixed, variable, fee, Decimal(10**6)).verdict != "warehouse"
        return
    assert compare(fixed, variable, fee, point).verdict != "dealer"
    if point:
        assert compare(fixed, variable, fee, point - 1).verdict == "dealer"
