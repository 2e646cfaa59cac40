import re

from lxml import html

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .test_routing_chain import O2oChainCommon

URL = "/my/o2o/orders"


class O2oHandoverCommon(O2oChainCommon):
    """B1 in Beijing takes an order at its counter, for an address in Chengdu."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counter_channel = cls._create_channel(
            name="B1's counter", code="CNT-B1", kind="counter"
        )
        cls.rule.mode = "manual"

    def _take_order(self):
        """Headquarters gave it to B1 itself, which has it in stock."""
        self._set_stock(self.store_b1, self.product, 5)
        order = self._confirm_order(
            o2o_channel_id=self.counter_channel.id,
            o2o_origin_dealer_id=self.dealer_b1.id,
        )
        order.dispatch_ids.action_assign_to(self.store_b1)
        return order


@tagged("post_install", "-at_install")
class TestHandover(O2oHandoverCommon):
    """R6.6: the order changes its store, not its owner."""

    def test_it_waits_for_headquarters_which_picks_the_store(self):
        order = self._take_order()
        order.dispatch_ids.action_accept()
        order._o2o_hand_to_hq(self.dealer_b1, "too far for our van")
        leg = order.dispatch_ids
        self.assertEqual((leg.state, leg.warehouse_id.id), ("exception", False))
        note = leg.event_ids[-1].note
        self.assertIn("who took the order: too far for our van", note)
        self.assertTrue(leg.activity_ids)
        self.assertEqual(self._free(self.store_b1), 5)
        self.assertEqual(order.o2o_route_state, "exception")

        leg.with_user(self.manager).action_assign_to(self.store_c2)
        leg.action_accept()
        leg.action_ship()
        leg.action_deliver()
        self.assertEqual(order.o2o_origin_dealer_id, self.dealer_b1)
        self.assertEqual(leg.dealer_id, self.dealer_c2)
        self.assertEqual(order.o2o_flow, "off2off")
        # the consumer has this order and no other
        orders = self.env["sale.order"].search([("partner_id", "=", self.consumer.id)])
        self.assertEqual(orders, order)
        self.assertFalse(
            order.message_partner_ids & (self.dealer_b1 | self.dealer_c2),
            "the consumer's one contact is headquarters",
        )

    def test_by_the_rule_it_goes_to_the_next_store_at_once(self):
        self.rule.active = False
        self.rule.copy({"mode": "assign", "hand_over": "route", "active": True})
        self._create_coverage(self.dealer_b1, self.jinjiang)
        self._set_stock(self.store_b1, self.product, 5)
        order = self._confirm_order(o2o_origin_dealer_id=self.dealer_b1.id)
        leg = order.dispatch_ids
        if leg.warehouse_id != self.store_b1:
            leg.action_assign_to(self.store_b1)
            leg = self._open(order)
        leg.action_accept()
        order._o2o_hand_to_hq(self.dealer_b1, "no van")
        following = self._open(order)
        self.assertEqual(
            (leg.state, following.dealer_id), ("cancelled", self.dealer_c2)
        )
        self.assertIn(self.store_b1, following.declined_warehouse_ids)
        self.assertEqual(order.o2o_origin_dealer_id, self.dealer_b1)

    def test_what_can_not_be_handed_over_is_said(self):
        order = self._take_order()
        for dealer, reason, text in (
            (self.dealer_c2, "why", "was not taken by"),
            (self.dealer_b1, "  ", "Say in a few words why"),
        ):
            with self.assertRaisesRegex(UserError, text):
                order._o2o_hand_to_hq(dealer, reason)
        order.dispatch_ids.action_assign_to(self.store_c2)
        self._open(order).action_accept()
        with self.assertRaisesRegex(UserError, "Another store serves order"):
            order._o2o_hand_to_hq(self.dealer_b1, "no van")
        order._action_cancel()
        with self.assertRaisesRegex(UserError, "was cancelled"):
            order._o2o_hand_to_hq(self.dealer_b1, "no van")

    def test_what_waits_already_is_noted_again(self):
        order = self._take_order()
        order._o2o_hand_to_hq(self.dealer_b1, "no van")
        order._o2o_hand_to_hq(self.dealer_b1, "the customer asks again")
        leg = order.dispatch_ids
        self.assertEqual(leg.state, "exception")
        self.assertIn("asks again", leg.activity_ids.note)
        self.assertEqual(len(leg.activity_ids), 1)

    def test_the_states_in_plain_words(self):
        order = self._take_order()
        seen = [order._o2o_get_plain_state()[0]]
        for action in ("action_accept", "action_ship", "action_deliver"):
            getattr(order.dispatch_ids, action)()
            seen.append(order._o2o_get_plain_state()[0])
        self.assertEqual(seen, ["offered", "preparing", "shipped", "delivered"])
        other = self._confirm_order(o2o_origin_dealer_id=self.dealer_b1.id)
        self.assertEqual(other._o2o_get_plain_state()[0], "waiting")
        other._action_cancel()
        self.assertEqual(other._o2o_get_plain_state()[0], "cancelled")


@tagged("post_install", "-at_install")
class TestHandoverPortal(O2oHandoverCommon, HttpCase):
    """The page "My orders" of the dealer who took them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for login, dealer in (("origin", cls.dealer_b1), ("other", cls.dealer_c2)):
            contact = cls.env["res.partner"].create(
                {"name": login, "parent_id": dealer.id}
            )
            cls._create_user(
                "base.group_portal",
                login=login,
                password=login * 4,
                partner_id=contact.id,
            )

    def _login(self, login):
        self.authenticate(login, login * 4)

    def _page(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def _hand(self, order, note):
        token = re.search(r'csrf_token: "(\w+)"', self.url_open("/my/o2o").text)
        response = self.url_open(
            f"{URL}/{order.id}/hand", {"csrf_token": token[1], "note": note}
        )
        self.env.invalidate_all()
        return response

    def test_the_dealer_hands_an_order_over(self):
        order = self._take_order()
        self._login("origin")
        text = self._page(URL).text_content()
        self.assertIn(order.name, text)
        self.assertIn("A store is being asked", text)
        self.assertNotIn("Wang Fang", text)
        self.assertNotIn("Hongxing", text)
        page = self._page(f"{URL}/{order.id}")
        self.assertTrue(page.xpath("//*[@id='o2o_hand_to_hq']"))
        self.assertIn("Headquarters has it", self._hand(order, "no van").text)
        self.assertEqual(order.dispatch_ids.state, "exception")

        order.dispatch_ids.action_assign_to(self.store_c2)
        order.dispatch_ids.action_accept()
        page = self._page(f"{URL}/{order.id}")
        self.assertIn("Another store", page.text_content())
        self.assertNotIn(self.store_c2.name, page.text_content())
        self.assertFalse(page.xpath("//*[@id='o2o_hand_to_hq']"))
        self.assertIn("nothing to hand over", self._hand(order, "again").text)

    def test_another_dealer_does_not_see_it(self):
        order = self._take_order()
        self._login("other")
        self.assertNotIn(order.name, self._page(URL).text_content())
        self._page(f"{URL}/{order.id}", 404)
        self.assertEqual(self._hand(order, "mine").status_code, 404)
        self.assertEqual(order.dispatch_ids.state, "offered")
