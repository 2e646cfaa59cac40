from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import SettlementTools
from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestCollection(SettlementTools, O2oSplitCommon):
    """Case GN: the consumer paid a dealer or a platform, not headquarters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")

    def _sold(self, collector, deliver=True, **values):
        self.channel.collector = collector
        order = self._create_order(**values)
        with freeze_time("2026-11-20 04:00:00"):
            order.action_confirm()
            if deliver:
                self._deliver_legs(order.dispatch_ids)
        return order

    def _invoice(self, order, day="2026-11-20"):
        with freeze_time(f"{day} 04:00:00"):
            invoice = order._create_invoices()
            invoice.invoice_date = day
            invoice.action_post()
        return invoice

    def _items(self, entry):
        return sorted(
            (
                item.account_id.with_company(self.company).code,
                item.partner_id.dealer_code or item.partner_id.name or "",
                item.debit,
                item.credit,
            )
            for item in entry.line_ids
        )

    def _collections(self, invoice):
        return invoice._o2o_collection_entries()

    def _receivable(self, invoice):
        return (
            invoice._o2o_receivable_items().account_id.with_company(self.company).code
        )

    def test_gn_the_originating_dealer_collected(self):
        order = self._sold("origin")
        invoice = self._invoice(order)
        entry = self._collections(invoice)
        self.assertEqual(
            self._items(entry),
            sorted(
                [
                    ("224110", "B1", 1130.0, 0.0),
                    (self._receivable(invoice), "Li Lei", 0.0, 1130.0),
                ]
            ),
        )
        self.assertEqual(str(entry.date), "2026-11-20")
        self.assertEqual(invoice.amount_residual, 0.0)
        period = self._create_period()
        self._state_period(period)
        statement = self._statement(self.dealer_b1, period)
        self.assertEqual(statement.bill_id.amount_total, 63.6)
        self.assertEqual(statement.amount_owed, 1066.4)
        self.assertEqual(self._clearing(self.dealer_b1), -1066.4)
        self._assert_clearing_ties_out()
        # HQ's cash once everybody has paid: what B1 still owes, less C2, C1 and G
        paid = period.statement_ids.mapped("amount_payable")
        self.assertEqual(round(1066.4 - sum(paid), 2), 88.6)

    def test_gn_the_fulfilling_dealer_collected_on_delivery(self):
        order = self._sold("fulfiller", deliver=False)
        invoice = self._invoice(order, "2026-11-19")
        self.assertFalse(self._collections(invoice))
        with freeze_time("2026-11-20 04:10:00"):
            self._deliver_legs(order.dispatch_ids)
        entry = self._collections(invoice)
        self.assertEqual(
            self._items(entry),
            sorted(
                [
                    ("224110", "C2", 1130.0, 0.0),
                    (self._receivable(invoice), "Li Lei", 0.0, 1130.0),
                ]
            ),
        )
        self.assertEqual(str(entry.date), "2026-11-20")
        self.assertEqual(invoice.amount_residual, 0.0)
        period = self._create_period()
        self._state_period(period)
        statement = self._statement(self.dealer_c2, period)
        self.assertEqual(
            (statement.bill_id.amount_total, statement.amount_owed), (926.6, 203.4)
        )
        paid = period.statement_ids.mapped("amount_payable")
        self.assertEqual(round(203.4 - sum(paid), 2), 88.6)

    def test_gn_the_platform_collected_less_its_fee(self):
        """1,130.00: 56.50 fee = 53.30 + 3.20 VAT, 1,073.50 reaches the bank."""
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        platform = self.env["res.partner"].create({"name": "Tmall"})
        self.channel.write(
            {
                "platform_partner_id": platform.id,
                "platform_account_id": bank.default_account_id.id,
                "platform_fee_percent": 5.0,
            }
        )
        invoice = self._invoice(self._sold("platform"))
        entry = self._collections(invoice)
        tax = (
            self.env["o2o.split.role"]
            .search([("company_id", "=", self.company.id), ("role", "=", "platform")])
            .bill_tax_id
        )
        vat = tax.invoice_repartition_line_ids.account_id.with_company(self.company)
        code = bank.default_account_id.with_company(self.company).code
        self.assertEqual(
            self._items(entry),
            sorted(
                [
                    (code, "Tmall", 1073.5, 0.0),
                    ("560110", "Tmall", 53.3, 0.0),
                    (vat.code, "Tmall", 3.2, 0.0),
                    (self._receivable(invoice), "Li Lei", 0.0, 1130.0),
                ]
            ),
        )
        self.assertEqual(invoice.amount_residual, 0.0)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            entry.button_draft()

    def _platform_money(self):
        """Give the channel a platform with 5 % and return the account of its money."""
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        platform = self.env["res.partner"].create({"name": "Tmall"})
        account = bank.default_account_id
        self.channel.write(
            {
                "platform_partner_id": platform.id,
                "platform_account_id": account.id,
                "platform_fee_percent": 5.0,
            }
        )
        return account

    def _left_of_platform(self, order, invoices):
        """Return what the platform's entries leave: ``{account: balance}`` without zeros."""
        entries = self.env["account.move"].search(
            [("o2o_collected_order_id", "=", order.id)]
        )
        self.assertEqual(len(entries), len(invoices))
        left = {}
        for item in entries.line_ids:
            before = left.get(item.account_id, 0.0)
            left[item.account_id] = self.currency.round(before + item.balance)
        return {account: balance for account, balance in left.items() if balance}

    def test_a_refund_gives_back_the_fee_of_the_sale(self):
        """The platform asks 6 % since: of what was sold at 5 % nothing is left."""
        account = self._platform_money()
        order = self._sold("platform")
        invoice = self._invoice(order)
        self.channel.platform_fee_percent = 6.0
        note = invoice._reverse_moves([{"invoice_date": "2026-11-25"}])
        note.action_post()
        self.assertEqual(self._left_of_platform(order, invoice | note), {})
        self.assertIn(account, note._o2o_collection_entries().line_ids.account_id)

    def test_fees_of_three_refunds_come_to_that_of_the_sale(self):
        """5 % of 1.00 is 0.05; of a third of it three times 0.02 would be 0.06."""
        self._platform_money()
        order = self._sold("platform", quantity=1, price=1.0)
        invoice = self._invoice(order)
        notes = invoice.browse()
        for amount in (0.33, 0.33, 0.34):
            note = invoice._reverse_moves([{"invoice_date": "2026-11-25"}])
            note.invoice_line_ids.price_unit = amount
            note.action_post()
            notes |= note
        self.assertEqual(sum(notes.mapped("amount_total")), invoice.amount_total)
        self.assertEqual(self._left_of_platform(order, invoice | notes), {})

    def test_a_platform_without_an_account_is_left_to_the_accountant(self):
        invoice = self._invoice(self._sold("platform"))
        self.assertFalse(self._collections(invoice))
        self.assertEqual(invoice.amount_residual, 1130.0)

    def test_posting_again_books_nothing_more(self):
        invoice = self._invoice(self._sold("origin"))
        invoice._o2o_book_collections()
        self.assertEqual(len(self._collections(invoice)), 1)

    def test_a_credit_note_gives_back_what_the_dealer_refunded(self):
        order = self._sold("origin", quantity=3, price=333.0)
        invoice = self._invoice(order)
        self.assertEqual(self._clearing(self.dealer_b1), 53.04 - 999.0)
        note = invoice._reverse_moves([{"invoice_date": "2026-11-25"}])
        note.invoice_line_ids.quantity = 1
        note.action_post()
        self.assertEqual(note.amount_total, 333.0)
        self.assertEqual(note.amount_residual, 0.0)
        self.assertEqual(self._clearing(self.dealer_b1), round(35.36 - 666.0, 2))
        self._assert_clearing_ties_out()

    def test_an_invoice_that_is_taken_back_takes_its_collection_back(self):
        invoice = self._invoice(self._sold("origin"))
        invoice.button_draft()
        self.assertEqual(self._clearing(self.dealer_b1), 60.0)
        entries = self._collections(invoice)
        self.assertTrue(all(entries._o2o_receivable_items().mapped("reconciled")))
        invoice.action_post()
        self.assertEqual(self._clearing(self.dealer_b1), -1070.0)
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_two_stores_collect_what_each_delivers(self):
        """10 units at 113.00: 4 from C2, 6 from another store's dealer, when delivered."""
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
        self.channel.collector = "fulfiller"
        order = self._create_order(10, 113.0)
        legs = self._legs_over(order, {self.store_c2: 4, store: 6})
        invoice = self._invoice(order, "2026-11-18")
        self._deliver_legs(legs[:1])
        self.assertEqual(invoice.amount_residual, 678.0)
        self._deliver_legs(legs[1:])
        self.assertEqual(invoice.amount_residual, 0.0)
        lines = order.o2o_clearing_line_ids
        self.assertEqual(
            {line.partner_id.dealer_code: line.amount for line in lines},
            {"C2": -452.0, "C3": -678.0},
        )

    def test_the_collector_is_the_one_at_the_sale(self):
        order = self._sold("origin")
        self.channel.collector = "hq"
        with self.assertRaisesRegex(UserError, "can't be changed"):
            order.o2o_collector = "hq"
        self.assertEqual(order.o2o_collector, "origin")
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_an_order_may_say_otherwise_before_it_is_confirmed(self):
        self.channel.collector = "origin"
        order = self._create_order()
        order.o2o_collector = "hq"
        self._deliver(order)
        self.assertEqual(self._invoice(order).amount_residual, 1130.0)

    def test_who_is_to_collect_must_be_known(self):
        self.channel.collector = "origin"
        order = self._create_order(o2o_origin_dealer_id=False, o2o_guide_id=False)
        with self.assertRaisesRegex(UserError, "Set Originating Dealer"):
            order.action_confirm()

    def test_another_currency_is_collected_at_the_invoice_rate(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        if usd == self.company.currency_id:
            self.skipTest("the company's own currency")
        pricelist = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": usd.id, "company_id": self.company.id}
        )
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "name": "2026-11-01",
                "rate": 0.14,
                "company_id": self.company.id,
            }
        )
        self.channel.pricelist_id = pricelist
        order = self._sold("origin", price=113.0)
        self.assertEqual(order.currency_id, usd)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(
            order.o2o_clearing_line_ids.amount, -invoice.amount_total_signed
        )
