"""`make test`: engine tests, Odoo tests, system tests, each by pytest.

ONLY=engine|odoo|system runs one of the three; `bin/run pytest …` runs any single file.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from dev import paths
from dev.console import complain, say
from dev.database import Databases
from dev.environment import session
from dev.errors import SetupError
from dev.process import run
from dev.template import Templates

TOTALS = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")
NO_TESTS = 5  # pytest's exit status
# A person's browser and a font for the demo's Chinese texts.
BROWSER_PACKAGES = ("chromium", "fonts-wqy-zenhei")


@dataclass(frozen=True)
class Suite:
    """One run of pytest."""

    name: str
    arguments: tuple


def main(_arguments):
    """Run the suites one after the other; return 0 when all passed."""
    only = os.environ.get("ONLY", "")
    started, totals, failed = time.monotonic(), {}, []
    with (
        session() as environment,
        tempfile.TemporaryDirectory(prefix="o2o-test-") as folder,
    ):
        databases = Databases(environment)
        databases.check_server()
        for suite in _suites(environment, databases, Path(folder), only):
            say(f"\n== {suite.name} ==")
            status = _pytest(environment, suite, totals)
            if status not in (0, NO_TESTS):
                failed.append(suite.name)
    return _close(totals, failed, time.monotonic() - started)


def _suites(environment, databases, folder, only):
    """Yield the suites asked for, each prepared when its turn comes."""
    if only in ("", "engine"):
        yield Suite("engine", ("tests/engine", "-n", "2"))
    if only in ("", "odoo"):
        yield from _odoo_suite(environment, databases, folder)
    if only in ("", "system"):
        _need_browser()
        Templates(environment).addon(demo=True)
        yield Suite(
            "system",
            ("tests", "--ignore=tests/engine", "-n", "2", "--dist", "loadfile"),
        )


def _odoo_suite(environment, databases, folder):
    """Yield the suite of o2o_channel/tests, on a database that goes afterwards."""
    name = f"o2o_test_{os.getpid()}"
    databases.clone(Templates(environment).addon(demo=False), name)
    config = folder / "odoo.conf"
    config.write_text(
        Path(environment.variables["ODOO_RC"]).read_text() + f"db_name = {name}\n"
    )
    options = (
        "-p",
        "pytest_odoo",
        "-p",
        "dev.pytest_log",
        f"--odoo-config={config}",
        "--odoo-http",
        "-n",
        "2",
    )
    try:
        yield Suite("odoo", (f"{paths.ADDON}/tests", *options, "--dist", "loadscope"))
    finally:
        for database in databases.names():
            if database.startswith(name):
                databases.drop(database)


def _pytest(environment, suite, totals):
    """Run one suite with its output shown, and add up its closing line."""
    python_path = os.pathsep.join(
        [str(paths.CHECKOUT), environment.variables["PYTHONPATH"]]
    )
    process = subprocess.Popen(
        [environment.python, "-m", "pytest", "-q", "--durations=5", *suite.arguments],
        # A crash of the machine may lose the last second of a test's database, nothing else does.
        env={
            **environment.variables,
            "PYTHONPATH": python_path,
            "PGOPTIONS": "-c synchronous_commit=off",
            "PYTHONUNBUFFERED": "1",
        },
        cwd=paths.CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line if TOTALS.search(line) else last
    for count, kind in TOTALS.findall(last):
        totals[kind.rstrip("s")] = totals.get(kind.rstrip("s"), 0) + int(count)
    return process.wait()


def _close(totals, failed, seconds):
    """Print the sum of all suites; return the exit status."""
    bad = totals.get("failed", 0) + totals.get("error", 0)
    skipped = f", {totals['skipped']} skipped" if totals.get("skipped") else ""
    say(
        f"\nall suites in {seconds:.0f} s:\n{totals.get('passed', 0)} passed, {bad} failed{skipped}"
    )
    if failed:
        complain(f"failed: {', '.join(failed)}")
    return 1 if failed or bad or not totals.get("passed") else 0


def _need_browser():
    """Install Chromium when it is missing and we may; say how otherwise."""
    if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return
    command = f"apt-get update && apt-get install -y {' '.join(BROWSER_PACKAGES)}"
    if not paths.is_root() or not shutil.which("apt-get"):
        raise SetupError(
            f"The system tests need Chromium. Install it (as root: {command}), "
            "or run the others: make test ONLY=engine, make test ONLY=odoo."
        )
    say("  - Chromium, from Debian")
    remedy = f"Install it by hand: {command}"
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(
        ["apt-get", "update", "-q"],
        remedy,
        what="Reading the list of Debian packages",
        env=quiet,
    )
    run(
        [
            "apt-get",
            "install",
            "-q",
            "-y",
            "--no-install-recommends",
            *BROWSER_PACKAGES,
        ],
        remedy,
        what="Installing Chromium",
        env=quiet,
    )
