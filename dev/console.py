"""Progress on the terminal: every long step says what it does and how long it took."""

import sys
import threading
import time
from contextlib import contextmanager

HEARTBEAT = 10  # seconds between signs of life of one step


def say(text):
    """Print a line at once, also when the output is a pipe."""
    print(text, flush=True)


@contextmanager
def step(title):
    """Announce a step, show signs of life while it runs and its duration at the end."""
    started = time.monotonic()
    done = threading.Event()

    def beat():
        while not done.wait(HEARTBEAT):
            say(f"    … {time.monotonic() - started:.0f} s")

    say(f"  - {title}")
    ticker = threading.Thread(target=beat, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
    say(f"    done in {time.monotonic() - started:.1f} s")


def complain(text):
    """Print an error where errors belong."""
    print(f"o2o: {text}", file=sys.stderr, flush=True)
