"""Tables of orders as people save them, and the orders that come out."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook

from engine.order_check import check_sense, check_shape
from engine.order_file import (
    COLUMNS,
    REQUIRED,
    Defaults,
    key_of,
    read_rows,
    template,
    to_order,
)
from engine.table_file import FileError, write_table

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEFAULTS = Defaults("TMALL", "CNY", 2, SHANGHAI)
HEADER = list(REQUIRED)
VALUES = ["T-1", "2026-11-20 10:00", "李雷", "E-1001", "1", "1130.00"]


def csv_bytes(*rows, header=HEADER, separator=",", encoding="utf-8"):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows([header, *rows])
    return stream.getvalue().encode(encoding)


def xlsx_bytes(*rows, header=HEADER, formats=()):
    book = Workbook()
    for row in (header, *rows):
        book.active.append(row)
    for place, number_format in formats:
        book.active[place].number_format = number_format
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def order_of(content):
    return to_order(list(read_rows(content)), DEFAULTS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators(encoding, separator):
    [row] = read_rows(csv_bytes(VALUES, separator=separator, encoding=encoding))
    assert row.cells["consumer_name"] == "李雷"


def test_the_mark_of_gb18030_is_no_part_of_the_header():
    content = csv_bytes(VALUES).decode("utf-8")
    [row] = read_rows(("\ufeff" + content).encode("gb18030"))
    assert row.cells["consumer_name"] == "李雷"


def test_rows_are_numbered_as_in_the_file_and_empty_ones_left_out():
    content = csv_bytes(VALUES, [""] * 6, VALUES)
    assert [row.number for row in read_rows(content)] == [2, 4]


def test_header_is_read_whatever_its_case_and_blanks():
    header = [" External Ref ", "ORDERED_AT", *HEADER[2:]]
    [row] = read_rows(csv_bytes(VALUES, header=header))
    assert row.cells["external_ref"] == "T-1"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04no zip", "type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old_excel"),
        (b"%PDF-1.7\x00\x01", "type"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "type"),
        (b"a,b\n\xff\xff", "encoding"),
        (b"just text", "missing_columns"),
        (b"\n\n", "missing_columns"),
    ],
)
def test_files_of_another_kind(content, code):
    with pytest.raises(FileError) as caught:
        read_rows(content)
    assert caught.value.code == code


def test_missing_columns_are_named_with_those_found():
    with pytest.raises(FileError) as caught:
        read_rows(csv_bytes(VALUES[:4], header=HEADER[:4]))
    assert caught.value.parts["columns"] == "quantity, price"
    assert "sku" in caught.value.parts["found"]


def test_unknown_and_repeated_columns_are_named():
    with pytest.raises(FileError) as caught:
        read_rows(csv_bytes([*VALUES, "x"], header=[*HEADER, "colour"]))
    assert (caught.value.code, caught.value.parts["columns"]) == (
        "unknown_columns",
        "colour",
    )
    with pytest.raises(FileError) as caught:
        read_rows(csv_bytes([*VALUES, "x"], header=[*HEADER, "sku"]))
    assert caught.value.code == "repeated_columns"


def test_the_column_of_errors_is_passed_over():
    [row] = read_rows(csv_bytes([*VALUES, "no"], header=[*HEADER, "error"]))
    assert "error" not in row.cells


def test_an_order_of_the_least_columns_is_complete():
    payload = order_of(csv_bytes(VALUES)).payload
    assert check_shape(payload) == []
    assert payload["ordered_at"] == "2026-11-20T10:00:00+08:00"
    assert payload["payment"] == {"status": "paid", "amount": "1130.00"}
    now = datetime(2026, 11, 22, tzinfo=SHANGHAI)
    assert check_sense(payload, 2, now) == []


def test_lines_are_numbered_and_the_head_may_stand_once():
    second = ["T-1", "", "", "E-2", "2", "10.00"]
    order = order_of(csv_bytes(VALUES, second))
    assert not order.problems
    assert [line["external_line"] for line in order.payload["lines"]] == ["1", "2"]
    assert order.payload["payment"]["amount"] == "1150.00"


COUPON = ["order_discount", "order_discount_funder", "order_discount_name"]


def test_a_coupon_of_the_order_and_who_pays_for_it():
    order = order_of(
        csv_bytes([*VALUES, "100", "hq", "双十一"], header=[*HEADER, *COUPON])
    )
    [discount] = order.payload["discounts"]
    assert discount == {"amount": "100.00", "funder": "hq", "name": "双十一"}
    assert order.payload["payment"]["amount"] == "1030.00"
    assert check_shape(order.payload) == []


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        (["", "hq", ""], "order_discount", "missing"),
        (["100", "everybody", ""], "order_discount_funder", "shape"),
        (["-1", "", ""], "order_discount", "shape"),
        (["1130.01", "", ""], "order_discount", "discount_above_order"),
        (["1.001", "", ""], "order_discount", "decimals"),
    ],
)
def test_coupons_that_cannot_be(cells, column, code):
    payload = order_of(csv_bytes([*VALUES, *cells], header=[*HEADER, *COUPON])).payload
    now = datetime(2026, 11, 22, tzinfo=SHANGHAI)
    problems = check_shape(payload) or check_sense(payload, 2, now)
    order = order_of(csv_bytes(VALUES))
    assert (column, code) in [(order.column_of(p.field), p.code) for p in problems]


def test_what_is_left_after_the_coupons_before_is_the_limit():
    order = order_of(csv_bytes(VALUES))
    order.payload["discounts"] = [{"amount": "1000.00"}, {"amount": "130.01"}]
    order.payload["payment"]["amount"] = "0.00"
    now = datetime(2026, 11, 22, tzinfo=SHANGHAI)
    problems = check_sense(order.payload, 2, now)
    [problem] = [p for p in problems if p.code == "discount_above_order"]
    assert (problem.field, problem.parts["left"]) == ("/discounts/1/amount", "130.00")


def test_rows_that_contradict_each_other_are_told():
    other = [*VALUES[:2], "韩梅梅", *VALUES[3:]]
    order = order_of(csv_bytes(VALUES, other))
    [(row, problem)] = order.problems
    assert (row.number, problem.field, problem.code) == (3, "/consumer/name", "differs")
    assert problem.parts["first"] == "李雷"


def test_a_pointer_leads_back_to_row_and_column():
    order = order_of(csv_bytes(VALUES, VALUES))
    assert order.row_of("/lines/1/sku").number == 3
    assert order.row_of("/currency").number == 2
    assert order.column_of("/lines/1/sku") == "sku"
    assert order.column_of("/delivery/address/region_code") == "region_code"


def test_excel_s_numbers_and_dates():
    header = [*HEADER, "consumer_phone", "latitude", "zip"]
    values = [
        12345,
        datetime(2026, 11, 20, 10, 0),
        "李雷",
        123,
        2.0,
        333.29999999999995,
        13800138000.0,
        30.65,
        "010000",
    ]
    [row] = read_rows(xlsx_bytes(values, header=header, formats=[("D2", "00000")]))
    payload = to_order([row], DEFAULTS).payload
    assert payload["external_ref"] == "12345"
    assert payload["ordered_at"] == "2026-11-20T10:00:00+08:00"
    assert payload["consumer"]["phone"] == "13800138000"
    assert payload["delivery"]["address"]["latitude"] == Decimal("30.65")
    assert payload["delivery"]["address"]["zip"] == "010000"
    line = payload["lines"][0]
    assert (line["sku"], line["quantity"], line["price"]) == ("00123", 2, "333.30")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", "2026-11-20T00:00:00+08:00"),
        ("2026/11/20 10:05", "2026-11-20T10:05:00+08:00"),
        ("2026-1-2 3:04:05", "2026-01-02T03:04:05+08:00"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00+09:00", "2026-11-20T10:00:00+09:00"),
        ("46346.5", "2026-11-20T12:00:00+08:00"),
        ("2026-02-30", "2026-02-30"),
        ("20.11.2026", "20.11.2026"),
        ("soon", "soon"),
    ],
)
def test_dates_as_people_write_them(text, moment):
    values = [VALUES[0], text, *VALUES[2:]]
    assert order_of(csv_bytes(values)).payload["ordered_at"] == moment


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("1,130.00", "1130.00"),
        ("¥1130", "1130.00"),
        ("￥ 5", "5.00"),
        ("3元", "3.00"),
        ("1.005", "1.005"),
        ("1,13", "1,13"),
    ],
)
def test_amounts_as_people_write_them(text, price):
    line = order_of(csv_bytes([*VALUES[:5], text])).payload["lines"][0]
    assert line["price"] == price


@pytest.mark.parametrize("text", ["one", "NaN", "Infinity", "-1", "0", "1e999999999"])
def test_quantities_that_are_none_are_left_to_the_check(text):
    problems = check_shape(order_of(csv_bytes([*VALUES[:4], text, "1.00"])).payload)
    assert "/lines/0/quantity" in [problem.field for problem in problems]


def test_the_same_numbers_written_otherwise_are_the_same_order():
    other = [*VALUES[:4], "1.0", "1130"]
    assert order_of(csv_bytes(VALUES)).payload == order_of(csv_bytes(other)).payload


def test_a_store_means_pickup():
    content = csv_bytes([*VALUES, "C2S1"], header=[*HEADER, "store"])
    delivery = order_of(content).payload["delivery"]
    assert delivery == {"store": "C2S1", "mode": "pickup"}


def test_rows_of_one_reference_in_two_channels_are_two_orders():
    header = [*HEADER, "channel"]
    first, second = read_rows(csv_bytes([*VALUES, ""], [*VALUES, "JD"], header=header))
    assert key_of(first, "TMALL") == ("TMALL", "T-1")
    assert key_of(second, "TMALL") == ("JD", "T-1")


def test_what_is_written_is_read_again_and_never_a_formula():
    cells = dict(
        zip(HEADER, ["=1+1", "@x", "\x01李雷", "-1", "+1", "00123"], strict=True)
    )
    content = write_table([cells], [*COLUMNS, "error"])
    sheet = load_workbook(io.BytesIO(content)).active
    assert "f" not in {cell.data_type for cell in sheet[2]}
    [row] = read_rows(content)
    assert row.cells["external_ref"] == "=1+1"
    assert row.cells["price"] == "00123"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_s_example_is_an_order(kind):
    assert check_shape(order_of(template(kind)).payload) == []


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr("engine.table_file.MAX_ROWS", 2)
    with pytest.raises(FileError, match="too_many_rows"):
        list(read_rows(csv_bytes(VALUES, VALUES, VALUES)))
