from odoo.tests import tagged

from ..models.intake.exceptions import ChannelForbidden, OrderConflict, OrderRefused
from .common_intake import IntakeCommon


@tagged("post_install", "-at_install")
class TestIntakeTake(IntakeCommon):
    """What becomes of an order that is fit to be taken."""

    def test_paid_order_is_sold_with_all_it_says(self):
        order, created = self._take(self._payload())
        self.assertTrue(created)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.o2o_channel_id, self.channel)
        self.assertEqual(order.o2o_external_ref, "T-1")
        self.assertEqual(order.o2o_origin_dealer_id, self.dealer_b1)
        self.assertEqual(order.o2o_region_id, self.jinjiang)
        self.assertEqual(order.company_id, self.company)
        self.assertEqual(str(order.date_order), "2026-11-20 02:00:00")
        self.assertEqual(order.amount_total, 1130.0)
        self.assertEqual(order.amount_untaxed, 1000.0)
        self.assertEqual(order.order_line.o2o_external_line, "1")
        address = order.partner_shipping_id
        self.assertEqual(address.o2o_district, "锦江区")
        self.assertEqual(address.state_id, self.env.ref("base.state_cn_SC"))
        self.assertEqual(address.partner_latitude, 30.65)
        self.assertEqual(order.o2o_consumer_phone, "+8613800138000")

    def test_same_content_again_is_the_same_order(self):
        order, _created = self._take(self._payload())
        again, created = self._take(self._payload())
        self.assertEqual((again, created), (order, False))

    def test_names_in_another_order_are_the_same_content(self):
        order, _created = self._take(self._payload())
        again, created = self._take(dict(reversed(self._payload().items())))
        self.assertEqual((again, created), (order, False))

    def test_same_reference_with_other_content_is_a_conflict(self):
        order, _created = self._take(self._payload())
        with self.assertRaises(OrderConflict) as caught:
            self._take(self._payload(guide=None, origin_dealer=None))
        self.assertIn(order.name, str(caught.exception))

    def test_same_reference_in_another_channel_is_another_order(self):
        order, _created = self._take(self._payload())
        other = self._create_channel(code="JD", kind="platform")
        second, created = self._take(self._payload(channel="JD"), other)
        self.assertTrue(created)
        self.assertNotEqual(second, order)

    def test_unpaid_order_waits_as_a_quotation(self):
        payment = {"status": "unpaid", "amount": "0.00"}
        order, _created = self._take(self._payload(payment=payment))
        self.assertEqual((order.state, order.o2o_route_state), ("draft", "none"))

    def test_address_that_cannot_be_placed_is_taken_and_queued(self):
        payload = self._payload()
        payload["delivery"]["address"] = {"country": "CN", "region_code": "990000"}
        order, _created = self._take(payload)
        self.assertEqual((order.state, order.o2o_route_state), ("sale", "unplaced"))

    def test_province_that_odoo_does_not_know_is_kept(self):
        payload = self._payload()
        payload["delivery"]["address"] = {
            "country": "CN",
            "province": "四穿省",
            "city": "成都市",
        }
        order, _created = self._take(payload)
        self.assertEqual(order.partner_shipping_id.city, "四穿省成都市")

    def test_pickup_in_a_store(self):
        store = self.env["stock.warehouse"].create(
            {
                "name": "C2 Store",
                "code": "C2S1",
                "dealer_id": self.dealer_c2.id,
                "company_id": self.company.id,
            }
        )
        delivery = {"mode": "pickup", "store": "C2S1", "address": None}
        order, _created = self._take(self._payload(delivery=delivery))
        self.assertEqual(order.o2o_pickup_warehouse_id, store)
        self.assertEqual(order.partner_shipping_id, order.partner_id)

    def test_guide_by_code(self):
        guide = self.env["o2o.guide"].create(
            {
                "name": "Han Meimei",
                "code": "G-1",
                "company_id": self.company.id,
                "partner_id": self.env["res.partner"].create({"name": "Han"}).id,
            }
        )
        order, _created = self._take(self._payload(guide="G-1"))
        self.assertEqual(order.o2o_guide_id, guide)

    def test_strange_text_is_kept_as_it_is(self):
        for number, text in enumerate(
            [
                "<script>alert(1)</script>",
                "'; DROP TABLE sale_order; --",
                "😀🏠👩‍👩‍👧",
                "שלום العربية",
                "%(name)s {0} ${x} \\",
            ]
        ):
            payload = self._payload(external_ref=f"X-{number}")
            payload["consumer"] = {"name": text, "external_id": text}
            payload["delivery"]["address"].update(street=text, zip=text[:16], city=text)
            payload["payment"]["method"] = text
            payload["lines"][0]["external_line"] = text
            payload["delivery"]["address"].pop("province")
            order, _created = self._take(payload)
            self.assertEqual(order.partner_id.name, text)
            self.assertEqual(order.partner_shipping_id.street, text)
            self.assertEqual(order.order_line.o2o_external_line, text)

    def test_batch_keeps_the_good_and_names_the_bad(self):
        payloads = [
            self._payload(external_ref="A"),
            self._payload(external_ref="B", currency="USD"),
            self._payload(external_ref="C"),
            {"channel": "TMALL"},
        ]
        results = self.intake._take_many(self.channel, payloads)
        self.assertTrue(results[0][1] and results[2][1])
        self.assertIsInstance(results[1], OrderRefused)
        self.assertIsInstance(results[3], OrderRefused)

    def test_same_reference_twice_in_a_batch_is_one_order(self):
        first, second = self.intake._take_many(
            self.channel, [self._payload(), self._payload()]
        )
        self.assertEqual(first[0], second[0])
        self.assertEqual((first[1], second[1]), (True, False))


@tagged("post_install", "-at_install")
class TestIntakeAccess(IntakeCommon):
    """Who may hand orders in, and where."""

    def _channel_for(self, user, code="TMALL"):
        return self.env["o2o.channel"].with_user(user)._for_intake(code)

    def test_integration_user_of_the_company(self):
        user = self._create_user("o2o_channel.o2o_group_integration")
        self.assertEqual(self._channel_for(user).id, self.channel.id)
        self.assertFalse(self._channel_for(user, "NOPE"))

    def test_channel_with_users_takes_only_theirs(self):
        user = self._create_user("o2o_channel.o2o_group_integration")
        other = self._create_user("o2o_channel.o2o_group_integration", login="other")
        self.channel.user_ids = other
        with self.assertRaisesRegex(ChannelForbidden, "TMALL"):
            self._channel_for(user)
        self.assertTrue(self._channel_for(other))

    def test_other_groups_are_refused(self):
        for group in ("auditor", "manager", "accountant", "approver", "dealer_portal"):
            user = self._create_user(f"o2o_channel.o2o_group_{group}")
            with self.assertRaisesRegex(ChannelForbidden, "Integration"):
                self._channel_for(user)

    def test_channel_of_another_company_is_unknown(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_channel(code="ELSEWHERE", company_id=other.id)
        user = self._create_user("o2o_channel.o2o_group_integration")
        self.assertFalse(self._channel_for(user, "ELSEWHERE"))

    def test_integration_user_reads_nothing_else(self):
        user = self._create_user("o2o_channel.o2o_group_integration")
        for model in ("sale.order", "o2o.channel", "o2o.coverage", "product.product"):
            self.assertFalse(self.env[model].with_user(user).has_access("read"))
