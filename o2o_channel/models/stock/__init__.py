from . import stock_location
from . import res_partner
from . import stock_warehouse
from . import stock_move
from . import account_move_line
