from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _free_reservation(self, *args, **kwargs):
        """Override of `stock`: what a store declares takes no goods away from orders
        that have them reserved. Where too little is left, headquarters is told."""
        if self.env.context.get("o2o_keep_reserved"):
            return None
        return super()._free_reservation(*args, **kwargs)
