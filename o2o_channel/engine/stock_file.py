"""Stock as a store declares it: what a row says, and what is wrong with it.

The same for a row of a file, of a posted declaration and of what was typed or scanned.
Which products, lots and stores exist is known elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from . import table_file
from .order_check import UNPRINTABLE, Problem, moment, shorten
from .table_file import Row

COLUMNS = ("store", "sku", "lot", "quantity", "counted_at")
REQUIRED = ("sku", "quantity")
EXAMPLE = {"sku": "E-1001", "quantity": "12"}
LONGEST_SKU = 128
MAX_QUANTITY = 10_000_000
CLOCK_TOLERANCE = timedelta(minutes=10)  # between the store's clock and ours
OLDEST_YEAR = 2000


@dataclass(frozen=True)
class Said:
    """What one row says; with a problem it is kept, but not believed."""

    number: int
    sku: str = ""
    lot: str = ""
    quantity_text: str = ""
    quantity: Decimal = Decimal(0)
    counted_at: datetime | None = None  # naive, UTC
    store: str = ""
    counted_text: str = ""
    product: int | None = None  # where the product is known already
    problem: Problem | None = field(default=None)

    @property
    def cells(self) -> dict[str, str]:
        """The row as it was said, by column."""
        return {
            "store": self.store,
            "sku": self.sku,
            "lot": self.lot,
            "quantity": self.quantity_text,
            "counted_at": self.counted_text,
        }


def read_rows(content: bytes) -> Iterator[Row]:
    """The filled rows of a CSV or XLSX file."""
    if len(content) > table_file.MAX_BYTES:
        size = f"{len(content) / 2**20:.1f}"
        limit = table_file.MAX_BYTES // 2**20
        raise table_file.FileError("too_big", size=size, limit=limit)
    return table_file.read_rows(content, COLUMNS, REQUIRED)


def read_kept(content: bytes) -> Iterator[Row]:
    """The rows of what was put by: a file that ``read_rows`` has read before, or what
    ``keep_rows`` made. Nothing that comes from outside is read here first."""
    return _posted_rows(content) if content[:2] == b"[{" else read_rows(content)


def keep_rows(rows: Iterable[Row]) -> bytes:
    """Rows that came without a file, in a form that ``read_kept`` reads."""
    return json.dumps([row.cells for row in rows], ensure_ascii=False).encode()


def _posted_rows(content: bytes) -> Iterator[Row]:
    for number, cells in enumerate(json.loads(content), start=1):
        yield Row(number, cells)


def template(kind: str) -> bytes:
    """An empty table with one example row, as ``xlsx`` or ``csv``."""
    return table_file.write_template(kind, COLUMNS, EXAMPLE, "Stock")


def digest(*parts: object) -> str:
    """Fingerprint of a declaration: the same one said twice has the same."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_row(row: Row, counted_at: datetime, zone: tzinfo, now: datetime) -> Said:
    """What a row says. ``counted_at`` is of rows that name no time of their own;
    it and ``now`` are naive and in UTC, ``zone`` is that of times without offset."""
    cells = row.cells
    said = {
        "number": row.number,
        "sku": _shown(cells.get("sku"), LONGEST_SKU),
        "lot": _shown(cells.get("lot"), LONGEST_SKU),
        "store": _shown(cells.get("store"), LONGEST_SKU),
        "quantity_text": _shown(cells.get("quantity"), 40),
        "counted_text": _shown(cells.get("counted_at"), 40),
        "product": cells.get("product"),
        "counted_at": counted_at,
    }
    try:
        if not said["sku"] and not said["product"]:
            raise _Refused("sku", "", "missing")
        said["quantity"] = read_quantity(str(cells.get("quantity") or ""))
        said["counted_at"] = _read_moment(cells, counted_at, zone, now)
    except _Refused as error:
        return Said(**said, problem=error.problem)
    return Said(**said)


class _Refused(ValueError):
    def __init__(self, name: str, value: object, code: str, **parts: object):
        super().__init__(code)
        self.problem = Problem(name, value, code, parts)


def _shown(value: object, longest: int) -> str:
    text = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(value or ""))
    return text.strip()[:longest]


def read_quantity(text: str) -> Decimal:
    """A quantity of 0 or more. Raises a refusal that names the value."""
    plain = table_file.without_thousands(text.strip())
    if not plain:
        raise _Refused("quantity", "", "missing")
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", plain, re.ASCII):
        raise _Refused("quantity", text, "not_a_number")
    if len(plain) > 20 or abs(Decimal(plain)) > MAX_QUANTITY:
        raise _Refused("quantity", text, "absurd", limit=MAX_QUANTITY)
    if Decimal(plain) < 0:
        raise _Refused("quantity", text, "negative")
    return Decimal(plain)


def _read_moment(
    cells: dict, counted_at: datetime, zone: tzinfo, now: datetime
) -> datetime:
    text = str(cells.get("counted_at") or "")
    if text:
        try:
            aware = moment(table_file.moment_text(text, zone))
            counted_at = aware.astimezone(timezone.utc).replace(tzinfo=None)
        except (ValueError, OverflowError):
            raise _Refused("counted_at", text, "not_a_time") from None
    code = check_moment(counted_at, now)
    if code:
        parts = {"now": f"{now:%Y-%m-%d %H:%M} UTC", "year": OLDEST_YEAR}
        raise _Refused("counted_at", text or str(counted_at), code, **parts)
    return counted_at.replace(microsecond=0)


def check_moment(counted_at: datetime, now: datetime) -> str | None:
    """Why stock can't have been counted then: ``future``, ``too_old`` or None."""
    if counted_at > now + CLOCK_TOLERANCE:
        return "future"
    return "too_old" if counted_at.year < OLDEST_YEAR else None


def repeated(keys: Iterable[object]) -> set:
    """The keys that stand more than once."""
    return {key for key, count in Counter(keys).items() if count > 1}


def without_tail(number: Decimal | float) -> str:
    """12.0 -> 12, for messages."""
    return str(shorten(table_file.number_text(Decimal(str(number)))))
