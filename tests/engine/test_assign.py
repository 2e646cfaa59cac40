"""Orders assigned together: against every plan there is, and as properties."""

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal as D
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assign import (
    Area,
    Share,
    Waiting,
    Weights,
    assign,
    assign_first_come,
    has_solver,
)
from engine.assign_bound import lower_bound
from engine.assign_problem import build, cost_of
from engine.geo import Point
from engine.routing import Line, Node, Order, Rule, rank

GOODS = frozenset({"goods"})
SOLVERS = ("fallback", "scipy")
RULE = Rule()


def case(seed, orders=5, stores=4, products=2, lines=1, quantity=1, divide=True):
    """Random orders and stores in a square of some 100 km."""
    chance = random.Random(seed)

    def place():
        return Point(chance.uniform(30, 31), chance.uniform(103.5, 104.5))

    nodes = [
        Node(
            key=f"s{number}",
            code=f"S{number}",
            available={f"P{p}": D(chance.randint(0, 3)) for p in range(products)},
            place=place(),
            categories=GOODS,
            orders_today=chance.randint(0, 1),
            max_orders=chance.choice((None, 1, 2, 3)),
            trust=D(chance.choice(("0.7", "0.9", "1"))),
        )
        for number in range(stores)
    ]
    waiting = [
        Waiting(
            number,
            Order(
                tuple(
                    Line(
                        f"{number}/{line}",
                        f"P{chance.randrange(products)}",
                        "goods",
                        D(chance.randint(1, quantity)),
                    )
                    for line in range(chance.randint(1, lines))
                ),
                place=place(),
            ),
        )
        for number in range(orders)
    ]
    return waiting, nodes, replace(RULE, divide=divide)


def options(demand):
    """Every way to serve an order: lists of (store, lines)."""
    every = tuple(range(len(demand.lines)))
    if demand.whole:
        return [[], *([(store, every)] for store in demand.cost)]
    choices = [
        [None, *(store for store in demand.cost if line in demand.serves[store])]
        for line in every
    ]
    found = []
    for pick in product(*choices):
        legs = {}
        for line, store in zip(every, pick, strict=True):
            if store is not None:
                legs.setdefault(store, []).append(line)
        found.append([(store, tuple(taken)) for store, taken in legs.items()])
    return found


def after(demand, legs, room, stock):
    """What is left of slots and stock, None when that is too much."""
    room, stock = dict(room), dict(stock)
    for store, taken in legs:
        if room[store] is not None:
            room[store] -= 1
        for line in taken:
            place = (store, demand.lines[line].product)
            if place in stock:
                stock[place] -= demand.lines[line].quantity
    limits = [*room.values(), *stock.values()]
    fits = all(limit is None or limit >= 0 for limit in limits)
    return (room, stock) if fits else None


def best_by_hand(waiting, nodes, rule, shares=()):
    """The lowest objective, from every plan that keeps the limits."""
    problem = build(waiting, nodes, rule, shares, Weights())
    number = len(problem.demands)

    def search(choice, room, stock):
        if len(choice) == number:
            yield cost_of(problem, choice)
            return
        demand = problem.demands[len(choice)]
        for legs in options(demand):
            left = after(demand, legs, room, stock)
            if left:
                yield from search([*choice, legs], *left)

    start = dict(enumerate(problem.capacity))
    return D(min(search([], start, problem.stock))) / 1000


def in_words(plan):
    return [(leg.order, leg.node, leg.parts) for leg in plan.assignments]


# Against every plan there is


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("block", range(10))
def test_single_lines_are_the_optimum_and_proved(solver, block):
    for seed in range(block * 20, block * 20 + 20):
        waiting, nodes, rule = case(seed, orders=6, stores=4)
        plan = assign(waiting, nodes, rule, solver=solver)
        assert plan.objective == best_by_hand(waiting, nodes, rule), seed
        assert plan.gap == 0, seed


@pytest.mark.parametrize("seed", range(4))
def test_eight_orders_and_five_stores(seed):
    for products in (2, 3):
        waiting, nodes, rule = case(1000 + seed, 8, 5, products)
        best = best_by_hand(waiting, nodes, rule)
        for solver in SOLVERS:
            assert assign(waiting, nodes, rule, solver=solver).objective == best


@pytest.mark.parametrize("divide", (True, False))
@pytest.mark.parametrize("block", range(5))
def test_several_lines_are_the_optimum_with_the_solver(block, divide):
    for seed in range(block * 8, block * 8 + 8):
        waiting, nodes, rule = case(seed, 4, 3, lines=3, quantity=2, divide=divide)
        best = best_by_hand(waiting, nodes, rule)
        plan = assign(waiting, nodes, rule, solver="scipy")
        assert plan.objective == best, seed
        assert plan.lower_bound <= best
        fallback = assign(waiting, nodes, rule, solver="fallback")
        assert fallback.lower_bound <= best <= fallback.objective, seed


@pytest.mark.parametrize("block", range(4))
def test_shares_are_the_optimum_and_proved(block):
    for seed in range(block * 8, block * 8 + 8):
        waiting, nodes, rule = case(seed, orders=5, stores=4, products=1)
        shares = [
            Share("a", frozenset({"s0", "s1"}), floor=3),
            Share("b", frozenset({"s2"}), quota=1),
        ]
        best = best_by_hand(waiting, nodes, rule, shares)
        for solver in SOLVERS:
            plan = assign(waiting, nodes, rule, shares, solver=solver)
            assert plan.objective == best, (seed, solver)
            assert plan.gap == 0, (seed, solver)


# Prices


def without_ties(plan, waiting, nodes, rule, store, solver):
    """What one slot more really saves."""
    more = [
        replace(node, max_orders=node.max_orders + 1) if node.key == store else node
        for node in nodes
    ]
    # the load of a store is a part of its size; here only the slot is looked at
    weights = Weights(load=D(0))
    return plan.objective - assign(waiting, more, rule, (), weights, solver).objective


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_more_slot_saves_its_price_exactly(solver):
    seen = 0
    for seed in range(40):
        waiting, nodes, rule = case(seed, orders=8, stores=4, products=1)
        nodes = [replace(node, available={"P0": D(50)}) for node in nodes]
        plan = assign(waiting, nodes, rule, (), Weights(load=D(0)), solver)
        prices = {price.node: price.km for price in plan.shadow_prices}
        for node in nodes:
            if node.max_orders is not None and node.orders_today < node.max_orders:
                saved = without_ties(plan, waiting, nodes, rule, node.key, solver)
                assert saved == prices.get(node.key, 0), (seed, node.key)
                seen += saved > 0
    assert seen > 20


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_more_unit_saves_no_more_than_its_price(solver):
    """Exactly its price where the optimum is not degenerate: most of the time here."""
    exact = total = 0
    for seed in range(30):
        waiting, nodes, rule = case(seed, orders=8, stores=4, products=2)
        nodes = [replace(node, max_orders=None) for node in nodes]
        plan = assign(waiting, nodes, rule, solver=solver)
        for price in plan.shadow_prices:
            more = [
                replace(
                    node,
                    available={
                        **node.available,
                        price.product: node.available[price.product] + 1,
                    },
                )
                if node.key == price.node
                else node
                for node in nodes
            ]
            saved = (
                plan.objective - assign(waiting, more, rule, solver=solver).objective
            )
            assert 0 <= saved <= price.km
            exact, total = exact + (saved == price.km), total + 1
    assert exact > total / 2 > 10


def test_the_proof_needs_no_solver():
    """Prices of 0 prove that nobody gets less than the nearest store."""
    from engine.assign_bound import Prices

    waiting, nodes, rule = case(3)
    problem = build(waiting, nodes, rule, (), Weights())
    nearest = sum(
        min([problem.unassigned, *demand.cost.values()]) for demand in problem.demands
    )
    assert lower_bound(problem, Prices()) == nearest


# Properties


CASES = st.builds(
    case,
    st.integers(0, 10**6),
    st.integers(0, 12),
    st.integers(0, 6),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
)


@given(CASES, st.sampled_from(SOLVERS))
@settings(max_examples=60, deadline=None)
def test_no_limit_is_broken_and_no_line_lost(found, solver):
    waiting, nodes, rule = found
    plan = assign(waiting, nodes, rule, solver=solver)
    by_key = {node.key: node for node in nodes}
    slots = Counter(leg.node for leg in plan.assignments)
    for key, number in slots.items():
        node = by_key[key]
        if node.max_orders is not None:
            assert number + node.orders_today <= node.max_orders
    lines = {line.key: line for one in waiting for line in one.order.lines}
    used = Counter()
    served = [part for leg in plan.assignments for part in leg.parts]
    for leg in plan.assignments:
        for part in leg.parts:
            assert part.quantity == lines[part.line].quantity
            used[leg.node, lines[part.line].product] += part.quantity
    for (key, goods), number in used.items():
        assert number <= by_key[key].available[goods]
    keys = [part.line for part in served] + [one.line for one in plan.unassigned]
    assert sorted(keys) == sorted(lines)
    assert 0 <= plan.lower_bound <= plan.objective
    own = sum((leg.cost_km for leg in plan.assignments), D(0))
    legs = Counter(leg.order for leg in plan.assignments)
    splits = sum(number - 1 for number in legs.values())
    weights = Weights()
    rest = weights.split * splits + weights.unassigned * len(plan.unassigned)
    assert plan.objective == own + rest


@given(CASES, st.sampled_from(SOLVERS), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_sequence_of_the_input_changes_nothing(found, solver, chance):
    waiting, nodes, rule = found
    plan = assign(waiting, nodes, rule, solver=solver)
    chance.shuffle(waiting)
    chance.shuffle(nodes)
    assert assign(waiting, nodes, rule, solver=solver) == plan


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_the_plan_is_never_worse_than_first_come(found):
    waiting, nodes, rule = found
    plan = assign(waiting, nodes, rule, solver="scipy")
    first = assign_first_come(waiting, nodes, rule)
    assert plan.lower_bound <= first.objective
    assert plan.objective <= first.objective


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_who_the_single_routing_drops_is_no_arc(found):
    waiting, nodes, rule = found
    problem = build(waiting, nodes, rule, (), Weights())
    whole = {demand.key: demand for demand in problem.demands}
    for one in waiting:
        decision = rank(one.order, nodes, rule)
        eligible = {c.node for c in decision.candidates if c.eligible}
        demand = whole[one.key]
        arcs = {
            problem.nodes[store].key
            for store, lines in demand.serves.items()
            if len(lines) == len(demand.lines)
        }
        # lines of one product may each fit and not fit together
        assert eligible <= arcs
        if len(demand.lines) == 1 or demand.whole:
            assert eligible == arcs


# By example


def at(key, km, **values):
    place = Point(30 + km / 111.195, 104)
    stock = values.pop("available", {"A": D(10)})
    return Node(key, key, stock, place, categories=GOODS, **values)


def order(km, *products, **values):
    lines = [
        Line((km, number), name, "goods", D(1))
        for number, name in enumerate(products or "A")
    ]
    return Order(tuple(lines), place=Point(30 + km / 111.195, 104), **values)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_first_gives_way_when_that_saves_the_second_a_long_way(solver):
    nodes = [at("middle", 0, max_orders=1), at("north", 15, max_orders=1)]
    orders = [order(7), order(-5)]
    plan = assign(orders, nodes, solver=solver)
    assert {leg.parts[0].line[0]: leg.node for leg in plan.assignments} == {
        7: "north",
        -5: "middle",
    }
    first = assign_first_come(orders, nodes)
    assert round(first.distance_km - plan.distance_km) == 27 - 13


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_store_that_often_fails_is_farther_away(solver):
    nodes = [at("near", 1, trust=D("0.7")), at("far", 8)]
    plan = assign([order(0)], nodes, solver=solver)
    assert plan.assignments[0].node == "far"
    assert plan.objective == plan.assignments[0].cost_km


def test_one_leg_is_worth_a_detour():
    nodes = [
        at("a", 1, available={"A": D(1)}),
        at("b", 2, available={"B": D(1)}),
        at("both", 20, available={"A": D(1), "B": D(1)}),
    ]
    for solver in SOLVERS:
        plan = assign([order(0, "A", "B")], nodes, solver=solver)
        assert [leg.node for leg in plan.assignments] == ["both"]
        low = Weights(split=D(1))
        cheap = assign([order(0, "A", "B")], nodes, RULE, (), low, solver)
        assert {leg.node for leg in cheap.assignments} == {"a", "b"}


def test_another_area_only_when_the_rule_allows_it_and_nobody_else_can():
    home = at("home", 90, max_orders=1)
    other = at("other", 1, covers_region=False)
    strict = assign([order(0), order(0.1)], [home, other])
    assert [leg.node for leg in strict.assignments] == ["home"]
    wide = assign([order(0), order(0.1)], [home, other], Rule(cross_region=True))
    assert sorted(leg.node for leg in wide.assignments) == ["home", "other"]


def test_what_differs_between_orders_comes_with_them():
    nodes = [at("a", 1), at("b", 5)]
    plan = assign(
        [
            Waiting("rejected", order(0), rejected=frozenset({"a"})),
            Waiting("area", order(0.1), areas={"b": Area(True, GOODS)}),
            Waiting("poor", order(0.2), below_guarantee=frozenset({"a"})),
            Waiting("rule", order(0.3), rule=Rule(max_distance_km=D("0.1"))),
        ],
        nodes,
    )
    assert {leg.order: leg.node for leg in plan.assignments} == {
        "rejected": "b",
        "area": "b",
        "poor": "b",
    }
    assert [(one.order, one.reason) for one in plan.unassigned] == [("rule", "too_far")]


def test_reasons_of_what_nobody_gets():
    nodes = [at("a", 1, max_orders=1), at("b", 5, state="suspended")]
    plan = assign([order(0), order(0.1), order(0, "Z")], nodes)
    assert sorted(one.reason for one in plan.unassigned) == ["no_stock", "taken"]


def test_no_coordinates_are_never_nearest():
    nodes = [replace(at("nowhere", 0), place=None), at("far", 60)]
    plan = assign([order(0)], nodes)
    assert plan.assignments[0].node == "far"
    alone = assign([order(0)], nodes[:1])
    assert alone.assignments[0].distance_km is None
    assert alone.distance_km == 0


def test_a_quota_moves_orders_and_its_price_is_known():
    nodes = [at("near", 0), at("far", 10)]
    orders = [order(0), order(0.1)]
    share = Share("dealer", frozenset({"near"}), quota=1)
    for solver in SOLVERS:
        free = assign(orders, nodes, solver=solver)
        kept = assign(orders, nodes, RULE, [share], solver=solver)
        assert Counter(leg.node for leg in kept.assignments) == {"near": 1, "far": 1}
        assert round(kept.distance_km - free.distance_km, 1) == D("9.8")
        assert not kept.share_excess


def test_a_floor_that_cannot_be_kept_is_told():
    nodes = [at("near", 0), at("far", 10, max_orders=1)]
    share = Share("dealer", frozenset({"far"}), floor=2)
    for solver in SOLVERS:
        plan = assign([order(0), order(0.1)], nodes, RULE, [share], solver=solver)
        assert Counter(leg.node for leg in plan.assignments) == {"near": 1, "far": 1}
        assert plan.share_excess == {"dealer": -1}


def test_nothing_to_do():
    for solver in SOLVERS:
        empty = assign([], [at("a", 1)], solver=solver)
        assert (empty.objective, empty.gap, empty.assignments) == (0, 0, ())
        alone = assign([order(0)], [], solver=solver)
        assert [one.reason for one in alone.unassigned] == ["none"]
        assert alone.gap == 0


def test_it_says_when_it_is_the_fallback():
    assert has_solver()
    assert assign([order(0)], [at("a", 1)], solver="fallback").is_fallback
    plan = assign([order(0)], [at("a", 1)])
    assert not plan.is_fallback
    assert "SciPy" in plan.solver


@pytest.mark.parametrize(
    "orders, nodes, match",
    [
        ([Waiting(1, order(0)), Waiting(1, order(2))], [], "two orders"),
        ([order(0)], [at("a", 1), at("a", 2)], "two nodes"),
        ([Order(())], [], "without lines"),
        ([Waiting(1, Order(()))], [], "without lines"),
        ([Waiting(1, Order((order(0).lines[0],) * 2))], [], "two lines"),
    ],
)
def test_impossible_input_is_refused(orders, nodes, match):
    with pytest.raises(ValueError, match=match):
        assign(orders, nodes)


def test_an_unknown_solver_and_a_negative_weight_are_refused():
    with pytest.raises(ValueError, match="neither"):
        assign([], [], solver="abacus")
    with pytest.raises(ValueError, match="below 0"):
        Weights(load=D(-1))


def test_plain_orders_may_use_the_same_line_keys():
    same = [replace(order(km), lines=order(0).lines) for km in (0, 5)]
    plan = assign(same, [at("a", 0, max_orders=1), at("b", 5, max_orders=1)])
    assert len(plan.assignments) == 2
    assert plan.distance_km == 0
