from datetime import datetime, timedelta

import psycopg2

from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import O2oRoutingCommon

NOW = datetime(2026, 11, 2, 2, 0)


@tagged("post_install", "-at_install")
class TestStoreReport(O2oRoutingCommon):
    """Figures of stores, counted from what they did."""

    def _leg(self, minutes=None, ship_hours=None, **values):
        """A leg accepted after some minutes and shipped after some hours."""
        with freeze_time(NOW) as clock:
            leg = self._confirm_order(**values).dispatch_ids
            if minutes is not None:
                clock.move_to(NOW + timedelta(minutes=minutes))
                leg.action_accept()
            if ship_hours is not None:
                clock.move_to(NOW + timedelta(minutes=minutes, hours=ship_hours))
                leg.action_ship()
                leg.action_deliver()
        return leg

    def _figures(self, store):
        self.env.flush_all()
        return self.env["o2o.store.report"]._get_figures(
            [("warehouse_id", "=", store.id)]
        )

    def test_accept_rate_and_minutes(self):
        self._leg(minutes=4)
        self._leg(minutes=6)
        self._leg(minutes=20)
        with freeze_time(NOW):
            self._leg().action_reject(self.reason)
            expired = self._leg()
        with freeze_time(NOW + timedelta(hours=2)):
            expired._expire()
        figures = self._figures(self.store_c2)
        self.assertEqual(figures["offers"], 5)
        self.assertEqual((figures["rejects"], figures["expiries"]), (1, 1))
        self.assertAlmostEqual(figures["accept_rate"], 60)
        self.assertAlmostEqual(figures["minutes_to_accept"], 10)
        self.assertAlmostEqual(figures["minutes_median"], 6)

    def test_on_time_and_fill_rate(self):
        self._leg(minutes=5, ship_hours=3)
        self._leg(minutes=5, ship_hours=30)
        self._leg(minutes=5).action_hand_to_hq("broken")
        self._leg(minutes=5)
        figures = self._figures(self.store_c2)
        self.assertAlmostEqual(figures["on_time_rate"], 50)
        self.assertAlmostEqual(
            figures["fill_rate"], 200 / 3, msg="open ones don't count"
        )

    def test_a_store_that_was_never_asked_has_no_rates(self):
        figures = self._figures(self.store_b1)
        self.assertFalse(figures["offers"])
        self.assertIsNone(figures["minutes_median"])
        self.assertIsNone(figures["fill_rate"])
        self.assertEqual(self.store_b1.o2o_accept_rate, 0)

    def test_an_offer_that_another_took_is_not_held_against_a_store(self):
        self.env["o2o.routing.rule"].create(
            {"name": "Grab", "mode": "grab", "company_id": self.company.id}
        )
        leg = self._confirm_order().dispatch_ids
        first, second = leg.offer_ids.warehouse_id[:2]
        leg._accept_for(first)
        self.assertEqual(self._figures(first)["accept_rate"], 100)
        lost = self._figures(second)
        self.assertEqual(lost["offers"], 1)
        self.assertIsNone(lost["accept_rate"])

    def test_rejects_by_reason_and_store(self):
        self._confirm_order().dispatch_ids.action_reject(self.reason, "sold")
        self._leg(minutes=5).action_hand_to_hq("broken")
        self.env.flush_all()
        rows = self.env["o2o.reject.report"]._read_group(
            [("dealer_id", "=", self.dealer_c2.id)],
            ["warehouse_id", "kind", "reject_reason_id"],
            ["amount:sum"],
        )
        none = self.reason.browse()
        self.assertEqual(
            set(rows),
            {
                (self.store_c2, "rejected", self.reason, 1),
                (self.store_c2, "handed_back", none, 1),
            },
        )

    def test_another_companys_figures_are_out_of_sight(self):
        self._leg(minutes=4)
        self.env.flush_all()
        other = self.env["res.company"].create({"name": "Other"})
        user = self._create_user("o2o_channel.o2o_group_auditor", login="elsewhere")
        user.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        report = self.env["o2o.store.report"].with_user(user)
        self.assertFalse(
            report.with_context(allowed_company_ids=other.ids).search(
                [("warehouse_id", "=", self.store_c2.id)]
            )
        )


@tagged("post_install", "-at_install")
class TestFulfilmentComparison(O2oRoutingCommon):
    def _compare(self, **values):
        return self.env["o2o.fulfilment.comparison"].create(
            {
                "region_id": self.sichuan.id,
                "fixed_cost": 60000,
                "variable_cost": 12,
                "dealer_fee": 32,
                **values,
            }
        )

    def test_below_the_break_even_the_dealer_is_kept(self):
        one = self._compare(orders_month=1800)
        self.assertEqual((one.break_even, one.verdict), (3000, "dealer"))
        self.assertEqual((one.warehouse_cost, one.dealer_cost), (81600, 57600))
        self.assertIn("1,800", one.explanation)

    def test_at_and_above_it(self):
        self.assertEqual(self._compare(orders_month=3000).verdict, "equal")
        self.assertEqual(self._compare(orders_month=3001).verdict, "warehouse")

    def test_a_fee_below_the_cost_never_pays(self):
        for fee in (12, 5, 0):
            one = self._compare(dealer_fee=fee, orders_month=10**6)
            self.assertFalse(one.has_break_even)
            self.assertEqual(one.verdict, "dealer")
            self.assertIn("no number of orders", one.explanation)

    def test_orders_are_counted_over_full_months_and_may_be_typed(self):
        for month in (8, 9, 10, 11):
            self._confirm_order().date_order = datetime(2026, month, 15)
        with freeze_time(NOW):
            one = self._compare()
            self.assertEqual(one.orders_month, 1.0)
            one.months = 2
            self.assertEqual(one.orders_month, 1.0)
            one.orders_month = 77
            self.assertEqual(one.warehouse_cost, 60000 + 12 * 77)
            one.action_count_again()
            self.assertEqual(one.orders_month, 1.0)

    def test_the_form_fills_itself(self):
        manager = self.env["o2o.fulfilment.comparison"].with_user(self.manager)
        with Form(manager) as form:
            form.region_id = self.sichuan
            form.fixed_cost, form.variable_cost, form.dealer_fee = 60000, 12, 32
            form.orders_month = 1800
            self.assertEqual((form.break_even, form.verdict), (3000, "dealer"))

    @mute_logger("odoo.sql_db")
    def test_negative_figures_are_refused(self):
        for name in ("fixed_cost", "variable_cost", "dealer_fee", "orders_month"):
            with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
                self._compare(**{name: -1})
