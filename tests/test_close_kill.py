"""The close of a month against kill -9, a second accountant and postings at the same time."""

import time

import pytest

from .support.kill import kill_when, watcher
from .support.rpc import Rpc, RpcError
from .test_concurrency import at_once
from .test_settlement_concurrency import SETUP

READY = (
    SETUP
    + """
period.action_make_statements()
period.statement_ids.action_confirm()
env.cr.commit()
result = {"period": period.id, "company": Case.company.id, "dealer": Case.dealer_c2.id}
"""
)
CLOSE = """
env = env(context={{"allowed_company_ids": [{company}]}})
env["o2o.settlement.period"].browse({period}).action_close()
env.cr.commit()
"""
# A penalty of 20 November, booked as a request books it: replayed when the database says so.
BOOK = """
import time
from pathlib import Path
from odoo.service.model import retrying

env = env(context={{"allowed_company_ids": [{company}]}})
account = env["res.company"].browse({company})._o2o_account("560110").id

def book():
    env.cr.execute("SELECT 1")
    {before}
    line = env["o2o.clearing.line"]._book([{{
        "company_id": {company}, "partner_id": {dealer}, "kind": "penalty", "amount": -10.0,
        "date": __import__("datetime").date(2026, 11, 20), "name": "Late", "key": "late",
        "counterparts": [(account, -10.0, {{}})],
    }}])
    env.flush_all()
    {after}
    return line

env.cr.commit()
line = retrying(book, env)
result = [str(line.date), str(line.original_date), line.late]
"""


def wait_for(path):
    limit = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < limit, f"{path.name} never came"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def month(odoo, module_db):
    """A month whose statements are billed, ready to be closed."""
    database = module_db("test")
    return database, odoo.shell(database, READY)


@pytest.fixture
def ready(odoo, month):
    """Return a copy of the month for one test."""
    source, ids = month
    database = f"{source}_copy"
    odoo.databases.clone(source, database)
    yield database, ids
    odoo.databases.drop(database)


def test_a_killed_close_leaves_the_month_open_and_the_next_one_closes_it(odoo, ready):
    database, ids = ready
    close = CLOSE.format(**ids)
    with watcher(odoo, database) as count:
        for table in ("o2o_settlement_check", "ir_attachment"):
            writing = (
                "SELECT count(*) FROM pg_locks k JOIN pg_class c ON c.oid = k.relation"
                f" WHERE c.relname = '{table}' AND k.mode = 'RowExclusiveLock'"
            )
            kill_when(odoo, database, close, lambda query=writing: count(query) > 0)
            closed = "SELECT count(*) FROM o2o_settlement_period WHERE state = 'closed'"
            marked = (
                "SELECT count(*) FROM res_company WHERE o2o_closed_until IS NOT NULL"
            )
            reports = (
                "SELECT count(*) FROM ir_attachment"
                " WHERE res_model = 'o2o.settlement.period'"
            )
            assert [count(query) for query in (closed, marked, reports)] == [0, 0, 0]
        odoo.shell(database, close)
        assert [count(query) for query in (closed, marked, reports)] == [1, 1, 1]


@pytest.mark.log_allowed("is closed")
def test_two_accountants_close_by_the_wizard_once(odoo, ready, new_server):
    database, ids = ready
    server = new_server(database, workers=4)

    def close(login):
        rpc = Rpc(server.base_url, server.database, login, login)
        action = rpc("o2o.settlement.period", "action_close_wizard", [ids["period"]])
        return lambda: rpc("o2o.settlement.close", "action_close", [action["res_id"]])

    outcomes = at_once([close("first"), close("second")])
    told = [str(one) for one in outcomes if isinstance(one, RpcError)]
    assert len(told) == 1, outcomes
    assert "is closed" in told[0]
    with watcher(odoo, database) as count:
        reports = (
            "SELECT count(*) FROM ir_attachment"
            " WHERE res_model = 'o2o.settlement.period'"
        )
        assert count(reports) == 1


def test_a_posting_under_way_is_seen_by_the_close(odoo, ready, new_server, tmp_path):
    database, ids = ready
    server = new_server(database, workers=2)
    booked = tmp_path / "booked"
    after = f"Path({str(booked)!r}).touch(); time.sleep(3)"
    book = BOOK.format(**ids, before="pass", after=after)
    rpc = Rpc(server.base_url, server.database, "first", "first")

    def close():
        wait_for(booked)
        return rpc("o2o.settlement.period", "action_close", [ids["period"]])

    line, outcome = at_once([lambda: odoo.shell(database, book), close])
    assert line == ["2026-11-20", "2026-11-20", False]
    assert outcome is True
    # its payee's statement had left, so the close lists it instead of stopping
    [seen] = rpc(
        "o2o.settlement.check", "search_read", [["key", "=", "waiting"]], ["amount"]
    )
    assert seen["amount"] == -10.0


def test_a_posting_that_began_before_the_close_is_dated_after_it(
    odoo, ready, new_server, tmp_path
):
    database, ids = ready
    server = new_server(database, workers=2)
    began, closed = tmp_path / "began", tmp_path / "closed"
    before = (
        f"Path({str(began)!r}).touch()\n"
        f"    while not Path({str(closed)!r}).exists(): time.sleep(0.05)"
    )
    book = BOOK.format(**ids, before=before, after="pass")
    rpc = Rpc(server.base_url, server.database, "first", "first")

    def close():
        wait_for(began)
        rpc("o2o.settlement.period", "action_close", [ids["period"]])
        closed.touch()

    line, _closed = at_once([lambda: odoo.shell(database, book), close])
    assert line == ["2026-12-01", "2026-11-20", True]
