"""Posting in several processes, and posting that is killed: nothing lost, nothing twice."""

import textwrap
from concurrent.futures import ThreadPoolExecutor

from .support.kill import kill_when, watcher
from .support.split_rows import BOOKS, COMPANY

LINES, DAYS = 2400, 6
START = """
result = []
for mode in ("daily", "per_dispatch"):
    rows = Rows(env, 20)
    company.o2o_split_posting = mode
    rows.make_unposted({lines}, [f"2026-10-0{{n + 1}}" for n in range({days})])
    result.append(company.id)
    company, env = new_company(env)
env.cr.commit()
"""
# Items on the clearing account that aren't the sum of their shares.
ODD = """
    SELECT i.id FROM account_move_line i
      JOIN res_company c ON c.id = i.company_id AND c.o2o_clearing_account_id = i.account_id
      LEFT JOIN o2o_split_line l ON l.move_line_id = i.id
     GROUP BY i.id HAVING -i.balance IS DISTINCT FROM SUM(l.amount)
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


BOTH = "books = {{}}\nfor company in {companies}:\n{books}\n    books[company] = result\nresult = books\n"


def _books(companies):
    """Return code that tells what is in the books of these companies."""
    books = textwrap.indent(BOOKS, "    ")
    return BOTH.format(companies=companies, books=books)


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


def test_two_postings_at_once_while_invoices_are_posted(odoo, fresh_db):
    database = fresh_db("test")
    start = COMPANY + START.format(lines=LINES, days=DAYS)
    daily, per_leg = odoo.shell(database, start)
    calls = [CRON, CRON, INVOICES.format(company=daily)]
    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = list(pool.map(lambda code: odoo.shell(database, code), calls))
    assert len(set(outcomes[2])) == 15
    # what one of the two left to the next run
    books = odoo.shell(database, CRON + _books([daily, per_leg]))
    assert books == {str(daily): _posted(DAYS), str(per_leg): _posted(LINES // 4)}


def test_a_killed_daily_posting_is_completed_by_the_next_run(odoo, fresh_db):
    database = fresh_db("test")
    start = COMPANY + START.format(lines=LINES, days=DAYS)
    daily, per_leg = odoo.shell(database, start)
    done = "SELECT COUNT(*) FROM o2o_split_line WHERE move_id IS NOT NULL"
    with watcher(odoo, database) as count:
        kill_when(odoo, database, CRON, lambda: count(done) > 0)
        left = count(done)
        assert 0 < left < 2 * LINES
        assert left % (LINES // DAYS) == 0, "whole days or nothing"
        assert count(f"SELECT COUNT(*) FROM ({ODD}) x") == 0
    again = CRON + _books([daily, per_leg]) + "first = result\n" + CRON
    code = again + _books([daily, per_leg]) + "result = [first, result]\n"
    books = {str(daily): _posted(DAYS), str(per_leg): _posted(LINES // 4)}
    assert odoo.shell(database, code) == [books, books]
