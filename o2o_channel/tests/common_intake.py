from copy import deepcopy
from decimal import Decimal

from ..models.intake.exceptions import OrderRefused
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
