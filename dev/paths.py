"""Where things lie: this checkout, the machine's cache, this checkout's own state.

The cache (Odoo, virtual environments, database dumps) is shared by all clones of
a user. The state (PostgreSQL's data, Odoo's files, logs, pids) belongs to one
checkout, so that two clones can both own a database `o2o_demo`.
"""

import hashlib
import os
import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ADDON = "o2o_channel"
LANGUAGES = ("zh_CN",)  # that the addon ships complete translations for
# As root the database server runs under its own user, which can't look into a home.
ROOT_STATE = Path("/var/lib/o2o-channel")


def is_root():
    """Say whether the set-up runs as root."""
    return os.geteuid() == 0


def _base(variable, default):
    value = os.environ.get(variable, "")
    # The XDG specification says that relative paths are to be ignored.
    return Path(value) if os.path.isabs(value) else Path.home() / default


def cache_root():
    """Return the folder of all that can be fetched or computed again."""
    return _made(_base("XDG_CACHE_HOME", ".cache") / "o2o-channel")


def state_root():
    """Return the folder that holds one state folder per checkout."""
    return _made(
        ROOT_STATE
        if is_root()
        else _base("XDG_STATE_HOME", ".local/state") / "o2o-channel"
    )


def checkout_key(checkout=CHECKOUT):
    """Return a short name of a checkout, without blanks and unique on this machine."""
    digest = hashlib.sha256(str(checkout).encode()).hexdigest()[:8]
    return re.sub(r"[^A-Za-z0-9]+", "-", checkout.name).strip("-")[:24] + "-" + digest


def state_dir():
    """Return this checkout's state folder."""
    return _made(state_root() / checkout_key())


def digest(*parts):
    """Return a short hash of texts, bytes and files, in the order given."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part
        total.update(data.encode() if isinstance(data, str) else data)
        total.update(b"\0")
    return total.hexdigest()[:16]


def _made(path):
    path.mkdir(parents=True, exist_ok=True)
    return path
