"""Processes that are killed in the middle of their work."""

import os
import signal
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager

import psycopg2


def kill_when(odoo, database, code, reached, timeout=240):
    """Run code in a process of its own and kill it once ``reached`` says so."""
    environment = odoo.environment
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            environment.odoo_command("shell", "-d", database, "--no-http"),
            env=environment.variables,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        process.stdin.write(code)
        process.stdin.close()
        limit = time.monotonic() + timeout
        while not reached():
            if process.poll() is not None:
                log.seek(0)
                raise AssertionError(
                    "over before it was killed:\n" + log.read()[-3000:]
                )
            assert time.monotonic() < limit, "it does not get on"
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def connect(odoo, database):
    """Return a connection to the database that has nothing to do with Odoo."""
    variables = odoo.environment.variables
    return psycopg2.connect(
        dbname=database,
        host=variables.get("PGHOST"),
        port=variables.get("PGPORT"),
        user=variables.get("PGUSER"),
        password=variables.get("PGPASSWORD"),
    )


@contextmanager
def watcher(odoo, database):
    """Ask the database for numbers, fast and without the help of Odoo."""
    connection = connect(odoo, database)
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:

        def count(query):
            cursor.execute(query)
            return cursor.fetchone()[0]

        yield count


def wake_jobs(odoo, database):
    """Have a server look for jobs that are due now, not within its next minute."""
    odoo.databases.query("postgres", f"SELECT pg_notify('cron_trigger', '{database}')")
