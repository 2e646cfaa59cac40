from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestRoute(O2oRoutingCommon):
    """Confirmation offers an order to the nearest store that can serve it."""

    def test_the_nearest_store_of_the_area_is_asked_and_all_are_recorded(self):
        order = self._confirm_order()
        leg = order.dispatch_ids
        self.assertEqual(
            (leg.warehouse_id, leg.dealer_id), (self.store_c2, self.dealer_c2)
        )
        self.assertEqual((leg.state, order.o2o_route_state), ("offered", "routed"))
        self.assertReasons(
            leg,
            {
                self.store_c2: "eligible",
                self.store_far: "eligible",
                self.store_c1: "outranked",
                self.store_b1: "not_covered",
            },
        )
        first = leg.candidate_ids[0]
        self.assertEqual((first.warehouse_id, first.rank), (self.store_c2, 1))
        self.assertAlmostEqual(first.distance_km, 0.778, 2)
        self.assertEqual(first.reason, "Can serve it: 1 of 1 on hand")

    def test_the_offer_reserves_in_the_pool_and_names_the_leg(self):
        order = self._confirm_order((self.product, 3))
        leg = order.dispatch_ids
        self.assertEqual(self._free(self.store_c2), 7)
        self.assertEqual(leg.picking_ids, order.picking_ids)
        self.assertEqual(leg.picking_ids.location_id, self.store_c2.o2o_location_id)
        self.assertEqual(leg.move_ids.sale_line_id, order.order_line)
        self.assertEqual(leg.move_ids.state, "assigned")
        self.assertEqual(leg.line_ids.quantity, 3)

    def test_the_deadline_is_the_rules(self):
        self.env["o2o.routing.rule"].create({"name": "Quick", "accept_minutes": 15})
        with freeze_time("2026-11-20 02:00:00"):
            leg = self._confirm_order().dispatch_ids
        self.assertEqual(
            leg.deadline, fields.Datetime.to_datetime("2026-11-20 02:15:00")
        )
        trigger = self.env["ir.cron.trigger"].search(
            [
                (
                    "cron_id",
                    "=",
                    self.env.ref("o2o_channel.ir_cron_o2o_expire_offers").id,
                )
            ],
            order="id desc",
            limit=1,
        )
        self.assertEqual(trigger.call_at, leg.deadline + timedelta(seconds=1))

    def test_of_two_rules_the_first_that_matches_is_used(self):
        rules = self.env["o2o.routing.rule"].create(
            [
                {"name": "Beijing", "sequence": 1, "region_ids": self.beijing.ids},
                {"name": "Sichuan", "sequence": 2, "region_ids": self.sichuan.ids},
                {"name": "All", "sequence": 3},
            ]
        )
        self.assertEqual(self._confirm_order().dispatch_ids.rule_id, rules[1])

    def test_a_store_beyond_the_limit_or_without_place_is_not_asked(self):
        self.env["o2o.routing.rule"].create({"name": "Near", "max_distance_km": 5})
        self._set_stock(self.store_c2, self.product, 0)
        self.store_far.partner_id.partner_latitude = 0
        self.store_far.partner_id.partner_longitude = 0
        leg = self._confirm_order().dispatch_ids
        self.assertReasons(
            leg, {self.store_c2: "no_stock", self.store_far: "unknown_distance"}
        )
        self.assertEqual(leg.state, "exception")

    def test_nonsense_in_a_rule_is_refused(self):
        for values in ({"accept_minutes": 0}, {"max_distance_km": -1}):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env["o2o.routing.rule"].create({"name": "Bad", **values})
        with self.assertRaises(ValidationError):
            self.env["o2o.routing.rule"].create(
                {"name": "Bad", "date_from": "2026-02-01", "date_to": "2026-01-01"}
            )

    def test_dealers_who_do_not_qualify_are_dropped_with_their_reason(self):
        counter = self._create_dealer(
            name="Counter",
            dealer_code="K1",
            dealer_kind="concession",
            dealer_tier=False,
        )
        books = self.env["product.category"].create({"name": "Books"})
        bookshop = self._create_dealer(name="Bookshop", dealer_code="K2")
        sleeper = self._create_dealer(name="Sleeper", dealer_code="K3")
        self._create_coverage(counter, self.jinjiang)
        self._create_coverage(bookshop, self.jinjiang, categ_id=books.id)
        self._create_coverage(sleeper, self.jinjiang)
        stores = {}
        for dealer in counter | bookshop | sleeper:
            stores[dealer] = self._create_store(dealer, 30.65, 104.08)
            self._set_stock(stores[dealer], self.product, 10)
        sleeper.dealer_state = "suspended"
        leg = self._confirm_order().dispatch_ids
        self.assertReasons(
            leg,
            {
                stores[counter]: "no_feed",
                stores[bookshop]: "not_authorised",
                stores[sleeper]: "inactive",
            },
        )
        reason = leg.candidate_ids.filtered(lambda c: c.dealer_id == sleeper).reason
        self.assertEqual(reason, "The dealer is suspended")
        self.assertEqual(leg.warehouse_id, self.store_c2)

    def test_goods_without_a_category_go_to_who_serves_all_goods(self):
        self.product.categ_id = False
        self.coverage_c1.categ_id = self.category
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_c2)
        self.assertReasons(leg, {self.store_c1: "not_authorised"})

    def test_a_day_limit_is_met_exactly(self):
        self.store_c2.o2o_max_orders_day = 2
        legs = [self._confirm_order().dispatch_ids for _n in range(3)]
        self.assertEqual(
            [leg.warehouse_id for leg in legs],
            [self.store_c2, self.store_c2, self.store_far],
        )
        self.assertReasons(legs[2], {self.store_c2: "full"})

    def test_an_order_that_no_store_has_whole_is_divided(self):
        kettle = self._create_product(name="Kettle")
        self._set_stock(self.store_far, kettle, 5)
        self._set_stock(self.store_far, self.product, 0)
        order = self._confirm_order((self.product, 1), (kettle, 2))
        shares = {
            leg.warehouse_id: leg.line_ids.product_id for leg in order.dispatch_ids
        }
        self.assertEqual(shares, {self.store_c2: self.product, self.store_far: kettle})
        self.assertEqual(len(order.picking_ids), 2)

    def test_a_line_larger_than_any_pool_is_gathered(self):
        order = self._confirm_order((self.product, 15))
        shares = {leg.warehouse_id: leg.line_ids.quantity for leg in order.dispatch_ids}
        self.assertEqual(shares, {self.store_c2: 10, self.store_far: 5})

    def test_a_line_by_the_dozen_stays_whole(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._create_order((self.product, 1))
        order.order_line.product_uom_id = dozen
        order.action_confirm()
        leg = order.dispatch_ids
        self.assertEqual((leg.state, leg.line_ids.quantity), ("exception", 1))
        self._set_stock(self.store_far, self.product, 12)
        order._o2o_route()
        leg = order.dispatch_ids.filtered(lambda one: one.state == "offered")
        self.assertEqual((leg.warehouse_id, leg.line_ids.quantity), (self.store_far, 1))
        self.assertEqual(leg.move_ids.product_qty, 12)

    def test_services_and_notes_are_not_dispatched(self):
        service = self.env["product.product"].create(
            {"name": "Warranty", "type": "service"}
        )
        order = self._confirm_order((self.product, 1), (service, 1))
        self.assertEqual(order.dispatch_ids.line_ids.product_id, self.product)
        only_service = self._confirm_order((service, 1))
        self.assertFalse(only_service.dispatch_ids)
        self.assertEqual(only_service.o2o_route_state, "routed")

    def test_routing_again_changes_nothing(self):
        order = self._confirm_order((self.product, 3))
        order._o2o_route()
        order._o2o_route()
        self.assertEqual(len(order.dispatch_ids), 1)
        self.assertEqual(len(order.picking_ids), 1)
        self.assertEqual(self._free(self.store_c2), 7)

    def test_a_line_added_later_is_routed_as_well(self):
        order = self._confirm_order()
        self.env["sale.order.line"].create(
            {"order_id": order.id, "product_id": self.product.id, "product_uom_qty": 2}
        )
        self.assertEqual(
            order.dispatch_ids.sorted("id").mapped("line_ids.quantity"), [1, 2]
        )

    def test_the_region_set_later_routes_the_order(self):
        self.consumer.write({"o2o_region_code": False, "city": "Atlantis"})
        order = self._confirm_order()
        self.assertEqual(
            (order.o2o_route_state, order.dispatch_ids.ids), ("unplaced", [])
        )
        order.o2o_region_id = self.jinjiang
        order.action_o2o_route()
        self.assertEqual(order.dispatch_ids.warehouse_id, self.store_c2)

    def test_a_store_that_accepts_automatically_does(self):
        self.store_c2.o2o_auto_accept = True
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.state, "accepted")
        self.assertEqual(leg.event_ids.mapped("state_to"), ["offered", "accepted"])
        self.assertIn("automatically", leg.event_ids[-1].note)

    def test_an_order_without_channel_is_left_alone(self):
        order = self._confirm_order(o2o_channel_id=False)
        self.assertFalse(order.dispatch_ids)
        self.assertFalse(order.o2o_flow)

    def test_the_flow_follows_the_channel(self):
        expected = {
            "own_shop": "on2off",
            "platform": "on2off",
            "store_qr": "off2on",
            "counter": "off2off",
        }
        for kind, flow in expected.items():
            channel = self._create_channel(code=kind, name=kind, kind=kind)
            order = self._create_order(o2o_channel_id=channel.id)
            self.assertEqual(order.o2o_flow, flow)

    def test_many_orders_confirmed_at_once_share_the_stock(self):
        orders = self.env["sale.order"].union(
            *(self._create_order((self.product, 4)) for _n in range(6))
        )
        orders.action_confirm()
        self.assertEqual(
            orders.mapped("o2o_route_state"), ["routed"] * 5 + ["exception"]
        )
        self.assertEqual(self._free(self.store_c2), 0)
        self.assertEqual(self._free(self.store_far), 0)


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
        with self.assertRaisesRegex(UserError, "does not have all goods"):
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
        self.assertEqual((offered.state, accepted.state), ("expired", "accepted"))
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
