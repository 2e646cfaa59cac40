"""The score of a store, who goes before whom, and what lies outside the region."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_routing import GOODS, legs, line, order, reasons, store

from engine.routing import Rule, Weights, askable_nodes, rank

FAR_AWAY = {"covers_region": False, "categories": GOODS}
scores = st.decimals(min_value=0, max_value=1, places=2)


def acceptance_stores():
    """The three stores of the worked example, 5, 12 and 3 km away."""
    return [
        store("D1", 5, trust=D("0.87"), rating=D("4.6"), orders_today=5, max_orders=10),
        store(
            "D2", 12, trust=D("0.95"), rating=D("4.8"), orders_today=2, max_orders=10
        ),
        store("D3", 3, trust=D("0.55"), rating=D("4.9"), orders_today=1, max_orders=10),
    ]


def test_the_worked_example():
    decision = rank(order(), acceptance_stores())
    found = {c.node: c for c in decision.candidates}
    assert {key: round(c.score, 3) for key, c in found.items()} == {
        "D1": D("0.813"),
        "D2": D("0.845"),
        "D3": D("0.819"),
    }
    assert legs(decision) == [("D2", {1: 1})]
    assert [c.node for c in decision.candidates if c.eligible] == ["D2", "D1"]
    assert found["D3"].text == (
        "Trust 0.55 is below 0.60: excluded from automatic routing"
    )
    assert found["D1"].score == found["D1"].score_parts.total


def test_trust_at_the_limit_is_enough():
    at_limit = store("at", 1, trust=D("0.60"))
    assert reasons(rank(order(), [at_limit])) == {"at": "eligible"}
    assert reasons(rank(order(), [at_limit], Rule(min_trust=D("0.61")))) == {
        "at": "low_trust"
    }


def test_the_customers_own_choice_is_asked_whatever_its_trust():
    chosen = order(pickup_node="a")
    assert reasons(rank(chosen, [store("a", 1, trust=D("0.2"))])) == {"a": "eligible"}


@pytest.mark.parametrize(
    "weights", [("0.4", "0.3", "0.2", "0.2"), ("1.1", "-0.1", "0", "0")]
)
def test_weights_must_make_one(weights):
    with pytest.raises(ValueError, match="together they must make 1"):
        Weights(*map(D, weights))


def test_weights_decide_who_goes_first():
    near = store("near", 1, trust=D("0.7"))
    trusted = store("trusted", 30, trust=D(1))
    by_trust = Rule(weights=Weights(D(0), D(1), D(0), D(0)))
    assert legs(rank(order(), [near, trusted])) == [("near", {1: 1})]
    assert legs(rank(order(), [near, trusted], by_trust)) == [("trusted", {1: 1})]


def test_a_bonus_counts_on_top():
    honest = store("honest", 6, bonus=D("0.05"))
    decision = rank(order(), [store("near", 5), honest])
    assert legs(decision) == [("honest", {1: 1})]
    assert decision.candidates[0].score_parts.bonus == D("0.05")


def test_who_has_its_share_goes_after_the_others():
    stores = [store("sated", 1, quota_reached=True), store("far", 40, trust=D("0.7"))]
    decision = rank(order(), stores)
    assert legs(decision) == [("far", {1: 1})]
    assert reasons(decision) == {"far": "eligible", "sated": "quota"}
    assert legs(rank(order(), stores[:1])) == [("sated", {1: 1})]


def test_other_regions_only_when_no_local_dealer_can():
    near, far = store("near", 1, **FAR_AWAY), store("local", 40)
    wide = Rule(cross_region=True)
    assert legs(rank(order(), [near, far], wide)) == [("local", {1: 1})]
    empty = replace(far, available={})
    assert legs(rank(order(), [near, empty])) == []
    decision = rank(order(), [near, empty], wide)
    assert legs(decision) == [("near", {1: 1})]
    assert reasons(decision) == {"near": "cross_region", "local": "no_stock"}


def test_two_local_stores_go_before_one_from_outside():
    local = [store("a", 1, {"A": 1}), store("b", 2, {"B": 1})]
    outside = store("c", 1, **FAR_AWAY)
    decision = rank(
        order(line(1), line(2, "B")), [*local, outside], Rule(cross_region=True)
    )
    assert {node for node, _parts in legs(decision)} == {"a", "b"}


def test_an_order_that_needs_too_many_stores_waits_for_headquarters():
    stores = [store("a", 1, {"A": 1}), store("b", 2, {"B": 1})]
    wanted = order(line(1), line(2, "B"))
    assert len(legs(rank(wanted, stores, Rule(max_legs=2)))) == 2
    decision = rank(wanted, stores, Rule(max_legs=1))
    assert legs(decision) == []
    assert len(decision.unserved.parts) == 2


def test_a_pickup_is_whole_unless_the_rule_allows_parts():
    stores = [store("a", 1, {"A": 1}), store("b", 2)]
    wanted = order(line(1), line(2, "B"), pickup_node="a")
    assert legs(rank(wanted, stores)) == []
    decision = rank(wanted, stores, Rule(partial_pickup=True))
    assert legs(decision) == [("a", {1: 1})]
    assert [part.line for part in decision.unserved.parts] == [2]


def test_services_of_the_order_when_the_rule_asks_for_them():
    wanted = order(services=frozenset({"installation"}))
    fits = store("fits", 9, services=frozenset({"installation", "repair"}))
    stores = [store("near", 1), fits]
    assert legs(rank(wanted, stores)) == [("near", {1: 1})]
    decision = rank(wanted, stores, Rule(need_services=True))
    assert legs(decision) == [("fits", {1: 1})]
    assert reasons(decision)["near"] == "no_service"


def test_stores_that_may_be_asked_in_spite_of_their_stock():
    stores = [
        store("counter", 1, {}, promises=False),
        store("stale", 2, ask_first=True),
        store("doubtful", 3, trust=D("0.5")),
        store("foreign", 1, promises=False, **FAR_AWAY),
        store("full", 1, ask_first=True, orders_today=1, max_orders=1),
        store("good", 4),
    ]
    candidates = rank(order(), stores).candidates
    assert set(askable_nodes(candidates)) == {"counter", "stale", "doubtful"}
    assert askable_nodes(candidates, {"no_feed"}) == ("counter",)


@given(scores, scores, scores, scores)
def test_more_trust_or_rating_never_lowers_the_score(one, other, trust, rating):
    low, high = sorted((one, other))
    a = store("a", 5, trust=low, rating=rating * 5)
    b = store("b", 5, trust=high, rating=rating * 5)
    everybody = Rule(min_trust=D(0))
    found = {c.node: c.score for c in rank(order(), [a, b], everybody).candidates}
    assert found["a"] <= found["b"]
    c = store("c", 5, trust=trust, rating=low * 5)
    d = store("d", 5, trust=trust, rating=high * 5)
    found = {c.node: c.score for c in rank(order(), [c, d], everybody).candidates}
    assert found["c"] <= found["d"]


@given(st.permutations(range(6)), st.data())
def test_the_order_of_the_stores_makes_no_difference(places, data):
    draw = data.draw
    stores = [
        store(
            f"S{n}",
            draw(st.sampled_from([None, 1, 5, 80])),
            {"A": draw(st.integers(0, 2)), "B": draw(st.integers(0, 2))},
            trust=draw(scores),
            covers_region=draw(st.booleans()),
            quota_reached=draw(st.booleans()),
        )
        for n in range(6)
    ]
    wanted = order(line(1), line(2, "B", 2))
    rule = Rule(cross_region=True)
    mixed = [stores[place] for place in places]
    assert rank(wanted, mixed, rule) == rank(wanted, stores, rule)


def test_a_dealer_of_elsewhere_needs_the_goods_in_its_area_too():
    books = store("near", 1, covers_region=False, categories=frozenset({"books"}))
    decision = rank(order(), [books], Rule(cross_region=True))
    assert legs(decision) == []
    assert reasons(decision) == {"near": "not_covered"}


def test_of_a_divided_order_local_dealers_get_what_they_have():
    local = store("local", 40, {"A": 1})
    outside = [
        store("x", 1, {"A": 1}, **FAR_AWAY),
        store("y", 1, {"B": 1}, **FAR_AWAY),
    ]
    decision = rank(
        order(line(1), line(2, "B")), [local, *outside], Rule(cross_region=True)
    )
    assert legs(decision) == [("local", {1: 1}), ("y", {2: 1})]
