"""Two processes split the same delivery at once: it is posted once, and neither fails."""

from concurrent.futures import ThreadPoolExecutor

PROCESSES = 2

# A delivered order that no rule matched, and then a rule: both processes have it to split.
DELIVERED = """
from odoo import Command
cny = env.ref("base.CNY")
cny.active = True
company = env["res.company"].create({"name": "Race", "currency_id": cny.id})
env.user.write({"company_ids": [Command.link(company.id)], "company_id": company.id})
env = env(context={"allowed_company_ids": [company.id], "tracking_disable": True})
company = company.with_env(env)
env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
company._o2o_setup_accounting()
env["stock.warehouse"].create({"name": "HQ", "code": "HQ", "company_id": company.id})
dealer = env["res.partner"].create({
    "name": "Race Trade", "is_company": True, "is_dealer": True, "dealer_code": "RACE",
    "dealer_tier": "tier1", "dealer_state": "active",
})
region = env["o2o.region"].search([("code", "=", "510104")])
env["o2o.coverage"].create(
    {"dealer_id": dealer.id, "region_id": region.id, "role": "sales", "company_id": company.id}
)
store = env["stock.warehouse"].create({"dealer_id": dealer.id, "company_id": company.id})
product = env["product.product"].create({
    "name": "Race Cooker", "is_storable": True, "taxes_id": False, "list_price": 1000,
    "categ_id": env["product.category"].create({"name": "Race"}).id,
})
env["stock.quant"]._update_available_quantity(product, store.o2o_location_id, 10)
channel = env["o2o.channel"].create({"name": "Race", "code": "RACE", "company_id": company.id})
consumer = env["res.partner"].create({
    "name": "Li Lei", "country_id": env.ref("base.cn").id, "o2o_region_code": "510104",
})
order = env["sale.order"].create({
    "partner_id": consumer.id, "o2o_channel_id": channel.id, "company_id": company.id,
    "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 3})],
})
order.action_confirm()
order.dispatch_ids.action_accept()
order.dispatch_ids.action_ship()
order.dispatch_ids.action_deliver()
assert order.o2o_split_note and not order.o2o_split_line_ids
env["o2o.split.rule"].create({
    "name": "Race", "company_id": company.id,
    "line_ids": [
        Command.create({"role": "fulfiller", "rate": 82}),
        Command.create({"role": "hq", "residual": True}),
    ],
}).action_activate()
env.cr.commit()
result = [order.id, company.id]
"""

SPLIT = """
import pathlib, time
from odoo.service.model import retrying
meeting = pathlib.Path({meeting!r})
env = env(context={{"allowed_company_ids": [{company}]}})
tries = []

def split():
    order = env["sale.order"].browse({order})
    order.order_line.mapped("o2o_split_note")  # the snapshot is taken here
    tries.append(1)
    if len(tries) == 1:
        (meeting / "{number}").touch()
        while len(list(meeting.iterdir())) < {processes}:
            time.sleep(0.02)
    order.action_o2o_split()

retrying(split, env)
env.cr.commit()
result = len(tries)
"""

POSTED = """
order = env["sale.order"].browse({order})
lines = order.o2o_split_line_ids
result = [sorted((line.role, line.amount) for line in lines), len(lines.move_id)]
"""


def test_two_processes_split_once(odoo, fresh_db, tmp_path):
    database = fresh_db("test")
    order, company = odoo.shell(database, DELIVERED)

    def split(number):
        code = SPLIT.format(
            meeting=str(tmp_path),
            company=company,
            order=order,
            number=number,
            processes=PROCESSES,
        )
        return odoo.shell(database, code)

    with ThreadPoolExecutor(PROCESSES) as pool:
        tries = list(pool.map(split, range(PROCESSES)))
    assert sorted(tries) == [1, 2], "one of the two had to come second and try again"
    posted = odoo.shell(database, POSTED.format(order=order))
    assert posted == [[["fulfiller", 2460.0], ["hq", 540.0]], 1]
