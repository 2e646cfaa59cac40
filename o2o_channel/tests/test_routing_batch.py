from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import O2oRoutingCommon


class BatchCommon(O2oRoutingCommon):
    """Two stores of C2 with one slot each, and consumers north and south of both.

    First come: the first consumer takes the store in the middle, the second one goes
    far. Together: each gets the store on its own side."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.wait_for_batch = True
        cls.dealer_c2.dealer_state = "active"
        cls._place(cls.store_c2, 30.65)
        cls._place(cls.store_far, 30.80)
        (cls.store_c2 | cls.store_far).o2o_max_orders_day = 1

    @classmethod
    def _place(cls, store, latitude):
        store.partner_id.write(
            {"partner_latitude": latitude, "partner_longitude": 104.08}
        )

    @classmethod
    def _wait(cls, latitude=30.65, *lines, **values):
        """A sold order that waits, of a consumer at this latitude."""
        consumer = cls.consumer.copy(
            {"partner_latitude": latitude, "partner_longitude": 104.08}
        )
        return cls._confirm_order(*lines, partner_id=consumer.id, **values)

    @classmethod
    def _batch(cls, **values):
        return cls.env["o2o.routing.batch"].create(
            {"company_id": cls.company.id, **values}
        )

    def _apply(self, batch):
        batch.action_apply()
        self._run_cron("ir_cron_o2o_routing_batch")

    def _run_cron(self, name):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"o2o_channel.{name}").sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _stores(self, batch):
        return {line.order_id: line.warehouse_id for line in batch.line_ids}


@tagged("post_install", "-at_install")
class TestRoutingBatch(BatchCommon):
    """Waiting orders: planned together, looked at, applied one by one."""

    def test_a_new_order_of_a_waiting_channel_is_not_offered(self):
        order = self._wait()
        self.assertEqual(order.o2o_route_state, "to_route")
        self.assertTrue(order.o2o_wait_batch)
        self.assertFalse(order.dispatch_ids)
        self._run_cron("ir_cron_o2o_route_pending")
        self.assertFalse(order.dispatch_ids)

    def test_a_pickup_and_the_button_do_not_wait(self):
        pickup = self._wait(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        )
        self.assertEqual(pickup.dispatch_ids.warehouse_id, self.store_c2)
        order = self._wait(30.80)
        order.action_o2o_route()
        self.assertEqual(order.dispatch_ids.warehouse_id, self.store_far)
        self.assertFalse(order.o2o_wait_batch)

    def test_the_plan_is_better_than_first_come(self):
        first = self._wait(30.72)  # a bit nearer to C2-01
        second = self._wait(30.60)  # far from C2-02
        batch = self._batch()
        self.assertEqual(batch.open_count, 2)
        batch.action_plan()
        self.assertEqual(batch.state, "planned")
        self.assertTrue(batch.is_optimal)
        self.assertEqual(
            self._stores(batch), {first: self.store_far, second: self.store_c2}
        )
        self.assertAlmostEqual(batch.distance_km, 14.5, 1)
        self.assertAlmostEqual(batch.first_km, 30.0, 1)
        self.assertAlmostEqual(batch.saved_km, 15.6, 1)
        self.assertFalse(first.dispatch_ids, "a plan offers nothing")
        line = batch.line_ids.filtered(lambda line: line.order_id == first)
        self.assertEqual(line.first_warehouse_id, self.store_c2)
        self.assertEqual(line.goods, "1 × E-1001")

    def test_applying_offers_as_planned_and_records_the_decision(self):
        first, second = self._wait(30.72), self._wait(30.60)
        batch = self._batch()
        batch.action_plan()
        self._apply(batch)
        self.assertEqual(batch.state, "done")
        self.assertEqual(batch.done_count, 2)
        self.assertEqual(first.dispatch_ids.warehouse_id, self.store_far)
        self.assertEqual(second.dispatch_ids.warehouse_id, self.store_c2)
        self.assertEqual(first.dispatch_ids.state, "offered")
        self.assertEqual(first.o2o_route_state, "routed")
        decision = first.dispatch_ids.decision_id
        self.assertEqual(decision.trigger, "batch")
        self.assertEqual(decision.warehouse_id, self.store_far)
        self.assertTrue(first.dispatch_ids.candidate_ids)

    def test_one_more_slot_is_said_in_words(self):
        self._wait(30.64), self._wait(30.66)
        batch = self._batch()
        batch.action_plan()
        price = batch.price_ids.filtered(lambda price: not price.product_id)
        self.assertEqual(price.warehouse_id, self.store_c2)
        self.assertIn("One more slot at", price.text)
        self.assertAlmostEqual(price.km, 14.5, 1)

    def test_what_nobody_can_serve_stays_with_its_reason(self):
        orders = [self._wait() for _number in range(3)]
        rare = self._create_product(default_code="RARE")
        orders.append(self._wait(30.65, (rare, 1)))
        batch = self._batch()
        batch.action_plan()
        left = batch.line_ids.filtered(lambda line: line.state == "unassigned")
        reasons = {line.order_id: line.reason_code for line in left}
        self.assertEqual(reasons.pop(orders[3]), "no_stock")
        self.assertEqual(list(reasons.values()), ["taken"])
        self.assertTrue(batch.price_ids.filtered("unassigned"))

    def test_an_order_that_went_elsewhere_meanwhile_is_not_forced(self):
        order, other = self._wait(30.64), self._wait(30.80)
        batch = self._batch()
        batch.action_plan()
        order.action_o2o_route()
        legs = order.dispatch_ids
        self._apply(batch)
        self.assertEqual(order.dispatch_ids, legs)
        line = batch.line_ids.filtered(lambda line: line.order_id == order)
        self.assertEqual(line.state, "stale")
        self.assertIn("no longer waits", line.note)
        self.assertEqual(other.dispatch_ids.state, "offered")

    def test_stock_that_is_gone_makes_a_line_stale(self):
        order = self._wait()
        batch = self._batch()
        batch.action_plan()
        self._set_stock(self.store_c2, self.product, 0)
        self._apply(batch)
        self.assertEqual(batch.line_ids.state, "stale")
        self.assertIn("0 of 1", batch.line_ids.note)
        self.assertFalse(order.dispatch_ids)
        self.assertEqual(order.o2o_route_state, "to_route")

    def test_another_rule_makes_a_line_stale(self):
        self._wait()
        batch = self._batch()
        batch.action_plan()
        self.env["o2o.routing.rule"].create(
            {"name": "New Rule", "company_id": self.company.id, "sequence": 1}
        )
        self._apply(batch)
        self.assertIn("New Rule", batch.line_ids.note)

    def test_a_changed_order_makes_a_line_stale(self):
        order = self._wait()
        batch = self._batch()
        batch.action_plan()
        order.order_line.product_uom_qty = 2
        self._apply(batch)
        self.assertIn("changed", batch.line_ids.note)

    def test_the_exception_queue_is_assigned_too(self):
        self.channel.wait_for_batch = False
        self._set_stock(self.store_c2, self.product, 0)
        self._set_stock(self.store_far, self.product, 0)
        order = self._wait(30.80)
        self.assertEqual(order.o2o_route_state, "exception")
        self._set_stock(self.store_far, self.product, 5)
        batch = self._batch(take_waiting=False)
        batch.action_plan()
        self._apply(batch)
        live = order.dispatch_ids.filtered(lambda leg: leg.state == "offered")
        self.assertEqual(live.warehouse_id, self.store_far)
        self.assertEqual(order.o2o_route_state, "routed")
        self.assertFalse(order.dispatch_ids.activity_ids)

    def test_who_turned_it_down_is_not_asked_by_the_plan(self):
        self.channel.wait_for_batch = False
        (self.store_c2 | self.store_far).o2o_max_orders_day = 0
        self._set_stock(self.store_far, self.product, 0)
        order = self._wait()
        order.dispatch_ids.action_reject(self.reason.id, "broken")
        self.assertEqual(order.o2o_route_state, "exception")
        batch = self._batch()
        batch.action_plan()
        self.assertEqual(batch.line_ids.state, "unassigned")

    def test_several_lines_may_be_divided(self):
        (self.store_c2 | self.store_far).o2o_max_orders_day = 0
        other = self._create_product(default_code="E-2")
        self._set_stock(self.store_far, other, 5)
        self._set_stock(self.store_far, self.product, 0)
        order = self._wait(30.65, (self.product, 2), (other, 1))
        batch = self._batch()
        batch.action_plan()
        self._apply(batch)
        self.assertEqual(
            order.dispatch_ids.warehouse_id, self.store_c2 | self.store_far
        )
        self.assertEqual(order.o2o_route_state, "routed")

    def test_what_is_left_of_an_order_goes_to_headquarters(self):
        rare = self._create_product(default_code="RARE")
        order = self._wait(30.65, (self.product, 1), (rare, 1))
        batch = self._batch()
        batch.action_plan()
        self._apply(batch)
        states = sorted(order.dispatch_ids.mapped("state"))
        self.assertEqual(states, ["exception", "offered"])

    def test_a_quota_costs_kilometres(self):
        near = self._create_dealer(name="Near", dealer_code="N1")
        self._create_coverage(near, self.jinjiang)
        store = self._create_store(near, 30.651, 104.08, code="N1-01")
        self._set_stock(store, self.product, 10)
        (self.store_c2 | self.store_far).o2o_max_orders_day = 0
        for _number in range(2):
            self._wait(30.651)
        batch = self._batch()
        batch.action_plan()
        self.assertEqual(batch.line_ids.warehouse_id, store)
        self.env["o2o.routing.share"].create(
            {
                "dealer_id": near.id,
                "company_id": self.company.id,
                "kind": "quota",
                "unit": "orders",
                "value": 1,
                "date_from": "2026-01-01",
            }
        )
        batch.action_plan()
        self.assertEqual(batch.line_ids.warehouse_id, store | self.store_c2)
        self.assertTrue(batch.has_shares)
        self.assertAlmostEqual(batch.share_km, 0.1, 1)

    def test_at_night_all_that_waits_is_assigned(self):
        first, second = self._wait(30.72), self._wait(30.60)
        third = self._wait(30.65)
        self._run_cron("ir_cron_o2o_routing_batch_nightly")
        self._run_cron("ir_cron_o2o_routing_batch")
        self._run_cron("ir_cron_o2o_route_pending")
        batch = self.env["o2o.routing.batch"].search([("is_nightly", "=", True)])
        self.assertEqual(batch.state, "done")
        self.assertEqual(first.dispatch_ids.warehouse_id, self.store_far)
        self.assertEqual(second.o2o_route_state, "exception")
        self.assertEqual(third.dispatch_ids.warehouse_id, self.store_c2)

    def test_of_a_night_that_fails_the_orders_are_routed_one_by_one(self):
        order = self._wait()

        def fail(batch):
            raise ZeroDivisionError("a fault of the solver")

        self.patch(self.registry["o2o.routing.batch"], "_make_plan", fail)
        self._run_cron("ir_cron_o2o_routing_batch_nightly")
        module = "odoo.addons.o2o_channel.models.routing.o2o_routing_batch_apply"
        with self.assertLogs(module, "ERROR"):
            self._run_cron("ir_cron_o2o_routing_batch")
        batch = self.env["o2o.routing.batch"].search([("is_nightly", "=", True)])
        self.assertEqual(
            (batch.state, batch.failure), ("failed", "a fault of the solver")
        )
        self._run_cron("ir_cron_o2o_route_pending")
        self.assertEqual(order.dispatch_ids.state, "offered")

    def test_a_batch_without_orders_says_so(self):
        with self.assertRaisesRegex(UserError, "No order waits"):
            self._batch().action_plan()

    def test_dates_the_wrong_way_round_are_refused(self):
        with self.assertRaisesRegex(UserError, "before 2026-02-01"):
            self._batch(date_from="2026-02-01", date_to="2026-01-01")

    def test_a_cancelled_batch_offers_nothing(self):
        order = self._wait()
        batch = self._batch()
        batch.action_plan()
        batch.action_cancel()
        with self.assertRaisesRegex(UserError, "Cancelled"):
            batch.action_apply()
        self.assertFalse(order.dispatch_ids)

    def test_what_was_applied_stays_on_record(self):
        self._wait()
        batch = self._batch()
        batch.action_plan()
        self._apply(batch)
        with self.assertRaisesRegex(UserError, "stays on record"):
            batch.unlink()

    def test_filters_narrow_the_orders(self):
        order = self._wait()
        other = self._create_channel(code="JD", name="JD", kind="platform")
        self.assertEqual(self._batch(channel_ids=other.ids).open_count, 0)
        self.assertEqual(self._batch(region_ids=self.beijing.ids).open_count, 0)
        self.assertEqual(self._batch(region_ids=self.sichuan.ids).open_count, 1)
        day = self.company._o2o_date(order.date_order)
        self.assertEqual(self._batch(date_from=day, date_to=day).open_count, 1)
        self.assertEqual(self._batch(date_to="2026-01-01").open_count, 0)

    def test_a_manager_plans_and_applies_and_an_auditor_only_reads(self):
        order = self._wait()
        batch = self._batch().with_user(self.manager)
        batch.action_plan()
        self._apply(batch)
        self.assertEqual(order.dispatch_ids.state, "offered")
        auditor = self._create_user("o2o_channel.o2o_group_auditor")
        self.assertTrue(batch.with_user(auditor).line_ids.order_id)
        with self.assertRaises(AccessError):
            batch.with_user(auditor).action_cancel()
