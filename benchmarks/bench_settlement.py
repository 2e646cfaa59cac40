"""Released split lines to posted bills, beside OCA's account_commission_oca."""

import json
import os
from contextlib import contextmanager

from dev.console import say
from dev.database import Databases
from dev.template import Templates
from tests.support.split_rows import COMPANY

from . import peer_commission
from .measure import Measurement

# lines, payees, old lines
SIZES = ((5000, 50, 0), (5000, 500, 0), (100_000, 50, 0), (5000, 500, 1_000_000))
MODES = ("daily", "per_dispatch")  # how the shares were posted before
NAMES = tuple(
    f"settle_{mode}_{lines}_{payees}_{old}"
    for lines, payees, old in SIZES
    for mode in MODES
)
TIMES = 10  # the least factor
SECONDS = 7200  # at most, for one run of either

SCRIPT = """
import json, resource, time
rows = Rows(env, PAYEES)
if OLD:
    rows.make(OLD, "2026-08-10", settled=True)
if MODE == "daily":  # one item per payee and day, by the addon's own posting
    company.o2o_split_posting = MODE
    rows.make_unposted(LINES, [f"2026-09-{n + 1:02}" for n in range(10)])
    env.cr.commit()
    for owner, day in env["o2o.split.line"]._unposted_days():
        env["o2o.split.line"]._post_day(owner, day)
        env.cr.commit()
else:  # an item per share
    rows.make(LINES, "2026-09-10")
env.cr.commit()
env.cr.execute("ANALYZE")
env.cr.commit()
period = rows.period("2026-09-01")
following = rows.period("2026-10-01")
env.cr.commit()
env.invalidate_all()

def settle(period):
    period.action_make_statements()
    env.flush_all()
    env.cr.commit()
    period.statement_ids.action_confirm()

answer = {}
for name, month in (("work", period), ("nothing", following)):
    started, queries = time.perf_counter(), env.cr.sql_log_count
    settle(month)
    env.flush_all()
    env.cr.commit()
    answer[name] = [time.perf_counter() - started, env.cr.sql_log_count - queries]
bills = period.statement_ids.bill_id
assert len(bills) == PAYEES and set(bills.mapped("state")) == {"posted"}, len(bills)
env.cr.execute(
    "SELECT SUM(l.amount) FROM o2o_split_line l JOIN o2o_settlement s ON s.id = l.statement_id"
    " WHERE s.period_id = %s AND s.shares_billed", [period.id])
assert abs(sum(bills.mapped("amount_untaxed")) - float(env.cr.fetchone()[0])) < 0.005
answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print("BENCH " + json.dumps(answer))
"""


def measure(context):
    """Settle each size with both; seconds, and the factor as their ratio."""
    only = os.environ.get("ONLY", "")
    for size in SIZES:
        lines, payees, old = size
        names = {mode: f"settle_{mode}_{lines}_{payees}_{old}" for mode in MODES}
        wanted = {mode: name for mode, name in names.items() if only in name}
        if not wanted:
            continue
        values = {"LINES": lines, "PAYEES": payees, "OLD": old}
        peer = _peer(context, values)
        _tell(f"settle_{lines}_{payees}_{old} peer", peer)
        for mode, name in wanted.items():
            ours = _ours(context, values | {"MODE": repr(mode)})
            _tell(name, ours)
            yield Measurement(
                name,
                ours["work"][0],
                "s",
                1 / TIMES,
                "account_commission",
                peer["work"][0],
            )


def _tell(name, found):
    (spent, queries), (idle, idle_queries) = found["work"], found["nothing"]
    say(
        f"    {name}: {spent:.2f} s, {queries} SQL statements, peak {found['peak']} MB; "
        f"nothing to do: {idle:.3f} s, {idle_queries} statements"
    )


def _ours(context, values):
    script = COMPANY + SCRIPT
    for word, value in values.items():
        script = script.replace(word, str(value))
    with context.database(demo=False) as name:
        return _answer(context.shell(name, script, timeout=SECONDS))


def _peer(context, values):
    addons = peer_commission.install(context.environment)
    with _odoo_alone(context) as name:
        return _answer(
            peer_commission.measure(context.environment, name, addons, values, SECONDS)
        )


@contextmanager
def _odoo_alone(context):
    """Yield a database with what the addon depends on, but without it."""
    databases, name = Databases(context.environment), f"o2o_bench_{os.getpid()}_peer"
    databases.clone(Templates(context.environment).base(demo=False), name)
    try:
        yield name
    finally:
        databases.drop(name)


def _answer(output):
    line = next(line for line in output.splitlines() if "BENCH " in line)
    return json.loads(line.split("BENCH ", 1)[1])
