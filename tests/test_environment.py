"""The foundations of the system tests: a server answers, users get in, a browser draws."""

import json
import urllib.request

from .support.browser import PHONE


def test_the_addon_is_installed(odoo, server):
    state = odoo.databases.query(
        server.database, "SELECT state FROM ir_module_module WHERE name = 'o2o_channel'"
    )
    assert state == "installed"


def test_two_workers_answer(fresh_db, new_server):
    server = new_server(fresh_db("demo"), workers=2)
    with urllib.request.urlopen(
        f"{server.base_url}/web/health", timeout=10
    ) as response:
        assert json.load(response)["status"] == "pass"


def test_admin_reads_over_rpc(rpc):
    admin = rpc("admin", "admin")
    assert admin("res.users", "search_count", [["login", "=", "admin"]]) == 1


def test_shell_returns_a_value(odoo, server):
    assert (
        odoo.shell(server.database, "result = env['res.users'].browse(2).login")
        == "admin"
    )


def test_back_office_opens_in_a_browser(visit):
    visitor = visit("admin", "admin")
    visitor.open("/odoo/contacts", wait_for=".o_control_panel")
    assert visitor.page.title() == "Contacts"


def test_portal_fits_a_phone(visit):
    visitor = visit("portal", "portal", viewport=PHONE)
    visitor.open("/my", wait_for=".o_portal_my_home")
    assert visitor.overflow() == 0
