"""Several Odoo processes at once on one database; nothing here is simulated."""

import threading
import time
from collections import Counter

import pytest

from .support.kill import wake_jobs
from .support.routing_story import setup
from .support.rpc import Rpc, RpcError


def at_once(calls):
    """Run the calls in threads that start together; return results and errors in order."""
    barrier = threading.Barrier(len(calls))
    outcomes = [None] * len(calls)

    def run(number, call):
        barrier.wait()
        try:
            outcomes[number] = call()
        except RpcError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.fixture
def network(odoo, fresh_db, new_server):
    """Return a factory: a database with the story, served by several processes."""

    def start(workers, **story):
        database = fresh_db("test")
        ids = setup(odoo, database, **story)
        return new_server(database, workers=workers), ids

    return start


def session(server, login):
    return Rpc(server.base_url, server.database, login, login)


def confirm_later(rpc, order):
    return lambda: rpc("sale.order", "action_confirm", [order])


def act_later(rpc, leg, action, *arguments):
    return lambda: rpc("o2o.dispatch", action, [leg["id"]], *arguments)


def cover_later(rpc, area, dealer):
    return lambda: rpc("o2o.coverage", "create", [{**area, "dealer_id": dealer}])


def legs_of(rpc, orders, *fields):
    domain = [["order_id", "in", orders]]
    return rpc("o2o.dispatch", "search_read", domain, ["order_id", "state", *fields])


def reserved(rpc, ids):
    quants = rpc(
        "stock.quant",
        "search_read",
        [["product_id", "=", ids["product"]], ["location_id.usage", "=", "internal"]],
        ["quantity", "reserved_quantity"],
    )
    return sum(q["quantity"] for q in quants), sum(
        q["reserved_quantity"] for q in quants
    )


@pytest.mark.log_allowed("already accepted")
def test_of_two_accepts_at_once_one_wins_and_the_other_is_told(network):
    server, ids = network(4, orders=4, stock=(10, 10))
    first, second = session(server, "manager"), session(server, "second")
    first("sale.order", "action_confirm", ids["orders"])
    for leg in legs_of(first, ids["orders"]):
        outcomes = at_once(
            [act_later(rpc, leg, "action_accept") for rpc in (first, second)]
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, RpcError)]
        assert outcomes.count(True) == 1, outcomes
        assert len(refused) == 1
        winner = "Second" if isinstance(outcomes[0], RpcError) else "Manager"
        assert f"by {winner}" in str(refused[0]), str(refused[0])
        assert "already accepted" in str(refused[0])
        events = first(
            "o2o.dispatch.event", "search_count", [["dispatch_id", "=", leg["id"]]]
        )
        assert events == 2  # offered and accepted, each once


@pytest.mark.log_allowed("already (accepted|rejected)")
def test_of_accept_and_reject_at_once_one_wins(network):
    server, ids = network(4, orders=4, stock=(10, 10))
    first, second = session(server, "manager"), session(server, "second")
    first("sale.order", "action_confirm", ids["orders"])
    for leg in legs_of(first, ids["orders"]):
        outcomes = at_once(
            [
                act_later(first, leg, "action_accept"),
                act_later(second, leg, "action_reject", "too_far"),
            ]
        )
        assert outcomes.count(True) == 1, outcomes
        order = leg["order_id"][0]
        states = Counter(one["state"] for one in legs_of(first, [order]))
        if outcomes[0] is True:
            assert states == {"accepted": 1}
        else:
            assert states == {"rejected": 1, "offered": 1}


def test_ten_confirmations_of_five_units_serve_five(network):
    server, ids = network(10, orders=10, stock=(5, 0))
    sessions = [session(server, "manager") for _order in ids["orders"]]
    outcomes = at_once(
        [
            confirm_later(rpc, order)
            for rpc, order in zip(sessions, ids["orders"], strict=True)
        ]
    )
    rpc = sessions[0]
    # PostgreSQL may refuse one so often that Odoo gives up; the user then clicks again
    for order, outcome in zip(ids["orders"], outcomes, strict=True):
        if isinstance(outcome, RpcError):
            assert (
                "serialize" in str(outcome).lower()
                or "concurrent" in str(outcome).lower()
            )
            confirm_later(rpc, order)()
    states = Counter(leg["state"] for leg in legs_of(rpc, ids["orders"]))
    assert states == {"offered": 5, "exception": 5}
    assert reserved(rpc, ids) == (5, 5)

    served = [leg for leg in legs_of(rpc, ids["orders"]) if leg["state"] == "offered"]
    rpc("sale.order", "action_cancel", [leg["order_id"][0] for leg in served[:2]])
    assert reserved(rpc, ids) == (5, 3)
    waiting = [
        leg["order_id"][0]
        for leg in legs_of(rpc, ids["orders"])
        if leg["state"] == "exception"
    ]
    rpc("sale.order", "action_o2o_route", waiting)
    assert reserved(rpc, ids) == (5, 5)
    states = Counter(leg["state"] for leg in legs_of(rpc, ids["orders"]))
    assert states["offered"] == 5 and states["exception"] == 3


def test_the_next_store_takes_what_the_first_cannot(network):
    server, ids = network(6, orders=6, stock=(3, 3))
    sessions = [session(server, "manager") for _order in ids["orders"]]
    at_once(
        [
            confirm_later(rpc, order)
            for rpc, order in zip(sessions, ids["orders"], strict=True)
        ]
    )
    legs = legs_of(sessions[0], ids["orders"], "warehouse_id")
    assert Counter(leg["state"] for leg in legs) == {"offered": 6}
    assert Counter(leg["warehouse_id"][0] for leg in legs) == dict.fromkeys(
        ids["stores"], 3
    )


def test_a_killed_routing_run_is_completed_and_nothing_is_done_twice(
    odoo, fresh_db, new_server
):
    database = fresh_db("test")
    ids = setup(odoo, database, orders=60, stock=(60, 0))
    odoo.shell(
        database,
        f"""
env["sale.order"].browse({ids["orders"]}).with_context(o2o_route_later=True).action_confirm()
env.cr.commit()
""",
    )
    waiting = [["id", "in", ids["orders"]], ["o2o_route_state", "=", "to_route"]]
    server = new_server(database, options=("--max-cron-threads=1",))
    rpc = session(server, "manager")
    wake_jobs(odoo, database)
    left = _wait(
        lambda: rpc("sale.order", "search_count", waiting), lambda count: count < 60
    )
    server.kill()
    assert left > 0, "the run was over before it could be killed"

    rerun = new_server(database, options=("--max-cron-threads=1",))
    rpc = session(rerun, "manager")
    wake_jobs(odoo, database)
    _wait(lambda: rpc("sale.order", "search_count", waiting), lambda count: count == 0)
    legs = legs_of(rpc, ids["orders"], "picking_count")
    assert Counter(leg["state"] for leg in legs) == {"offered": 60}
    assert len({leg["order_id"][0] for leg in legs}) == 60
    assert {leg["picking_count"] for leg in legs} == {1}
    assert reserved(rpc, ids) == (60, 60)


def _wait(ask, enough, seconds=180):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if enough(answer):
            return answer
        time.sleep(0.1)
    raise AssertionError(f"still {answer} after {seconds} seconds")


@pytest.mark.log_allowed("can't both be exclusive")
def test_of_two_exclusive_areas_at_once_one_is_refused(network):
    server, _ids = network(4, orders=1, stock=(1, 1))
    rpc = session(server, "manager")
    region = rpc("o2o.region", "search", [["code", "=", "110105"]])[0]
    dealer = {"is_company": True, "is_dealer": True, "dealer_tier": "tier1"}
    for number in range(4):
        codes = (f"X{number}", f"Y{number}")
        dealers = [
            rpc("res.partner", "create", [{**dealer, "name": c, "dealer_code": c}])[0]
            for c in codes
        ]
        role = {
            "role": "service",
            "date_from": f"20{30 + number}-01-01",
            "date_to": f"20{30 + number}-12-31",
        }
        area = {"region_id": region, "exclusive": True, **role}
        outcomes = at_once(
            [cover_later(session(server, "manager"), area, who) for who in dealers]
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, RpcError)]
        assert len(refused) == 1, outcomes
        assert "can't both be exclusive" in str(refused[0])
