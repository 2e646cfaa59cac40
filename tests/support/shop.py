"""A shop that hands orders in, and what it sends."""

import copy
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

ORDERS = "/o2o/api/v1/orders"

ORDER = {
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
            "latitude": 30.65,
            "longitude": 104.08,
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


def order(reference, **changes):
    """Return GA's order under another reference; ``changes`` replace whole fields."""
    return {**copy.deepcopy(ORDER), "external_ref": reference, **changes}


@dataclass
class Answer:
    """Status, type and content of an answer; ``json`` when it is any."""

    status: int
    kind: str
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Shop:
    """A client of the order API with its key."""

    def __init__(self, base_url, key):
        self.base_url, self.key = base_url, key

    def post(self, payload):
        """Hand an order in; ``payload`` may be bytes."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self._call(ORDERS, body)

    def state(self, channel, reference):
        """Ask what became of an order."""
        path = "/".join(
            urllib.parse.quote(part, safe="") for part in (channel, reference)
        )
        return self._call(f"{ORDERS}/{path}")

    def _call(self, path, body=None):
        request = urllib.request.Request(
            self.base_url + path,
            body,
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return self._answer(response)
        except urllib.error.HTTPError as error:
            with error:
                return self._answer(error)

    @staticmethod
    def _answer(response):
        kind = response.headers.get("Content-Type", "")
        return Answer(response.status, kind, response.read())
