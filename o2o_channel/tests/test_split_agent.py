from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import SettlementTools
from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestAgent(SettlementTools, O2oSplitCommon):
    """Case GC: the delivering dealer sells, headquarters collects and takes its fee."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.channel.accounting_mode = "agent"
        cls.vat = cls.company._o2o_fee_vat()[0].with_company(cls.company).code
        cls.debtors = cls.consumer.with_company(
            cls.company
        ).property_account_receivable_id

    def _booked(self, order):
        """``{(kind, party): amount}`` of the order's clearing lines."""
        names, sums = self._party_names(), {}
        for line in order.o2o_clearing_line_ids:
            key = line.kind, names[line.partner_id]
            sums[key] = round(sums.get(key, 0.0) + line.amount, 2)
        return sums

    def _entry(self, order, kind):
        return order.o2o_clearing_line_ids.filtered(
            lambda line: line.kind == kind
        ).move_id

    def _income(self):
        items = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "in", ("income", "income_other")),
            ]
        )
        return round(-sum(items.mapped("balance")), 2)

    def _pay(self, amount, day="2026-11-20"):
        """The consumer's payment as a clerk registers it, reconciled with what it owes."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.consumer.id,
                "payment_type": "inbound",
                "partner_type": "customer",
                "amount": amount,
                "date": day,
                "journal_id": journal.id,
            }
        )
        payment.action_post()
        return payment

    # -- forward ------------------------------------------------------------
    def test_gc_entries_line_by_line(self):
        order = self._delivered()
        self.assertEqual(
            self._items(self._entry(order, "receipt")),
            [
                ("224110", "C2", 0.0, 1130.0),
                (self.debtors.with_company(self.company).code, "", 1130.0, 0.0),
            ],
        )
        fee = self.company.o2o_fee_account_id.with_company(self.company).code
        self.assertEqual(
            self._items(self._entry(order, "fee")),
            [
                ("224110", "C2", 74.2, 0.0),
                (fee, "C2", 0.0, 70.0),
                (self.vat, "C2", 0.0, 4.2),
            ],
        )
        self.assertEqual(
            sorted(self._items(self._entry(order, "transfer"))),
            [
                ("224110", "B1", 0.0, 63.6),
                ("224110", "C1", 0.0, 21.2),
                ("224110", "C2", 114.8, 0.0),
                ("224110", "G", 0.0, 30.0),
            ],
        )
        moves = order.o2o_clearing_line_ids.move_id
        self.assertEqual(len(moves), 3)
        self.assertEqual(set(moves.mapped("date")), {date(2026, 11, 20)})
        self.assertEqual(self._income(), 70.0)

    def test_gc_shares_are_known_but_make_no_entry(self):
        order = self._delivered()
        self.assertEqual(
            self._shares(order),
            {"C2": 820.0, "B1": 60.0, "C1": 20.0, "G": 30.0, "HQ": 70.0},
        )
        self.assertFalse(self._entries(order))
        self.assertFalse(self.env["o2o.split.line"]._unposted_days())
        order.o2o_split_line_ids.with_user(self.accountant).action_post()
        self.assertFalse(self._entries(order))
        states = {share.role: share.state for share in order.o2o_split_line_ids}
        self.assertEqual(states.pop("hq"), "kept")
        self.assertEqual(set(states.values()), {"passed"})
        self._check_database()

    def test_gc_statements_and_payouts(self):
        self._delivered()
        self._assert_clearing_ties_out()
        period = self._create_period()
        self._state_period(period)
        payouts = {
            self._party_names()[s.partner_id]: s.amount_payable
            for s in period.statement_ids
        }
        self.assertEqual(payouts, {"C2": 941.0, "B1": 63.6, "C1": 21.2, "G": 30.0})
        self.assertFalse(period.statement_ids.bill_id)
        for partner in (self.dealer_c2, self.dealer_b1, self.dealer_c1):
            self.assertEqual(self._clearing(partner), 0.0)
        self._assert_clearing_ties_out()
        self.assertEqual(round(1130.0 - sum(payouts.values()), 2), 74.2)

    def test_nothing_is_stated_within_the_return_window(self):
        self._deliver(self._create_order(), at="2026-11-26 04:00:00")
        period = self._create_period()
        self._state_period(period)
        self.assertFalse(period.statement_ids)
        self.assertEqual(self._clearing(self.dealer_c2), 941.0)

    def test_the_consumers_payment_settles_what_was_booked(self):
        order = self._delivered()
        item = self._entry(order, "receipt")._o2o_receivable_items()
        paid = self._pay(1130.0).move_id._o2o_receivable_items()
        (item | paid).reconcile()
        self.assertTrue(item.reconciled)

    # -- back ---------------------------------------------------------------
    def test_returns_by_the_cumulative_method(self):
        """3 x 333.00: each part and its VAT goes back with the last cent of the sale."""
        order = self._delivered(3, 333.0)
        sold = {
            ("receipt", "C2"): 999.0,
            ("fee", "C2"): -65.6,  # 61.89 + 3.71
            ("transfer", "B1"): 56.22,  # 53.04 + 3.18
            ("transfer", "C1"): 18.74,  # 17.68 + 1.06
            ("transfer", "G"): 26.52,
            ("transfer", "C2"): -101.48,
        }
        self.assertEqual(self._booked(order), sold)
        self._take_back(order, 1)
        self.assertEqual(
            self._booked(order),
            {
                ("receipt", "C2"): 666.0,
                ("fee", "C2"): -43.74,  # 41.26 + 2.48
                ("transfer", "B1"): 37.48,  # 35.36 + 2.12
                ("transfer", "C1"): 12.5,  # 11.79 + 0.71
                ("transfer", "G"): 17.68,
                ("transfer", "C2"): -67.66,
            },
        )
        self.assertEqual(self._income(), 41.26)
        self._assert_clearing_ties_out()
        self._take_back(order, 2, at="2026-11-22 04:00:00")
        self.assertEqual(set(self._booked(order).values()), {0.0})
        self.assertEqual(self._income(), 0.0)
        for partner in self._party_names():
            self.assertEqual(self._clearing(partner), 0.0)
        items = self._entry(order, "receipt")._o2o_receivable_items()
        self.assertTrue(all(items.mapped("reconciled")))

    def test_a_refund_after_the_payout_is_owed_by_everybody(self):
        order = self._delivered()
        self._state_period(self._create_period())
        self._take_back(order, 1, at="2026-12-02 04:00:00")
        self.assertEqual(self._clearing(self.dealer_c2), -941.0)
        self.assertEqual(self._clearing(self.dealer_b1), -63.6)
        self._assert_clearing_ties_out()
        period = self._create_period("2026-12-01")
        self._state_period(period)
        self.assertFalse(sum(period.statement_ids.mapped("amount_payable")))

    def test_a_rate_that_changes_after_the_sale_changes_nothing_of_it(self):
        order = self._delivered(3, 333.0)
        self.company.o2o_fee_tax_id = self.company.o2o_fee_tax_id.copy(
            {"name": "9% Fee", "amount": 9}
        )
        self._take_back(order, 3)
        self.assertEqual(self._income(), 0.0)
        self.assertEqual(set(self._booked(order).values()), {0.0})

    def test_running_again_books_nothing(self):
        order = self._delivered()
        order.action_o2o_split()
        self.assertEqual(len(order.o2o_clearing_line_ids), 6)

    # -- who else -----------------------------------------------------------
    def test_two_sellers_each_for_what_it_delivers(self):
        """10 at 113.00: 4 from C2, 6 from C3; fee and transfers in the same proportion."""
        self._set_stock(self.store_c2, self.product, 4)
        other = self._create_dealer(
            name="Second Store",
            dealer_code="C3",
            dealer_tier="tier2",
            dealer_parent_id=self.dealer_c1.id,
        )
        self._create_coverage(other, self.jinjiang)
        store = self._create_store(other, 30.66, 104.09, code="C3-01")
        self._set_stock(store, self.product, 6)
        order = self._create_order(10, 113.0)
        legs = self._legs_over(order, {self.store_c2: 4, store: 6})
        with freeze_time("2026-11-20 04:00:00"):
            self._deliver_legs(legs)
        self.assertEqual(self._clearing(self.dealer_c2), 376.4)  # 941.00 x 4/10
        self.assertEqual(self._clearing(other), 564.6)
        self.assertEqual(self._income(), 70.0)
        self._assert_clearing_ties_out()

    def test_the_seller_that_collected_owes_fee_and_transfers(self):
        self.channel.collector = "fulfiller"
        order = self._delivered()
        self.assertFalse(self._entry(order, "receipt"))
        self.assertEqual(self._clearing(self.dealer_c2), -189.0)

    def test_the_originating_dealer_that_collected_owes_the_seller(self):
        self.channel.collector = "origin"
        order = self._delivered()
        self.assertEqual(
            sorted(self._items(self._entry(order, "receipt"))),
            [("224110", "B1", 1130.0, 0.0), ("224110", "C2", 0.0, 1130.0)],
        )
        self.assertEqual(self._clearing(self.dealer_b1), -1066.4)
        self.assertEqual(self._clearing(self.dealer_c2), 941.0)

    def test_what_headquarters_delivers_is_named_and_not_booked(self):
        self._set_stock(self.store_c2, self.product, 0)
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id), ("dealer_id", "=", False)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, warehouse.lot_stock_id, 5
        )
        order = self._create_order()
        order.action_confirm()
        order.dispatch_ids.write({"warehouse_id": warehouse.id})
        order.dispatch_ids.action_offer()
        self._deliver(order)
        self.assertIn("headquarters delivered", order.o2o_split_note)
        self.assertFalse(order.o2o_clearing_line_ids)
        self.assertFalse(order.o2o_split_line_ids)

    def test_an_open_claim_holds_the_money(self):
        order = self._delivered()
        claim = self.env["o2o.claim"].create(
            {
                "order_id": order.id,
                "description": "Scratched",
                "date": "2026-11-21",
                "amount": 50.0,
                "journal_id": self.env["account.journal"]
                .search(
                    [("company_id", "=", self.company.id), ("type", "=", "bank")],
                    limit=1,
                )
                .id,
            }
        )
        claim.action_open()
        period = self._create_period()
        self._state_period(period)
        self.assertFalse(period.statement_ids)

    # -- refused ------------------------------------------------------------
    def test_headquarters_invoices_nothing_of_it(self):
        order = self._delivered()
        self.assertEqual(order.invoice_status, "no")
        with self.assertRaisesRegex(UserError, "the dealer invoices the consumer"):
            order._create_invoices()
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.consumer.id,
                "company_id": self.company.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "sale_line_ids": [Command.set(order.order_line.ids)],
                        }
                    )
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "the dealer invoices the consumer"):
            invoice.action_post()

    def test_what_a_platform_collected_is_the_sellers_and_its_fee_ours(self):
        """GC with GN's platform: 1,073.50 arrives, 53.30 + 3.20 VAT stay, C2 has 1,130.00."""
        self._set_up_platform()
        order = self._delivered(3, 376.0)
        self.assertEqual(order.amount_total, 1128.0)
        self._take_back(order, 1)
        self._take_back(order, 1)
        self._take_back(order, 1)
        self.assertEqual(set(self._booked(order).values()), {0.0})
        sums = {}
        for item in self._entry(order, "receipt").line_ids:
            code = item.account_id.with_company(self.company).code
            sums[code] = round(sums.get(code, 0.0) + item.balance, 2)
        self.assertEqual(set(sums.values()), {0.0})

    def test_gc_a_platform_collected_less_its_fee(self):
        bank, vat = self._set_up_platform()
        order = self._delivered()
        self.assertEqual(
            self._items(self._entry(order, "receipt")),
            [
                ("224110", "C2", 0.0, 1130.0),
                (bank, "", 1073.5, 0.0),
                ("560110", "", 53.3, 0.0),
                (vat, "", 3.2, 0.0),
            ],
        )
        self.assertEqual(self._clearing(self.dealer_c2), 941.0)
        self.assertEqual(self._income(), 70.0)
        entry = self._entry(order, "receipt")
        others = entry.line_ids.filtered(lambda i: i.partner_id != self.dealer_c2)
        self.assertEqual(others.partner_id.name, "Tmall")

    def test_a_platform_without_an_account_is_left_to_the_accountant(self):
        """The consumer owes it until somebody registers what the platform passed on."""
        self.channel.collector = "platform"
        order = self._delivered()
        self.assertEqual(
            self._entry(order, "receipt")._o2o_receivable_items().balance, 1130.0
        )

    def _set_up_platform(self):
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        self.channel.write(
            {
                "collector": "platform",
                "platform_partner_id": self.env["res.partner"]
                .create({"name": "Tmall"})
                .id,
                "platform_account_id": bank.default_account_id.id,
                "platform_fee_percent": 5.0,
            }
        )
        tax = self.channel._o2o_platform_role().bill_tax_id
        accounts = (
            bank.default_account_id,
            tax.invoice_repartition_line_ids.account_id,
        )
        return [account.with_company(self.company).code for account in accounts]

    def test_a_service_line_is_refused(self):
        freight = self.env["product.product"].create(
            {"name": "Freight", "type": "service"}
        )
        order = self._create_order(
            lines=[
                {"product_uom_qty": 1, "price_unit": 1130.0},
                {"product_uom_qty": 1, "price_unit": 10.0, "product_id": freight.id},
            ]
        )
        order.order_line[1].product_id = freight
        with self.assertRaisesRegex(UserError, "Freight"):
            order.action_confirm()

    def test_without_an_account_of_the_fee_it_is_refused(self):
        self.company.o2o_fee_account_id = False
        with self.assertRaisesRegex(UserError, "account of platform fees"):
            self._create_order().action_confirm()

    def test_the_mode_is_the_one_at_the_sale(self):
        order = self._create_order()
        with freeze_time("2026-11-20 04:00:00"):
            order.action_confirm()
        self.channel.accounting_mode = "principal"
        self._deliver(order)
        self.assertEqual(self._clearing(self.dealer_c2), 941.0)

    def test_an_entry_of_it_stays_as_it_is(self):
        order = self._delivered()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            self._entry(order, "fee").button_draft()
