"""A month of a million split lines: stated, billed, checked and closed in one run."""

import json
import os

from dev.console import say
from tests.support.split_rows import COMPANY

from .measure import Measurement

NAMES = ("close_month",)
LINES = int(os.environ.get("BENCH_CLOSE_LINES", "1000000"))
PAYEES = 500
SECONDS_PER_LINE = 3600 / 1_000_000  # a million within the hour

SCRIPT = """
import json, resource, time
rows = Rows(env, PAYEES)
rows.make(LINES, "2026-09-10")
# the entry that all were copied from has no shares: it would be a difference
rows.sample._reverse_moves([{"date": rows.sample.date}], cancel=True)
env.cr.commit()
env.cr.execute("ANALYZE")
env.cr.commit()
period = rows.period("2026-09-01")
env.cr.commit()
env.invalidate_all()
answer, started = {}, time.perf_counter()
steps = (
    ("state", lambda: period.action_make_statements()),
    ("bill", lambda: period.statement_ids.action_confirm()),
    ("close", lambda: period.action_close()),
)
for name, step in steps:
    begun, queries = time.perf_counter(), env.cr.sql_log_count
    step()
    env.flush_all()
    env.cr.commit()
    answer[name] = [time.perf_counter() - begun, env.cr.sql_log_count - queries]
answer["spent"] = time.perf_counter() - started
assert period.state == "closed", period.check_ids.filtered(lambda c: not c.ok).mapped("message")
answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print("BENCH " + json.dumps(answer))
"""


def measure(context):
    """Close the month; milliseconds per line."""
    script = COMPANY + SCRIPT.replace("LINES", str(LINES))
    script = script.replace("PAYEES", str(PAYEES))
    with context.database(demo=False) as name:
        output = context.shell(name, script, timeout=4 * 3600)
    line = next(line for line in output.splitlines() if "BENCH " in line)
    answer = json.loads(line.split("BENCH ", 1)[1])
    for step in ("state", "bill", "close"):
        spent, queries = answer[step]
        say(f"    {step}: {spent:.1f} s, {queries} SQL statements")
    say(
        f"    {LINES:,} lines, {PAYEES} payees: {answer['spent']:.0f} s, "
        f"peak {answer['peak']} MB"
    )
    yield Measurement(
        "close_month", answer["spent"] / LINES * 1000, "ms", SECONDS_PER_LINE * 1000
    )
