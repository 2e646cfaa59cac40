from datetime import datetime

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import O2oRoutingCommon


class O2oChainCommon(O2oRoutingCommon):
    """`store_c2` is the nearest, `store_far` the next, `counter` has no stock feed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counter = cls._create_store(cls.dealer_c2, 30.6100, 104.1600, code="C2-03")
        cls.counter.o2o_feed_type = "none"
        cls.rule = cls.env["o2o.routing.rule"].create(
            {"name": "All", "company_id": cls.company.id}
        )

    def _run_expiry(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref(
                "o2o_channel.ir_cron_o2o_expire_offers"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _open(self, order, state="offered"):
        return order.dispatch_ids.filtered(lambda leg: leg.state == state)


@tagged("post_install", "-at_install")
class TestChain(O2oChainCommon):
    """Offers, then the grab pool, then headquarters."""

    def test_the_story_of_r6_with_its_times(self):
        # D3: near enough and in stock, but not trusted
        self.counter.write({"o2o_feed_type": "scan", "o2o_trust": 0.55})
        self._set_stock(self.counter, self.product, 10)
        with freeze_time("2026-11-20 02:00:00"):  # 10:00 in Shanghai
            order = self._confirm_order()
        leg = order.dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_c2)
        self.assertReasons(leg, {self.counter: "low_trust"})
        self.assertEqual(leg.deadline, datetime(2026, 11, 20, 2, 30))

        self._run_expiry("2026-11-20 02:30:01")
        leg = self._open(order)
        self.assertEqual(leg.warehouse_id, self.store_far)

        with freeze_time("2026-11-20 02:40:00"):
            leg.action_reject(self.reason)
        leg = self._open(order)
        self.assertEqual((leg.mode, leg.is_pool), ("grab", True))
        self.assertFalse(leg.warehouse_id | leg.picking_ids.location_id.warehouse_id)
        self.assertEqual(leg.offer_ids.warehouse_id, self.counter)
        self.assertEqual(leg.deadline, datetime(2026, 11, 20, 3, 40))

        self._run_expiry("2026-11-20 03:40:00")
        self.assertEqual(leg.state, "offered", "its last second")
        self._run_expiry("2026-11-20 03:40:01")
        self.assertEqual((leg.state, leg.offer_ids.state), ("expired", "expired"))
        leg = self._open(order, "exception")
        self.assertEqual(leg.event_ids.date, datetime(2026, 11, 20, 3, 40, 1))
        self.assertEqual(leg.activity_ids.user_id, self.manager)
        self.assertEqual(
            leg.declined_warehouse_ids, self.store_c2 | self.store_far | self.counter
        )
        self.assertEqual(order.o2o_route_state, "exception")

    def test_after_n_turn_downs_the_rest_may_grab_it(self):
        self.rule.max_offers = 1
        order = self._confirm_order()
        order.dispatch_ids.action_reject(self.reason)
        leg = self._open(order)
        self.assertTrue(leg.is_pool)
        self.assertEqual(leg.offer_ids.warehouse_id, self.store_far | self.counter)

    def test_without_a_pool_headquarters_decides_at_once(self):
        self.rule.write({"max_offers": 1, "grab_pool": False})
        order = self._confirm_order()
        order.dispatch_ids.action_reject(self.reason)
        self.assertEqual(len(self._open(order, "exception")), 1)
        self.assertFalse(self._open(order))

    def test_headquarters_chooses_in_mode_manual(self):
        self.rule.mode = "manual"
        order = self._confirm_order()
        leg = order.dispatch_ids
        self.assertEqual((leg.state, leg.mode), ("exception", "manual"))
        self.assertEqual(leg.event_ids.note, "Headquarters chooses the store")
        self.assertEqual(leg.activity_ids.user_id, self.manager)
        self.assertEqual(self._free(self.store_c2), 10)
        leg.with_user(self.manager).action_assign_to(self.store_far)
        self.assertEqual((leg.state, leg.warehouse_id), ("offered", self.store_far))

    def test_a_rejected_pickup_waits_for_headquarters(self):
        order = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        )
        leg = order.dispatch_ids
        self.assertEqual((leg.mode, leg.warehouse_id), ("choice", self.store_c2))
        leg.action_reject(self.reason)
        self.assertFalse(self._open(order))
        self.assertEqual(len(self._open(order, "exception")), 1)

    def test_a_cascade_keeps_its_rule(self):
        """Changed, archived or preceded by another: what is under way goes on."""
        order = self._confirm_order()
        self.env["o2o.routing.rule"].create(
            {
                "name": "New",
                "sequence": 0,
                "company_id": self.company.id,
                "mode": "manual",
            }
        )
        self.rule.active = False
        order.dispatch_ids.action_reject(self.reason)
        following = self._open(order)
        self.assertEqual(following.rule_id, self.rule)
        self.assertEqual(following.warehouse_id, self.store_far)

    def test_auto_accept_of_the_rule_and_of_the_store(self):
        for of_rule, of_store, state in (
            ("store", False, "offered"),
            ("store", True, "accepted"),
            ("never", True, "offered"),
            ("always", False, "accepted"),
        ):
            self.rule.active = False
            self.rule = self.rule.copy({"auto_accept": of_rule, "active": True})
            self.store_c2.o2o_auto_accept = of_store
            with self.subTest(rule=of_rule, store=of_store):
                leg = self._confirm_order().dispatch_ids
                self.assertEqual((leg.state, leg.rule_id), (state, self.rule))

    def test_numbers_below_zero_are_refused(self):
        for field in ("grab_candidates", "max_offers"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.rule[field] = -1
                self.rule.flush_recordset()
            self.rule.invalidate_recordset()


@tagged("post_install", "-at_install")
class TestHeadquartersWarehouse(O2oChainCommon):
    """What no dealer takes is shipped by headquarters, if the rule says so."""

    def setUp(self):
        super().setUp()
        self.hq = self.env["stock.warehouse"].create(
            {"name": "Central", "code": "HQ", "company_id": self.company.id}
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.hq.lot_stock_id, 1
        )
        self.rule.write({"fallback_warehouse_id": self.hq.id, "grab_pool": False})

    def _reject_all(self, order):
        while leg := self._open(order):
            leg.action_reject(self.reason)

    def test_it_ships_from_its_own_stock_once_everybody_declined(self):
        order = self._confirm_order()
        self._reject_all(order)
        leg = order.dispatch_ids.sorted("id")[-1]
        self.assertEqual((leg.state, leg.warehouse_id), ("accepted", self.hq))
        self.assertFalse(leg.dealer_id)
        self.assertFalse(leg.activity_ids)
        self.assertEqual(
            leg.event_ids.mapped("state_to"), ["exception", "offered", "accepted"]
        )
        self.assertEqual(leg.picking_ids.location_id, self.hq.lot_stock_id)
        self.assertEqual((order.o2o_flow, order.o2o_route_state), ("on2on", "routed"))
        leg.action_ship()
        leg.action_deliver()
        self.assertEqual(order.order_line.qty_delivered, 1)
        quant = self.env["stock.quant"]._gather(self.product, self.hq.lot_stock_id)
        self.assertEqual(sum(quant.mapped("quantity")), 0)

    def test_without_stock_the_order_waits_in_the_queue(self):
        order = self._confirm_order((self.product, 2))
        self._reject_all(order)
        leg = self._open(order, "exception")
        self.assertTrue(leg.activity_ids)
        self.assertFalse(leg.warehouse_id)
        self.assertEqual(set(leg.picking_ids.mapped("state")), {"cancel"})
        with self.assertRaisesRegex(UserError, "does not have all goods"):
            leg.action_serve_from_hq()
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.hq.lot_stock_id, 1
        )
        leg.with_user(self.manager).action_serve_from_hq()
        self.assertEqual((leg.state, leg.warehouse_id), ("accepted", self.hq))
        self.assertFalse(leg.activity_ids)
        with self.assertRaisesRegex(UserError, "already accepted"):
            leg.action_serve_from_hq()

    def test_it_may_pick_before_it_ships(self):
        self.hq.delivery_steps = "pick_ship"
        order = self._confirm_order()
        self._reject_all(order)
        leg = order.dispatch_ids.sorted("id")[-1]
        self.assertEqual(leg.state, "accepted")
        pick = leg.picking_ids
        with self.assertRaisesRegex(UserError, "Look at its transfers"):
            leg.action_ship()
        pick.move_ids.picked = True
        pick.button_validate()
        self.assertEqual(leg.state, "accepted")
        leg.action_ship()
        self.assertEqual(leg.state, "shipped")

    def test_a_dealers_store_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "belongs to dealer"):
            self.rule.fallback_warehouse_id = self.store_b1

    def test_a_rule_without_one_says_so(self):
        self.rule.write({"fallback_warehouse_id": False, "mode": "manual"})
        leg = self._confirm_order().dispatch_ids
        with self.assertRaisesRegex(UserError, "names no warehouse"):
            leg.action_serve_from_hq()


@tagged("post_install", "-at_install")
class TestOpeningHours(O2oChainCommon):
    """The time to accept runs while the store is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "9 to 21",
                "tz": "Asia/Shanghai",
                "company_id": cls.company.id,
                "attendance_ids": [
                    (
                        0,
                        0,
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 21,
                            "day_period": "full_day",
                        },
                    )
                    for day in range(7)
                ],
            }
        )
        cls.store_c2.o2o_calendar_id = cls.calendar

    def _deadline_at(self, moment):
        with freeze_time(moment):
            return self._confirm_order().dispatch_ids.deadline

    def test_an_offer_in_the_evening_runs_until_the_morning(self):
        # 20:50 in Shanghai -> 09:20 the next day
        self.assertEqual(
            self._deadline_at("2026-11-20 12:50:00"), datetime(2026, 11, 21, 1, 20)
        )

    def test_a_holiday_is_left_out(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Stocktaking",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": "2026-11-20 16:00:00",
                "date_to": "2026-11-21 16:00:00",
            }
        )
        self.assertEqual(
            self._deadline_at("2026-11-20 12:50:00"), datetime(2026, 11, 22, 1, 20)
        )

    def test_the_stores_own_zone_goes_first(self):
        self.store_c2.o2o_tz = "Asia/Urumqi"  # two hours behind Shanghai's clock
        self.assertEqual(
            self._deadline_at("2026-11-20 12:50:00"), datetime(2026, 11, 20, 13, 20)
        )

    def test_plain_minutes_when_the_rule_or_the_store_says_so(self):
        self.rule.business_minutes = False
        self.assertEqual(
            self._deadline_at("2026-11-20 12:50:00"), datetime(2026, 11, 20, 13, 20)
        )
        self.rule.business_minutes = True
        self.calendar.unlink()
        self.assertFalse(self.store_c2.o2o_calendar_id)
        self.assertEqual(
            self._deadline_at("2026-11-20 12:50:00"), datetime(2026, 11, 20, 13, 20)
        )

    def test_opening_hours_without_hours_are_refused(self):
        empty = self.calendar.copy({"attendance_ids": [(5, 0, 0)]})
        with self.assertRaisesRegex(ValidationError, "never open long enough"):
            self.store_c2.o2o_calendar_id = empty

    def test_a_store_whose_hours_were_emptied_is_skipped(self):
        self.calendar.attendance_ids.unlink()
        order = self._confirm_order()
        skipped, following = order.dispatch_ids.sorted("id")
        self.assertEqual(skipped.state, "cancelled")
        self.assertIn("never open long enough", skipped.event_ids.note)
        self.assertEqual(
            (following.state, following.warehouse_id), ("offered", self.store_far)
        )
        self.assertEqual(self._free(self.store_c2), 10)

    def test_the_form_shows_the_hours(self):
        with Form(self.store_c2) as form:
            self.assertEqual(form.o2o_calendar_id, self.calendar)
