"""Orders in a table, one row per line: reading CSV and XLSX as people save them.

Rows with the same channel and reference are one order. What concerns the whole order
may stand in its first row only or in each. The order that comes out has the shape of
``order_schema.ORDER`` and is checked like one that was posted.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from .order_check import Problem, line_total, shorten

MAX_ROWS = 200_000
LONGEST_CELL = 10_000  # characters; longer ones are cut, which no field accepts
EXCEL_EPOCH = datetime(1899, 12, 30)
ERROR_COLUMN = "error"

# Column -> where it goes in the order; those of lines are marked by "lines".
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
_AMOUNTS = ("price", "discount", "payment_amount")
_FIELD_COLUMNS = {"/" + "/".join(path): name for name, path in COLUMNS.items()}


class FileError(ValueError):
    """The file as a whole can't be read: ``code`` and the ``parts`` for its text."""

    def __init__(self, code: str, **parts: object):
        super().__init__(code)
        self.code, self.parts = code, parts


@dataclass(frozen=True)
class Row:
    """A row by column; ``number`` counts from 1, the header included."""

    number: int
    cells: dict[str, str]


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
        return _FIELD_COLUMNS.get(re.sub(r"^/lines/[0-9]+", "/lines", pointer), "")


def read_rows(content: bytes) -> Iterator[Row]:
    """The filled rows of a CSV or XLSX file, with texts as cells.

    The header is checked at once, rows are read as they are asked for. Raises
    :class:`FileError`.
    """
    if not content:
        raise FileError("empty")
    table = (
        _xlsx_table(content) if content[:4] == b"PK\x03\x04" else _csv_table(content)
    )
    header = _check_header(next(table, []))
    return _rows(header, table)


def _check_header(cells: list[str]) -> list[str]:
    header = [re.sub(r"\s+", "_", cell.strip().lower()) for cell in cells]
    while header and not header[-1]:
        header.pop()
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        found = ", ".join(str(shorten(name)) for name in header[:40] if name)
        raise FileError("missing_columns", columns=", ".join(missing), found=found)
    named = [name for name in header if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise FileError("repeated_columns", columns=", ".join(twice))
    unknown = [n for n in named if n not in COLUMNS and n != ERROR_COLUMN]
    if unknown:
        known = ", ".join(COLUMNS)
        columns = ", ".join(str(shorten(name)) for name in unknown[:10])
        raise FileError("unknown_columns", columns=columns, known=known)
    return header


def _rows(header: list[str], table: Iterator[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(table, start=2):
        if number > MAX_ROWS + 1:
            raise FileError("too_many_rows", limit=MAX_ROWS)
        named = {
            name: cell.strip()[:LONGEST_CELL].replace("\0", "\ufffd")
            for name, cell in zip(header, cells, strict=False)
            if name in COLUMNS
        }
        if any(named.values()):
            yield Row(number, named)


def _csv_table(content: bytes) -> Iterator[list[str]]:
    text = _decode(content)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t|", key=first.count)
    if first.startswith("sep="):  # a hint that Excel writes
        separator, text = first[4:5], text.split("\n", 1)[-1]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from reader
    except csv.Error as error:
        raise FileError("csv", line=reader.line_num, error=str(error)) from error


def _decode(content: bytes) -> str:
    """UTF-8, with or without mark; UTF-16 with one; else what Excel writes in China."""
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise FileError("old_excel")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ("utf-16",)
    elif b"\x00" in content[:4096]:
        raise FileError("type")
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileError("encoding")


def _xlsx_table(content: bytes) -> Iterator[list[str]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
    except Exception as error:  # a zip of another kind fails in any way
        raise FileError("type") from error
    sheet.reset_dimensions()  # some writers state a wrong size
    for cells in sheet.iter_rows():
        yield [_cell_text(cell) for cell in cells]


def _cell_text(cell) -> str:
    """A cell of Excel as a person reads it: 00123, 13800138000, 2026-11-20T10:00:00."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            text = _number_text(Decimal(repr(value)))
        except (ArithmeticError, ValueError):
            return str(value)
        shape = str(cell.number_format or "")
        return text.zfill(len(shape)) if re.fullmatch("0{2,}", shape) else text
    return str(value)


def _number_text(number: Decimal) -> str:
    """Without the dust that floats leave behind: 333.29999999999995 -> 333.3."""
    if not number.is_finite() or abs(number) >= 10**15:
        raise ValueError(f"no number of a table: {number}")
    number = round(number, 6)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


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
        return _moment_text(text, zone)
    if name in _AMOUNTS:
        return _amount_text(text)
    if name in _NUMBERS:
        try:
            return Decimal(_number_text(Decimal(_amount_text(text))))
        except (ArithmeticError, ValueError):
            return text
    return text


def _amount_text(text: str) -> str:
    """1,130.00 or ¥1130 as an amount of the API, always written the same way."""
    text = re.sub(r"^[¥￥]\s*|\s*元$", "", text)
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        text = text.replace(",", "")
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text):
        whole, _, part = _number_text(Decimal(text)).partition(".")
        return f"{whole}.{part:0<2}"
    return text


def _moment_text(text: str, zone: tzinfo) -> str:
    """A date as written in a table, in the company's zone when it names none."""
    spelled = re.sub(r"[/.](?=[0-9]{1,2}\b)", "-", text, count=2).replace(" ", "T", 1)
    parts = re.fullmatch(
        r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
        r"(?:T([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?",
        spelled,
    )
    try:
        if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
            naive = EXCEL_EPOCH + timedelta(days=float(text))
            naive = (naive + timedelta(milliseconds=500)).replace(microsecond=0)
        elif parts:
            naive = datetime(*(int(part or 0) for part in parts.groups()[:6]))
            if parts[7]:
                return naive.isoformat() + parts[7]
        else:
            return text
    except ValueError:
        return text
    return naive.replace(tzinfo=zone).isoformat()


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
            total = sum(
                line_total(line, defaults.decimals) for line in payload["lines"]
            )
        except (ArithmeticError, KeyError, ValueError):
            total = "0"  # the line's own problem is told
        payment["amount"] = str(total)


def write_table(rows: Iterable[dict[str, str]], columns: Iterable[str]) -> bytes:
    """An XLSX file of texts; nothing in it is ever taken for a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    columns = list(columns)
    for values in ({name: name for name in columns}, *rows):
        cells = []
        for name in columns:
            text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", str(values.get(name) or ""))
            cell = WriteOnlyCell(sheet, text)
            cell.data_type, cell.number_format = "s", "@"
            cells.append(cell)
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


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
    if kind == "xlsx":
        return write_table([EXAMPLE], COLUMNS)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow(EXAMPLE)
    return stream.getvalue().encode("utf-8-sig")
