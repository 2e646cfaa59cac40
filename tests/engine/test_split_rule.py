"""A split rule that can't be carried out can't be built."""

from datetime import date
from decimal import Decimal as D

import pytest

from engine.split import RuleLine, SplitError, SplitRule

HQ = RuleLine("hq", residual=True)


@pytest.mark.parametrize(
    "values, text",
    [
        ({"role": "boss"}, "role 'boss'"),
        ({"kind": "ratio"}, "kind 'ratio'"),
        ({"base": "gross"}, "base 'gross'"),
        ({"rate": D(-1)}, "rate"),
        ({"rate": 6.0}, "use a Decimal"),
        ({"cap": D(-1)}, "cap"),
        ({"floor": D(-1)}, "floor"),
        ({"cap": D(5), "floor": D(6)}, "cap 5 is below floor 6"),
        ({"residual": True, "rate": D(1)}, "clear rate"),
        ({"residual": True, "cap": D(1)}, "clear rate, cap"),
        ({"residual": True, "date_to": date(2026, 1, 1)}, "needed on every day"),
        (
            {"date_from": date(2026, 2, 1), "date_to": date(2026, 1, 1)},
            "swap the dates",
        ),
    ],
)
def test_senseless_lines_are_refused(values, text):
    with pytest.raises(SplitError, match=text):
        RuleLine(**{"role": "origin", **values})


@pytest.mark.parametrize(
    "lines, values, text",
    [
        ((), {}, "0 residual lines"),
        ((RuleLine("origin", rate=D(5)),), {}, "0 residual lines"),
        ((HQ, RuleLine("fulfiller", residual=True)), {}, "2 residual lines"),
        (
            (RuleLine("origin", rate=D(60)), RuleLine("guide", rate=D(41)), HQ),
            {},
            "101: at most 100",
        ),
        (
            (
                RuleLine("origin", rate=D(60)),
                RuleLine("guide", rate=D(41), base="total"),
                HQ,
            ),
            {},
            "price add up to 101",
        ),
        (
            (RuleLine("crew", "spread", D(60)), RuleLine("guide", "spread", D(41)), HQ),
            {},
            "spread add up to 101",
        ),
        ((HQ,), {"absent_to": "origin"}, "absent_to"),
        ((HQ,), {"remainder": "last"}, "remainder"),
        ((HQ,), {"date_from": date(2026, 2, 1), "date_to": date(2026, 1, 1)}, "swap"),
        (
            (RuleLine("origin", key="a"), RuleLine("hq", residual=True, key="a")),
            {},
            "one key",
        ),
    ],
)
def test_senseless_rules_are_refused(lines, values, text):
    with pytest.raises(SplitError, match=text):
        SplitRule(lines, **values)


def test_bases_of_different_money_add_up_apart():
    """All of the floor price and 85 % of the spread are no 185 %."""
    lines = (
        RuleLine("fulfiller", rate=D(100), base="floor_price"),
        RuleLine("crew", "spread", D(60)),
        RuleLine("fulfiller", "spread", D(25)),
        HQ,
    )
    assert [line.key for line in SplitRule(lines).lines] == ["1", "2", "3", "4"]


def test_a_hundred_percent_leave_nothing_and_are_allowed():
    assert SplitRule((RuleLine("origin", rate=D(100)), HQ)).is_effective(
        date(2026, 1, 1)
    )
