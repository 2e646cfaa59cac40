from odoo import models
from odoo.fields import Domain

from .o2o_dispatch import UNDER_WAY_STATES


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _o2o_open_dispatches(self):
        """Override: legs that the dealer has accepted and not finished."""
        counts = super()._o2o_open_dispatches()
        # sudo: asked for by whoever closes the dealer
        groups = (
            self.env["o2o.dispatch"]
            .sudo()
            ._read_group(
                [("dealer_id", "in", self.ids), ("state", "in", UNDER_WAY_STATES)],
                ["dealer_id"],
                ["__count"],
            )
        )
        for dealer, count in groups:
            counts[dealer.id] = counts.get(dealer.id, 0) + count
        return counts

    def _o2o_release_dispatches(self):
        """Override: open offers go to the next store; what is accepted is finished."""
        super()._o2o_release_dispatches()
        # sudo: the change of the dealer's state does it, whoever made that
        dispatch = self.env["o2o.dispatch"].sudo()
        offers = Domain("dealer_id", "in", self.ids)
        asked = dispatch.search(
            Domain("state", "=", "offered")
            & (
                offers
                | Domain("offer_ids", "any", offers & Domain("state", "=", "open"))
            )
        )
        # sudo: as above
        stores = (
            self.env["stock.warehouse"].sudo().search([("dealer_id", "in", self.ids)])
        )
        asked._withdraw_from(stores, self.env._("The dealer is no longer active"))
