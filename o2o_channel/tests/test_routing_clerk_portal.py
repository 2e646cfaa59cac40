from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common_portal import O2oPortalCommon

LEGS, PICKUP = "/my/o2o/dispatches", "/my/o2o/pickup"
STORE, STOCK, SCORE = "/my/o2o/store", "/my/o2o/stock", "/my/o2o/score"


@tagged("post_install", "-at_install")
class TestClerkPortal(O2oPortalCommon, HttpCase):
    """A person who works in one of the dealer's stores serves that store only."""

    def setUp(self):
        super().setUp()
        self.colleague = self._portal_user("colleague", self.dealer_c2)
        self.colleague.partner_id.o2o_store_ids = self.store_far
        self.leg = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        ).dispatch_ids

    def _pickup_address(self):
        sent = []
        self.patch(
            type(self.leg),
            "_send_pickup_code",
            lambda leg, code, token: sent.append((code, token)),
        )
        self.leg.action_accept()
        self.leg.action_ready()
        return f"{PICKUP}/{sent[-1][1]}"

    def test_a_colleague_of_another_store_cannot_hand_over(self):
        address = self._pickup_address()
        self._login(self.colleague)
        self._page(address, 404)
        self._post(f"{address}/hand", 404)
        self._page(f"{LEGS}/{self.leg.id}", 404)
        self.assertNotIn(self.leg.name, self._text(self._page(PICKUP)))
        self.assertEqual(self.leg.state, "ready")

        self.colleague.partner_id.o2o_store_ids += self.store_c2
        self._post(f"{address}/hand")
        self.assertEqual(self.leg.state, "delivered")

    def test_a_colleague_sees_the_own_store_alone(self):
        self._login(self.colleague)
        self.assertNotIn(self.leg.name, self._text(self._page(LEGS)))
        self._post(f"{LEGS}/{self.leg.id}/accept", 404)
        self.assertEqual(self.leg.state, "offered")
        for url in (STORE, STOCK, SCORE):
            text = self._text(self._page(url))
            self.assertIn(self.store_far.name, text, url)
            self.assertNotIn(self.store_c2.name, text, url)
        for url in (STOCK, SCORE):
            self._page(f"{url}/{self.store_c2.id}", 404)

    def test_a_colleague_gets_no_mail_of_another_store(self):
        self.colleague.partner_id.email = "colleague@example.com"
        self.clerk.partner_id.email = "clerk@example.com"
        found = self.dealer_c2._o2o_offer_recipients(self.store_c2)
        self.assertEqual(found, self.clerk.partner_id)
        found = self.dealer_c2._o2o_offer_recipients(self.store_far)
        self.assertEqual(found, (self.clerk + self.colleague).partner_id)

    def test_the_stores_are_those_of_the_persons_dealer(self):
        with self.assertRaisesRegex(ValidationError, "can't work in .* no store of"):
            self.rival.partner_id.o2o_store_ids = self.store_far
        with self.assertRaisesRegex(ValidationError, "no store of a dealer"):
            self.guest.partner_id.o2o_store_ids = [Command.link(self.store_far.id)]
