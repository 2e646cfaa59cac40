"""Rounding and allotment, with the published cases of other ledgers."""

from decimal import Decimal as D
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import (
    MoneyError,
    add_tax,
    allot,
    draw,
    exact,
    is_multiple,
    round_half_up,
    round_parts,
    show,
    spread,
    take_out_tax,
    waterfall,
)

UNITS = st.sampled_from([D("0.01"), D("1"), D("0.05"), D("0.001"), D("5")])


@pytest.mark.parametrize(
    "value, unit, expected",
    [
        ("724.9374", "0.01", "724.94"),
        ("0.005", "0.01", "0.01"),
        ("-0.005", "0.01", "-0.01"),
        ("2.5", "1", "3"),
        ("-2.5", "1", "-3"),
        ("1.024", "0.05", "1.00"),
        ("1.025", "0.05", "1.05"),
        (
            "123456789012345678901234567890.005",
            "0.01",
            "123456789012345678901234567890.01",
        ),
    ],
)
def test_half_goes_away_from_zero(value, unit, expected):
    assert round_half_up(D(value), D(unit)) == D(expected)


def test_floats_are_refused():
    with pytest.raises(MoneyError, match="float"):
        exact(0.1)
    with pytest.raises(MoneyError, match="rounding unit"):
        round_half_up(D(1), 0.01)


@pytest.mark.parametrize("unit", ["0", "-0.01"])
def test_rounding_unit_must_be_positive(unit):
    with pytest.raises(MoneyError, match="above zero"):
        is_multiple(D(1), D(unit))


@pytest.mark.parametrize(
    "net, percent, tax, gross",
    [("820.00", "13", "106.60", "926.60"), ("60.00", "6", "3.60", "63.60"),
     ("20.00", "6", "1.20", "21.20"), ("90.00", "6", "5.40", "95.40"),
     ("2834.07", "13", "368.43", "3202.50"), ("70.00", "6", "4.20", "74.20")],
)  # fmt: skip
def test_tax_on_top(net, percent, tax, gross):
    assert add_tax(D(net), D(percent)) == (D(tax), D(gross))


@pytest.mark.parametrize(
    "gross, percent, net, tax",
    [("1130.00", "13", "1000.00", "130.00"), ("999.00", "13", "884.07", "114.93"),
     ("333.00", "13", "294.69", "38.31"), ("0.01", "13", "0.01", "0.00"),
     ("1030.00", "13", "911.50", "118.50"), ("1073.50", "0", "1073.50", "0.00"),
     ("56.50", "6", "53.30", "3.20"), ("2999.00", "13", "2653.98", "345.02")],
)  # fmt: skip
def test_tax_out_of_a_price(gross, percent, net, tax):
    assert take_out_tax(D(gross), D(percent)) == (D(net), D(tax))


# Numscript and the Formance ledger publish these allotments.
@pytest.mark.parametrize(
    "portions, remainder, expected",
    [
        ([F(80, 100), F(8, 100), F(12, 100)], "first", [13, 1, 1]),
        ([F(80, 100), F(8, 100), F(12, 100)], "largest", [12, 1, 2]),
        ([F(80, 100), F(15, 100), None], "first", [13, 2, 0]),
        ([F(80, 100), F(15, 100), None], "largest", [12, 2, 1]),
        ([F(1, 2), F(1, 2), None], "first", [8, 7, 0]),
    ],
)
def test_fifteen_units(portions, remainder, expected):
    assert allot(D(15), portions, D(1), remainder) == expected


def test_nested_allotment():
    """15 % of 100.00 to a fee of {20 % tax; rest {5 % cashback, at most 10.00; rest revenue}}."""
    fee, merchant = allot(D("100.00"), [F(15, 100), None])
    tax, after_tax = allot(fee, [F(20, 100), None])
    cashback, revenue = waterfall(
        after_tax, [min(allot(after_tax, [F(5, 100), None])[0], D(10)), None]
    )
    assert [tax, cashback, revenue, merchant] == [
        D("3"),
        D("0.60"),
        D("11.40"),
        D("85"),
    ]


def test_part_kept_back_and_part_with_a_limit():
    a, kept, rest = allot(D(100), [F(20, 100), F(20, 100), F(60, 100)], D(1))
    assert [a, kept, *waterfall(rest, [D(10), None])] == [20, 20, 10, 50]


def test_limits_fill_in_order():
    assert waterfall(D(100), [D(10), D(12), None]) == [10, 12, 78]
    assert waterfall(D(15), [D(10), D(12), None]) == [10, 5, 0]
    with pytest.raises(MoneyError, match="78 is left over"):
        waterfall(D(100), [D(10), D(12)])


def test_small_percentage():
    assert allot(D(10000), [F("0.0019"), None], D(1))[0] == 19


def test_sources_pay_parts_in_order():
    parts = allot(D(30), [F(1, 3), F(2, 3)], D(1))
    assert draw([D(15), D(15)], parts) == [(0, 0, 10), (0, 1, 5), (1, 1, 15)]
    with pytest.raises(MoneyError, match="short of 1"):
        draw([D(15), D(14)], parts)


@pytest.mark.parametrize(
    "portions, text",
    [([F(1, 2), F(51, 100)], "101 %"), ([F(1, 2), None, None], "two remaining"),
     ([F(-1, 2), None], "none below 0"), ([F(1, 2)], "add a remaining")],
)  # fmt: skip
def test_invalid_portions_are_refused(portions, text):
    with pytest.raises(MoneyError, match=text):
        allot(D(100), portions)


def test_part_finer_than_the_unit_is_refused():
    with pytest.raises(MoneyError, match="isn't a multiple"):
        round_parts([F("0.005")], remainder="first")
    with pytest.raises(MoneyError, match="needs one residual"):
        round_parts([F(1)])
    with pytest.raises(MoneyError, match="use one of"):
        round_parts([F(1)], remainder="last")


@pytest.mark.parametrize(
    "total, weights, expected",
    [
        ("100.00", ["1130.00", "565.00"], ["66.67", "33.33"]),
        ("3799.00", ["3600.00", "400.00"], ["3419.10", "379.90"]),
        ("-100.00", ["1130.00", "565.00"], ["-66.67", "-33.33"]),
        ("10.00", ["0", "30.00", "0"], ["0", "10.00", "0"]),
        ("0", ["0", "0"], ["0", "0"]),
        ("0.02", ["1", "1", "1", "1"], ["0.01", "0.01", "0", "0"]),
        ("5000.00", ["3600.00", "400.00"], ["4500.00", "500.00"]),
    ],
)
def test_discount_over_lines(total, weights, expected):
    assert spread(D(total), list(map(D, weights))) == list(map(D, expected))


def test_a_thousand_small_lines_stay_above_zero():
    """The last line can't take a rest that is larger than itself."""
    shares = spread(D("4.00"), [D("1.00")] * 1000)
    assert sum(shares) == 4 and max(shares) <= 1


@pytest.mark.parametrize("weights", [["0", "0"], ["1", "-1"], []])
def test_nothing_to_spread_over_is_refused(weights):
    with pytest.raises(MoneyError, match="can't be spread"):
        spread(D("1.00"), list(map(D, weights)))


def test_numbers_read_well():
    assert [show(F(1, 3)), show(D("724.9374")), show(D("100.00")), show(F(-1, 8))] == [
        "0.33333333…", "724.9374", "100", "-0.125",
    ]  # fmt: skip


@given(
    units=st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=12),
    cuts=st.integers(1, 997),
    unit=UNITS,
    remainder=st.sampled_from(["residual", "largest", "first"]),
)
def test_no_unit_is_lost(units, cuts, unit, remainder):
    total = sum(units) * unit
    parts = [F(total) * F(index + 1, cuts) for index in range(len(units) - 1)]
    parts.append(F(total) - sum(parts))
    rounded = round_parts(parts, unit, remainder, residual=len(parts) - 1)
    assert sum(rounded) == total
    assert all(is_multiple(part, unit) for part in rounded)
    if remainder != "residual":
        assert all(abs(F(r) - p) <= unit for r, p in zip(rounded, parts, strict=True))


@given(
    total=st.integers(0, 10**7),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=40),
    unit=UNITS,
)
def test_spreading_keeps_the_sum_and_fits_the_lines(total, weights, unit):
    if not sum(weights):
        weights[0] = 1
    total, weights = total * unit, [weight * unit for weight in weights]
    shares = spread(total, weights, unit)
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)
    if total <= sum(weights):
        assert all(
            share <= weight for share, weight in zip(shares, weights, strict=True)
        )
