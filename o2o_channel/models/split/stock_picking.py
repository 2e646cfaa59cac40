from odoo import models

from .sale_order_line import SplitEvent


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        """Override of stock: what comes back from a consumer takes its shares back."""
        result = super()._action_done()
        returned = self.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_id.usage == "customer"
                and move.o2o_dispatch_id.delivered_at
            )
        )
        for (picking, leg), moves in returned.grouped(
            lambda move: (move.picking_id, move.o2o_dispatch_id)
        ).items():
            day = picking.company_id._o2o_date(picking.date_done)
            moves.sale_line_id._o2o_converge_split(SplitEvent(day, leg))
        return result
