"""Grabs, accepts and expiry at the same moment, in several processes; nothing simulated."""

import time
from collections import Counter
from datetime import datetime, timezone

import pytest

from .support.kill import wake_jobs
from .support.routing_story import setup
from .support.rpc import Rpc, RpcError
from .test_concurrency import _wait, act_later, at_once, legs_of, reserved, session

GRAB = """
env["o2o.routing.rule"].create(
    {"name": "All", "company_id": env.company.id, "mode": "grab", "grab_candidates": 2})
env.cr.commit()
"""
# one leg's offer ends after the other, the first one soon
DEADLINES = """
legs = env["sale.order"].browse({orders})
legs.action_confirm()
env.flush_all()
env.cr.execute(
    "UPDATE o2o_dispatch SET deadline = date_trunc('second', now() at time zone 'utc')"
    " + make_interval(secs => {first} + {spacing} * rank) FROM"
    " (SELECT id AS leg, row_number() OVER (ORDER BY id) - 1 AS rank FROM o2o_dispatch) r"
    " WHERE r.leg = id")
{more}
env.cr.commit()
"""
TRIGGER = 'env.ref("o2o_channel.ir_cron_o2o_expire_offers")._trigger()'


@pytest.mark.log_allowed("already taken")
def test_of_two_grabs_at_once_one_wins_and_the_other_is_told(
    odoo, fresh_db, new_server
):
    database = fresh_db("test")
    ids = setup(odoo, database, orders=3, stock=(9, 9))
    odoo.shell(database, GRAB)
    server = new_server(database, workers=4)
    callers = session(server, "manager"), session(server, "second")
    rpc = callers[0]
    rpc("sale.order", "action_confirm", ids["orders"])
    assert reserved(rpc, ids) == (18, 0)
    for leg in legs_of(rpc, ids["orders"]):
        offers = rpc("o2o.dispatch.offer", "search", [["dispatch_id", "=", leg["id"]]])
        outcomes = at_once(
            [take_later(*pair) for pair in zip(callers, offers, strict=True)]
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, RpcError)]
        assert outcomes.count(True) == 1 and len(refused) == 1, outcomes
        assert "already taken by another store" in str(refused[0])
        states = rpc("o2o.dispatch.offer", "read", offers, ["state"])
        won = [one["state"] for one in states]
        assert won == [
            "lost" if isinstance(outcome, RpcError) else "accepted"
            for outcome in outcomes
        ]
    assert Counter(leg["state"] for leg in legs_of(rpc, ids["orders"])) == {
        "accepted": 3
    }
    assert reserved(rpc, ids) == (18, 3)


def take_later(rpc, offer):
    return lambda: rpc("o2o.dispatch.offer", "action_accept", [offer])


@pytest.mark.log_allowed("already (accepted|expired)|could be accepted until")
def test_an_accept_and_the_expiry_in_the_same_second_have_one_outcome(
    odoo, fresh_db, new_server
):
    database = fresh_db("test")
    ids = setup(odoo, database, orders=4, stock=(4, 4))
    # so late that the server is up by then
    odoo.shell(
        database,
        DEADLINES.format(orders=ids["orders"], first=12, spacing=1.5, more=""),
    )
    server = new_server(database, workers=4)
    rpc = session(server, "manager")
    admin = Rpc(server.base_url, database, "admin", "admin")
    cron = admin("ir.cron", "search", [["name", "like", "Unanswered Offers"]])
    legs = legs_of(rpc, ids["orders"], "deadline")
    for number, leg in enumerate(sorted(legs, key=lambda leg: leg["deadline"])):
        # the second of the deadline is the store's: both come as it ends
        end = datetime.fromisoformat(leg["deadline"]).replace(tzinfo=timezone.utc)
        accept = act_later(rpc, leg, "action_accept")
        at_once(
            [
                at_time(end.timestamp() + 0.9 + 0.04 * number, accept),
                at_time(
                    end.timestamp() + 1,
                    lambda: admin("ir.cron", "method_direct_trigger", cron),
                ),
            ]
        )
    # a run passes over a leg that is being accepted, and comes back for it
    admin("ir.cron", "method_direct_trigger", cron)
    outcomes = Counter(
        tuple(sorted(leg["state"] for leg in legs_of(rpc, [order])))
        for order in ids["orders"]
    )
    assert set(outcomes) <= {("accepted",), ("expired", "offered")}, outcomes
    assert sum(outcomes.values()) == 4
    assert reserved(rpc, ids) == (8, 4)
    events = rpc(
        "o2o.dispatch.event",
        "search_count",
        [
            ["state_from", "=", "offered"],
            ["dispatch_id", "in", [x["id"] for x in legs]],
        ],
    )
    assert events == 4  # each offer was answered once


def at_time(moment, call):
    def run():
        time.sleep(max(0.0, moment - time.time()))
        return call()

    return run


def test_a_killed_expiry_run_is_completed_and_nothing_is_done_twice(
    odoo, fresh_db, new_server
):
    database = fresh_db("test")
    ids = setup(odoo, database, orders=16, stock=(16, 16))
    odoo.shell(
        database,
        DEADLINES.format(orders=ids["orders"], first=-60, spacing=0, more=TRIGGER),
    )
    server = new_server(database, options=("--max-cron-threads=1",))
    rpc = session(server, "manager")
    expired = [["order_id", "in", ids["orders"]], ["state", "=", "expired"]]
    wake_jobs(odoo, database)
    done = _wait(lambda: rpc("o2o.dispatch", "search_count", expired), bool)
    server.kill()
    assert done < 16, "the run was over before it could be killed"

    rerun = new_server(database, options=("--max-cron-threads=1",))
    rpc = session(rerun, "manager")
    wake_jobs(odoo, database)
    _wait(
        lambda: rpc("o2o.dispatch", "search_count", expired),
        lambda count: count == 16,
    )
    by_order = {}
    for leg in legs_of(rpc, ids["orders"], "warehouse_id", "picking_ids"):
        by_order.setdefault(leg["order_id"][0], []).append(leg)
    near, far = ids["stores"]
    for legs in by_order.values():
        stores = {leg["state"]: leg["warehouse_id"][0] for leg in legs}
        assert len(legs) == 2 and stores == {"expired": near, "offered": far}, legs
        assert all(len(leg["picking_ids"]) == 1 for leg in legs)
    assert len(by_order) == 16
    assert reserved(rpc, ids) == (32, 16)
