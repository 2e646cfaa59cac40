from . import o2o_authorization_decide
from . import o2o_dealer_change
from . import o2o_dispatch_reject
from . import o2o_dispatch_ship
from . import o2o_order_import_wizard
from . import o2o_stock_upload
from . import o2o_trust_decide
from . import o2o_stock_audit_start
