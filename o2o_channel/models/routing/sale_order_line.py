from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    o2o_dispatch_line_ids = fields.One2many(
        "o2o.dispatch.line",
        "order_line_id",
        string="Legs",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )
