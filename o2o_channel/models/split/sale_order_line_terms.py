from decimal import Decimal
from fractions import Fraction

from odoo import models

from ...engine.money import round_half_up
from ...engine.split import SplitError

# What `o2o_split_parties` holds beside the roles' parties.
NOT_ROLES = ("terms", "vat", "purchase", "guaranteed")


class SaleOrderLine(models.Model):
    """What a dealer pays for the goods and is guaranteed, kept from when it was asked.

    Kept in `o2o_split_parties` under ``terms``: {dealer id: {name: amount as text}}, each
    amount for the line's ``quantity`` then. Lines split before 19.0.4.0.0 have one ``purchase`` and one
    ``guaranteed`` for whoever delivers.
    """

    _inherit = "sale.order.line"

    def _o2o_freeze_terms(self, dealer):
        """Keep the terms of ``dealer`` where the line's rule depends on them.

        Asked before a price list is there, a dealer has them from its first posting on.
        """
        for line in self:
            needed = line.o2o_split_rule_id._terms_needed()
            listed = "guaranteed" not in needed or line._o2o_has_purchase_list(dealer)
            if needed and listed:
                line._o2o_terms(dealer)

    def _o2o_terms(self, dealer, trial=None):
        """Return ``{name: Decimal}`` of one dealer's terms; what is missing is kept now.

        :param trial: a rule to try instead of the line's own: then nothing is kept
        """
        self.ensure_one()
        frozen = dict(self.o2o_split_parties or {})
        needed = (trial or self.o2o_split_rule_id)._terms_needed()
        terms = dict(frozen.get("terms") or {})
        own = dict(terms.get(str(dealer.id)) or {})
        missing = [name for name in needed if name not in frozen and name not in own]
        if missing:
            own |= self._o2o_find_terms(dealer, missing)
            terms[str(dealer.id)] = own
            if not trial:
                self.o2o_split_parties = frozen | {"terms": terms}
        # the amounts are those of the quantity then; the order may have been changed since
        units = Fraction(own.pop("quantity", "1"))
        scale = Fraction(str(self.product_uom_qty)) / units if own else 1
        return {
            name: round_half_up(Fraction(value) * scale, self._o2o_unit())
            for name, value in own.items()
        }

    def _o2o_find_terms(self, dealer, names):
        """Return ``{name: amount as text}`` of today's price lists and guarantees."""
        found = {}
        if "purchase" in names:
            found["purchase"] = self._o2o_purchase_net(dealer)
        if "guaranteed" in names:
            self._o2o_check_purchase_list(dealer)
            amounts = self._o2o_guaranteed(dealer)
            found["guaranteed"] = amounts["total_excluded"]
            found["guaranteed_total"] = amounts["total_included"]
        unit = self._o2o_unit()
        terms = {
            name: str(round_half_up(Decimal(str(amount)), unit))
            for name, amount in found.items()
        }
        return terms | {"quantity": str(self.product_uom_qty)}

    def _o2o_line_terms(self, dealers, trial=None):
        """Return ``{name: Decimal}`` that count for whoever has none of its own.

        Headquarters' own shipping, beside a dealer's, is valued as that one's.
        """
        frozen = dict(self.o2o_split_parties or {})
        old = {
            name: Decimal(frozen[name])
            for name in ("purchase", "guaranteed")
            if name in frozen
        }
        return (self._o2o_terms(dealers[0], trial) if dealers else {}) | old

    def _o2o_purchase_net(self, dealer):
        """Return what the line's goods cost ``dealer``: its own pricelist, without tax."""
        taxes = self.tax_ids.compute_all(
            self._o2o_purchase_price(dealer),
            self.order_id.company_id.currency_id,
            self.product_uom_qty,
            self.product_id,
        )
        return taxes["total_excluded"]

    def _o2o_purchase_price(self, dealer):
        """Return the unit price of ``dealer``'s own pricelist, as the line's taxes take it."""
        order = self.order_id
        pricelist = dealer.with_company(order.company_id).property_product_pricelist
        return pricelist._get_product_price(
            self.product_id,
            self.product_uom_qty,
            currency=order.company_id.currency_id,
            uom=self.product_uom_id,
            date=order.date_order,
        )

    def _o2o_has_purchase_list(self, dealer):
        own = dealer.with_company(self.company_id).specific_property_product_pricelist
        return bool(own)

    def _o2o_check_purchase_list(self, dealer):
        """Refuse to guarantee a margin on a list that isn't the dealer's purchase prices."""
        if not self._o2o_has_purchase_list(dealer):
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
