"""A batch that is killed while it is applied: the rerun completes it, nothing twice."""

from .support.kill import kill_when, watcher

ORDERS = 12

PREPARE = """
channel = env["o2o.channel"].search([("code", "=", "TMALL")], limit=1)
company = channel.company_id
env = env(context=dict(env.context, allowed_company_ids=company.ids))
sample = env["sale.order"].search(
    [("o2o_channel_id", "=", channel.id), ("o2o_delivery_mode", "=", "home"),
     ("dispatch_ids", "!=", False)], limit=1)
stores = env["stock.warehouse"].search([("company_id", "=", company.id)])
for product in sample.order_line.product_id.filtered("is_storable"):
    for place in stores.o2o_location_id:
        env["stock.quant"]._update_available_quantity(product, place, 100)
channel.with_env(env).wait_for_batch = True
orders = env["sale.order"]
for number in range({orders}):
    orders += sample.copy({{"o2o_external_ref": f"BATCH-{{number}}"}})
orders.action_confirm()
batch = env["o2o.routing.batch"].create(
    {{"company_id": company.id, "take_exceptions": False}})
batch.action_plan()
batch.state = "applying"
result = dict(batch=batch.id, lines=len(batch.line_ids), waiting=len(orders.filtered(
    lambda order: order.o2o_route_state == "to_route")),
    planned=len(batch.line_ids.filtered(lambda line: line.state == "planned")))
env.cr.commit()
"""
PROCESS = """
env["o2o.routing.batch"].browse({batch})._process_and_commit()
"""
FIGURES = """
batch = env["o2o.routing.batch"].browse({batch})
orders = env["sale.order"].search([("o2o_external_ref", "=like", "BATCH-%")])
live = orders.dispatch_ids.filtered(
    lambda leg: leg.state not in ("cancelled", "rejected", "expired"))
moves = live.move_ids.filtered(lambda move: move.state != "cancel")
result = dict(
    state=batch.state, done=batch.done_count, stale=batch.stale_count,
    routed=len(orders.filtered(lambda order: order.o2o_route_state == "routed")),
    legs=len(live), orders_of_legs=len(live.order_id), decisions=len(live.decision_id),
    as_planned=sum(line.dispatch_id.warehouse_id == line.warehouse_id
                   for line in batch.line_ids),
    ordered=sum(orders.order_line.filtered(
        lambda line: line.product_id.is_storable).mapped("product_uom_qty")),
    reserved=sum(moves.mapped("product_uom_qty")),
)
"""


def test_a_killed_batch_is_completed_by_the_rerun(odoo, fresh_db):
    database = fresh_db("demo")
    start = odoo.shell(database, PREPARE.format(orders=ORDERS))
    assert start["waiting"] == start["planned"] == ORDERS

    with watcher(odoo, database) as count:
        applied = (
            "SELECT count(*) FROM o2o_routing_batch_line "
            f"WHERE batch_id = {start['batch']} AND state = 'applied'"
        )
        code = PROCESS.format(batch=start["batch"])
        kill_when(odoo, database, code, lambda: count(applied) >= 3)
        assert 3 <= count(applied) < ORDERS

    figures = odoo.shell(database, FIGURES.format(batch=start["batch"]))
    assert figures["state"] == "applying"
    assert figures["legs"] == figures["done"] == figures["routed"]

    odoo.shell(database, PROCESS.format(batch=start["batch"]))
    figures = odoo.shell(database, FIGURES.format(batch=start["batch"]))
    assert figures["reserved"] == figures["ordered"] > 0
    assert figures | {"reserved": 0, "ordered": 0} == {
        "state": "done",
        "done": ORDERS,
        "stale": 0,
        "routed": ORDERS,
        "legs": ORDERS,
        "orders_of_legs": ORDERS,
        "decisions": ORDERS,
        "as_planned": ORDERS,
        "ordered": 0,
        "reserved": 0,
    }
