from datetime import datetime, timedelta, timezone
from decimal import Decimal

from odoo.tests import tagged

from .common_intake import IntakeCommon


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
