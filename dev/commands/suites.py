"""`make suites`: Odoo's own tests, without the addon and with it, and what differs.

Both databases hold the same modules but o2o_channel, without demo data. All tests run
after the installation, those too that Odoo would run during it, because only then is the
addon loaded. ONLY=<module>[,<module>] for some of the four.
"""

import os
import subprocess

from dev import paths, suite_log
from dev.console import complain, say, step
from dev.database import Databases
from dev.environment import session
from dev.errors import SetupError
from dev.postgres import free_port
from dev.template import Templates

MODULES = ("sale", "sale_stock", "stock_account", "account")
FIRST_PORT = 8550
LINE = "{:<16}{:>8}{:>9}{:>9}{:>9}   {:>8}{:>9}{:>9}{:>9}"
# Odoo's command line, with the tests of both positions run at the end. While modules are
# being loaded, columns of those that come later are unknown but may be required.
RUNNER = """
import itertools, sys
from odoo.tests import loader
from odoo.tests.suite import OdooSuite
make_suite = loader.make_suite

def both(names, position="at_install"):
    if position != "post_install":
        return OdooSuite()
    names = list(names)
    kinds = (make_suite(names, "at_install"), make_suite(names, "post_install"))
    tests = itertools.chain(*kinds)
    return OdooSuite(sorted(tests, key=lambda test: getattr(test, "test_sequence", 0)))

loader.make_suite = both
from odoo.cli import main
main()
"""
INSTALLED = "SELECT name FROM ir_module_module WHERE state = 'installed' ORDER BY name"


def main(_arguments):
    """Run the tests twice and compare; return 0 when the addon breaks none."""
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    unknown = sorted(set(only) - set(MODULES))
    if unknown:
        raise SetupError(
            f"ONLY={','.join(unknown)}: there are {', '.join(MODULES)} to choose from."
        )
    with session() as environment:
        return _Comparison(environment, only or MODULES).run()


class _Comparison:
    """The same tests on two databases."""

    def __init__(self, environment, modules):
        self.environment = environment
        self.modules = modules
        self.databases = Databases(environment)
        self.folder = paths.state_dir() / "suites"
        self.folder.mkdir(exist_ok=True)
        prefix = f"o2o_suites_{os.getpid()}"
        self.names = {kind: f"{prefix}_{kind}" for kind in ("without", "with")}

    def run(self):
        """Run, show and judge."""
        templates = Templates(self.environment)
        self.databases.check_server()
        try:
            self._clone("without", templates.base(demo=False))
            self._clone("with", templates.addon(demo=False))
            self._check_modules()
            tags = ",".join(f"/{module}" for module in self.modules)
            without, with_addon = (
                self._tests(kind, tags, kind) for kind in ("without", "with")
            )
            self._show(without, with_addon)
            broken = self._again(with_addon.failed - without.failed)
        finally:
            for name in self.names.values():
                self.databases.drop(name)
        return _judge(without, with_addon, broken)

    def _clone(self, kind, template):
        self.databases.clone(template, self.names[kind])
        self.databases.keep_statistics(self.names[kind])

    def _check_modules(self):
        """The databases must differ by the addon and nothing else."""
        without, with_addon = (
            set(self.databases.query(self.names[kind], INSTALLED).splitlines())
            for kind in ("without", "with")
        )
        if with_addon - without != {paths.ADDON} or without - with_addon:
            raise SetupError(
                f"The two databases differ by {sorted(with_addon ^ without)}, not by {paths.ADDON} alone."
            )

    def _tests(self, kind, tags, log):
        """Run the tests of one database; return what its log tells."""
        path = self.folder / f"{log}.log"
        command = [self.environment.python, "-c", RUNNER]
        command += ["-d", self.names[kind], "--test-tags", tags, "--stop-after-init"]
        command += ["--http-port", str(free_port(FIRST_PORT))]
        with step(f"{tags} {kind} {paths.ADDON}, log: {path}"), open(path, "w") as out:
            subprocess.run(
                command,
                env={
                    **self.environment.variables,
                    "PGOPTIONS": "-c synchronous_commit=off",
                    "ODOO_TEST_MAX_FAILED_TESTS": "100000",
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        with open(path, errors="replace") as lines:
            found = suite_log.read(lines)
        if not found.ended:
            raise SetupError(f"Odoo's tests did not come to their end, see {path}.")
        return found

    def _again(self, suspects):
        """Return those of the tests that fail a second time, and again only with the addon."""
        if not suspects:
            return set()
        tags = ",".join(sorted(f"/{test}" for test in suspects))
        without, with_addon = (
            self._tests(kind, tags, f"{kind}-again") for kind in ("without", "with")
        )
        return with_addon.failed - without.failed

    def _show(self, without, with_addon):
        """Print the counts of each module."""
        titles = ("tests", "passed", "skipped", "failed")
        say("")
        say(LINE.format("", "without", "", "", "", "with", "", "", ""))
        say(LINE.format("module", *titles, *titles))
        for module in self.modules:
            counts = []
            for log in (without, with_addon):
                started, skipped, failed = log.of(module)
                counts += [started, started - skipped - failed, skipped, failed]
            say(LINE.format(module, *counts))


def _judge(without, with_addon, broken):
    """Name every difference; return the exit status."""
    say("")
    for title, tests in (
        ("fail on both databases", without.failed & with_addon.failed),
        ("failed without the addon only", without.failed - with_addon.failed),
        (
            "failed with the addon once, passed when repeated",
            with_addon.failed - without.failed - broken,
        ),
        ("ran without the addon only", without.started - with_addon.started),
        ("skipped with the addon only", with_addon.skipped - without.skipped),
        ("FAIL WITH THE ADDON ONLY", broken),
    ):
        say(f"{len(tests)} {title}")
        for test in sorted(tests):
            say(f"    {test}")
    lost = without.started - with_addon.started | with_addon.skipped - without.skipped
    if broken or lost:
        complain(f"{paths.ADDON} changes {len(broken | lost)} of Odoo's own tests")
    return 1 if broken or lost else 0
