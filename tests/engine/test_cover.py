"""The fewest stores for an order: by example, and against trying everything."""

from decimal import Decimal as D
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from test_routing import GOODS, legs, line, order, store

from engine.cover import MAX_LINES, fewest
from engine.routing import Rule, rank

SIX = "ABCDEF"


def lines_of(products):
    return [line(n, code) for n, code in enumerate(products)]


def stocked(key, products, km=1.0, **values):
    return store(key, km, dict.fromkeys(products, 1), **values)


def test_two_stores_beat_three_though_one_of_the_three_has_most():
    stores = [stocked("most", "ABDE"), stocked("x", "ABC", 20), stocked("y", "DEF", 30)]
    decision = rank(order(*lines_of(SIX)), stores)
    assert legs(decision) == [("x", {0: 1, 1: 1, 2: 1}), ("y", {3: 1, 4: 1, 5: 1})]
    # and so an order is served that would have needed a store too many
    limited = rank(order(*lines_of(SIX)), stores, Rule(max_legs=2))
    assert legs(limited) == legs(decision)


def test_as_many_stores_as_before_leave_the_ranking_as_it_is():
    stores = [stocked("a", "AB"), stocked("b", "CD", 2), stocked("c", "AC", 3)]
    assert [node for node, _ in legs(rank(order(*lines_of("ABCD")), stores))] == [
        "a",
        "b",
    ]


def test_between_equals_the_first_by_rank_wins():
    stores = [("near", GOODS, {"A": D(1)}), ("far", GOODS, {"A": D(1)})]
    assert fewest(lines_of("A"), stores, 2) == [("near", lines_of("A"))]


def test_a_line_nobody_may_serve_has_no_cover():
    assert fewest(lines_of("A"), [("a", frozenset(), {"A": D(1)})], 3) is None


def test_long_orders_and_twice_the_same_goods_are_left_to_the_quick_way():
    codes = "ABCDEFGHIJK"[: MAX_LINES + 1]
    everything = [("a", GOODS, dict.fromkeys(codes, D(9)))]
    assert fewest(lines_of(codes), everything, 3) is None
    assert fewest(lines_of(codes[1:]), everything, 3)
    assert fewest(lines_of("AA"), everything, 3) is None


wants = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.integers(1, 3)),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row[0],
)
stocks = st.lists(
    st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 5)), min_size=1, max_size=4
)


@given(wants, stocks)
def test_no_combination_has_fewer_stores(rows, shelves):
    lines = [line(n, code, quantity) for n, (code, quantity) in enumerate(rows)]
    stores = [
        (n, GOODS, {p: D(q) for p, q in shelf.items()})
        for n, shelf in enumerate(shelves)
    ]
    found = fewest(lines, stores, len(stores) + 1)
    counts = [
        len(set(choice))
        for choice in product(range(len(stores)), repeat=len(lines))
        if _feasible(choice, lines, stores)
    ]
    assert (len(found) if found else None) == min(counts, default=None)
    if found:
        assert sorted(one.key for _, own in found for one in own) == list(
            range(len(lines))
        )
        given_to = {one.key: key for key, own in found for one in own}
        assert _feasible([given_to[n] for n in range(len(lines))], lines, stores)


def _feasible(choice, lines, stores):
    left = {(key, p): q for key, _allowed, stock in stores for p, q in stock.items()}
    for one, key in zip(lines, choice, strict=True):
        place = (key, one.product)
        left[place] = left.get(place, D(0)) - one.quantity
        if left[place] < 0:
            return False
    return True
