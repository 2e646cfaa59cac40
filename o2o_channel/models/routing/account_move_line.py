from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _o2o_all_from_dealers(self):
        """Override: a channel's order that is invoiced before it is routed will be
        served by dealers."""
        if super()._o2o_all_from_dealers():
            return True
        moves = self.sale_line_ids.move_ids.filtered(
            lambda move: move.state != "cancel"
        )
        orders = self.sale_line_ids.order_id
        return (
            not moves and bool(orders) and all(order.o2o_channel_id for order in orders)
        )
