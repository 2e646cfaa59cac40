from odoo.tests import HttpCase, tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestInvoicePortal(O2oSettlementCommon, HttpCase):
    """A dealer enters the own tax invoice on the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_require_dealer_invoice = True
        cls._share(cls.dealer_c2, 820.0)
        cls._share(cls.dealer_b1, 60.0, "origin")
        cls.period = cls._create_period()
        cls.period.with_user(cls.accountant).action_make_statements()
        cls.statements = {s.partner_id: s for s in cls.period.statement_ids}
        cls.mine = cls.statements[cls.dealer_c2]
        for dealer, login in ((cls.dealer_c2, "c2"), (cls.dealer_b1, "b1")):
            contact = cls.env["res.partner"].create(
                {"name": f"{login} boss", "parent_id": dealer.id}
            )
            cls._create_user(
                "o2o_channel.o2o_group_dealer_portal",
                login=login,
                password=f"{login}-secret",
                partner_id=contact.id,
            )

    def _bill(self):
        self.period.statement_ids.with_user(self.accountant).action_confirm()
        self.env.flush_all()

    def _enter(self, login, number, amount, statement=None):
        self.authenticate(login, f"{login}-secret")
        page = self.url_open(self.statements[self.dealer_b1].access_url).text
        if login == "c2":
            page = self.url_open(self.mine.access_url).text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.url_open(
            f"{(statement or self.mine).access_url}/invoice",
            data={"csrf_token": token, "number": number, "amount": amount},
        )

    def test_the_right_invoice_lets_the_bill_be_paid(self):
        self._bill()
        page = self._enter("c2", "2551 2000 0000 1234 5678", "926.60").text
        self.assertIn("Thank you", page)
        self.assertIn("Matched", page)
        self.assertNotIn("Enter tax invoice", page)
        self.assertEqual(self.mine.invoice_ids.number, "25512000000012345678")
        self.assertEqual(self.mine.invoice_state, "matched")

    def test_the_wrong_amount_is_shown_as_such(self):
        self._bill()
        page = self._enter("c2", "1", "926.00").text
        self.assertIn("Mismatch", page)
        self.assertEqual(self.mine.invoice_state, "mismatch")

    def test_what_is_no_amount_is_refused(self):
        self._bill()
        for text in ("", "abc", "-926.60", "0", "inf", "nan", "1e15"):
            page = self._enter("c2", "1", text).text
            self.assertIn("is no amount", page, text)
        self.assertFalse(self.mine.invoice_ids)

    def test_a_number_is_taken_once(self):
        self._bill()
        self._enter("c2", "1", "900.00")
        self.assertIn("is entered already", self._enter("c2", "1", "26.60").text)
        self.assertEqual(self.mine.invoice_ids.mapped("amount"), [900.0])

    def test_before_the_bill_there_is_nothing_to_invoice(self):
        self.period.statement_ids.with_user(self.accountant).action_send()
        self.env.flush_all()
        page = self._enter("c2", "1", "926.60").text
        self.assertIn("takes no tax invoice", page)
        self.assertFalse(self.mine.invoice_ids)

    def test_another_dealer_enters_nothing_here(self):
        self._bill()
        page = self._enter("b1", "1", "926.60", statement=self.mine)
        self.assertEqual(page.status_code, 404)
        self.assertFalse(self.mine.invoice_ids)
