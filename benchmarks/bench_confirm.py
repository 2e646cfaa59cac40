"""Confirming a channel order beside the same order confirmed by Odoo alone."""

import json
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from .measure import Measurement

NAMES = ("confirm_channel_order", "confirm_in_4_processes")
PROCESSES = (1, 4)
ROUNDS, ORDERS = 6, 5  # of each kind, in turns
RATIO = 1.25  # routing, dispatch and reservation may cost a quarter on top

# An order and a product for each process, as otherwise they would mostly wait for each
# other's stock; stock for everybody; a table on which the processes wait for each other.
SETUP = """
channel = env.ref("o2o_channel.channel_tmall_demo")
sample = env["sale.order"].search(
    [("o2o_channel_id", "=", channel.id), ("o2o_delivery_mode", "=", "home"), ("dispatch_ids", "!=", False)], limit=1
)
env = env(context=dict(env.context, allowed_company_ids=sample.company_id.ids))
stores = env["stock.warehouse"].search([("company_id", "=", sample.company_id.id)])
places = stores.mapped("o2o_location_id") | stores.mapped("lot_stock_id")
samples = sample.browse()
for process in range(PROCESSES):
    own = sample.copy({"o2o_external_ref": f"BENCH-SAMPLE-{process}"}).with_env(env)
    for line in own.order_line.filtered("product_id.is_storable"):
        line.product_id = line.product_id.product_tmpl_id.copy().product_variant_id
    samples += own
for product in samples.order_line.product_id.filtered("is_storable"):
    for place in places:
        env["stock.quant"]._update_available_quantity(product, place, 100000)
env.cr.execute("CREATE TABLE IF NOT EXISTS bench_arrival (run int, place int)")
env.cr.commit()
env.cr.execute("ANALYZE")
env.cr.commit()
print("BENCH", samples.ids)
"""

SCRIPT = """
import json, time
from odoo.service.model import retrying
sample = env["sale.order"].browse(SAMPLE)
env = env(context=dict(env.context, allowed_company_ids=sample.company_id.ids))
sample = sample.with_env(env)
own = env["stock.warehouse"].search(
    [("company_id", "=", sample.company_id.id), ("dealer_id", "=", False)], limit=1)

def make(ours, number):
    order = sample.copy({"o2o_external_ref": f"BENCH-RUN-PROCESS-{number}" if ours else False})
    if not ours:
        order.o2o_channel_id = False
        order.warehouse_id = own
    return order

def wait(place):
    env.cr.execute("INSERT INTO bench_arrival VALUES (RUN, %s)", [place])
    env.cr.commit()
    here = 0
    while here < PROCESSES:
        time.sleep(0.01)
        env.cr.rollback()
        env.cr.execute("SELECT count(*) FROM bench_arrival WHERE run = RUN AND place = %s", [place])
        here = env.cr.fetchone()[0]

def confirm(order):
    env.invalidate_all()
    started = time.perf_counter()
    retrying(order.action_confirm, env)
    env.cr.commit()
    return (time.perf_counter() - started) * 1000

times = {True: [], False: []}
for number in range(ROUNDS + 1):
    for ours in (True, False):
        orders = [make(ours, f"{number}-{n}") for n in range(ORDERS)]
        env.cr.commit()
        wait(2 * number + ours)
        spent = [confirm(order) for order in orders]
        if number:  # the first round fills Odoo's caches
            times[ours] += spent
routed = env["sale.order"].search([("o2o_external_ref", "=like", "BENCH-RUN-PROCESS-%")])
assert all(order.dispatch_ids.warehouse_id for order in routed), "an order was not routed"
print("BENCH " + json.dumps({"ours": times[True], "odoo": times[False]}))
"""


def measure(context):
    """Confirm 30 orders each way in turns, alone and beside three others doing it."""
    with context.database() as name:
        setup = SETUP.replace("PROCESSES", str(max(PROCESSES)))
        samples = json.loads(_answer(context.shell(name, setup)))
        for label, processes in zip(NAMES, PROCESSES, strict=True):
            figures = _confirmed(context, name, samples[:processes])
            yield Measurement(
                label,
                median(figures["ours"]),
                "ms",
                RATIO,
                "Odoo sale_stock",
                median(figures["odoo"]),
            )


def _confirmed(context, name, samples):
    """Run the script in a process per sample; return all their times together."""

    def start(process):
        script = SCRIPT
        for word, value in (
            ("SAMPLE", samples[process]),
            ("PROCESSES", len(samples)),
            ("PROCESS", process),
            ("RUN", len(samples)),
            ("ROUNDS", ROUNDS),
            ("ORDERS", ORDERS),
        ):
            script = script.replace(word, str(value))
        return json.loads(_answer(context.shell(name, script)))

    with ThreadPoolExecutor(len(samples)) as pool:
        answers = list(pool.map(start, range(len(samples))))
    return {
        kind: [t for one in answers for t in one[kind]] for kind in ("ours", "odoo")
    }


def _answer(output):
    line = next(line for line in output.splitlines() if "BENCH " in line)
    return line.split("BENCH ", 1)[1]
