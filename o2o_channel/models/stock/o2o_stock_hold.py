from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class O2oStockHold(models.Model):
    """Goods that are not promised for now, although the pool has them.

    Made when a store rejects an offer because they are missing or damaged. A hold ends
    with the next count of the goods, or by hand.
    """

    _name = "o2o.stock.hold"
    _description = "Stock Held Back"
    _order = "id desc"
    _check_company_auto = True

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('dealer_id', '!=', False)]",
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True)
    dealer_id = fields.Many2one(related="warehouse_id.dealer_id")
    product_id = fields.Many2one(
        "product.product", required=True, ondelete="cascade", check_company=True
    )
    everything = fields.Boolean(
        string="All of It",
        help="Nothing of the product is promised, however much lies there.",
    )
    quantity = fields.Float(digits="Product Unit")
    reason = fields.Char(required=True)
    reference = fields.Char(readonly=True, copy=False)
    date = fields.Datetime(
        string="Since", required=True, default=fields.Datetime.now, copy=False
    )
    ended_at = fields.Datetime(string="Ended On", readonly=True, copy=False)
    end_reason = fields.Char(string="Ended By", readonly=True, copy=False)

    _quantity_positive = models.Constraint(
        "CHECK(everything IS TRUE OR COALESCE(quantity, 0) > 0)",
        "Hold back a quantity above 0, or all of the product.",
    )
    _active_idx = models.Index("(warehouse_id, product_id) WHERE ended_at IS NULL")
    _reference_uniq = models.UniqueIndex(
        "(warehouse_id, product_id, reference) WHERE reference IS NOT NULL",
        "This has been held back already.",
    )

    @api.model
    def _hold(self, warehouse, quantities, reason, reference, everything=False):
        """Hold goods of a store back; said twice under a reference it counts once.

        :param quantities: {product: quantity in its unit}
        """
        known = self.search(
            [
                ("warehouse_id", "=", warehouse.id),
                ("reference", "=", reference),
                ("product_id", "in", [product.id for product in quantities]),
            ]
        ).product_id
        return self.create(
            [
                {
                    "warehouse_id": warehouse.id,
                    "product_id": product.id,
                    "everything": everything,
                    "quantity": quantity,
                    "reason": reason,
                    "reference": reference,
                }
                for product, quantity in quantities.items()
                if product not in known
            ]
        )

    @api.model
    def _end_by_count(self, warehouses, products, counted_at, reason):
        """End what was held back before a count; what came after it stays."""
        holds = self.search(
            Domain("warehouse_id", "in", warehouses.ids)
            & Domain("product_id", "in", products.ids)
            & Domain("ended_at", "=", False)
            & Domain("date", "<=", counted_at)
        )
        holds._end(reason)
        return holds

    def _end(self, reason):
        return self.write({"ended_at": fields.Datetime.now(), "end_reason": reason})

    def action_end(self):
        """Promise the goods again."""
        ended = self.filtered("ended_at")
        if ended:
            raise UserError(
                self.env._(
                    "%(product)s in %(store)s is not held back any more.",
                    product=ended[0].product_id.display_name,
                    store=ended[0].warehouse_id.name,
                )
            )
        return self._end(self.env.user.name)
