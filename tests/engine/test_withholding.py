"""Case GK: income tax withheld on a month of guide commission."""

from decimal import Decimal as D

import pytest

from engine.money import MoneyError
from engine.withholding import Bracket, withhold, withhold_more


@pytest.mark.parametrize(
    "gross, tax",
    [("30", "0"), ("800", "0"), ("800.01", "0"), ("3000", "440"), ("4000", "640"),
     ("4000.01", "640"), ("5000", "800"), ("25000", "4000"), ("30000", "5200"),
     ("62500", "13000"), ("80000", "18600")],
)  # fmt: skip
def test_month_is_taxed(gross, tax):
    result = withhold(D(gross))
    assert (result.tax, result.net) == (D(tax), D(gross) - D(tax))


def test_entry_of_five_thousand():
    result = withhold(D("5000.00"))
    assert (result.taxable, result.tax, result.net) == (D("4000"), D("800"), D("4200"))


@pytest.mark.parametrize("gross", ["0", "-30.00"])
def test_nothing_paid_nothing_withheld(gross):
    assert withhold(D(gross)).tax == 0


def test_two_payments_are_taxed_like_their_sum():
    first = withhold(D("2500.00"))
    second = withhold_more(D("2500.00"), first.gross, first.tax)
    assert first.tax + second.tax == withhold(D("5000.00")).tax
    back = withhold_more(D("-4900.00"), D("5000.00"), D("800.00"))
    assert back.tax == D("-800.00")


def test_other_brackets_are_data():
    flat = (Bracket(D(0), D(10)),)
    assert withhold(D("99.95"), flat).tax == D("10.00")


@pytest.mark.parametrize("limits", [[], ["1"], ["0", "0"], ["0", "50", "20"]])
def test_unordered_brackets_are_refused(limits):
    with pytest.raises(MoneyError, match="brackets"):
        withhold(D(1), [Bracket(D(limit), D(0)) for limit in limits])
