from odoo import api, fields, models
from odoo.exceptions import UserError

from .o2o_split_role import SPLIT_ROLES


class SaleOrderLine(models.Model):
    """Who pays for a discount on the whole order (case GG)."""

    _inherit = "sale.order.line"

    o2o_discount_funder = fields.Selection(
        SPLIT_ROLES,
        string="Discount Paid By",
        groups="base.group_user",
        help="Of a discount or coupon on the whole order: whose share it is taken from; the "
        "others get theirs as without it. Empty: it lowers everybody's share.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of sale: as for `write`."""
        lines = super().create(vals_list)
        lines.filtered("o2o_discount_funder")._o2o_check_funder_open()
        return lines

    def write(self, vals):
        """Override of sale: who pays for a discount is settled once the order is confirmed."""
        if "o2o_discount_funder" in vals:
            self._o2o_check_funder_open()
        return super().write(vals)

    def _o2o_check_funder_open(self):
        for line in self.filtered("order_id.o2o_channel_id"):
            if line.order_id.state not in ("draft", "sent"):
                raise UserError(
                    self.env._(
                        "Order %(order)s is confirmed: Discount Paid By of %(line)s can't "
                        "be changed any more.",
                        order=line.order_id.name,
                        line=line.name,
                    )
                )
