from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import O2oCommon

DAY = date(2026, 11, 20)


@tagged("post_install", "-at_install")
class TestChannel(O2oCommon):
    def test_shops_are_online_and_stores_are_not(self):
        online = {
            kind: self._create_channel(
                code=kind, kind=kind, owner_dealer_id=self.dealer_b1.id
            ).is_online
            for kind in ("own_shop", "platform", "dealer_shop", "store_qr", "counter")
        }
        self.assertEqual(list(online.values()), [True, True, True, False, False])

    def test_a_dealer_s_shop_has_an_owner_who_is_a_dealer(self):
        with self.assertRaisesRegex(ValidationError, "Shop Owner"):
            self._create_channel(code="S", kind="dealer_shop")
        contact = self.env["res.partner"].create({"name": "Somebody"})
        with self.assertRaisesRegex(ValidationError, "is no dealer"):
            self._create_channel(
                code="S2", kind="dealer_shop", owner_dealer_id=contact.id
            )

    def test_a_code_is_unique_in_its_company_only(self):
        other = self.env["res.company"].create({"name": "Other brand"})
        self._create_channel(code="TMALL", company_id=other.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_channel(code="TMALL")

    def test_a_code_has_no_blanks_around_it(self):
        with self.assertRaisesRegex(ValidationError, "blank"):
            self._create_channel(code=" X")

    def test_the_currency_is_the_price_list_s_or_the_company_s(self):
        self.assertEqual(self.channel.currency_id.name, "CNY")
        usd = self.env.ref("base.USD")
        usd.active = True
        self.channel.pricelist_id = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": usd.id}
        )
        self.assertEqual(self.channel.currency_id, usd)

    def test_a_channel_is_found_by_its_code(self):
        found = self.env["o2o.channel"].name_search("TMALL")
        self.assertIn(self.channel.id, [one[0] for one in found])


@tagged("post_install", "-at_install")
class TestOnlineBan(O2oCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealer_b1.write({"online_ban": True, "dealer_contract_ref": "HT-2026-001"})

    def test_the_ban_blocks_online_orders_and_cites_the_contract(self):
        with self.assertRaises(UserError) as refused:
            self.dealer_b1._check_online_allowed(self.channel, DAY)
        for part in ("HT-2026-001", "Beijing Trade", "Tmall", "2026-11-20"):
            self.assertIn(part, str(refused.exception))

    def test_the_ban_does_not_touch_stores_or_other_dealers(self):
        counter = self._create_channel(code="POS", kind="counter")
        self.dealer_b1._check_online_allowed(counter, DAY)
        self.dealer_c1._check_online_allowed(self.channel, DAY)

    def test_an_authorisation_is_the_exception_on_its_days_only(self):
        self._create_authorization(
            self.dealer_b1, self.channel, date_to="2026-11-30", platform="tmall"
        )
        self.dealer_b1._check_online_allowed(self.channel, date(2026, 11, 30))
        with self.assertRaises(UserError):
            self.dealer_b1._check_online_allowed(self.channel, date(2026, 12, 1))

    def test_a_shop_whose_authorisation_ended_holds_its_orders(self):
        shop = self._create_channel(
            code="SHOP", kind="dealer_shop", owner_dealer_id=self.dealer_c1.id
        )
        self.assertTrue(shop._authorization_missing_on(DAY))
        self._create_authorization(self.dealer_c1, shop, date_to="2026-11-30")
        self.assertFalse(shop._authorization_missing_on(date(2026, 11, 30)))
        self.assertTrue(shop._authorization_missing_on(date(2026, 12, 1)))
        self.assertFalse(self.channel._authorization_missing_on(DAY))

    def test_a_shop_sells_the_goods_it_is_authorised_for(self):
        shop = self._create_channel(
            code="SHOP", kind="dealer_shop", owner_dealer_id=self.dealer_c1.id
        )
        other = self._create_product(categ_id=False, name="Listed by itself")
        terms = self._create_authorization(self.dealer_c1, shop)
        goods = self.product | other
        self.assertFalse(shop._authorization_missing_on(DAY, goods))
        terms.categ_ids = self.category
        self.assertFalse(shop._authorization_missing_on(DAY, self.product))
        self.assertTrue(shop._authorization_missing_on(DAY, goods))
        terms.product_ids = other
        self.assertFalse(shop._authorization_missing_on(DAY, goods))
