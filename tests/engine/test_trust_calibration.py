"""Simulated stores: what trust promises fails less than half as often."""

from benchmarks.trust_stores import calibrate, simulate


def test_trusted_promises_fail_less_than_half_as_often():
    found = calibrate(simulate(stores=25, days=60, learn=30, seed=1))
    assert found.offers == 25 * 30 * 4
    assert 0.1 < found.raw < 0.3
    assert found.adjusted < found.raw / 2
    # it may not be bought by promising nothing
    assert found.promised > 0.6
    assert found.withheld < 0.25
    assert found.error < 0.06


def test_the_same_seed_gives_the_same_stores():
    first, again = (simulate(stores=3, days=4, learn=0, seed=7) for _run in range(2))
    assert first == again
