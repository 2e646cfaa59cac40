"""The order API of a running server: one order for one reference, whatever happens."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from .support.shop import Shop, order

COUNT_ORDERS = """
orders = env["sale.order"].search([("o2o_external_ref", "in", {references!r})])
result = [len(orders), len(orders.partner_id), len(orders.partner_shipping_id)]
"""


@pytest.fixture
def shop(server, api_key):
    return Shop(server.base_url, api_key("shop"))


def _counts(odoo, database, *references):
    return odoo.shell(database, COUNT_ORDERS.format(references=list(references)))


def test_order_goes_in_once_and_its_state_comes_out(shop):
    taken = shop.post(order("S-1"))
    assert taken.status == 201, taken.body
    assert taken.json["state"] == "sale"
    repeated = shop.post(order("S-1"))
    assert (repeated.status, repeated.json) == (200, taken.json)
    assert shop.state("TMALL", "S-1").json == taken.json
    changed = shop.post(order("S-1", origin_dealer=None))
    assert (changed.status, changed.kind) == (409, "application/problem+json")


def test_refused_order_leaves_nothing(shop, odoo, server):
    lines = [{**order("x")["lines"][0], "sku": "不存在"}]
    refused = shop.post(order("S-2", lines=lines, consumer={"name": "Only here"}))
    assert (refused.status, refused.kind) == (422, "application/problem+json")
    [error] = refused.json["errors"]
    assert (error["field"], error["value"]) == ("/lines/0/sku", "不存在")
    assert shop.state("TMALL", "S-2").status == 404
    assert _counts(odoo, server.database, "S-2")[0] == 0


def test_body_beyond_the_limit_is_answered(shop):
    answer = shop.post(b'{"a": "' + b"x" * (20 * 1024 * 1024) + b'"}')
    assert (answer.status, answer.kind) == (413, "application/problem+json")


def test_thousand_lines_are_taken_in_time(shop):
    line = order("x")["lines"][0]
    lines = [{**line, "external_line": str(n), "price": "1.13"} for n in range(1000)]
    payment = {"status": "paid", "amount": "1130.00"}
    started = time.monotonic()
    answer = shop.post(order("S-1000", lines=lines, payment=payment))
    seconds = time.monotonic() - started
    assert answer.status == 201, answer.body[:500]
    print(f"1,000 lines in {seconds:.1f} s")
    assert seconds < 60


def test_the_same_order_posted_ten_times_at_once_is_one(odoo, module_db, new_server):
    server = new_server(module_db("demo"), workers=4)
    shop = Shop(server.base_url, odoo.api_key(server.database, "shop"))
    payload = order("RACE-1", consumer={"name": "韩梅梅", "external_id": "race"})
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(shop.post, [payload] * 10))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200] * 9 + [201], [answer.body for answer in answers]
    assert len({answer.json["order"] for answer in answers}) == 1
    assert _counts(odoo, server.database, "RACE-1") == [1, 1, 1]

    references = [f"RACE-{number}" for number in range(2, 12)]
    consumer = {"name": "新客", "external_id": "race-2"}
    payloads = [order(reference, consumer=consumer) for reference in references]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(shop.post, payloads))
    assert {answer.status for answer in answers} == {201}
    orders, consumers, _addresses = _counts(odoo, server.database, *references)
    assert (orders, consumers) == (10, 1)


def test_the_description_is_true(server, api_key, tmp_path):
    """Schemathesis makes up requests, good and bad, and compares every answer.

    Left out: whether what fits the description is taken. No description can say which
    channels, products and dealers exist, nor that a date isn't in the future.
    """
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        f"{server.base_url}/o2o/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {api_key('shop')}"),
        *("--exclude-checks", "positive_data_acceptance"),
        *("--max-examples", "60", "--seed", "1", "--no-color"),
        *("--generation-database", "none"),
    ]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
