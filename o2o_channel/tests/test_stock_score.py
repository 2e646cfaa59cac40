from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import O2oStockCommon

URL = "/my/o2o/score"


@tagged("post_install", "-at_install")
class TestStockScorePortal(O2oStockCommon, HttpCase):
    """A dealer's people see the score of their own stores and what made it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.store_c2
        cls.clerk = cls._portal_user("clerk", cls.dealer_c2)
        cls.rival = cls._portal_user("rival", cls.dealer_c1)
        cls.failed = cls.store._o2o_record_fill({cls.product: 2}, False, "S1/1", "Gone")
        cls.filled = cls.store._o2o_record_fill({cls.product: 1}, True, "S2/1")
        cls.others = cls.store_c1._o2o_record_fill({cls.product: 1}, False, "S9/1")

    @classmethod
    def _portal_user(cls, login, dealer):
        contact = cls.env["res.partner"].create(
            {"name": f"Clerk {login}", "parent_id": dealer.id}
        )
        return cls._create_user(
            "base.group_portal", login=login, password=login * 4, partner_id=contact.id
        )

    def setUp(self):
        super().setUp()
        self._login(self.clerk)

    def _login(self, user):
        self.authenticate(user.login, user.login * 4)

    def _page(self, url=URL, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def _text(self, page):
        return " ".join(page.xpath("//div[@id='wrap']")[0].text_content().split())

    def _token(self):
        return self._page().xpath("//input[@name='csrf_token']/@value")[0]

    def _appeal(self, event, reason="It stood in the window", token=None):
        token = token or self._token()
        return self.url_open(
            f"{URL}/event/{event.id}/appeal",
            data={"csrf_token": token, "reason": reason},
        )

    def test_score_parts_events_and_what_raises_it(self):
        self.env["o2o.stock.hold"]._hold(
            self.store, {self.product: 2}, "Damaged", "S1/1"
        )
        page = self._page()
        text = self._text(page)
        score = page.xpath("//*[@id='o2o_score_value']")[0].text_content().strip()
        self.assertEqual(score, f"{self.store.o2o_trust:.2f}")
        self.assertIn("You had the goods for 1 of 2 offers", text)
        self.assertIn("Fill the next 10 offers", text)
        self.assertIn("Not filled: 2", text)
        self.assertIn("S1/1", text)
        self.assertIn("Not promised until you count", text)
        self.assertIn("A mean score of 0.95", text)
        # the failed offer costs something, and the page says how much
        effect = page.xpath(f"//*[@id='event_{self.failed.id}']//strong")[0]
        self.assertTrue(effect.text_content().startswith("-0.0"))

    def test_the_portals_figure_is_the_routers(self):
        available = self.store._o2o_available(self.product)
        promised = int(10 * self.store.o2o_trust)
        self.assertEqual(available[self.store.id, self.product.id], promised)
        percent = f"{100 * self.store.o2o_trust:.0f} %"
        self.assertIn(percent, self._text(self._page()))

    def test_another_dealers_store_and_events_do_not_exist(self):
        text = self._text(self._page())
        self.assertNotIn("S9/1", text)
        self._page(f"{URL}/{self.store_c1.id}", status=404)
        self.assertEqual(self._appeal(self.others).status_code, 404)
        self.assertEqual(self.others.state, "valid")
        self._login(self.rival)
        self._page(f"{URL}/{self.store.id}", status=404)
        self.assertIn("S9/1", self._text(self._page()))

    def test_who_is_no_dealer_finds_nothing(self):
        self._login(self._portal_user("guest", self.env["res.partner"]))
        self._page(status=404)

    def test_an_appeal_waits_for_headquarters(self):
        token = self._token()
        page = html.fromstring(self._appeal(self.failed, token=token).text)
        self.env.invalidate_all()
        self.assertEqual(self.failed.state, "appealed")
        self.assertEqual(self.failed.appeal_ids.user_id, self.clerk)
        self.assertIn("Your appeal is with headquarters", self._text(page))
        self.assertIn("It stood in the window", self._text(page))
        again = html.fromstring(self._appeal(self.failed, token=token).text)
        self.assertIn("appealed already", self._text(again))
        self.assertEqual(len(self.failed.appeal_ids), 1)

    def test_an_appeal_says_why_and_the_answer_is_shown(self):
        empty = html.fromstring(self._appeal(self.failed, " ").text)
        self.assertIn("few words", self._text(empty))
        self._appeal(self.failed)
        self.env.invalidate_all()
        self.failed.appeal_ids._decide("granted", "You were right")
        text = self._text(self._page())
        self.assertIn("Granted: You were right", text)
        self.assertIn("Struck", text)

    def test_an_appeal_needs_the_pages_token(self):
        with mute_logger("odoo.http"):
            response = self.url_open(
                f"{URL}/event/{self.failed.id}/appeal", data={"reason": "x"}
            )
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.failed.state, "valid")

    def test_a_stale_feed_and_a_low_score_are_said(self):
        self.store.o2o_last_feed = "2026-01-01 10:00:00"
        for number in range(30):
            self.store._o2o_record_fill({self.product: 1}, False, f"X/{number}")
        text = self._text(self._page())
        self.assertIn("Your figures are out of date", text)
        self.assertIn("Below 0.60 no order is offered", text)
        self.assertIn("Send your stock now", text)
