import re
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_portal import O2oPortalCommon

BOARD, STORE, PICKUP = "/my/o2o/board", "/my/o2o/store", "/my/o2o/pickup"
LEGS = "/my/o2o/dispatches"
TOKEN = "T" * 32


@tagged("post_install", "-at_install")
class TestBoardPortal(O2oPortalCommon, HttpCase):
    """The dealer's board: tabs, counters, first to accept, papers."""

    def setUp(self):
        super().setUp()
        self._login(self.clerk)

    def _counts(self):
        return self.url_open(BOARD).json()["counts"]

    def test_a_leg_moves_from_tab_to_tab(self):
        leg = self._confirm_order().dispatch_ids
        steps = (
            ("new", lambda: leg.action_accept()),
            ("pick", lambda: leg.action_pick()),
            ("ship", lambda: leg.action_ship()),
            ("ship", lambda: leg.action_deliver()),
            ("done", lambda: None),
        )
        for tab, step in steps:
            self.assertIn(leg.name, self._text(self._page(f"{LEGS}?tab={tab}")), tab)
            expected = {name: int(name == tab) for name in ("new", "pick", "ship")}
            self.assertEqual(self._counts(), {**expected, "pickup": 0}, tab)
            step()

    def test_a_picked_pickup_waits_on_the_tab_of_pickups(self):
        leg = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        ).dispatch_ids
        leg.action_accept()
        leg.action_pick()
        self.assertEqual((self._counts()["pickup"], self._counts()["ship"]), (1, 0))

    def test_the_counters_tell_of_a_new_offer_and_of_nothing_else(self):
        before = self.url_open(BOARD).json()
        leg = self._confirm_order().dispatch_ids
        after = self.url_open(BOARD)
        self.assertNotEqual(before["newest"], after.json()["newest"])
        self.assertEqual(set(after.json()), {"counts", "newest"})
        self.assertLess(len(after.content), 200)
        self.assertEqual(after.headers["Cache-Control"], "no-store")
        self._login(self.rival)
        self.assertEqual(self._counts()["new"], 0)
        self.assertNotIn(leg.name, self.url_open(BOARD).text)
        self._login(self.guest)
        self.assertEqual(self.url_open(BOARD).status_code, 404)

    def test_a_number_is_found_in_every_tab(self):
        one = self._confirm_order().dispatch_ids
        two = self._confirm_order().dispatch_ids
        one.action_accept()
        text = self._text(self._page(f"{LEGS}?search={one.name}"))
        self.assertIn(one.name, text)
        self.assertNotIn(two.name, text)
        self.assertIn("No number like", self._text(self._page(f"{LEGS}?search=%25x")))
        self._login(self.rival)
        self.assertNotIn(one.name, self._text(self._page(f"{LEGS}?search={one.name}")))

    def test_the_first_takes_it_and_the_second_is_told(self):
        self.env["o2o.routing.rule"].create(
            {
                "name": "Grab",
                "mode": "grab",
                "company_id": self.company.id,
                "channel_ids": [Command.set(self.channel.ids)],
            }
        )
        # the second tier first: C1's area holds C2's
        self.coverage_c1.copy({"region_id": self.jinjiang.id})
        leg = self._confirm_order().dispatch_ids
        self.assertFalse(leg.warehouse_id)
        page = self._page(f"{LEGS}/{leg.id}")
        text = self._text(page)
        self.assertIn("Take it", text)
        self.assertIn("Other stores are asked as well", text)
        self.assertNotIn(self.dealer_c1.name, text)
        self.assertNotIn("Wang", text)
        stores = page.xpath("//select[@name='store']/option/@value")
        chosen = stores[-1] if stores else leg.offer_ids.warehouse_id[0].id
        page = self._post(f"{LEGS}/{leg.id}/accept", store=chosen)
        self.assertIn("Accepted", self._notice(page))
        self.assertEqual(leg.warehouse_id.id, int(chosen))
        rivals = leg.offer_ids.filtered(lambda one: one.dealer_id == self.dealer_c1)
        if rivals:
            self._login(self.rival)
            page = self._post(f"{LEGS}/{leg.id}/accept")
            self.assertIn("already taken by another store", self._notice(page))
            self._page(f"{LEGS}/{leg.id}", 404)

    def test_the_packing_slip_shows_goods_and_address_but_no_price(self):
        leg = self._confirm_order((self.product, 2)).dispatch_ids
        self._page(f"{LEGS}/{leg.id}/slip", 404)
        leg.action_accept()
        text = self.url_open(f"{LEGS}/{leg.id}/slip").text
        for part in (leg.name, "E-1001", "Hongxing Road 3", self.store_c2.name):
            self.assertIn(part, text)
        self.assertNotRegex(text, r"1,?130|2,?260")
        for user in (self.rival, self.guest):
            self._login(user)
            self._page(f"{LEGS}/{leg.id}/slip", 404)


@tagged("post_install", "-at_install")
class TestStorePortal(O2oPortalCommon, HttpCase):
    """Pause, mails and figures of a dealer's own stores."""

    def setUp(self):
        super().setUp()
        self._login(self.clerk)
        self.pause = f"{STORE}/{self.store_c2.id}/pause"

    def test_a_pause_for_some_hours(self):
        page = self._post(self.pause, hours="3", reason="Stocktaking")
        self.assertIn("takes no orders until", self._notice(page))
        left = self.store_c2.o2o_paused_until - fields.Datetime.now()
        self.assertTrue(timedelta(hours=2, minutes=59) < left <= timedelta(hours=3))
        self.assertEqual(self.store_c2.o2o_pause_reason, "Stocktaking")
        self.assertIn("Paused", self._text(self._page(LEGS)))
        self._post(f"{STORE}/{self.store_c2.id}/resume")
        self.assertFalse(self.store_c2.o2o_is_paused)

    def test_a_paused_store_is_offered_nothing(self):
        self._post(self.pause, hours="3", reason="Stocktaking")
        leg = self._confirm_order().dispatch_ids
        self.assertNotEqual(leg.warehouse_id, self.store_c2)

    def test_a_pause_until_a_moment_in_the_stores_time(self):
        day = fields.Date.add(fields.Date.today(), days=5)
        self._post(self.pause, hours="", until=f"{day}T08:30", reason="Holiday")
        moment = self.store_c2.o2o_paused_until
        self.assertEqual(
            f"{moment:%Y-%m-%d %H:%M}", f"{day} 00:30", "Shanghai is UTC+8"
        )

    def test_a_pause_that_makes_no_sense_is_refused(self):
        for values in (
            {"hours": "", "until": "2020-01-01T08:00", "reason": "x"},
            {"hours": "", "until": "tomorrow", "reason": "x"},
            {"hours": "", "until": "", "reason": "x"},
            {"hours": "", "until": "9999-12-31T23:59", "reason": "x"},
            {"hours": "-1", "until": "", "reason": "x"},
            {"hours": "3", "reason": "  "},
        ):
            page = self._post(self.pause, **values)
            self.assertNotIn("takes no orders until", self._notice(page), values)
            self.assertFalse(self.store_c2.o2o_paused_until, values)

    def test_nobody_pauses_another_dealers_store(self):
        for user in (self.rival, self.guest):
            self._login(user)
            token = self._token() if user == self.rival else "x"
            for action in ("pause", "resume"):
                response = self.url_open(
                    f"{STORE}/{self.store_c2.id}/{action}",
                    data={"csrf_token": token, "hours": "1", "reason": "x"},
                )
                self.assertIn(response.status_code, (400, 404))
        self.env.invalidate_all()
        self.assertFalse(self.store_c2.o2o_paused_until)
        self._page(STORE, 404)

    @mute_logger("odoo.http")
    def test_without_the_token_of_the_page_nothing_happens(self):
        for url in (self.pause, f"{STORE}/notices", f"{PICKUP}/{TOKEN}/hand"):
            response = self.url_open(url, data={"hours": "1", "reason": "x"})
            self.assertEqual(response.status_code, 400, url)
        self.env.invalidate_all()
        self.assertFalse(self.store_c2.o2o_paused_until)

    def test_the_mails_are_turned_off_and_on(self):
        partner = self.clerk.partner_id
        self._post(f"{STORE}/notices")
        self.assertTrue(partner.o2o_no_offer_mail)
        self._post(f"{STORE}/notices", mails="1")
        self.assertFalse(partner.o2o_no_offer_mail)

    def test_the_figures_are_the_dealers_own(self):
        self._confirm_order().dispatch_ids.action_accept()
        text = self._text(self._page(STORE))
        self.assertIn("100 %", text)
        for foreign in (self.store_c1.name, self.store_b1.name):
            self.assertNotIn(foreign, text)
        self._login(self.rival)
        text = self._text(self._page(STORE))
        self.assertNotIn(self.store_c2.name, text)
        self.assertNotIn("100 %", text)


@tagged("post_install", "-at_install")
class TestPickupPortal(O2oPortalCommon, HttpCase):
    """A clerk scans the customer's code."""

    def setUp(self):
        super().setUp()
        self._login(self.clerk)
        self.leg = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        ).dispatch_ids
        self.leg.action_accept()
        self.sent = []
        self.patch(
            type(self.leg),
            "_send_pickup_code",
            lambda leg, code, token: self.sent.append((code, token)),
        )
        self.leg.action_ready()
        self.address = f"{PICKUP}/{self.sent[-1][1]}"

    def test_the_address_shows_a_masked_phone_and_uses_nothing_up(self):
        for _twice in range(2):
            text = self._text(self._page(self.address))
            self.assertIn("138****8000", text)
            self.assertNotIn("0013", text)
            self.assertNotIn("Wang", text)
        self.assertEqual(self.leg.state, "ready")
        self.assertNotIn(self.sent[-1][1], str(self.leg.sudo().read()))

    def test_it_hands_over_once(self):
        page = self._post(f"{self.address}/hand")
        self.assertIn("Hand the goods over", self._notice(page))
        self.assertEqual(self.leg.state, "delivered")
        self.assertEqual(self.leg.event_ids[-1].user_id, self.clerk)
        page = self._post(f"{self.address}/hand")
        self.assertRegex(
            self._notice(page), f"already collected .* by {re.escape(self.clerk.name)}"
        )
        self.assertIn("already collected", self._text(self._page(self.address)))

    def test_for_everybody_else_it_does_not_exist(self):
        for user in (self.rival, self.guest):
            self._login(user)
            self._page(self.address, 404)
        self._login(self.rival)
        self._post(f"{self.address}/hand", 404)
        self.assertEqual(self.leg.state, "ready")
        self.assertNotIn(self.leg.name, self._text(self._page(PICKUP)))
        self._login(self.guest)
        self._page(PICKUP, 404)
        self.logout()
        response = self.url_open(self.address, allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])

    def test_a_new_code_replaces_the_old_address(self):
        self.leg.action_new_pickup_code()
        self._page(self.address, 404)
        self._page(f"{PICKUP}/{self.sent[-1][1]}")
        self._page(f"{PICKUP}/{TOKEN}", 404)

    def test_after_five_wrong_codes_the_address_is_blocked_as_well(self):
        for _n in range(5):
            self.leg._try_pickup("1")
        self.assertIn("blocked", self._text(self._page(self.address)))
        self._post(f"{self.address}/hand")
        self.assertEqual(self.leg.state, "ready")

    def test_the_list_finds_by_number_phone_or_scanned_address(self):
        self.assertIn("138****8000", self._text(self._page(PICKUP)))
        for scan in ("8000", self.leg.name, f"http://elsewhere.example{self.address}"):
            response = self.url_open(f"{PICKUP}?scan={scan}", allow_redirects=False)
            self.assertEqual(response.status_code, 303, scan)
            target = response.headers["Location"]
            self.assertNotIn("elsewhere", target)
            self.assertTrue(
                target.endswith((f"{LEGS}/{self.leg.id}", self.address)), target
            )
        self.assertIn(
            "Nothing like this", self._text(self._page(f"{PICKUP}?scan=9999"))
        )
