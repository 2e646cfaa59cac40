"""Split lines into the ledger in both modes beside the raw INSERT of the same rows."""

import json

from dev.console import say
from tests.support.split_rows import COMPANY

from .measure import Measurement

NAMES = ("post_split_daily", "post_split_per_dispatch")
LINES, PAYEES, DAYS = 20_000, 50, 10
# Raw rows carry no numbers, notes, links or checks. Daily, 100,000 lines become some
# hundred items, so there is next to nothing to insert: what is beside it then is the raw
# insert of the lines themselves.
RATIO = 15

SCRIPT = """
import json, resource, time
from odoo.tools import SQL
answer = {}
for mode in ("daily", "per_dispatch"):
    rows = Rows(env, PAYEES)
    company.o2o_split_posting = mode
    rows.make_unposted(LINES, [f"2026-10-{n + 1:02}" for n in range(DAYS)])
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    env.invalidate_all()
    started, queries = time.perf_counter(), env.cr.sql_log_count
    for owner, day in env["o2o.split.line"].with_context(lang=None)._unposted_days():
        env["o2o.split.line"]._post_day(owner, day)
        env.cr.commit()
    spent = time.perf_counter() - started
    queries = env.cr.sql_log_count - queries
    env.cr.execute(
        "SELECT COUNT(*), COUNT(move_line_id), COUNT(DISTINCT move_id) FROM o2o_split_line"
        " WHERE company_id = %s", [company.id])
    lines, posted, entries = env.cr.fetchone()
    assert lines == posted == LINES, (lines, posted)
    tables = {"account_move": "company_id", "account_move_line": "company_id"}
    if mode == "daily":
        tables["o2o_split_line"] = "company_id"
    raw = 0
    for table, column in tables.items():
        env.cr.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        started = time.perf_counter()
        env.cr.execute(f"INSERT INTO bench_{table} SELECT * FROM {table} WHERE {column} = %s", [company.id])
        env.cr.commit()
        raw += time.perf_counter() - started
        env.cr.execute(f"DROP TABLE bench_{table}")
        env.cr.commit()
    answer[mode] = dict(spent=spent, raw=raw, queries=queries, entries=entries,
                        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    company, env = new_company(env)
print("BENCH " + json.dumps(answer))
"""


def measure(context):
    """Post 100,000 shares of 10 days in either mode; microseconds per share."""
    script = COMPANY + SCRIPT
    for word, value in (("LINES", LINES), ("PAYEES", PAYEES), ("DAYS", DAYS)):
        script = script.replace(word, str(value))
    with context.database() as name:
        output = context.shell(name, script)
    line = next(line for line in output.splitlines() if "BENCH " in line)
    answer = json.loads(line.split("BENCH ", 1)[1])
    for label, mode in zip(NAMES, ("daily", "per_dispatch"), strict=True):
        found = answer[mode]
        say(
            f"    {mode}: {LINES / found['spent']:,.0f} lines/s, {found['entries']} entries,"
            f" {found['queries']} SQL statements, peak {found['peak']} MB;"
            f" raw {LINES / found['raw']:,.0f} lines/s"
        )
        yield Measurement(
            label,
            found["spent"] / LINES * 1e6,
            "us",
            RATIO,
            "INSERT ... SELECT",
            found["raw"] / LINES * 1e6,
        )
