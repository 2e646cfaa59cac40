"""`python3 -m dev template base|demo|test`: make a database template and print its name."""

from dev.environment import prepare
from dev.template import Templates


def main(arguments):
    """Make the template named; `base` has no addon, `test` has it without demo data."""
    templates = Templates(prepare())
    kind = arguments[0] if arguments else "demo"
    print(templates.base(True) if kind == "base" else templates.addon(kind == "demo"))
    return 0
