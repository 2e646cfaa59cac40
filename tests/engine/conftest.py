"""Engine tests need no Odoo: they import the plain package ``engine``."""

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "o2o_channel"
if str(ADDON) not in sys.path:
    sys.path.insert(0, str(ADDON))
