import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import cascade_machine
from engine.cascade import TRANSITIONS, Answer, CascadeRule, Step, next_step

ASSIGN = CascadeRule()


def answers(**kinds):
    return tuple(Answer(node, kind) for node, kind in kinds.items())


def test_the_story_of_r6():
    """D2, then D1, then the pool with D3, which trust had kept out, then the queue."""
    eligible, pool = ("D2", "D1"), ("D3",)
    asked = ()
    assert next_step(ASSIGN, asked, eligible, pool) == Step("offer", ("D2",))
    asked += answers(D2="expired")
    assert next_step(ASSIGN, asked, eligible, pool) == Step("offer", ("D1",))
    asked += answers(D1="rejected")
    assert next_step(ASSIGN, asked, eligible, pool) == Step("grab", ("D3",), True)
    asked += answers(D3="expired")
    assert next_step(ASSIGN, asked, eligible, pool, grabbed=True) == Step("exception")


def test_headquarters_warehouse_comes_last():
    rule = CascadeRule(has_fallback=True)
    assert next_step(rule, (), ("A",)).kind == "offer"
    assert next_step(rule, answers(A="expired"), ("A",)).kind == "fallback"
    assert next_step(rule, (), ()).kind == "fallback"


def test_after_n_turn_downs_the_rest_may_grab():
    rule = CascadeRule(max_offers=2)
    stores = ("A", "B", "C", "D")
    assert next_step(rule, answers(A="expired"), stores) == Step("offer", ("B",))
    asked = answers(A="expired", B="rejected")
    assert next_step(rule, asked, stores, ("P",)) == Step("grab", ("C", "D", "P"), True)
    assert next_step(CascadeRule(max_offers=2, grab_pool=False), asked, stores) == Step(
        "exception"
    )


def test_only_turn_downs_count():
    """A store that could not be offered or gave an accepted leg back did not refuse."""
    rule = CascadeRule(max_offers=1)
    for kind in ("failed", "handed_back", "lost"):
        asked = answers(A=kind)
        assert next_step(rule, asked, ("A", "B"), ("P",)) == Step("offer", ("B",))
        assert next_step(rule, asked, ("A",), ("P",)) == Step("exception")


def test_stores_that_are_asked_first_come_after_the_promised_ones():
    rule = CascadeRule(ask_first=True)
    assert next_step(rule, (), ("A",), (), False, ("Q",)) == Step("offer", ("A",))
    asked = answers(A="rejected")
    assert next_step(rule, asked, ("A",), (), False, ("Q",)) == Step("ask", ("Q",))
    assert next_step(rule, (), (), (), False, ("Q",)) == Step("ask", ("Q",))
    assert next_step(ASSIGN, (), (), (), False, ("Q",)) == Step("exception")


def test_grab_goes_round_by_round_then_the_pool():
    rule = CascadeRule(mode="grab", grab_candidates=2)
    stores = ("A", "B", "C")
    assert next_step(rule, (), stores, ("P",)) == Step("grab", ("A", "B"))
    asked = answers(A="expired", B="rejected")
    assert next_step(rule, asked, stores, ("P",)) == Step("grab", ("C",))
    asked += answers(C="expired")
    assert next_step(rule, asked, stores, ("P",)) == Step("grab", ("P",), True)
    everybody = CascadeRule(mode="grab", grab_candidates=0)
    assert next_step(everybody, (), stores).nodes == stores


def test_headquarters_decides_in_mode_manual():
    rule = CascadeRule(mode="manual", has_fallback=True)
    assert next_step(rule, (), ("A", "B"), ("P",)) == Step("exception")


def test_the_customers_choice_is_never_moved_by_itself():
    rule = CascadeRule(mode="choice", has_fallback=True)
    assert next_step(rule, (), ("A",)) == Step("offer", ("A",))
    assert next_step(rule, answers(A="rejected"), ("A",), ("P",)) == Step("exception")


def test_the_pool_needs_a_turn_down_and_somebody_in_it():
    assert next_step(ASSIGN, (), (), ("P",)) == Step("exception")
    assert next_step(ASSIGN, answers(A="expired"), ("A",)) == Step("exception")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: CascadeRule(mode="auction"), "mode 'auction' is none of assign"),
        (lambda: CascadeRule(max_offers=-1), "can't be below 0"),
        (lambda: CascadeRule(grab_candidates=-1), "can't be below 0"),
        (lambda: Answer("A", "perhaps"), "answer 'perhaps' is none of rejected"),
    ],
)
def test_what_is_no_rule_or_answer_is_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_every_way_ends():
    """From each state an end can be reached, and from an end nothing."""
    ends = {state for state, ways in TRANSITIONS.items() if not ways}
    assert ends == {"delivered", "rejected", "expired", "cancelled"}
    reach = dict.fromkeys(ends, True)
    for _round in TRANSITIONS:
        for state, ways in TRANSITIONS.items():
            reach[state] = reach.get(state) or any(reach.get(way) for way in ways)
    assert all(reach.values())


def test_2000_random_cascades_break_no_invariant():
    for number in range(2000):
        cascade_machine.run(random.Random(f"test/{number}"))


@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_a_random_cascade_breaks_no_invariant(chance, steps):
    cascade_machine.run(chance, steps)


def forgetful(rule, asked, eligible, pool=(), grabbed=False, ask_first=()):
    return next_step(rule, (), eligible, pool, grabbed, ask_first)


def pool_again(rule, asked, eligible, pool=(), grabbed=False, ask_first=()):
    return next_step(rule, asked, eligible, pool, False, ask_first)


def without_limit(rule, asked, eligible, pool=(), grabbed=False, ask_first=()):
    endless = CascadeRule(rule.mode, 0, rule.grab_pool, 0, rule.ask_first)
    return next_step(endless, asked, eligible, pool, grabbed, ask_first)


@pytest.mark.parametrize("broken", [forgetful, pool_again, without_limit])
def test_the_machine_notices_a_broken_cascade(broken, monkeypatch):
    monkeypatch.setattr(cascade_machine, "next_step", broken)
    with pytest.raises(AssertionError):
        for number in range(2000):
            cascade_machine.run(random.Random(number), steps=60)
