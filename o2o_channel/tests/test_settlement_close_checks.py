from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestCloseChecks(O2oSettlementCommon):
    """What the checklist looks at: bills that lie as drafts, the last day, others' drafts."""

    def _check(self, period, key):
        period.with_user(self.accountant).action_check()
        return period.check_ids.filtered(lambda check: check.key == key)

    def _close(self, period):
        period.with_user(self.accountant).action_close()

    def _draft_bill(self):
        """A confirmed statement over 820.00 whose bill nobody has posted."""
        self.company.o2o_post_bills = False
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        return period, self._state_period(period)

    def _accrue(self, statement, reason="The tax number is missing.", user=None):
        user = user or self.accountant
        statement.with_user(user).action_accrue_wizard()
        wizard = self.env["o2o.settlement.accrue"].with_user(user)
        wizard.create(
            {"settlement_ids": [Command.set(statement.ids)], "reason": reason}
        ).action_accrue()

    def test_a_draft_bill_keeps_the_period_open(self):
        period, statement = self._draft_bill()
        with self.assertRaisesRegex(UserError, f"billed or accrued.*{statement.name}"):
            self._close(period)
        check = self._check(period, "unbilled")
        self.assertEqual((check.ok, check.amount), (False, 820.0))
        self.assertEqual(check.res_ids, statement.ids)
        statement.bill_id.action_post()
        self._close(period)

    def test_a_role_without_an_account_is_named(self):
        period = self._create_period()
        values = {"role": "crew", "move_id": False, "move_line_id": False}
        self._share(self.dealer_c2, 5.0, **values)
        self.env["o2o.split.role"].search(
            [("company_id", "=", self.company.id), ("role", "=", "crew")]
        ).unlink()
        check = self._check(period, "unposted")
        self.assertFalse(check.ok)
        self.assertIn("1 not posted; no account for Service Crew", check.message)

    def test_the_checklist_is_told_in_each_language_in_use(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        period, statement = self._draft_bill()
        titles = {"en_US": "statement is billed", "zh_CN": "已开账单"}
        for maker in titles:
            period.with_context(lang=maker).with_user(self.accountant).action_check()
            for code, title in titles.items():
                check = self._check(period, "unbilled").with_context(lang=code)
                self.assertIn(title, check.name)
                self.assertIn(statement.name, check.message)
            calm = self._check(period, "unsplit")
            texts = [calm.with_context(lang=code).message for code in titles]
            self.assertEqual(texts, ["Nothing found", "未找到"])

    def test_an_accrued_statement_passes_and_the_next_close_asks_again(self):
        period, statement = self._draft_bill()
        self._accrue(statement)
        self.assertIn("tax number", statement.message_ids[0].body)
        self._close(period)
        check = period.check_ids.filtered(lambda check: check.key == "unbilled")
        self.assertEqual((check.ok, check.count, check.amount), (True, 1, 820.0))
        december = self._create_period("2026-12-01")
        self.assertFalse(self._check(december, "unbilled").ok)
        statement.bill_id.action_post()
        self.assertEqual(str(statement.bill_id.date), "2026-12-01")
        self.assertTrue(self._check(december, "unbilled").ok)
        self._close(december)

    def test_only_a_waiting_bill_is_accrued_by_an_accountant_with_a_reason(self):
        period, statement = self._draft_bill()
        with self.assertRaisesRegex(ValidationError, "under Reason"):
            self._accrue(statement, "  ")
        manager = self._create_user("o2o_channel.o2o_group_manager")
        with self.assertRaises(AccessError):
            statement.with_user(manager)._accrue("Because")
        with self.assertRaisesRegex(UserError, "can't be edited"):
            statement.with_user(self.accountant).accrue_reason = "Because"
        statement.bill_id.action_post()
        with self.assertRaisesRegex(UserError, "no bill that waits"):
            self._accrue(statement)
        self.assertFalse(statement.accrued_period_id)
        self._close(period)
        with self.assertRaisesRegex(UserError, "no bill that waits"):
            statement.with_user(self.accountant)._accrue("Because")

    def test_accruing_needs_an_open_period(self):
        period, statement = self._draft_bill()
        self._accrue(statement)
        self._close(period)
        with self.assertRaisesRegex(UserError, "no period is open"):
            self._accrue(statement)

    def test_clearing_is_checked_as_of_the_last_day(self):
        """What is undone in December doesn't hide what was wrong on 30 November."""
        period = self._create_period()
        move = self._share(self.dealer_b1, 5.0, "origin").move_id
        self._state_period(period)
        stray = move.copy({"date": "2026-11-21"})
        stray._post()
        back = stray._reverse_moves([{"date": "2026-12-02"}])
        back._post(soft=False)
        self._assert_clearing_ties_out()
        check = self._check(period, "clearing")
        self.assertEqual((check.ok, check.amount), (False, 5.0))
        action = check.action_open()
        report = self.env[action["res_model"]].with_context(**action["context"])
        report = report._of_day(period.date_to).search(action["domain"])
        self.assertEqual((report.partner_id, report.difference), (self.dealer_b1, 5.0))
        items = report.action_view_gl()
        found = self.env["account.move.line"].search(items["domain"]).move_id
        self.assertIn(stray, found)
        self.assertNotIn(back, found)

    def _on(self, day):
        """``{partner: (ledger, open shares, open lines)}`` on the evening of ``day``."""
        report = self.env["o2o.clearing.report"]._of_day(day)
        rows = report.search([("company_id", "=", self.company.id)])
        self.assertFalse(rows.filtered("difference"), f"differences on {day}")
        return {
            row.partner_id: (row.gl_balance, row.open_amount, row.line_amount)
            for row in rows
        }

    def _collect(self, amount, day, key="collected"):
        return self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_c2.id,
                    "kind": "collected",
                    "amount": -amount,
                    "date": fields.Date.to_date(day),
                    "name": "Cash on delivery",
                    "key": key,
                    "counterparts": [
                        (self.company._o2o_account("560110").id, -amount, {})
                    ],
                }
            ]
        )

    def test_the_past_is_told_after_bills_and_offsets(self):
        """A bill of 926.60 against 1,130.00 collected: 203.40 stay owed."""
        self._share(self.dealer_c2, 820.0)
        self._collect(1130.0, "2026-11-20")
        statement = self._state_period(self._create_period())
        self.assertEqual(statement.state, "paid")
        c2 = self.dealer_c2
        self.assertEqual(self._on("2026-11-19"), {})
        self.assertEqual(self._on("2026-11-20")[c2], (-310.0, 820.0, -1130.0))
        self.assertEqual(self._on("2026-11-29")[c2], (-310.0, 820.0, -1130.0))
        self.assertEqual(self._on("2026-11-30")[c2], (-203.4, 0.0, -203.4))
        row = self.env["o2o.clearing.report"]._of_day("2026-11-29")
        row = row.search([("partner_id", "=", c2.id)])
        shares = row.action_view_split_lines()
        self.assertEqual(
            sum(
                self.env[shares["res_model"]].search(shares["domain"]).mapped("amount")
            ),
            820.0,
        )
        lines = row.action_view_clearing_lines()
        self.assertEqual(
            sum(self.env[lines["res_model"]].search(lines["domain"]).mapped("amount")),
            -1130.0,
        )

    def test_the_past_of_what_was_carried_forward(self):
        """-95.06 of November is on December's bill: open on 30 November, gone on 31 December."""
        self._share(self.dealer_c2, 100.0)
        self._share(self.dealer_c2, -195.06)
        november = self._state_period(self._create_period())
        self.assertTrue(november.carried)
        self._share(self.dealer_c2, 724.94, day="2026-12-05")
        december = self._state_period(self._create_period("2026-12-01"))
        self.assertEqual(december.state, "billed")
        c2 = self.dealer_c2
        self.assertEqual(self._on("2026-11-30")[c2], (-95.06, -95.06, 0.0))
        self.assertEqual(self._on("2026-12-30")[c2], (629.88, 629.88, 0.0))
        self.assertEqual(self._on("2026-12-31")[c2], (0.0, 0.0, 0.0))

    def test_a_clearing_line_without_statement_keeps_it_open(self):
        period = self._create_period()
        line = self._collect(10.0, "2026-11-20")
        check = self._check(period, "unstated_lines")
        self.assertEqual(
            (check.ok, check.amount, check.res_ids), (False, -10, line.ids)
        )
        with self.assertRaisesRegex(UserError, "clearing line is on a statement"):
            self._close(period)
        self._state_period(period)
        self._close(period)

    def test_drafts_of_ours_keep_it_open_and_others_are_named(self):
        period = self._create_period()
        item = self._share(self.dealer_b1, 5.0, "origin").move_line_id
        self._state_period(period)
        ours = item.move_id.copy({"date": "2026-11-21"})
        after = item.move_id.copy({"date": "2026-12-01"})
        journal = (
            self.env["account.journal"].search(
                [("type", "=", "general"), ("company_id", "=", self.company.id)]
            )
            - self.company._o2o_own_journals()
        )
        expense = (item.move_id.line_ids - item).account_id
        other = self.env["account.move"].create(
            {
                "journal_id": journal[0].id,
                "date": "2026-11-22",
                "line_ids": [
                    Command.create({"account_id": expense.id, "balance": balance})
                    for balance in (7.0, -7.0)
                ],
            }
        )
        check = self._check(period, "drafts")
        self.assertEqual((check.ok, check.res_ids), (False, ours.ids))
        self.assertNotIn(after.id, check.res_ids)
        check = self._check(period, "other_drafts")
        self.assertTrue(check.ok)
        self.assertIn(other.id, check.res_ids)
        with self.assertRaisesRegex(UserError, "No draft entries"):
            self._close(period)
        ours.unlink()
        self._close(period)

    def test_a_draft_on_the_clearing_account_in_any_journal(self):
        period = self._create_period()
        self._state_period(period)
        journal = (
            self.env["account.journal"].search(
                [("type", "=", "general"), ("company_id", "=", self.company.id)]
            )
            - self.company._o2o_own_journals()
        )
        share = self._share(self.dealer_b1, 5.0, "origin", day="2026-12-05")
        draft = self.env["account.move"].create(
            {
                "journal_id": journal[0].id,
                "date": "2026-11-22",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": item.account_id.id,
                            "partner_id": self.dealer_b1.id,
                            "balance": item.balance,
                        }
                    )
                    for item in share.move_id.line_ids
                ],
            }
        )
        self.assertEqual(self._check(period, "drafts").res_ids, draft.ids)
