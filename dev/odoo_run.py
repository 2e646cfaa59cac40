"""Run one Odoo command to its end and judge it by its exit status and its log."""

import subprocess

from dev import odoo_log
from dev.errors import SetupError

SHOWN = 30  # lines of a failed run's log


class OdooFailed(SetupError):
    """Odoo ended with an error or logged something it should not have."""

    def __init__(self, command, output, complaints):
        self.output = output
        shown = complaints or output.splitlines()[-SHOWN:]
        super().__init__(
            f"`{'odoo ' + ' '.join(command[2:])}` failed:\n" + "\n".join(shown[:SHOWN])
        )


def odoo_run(environment, *arguments, stdin="", timeout=1800, extra=None):
    """Run Odoo and return its output.

    :param stdin: text for Odoo's standard input, the script of `shell`
    :param extra: more environment variables
    :raise OdooFailed: on a non-zero exit status or a WARNING or ERROR in the log
    """
    command = environment.odoo_command(*arguments)
    result = subprocess.run(
        command,
        env={**environment.variables, **(extra or {})},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    complaints = odoo_log.problems(result.stdout)
    if result.returncode or complaints:
        raise OdooFailed(command, result.stdout, complaints)
    return result.stdout


def install(environment, database, modules, *, demo=False, update=False):
    """Install (or update) modules in a database that exists."""
    flags = ["--with-demo"] if demo else []
    return odoo_run(
        environment,
        "-d",
        database,
        "-u" if update else "-i",
        ",".join(modules),
        *flags,
        "--stop-after-init",
        "--no-http",
    )
