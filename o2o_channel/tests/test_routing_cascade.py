from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestCascade(O2oRoutingCommon):
    """Rejected, expired, handed back: the next store, then headquarters."""

    def test_a_reject_frees_the_stock_and_asks_the_next_store(self):
        leg = self._confirm_order().dispatch_ids
        leg.action_reject(self.reason, "sold this morning")
        following = leg.order_id.dispatch_ids - leg
        self.assertEqual((leg.state, leg.warehouse_id), ("rejected", self.store_c2))
        self.assertEqual(
            (leg.reject_reason_id, leg.reject_note), (self.reason, "sold this morning")
        )
        self.assertEqual(leg.picking_ids.state, "cancel")
        self.assertEqual(self._free(self.store_c2), 10)
        self.assertEqual(
            (following.state, following.warehouse_id), ("offered", self.store_far)
        )
        self.assertEqual(following.previous_id, leg)
        self.assertReasons(following, {self.store_c2: "rejected"})

    def test_when_nobody_is_left_headquarters_gets_an_activity(self):
        leg = self._confirm_order().dispatch_ids
        order = leg.order_id
        for _n in range(2):
            leg = order.dispatch_ids.filtered(lambda one: one.state == "offered")
            leg.action_reject(self.reason)
        queued = order.dispatch_ids.filtered(lambda one: one.state == "exception")
        self.assertEqual(len(order.dispatch_ids), 3)
        self.assertFalse(
            queued.warehouse_id | queued.candidate_ids.filtered("eligible").warehouse_id
        )
        self.assertEqual(order.o2o_route_state, "exception")
        self.assertEqual(queued.activity_ids.user_id, self.manager)
        self.assertEqual(queued.declined_warehouse_ids, self.store_c2 | self.store_far)

    def test_a_reject_needs_a_reason_and_some_reasons_a_note(self):
        leg = self._confirm_order().dispatch_ids
        with self.assertRaisesRegex(UserError, "Choose why"):
            leg.action_reject(None)
        with self.assertRaisesRegex(UserError, "Choose why"):
            leg.action_reject("no such code")
        self.reason.note_required = True
        with self.assertRaisesRegex(UserError, "asks for a note"):
            leg.action_reject("t1", "  ")
        leg.action_reject("t1", "roof leaks")
        self.assertEqual(leg.state, "rejected")

    def test_an_offer_without_answer_goes_to_the_next_store(self):
        with freeze_time("2026-11-20 02:00:00"):
            leg = self._confirm_order().dispatch_ids
        self._expire_at("2026-11-20 02:30:00")
        self.assertEqual(
            leg.state, "offered", "the second of the deadline is the store's"
        )
        self._expire_at("2026-11-20 02:30:01")
        following = leg.order_id.dispatch_ids - leg
        self.assertEqual(
            (leg.state, leg.event_ids[-1].note), ("expired", "No answer in time")
        )
        self.assertEqual(
            (following.state, following.warehouse_id), ("offered", self.store_far)
        )
        self.assertEqual(self._free(self.store_c2), 10)

    def _expire_at(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref(
                "o2o_channel.ir_cron_o2o_expire_offers"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_a_leg_that_fails_does_not_block_the_others(self):
        with freeze_time("2026-11-20 02:00:00"):
            broken, other = (self._confirm_order().dispatch_ids for _n in range(2))
        expire = type(broken)._expire

        def expire_or_fail(leg):
            if leg == broken:
                raise ZeroDivisionError("a fault in somebody's extension")
            return expire(leg)

        self.patch(self.registry["o2o.dispatch"], "_expire", expire_or_fail)
        module = "odoo.addons.o2o_channel.models.routing.o2o_dispatch_expiry"
        with self.assertLogs(module, "ERROR") as logs:
            self._expire_at("2026-11-20 02:30:01")
        self.assertIn(str(broken.id), logs.output[0])
        self.assertEqual((broken.state, other.state), ("offered", "expired"))

    def test_an_accept_in_the_last_second_counts_and_one_later_does_not(self):
        with freeze_time("2026-11-20 02:00:00"):
            in_time, late = (self._confirm_order().dispatch_ids for _n in range(2))
        with freeze_time("2026-11-20 02:30:00"):
            in_time.action_accept()
        with (
            freeze_time("2026-11-20 02:30:01"),
            self.assertRaisesRegex(UserError, "2026-11-20"),
        ):
            late.action_accept()
        self._expire_at("2026-11-20 02:31:00")
        self.assertEqual((in_time.state, late.state), ("accepted", "expired"))

    def test_a_leg_handed_to_hq_waits_there_and_frees_the_stock(self):
        leg = self._confirm_order().dispatch_ids
        leg.action_accept()
        leg.action_hand_to_hq("van broke down")
        self.assertEqual((leg.state, leg.warehouse_id.ids), ("exception", []))
        self.assertEqual(self._free(self.store_c2), 10)
        self.assertIn("van broke down", leg.event_ids[-1].note)
        self.assertEqual(leg.event_ids[-1].warehouse_id, self.store_c2)
        self.assertEqual(leg.activity_ids.user_id, self.manager)

    def test_hq_chooses_a_store_for_an_exception(self):
        leg = self._confirm_order().dispatch_ids
        leg.action_hand_to_hq("no staff")
        choice = leg.candidate_ids.filtered(lambda c: c.warehouse_id == self.store_c1)
        self.assertEqual(choice.reason_code, "outranked")
        choice.with_user(self.manager).action_choose()
        self.assertEqual((leg.state, leg.warehouse_id), ("offered", self.store_c1))
        self.assertFalse(leg.activity_ids)
        self.assertEqual(leg.order_id.o2o_route_state, "routed")
        self.assertEqual(self._free(self.store_c1), 9)

    def test_hq_moves_an_accepted_leg(self):
        leg = self._confirm_order().dispatch_ids
        leg.action_accept()
        leg.with_user(self.manager).action_assign_to(self.store_far)
        following = leg.order_id.dispatch_ids - leg
        self.assertEqual((leg.state, following.state), ("cancelled", "offered"))
        self.assertEqual(following.warehouse_id, self.store_far)
        self.assertEqual(len(following.candidate_ids), len(leg.candidate_ids))
        self.assertEqual(
            (self._free(self.store_c2), self._free(self.store_far)), (10, 9)
        )

    def test_hq_cannot_choose_an_empty_or_closed_store_or_the_same_one(self):
        leg = self._confirm_order().dispatch_ids
        with self.assertRaisesRegex(UserError, "already"):
            leg.action_assign_to(self.store_c2)
        self._set_stock(self.store_far, self.product, 0)
        with self.assertRaisesRegex(UserError, "could not be reserved"):
            leg.action_assign_to(self.store_far)
        self.dealer_b1.dealer_state = "suspended"
        with self.assertRaisesRegex(UserError, "not active"):
            leg.action_assign_to(self.store_b1)
        own = self.env["stock.warehouse"].create(
            {"name": "HQ", "code": "HQ", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "not a dealer's store"):
            leg.action_assign_to(own)

    def test_a_suspended_dealer_loses_its_open_offers_only(self):
        offered, accepted = (self._confirm_order().dispatch_ids for _n in range(2))
        accepted.action_accept()
        self.dealer_c2.dealer_state = "suspended"
        self.assertEqual((offered.state, accepted.state), ("cancelled", "accepted"))
        # without C2 its tier-1 dealer's area is the nearest
        following = offered.order_id.dispatch_ids - offered
        self.assertEqual(
            (following.state, following.dealer_id), ("offered", self.dealer_c1)
        )
        self.assertEqual(self.dealer_c2._o2o_open_dispatches(), {self.dealer_c2.id: 1})

    def test_a_leg_of_the_exception_queue_is_offered_once_stock_is_there(self):
        for store in self.store_c2 | self.store_far:
            self._set_stock(store, self.product, 0)
        order = self._confirm_order()
        self.assertEqual(order.dispatch_ids.state, "exception")
        self._set_stock(self.store_far, self.product, 1)
        order.action_o2o_route()
        self.assertEqual(
            order.dispatch_ids.sorted("id").mapped("state"), ["cancelled", "offered"]
        )
        self.assertEqual(order.o2o_route_state, "routed")
        self.assertFalse(order.dispatch_ids.activity_ids)


@tagged("post_install", "-at_install")
class TestPending(O2oRoutingCommon):
    """Orders whose routing was put off or broken off are finished by a cron."""

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "o2o_channel.ir_cron_o2o_route_pending"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_waiting_orders_are_finished_and_nothing_is_done_twice(self):
        orders = self.env["sale.order"].union(
            *(self._create_order() for _n in range(3))
        )
        orders.with_context(o2o_route_later=True).action_confirm()
        self.assertEqual(set(orders.mapped("o2o_route_state")), {"to_route"})
        # a run that was broken off between two orders
        orders[0]._o2o_route()
        self._run()
        self._run()
        self.assertEqual(set(orders.mapped("o2o_route_state")), {"routed"})
        self.assertEqual([len(order.dispatch_ids) for order in orders], [1, 1, 1])
        self.assertEqual(self._free(self.store_c2), 7)

    def test_an_order_that_fails_does_not_block_the_others(self):
        orders = self.env["sale.order"].union(
            *(self._create_order() for _n in range(2))
        )
        orders.with_context(o2o_route_later=True).action_confirm()
        # the first one's goods may not go to where it wants them
        nowhere = self.env["stock.location"].create(
            {"name": "Nowhere", "usage": "supplier"}
        )
        other = self.consumer.copy({"property_stock_customer": nowhere.id})
        orders[0].partner_shipping_id = other
        orders[0].o2o_region_id = self.jinjiang
        self._run()
        self.assertEqual(orders.mapped("o2o_route_state"), ["exception", "routed"])
        self.assertIn("No rule has been found", orders[0].activity_ids.note)
        self.assertFalse(orders[0].dispatch_ids)

    def test_nor_does_one_that_fails_in_another_way(self):
        orders = self.env["sale.order"].union(
            *(self._create_order() for _n in range(2))
        )
        orders.with_context(o2o_route_later=True).action_confirm()
        route = type(orders)._o2o_route_one

        def route_or_fail(order):
            if order == orders[0]:
                raise ZeroDivisionError("a fault in somebody's extension")
            return route(order)

        self.patch(self.registry["sale.order"], "_o2o_route_one", route_or_fail)
        module = "odoo.addons.o2o_channel.models.routing.sale_order"
        with self.assertLogs(module, "ERROR"):
            self._run()
        self.assertEqual(orders.mapped("o2o_route_state"), ["exception", "routed"])
        self.assertIn("a fault", orders[0].activity_ids.note)
