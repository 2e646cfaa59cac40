"""Split lines by the thousand in a company of their own; code for Odoo's shell."""

from dev import paths

# A new company in which `rows` makes split lines (benchmarks/splits.py).
COMPANY = f"""
import sys, time
sys.path.insert(0, {str(paths.CHECKOUT)!r})
from odoo import Command
from benchmarks.splits import Rows
cny = env.ref("base.CNY")
cny.active = True


def new_company(env):
    company = env["res.company"].create({{"name": f"Volume {{time.time()}}", "currency_id": cny.id}})
    env.user.write({{"company_ids": [Command.link(company.id)], "company_id": company.id}})
    env = env(context={{"allowed_company_ids": [company.id], "tracking_disable": True}})
    company = company.with_env(env)
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    return company, env

company, env = new_company(env)
"""
# What is in the books of the company, and what should be.
BOOKS = """
env.cr.execute(
    '''SELECT COUNT(*), COUNT(l.move_id), COUNT(DISTINCT l.move_id),
              SUM(l.amount) FILTER (WHERE l.move_id IS NOT NULL)
         FROM o2o_split_line l WHERE l.company_id = %s''', [company])
lines, posted, entries, amount = env.cr.fetchone()
env.cr.execute(
    '''SELECT COUNT(DISTINCT i.move_id), -SUM(i.balance), COUNT(*) FILTER (
                  WHERE -i.balance IS DISTINCT FROM own.amount)
         FROM account_move_line i
         JOIN account_move m ON m.id = i.move_id AND m.state = 'posted'
         JOIN res_company c ON c.id = i.company_id AND c.o2o_clearing_account_id = i.account_id
         LEFT JOIN (SELECT move_line_id, SUM(amount) AS amount FROM o2o_split_line
                     GROUP BY 1) own ON own.move_line_id = i.id
        WHERE i.company_id = %s AND m.o2o_settlement_id IS NULL''', [company])
booked, balance, wrong = env.cr.fetchone()
env.cr.execute(
    '''SELECT COUNT(*) FROM (
          SELECT m.id FROM account_move m JOIN account_move_line i ON i.move_id = m.id
           WHERE m.company_id = %s GROUP BY m.id HAVING SUM(i.balance) != 0) x''', [company])
unbalanced = env.cr.fetchone()[0]
env.cr.execute(
    '''SELECT COUNT(*), COUNT(DISTINCT name), MAX(sequence_number) - MIN(sequence_number) + 1
         FROM account_move WHERE company_id = %s AND state = 'posted'
          AND journal_id = (SELECT o2o_split_journal_id FROM res_company WHERE id = %s)''',
    [company, company])
numbers = env.cr.fetchone()
result = dict(
    lines=lines, posted=posted, entries=entries, booked=booked, wrong=wrong,
    unbalanced=unbalanced, ties=float(amount or 0) == float(balance or 0),
    numbered=len(set(numbers)) == 1 or not numbers[0],
)
"""
