from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestCloseLock(O2oSettlementCommon):
    """A closed month takes no entry of splits or settlement, whoever posts it and how."""

    def _close(self, month="2026-11-01"):
        period = self._create_period(month)
        self._state_period(period)
        period.with_user(self.accountant).action_close()
        return period

    def _entry(self, journal, account, day="2026-11-20", partner=None):
        expense = self.company._o2o_account("560110")
        return self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner and partner.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in ((expense, 5.0), (account, -5.0))
                ],
            }
        )

    def _other_journal(self):
        journals = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company.id)]
        )
        return (journals - self.company._o2o_own_journals())[0]

    def test_a_hand_made_entry_is_refused_with_the_first_open_day(self):
        self._close()
        expense = self.company._o2o_account("560110")
        clearing = self.company.o2o_clearing_account_id
        ours = self._entry(self.company.o2o_split_journal_id, expense)
        on_clearing = self._entry(
            self._other_journal(), clearing, partner=self.dealer_c2
        )
        for move in (ours, on_clearing):
            with self.assertRaisesRegex(UserError, "closed until .*30.*12/01/2026"):
                move.action_post()
        after = self._entry(
            self._other_journal(), clearing, "2026-12-01", self.dealer_c2
        )
        after.action_post()
        self.assertEqual((after.state, str(after.date)), ("posted", "2026-12-01"))
        others = self._entry(self._other_journal(), expense)
        others.action_post()
        self.assertEqual(str(others.date), "2026-11-20")

    def test_days_before_the_first_period_are_closed_too(self):
        self._close()
        clearing = self.company.o2o_clearing_account_id
        move = self._entry(
            self._other_journal(), clearing, "2026-09-05", self.dealer_c2
        )
        with self.assertRaisesRegex(UserError, "closed until"):
            move.action_post()
        day = fields.Date.to_date("2026-09-05")
        self.assertEqual(str(self.company._o2o_first_open_date(day)), "2026-12-01")
        with self.assertRaisesRegex(ValidationError, "closed until"):
            self._create_period("2026-10-01")

    def test_a_posted_entry_of_a_closed_month_is_not_taken_back(self):
        clearing = self.company.o2o_clearing_account_id
        move = self._entry(self._other_journal(), clearing, partner=self.dealer_c2)
        back = self._entry(self._other_journal(), clearing, partner=self.dealer_c2)
        (move | back).action_post()
        for item in back.line_ids:
            self.assertEqual(abs(item.balance), 5.0)
        reverse = back._reverse_moves([{"date": "2026-11-21"}])
        reverse._post(soft=False)
        other = move._reverse_moves([{"date": "2026-11-21"}])
        other._post(soft=False)
        self._close()
        with self.assertRaisesRegex(UserError, "closed until"):
            move.button_draft()
        with self.assertRaisesRegex(UserError, "closed until"):
            move.write({"date": "2026-12-05", "name": "/"})
        with self.assertRaisesRegex(UserError, "closed until"):
            move.line_ids[0].with_context(
                skip_readonly_check=True
            ).account_id = self.company._o2o_account("560111")

    def test_a_claim_and_a_clearing_line_are_dated_after_it(self):
        self._close()
        line = self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_c2.id,
                    "kind": "penalty",
                    "amount": -10.0,
                    "date": fields.Date.to_date("2026-11-30"),
                    "name": "Late",
                    "key": "late/1",
                    "counterparts": [
                        (self.company._o2o_account("560110").id, -10.0, {})
                    ],
                }
            ]
        )
        self.assertEqual(
            (str(line.date), str(line.original_date), line.late),
            ("2026-12-01", "2026-11-30", True),
        )
        self.assertEqual(str(line.move_id.o2o_original_date), "2026-11-30")

    def test_a_bill_posted_after_the_close_keeps_its_month_and_is_listed(self):
        self.company.o2o_post_bills = False
        self._share(self.dealer_c2, 820.0)
        person = self._share(self.guide, 30.0, "guide")
        period = self._create_period()
        statements = self._state_period(period)
        waiting = statements.filtered(lambda s: s.state == "confirmed")
        self.assertEqual(waiting.partner_id, self.dealer_c2 | person.partner_id)
        waiting.with_user(self.accountant)._accrue("The tax number is missing.")
        period.with_user(self.accountant).action_close()
        moves = waiting.bill_id | waiting.move_id
        moves._post(soft=False)
        for move in moves:
            self.assertEqual(
                (str(move.date), str(move.o2o_original_date)),
                ("2026-12-01", "2026-11-30"),
            )
        december = self._create_period("2026-12-01")
        december.with_user(self.accountant).action_check()
        check = december.check_ids.filtered(lambda check: check.key == "late_bills")
        self.assertEqual((check.ok, set(check.res_ids)), (True, set(moves.ids)))

    def test_many_late_bills_each_keep_their_month(self):
        """Bills copied from a sample say the same as those made one by one."""
        self.company.purchase_lock_date = "2026-12-05"
        for dealer in (self.dealer_b1, self.dealer_c1, self.dealer_c2):
            self._share(dealer, 100.0)
        statements = self._state_period(self._create_period())
        self.assertEqual(
            {
                (str(bill.date), str(bill.o2o_original_date))
                for bill in statements.bill_id
            },
            {("2026-12-06", "2026-11-30")},
        )
        self.assertEqual(len(statements.bill_id), 3)

    def test_nobody_enters_the_day(self):
        with self.assertRaisesRegex(UserError, "can't be entered"):
            self.company.write({"o2o_closed_until": "2026-11-30"})

    def test_a_reopened_month_takes_entries_again(self):
        self._close()
        december = self._close("2026-12-01")
        approver = self._create_user("o2o_channel.o2o_group_approver")
        december.with_user(approver)._reopen("An invoice came late.")
        self.assertEqual(str(self.company.o2o_closed_until), "2026-11-30")
        clearing = self.company.o2o_clearing_account_id
        move = self._entry(
            self._other_journal(), clearing, "2026-12-05", self.dealer_c2
        )
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_each_of_odoos_lock_dates_is_chosen(self):
        period = self._create_period()
        self._state_period(period)
        self.accountant.group_ids += self.env.ref("account.group_account_manager")
        self.company.sale_lock_date = "2026-12-31"
        self.company.purchase_lock_date = "2026-10-31"
        user = self.accountant
        action = period.with_user(user).action_close_wizard()
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        self.assertEqual(
            [wizard[tick] for tick in wizard._locks()], [True, True, False, False]
        )
        wizard.lock_tax = True
        wizard.action_close()
        company = self.company
        self.assertEqual(
            [
                str(company[name] or "")
                for name in (
                    "sale_lock_date",
                    "purchase_lock_date",
                    "tax_lock_date",
                    "fiscalyear_lock_date",
                )
            ],
            ["2026-12-31", "2026-11-30", "2026-11-30", ""],
        )
        facts = dict(period._close_facts())
        self.assertIn("Purchase", facts["Odoo locked"])
        self.assertIn("Tax", facts["Odoo locked"])
