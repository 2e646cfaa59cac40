from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestPayment(O2oSettlementCommon):
    """The payee's tax invoice, the small-scale rate, and paying from the statement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_require_dealer_invoice = True
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )

    def _billed(self, partner=None, amount=820.0, role="fulfiller"):
        partner = partner or self.dealer_c2
        self._share(partner, amount, role)
        period = self._create_period()
        self._state_period(period)
        return self._statement(partner, period)

    def _invoice(self, statement, amount, number="25512000000012345678", user=None):
        invoices = self.env["o2o.settlement.invoice"].with_user(user or self.accountant)
        return invoices.create(
            {"settlement_id": statement.id, "number": number, "amount": amount}
        )

    def _register(self, statements):
        action = statements.action_pay()
        wizard = self.env["account.payment.register"].with_context(**action["context"])
        return wizard.create({"payment_date": "2026-12-05"})._create_payments()

    def test_a_wrong_invoice_blocks_the_payment_and_names_both(self):
        statement = self._billed()
        self._invoice(statement, 926.00)
        self.assertEqual(statement.invoice_state, "mismatch")
        with self.assertRaisesRegex(UserError, r"926\.60.*12345678.*926\.00"):
            statement.action_pay()
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=statement.bill_id.ids)
            .create({"payment_date": "2026-12-05"})
        )
        with self.assertRaisesRegex(UserError, r"926\.60.*926\.00"):
            wizard.action_create_payments()
        self.assertEqual(statement.state, "billed")

    def test_a_matching_invoice_lets_it_be_paid(self):
        statement = self._billed()
        self._invoice(statement, 926.60)
        self.assertEqual(statement.invoice_state, "matched")
        payment = self._register(statement)
        self.assertEqual((payment.amount, payment.partner_id), (926.6, self.dealer_c2))
        self.assertEqual(statement.state, "paid")

    def test_a_missing_invoice_blocks_where_it_is_required(self):
        statement = self._billed()
        with self.assertRaisesRegex(
            UserError, r"926\.60 is missing|926\.60.* is missing"
        ):
            statement.action_pay()
        self.company.o2o_require_dealer_invoice = False
        self.assertEqual(statement.invoice_state, "none")
        self._register(statement)
        self.assertEqual(statement.state, "paid")

    def test_a_wrong_invoice_blocks_even_where_none_is_required(self):
        self.company.o2o_require_dealer_invoice = False
        statement = self._billed()
        self._invoice(statement, 926.61)
        with self.assertRaisesRegex(UserError, r"926\.60.*926\.61"):
            statement.action_pay()

    def test_goods_and_services_on_two_invoices_match_together(self):
        statement = self._billed()
        self._invoice(statement, 900.0, "1")
        self.assertEqual(statement.invoice_state, "mismatch")
        self._invoice(statement, 26.6, "2")
        self.assertEqual(statement.invoice_state, "matched")

    def test_a_payment_reconciled_by_hand_is_blocked_too(self):
        statement = self._billed()
        self._invoice(statement, 926.00)
        item = statement._payable_items()
        payout = self.env["account.move"].create(
            {
                "date": "2026-12-05",
                "journal_id": self.bank.id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": item.account_id.id,
                            "partner_id": self.dealer_c2.id,
                            "balance": 926.6,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.bank.default_account_id.id,
                            "balance": -926.6,
                        }
                    ),
                ],
            }
        )
        payout._post()
        paid = item | payout.line_ids.filtered(
            lambda line: line.account_id == item.account_id
        )
        with self.assertRaisesRegex(UserError, r"926\.60.*926\.00"):
            paid.reconcile()

    def _window(self, statements, **values):
        """The payment register as it is opened from the statements."""
        action = statements.action_pay()
        wizards = self.env["account.payment.register"].with_context(**action["context"])
        return wizards.create({"payment_date": "2026-12-05", **values})

    def test_two_open_windows_pay_a_statement_once(self):
        self.company.o2o_require_dealer_invoice = False
        for statement in (self._billed(), self._billed_person()):
            first, second = self._window(statement), self._window(statement)
            payment = first._create_payments()
            self.assertEqual(statement.state, "paid")
            with self.assertRaisesRegex(
                UserError, rf"{statement.name}.*\D0\.00 is left"
            ):
                second._create_payments()
            payments = self.env["account.payment"].search(
                [("partner_id", "=", statement.partner_id.id)]
            )
            self.assertEqual(payments, payment)

    def _billed_person(self):
        self._share(self.guide, 30.0, "guide")
        period = self.env["o2o.settlement.period"].search(
            [("company_id", "=", self.company.id)]
        )
        self._state_period(period)
        return self._statement(self.guide, period)

    def test_a_window_opened_before_a_part_was_paid_pays_no_more(self):
        self.company.o2o_require_dealer_invoice = False
        statement = self._billed()
        first, second = self._window(statement), self._window(statement)
        first.write({"amount": 500.0})
        first._create_payments()
        self.assertEqual(statement.state, "billed")
        with self.assertRaisesRegex(UserError, r"426\.60 is left"):
            second._create_payments()
        self.assertEqual(self._register(statement).amount, 426.6)
        self.assertEqual(statement.state, "paid")

    def test_one_paid_statement_among_several_stops_the_window(self):
        self.company.o2o_require_dealer_invoice = False
        statement = self._billed()
        several = statement | self._billed_person()
        window = self._window(several)
        self._register(statement)
        with self.assertRaisesRegex(UserError, f"{statement.name}.* was paid after"):
            window._create_payments()
        self._window(several - statement)._create_payments()
        self.assertEqual(set(several.mapped("state")), {"paid"})

    @mute_logger("odoo.sql_db")
    def test_a_number_pays_once(self):
        statement = self._billed()
        self._invoice(statement, 900.0, "2551 2000 0000")
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._invoice(statement, 26.6, "255120000000")

    def test_the_invoice_of_a_paid_statement_stays(self):
        statement = self._billed()
        invoice = self._invoice(statement, 926.60)
        self._register(statement)
        with self.assertRaisesRegex(UserError, "can't be changed"):
            invoice.with_user(self.accountant).amount = 1.0
        with self.assertRaisesRegex(UserError, "can't be changed"):
            invoice.with_user(self.accountant).unlink()
        with self.assertRaisesRegex(UserError, "can't be changed"):
            self._invoice(statement, 1.0, "2")

    def test_nobody_invoices_what_is_not_billed(self):
        person = self._billed(self.guide, 30.0, "guide")
        with self.assertRaisesRegex(UserError, "needs no tax invoice"):
            self._invoice(person, 30.0)
        self.assertEqual(person.invoice_state, "none")

    def test_a_manager_enters_no_invoice(self):
        statement = self._billed()
        manager = self._create_user("o2o_channel.o2o_group_manager")
        with self.assertRaises(AccessError):
            self._invoice(statement, 926.60, user=manager)

    def test_statements_waiting_for_an_invoice_are_found(self):
        statement = self._billed()
        waiting = self.env["o2o.settlement"].search(
            [("invoice_state", "=", "waiting"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(waiting, statement)
        self._invoice(statement, 926.60)
        self.assertFalse(
            waiting.search(
                [("id", "in", waiting.ids), ("invoice_state", "=", "waiting")]
            )
        )

    def test_dealers_and_people_are_paid_in_one_go(self):
        self._share(self.dealer_b1, 60.0, "origin")
        self._share(self.guide, 5000.0, "guide")
        period = self._create_period()
        statements = self._state_period(period)
        self._invoice(self._statement(self.dealer_b1, period), 63.6)
        payments = self._register(statements)
        self.assertEqual(sorted(payments.mapped("amount")), [63.6, 4200.0])
        self.assertEqual(set(statements.mapped("state")), {"paid"})

    def test_a_small_scale_dealer_is_billed_at_one_percent(self):
        self.company._o2o_setup_accounting()
        self.dealer_b1.o2o_taxpayer = "small_scale"
        statement = self._billed(self.dealer_b1, 60.0, "origin")
        bill = statement.bill_id
        self.assertEqual((bill.amount_tax, bill.amount_total), (0.6, 60.6))
        self.assertEqual(statement.amount_payable, 60.6)
        self._invoice(statement, 60.6)
        self._register(statement)
        self.assertEqual(statement.state, "paid")

    def test_the_tax_of_small_scale_dealers_is_made_once(self):
        roles = self.env["o2o.split.role"].search(
            [("company_id", "=", self.company.id), ("bill_tax_id", "!=", False)]
        )
        self.company._o2o_setup_accounting()
        tax = roles.small_scale_tax_id
        self.assertEqual((len(tax), tax.amount, tax.type_tax_use), (1, 1.0, "purchase"))
        self.company._o2o_setup_accounting()
        self.assertEqual(roles.small_scale_tax_id, tax)
