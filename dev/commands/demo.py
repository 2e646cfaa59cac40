"""`make demo`: from nothing to a served Odoo in which one order has gone the whole way."""

import importlib.util
import os
import signal
import subprocess

from dev import odoo_log, paths
from dev.commands.stop import stop_demo
from dev.console import complain, say, step
from dev.database import Databases
from dev.environment import session
from dev.errors import SetupError
from dev.odoo_run import install
from dev.server import Server
from dev.template import Templates

DATABASE = "o2o_demo"
PID_FILE = "demo.pid"
STORY = "import sys; from dev.story import main; sys.exit(main(*sys.argv[1:]))"


def main(_arguments):
    """Set up, run the story, serve. SERVE=0 stops after the story; KEEP=1 keeps the database."""
    say(f"o2o_channel demo (files: {paths.state_dir()})")
    stop_demo()
    signal.signal(signal.SIGTERM, _interrupt)
    with session() as environment:
        databases = Databases(environment)
        databases.check_server()
        kept = _flag("KEEP", "0") and databases.exists(DATABASE)
        _make_database(environment, databases, kept)
        return _run(environment, tell=not kept, serve=_flag("SERVE", "1"))


def _flag(name, default):
    return (os.environ.get(name) or default) != "0"


def _run(environment, tell, serve):
    """Start the server, tell the story, serve; return the exit status."""
    log = paths.state_dir() / "demo.log"
    log.write_text("")
    server = Server(environment, DATABASE, log)
    pid_file = paths.state_dir() / PID_FILE
    try:
        with step(f"Odoo at {server.base_url}"):
            server.start()
        pid_file.write_text(str(server.process.pid))
        status = _tell_story(environment, server) if tell else 0
        if status == 0 and serve:
            _serve(server)
        return status or _judge(log)
    finally:
        server.stop()
        pid_file.unlink(missing_ok=True)


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
