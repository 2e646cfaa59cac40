"""The hidden-stock test, by the worked example and at its limits."""

from decimal import Decimal

import pytest

from engine.stock_audit import Balance


def balance(*figures):
    return Balance(*(Decimal(figure) for figure in figures))


def test_worked_example():
    example = balance(50, 30, 12, 18, 35)
    assert (example.expected, example.gap) == (50, 15)
    assert example.rate == Decimal("0.3")
    assert example.is_case()


@pytest.mark.parametrize(
    "declared, is_case",
    [(30, False), (28, False), (27, True), (33, True), (32, False), (0, True)],
)
def test_ten_percent_and_three_pieces_both(declared, is_case):
    assert balance(30, 0, 0, 0, declared).is_case() is is_case


def test_three_pieces_of_many_are_no_case():
    assert not balance(100, 0, 0, 0, 97).is_case()
    assert balance(100, 0, 0, 0, 90).is_case()


def test_more_than_could_be_there():
    strange = balance(0, 0, 0, 0, 5)
    assert (strange.gap, strange.rate, strange.is_case()) == (-5, 1, True)
    oversold = balance(5, 0, 6, 2, 0)
    assert (oversold.expected, oversold.rate) == (-3, 1)


def test_other_limits():
    assert not balance(50, 0, 0, 0, 35).is_case(Decimal("0.5"))
    assert not balance(50, 0, 0, 0, 35).is_case(quantity_limit=Decimal(20))
