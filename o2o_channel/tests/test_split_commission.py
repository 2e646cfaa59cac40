from odoo.tests import HttpCase, tagged

from .common_settlement import SettlementTools
from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestCommission(SettlementTools, O2oSplitCommon, HttpCase):
    """Case GO: the guide's share goes to the dealer who employs the guide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls._create_user(
            "base.group_portal",
            login="wang",
            password="wang-secret",
            partner_id=cls.guide.partner_id.id,
        )

    def _page(self, login="wang", status=200):
        self.authenticate(login, f"{login}-secret")
        response = self.url_open("/my/o2o/commissions")
        self.assertEqual(response.status_code, status)
        return response.text

    def test_go_the_dealer_is_billed_and_the_guide_sees_the_own_commission(self):
        self.guide.payee_policy = "store"
        order = self._delivered(1, 1130.0)
        period = self._create_period()
        self._state_period(period)
        statement = self._statement(self.dealer_b1, period)
        self.assertEqual(statement.amount_total, 90.0)
        self.assertEqual(statement.bill_id.amount_tax, 5.4)
        self.assertEqual(statement.bill_id.amount_total, 95.4)
        self.assertFalse(self._statement(self.guide.partner_id, period))
        page = self._page()
        self.assertIn(order.name, page)
        self.assertIn("30.00", page)
        self.assertIn("Settled", page)
        self.assertIn(self.dealer_b1.name, page)
        for hidden in ("60.00", "820.00", self.consumer.name):
            self.assertNotIn(hidden, page)

    def test_a_guide_paid_in_person_sees_it_as_well(self):
        order = self._delivered(1, 1130.0)
        page = self._page()
        self.assertIn(order.name, page)
        self.assertIn("Return window until", page)
        self.assertNotIn("Your commission is paid by", page)

    def test_another_guide_sees_nothing_of_it(self):
        order = self._delivered(1, 1130.0)
        person = self.env["res.partner"].create({"name": "Zhao"})
        self.env["o2o.guide"].create(
            {
                "name": "Zhao",
                "code": "Z",
                "partner_id": person.id,
                "dealer_id": self.dealer_b1.id,
                "company_id": self.company.id,
            }
        )
        self._create_user(
            "base.group_portal",
            login="zhao",
            password="zhao-secret",
            partner_id=person.id,
        )
        page = self._page("zhao")
        self.assertIn("No commission yet", page)
        self.assertNotIn(order.name, page)

    def test_who_is_no_guide_finds_no_page(self):
        self._create_user("base.group_portal", login="other", password="other-secret")
        self._page("other", status=404)

    def test_a_guide_is_not_led_to_the_dealers_pages(self):
        order = self._delivered(1, 1130.0)
        share = order.o2o_split_line_ids.filtered(lambda line: line.role == "guide")
        self.assertNotIn('href="/my/o2o"', self._page())
        page = self.url_open(f"/my/o2o/shares/{share.id}").text
        self.assertNotIn('href="/my/o2o"', page)
        self.assertIn('href="/my/o2o/commissions"', page)

    def test_a_share_leads_back_to_its_statement(self):
        person = self.env["res.partner"].create(
            {"name": "b1 boss", "parent_id": self.dealer_b1.id}
        )
        self._create_user(
            "base.group_portal,o2o_channel.o2o_group_dealer_portal",
            login="b1",
            password="b1-secret",
            partner_id=person.id,
        )
        order = self._delivered(1, 1130.0)
        share = order.o2o_split_line_ids.filtered(lambda line: line.role == "origin")
        url = f"/my/o2o/shares/{share.id}"
        self.authenticate("b1", "b1-secret")
        self.assertNotIn("/my/o2o/statements/", self.url_open(url).text)
        period = self._create_period()
        self._state_period(period)
        statement = self._statement(self.dealer_b1, period)
        page = self.url_open(url).text
        self.assertIn(f'href="/my/o2o/statements/{statement.id}"', page)
        self.assertIn('href="/my/o2o"', page)
