"""Who serves an order: by example, and for any map of stores."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geo import Point
from engine.routing import REASONS, Line, Node, Order, Rule, rank

HOME = Point(30.65, 104.08)
GOODS = frozenset({"goods"})


def store(key, km=1.0, available=None, **values):
    """A store ``km`` north of the customer, with 10 of every product by default."""
    place = None if km is None else Point(HOME.latitude + km / 111.195, HOME.longitude)
    values = {"code": key, "place": place, "categories": GOODS} | values
    stock = {"A": 10, "B": 10} if available is None else available
    return Node(key, available={k: D(v) for k, v in stock.items()}, **values)


def line(key, product="A", quantity=1, category="goods"):
    return Line(key, product, category, D(quantity))


def order(*lines, **values):
    return Order(lines or (line(1),), **({"place": HOME} | values))


def legs(decision):
    return [
        (leg.node, {p.line: p.quantity for p in leg.parts}) for leg in decision.legs
    ]


def reasons(decision):
    return {candidate.node: candidate.reason for candidate in decision.candidates}


def test_the_nearest_store_serves_and_everybody_is_recorded():
    decision = rank(order(), [store("far", 9), store("near", 2), store("empty", 1, {})])
    assert legs(decision) == [("near", {1: 1})]
    assert decision.unserved is None
    assert [(c.node, c.rank, c.reason) for c in decision.candidates] == [
        ("near", 1, "eligible"),
        ("far", 2, "eligible"),
        ("empty", None, "no_stock"),
    ]
    assert decision.candidates[0].distance_km == pytest.approx(2, abs=0.01)
    # 2 km of 50: 0.4 x 0.96; trusted, idle, unrated (4 of 5)
    assert decision.candidates[0].score == D("0.3840") + D("0.3") + D("0.2") + D("0.08")
    assert decision.candidates[2].text == "Promises 0 of 1"


def test_equal_distances_go_by_code():
    twins = [store("k1", 3, code="S20"), store("k2", 3, code="S10")]
    assert legs(rank(order(), twins)) == [("k2", {1: 1})]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"state": "suspended"}, "inactive"),
        ({"paused": True}, "paused"),
        ({"ask_first": True}, "stale"),
        ({"below_guarantee": True}, "below_guarantee"),
        ({"trust": D("0.59")}, "low_trust"),
        ({"promises": False}, "no_feed"),
        ({"rejected": True}, "rejected"),
        ({"covers_region": False}, "not_covered"),
        ({"categories": frozenset({"books"})}, "not_authorised"),
        ({"categories": frozenset(), "claims": GOODS}, "outranked"),
        ({"orders_today": 3, "max_orders": 3}, "full"),
        ({"available": {"A": 0}}, "no_stock"),
        ({"available": {"A": -3}}, "no_stock"),
    ],
)
def test_each_filter_drops_the_store_and_says_why(values, reason):
    decision = rank(order(), [store("dropped", **values), store("other", 40)])
    assert reasons(decision) == {"dropped": reason, "other": "eligible"}
    assert legs(decision) == [("other", {1: 1})]


def test_a_store_without_coordinates_is_last_never_nearest():
    decision = rank(
        order(), [store("nowhere", None, code="A"), store("far", 4000, code="Z")]
    )
    assert [c.node for c in decision.candidates] == ["far", "nowhere"]
    assert decision.candidates[1].distance_km is None
    assert decision.candidates[1].score_parts.distance == 0


def test_no_score_makes_a_store_without_coordinates_go_first():
    famous = store("nowhere", None, rating=D(5), bonus=D("0.5"))
    plain = store("far", 4000, trust=D("0.6"), rating=D(1))
    assert legs(rank(order(), [famous, plain])) == [("far", {1: 1})]


def test_an_address_without_coordinates_goes_by_code():
    decision = rank(order(place=None), [store("b", 1), store("a", 9)])
    assert legs(decision) == [("a", {1: 1})]


def test_a_distance_limit_is_met_exactly():
    stores = [store("at", 7), store("nowhere", None)]
    at = rank(order(), stores).candidates[0].distance_km
    limit = D(str(at))
    assert reasons(rank(order(), stores, Rule(max_distance_km=limit))) == {
        "at": "eligible",
        "nowhere": "unknown_distance",
    }
    below = rank(order(), stores, Rule(max_distance_km=limit - D("0.001")))
    assert reasons(below)["at"] == "too_far"
    assert below.unserved.parts[0].quantity == 1


def test_the_customer_collects_only_where_he_chose_whatever_the_distance():
    picked = order(pickup_node="chosen")
    stores = [store("chosen", 900), store("near", 1)]
    decision = rank(picked, stores, Rule(max_distance_km=D(50)))
    assert legs(decision) == [("chosen", {1: 1})]
    assert reasons(decision)["near"] == "not_chosen"
    empty = rank(picked, [store("chosen", 1, {}), store("near", 1)])
    assert not empty.legs and empty.unserved


def test_one_store_for_all_lines_beats_two_nearer_ones():
    stores = [store("a", 1, {"A": 5}), store("b", 2, {"B": 5}), store("ab", 30)]
    assert legs(rank(order(line(1), line(2, "B")), stores)) == [("ab", {1: 1, 2: 1})]


def test_without_such_a_store_the_lines_are_divided_into_few_legs():
    stores = [
        store("one", 1, {"A": 1}),
        store("two", 9, {"A": 1, "B": 1}),
        store("three", 5, {"C": 1}),
    ]
    lines = (line(1), line(2, "B"), line(3, "C"))
    decision = rank(order(*lines), stores)
    assert legs(decision) == [("two", {1: 1, 2: 1}), ("three", {3: 1})]
    assert [c.node for c in decision.legs[0].candidates if c.eligible] == ["two"]


def test_a_rule_may_forbid_dividing():
    stores = [store("a", 1, {"A": 5}), store("b", 2, {"B": 5})]
    decision = rank(order(line(1), line(2, "B")), stores, Rule(divide=False))
    assert not decision.legs
    assert [part.line for part in decision.unserved.parts] == [1, 2]


def test_two_lines_of_one_product_share_the_stock():
    stores = [store("a", 1, {"A": 5}), store("b", 2, {"A": 4})]
    decision = rank(order(line(1, quantity=3), line(2, quantity=4)), stores)
    assert legs(decision) == [("a", {1: 3}), ("b", {2: 4})]


def test_a_line_is_gathered_when_the_sum_suffices():
    stores = [
        store("near", 1, {"A": 2}),
        store("large", 9, {"A": 7}),
        store("far", 20, {"A": 2}),
    ]
    decision = rank(order(line(1, quantity=9)), stores)
    assert legs(decision) == [("large", {1: 7}), ("near", {1: 2})]
    assert decision.unserved is None


def test_the_last_order_of_the_day_is_still_taken():
    near = store("near", 1, orders_today=2, max_orders=3)
    assert reasons(rank(order(), [near])) == {"near": "eligible"}
    full = replace(near, orders_today=3)
    assert reasons(rank(order(), [full])) == {"near": "full"}


def test_a_line_that_may_not_be_divided_stays_whole():
    stores = [store("a", 1, {"A": 7}), store("b", 2, {"A": 5})]
    dozen = replace(line(1, quantity=12), divisible=False)
    assert rank(order(dozen), stores).unserved.parts[0].quantity == 12


def test_a_line_whose_sum_does_not_suffice_stays_whole():
    stores = [store("a", 1, {"A": 2}), store("b", 2, {"A": 3, "B": 1})]
    decision = rank(order(line(1, quantity=6), line(2, "B")), stores)
    assert legs(decision) == [("b", {2: 1})]
    assert [(p.line, p.quantity) for p in decision.unserved.parts] == [(1, 6)]
    assert {c.reason for c in decision.unserved.candidates} == {"no_stock"}


def test_no_store_at_all_leaves_everything_unserved():
    decision = rank(order(), [])
    assert decision.candidates == () and decision.legs == ()
    assert decision.unserved.node is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rank(Order(()), []), "without lines"),
        (lambda: rank(order(), [store("a"), store("a")]), "two nodes"),
        (lambda: rank(order(line(1), line(1)), []), "two lines"),
        (lambda: line(1, quantity=0), "not above 0"),
        (lambda: line(1, quantity=-2), "not above 0"),
    ],
)
def test_nonsense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


products = st.sampled_from("ABC")
stores_strategy = st.lists(
    st.builds(
        lambda km, stock, state, rejected, covers, feed: (
            km,
            stock,
            state,
            rejected,
            covers,
            feed,
        ),
        st.none() | st.integers(0, 300),
        st.dictionaries(products, st.integers(-2, 6)),
        st.sampled_from(["active", "active", "active", "suspended"]),
        st.sampled_from([False, False, True]),
        st.sampled_from([True, True, False]),
        st.sampled_from([True, True, False]),
    ),
    max_size=8,
).map(
    lambda rows: [
        store(
            f"S{i}",
            km,
            stock,
            state=state,
            rejected=rejected,
            covers_region=covers,
            promises=feed,
        )
        for i, (km, stock, state, rejected, covers, feed) in enumerate(rows)
    ]
)
lines_strategy = st.lists(
    st.tuples(products, st.integers(1, 7)), min_size=1, max_size=6
).map(
    lambda rows: tuple(
        line(i, product, quantity) for i, (product, quantity) in enumerate(rows)
    )
)
rules = st.builds(
    Rule, max_distance_km=st.none() | st.integers(1, 300).map(D), divide=st.booleans()
)


@given(lines_strategy, stores_strategy, rules)
def test_every_unit_is_served_once_or_left_and_no_stock_is_promised_twice(
    lines, stores, rule
):
    decision = rank(order(*lines), stores, rule)
    served = {}
    used = {}
    product_of = {item.key: item.product for item in lines}
    for leg in decision.legs:
        for part in leg.parts:
            assert part.quantity > 0
            served[part.line] = served.get(part.line, 0) + part.quantity
            key = (leg.node, product_of[part.line])
            used[key] = used.get(key, 0) + part.quantity
    left = (
        {p.line: p.quantity for p in decision.unserved.parts}
        if decision.unserved
        else {}
    )
    assert not served.keys() & left.keys()
    assert served | left == {item.key: item.quantity for item in lines}
    free = {(s.key, p): q for s in stores for p, q in s.available.items()}
    assert all(quantity <= free[key] for key, quantity in used.items())


@given(lines_strategy, stores_strategy, rules)
def test_a_leg_goes_only_to_a_store_that_passes_every_filter(lines, stores, rule):
    decision = rank(order(*lines), stores, rule)
    for leg in decision.legs:
        own = {c.node: c for c in leg.candidates}
        assert own.keys() == {s.key for s in stores}
        assert own[leg.node].reason == "eligible"
    assert all(c.reason in REASONS and c.text for c in decision.candidates)
    eligible = [c for c in decision.candidates if c.eligible]
    assert [c.rank for c in eligible] == list(range(1, len(eligible) + 1))


@given(lines_strategy, stores_strategy, rules, st.randoms(use_true_random=False))
def test_the_sequence_of_the_stores_does_not_matter(lines, stores, rule, random):
    shuffled = list(stores)
    random.shuffle(shuffled)
    assert rank(order(*lines), stores, rule) == rank(order(*lines), shuffled, rule)


@given(lines_strategy, stores_strategy, rules)
def test_a_cascade_never_returns_to_a_store_and_ends(lines, stores, rule):
    asked = []
    for _step in range(len(stores) + 1):
        decision = rank(order(*lines), stores, rule)
        if not decision.legs:
            break
        node = decision.legs[0].node
        assert node not in asked
        asked.append(node)
        stores = [replace(s, rejected=s.rejected or s.key == node) for s in stores]
    else:
        raise AssertionError("the cascade did not end")


@given(lines_strategy, stores_strategy)
def test_whole_orders_go_to_the_nearest_store_that_has_all(lines, stores):
    decision = rank(order(*lines), stores)
    whole = [c for c in decision.candidates if c.eligible]
    if whole:
        known = [c.distance_km for c in whole if c.distance_km is not None]
        assert len(decision.legs) == 1
        assert decision.candidates[0].distance_km == (min(known) if known else None)
