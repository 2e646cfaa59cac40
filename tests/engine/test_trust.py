"""Trust and promise: the worked example, the limits, and what always holds."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.trust import (
    DIGITS,
    Evidence,
    Trial,
    added,
    aged,
    count_trial,
    decay,
    evidence,
    freshness,
    posterior,
    promise,
    score,
    with_successes,
    without,
)

RATES = st.decimals(0, 1, places=4)
AGES = st.decimals(0, 2000, places=2)
WEIGHTS = st.decimals(0, 100, places=2)
QUANTITIES = st.decimals(0, 10_000, places=2)


@st.composite
def trials(draw):
    asked = draw(st.decimals("0.01", 1000, places=2))
    ok = draw(st.sampled_from([D(0), asked, (asked / 2).quantize(D("0.01"))]))
    return Trial(min(ok, asked), asked, draw(AGES))


MANY = st.lists(trials(), max_size=30)


def offers(filled, asked, age=0):
    return [Trial(D(n < filled), D(1), D(age)) for n in range(asked)]


def test_the_worked_example_to_the_cent():
    """18 of 20 offers, 45 of 50 pieces counted, fed 6 of 24 hours ago."""
    fills = evidence(offers(18, 20))
    counts = evidence([Trial(D(45), D(50))])
    fresh = freshness(D(6), D(24), prior=D(1))
    found = score(fills, counts, fresh, prior=D(1), weight=D(0))
    assert (found.fill, found.count, found.freshness) == (D("0.9"), D("0.9"), D("0.75"))
    assert found.trust == D("0.5") * D("0.9") + D("0.3") * D("0.9") + D("0.2") * D(
        "0.75"
    )
    assert found.trust == D("0.87")
    assert promise(D(50), reserved=D(4), safety=D(2), trust=found.trust) == 38


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"declared": 10}, 10),
        ({"declared": 10, "trust": "0.999"}, 9),
        ({"declared": 10, "reserved": 10}, 0),
        ({"declared": 10, "reserved": 12}, 0),
        ({"declared": 10, "reserved": 12, "allow_negative": True}, -2),
        ({"declared": 10, "reserved": 12, "trust": "0.5", "allow_negative": True}, -2),
        ({"declared": 0}, 0),
        ({"declared": 10, "held": 3, "safety": 2, "reserved": 1}, 4),
        ({"declared": 10, "trust": 0}, 0),
        ({"declared": "2.5"}, 2),
        ({"declared": 100, "trust": "0.29"}, 29),  # 28.999… in floating point
    ],
)
def test_the_promise(figures, expected):
    negative = figures.pop("allow_negative", False)
    exact = {name: D(value) for name, value in figures.items()}
    assert promise(**exact, allow_negative=negative) == expected


def test_a_store_that_never_fed_is_taken_at_its_prior():
    none = Evidence()
    for prior in (D("0.6"), D("0.85"), D(1)):
        found = score(none, none, freshness(None, D(24), prior), prior)
        assert set((found.fill, found.count, found.freshness, found.trust)) == {prior}


def test_a_store_without_feed_is_not_believed_whatever_it_filled():
    fills = evidence(offers(50, 50))
    assert score(fills, Evidence(), D(1), prior=D(0)).trust == 0


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, 1), (6, "0.75"), (24, 0), (25, 0), (-1, 1)],
)
def test_freshness_falls_evenly(age, expected):
    assert freshness(D(age), D(24), prior=D("0.5")) == D(expected)


def test_a_feed_that_may_have_no_age_is_never_fresh():
    assert freshness(D(0), D(0), prior=D(1)) == 0


def test_an_event_weighs_half_after_a_half_life():
    assert decay(D(30), D(30)) == D("0.5")
    assert decay(D(60), D(30)) == D("0.25")
    assert decay(D(60), None) == decay(D(60), D(0)) == 1
    old = evidence([Trial(D(0), D(1), D(30)), Trial(D(1), D(1), D(0))], D(30))
    assert posterior(old, D(1), D(0)) == D(1) / D("1.5")


@pytest.mark.parametrize(
    ("declared", "counted", "expected"),
    [(50, 45, (45, 50)), (45, 50, (45, 50)), (0, 0, (1, 1)), (0, 3, (0, 3))],
)
def test_a_count_that_finds_more_is_as_wrong_as_one_that_finds_less(
    declared, counted, expected
):
    assert count_trial(D(declared), D(counted)) == expected


@pytest.mark.parametrize(
    ("ok", "asked", "age"), [(2, 1, 0), (-1, 1, 0), (0, 0, 0), (1, 1, -1)]
)
def test_trials_that_can_not_be_are_refused_by_value(ok, asked, age):
    with pytest.raises(ValueError, match=f"trial {ok} of {asked}, {age} days ago"):
        Trial(D(ok), D(asked), D(age))


@given(MANY, RATES, WEIGHTS, st.sampled_from([None, D(1), D(30)]))
def test_a_rate_is_a_rate(many, prior, weight, half_life):
    assert 0 <= posterior(evidence(many, half_life), prior, weight) <= 1


@given(MANY, st.randoms(), st.sampled_from([None, D(7), D(30)]))
def test_the_order_of_events_does_not_matter(many, chance, half_life):
    shuffled = list(many)
    chance.shuffle(shuffled)
    assert evidence(many, half_life) == evidence(shuffled, half_life)


@given(MANY, RATES, WEIGHTS, AGES)
def test_one_more_success_never_lowers_and_one_more_failure_never_raises(
    many, prior, weight, age
):
    seen = posterior(evidence(many, D(30)), prior, weight)
    good = posterior(evidence([*many, Trial(D(1), D(1), age)], D(30)), prior, weight)
    bad = posterior(evidence([*many, Trial(D(0), D(1), age)], D(30)), prior, weight)
    tiny = D("1e-20")  # of 28 digits
    assert many == [] and weight == 0 or bad - tiny <= seen <= good + tiny


@given(MANY, RATES, st.decimals(1, 100, places=2))
def test_what_is_long_ago_leaves_the_prior(many, prior, weight):
    old = [Trial(t.ok, t.asked, t.age + 3000) for t in many]
    assert abs(posterior(evidence(old, D(30)), prior, weight) - prior) < D("1e-20")


@given(MANY, AGES, trials())
def test_evidence_may_be_kept_and_aged_instead_of_counted_anew(many, days, last):
    later = [Trial(t.ok, t.asked, t.age + days) for t in many]
    kept = added(aged(evidence(many, D(30)), days, D(30)), last, D(30))
    anew = evidence([*later, last], D(30))
    assert abs(kept.good - anew.good) < D("1e-20")
    assert abs(kept.total - anew.total) < D("1e-20")


@given(MANY, trials(), st.sampled_from([None, D(30)]))
def test_what_is_taken_out_again_was_never_there(many, one, half_life):
    before = evidence(many, half_life)
    after = without(added(before, one, half_life), one, half_life)
    assert abs(after.good - before.good) < D("1e-20")
    assert abs(after.total - before.total) < D("1e-20")


@given(RATES, st.integers(1, 20))
def test_successes_to_come_raise_a_rate_to_what_they_would(rate, number):
    seen = with_successes(Evidence(rate, D(1)), number)
    assert posterior(seen, D(0), D(0)) == (rate + number) / (1 + number)


@given(MANY, RATES)
def test_without_prior_weight_and_decay_it_is_the_plain_rate(many, prior):
    plain = sum((t.ok / t.asked for t in many), D(0)) / len(many) if many else prior
    assert abs(posterior(evidence(many), prior, D(0)) - plain) < D("1e-20")


@given(RATES, RATES, RATES, RATES)
def test_trust_lies_between_its_parts_and_rises_with_each(fill, count, fresh, more):
    def trust(*parts):
        seen = [Evidence(part, D(1)) for part in parts[:2]]
        return score(*seen, parts[2], prior=D(1), weight=D(0)).trust

    parts = (fill, count, fresh)
    found = trust(*parts)
    assert min(parts) - DIGITS <= found <= max(parts) + DIGITS
    for index in range(3):
        raised = [max(p, more) if n == index else p for n, p in enumerate(parts)]
        assert trust(*raised) >= found


@given(QUANTITIES, QUANTITIES, QUANTITIES, QUANTITIES, RATES, RATES)
def test_a_promise_never_exceeds_what_is_free(
    declared, reserved, safety, held, low, high
):
    free = declared - reserved - safety - held
    promised = promise(declared, reserved, safety, held, max(low, high))
    assert 0 <= promised <= max(free, 0)
    assert promised == int(promised)
    assert promise(declared, reserved, safety, held, min(low, high)) <= promised
    assert promise(declared, reserved + 1, safety, held, max(low, high)) <= promised
