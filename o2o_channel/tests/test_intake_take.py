from copy import deepcopy
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from ..models.intake.exceptions import ChannelForbidden, OrderConflict, OrderRefused
from .common import O2oCommon


class IntakeCommon(O2oCommon):
    """GA's order as the shop sends it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.intake = cls.env["o2o.order.intake"]
        cls.product_333 = cls._create_product(default_code="E-333", list_price=1.0)

    @classmethod
    def _payload(cls, **values):
        payload = {
            "channel": "TMALL",
            "external_ref": "T-1",
            "ordered_at": "2026-11-20T10:00:00+08:00",
            "currency": "CNY",
            "consumer": {"name": "李雷", "phone": "13800138000", "external_id": "u-1"},
            "delivery": {
                "mode": "home",
                "store": None,
                "address": {
                    "country": "CN",
                    "region_code": "510104",
                    "province": "四川省",
                    "city": "成都市",
                    "district": "锦江区",
                    "street": "春熙路1号",
                    "zip": "610000",
                    "latitude": Decimal("30.65"),
                    "longitude": Decimal("104.08"),
                },
            },
            "origin_dealer": "B1",
            "guide": None,
            "lines": [
                {
                    "external_line": "1",
                    "sku": "E-1001",
                    "quantity": 1,
                    "price": "1130.00",
                    "discount": "0.00",
                }
            ],
            "payment": {"status": "paid", "method": "platform", "amount": "1130.00"},
        }
        return {**deepcopy(payload), **values}

    @classmethod
    def _line(
        cls, number="1", quantity=1, price="1130.00", discount="0.00", sku="E-1001"
    ):
        return {
            "external_line": number,
            "sku": sku,
            "quantity": quantity,
            "price": price,
            "discount": discount,
        }

    @classmethod
    def _with_lines(cls, *lines, amount, **values):
        payment = {"status": "paid", "method": "platform", "amount": amount}
        return cls._payload(lines=list(lines), payment=payment, **values)

    def _take(self, payload, channel=None):
        return self.intake._take(channel or self.channel, payload)

    def _refusal(self, payload):
        """The errors of a refused payload, by field; nothing was written."""
        orders, partners = self._counts()
        with self.assertRaises(OrderRefused) as caught:
            self._take(payload)
        self.assertEqual(self._counts(), (orders, partners))
        return {error["field"]: error for error in caught.exception.errors}

    def _counts(self):
        return (
            self.env["sale.order"].search_count([]),
            self.env["res.partner"].search_count([]),
        )

    def assertRefused(self, payload, field, *words):
        errors = self._refusal(payload)
        self.assertIn(field, errors)
        for word in words:
            self.assertIn(word, errors[field]["message"])


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
class TestIntakeMoney(IntakeCommon):
    """Every line costs to the cent what the consumer paid."""

    def _lines_of(self, *lines, amount):
        order, _created = self._take(self._with_lines(*lines, amount=amount))
        self.assertEqual(order.amount_total, float(amount))
        return order.order_line

    def test_gb_three_at_333(self):
        line = self._lines_of(
            self._line(quantity=3, price="333.00", sku="E-333"), amount="999.00"
        )
        self.assertEqual(line.price_subtotal, 884.07)
        self.assertAlmostEqual(line.price_tax, 114.93, places=9)
        self.assertEqual(line.price_unit, 333.0)

    def test_discounts_that_percent_cannot_say(self):
        cases = [
            (3, "333.00", "0.01", "998.99"),
            (3, "333.00", "10.00", "989.00"),
            (7, "19.99", "3.33", "136.60"),
            (1, "1130.00", "1130.00", "0.00"),
            (999, "0.07", "0.01", "69.92"),
            (100000, "9999.99", "0.01", "999998999.99"),
        ]
        for number, (quantity, price, discount, total) in enumerate(cases):
            order, _created = self._take(
                self._with_lines(
                    self._line(quantity=quantity, price=price, discount=discount),
                    amount=total,
                    external_ref=f"D-{number}",
                )
            )
            self.assertEqual(f"{order.amount_total:.2f}", total)
            self.assertEqual(order.order_line.o2o_discount, float(discount))

    def test_quantity_with_decimals(self):
        line = self._lines_of(
            self._line(quantity=Decimal("0.33"), price="3.00"), amount="0.99"
        )
        self.assertEqual(line.product_uom_qty, 0.33)

    def test_price_of_nothing_stays(self):
        line = self._lines_of(self._line(price="0.00"), amount="0.00")
        line.product_uom_qty = 2
        self.assertEqual(line.price_unit, 0.0)

    def test_price_list_does_not_change_what_was_agreed(self):
        line = self._lines_of(self._line(price="7.77"), amount="7.77")
        line.product_uom_qty = 2
        self.assertEqual((line.price_unit, line.discount), (7.77, 0.0))

    def test_tax_on_top_of_the_price_is_taken_out(self):
        tax = self.tax_13.copy(
            {"name": "13% excl.", "price_include_override": "tax_excluded"}
        )
        product = self._create_product(default_code="EXCL")
        product.taxes_id = [Command.set(tax.ids)]
        line = self._lines_of(
            self._line(quantity=3, price="333.00", sku="EXCL"), amount="999.00"
        )
        self.assertEqual(line.price_subtotal, 884.07)
        self.assertAlmostEqual(line.price_tax, 114.93, places=9)

    def test_tax_that_cannot_give_the_price_is_refused(self):
        tax = self.tax_13.copy(
            {
                "name": "Eco 5",
                "amount_type": "fixed",
                "amount": 5,
                "price_include_override": "tax_excluded",
            }
        )
        product = self._create_product(default_code="ECO")
        product.taxes_id = [Command.set(tax.ids)]
        self.assertRefused(
            self._with_lines(self._line(sku="ECO"), amount="1130.00"),
            "/lines/0/price",
            "Eco 5",
            "1130.00",
        )


@tagged("post_install", "-at_install")
class TestIntakeConsumer(IntakeCommon):
    """One person is one contact, two persons are two."""

    def _consumer(self, ref, **values):
        consumer = {
            "name": "李雷",
            "phone": "13800138000",
            "external_id": None,
            **values,
        }
        payload = self._payload(external_ref=ref, consumer=consumer)
        return self._take(payload)[0].partner_id

    def test_same_number_in_the_channel_is_the_same_person(self):
        first = self._consumer("A", external_id="u-1")
        self.assertEqual(first, self._consumer("B", external_id="u-1", name="韩梅梅"))

    def test_other_number_is_another_person_with_the_same_phone(self):
        first = self._consumer("A", external_id="u-1")
        self.assertNotEqual(first, self._consumer("B", external_id="u-2"))

    def test_same_phone_and_name(self):
        first = self._consumer("A")
        self.assertEqual(first, self._consumer("B", phone="+86 138-0013-8000"))

    def test_same_phone_of_another_name_is_another_person(self):
        self.assertNotEqual(self._consumer("A"), self._consumer("B", name="韩梅梅"))

    def test_without_phone_and_number_everybody_is_new(self):
        first = self._consumer("A", phone=None)
        self.assertNotEqual(first, self._consumer("B", phone=None))

    def test_nobody_outside_the_channel_is_taken_for_the_consumer(self):
        self.dealer_b1.write({"phone": "+8613800138000", "name": "李雷"})
        self.assertNotEqual(self._consumer("A"), self.dealer_b1)

    def test_consumer_has_no_login_and_belongs_to_the_company(self):
        consumer = self._consumer("A")
        self.assertFalse(consumer.user_ids)
        self.assertEqual(consumer.company_id, self.company)

    def test_same_address_is_used_again_and_another_added(self):
        first = self._take(self._payload(external_ref="A"))[0]
        same = self._take(self._payload(external_ref="B"))[0]
        self.assertEqual(first.partner_shipping_id, same.partner_shipping_id)
        payload = self._payload(external_ref="C")
        payload["delivery"]["address"]["street"] = "春熙路2号"
        other = self._take(payload)[0]
        self.assertEqual(other.partner_id, first.partner_id)
        self.assertNotEqual(other.partner_shipping_id, first.partner_shipping_id)


@tagged("post_install", "-at_install")
class TestIntakeRefusals(IntakeCommon):
    """Each bad input is refused by field, value and remedy, and leaves no trace."""

    def _changed(self, path, value):
        payload = self._payload()
        target = payload
        *above, last = path.split(".")
        for name in above:
            target = target[int(name) if name.isdigit() else name]
        if value is KeyError:
            del target[last]
        else:
            target[last] = value
        return payload

    def test_values_of_the_wrong_shape(self):
        cases = [
            ("external_ref", ""),
            ("external_ref", "A B"),
            ("external_ref", 7),
            ("ordered_at", "yesterday"),
            ("ordered_at", "2026-11-20T10:00:00"),
            ("ordered_at", "2026-13-40T10:00:00+08:00"),
            ("currency", "cny"),
            ("consumer.name", ""),
            ("consumer.name", "   "),
            ("consumer.name", None),
            ("consumer.name", "a\x00b"),
            ("consumer.name", "a\ud800b"),
            ("consumer.name", "line\nbreak"),
            ("consumer.name", "x" * 1_000_000),
            ("delivery.mode", "drone"),
            ("delivery.address", "here"),
            ("delivery.address.country", "China"),
            ("delivery.address.latitude", 91),
            ("delivery.address.longitude", "104"),
            ("delivery.address.street", "x" * 257),
            ("lines", []),
            ("lines", {}),
            ("lines.0.quantity", 0),
            ("lines.0.quantity", -1),
            ("lines.0.quantity", 100001),
            ("lines.0.quantity", 10**300),
            ("lines.0.quantity", "1"),
            ("lines.0.quantity", True),
            ("lines.0.price", 1130),
            ("lines.0.price", "-1.00"),
            ("lines.0.price", "99999999.00"),
            ("lines.0.price", "1,130.00"),
            ("lines.0.price", "1130.00\n"),
            ("lines.0.price", "１１３０"),
            ("lines.0.price", "NaN"),
            ("lines.0.price", "1e3"),
            ("lines.0.discount", "-0.01"),
            ("lines.0.sku", ""),
            ("payment.status", "maybe"),
            ("payment.amount", None),
        ]
        for path, value in cases:
            with self.subTest(path=path, value=str(value)[:40]):
                field = "/" + path.replace(".", "/")
                errors = self._refusal(self._changed(path, value))
                self.assertIn(field, errors)
                self.assertLess(len(str(errors[field])), 500)

    def test_missing_fields(self):
        for path in (
            "external_ref",
            "lines",
            "consumer.name",
            "payment",
            "lines.0.sku",
        ):
            with self.subTest(path=path):
                payload = self._changed(path, KeyError)
                self.assertRefused(payload, "/" + path.replace(".", "/"), "missing")

    def test_unknown_field(self):
        payload = self._payload(coupon="X")
        self.assertRefused(payload, "/coupon", "external_ref")

    def test_unknown_sku(self):
        payload = self._changed("lines.0.sku", "NOPE")
        self.assertRefused(payload, "/lines/0/sku", "NOPE", "internal reference")

    def test_product_that_is_archived_or_not_for_sale(self):
        self.product.sale_ok = False
        self.assertRefused(self._payload(), "/lines/0/sku", "E-1001")
        self.product.write({"sale_ok": True, "active": False})
        self.assertRefused(self._payload(), "/lines/0/sku", "E-1001")

    def test_sku_of_two_products(self):
        self._create_product(default_code="E-1001")
        self.assertRefused(self._payload(), "/lines/0/sku", "2 products")

    def test_wrong_currency(self):
        self.assertRefused(self._changed("currency", "USD"), "/currency", "USD", "CNY")

    def test_quantity_below_the_unit_s_step(self):
        payload = self._changed("lines.0.quantity", Decimal("1.001"))
        self.assertRefused(payload, "/lines/0/quantity", "1.001")

    def test_too_many_decimals(self):
        payload = self._changed("lines.0.price", "1130.005")
        self.assertRefused(payload, "/lines/0/price", "1130.005", "2 decimals")

    def test_invalid_phone(self):
        for phone in ("123", "138****8000", "call me", "+1 1"):
            payload = self._changed("consumer.phone", phone)
            self.assertRefused(payload, "/consumer/phone", phone)

    def test_future_date_beyond_the_tolerance(self):
        now = datetime.now(timezone.utc)
        self._take(
            self._changed("ordered_at", (now + timedelta(minutes=5)).isoformat())
        )
        payload = self._changed("ordered_at", (now + timedelta(hours=1)).isoformat())
        payload["external_ref"] = "T-2"
        self.assertRefused(payload, "/ordered_at", "future")
        payload["ordered_at"] = "9999-12-31T23:59:59-08:00"
        self.assertRefused(payload, "/ordered_at", "future")

    def test_date_before_the_shop_existed(self):
        payload = self._changed("ordered_at", "0001-01-01T00:00:00+08:00")
        self.assertRefused(payload, "/ordered_at", "2000")

    def test_repeated_line_number(self):
        payload = self._with_lines(self._line("1"), self._line("1"), amount="2260.00")
        self.assertRefused(payload, "/lines/1/external_line", "line 1")

    def test_discount_above_the_line(self):
        payload = self._with_lines(self._line(discount="1130.01"), amount="0.00")
        self.assertRefused(payload, "/lines/0/discount", "1130.01", "1130.00")

    def test_payment_that_differs_names_both_amounts(self):
        payload = self._changed("payment.amount", "1129.99")
        self.assertRefused(payload, "/payment/amount", "1129.99", "1130.00")

    def test_unknown_dealer_guide_store_and_country(self):
        self.assertRefused(self._payload(origin_dealer="Z9"), "/origin_dealer", "Z9")
        self.assertRefused(self._payload(guide="G9"), "/guide", "G9")
        delivery = {"mode": "pickup", "store": "NONE"}
        self.assertRefused(self._payload(delivery=delivery), "/delivery/store", "NONE")
        payload = self._changed("delivery.address.country", "XX")
        self.assertRefused(payload, "/delivery/address/country", "XX")

    def test_pickup_without_store_and_home_with_one(self):
        payload = self._payload(delivery={"mode": "pickup"})
        self.assertRefused(payload, "/delivery/store", "store")
        payload = self._changed("delivery.store", "C2S1")
        self.assertRefused(payload, "/delivery/store", "C2S1")
        payload = self._payload(delivery={"mode": "home"})
        self.assertRefused(payload, "/delivery/address", "address")

    def test_dealer_under_an_online_ban_cites_the_contract(self):
        self.dealer_b1.write({"online_ban": True, "dealer_contract_ref": "HT-2026-7"})
        self.assertRefused(self._payload(), "/origin_dealer", "HT-2026-7")

    def test_closed_dealer(self):
        self.dealer_c2.dealer_state = "closed"
        self.assertRefused(self._payload(origin_dealer="C2"), "/origin_dealer", "C2")

    def test_all_errors_are_told_at_once(self):
        payload = self._payload(currency="USD", guide="G9", origin_dealer="Z9")
        errors = self._refusal(payload)
        self.assertEqual(set(errors), {"/currency", "/guide", "/origin_dealer"})

    def test_absurd_total(self):
        lines = [self._line(str(n), 100000, "9999999.00") for n in range(1, 3)]
        payload = self._with_lines(*lines, amount="9999999.00")
        self.assertRefused(payload, "/lines")


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
