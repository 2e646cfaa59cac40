"""A confirmation that is killed: each statement has one bill or none, the rerun makes the rest."""

from .support.kill import kill_when, watcher
from .support.split_rows import COMPANY

PAYEES, LINES = 120, 2400
START = """
rows = Rows(env, {payees})
rows.make({lines}, "2026-10-05")
period = rows.period("2026-10-01")
period.action_make_statements()
env.cr.commit()
result = [company.id, period.id]
"""
CONFIRM = """
env = env(context={{"allowed_company_ids": [{company}], "tracking_disable": True}})
statements = env["o2o.settlement.period"].browse({period}).statement_ids
statements.filtered(lambda one: one.state == "draft").action_confirm()
env.cr.commit()
"""
FIGURES = """
env.cr.execute(
    '''SELECT COUNT(DISTINCT s.id), COUNT(DISTINCT m.id), COUNT(DISTINCT s.bill_id),
              COUNT(DISTINCT s.id) FILTER (WHERE s.state = 'billed')
         FROM o2o_settlement s
         LEFT JOIN account_move m ON m.o2o_settlement_id = s.id AND m.state = 'posted'
        WHERE s.period_id = %s''', [{period}])
result = list(env.cr.fetchone())
env.cr.execute(
    '''SELECT SUM(i.balance), COUNT(*) FILTER (WHERE NOT i.reconciled)
         FROM account_move_line i
         JOIN res_company c ON c.id = i.company_id AND c.o2o_clearing_account_id = i.account_id
         JOIN o2o_settlement s ON s.period_id = %s
         LEFT JOIN o2o_split_line l ON l.move_line_id = i.id AND l.statement_id = s.id
        WHERE l.id IS NOT NULL OR i.move_id = s.bill_id''', [{period}])
balance, left = env.cr.fetchone()
result += [float(balance), left]
"""


def test_a_killed_confirmation_is_completed_by_the_next(odoo, fresh_db):
    database = fresh_db("test")
    start = COMPANY + START.format(payees=PAYEES, lines=LINES)
    company, period = odoo.shell(database, start)
    confirm = CONFIRM.format(company=company, period=period)
    with watcher(odoo, database) as count:
        # bills are being written: the process holds a lock on the sequence's table
        busy = (
            "SELECT count(*) FROM pg_locks k JOIN pg_class c ON c.oid = k.relation"
            " WHERE c.relname = 'account_move' AND k.mode = 'RowExclusiveLock'"
        )
        kill_when(odoo, database, confirm, lambda: count(busy) > 0)
        bills = "SELECT count(*) FROM account_move WHERE o2o_settlement_id IS NOT NULL"
        billed = "SELECT count(*) FROM o2o_settlement WHERE bill_id IS NOT NULL"
        assert count(bills) == count(billed) < PAYEES
    figures = odoo.shell(database, confirm + FIGURES.format(period=period))
    assert figures == [PAYEES, PAYEES, PAYEES, PAYEES, 0.0, 0]
