from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestStatement(O2oSettlementCommon):
    def _ga(self, day="2026-11-20"):
        """The shares of one rice cooker at 1,000.00 net."""
        self._share(self.dealer_c2, 820.0, "fulfiller", day)
        self._share(self.dealer_b1, 60.0, "origin", day)
        self._share(self.dealer_c1, 20.0, "tier1", day)
        self._share(self.guide, 30.0, "guide", day)

    def test_a_statement_per_payee_with_what_is_released(self):
        self._ga()
        late = self._share(self.dealer_c2, 724.94, day="2026-11-26")
        period = self._create_period()
        statements = self._state_period(period, confirm=False)
        amounts = {s.partner_id: s.amount_total for s in statements}
        self.assertEqual(
            amounts,
            {
                self.dealer_c2: 820,
                self.dealer_b1: 60,
                self.dealer_c1: 20,
                self.guide: 30,
            },
        )
        self.assertFalse(late.statement_id)
        self.assertEqual(period.amount_accrued, 724.94)
        self.assertEqual(self._statement(self.guide, period).payee_kind, "individual")
        self.assertEqual(set(statements.line_ids.mapped("state")), {"stated"})

    def test_running_twice_adds_nothing_and_takes_up_what_is_new(self):
        self._ga()
        period = self._create_period()
        first = self._state_period(period, confirm=False)
        self.assertFalse(self._state_period(period, confirm=False) - first)
        self._share(self.dealer_c2, 100.0, day="2026-11-21")
        self._state_period(period, confirm=False)
        self.assertEqual(self._statement(self.dealer_c2, period).amount_total, 920)

    def test_a_sent_statement_gets_no_more_lines(self):
        self._ga()
        period = self._create_period()
        self._state_period(period, confirm=False)
        sent = self._statement(self.dealer_c2, period)
        sent.action_send()
        more = self._share(self.dealer_c2, 100.0, day="2026-11-21")
        self._state_period(period, confirm=False)
        self.assertEqual(sent.amount_total, 820)
        self.assertFalse(more.statement_id)
        following = self._create_period("2026-12-01")
        self._state_period(following, confirm=False)
        self.assertEqual(self._statement(self.dealer_c2, following).amount_total, 100)

    def test_the_computing_part_takes_a_fixed_number_of_queries(self):
        self._ga()
        self.company._o2o_today()  # the company's time zone is read but once
        counts = []
        for month in ("2026-11-01", "2026-12-01"):
            period = self._create_period(month)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            period._make_statements()
            counts.append(self.env.cr.sql_log_count - before)
            for number in range(30):
                payee = self.env["res.partner"].create({"name": f"Payee {number}"})
                self._share(payee, 10.0, day="2026-12-05")
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 8)

    def test_cancelling_frees_the_lines_for_a_new_statement(self):
        self._ga()
        period = self._create_period()
        self._state_period(period, confirm=False)
        first = self._statement(self.dealer_c2, period)
        lines = first.line_ids
        first.action_send()
        first.with_user(self.accountant).action_cancel()
        self.assertEqual(first.state, "cancelled")
        self.assertFalse(lines.statement_id)
        self._state_period(period, confirm=False)
        second = self._statement(self.dealer_c2, period)
        self.assertNotEqual(second, first)
        self.assertNotEqual(second.name, first.name)
        self.assertEqual(second.line_ids, lines)

    def test_a_billed_statement_stays_as_it_is(self):
        self._ga()
        statement = self._state_period(self._create_period()).filtered(
            lambda s: s.partner_id == self.dealer_c2
        )
        self.assertEqual(statement.state, "billed")
        accountant = statement.with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "is Billed"):
            accountant.action_cancel()
        with self.assertRaisesRegex(UserError, "can't be edited"):
            accountant.write({"amount_total": 999})
        with self.assertRaisesRegex(UserError, "can't be edited"):
            accountant.with_context(o2o_internal=True).write({"state": "draft"})
        with self.assertRaises(AccessError):
            accountant.unlink()
        with self.assertRaisesRegex(UserError, "can't be deleted"):
            statement.unlink()
        for method in ("button_draft", "button_cancel"):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                getattr(statement.bill_id, method)()

    def test_confirming_twice_makes_one_bill(self):
        self._ga()
        statements = self._state_period(self._create_period())
        bills, entries = statements.bill_id, statements.move_id
        statements.with_user(self.accountant).action_confirm()
        self.assertEqual((statements.bill_id, statements.move_id), (bills, entries))
        documents = self.env["account.move"].search(
            [("o2o_settlement_id", "in", statements.ids)]
        )
        self.assertEqual(len(documents), 4)

    def test_a_disputed_statement_waits(self):
        self._ga()
        period = self._create_period()
        self._state_period(period, confirm=False)
        statement = self._statement(self.dealer_c2, period).with_user(self.accountant)
        statement.action_send()
        statement.action_dispute()
        with self.assertRaisesRegex(UserError, "is Disputed"):
            statement.action_confirm()
        statement.action_send()
        statement.action_confirm()
        self.assertEqual(statement.state, "billed")

    def test_sending_mails_the_link(self):
        self._ga()
        self.dealer_c2.email = "boss@c2.example"
        period = self._create_period()
        self._state_period(period, confirm=False)
        statements = period.statement_ids.with_user(self.accountant)
        statements.action_send()
        self.assertEqual(set(statements.mapped("state")), {"sent"})
        mails = self.env["mail.mail"].search(
            [("model", "=", "o2o.settlement"), ("res_id", "in", statements.ids)]
        )
        self.assertEqual(mails.res_id, self._statement(self.dealer_c2, period).id)
        self.assertIn(f"/my/o2o/statements/{mails.res_id}", mails.body_html)

    def test_who_may_do_what(self):
        self._ga()
        period = self._create_period()
        for group in ("manager", "auditor", "approver"):
            user = self._create_user(f"o2o_channel.o2o_group_{group}")
            with self.assertRaises(AccessError):
                period.with_user(user).action_make_statements()
        self._state_period(period, confirm=False)
        statement = self._statement(self.dealer_c2, period)
        for user in self.env["res.users"].search([("login", "like", "o2o_group_")]):
            self.assertEqual(statement.with_user(user).amount_total, 820)
            self.assertEqual(statement.with_user(user).amount_payable, 926.6)
            self.assertEqual(statement.with_user(user).line_ids.amount, 820)
            if user != self.accountant:
                for method in ("action_send", "action_confirm", "action_cancel"):
                    with self.assertRaises(AccessError):
                        getattr(statement.with_user(user), method)()

    def test_another_company_sees_nothing(self):
        self._ga()
        statements = self._state_period(self._create_period())
        other = self.env["res.company"].create({"name": "Other Brand"})
        stranger = self._create_user(
            "o2o_channel.o2o_group_accountant", login="stranger"
        )
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        stranger_env = statements.with_user(stranger).with_context(
            allowed_company_ids=other.ids
        )
        for model in ("o2o.settlement", "o2o.settlement.period", "o2o.clearing.report"):
            self.assertFalse(stranger_env.env[model].search([]))
        with self.assertRaises(AccessError):
            stranger_env.read(["amount_total"])

    @mute_logger("odoo.sql_db")
    def test_one_statement_per_payee_and_period(self):
        self._ga()
        period = self._create_period()
        statement = self._state_period(period, confirm=False)[0]
        with self.assertRaises(IntegrityError):
            statement.copy()

    def test_periods_of_a_company_do_not_overlap(self):
        self._create_period()
        with self.assertRaisesRegex(ValidationError, "overlaps period 2026-11"):
            self._create_period("2026-11-15")

    def test_settings_that_lack_are_named(self):
        self._ga()
        self.company.o2o_bill_journal_id = False
        period = self._create_period()
        with self.assertRaisesRegex(UserError, "Dealer Bill Journal"):
            period.with_user(self.accountant).action_make_statements()
