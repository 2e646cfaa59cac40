"""`python3 -m dev <command>`: what the Makefile and bin/ call."""

import os
import shutil
import sys

# Odoo 19 runs on these; the newest found is taken when python3 is another one.
SUPPORTED = ((3, 10), (3, 13))


def other_python():
    """Return the path of a supported interpreter on PATH, or None."""
    for minor in range(SUPPORTED[1][1], SUPPORTED[0][1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        if path:
            return path
    return None


def run():
    """Run the command in a Python that Odoo supports."""
    if SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        from dev.cli import main

        return main(sys.argv[1:])
    path = other_python()
    if path:
        os.execv(path, [path, "-m", "dev", *sys.argv[1:]])
    return (
        "o2o: Odoo 19 needs Python 3.10 to 3.13, "
        f"this is {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable}). "
        "Install one of those, or name it: make PYTHON=/path/to/python3.11 ..."
    )


if __name__ == "__main__":
    sys.exit(run())
