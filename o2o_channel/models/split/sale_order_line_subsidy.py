from decimal import ROUND_CEILING, Decimal

from odoo import models


class SaleOrderLine(models.Model):
    """What a price below the dealer's costs headquarters (case GD)."""

    _inherit = "sale.order.line"

    def _o2o_price_without_subsidy(self, dealer):
        """Return the lowest unit price with tax at which ``dealer`` needs no subsidy.

        Backwards from what is guaranteed by the fulfilling dealer's percentage, rounded up.
        """
        shares = self.o2o_split_rule_id.line_ids.filtered(
            lambda line: (
                line.role == "fulfiller"
                and line.kind == "percent"
                and line.base == "untaxed"
            )
        )
        rate = Decimal(str(sum(shares.mapped("rate"))))
        if not rate or not self.product_uom_qty:
            return 0.0
        total = self._o2o_terms(dealer).get("guaranteed_total")
        if total is None:  # kept by an earlier version, without it
            total = Decimal(str(self._o2o_guaranteed(dealer)["total_included"]))
        units = Decimal(str(self.product_uom_qty))
        price = total / units * 100 / rate
        return float(price.quantize(self._o2o_unit(), rounding=ROUND_CEILING))

    def _o2o_tell_subsidy(self, shares):
        """Note on the order what was subsidised: it is never paid silently."""
        for line, own in shares.grouped("order_line_id").items():
            subsidies = own.filtered(lambda share: share.role == "subsidy")
            for share in subsidies.filtered(lambda share: share.amount > 0):
                kept = line.o2o_split_line_ids.filtered(lambda s: s.role == "hq")
                line.order_id.message_post(
                    body=self.env._(
                        "%(product)s: %(dealer)s gets a subsidy of %(subsidy)s; the share of "
                        "headquarters is %(rest)s. From a price of %(price)s on no subsidy "
                        "is needed.",
                        product=line.product_id.display_name,
                        dealer=share.partner_id.display_name,
                        subsidy=share.currency_id.format(share.amount),
                        rest=share.currency_id.format(sum(kept.mapped("amount"))),
                        price=share.currency_id.format(
                            line._o2o_price_without_subsidy(share.partner_id)
                        ),
                    ),
                    subtype_xmlid="mail.mt_note",
                )
