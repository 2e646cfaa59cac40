"""A store declares 50,000 products, in the background, beside Odoo's adjustment."""

import json
import os

from .measure import Measurement

NAMES = ("declare_50000_lines", "declare_line_ms")
LINES = int(os.environ.get("BENCH_DECLARE_LINES", "50000"))
PEER_LINES = 1000
SECONDS = 1200  # between the evening's count and the morning's orders
RATIO = 1.25  # the record of each line may cost a quarter on top

SCRIPT = """
import json, time
store = env["stock.warehouse"].search([("dealer_id", "!=", False)], limit=1)
env = env(context=dict(env.context, allowed_company_ids=store.company_id.ids))
store = store.with_env(env)
pool = store.o2o_location_id

def products(count, prefix):
    "Copies of one product, by plain SQL: making them is not what is measured."
    sample = env["product.product"].search([("is_storable", "=", True)], limit=1)
    def copy(table, record, **values):
        env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND column_name != 'id'", (table,))
        names = [name for (name,) in env.cr.fetchall()]
        exprs = [values.get(name, '"' + name + '"') for name in names]
        columns = ", ".join('"' + name + '"' for name in names)
        env.cr.execute(
            "INSERT INTO " + table + " (" + columns + ") SELECT " + ", ".join(exprs)
            + " FROM " + table + ", generate_series(1, %s) AS n WHERE id = %s"
            " RETURNING " + table + ".id", (count, record.id))
        return [i for (i,) in env.cr.fetchall()]
    templates = copy("product_template", sample.product_tmpl_id)
    first = templates[0]
    ids = copy("product_product", sample, barcode="NULL",
               combination_indices="NULL",
               product_tmpl_id=str(first) + " + n - 1",
               default_code="'" + prefix + "' || n")
    env.cr.commit()
    env.invalidate_all()
    return env["product.product"].browse(ids)

peer = products(PEERS, "PEER-")
started = time.perf_counter()
for start in range(0, PEERS, 500):
    quants = env["stock.quant"].with_context(inventory_mode=True).create(
        [{"product_id": p.id, "location_id": pool.id, "inventory_quantity": 3}
         for p in peer[start:start + 500]])
    quants.action_apply_inventory()
    env.cr.commit()
peer_seconds = time.perf_counter() - started

ours = products(COUNT, "BENCH-")
table = "sku,quantity\\n" + "".join("BENCH-%d,%d\\n" % (n, n % 9 + 1) for n in range(1, COUNT + 1))
started = time.perf_counter()
one, _new = env["o2o.stock.declaration"]._take_file(store, "bench.csv", table.encode())
env.cr.commit()
one.sudo()._process_and_commit()
seconds = time.perf_counter() - started
env.invalidate_all()
assert (one.state, one.applied_count) == ("done", COUNT), (one.state, one.failure)
total = sum(q for [q] in env["stock.quant"]._read_group(
    [("location_id", "=", pool.id), ("product_id", "in", ours.ids)], [], ["quantity:sum"]))
assert total == sum(n % 9 + 1 for n in range(1, COUNT + 1)), total
print("BENCH " + json.dumps([seconds, peer_seconds]))
"""


def measure(context):
    """Declare once, with batches committed as the scheduled action does it."""
    code = SCRIPT.replace("COUNT", str(LINES)).replace("PEERS", str(PEER_LINES))
    with context.database() as name:
        output = context.shell(name, code)
    line = next(line for line in output.splitlines() if "BENCH " in line)
    seconds, peer_seconds = json.loads(line.split("BENCH ", 1)[1])
    yield Measurement(NAMES[0], seconds * 50_000 / LINES, "s", SECONDS)
    yield Measurement(
        NAMES[1],
        seconds / LINES * 1000,
        "ms",
        RATIO,
        "Odoo adjustment",
        peer_seconds / PEER_LINES * 1000,
    )
