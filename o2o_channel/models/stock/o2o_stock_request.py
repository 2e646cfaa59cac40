from odoo import api, fields, models
from odoo.exceptions import UserError

SOURCES = [
    ("store", "Asked for in the Store"),
    ("scan", "Scanned without Stock"),
    ("order", "Order Nobody Could Serve"),
    ("reject", "Rejected for Want of Stock"),
]


class O2oStockRequest(models.Model):
    """Somebody wanted a product that a store did not have: demand that was lost.

    Written once, by what happens; never changed.
    """

    _name = "o2o.stock.request"
    _description = "Lost Demand"
    _order = "date desc, id desc"
    _rec_name = "product_id"
    _check_company_auto = True

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, index=True, precompute=True
    )
    dealer_id = fields.Many2one(
        related="warehouse_id.dealer_id", store=True, precompute=True
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="cascade"
    )
    product_tmpl_id = fields.Many2one(
        related="product_id.product_tmpl_id",
        string="Style",
        store=True,
        precompute=True,
    )
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    reference = fields.Char(readonly=True)

    _reference_uniq = models.UniqueIndex(
        "(warehouse_id, product_id, source, reference) WHERE reference IS NOT NULL",
        "This was noted already.",
    )

    @api.model
    def _record(self, store, quantities, source, reference=None):
        """Note that a store lacked products; told twice, it is noted once.

        :param quantities: {product: quantity wanted}
        """
        # sudo: noted by what happens, whoever does it
        requests = self.sudo()
        known = requests.search(
            [
                ("warehouse_id", "=", store.id),
                ("source", "=", source),
                ("reference", "=", reference),
                ("reference", "!=", False),
            ]
        ).product_id
        return requests.create(
            [
                {
                    "warehouse_id": store.id,
                    "product_id": product.id,
                    "quantity": quantity,
                    "source": source,
                    "reference": reference,
                }
                for product, quantity in quantities.items()
                if product not in known
            ]
        )

    def write(self, vals):
        if vals:
            raise UserError(self.env._("Lost demand is a record and can't be changed."))
        return super().write(vals)
