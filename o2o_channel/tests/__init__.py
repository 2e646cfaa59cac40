from . import test_network_coverage
from . import test_stock_store
from . import test_stock_valuation
from . import test_attribution_guide
