"""The peer of the settlement benchmark: OCA `account_commission_oca` (AGPL-3).

It is installed for the benchmark alone, into a folder of its own; the addon has nothing
to do with it.
"""

from dev import paths
from dev.odoo_run import odoo_run
from dev.process import run
from dev.python_env import pip_environment

PACKAGES = (
    "odoo-addon-account-commission-oca==19.0.1.0.1.4",
    "odoo-addon-commission-oca==19.0.2.0.0.10",
)
MODULE = "account_commission_oca"
REMEDY = "Check that the Python package index can be reached."

# The same commissions as `splits.Rows` makes shares: one real invoice of four lines with
# an agent each is posted, the others are copied from it by INSERT ... SELECT.
SCRIPT = """
import json, resource, time
from odoo import Command
cny = env.ref("base.CNY")
cny.active = True
company = env["res.company"].create({"name": f"Peer {time.time()}", "currency_id": cny.id})
env.user.write({"company_ids": [Command.link(company.id)], "company_id": company.id})
env = env(context={"allowed_company_ids": [company.id], "tracking_disable": True})
company = company.with_env(env)
env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
commission = env["commission"].create({
    "name": "5 %", "fix_qty": 5.0, "commission_type": "fixed",
    "amount_base_type": "gross_amount", "invoice_state": "open"})
agents = env["res.partner"].create([
    {"name": f"Bench {n:05d}", "is_company": True, "agent": True,
     "commission_id": commission.id, "settlement": "monthly"} for n in range(PAYEES)])
goods = env["product.product"].create(
    {"name": "Fan", "type": "service", "taxes_id": False, "supplier_taxes_id": False})
fee = env["product.product"].create(
    {"name": "Fee", "type": "service", "supplier_taxes_id": company.account_purchase_tax_id.ids})

def fill(lines, day, settled):
    invoice = env["account.move"].create({
        "move_type": "out_invoice", "partner_id": agents[0].id, "invoice_date": day,
        "invoice_line_ids": [Command.create({
            "product_id": goods.id, "price_unit": 1000, "tax_ids": [],
            "agent_ids": [Command.create(
                {"agent_id": agents[0].id, "commission_id": commission.id})],
        }) for _number in range(4)]})
    invoice.action_post()
    env.flush_all()
    cr = env.cr
    def copy(table, sample, source, values):
        cr.execute("SELECT column_name FROM information_schema.columns"
                   " WHERE table_name = %s AND table_schema = current_schema", [table])
        names = [name for (name,) in cr.fetchall()]
        picks = ", ".join(values.get(name, f't."{name}"') for name in names)
        quoted = ", ".join(f'"{name}"' for name in names)
        cr.execute(f"INSERT INTO {table} ({quoted}) SELECT {picks} FROM {table} t, {source}"
                   f" WHERE t.id = {sample.id}")
    cr.execute("DROP TABLE IF EXISTS payee")
    cr.execute("CREATE TEMP TABLE payee AS SELECT n - 1 AS n, id"
               " FROM unnest(%s) WITH ORDINALITY u(id, n)", [agents.ids])
    line = invoice.invoice_line_ids[0]
    own = line.agent_ids[0]
    due = invoice.line_ids.filtered(lambda item: item.display_type == "payment_term")
    last = []
    for table in ("account_move", "account_move_line", "account_invoice_line_agent"):
        cr.execute(f"SELECT MAX(id) FROM {table}")
        last.append(cr.fetchone()[0])
    move, item, agent = last
    entries = lines // 4
    each, entry = f"generate_series(0, {lines - 1}) g(n)", f"generate_series(0, {entries - 1}) g(n)"
    copy("account_move", invoice, entry, {
        "id": f"{move} + g.n + 1", "name": f"'BENCH{move}/' || (g.n + 1)",
        "sequence_prefix": f"'BENCH{move}/'", "sequence_number": "g.n + 1"})
    copy("account_move_line", line, each, {
        "id": f"{item} + g.n + 1", "move_id": f"{move} + g.n / 4 + 1"})
    copy("account_move_line", due, entry, {
        "id": f"{item} + {lines} + g.n + 1", "move_id": f"{move} + g.n + 1"})
    copy("account_invoice_line_agent", own,
         f"{each} JOIN payee p ON p.n = g.n % {len(agents)}", {
        "id": f"{agent} + g.n + 1", "object_id": f"{item} + g.n + 1",
        "invoice_id": f"{move} + g.n / 4 + 1", "agent_id": "p.id",
        "amount": "(10 + (g.n * 37 % 4999) / 100.0)::numeric(16,2)",
        "settled": "TRUE" if settled else "FALSE"})
    if settled:
        cr.execute("UPDATE account_invoice_line_agent SET settled = TRUE WHERE invoice_id = %s", [invoice.id])
    for table in ("account_move", "account_move_line", "account_invoice_line_agent"):
        cr.execute(f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))")
    env.cr.commit()

if OLD:
    fill(OLD, "2026-08-10", True)
fill(LINES, "2026-09-10", False)
env.cr.execute("ANALYZE")
env.cr.commit()
env.invalidate_all()

def settle():
    maker = env["commission.make.settle"].create(
        {"date_to": "2026-10-15", "settlement_type": "sale_invoice"})
    maker.action_settle()
    env.flush_all()
    env.cr.commit()
    found = env["commission.settlement"].search([("state", "=", "settled")])
    if not found:
        return found, found
    journal = env["account.journal"].search(
        [("type", "=", "purchase"), ("company_id", "=", company.id)], limit=1)
    bills = found.make_invoices(journal, fee, date="2026-10-15")
    bills.action_post()
    return found, bills

answer = {}
for name in ("work", "nothing"):
    started, queries = time.perf_counter(), env.cr.sql_log_count
    found, bills = settle()
    env.flush_all()
    env.cr.commit()
    answer[name] = [time.perf_counter() - started, env.cr.sql_log_count - queries]
    if name == "work":
        assert len(bills) == PAYEES and set(bills.mapped("state")) == {"posted"}, len(bills)
answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print("BENCH " + json.dumps(answer))
"""


def install(environment):
    """Return the addons folder of the peer, installed once per machine."""
    folder = paths.cache_root() / ("peer-" + paths.digest(*PACKAGES)[:12])
    addons = folder / "odoo" / "addons"
    if not (addons / MODULE).is_dir():
        run(
            [
                environment.python, "-m", "pip", "install", "--quiet", "--no-input",
                "--no-deps", "--target", folder, *PACKAGES,
            ],
            REMEDY,
            what="Installing the peer of the benchmark",
            env=pip_environment(),
        )  # fmt: skip
    return addons


def measure(environment, database, addons, values, timeout):
    """Install the peer into a database with Odoo alone and run it; return its output."""
    search = ",".join([*_addons_path(environment), str(addons)])
    options = ("-d", database, "--addons-path", search, "--no-http")
    odoo_run(environment, *options, "-i", MODULE, "--stop-after-init")
    script = SCRIPT
    for word, value in values.items():
        script = script.replace(word, str(value))
    return odoo_run(
        environment,
        "shell",
        *options,
        "--log-level",
        "error",
        stdin=script,
        timeout=timeout,
    )


def _addons_path(environment):
    """Return the folders of Odoo's own addons."""
    rows = (paths.state_dir() / "odoo.conf").read_text().splitlines()
    [row] = [row for row in rows if row.startswith("addons_path")]
    return [path for path in row.split("=", 1)[1].strip().split(",") if path]
