"""Posting in several processes, and posting that is killed: nothing lost, nothing twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .support.kill import kill_when, watcher
from .support.split_rows import BOOKS, COMPANY

LINES, DAYS = 2400, 6
START = """
rows = Rows(env, 20)
company.o2o_split_posting = {mode!r}
rows.make_unposted({lines}, [f"2026-10-0{{n + 1}}" for n in range({days})])
env.cr.commit()
result = company.id
"""
# As the scheduled action runs it; in here its progress is committed by hand.
POST = """
from unittest.mock import patch
from odoo.addons.base.models.ir_cron import IrCron
from odoo.service.model import retrying
with patch.object(IrCron, "_commit_progress", lambda *a, **k: env.cr.commit() or 600.0):
    {call}
"""
CRON = POST.format(call='env["o2o.split.line"]._cron_post()')
INVOICES = """
company = env["res.company"].browse({company})
env = env(context={{"allowed_company_ids": [company.id], "tracking_disable": True}})
from odoo import Command
from odoo.service.model import retrying
partner = env["res.partner"].create({{"name": "Beside"}})
env.cr.commit()

def post():
    move = env["account.move"].create({{
        "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-10-05",
        "company_id": company.id,
        "invoice_line_ids": [Command.create({{"name": "x", "price_unit": 10.0, "tax_ids": False}})],
    }})
    move.action_post()
    return move.name

names = []
for _number in range(15):
    names.append(retrying(post, env))
    env.cr.commit()
result = names
"""


def _books(odoo, database, company):
    return odoo.shell(database, f"company = {company}\n" + BOOKS)


def _posted(entries):
    return {
        "lines": LINES,
        "posted": LINES,
        "entries": entries,
        "booked": entries,
        "wrong": 0,
        "unbalanced": 0,
        "ties": True,
        "numbered": True,
    }


def _start(odoo, fresh_db, mode):
    database = fresh_db("test")
    code = COMPANY + START.format(mode=mode, lines=LINES, days=DAYS)
    return database, odoo.shell(database, code)


@pytest.mark.parametrize(
    ("mode", "entries"), [("daily", DAYS), ("per_dispatch", LINES // 4)]
)
def test_two_postings_at_once_while_invoices_are_posted(odoo, fresh_db, mode, entries):
    database, company = _start(odoo, fresh_db, mode)
    calls = [CRON, CRON, INVOICES.format(company=company)]
    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = list(pool.map(lambda code: odoo.shell(database, code), calls))
    assert len(set(outcomes[2])) == 15
    odoo.shell(database, CRON)  # what one of the two left to the next run
    assert _books(odoo, database, company) == _posted(entries)


def test_a_killed_daily_posting_is_completed_by_the_next_run(odoo, fresh_db):
    database, company = _start(odoo, fresh_db, "daily")
    done = "SELECT COUNT(*) FROM o2o_split_line WHERE move_id IS NOT NULL"
    with watcher(odoo, database) as count:
        kill_when(odoo, database, CRON, lambda: count(done) > 0)
        left = count(done)
    assert 0 < left < LINES
    books = _books(odoo, database, company)
    assert books["posted"] == left
    assert (books["wrong"], books["unbalanced"], books["ties"]) == (0, 0, True)
    odoo.shell(database, CRON)
    assert _books(odoo, database, company) == _posted(DAYS)
    odoo.shell(database, CRON)
    assert _books(odoo, database, company) == _posted(DAYS)
