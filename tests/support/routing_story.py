"""A small network for the tests of concurrency: one dealer, two stores, one product.

`SETUP` runs in `odoo shell`. Its `result` names the ids; `{orders}` quotations of
`{quantity}` units each wait for confirmation, and the pools hold what is asked for.
"""

SETUP = """
from odoo import Command
company = env.company
region = env["o2o.region"].search([("code", "=", "510104")])
dealer = env["res.partner"].create({{
    "name": "Jinjiang Store", "is_company": True, "is_dealer": True,
    "dealer_code": "C2", "dealer_tier": "tier1", "dealer_state": "active"}})
env["o2o.coverage"].create({{
    "dealer_id": dealer.id, "region_id": region.id, "role": "sales", "company_id": company.id}})
channel = env["o2o.channel"].create({{"name": "Tmall", "code": "TMALL", "company_id": company.id}})
product = env["product.product"].create({{
    "name": "Rice Cooker", "default_code": "E-1001", "is_storable": True, "list_price": 1130}})
stores = env["stock.warehouse"].create([
    {{"name": "Near", "code": "NEAR", "dealer_id": dealer.id, "company_id": company.id}},
    {{"name": "Far", "code": "FAR", "dealer_id": dealer.id, "company_id": company.id}}])
for store, latitude, stock in zip(stores, (30.66, 30.70), {stock}):
    store.partner_id.write({{"partner_latitude": latitude, "partner_longitude": 104.08}})
    if stock:
        env["stock.quant"]._update_available_quantity(product, store.o2o_location_id, stock)
consumer = env["res.partner"].create({{
    "name": "Wang Fang", "o2o_region_code": "510104", "country_id": env.ref("base.cn").id,
    "partner_latitude": 30.65, "partner_longitude": 104.08}})
orders = env["sale.order"].create([{{
    "partner_id": consumer.id, "o2o_channel_id": channel.id,
    "order_line": [Command.create({{"product_id": product.id, "product_uom_qty": {quantity}}})],
}} for _number in range({orders})])
manager = env["res.users"].create({{
    "name": "Manager", "login": "manager", "password": "manager",
    "group_ids": [Command.link(env.ref("o2o_channel.o2o_group_manager").id)]}})
clerk = env["res.users"].create({{
    "name": "Second", "login": "second", "password": "second",
    "group_ids": [Command.link(env.ref("o2o_channel.o2o_group_manager").id)]}})
env.cr.commit()
result = {{"orders": orders.ids, "stores": stores.ids, "product": product.id}}
"""


def setup(odoo, database, *, orders, stock, quantity=1):
    """Make the network in a database without demo data and return its ids."""
    code = SETUP.format(orders=orders, stock=tuple(stock), quantity=quantity)
    return odoo.shell(database, code)
