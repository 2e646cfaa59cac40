from contextlib import contextmanager
from datetime import timedelta

from odoo import Command, api, fields, models

from .orders import CHINESE, DELIVERED, OPEN

# Pieces of each product in each store's pool. Some stores lack something on purpose,
# so that the routing has reasons to tell.
STOCK = 40
NOT_IN_STORE = {
    "c202": ("e1002", "e1003"),
    "d201": ("e1002", "e1004"),
    "c101": ("e2004",),
}


class O2oDemo(models.AbstractModel):
    """Loads what demo XML can't say. Used by the demo data and by nothing else."""

    _name = "o2o.demo"
    _description = "Demo Data"

    @api.model
    def _ref(self, name):
        return self.env.ref(f"o2o_channel.{name}_demo")

    @api.model
    def _company_env(self):
        """This model in the demo company, without mails and logs."""
        company = self.env.ref("o2o_channel.company_demo")
        quiet = {"tracking_disable": True, "mail_create_nosubscribe": True}
        return self.with_company(company).with_context(
            allowed_company_ids=company.ids, lang=None, **quiet
        )

    @api.model
    def _load_accounting(self):
        """The Chinese chart when its module is there, else the generic one, and 13 % VAT."""
        self = self._company_env()
        company = self.env.company
        chart = self.env["ir.module.module"].search_count(
            [("name", "=", "l10n_cn"), ("state", "=", "installed")]
        )
        # not try_loading: it warns while the addon is being installed, and would load
        # the demo invoices of `account`
        self.env["account.chart.template"]._load(
            "cn" if chart else "generic_coa", company, install_demo=False
        )
        company.currency_id = self.env.ref("base.CNY")
        if not chart:
            # those of the generic chart take sales within China for exports without tax
            positions = self.env["account.fiscal.position"]
            positions.search([("company_id", "=", company.id)]).active = False
        for percent in (13, 9, 6):
            if not company._o2o_purchase_tax(percent):
                company.account_purchase_tax_id.copy(
                    {"name": f"{percent}%", "amount": percent}
                )
        tax = company.account_sale_tax_id.copy(
            {
                "name": "13% incl.",
                "amount": 13,
                "price_include_override": "tax_included",
            }
        )
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": "o2o_channel.tax_13_included_demo",
                    "record": tax,
                    "noupdate": True,
                }
            ]
        )
        company._o2o_setup_accounting()

    @api.model
    def _load_language(self):
        """Chinese beside English: everybody may choose it in the own preferences."""
        chinese = self.env["res.lang"].with_context(active_test=False)
        chinese = chinese.search([("code", "=", "zh_CN")])
        self.env["base.language.install"].create(
            {"lang_ids": [Command.set(chinese.ids)], "overwrite": False}
        ).lang_install()
        for name, text in CHINESE.items():
            self._ref(name).update_field_translations("name", {"zh_CN": text})

    @api.model
    def _load_stock(self):
        """Put goods into the stores' pools; the counter reports no stock."""
        self = self._company_env()
        products = self.env["product.product"].search(
            [("company_id", "=", self.env.company.id)]
        )
        quants = self.env["stock.quant"]
        for name in ("b101", "b102", "c101", "c201", "c202", "s101", "d201"):
            store = self._ref(f"store_{name}")
            missing = {
                self._ref(f"product_{code}") for code in NOT_IN_STORE.get(name, ())
            }
            for product in products.filtered(lambda p, out=missing: p not in out):
                quants._update_available_quantity(product, store.o2o_location_id, STOCK)
        self._declare_stock("c202", products)

    @api.model
    def _declare_stock(self, name, products):
        """The staff of one store has typed what lies there; the pools of the others are
        kept by scanners and transfers, so no figure of theirs grows old."""
        store = self._ref(f"store_{name}")
        store.o2o_feed_max_age = 24 * 365
        figures = store._o2o_stock_figures(products)
        rows = [
            (product, figures[store.id, product.id].declared) for product in products
        ]
        store._o2o_declare(rows, "guide")

    @api.model
    def _activate_rules(self):
        """As people do it: one wrote the rule, another puts it in force."""
        rule = self._company_env()._ref("split_rule_xr")
        rule.with_user(self._ref("user_approver")).action_activate()

    @api.model
    def _load_orders(self):
        """Last month's orders, delivered and settled; and the open ones of today."""
        self = self._company_env()
        today = self.env.company._o2o_today()
        month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        noted = month
        with self._clock() as set_clock:
            for day, *order in DELIVERED:
                date = month + timedelta(days=day - 1)
                set_clock(date)
                self._deliver(self._sell(f"D{day:02}", *order))
                noted = self._note_trust(noted, date)
            set_clock(month + timedelta(days=27))
            self._charge_claim()
            set_clock(today - timedelta(days=1))
            self._settle(month)
        self._note_trust(noted, today)
        self.env["stock.warehouse"]._o2o_close_month(self.env.company, today)
        for number, (steps, *order) in enumerate(OPEN, 1):
            self._go(self._sell(f"N{number:02}", *order), steps)
        self._appeal()

    @api.model
    def _note_trust(self, start, end):
        """The stores' trust of the days before ``end``, as the hourly action notes it."""
        history = self.env["o2o.trust.history"]
        for number in range((end - start).days):
            history._sample(self.env.company, start + timedelta(days=number))
        return end

    @api.model
    def _appeal(self):
        """The dealer that turned an order down says that its count was right."""
        event = self.env["o2o.trust.event"].search(
            [("ok_qty", "=", 0), ("state", "=", "valid")], limit=1
        )
        dealer = self.env["o2o.trust.appeal"].with_user(self._ref("user_c2"))
        dealer._appeal(event, "The last one was sold while your order came in")

    @contextmanager
    def _clock(self):
        """A function that sets the clock to ten in the morning, Beijing time, of a day.

        Without freezegun (which Odoo's own requirements name) it does nothing and the
        orders are all of today.
        """
        try:
            from freezegun import freeze_time
        except ImportError:
            yield lambda day: None
            return
        with freeze_time(fields.Datetime.now(), ignore=["psycopg2"]) as frozen:
            yield lambda day: frozen.move_to(f"{day} 02:00:00")

    @api.model
    def _sell(self, ref, channel, consumer, goods, origin=None, guide=None):
        """Enter and confirm an order; ``goods`` is {product: quantity}."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self._ref(f"consumer_{consumer}").id,
                "company_id": self.env.company.id,
                "pricelist_id": self._ref("pricelist").id,
                "user_id": False,
                "o2o_channel_id": self._ref(f"channel_{channel}").id,
                "o2o_external_ref": f"DEMO-{ref}",
                "o2o_ordered_at": fields.Datetime.now(),
                "o2o_origin_dealer_id": origin and self._ref(f"dealer_{origin}").id,
                "o2o_guide_id": guide and self._ref(f"guide_{guide}").id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self._ref(f"product_{code}").id,
                            "product_uom_qty": quantity,
                        }
                    )
                    for code, quantity in goods.items()
                ],
            }
        )
        order.action_confirm()
        return order

    @api.model
    def _deliver(self, order):
        """All the way: every leg delivered, the customer invoiced."""
        self._go(order, ("accept", "pick", "ship", "deliver"))
        order._create_invoices()._post(soft=False)

    @api.model
    def _go(self, order, steps):
        """Take the order's open legs through ``steps``, or turn them down."""
        for step in steps:
            legs = order.dispatch_ids.filtered(
                lambda leg: leg.state in ("offered", "accepted", "picked", "shipped")
            )
            if step == "reject":
                legs.action_reject("no_stock", "Last one was sold this morning")
            else:
                getattr(legs, f"action_{step}")()
