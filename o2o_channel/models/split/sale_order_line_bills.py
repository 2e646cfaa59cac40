from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from odoo import models

from ...engine.money import ZERO, round_half_up
from .sale_order_line_facts import _quantity

# What amounts are told in: the order's currency with or without tax, company currency.
GROSS, NET, COMPANY = "gross", "net", "company"


@dataclass
class Bills:
    """What invoices and credit notes say of an order line.

    ``invoiced``/``credited`` units at the order's price, ``cuts`` {measure: what was taken
    off the price}, ``cheap`` {measure: what credited units were credited below the price}.
    """

    invoiced: Fraction = Fraction(0)
    credited: Fraction = Fraction(0)
    cuts: dict = field(default_factory=lambda: defaultdict(Fraction))
    cheap: dict = field(default_factory=lambda: defaultdict(Fraction))


class SaleOrderLine(models.Model):
    """Read from invoices and credit notes, however made, what is still owed of a line."""

    _inherit = "sale.order.line"

    def _o2o_bill_items(self):
        """Return ``{(line, move type): posted items}`` of the lines' invoices and refunds."""
        found = defaultdict(lambda: self.env["account.move.line"])
        items = self.env["account.move.line"].search(
            [
                ("sale_line_ids", "in", self.ids),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "in", ("out_invoice", "out_refund")),
                ("display_type", "=", "product"),
            ]
        )
        for item in items:
            for line in item.sale_line_ids & self:
                found[line, item.move_id.move_type] |= item
        return found

    def _o2o_bills(self):
        """Return ``{line: Bills}``, in a fixed number of queries."""
        items = self._o2o_bill_items()
        found = {line: Bills() for line in self}
        for line, bills in found.items():
            for item in items[line, "out_invoice"]:
                line._o2o_add_invoice(bills, item)
            for item in items[line, "out_refund"]:
                line._o2o_add_refund(bills, item)
        return found

    def _o2o_add_invoice(self, bills, item):
        """Count an invoice's item: units, or a price cut that is charged again."""
        measure, value = self._o2o_measure(item)
        note = item.move_id.reversed_entry_id
        if note.move_type == "out_refund":
            undone = note.invoice_line_ids.filtered(
                lambda part: self in part.sale_line_ids
            )
            if undone and not any(undone.mapped("o2o_credit_units")):
                bills.cuts[measure] -= value
                return
        bills.invoiced += Fraction(str(item._o2o_units(self)))
        if measure != COMPANY and not item._o2o_is_full_price(self):
            bills.cuts[measure] += self._o2o_full_value(item, measure) - value

    def _o2o_add_refund(self, bills, item):
        """Count a credit note's item: units that it takes back, or a cut of the price."""
        measure, value = self._o2o_measure(item)
        if not item.o2o_credit_units:
            bills.cuts[measure] += value
            return
        bills.credited += Fraction(str(item.o2o_credit_units))
        if measure != COMPANY:
            below = self._o2o_full_value(item, measure) - value
            bills.cheap[measure] += max(below, Fraction(0))

    def _o2o_measure(self, item):
        """Return ``(measure, amount)`` of an item.

        Where the price includes its taxes they are taken out of the sum of all credit
        notes, once; else nets are added up. What is in another currency than the order's
        counts as the ledger has it.
        """
        if item.currency_id != self.currency_id:
            sign = 1 if item.move_id.move_type == "out_refund" else -1
            return COMPANY, Fraction(str(item.balance * sign))
        same = item.tax_ids == self.tax_ids and self.tax_ids
        if same and all(
            tax.price_include for tax in self.tax_ids.flatten_taxes_hierarchy()
        ):
            return GROSS, Fraction(str(item.price_total))
        return NET, Fraction(str(item.price_subtotal))

    def _o2o_full_value(self, item, measure):
        """Return what the item's units cost at the order's price."""
        whole = self.price_total if measure == GROSS else self.price_subtotal
        units = Fraction(str(item._o2o_units(self)))
        return Fraction(str(whole)) * units / Fraction(str(self.product_uom_qty or 1.0))

    def _o2o_room(self, bills, delivered):
        """Return how many units the consumer can have kept, as far as it has paid for them.

        Units that were credited and invoiced again count as not credited. Credited are
        first the units that weren't delivered yet.
        """
        self.ensure_one()
        ordered = _fraction(self.product_uom_qty)
        credited = max(bills.credited - max(bills.invoiced - ordered, 0), Fraction(0))
        waiting = max(min(bills.invoiced, ordered) - Fraction(delivered), Fraction(0))
        room = min(
            ordered - credited,
            Fraction(delivered) - max(credited - waiting, Fraction(0)),
        )
        return _quantity(float(room))

    def _o2o_credit_net(self, bills):
        """Return the net of the cuts on kept units, in company currency.

        A unit that came back takes its part of earlier cuts along: what it was credited
        below the order's price.
        """
        self.ensure_one()
        left = {}
        units = max(bills.invoiced, _fraction(self.product_uom_qty)) or Fraction(1)
        for measure, cut in bills.cuts.items():
            along = min(bills.cheap[measure], cut * min(bills.credited / units, 1))
            left[measure] = cut - max(along, Fraction(0))
        total = ZERO
        if left.get(GROSS):
            unit = Decimal(str(self.currency_id.rounding))
            gross = float(round_half_up(left[GROSS], unit))
            net = self._o2o_take_out_tax(abs(gross))
            total += self._o2o_company_amount(net if gross > 0 else -net)
        if left.get(NET):
            total += self._o2o_company_amount(float(left[NET]))
        if left.get(COMPANY):
            total += round_half_up(left[COMPANY], self._o2o_unit())
        return max(total, ZERO)

    def _o2o_take_out_tax(self, gross):
        """Return the net of an amount with this line's taxes in it."""
        taxes = self.tax_ids.with_context(force_price_include=True)
        return taxes.compute_all(gross, self.currency_id)["total_excluded"]


def _fraction(value):
    return Fraction(_quantity(value))
