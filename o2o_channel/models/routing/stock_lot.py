from odoo import models


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _o2o_was_shipped(self):
        """Whether one of these has gone to a customer and not come back."""
        places = self.quant_ids.filtered(lambda quant: quant.quantity > 0).location_id
        return any(place.usage == "customer" for place in places)
