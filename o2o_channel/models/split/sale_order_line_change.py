from odoo import api, models
from odoo.exceptions import UserError

from .sale_order_line import SplitEvent

# What an order line's amount hangs on.
AMOUNT_FIELDS = frozenset(
    "price_unit discount tax_ids product_uom_qty product_uom_id".split()
)
PRICE_FIELDS = ("price_unit", "discount", "tax_ids")


class SaleOrderLine(models.Model):
    """An amount that changes after delivery changes the shares at once."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of sale: a discount added to a delivered order lowers its shares."""
        lines = super().create(vals_list)
        lines._o2o_split_change()
        return lines

    def write(self, vals):
        """Override of sale: shares follow the amount until it is invoiced."""
        if not AMOUNT_FIELDS & vals.keys():
            return super().write(vals)
        before = {line: line._o2o_price_terms() for line in self}
        result = super().write(vals)
        self.filtered(
            lambda line: line._o2o_price_terms() != before[line]
        )._o2o_check_price_change()
        self._o2o_split_change()
        return result

    def _o2o_price_terms(self):
        """Return what the line's price is made of."""
        return tuple(self[name] for name in PRICE_FIELDS)

    def _o2o_check_price_change(self):
        """Refuse another price where invoice and shares stand: the books would part.

        :raises UserError: for the first line that is invoiced and split
        """
        # sudo: whoever changes an order needn't be allowed to see shares or invoices
        for line in self.sudo().filtered("o2o_split_postings"):
            if line.qty_invoiced_posted:
                raise UserError(
                    self.env._(
                        "%(line)s is delivered and invoiced: its price can't change on the "
                        "order. Post a credit note for the difference, its shares follow.",
                        line=line.display_name,
                    )
                )

    def _o2o_split_change(self):
        """Converge the delivered lines of the orders whose amounts have changed."""
        # sudo: as above; the shares are told by the order, not by who changes it
        orders = self.sudo().order_id.filtered(
            lambda order: order.o2o_channel_id and order.state not in ("draft", "sent")
        )
        for order in orders:
            lines = order.order_line.filtered("o2o_split_postings")
            if not lines:
                continue
            day = order.company_id._o2o_today()
            for leg, own in lines.grouped(lambda line: line._o2o_last_leg()).items():
                own._o2o_converge_split(SplitEvent(day, leg))
