from datetime import date

from odoo.tests import tagged

from .common_settlement import SettlementTools
from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestStory(SettlementTools, O2oSplitCommon):
    """The golden cases through orders, pickings, deliveries, statements, bills and payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.person = cls.guide.partner_id

    def _pay(self, moves):
        """Register a payment of each move from the bank and return the bank's entries."""
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        bank.outbound_payment_method_line_ids.payment_account_id = (
            bank.default_account_id
        )
        bank.inbound_payment_method_line_ids.payment_account_id = (
            bank.default_account_id
        )
        paid = self.env["account.move"]
        for move in moves:
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move.line",
                active_ids=move.line_ids.filtered(
                    lambda item: (
                        item.account_type in ("liability_payable", "asset_receivable")
                    )
                ).ids,
            )
            wizard = wizard.create(
                {"journal_id": bank.id, "payment_date": "2026-12-05"}
            )
            paid |= wizard._create_payments().move_id
        return paid

    def _balance(self, moves, account_type=None, accounts=None):
        items = moves.line_ids.filtered(
            lambda item: (
                item.account_id in accounts
                if accounts
                else item.account_type == account_type
            )
        )
        return round(sum(items.mapped("balance")), 2)

    def test_ga_from_order_to_payment(self):
        order = self._delivered()
        invoice = self._invoice(order)
        receipt = self._pay(invoice)
        split = self._entries(order)
        period = self._create_period()
        statements = self._state_period(period)
        bills, entry = statements.bill_id, statements.move_id
        # J1 and J3
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (1000.0, 130.0))
        self.assertEqual(
            self._clearing_of(split), {"C2": 820, "B1": 60, "C1": 20, "G": 30}
        )
        # J4 and J4'
        self.assertEqual(
            {
                name: (-owed, net, tax)
                for name, owed, net, tax in map(self._bill_figures, bills)
            },
            {"C2": (926.6, 820, 106.6), "B1": (63.6, 60, 3.6), "C1": (21.2, 20, 1.2)},
        )
        self.assertEqual(
            self._items(entry), [("224110", "G", 30, 0), ("224120", "G", 0, 30)]
        )
        self.assertEqual(set(self._assert_clearing_ties_out().values()), {0.0})
        self.assertEqual(set(statements.mapped("state")), {"billed"})
        # J5
        payouts = self._pay(bills | entry)
        self.assertEqual(set(statements.mapped("state")), {"paid"})
        # the proof
        everything = invoice | receipt | split | bills | entry | payouts
        taxes = (invoice | bills).line_ids.filtered("tax_line_id").account_id
        self.assertEqual(self._balance(everything, accounts=taxes), -18.6)
        self.assertEqual(self._balance(everything, "asset_cash"), 88.6)
        profit = sum(
            self._balance(everything, kind)
            for kind in ("income", "expense", "expense_direct_cost")
        )
        self.assertEqual(profit, -70.0)
        self.assertEqual(self._balance(payouts, "asset_cash"), -1041.4)
        self._close(period)

    def _clearing_of(self, move):
        names = self._party_names()
        account = self.company.o2o_clearing_account_id
        items = move.line_ids.filtered(lambda item: item.account_id == account)
        return {names[item.partner_id]: item.credit for item in items}

    def _bill_figures(self, bill):
        """``(party, payable, clearing, VAT)`` of a bill's balances."""
        clearing = self.company.o2o_clearing_account_id
        taxes = bill.line_ids.filtered("tax_line_id")
        return (
            self._party_names()[bill.partner_id],
            self._balance(bill, "liability_payable"),
            self._balance(bill, accounts=clearing),
            round(sum(taxes.mapped("balance")), 2),
        )

    def _close(self, period):
        period.with_user(self.accountant).action_close()
        self.assertEqual(period.state, "closed")

    def test_gb_statement_to_the_cent(self):
        self._delivered(3, 333.0)
        period = self._create_period()
        statements = self._state_period(period)
        self.assertEqual(
            {self._party_names()[s.partner_id]: s.amount_total for s in statements},
            {"C2": 724.94, "B1": 53.04, "C1": 17.68, "G": 26.52},
        )
        self.assertEqual(set(self._assert_clearing_ties_out().values()), {0.0})
        self._close(period)

    def test_gb_r_returns_before_the_statement_leave_what_is_kept(self):
        order = self._delivered(3, 333.0)
        self._take_back(order, 1)
        period = self._create_period()
        statements = self._state_period(period)
        self.assertEqual(
            {self._party_names()[s.partner_id]: s.amount_total for s in statements},
            {"C2": 483.29, "B1": 35.36, "C1": 11.79, "G": 17.68},
        )
        self.assertEqual(set(self._assert_clearing_ties_out().values()), {0.0})
        self._close(period)

    def test_gb_r_all_returned_is_nothing_to_pay(self):
        order = self._delivered(3, 333.0)
        for day in (21, 22, 23):
            self._take_back(order, 1, f"2026-11-{day} 04:00:00")
        period = self._create_period()
        statements = self._state_period(period)
        self.assertEqual(set(statements.mapped("amount_total")), {0.0})
        self.assertTrue(all(statements.mapped("carried")))
        self.assertEqual(set(self._assert_clearing_ties_out().values()), {0.0})
        self._close(period)

    def test_gh_month_end_and_refund_after_it(self):
        first = self._delivered()
        self._delivered_at("2026-11-26 04:00:00", 3, 333.0)
        november = self._create_period()
        self._state_period(november)
        statement = self._statement(self.dealer_c2, november)
        self.assertEqual(statement.bill_id.amount_total, 926.6)
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], 724.94)
        self._close(november)
        self._take_back(first, 1, "2026-12-02 04:00:00")
        december = self._create_period("2026-12-01")
        self._state_period(december)
        carried = self._statement(self.dealer_c2, december)
        self.assertEqual((carried.amount_total, carried.carried), (-95.06, True))
        self.assertEqual(set(carried.line_ids.mapped("amount")), {724.94, -820.0})
        self.assertEqual(
            statement.line_ids.amount, 820.0
        )  # November stays as it was billed
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], -95.06)
        self._close(december)

    def _delivered_at(self, moment, quantity, price):
        return self._deliver(self._create_order(quantity, price), at=moment)

    def test_gi_a_leg_synchronised_after_the_close_is_a_late_posting(self):
        november = self._create_period()
        self._state_period(november)
        self._close(november)
        order = self._delivered_at(
            "2026-11-30 15:50:00", 1, 1130.0
        )  # 23:50 in Shanghai
        share = order.o2o_split_line_ids.filtered(lambda line: line.role == "fulfiller")
        self.assertEqual(
            (share.date, share.original_date), (date(2026, 12, 1), date(2026, 11, 30))
        )
        december = self._create_period("2026-12-01")
        self._state_period(december)
        late = december.check_ids.filtered(lambda check: check.key == "late")
        self.assertFalse(late)
        december.with_user(self.accountant).action_check()
        late = december.check_ids.filtered(lambda check: check.key == "late")
        self.assertEqual((late.count, late.amount), (4, 930.0))
        self._close(december)

    def test_go_the_guides_share_on_the_dealers_bill(self):
        self.guide.payee_policy = "store"
        self._delivered()
        period = self._create_period()
        self._state_period(period)
        self.assertFalse(self._statement(self.person, period))
        bill = self._statement(self.dealer_b1, period).bill_id
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (90.0, 95.4))
        self._close(period)
