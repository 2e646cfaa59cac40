from decimal import ROUND_CEILING, Decimal

from odoo import models

from ...engine.money import round_half_up
from ...engine.split import SplitError


class SaleOrderLine(models.Model):
    """What a price below the dealer's costs headquarters (case GD)."""

    _inherit = "sale.order.line"

    def _o2o_frozen_guarantee(self, facts):
        """Return the net guaranteed to the dealer who delivers, kept from the first posting.

        Nothing without a rule that subsidises, or as long as no dealer delivers.
        """
        if "subsidy" not in self.o2o_split_rule_id.line_ids.mapped("role"):
            return None
        frozen = dict(self.o2o_split_parties or {})
        if "guaranteed" not in frozen:
            own = self.company_id.partner_id.id
            dealers = [party for party in facts.kept if party != own]
            if not dealers:
                return None
            dealer = self.env["res.partner"].browse(dealers[0])
            self._o2o_check_purchase_list(dealer)
            amount = self._o2o_guaranteed(dealer)["total_excluded"]
            frozen["guaranteed"] = str(
                round_half_up(Decimal(str(amount)), self._o2o_unit())
            )
            self.o2o_split_parties = frozen
        return Decimal(frozen["guaranteed"])

    def _o2o_check_purchase_list(self, dealer):
        """Refuse to guarantee a margin on a list that isn't the dealer's purchase prices."""
        own = dealer.with_company(self.company_id).specific_property_product_pricelist
        if not own:
            raise SplitError(
                f"{dealer.display_name} has no pricelist of its own",
                "purchase_list",
                dealer=dealer.display_name,
            )

    def _o2o_guaranteed(self, dealer):
        """Return `compute_all` of purchase price and guaranteed margin of ``dealer``."""
        company = self.company_id
        margin = dealer.o2o_guaranteed_margin or company.o2o_guaranteed_margin
        price = self._o2o_purchase_price(dealer) * (1 + margin / 100)
        return self.tax_ids.compute_all(
            price, company.currency_id, self.product_uom_qty, self.product_id
        )

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
