from . import network_portal
from . import network_authorization
from . import routing_portal
from . import settlement_portal
from . import stock_declare
from . import intake_api
from . import stock_api
from . import intake_import
