"""Orders in a table, one row per line.

Rows with the same channel and reference are one order. What concerns the whole order
may stand in its first row only or in each. The order that comes out has the shape of
``order_schema.ORDER`` and is checked like one that was posted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from . import table_file
from .order_check import Problem, order_total
from .table_file import (
    Row,
    moment_text,
    number_text,
    without_thousands,
)

# Column -> where it goes in the order; those of lines are marked by "lines". A table has
# room for one discount on the whole order.
COLUMNS = {
    "channel": ("channel",),
    "external_ref": ("external_ref",),
    "ordered_at": ("ordered_at",),
    "currency": ("currency",),
    "consumer_name": ("consumer", "name"),
    "consumer_phone": ("consumer", "phone"),
    "consumer_id": ("consumer", "external_id"),
    "delivery_mode": ("delivery", "mode"),
    "store": ("delivery", "store"),
    "country": ("delivery", "address", "country"),
    "region_code": ("delivery", "address", "region_code"),
    "province": ("delivery", "address", "province"),
    "city": ("delivery", "address", "city"),
    "district": ("delivery", "address", "district"),
    "street": ("delivery", "address", "street"),
    "zip": ("delivery", "address", "zip"),
    "latitude": ("delivery", "address", "latitude"),
    "longitude": ("delivery", "address", "longitude"),
    "origin_dealer": ("origin_dealer",),
    "guide": ("guide",),
    "order_discount": ("discounts", "amount"),
    "order_discount_funder": ("discounts", "funder"),
    "order_discount_name": ("discounts", "name"),
    "payment_status": ("payment", "status"),
    "payment_method": ("payment", "method"),
    "payment_amount": ("payment", "amount"),
    "external_line": ("lines", "external_line"),
    "sku": ("lines", "sku"),
    "quantity": ("lines", "quantity"),
    "price": ("lines", "price"),
    "discount": ("lines", "discount"),
}
REQUIRED = ("external_ref", "ordered_at", "consumer_name", "sku", "quantity", "price")
LINE_COLUMNS = tuple(name for name, path in COLUMNS.items() if path[0] == "lines")
_NUMBERS = ("quantity", "latitude", "longitude")
_AMOUNTS = ("price", "discount", "order_discount", "payment_amount")
_FIELD_COLUMNS = {"/" + "/".join(path): name for name, path in COLUMNS.items()}


@dataclass(frozen=True)
class Defaults:
    """What an order has that its file leaves out."""

    channel: str
    currency: str
    decimals: int
    zone: tzinfo


@dataclass
class TableOrder:
    """An order of a table, with what its rows say against each other, by row."""

    payload: dict
    rows: list[Row]
    problems: list[tuple[Row, Problem]] = field(default_factory=list)
    records: object = None  # the caller's own of the rows

    def row_of(self, pointer: str) -> Row:
        """The row that a JSON pointer into the payload is about."""
        parts = pointer.split("/")
        if len(parts) > 2 and parts[1] == "lines" and parts[2].isdigit():
            return self.rows[min(int(parts[2]), len(self.rows) - 1)]
        return self.rows[0]

    @staticmethod
    def column_of(pointer: str) -> str:
        """The column that a JSON pointer is about, empty for the order as a whole."""
        path = re.sub(r"^/(lines|discounts)/[0-9]+", r"/\1", pointer)
        return _FIELD_COLUMNS.get(path, "")


def read_rows(content: bytes) -> Iterator[Row]:
    """The filled rows of a CSV or XLSX file; see ``table_file.read_rows``."""
    return table_file.read_rows(content, COLUMNS, REQUIRED)


def key_of(row: Row, default_channel: str) -> tuple[str, str]:
    """Channel and reference, by which rows are one order."""
    channel = row.cells.get("channel") or default_channel
    return channel, row.cells.get("external_ref", "")


def to_order(rows: list[Row], defaults: Defaults) -> TableOrder:
    """The order of rows with one reference, in the shape that is posted."""
    order = TableOrder({}, rows)
    head = _head_cells(order)
    payload = order.payload
    for name, path in COLUMNS.items():
        text = head.get(name, "")
        if text and path[0] != "lines":
            _put(payload, path, _value(name, text, defaults.zone))
    payload["lines"] = [
        _line(row, index, defaults.zone) for index, row in enumerate(rows, start=1)
    ]
    _complete(payload, defaults)
    return order


def _head_cells(order: TableOrder) -> dict[str, str]:
    """What the rows say of the whole order; a later row may repeat, not change it."""
    head: dict[str, str] = {}
    for row in order.rows:
        for name, text in row.cells.items():
            if name in LINE_COLUMNS or not text:
                continue
            if head.setdefault(name, text) != text:
                parts = {"first": head[name], "row": order.rows[0].number}
                problem = Problem("/" + "/".join(COLUMNS[name]), text, "differs", parts)
                order.problems.append((row, problem))
    return head


def _put(payload: dict, path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        if name == "discounts":
            [payload] = payload.setdefault(name, [{}])
        else:
            payload = payload.setdefault(name, {})
    payload[path[-1]] = value


def _line(row: Row, index: int, zone: tzinfo) -> dict:
    line = {
        name: _value(name, row.cells[name], zone)
        for name in LINE_COLUMNS
        if row.cells.get(name)
    }
    return {"external_line": str(index), "discount": "0", **line}


def _value(name: str, text: str, zone: tzinfo) -> object:
    if name == "ordered_at":
        return moment_text(text, zone)
    if name in _AMOUNTS:
        return _amount_text(text)
    if name in _NUMBERS:
        try:
            return Decimal(number_text(Decimal(_amount_text(text))))
        except (ArithmeticError, ValueError):
            return text
    return text


def _amount_text(text: str) -> str:
    """1,130.00 or ¥1130 as an amount of the API, always written the same way."""
    text = re.sub(r"^[¥￥]\s*|\s*元$", "", text)
    text = without_thousands(text)
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text):
        whole, _, part = number_text(Decimal(text)).partition(".")
        return f"{whole}.{part:0<2}"
    return text


def _complete(payload: dict, defaults: Defaults) -> None:
    """Fill in what a table may leave out."""
    payload.setdefault("channel", defaults.channel)
    payload.setdefault("currency", defaults.currency)
    delivery = payload.setdefault("delivery", {})
    delivery.setdefault("mode", "pickup" if delivery.get("store") else "home")
    if delivery.get("address") or delivery["mode"] == "home":
        delivery.setdefault("address", {}).setdefault("country", "CN")
    payment = payload.setdefault("payment", {})
    payment.setdefault("status", "paid")
    if "amount" not in payment:
        try:
            total = order_total(payload, defaults.decimals)
        except (ArithmeticError, KeyError, ValueError):
            total = "0"  # the line's own problem is told
        payment["amount"] = str(total)


EXAMPLE = {
    "external_ref": "T-1",
    "ordered_at": "2026-11-20 10:00",
    "consumer_name": "Li Lei",
    "consumer_phone": "13800138000",
    "region_code": "510104",
    "street": "1 Chunxi Road",
    "external_line": "1",
    "sku": "E-1001",
    "quantity": "1",
    "price": "1130.00",
    "discount": "0.00",
    "payment_status": "paid",
    "payment_amount": "1130.00",
}


def template(kind: str) -> bytes:
    """An empty table with one example row, as ``xlsx`` or ``csv``."""
    return table_file.write_template(kind, COLUMNS, EXAMPLE, "Orders")
