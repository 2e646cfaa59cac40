from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.split import uncovered
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

    def _o2o_tell_uncovered(self, facts):
        """Note on the order what its funder doesn't pay of a coupon: HQ never does silently."""
        labels = dict(
            self._fields["o2o_discount_funder"]._description_selection(self.env)
        )
        for line in self.filtered(lambda line: line.o2o_split_postings == 1):
            if not line.order_id.order_line.filtered("o2o_discount_funder"):
                continue
            base, rule = line._o2o_engine_input(facts[line])[:2]
            for funder, net in uncovered(base, rule).items():
                line.order_id.message_post(
                    body=self.env._(
                        "%(product)s: %(amount)s of the coupon should be paid by %(funder)s, "
                        "whose share doesn't reach so far: it lowers what is left for "
                        "the residual party.",
                        product=line.product_id.display_name,
                        amount=line.company_id.currency_id.format(float(net)),
                        funder=labels[funder],
                    ),
                    subtype_xmlid="mail.mt_note",
                )

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
