"""Random cascades on a running server, and what must hold in its database afterwards.

`prepare` makes a network and quotations; `drive` lets several clients at once confirm
and work them: accept, reject, take, let expire, move, cancel, hand back, pick, ship,
route again, and put another version of the rule in force in between. Two clients work
each order at the same time, so that they get in each other's way as people do.
`breaches` are the statements of `INVARIANTS` that find anything.
"""

import random
import threading
from collections import Counter

from .rpc import Rpc, RpcError

SETUP = """
from odoo import Command
company = env.company
region = env["o2o.region"].search([("code", "=", "510104")])
category = env["product.category"].create({{"name": "Cascades"}})
products = env["product.product"].create([
    {{"name": f"Goods {{n}}", "default_code": f"G-{{n}}", "is_storable": True, "categ_id": category.id}}
    for n in range(3)])
stores = env["stock.warehouse"]
for n in range({dealers}):
    dealer = env["res.partner"].create({{
        "name": f"Dealer {{n}}", "is_company": True, "is_dealer": True, "dealer_code": f"K{{n}}",
        "dealer_tier": "tier1", "dealer_state": "active"}})
    env["o2o.coverage"].create({{
        "dealer_id": dealer.id, "region_id": region.id, "role": "sales", "company_id": company.id}})
    for m in range(2):
        store = env["stock.warehouse"].create({{
            "name": f"Store {{n}}-{{m}}", "code": f"K{{n}}{{m}}", "dealer_id": dealer.id,
            "company_id": company.id, "o2o_max_orders_day": {limit} if m else 0}})
        store.partner_id.write({{
            "partner_latitude": 30.60 + n / 100, "partner_longitude": 104.0 + m / 50}})
        for k, product in enumerate(products):
            env["stock.quant"]._update_available_quantity(
                product, store.o2o_location_id, {stock} // (1 + (n + k) % 3))
        stores |= store
channel = env["o2o.channel"].create({{"name": "Tmall", "code": "TMALL", "company_id": company.id}})
consumer = env["res.partner"].create({{
    "name": "Wang Fang", "o2o_region_code": "510104", "country_id": env.ref("base.cn").id,
    "partner_latitude": 30.65, "partner_longitude": 104.08}})
rule = env["o2o.routing.rule"].create({{"name": "Cascades", "company_id": company.id}})
orders = env["sale.order"].create([{{
    "partner_id": consumer.id, "o2o_channel_id": channel.id,
    "order_line": [Command.create({{"product_id": products[(n + k) % 3].id, "product_uom_qty": 1 + n % 2}})
                   for k in range(1 + (n % 4 == 0))],
}} for n in range({orders})])
for n in range({clients}):
    env["res.users"].create({{
        "name": f"Manager {{n}}", "login": f"cascade{{n}}", "password": f"cascade{{n}}",
        "group_ids": [Command.link(env.ref("o2o_channel.o2o_group_manager").id),
                      Command.link(env.ref("base.group_system").id)]}})
model = env["ir.model"]._get("o2o.dispatch").id
codes = {{
    # what the portal does for a dealer's store, and the clock for an offer
    "take": "record._accept_for(env['stock.warehouse'].browse(env.context['store']))",
    "turn_down": "record._reject_for(env['stock.warehouse'].browse(env.context['store']), 'too_far')",
    "make_late": "env.cr.execute(\\"UPDATE o2o_dispatch SET deadline = deadline - interval '9 days'"
                 " WHERE id = %s AND state = 'offered'\\", (record.id,))",
}}
actions = {{name: env["ir.actions.server"].create({{
    "name": name, "model_id": model, "state": "code", "code": code}}).id for name, code in codes.items()}}
cron = env.ref("o2o_channel.ir_cron_o2o_expire_offers")
env.cr.commit()
from odoo.addons.o2o_channel.engine.cascade import TRANSITIONS
result = {{"orders": orders.ids, "actions": actions, "rule": rule.id, "cron": cron.id,
           "transitions": [[a, b] for a, targets in TRANSITIONS.items() for b in targets]}}
"""

# What people run into when another one was faster, or stock is gone: told, not broken.
TOLD = (
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
    "odoo.exceptions.LockError",
    "odoo.exceptions.ConcurrencyError",
    "psycopg2.errors.SerializationFailure",
    "psycopg2.errors.LockNotAvailable",
    "psycopg2.errors.DeadlockDetected",
)
ACTIONS_BY_STATE = {
    "offered": (
        "accept",
        "accept",
        "accept",
        "reject",
        "reject",
        "late",
        "move",
        "cancel",
    ),
    "grab": ("take", "take", "turn_down", "turn_down", "late", "cancel"),
    "accepted": ("pick", "ship", "ship", "hand", "move", "cancel"),
    "picked": ("ship", "ship", "hand", "cancel"),
    "exception": ("move", "route", "route", "cancel"),
    "shipped": ("deliver",),
}

# {what must hold: a statement that lists what breaks it}
INVARIANTS = {
    "no store is asked twice in a cascade": """
        WITH RECURSIVE chain AS (
            SELECT id AS leg, id AS ancestor, previous_id FROM o2o_dispatch
            UNION ALL
            SELECT c.leg, p.id, p.previous_id FROM chain c JOIN o2o_dispatch p ON p.id = c.previous_id),
        asked AS (
            SELECT e.dispatch_id, e.warehouse_id FROM o2o_dispatch_event e
             WHERE e.state_from = 'draft' AND e.state_to = 'offered' AND e.warehouse_id IS NOT NULL
            UNION SELECT dispatch_id, warehouse_id FROM o2o_dispatch_offer)
        SELECT c.leg, a.warehouse_id FROM chain c
          JOIN asked a ON a.dispatch_id = c.leg
          JOIN asked b ON b.dispatch_id = c.ancestor AND b.warehouse_id = a.warehouse_id
          JOIN o2o_dispatch l ON l.id = c.leg JOIN o2o_dispatch p ON p.id = l.previous_id
         -- a person may choose any store
         WHERE c.leg != c.ancestor AND NOT EXISTS (
               SELECT FROM o2o_dispatch_event e WHERE e.dispatch_id = p.id
                  AND e.state_to = 'cancelled' AND e.note LIKE 'Moved to%'
               UNION ALL SELECT FROM o2o_dispatch_event e
                WHERE e.dispatch_id = c.leg AND e.state_from = 'exception')""",
    "one live leg per quantity": """
        SELECT d.order_line_id, sum(d.quantity) FROM o2o_dispatch_line d
          JOIN o2o_dispatch l ON l.id = d.dispatch_id JOIN sale_order_line s ON s.id = d.order_line_id
         WHERE l.state NOT IN ('rejected', 'expired', 'cancelled')
         GROUP BY d.order_line_id, s.product_uom_qty HAVING sum(d.quantity) > s.product_uom_qty""",
    "a routed order is covered": """
        SELECT s.order_id, s.id FROM sale_order_line s JOIN sale_order o ON o.id = s.order_id
         WHERE o.o2o_route_state = 'routed' AND o.state = 'sale' AND s.product_uom_qty != (
               SELECT COALESCE(sum(d.quantity), 0) FROM o2o_dispatch_line d
                 JOIN o2o_dispatch l ON l.id = d.dispatch_id
                WHERE d.order_line_id = s.id AND l.state NOT IN ('rejected', 'expired', 'cancelled'))""",
    "reserved is what live legs hold": """
        WITH held AS (
            SELECT l.warehouse_id, d.product_id, sum(d.quantity) AS quantity
              FROM o2o_dispatch l JOIN o2o_dispatch_line d ON d.dispatch_id = l.id
             WHERE l.warehouse_id IS NOT NULL AND (l.state IN ('accepted', 'picked', 'ready')
                   OR l.state = 'offered' AND l.is_ask_first IS NOT TRUE)
             GROUP BY 1, 2),
        reserved AS (
            SELECT w.id AS warehouse_id, q.product_id, sum(q.reserved_quantity) AS quantity
              FROM stock_quant q JOIN stock_warehouse w ON w.o2o_location_id = q.location_id
             GROUP BY 1, 2)
        SELECT * FROM held FULL JOIN reserved USING (warehouse_id, product_id)
         WHERE COALESCE(held.quantity, 0) != COALESCE(reserved.quantity, 0)""",
    "moves agree with quants": """
        WITH lines AS (
            SELECT m.location_id, m.product_id, sum(m.quantity) AS quantity FROM stock_move_line m
             WHERE m.state IN ('assigned', 'partially_available') GROUP BY 1, 2)
        SELECT q.location_id, q.product_id, sum(q.reserved_quantity), max(l.quantity)
          FROM stock_quant q JOIN stock_warehouse w ON w.o2o_location_id = q.location_id
     LEFT JOIN lines l USING (location_id, product_id) GROUP BY 1, 2
        HAVING sum(q.reserved_quantity) != COALESCE(max(l.quantity), 0)""",
    "nothing is oversold": """
        SELECT q.location_id, q.product_id FROM stock_quant q
          JOIN stock_warehouse w ON w.o2o_location_id = q.location_id GROUP BY 1, 2
        HAVING sum(q.quantity) < sum(q.reserved_quantity) OR sum(q.quantity) < 0""",
    "a live leg has one delivery": """
        SELECT l.id, count(p.id) FROM o2o_dispatch l
     LEFT JOIN stock_picking p ON p.o2o_dispatch_id = l.id AND p.state != 'cancel'
         WHERE l.state IN ('accepted', 'picked', 'shipped', 'delivered') AND l.dealer_id IS NOT NULL
         GROUP BY l.id HAVING count(p.id) != 1""",
    "an ended leg holds nothing": """
        SELECT m.id FROM stock_move m JOIN o2o_dispatch l ON l.id = m.o2o_dispatch_id
         WHERE l.state IN ('rejected', 'expired', 'cancelled', 'exception')
           AND m.state NOT IN ('cancel', 'done')""",
    "states go along the table": """
        SELECT e.id, e.state_from, e.state_to FROM o2o_dispatch_event e
         WHERE e.state_from != e.state_to
           AND (e.state_from, e.state_to) NOT IN (VALUES %(transitions)s)""",
    "each event once, one after the other": """
        SELECT * FROM (
            SELECT id, dispatch_id, state_from, lag(state_to, 1, 'draft') OVER (
                   PARTITION BY dispatch_id ORDER BY id) AS before FROM o2o_dispatch_event) e
         WHERE state_from != before""",
    "the last event is the state": """
        SELECT l.id, l.state FROM o2o_dispatch l JOIN LATERAL (
               SELECT e.state_to FROM o2o_dispatch_event e WHERE e.dispatch_id = l.id
                ORDER BY e.id DESC LIMIT 1) e ON TRUE WHERE e.state_to != l.state""",
    "of a grab one store won": """
        SELECT dispatch_id FROM o2o_dispatch_offer WHERE state = 'accepted'
         GROUP BY dispatch_id HAVING count(*) > 1""",
    "no store has more than its orders of a day": """
        SELECT w.id, count(*) FROM o2o_dispatch l JOIN stock_warehouse w ON w.id = l.warehouse_id
         WHERE w.o2o_max_orders_day > 0 AND l.state NOT IN ('rejected', 'expired', 'cancelled')
           -- a person may choose a full store
           AND NOT EXISTS (SELECT FROM o2o_dispatch_event e
                WHERE e.dispatch_id = l.id AND e.state_from = 'exception'
                   OR e.dispatch_id = l.previous_id AND e.note LIKE 'Moved to%%')
         GROUP BY w.id HAVING count(*) > w.o2o_max_orders_day""",
}


def prepare(odoo, database, *, orders, clients=4, dealers=3, stock=60, limit=15):
    """Make the network in a database without demo data; return what `drive` needs."""
    sizes = {"orders": orders, "clients": clients, "dealers": dealers}
    return odoo.shell(database, SETUP.format(stock=stock, limit=limit, **sizes))


def breaches(query, story):
    """{invariant: rows that break it}; `query` runs a statement and returns text."""
    pairs = ", ".join(f"('{a}', '{b}')" for a, b in story["transitions"])
    found = {
        what: query(sql.replace("%(transitions)s", pairs).replace("%%", "%"))
        for what, sql in INVARIANTS.items()
    }
    return {what: rows for what, rows in found.items() if rows}


def drive(server, story, *, clients=4, seed=1, steps=8):
    """Work all orders; return (how often what was done, what should not have happened)."""
    done, faults = Counter(), []
    workers = [
        _Client(server, story, number, seed, steps, done, faults)
        for number in range(clients)
    ]
    threads = [
        threading.Thread(target=worker.run, args=(worker.share(clients),))
        for worker in workers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, faults


class _Client:
    """One person's browser, busy at random."""

    def __init__(self, server, story, number, seed, steps, done, faults):
        login = f"cascade{number}"
        self.rpc = Rpc(server.base_url, server.database, login, login)
        self.story, self.number, self.steps = story, number, steps
        self.chance = random.Random(seed * 1000 + number)
        self.done, self.faults = done, faults

    def share(self, clients):
        """The orders of this client, which another one works as well."""
        pairs = max(1, clients // 2)
        return self.story["orders"][self.number % pairs :: pairs]

    def run(self, orders):
        for place, order in enumerate(orders):
            try:
                self._try("confirm", "sale.order", "action_confirm", [order])
                for _step in range(self.steps):
                    if not self._work(order):
                        break
                if place % 20 == 10:
                    self._change_rule()
            except Exception as error:  # a dead thread would look like a quiet one
                self.faults.append(repr(error))

    def _try(self, what, *call, **options):
        """Do it, or be told why not; anything else is a fault."""
        try:
            self.rpc(*call, **options)
            self.done[what] += 1
        except RpcError as error:
            self.done[f"{what}, told no"] += 1
            if error.name not in TOLD:
                self.faults.append(f"{what}: {error.name}: {error}")

    def _work(self, order):
        """Do something with one leg of the order; False when nothing is left to do."""
        fields = ["state", "warehouse_id"]
        legs = self.rpc(
            "o2o.dispatch", "search_read", [["order_id", "=", order]], fields
        )
        live = [leg for leg in legs if leg["state"] in ACTIONS_BY_STATE]
        if not live:
            return False
        leg = self.chance.choice(live)
        is_grab = leg["state"] == "offered" and not leg["warehouse_id"]
        what = self.chance.choice(ACTIONS_BY_STATE["grab" if is_grab else leg["state"]])
        getattr(self, f"_do_{what}")(order, leg["id"])
        return True

    def _do_accept(self, _order, leg):
        self._try("accept", "o2o.dispatch", "action_accept", [leg])

    def _do_reject(self, _order, leg):
        reason = self.chance.choice(["too_far", "too_busy", "no_stock"])
        self._try(
            "reject", "o2o.dispatch", "action_reject", [leg], self._reason(reason)
        )

    def _reason(self, code):
        found = self.rpc("o2o.reject.reason", "search", [["note_required", "=", False]])
        return self.chance.choice(found) if found else code

    def _do_late(self, _order, leg):
        self._run_action("make_late", leg)
        self._try("expire", "ir.cron", "method_direct_trigger", [self.story["cron"]])

    def _do_take(self, _order, leg):
        self._answer_grab("take", leg)

    def _do_turn_down(self, _order, leg):
        self._answer_grab("turn_down", leg)

    def _answer_grab(self, what, leg):
        stores = self.rpc(
            "o2o.dispatch.offer",
            "search_read",
            [["dispatch_id", "=", leg]],
            ["warehouse_id"],
        )
        if stores:
            store = self.chance.choice(stores)["warehouse_id"][0]
            self._run_action(what, leg, store=store)

    def _run_action(self, name, leg, **context):
        context |= {
            "active_model": "o2o.dispatch",
            "active_id": leg,
            "active_ids": [leg],
        }
        action = self.story["actions"][name]
        self._try(name, "ir.actions.server", "run", [action], context=context)

    def _do_move(self, _order, leg):
        """Headquarters chooses any of the candidates."""
        found = self.rpc(
            "o2o.dispatch.candidate", "search", [["dispatch_id", "=", leg]]
        )
        if found:
            one = self.chance.choice(found)
            self._try("move", "o2o.dispatch.candidate", "action_choose", [one])

    def _do_cancel(self, order, leg):
        if self.chance.random() < 0.3:
            self._try("cancel order", "sale.order", "action_cancel", [order])
        else:
            self._try("cancel", "o2o.dispatch", "action_cancel", [leg])

    def _do_hand(self, _order, leg):
        self._try("hand back", "o2o.dispatch", "action_hand_to_hq", [leg], "no time")

    def _do_pick(self, _order, leg):
        self._try("pick", "o2o.dispatch", "action_pick", [leg])

    def _do_ship(self, _order, leg):
        self._try("ship", "o2o.dispatch", "action_ship", [leg])

    def _do_deliver(self, _order, leg):
        self._try("deliver", "o2o.dispatch", "action_deliver", [leg])

    def _do_route(self, order, _leg):
        self._try("route again", "sale.order", "action_o2o_route", [order])

    def _change_rule(self):
        """Put another version in force; what is on its way keeps its own."""
        active = [["state", "=", "active"]]
        rules = self.rpc("o2o.routing.rule", "search", active)
        if not rules:
            return
        try:
            action = self.rpc("o2o.routing.rule", "action_new_version", [rules[0]])
        except RpcError as error:
            self.faults.append(f"new version: {error.name}: {error}")
            return
        draft = action["res_id"]
        values = {
            "mode": self.chance.choice(["assign", "assign", "grab"]),
            "max_offers": self.chance.choice([0, 2]),
            "divide": self.chance.random() < 0.7,
        }
        self._try("change rule", "o2o.routing.rule", "write", [draft], values)
        self._try("put in force", "o2o.routing.rule", "action_activate", [draft])
