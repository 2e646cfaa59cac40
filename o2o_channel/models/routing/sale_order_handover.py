from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .o2o_dispatch import ENDED_STATES

HANDED_STATES = ("offered", "accepted", "picked", "ready")


class SaleOrder(models.Model):
    """The dealer who took an order sees what becomes of it, and may hand it over.

    The order stays the same one: its consumer, its contact and the dealer's share. Only
    the store that serves it changes."""

    _inherit = "sale.order"

    @api.model
    def _o2o_get_origin_domain(self, dealer):
        """Orders that the dealer took, or was named for; drafts are nobody's yet."""
        return (
            Domain("o2o_origin_dealer_id", "=", dealer.id)
            & Domain("o2o_channel_id", "!=", False)
            & Domain("state", "in", ("sale", "cancel"))
        )

    def _o2o_get_live_legs(self):
        return self.dispatch_ids.filtered(lambda leg: leg.state not in ENDED_STATES)

    def _o2o_get_plain_state(self):
        """How far the order is, in the words of someone who only waits for it."""
        self.ensure_one()
        states = set(self._o2o_get_live_legs().mapped("state"))
        waits = self.o2o_route_state in ("unplaced", "held", "exception")
        if self.state == "cancel":
            return "cancelled", self.env._("Cancelled")
        if waits or "exception" in states:
            return "waiting", self.env._("Headquarters looks for a store")
        if not states or states & {"draft", "offered"}:
            return "offered", self.env._("A store is being asked")
        if states & {"accepted", "picked"}:
            return "preparing", self.env._("A store gets it ready")
        if "ready" in states:
            return "ready", self.env._("Waits for the customer in the store")
        if "shipped" in states:
            return "shipped", self.env._("On its way to the customer")
        return "delivered", self.env._("Delivered")

    def _o2o_get_origin_share(self, dealer):
        """Hook: what the dealer gets for having taken the order, as a text; none here."""
        return ""

    def _o2o_get_handed_legs(self, dealer):
        """Legs that are with the dealer's own stores and have not left them, and those
        that wait for headquarters anyway."""
        return self._o2o_get_live_legs().filtered(
            lambda leg: (
                leg.state == "exception"
                or (leg.dealer_id == dealer and leg.state in HANDED_STATES)
            )
        )

    def _o2o_hand_to_hq(self, dealer, reason):
        """The dealer who took the order asks headquarters to have it served.

        By the rule, its legs wait for headquarters or go to the next store at once."""
        self.ensure_one()
        reason = self._o2o_check_hand_over(dealer, reason)
        self._o2o_lock_route()
        legs = self._o2o_get_handed_legs(dealer)
        if not legs:
            raise UserError(
                self.env._(
                    "Another store serves order %(order)s already, or it has left yours; "
                    "there is nothing to hand over.",
                    order=self.name,
                )
            )
        note = self.env._(
            "Handed to HQ by %(dealer)s, who took the order: %(note)s",
            dealer=dealer.display_name,
            note=reason,
        )
        for leg in legs._for_action():
            leg._hand_over(dealer, note)
        self._o2o_update_route_state()

    def _o2o_check_hand_over(self, dealer, reason):
        reason = (reason or "").strip()
        if self.o2o_origin_dealer_id != dealer:
            raise UserError(
                self.env._(
                    "Order %(order)s was not taken by %(dealer)s.",
                    order=self.name,
                    dealer=dealer.display_name,
                )
            )
        if self.state != "sale":
            raise UserError(
                self.env._("Order %(order)s was cancelled.", order=self.name)
            )
        if not reason:
            raise UserError(
                self.env._(
                    "Say in a few words why you hand order %(order)s over.",
                    order=self.name,
                )
            )
        return reason
