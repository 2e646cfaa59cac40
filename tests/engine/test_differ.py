"""What two decisions differ in."""

from dataclasses import replace
from decimal import Decimal as D

from engine.differ import differences
from engine.routing import Line, Node, Order, Rule, Weights, rank

GOODS = frozenset({"goods"})
ORDER = Order((Line(1, "A", "goods", D(1)),))
STORES = (
    Node("a", "S1", {"A": D(5)}, categories=GOODS, trust=D("0.9")),
    Node("b", "S2", {"A": D(5)}, categories=GOODS, trust=D("0.8")),
)


def test_the_same_decision_has_no_difference():
    assert differences(rank(ORDER, STORES), rank(ORDER, STORES)) == ()


def test_another_choice_is_told_first_with_what_led_to_it():
    better = (STORES[0], replace(STORES[1], trust=D(1)))
    found = differences(rank(ORDER, STORES), rank(ORDER, better))
    first = found[0]
    assert (first.node, first.field) == (None, "chosen")
    assert (first.before, first.after) == ("S1", "S2")
    fields = {(d.code, d.field) for d in found[1:]}
    assert {("S1", "rank"), ("S2", "rank"), ("S2", "trust"), ("S2", "score")} <= fields


def test_a_figure_that_only_gained_a_digit_differs():
    longer = (replace(STORES[0], trust=D("0.90")), STORES[1])
    [found] = differences(rank(ORDER, STORES), rank(ORDER, longer))
    assert (found.code, found.field) == ("S1", "trust")
    assert (str(found.before), str(found.after)) == ("0.9", "0.90")


def test_other_weights_change_the_score_and_its_parts():
    rule = Rule(weights=Weights(D(0), D(1), D(0), D(0)))
    found = differences(rank(ORDER, STORES), rank(ORDER, STORES, rule))
    assert {d.field for d in found} == {"score", "score_parts"}


def test_a_store_that_came_or_went_is_named():
    gone = differences(rank(ORDER, STORES), rank(ORDER, STORES[:1]))
    assert [(d.node, d.before, d.after) for d in gone] == [("b", "S2", None)]
    came = differences(rank(ORDER, STORES[:1]), rank(ORDER, STORES))
    assert [(d.node, d.before, d.after) for d in came] == [("b", None, "S2")]


def test_an_order_that_nobody_serves_any_more_is_told():
    empty = tuple(replace(store, available={}) for store in STORES)
    first = differences(rank(ORDER, STORES), rank(ORDER, empty))[0]
    assert (first.field, first.before, first.after) == ("chosen", "S1", "")
