from . import test_network_coverage
