from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestReopen(O2oSettlementCommon):
    """Closing by the wizard, the report for the file, and reopening by a second person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._create_user("o2o_channel.o2o_group_approver")
        cls._share(cls.dealer_c2, 820.0)
        cls.period = cls._create_period()

    def _wizard(self, user=None):
        period = self.period.with_user(user or self.accountant)
        action = period.action_close_wizard()
        wizard = self.env[action["res_model"]].with_user(user or self.accountant)
        return wizard.browse(action["res_id"])

    def _closed(self, month="2026-11-01"):
        if not self.period.statement_ids:
            self._state_period(self.period)
        self._wizard().action_close()
        return self.period

    def _reopen(self, user, reason="A delivery came late."):
        wizard = self.env["o2o.settlement.reopen"].with_user(user)
        return wizard.create(
            {"period_id": self.period.id, "reason": reason}
        ).action_reopen()

    def test_the_wizard_shows_what_is_missing_and_closes_when_nothing_is(self):
        wizard = self._wizard()
        self.assertFalse(wizard.is_ready)
        with self.assertRaisesRegex(UserError, "can't be closed yet"):
            wizard.action_close()
        self._state_period(self.period)
        wizard.action_check()
        self.assertTrue(wizard.is_ready)
        wizard.action_close()
        self.assertEqual(
            (self.period.state, self.period.closed_by_id), ("closed", self.accountant)
        )

    def test_the_report_is_kept_with_the_period(self):
        period = self._closed()
        report = self.env["ir.attachment"].search(
            [("res_model", "=", period._name), ("res_id", "=", period.id)]
        )
        self.assertEqual(len(report), 1)
        self.assertTrue(report.raw.startswith(b"%PDF"))
        self.assertIn(str(report.id), period.action_close_report()["url"])
        paper = period._close_paper()
        sums = {label: amount for label, amount, _strong in paper["sums"]}
        self.assertEqual(
            (sums["Stated without tax"], sums["VAT"], sums["Payable"]),
            ("820.00", "106.60", "926.60"),
        )
        self.assertEqual(len(paper["tables"][1]["rows"]), 1)
        self.assertEqual(paper["watermark"], "")

    def test_closing_before_the_last_day_is_warned_of(self):
        self._state_period(self.period)
        for now, over in (
            ("2026-11-30 15:59:00", False),
            ("2026-11-30 16:01:00", True),
        ):
            with freeze_time(now):  # midnight in Shanghai lies between
                self.assertEqual(self._wizard().is_over, over)

    def test_the_tick_locks_odoo_too_for_who_may(self):
        self._state_period(self.period)
        wizard = self._wizard()
        wizard.lock_fiscalyear = True
        with self.assertRaisesRegex(UserError, "accounting administrator"):
            wizard.action_close()
        self.assertEqual(self.period.state, "closing")
        self.accountant.group_ids += self.env.ref("account.group_account_manager")
        wizard.invalidate_recordset(["may_lock"])
        wizard.action_close()
        self.assertEqual(self.company.fiscalyear_lock_date, date(2026, 11, 30))
        self.assertEqual(self.period.state, "closed")

    def test_a_second_person_reopens_with_a_reason(self):
        self._closed()
        self._reopen(self.approver)
        self.assertEqual(
            (self.period.state, self.period.reopened_by_id, self.period.reopen_reason),
            ("closing", self.approver, "A delivery came late."),
        )
        self.assertIn("A delivery came late", self.period.message_ids[0].body)
        self.assertEqual(
            self.company._o2o_first_open_date(date(2026, 11, 30)), date(2026, 11, 30)
        )
        self._share(self.dealer_b1, 100.0, "origin", day="2026-11-22")
        self.period.with_user(self.accountant).action_check()
        self.assertFalse(
            self.period.check_ids.filtered(lambda check: check.key == "unstated").ok
        )

    def test_what_comes_after_a_statement_waits_for_the_next_and_the_month_closes(self):
        """820.00 are billed for November; 100.00 of November more go onto December's bill."""
        self._closed()
        self._reopen(self.approver)
        late = self._share(self.dealer_c2, 100.0, day="2026-11-22")
        self._state_period(self.period)
        self.assertFalse(late.statement_id)
        wizard = self._wizard()
        checks = {check.key: check for check in self.period.check_ids}
        self.assertTrue(checks["unstated"].ok)
        self.assertEqual(
            (checks["waiting"].ok, checks["waiting"].amount), (True, 100.0)
        )
        self.assertEqual(checks["waiting"].res_ids, late.ids)
        wizard.action_close()
        december = self._create_period("2026-12-01")
        statement = self._state_period(december)
        self.assertEqual((statement.line_ids, statement.amount_total), (late, 100.0))
        reports = self.env["ir.attachment"].search_count(
            [("res_model", "=", self.period._name), ("res_id", "=", self.period.id)]
        )
        self.assertEqual(reports, 2)

    def test_a_clearing_line_after_the_statement_waits_too(self):
        self._closed()
        self._reopen(self.approver)
        [line] = self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_c2.id,
                    "kind": "penalty",
                    "amount": -10.0,
                    "date": date(2026, 11, 25),
                    "name": "Late",
                    "key": "late/1",
                    "counterparts": [
                        (self.company._o2o_account("560110").id, -10.0, {})
                    ],
                }
            ]
        )
        self._wizard()
        checks = {check.key: check for check in self.period.check_ids}
        self.assertTrue(checks["unstated_lines"].ok)
        self.assertEqual(checks["waiting"].res_ids, line.ids)

    def test_the_wizard_says_what_reopening_does(self):
        self._closed()
        self.company.sudo().sale_lock_date = "2026-11-30"
        self._create_period("2026-12-01")
        wizard = self.env["o2o.settlement.reopen"].with_user(self.approver)
        effects = wizard.create(
            {"period_id": self.period.id, "reason": "Because"}
        ).effects
        self.assertIn("stay as they are, with their bills and payments", effects)
        self.assertIn("Billed 1", effects)
        self.assertIn("goes onto their next statement", effects)
        self.assertIn("Sales Lock Date", effects)

    def test_who_closed_it_does_not_reopen_it(self):
        self.accountant.group_ids += self.env.ref("o2o_channel.o2o_group_approver")
        self._closed()
        with self.assertRaisesRegex(UserError, "closed 2026-11 yourself"):
            self._reopen(self.accountant)

    def test_an_accountant_alone_does_not_reopen_it(self):
        self._closed()
        other = self._create_user("o2o_channel.o2o_group_accountant", login="second")
        with self.assertRaises(AccessError):
            self.period.with_user(other)._reopen("Because")
        with self.assertRaises(UserError):
            self.period.with_user(other).write({"reopen_reason": "Because"})

    def test_without_a_reason_it_stays_closed(self):
        self._closed()
        with self.assertRaisesRegex(ValidationError, "under Reason"):
            self._reopen(self.approver, "  ")
        self.assertEqual(self.period.state, "closed")

    def test_only_the_last_closed_period_is_reopened(self):
        self._closed()
        later = self._create_period("2026-12-01")
        later.with_user(self.accountant).action_close()
        with self.assertRaisesRegex(UserError, "2026-12 is closed already"):
            self._reopen(self.approver)
