# A room may use the rooms above it, not those below.
from . import network
from . import stock
from . import order
from . import routing
from . import attribution
from . import split
from . import settlement
from . import intake
