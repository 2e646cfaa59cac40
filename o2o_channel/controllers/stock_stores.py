from odoo.http import request

from .network_portal import O2oPortal


class O2oStoresPortal(O2oPortal):
    """What pages about stores share: the dealer's, or those the user works in."""

    def _o2o_stores_domain(self):
        dealer = self._o2o_dealer_or_404()
        return request.env["res.partner"]._o2o_clerk_domain(dealer, "id")
