"""The ledger in the format of Beancount, and what that program says of it.

Beancount (GPL-2) is a tool of the tests: the addon never imports it.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

ROOTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}

# Odoo shell code: every posted item of the company COMPANY, and what the clearing report
# says of each payee's shares and clearing lines.
EXPORT = """
company = env["res.company"].browse(COMPANY)
env.flush_all()
env.cr.execute('''
    SELECT m.id, m.date, m.name, a.id, a.account_type,
           aml.account_id = %s, COALESCE(aml.partner_id, 0), aml.balance
      FROM account_move_line aml
      JOIN account_move m ON m.id = aml.move_id
      JOIN account_account a ON a.id = aml.account_id
     WHERE aml.company_id = %s AND aml.parent_state = 'posted'
     ORDER BY m.date, m.id, aml.id''',
    [company.o2o_clearing_account_id.id, company.id])
items = env.cr.fetchall()
accounts = env["account.account"].with_company(company)
codes = {a.id: a.code for a in accounts.browse({item[3] for item in items})}
kinds = {a.id: a.internal_group for a in accounts.browse({item[3] for item in items})}
report = env["o2o.clearing.report"].search([("company_id", "=", company.id)])
result = {
    "currency": company.currency_id.name,
    "items": [
        [move, str(day), name, codes[account], kinds[account], clearing, partner, str(balance)]
        for move, day, name, account, _kind, clearing, partner, balance in items
    ],
    "clearing": {
        row.partner_id.id: str(round(row.open_amount + row.line_amount, 2)) for row in report
    },
}
"""


def write_book(data):
    """Return the ledger as Beancount's text: entries, and a balance to check per payee.

    Each payee has an account of its own under the clearing account; on the day after the
    last entry it must hold what the report says of its shares and clearing lines.
    """
    currency, moves, accounts = data["currency"], defaultdict(list), {}
    for move, day, name, code, kind, clearing, partner, balance in data["items"]:
        account = _account(code, kind, partner if clearing else None)
        accounts.setdefault(account, day)
        moves[move, day, name].append((account, Decimal(balance)))
        if clearing:
            clearing_code, clearing_kind = code, kind
    days = [day for _move, day, _name in moves]
    first, last = min(days), date.fromisoformat(max(days)) + timedelta(days=1)
    lines = [f"{first} open {account} {currency}" for account in sorted(accounts)]
    for (move, day, name), items in moves.items():
        lines += ["", f'{day} * "{name}"', f"  id: {move}"]
        lines += [
            f"  {account}  {balance:.2f} {currency}" for account, balance in items
        ]
    lines.append("")
    for partner, owed in sorted(data["clearing"].items(), key=lambda row: int(row[0])):
        account = _account(clearing_code, clearing_kind, int(partner))
        lines.append(
            f"{last} balance {account}  {-Decimal(owed):.2f} ~ 0.001 {currency}"
        )
    return "\n".join(lines) + "\n"


def _account(code, kind, payee=None):
    name = f"{ROOTS[kind]}:A{code}"
    return name if payee is None else f"{name}:P{payee}"


def check_book(text):
    """Return ``(what Beancount complains of, number of entries)``."""
    from beancount.core.data import Transaction
    from beancount.loader import load_string

    entries, errors, _options = load_string(text)
    count = sum(isinstance(entry, Transaction) for entry in entries)
    return [error.message for error in errors], count
