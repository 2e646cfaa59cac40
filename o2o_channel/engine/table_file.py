"""Tables as people save them: reading CSV and XLSX into rows of texts, writing XLSX.

What the columns mean is the business of ``order_file`` and ``stock_file``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from .order_check import shorten

MAX_ROWS = 200_000
MAX_BYTES = 10 * 1024 * 1024
LONGEST_CELL = 10_000  # characters; longer ones are cut, which no field accepts
EXCEL_EPOCH = datetime(1899, 12, 30)
ERROR_COLUMN = "error"


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


def read_rows(
    content: bytes, columns: Iterable[str], required: Iterable[str]
) -> Iterator[Row]:
    """The filled rows of a CSV or XLSX file, with texts as cells.

    The header is checked at once, rows are read as they are asked for. Raises
    :class:`FileError`.
    """
    if not content:
        raise FileError("empty")
    table = (
        _xlsx_table(content) if content[:4] == b"PK\x03\x04" else _csv_table(content)
    )
    columns = tuple(columns)
    header = _check_header(next(table, []), columns, required)
    return _rows(header, table, columns)


def _check_header(
    cells: list[str], columns: tuple[str, ...], required: Iterable[str]
) -> list[str]:
    header = [re.sub(r"\s+", "_", cell.strip().lower()) for cell in cells]
    while header and not header[-1]:
        header.pop()
    missing = [name for name in required if name not in header]
    if missing:
        found = ", ".join(str(shorten(name)) for name in header[:40] if name)
        raise FileError("missing_columns", columns=", ".join(missing), found=found)
    named = [name for name in header if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise FileError("repeated_columns", columns=", ".join(twice))
    unknown = [n for n in named if n not in columns and n != ERROR_COLUMN]
    if unknown:
        names = ", ".join(str(shorten(name)) for name in unknown[:10])
        raise FileError("unknown_columns", columns=names, known=", ".join(columns))
    return header


def _rows(
    header: list[str], table: Iterator[list[str]], columns: tuple[str, ...]
) -> Iterator[Row]:
    for number, cells in enumerate(table, start=2):
        if number > MAX_ROWS + 1:
            raise FileError("too_many_rows", limit=MAX_ROWS)
        named = {
            name: cell.strip()[:LONGEST_CELL].replace("\0", "\ufffd")
            for name, cell in zip(header, cells, strict=False)
            if name in columns
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
            # some editors mark GB 18030 too
            return content.decode(encoding).removeprefix("\ufeff")
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
            text = number_text(Decimal(repr(value)))
        except (ArithmeticError, ValueError):
            return str(value)
        shape = str(cell.number_format or "")
        return text.zfill(len(shape)) if re.fullmatch("0{2,}", shape) else text
    return str(value)


def number_text(number: Decimal) -> str:
    """Without the dust that floats leave behind: 333.29999999999995 -> 333.3."""
    if not number.is_finite() or abs(number) >= 10**15:
        raise ValueError(f"no number of a table: {number}")
    number = round(number, 6)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def without_thousands(text: str) -> str:
    """1,130.00 -> 1130.00; anything else as it is."""
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        return text.replace(",", "")
    return text


def moment_text(text: str, zone: tzinfo) -> str:
    """A date as written in a table, in the given zone when it names none.

    What is no date comes back as it is.
    """
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


def write_table(
    rows: Iterable[dict[str, str]], columns: Iterable[str], title: str = "Orders"
) -> bytes:
    """An XLSX file of texts; nothing in it is ever taken for a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
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


def write_template(
    kind: str, columns: Iterable[str], example: dict[str, str], title: str
) -> bytes:
    """An empty table with one example row, as ``xlsx`` or ``csv``."""
    if kind == "xlsx":
        return write_table([example], columns, title)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, restval="")
    writer.writeheader()
    writer.writerow(example)
    return stream.getvalue().encode("utf-8-sig")
