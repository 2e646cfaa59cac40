"""Each step of a month killed in its middle: nothing of it stays, the next run does it once."""

import time
from contextlib import closing

from .support.kill import connect, kill_when, watcher
from .support.split_rows import COMPANY

PAYEES, LINES, CLAIMS = 30, 1200, 6
START = """
rows = Rows(env, {payees})
rows.make({lines}, "2026-10-05")
env.cr.execute("UPDATE o2o_split_line SET state = 'pending'")
period = rows.period("2026-10-01")
company.o2o_require_dealer_invoice = False
rows.sample.button_draft()
rows.sample.with_context(force_delete=True).unlink()  # it has no share
env.cr.commit()
result = [company.id, period.id]
"""
IN_COMPANY = """
env = env(context={{"allowed_company_ids": [{company}], "tracking_disable": True}})
period = env["o2o.settlement.period"].browse({period})
company = period.company_id
"""
RELEASE = 'env["o2o.split.line"]._cron_release()\nenv.cr.commit()\n'
MAKE = "period.action_make_statements()\nenv.cr.commit()\n"
# The payees say nothing: the scheduled action confirms, one by one.
SEND = """
drafts = period.statement_ids.filtered(lambda one: one.state == "draft")
drafts.action_send()
env.flush_all()
env.cr.execute("UPDATE o2o_settlement SET confirm_by = '2026-11-09' WHERE state = 'sent'")
env.cr.commit()
"""
CONFIRM = """
env.ref("o2o_channel.ir_cron_settlement_confirm").method_direct_trigger()
env.cr.commit()
"""
# As an accountant does it: what is billed and not paid, by Odoo's payment register.
PAY = """
waiting = period.statement_ids.filtered(lambda one: one.state == "billed")
if waiting:
    action = waiting.action_pay()
    wizard = env["account.payment.register"].with_context(**action["context"])
    wizard.create({"payment_date": "2026-11-05"}).action_create_payments()
env.cr.commit()
"""
FIGURES = """
env.invalidate_all()
env.cr.execute(
    '''SELECT COUNT(*) FILTER (WHERE state != 'pending'), COUNT(statement_id),
              COUNT(DISTINCT statement_id), SUM(amount) FROM o2o_split_line''')
released, stated, statements, shares = env.cr.fetchone()
billed = period.statement_ids.bill_id
payments = env["account.payment"].search([("company_id", "=", company.id)])
accounts = {
    item.account_id: round(sum(billed.line_ids.filtered(
        lambda other: other.account_id == item.account_id).mapped("amount_residual")), 2)
    for item in billed.line_ids if item.account_id.account_type == "liability_payable"
}
result = {
    "released": released, "stated": stated, "statements": statements,
    "totals": round(sum(period.statement_ids.mapped("amount_total")) - float(shares), 2),
    "bills": len(billed), "payments": len(payments),
    "paid": round(sum(payments.mapped("amount")) - sum(billed.mapped("amount_total")), 2),
    "payees": len(payments.partner_id), "open": sorted(set(accounts.values())),
    "states": sorted(set(period.statement_ids.mapped("state"))),
    "clearing": sorted(set(env["o2o.clearing.report"].search(
        [("company_id", "=", company.id)]).mapped("difference"))),
}
"""
CLAIM_START = """
rows = Rows(env, 2)
rows.make(40, "2026-10-05")
company.o2o_require_dealer_invoice = False
rows.sample.button_draft()
rows.sample.with_context(force_delete=True).unlink()  # it has no share
period = rows.period("2026-10-01")
parties = env["res.partner"].create([{{"name": f"Party {{n}}"}} for n in range({claims})])
for party in parties:
    env["o2o.claim"].create({{
        "order_id": rows.order.id, "description": "Scratched", "date": "2026-10-06",
        "amount": 100.01, "liability_ids": [
            Command.create({{"partner_id": payee.id, "percent": percent}})
            for payee, percent in ((rows.partners[0], 33.33), (party, 66.67))],
    }})
env.cr.commit()
result = [company.id, period.id, parties.ids[{claims} // 2]]
"""
# As an accountant does it: one claim after the other, each click for itself.
EACH = """
for claim in env["o2o.claim"].search([("state", "=", {state!r})], order="id"):
    {steps}
    env.cr.commit()
"""
OPEN = EACH.format(state="draft", steps="claim.action_open()")
CLOSE = EACH.format(state="open", steps="claim.action_allocate(); claim.action_close()")
CLAIM_FIGURES = """
env.invalidate_all()
claims = env["o2o.claim"].search([])
entries = env["account.move"].search([("company_id", "=", company.id), ("ref", "like", "CL")])
charges = env["o2o.clearing.line"].search([("kind", "=", "claim")])
items = entries.line_ids.filtered(lambda item: item.account_id == company.o2o_claim_account_id)
result = {
    "states": sorted(claims.mapped("state")), "entries": len(entries),
    "unclaimed": len(entries - claims.move_id - charges.move_id),
    "charged": round(sum(charges.mapped("amount")), 2), "charges": len(charges),
    "borne": round(sum(items.mapped("balance")), 2),
    "differences": [row.difference for row in env["o2o.clearing.report"].search([])
                    if row.company_id == company and row.difference],
}
"""
WAITS = "SELECT COUNT(*) FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock'"
# Our own two connections are there all the time.
OTHERS = "SELECT COUNT(*) - 2 FROM pg_stat_activity WHERE datname = current_database()"


def kill_at(odoo, database, code, row):
    """Run ``code``, which comes to ``row`` in the middle of its work, and kill it there."""
    with closing(connect(odoo, database)) as other, watcher(odoo, database) as count:
        cursor = other.cursor()
        cursor.execute(f"{row} FOR UPDATE")
        assert cursor.rowcount == 1
        kill_when(odoo, database, code, lambda: count(WAITS) > 0)
        other.rollback()
        limit = time.monotonic() + 60
        while count(OTHERS):
            assert time.monotonic() < limit, "the killed process is still connected"
            time.sleep(0.05)


def killed_then_twice(odoo, database, begin, code, row, figures=FIGURES):
    """Return the figures after a run that is killed, after the next, and after one too many."""
    kill_at(odoo, database, begin + code, row)
    run = code + figures + "found.append(result)\n"
    begin += figures + "found = [result]\n"
    return odoo.shell(database, begin + run + run + "result = found\n")


def item_of(number, move):
    """Return the query of the last item on such entries of the statement of that number."""
    payee = f"SELECT partner_id FROM o2o_settlement ORDER BY id OFFSET {number} LIMIT 1"
    return f"""
        SELECT 1 FROM account_move_line WHERE id IN (
            SELECT MAX(i.id) FROM account_move_line i JOIN account_move m ON m.id = i.move_id
             WHERE i.partner_id = ({payee}) AND i.credit > 0 AND m.move_type = '{move}')"""


def test_each_step_of_a_month_is_killed_and_done_by_the_next_run(odoo, fresh_db):
    database = fresh_db("test")
    start = COMPANY + START.format(payees=PAYEES, lines=LINES)
    company, period = odoo.shell(database, start)
    begin = IN_COMPANY.format(company=company, period=period)
    share = (
        "SELECT 1 FROM o2o_split_line WHERE id IN (SELECT MAX(id) FROM o2o_split_line)"
    )
    made = {"statements": PAYEES, "totals": 0.0, "states": ["draft"]}
    half = {"bills": PAYEES // 2, "states": ["billed", "sent"], "payments": 0}
    billed = {"bills": PAYEES, "states": ["billed"]}
    paid = {"payments": PAYEES, "payees": PAYEES, "paid": 0.0, "open": [0.0]}
    steps = [  # what runs, where it is killed, what it leaves, what the next run makes
        (RELEASE, share, {"released": 0}, {"released": LINES}),
        (MAKE, share, {"stated": 0, "statements": 0}, {"stated": LINES, **made}),
        (SEND + CONFIRM, item_of(PAYEES // 2, "entry"), half, billed),
        (PAY, item_of(PAYEES - 1, "in_invoice"), {"payments": 0, **billed}, paid),
    ]
    for code, row, left, done in steps:
        found = killed_then_twice(odoo, database, begin, code, row)
        for figures, wanted in zip(found, (left, done, done), strict=True):
            assert {name: figures[name] for name in wanted} == wanted
            assert figures["clearing"] == [0.0]
        assert found[1] == found[2], "a run too many did something"
    assert found[2]["states"] == ["paid"]


def test_claims_that_are_killed_are_booked_once_by_the_next_run(odoo, fresh_db):
    """Half of the claims is done when it is killed: those stay, the one in work is as before."""
    database = fresh_db("test")
    code = COMPANY + CLAIM_START.format(claims=CLAIMS)
    company, period, party = odoo.shell(database, code)
    begin = IN_COMPANY.format(company=company, period=period)
    row = f"SELECT 1 FROM res_partner WHERE id = {party}"
    half, money = CLAIMS // 2, round(CLAIMS * 100.01, 2)

    def states(claims, after, before):
        return sorted([after] * claims + [before] * (CLAIMS - claims))

    wanted = {"entries": half, "charges": 0, "borne": money / 2, "differences": []}
    whole = {"entries": CLAIMS, "charges": 0, "borne": money, "differences": []}
    left, first, second = killed_then_twice(
        odoo, database, begin, OPEN, row, CLAIM_FIGURES
    )
    assert left == {
        "states": states(half, "open", "draft"),
        "unclaimed": 0,
        "charged": 0,
        **wanted,
    }
    assert (
        first
        == second
        == {"states": ["open"] * CLAIMS, "unclaimed": 0, "charged": 0, **whole}
    )

    left, first, second = killed_then_twice(
        odoo, database, begin, CLOSE, row, CLAIM_FIGURES
    )
    assert left["states"] == states(half, "closed", "open")
    assert (left["charges"], left["charged"]) == (2 * half, -money / 2)
    assert first == second
    assert first["states"] == ["closed"] * CLAIMS
    assert (first["charges"], first["charged"]) == (2 * CLAIMS, -money)
    for figures in (left, first):
        assert figures["unclaimed"] == 0
        assert not figures["differences"]
    assert first["borne"] == 0.0
