from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_split import O2oSplitCommon

CRON = "o2o_channel.ir_cron_split_post"


@tagged("post_install", "-at_install")
class TestSplitDaily(O2oSplitCommon):
    """One compound entry per day: the same money as an entry per delivery."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_split_posting = "daily"

    def _run_cron(self, at="2026-11-21 17:00:00"):
        with freeze_time(at), self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()
        self.env.invalidate_all()

    def _orders(self):
        """Two deliveries on the 20th, one on the 21st."""
        days = ("2026-11-20 04:00:00", "2026-11-20 05:00:00", "2026-11-21 04:00:00")
        return [self._deliver(self._create_order(), at=day) for day in days]

    def test_one_entry_a_day_line_by_line(self):
        first, second, third = self._orders()
        self.assertFalse((first | second | third).o2o_split_line_ids.move_id)
        self._run_cron()
        entry = self._entries(first | second)
        self.assertEqual(
            self._items(entry),
            [
                ("540110", "", 1640.0, 0.0),
                ("560110", "", 160.0, 0.0),
                ("560111", "", 60.0, 0.0),
                ("224110", "C2", 0.0, 1640.0),
                ("224110", "B1", 0.0, 120.0),
                ("224110", "C1", 0.0, 40.0),
                ("224110", "G", 0.0, 60.0),
            ],
        )
        self.assertEqual(entry.ref, "2026-11-20")
        self.assertEqual(entry.date, date(2026, 11, 20))
        self.assertEqual(self._entries(third).date, date(2026, 11, 21))
        self._check_links(first | second | third)

    def _check_links(self, orders):
        """Each owed share knows its item; an item is the sum of its shares."""
        owed = orders.o2o_split_line_ids.filtered(lambda line: line.state != "kept")
        for item, shares in owed.grouped("move_line_id").items():
            self.assertEqual(shares.partner_id, item.partner_id)
            self.assertAlmostEqual(
                sum(shares.mapped("amount")), item.credit - item.debit
            )
        self._check_database()

    def test_today_is_not_over(self):
        order = self._delivered()
        self._run_cron("2026-11-20 15:59:00")  # 23:59 in Shanghai
        self.assertFalse(self._entries(order))
        self._run_cron("2026-11-20 16:01:00")
        self.assertEqual(self._entries(order).date, date(2026, 11, 20))

    def test_second_run_posts_nothing(self):
        orders = self._orders()
        self._run_cron()
        count = self.env["account.move"].search_count([])
        self._run_cron()
        self.assertEqual(self.env["account.move"].search_count([]), count)
        self.assertEqual(self._clearing(self.dealer_c2), 820.0 * len(orders))

    def test_return_on_the_same_day_keeps_both_sides(self):
        order = self._delivered(2, 1130.0)
        self._take_back(order, 1, at="2026-11-20 06:00:00")
        self._run_cron()
        entry = self._entries(order)
        self.assertEqual(len(entry), 1)
        items = entry.line_ids.filtered(lambda i: i.partner_id == self.dealer_c2)
        self.assertEqual(sorted(items.mapped("balance")), [-1640.0, 820.0])
        self._check_links(order)

    def test_late_share_of_a_posted_day_is_a_further_entry(self):
        order = self._delivered()
        self._run_cron()
        late = self._delivered()
        self._run_cron()
        self.assertNotEqual(self._entries(order), self._entries(late))
        self.assertEqual(self._entries(late).date, date(2026, 11, 20))

    def test_locked_day_is_posted_on_the_first_open_one(self):
        order = self._delivered()
        self.env.flush_all()
        self.company.sudo().fiscalyear_lock_date = "2026-11-20"
        self._run_cron()
        entry = self._entries(order)
        self.assertEqual(entry.date, date(2026, 11, 21))
        self.assertEqual(entry.o2o_original_date, date(2026, 11, 20))
        self.assertTrue(order.o2o_split_line_ids.filtered("move_id")[0].late)

    def test_a_day_that_fails_stops_no_other(self):
        first, second, third = self._orders()
        Line = self.env.registry["o2o.split.line"]
        post_day = Line._post_day

        def fail(lines, company, day):
            if day == date(2026, 11, 20):
                raise ValueError("out of order")
            return post_day(lines, company, day)

        with (
            patch.object(Line, "_post_day", fail),
            mute_logger("odoo.addons.o2o_channel.models.split.o2o_split_posting"),
        ):
            self._run_cron()
        self.assertFalse(self._entries(first | second))
        self.assertTrue(self._entries(third))
        self._run_cron()
        self.assertEqual(len(self._entries(first | second)), 1)

    def test_accountant_posts_the_day_by_hand(self):
        order = self._delivered()
        accountant = self._create_user("o2o_channel.o2o_group_accountant")
        order.o2o_split_line_ids.with_user(accountant).action_post()
        self.assertEqual(self._clearing(self.dealer_c2), 820.0)
