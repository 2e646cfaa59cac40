from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingShare(O2oRoutingCommon):
    """What dealers were promised of a month, and who has reached its quota."""

    @classmethod
    def _share(cls, dealer, kind, value, **values):
        return cls.env["o2o.routing.share"].create(
            {
                "dealer_id": dealer.id,
                "company_id": cls.company.id,
                "kind": kind,
                "value": value,
                "date_from": "2026-01-01",
                **values,
            }
        )

    def _reached(self):
        stores = self.store_b1 | self.store_c1 | self.store_c2 | self.store_far
        found = self.env["o2o.routing.share"]._quota_reached(
            self.company, stores, self.company._o2o_today()
        )
        return self.env["stock.warehouse"].browse(sorted(found))

    def test_a_quota_in_orders_counts_the_legs_of_this_month(self):
        self._share(self.dealer_c2, "quota", 2, unit="orders")
        self.assertFalse(self._reached())
        self._confirm_order()
        self.assertFalse(self._reached())
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(self._reached(), self.store_c2 | self.store_far)
        leg.offered_at = "2020-01-01"
        self.assertFalse(self._reached())

    def test_a_leg_that_ended_does_not_count(self):
        self._share(self.dealer_c2, "quota", 1, unit="orders")
        order = self._confirm_order()
        self.assertTrue(self._reached())
        order._action_cancel()
        self.assertFalse(self._reached())

    def test_a_quota_in_percent_is_reached_when_one_more_goes_over_it(self):
        self._share(self.dealer_c2, "quota", 100)
        self._confirm_order()
        self.assertFalse(self._reached())
        self.env["o2o.routing.share"].search([]).value = 99
        self.assertEqual(self._reached(), self.store_c2 | self.store_far)

    def test_a_quota_of_another_time_does_not_hold(self):
        self._share(self.dealer_c2, "quota", 0, unit="orders", date_to="2026-01-31")
        self.assertFalse(self._reached())

    def test_quotas_are_read_in_one_query(self):
        self._share(self.dealer_c2, "quota", 1, unit="orders")
        self._share(self.dealer_b1, "quota", 10)
        self._reached()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["o2o.routing.share"]._quota_reached(
                self.company, self.store_b1 | self.store_c2, date(2026, 11, 20)
            )

    def test_floors_above_all_orders_are_refused(self):
        self._share(self.dealer_b1, "floor", 60)
        self._share(self.dealer_c1, "floor", 40)
        with self.assertRaisesRegex(ValidationError, "110"):
            self._share(self.dealer_c2, "floor", 10, date_from="2026-06-01")

    def test_floors_of_different_months_may_be_above_100_together(self):
        self._share(self.dealer_b1, "floor", 60, date_to="2026-01-31")
        self._share(self.dealer_c1, "floor", 60, date_from="2026-02-01")

    def test_a_floor_over_the_quota_is_refused(self):
        self._share(self.dealer_b1, "quota", 30)
        with self.assertRaisesRegex(ValidationError, "at most 30"):
            self._share(self.dealer_b1, "floor", 40)

    def test_two_shares_of_a_kind_may_not_overlap(self):
        first = self._share(self.dealer_b1, "floor", 30, date_to="2026-03-31")
        self._share(self.dealer_b1, "floor", 40, date_from="2026-04-01")
        with self.assertRaisesRegex(ValidationError, "overlap"):
            first.date_to = "2026-04-01"

    def test_who_is_no_dealer_gets_no_share(self):
        with self.assertRaisesRegex(ValidationError, "not a dealer"):
            self._share(self.consumer, "floor", 10)

    @mute_logger("odoo.sql_db")
    def test_impossible_figures_are_refused(self):
        for values in (
            {"value": 101},
            {"value": -1},
            {"value": 5, "date_to": "2025-12-31"},
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self._share(self.dealer_b1, "floor", values.pop("value"), **values)

    def test_only_channel_managers_agree_on_shares(self):
        share = self._share(self.dealer_b1, "floor", 10)
        auditor = self._create_user("o2o_channel.o2o_group_auditor")
        share.with_user(self.manager).value = 20
        with self.assertRaises(AccessError):
            share.with_user(auditor).value = 30

    def _report(self, dealer):
        self.env.invalidate_all()
        row = self.env["o2o.routing.share.report"].search(
            [("dealer_id", "=", dealer.id)]
        )
        return row.legs, row.total, row.percent, row.verdict

    def test_the_report_shows_what_was_got_beside_what_was_agreed(self):
        self._share(self.dealer_b1, "floor", 10)
        self._share(self.dealer_c2, "quota", 1, unit="orders")
        self._confirm_order()
        self.assertEqual(self._report(self.dealer_c2), (1, 1, 100, "kept"))
        self.assertEqual(self._report(self.dealer_b1), (0, 1, 0, "short"))
        self._set_stock(self.store_c1, self.product, 0)
        self._confirm_order()
        self.assertEqual(self._report(self.dealer_c2), (2, 2, 100, "over"))
        self.assertEqual(self._report(self.dealer_c1), (0, 0, 0, False))
