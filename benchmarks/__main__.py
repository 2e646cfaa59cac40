"""Run the benchmarks: `make bench [ONLY=part of a name]`."""

import importlib
import json
import os
import pkgutil
import sys
from contextlib import contextmanager

import benchmarks
from benchmarks.measure import machine
from dev import paths
from dev.console import say, step
from dev.database import Databases
from dev.environment import prepare
from dev.odoo_run import odoo_run
from dev.template import Templates

RESULTS = paths.CHECKOUT / "bench-results.json"
COLUMNS = "{:<26} {:>10} {:<4} {:<18} {:>10} {:>7} {:>8}  {}"


class Context:
    """What benchmarks need of the environment; made when the first one asks."""

    def __init__(self):
        self._environment = None

    @property
    def environment(self):
        """Return the prepared environment."""
        self._environment = self._environment or prepare()
        return self._environment

    @contextmanager
    def database(self, demo=True):
        """Yield the name of a database with the addon, which goes afterwards."""
        databases, name = Databases(self.environment), f"o2o_bench_{os.getpid()}"
        databases.clone(Templates(self.environment).addon(demo=demo), name)
        try:
            yield name
        finally:
            databases.drop(name)

    def shell(self, database, code, timeout=1800):
        """Run code in Odoo's shell and return its output."""
        options = ("shell", "-d", database, "--no-http", "--log-level", "warn")
        return odoo_run(self.environment, *options, stdin=code, timeout=timeout)


def main():
    """Measure, print the table, write the file; return 0 when all targets are met."""
    only, context, rows = os.environ.get("ONLY", ""), Context(), []
    for info in pkgutil.iter_modules(benchmarks.__path__):
        if not info.name.startswith("bench_"):
            continue
        module = importlib.import_module(f"benchmarks.{info.name}")
        if any(only in name for name in module.NAMES):
            with step(module.__doc__.splitlines()[0]):
                rows += [row for row in module.measure(context) if only in row.name]
    say(f"\n{machine()}")
    say(
        "\n"
        + COLUMNS.format(
            "name", "value", "unit", "peer", "peer's", "ratio", "target", "met"
        )
    )
    for row in rows:
        peer = f"{row.peer_value:.2f}" if row.peer_value else ""
        ratio = f"{row.ratio:.2f}" if row.ratio else ""
        met = "yes" if row.met else "NO"
        say(
            COLUMNS.format(
                row.name,
                f"{row.value:.2f}",
                row.unit,
                row.peer,
                peer,
                ratio,
                row.target,
                met,
            )
        )
    RESULTS.write_text(json.dumps([row.as_dict() for row in rows], indent=2) + "\n")
    say(f"\nwritten: {RESULTS.name}")
    return 0 if rows and all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
