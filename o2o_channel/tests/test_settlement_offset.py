from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestOffset(O2oSettlementCommon):
    """What a payee owes, and what is held for it, on its statement (R9.4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receivable = cls.company.partner_id.property_account_receivable_id
        cls.expense = cls.company._o2o_account("560110")

    def _book(self, partner, amount, kind="collected", day=20, **values):
        count = self.env["o2o.clearing.line"].search_count([])
        return self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": partner.id,
                    "kind": kind,
                    "amount": amount,
                    "date": date(2026, 11, day),
                    "name": f"Case {count}",
                    "key": f"case/{count}",
                    "counterparts": [(self.expense.id, amount, {})],
                    **values,
                }
            ]
        )

    def _settled(self, partner, period=None):
        period = period or self._create_period()
        self._state_period(period)
        return self._statement(partner, period)

    def _open(self, partner):
        lines = self.env["o2o.clearing.line"].search(
            [("partner_id", "=", partner.id), ("state", "=", "open")]
        )
        return {line.kind: line.amount for line in lines}

    def _pay(self, statement):
        action = statement.action_pay()
        wizard = self.env["account.payment.register"].with_context(**action["context"])
        return wizard.create({"payment_date": "2026-12-05"})._create_payments()

    def test_gn_what_the_fulfiller_collected_is_more_than_its_bill(self):
        """1,130.00 collected, bill 926.60: C2 owes 203.40."""
        self._share(self.dealer_c2, 820.0)
        self._book(self.dealer_c2, -1130.0)
        period = self._create_period()
        statement = self._settled(self.dealer_c2, period)
        self.assertEqual(statement.bill_id.amount_total, 926.6)
        self.assertEqual(
            (statement.amount_offsets, statement.amount_payable, statement.amount_owed),
            (-1130.0, 0.0, 203.4),
        )
        payable = self.dealer_c2.property_account_payable_id.with_company(self.company)
        self.assertEqual(
            self._journal_items(statement.offset_move_id),
            {("224110", self.dealer_c2): -926.6, (payable.code, self.dealer_c2): 926.6},
        )
        self.assertEqual(statement.bill_id.amount_residual, 0.0)
        self.assertEqual(statement.state, "paid")
        self.assertEqual(self._open(self.dealer_c2), {"collected": -203.4})
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: -203.4})
        item = statement.clearing_line_ids.move_line_id
        self.assertEqual(item.amount_residual, 203.4)

    def _settle_people(self):
        """Three guides with shares and something to pay back, in one transaction."""
        people = self.env["res.partner"].create(
            [{"name": f"Guide {number}"} for number in range(3)]
        )
        for person in people:
            self._share(person, 500.0, "guide")
            self._book(person, -20.0, "claim")
        period = self._create_period()
        self._state_period(period)
        return period.statement_ids

    def test_entries_of_settlement_have_a_journal_and_numbers_of_their_own(self):
        statements = self._settle_people()
        entries = statements.move_id | statements.offset_move_id
        self.assertEqual(len(entries), 6)
        self.assertEqual(entries.journal_id, self.company.o2o_settlement_journal_id)
        self.assertNotEqual(entries.journal_id, self.company.o2o_split_journal_id)
        numbers = sorted(entries.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 6)))

    def test_a_company_without_that_journal_uses_the_split_journal(self):
        self.company.o2o_settlement_journal_id = False
        statements = self._settle_people()
        entries = statements.move_id | statements.offset_move_id
        self.assertEqual(entries.journal_id, self.company.o2o_split_journal_id)
        self.assertEqual(len(set(entries.mapped("name"))), 6)

    def test_the_remainder_goes_onto_the_next_statement(self):
        self._share(self.dealer_c2, 820.0)
        self._book(self.dealer_c2, -1130.0)
        self._settled(self.dealer_c2)
        self._share(self.dealer_c2, 1000.0, day="2026-12-02")
        statement = self._settled(self.dealer_c2, self._create_period("2026-12-01"))
        self.assertEqual(statement.amount_offsets, -203.4)
        self.assertEqual(statement.amount_payable, 926.6)
        self.assertEqual(statement.bill_id.amount_residual, 926.6)
        self.assertEqual(self._open(self.dealer_c2), {})
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})
        collected = self.env["o2o.clearing.line"].search([("move_id", "!=", False)])
        self.assertTrue(collected.move_line_id.reconciled)
        self._pay(statement)
        self.assertEqual(statement.state, "paid")

    def test_money_held_for_a_payee_is_paid_without_a_bill(self):
        """GC: 1,130.00 received, 74.20 fee, 114.80 passed on: 941.00 is paid out."""
        self._book(self.dealer_c2, 1130.0, "receipt")
        self._book(self.dealer_c2, -74.2, "fee")
        self._book(self.dealer_c2, -114.8, "transfer")
        statement = self._settled(self.dealer_c2)
        self.assertFalse(statement.bill_id)
        self.assertEqual((statement.state, statement.amount_payable), ("billed", 941.0))
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})
        self.assertTrue(
            all(statement.clearing_line_ids.move_line_id.mapped("reconciled"))
        )
        payment = self._pay(statement)
        self.assertEqual(payment.amount, 941.0)
        self.assertEqual(statement.state, "paid")

    def test_money_held_is_paid_beside_the_bill(self):
        self._share(self.dealer_c2, 100.0)
        self._book(self.dealer_c2, 50.0, "receipt")
        statement = self._settled(self.dealer_c2)
        self.assertEqual(statement.amount_payable, 163.0)
        self.assertEqual(sum(self._pay(statement).mapped("amount")), 163.0)
        self.assertEqual(statement.state, "paid")

    def test_claims_come_before_what_was_collected_and_deposits_last(self):
        self._share(self.dealer_c2, 100.0)  # 113.00 with VAT
        self._book(self.dealer_c2, -50.0, "deposit", day=1)
        self._book(self.dealer_c2, -60.0, "collected", day=2)
        self._book(self.dealer_c2, -80.0, "claim", day=3)
        statement = self._settled(self.dealer_c2)
        self.assertEqual(statement.amount_owed, 77.0)
        self.assertEqual(
            self._open(self.dealer_c2), {"collected": -27.0, "deposit": -50.0}
        )
        items = {
            line.kind: line.move_line_id.amount_residual
            for line in statement.clearing_line_ids
            if line.move_line_id
        }
        self.assertEqual(items, {"claim": 0.0, "collected": 27.0, "deposit": 50.0})
        self._assert_clearing_ties_out()

    def test_individuals_are_taxed_before_the_offset(self):
        """GK: 5,000.00 keeps 800.00 tax; of the 4,200.00 a claim takes 120.00."""
        self._share(self.guide, 5000.0, "guide")
        self._book(self.guide, -120.0, "claim")
        statement = self._settled(self.guide)
        self.assertEqual(
            (statement.amount_withheld, statement.amount_payable), (800.0, 4080.0)
        )
        self.assertEqual(
            self._journal_items(statement.offset_move_id),
            {("224110", self.guide): -120.0, ("224120", self.guide): 120.0},
        )
        self._assert_clearing_ties_out()

    def test_who_only_owes_gets_a_statement_that_is_carried(self):
        self._book(self.dealer_c2, -70.0, "claim")
        statement = self._settled(self.dealer_c2)
        self.assertEqual((statement.state, statement.carried), ("confirmed", True))
        self.assertEqual(statement.amount_owed, 70.0)
        self._share(self.dealer_c2, 100.0, day="2026-12-02")
        later = self._settled(self.dealer_c2, self._create_period("2026-12-01"))
        self.assertEqual(later.carried_ids, statement)
        self.assertEqual((later.amount_offsets, later.amount_payable), (-70.0, 43.0))
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})

    def test_negative_shares_carry_everything(self):
        self._share(self.dealer_c2, -95.06)
        self._book(self.dealer_c2, -10.0, "claim")
        statement = self._settled(self.dealer_c2)
        self.assertTrue(statement.carried)
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: -105.06})

    def test_an_offset_under_the_minimum_payout_carries(self):
        self.company.o2o_minimum_payout = 50.0
        self._share(self.dealer_c2, 100.0)
        self._book(self.dealer_c2, -80.0, "claim")
        self.assertTrue(self._settled(self.dealer_c2).carried)

    def test_what_is_not_released_waits(self):
        line = self._book(self.dealer_c2, 1130.0, "receipt", release_date=False)
        self.assertFalse(self._settled(self.dealer_c2))
        line._internal().write({"release_date": date(2026, 12, 3)})
        later = self._settled(self.dealer_c2, self._create_period("2026-12-01"))
        self.assertEqual(later.amount_payable, 1130.0)

    def test_cancelling_a_statement_frees_its_offsets(self):
        self._share(self.dealer_c2, 820.0)
        line = self._book(self.dealer_c2, -20.0, "claim")
        period = self._create_period()
        self._state_period(period, confirm=False)
        statement = self._statement(self.dealer_c2, period)
        self.assertEqual((line.settlement_id, line.state), (statement, "stated"))
        statement.action_cancel()
        self.assertEqual((line.settlement_id.id, line.state), (False, "open"))

    def test_a_draft_bill_settles_the_offsets_when_it_is_posted(self):
        self.company.o2o_post_bills = False
        self._share(self.dealer_c2, 820.0)
        self._book(self.dealer_c2, -20.0, "claim")
        statement = self._settled(self.dealer_c2)
        self.assertFalse(statement.offset_move_id)
        statement.bill_id.action_post()
        self.assertEqual(statement.offset_move_id.state, "posted")
        self.assertEqual(statement.bill_id.amount_residual, 906.6)
        self._assert_clearing_ties_out()

    def test_the_offset_entry_stays(self):
        self._share(self.dealer_c2, 820.0)
        self._book(self.dealer_c2, -20.0, "claim")
        statement = self._settled(self.dealer_c2)
        with self.assertRaises(UserError):
            statement.offset_move_id.button_draft()
        with self.assertRaises(UserError):
            statement.write({"amount_offsets": 0.0})

    def test_papers_show_the_offsets_and_the_seal_covers_them(self):
        self._share(self.dealer_c2, 820.0)
        self._book(self.dealer_c2, -1130.0)
        period = self._create_period()
        self._state_period(period, confirm=False)
        statement = self._statement(self.dealer_c2, period)
        statement.action_send()
        sums = {label: amount for label, amount, _bold in statement._paper_sums()}
        self.assertEqual(sums["Collected by the Dealer"], "-1,130.00")
        self.assertEqual(sums["Still owed by you"], "203.40")
        self.assertEqual(statement._seal()[statement]._sealed()["owed"], "203.40")
        sealed = statement.seal_ids
        statement.action_confirm()
        self.assertTrue(statement._seal()[statement] == sealed)
        self.assertTrue(statement._pdf().startswith(b"%PDF"))

    def test_making_takes_as_many_queries_for_thirty_payees_as_for_three(self):
        def queries(count, month):
            partners = self.env["res.partner"].create(
                [{"name": f"P{i}", "is_company": True} for i in range(count)]
            )
            for partner in partners:
                self._book(partner, -1.0, "claim")
            period = self._create_period(month)
            before = self.cr.sql_log_count
            period._make_statements()
            self.assertEqual(len(period.statement_ids), count)
            return self.cr.sql_log_count - before

        self.assertEqual(queries(3, "2026-11-01"), queries(30, "2026-12-01"))
