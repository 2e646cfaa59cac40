"""A declaration that is killed in the middle: the rerun completes it, nothing twice."""

from .support.kill import kill_when, watcher

ROWS = 1500

START = """
store = env["stock.warehouse"].search([("code", "=", "C2-01")])
sample = env["product.product"].search([("default_code", "=", "E-1001")])
env["product.product"].create([
    {{"name": f"Kill {{n}}", "default_code": f"KILL-{{n}}", "is_storable": True}}
    for n in range({rows}) if n % 10])
table = "sku,quantity\\n" + "".join(f"KILL-{{n}},{{n % 7 + 1}}\\n" for n in range({rows}))
one, _new = env["o2o.stock.declaration"]._take_file(store, "kill.csv", table.encode())
result = one.id
env.cr.commit()
"""
PROCESS = """
env["o2o.stock.declaration"].browse({one})._process_and_commit()
"""
FIGURES = """
one = env["o2o.stock.declaration"].browse({one})
lines, pool = one.line_ids, one.warehouse_id.o2o_location_id
quants = env["stock.quant"].search([
    ("location_id", "=", pool.id), ("product_id.default_code", "=like", "KILL-%")])
moves = env["stock.move"].search([("o2o_declaration_id", "=", one.id)])
result = dict(
    state=one.state, rows=len(lines), numbers=len(set(lines.mapped("number"))),
    applied=one.applied_count, refused=one.refused_count, moves=len(moves),
    moved=sum(moves.mapped("quantity")), pool=sum(quants.mapped("quantity")),
    declared=sum(lines.filtered(lambda line: line.outcome == "applied").mapped("quantity")),
)
"""


def test_a_killed_declaration_is_completed_by_the_rerun(odoo, fresh_db):
    database = fresh_db("demo")
    one = odoo.shell(database, START.format(rows=ROWS))
    code = PROCESS.format(one=one)
    done = (
        f"SELECT count(*) FROM o2o_stock_declaration_line WHERE declaration_id = {one}"
    )
    with watcher(odoo, database) as count:
        kill_when(odoo, database, code, lambda: count(done) > 0)
        assert 0 < count(done) < ROWS
    figures = odoo.shell(database, FIGURES.format(one=one))
    assert figures["state"] == "running"
    assert figures["moved"] == figures["pool"] == figures["declared"]

    odoo.shell(database, code)
    figures = odoo.shell(database, FIGURES.format(one=one))
    total = sum(n % 7 + 1 for n in range(ROWS) if n % 10)
    assert figures == {
        "state": "done",
        "rows": ROWS,
        "numbers": ROWS,
        "applied": ROWS * 9 // 10,
        "refused": ROWS // 10,
        "moves": ROWS * 9 // 10,
        "moved": total,
        "pool": total,
        "declared": total,
    }
