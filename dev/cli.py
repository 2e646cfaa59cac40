"""The commands behind `make` and bin/, and how their failures are told."""

import importlib
import os
import subprocess
import sys

from dev.console import complain
from dev.environment import prepare
from dev.errors import SetupError, explain


def odoo(arguments):
    """Replace this process by Odoo's own command line."""
    environment = prepare()
    os.execve(
        environment.python, environment.odoo_command(*arguments), environment.variables
    )


def run(arguments):
    """Run any program (psql, pytest, python …) inside the environment."""
    environment = prepare()
    return subprocess.run(
        arguments or ["bash"], env=environment.variables, check=False
    ).returncode


BUILT_IN = {"odoo": odoo, "run": run}
MODULES = (
    "demo",
    "test",
    "bench",
    "lint",
    "i18n",
    "stop",
    "clean",
    "template",
    "suites",
)


def main(arguments):
    """Carry out one command; return the exit status."""
    command = arguments[0] if arguments else ""
    if command not in BUILT_IN and command not in MODULES:
        complain(
            f"unknown command {command!r}; there are {', '.join([*BUILT_IN, *MODULES])}"
        )
        return 2
    try:
        action = (
            BUILT_IN.get(command)
            or importlib.import_module(f"dev.commands.{command}").main
        )
        return action(arguments[1:])
    except SetupError as error:
        complain(error)
    except OSError as error:
        sentence = explain(error)
        if not sentence:
            raise
        complain(sentence)
    except KeyboardInterrupt:
        complain("stopped")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
