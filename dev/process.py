"""Run programs of the set-up, with their output kept for the error message."""

import os
import subprocess

from dev.errors import SetupError


def run(command, remedy, *, what=None, **options):
    """Run a command to its end and return its output.

    :param remedy: the sentence that tells what to do when it fails
    :param what: what failed, in words; the program's name by default
    """
    options.setdefault("env", dict(os.environ, LC_ALL="C.UTF-8"))
    result = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
        **options,
    )
    if result.returncode:
        if "No space left on device" in result.stdout:
            remedy = "The disk is full: free about 3 GB and run the command again."
        raise SetupError(
            f"{what or command[0]} failed: {last_words(result.stdout)}\n     {remedy}"
        )
    return result.stdout


def last_words(output):
    """Return the most telling line of a failed program's output."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [
        line for line in lines if line.startswith(("E:", "ERROR", "error", "fatal"))
    ]
    return (errors or lines or ["no output"])[-1][:300]
