"""A function has at most 50 lines, a file at most 400 (tests: 600): `python -m dev.checks.sizes`."""

import ast
import subprocess
import sys
from pathlib import Path

from dev import paths

FUNCTION_LINES = 50
FILE_LINES = 400
TEST_FILE_LINES = 600  # a list of refusals is long without being hard to read


def findings(path):
    """Yield a sentence for each thing in a Python file that is too long."""
    text = path.read_text()
    name = path.relative_to(paths.CHECKOUT)
    length = text.count("\n")
    allowed = TEST_FILE_LINES if "tests" in name.parts else FILE_LINES
    if length > allowed:
        yield f"{name}: {length} lines, at most {allowed}: split the file by subject"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"


def main():
    """Check all Python files that git knows; return the exit status."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"],
        cwd=paths.CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [
        finding
        for name in listed.splitlines()
        if (path := Path(paths.CHECKOUT, name)).exists()
        for finding in findings(path)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
