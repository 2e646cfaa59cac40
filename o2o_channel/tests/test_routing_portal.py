import re

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import routing_portal
from .common import O2oRoutingCommon

URL = "/my/o2o/dispatches"


@tagged("post_install", "-at_install")
class TestDispatchPortal(O2oRoutingCommon, HttpCase):
    """A dealer's clerk serves legs on a phone; nobody else sees them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._portal_user("clerk", cls.dealer_c2)
        cls.rival = cls._portal_user("rival", cls.dealer_c1)
        cls.guest = cls._portal_user("guest", cls.env["res.partner"])

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
        self.leg = self._confirm_order((self.product, 2)).dispatch_ids
        self._login(self.clerk)

    def _login(self, user):
        self.authenticate(user.login, user.login * 4)

    def _page(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def _act(self, action, leg=None, token=None, **values):
        """Post a step as the page's forms do; returns the page that answers."""
        leg = leg or self.leg
        response = self.url_open(
            f"{URL}/{leg.id}/{action}",
            data={"csrf_token": token or self._token(), **values},
        )
        self.env.invalidate_all()
        self.assertEqual(response.status_code, 200)
        return html.fromstring(response.text)

    def _token(self):
        page = self._page(f"{URL}/{self.leg.id}")
        return page.xpath("//input[@name='csrf_token']/@value")[0]

    def _notice(self, page):
        return " ".join(page.xpath("//div[@role='status']")[0].text_content().split())

    def _text(self, page):
        return " ".join(page.xpath("//div[@id='wrap']")[0].text_content().split())

    def test_an_offer_shows_area_goods_and_time_but_not_the_consumer(self):
        listing = self._page(URL)
        detail = self._page(f"{URL}/{self.leg.id}")
        for page in (listing, detail):
            text = self._text(page)
            self.assertIn("W**", text)
            self.assertIn("Jinjiang", text)
            self.assertIn("Rice Cooker", text)
            for secret in ("Wang Fang", "Fang", "138", "Hongxing", "1130", "1,130"):
                self.assertNotIn(secret, text)
        seconds = int(detail.xpath("//*[@data-seconds]/@data-seconds")[0])
        self.assertTrue(1700 < seconds <= 1800)

    def test_once_accepted_the_consumer_is_shown(self):
        page = self._act("accept")
        self.assertEqual(self.leg.state, "accepted")
        self.assertEqual(self.leg.event_ids[-1].user_id, self.clerk)
        text = self._text(page)
        for known in ("Wang Fang", "138 0013 8000", "Hongxing Road 3"):
            self.assertIn(known, text)

    def test_from_accept_to_delivered(self):
        self._act("accept")
        self._act("pick")
        self._act("ship", tracking_ref="SF1")
        self.assertEqual((self.leg.state, self.leg.tracking_ref), ("shipped", "SF1"))
        page = self._act("deliver")
        self.assertEqual(self.leg.state, "delivered")
        self.assertIn("Delivered", self._notice(page))
        self.assertIn(self.leg.name, self._text(self._page(f"{URL}?tab=done")))

    def test_a_second_click_is_told_of_the_first(self):
        self._act("accept")
        page = self._act("accept")
        self.assertEqual(self.leg.state, "accepted")
        self.assertEqual(self.leg.event_ids.mapped("state_to"), ["offered", "accepted"])
        self.assertRegex(
            self._notice(page), f"already accepted, .* by {re.escape(self.clerk.name)}"
        )

    def test_a_stale_page_changes_nothing(self):
        token = self._token()
        self.leg.action_cancel()
        page = self._act("accept", token=token)
        self.assertEqual(self.leg.state, "cancelled")
        self.assertIn("already cancelled", self._notice(page))
        self.assertNotIn("Wang Fang", self._text(page))

    def test_a_reject_needs_a_reason_of_the_list(self):
        page = self._act("reject", reason="", note="x")
        self.assertIn("Choose why", self._notice(page))
        self._act("reject", reason="999999")
        self.assertEqual(self.leg.state, "offered")
        self._act("reject", reason=self.reason.id, note="<b>sold</b>")
        self.assertEqual(
            (self.leg.state, self.leg.reject_note), ("rejected", "<b>sold</b>")
        )
        self.assertIn("&lt;b&gt;sold", self.url_open(f"{URL}/{self.leg.id}").text)

    def test_handed_back_the_leg_leaves_the_dealers_list(self):
        self._act("accept")
        self._act("hand", note="van broke down")
        self.assertEqual(self.leg.state, "exception")
        self._page(f"{URL}/{self.leg.id}", 404)
        self.assertNotIn(self.leg.name, self._text(self._page(f"{URL}?tab=pick")))

    def test_a_pickup_is_handed_over_against_the_code_only(self):
        order = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        )
        leg = order.dispatch_ids
        self._act("accept", leg)
        self.assertNotIn("Shipped", self._text(self._page(f"{URL}/{leg.id}")))
        page = self._act("ready", leg)
        self.assertNotRegex(self._text(page), r"\d{8}")
        code = leg._issue_code()
        page = self._act("pickup", leg, code="1")
        self.assertIn("4 tries are left", self._notice(page))
        self.assertEqual((leg.state, leg.pickup_tries), ("ready", 1))
        self._act("pickup", leg, code=code)
        self.assertEqual(leg.state, "delivered")
        self.assertIn(
            "already collected", self._notice(self._act("pickup", leg, code=code))
        )

    def test_the_home_page_counts_the_offers(self):
        page = self._page("/my/home")
        self.assertTrue(page.xpath(f"//a[@href='{URL}']"))
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["o2o_offer_count"]}
        )
        self.assertEqual(counters, {"o2o_offer_count": 1})

    def test_an_unknown_step_or_tab_is_harmless(self):
        token = self._token()
        for action in ("cancel", "assign_to", "__class__"):
            response = self.url_open(
                f"{URL}/{self.leg.id}/{action}", data={"csrf_token": token}
            )
            self.assertEqual(response.status_code, 404)
        self._page(f"{URL}?tab=everything")
        self.assertEqual(self.leg.state, "offered")

    def test_a_long_list_has_pages(self):
        self.patch(routing_portal, "PAGE_SIZE", 2)
        for _n in range(2):
            self._confirm_order()
        first, second = (
            self._page(f"{URL}?tab=new"),
            self._page(f"{URL}/page/2?tab=new"),
        )
        self.assertEqual(len(first.find_class("list-group-item")), 2)
        self.assertEqual(len(second.find_class("list-group-item")), 1)

    @mute_logger("odoo.http")
    def test_without_the_token_of_the_page_nothing_happens(self):
        response = self.url_open(f"{URL}/{self.leg.id}/accept", data={"x": 1})
        self.assertEqual(response.status_code, 400)
        self.env.invalidate_all()
        self.assertEqual(self.leg.state, "offered")

    # Others

    def _refused(self, user):
        token = self._token()
        self._login(user)
        self._page(f"{URL}/{self.leg.id}", 404)
        page = self.url_open("/my/home")
        own = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")
        for action in (
            "accept",
            "reject",
            "pick",
            "ship",
            "ready",
            "pickup",
            "deliver",
            "hand",
        ):
            response = self.url_open(
                f"{URL}/{self.leg.id}/{action}",
                data={"csrf_token": (own or [token])[0], "reason": self.reason.id},
            )
            self.assertIn(response.status_code, (400, 404), action)
        self.env.invalidate_all()
        self.assertEqual(self.leg.state, "offered")

    @mute_logger("odoo.http")
    def test_another_dealer_sees_and_does_nothing(self):
        self._refused(self.rival)
        self.assertNotIn(self.leg.name, self.url_open(URL).text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["o2o_offer_count"]}
        )
        self.assertEqual(counters, {"o2o_offer_count": 0})

    @mute_logger("odoo.http")
    def test_who_works_for_no_dealer_finds_nothing(self):
        self._refused(self.guest)
        self._page(URL, 404)

    def test_a_visitor_is_sent_to_the_login(self):
        self.logout()
        for url in (URL, f"{URL}/{self.leg.id}"):
            response = self.url_open(url, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login", response.headers["Location"])

    def test_a_reject_may_name_the_goods_that_are_missing(self):
        other = self._create_product(name="Kettle")
        for store in self.store_c2 | self.store_far:
            self._set_stock(store, other, 10)
        leg = self._confirm_order((self.product, 1), (other, 1)).dispatch_ids
        store = leg.warehouse_id
        page = self._page(f"{URL}/{leg.id}")
        boxes = page.xpath("//input[@name='missing']/@value")
        self.assertEqual(set(boxes), {str(self.product.id), str(other.id)})
        self._act("reject", leg, reason="no_stock", missing=str(other.id))
        events = self.env["o2o.trust.event"].search([("warehouse_id", "=", store.id)])
        self.assertEqual(events.product_id, other)
        self.assertEqual(self._free(store, other), 0)
        self.assertGreater(self._free(store), 0)
