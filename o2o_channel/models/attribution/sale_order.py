from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_guide_id = fields.Many2one(
        "o2o.guide",
        string="Guide",
        index="btree_not_null",
        groups="base.group_user",
        tracking=True,
        check_company=True,
        help="The shopping guide who brought this order and shares in it.",
    )
