"""Replays: the same answers under every rule, load that evolves, nothing lost."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.cascade import CascadeRule
from engine.geo import Point
from engine.replay import Habit, Load, PastOrder, Replay, Reply, Trial, may_serve
from engine.replay_load import load_near
from engine.replay_measure import compare, measured, shares
from engine.routing import Line, Node, Order, Rule, Weights, rank

NETWORK = Habit(0.7, 0.2, (1.0, 10.0), (1.0, 5.0))
ALWAYS = Habit(1.0, 0.0, (2.0,), (1.0,))
NEVER = Habit(0.0, 1.0, (2.0,), (3.0,))


def store(key, latitude, **values):
    known = {
        "available": {"P": Decimal(5)},
        "place": Point(latitude, 104.0),
        "categories": frozenset({"c"}),
    }
    return Node(key, f"S{key}", **{**known, **values})


NODES = (store(1, 30.01), store(2, 30.05), store(3, 30.10))


def past(key=1, nodes=NODES, lines=None, **values):
    lines = lines or (Line("l", "P", "c", Decimal(1)),)
    request = Order(lines, Point(30.0, 104.0))
    return PastOrder(key, "2026-11-10", request, nodes, **values)


NEAREST = Rule(weights=Weights(Decimal(1), Decimal(0), Decimal(0), Decimal(0)))
PRESENT = Trial(rule=NEAREST)


def one(order, trial=PRESENT, habits=None, load=None):
    return Replay(habits or {}, NETWORK, 1).run(order, trial, load or Load())


def test_history_answers_where_it_knows():
    order = past(answers={1: Reply("rejected", 4.0), 2: Reply("accepted", 6.0)})
    [part] = one(order).parts
    assert (part.node, part.minutes) == (2, 10.0)
    assert [(a.node, a.kind, a.known) for a in part.trail] == [
        (1, "rejected", True),
        (2, "accepted", True),
    ]


def test_other_stores_answer_by_their_habits():
    order = past(answers={1: Reply("expired")})
    [part] = one(order, habits={2: NEVER, 3: ALWAYS}).parts
    assert (part.node, part.minutes) == (3, 30.0 + 3.0 + 2.0)
    facts = one(order, habits={2: NEVER, 3: ALWAYS}).facts
    assert (facts["offers"], facts["rejects"], facts["expiries"]) == (3, 1, 1)


def test_an_answer_after_the_new_limit_is_none():
    order = past(answers={1: Reply("accepted", 20.0)})
    [part] = one(order, Trial(rule=NEAREST, accept_minutes=15), {2: ALWAYS}).parts
    assert (part.node, part.minutes) == (2, 17.0)


def test_who_gave_it_back_leaves_it_to_headquarters():
    [part] = one(past(answers={1: Reply("handed_back", 5.0)})).parts
    assert (part.node, part.end) == (None, "exception")


def test_a_rule_that_accepts_by_itself_does_not_wait():
    order = past(answers={1: Reply("rejected", 4.0)})
    [part] = one(order, Trial(rule=NEAREST, accepts_by_itself=True)).parts
    assert (part.node, part.minutes) == (1, 0.0)


def test_of_a_grab_the_fastest_wins():
    answers = {
        1: Reply("accepted", 9.0),
        2: Reply("rejected", 1.0),
        3: Reply("accepted", 5.0),
    }
    trial = Trial(rule=NEAREST, cascade=CascadeRule(mode="grab"))
    outcome = one(past(answers=answers), trial)
    assert outcome.stores == (3,)
    assert outcome.parts[0].minutes == 5.0
    assert (outcome.facts["offers"], outcome.facts["rejects"]) == (2, 1)


def test_nobody_is_left():
    order = past(answers={key: Reply("rejected", 1.0) for key in (1, 2, 3)})
    [part] = one(
        order, Trial(rule=NEAREST, cascade=CascadeRule(has_fallback=True))
    ).parts
    assert (part.node, part.end, len(part.trail)) == (None, "fallback", 3)
    assert one(order).facts["unfilled"] == 1


def test_the_load_is_that_of_the_replay():
    nodes = (store(1, 30.01, max_orders=2), store(2, 30.05))
    load = Load()
    replay = Replay({1: ALWAYS, 2: ALWAYS}, NETWORK, 1)
    stores = [replay.run(past(key, nodes), PRESENT, load).stores for key in range(4)]
    assert stores == [(1,), (1,), (2,), (2,)]
    # the next day is empty again
    assert replay.run(
        replace(past(9, nodes), day="2026-11-11"), PRESENT, load
    ).stores == (1,)


def test_orders_from_outside_of_the_replay_keep_their_place():
    """Recorded: one order that is not replayed, then the first replayed one."""
    busy = store(1, 30.01, max_orders=2, orders_today=1)
    later = replace(busy, orders_today=2)
    load, replay = Load(), Replay({1: ALWAYS, 2: ALWAYS}, NETWORK, 1)
    far = store(2, 30.05)
    first = past(1, (busy, far), taken=(1,))
    assert replay.run(first, PRESENT, load).stores == (1,)
    assert replay.run(past(2, (later, far)), PRESENT, load).stores == (2,)
    # under a rule that gave the first to another store, there is room
    load = Load()
    replay.run(
        first, Trial(rule=replace(NEAREST, max_distance_km=Decimal("0.5"))), load
    )
    assert replay.run(past(2, (later, far)), PRESENT, load).stores == (1,)


def test_a_load_survives_the_end_of_a_process():
    load = Load()
    Replay({1: ALWAYS}, NETWORK, 1).run(past(taken=(2,)), PRESENT, load)
    again = Load.from_plain(load.as_plain())
    assert again.as_plain() == load.as_plain()
    assert (again.replayed, again.recorded) == ({1: 1}, {2: 1})


def test_an_order_that_nobody_takes_whole_is_divided():
    lines = (Line("a", "A", "c", Decimal(1)), Line("b", "B", "c", Decimal(1)))
    nodes = (
        store(1, 30.01, available={"A": Decimal(1), "B": Decimal(1)}),
        store(2, 30.05, available={"A": Decimal(1)}),
        store(3, 30.10, available={"B": Decimal(1)}),
    )
    order = past(nodes=nodes, lines=lines, answers={1: Reply("rejected", 2.0)})
    outcome = one(order, habits={2: ALWAYS, 3: ALWAYS})
    assert outcome.stores == (2, 3)
    # asked three times in all, and both waited for the first
    assert outcome.facts["offers"] == 3
    assert outcome.facts["waits"] == [4.0, 4.0]
    whole = one(order, Trial(rule=Rule(divide=False)), {2: ALWAYS, 3: ALWAYS})
    assert whole.facts["unfilled"] == 1


def test_draws_depend_on_seed_order_and_store_alone():
    habits = {key: NETWORK for key in (1, 2, 3)}
    first = [
        Replay(habits, NETWORK, 5).run(past(k), PRESENT, Load()) for k in range(50)
    ]
    again = [
        Replay(habits, NETWORK, 5).run(past(k), PRESENT, Load()) for k in range(50)
    ]
    other = [
        Replay(habits, NETWORK, 6).run(past(k), PRESENT, Load()) for k in range(50)
    ]
    assert first == again
    assert first != other


def test_draws_follow_the_habit():
    replay = Replay({1: Habit(0.6, 0.3, (1.0,), (1.0,))}, NETWORK, 1)
    kinds = [replay.reply(past(key), 1, 30).kind for key in range(4000)]
    for kind, share in (("accepted", 0.6), ("rejected", 0.3), ("expired", 0.1)):
        assert kinds.count(kind) / len(kinds) == pytest.approx(share, abs=0.03)


def test_few_answers_are_smoothed_with_the_network():
    new = Habit.smoothed(0, 1, 0, NETWORK)
    assert new.accepts == pytest.approx(7 / 11)
    known = Habit.smoothed(900, 100, 0, NETWORK, accept_minutes=(3.0,))
    assert known.accepts == pytest.approx(0.9, abs=0.01)
    assert known.accept_minutes == (3.0,)
    assert known.reject_minutes == NETWORK.reject_minutes


def random_nodes(chance):
    return tuple(
        Node(
            key,
            f"S{key}",
            {"P": Decimal(chance.randint(0, 3)), "Q": Decimal(chance.randint(0, 2))},
            Point(30 + chance.random(), 104 + chance.random())
            if chance.random() > 0.1
            else None,
            state=chance.choice(["active", "active", "active", "suspended"]),
            covers_region=chance.random() > 0.3,
            categories=frozenset(c for c in "cd" if chance.random() > 0.4),
            promises=chance.random() > 0.1,
            max_orders=chance.choice([None, 3]),
            orders_today=chance.randint(0, 4),
        )
        for key in range(12)
    )


@pytest.mark.parametrize("seed", range(60))
def test_stores_left_out_would_not_have_changed_the_decision(seed):
    chance = random.Random(seed)
    nodes = random_nodes(chance)
    lines = tuple(
        Line(key, product, chance.choice("cd"), Decimal(chance.randint(1, 3)))
        for key, product in enumerate(chance.sample("PQ", chance.randint(1, 2)))
    )
    pickup = chance.choice([None, None, 3])
    request = Order(lines, Point(30.5, 104.5), pickup)
    rule = Rule(divide=chance.random() > 0.3)
    near = tuple(node for node in nodes if may_serve(node, request, rule))
    full, short = rank(request, nodes, rule), rank(request, near, rule)
    assert [(leg.node, leg.parts) for leg in full.legs] == [
        (leg.node, leg.parts) for leg in short.legs
    ]
    eligible = [c.node for c in full.candidates if c.eligible]
    assert eligible == [c.node for c in short.candidates if c.eligible]
    assert (full.unserved and full.unserved.parts) == (
        short.unserved and short.unserved.parts
    )


@pytest.mark.parametrize("seed", range(30))
def test_reading_near_stores_equals_reading_all_and_leaving_out(seed):
    import base64
    import zlib

    from engine import record

    chance = random.Random(seed)
    nodes = random_nodes(chance)
    request = Order(
        (Line(1, "P", chance.choice("cd"), Decimal(1)),),
        Point(30.5, 104.5),
        chance.choice([None, None, 3]),
    )
    data = record.dump_inputs(request, nodes, Rule())
    packed = base64.b64encode(zlib.compress(data))
    whole = record.load(data)
    kept = tuple(node for node in whole[1] if may_serve(node, request, Rule()))
    assert load_near(packed) == (whole[0], kept, whole[2])
    active = tuple(node for node in whole[1] if node.state == "active")
    if request.pickup_node is None:
        assert load_near(packed, everywhere=True)[1] == active


def test_bytes_that_are_no_record_are_refused():
    from engine.record import RecordError

    with pytest.raises(RecordError):
        load_near(b"nonsense")


def facts(**values):
    known = dict.fromkeys(
        ("legs", "served", "km", "km_legs", "offers", "rejects", "expiries", "minutes"),
        0,
    )
    return {**known, "orders": 1, "unfilled": 0, "waits": [], "stores": [], **values}


def test_measures_are_ratios_of_sums():
    values = measured(
        [
            facts(
                km=10,
                km_legs=1,
                offers=2,
                rejects=1,
                waits=[4.0],
                minutes=4.0,
                served=1,
            ),
            facts(km=20, km_legs=2, offers=2, waits=[1.0, 9.0], minutes=10.0, served=2),
            facts(unfilled=1, legs=1),
        ]
    )
    assert values["km_mean"] == 10
    assert values["km_total"] == 30
    assert values["reject_rate"] == 0.25
    assert values["unfilled_rate"] == pytest.approx(1 / 3)
    assert values["minutes_median"] == 4.0
    assert measured([facts()])["km_mean"] is None


def test_equal_sides_are_said_to_be_the_same():
    side = [facts(km=k, km_legs=1, offers=1, served=1, waits=[k]) for k in range(100)]
    assert {one.verdict for one in compare(side, side, 1)} <= {"same"}


def test_a_clear_difference_is_seen_and_noise_is_not():
    chance = random.Random(3)
    old = [facts(km=chance.gauss(20, 5), km_legs=1) for _k in range(400)]
    nearer = [facts(km=fact["km"] - 2, km_legs=1) for fact in old]
    noise = [facts(km=fact["km"] + chance.gauss(0, 5), km_legs=1) for fact in old]
    by_name = {one.measure: one for one in compare(old, nearer, 1)}
    assert by_name["km_mean"].verdict == "lower"
    assert by_name["km_mean"].low == pytest.approx(-2)
    verdicts = [
        {one.measure: one.verdict for one in compare(old, noise, seed)}["km_mean"]
        for seed in range(5)
    ]
    assert set(verdicts) == {"chance"}


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """95 % intervals of a known difference of 1, on 200 histories."""
    chance, hits = random.Random(11), 0
    for seed in range(200):
        old = [facts(km=chance.gauss(20, 5), km_legs=1) for _k in range(60)]
        new = [facts(km=f["km"] + chance.gauss(1, 3), km_legs=1) for f in old]
        found = {one.measure: one for one in compare(old, new, seed, rounds=200)}
        hits += found["km_mean"].low <= 1 <= found["km_mean"].high
    assert 0.88 <= hits / 200 <= 0.99


def test_few_orders_tell_nothing():
    side = [facts(km=k, km_legs=1) for k in range(5)]
    other = [facts(km=k + 1, km_legs=1) for k in range(5)]
    assert {one.measure: one.verdict for one in compare(side, other, 1)}[
        "km_mean"
    ] == "unknown"


def test_other_orders_cannot_be_paired():
    with pytest.raises(ValueError, match="can't be paired"):
        compare([facts()], [], 1)


def test_shares_count_legs_by_dealer():
    side = [facts(stores=[1, 2]), facts(stores=[1]), facts(stores=[9])]
    assert shares(side, {1: "A", 2: "B"}) == {"A": 2, "B": 1, None: 1}
