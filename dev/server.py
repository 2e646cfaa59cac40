"""A running Odoo server: start, wait until it answers, stop with all its children."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from dev.errors import SetupError
from dev.postgres import free_port

START_SECONDS = 120
STOP_SECONDS = 15


class Server:
    """One Odoo on one database.

    `workers=0` is Odoo's threaded mode; with more, one process serves each request.
    """

    def __init__(
        self, environment, database, log, *, workers=0, first_port=8069, options=()
    ):
        self.environment = environment
        self.database = database
        self.log = log
        self.workers = workers
        self.port = free_port(first_port)
        self.options = options
        self.process = None

    @property
    def base_url(self):
        """Return the address it serves at."""
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Start the server and return when it answers."""
        command = self.environment.odoo_command(
            "-d",
            self.database,
            "--http-port",
            self.port,
            "--workers",
            self.workers,
            "--no-database-list",
            *self.options,
        )
        if self.workers:
            command += ["--gevent-port", str(free_port(self.port + 1))]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self.environment.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that stop() reaches the workers, and Ctrl-C only us
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Stop the server and its workers."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        kill_group(self.process.pid)
        self.process.wait()

    def kill(self):
        """End it as a power cut would: no handler runs."""
        kill_group(self.process.pid)
        self.process.wait()

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.base_url}/web/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise SetupError(
            f"Odoo did not answer at {self.base_url}. The end of its log ({self.log}):\n{self.last_lines()}"
        )

    def last_lines(self, count=20):
        """Return the end of the log."""
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-count:])

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()


def kill_group(pid):
    """Kill a process group that may be gone already."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
