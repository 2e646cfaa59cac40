from . import test_network_coverage
from . import test_stock_store
from . import test_stock_valuation
from . import test_attribution_guide
from . import test_order_confirm
from . import test_order_match
from . import test_order_placing
