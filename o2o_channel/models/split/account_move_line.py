from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    o2o_credit_units = fields.Float(
        string="Units Taken Back",
        digits="Product Unit",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Of a posted credit note: units of the order line that it takes back at full "
        "price or that had come back already. 0: it cuts the price of units that are kept.",
    )

    def _o2o_find_credit_units(self):
        """Tell once, when it is posted, which units a credit note line takes back.

        At full price it is a refund of units. At another price it belongs to units that
        came back before and weren't credited yet; else it is a cut of the price.
        """
        for item in self.filtered(
            lambda item: item.sale_line_ids and not item.o2o_credit_units
        ):
            line = item.sale_line_ids[:1]
            units = item.product_uom_id._compute_quantity(
                item.quantity, line.product_uom_id
            )
            currency = line.currency_id
            full = currency.round(
                line.price_subtotal * units / (line.product_uom_qty or 1.0)
            )
            is_full = currency.compare_amounts(
                abs(item.price_subtotal - full), currency.rounding
            )
            credited = sum(
                line._o2o_refund_lines()[line, "out_refund"].mapped("o2o_credit_units")
            )
            if units > 0 and (
                is_full <= 0 or line._o2o_returned_units() - credited >= units
            ):
                item.o2o_credit_units = units
