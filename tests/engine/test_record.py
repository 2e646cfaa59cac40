"""A decision's record: the same bytes for the same facts, and back again."""

import random
from dataclasses import dataclass, replace
from decimal import Decimal as D

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import record, routing
from engine.geo import Point
from engine.routing import Line, Node, Order, Rule, Weights, rank

HOME = Point(30.65, 104.08)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.decimals(allow_nan=False),
    st.text(max_size=5),
)
keys = st.one_of(st.integers(0, 3), st.booleans(), st.text(max_size=2))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.frozensets(scalars, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
    ),
    max_leaves=8,
)
quantities = st.sampled_from([D(-1), D(0), D("0.50"), D(1), D("1.00"), D(7)])
nodes = st.builds(
    Node,
    key=st.integers(0, 10**6),
    code=st.text(max_size=4),
    available=st.dictionaries(
        st.sampled_from(["A", "B"]), quantities | st.just(D("Infinity"))
    ),
    place=st.none() | st.builds(Point, st.floats(30, 31), st.floats(104, 105)),
    state=st.sampled_from(["active", "active", "suspended"]),
    covers_region=st.booleans(),
    categories=st.sampled_from([frozenset(), frozenset({1}), frozenset({1, 2})]),
    claims=st.sampled_from([None, frozenset({1, 2}), frozenset({1, False})]),
    promises=st.booleans(),
    rejected=st.booleans(),
    orders_today=st.integers(0, 4),
    max_orders=st.none() | st.integers(0, 4),
    trust=st.sampled_from([D("0.5"), D("0.87"), D(1), D("1.00")]),
    rating=st.sampled_from([None, D("4.6")]),
    quota_reached=st.booleans(),
)
stores = st.lists(nodes, max_size=8, unique_by=lambda node: node.key)
lines = st.lists(
    st.builds(
        Line,
        key=st.integers(0, 50),
        product=st.sampled_from(["A", "B"]),
        category=st.sampled_from([1, 2]),
        quantity=st.sampled_from([D(1), D(2), D("0.5")]),
        divisible=st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda line: line.key,
)
orders = st.builds(Order, lines.map(tuple), place=st.sampled_from([None, HOME]))
rules = st.builds(
    Rule,
    max_distance_km=st.sampled_from([None, D("40.0")]),
    divide=st.booleans(),
    weights=st.sampled_from([Weights(), Weights(D(1), D(0), D(0), D(0))]),
    cross_region=st.booleans(),
)


@given(values)
@example((1, 1.0, True, D(1), D("1.00"), -0.0, 0.0))
@example(({1: "a"}, {True: "b"}))
@example((frozenset({1}), frozenset({True}), frozenset({1.0})))
def test_any_value_comes_back_with_its_type_and_digits(value):
    data = record.dump(value)
    back = record.load(data)
    assert back == value
    assert record.dump(back) == data


@given(st.lists(st.tuples(values, values), min_size=2, max_size=4))
def test_values_in_columns_keep_their_type_and_digits(pairs):
    legs = tuple(routing.Leg(node, (), (part,)) for node, part in pairs)
    back = record.load(record.dump(legs))
    assert back == legs
    assert [record.dump(leg) for leg in back] == [record.dump(leg) for leg in legs]


@given(orders, stores, rules)
def test_a_decision_taken_again_is_the_same_byte_for_byte(order, found, rule):
    decision = rank(order, found, rule)
    inputs = record.dump_inputs(order, found, rule)
    request, nodes_again, rule_again = record.load(inputs)
    assert (request, rule_again) == (order, rule)
    assert {node.key: node for node in nodes_again} == {n.key: n for n in found}
    result = record.dump(decision)
    assert record.rerun(inputs) == result
    assert record.load(result) == decision


@given(orders, stores, rules, st.randoms(use_true_random=False))
def test_the_digest_does_not_know_in_which_order_things_came(order, found, rule, luck):
    shuffled = list(found)
    luck.shuffle(shuffled)
    shuffled = [
        replace(node, available=dict(reversed(node.available.items())))
        for node in shuffled
    ]
    one = record.dump_inputs(order, found, rule)
    other = record.dump_inputs(order, shuffled, rule)
    assert record.digest(one) == record.digest(other)


def test_sets_are_written_in_one_order_whatever_their_history():
    grown = frozenset(sorted(map(str, range(200)), key=lambda text: text[::-1]))
    shrunk = frozenset(set(map(str, range(400))) - set(map(str, range(200, 400))))
    assert record.dump(grown) == record.dump(shrunk)


def test_one_digit_more_is_another_digest():
    inputs = [
        record.dump_inputs(Order((Line(1, "A", 1, quantity),)), [], Rule())
        for quantity in (D(1), D("1.0"), D("1.01"))
    ]
    assert len(set(map(record.digest, inputs))) == 3


def test_a_record_of_today_stays_readable():
    """These bytes were written by the first version; they never change here."""
    data = (
        b'{"format":1,"root":{"t":[{"o":"Order","v":{"lines":{"#":0},"place":{"o":"Point",'
        b'"v":{"latitude":30.65,"longitude":104.08}},"pickup_node":null}},{"#":1},'
        b'{"o":"Rule","v":{"max_distance_km":null,"reach_km":{"d":"50"},"divide":true}}]},'
        b'"tables":[{"c":"Line","n":1,"v":{"key":{"=":7},"product":{"=":"A"},'
        b'"category":{"=":1},"quantity":{"d":"2"},"divisible":{"=":true}}},'
        b'{"c":"Node","n":2,"v":{"key":[1,2],"code":["S1","S2"],'
        b'"available":{"m":[["A",{"at":[0],"n":2,"v":{"d":"3"}}]],"n":2},'
        b'"place":{"at":[1],"n":2,"v":{"c":"Point","n":1,"v":{"latitude":{"=":30.7},'
        b'"longitude":{"=":104.1}}}},"categories":{"=":{"s":[1]}}}}]}'
    )
    request, found, rule = record.load(data)
    assert request == Order((Line(7, "A", 1, D(2)),), HOME)
    assert rule == Rule(None, D(50), True)
    goods = frozenset({1})
    assert found == (
        Node(1, "S1", {"A": D(3)}, categories=goods),
        Node(2, "S2", {}, Point(30.7, 104.1), categories=goods),
    )


def test_what_a_class_has_lost_since_is_left_out():
    data = record.dump(Rule()).replace(b'"divide"', b'"forgotten":1,"divide"')
    assert record.load(data) == Rule()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not a record"),
        (b"[]", "not a record"),
        (b'{"format":99,"root":1,"tables":[]}', "format 99 is not known"),
        (b'{"format":1,"root":{"#":3},"tables":[]}', "not a record"),
        (b'{"format":1,"root":{"o":"Nobody","v":{}},"tables":[]}', "Nobody is not"),
        (b'{"format":1,"root":{"o":"Node","v":{"key":1}},"tables":[]}', "without code"),
        (b'{"format":1,"root":{"zz":1},"tables":[]}', "'zz' is not known"),
        (b'{"format":1,"root":{"d":"twelve"},"tables":[]}', "not a record"),
    ],
)
def test_other_bytes_are_refused_with_the_reason(data, problem):
    with pytest.raises(record.RecordError, match=problem):
        record.load(data)


def test_what_has_no_canonical_bytes_is_refused():
    @dataclass(frozen=True)
    class Rule:  # not the engine's
        max_distance_km: int = 1

    for stranger in (object(), Rule(), [1], (object(),)):
        with pytest.raises(TypeError):
            record.dump(stranger)


def test_five_hundred_stores_are_recorded_small():
    luck = random.Random(7)
    found = [
        Node(
            key,
            f"S{key:03}",
            {p: D(luck.randint(0, 9)) for p in "ABC"},
            Point(luck.uniform(30, 31), luck.uniform(104, 105)),
            categories=frozenset({1, 2}),
        )
        for key in range(500)
    ]
    order = Order(tuple(Line(p, p, 1, D(1)) for p in "ABC"), HOME)
    inputs = record.dump_inputs(order, found, Rule())
    assert len(inputs) < 50_000
    assert record.rerun(inputs) == record.dump(rank(order, found, Rule()))
