"""Build a folder or file once, completely or not at all, also with several set-ups at a time."""

import fcntl
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from dev.console import say, step


@contextmanager
def locked(path, waiting="another set-up is at work here, waiting for it"):
    """Hold an exclusive lock on a file; the system frees it if the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"    ({waiting})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def built(target, title, builder):
    """Return `target`, made by `builder(folder)` if it isn't there yet.

    The builder fills a temporary folder beside the target; renaming it is the last
    act, so what exists is complete. What a killed run left is removed by the next.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.parent / f".{target.name}.lock"):
        if target.exists():
            return target
        for stale in target.parent.glob(f".{target.name}.tmp-*"):
            shutil.rmtree(stale, ignore_errors=True)
        folder = Path(
            tempfile.mkdtemp(prefix=f".{target.name}.tmp-", dir=target.parent)
        )
        folder.chmod(0o755)
        try:
            with step(title):
                builder(folder)
            folder.rename(target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return target
