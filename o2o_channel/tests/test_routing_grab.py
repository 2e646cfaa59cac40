from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_routing_chain import O2oChainCommon


@tagged("post_install", "-at_install")
class TestGrab(O2oChainCommon):
    """Several stores at once: the first to accept gets it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.write({"mode": "grab", "grab_candidates": 2})
        cls.near = cls._create_store(cls.dealer_c1, 30.6510, 104.0810, code="C1-09")

    def setUp(self):
        super().setUp()
        self.leg = self._confirm_order().dispatch_ids

    def test_the_first_to_accept_wins_and_the_other_is_told(self):
        leg = self.leg
        self.assertEqual((leg.state, leg.mode), ("offered", "grab"))
        self.assertEqual(leg.offer_ids.warehouse_id, self.store_c2 | self.store_far)
        self.assertEqual(leg.offer_ids.mapped("state"), ["open", "open"])
        self.assertFalse(
            leg.picking_ids, "nothing is reserved before somebody takes it"
        )
        self.assertEqual(self._free(self.store_c2), 10)

        leg._accept_for(self.store_far)
        self.assertEqual((leg.state, leg.warehouse_id), ("accepted", self.store_far))
        self.assertEqual(leg.dealer_id, self.dealer_c2)
        self.assertEqual(self._free(self.store_far), 9)
        states = {offer.warehouse_id: offer.state for offer in leg.offer_ids}
        self.assertEqual(states, {self.store_far: "accepted", self.store_c2: "lost"})
        with self.assertRaisesRegex(UserError, "already taken by another store, 20"):
            leg._accept_for(self.store_c2)
        with self.assertRaisesRegex(UserError, "already taken"):
            leg._reject_for(self.store_c2, self.reason)
        with self.assertRaisesRegex(UserError, "already accepted"):
            leg._accept_for(self.store_far)

    def test_a_store_that_was_not_asked_can_not_take_it(self):
        with self.assertRaisesRegex(UserError, "no longer offered to this store"):
            self.leg._accept_for(self.store_b1)
        with self.assertRaisesRegex(UserError, "open to several stores"):
            self.leg.action_accept()
        with self.assertRaisesRegex(UserError, "open to several stores"):
            self.leg.action_reject(self.reason)

    def test_it_stays_open_until_the_last_one_declines(self):
        leg = self.leg
        leg._reject_for(self.store_c2, self.reason, "roof leaks")
        self.assertEqual(leg.state, "offered")
        self.assertEqual(leg.event_ids[-1].warehouse_id, self.store_c2)
        with self.assertRaisesRegex(UserError, "no longer offered"):
            leg._accept_for(self.store_c2)
        leg._reject_for(self.store_far, "t1")
        self.assertEqual(leg.state, "rejected")
        following = self._open(leg.order_id)
        # the round is over: all that are left may take it
        self.assertTrue(following.is_pool)
        self.assertNotIn(self.store_c2, following.offer_ids.warehouse_id)

    def test_who_grabs_too_late_is_told_until_when(self):
        self.leg.write({"deadline": "2026-01-01 00:00:00"})
        with self.assertRaisesRegex(UserError, "could be accepted until 2026-01-01"):
            self.leg._accept_for(self.store_c2)

    def test_stock_that_is_gone_is_said_and_leaves_it_open(self):
        self._set_stock(self.store_c2, self.product, 0)
        with (
            self.assertRaisesRegex(UserError, "does not have all goods"),
            self.env.cr.savepoint(),
        ):
            self.leg._accept_for(self.store_c2)
        self.assertFalse(self.leg.warehouse_id)
        self.leg._accept_for(self.store_far)
        self.assertEqual(self.leg.state, "accepted")

    def test_a_day_that_filled_up_since_the_offer(self):
        self.store_c2.o2o_max_orders_day = 1
        other = self._confirm_order().dispatch_ids
        other._accept_for(self.store_c2)
        with self.assertRaisesRegex(UserError, "has its 1 orders of today"):
            self.leg._accept_for(self.store_c2)

    def test_a_suspended_dealer_is_out_and_the_others_stay_in(self):
        self.rule = self.rule.copy({"grab_candidates": 0, "sequence": 1})
        self._create_coverage(self.dealer_b1, self.jinjiang)
        leg = self._confirm_order().dispatch_ids
        self.assertIn(self.store_b1, leg.offer_ids.warehouse_id)
        self.dealer_c2.dealer_state = "suspended"
        states = {offer.warehouse_id: offer.state for offer in leg.offer_ids}
        self.assertEqual(states[self.store_c2], "withdrawn")
        self.assertEqual(states[self.store_b1], "open")
        self.assertEqual(leg.state, "offered")

    def test_when_every_dealer_is_suspended_the_leg_goes_on(self):
        self.dealer_c2.dealer_state = "suspended"
        self.assertEqual(set(self.leg.offer_ids.mapped("state")), {"withdrawn"})
        self.assertEqual(self.leg.state, "cancelled")
        following = self.leg.order_id.dispatch_ids - self.leg
        self.assertTrue(following)
        self.assertNotIn(self.store_c2, following.offer_ids.warehouse_id)

    def test_dealers_see_it_while_they_may_take_it(self):
        dispatch = self.env["o2o.dispatch"]
        domain = dispatch._get_dealer_domain(self.dealer_c2)
        outsider = dispatch._get_dealer_domain(self.dealer_b1)
        self.assertIn(self.leg, dispatch.search(domain))
        self.assertNotIn(self.leg, dispatch.search(outsider))
        self.leg.offer_ids._answer("lost")
        self.assertNotIn(self.leg, dispatch.search(domain))

    def test_headquarters_gives_it_to_one_store(self):
        self.leg.with_user(self.manager).action_assign_to(self.store_far)
        self.assertEqual(self.leg.state, "cancelled")
        self.assertEqual(set(self.leg.offer_ids.mapped("state")), {"withdrawn"})
        following = self._open(self.leg.order_id)
        self.assertEqual(
            (following.mode, following.warehouse_id), ("manual", self.store_far)
        )

    def test_a_cancelled_order_ends_it(self):
        self.leg.order_id._action_cancel()
        self.assertEqual(set(self.leg.offer_ids.mapped("state")), {"withdrawn"})
        with self.assertRaisesRegex(UserError, "no longer offered"):
            self.leg._accept_for(self.store_c2)

    def test_offers_are_kept(self):
        with self.assertRaisesRegex(UserError, "kept as a record"):
            self.leg.offer_ids.unlink()


@tagged("post_install", "-at_install")
class TestAskFirst(O2oChainCommon):
    """Stores whose stock is not believed: who accepts says that it has the goods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.ask_first = True
        for store in cls.store_c2 | cls.store_far:
            cls._set_stock(store, cls.product, 0)

    def test_it_is_offered_without_a_reservation(self):
        leg = self._confirm_order().dispatch_ids
        self.assertEqual((leg.state, leg.warehouse_id), ("offered", self.counter))
        self.assertTrue(leg.is_ask_first)
        self.assertFalse(leg.picking_ids)

    def test_accepting_declares_and_reserves_what_is_needed(self):
        leg = self._confirm_order((self.product, 3)).dispatch_ids
        leg.action_accept()
        self.assertEqual(leg.state, "accepted")
        self.assertEqual(leg.picking_ids.state, "assigned")
        quants = self.env["stock.quant"]._gather(
            self.product, self.counter.o2o_location_id
        )
        self.assertEqual(sum(quants.mapped("quantity")), 3)
        self.assertEqual(sum(quants.mapped("reserved_quantity")), 3)
        declaration = self.env["o2o.stock.declaration"].search(
            [("warehouse_id", "=", self.counter.id)]
        )
        self.assertEqual(
            (declaration.source, declaration.reference), ("accept", leg.name)
        )
        leg.action_ship()
        self.assertEqual(leg.order_id.order_line.qty_delivered, 3)

    def test_what_was_declared_and_reserved_before_is_kept(self):
        """2 there, 1 of them reserved: 1 is free, so for 3 more there must be 4."""
        first = self._confirm_order().dispatch_ids
        first.action_accept()
        self._set_stock(self.counter, self.product, 2)
        second = self._confirm_order((self.product, 3)).dispatch_ids
        second.action_accept()
        quants = self.env["stock.quant"]._gather(
            self.product, self.counter.o2o_location_id
        )
        self.assertEqual(sum(quants.mapped("quantity")), 4)
        self.assertEqual(sum(quants.mapped("reserved_quantity")), 4)

    def test_it_is_never_accepted_by_itself(self):
        self.rule.auto_accept = "always"
        self.assertEqual(self._confirm_order().dispatch_ids.state, "offered")

    def test_promised_stores_go_first(self):
        self._set_stock(self.store_far, self.product, 1)
        order = self._confirm_order()
        self.assertEqual(order.dispatch_ids.warehouse_id, self.store_far)
        order.dispatch_ids.action_reject(self.reason)
        leg = self._open(order)
        self.assertEqual((leg.warehouse_id, leg.is_ask_first), (self.counter, True))

    def test_without_the_rules_consent_it_is_not_asked(self):
        self.rule.ask_first = False
        self.assertEqual(self._confirm_order().dispatch_ids.state, "exception")
