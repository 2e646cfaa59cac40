import base64
import csv
import hashlib
import io

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestPayout(O2oSettlementCommon):
    """Limits of payout channels before a payment, and the bank's file after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.wechat = cls.bank.copy({"name": "WeChat Pay", "code": "WX"})
        cls.channel_wechat = cls.env["o2o.payout.channel"].create(
            {"name": "WeChat split", "journal_id": cls.wechat.id, "order_percent": 30}
        )
        cls.order.order_line.write(
            {"price_unit": 1130.0, "tax_ids": [Command.set(cls.tax_13.ids)]}
        )
        cls._share(cls.dealer_c2, 820.0)
        cls._share(cls.dealer_b1, 60.0, "origin")
        cls._share(cls.dealer_c1, 20.0, "tier1")
        cls._share(cls.guide, 30.0, "guide")
        period = cls._create_period()
        period.with_user(cls.accountant).action_make_statements()
        period.statement_ids.with_user(cls.accountant).action_confirm()
        cls.statements = period.statement_ids
        cls.mine = cls.statements.filtered(lambda s: s.partner_id == cls.dealer_c2)

    def _pay(self, statements, journal):
        action = statements.action_pay()
        wizard = self.env["account.payment.register"].with_context(**action["context"])
        return wizard.create(
            {"payment_date": "2026-12-05", "journal_id": journal.id}
        )._create_payments()

    # === Channels ===
    def test_ga_needs_more_of_the_order_than_the_channel_lets_go(self):
        self.assertEqual(self.order.amount_total, 1130.0)
        self.assertEqual(self.order._o2o_payouts(), {self.order: 1041.4})
        with self.assertRaisesRegex(
            UserError, r"1,041\.40 of .*1,130\.00.*339\.00.*30"
        ):
            self._pay(self.mine, self.wechat)
        self.assertEqual(self.mine.state, "billed")
        self._pay(self.mine, self.bank)
        self.assertEqual(self.mine.state, "paid")

    def test_the_statement_says_beforehand(self):
        notice = self.mine.with_user(self.accountant).payout_notice
        self.assertRegex(notice, r"WeChat split: order .* needs .*1,041\.40")
        self.channel_wechat.order_percent = 93
        self.mine.invalidate_recordset()
        self.assertEqual(self.mine.payout_notice, "WeChat split: possible")

    def test_just_enough_is_enough(self):
        self.channel_wechat.order_percent = 92.16  # of 1,130.00: 1,041.41
        self._pay(self.mine, self.wechat)
        self.assertEqual(self.mine.state, "paid")

    def test_one_payment_may_be_too_much(self):
        self.channel_wechat.write({"order_percent": 100, "payment_limit": 926.59})
        with self.assertRaisesRegex(UserError, r"926\.60 is more than .*926\.59"):
            self._pay(self.mine, self.wechat)
        self.channel_wechat.payment_limit = 926.60
        self._pay(self.mine, self.wechat)

    def test_an_order_may_have_too_many_payees(self):
        self.channel_wechat.write({"order_percent": 100, "order_payees": 3})
        with self.assertRaisesRegex(UserError, "has 4 payees, more than 3"):
            self._pay(self.mine, self.wechat)
        self.channel_wechat.order_payees = 4
        self._pay(self.mine, self.wechat)

    def test_an_order_may_be_too_old(self):
        self.channel_wechat.write({"order_percent": 100, "order_days": 30})
        self.order.date_order = "2026-11-02 04:00:00"
        with (
            freeze_time("2026-12-03 04:00:00"),
            self.assertRaisesRegex(UserError, "could be split until .*12/02/2026"),
        ):
            self._pay(self.mine, self.wechat)
        with freeze_time("2026-12-02 04:00:00"):
            self._pay(self.mine, self.wechat)

    def test_persons_may_be_left_to_the_bank(self):
        self.channel_wechat.write({"order_percent": 100, "individuals": False})
        guide = self.statements.filtered(lambda s: s.partner_id == self.guide)
        with self.assertRaisesRegex(UserError, "is a person.*the bank"):
            self._pay(guide, self.wechat)
        self._pay(self.mine, self.wechat)
        self._pay(guide, self.bank)
        self.assertEqual((guide.state, self.mine.state), ("paid", "paid"))

    def test_a_channel_that_is_put_away_limits_nothing(self):
        self.channel_wechat.active = False
        self._pay(self.mine, self.wechat)
        self.assertEqual(self.mine.state, "paid")

    @mute_logger("odoo.sql_db")
    def test_limits_are_sane(self):
        for values in (
            {"order_percent": 0},
            {"order_percent": 101},
            {"order_payees": -1},
            {"order_days": -1},
        ):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                self.channel_wechat.write(values)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.channel_wechat.copy()

    # === The bank's file ===
    def _account(self, partner, number="6222 0210 0111", trusted=True):
        return self.env["res.partner.bank"].create(
            {
                "partner_id": partner.id,
                "acc_number": number,
                "allow_out_payment": trusted,
                "bank_id": self.env["res.bank"]
                .create({"name": "ICBC", "bic": "ICBKCNBJ"})
                .id,
            }
        )

    def _payments(self, **values):
        self._account(self.dealer_c2, **values)
        self._account(self.guide, "=6222+1")
        guide = self.statements.filtered(lambda s: s.partner_id == self.guide)
        payments = self._pay(self.mine | guide, self.bank)
        for payment in payments:
            payment.partner_bank_id = payment.partner_id.bank_ids[:1]
        return payments

    def _file(self, payments, user=None):
        files = self.env["o2o.payment.file"].with_user(user or self.accountant)
        return files._make(payments.with_user(user or self.accountant))

    def test_the_file_has_a_row_per_payment(self):
        payments = self._payments()
        made = self._file(payments)
        self.assertEqual((made.count, made.amount_total), (2, 956.6))
        data = base64.b64decode(made.file)
        self.assertEqual(hashlib.sha256(data).hexdigest(), made.digest)
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        row = next(row for row in rows if row["amount"] == "926.60")
        self.assertEqual(
            (row["payee"], row["account_number"], row["bank_code"], row["currency"]),
            (self.dealer_c2.name, "622202100111", "ICBKCNBJ", "CNY"),
        )
        self.assertIn(self.mine.name, row["purpose"])

    def test_a_payment_goes_into_one_file(self):
        payments = self._payments()
        first = self._file(payments)
        with self.assertRaisesRegex(UserError, f"it is in {first.name}"):
            self._file(payments)
        first.with_user(self.accountant).action_cancel()
        second = self._file(payments)
        self.assertEqual(second.payment_ids, payments)
        self.assertFalse(first.payment_ids)

    def test_an_account_nobody_checked_is_refused(self):
        payments = self._payments(trusted=False)
        with self.assertRaisesRegex(UserError, r"6222 0210 0111 isn't trusted"):
            self._file(payments)

    def test_a_payee_without_an_account_is_named(self):
        payments = self._pay(self.mine, self.bank)
        payments.partner_bank_id = False
        with self.assertRaisesRegex(
            UserError, f"{self.dealer_c2.name}.*no bank account"
        ):
            self._file(payments)

    def test_a_file_stays_as_it_is(self):
        made = self._file(self._payments())
        with self.assertRaisesRegex(UserError, "stays as it is"):
            made.with_user(self.accountant).amount_total = 1.0
        with self.assertRaises(AccessError):
            made.with_user(self.accountant).unlink()

    def test_by_rpc_nobody_makes_a_file_or_takes_a_payment_out(self):
        payments = self._payments()
        made = self._file(payments)
        files = self.env["o2o.payment.file"].with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "Make a payment file from"):
            files.create({"name": "X", "company_id": self.company.id})
        biller = self._create_user("account.group_account_invoice")
        with self.assertRaisesRegex(UserError, "can't be edited"):
            payments.with_user(biller).write({"o2o_payment_file_id": False})
        self.assertEqual(payments.o2o_payment_file_id, made)

    def test_a_manager_makes_no_file(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        with self.assertRaises(AccessError):
            self._file(self._payments(), user=manager)
