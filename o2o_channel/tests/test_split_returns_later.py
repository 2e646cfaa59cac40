from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common_returns import O2oReturnsCommon, cents, entry
from .common_settlement import SettlementTools


@tagged("post_install", "-at_install")
class TestSplitReturnsLater(SettlementTools, O2oReturnsCommon):
    """Refunds after a month is paid or a rule has changed; other currencies and taxes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")

    # -- late ---------------------------------------------------------------
    def test_refund_after_payout_is_owed_and_carried(self):
        """GA stated and billed in November, refunded in December: C2 owes 820.00."""
        order = self._delivered()
        invoice = self._invoice(order)
        november = self._create_period()
        bills = self._state_period(november).bill_id
        self.assertEqual(sum(bills.mapped("amount_total")), 1011.4)
        self._pay_out(bills)
        self.assertEqual(set(bills.mapped("amount_residual")), {0.0})
        self.assertFalse(any(self._assert_clearing_ties_out().values()))
        self._credit(invoice, at="2026-12-02")
        refund = self._entries(order)[1]
        self._assert_entry(refund, entry(-820.0, -60.0, -20.0, -30.0))
        self.assertEqual(refund.date, date(2026, 12, 2))
        self.assertEqual(
            self._assert_clearing_ties_out()[self.dealer_c2], -820.0, "C2 owes it"
        )
        self._deliver(self._create_order(3, 333.0), "2026-12-05 04:00:00")
        december = self._create_period("2026-12-01")
        self._state_period(december)
        statement = self._statement(self.dealer_c2, december)
        self.assertFalse(statement.bill_id, "724.94 - 820.00 is no bill")
        self.assertEqual(self._assert_clearing_ties_out()[self.dealer_c2], -95.06)
        self.assertEqual({line.amount for line in statement.line_ids}, {724.94, -820.0})

    def _pay_out(self, bills):
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        for bill in bills:
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=bill.ids
            ).create({"journal_id": journal.id})._create_payments()

    def test_refund_after_the_rule_changed_goes_by_the_rule_of_the_sale(self):
        order = self._delivered(3, 333.0)
        action = self.rule.action_new_version()
        later = self.env["o2o.split.rule"].browse(action["res_id"])
        later.line_ids.filtered(lambda line: line.role == "fulfiller").rate = 50
        later.action_activate()
        after = self._delivered(3, 333.0)
        self._credit(self._invoice(order), quantity=1)
        self._assert_entry(
            self._entries(order)[1], entry(-241.65, -17.68, -5.89, -8.84)
        )
        self.assertEqual(self._shares(after)["C2"], 442.04)
        self._take_back(after, 3)
        self._assert_entry(
            self._entries(after)[1], entry(-442.04, -53.04, -17.68, -26.52)
        )
        self.assertEqual(self._clearing(self.dealer_c2), 483.29)

    def test_refund_in_a_locked_month_is_dated_on_the_first_open_day(self):
        order = self._deliver(self._create_order(), "2026-11-20 04:00:00")
        invoice = self._invoice(order)
        self.env.flush_all()
        self.company.fiscalyear_lock_date = date(2026, 11, 30)
        note = self._by_wizard(invoice, "2026-12-02")
        note.write({"invoice_date": "2026-11-29", "date": "2026-12-02"})
        note.action_post()
        back = self._entries(order)[1]
        self.assertEqual(back.date, date(2026, 12, 1))
        self.assertEqual(back.o2o_original_date, date(2026, 11, 29))
        self._assert_books(order, {})

    # -- currencies ---------------------------------------------------------
    def _foreign_order(self, rate=0.14, **values):
        """An order of 113.00 dollars (100.00 without tax); a yuan buys ``rate`` of them."""
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "company_id": self.company.id,
                "name": "2026-11-01",
                "rate": rate,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Dollars",
                "currency_id": dollar.id,
                "company_id": self.company.id,
            }
        )
        return self._create_order(
            pricelist_id=pricelist.id, date_order="2026-11-15 04:00:00", **values
        )

    def _change_rate(self, rate):
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.env.ref("base.USD").id,
                "company_id": self.company.id,
                "name": "2026-11-18",
                "rate": rate,
            }
        )

    def test_foreign_order_is_split_at_its_own_rate_and_back(self):
        """3 x 37.67 = 113.01 dollars: net 100.01 at 0.14 = 714.36; the rate moves on."""
        order = self._foreign_order(quantity=3, price=37.67)
        with freeze_time("2026-11-15 04:00:00"):
            order.action_confirm()
            order.dispatch_ids.action_accept()
        self._change_rate(0.2)
        self._deliver(order)
        invoice = self._invoice(order)
        whole = cents(585.78, 42.86, 14.29, 21.43, 50.0)
        self._assert_books(order, whole)
        self._assert_entry(self._entries(order)[0], entry(585.78, 42.86, 14.29, 21.43))
        note = self._credit(invoice, quantity=1)
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 1.0)
        self._assert_books(order, cents(390.52, 28.57, 9.53, 14.29, 33.33))
        self._take_back(order, 3, "2026-11-24 04:00:00")
        self._assert_books(order, {})

    def test_price_cut_in_dollars_counts_at_the_rate_of_the_order(self):
        """11.30 of 113.00 dollars: a tenth, whatever a dollar is worth by then."""
        order = self._foreign_order(rate=0.125, price=113.0)
        with freeze_time("2026-11-15 04:00:00"):
            order.action_confirm()
            order.dispatch_ids.action_accept()
        self._change_rate(0.2)
        self._deliver(order)
        self._assert_books(order, cents(656.0, 48.0, 16.0, 24.0, 56.0))
        self._credit(self._invoice(order), price=11.3)
        self._assert_books(order, cents(590.4, 43.2, 14.4, 21.6, 50.4))

    def test_credit_note_in_another_currency_counts_as_booked(self):
        """565.00 yuan (500.00 net) off an order of 800.00 yuan net in dollars."""
        order = self._foreign_order(rate=0.125, price=113.0)
        self._deliver(order)
        self._by_hand(order, 565.0, currency_id=self.currency.id)
        self._assert_books(order, cents(246.0, 18.0, 6.0, 9.0, 21.0))

    # -- taxes --------------------------------------------------------------
    def _tax(self, percent, include, **values):
        return self.tax_13.copy(
            {
                "name": f"{percent}% {include}",
                "amount": percent,
                "price_include_override": f"tax_{include}",
                **values,
            }
        )

    def _taxed(self, taxes, price, quantity=1):
        row = {
            "product_uom_qty": quantity,
            "price_unit": price,
            "tax_ids": [Command.set(taxes.ids)],
        }
        return self._deliver(self._create_order(lines=[row]))

    def test_tax_on_top(self):
        order = self._taxed(self._tax(13, "excluded"), 294.69, 3)
        self._assert_books(order, cents(724.94, 53.04, 17.68, 26.52, 61.89))
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_untaxed, 884.07)
        self._credit(invoice, quantity=1)
        self._assert_books(order, cents(483.29, 35.36, 11.79, 17.68, 41.26))

    def test_nets_of_price_cuts_add_up_where_tax_is_on_top(self):
        """Three times 33.33 net: 99.99, not what the tax taken out of 112.98 would be."""
        order = self._taxed(self._tax(13, "excluded"), 1000.0)
        invoice = self._invoice(order)
        for day in (21, 22, 23):
            self._credit(invoice, price=33.33, at=f"2026-11-{day}")
        self._assert_books(order, cents(738.01, 54.0, 18.0, 27.0, 63.0))

    def test_tax_is_taken_out_of_the_sum_of_price_cuts_where_it_is_included(self):
        """Three times 33.33 with tax: 99.99 = 88.49 net, not 3 x 29.50 = 88.50."""
        order = self._delivered()
        invoice = self._invoice(order)
        for day in (21, 22, 23):
            self._credit(invoice, price=33.33, at=f"2026-11-{day}")
        net = sum(self._shares(order).values())
        self.assertEqual(round(net, 2), 911.51)
        self._assert_books(order, cents(747.44, 54.69, 18.23, 27.35, 63.8))

    def test_several_taxes_on_a_line(self):
        """13 % and a levy of 2 % in the price of 1,150.00: 1,000.00 net."""
        taxes = self._tax(13, "included") | self._tax(2, "included")
        order = self._taxed(taxes, 1150.0)
        self._assert_books(order, cents(820.0, 60.0, 20.0, 30.0, 70.0))
        invoice = self._invoice(order)
        self._credit(invoice, price=115.0)
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))
        self._take_back(order, 1, "2026-11-23 04:00:00")
        self._assert_books(order, {})

    def test_included_and_excluded_taxes_together(self):
        taxes = self._tax(13, "included") | self._tax(2, "excluded")
        order = self._taxed(taxes, 1130.0)
        self._assert_books(order, cents(820.0, 60.0, 20.0, 30.0, 70.0))
        self._credit(self._invoice(order), price=113.0)
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))

    def test_no_tax_and_a_tax_of_nothing(self):
        for taxes in (self.env["account.tax"], self._tax(0, "included")):
            order = self._taxed(taxes, 294.69, 3)
            expected = cents(724.94, 53.04, 17.68, 26.52, 61.89)
            self.assertEqual(self._shares(order), expected)
            self._credit(self._invoice(order), quantity=1)
            self._take_back(order, 3, "2026-11-24 04:00:00")
            self._assert_books(order, {})

    def test_credit_note_with_another_tax_than_the_order(self):
        """100.00 net are 100.00 net, though the note was typed without any tax."""
        order = self._delivered()
        line = order.order_line
        row = {
            "product_id": line.product_id.id,
            "quantity": 1,
            "price_unit": 100.0,
            "tax_ids": [Command.clear()],
            "sale_line_ids": [Command.set(line.ids)],
        }
        self._by_hand(order, 0, invoice_line_ids=[Command.create(row)])
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))
