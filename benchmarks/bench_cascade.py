"""10^5 random cascades on the engine: no invariant may break."""

import random
import time

from .cascade_machine import run
from .measure import Measurement

NAMES = ("cascade_invariants", "cascade_steps")
CASCADES = 100_000
SEED = 2026


def measure(_context):
    """Play the cascades; a broken invariant is counted, its seed is printed."""
    started, broken, legs = time.perf_counter(), 0, 0
    for number in range(CASCADES):
        try:
            legs += len(run(random.Random(f"{SEED}/{number}")).legs)
        except AssertionError as error:
            broken += 1
            print(f"cascade {SEED}/{number}: {error}", flush=True)
    seconds = time.perf_counter() - started
    print(f"{CASCADES} cascades, {legs} legs, {seconds:.0f} s, {broken} broken")
    yield Measurement(NAMES[0], broken, "broken", 0)
    yield Measurement(NAMES[1], seconds / CASCADES * 1000, "ms", 5)
