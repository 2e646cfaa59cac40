from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common_settlement import SettlementTools
from .common_split import O2oSplitCommon

URL = "/my/o2o/statements"


@tagged("post_install", "-at_install")
class TestPersonPortal(SettlementTools, O2oSplitCommon, HttpCase):
    """A guide paid in person has statements of its own on the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.guide.partner_id.email = "wang@guides.example"
        cls._create_login("wang", cls.guide.partner_id)

    def setUp(self):
        super().setUp()
        self.sale = self._delivered(1, 1130.0)
        period = self._create_period()
        statements = self._state_period(period, confirm=False)
        statements.with_user(self.accountant).action_send()
        self.own = self._statement(self.guide.partner_id, period)
        self.dealers = self._statement(self.dealer_b1, period)
        self.env.flush_all()

    @classmethod
    def _create_login(cls, login, partner):
        cls._create_user(
            "base.group_portal",
            login=login,
            password=f"{login}-secret",
            partner_id=partner.id,
        )

    def _open(self, path=URL, login="wang", status=200):
        self.authenticate(login, f"{login}-secret")
        response = self.url_open(path)
        self.assertEqual(response.status_code, status, path)
        return response

    def _post(self, path, page, **data):
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.url_open(path, data={"csrf_token": token, **data})

    def test_the_guide_reads_and_confirms_the_own_statement(self):
        listed = self._open().text
        self.assertIn(self.own.name, listed)
        self.assertNotIn(self.dealers.name, listed)
        self.assertNotIn('href="/my/o2o"', listed)
        page = self._open(self.own.access_url)
        for shown in (self.sale.name, "30.00", "Income tax withheld"):
            self.assertIn(shown, page.text)
        for hidden in ("60.00", "820.00", self.consumer.name, "Dealer portal"):
            self.assertNotIn(hidden, page.text)
        self.assertIn('href="/my/o2o/commissions"', page.text)
        self._post(f"{self.own.access_url}/confirm", page)
        self.assertNotEqual(self.own.state, "sent")
        self.assertEqual(self.own.move_id.state, "posted")

    def test_the_mail_links_to_the_page_for_who_has_a_login(self):
        mails = self.env["mail.mail"].search(
            [("model", "=", "o2o.settlement"), ("res_id", "=", self.own.id)]
        )
        self.assertIn(self.own.access_url, mails.body_html)
        self.guide.partner_id.user_ids.active = False
        template = self.env.ref("o2o_channel.mail_template_o2o_settlement_sent")
        body = template._render_field("body_html", self.own.ids)[self.own.id]
        self.assertNotIn(self.own.access_url, body)

    def test_the_guide_has_the_paper_and_the_way_back_from_a_share(self):
        paper = self._open(f"{self.own.access_url}/pdf")
        self.assertTrue(paper.content.startswith(b"%PDF"))
        share = self.own.line_ids
        page = self._open(f"/my/o2o/shares/{share.id}").text
        self.assertIn(f'href="{self.own.access_url}"', page)

    def test_the_guide_objects_to_a_line(self):
        url = f"{self.own.access_url}/dispute/share/{self.own.line_ids.id}"
        page = self._open(url)
        self._post(url, page, reason="I sold two.")
        self.assertEqual(self.own.dispute_ids.reason, "I sold two.")

    def test_nobody_else_finds_it(self):
        self.env["o2o.guide"].create(
            {
                "name": "Zhao",
                "code": "Z",
                "partner_id": self.env["res.partner"].create({"name": "Zhao"}).id,
                "dealer_id": self.dealer_b1.id,
                "company_id": self.company.id,
            }
        )
        zhao = self.env["o2o.guide"].search([("code", "=", "Z")]).partner_id
        self._create_login("zhao", zhao)
        boss = {"name": "b1 boss", "parent_id": self.dealer_b1.id}
        self._create_login("b1", self.env["res.partner"].create(boss))
        share = self.own.line_ids
        for login in ("zhao", "b1"):
            for path in (
                self.own.access_url,
                f"{self.own.access_url}/pdf",
                f"{self.own.access_url}/dispute/share/{share.id}",
                f"/my/o2o/shares/{share.id}",
            ):
                page = self._open(path, login, status=404)
                self.assertNotIn(self.own.name, page.text)
        self._open(login="zhao", status=404)  # no payee yet
        self.assertNotIn(self.own.name, self._open(login="b1").text)

    def test_the_guide_reaches_no_dealers_page(self):
        for path in (
            "/my/o2o",
            "/my/o2o/deposit",
            "/my/o2o/authorizations",
            self.dealers.access_url,
            f"{self.dealers.access_url}/pdf",
        ):
            page = self._open(path, status=404)
            self.assertNotIn(self.dealers.name, page.text)

    def test_a_payee_is_not_moved_into_a_company(self):
        """Odoo would rewrite the partner of its journal items, and clearing with it."""
        person = self.guide.partner_id
        with self.assertRaisesRegex(
            UserError, "paid shares in its own name.*Beijing Trade"
        ):
            person.parent_id = self.dealer_b1
        person.parent_id = False
        self.dealer_b1.parent_id = self.env["res.partner"].create(
            {"name": "Holding", "is_company": True}
        )
        self._assert_clearing_ties_out()

    def test_contacts_are_merged_into_a_payee_and_not_the_other_way(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        person = self.guide.partner_id
        twin, other = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        wizard._merge([twin.id, person.id], person)
        self.assertFalse(twin.exists())
        with self.assertRaisesRegex(UserError, "Choose it as the contact that stays"):
            wizard._merge([other.id, person.id], other)
        self.assertEqual(self.own.partner_id, person)

    def test_the_home_page_has_cards_of_what_is_there(self):
        page = self._open("/my").text
        self.assertIn(f'href="{URL}"', page)
        self.assertIn('href="/my/o2o/commissions"', page)
        self._create_login("nobody", self.env["res.partner"].create({"name": "N"}))
        page = self._open("/my", "nobody").text
        self.assertNotIn("/my/o2o", page)

    def test_a_claim_against_the_person_is_answered(self):
        claim = (
            self.env["o2o.claim"]
            .with_user(self.accountant)
            .create(
                {
                    "order_id": self.sale.id,
                    "description": "A dent",
                    "type": "product",
                    "amount": 20.0,
                    "liability_ids": [
                        Command.create(
                            {"partner_id": self.guide.partner_id.id, "percent": 100}
                        )
                    ],
                }
            )
        )
        claim.action_open()
        self.env.flush_all()
        part = claim.liability_ids
        self.assertIn(claim.name, self._open("/my/o2o/claims").text)
        url = f"/my/o2o/claims/{part.id}"
        page = self._open(url)
        self._post(url, page, answer="It was whole.")
        self.assertEqual(part.answer, "It was whole.")
        self._open("/my/o2o/claims/999999", status=404)


@tagged("post_install", "-at_install")
class TestPersonOfDealer(SettlementTools, O2oSplitCommon, HttpCase):
    """A guide who is a contact of the dealer, and is paid in person all the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.guide.partner_id.parent_id = cls.dealer_b1
        cls._create_user(
            "o2o_channel.o2o_group_dealer_portal",
            login="wang",
            password="wang-secret",
            partner_id=cls.guide.partner_id.id,
        )

    def test_both_statements_are_found_paid_and_closed(self):
        self._delivered(1, 1130.0)
        period = self._create_period()
        statements = self._state_period(period, confirm=False)
        statements.with_user(self.accountant).action_send()
        own = self._statement(self.guide.partner_id, period)
        dealers = self._statement(self.dealer_b1, period)
        self.env.flush_all()
        self.authenticate("wang", "wang-secret")
        page = self.url_open(URL).text
        for statement in own | dealers:
            self.assertIn(statement.name, page)
            self.assertIn(f">{statement.partner_id.name}<", page)
        self.assertEqual(self.url_open(own.access_url).status_code, 200)
        statements.with_user(self.accountant).action_confirm()
        self.assertEqual((own.amount_payable, dealers.amount_payable), (30.0, 63.6))
        action = own.action_pay()
        self.env["account.payment.register"].with_context(**action["context"]).create(
            {"payment_date": "2026-12-05"}
        )._create_payments()
        self.assertEqual(own.state, "paid")
        self.assertEqual(dealers.state, "billed")
        period.with_user(self.accountant).action_close()
        self.assertEqual(set(self._assert_clearing_ties_out().values()), {0.0})
