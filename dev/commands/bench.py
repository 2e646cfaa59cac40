"""`make bench`: run benchmarks/ inside the environment; ONLY=<part of a name> for some."""

import os
import subprocess

from dev import paths
from dev.environment import session


def main(_arguments):
    """Run the benchmarks; the exit status says whether all targets are met."""
    with session() as environment:
        # the addon's folder too: its `engine` is measured without Odoo
        folders = [str(paths.CHECKOUT), str(paths.CHECKOUT / paths.ADDON)]
        python_path = os.pathsep.join([*folders, environment.variables["PYTHONPATH"]])
        return subprocess.run(
            [environment.python, "-m", "benchmarks"],
            env={**environment.variables, "PYTHONPATH": python_path},
            cwd=paths.CHECKOUT,
            check=False,
        ).returncode
