from . import o2o_demo
from . import month_end
