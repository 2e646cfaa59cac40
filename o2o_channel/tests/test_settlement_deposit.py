from datetime import date

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestDeposit(O2oSettlementCommon):
    """Deposits: held on 224130, filled up from statements, taken for penalties (R9.4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.income = cls.env["account.account"].search(
            [
                ("company_ids", "in", cls.company.ids),
                ("internal_group", "=", "income"),
            ],
            limit=1,
        )
        cls.dealer_c2.write({"dealer_deposit": 500.0, "o2o_deposit_top_up": True})

    def _move(self, operation, amount, **values):
        wizard = (
            self.env["o2o.deposit.move"]
            .with_user(self.accountant)
            .create(
                {
                    "partner_id": self.dealer_c2.id,
                    "company_id": self.company.id,
                    "operation": operation,
                    "amount": amount,
                    "date": "2026-11-05",
                    "journal_id": self.bank.id,
                    "account_id": self.income.id,
                    **values,
                }
            )
        )
        return wizard.action_apply()

    def _held(self):
        self.dealer_c2.invalidate_recordset()
        dealer = self.dealer_c2.with_company(self.company)
        return dealer.o2o_deposit_balance, dealer.o2o_deposit_missing

    def _last_entry(self):
        items = self.dealer_c2._o2o_deposit_items(self.company)
        return self._journal_items(items[0].move_id)

    def _owe(self, amount, kind="claim"):
        account = self.company._o2o_account("560110")
        self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_c2.id,
                    "kind": kind,
                    "amount": -amount,
                    "date": date(2026, 11, 8),
                    "name": "Case",
                    "key": f"case/{kind}/{amount}",
                    "counterparts": [(account.id, -amount, {})],
                }
            ]
        )

    def _settled(self, month="2026-11-01"):
        period = self._create_period(month)
        self._state_period(period)
        return self._statement(self.dealer_c2, period)

    # === Filled up from statements ===
    def test_a_statement_fills_up_the_deposit(self):
        """Bill 926.60, 500.00 to the deposit: 426.60 is paid out."""
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period, confirm=False)
        statement = self._statement(self.dealer_c2, period)
        self.assertEqual(
            (statement.amount_top_up, statement.amount_payable), (500.0, 426.6)
        )
        sealed = statement._seal()[statement]
        paper = statement._paper_sums()
        self.assertIn(("Kept for the deposit", "-500.00", False), paper)
        statement.with_user(self.accountant).action_confirm()
        self.assertEqual(
            (statement.amount_top_up, statement.amount_payable), (500.0, 426.6)
        )
        self.assertEqual(statement._seal()[statement], sealed, "the payee agreed to it")
        self.assertEqual(statement._paper_sums(), paper)
        self.assertEqual(statement.bill_id.amount_total, 926.6)
        self.assertEqual(statement.bill_id.amount_residual, 426.6)
        self.assertEqual(
            self._last_entry(),
            {("224110", self.dealer_c2): 500.0, ("224130", self.dealer_c2): -500.0},
        )
        payable = self.dealer_c2.property_account_payable_id.with_company(self.company)
        self.assertEqual(
            self._journal_items(statement.offset_move_id),
            {("224110", self.dealer_c2): -500.0, (payable.code, self.dealer_c2): 500.0},
        )
        self.assertEqual(self._held(), (500.0, 0.0))
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})
        self.assertTrue(statement.clearing_line_ids.move_line_id.reconciled)

    def test_no_more_than_the_agreed_part_of_a_statement_is_kept(self):
        """926.60: a fifth of it, 185.32, goes to the deposit; then of 565.01 113.00."""
        self.dealer_c2.o2o_deposit_top_up_percent = 20.0
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        statement = self._state_period(period, confirm=False)
        self.assertEqual(
            (statement.amount_top_up, statement.amount_payable), (185.32, 741.28)
        )
        self.dealer_c2.o2o_deposit_top_up_percent = 0.0
        statement.with_user(self.accountant).action_confirm()
        self.assertEqual(statement.amount_deposit, 185.32, "as it was agreed to")
        self.assertEqual(self._held(), (185.32, 314.68))
        self.dealer_c2.o2o_deposit_top_up_percent = 20.0
        self._share(self.dealer_c2, 500.01, day="2026-12-02")
        later = self._settled("2026-12-01")
        self.assertEqual((later.amount_top_up, later.amount_payable), (113.0, 452.01))
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})

    def test_a_part_over_a_hundred_percent_is_refused(self):
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
        ):
            self.dealer_c2.o2o_deposit_top_up_percent = 101.0

    def test_claims_come_first_and_the_rest_fills_up_later(self):
        """113.00 less a claim of 80.00: 33.00 to the deposit, 467.00 are still missing."""
        self._share(self.dealer_c2, 100.0)
        self._owe(80.0)
        statement = self._settled()
        self.assertEqual(
            (statement.amount_top_up, statement.amount_payable), (33.0, 0.0)
        )
        self.assertEqual(statement.state, "paid")
        self.assertEqual(self._held(), (33.0, 467.0))
        self._share(self.dealer_c2, 1000.0, day="2026-12-02")
        later = self._settled("2026-12-01")
        self.assertEqual((later.amount_top_up, later.amount_payable), (467.0, 663.0))
        self.assertEqual(self._held(), (500.0, 0.0))
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})

    def test_who_owes_more_than_it_gets_fills_up_nothing(self):
        self._share(self.dealer_c2, 100.0)
        self._owe(180.0)
        statement = self._settled()
        self.assertEqual((statement.amount_top_up, statement.amount_owed), (0.0, 67.0))
        self.assertEqual(self._held(), (0.0, 500.0))
        self._assert_clearing_ties_out()

    def test_a_statement_that_is_carried_fills_up_nothing(self):
        self.company.o2o_minimum_payout = 50.0
        self._share(self.dealer_c2, 10.0)
        statement = self._settled()
        self.assertTrue(statement.carried)
        self.assertEqual(statement.amount_top_up, 0.0)
        self.assertEqual(self._held(), (0.0, 500.0))
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 10.0})

    def test_the_minimum_is_judged_before_the_deposit(self):
        self.company.o2o_minimum_payout = 50.0
        self._share(self.dealer_c2, 450.0)  # 508.50 with VAT
        statement = self._settled()
        self.assertEqual((statement.carried, statement.amount_payable), (False, 8.5))

    def test_only_who_agreed_and_lacks_something_is_asked(self):
        self.dealer_c1.dealer_deposit = 500.0
        for dealer in (self.dealer_c1, self.dealer_b1, self.dealer_c2):
            self._share(dealer, 100.0)
        self._move("receive", 500.0)
        statements = self._state_period(self._create_period())
        self.assertEqual(set(statements.mapped("amount_top_up")), {0.0})
        self.assertEqual(statements.mapped("amount_payable"), [113.0] * 3)

    def test_two_statements_do_not_fill_up_the_same_gap(self):
        self.dealer_c2.o2o_settlement_cycle = "half"
        self._share(self.dealer_c2, 300.0, day="2026-10-03")
        self._share(self.dealer_c2, 600.0, day="2026-10-20")
        period = self._create_period("2026-10-01")
        self._state_period(period, confirm=False)
        first, second = period.statement_ids.sorted("date_from")
        self.assertEqual((first.amount_top_up, second.amount_top_up), (339.0, 0.0))
        period.statement_ids.with_user(self.accountant).action_confirm()
        self.assertEqual(self._held(), (339.0, 161.0))
        self._assert_clearing_ties_out()

    def test_what_was_paid_in_meanwhile_is_not_kept_again(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period, confirm=False)
        self._move("receive", 400.0)
        statement = self._statement(self.dealer_c2, period)
        statement.with_user(self.accountant).action_confirm()
        self.assertEqual(
            (statement.amount_top_up, statement.amount_payable), (100.0, 826.6)
        )
        self.assertEqual(self._held(), (500.0, 0.0))

    def test_a_rerun_asks_for_what_is_missing_then(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period, confirm=False)
        self._move("receive", 400.0)
        self._state_period(period, confirm=False)
        self.assertEqual(period.statement_ids.amount_top_up, 100.0)

    def test_the_figures_are_not_edited_by_hand(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period, confirm=False)
        for values in ({"deposit_due": 0.0}, {"amount_deposit": 5.0}):
            with self.assertRaisesRegex(UserError, "edited by hand"):
                period.statement_ids.with_user(self.accountant).write(values)

    # === Booked by hand ===
    def test_paid_in_and_paid_back(self):
        self._move("receive", 400.0)
        bank = self.bank.default_account_id.with_company(self.company).code
        self.assertEqual(
            self._last_entry(),
            {("224130", self.dealer_c2): -400.0, (bank, self.dealer_c2): 400.0},
        )
        self._move("return", 150.0)
        self.assertEqual(
            self._last_entry(),
            {("224130", self.dealer_c2): 150.0, (bank, self.dealer_c2): -150.0},
        )
        self.assertEqual(self._held(), (250.0, 250.0))

    def test_money_waits_on_the_journals_outstanding_accounts(self):
        accounts = self._set_outstanding(self.bank)
        self._move("receive", 400.0)
        self.assertEqual(
            self._last_entry(),
            {("224130", self.dealer_c2): -400.0, (accounts[0], self.dealer_c2): 400.0},
        )
        self._move("return", 150.0)
        self.assertEqual(
            self._last_entry(),
            {("224130", self.dealer_c2): 150.0, (accounts[1], self.dealer_c2): -150.0},
        )

    def test_what_was_booked_stays_and_may_be_reversed(self):
        self._move("receive", 400.0)
        move = self.dealer_c2._o2o_deposit_items(self.company).move_id
        forced = move.with_context(force_delete=True)
        for change in (move.button_draft, forced.unlink):
            with self.assertRaisesRegex(UserError, "booked for a Deposit"):
                change()
        back = move._reverse_moves([{"date": "2026-11-06"}])
        back.action_post()
        self.assertEqual(self._held(), (0.0, 500.0))

    def test_a_dealer_whose_deposit_is_held_is_not_closed(self):
        self._move("receive", 400.0)
        with self.assertRaisesRegex(UserError, "holds a deposit of .*400.00"):
            self.dealer_c2.dealer_state = "closed"
        self._move("return", 400.0)
        self.dealer_c2.dealer_state = "closed"
        self.assertEqual(self.dealer_c2.dealer_state, "closed")

    def test_a_closed_dealer_is_archived_with_nothing_open(self):
        self.dealer_c2.dealer_state = "closed"
        self._move("receive", 400.0)
        with self.assertRaisesRegex(ValidationError, "can't be archived: .*400.00"):
            self.dealer_c2.active = False
        self._move("return", 400.0)
        share = self._share(self.dealer_c2, 820.0)
        with self.assertRaisesRegex(ValidationError, "can't be archived: .*820.00"):
            self.dealer_c2.active = False
        self.assertTrue(share)
        self.dealer_c1.dealer_state = "closed"
        self.dealer_c1.active = False
        self.assertFalse(self.dealer_c1.active)

    def test_the_workbook_of_offsets_alone_has_no_empty_sheet(self):
        self._owe(30.0)
        statement = self._settled()
        self.assertEqual(
            [sheet["title"] for sheet in statement._sheets()],
            ["Summary", "By role", "Offsets"],
        )

    def test_a_penalty_is_asked_for_again_on_the_next_statement(self):
        """R14: 2,000.00 of 20,000.00; the next statement fills up 2,000.00."""
        self.dealer_c2.dealer_deposit = 20000.0
        self._move("receive", 20000.0)
        self._move("penalty", 2000.0, reason="Diversion case 7")
        income = self.income.with_company(self.company).code
        self.assertEqual(
            self._last_entry(),
            {("224130", self.dealer_c2): 2000.0, (income, self.dealer_c2): -2000.0},
        )
        self.assertEqual(self._held(), (18000.0, 2000.0))
        self._share(self.dealer_c2, 2000.0)
        statement = self._settled()
        self.assertEqual(
            (statement.amount_top_up, statement.amount_payable), (2000.0, 260.0)
        )
        self.assertEqual(self._held(), (20000.0, 0.0))

    def test_the_deposit_covers_what_the_dealer_owes(self):
        self.dealer_c2.o2o_deposit_top_up = False
        self._move("receive", 500.0)
        self._owe(120.0)
        self._move("cover", 120.0)
        self.assertEqual(
            self._last_entry(),
            {("224110", self.dealer_c2): -120.0, ("224130", self.dealer_c2): 120.0},
        )
        self.assertEqual(self._held(), (380.0, 120.0))
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})
        self._share(self.dealer_c2, 100.0)
        statement = self._settled()
        self.assertEqual(statement.amount_payable, 113.0)
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})

    def test_no_more_is_taken_than_there_is(self):
        self._move("receive", 100.0)
        self._owe(20.0)
        for operation, amount in (("return", 100.01), ("penalty", 101), ("cover", 21)):
            with self.assertRaisesRegex(UserError, "more than", msg=operation):
                self._move(operation, amount, reason="Case")
        self.assertEqual(self._held(), (100.0, 400.0))

    def test_wrong_input_names_the_field(self):
        for message, values in (
            ("above zero", {"amount": 0.0}),
            ("above zero", {"amount": -5.0}),
            ("Bank or Cash", {"journal_id": False}),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._move(**{"operation": "receive", "amount": 5.0, **values})
        self._move("receive", 100.0)
        with self.assertRaisesRegex(ValidationError, "Income Account"):
            self._move("penalty", 5.0, account_id=False, reason="Case")
        with self.assertRaisesRegex(ValidationError, "Reason"):
            self._move("penalty", 5.0)

    def test_who_books_and_who_looks(self):
        self._move("receive", 100.0)
        auditor = self._create_user("o2o_channel.o2o_group_auditor")
        dealer = self.dealer_c2.with_company(self.company)
        self.assertEqual(dealer.with_user(auditor).o2o_deposit_balance, 100.0)
        with self.assertRaises(AccessError):
            self.env["o2o.deposit.move"].with_user(auditor).create(
                {"partner_id": dealer.id, "amount": 1.0}
            )

    def test_a_second_click_books_nothing(self):
        for operation, amount, held in (
            ("receive", 100.0, 100.0),
            ("return", 40.0, 60.0),
        ):
            self._move(operation, amount)
            wizard = self.env["o2o.deposit.move"].search([], order="id desc", limit=1)
            wizard.with_user(self.accountant).action_apply()
            self.assertEqual(self._held()[0], held)

    def test_another_company_holds_nothing(self):
        self._move("receive", 100.0)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.dealer_c2.with_company(other).o2o_deposit_balance, 0.0)

    def test_the_form_shows_the_balance(self):
        self._move("receive", 100.0)
        model = self.env["o2o.deposit.move"].with_user(self.accountant)
        form = Form(
            model.with_company(self.company).with_context(
                default_partner_id=self.dealer_c2.id
            )
        )
        self.assertEqual(form.balance, 100.0)
