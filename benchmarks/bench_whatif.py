"""A what-if of 10,000 past orders and 500 stores, from the button to the result."""

import json

from .measure import Measurement

NAMES = ("whatif_10000_orders",)
ORDERS, STORES, CITIES = 10_000, 500, 40
SECONDS = 60  # a planner waits for it

# A history as the addon would have written it, made with a fixed seed: orders spread over
# 28 days and 40 cities, stores that serve their own city and know a limit per day, two
# lines in every fifth order; one store was asked and accepted (7 of 10), rejected (2) or
# let it expire (1), and then the next. Rows are copied from the demo's first order.
HISTORY = """
import base64, json, random, time, zlib
from datetime import datetime, timedelta
from decimal import Decimal
from odoo.addons.o2o_channel.engine import record, routing
from odoo.addons.o2o_channel.engine.geo import Point
ORDERS, STORES, CITIES = %(orders)s, %(stores)s, %(cities)s
chance = random.Random(2026)
sample = env["sale.order"].search(
    [("o2o_channel_id", "!=", False), ("dispatch_ids", "!=", False)], limit=1, order="id")
company = sample.company_id
env = env(context=dict(env.context, allowed_company_ids=company.ids))
cr = env.cr
cr.execute("DELETE FROM o2o_routing_simulation")

def clone(table, source, count, **columns):
    # `count` copies of a row; columns are SQL expressions over n = 1, 2, ...
    cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %%s"
               " AND column_name != 'id' AND is_generated = 'NEVER' ORDER BY 1", (table,))
    names = [row[0] for row in cr.fetchall()]
    values = ", ".join(columns.get(name, 't."%%s"' %% name) for name in names)
    quoted = ", ".join('"%%s"' %% name for name in names)
    cr.execute(f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} t,"
               f" generate_series(1, {count}) n WHERE t.id = {source} RETURNING id")
    return [row[0] for row in cr.fetchall()]

model = env["stock.warehouse"].search([("dealer_id", "!=", False), ("company_id", "=", company.id)], limit=1)
stores = clone("stock_warehouse", model.id, STORES, code="'B' || lpad(n::text, 4, '0')", name="'Bench ' || n")
centre = [Point(chance.uniform(22, 42), chance.uniform(100, 121)) for _city in range(CITIES)]

def near(city):
    middle = centre[city]
    return Point(middle.latitude + chance.gauss(0, .12), middle.longitude + chance.gauss(0, .12))

city_of = [number %% CITIES for number in range(STORES)]
places = [near(city) for city in city_of]
limits = [chance.choice([None, 8, 12, 20]) for _store in stores]
goods = frozenset({1})
stock = [{1: Decimal(chance.randint(0, 9)), 2: Decimal(chance.randint(0, 4))} for _store in stores]
started = datetime(2026, 10, 1)
orders = clone("sale_order", sample.id, ORDERS, name="'BW' || n", o2o_external_ref="'BW' || n",
               state="'sale'", date_order="timestamp '2026-10-01' + n * interval '28 days' / %%s" %% ORDERS)
leg = sample.dispatch_ids[:1]
decisions, legs, events = [], [], []
rule = routing.Rule()
load, day = {}, None
for number, order in enumerate(orders):
    moment = started + timedelta(days=28) * (number + 1) / ORDERS
    if moment.date() != day:
        day, load = moment.date(), {}
    city = chance.randrange(CITIES)
    lines = [routing.Line(1, 1, 1, Decimal(1))]
    if number %% 5 == 0:
        lines.append(routing.Line(2, 2, 1, Decimal(1)))
    nodes = tuple(
        routing.Node(key=store, code="B%%04d" %% place, available=stock[place], place=places[place],
                     covers_region=city_of[place] == city,
                     categories=goods if city_of[place] == city else frozenset(),
                     orders_today=load.get(store, 0), max_orders=limits[place])
        for place, store in enumerate(stores))
    request = routing.Order(tuple(lines), near(city))
    inputs = record.dump_inputs(request, nodes, rule)
    decisions.append((order, moment, base64.b64encode(zlib.compress(inputs, 1))))
    local = tuple(node for node in nodes if node.covers_region)
    turned = []
    for found in routing.rank(request, local, rule).candidates:
        if not found.eligible:
            break
        draw, minutes = chance.random(), chance.expovariate(1 / 8)
        kind = "accepted" if draw < .7 else "rejected" if draw < .9 else "expired"
        minutes = 30 if kind == "expired" else min(minutes, 29)
        legs.append((order, len(turned) + 1, found.node, kind, moment, moment + timedelta(minutes=minutes)))
        moment += timedelta(minutes=minutes)
        turned.append(found.node)
        if kind == "accepted":
            load[found.node] = load.get(found.node, 0) + 1
            break
from psycopg2.extras import execute_values
raw = cr._obj
execute_values(raw, "INSERT INTO o2o_routing_decision (order_id, company_id, date, user_id, trigger, outcome,"
    " inputs, inputs_digest, result_digest) VALUES %%s",
    [(order, company.id, moment, env.uid, "confirm", "single", inputs, "-", "-")
     for order, moment, inputs in decisions])
execute_values(raw, "INSERT INTO o2o_dispatch (name, order_id, company_id, warehouse_id, dealer_id, state, mode,"
    " offered_at, accepted_at) VALUES %%s",
    [("BW%%s/%%s" %% (order, place), order, company.id, store, model.dealer_id.id, kind, "assign", begin,
      end if kind == "accepted" else None) for order, place, store, kind, begin, end in legs])
cr.execute("INSERT INTO o2o_dispatch_event (dispatch_id, company_id, date, user_id, warehouse_id, state_from, state_to)"
    " SELECT l.id, l.company_id, l.offered_at + CASE l.state WHEN 'expired' THEN interval '30 minutes'"
    " ELSE COALESCE(l.accepted_at - l.offered_at, interval '6 minutes') END, 1, l.warehouse_id, 'offered', l.state"
    " FROM o2o_dispatch l WHERE l.name LIKE 'BW%%'")
cr.execute("ANALYZE o2o_dispatch"); cr.execute("ANALYZE o2o_dispatch_event"); cr.execute("ANALYZE o2o_routing_decision")
cr.execute("ANALYZE sale_order")
cr.commit()
env.invalidate_all()
"""
RUN = """
trial = env["o2o.routing.rule"].create(
    {"name": "Bench", "company_id": company.id, "sequence": 0, "max_distance_km": 20, "accept_minutes": 15})
if "state" in trial._fields:
    trial.sudo().write({"state": "draft"})
cr.commit()
job = env["o2o.routing.simulation"].create(
    {"name": "Bench", "company_id": company.id, "order_limit": ORDERS, "seed": 1, "rule_ids": [(6, 0, trial.ids)]})
started = time.perf_counter()
job.action_run()
cr.commit()
env["o2o.routing.simulation"]._cron_process()
cr.commit()
job.invalidate_recordset()
seconds = time.perf_counter() - started
assert job.state == "done", job.failure
assert job.replayed_count == ORDERS, (job.replayed_count, job.dropped_count)
print("BENCH " + json.dumps({"seconds": seconds, "changed": job.changed_count, "measures": [
    (row.measure, row.history, row.present, row.trial, row.difference, row.interval, row.verdict)
    for row in job.measure_ids]}))
"""


def measure(context):
    """Make the history, replay it under a nearer and quicker rule, print its table."""
    sizes = {"orders": ORDERS, "stores": STORES, "cities": CITIES}
    with context.database() as name:
        output = context.shell(name, HISTORY % sizes + RUN)
    line = next(line for line in output.splitlines() if "BENCH " in line)
    found = json.loads(line.split("BENCH ", 1)[1])
    for row in found["measures"]:
        print(
            "    {:<15} {:>12.2f} {:>12.2f} {:>12.2f} {:>+10.2f}  {:<20} {}".format(
                *row
            )
        )
    print(f"    {found['changed']} of {ORDERS} orders would change their store")
    yield Measurement(NAMES[0], found["seconds"], "s", SECONDS)
