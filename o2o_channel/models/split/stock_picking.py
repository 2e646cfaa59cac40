from odoo import models

from .sale_order_line import SplitEvent


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        """Override of stock: goods that come back take their shares back, and those that
        follow a delivery (sent again, the rest of it) bring theirs."""
        result = super()._action_done()
        moved = self.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and "customer" in (move.location_id.usage, move.location_dest_id.usage)
                and move.o2o_dispatch_id.delivered_at
            )
        )
        for (picking, leg), moves in moved.grouped(
            lambda move: (move.picking_id, move.o2o_dispatch_id)
        ).items():
            day = picking.company_id._o2o_date(picking.date_done)
            moves.sale_line_id._o2o_converge_split(SplitEvent(day, leg))
        return result
