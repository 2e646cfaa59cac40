import re

from odoo.tests import HttpCase, tagged

from .test_routing_chain import O2oChainCommon

URL = "/my/o2o/dispatches"


@tagged("post_install", "-at_install")
class TestGrabPortal(O2oChainCommon, HttpCase):
    """Two dealers are asked at once; neither sees the consumer before it has won."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.write({"mode": "grab", "grab_candidates": 0})
        cls._create_coverage(cls.dealer_b1, cls.jinjiang)
        for login, dealer in (("winner", cls.dealer_c2), ("loser", cls.dealer_b1)):
            contact = cls.env["res.partner"].create(
                {"name": login, "parent_id": dealer.id}
            )
            cls._create_user(
                "base.group_portal",
                login=login,
                password=login * 4,
                partner_id=contact.id,
            )

    def _accept(self, leg, login, store):
        """Log in and take the leg; return the page before and the page after."""
        self.authenticate(login, login * 4)
        before = self.url_open(f"{URL}/{leg.id}").text
        token = re.search(r'csrf_token: "(\w+)"', self.url_open("/my/o2o").text)[1]
        form = {"csrf_token": token, "store": str(store.id)}
        after = self.url_open(f"{URL}/{leg.id}/accept", form).text
        self.env.invalidate_all()
        return before, after

    def test_the_consumer_stays_masked_before_and_after_losing(self):
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.offer_ids.dealer_id, self.dealer_c2 | self.dealer_b1)
        self.authenticate("loser", "loser" * 4)
        before = self.url_open(f"{URL}/{leg.id}").text
        self.assertIn(leg.name, before)
        own, won = self._accept(leg, "winner", self.store_c2)
        for page in (before, own):
            self.assertNotIn("Wang Fang", page)
            self.assertNotIn("Hongxing", page)
            self.assertNotIn("0013 8000", page)
        self.assertIn("Wang Fang", won)
        self.assertEqual((leg.state, leg.dealer_id), ("accepted", self.dealer_c2))
        late, told = self._accept(leg, "loser", self.store_b1)
        for page in (late, told):
            self.assertNotIn("Wang Fang", page)
            self.assertNotIn(leg.warehouse_id.name, page)
        self.assertIn("taken by another store", told)
        self.assertEqual(leg.dealer_id, self.dealer_c2)
