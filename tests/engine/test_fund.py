from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from engine.fund import fund_index, share_out


def test_the_fund_of_the_text():
    assert share_out(D("100000.00"), [F(40, 100), F(35, 100), F(25, 100)]) == [
        D("40000.00"), D("35000.00"), D("25000.00"),
    ]  # fmt: skip


def test_index_by_weights():
    assert fund_index([D("0.4"), D("0.5"), D("0.25")]) == F(40, 100)
    assert fund_index([D("0.35")] * 3) == F(35, 100)


def test_nothing_is_lost_over_thirds():
    parts = share_out(D("100.00"), [F(1), F(1), F(1)])
    assert parts == [D("33.34"), D("33.33"), D("33.33")]


def test_a_fund_without_an_index_is_refused():
    with pytest.raises(ValueError, match="enter scores"):
        share_out(D("1.00"), [F(0), F(0)])
    with pytest.raises(ValueError, match="one score"):
        fund_index([D("-1"), D(0), D(0)])
