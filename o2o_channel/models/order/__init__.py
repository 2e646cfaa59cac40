from . import o2o_channel
from . import o2o_match_mixin
from . import o2o_region
from . import res_partner
from . import sale_order
from . import sale_order_confirm
from . import sale_order_line
