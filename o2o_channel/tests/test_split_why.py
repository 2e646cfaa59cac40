from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestSplitWhy(O2oSplitCommon, HttpCase):
    """Each share tells its rule, steps and rounding, and is worked out again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls._create_user(
            "base.group_portal",
            login="wang",
            password="wang-secret",
            partner_id=cls.guide.partner_id.id,
        )
        for dealer, login in ((cls.dealer_b1, "b1"), (cls.dealer_c2, "c2")):
            person = cls.env["res.partner"].create(
                {"name": f"{login} boss", "parent_id": dealer.id}
            )
            cls._create_user(
                "base.group_portal,o2o_channel.o2o_group_dealer_portal",
                login=login,
                password=f"{login}-secret",
                partner_id=person.id,
            )

    def _share(self, order, role):
        return order.o2o_split_line_ids.filtered(lambda line: line.role == role)[:1]

    def _answer(self, line):
        action = line.with_user(self.accountant).action_why()
        wizard = (
            self.env["o2o.split.why"]
            .with_user(self.accountant)
            .with_context(**action["context"])
            .create({})
        )
        return wizard.answer

    def _page(self, login, line, status=200):
        self.authenticate(login, f"{login}-secret")
        response = self.url_open(f"/my/o2o/shares/{line.id}")
        self.assertEqual(response.status_code, status)
        return response.text

    def test_why_26_52(self):
        order = self._delivered(1, 999.0)
        line = self._share(order, "guide")
        self.assertEqual(line.amount, 26.52)
        answer = self._answer(line)
        for text in ("884.07", "3 %", "26.5221", "0.01", "That is what is posted"):
            self.assertIn(text, answer)

    def test_a_reversal_shows_all_postings(self):
        order = self._delivered(3, 999.0)
        self._take_back(order, 1)
        line = order.o2o_split_line_ids.filtered(
            lambda one: one.role == "guide" and one.kind == "reversal"
        )
        why = line._why()
        self.assertEqual(len(why["history"]), 2)
        self.assertTrue(why["agrees"])
        self.assertEqual(why["posted"], why["due"])
        self.assertIn("Posted in all", self._answer(line))

    def test_a_difference_is_told(self):
        order = self._delivered(1, 999.0)
        line = self._share(order, "guide")
        order.order_line._o2o_lock_split()
        parties = dict(order.order_line.o2o_split_parties)
        parties.pop("guide")
        order.order_line.o2o_split_parties = parties
        self.assertFalse(line._why()["agrees"])
        self.assertIn("Split the order again", self._answer(line))

    def test_a_party_sees_the_own_share_alone(self):
        order = self._delivered(1, 999.0)
        page = self._page("wang", self._share(order, "guide"))
        self.assertIn("26.5221", page)
        self.assertIn("the figures agree", page)
        for amount in ("724.94", "53.04", "17.68", "61.89", self.consumer.name):
            self.assertNotIn(amount, page)

    def test_another_party_finds_nothing(self):
        order = self._delivered(1, 999.0)
        self._page("b1", self._share(order, "origin"))
        self._page("b1", self._share(order, "fulfiller"), status=404)
        self._page("b1", self._share(order, "guide"), status=404)
        self._page("c2", self._share(order, "origin"), status=404)
        self._page("wang", self._share(order, "origin"), status=404)
        self._page("wang", self._share(order, "hq"), status=404)

    def test_a_residual_hides_what_the_others_get(self):
        order = self._delivered(1, 999.0)
        rows = dict(self._share(order, "hq")._why_steps(own_only=True))
        self.assertIn("61.89", rows["Residual"])
        self.assertNotIn("822.18", str(rows))

    def test_outsiders_cannot_ask_over_rpc(self):
        order = self._delivered(1, 999.0)
        user = self.env["res.users"].search([("login", "=", "b1")])
        with self.assertRaises(AccessError):
            self.env["o2o.split.why"].with_user(user).create(
                {"line_id": self._share(order, "guide").id}
            )
