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
            units = item._o2o_units(line)
            notes = line._o2o_bill_items()[line, "out_refund"]
            credited = sum(notes.mapped("o2o_credit_units"))
            if units > 0 and (
                item._o2o_is_full_price(line)
                or line._o2o_returned_units() - credited >= units
            ):
                item.o2o_credit_units = units

    def _o2o_units(self, line):
        """Return the item's quantity in the order line's unit of measure."""
        return self.product_uom_id._compute_quantity(
            self.quantity, line.product_uom_id, round=False
        )

    def _o2o_is_full_price(self, line):
        """Tell whether the item counts its units at the price of the order line.

        A document that rounds in another way may be off by one unit of the currency; of a
        price of few cents that would be a part of it.
        """
        if self.currency_id != line.currency_id:
            return False
        names = ("price_unit", "discount", "product_uom_id", "tax_ids")
        if all(self[name] == line[name] for name in names):
            return True
        units = self._o2o_units(line)
        full = line.price_subtotal * units / (line.product_uom_qty or 1.0)
        unit = line.currency_id.rounding
        apart = abs(self.price_subtotal - line.currency_id.round(full))
        return apart < unit / 2 or (apart < unit * 1.5 and abs(full) >= unit * 100)
