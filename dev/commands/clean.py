"""`make clean`: remove this checkout's databases and files; the machine's cache stays."""

import shutil

from dev import paths
from dev.commands.stop import stop_demo, stop_postgres
from dev.console import say


def main(_arguments):
    """Stop everything and remove the state folder."""
    stop_demo()
    stop_postgres()
    shutil.rmtree(paths.state_dir())
    say(
        f"removed {paths.state_dir()}; the cache shared by all clones stays: {paths.cache_root()}"
    )
    return 0
