"""Confirming a channel order beside the same order confirmed by Odoo alone."""

import json

from .measure import Measurement

NAMES = ("confirm_channel_order",)
ORDERS = 30
RATIO = 1.25  # routing, dispatch and reservation may cost a quarter on top

SCRIPT = """
import json, statistics, time
channel = env.ref("o2o_channel.channel_tmall_demo")
sample = env["sale.order"].search(
    [("o2o_channel_id", "=", channel.id), ("o2o_delivery_mode", "=", "home"), ("dispatch_ids", "!=", False)], limit=1
)
env = env(context=dict(env.context, allowed_company_ids=sample.company_id.ids))
sample = sample.with_env(env)
stores = env["stock.warehouse"].search([("company_id", "=", sample.company_id.id)])
own = stores.filtered(lambda store: not store.dealer_id)[:1]
places = stores.mapped("o2o_location_id") | stores.mapped("lot_stock_id")
for product in sample.order_line.product_id.filtered("is_storable"):
    for place in places:
        env["stock.quant"]._update_available_quantity(product, place, 10000)
env.cr.commit()

def make(ours, number):
    order = sample.copy({"o2o_external_ref": f"BENCH-{number}" if ours else False})
    if not ours:
        order.o2o_channel_id = False
        order.warehouse_id = own
    env.cr.commit()
    return order

def confirm(order):
    env.invalidate_all()
    started = time.perf_counter()
    order.action_confirm()
    env.cr.commit()
    return time.perf_counter() - started

times = {True: [], False: []}
for number in range(COUNT + 3):
    for ours in (True, False):
        seconds = confirm(make(ours, number))
        if number >= 3:  # the first ones fill Odoo's caches
            times[ours].append(seconds * 1000)
routed = env["sale.order"].search([("o2o_external_ref", "=like", "BENCH-%")])
assert all(order.dispatch_ids.warehouse_id for order in routed), "an order was not routed"
print("BENCH " + json.dumps({str(key): statistics.median(value) for key, value in times.items()}))
"""


def measure(context):
    """Confirm 30 orders each way in turns, on a database with demo data."""
    with context.database() as name:
        output = context.shell(name, SCRIPT.replace("COUNT", str(ORDERS)))
    line = next(line for line in output.splitlines() if "BENCH " in line)
    medians = json.loads(line.split("BENCH ", 1)[1])
    yield Measurement(
        NAMES[0], medians["True"], "ms", RATIO, "Odoo sale_stock", medians["False"]
    )
