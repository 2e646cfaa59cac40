"""All that a command needs to run Odoo: interpreter, Odoo, PostgreSQL, configuration."""

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev import odoo_source, paths, postgres, python_env


@dataclass(frozen=True)
class Environment:
    """A ready environment. `variables` is the complete environment of child processes."""

    python: Path
    odoo: odoo_source.OdooSource
    variables: dict

    def odoo_command(self, *arguments):
        """Return the command line of an Odoo command."""
        launcher = odoo_source.importable(self.odoo) / odoo_source.LAUNCHER
        return [str(self.python), str(launcher), *map(str, arguments)]

    @property
    def data_dir(self):
        """Return the folder of Odoo's files (filestore, sessions) of this checkout."""
        return paths.state_dir() / "data"


def prepare():
    """Set up what is missing, start PostgreSQL when it is ours, and return the environment."""
    python = python_env.python()
    odoo = odoo_source.find()
    server = postgres.variables(python)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") or postgres.external()
    }
    variables = {
        **kept,
        **server,
        "PATH": os.pathsep.join(
            [
                str(python.parent),
                str(postgres.binaries(python)),
                kept.get("PATH", os.defpath),
            ]
        ),
        "PYTHONPATH": str(odoo_source.importable(odoo)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ODOO_RC": str(_write_config(odoo)),
    }
    return Environment(python, odoo, variables)


@contextmanager
def session():
    """Prepare the environment, and stop at the end the PostgreSQL that this started.

    It stays when it ran before, or when somebody else uses it by then.
    """
    before = postgres.existing_cluster()
    ran = bool(before and before.running_port())
    try:
        yield prepare()
    finally:
        cluster = None if postgres.external() else postgres.existing_cluster()
        if cluster and not ran and not cluster.in_use():
            cluster.stop()


def _write_config(odoo):
    """Write the configuration that every Odoo command of this checkout reads."""
    package = odoo_source.importable(odoo) / "odoo"
    core = [
        package / path.relative_to(odoo.package)
        if path.is_relative_to(odoo.package)
        else path
        for path in odoo.addons
    ]
    text = "\n".join(
        [
            "[options]",
            "addons_path = " + ",".join(map(str, [*core, paths.CHECKOUT])),
            f"data_dir = {paths.state_dir() / 'data'}",
            "http_interface = 127.0.0.1",
            "",
        ]
    )
    target = paths.state_dir() / "odoo.conf"
    if not target.exists() or target.read_text() != text:
        temporary = target.with_suffix(f".{os.getpid()}")
        temporary.write_text(text)
        temporary.rename(target)
    return target
