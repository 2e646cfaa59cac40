"""`make i18n`: write o2o_channel.pot from the source and bring zh_CN.po up to it."""

import tempfile
from pathlib import Path

from dev import paths
from dev.console import say, step
from dev.environment import prepare
from dev.odoo_run import odoo_run
from dev.process import run
from dev.template import Templates


def main(_arguments):
    """Export the template and merge each language; return the exit status."""
    environment = prepare()
    database = Templates(environment).addon(demo=False)
    folder = paths.CHECKOUT / paths.ADDON / "i18n"
    folder.mkdir(exist_ok=True)
    with step("texts of the source"):
        (folder / f"{paths.ADDON}.pot").write_text(export(environment, database))
    for language in paths.LANGUAGES:
        command = [environment.python, "-m", "dev.commands.i18n_merge", language]
        say(run(command, "See the message above.", cwd=paths.CHECKOUT).strip())
    return 0


def export(environment, database):
    """Return the addon's translation template as Odoo writes it, without dates.

    The dates would make two exports of the same source differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{paths.ADDON}.pot"
        odoo_run(
            environment,
            "i18n",
            "export",
            "-d",
            database,
            "-l",
            "pot",
            "-o",
            file,
            paths.ADDON,
        )
        lines = file.read_text().splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if not line.startswith(('"POT-Creation-Date', '"PO-Revision-Date'))
    )
