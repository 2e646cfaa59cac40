"""Pictures of screens for the documentation: SCREENSHOTS=docs/images make test ONLY=system."""

import os
from pathlib import Path

from PIL import Image


def picture(page, name, **options):
    """Save a small picture of the page when somebody asked for pictures."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    page.wait_for_timeout(600)  # let animations and fonts settle
    path = Path(folder) / f"{name}.png"
    page.screenshot(path=path, **options)
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(128)
    small.save(path, optimize=True)
