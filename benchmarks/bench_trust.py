"""Promises of simulated stores: raw figures beside figures weighed by trust."""

from dev.console import say

from .measure import Measurement
from .trust_stores import calibrate, simulate

NAMES = ("trust_promise_fails", "trust_calibration_error", "trust_brier")
HALF = 0.5  # of what fails when stores are taken at their word
ERROR = 0.05  # mean distance between a believed fill rate and what came
SEED = 2026


def measure(_context):
    """Learn for 60 days from 60 stores, then measure 60 days, on a fixed seed."""
    found = calibrate(simulate(seed=SEED))
    say(
        f"    {found.offers} wishes, seed {SEED}: declared stock fails {found.raw:.1%}, "
        f"promised stock {found.adjusted:.1%}; the promise covers {found.promised:.1%} "
        f"and refuses {found.withheld:.1%} that could have been served"
    )
    yield Measurement(
        NAMES[0], found.adjusted * 100, "%", HALF, "declared stock", found.raw * 100
    )
    yield Measurement(NAMES[1], found.error, "", ERROR)
    yield Measurement(NAMES[2], found.brier, "", 1.0, "full belief", found.brier_raw)
