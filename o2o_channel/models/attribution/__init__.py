from . import o2o_guide
from . import sale_order
