"""Two accountants at once, in processes of their own: every result exists once."""

import re
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from .support.rpc import Rpc, RpcError
from .test_concurrency import at_once

# The company, the dealers and the shares of the addon's own test case, committed.
SETUP = """
from odoo.addons.o2o_channel.tests.common_settlement import O2oSettlementCommon as Case
Case.env = env(context={**env.context, "tracking_disable": True})
Case._set_up_company()
Case._set_up_regions()
Case._set_up_product()
Case._set_up_dealers()
Case._set_up_settlement()
for dealer in (Case.dealer_b1, Case.dealer_c1, Case.dealer_c2):
    for amount in (820.0, 60.0, 20.0):
        Case._share(dealer, amount)
for login in ("first", "second"):
    Case._create_user("o2o_channel.o2o_group_accountant", login=login, password=login)
period = Case._create_period()
Case.company.o2o_require_dealer_invoice = False
env.cr.commit()
result = {"period": period.id}
"""
REFUSALS = ("serialize", "concurrent")  # PostgreSQL, after Odoo's last replay


def at_once_or_again(calls):
    """Run the calls together; whom the database refused for good clicks again."""
    outcomes = at_once(calls)
    for call, outcome in zip(calls, outcomes, strict=True):
        if isinstance(outcome, RpcError):
            assert any(text in str(outcome).lower() for text in REFUSALS), outcome
            call()


def payment_window(rpc, statements):
    """Open the payment register on statements; return the click on its button."""
    context = rpc("o2o.settlement", "action_pay", statements)["context"]
    values = {"payment_date": "2026-12-05"}
    window = rpc("account.payment.register", "create", values, context=context)
    button = ("account.payment.register", "action_create_payments", [window])
    return lambda: rpc(*button, context=context)


def assert_paid_once(users, ids):
    """Each has the payment register open when the other one pays."""
    windows = [payment_window(rpc, ids) for rpc in users]
    outcomes = at_once(windows)
    assert len([one for one in outcomes if not isinstance(one, RpcError)]) == 1
    assert any("was paid after this window" in str(one) for one in outcomes)
    domain = [["partner_id.dealer_code", "in", ["B1", "C1", "C2"]]]
    payments = users[0]("account.payment", "search_read", domain, ["amount"])
    assert [payment["amount"] for payment in payments] == [1017.0] * 3
    paid = users[0]("o2o.settlement", "search_read", [], ["state"])
    assert [one["state"] for one in paid] == ["paid"] * 3


@pytest.mark.log_allowed("is closed|was paid after")
def test_two_accountants_at_once_make_confirm_and_pay_once(odoo, fresh_db, new_server):
    database = fresh_db("test")
    period = odoo.shell(database, SETUP)["period"]
    server = new_server(database, workers=4)
    users = [
        Rpc(server.base_url, server.database, login, login)
        for login in ("first", "second")
    ]

    def both(model, method, ids):
        at_once_or_again([lambda rpc=rpc: rpc(model, method, ids) for rpc in users])

    both("o2o.settlement.period", "action_make_statements", [period])
    statements = users[0](
        "o2o.settlement", "search_read", [], ["amount_total", "state"]
    )
    assert [one["amount_total"] for one in statements] == [900.0, 900.0, 900.0]

    ids = [one["id"] for one in statements]
    both("o2o.settlement", "action_confirm", ids)
    found = users[0]("o2o.settlement", "search_read", [], ["state", "bill_id"])
    assert [one["state"] for one in found] == ["billed"] * 3
    bills = users[0](
        "account.move",
        "search_read",
        [["o2o_settlement_id", "in", ids]],
        ["amount_total"],
    )
    assert {bill["id"] for bill in bills} == {one["bill_id"][0] for one in found}
    assert [bill["amount_total"] for bill in bills] == [1017.0] * 3
    rows = users[0](
        "o2o.clearing.report", "search_read", [], ["gl_balance", "difference"]
    )
    assert {(row["gl_balance"], row["difference"]) for row in rows} == {(0.0, 0.0)}

    assert_paid_once(users, ids)
    both("o2o.settlement.period", "action_check", [period])
    outcomes = at_once(
        [
            lambda rpc=rpc: rpc("o2o.settlement.period", "action_close", [period])
            for rpc in users
        ]
    )
    assert outcomes.count(True) == 1
    [told] = [outcome for outcome in outcomes if outcome is not True]
    assert "is closed" in str(told), told


DEALER = """
dealer = env["res.partner"].search([("dealer_code", "=", "C2")])
dealer.write({"dealer_deposit": 500.0, "o2o_deposit_top_up": True})
contact = env["res.partner"].create({"name": "Boss", "parent_id": dealer.id})
env["res.users"].create({
    "name": "Boss", "login": "boss", "password": "boss-secret", "partner_id": contact.id,
    "group_ids": [(6, 0, [env.ref("o2o_channel.o2o_group_dealer_portal").id])],
})
period = env["o2o.settlement.period"].browse(%d)
period.action_make_statements()
period.statement_ids.action_send()
env.cr.commit()
statement = period.statement_ids.filtered(lambda s: s.partner_id == dealer)
result = {"statement": statement.id}
"""


def device(server, path):
    """Return a dealer's click on the confirm button of ``path``, the page opened before."""
    session = Rpc(server.base_url, server.database, "boss", "boss-secret").opener
    page = session.open(server.base_url + path, timeout=60).read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def confirm():
        data = urlencode({"csrf_token": token}).encode()
        return session.open(
            f"{server.base_url}{path}/confirm", data, timeout=120
        ).status

    return confirm


def test_a_dealer_who_confirms_twice_at_once_confirms_once(odoo, fresh_db, new_server):
    """Two clicks on two devices: one bill, the deposit filled up once."""
    database = fresh_db("test")
    period = odoo.shell(database, SETUP)["period"]
    statement = odoo.shell(database, DEALER % period)["statement"]
    server = new_server(database, workers=4)
    clicks = [device(server, f"/my/o2o/statements/{statement}") for _ in range(2)]
    assert at_once(clicks) == [200, 200]
    rpc = Rpc(server.base_url, server.database, "first", "first")
    [found] = rpc(
        "o2o.settlement",
        "read",
        [statement],
        ["state", "bill_id", "amount_top_up", "amount_payable", "offset_move_id"],
    )
    assert (found["state"], found["amount_top_up"]) == ("billed", 500.0)
    assert found["amount_payable"] == 517.0
    documents = rpc("account.move", "search", [["o2o_settlement_id", "=", statement]])
    assert sorted(documents) == sorted(
        [found["bill_id"][0], found["offset_move_id"][0]]
    )
    deposits = rpc(
        "o2o.clearing.line", "search_read", [["kind", "=", "deposit"]], ["amount"]
    )
    assert [line["amount"] for line in deposits] == [-500.0]
    rows = rpc("o2o.clearing.report", "search_read", [], ["difference"])
    assert {row["difference"] for row in rows} == {0.0}


DUE = """
statement = env["o2o.settlement"].browse(%d)
env.cr.execute("UPDATE o2o_settlement SET confirm_by = '2026-01-01' WHERE id = %%s", [statement.id])
job = env.ref("o2o_channel.ir_cron_settlement_confirm")
env.cr.commit()
result = [job.id, statement.line_ids.ids]
"""


@pytest.mark.log_allowed("is (Cancelled|Billed)|could not serialize|404")
def test_of_dealer_accountant_and_job_at_once_one_decides(odoo, fresh_db, new_server):
    """The dealer confirms, headquarters cancels, the job confirms what nobody objected to."""
    database = fresh_db("test")
    period = odoo.shell(database, SETUP)["period"]
    statement = odoo.shell(database, DEALER % period)["statement"]
    job, lines = odoo.shell(database, DUE % statement)
    server = new_server(database, workers=4)
    click = device(server, f"/my/o2o/statements/{statement}")
    rpc = Rpc(server.base_url, server.database, "first", "first")
    admin = Rpc(server.base_url, server.database, "admin", "admin")

    def confirm():
        try:
            return click()
        except HTTPError as error:
            return error.code

    at_once(
        [
            confirm,
            lambda: rpc("o2o.settlement", "action_cancel", [statement]),
            lambda: admin("ir.cron", "method_direct_trigger", [job]),
        ]
    )
    [found] = rpc("o2o.settlement", "read", [statement], ["state", "bill_id"])
    documents = rpc("account.move", "search", [["o2o_settlement_id", "=", statement]])
    bills = [
        one for one in documents if found["bill_id"] and one == found["bill_id"][0]
    ]
    stated = rpc("o2o.split.line", "search_count", [["statement_id", "=", statement]])
    if found["state"] == "cancelled":
        assert (documents, stated) == ([], 0)
    else:
        assert (found["state"], len(bills), stated) == ("billed", 1, len(lines))
        assert len(documents) == 2  # the bill and the deposit's entry
    rows = rpc("o2o.clearing.report", "search_read", [], ["difference"])
    assert {row["difference"] for row in rows} == {0.0}
