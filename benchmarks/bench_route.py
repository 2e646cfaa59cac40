"""One order of three lines against 500 stores: the engine alone, and in the database."""

import json
import random
import time
from decimal import Decimal

from engine.geo import Point
from engine.routing import Line, Node, Order, rank

from .measure import Measurement, percentile

NAMES = ("route_500_nodes_p95", "route_500_stores_db_p95", "route_queries_500_vs_50")
NODES, ORDERS, PRODUCTS = 500, 200, 12
P95_MS = 50  # DESIGN: a person who confirms an order doesn't notice it

# Everything that routing does before the store's stock is reserved: load the stores,
# decide, and keep the trace (the leg, a candidate per store, the decision's record).
SCRIPT = """
import json, random, statistics, time
chance = random.Random(2026)
sample = env["sale.order"].search(
    [("o2o_channel_id", "!=", False), ("dispatch_ids", "!=", False)], limit=1)
env = env(context=dict(env.context, allowed_company_ids=sample.company_id.ids,
                       tracking_disable=True, mail_create_nosubscribe=True))
sample = sample.with_env(env)
company, region = sample.company_id, env["o2o.region"].search([("code", "=", "510104")])
goods = env["product.product"].create([
    {"name": f"Bench {n}", "default_code": f"BENCH-{n}", "is_storable": True,
     "company_id": company.id} for n in range(12)])
dealers = env["res.partner"].create([
    {"name": f"Dealer {n}", "is_company": True, "is_dealer": True, "dealer_tier": "tier1",
     "dealer_code": f"Z{n:03}", "dealer_state": "active"} for n in range(STORES)])
env["o2o.coverage"].create([
    {"dealer_id": dealer.id, "region_id": region.id, "role": "sales",
     "company_id": company.id} for dealer in dealers])
stores = env["stock.warehouse"]
for dealer in dealers:
    stores |= stores.create({"dealer_id": dealer.id, "company_id": company.id})
    stores[-1].partner_id.write({"partner_latitude": chance.uniform(30, 31),
                                 "partner_longitude": chance.uniform(103.5, 104.5)})
for store in stores:
    env["stock.quant"].create([
        {"product_id": product.id, "location_id": store.o2o_location_id.id,
         "quantity": chance.randint(0, 3)} for product in goods])
env.cr.commit()
env.cr.execute("ANALYZE")

def order():
    made = sample.copy({"o2o_external_ref": f"R{chance.random()}"})
    made.order_line.unlink()
    made.write({"order_line": [
        (0, 0, {"product_id": product.id, "product_uom_qty": 1})
        for product in chance.sample(list(goods), 3)]})
    made.write({"o2o_region_id": region.id, "state": "sale"})
    env.cr.commit()
    return made

def route(made):
    env.invalidate_all()
    # in memory already when an order is being confirmed: the order and its goods
    made.order_line.product_id.categ_id.mapped("parent_path")
    made.order_line.product_uom_id.mapped("name")
    made.mapped("partner_shipping_id.city"), made.company_id.partner_id.tz
    made.mapped("o2o_region_id.name"), made.mapped("o2o_channel_id.name")
    made.mapped("order_line.name"), made.mapped("company_id.name")
    before, started = env.cr.sql_log_count, time.perf_counter()
    needs = made._o2o_get_needs()
    run = made._o2o_decide(needs, stores.browse())
    legs = env["o2o.dispatch"]
    for part, step in legs._plan(made, run):
        legs += made._o2o_create_leg(part, step, run, needs, stores.browse(), None)
    env["o2o.routing.decision"]._record(made, run, "confirm", legs)
    env.flush_all()
    spent = (time.perf_counter() - started) * 1000
    queries = env.cr.sql_log_count - before
    assert len(legs.candidate_ids) >= STORES * len(legs), "the trace is not complete"
    env.cr.rollback()
    return spent, queries

measured = [route(order()) for _n in range(ORDERS + 5)][5:]
times, queries = zip(*measured)
print("BENCH " + json.dumps({"times": times, "queries": statistics.median(queries)}))
"""


def measure(context):
    """Rank 200 orders over 500 random stores; route 60 orders over 500 stores in Odoo."""
    yield Measurement(NAMES[0], percentile(_rank_times(), 0.95), "ms", P95_MS)
    many, few = (
        _routed(context, stores, orders) for stores, orders in ((500, 60), (50, 5))
    )
    yield Measurement(NAMES[1], percentile(many["times"], 0.95), "ms", P95_MS)
    yield Measurement(NAMES[2], many["queries"], "", 1.0, "50 stores", few["queries"])


def _routed(context, stores, orders):
    script = SCRIPT.replace("STORES", str(stores)).replace("ORDERS", str(orders))
    with context.database() as name:
        output = context.shell(name, script)
    line = next(line for line in output.splitlines() if "BENCH " in line)
    return json.loads(line.split("BENCH ", 1)[1])


def _rank_times():
    chance = random.Random(2026)
    goods = frozenset({"goods"})
    nodes = [
        Node(
            key=number,
            code=f"S{number:03}",
            available={f"P{p}": Decimal(chance.randint(0, 3)) for p in range(PRODUCTS)},
            place=Point(chance.uniform(30, 31), chance.uniform(103.5, 104.5)),
            categories=goods,
            trust=Decimal(chance.randint(60, 100)) / 100,
        )
        for number in range(NODES)
    ]
    times = []
    for _number in range(ORDERS):
        lines = tuple(
            Line(key, f"P{chance.randrange(PRODUCTS)}", "goods", Decimal(1))
            for key in range(3)
        )
        order = Order(
            lines, place=Point(chance.uniform(30, 31), chance.uniform(103.5, 104.5))
        )
        started = time.perf_counter()
        rank(order, nodes)
        times.append((time.perf_counter() - started) * 1000)
    return times
