"""Fixtures of the system tests; everything runs for real.

environment     the set-up of this checkout (dev.environment)
odoo            databases, `run`, `shell`, `server`, `api_key` (tests/support/odoo.py)
fresh_db        factory of databases: fresh_db("demo"|"test"|"base"|"base-demo"|"empty")
new_server      factory of servers: new_server(database, workers=4)
server          a running server on a database with demo data, shared by a module
rpc             factory of user sessions on `server`: rpc("admin", "admin")
api_key         factory of API keys on `server`: api_key("login")
visit           factory of browser sessions on `server`: visit("admin", "admin", viewport=PHONE)
"""

import re

import pytest

from dev.database import Databases
from dev.environment import prepare
from dev.template import Templates

from .support import browser as chromium
from .support.odoo import LogWatch, OdooTool
from .support.rpc import Rpc


@pytest.fixture(scope="session")
def environment():
    """Return the prepared environment."""
    return prepare()


@pytest.fixture(scope="session")
def odoo(environment, tmp_path_factory):
    """Return the tool to make databases and run Odoo."""
    return OdooTool(
        environment,
        Databases(environment),
        Templates(environment),
        tmp_path_factory.mktemp("logs"),
    )


@pytest.fixture
def fresh_db(odoo):
    """Return a factory of databases that are dropped after the test."""
    yield from _database_factory(odoo)


@pytest.fixture(scope="module")
def module_db(odoo):
    """Return a factory of databases that are dropped after the module."""
    yield from _database_factory(odoo)


def _database_factory(odoo):
    made = []

    def make(kind="demo"):
        made.append(odoo.database(kind))
        return made[-1]

    yield make
    for name in made:
        odoo.databases.drop(name)


@pytest.fixture
def new_server(odoo, request):
    """Return a factory of servers that are stopped after the test; their logs must be clean."""
    started = []

    def start(database, **options):
        server = odoo.server(database, **options)
        started.append((server, LogWatch(server)))
        return server

    yield start
    for server, _watch in started:
        server.stop()
    for _server, watch in started:
        _assert_clean(watch, request)


@pytest.fixture(scope="module")
def running_server(odoo, module_db):
    """Return a server that a module's tests share."""
    server = odoo.server(module_db("demo"))
    yield server
    server.stop()


@pytest.fixture
def server(running_server, request):
    """Return the module's server; what it logs during the test must be clean."""
    watch = LogWatch(running_server)
    yield running_server
    _assert_clean(watch, request)


def _assert_clean(watch, request):
    allowed = [marker.args[0] for marker in request.node.iter_markers("log_allowed")]
    problems = [
        line
        for line in watch.problems()
        if not any(re.search(pattern, line) for pattern in allowed)
    ]
    assert not problems, "the server's log complains:\n" + "\n".join(problems)


@pytest.fixture
def rpc(server):
    """Return a factory of user sessions."""
    return lambda login, password: Rpc(
        server.base_url, server.database, login, password
    )


@pytest.fixture
def api_key(odoo, server):
    """Return a factory of API keys."""
    return lambda login: odoo.api_key(server.database, login)


@pytest.fixture(scope="session")
def browser():
    """Return a running Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = chromium.executable()
    if not path:
        pytest.fail(
            "The browser tests need Chromium. As root: apt-get install chromium",
            pytrace=False,
        )
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(browser, server):
    """Return a factory of logged-in browser sessions; a JavaScript error fails the test."""
    visitors = []

    def start(
        login=None, password=None, *, viewport=chromium.DESKTOP, language="en-US"
    ):
        visitor = chromium.Visitor(browser, server.base_url, viewport, language)
        visitors.append(visitor)
        return visitor.login(login, password) if login else visitor

    yield start
    errors = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        visitor.close()
    assert not errors, f"the browser complains: {errors}"
