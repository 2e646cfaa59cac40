from odoo import models


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """Override of stock: the move knows the leg that it serves."""
        return [*super()._get_custom_move_fields(), "o2o_dispatch_id"]
