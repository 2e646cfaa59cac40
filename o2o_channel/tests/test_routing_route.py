from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

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
        self.assertEqual(first.reason, "Can serve it: 1 of 1 promised")

    def test_the_order_shows_the_stores_considered_for_the_legs_that_count(self):
        order = self._confirm_order()
        first = order.dispatch_ids
        self.assertEqual(order.o2o_candidate_ids, first.candidate_ids)
        first.action_reject("too_far")
        following = order.dispatch_ids - first
        self.assertEqual(order.o2o_candidate_ids, following.candidate_ids)

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

    def test_an_address_far_from_its_region_counts_as_the_middle_of_it(self):
        for latitude, longitude in ((31.0, 124.0), (-30.65, 104.08), (0.0, 0.0)):
            with self.subTest(latitude=latitude, longitude=longitude):
                self.consumer.write(
                    {"partner_latitude": latitude, "partner_longitude": longitude}
                )
                leg = self._confirm_order().dispatch_ids
                self.assertEqual(leg.warehouse_id, self.store_c2)
                chosen = leg.candidate_ids.filtered("eligible")[:1]
                self.assertLess(chosen.distance_km, 10)

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
        stores = self.store_c2 | self.store_far
        stores.o2o_max_orders_day = 2
        legs = [self._confirm_order().dispatch_ids for _n in range(5)]
        asked = [leg.warehouse_id for leg in legs]
        self.assertEqual([asked.count(store) for store in stores], [2, 2])
        self.assertEqual(legs[4].state, "exception")
        self.assertReasons(legs[4], dict.fromkeys(stores, "full"))

    def test_the_busier_store_goes_second(self):
        """Free load counts 0.2; at less than a kilometre it outweighs the distance."""
        (self.store_c2 | self.store_far).o2o_max_orders_day = 2
        first = self._confirm_order().dispatch_ids
        second = self._confirm_order().dispatch_ids
        self.assertEqual(first.warehouse_id, self.store_c2)
        self.assertEqual(second.warehouse_id, self.store_far)

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

    def test_a_line_reduced_later_frees_what_is_too_much(self):
        order = self._confirm_order((self.product, 3))
        order.order_line.product_uom_qty = 1
        legs = order.dispatch_ids.sorted("id")
        self.assertEqual(legs.mapped("state"), ["cancelled", "offered"])
        self.assertEqual(legs[1].line_ids.quantity, 1)
        self.assertEqual(self._free(self.store_c2), 9)
        legs[1].action_accept()
        with self.assertRaisesRegex(UserError, "Cancel the leg first"):
            order.order_line.product_uom_qty = 0

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

    def test_a_ranking_locks_no_store_and_goes_with_a_deleted_one(self):
        order = self._confirm_order()
        locking = self.env.execute_query(
            SQL(
                "SELECT conname FROM pg_constraint WHERE contype = 'f'"
                " AND conrelid = 'o2o_dispatch_candidate'::regclass"
            )
        )
        self.assertEqual(locking, [])
        candidates, gone = order.dispatch_ids.candidate_ids, self.store_b1.id
        self.assertIn(self.store_b1, candidates.warehouse_id)
        rules = self.env["stock.rule"].with_context(active_test=False)
        rules.search([("warehouse_id", "=", gone)]).unlink()
        self.store_b1.unlink()
        left = self.env["o2o.dispatch.candidate"].search(
            [("dispatch_id", "=", order.dispatch_ids.id)]
        )
        self.assertEqual(len(left), len(candidates) - 1)
        self.assertNotIn(gone, left.warehouse_id.ids)
