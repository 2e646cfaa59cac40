"""The engine beside a second calculation that knows nothing of it."""

import ast
import random
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import fair_shares
from tests.support.fair_shares import Sale, Share, half_up
from tests.support.split_histories import History, draw_history
from tests.support.split_replay import Mismatch, replay


@settings(max_examples=300)
@given(st.randoms(use_true_random=False))
def test_any_history_is_due_to_the_cent(source):
    replay(draw_history(source))


def test_the_same_300_histories_every_time():
    posted = sum(replay(draw_history(random.Random(seed))) for seed in range(300))
    assert posted > 300, "hardly any of the histories posts anything"


def test_second_calculation_is_independent():
    """It may use the standard library only."""
    tree = ast.parse(Path(fair_shares.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
    assert {node.module for node in imports} <= sys.stdlib_module_names
    assert not any(node.level for node in imports)


def xr(net, ordered=1, **values):
    rates = {"fulfiller": 82, "origin": 6, "tier1": 2, "guide": 3}
    shares = [Share(role, role, Fraction(rate)) for role, rate in rates.items()]
    roles = {"origin": "B1", "tier1": "C1", "guide": "G"}
    shares.append(Share("rest", "hq", rest=True))
    return Sale(net, net, Fraction(ordered), shares, roles, **values)


def cents(sale):
    due, left = sale.due()
    assert sum(due.values()) == left
    return list(due.values())


def test_second_calculation_knows_the_golden_cases():
    """GB and its three partial refunds, worked out by hand in the requirements."""
    sale = xr(88407, 3)
    sale.out = {"C2": Fraction(3)}
    kept = [cents(sale)]
    for units in (2, 1, 0):
        sale.out = {"C2": Fraction(units)}
        kept.append(cents(sale))
    refunds = [
        [was - now for was, now in zip(before, after, strict=True)]
        for before, after in zip(kept, kept[1:], strict=False)
    ]
    assert kept[0] == [72494, 5304, 1768, 2652, 6189]
    assert refunds == [
        [24165, 1768, 589, 884, 2063],
        [24164, 1768, 590, 884, 2063],
        [24165, 1768, 589, 884, 2063],
    ]


def test_second_calculation_splits_a_cent():
    sale = xr(1)
    sale.out = {"C2": Fraction(1)}
    assert cents(sale) == [1, 0, 0, 0, 0]


def test_half_goes_away_from_zero():
    assert [half_up(Fraction(n, 2)) for n in (-3, -1, 0, 1, 3)] == [-2, -1, 0, 1, 2]


def test_a_wrong_cent_is_noticed(monkeypatch):
    """The check itself: per-unit rounding, as a naive program would do it, must fail."""
    history = History(draw_history(random.Random(1)).unit, xr(88407, 3))
    history.steps = [("out", "C2", Fraction(3)), ("back", "C2", Fraction(1))]
    replay(history)
    naive = Sale.due
    monkeypatch.setattr(
        Sale,
        "due",
        lambda sale: (
            {key: value - value % 3 for key, value in naive(sale)[0].items()},
            naive(sale)[1],
        ),
    )
    with pytest.raises(Mismatch):
        replay(history)
