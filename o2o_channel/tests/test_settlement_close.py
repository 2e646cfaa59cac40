from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestClose(O2oSettlementCommon):
    def _check(self, period, key):
        period.with_user(self.accountant).action_check()
        return period.check_ids.filtered(lambda check: check.key == key)

    def _close(self, period):
        period.with_user(self.accountant).action_close()

    def test_a_clean_month_closes(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period)
        self._close(period)
        self.assertEqual(
            (period.state, period.closed_by_id), ("closed", self.accountant)
        )
        self.assertTrue(all(period.check_ids.mapped("ok")))
        with self.assertRaisesRegex(UserError, "is closed"):
            period.with_user(self.accountant).action_make_statements()
        with self.assertRaisesRegex(UserError, "is closed"):
            self._close(period)

    def test_a_released_line_without_statement_keeps_it_open(self):
        line = self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        with self.assertRaisesRegex(UserError, "on a statement.*Jinjiang Store"):
            self._close(period)
        check = self._check(period, "unstated")
        self.assertEqual((check.ok, check.count, check.amount), (False, 1, 820.0))
        action = check.action_open()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), line)

    def test_an_undecided_statement_keeps_it_open(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        statement = self._state_period(period, confirm=False)
        with self.assertRaisesRegex(UserError, statement.name):
            self._close(period)
        statement.with_user(self.accountant).action_confirm()
        self._close(period)

    def test_a_hand_made_entry_on_clearing_keeps_it_open(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period)
        stray = self._share(self.dealer_b1, 5.0, "origin").move_id.copy(
            {"date": "2026-11-21"}
        )
        stray._post()
        self._state_period(period)
        report = self.env["o2o.clearing.report"].search(
            [
                ("partner_id", "=", self.dealer_b1.id),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertEqual(
            (report.gl_balance, report.open_amount, report.difference), (5, 0, 5)
        )
        items = report.action_view_gl()
        self.assertIn(
            stray, self.env[items["res_model"]].search(items["domain"]).move_id
        )
        with self.assertRaisesRegex(
            UserError, "open lines on the last day.*Beijing Trade"
        ):
            self._close(period)

    def test_a_delivered_leg_without_split_keeps_it_open(self):
        period = self._create_period()
        leg = self._create_delivered_leg("2026-11-30 15:50:00")  # 23:50 in Shanghai
        after = self._create_delivered_leg("2026-11-30 16:10:00")  # 1 December there
        check = self._check(period, "unsplit")
        self.assertEqual((check.ok, check.res_ids), (False, leg.ids))
        self.assertNotIn(after.id, check.res_ids)
        with self.assertRaisesRegex(UserError, f"leg is split.*{leg.display_name}"):
            self._close(period)

    def _create_delivered_leg(self, moment):
        """A leg as a crash between delivery and split would leave it."""
        return self.env["o2o.dispatch"].create(
            {
                "name": f"Leg {moment}",
                "order_id": self.order.id,
                "state": "delivered",
                "delivered_at": moment,
            }
        )

    def test_earlier_periods_close_first(self):
        first, second = self._create_period(), self._create_period("2026-12-01")
        with self.assertRaisesRegex(
            UserError, "Earlier periods are closed: still open: 2026-11"
        ):
            self._close(second)
        self._close(first)
        self._close(second)

    def test_a_closed_period_moves_later_postings_after_it(self):
        period = self._create_period()
        self._state_period(period)
        day = fields.Date.to_date("2026-11-30")
        self.assertEqual(self.company._o2o_first_open_date(day), day)
        self._close(period)
        self.assertEqual(str(self.company._o2o_first_open_date(day)), "2026-12-01")
        self.company.fiscalyear_lock_date = "2026-12-31"
        self.assertEqual(str(self.company._o2o_first_open_date(day)), "2027-01-01")

    def test_late_clearing_lines_are_listed_as_well(self):
        self._close(self._create_period())
        late = self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_c2.id,
                    "kind": "collected",
                    "amount": -10.0,
                    "date": fields.Date.to_date("2026-11-30"),
                    "name": "Told in December",
                    "key": "late/1",
                    "counterparts": [
                        (self.company._o2o_account("560110").id, -10.0, {})
                    ],
                }
            ]
        )
        self.assertEqual(str(late.date), "2026-12-01")
        check = self._check(self._create_period("2026-12-01"), "late_lines")
        self.assertEqual((check.ok, check.amount), (True, -10.0))
        self.assertEqual(check.res_ids, late.ids)

    def test_late_postings_are_listed_and_do_not_stop_the_close(self):
        self._close(self._create_period())
        late = self._share(
            self.dealer_c2, 820.0, day="2026-12-01", original_date="2026-11-30"
        )
        december = self._create_period("2026-12-01")
        self._state_period(december)
        check = self._check(december, "late")
        self.assertEqual((check.ok, check.count, check.amount), (True, 1, 820.0))
        self.assertEqual(check.res_ids, late.ids)
        self._close(december)

    def test_only_accountants_close(self):
        period = self._create_period()
        for group in ("manager", "auditor", "approver"):
            user = self._create_user(f"o2o_channel.o2o_group_{group}")
            for method in ("action_check", "action_close"):
                with self.assertRaises(AccessError):
                    getattr(period.with_user(user), method)()

    def test_a_used_period_keeps_its_dates_and_stays(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period)
        with self.assertRaisesRegex(UserError, "can't change"):
            period.date_to = "2026-12-15"
        with self.assertRaisesRegex(UserError, "has statements and stays"):
            period.unlink()

    def test_nobody_enters_the_state_of_a_period(self):
        period = self._create_period()
        self._close(period)
        accountant = period.with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "can't be entered"):
            accountant.with_context(o2o_internal=True).state = "open"
        with self.assertRaisesRegex(UserError, "can't be entered"):
            accountant.create({"date_from": "2026-12-01", "state": "closed"})

    def test_a_new_period_follows_the_last(self):
        self._create_period()
        period = self.env["o2o.settlement.period"].create(
            {"company_id": self.company.id}
        )
        self.assertEqual(period.name, "2026-12")
        self.assertEqual(str(period.date_to), "2026-12-31")

    def test_two_companies_balances_do_not_set_each_other_off(self):
        """820.00 owed here, 820.00 owed to another company: nothing is settled."""
        self._share(self.dealer_c2, 820.0)
        company = self.env["res.company"].create({"name": "Other"})
        self._share(self.dealer_c2, -820.0, company_id=company.id)
        dealer = self.dealer_c2
        self.assertEqual(dealer._o2o_open_balance()[dealer.id], 0.0)
        self.assertEqual(dealer._o2o_open_balance(self.company)[dealer.id], 820.0)
        with self.assertRaisesRegex(UserError, "in .* has an open balance"):
            dealer.dealer_state = "closed"

    def test_the_dealer_owes_or_is_owed_until_it_is_billed(self):
        self._share(self.dealer_c2, 820.0)
        self.assertEqual(self.dealer_c2._o2o_open_balance(), {self.dealer_c2.id: 820.0})
        with self.assertRaisesRegex(UserError, "open balance"):
            self.dealer_c2.dealer_state = "closed"
        self._state_period(self._create_period())
        self.dealer_c2.dealer_state = "closed"
