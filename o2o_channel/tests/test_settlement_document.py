from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestDocument(O2oSettlementCommon):
    """Bills, withholding entries, carry forward; figures of the golden cases."""

    def _pay(self, move):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        return wizard.create({"payment_date": "2026-12-05"})._create_payments()

    def test_ga_bills_debit_clearing_with_the_roles_vat(self):
        self._share(self.dealer_c2, 820.0, "fulfiller")
        self._share(self.dealer_b1, 60.0, "origin")
        self._share(self.dealer_c1, 20.0, "tier1")
        self._share(self.guide, 30.0, "guide")
        period = self._create_period()
        self._state_period(period)
        expected = {
            self.dealer_c2: (820.0, 106.6, 926.6),
            self.dealer_b1: (60.0, 3.6, 63.6),
            self.dealer_c1: (20.0, 1.2, 21.2),
        }
        for dealer, (net, vat, gross) in expected.items():
            statement = self._statement(dealer, period)
            bill = statement.bill_id
            self.assertEqual((bill.move_type, bill.state), ("in_invoice", "posted"))
            self.assertEqual(bill.journal_id, self.company.o2o_bill_journal_id)
            self.assertEqual(str(bill.date), "2026-11-30")
            self.assertEqual(bill.ref, statement.name)
            self.assertEqual(
                (bill.amount_untaxed, bill.amount_tax, bill.amount_total),
                (net, vat, gross),
            )
            items = self._journal_items(bill)
            self.assertEqual(items.pop(("224110", dealer)), net)
            self.assertEqual(statement.amount_payable, gross)
            self.assertEqual(statement.state, "billed")
        entry = self._statement(self.guide, period).move_id
        self.assertEqual(
            self._journal_items(entry),
            {("224110", self.guide): 30.0, ("224120", self.guide): -30.0},
        )
        balances = self._assert_clearing_ties_out()
        self.assertEqual(set(balances.values()), {0.0})
        self.assertEqual(set(period.statement_ids.line_ids.mapped("billed")), {True})
        self.assertTrue(
            all(period.statement_ids.line_ids.move_line_id.mapped("reconciled"))
        )

    def test_paying_the_documents_pays_the_statements(self):
        self._share(self.dealer_c2, 820.0)
        self._share(self.guide, 30.0, "guide")
        period = self._create_period()
        self._state_period(period)
        dealer = self._statement(self.dealer_c2, period)
        guide = self._statement(self.guide, period)
        self._pay(dealer.bill_id)
        self.assertEqual(dealer.state, "paid")
        self.assertEqual(guide.state, "billed")
        payable = guide.move_id.line_ids.filtered(
            lambda item: item.account_id == self.company.o2o_individual_account_id
        )
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        payout = self.env["account.move"].create(
            {
                "date": "2026-12-05",
                "journal_id": bank.id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": payable.account_id.id,
                            "partner_id": self.guide.id,
                            "balance": 30.0,
                        }
                    ),
                    Command.create(
                        {"account_id": bank.default_account_id.id, "balance": -30.0}
                    ),
                ],
            }
        )
        payout._post()
        paid = payable | payout.line_ids.filtered(
            lambda i: i.account_id == payable.account_id
        )
        paid.reconcile()
        self.assertEqual(guide.state, "paid")
        paid.remove_move_reconcile()
        self.assertEqual(guide.state, "billed")

    def test_go_a_guide_paid_by_the_store_is_on_the_dealers_bill(self):
        self._share(self.dealer_b1, 60.0, "origin")
        self._share(self.dealer_b1, 30.0, "guide")
        period = self._create_period()
        statements = self._state_period(period)
        self.assertEqual(len(statements), 1)
        bill = statements.bill_id
        self.assertEqual(len(bill.invoice_line_ids), 2)
        self.assertEqual(
            (bill.amount_untaxed, bill.amount_tax, bill.amount_total), (90.0, 5.4, 95.4)
        )
        self.assertFalse(statements.amount_withheld)

    def test_vat_is_rounded_per_role(self):
        self._share(self.dealer_b1, 0.10, "origin")
        self._share(self.dealer_b1, 0.10, "tier1")
        bill = self._state_period(self._create_period()).bill_id
        self.assertEqual(
            bill.amount_tax, 0.02
        )  # 0.006 twice; on the sum it would be 0.01

    def test_vat_is_rounded_per_role_whatever_the_company_rounds(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self._share(self.dealer_b1, 0.10, "origin")
        self._share(self.dealer_b1, 0.10, "tier1")
        statement = self._state_period(self._create_period())
        self.assertEqual(
            (statement.amount_tax, statement.bill_id.amount_tax), (0.02, 0.02)
        )

    def test_a_person_employed_by_a_dealer_stands_apart_from_it(self):
        clerk = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": self.dealer_b1.id}
        )
        self._share(self.dealer_b1, 60.0, "origin")
        self._share(clerk, 30.0, "guide")
        self.assertEqual(
            self._assert_clearing_ties_out(), {self.dealer_b1: 60.0, clerk: 30.0}
        )
        period = self._create_period()
        self._state_period(period)
        self.assertEqual(self._statement(clerk, period).payee_kind, "individual")
        self.assertEqual(
            self._statement(self.dealer_b1, period).bill_id.amount_total, 63.6
        )
        self.assertEqual(
            self._assert_clearing_ties_out(), {self.dealer_b1: 0.0, clerk: 0.0}
        )

    def test_gk_withholding_by_the_months_total(self):
        cases = {
            30.0: 0.0,
            800.0: 0.0,
            3000.0: 440.0,
            4000.0: 640.0,
            5000.0: 800.0,
            30000.0: 5200.0,
            80000.0: 18600.0,
        }
        people = {}
        for pay in cases:
            people[pay] = self.env["res.partner"].create({"name": f"Guide {pay}"})
            self._share(people[pay], pay / 2, "guide")
            self._share(people[pay], pay / 2, "guide")
        period = self._create_period()
        self._state_period(period)
        for pay, tax in cases.items():
            statement = self._statement(people[pay], period)
            self.assertEqual(statement.amount_withheld, tax, f"pay {pay}")
            self.assertEqual(statement.amount_payable, pay - tax)
            items = self._journal_items(statement.move_id)
            self.assertEqual(items["224110", people[pay]], pay)
            self.assertEqual(items["224120", people[pay]], tax - pay)
            self.assertEqual(items.get(("222112", people[pay]), 0.0), -tax)
        self._assert_clearing_ties_out()

    def test_a_new_table_counts_from_its_first_day(self):
        self.env["o2o.withholding.bracket"].create(
            {"date_from": "2026-12-01", "over": 0, "rate": 10}
        )
        self._share(self.guide, 1000.0, "guide")
        november = self._create_period()
        self.assertEqual(self._state_period(november).amount_withheld, 40.0)
        self._share(self.guide, 1000.0, "guide", day="2026-12-05")
        december = self._create_period("2026-12-01")
        self.assertEqual(self._state_period(december).amount_withheld, 100.0)

    def test_gh_a_negative_total_is_carried_forward(self):
        self._share(self.dealer_c2, 820.0, day="2026-11-20")
        second = self._share(self.dealer_c2, 724.94, day="2026-11-26")
        november = self._create_period()
        self.assertEqual(self._state_period(november).bill_id.amount_total, 926.6)
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], 724.94)
        self.assertEqual(november.amount_accrued, 724.94)

        refund = self._share(self.dealer_c2, -820.0, day="2026-12-02")
        december = self._create_period("2026-12-01")
        carried = self._state_period(december)
        self.assertEqual(carried.line_ids, second | refund)
        self.assertEqual(carried.amount_total, -95.06)
        self.assertEqual((carried.state, carried.carried), ("confirmed", True))
        self.assertFalse(carried.bill_id)
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], -95.06)

        self._share(self.dealer_c2, 200.0, day="2027-01-05")
        january = self._create_period("2027-01-01")
        statement = self._state_period(january)
        self.assertEqual(statement.carried_ids, carried)
        self.assertEqual(
            (statement.opening_carry, statement.amount_lines, statement.amount_total),
            (-95.06, 200.0, 104.94),
        )
        self.assertEqual(statement.bill_id.amount_untaxed, 104.94)
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], 0.0)
        self.assertEqual(set(carried.line_ids.mapped("billed")), {True})

    def test_too_little_waits_until_it_is_enough(self):
        self.company.o2o_minimum_payout = 50.0
        self._share(self.dealer_b1, 30.0, "origin")
        november = self._state_period(self._create_period())
        self.assertTrue(november.carried)
        empty = self._create_period("2026-12-01")
        self.assertFalse(self._state_period(empty))
        self._share(self.dealer_b1, 25.0, "origin", day="2027-01-05")
        january = self._state_period(self._create_period("2027-01-01"))
        self.assertEqual(january.amount_total, 55.0)
        self.assertEqual(january.bill_id.amount_total, 58.3)
        self._assert_clearing_ties_out()

    def test_what_waited_is_paid_once_the_minimum_allows_it(self):
        self.company.o2o_minimum_payout = 50.0
        self._share(self.dealer_b1, 30.0, "origin")
        self._state_period(self._create_period())
        self.company.o2o_minimum_payout = 10.0
        december = self._state_period(self._create_period("2026-12-01"))
        self.assertEqual((december.amount_lines, december.amount_total), (0.0, 30.0))
        self.assertEqual(december.bill_id.amount_total, 31.8)
        self._assert_clearing_ties_out()

    def test_cancelling_gives_the_carry_back(self):
        self._share(self.dealer_c2, -10.0, day="2026-11-20")
        carried = self._state_period(self._create_period())
        self._share(self.dealer_c2, 100.0, day="2026-12-05")
        december = self._create_period("2026-12-01")
        first = self._state_period(december, confirm=False)
        self.assertEqual(first.amount_total, 90.0)
        first.with_user(self.accountant).action_cancel()
        self.assertFalse(carried.carried_to_id)
        again = self._state_period(december)
        self.assertEqual(again.bill_id.amount_untaxed, 90.0)

    def test_a_refund_in_another_role_lowers_the_bill(self):
        self._share(self.dealer_b1, 100.0, "fulfiller")
        self._share(self.dealer_b1, -20.0, "origin", day="2026-11-25")
        bill = self._state_period(self._create_period()).bill_id
        self.assertEqual((bill.amount_untaxed, bill.amount_tax), (80.0, 11.8))
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_b1], 0.0)

    def test_a_company_may_post_its_bills_by_hand(self):
        self.company.o2o_post_bills = False
        self._share(self.dealer_c2, 820.0)
        statement = self._state_period(self._create_period())
        self.assertEqual(
            (statement.state, statement.bill_id.state), ("confirmed", "draft")
        )
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], 820.0)
        statement.bill_id.invoice_line_ids.price_unit = 800.0
        with self.assertRaisesRegex(
            UserError, "come to .*800.00, the statement to .*820.00"
        ):
            statement.bill_id.action_post()
        statement.bill_id.invoice_line_ids.price_unit = 820.0
        statement.bill_id.action_post()
        self.assertEqual(statement.state, "billed")
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], 0.0)

    def test_a_draft_bill_can_not_be_thrown_away(self):
        self.company.o2o_post_bills = False
        self._share(self.dealer_c2, 820.0)
        statement = self._state_period(self._create_period())
        with self.assertRaisesRegex(UserError, "stays as it is"):
            statement.bill_id.unlink()

    def test_a_posted_bill_is_not_credited_by_hand(self):
        self._share(self.dealer_c2, 820.0)
        self._share(self.guide, 30.0, "guide")
        for statement in self._state_period(self._create_period()):
            document = statement.bill_id | statement.move_id
            for cancel in (False, True):
                with self.assertRaisesRegex(UserError, "onto the next statement"):
                    document._reverse_moves([{}], cancel=cancel)
        self._assert_clearing_ties_out()

    def test_nobody_changes_a_posted_document(self):
        """Not by RPC either, whose context may skip Odoo's own check."""
        self._share(self.dealer_c2, 820.0)
        self._share(self.guide, 30.0, "guide")
        for statement in self._state_period(self._create_period()):
            document = statement.bill_id | statement.move_id
            skipping = document.with_context(skip_readonly_check=True)
            payable = document.line_ids.filtered(
                lambda item: item.account_type == "liability_payable"
            )
            other = (document.line_ids - payable).filtered(lambda i: not i.reconciled)
            changes = [{"date": "2026-11-29"}, {"partner_id": self.dealer_b1.id}]
            if other:
                rows = [(payable, payable.balance - 1), (other, other.balance + 1)]
                changes.append(
                    {
                        "line_ids": [
                            Command.update(item.id, {"balance": balance})
                            for item, balance in rows
                        ]
                    }
                )
            for values in changes:
                with self.assertRaisesRegex(UserError, "onto the next statement"):
                    skipping.write(values)
            for change in (
                lambda item=payable: item.write({"balance": item.balance - 1}),
                lambda item=payable: item.copy({"balance": 1.0}),
            ):
                with self.assertRaisesRegex(UserError, "onto the next statement"):
                    change()
            with self.assertRaises(UserError):
                payable.with_context(force_delete=True).unlink()
            document.ref = "Dealer's own number"
            self.assertEqual(document.ref, "Dealer's own number")

    def test_a_cancelled_payment_leaves_the_statement_to_be_paid(self):
        self.company.o2o_require_dealer_invoice = False
        self._share(self.dealer_c2, 820.0)
        self._share(self.guide, 30.0, "guide")
        for statement in self._state_period(self._create_period()):
            action = statement.action_pay()
            payment = (
                self.env["account.payment.register"]
                .with_context(**action["context"])
                .create({"payment_date": "2026-12-05"})
                ._create_payments()
            )
            self.assertEqual(statement.state, "paid")
            payment.action_cancel()
            self.assertEqual(statement.state, "billed")

    def test_a_small_scale_dealer_is_billed_by_its_fiscal_position(self):
        origin = self.env["o2o.split.role"].search(
            [("company_id", "=", self.company.id), ("role", "=", "origin")]
        )
        position = self.env["account.fiscal.position"].create(
            {"name": "Small-scale", "company_id": self.company.id}
        )
        origin.bill_tax_id.copy(
            {
                "name": "VAT 1% of the case",
                "amount": 1,
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(origin.bill_tax_id.ids)],
            }
        )
        self.dealer_b1.property_account_position_id = position
        self._share(self.dealer_b1, 60.0, "origin")
        bill = self._state_period(self._create_period()).bill_id
        self.assertEqual(bill.amount_total, 60.6)

    def test_a_bill_of_a_locked_month_is_dated_after_it(self):
        self._share(self.dealer_c2, 820.0)
        self.company.purchase_lock_date = "2026-11-30"
        bill = self._state_period(self._create_period()).bill_id
        self.assertEqual(str(bill.date), "2026-12-01")
