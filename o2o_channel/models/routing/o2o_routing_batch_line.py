from odoo import api, fields, models

from .o2o_dispatch_candidate import REASONS

LINE_STATES = [
    ("planned", "Planned"),
    ("unassigned", "Nobody"),
    ("applied", "Offered"),
    ("stale", "Overtaken"),
]
TAKEN = ("taken", "Others Need It More")
NO_STORE = ("none", "No Store at All")


class O2oRoutingBatchLine(models.Model):
    """One leg of a batch's plan, or what of an order stays unassigned."""

    _name = "o2o.routing.batch.line"
    _description = "Line of a Batch Assignment"
    _order = "batch_id, id"
    _rec_name = "order_id"

    batch_id = fields.Many2one(
        "o2o.routing.batch",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="order_id.partner_id")
    region_id = fields.Many2one(related="order_id.o2o_region_id")
    warehouse_id = fields.Many2one("stock.warehouse", string="Store", readonly=True)
    dealer_id = fields.Many2one(related="warehouse_id.dealer_id", store=True)
    rule_id = fields.Many2one("o2o.routing.rule", readonly=True)
    parts = fields.Json(readonly=True)
    goods = fields.Char(compute="_compute_goods")
    distance_known = fields.Boolean(readonly=True)
    distance_km = fields.Float(string="Distance (km)", digits=(10, 1), readonly=True)
    cost_km = fields.Float(
        string="Cost (km)",
        digits=(10, 1),
        readonly=True,
        help="Distance with load, risk and duty, all in kilometres.",
    )
    first_warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="First Come",
        readonly=True,
        help="The store that would serve it if each order in its turn took the nearest "
        "one left.",
    )
    first_km = fields.Float(
        string="First Come (km)", digits=(10, 1), readonly=True, aggregator="sum"
    )
    state = fields.Selection(LINE_STATES, required=True, readonly=True, index=True)
    reason_code = fields.Selection(
        [*REASONS, TAKEN, NO_STORE], string="Why Nobody", readonly=True
    )
    note = fields.Char(
        readonly=True, help="What became of it, when that is not what was planned."
    )
    dispatch_id = fields.Many2one("o2o.dispatch", string="Leg", readonly=True)

    @api.depends("parts")
    def _compute_goods(self):
        lines = self.env["sale.order.line"].browse(
            {int(key) for line in self for key in line.parts or {}}
        )
        names = {
            line.id: line.product_id.default_code or line.product_id.name
            for line in lines.exists()
        }
        for line in self:
            line.goods = ", ".join(
                f"{quantity:g} × {names.get(int(key), '?')}"
                for key, quantity in (line.parts or {}).items()
            )

    def action_open_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }


class O2oRoutingBatchPrice(models.Model):
    """What one more slot of a store, or one more piece of stock, would have saved."""

    _name = "o2o.routing.batch.price"
    _description = "Shadow Price of a Batch"
    _order = "batch_id, km desc, id"

    batch_id = fields.Many2one(
        "o2o.routing.batch",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    product_id = fields.Many2one("product.product", readonly=True, ondelete="cascade")
    km = fields.Float(string="Worth (km)", digits=(12, 1), readonly=True)
    unassigned = fields.Integer(
        readonly=True, help="Order lines that could be served besides."
    )
    text = fields.Char(string="In Words", compute="_compute_text")

    @api.depends("warehouse_id", "product_id", "km", "unassigned")
    @api.depends_context("lang")
    def _compute_text(self):
        for price in self:
            price.text = (
                price._slot_text() if not price.product_id else price._unit_text()
            )

    def _slot_text(self):
        if self.unassigned:
            return self.env._(
                "One more slot at %(store)s today lets another order be served",
                store=self.warehouse_id.name,
            )
        return self.env._(
            "One more slot at %(store)s today is worth %(km)s km",
            store=self.warehouse_id.name,
            km=f"{self.km:.1f}",
        )

    def _unit_text(self):
        if self.unassigned:
            return self.env._(
                "One more %(product)s at %(store)s lets another order be served",
                product=self.product_id.display_name,
                store=self.warehouse_id.name,
            )
        return self.env._(
            "One more %(product)s at %(store)s is worth %(km)s km",
            product=self.product_id.display_name,
            store=self.warehouse_id.name,
            km=f"{self.km:.1f}",
        )
