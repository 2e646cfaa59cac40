"""One order's way through a running server, told step by step and compared to the cent.

    python -m dev.story --base-url http://127.0.0.1:8069 --db o2o_demo

Everything goes over HTTP, each step as the user whose work it is: the shop's interface
with an API key, the dealer on the portal's pages, headquarters and accounting with the
calls that Odoo's own web client makes.
"""

import sys

from .client import StoryError
from .tell import Story


def main(base_url, database):
    """Tell the story; return 0 when every figure is as expected, else 1."""
    story = Story(base_url.rstrip("/"), database)
    try:
        story.tell()
    except StoryError as error:
        print(f"\nThe story broke off: {error}", file=sys.stderr)
        return 1
    return story.conclude()
