"""`make demo`: from nothing to a served Odoo in which one order has gone the whole way."""

import importlib.util
import os
import signal
import subprocess

from dev import odoo_log, paths
from dev.commands.stop import stop_demo
from dev.console import complain, say, step
from dev.database import Databases
from dev.environment import prepare
from dev.errors import SetupError
from dev.odoo_run import install
from dev.server import Server
from dev.template import Templates

DATABASE = "o2o_demo"
PID_FILE = "demo.pid"
STORY = "import sys; from dev.story import main; sys.exit(main(*sys.argv[1:]))"


def main(_arguments):
    """Set up, run the story, serve. SERVE=0 stops after the story; KEEP=1 keeps the database."""
    serve, keep = (
        os.environ.get("SERVE", "1") != "0",
        os.environ.get("KEEP", "") not in ("", "0"),
    )
    say(f"o2o_channel demo (files: {paths.state_dir()})")
    stop_demo()
    environment = prepare()
    databases = Databases(environment)
    databases.check_server()
    kept = keep and databases.exists(DATABASE)
    _make_database(environment, databases, kept)
    log = paths.state_dir() / "demo.log"
    log.write_text("")
    server = Server(environment, DATABASE, log)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with step(f"Odoo at {server.base_url}"):
            server.start()
        (paths.state_dir() / PID_FILE).write_text(str(server.process.pid))
        status = 0 if kept else _tell_story(environment, server)
        if status == 0 and serve:
            _serve(server)
        return status or _judge(log)
    finally:
        server.stop()
        (paths.state_dir() / PID_FILE).unlink(missing_ok=True)


def _make_database(environment, databases, kept):
    if kept:
        with step(f"updating {DATABASE}"):
            install(environment, DATABASE, [paths.ADDON], update=True)
        return
    template = Templates(environment).addon(demo=True)
    with step(
        f"the database {DATABASE}, new from its template (KEEP=1 keeps the old one)"
    ):
        databases.clone(template, DATABASE)


def _tell_story(environment, server):
    """Send the story's order through the running server; return its exit status."""
    if not importlib.util.find_spec("dev.story"):
        raise SetupError(
            "dev/story is missing from this checkout; get it back with `git checkout dev/story`."
        )
    python_path = os.pathsep.join(
        [str(paths.CHECKOUT), environment.variables["PYTHONPATH"]]
    )
    return subprocess.run(
        [environment.python, "-c", STORY, server.base_url, DATABASE],
        env={**environment.variables, "PYTHONPATH": python_path},
        cwd=paths.CHECKOUT,
        check=False,
    ).returncode


def _serve(server):
    say(f"\nServing at {server.base_url}   log: {server.log}\nCtrl-C stops it.")
    try:
        server.process.wait()
    except KeyboardInterrupt:
        say("\nstopping …")


def _judge(log):
    """Return 1 when the server complained, and show what it said."""
    complaints = odoo_log.problems(log.read_text(errors="replace"))
    for line in complaints[:20]:
        complain(line)
    return 1 if complaints else 0


def _interrupt(_signal, _frame):
    raise KeyboardInterrupt
