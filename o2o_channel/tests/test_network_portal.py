from datetime import timedelta

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import O2oCommon

URL = "/my/o2o/authorizations"


@tagged("post_install", "-at_install")
class TestAuthorizationPortal(O2oCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._o2o_today()
        cls.user_c2 = cls._portal_user("c2", cls.dealer_c2)
        cls.user_b1 = cls._portal_user("b1", cls.dealer_b1)
        cls.guest = cls._portal_user("guest", cls.env["res.partner"])

    @classmethod
    def _portal_user(cls, login, dealer):
        contact = cls.env["res.partner"].create(
            {"name": f"Clerk {login}", "parent_id": dealer.id}
        )
        return cls._create_user(
            "base.group_portal",
            login=login,
            password=login * 4,
            partner_id=contact.id,
            email=f"{login}@example.com",
        )

    def _login(self, user):
        self.authenticate(user.login, user.login * 4)

    def _page(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def _post(self, url, **values):
        token = self._page(f"{URL}/new").xpath("//input[@name='csrf_token']/@value")[0]
        return self.url_open(url, data={"csrf_token": token, **values})

    def _values(self, **values):
        return {
            "platform": "tmall",
            "shop_ref": "Jinjiang flagship",
            "shop_url": "https://shop.example.com",
            "date_from": str(self.today),
            "date_to": str(self.today + timedelta(days=90)),
            **values,
        }

    def _apply(self, **values):
        response = self._post(f"{URL}/create", **self._values(**values))
        self.assertEqual(response.status_code, 200)
        return self._latest(), html.fromstring(response.text)

    def _latest(self):
        self.env.invalidate_all()
        return self.env["o2o.online.authorization"].search(
            [("dealer_id", "=", self.dealer_c2.id)], order="id desc", limit=1
        )

    def _submitted(self, dealer=None):
        record = self._create_authorization(
            dealer or self.dealer_c2,
            self.channel,
            state="draft",
            approved_on=False,
            date_to=self.today + timedelta(days=90),
        )
        record.action_submit()
        return record

    def test_a_dealer_applies_and_reads_its_application(self):
        self._login(self.user_c2)
        record, page = self._apply(
            categ_ids=str(self.category.id),
            product_codes="E-1001",
            price_min="999",
            price_max="1130.00",
            note="成都 🙂 <b>",
        )
        self.assertEqual(
            (record.state, record.dealer_id, record.company_id),
            ("submitted", self.dealer_c2, self.company),
        )
        self.assertEqual(record.product_ids, self.product)
        self.assertEqual(record.categ_ids, self.category)
        self.assertEqual((record.price_min, record.price_max), (999.0, 1130.0))
        self.assertIn("We have your application.", page.text_content())
        self.assertIn("成都 🙂 <b>", page.text_content())
        self.assertIn("Jinjiang flagship", self._page(URL).text_content())

    def test_each_wrong_input_is_named_at_its_field_and_nothing_is_saved(self):
        self._login(self.user_c2)
        wrong = {
            "platform": ["", "ebay"],
            "shop_ref": ["", " ", "x" * 121],
            "shop_url": ["ftp://x", "javascript:alert(1)", "https://", "http://[x"],
            "categ_ids": ["0", "999999999", "abc"],
            "product_codes": ["NO-SUCH"],
            "price_min": ["-1", "abc", "NaN", "Infinity", "1e99"],
            "date_from": ["", "20.11.2026", "2026-02-30"],
            "date_to": ["2020-01-01"],
        }
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    record, page = self._apply(**{field: value})
                    self.assertFalse(record)
                    self.assertTrue(page.find_class("invalid-feedback"))

    def test_what_was_typed_is_still_there_after_an_error(self):
        self._login(self.user_c2)
        _record, page = self._apply(date_from="", categ_ids=str(self.category.id))
        self.assertEqual(
            page.xpath("//input[@name='shop_ref']/@value"), ["Jinjiang flagship"]
        )
        self.assertEqual(
            page.xpath("//input[@name='categ_ids'][@checked]/@value"),
            [str(self.category.id)],
        )

    def test_a_suspended_dealer_is_told_why_it_cannot_apply(self):
        self._login(self.user_c2)
        self.dealer_c2.dealer_state = "suspended"
        record, page = self._apply()
        self.assertFalse(record)
        self.assertIn("is not active", page.text_content())

    def test_a_double_click_applies_once(self):
        self._login(self.user_c2)
        first, _page = self._apply()
        again, page = self._apply()
        self.assertEqual(again, first)
        self.assertIn("under review already", page.text_content())

    def test_without_the_token_of_the_form_nothing_happens(self):
        self._login(self.user_c2)
        with mute_logger("odoo.http"):
            response = self.url_open(f"{URL}/create", data=self._values())
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._latest())

    def test_withdrawing_and_submitting_again(self):
        record = self._submitted()
        self._login(self.user_c2)
        self._post(f"{URL}/{record.id}/withdraw")
        self.assertEqual(self._latest().state, "draft")
        self._page(f"{URL}/{record.id}/edit")
        self._post(f"{URL}/{record.id}/save", **self._values(shop_ref="New name"))
        self.assertEqual(
            (self._latest().state, record.shop_ref), ("submitted", "New name")
        )

    def test_what_is_decided_cannot_be_withdrawn_or_changed(self):
        record = self._submitted()
        record.action_approve()
        self._login(self.user_c2)
        for url, values in (("withdraw", {}), ("save", self._values(shop_ref="X"))):
            response = self._post(f"{URL}/{record.id}/{url}", **values)
            self.assertIn("changed in the meantime", response.text)
        self.assertEqual(
            (self._latest().state, record.shop_ref), ("approved", "Shop 1")
        )

    def test_terms_of_hq_are_not_the_dealer_s_to_set(self):
        self._login(self.user_c2)
        record, _page = self._apply(
            state="approved",
            channel_id=str(self.channel.id),
            dealer_id=str(self.dealer_b1.id),
            approved_on=str(self.today),
        )
        self.assertEqual(record.dealer_id, self.dealer_c2)
        self.assertEqual(record.state, "submitted")
        self.assertFalse(record.channel_id or record.approved_on)

    def test_applying_again_starts_from_the_earlier_one(self):
        record = self._submitted()
        self._login(self.user_c2)
        page = self._page(f"{URL}/new?again={record.id}")
        self.assertEqual(page.xpath("//input[@name='shop_ref']/@value"), ["Shop 1"])
        self._page(f"{URL}/new?again=junk")

    def test_another_dealer_sees_and_does_nothing(self):
        record = self._submitted()
        self._login(self.user_b1)
        self.assertNotIn("Shop 1", self._page(URL).text_content())
        self._page(f"{URL}/{record.id}", status=404)
        self._page(f"{URL}/{record.id}/edit", status=404)
        self._page(f"{URL}/new?again={record.id}", status=404)
        for url in ("withdraw", "save"):
            response = self._post(f"{URL}/{record.id}/{url}", **self._values())
            self.assertEqual(response.status_code, 404)
        self.assertEqual(self._latest().state, "submitted")

    def test_who_works_for_no_dealer_finds_no_dealer_portal(self):
        self._login(self.guest)
        for url in ("/my/o2o", URL, f"{URL}/new"):
            self._page(url, status=404)
        self.assertNotIn("/my/o2o", self.url_open("/my/home").text)

    def test_a_dealer_in_draft_finds_no_dealer_portal(self):
        draft = self._create_dealer(dealer_code="DR", dealer_state="draft")
        self._login(self._portal_user("draft", draft))
        self._page("/my/o2o", status=404)

    def test_a_visitor_is_sent_to_the_login(self):
        response = self.url_open(URL, allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])

    def test_the_overview_shows_the_own_area(self):
        self._login(self.user_c2)
        home = self._page("/my/home")
        self.assertTrue(home.xpath("//a[@href='/my/o2o']"))
        text = self._page("/my/o2o").text_content()
        self.assertIn("Jinjiang", text)
        self.assertNotIn("Beijing", text)

    def test_a_long_list_has_pages(self):
        for _n in range(21):
            self._create_authorization(self.dealer_c2, self.channel)
        self._login(self.user_c2)
        self.assertEqual(len(self._page(URL).find_class("list-group-item")), 20)
        second = self._page(f"{URL}/page/2")
        self.assertEqual(len(second.find_class("list-group-item")), 1)


@tagged("post_install", "-at_install")
class TestPortalAccessGrant(O2oCommon):
    def test_people_of_a_dealer_enter_the_dealer_group(self):
        contacts = self.env["res.partner"].create(
            [
                {
                    "name": "Clerk",
                    "email": "clerk@example.com",
                    "parent_id": self.dealer_c2.id,
                },
                {"name": "Consumer", "email": "consumer@example.com"},
            ]
        )
        wizard = self.env["portal.wizard"].create({"partner_ids": contacts.ids})
        for line in wizard.user_ids:
            line.action_grant_access()
        group = "o2o_channel.o2o_group_dealer_portal"
        self.assertEqual(
            [contact.user_ids.has_group(group) for contact in contacts], [True, False]
        )
