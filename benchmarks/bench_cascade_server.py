"""2,000 random cascades through a server with 4 workers; no invariant may break."""

import os
import tempfile
import time
from pathlib import Path

from dev.database import Databases
from dev.template import Templates
from tests.support.cascade_server import INVARIANTS, breaches, drive, prepare
from tests.support.odoo import OdooTool

from .measure import Measurement

NAMES = ("cascade_server_breaches", "cascade_server_faults")
ORDERS, CLIENTS, WORKERS, SEED = 2000, 8, 4, 1
SIZE = int(os.environ.get("CASCADES", ORDERS))


def measure(context):
    """Work the orders with 8 clients in pairs, then ask the database."""
    environment = context.environment
    databases = Databases(environment)
    with tempfile.TemporaryDirectory(prefix="o2o-bench-") as folder:
        tool = OdooTool(environment, databases, Templates(environment), Path(folder))
        database = tool.database("test")
        try:
            yield from _measure(tool, database)
        finally:
            databases.drop(database)


def _measure(tool, database):
    sizes = {"stock": 4 * SIZE, "limit": SIZE // 4}
    story = prepare(tool, database, orders=SIZE, clients=CLIENTS, **sizes)
    started = time.perf_counter()
    with tool.server(database, workers=WORKERS) as server:
        done, faults = drive(server, story, clients=CLIENTS, seed=SEED)
    seconds = time.perf_counter() - started
    broken = breaches(lambda sql: tool.databases.query(database, sql), story)
    actions = ", ".join(f"{what} {count}" for what, count in done.most_common())
    print(
        f"    {SIZE} orders, {sum(done.values())} calls in {seconds:.0f} s: {actions}"
    )
    for what in INVARIANTS:
        print(
            f"    {what}: {'BROKEN: ' + broken[what][:300] if what in broken else 'holds'}"
        )
    for fault in faults[:10]:
        print(f"    fault: {fault[:300]}")
    yield Measurement(NAMES[0], float(len(broken)), "", 0)
    yield Measurement(NAMES[1], float(len(faults)), "", 0)
