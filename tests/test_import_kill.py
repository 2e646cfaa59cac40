"""An import that is killed in the middle: the rerun completes it, nothing twice."""

from .support.kill import kill_when, watcher
from .support.shop import ORDER

ORDERS = 400

UPLOAD = """
import io, csv
header = ("external_ref", "ordered_at", "consumer_name", "consumer_phone",
          "region_code", "sku", "quantity", "price")
table = io.StringIO()
rows = csv.writer(table)
rows.writerow(header)
for number in range({orders}):
    rows.writerow((f"KILL-{{number}}", "2026-11-20 10:00", f"Consumer {{number}}", "",
                   "510104", "{sku}" if number % 10 else "NOPE", "1", "1130.00"))
channel = env["o2o.channel"].search([("code", "=", "TMALL")])
manager = env.ref("o2o_channel.o2o_group_manager").all_user_ids.filtered(
    lambda user: channel.company_id in user.company_ids and user.id != 1)[0]
jobs = env["o2o.order.import"].with_user(manager).with_company(channel.company_id)
job = jobs._start(channel, "orders.csv", table.getvalue().encode())
result = job.id
env.cr.commit()
"""
PROCESS = """
job = env["o2o.order.import"].browse({job})
if job.state == "ready":
    job.state = "running"
    env.cr.commit()
job._process_and_commit()
"""
FIGURES = """
job = env["o2o.order.import"].browse({job})
orders = env["sale.order"].search([("o2o_external_ref", "=like", "KILL-%")])
rows = job.row_ids
result = dict(
    state=job.state, rows=job.row_count, last=job.last_row, done=job.done_count,
    error=job.error_count, orders=len(orders), sold=len(orders.filtered(
        lambda order: order.state == "sale")),
    references=len(set(orders.mapped("o2o_external_ref"))),
    consumers=len(orders.partner_id), linked=len(rows.order_id),
    half=len(orders.filtered(lambda order: not order.order_line)),
)
"""


def test_a_killed_import_is_completed_by_the_rerun(odoo, fresh_db):
    database = fresh_db("demo")
    sku = ORDER["lines"][0]["sku"]
    job = odoo.shell(database, UPLOAD.format(orders=ORDERS, sku=sku))

    with watcher(odoo, database) as count:
        checked = (
            f"SELECT count(*) FROM o2o_order_import_row "
            f"WHERE import_id = {job} AND state != 'new'"
        )
        kill_when(odoo, database, PROCESS.format(job=job), lambda: count(checked) > 0)
        assert 0 < count(checked) < ORDERS
    odoo.shell(database, PROCESS.format(job=job))
    figures = odoo.shell(database, FIGURES.format(job=job))
    assert (figures["state"], figures["rows"], figures["error"]) == (
        "ready",
        ORDERS,
        40,
    )
    assert figures["orders"] == 0

    for share in (50, 200):
        with watcher(odoo, database) as count:
            taken = "SELECT count(*) FROM sale_order WHERE o2o_external_ref ~ '^KILL-'"
            code = PROCESS.format(job=job)
            kill_when(odoo, database, code, lambda: count(taken) >= share)  # noqa: B023
        figures = odoo.shell(database, FIGURES.format(job=job))
        assert share <= figures["orders"] < 360
        assert figures["orders"] == figures["linked"] == figures["sold"]

    odoo.shell(database, PROCESS.format(job=job))
    figures = odoo.shell(database, FIGURES.format(job=job))
    assert figures == {
        "state": "done",
        "rows": ORDERS,
        "last": ORDERS + 1,
        "done": 360,
        "error": 40,
        "orders": 360,
        "sold": 360,
        "references": 360,
        "consumers": 360,
        "linked": 360,
        "half": 0,
    }
