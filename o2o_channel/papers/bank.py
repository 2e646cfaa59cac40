"""The bank payment file: one CSV layout, documented in docs/bank-file.md."""

import csv
import io

COLUMNS = (
    "no",
    "payment",
    "date",
    "payee",
    "account_holder",
    "account_number",
    "bank_name",
    "bank_code",
    "currency",
    "amount",
    "purpose",
)
RISKY = ("=", "+", "-", "@", "\t", "\r")


def bank_csv(rows: list[dict]) -> bytes:
    """Return the file: UTF-8 with a byte order mark, CRLF, every field in quotes.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, start=1):
        values = {"no": str(number), **row}
        writer.writerow([_safe(values[column]) for column in COLUMNS])
    return stream.getvalue().encode("utf-8-sig")


def _safe(text):
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(RISKY) else text
