"""A statement as a workbook: sums and lines on sheets of their own, amounts as numbers."""

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

AMOUNT = "#,##0.00;[Red]-#,##0.00"
WIDTHS = (10, 60)  # narrowest and widest column, in characters
RISKY = ("=", "+", "-", "@", "\t", "\r")


def statement_xlsx(sheets: list[dict]) -> bytes:
    """Return a workbook; a sheet is ``{title, head, rows}`` with plain values.

    Numbers stay numbers; a text that a spreadsheet would take for a formula stays a text.
    """
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _fill(book.create_sheet(_sheet_title(sheet["title"])), sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet_title(title):
    return "".join("-" if char in "[]:*?/\\" else char for char in title)[:31]


def _fill(page, sheet):
    if sheet["head"]:
        page.append(sheet["head"])
        for cell in page[1]:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.freeze_panes = "A2"
        page.auto_filter.ref = None
    widths = [_length(title) for title in sheet["head"]]
    for number, row in enumerate(sheet["rows"], start=2 if sheet["head"] else 1):
        for column, value in enumerate(row, start=1):
            _put(page.cell(number, column), value)
        widths = _wider(widths, row)
    for column, width in enumerate(widths, start=1):
        size = max(WIDTHS[0], min(width + 2, WIDTHS[1]))
        page.column_dimensions[get_column_letter(column)].width = size


def _put(cell, value):
    cell.value = value
    if isinstance(value, str) and value.startswith(RISKY):
        cell.data_type = "s"  # never a formula
        cell.quotePrefix = True
    elif isinstance(value, float):
        cell.number_format = AMOUNT


def _wider(widths, row):
    widths = widths + [0] * (len(row) - len(widths))
    return [max(width, _length(v)) for width, v in zip(widths, row, strict=False)]


def _length(value):
    """Return the width of a value in characters; a Chinese one takes two."""
    if isinstance(value, float):
        return len(f"{value:,.2f}")
    return sum(2 if ord(char) > 0x2E80 else 1 for char in str(value or ""))
