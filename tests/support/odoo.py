"""Databases and servers for tests, all removed when the test is over."""

import itertools
import json
import os
import random

from dev import odoo_log
from dev.odoo_run import odoo_run
from dev.server import Server

RESULT = "O2O-RESULT "
_numbers = itertools.count(1)


class OdooTool:
    """What tests do with Odoo apart from talking to a server."""

    def __init__(self, environment, databases, templates, log_dir):
        self.environment = environment
        self.databases = databases
        self.templates = templates
        self.log_dir = log_dir

    def database(self, kind="demo"):
        """Make a database and return its name.

        :param kind: `demo` (addon with demo data), `test` (addon without), `base-demo` or
            `base` (only what the addon depends on), `empty` (no Odoo in it)
        """
        name = f"o2o_t{os.getpid()}_{next(_numbers)}"
        if kind == "empty":
            self.databases.create(name)
        elif kind.startswith("base"):
            self.databases.clone(self.templates.base(kind == "base-demo"), name)
        else:
            self.databases.clone(self.templates.addon(kind == "demo"), name)
        return name

    def run(self, *arguments, **options):
        """Run an Odoo command; a WARNING or ERROR in its log fails. Return its output."""
        return odoo_run(self.environment, *arguments, **options)

    def shell(self, database, code, **options):
        """Run code in `odoo shell` and return what it left in the variable `result`."""
        script = f"result = None\n{code}\nimport json\nprint({RESULT!r} + json.dumps(result, default=str))\n"
        output = self.run(
            "shell",
            "-d",
            database,
            "--no-http",
            "--log-level",
            "warn",
            stdin=script,
            **options,
        )
        answers = [line for line in output.splitlines() if RESULT in line]
        assert answers, f"the script did not come to its end:\n{output}"
        return json.loads(answers[-1].split(RESULT, 1)[1])

    def server(self, database, *, workers=0, options=()):
        """Start a server and return it; its log is a new file.

        Threads by default, since without a reverse proxy in front of it an Odoo with
        workers has no websocket; tests of concurrency ask for workers.
        """
        log = self.log_dir / f"{database}-{next(_numbers)}.log"
        # far from others: test runs of several checkouts may start servers at once
        first_port = random.randrange(20_000, 32_000)
        # No scheduled actions unless a test asks for them: tests say what happens when.
        quiet = (
            ()
            if any("max-cron-threads" in option for option in options)
            else ("--max-cron-threads=0",)
        )
        return Server(
            self.environment,
            database,
            log,
            workers=workers,
            first_port=first_port,
            options=(*quiet, *options),
        ).start()

    def api_key(self, database, login, scope="rpc"):
        """Return a new API key of a user."""
        return self.shell(
            database,
            f"""
user = env["res.users"].search([("login", "=", {login!r})])
keys = env["res.users.apikeys"].with_user(user).sudo()
result = keys._generate({scope!r}, "system test", None)
env.cr.commit()
""",
        )


class LogWatch:
    """Fails when a server's log gets a WARNING or ERROR that nobody expected."""

    def __init__(self, server):
        self.server = server
        self.position = os.path.getsize(server.log)

    def problems(self):
        """Return the complaints since the last call."""
        with open(self.server.log, "rb") as log:
            log.seek(self.position)
            text = log.read().decode(errors="replace")
        self.position += len(text.encode())
        return odoo_log.problems(text)
