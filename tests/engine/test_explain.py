"""Why a store was not asked, and what would have had it asked."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.explain import STEPS, changed, smallest_flip, why_not
from engine.geo import Point, distance_km, toward
from engine.routing import Line, Node, Order, Rule, Weights, rank

HOME = Point(30.65, 104.08)
GOODS = frozenset({"goods"})


def store(key, km=1.0, stock=10, **values):
    place = None if km is None else Point(HOME.latitude + km / 111.195, HOME.longitude)
    values = {"code": key, "place": place, "categories": GOODS} | values
    return Node(key, available={"A": D(stock), "B": D(stock)}, **values)


def order(quantity=1, **values):
    line = Line(1, "A", "goods", D(quantity))
    return Order((line,), **({"place": HOME} | values))


def asked(request, nodes, rule):
    return {leg.node for leg in rank(request, nodes, rule).legs}


def with_change(flip, nodes, request, rule, steps=None):
    """All stores, the flip's as it would have to be."""
    count = flip.steps if steps is None else steps
    return [
        changed(node, request, rule, flip.factor, count)
        if node.key == flip.node and count
        else node
        for node in nodes
    ]


def flip_of(explanation, factor):
    return next((f for f in explanation.flips if f.factor == factor), None)


def test_the_chosen_store_needs_no_change():
    found = why_not(order(), [store("near", 2), store("far", 9)], Rule(), "near")
    assert (found.status, found.rival.node, found.flips) == ("chosen", "near", ())


def test_a_store_farther_away_would_have_to_be_nearer():
    nodes = [store("near", 2), store("far", 9)]
    found = why_not(order(), nodes, Rule(), "far")
    assert (found.status, found.rival.node, found.candidate.rank) == (
        "outscored",
        "near",
        2,
    )
    nearer = flip_of(found, "distance")
    assert (nearer.before, nearer.after) == (
        D("9.0"),
        pytest.approx(D(2), abs=D("0.1")),
    )
    assert nearer.size == pytest.approx(D("0.14"), abs=D("0.01"))


def test_a_store_without_enough_stock_would_have_needed_more():
    nodes = [store("near", 2, stock=1), store("far", 9)]
    found = why_not(order(4), nodes, Rule(), "near")
    assert (found.status, found.candidate.reason) == ("dropped", "no_stock")
    more = flip_of(found, "stock")
    assert (more.change, more.size) == (3, D("0.75"))
    assert (found.lifted, found.lifted_rank) == (("no_stock",), 1)


def test_a_full_store_would_have_needed_fewer_orders():
    nodes = [store("near", 2, orders_today=7, max_orders=5), store("far", 9)]
    found = why_not(order(), nodes, Rule(), "near")
    fewer = flip_of(found, "load")
    # with four it could be asked, but the other's day is emptier
    assert (fewer.before, fewer.after) == (7, 1)
    assert (found.lifted, found.lifted_rank) == (("full",), 2)


def test_a_store_without_any_capacity_can_not_be_helped_by_fewer_orders():
    nodes = [store("closed", 2, max_orders=0), store("far", 9)]
    found = why_not(order(), nodes, Rule(), "closed")
    assert found.flips == ()
    assert (found.lifted, found.lifted_rank) == (("full",), None)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"state": "suspended"}, "inactive"),
        ({"promises": False}, "no_feed"),
        ({"rejected": True}, "rejected"),
        ({"covers_region": False}, "not_covered"),
        ({"categories": frozenset()}, "not_authorised"),
        ({"categories": frozenset(), "claims": GOODS}, "outranked"),
        ({"paused": True}, "paused"),
        ({"ask_first": True}, "stale"),
        ({"below_guarantee": True}, "below_guarantee"),
    ],
)
def test_a_barrier_that_no_figure_moves_is_named_with_the_place_beyond_it(
    values, reason
):
    nodes = [store("near", 2), store("other", 5, **values), store("far", 9)]
    found = why_not(order(), nodes, Rule(), "other")
    assert (found.status, found.candidate.reason) == ("dropped", reason)
    assert found.flips == ()
    assert (found.lifted, found.lifted_rank) == ((reason,), 2)


STORY = [
    store("D1", 5, trust=D("0.87"), rating=D("4.6"), orders_today=5, max_orders=10),
    store("D2", 12, trust=D("0.95"), rating=D("4.8"), orders_today=2, max_orders=10),
    store("D3", 3, trust=D("0.55"), rating=D("4.9"), orders_today=1, max_orders=10),
]


def test_the_story_s_second_store_needs_a_little_of_any_one_thing():
    found = why_not(order(), STORY, Rule(), "D1")
    assert (found.status, found.rival.node) == ("outscored", "D2")
    score = found.candidate.score.quantize(D("0.001"))
    assert (score, found.rival.score.quantize(D("0.001"))) == (D("0.813"), D("0.845"))
    assert [(f.factor, round(f.after, 2)) for f in found.flips] == [
        ("distance", D("1.00")),
        ("trust", D("0.98")),
        ("load", D(3)),
    ]


def test_the_story_s_third_store_needs_more_trust_than_the_limit():
    found = why_not(order(), STORY, Rule(), "D3")
    assert (found.status, found.candidate.reason) == ("dropped", "low_trust")
    assert [(f.factor, f.before, f.after) for f in found.flips] == [
        ("trust", D("0.55"), D("0.64"))
    ]
    assert (found.lifted, found.lifted_rank) == (("low_trust",), 2)


def test_the_story_s_smallest_change_is_the_shorter_way():
    flip = smallest_flip(order(), STORY, Rule())
    assert (flip.node, flip.factor) == ("D1", "distance")
    assert flip.size == pytest.approx(D("0.08"), abs=D("0.001"))


def test_barriers_behind_barriers_are_named_in_turn():
    nodes = [store("other", 5, stock=0, state="draft", covers_region=False)]
    found = why_not(order(), nodes, Rule(), "other")
    assert found.lifted == ("inactive", "not_covered", "no_stock")
    assert (found.lifted_rank, found.rival) == (1, None)


def test_a_store_at_an_unknown_place_is_not_moved():
    nodes = [store("near", 2), store("lost", None)]
    found = why_not(order(), nodes, Rule(max_distance_km=D(40)), "lost")
    assert found.flips == ()
    assert (found.lifted, found.lifted_rank) == (("unknown_distance",), None)


def test_a_store_that_was_not_there_is_refused():
    with pytest.raises(KeyError):
        why_not(order(), [store("near")], Rule(), "elsewhere")


def test_nobody_to_choose_from_and_nobody_else_have_no_flip():
    assert smallest_flip(order(), [], Rule()) is None
    assert smallest_flip(order(), [store("only")], Rule()) is None


def test_of_all_stores_the_one_nearest_to_winning_is_told():
    nodes = [store("a", 2), store("b", 30), store("c", 4), store("d", 1, stock=0)]
    flip = smallest_flip(order(), nodes, Rule(weights=Weights(D(1), D(0), D(0), D(0))))
    assert (flip.node, flip.factor) == ("c", "distance")
    assert flip.size == pytest.approx(D("0.04"), abs=D("0.003"))


def test_where_nobody_can_the_smallest_lack_is_told():
    nodes = [store("a", 2, stock=1), store("b", 30, stock=3)]
    flip = smallest_flip(
        order(4), [replace(n, place=None) for n in nodes], Rule(divide=False)
    )
    assert (flip.node, flip.factor, flip.change) == ("b", "stock", 1)


nodes_found = st.lists(
    st.builds(
        store,
        key=st.sampled_from("ABCDEF"),
        km=st.none() | st.floats(0, 60).map(lambda km: round(km, 2)),
        stock=st.sampled_from([0, 1, 2, 3, D("2.5")]),
        orders_today=st.integers(0, 4),
        max_orders=st.none() | st.integers(0, 4),
        covers_region=st.sampled_from([True, True, True, False]),
        trust=st.sampled_from([D("0.55"), D("0.6"), D("0.87"), D(1)]),
        rating=st.sampled_from([None, D(0), D("4.6"), D(5)]),
        bonus=st.sampled_from([D(0), D("0.05")]),
        quota_reached=st.sampled_from([False, False, True]),
    ),
    max_size=6,
    unique_by=lambda node: node.key,
)
rules = st.builds(
    Rule,
    max_distance_km=st.sampled_from([None, D(40)]),
    divide=st.booleans(),
    weights=st.sampled_from([Weights(), Weights(D(1), D(0), D(0), D(0))]),
    cross_region=st.booleans(),
    max_legs=st.sampled_from([0, 2]),
)
requests = st.builds(
    lambda quantities, place: Order(
        tuple(
            Line(number, product, "goods", D(quantity))
            for number, (product, quantity) in enumerate(
                zip("AB", quantities, strict=False)
            )
        ),
        place=place,
    ),
    st.lists(st.integers(1, 4), min_size=1, max_size=2),
    st.sampled_from([HOME, HOME, None]),
)


@settings(max_examples=150)
@given(requests, nodes_found, rules)
def test_a_flip_gets_the_store_asked_and_one_step_less_does_not(request, nodes, rule):
    before = asked(request, nodes, rule)
    for node in nodes:
        found = why_not(request, nodes, rule, node.key)
        assert (found.status == "chosen") == (node.key in before)
        for flip in found.flips:
            after = asked(request, with_change(flip, nodes, request, rule), rule)
            assert node.key in after
            fewer = with_change(flip, nodes, request, rule, flip.steps - 1)
            assert node.key not in asked(request, fewer, rule)
            assert 0 < flip.size <= 1


@settings(max_examples=150)
@given(requests, nodes_found, rules)
def test_the_smallest_flip_is_no_larger_than_any_store_s_own(request, nodes, rule):
    least = smallest_flip(request, nodes, rule)
    own = [
        flip for node in nodes for flip in why_not(request, nodes, rule, node.key).flips
    ]
    if least is None:
        assert not any(_single(request, nodes, rule, flip) for flip in own)
        return
    after = asked(request, with_change(least, nodes, request, rule), rule)
    assert least.node in after - asked(request, nodes, rule)
    if len(asked(request, nodes, rule)) == 1:
        assert least.size == min(flip.size for flip in own)


def _single(request, nodes, rule, flip):
    """Whether the flip is one among the stores asked alone: nobody divides."""
    changed_nodes = with_change(flip, nodes, request, rule)
    decision = rank(request, changed_nodes, rule)
    return len(decision.legs) == 1 and not decision.unserved


@given(st.floats(0.01, 3000), st.floats(-180, 179), st.floats(-60, 60))
def test_moving_toward_a_place_arrives_at_the_distance(km, longitude, latitude):
    start, end = HOME, Point(latitude, longitude)
    whole = distance_km(start, end)
    if not km < whole < 19_000:
        return
    assert distance_km(start, toward(start, end, km)) == pytest.approx(km, abs=0.002)


def test_every_factor_has_a_step():
    assert set(STEPS) == {"distance", "trust", "load", "stock", "rating"}
