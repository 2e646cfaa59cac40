"""Random histories of order lines: 10,000 through the engine beside a second calculation."""

import random
import sys
import time

from dev import paths
from dev.console import say

from .measure import Measurement

NAMES = ("split_history_mismatches", "split_history_ms")
HISTORIES = 10_000
MILLISECONDS = 30  # of one history, replayed step by step with its check


def measure(_context):
    """Replay 10,000 histories on fixed seeds; every step of each is compared."""
    sys.path.insert(0, str(paths.CHECKOUT / "o2o_channel"))
    from tests.support.split_histories import draw_history
    from tests.support.split_replay import Mismatch, replay

    started, postings, wrong = time.perf_counter(), 0, 0
    for seed in range(HISTORIES):
        try:
            postings += replay(draw_history(random.Random(seed)))
        except Mismatch as error:
            wrong += 1
            say(f"    seed {seed}: {error}")
    each = (time.perf_counter() - started) / HISTORIES * 1000
    say(f"    {HISTORIES} histories, {postings} postings, {wrong} mismatches")
    yield Measurement(NAMES[0], wrong, "", 0)
    yield Measurement(NAMES[1], each, "ms", MILLISECONDS)
