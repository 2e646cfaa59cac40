"""Engine tests need no Odoo: they import the plain package ``engine``."""

import sys
from pathlib import Path

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the rule is right.
settings.register_profile("o2o", deadline=None)
settings.load_profile("o2o")

ADDON = Path(__file__).resolve().parents[2] / "o2o_channel"
if str(ADDON) not in sys.path:
    sys.path.insert(0, str(ADDON))
