"""`make stop`: stop the demo's server and this checkout's PostgreSQL."""

import os
import signal
import time

from dev import paths, postgres
from dev.console import say


def main(_arguments):
    """Stop what runs; nothing is set up for it."""
    stopped = [
        name
        for name, running in (
            ("the demo's Odoo", stop_demo()),
            ("PostgreSQL", stop_postgres()),
        )
        if running
    ]
    say(f"stopped {' and '.join(stopped)}" if stopped else "nothing ran")
    return 0


def stop_demo():
    """Stop a demo server of this checkout; say whether one ran."""
    pid_file = paths.state_dir() / "demo.pid"
    try:
        pid = int(pid_file.read_text())
    except (OSError, ValueError):
        return False
    pid_file.unlink(missing_ok=True)
    if not _is_odoo(pid):
        return False
    say(f"stopping the demo server that runs already (process {pid})")
    for kind in (signal.SIGTERM, signal.SIGKILL):
        for _attempt in range(50):
            if not _is_odoo(pid):
                return True
            if _attempt == 0:
                os.killpg(pid, kind)
            time.sleep(0.2)
    return True


def stop_postgres():
    """Stop this checkout's own PostgreSQL; say whether it ran."""
    cluster = postgres.existing_cluster()
    return bool(cluster and cluster.stop())


def _is_odoo(pid):
    """Say whether the process is (still) an Odoo: pids are used again."""
    try:
        command = (paths.Path("/proc") / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
    return b"odoo-bin\0" in command
