"""`make lint`: every check of the source that needs no database.

`python3 -m dev lint NAME` runs one of them; the hooks of pre-commit do that.
"""

import subprocess

from dev import paths, python_env
from dev.console import complain, say

# Advice of pylint-odoo that this repository does not follow, with the reason.
PYLINT_OFF = (
    "consider-merging-classes-inherited",  # a room extends a model in a file of its own
    "missing-return",  # asks for `return` around methods that return nothing
    "prefer-env-translation",  # not seen where a method begins with `_ = self.env._`
    "no-search-all",  # set-up and reports do read whole small tables
)
# Matters of taste: how the XML header is spelled, the order of attributes.
OCA_OFF = "xml-header-wrong,xml-tag-position,xml-field-numeric-without-eval"

PO_OFF = "po-pretty-format"  # asks for the line breaks of another tool than `make i18n`


def checks():
    """Return {name: arguments of `python -m` or of a program in the environment}."""
    addon = paths.ADDON
    return {
        "ruff": ["ruff", "check", "."],
        "format": ["ruff", "format", "--check", "--quiet", "."],
        "pylint-odoo": ["pylint", f"--disable={','.join(PYLINT_OFF)}", addon],
        "xml": [
            "oca-checks-odoo-module",
            f"--disable={OCA_OFF}",
            addon,
        ],
        "po": ["oca-checks-po", f"--disable={PO_OFF}", *_translations()],
        "sizes": ["python", "-m", "dev.checks.sizes"],
        "translations": ["python", "-m", "dev.checks.translations"],
    }


def main(arguments):
    """Run the checks named, or all; return 0 when each is content."""
    known = checks()
    unknown = set(arguments) - set(known)
    if unknown:
        complain(f"no check {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    scripts = python_env.python().parent
    failed = []
    for name in arguments or known:
        command = known[name]
        result = subprocess.run(
            [scripts / command[0], *command[1:]], cwd=paths.CHECKOUT, check=False
        )
        say(f"  {name}: {'ok' if result.returncode == 0 else 'FAILED'}")
        if result.returncode:
            failed.append(name)
    if failed:
        complain(f"lint failed: {', '.join(failed)}")
    return 1 if failed else 0


def _translations():
    folder = paths.CHECKOUT / paths.ADDON / "i18n"
    return sorted(str(path) for path in folder.glob("*.po*"))
