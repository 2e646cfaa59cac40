"""Random histories through Odoo, and the books they leave checked by Beancount."""

import json
import time

from dev.console import say
from dev.database import Databases

from .measure import Measurement

NAMES = ("books_history_s", "books_beancount_complaints")
HISTORIES, STEPS, SEED = 300, 8, 19
SECONDS = (
    20  # of one history: an order and 7 more events, everything checked after each
)
MARK = "O2O-BOOKS "


def measure(context):
    """Live 300 histories in one company; any step that is wrong ends it with an error."""
    yield from measure_posting(context, NAMES, "per_dispatch", SEED)


def measure_posting(context, names, posting, seed):
    """Live them in a company that posts like this."""
    from tests.support.beancount_book import EXPORT, check_book, write_book
    from tests.support.split_life import live

    code = live(HISTORIES, STEPS, seed, posting) + EXPORT.replace(
        "COMPANY", "case.company.id"
    )
    code += f"\nimport json\nprint({MARK!r} + json.dumps(result))\n"
    # The case brings its own dealers; their codes are those of the demo's.
    with context.database(demo=False) as database:
        Databases(context.environment).keep_statistics(database)  # one long transaction
        started = time.perf_counter()
        output = context.shell(database, code, timeout=HISTORIES * SECONDS)
        seconds = time.perf_counter() - started
    books = [line for line in output.splitlines() if MARK in line]
    if not books:
        raise RuntimeError(f"the histories did not come to their end:\n{output}")
    data = json.loads(books[-1].split(MARK, 1)[1])
    complaints, entries = check_book(write_book(data))
    for text in complaints[:5]:
        say(f"    {text}")
    say(
        f"    {HISTORIES} histories in {seconds:.0f} s, seed {seed}, {posting}: {entries} entries, "
        f"{len(data['items'])} items, {len(data['clearing'])} payees"
    )
    yield Measurement(names[0], seconds / HISTORIES, "s", SECONDS)
    yield Measurement(names[1], len(complaints), "", 0)
