"""Install, update and uninstall leave no complaint in the log and nothing behind."""

import pytest

LEFT = """
result = {
    "models": env["ir.model"].search([("model", "=like", "o2o.%")]).mapped("model"),
    "data": env["ir.model.data"].search_count([("module", "=", "o2o_channel")]),
    "state": env["ir.module.module"].search([("name", "=", "o2o_channel")]).state,
}
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "=", "o2o_channel")]).button_immediate_uninstall()
"""


def _tables(odoo, database):
    sql = "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'o2o_%'"
    return int(odoo.databases.query(database, sql))


def test_install_where_nothing_is_installed(odoo, fresh_db):
    database = fresh_db("empty")
    odoo.run("-d", database, "-i", "o2o_channel", "--stop-after-init", "--no-http")
    assert odoo.shell(database, LEFT)["state"] == "installed"


@pytest.mark.parametrize("kind", ["test", "demo"])
def test_update(odoo, fresh_db, kind):
    database = fresh_db(kind)
    odoo.run("-d", database, "-u", "o2o_channel", "--stop-after-init", "--no-http")
    assert odoo.shell(database, LEFT)["state"] == "installed"


@pytest.mark.parametrize("kind", ["test", "demo"])
def test_uninstall(odoo, fresh_db, kind):
    database = fresh_db(kind)
    odoo.shell(database, UNINSTALL)
    left = odoo.shell(database, LEFT)
    assert left == {"models": [], "data": 0, "state": "uninstalled"}
    assert _tables(odoo, database) == 0


def test_install_again(odoo, fresh_db):
    """Without demo data: its company can't be deleted and so can't be made again."""
    database = fresh_db("test")
    odoo.shell(database, UNINSTALL)
    odoo.run("-d", database, "-i", "o2o_channel", "--stop-after-init", "--no-http")
    assert odoo.shell(database, LEFT)["state"] == "installed"
