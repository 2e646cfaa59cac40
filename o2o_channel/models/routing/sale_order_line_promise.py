from odoo import api, fields, models


class SaleOrderLine(models.Model):
    """What stores promise of the goods on order: the router's own figure."""

    _inherit = "sale.order.line"

    o2o_promised_qty = fields.Float(
        string="Promised by Stores",
        digits="Product Unit",
        compute="_compute_o2o_promised_qty",
        groups="base.group_user",
        help="What all stores of active dealers promise of the product together, in the "
        "line's unit. Stores that are asked first are left out.",
    )

    @api.depends("product_id", "product_uom_id", "order_id.o2o_channel_id")
    def _compute_o2o_promised_qty(self):
        lines = self.filtered(lambda line: line.order_id.o2o_channel_id)
        (self - lines).o2o_promised_qty = 0
        for company, some in lines.grouped("company_id").items():
            products = some.product_id.filtered("is_storable")
            total = dict.fromkeys(products.ids, 0.0)
            for figure in self._get_o2o_figures(company, products):
                if not figure["ask_first"]:
                    total[figure["product_id"]] += max(figure["available"], 0)
            for line in some:
                line.o2o_promised_qty = line.product_id.uom_id._compute_quantity(
                    total.get(line.product_id.id, 0.0),
                    line.product_uom_id or line.product_id.uom_id,
                    rounding_method="DOWN",
                )

    @api.model
    def _get_o2o_figures(self, company, products):
        """A dict of figures for each store of an active dealer and each product."""
        # sudo: whoever takes orders may see what is promised, and not the stores
        stores = (
            self.env["stock.warehouse"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("dealer_id.dealer_state", "=", "active"),
                ]
            )
        )
        ask_first = stores._o2o_ask_first()
        figures = stores._o2o_stock_figures(products)
        return [
            {
                "warehouse_id": store_id,
                "product_id": product_id,
                "declared": one.declared,
                "reserved": one.reserved,
                "safety": one.safety,
                "held": one.held,
                "trust": one.trust,
                "available": one.available,
                "ask_first": store_id in ask_first,
            }
            for (store_id, product_id), one in figures.items()
        ]

    def action_view_o2o_promise(self):
        """Store by store, what is promised of the line's product and why so much."""
        self.ensure_one()
        self.check_access("read")
        figures = self._get_o2o_figures(
            self.company_id, self.product_id.filtered("is_storable")
        )
        # sudo: the rows are only shown, and only to the user for whom they are made
        rows = self.env["o2o.stock.promise"].sudo().create(figures)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Promised of %(product)s", product=self.product_id.display_name
            ),
            "res_model": "o2o.stock.promise",
            "view_mode": "list",
            "views": [
                (self.env.ref("o2o_channel.o2o_stock_promise_view_list").id, "list")
            ],
            "domain": [("id", "in", rows.ids)],
            "target": "new",
        }


class O2oStockPromise(models.TransientModel):
    """A row of the list that `action_view_o2o_promise` shows."""

    _name = "o2o.stock.promise"
    _description = "Promise of a Store"
    _order = "ask_first, available desc, id"
    _rec_name = "warehouse_id"

    warehouse_id = fields.Many2one("stock.warehouse", string="Store", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    declared = fields.Float(string="On Hand", digits="Product Unit", readonly=True)
    reserved = fields.Float(digits="Product Unit", readonly=True)
    safety = fields.Float(string="Safety Stock", digits="Product Unit", readonly=True)
    held = fields.Float(string="Held Back", digits="Product Unit", readonly=True)
    trust = fields.Float(digits=(5, 4), readonly=True)
    available = fields.Float(string="Promised", digits="Product Unit", readonly=True)
    ask_first = fields.Boolean(
        string="Asked First",
        readonly=True,
        help="The store has no feed or an outdated one: nothing is promised unasked.",
    )
